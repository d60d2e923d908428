//! Where the bytes are that the structure of a log hangs on.

use std::ops::Range;

/// The bytes of a text that end something: quotes and backslashes, control characters, and those that are
/// not ASCII; a bit for each byte.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    /// Quotes and backslashes.
    quotes: Vec<u64>,
    /// Bytes below the space.
    controls: Vec<u64>,
    /// Bytes of characters that are not ASCII.
    high: Vec<u64>,
}

/// The marks of 64 bytes: quotes and backslashes, controls, and what is not ASCII.
pub(super) type Block = [u64; 3];

impl Marks {
    /// Finds the marks of a text, and forgets those of the last one.
    pub(crate) fn find(&mut self, text: &[u8]) {
        let Self {
            quotes,
            controls,
            high,
        } = self;
        for marks in [&mut *quotes, &mut *controls, &mut *high] {
            marks.clear();
            marks.reserve(text.len() / 64 + 3);
        }
        let mut add = |block: Block| {
            quotes.push(block[0]);
            controls.push(block[1]);
            high.push(block[2]);
        };
        let (blocks, rest) = text.as_chunks();
        super::mark_blocks(blocks, &mut add);
        if !rest.is_empty() {
            let mut padded = [b' '; 64];
            padded[..rest.len()].copy_from_slice(rest);
            super::mark_blocks(&[padded], &mut add);
        }
        // Behind the last block: a search ends here, whatever it is for. It looks at two at once.
        add([u64::MAX, u64::MAX, 0]);
        add([u64::MAX, u64::MAX, 0]);
    }

    /// Returns the place of the next quote or backslash from `at` on: at or behind the end if there is none.
    #[inline]
    pub(crate) fn next_quote(&self, at: usize) -> usize {
        next(&self.quotes, at)
    }

    /// Returns the place of the next control character from `at` on: at or behind the end if there is none.
    #[inline]
    pub(crate) fn next_control(&self, at: usize) -> usize {
        next(&self.controls, at)
    }

    /// Whether there is a byte that is not ASCII.
    pub(crate) fn has_high(&self, range: Range<usize>) -> bool {
        if range.is_empty() {
            return false;
        }
        let (first, last) = (range.start / 64, (range.end - 1) / 64);
        let from = u64::MAX << (range.start % 64);
        let to = u64::MAX >> (63 - (range.end - 1) % 64);
        match &self.high[first..=last] {
            [] => false,
            [block] => block & from & to != 0,
            [begin, inner @ .., end] => {
                begin & from != 0 || inner.iter().any(|block| *block != 0) || end & to != 0
            }
        }
    }
}

#[inline]
fn next(marks: &[u64], at: usize) -> usize {
    let (block, inside) = (at / 64, at % 64);
    // Those of the 64 bytes from `at` on. Whether there is one among them hangs on what the bytes are, which the
    // processor foresees better than where a block ends.
    let near = marks[block] >> inside | marks[block + 1] << 1 << (63 - inside);
    if near != 0 {
        return at + near.trailing_zeros() as usize;
    }
    let mut block = block + 1;
    while marks[block] == 0 {
        block += 1;
    }
    block * 64 + marks[block].trailing_zeros() as usize
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
        found([
            bits(block, |byte| byte == b'"' || byte == b'\\'),
            bits(block, |byte| byte < b' '),
            bits(block, |byte| !byte.is_ascii()),
        ]);
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
    let (quote, backslash, last_control) = (every(b'"'), every(b'\\'), every(0x1F));
    // One bit for each of the sixteen.
    let bits = |part: __m128i| u64::from(_mm_movemask_epi8(part).cast_unsigned());
    for block in blocks {
        let mut marks = [0; 3];
        for (at, part) in block.as_chunks::<16>().0.iter().enumerate() {
            let [low, high] = super::words(part);
            let part = _mm_set_epi64x(high, low);
            let ends = [_mm_cmpeq_epi8(part, quote), _mm_cmpeq_epi8(part, backslash)];
            let is_control = _mm_cmpeq_epi8(_mm_min_epu8(part, last_control), part);
            marks[0] |= bits(_mm_or_si128(ends[0], ends[1])) << (16 * at);
            marks[1] |= bits(is_control) << (16 * at);
            marks[2] |= bits(part) << (16 * at);
        }
        found(marks);
    }
}

/// Finds the marks of each block, all its bytes at once.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw")]
pub(super) fn avx512(blocks: &[[u8; 64]], mut found: impl FnMut(Block)) {
    use std::arch::x86_64::{
        _mm512_cmpeq_epi8_mask, _mm512_cmplt_epu8_mask, _mm512_movepi8_mask, _mm512_set_epi64,
        _mm512_set1_epi8,
    };
    let every = |byte: u8| _mm512_set1_epi8(byte.cast_signed());
    let (quote, backslash, space) = (every(b'"'), every(b'\\'), every(b' '));
    for block in blocks {
        let words: [i64; 8] = super::words(block);
        let block = _mm512_set_epi64(
            words[7], words[6], words[5], words[4], words[3], words[2], words[1], words[0],
        );
        found([
            _mm512_cmpeq_epi8_mask(block, quote) | _mm512_cmpeq_epi8_mask(block, backslash),
            _mm512_cmplt_epu8_mask(block, space),
            _mm512_movepi8_mask(block),
        ]);
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
            let (mut ours, mut plainly, mut portably) = (Vec::new(), Vec::new(), Vec::new());
            crate::simd::mark_blocks(blocks, |block| ours.push(block));
            crate::simd::mark_blocks_plainly(blocks, |block| plainly.push(block));
            portable(blocks, |block| portably.push(block));
            prop_assert_eq!(&ours, &portably);
            prop_assert_eq!(&plainly, &portably);
        }
    }
}
