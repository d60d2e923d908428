//! The instructions that work on many bytes, or on several messages, at once.
//!
//! Everything here exists twice: portable, and for processors that have the instructions, which is found out
//! at run time. Both are safe code and give the same (the tests compare them). The only unsafe thing is to
//! enter a function that was compiled for instructions which not every processor has, behind the question
//! whether this one has them.

mod marks;
#[cfg(target_arch = "x86_64")]
mod sha256;
mod word;

pub(crate) use marks::Marks;
pub(crate) use word::{every, zero_bytes};

use crate::parts::Parts;

/// A message for SHA-256 as the function takes it, padded and cut into blocks.
pub(crate) type Message<'a> = &'a [[u8; 64]];

/// Pads the message that begins at `start` and ends with `bytes`.
pub(crate) fn pad(bytes: &mut Parts, start: usize) {
    const END: u8 = 0x80;
    let length = bytes.bytes().len() - start;
    bytes.append(&[END]);
    bytes.pad_to(padded_end(start, length) - LENGTH_BYTES);
    bytes.append(&(length as u64 * 8).to_be_bytes());
}

/// Returns where a message ends once it is padded: with its end, its length and zeros to a whole block.
pub(crate) const fn padded_end(start: usize, length: usize) -> usize {
    start + (length + 1 + LENGTH_BYTES).next_multiple_of(64)
}

/// How long the length of a message is behind it.
const LENGTH_BYTES: usize = 8;

/// Computes the SHA-256 of each message, or returns `false` if this processor knows no way that is faster than
/// one after the other. Who uses this may only confirm with it (see [`crate::digest::Claims`]).
#[cfg(target_arch = "x86_64")]
pub(crate) use sha256::digests;

#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn digests(_messages: &[Message<'_>], _digests: &mut [[u8; 32]]) -> bool {
    false
}

/// Bytes as numbers, eight by eight: the compiler makes one load of this.
#[cfg(target_arch = "x86_64")]
#[inline]
fn words<const BYTES: usize, const WORDS: usize>(bytes: &[u8; BYTES]) -> [i64; WORDS] {
    const { assert!(BYTES == 8 * WORDS) };
    let (words, _none) = bytes.as_chunks();
    std::array::from_fn(|at| i64::from_le_bytes(words[at]))
}

/// Finds the marks in blocks of 64 bytes.
fn mark_blocks(blocks: &[[u8; 64]], found: impl FnMut(marks::Block)) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw") {
        #[expect(
            unsafe_code,
            reason = "enters a function that not every processor can run"
        )]
        // SAFETY: the processor has the instructions that the function was compiled for, as was just asked.
        // The function itself is safe code.
        return unsafe { marks::avx512(blocks, found) };
    }
    mark_blocks_plainly(blocks, found);
}

/// The same with the instructions that every processor has.
#[cfg(target_arch = "x86_64")]
fn mark_blocks_plainly(blocks: &[[u8; 64]], found: impl FnMut(marks::Block)) {
    #[expect(
        unsafe_code,
        reason = "the compiler asks for it, though every x86-64 has SSE2"
    )]
    // SAFETY: SSE2 is a part of x86-64. The function itself is safe code.
    unsafe {
        marks::sse2(blocks, found);
    }
}

#[cfg(not(target_arch = "x86_64"))]
use marks::portable as mark_blocks_plainly;
