//! Where the bytes are that the structure of a log hangs on.

use std::ops::Range;

/// The bytes of a text that end something: quotes and backslashes, control characters, and those that are
/// not ASCII; a bit for each byte.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    blocks: Vec<Block>,
}

/// 64 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Block {
    /// Quotes and backslashes.
    quotes: u64,
    /// Bytes below the space.
    controls: u64,
    /// Bytes of characters that are not ASCII.
    high: u64,
}

/// Behind the last block: a search ends here, whatever it is for.
const END: Block = Block {
    quotes: u64::MAX,
    controls: u64::MAX,
    high: 0,
};

impl Marks {
    /// Finds the marks of a text, and forgets those of the last one.
    pub(crate) fn find(&mut self, text: &[u8]) {
        let (blocks, rest) = text.as_chunks();
        self.blocks.clear();
        self.blocks.reserve(blocks.len() + 2);
        super::mark_blocks(blocks, |block| self.blocks.push(block));
        if !rest.is_empty() {
            let mut padded = [b' '; 64];
            padded[..rest.len()].copy_from_slice(rest);
            super::mark_blocks(&[padded], |block| self.blocks.push(block));
        }
        self.blocks.push(END);
    }

    /// Returns the place of the next quote or backslash from `at` on: at or behind the end if there is none.
    pub(crate) fn next_quote(&self, at: usize) -> usize {
        self.next(at, |block| block.quotes)
    }

    /// Returns the place of the next control character from `at` on: at or behind the end if there is none.
    pub(crate) fn next_control(&self, at: usize) -> usize {
        self.next(at, |block| block.controls)
    }

    fn next(&self, at: usize, marks: impl Fn(&Block) -> u64) -> usize {
        let mut block = at / 64;
        let mut found = marks(&self.blocks[block]) & u64::MAX << (at % 64);
        while found == 0 {
            block += 1;
            found = marks(&self.blocks[block]);
        }
        block * 64 + found.trailing_zeros() as usize
    }

    /// Whether there is a byte that is not ASCII.
    pub(crate) fn has_high(&self, range: Range<usize>) -> bool {
        if range.is_empty() {
            return false;
        }
        let (first, last) = (range.start / 64, (range.end - 1) / 64);
        let from = u64::MAX << (range.start % 64);
        let to = u64::MAX >> (63 - (range.end - 1) % 64);
        let blocks = &self.blocks[first..=last];
        if let [block] = blocks {
            return block.high & from & to != 0;
        }
        let [begin, inner @ .., end] = blocks else {
            return false;
        };
        begin.high & from != 0 || inner.iter().any(|block| block.high != 0) || end.high & to != 0
    }
}

/// Finds the marks of each block, one byte after the other.
#[cfg(any(test, not(target_arch = "x86_64")))]
pub(super) fn portable(blocks: &[[u8; 64]], mut found: impl FnMut(Block)) {
    let bits = |block: &[u8; 64], is: fn(u8) -> bool| {
        (0..)
            .zip(block)
            .fold(0, |bits, (at, byte)| bits | u64::from(is(*byte)) << at)
    };
    for block in blocks {
        found(Block {
            quotes: bits(block, |byte| byte == b'"' || byte == b'\\'),
            controls: bits(block, |byte| byte < b' '),
            high: bits(block, |byte| !byte.is_ascii()),
        });
    }
}

/// Finds the marks of each block, sixteen bytes at once.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
pub(super) fn sse2(blocks: &[[u8; 64]], mut found: impl FnMut(Block)) {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x,
        _mm_set1_epi8,
    };
    let every = |byte: u8| _mm_set1_epi8(byte.cast_signed());
    let quote = every(b'"');
    let backslash = every(b'\\');
    let last_control = every(0x1F);
    let load = |part: &[u8; 16]| {
        let number = u128::from_le_bytes(*part).cast_signed();
        #[expect(clippy::cast_possible_truncation, reason = "both halves are wanted")]
        _mm_set_epi64x((number >> 64) as i64, number as i64)
    };
    let bits = |part: __m128i, at: usize| {
        // One bit for each of the sixteen.
        u64::from(_mm_movemask_epi8(part).cast_unsigned()) << (16 * at)
    };
    for block in blocks {
        let mut marks = Block {
            quotes: 0,
            controls: 0,
            high: 0,
        };
        for (at, part) in block.as_chunks().0.iter().enumerate() {
            let part = load(part);
            let quotes = _mm_or_si128(_mm_cmpeq_epi8(part, quote), _mm_cmpeq_epi8(part, backslash));
            let controls = _mm_cmpeq_epi8(_mm_min_epu8(part, last_control), part);
            marks.quotes |= bits(quotes, at);
            marks.controls |= bits(controls, at);
            marks.high |= bits(part, at);
        }
        found(marks);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn marks_are_where_the_bytes_are(
            text in prop::collection::vec(
                prop_oneof![Just(b'"'), Just(b'\\'), Just(b'\n'), Just(b'a'), any::<u8>()], 0..300,
            ),
            from in 0..300_usize,
            length in 0..300_usize,
        ) {
            let mut marks = Marks::default();
            marks.find(b"\"a text before it\"");
            marks.find(&text);
            let from = from.min(text.len());
            let to = (from + length).min(text.len());
            let place = |is: fn(&u8) -> bool| text[from..].iter().position(is).map(|at| from + at);
            let inside = |at| if at < text.len() { Some(at) } else { None };
            prop_assert_eq!(
                inside(marks.next_quote(from)), place(|byte| matches!(byte, b'"' | b'\\'))
            );
            prop_assert_eq!(inside(marks.next_control(from)), place(|byte| *byte < b' '));
            prop_assert_eq!(marks.has_high(from..to), !text[from..to].is_ascii());
        }

        #[test]
        fn every_processor_finds_the_same(blocks: Vec<[u8; 16]>) {
            let bytes = blocks.concat();
            let (blocks, _rest) = bytes.as_chunks();
            let (mut ours, mut portably) = (Vec::new(), Vec::new());
            crate::simd::mark_blocks(blocks, |block| ours.push(block));
            portable(blocks, |block| portably.push(block));
            prop_assert_eq!(ours, portably);
        }
    }
}
