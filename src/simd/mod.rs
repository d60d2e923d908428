//! The instructions that work on many bytes, or on several messages, at once.
//!
//! Everything here exists twice: portable, and for processors that have the instructions, which is found out
//! at run time. Both are safe code and give the same (the tests compare them). The only unsafe thing is to
//! enter a function that was compiled for instructions which not every processor has, and that is done in
//! this file alone, behind the question whether this one has them.

#[cfg(target_arch = "x86_64")]
mod lanes;
mod marks;

pub(crate) use marks::Marks;

/// Whether SHA-256 of several messages at once is to be had.
#[cfg(target_arch = "x86_64")]
fn has_lanes() -> bool {
    is_x86_feature_detected!("sha") && is_x86_feature_detected!("sse4.1")
}

/// Computes the SHA-256 of each message, or returns `false` if this processor has no way that is faster than
/// one after the other. Who uses this may only confirm with it (see [`crate::digest::confirm`]).
#[cfg(target_arch = "x86_64")]
pub(crate) fn digests(messages: &[&[u8]], digests: &mut [[u8; 32]]) -> bool {
    if !has_lanes() {
        return false;
    }
    #[expect(
        unsafe_code,
        reason = "enters a function that not every processor can run"
    )]
    // SAFETY: the processor has the instructions that the function was compiled for, as was just asked. The
    // function itself is safe code.
    unsafe {
        lanes::digests(messages, digests);
    }
    true
}

#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn digests(_messages: &[&[u8]], _digests: &mut [[u8; 32]]) -> bool {
    false
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
