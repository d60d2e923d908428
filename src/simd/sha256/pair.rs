//! SHA-256 of two messages at once, with the instructions for it (Intel SHA extensions).
//!
//! One message cannot use the unit fully: each round waits for the one before it. So two messages go through
//! in turn, each in a lane of its own, and when one is done the next takes its lane. More than two lanes do
//! not fit into the registers.

use std::{
    arch::x86_64::{
        __m128i, _mm_add_epi32, _mm_alignr_epi8, _mm_extract_epi32, _mm_set_epi32, _mm_set_epi64x,
        _mm_sha256msg1_epu32, _mm_sha256msg2_epu32, _mm_sha256rnds2_epu32, _mm_shuffle_epi8,
        _mm_shuffle_epi32,
    },
    array,
};

use super::{Block, Digest, INITIAL, Message, ROUNDS};

/// How many messages go through at once.
const LANES: usize = 2;

/// The eight words of a message's state, in the order in which the instructions take them.
#[derive(Clone, Copy)]
struct State {
    abef: __m128i,
    cdgh: __m128i,
}

/// Computes the digest of each message.
#[target_feature(enable = "sha,ssse3,sse4.1")]
pub(super) fn digests(messages: &[Message<'_>], digests: &mut [Digest]) {
    let mut messages = messages.iter().zip(digests);
    let mut states = [begin(); LANES];
    let mut lanes: [_; LANES] = array::from_fn(|_| messages.next());
    let mut rest: [_; LANES] = array::from_fn(|lane| blocks(lanes[lane].as_ref()));
    while lanes.iter().all(Option::is_some) {
        let whole = rest[0].len().min(rest[1].len());
        let [ours, theirs] = rest.map(|blocks| blocks.split_at(whole));
        rest = [ours.1, theirs.1];
        for (ours, theirs) in ours.0.iter().zip(theirs.0) {
            states = compress(states, [ours, theirs]);
        }
        for ((lane, rest), state) in lanes.iter_mut().zip(&mut rest).zip(&mut states) {
            if rest.is_empty()
                && let Some((_, digest)) = lane
            {
                **digest = end(*state);
                *state = begin();
                *lane = messages.next();
                *rest = blocks(lane.as_ref());
            }
        }
    }
    for ((lane, rest), state) in lanes.into_iter().zip(rest).zip(states) {
        if let Some((_, digest)) = lane {
            let [state] = rest
                .iter()
                .fold([state], |state, block| compress(state, [block]));
            *digest = end(state);
        }
    }
}

fn blocks<'a>(lane: Option<&(&Message<'a>, &mut Digest)>) -> Message<'a> {
    lane.map(|(message, _)| **message).unwrap_or_default()
}

#[target_feature(enable = "sha,ssse3,sse4.1")]
#[inline]
fn begin() -> State {
    let pick = |places: [usize; 4]| words(places.map(|at| INITIAL[at]));
    State {
        abef: pick([5, 4, 1, 0]),
        cdgh: pick([7, 6, 3, 2]),
    }
}

#[target_feature(enable = "sha,ssse3,sse4.1")]
#[inline]
fn end(State { abef, cdgh }: State) -> Digest {
    let words = [
        _mm_extract_epi32::<3>(abef),
        _mm_extract_epi32::<2>(abef),
        _mm_extract_epi32::<3>(cdgh),
        _mm_extract_epi32::<2>(cdgh),
        _mm_extract_epi32::<1>(abef),
        _mm_extract_epi32::<0>(abef),
        _mm_extract_epi32::<1>(cdgh),
        _mm_extract_epi32::<0>(cdgh),
    ];
    super::digest(words.map(i32::cast_unsigned))
}

/// Four words, the first of them lowest.
#[target_feature(enable = "sha,ssse3,sse4.1")]
#[inline]
fn words(words: [u32; 4]) -> __m128i {
    let [a, b, c, d] = words.map(u32::cast_signed);
    _mm_set_epi32(d, c, b, a)
}

/// The sixteen words of a block, four at a time.
#[target_feature(enable = "sha,ssse3,sse4.1")]
#[inline]
fn load(block: &Block) -> [__m128i; 4] {
    // A message's words have their highest byte first.
    let reversed = _mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203);
    let (parts, _none) = block.as_chunks::<8>();
    let half = |at: usize| i64::from_le_bytes(parts[at]);
    array::from_fn(|at| _mm_shuffle_epi8(_mm_set_epi64x(half(2 * at + 1), half(2 * at)), reversed))
}

/// Takes one block into each state.
#[target_feature(enable = "sha,ssse3,sse4.1")]
#[inline]
fn compress<const N: usize>(before: [State; N], blocks: [&Block; N]) -> [State; N] {
    let mut states = before;
    let mut schedule: [[__m128i; 4]; N] = array::from_fn(|lane| load(blocks[lane]));
    for (at, constants) in ROUNDS.as_chunks().0.iter().enumerate() {
        let constants = words(*constants);
        for (state, words) in states.iter_mut().zip(&mut schedule) {
            if at >= 4 {
                words[at % 4] = extend(words, at);
            }
            let sum = _mm_add_epi32(words[at % 4], constants);
            state.cdgh = _mm_sha256rnds2_epu32(state.cdgh, state.abef, sum);
            let upper = _mm_shuffle_epi32::<0x0E>(sum);
            state.abef = _mm_sha256rnds2_epu32(state.abef, state.cdgh, upper);
        }
    }
    array::from_fn(|lane| State {
        abef: _mm_add_epi32(states[lane].abef, before[lane].abef),
        cdgh: _mm_add_epi32(states[lane].cdgh, before[lane].cdgh),
    })
}

/// The words of the message schedule that replace the oldest four.
#[target_feature(enable = "sha,ssse3,sse4.1")]
#[inline]
fn extend(words: &[__m128i; 4], at: usize) -> __m128i {
    let back = |by: usize| words[(at - by) % 4];
    let sum = _mm_sha256msg1_epu32(back(4), back(3));
    let sum = _mm_add_epi32(sum, _mm_alignr_epi8::<4>(back(1), back(2)));
    _mm_sha256msg2_epu32(sum, back(1))
}
