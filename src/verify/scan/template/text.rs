//! Texts that are compared sixteen bytes at once.

/// A text to compare with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text {
    length: usize,
    /// The bytes as numbers: where all of them are but the last up to sixteen, and these with which of their
    /// bits count.
    first_word: usize,
    last: u128,
    mask: u128,
}

impl Text {
    pub(super) fn new(bytes: &[u8], words: &mut Vec<u128>) -> Self {
        let whole = bytes.len().saturating_sub(1) / WORD * WORD;
        let (before, rest) = bytes.split_at(whole);
        let first_word = words.len();
        words.extend(before.chunks(WORD).map(padded));
        let mut mask = [0; WORD];
        mask[..rest.len()].fill(0xFF);
        Self {
            length: bytes.len(),
            first_word,
            last: padded(rest),
            mask: u128::from_le_bytes(mask),
        }
    }

    /// Returns the place behind this text, if it stands at `at`. What stands there may lie behind the line: no
    /// text has a control character, and one ends the line.
    #[inline]
    pub(super) fn behind(&self, words: &[u128], bytes: &[u8], at: usize) -> Option<usize> {
        let count = self.length.saturating_sub(1) / WORD;
        let words = &words[self.first_word..self.first_word + count];
        let Some(found) = bytes.get(at..at + (count + 1) * WORD) else {
            return self.behind_near_end(words, bytes.get(at..)?, at);
        };
        let (found, last) = found.split_at(count * WORD);
        for (found, word) in found.as_chunks().0.iter().zip(words) {
            if u128::from_le_bytes(*found) != *word {
                return None;
            }
        }
        let last = u128::from_le_bytes(*last.first_chunk()?);
        self.ends_with(last).then_some(at + self.length)
    }

    /// The same where everything ends before the last sixteen bytes do.
    #[cold]
    fn behind_near_end(&self, words: &[u128], rest: &[u8], at: usize) -> Option<usize> {
        let whole = words.len() * WORD;
        let are_equal = rest.len() >= whole
            && rest
                .chunks(WORD)
                .zip(words)
                .all(|(found, word)| padded(found) == *word);
        // No text has a zero, which stands for the bytes that are not there.
        (are_equal && self.ends_with(padded(&rest[whole..]))).then_some(at + self.length)
    }

    const fn ends_with(&self, last: u128) -> bool {
        (last ^ self.last) & self.mask == 0
    }
}

/// How many bytes are compared at once.
const WORD: usize = 16;

/// Returns up to sixteen bytes as a number.
fn padded(bytes: &[u8]) -> u128 {
    let mut word = [0; WORD];
    word[..bytes.len()].copy_from_slice(bytes);
    u128::from_le_bytes(word)
}
