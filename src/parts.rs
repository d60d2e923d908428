//! Bytes that are put together from many short parts.

use std::ops::Range;

/// How many bytes are copied at once.
const AT_ONCE: usize = 64;

/// Bytes that are appended to, part by part.
///
/// A copy whose length the compiler knows is a few instructions, any other is a call. So a short part is copied
/// with what happens to stand behind it, and the next part is written over that.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    /// The bytes, and behind them anything.
    room: Vec<u8>,
    length: usize,
}

impl Parts {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.room[..self.length]
    }

    pub(crate) fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
    }

    /// Appends at most so many bytes, in parts.
    #[inline]
    pub(crate) fn in_parts(&mut self, at_most: usize, append: impl FnOnce(&mut Appender<'_>)) {
        self.grow_to(self.length + at_most + AT_ONCE);
        let mut appender = Appender {
            room: &mut self.room,
            at: self.length,
        };
        append(&mut appender);
        self.length = appender.at;
    }

    pub(crate) fn append(&mut self, bytes: &[u8]) {
        let end = self.length + bytes.len();
        self.grow_to(end);
        self.room[self.length..end].copy_from_slice(bytes);
        self.length = end;
    }

    /// Appends zeros up to a length.
    pub(crate) fn pad_to(&mut self, length: usize) {
        self.grow_to(length);
        self.room[self.length..length].fill(0);
        self.length = length;
    }

    fn grow_to(&mut self, length: usize) {
        if length > self.room.len() {
            self.room.resize(length, 0);
        }
    }
}

/// Appends parts where there is room enough.
pub(crate) struct Appender<'a> {
    room: &'a mut [u8],
    at: usize,
}

impl Appender<'_> {
    /// Appends a part of a text.
    #[inline]
    pub(crate) fn part(&mut self, text: &[u8], part: Range<usize>) {
        let length = part.len();
        match text[part.start..].first_chunk::<AT_ONCE>() {
            Some(begin) if length <= AT_ONCE => self.begin(begin, length),
            _ => self.long(&text[part]),
        }
    }

    #[inline(never)]
    fn long(&mut self, bytes: &[u8]) {
        self.room[self.at..self.at + bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len();
    }

    /// Appends the first `length` bytes.
    #[inline]
    pub(crate) fn begin<const N: usize>(&mut self, bytes: &[u8; N], length: usize) {
        self.room[self.at..self.at + N].copy_from_slice(bytes);
        self.at += length;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn parts_are_put_together_as_in_a_vec(
            text in prop::collection::vec(any::<u8>(), 1..300),
            parts in prop::collection::vec(any::<[prop::sample::Index; 3]>(), 0..40),
        ) {
            let (mut ours, mut expected) = (Parts::default(), Vec::new());
            for [from, length, kind] in parts {
                let from = from.index(text.len());
                let part = from..from + length.index(text.len() - from + 1);
                match kind.index(8) {
                    0 => {
                        ours.truncate(from);
                        expected.truncate(from);
                    }
                    1 => {
                        ours.pad_to(expected.len() + from);
                        expected.resize(expected.len() + from, 0);
                    }
                    2 => {
                        ours.append(&text[part.clone()]);
                        expected.extend_from_slice(&text[part]);
                    }
                    3 => {
                        let short = *text.repeat(4).first_chunk::<4>().unwrap();
                        ours.in_parts(from % 5, |out| out.begin(&short, from % 5));
                        expected.extend_from_slice(&short[..from % 5]);
                    }
                    _ => {
                        ours.in_parts(part.len(), |out| out.part(&text, part.clone()));
                        expected.extend_from_slice(&text[part]);
                    }
                }
                prop_assert_eq!(ours.bytes(), &expected);
            }
        }
    }
}
