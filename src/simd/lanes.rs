//! SHA-256 of several messages at once, with the instructions for it (FIPS 180-4; Intel SHA extensions).
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
    ops::Range,
};

/// How many messages go through at once.
const LANES: usize = 2;

type Block = [u8; 64];

/// The state before the first block.
const INITIAL: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// The constants of the rounds.
#[rustfmt::skip]
const ROUNDS: [[u32; 4]; 16] = [
    [0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5], [0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5],
    [0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3], [0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174],
    [0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc], [0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da],
    [0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7], [0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967],
    [0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13], [0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85],
    [0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3], [0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070],
    [0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5], [0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3],
    [0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208], [0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2],
];

/// The eight words of a message's state, in the order in which the instructions take them.
#[derive(Clone, Copy)]
struct State {
    abef: __m128i,
    cdgh: __m128i,
}

/// A message on its way through a lane.
struct Lane<'a> {
    number: usize,
    /// The whole blocks that are still to come.
    blocks: &'a [Block],
    /// The rest of the message, its end and its length, in one block or two.
    last: [Block; 2],
    last_to_come: Range<usize>,
}

impl<'a> Lane<'a> {
    fn new(number: usize, message: &'a [u8]) -> Self {
        const END: u8 = 0x80;
        const LENGTH_BYTES: usize = 8;
        let (blocks, rest) = message.as_chunks();
        let mut last = [[0; 64]; 2];
        let count = if rest.len() < 64 - LENGTH_BYTES { 1 } else { 2 };
        let bytes = last.as_flattened_mut();
        bytes[..rest.len()].copy_from_slice(rest);
        bytes[rest.len()] = END;
        let length_bits = message.len() as u64 * 8;
        bytes[count * 64 - LENGTH_BYTES..count * 64].copy_from_slice(&length_bits.to_be_bytes());
        Self {
            number,
            blocks,
            last,
            last_to_come: 0..count,
        }
    }

    fn next(&mut self) -> Option<&Block> {
        if let Some((block, rest)) = self.blocks.split_first() {
            self.blocks = rest;
            return Some(block);
        }
        self.last_to_come.next().map(|at| &self.last[at])
    }

    fn is_done(&self) -> bool {
        self.blocks.is_empty() && self.last_to_come.is_empty()
    }
}

/// Computes the digest of each message.
#[target_feature(enable = "sha,ssse3,sse4.1")]
pub(super) fn digests(messages: &[&[u8]], digests: &mut [[u8; 32]]) {
    let mut messages = messages.iter().enumerate();
    let mut take = || {
        let (number, message) = messages.next()?;
        Some(Lane::new(number, message))
    };
    let mut states = [begin(); LANES];
    let mut lanes: [Option<Lane<'_>>; LANES] = array::from_fn(|_| take());
    while let [Some(first), Some(second)] = &mut lanes {
        let whole = first.blocks.len().min(second.blocks.len());
        let (ours, theirs) = (first.blocks.split_at(whole), second.blocks.split_at(whole));
        (first.blocks, second.blocks) = (ours.1, theirs.1);
        for (ours, theirs) in ours.0.iter().zip(theirs.0) {
            states = compress(states, [ours, theirs]);
        }
        if let (Some(ours), Some(theirs)) = (first.next(), second.next()) {
            states = compress(states, [ours, theirs]);
        }
        for (lane, state) in lanes.iter_mut().zip(&mut states) {
            if let Some(done) = lane.as_ref().filter(|lane| lane.is_done()) {
                digests[done.number] = end(*state);
                *state = begin();
                *lane = take();
            }
        }
    }
    for (lane, state) in lanes.iter_mut().zip(states) {
        let Some(lane) = lane else { continue };
        let mut state = [state];
        while let Some(block) = lane.next() {
            state = compress(state, [block]);
        }
        digests[lane.number] = end(state[0]);
    }
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
fn end(State { abef, cdgh }: State) -> [u8; 32] {
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
    let mut digest = [0; 32];
    for (bytes, word) in digest.chunks_exact_mut(4).zip(words) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    digest
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
    for (at, constants) in ROUNDS.into_iter().enumerate() {
        let constants = words(constants);
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
