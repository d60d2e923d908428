//! SHA-256 digests and their text forms.

use std::{fmt, str::FromStr};

use sha2::{Digest as _, Sha256};

use crate::{parts::Parts, simd};

/// A SHA-256 digest. Its text is 64 lowercase hexadecimal digits, as in `integrity.hash`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// What the first record of a chain names as its predecessor: 64 zeros.
    pub const GENESIS: Self = Self([0; 32]);

    /// Returns the digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Returns the digest that has these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns the prefixed text that `action.input.hash` and `outcome.hash` use.
    pub fn prefixed(&self) -> String {
        format!("sha256:{self}")
    }
}

/// How many messages [`Claims`] should have when they are confirmed.
pub(crate) const CLAIMS: usize = 128;

/// Messages, and the digests that they are said to have.
///
/// They are hashed several at once where the processor can. That way only ever confirms: a message whose
/// digest it does not confirm is hashed by `sha2`.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    /// The messages, each padded as SHA-256 pads it.
    bytes: Parts,
    messages: Vec<Claim>,
    at_once: Vec<[u8; 32]>,
}

#[derive(Debug)]
struct Claim {
    /// Where the message begins in the bytes, and its length.
    start: usize,
    length: usize,
    declared: Digest,
}

impl Claims {
    pub(crate) fn len(&self) -> usize {
        self.messages.len()
    }

    /// Returns what the next message is to be appended to.
    pub(crate) fn message(&mut self) -> &mut Parts {
        let start = self.start();
        self.bytes.truncate(start);
        &mut self.bytes
    }

    /// What was appended is said to have the digest `declared`.
    pub(crate) fn push(&mut self, declared: Digest) {
        let start = self.start();
        let length = self.bytes.bytes().len() - start;
        simd::pad(&mut self.bytes, start);
        self.messages.push(Claim {
            start,
            length,
            declared,
        });
    }

    /// Behind the last message.
    fn start(&self) -> usize {
        let last = self.messages.last();
        last.map_or(0, |last| simd::padded_end(last.start, last.length))
    }

    /// Says of each message whether it has the digest it is said to have, and forgets them.
    pub(crate) fn confirm(&mut self, mut confirmed: impl FnMut(usize, bool)) {
        let bytes = self.bytes.bytes();
        let padded = |claim: &Claim| {
            let end = simd::padded_end(claim.start, claim.length);
            bytes[claim.start..end].as_chunks().0
        };
        let messages: Vec<simd::Message<'_>> = self.messages.iter().map(padded).collect();
        self.at_once.resize(messages.len(), [0; 32]);
        let is_at_once = simd::digests(&messages, &mut self.at_once);
        for (at, claim) in self.messages.iter().enumerate() {
            let message = &bytes[claim.start..claim.start + claim.length];
            let holds = is_at_once && self.at_once[at] == claim.declared.0
                || Digest::of(message) == claim.declared;
            confirmed(at, holds);
        }
        self.messages.clear();
    }
}

/// SHA-256 over bytes that arrive in pieces.
#[derive(Debug, Clone, Default)]
pub struct Hasher(Sha256);

impl Hasher {
    /// Takes the next piece.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Returns the digest of all pieces.
    pub fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; 64];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair[0] = HEX[usize::from(byte >> 4)];
            pair[1] = HEX[usize::from(byte & 15)];
        }
        f.write_str(std::str::from_utf8(&text).expect("hexadecimal digits are ASCII"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not 64 lowercase hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not 64 lowercase hexadecimal digits")]
pub struct NotADigest;

impl FromStr for Digest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        Self::from_hex(text.as_bytes()).ok_or(NotADigest)
    }
}

impl Digest {
    /// The same as parsing, for bytes that need not be UTF-8.
    pub(crate) fn from_hex(text: &[u8]) -> Option<Self> {
        from_hex::<64, 32>(text.try_into().ok()?).map(Self)
    }
}

/// Returns the bytes that lowercase hexadecimal digits spell.
pub(crate) fn from_hex<const N: usize, const HALF: usize>(digits: &[u8; N]) -> Option<[u8; HALF]> {
    const { assert!(N == 2 * HALF) };
    // Without a branch or a table, so that it is done many digits at a time.
    let mut wrong = 0;
    let mut values = [0; N];
    for (value, digit) in values.iter_mut().zip(digits) {
        let (number, letter) = (digit.wrapping_sub(b'0'), digit.wrapping_sub(b'a'));
        wrong |= u8::from(number >= 10) & u8::from(letter >= 6);
        *value = if number < 10 {
            number
        } else {
            letter.wrapping_add(10)
        };
    }
    let mut bytes = [0; HALF];
    for (byte, pair) in bytes.iter_mut().zip(values.chunks_exact(2)) {
        *byte = pair[0] << 4 | pair[1];
    }
    (wrong == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_reads_back_and_only_lowercase_is_accepted() {
        let digest = Digest::of(b"abc");
        let text = digest.to_string();
        assert_eq!(
            text,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(text.parse(), Ok(digest));
        assert_eq!(text.to_uppercase().parse::<Digest>(), Err(NotADigest));
        assert_eq!(format!("{text}\n").parse::<Digest>(), Err(NotADigest));
        assert_eq!("".parse::<Digest>(), Err(NotADigest));
    }

    #[test]
    fn pieces_hash_like_the_whole() {
        let mut hasher = Hasher::default();
        hasher.update(b"a");
        hasher.update(b"bc");
        assert_eq!(hasher.finish(), Digest::of(b"abc"));
    }
}
