//! SHA-256 of sixteen messages at once: every register has one word of each.

use std::{
    arch::x86_64::{
        __m512i, _mm_cvtsi128_si64, _mm_extract_epi64, _mm512_add_epi32, _mm512_extracti32x4_epi32,
        _mm512_mask_mov_epi32, _mm512_ror_epi32, _mm512_set_epi64, _mm512_set1_epi32,
        _mm512_shuffle_epi8, _mm512_shuffle_i32x4, _mm512_srli_epi32, _mm512_ternarylogic_epi32,
        _mm512_unpackhi_epi32, _mm512_unpackhi_epi64, _mm512_unpacklo_epi32, _mm512_unpacklo_epi64,
    },
    array,
};

use super::{Block, Digest, INITIAL, Message, ROUNDS};
use crate::simd::words;

/// How many messages go through at once.
pub(super) const LANES: usize = 16;

/// The truth tables of the three functions of three words.
const CHOICE: i32 = 0xCA;
const MAJORITY: i32 = 0xE8;
const PARITY: i32 = 0x96;

/// Quarters 0 and 2, and 1 and 3, of two registers.
const EVEN: i32 = 0x88;
const ODD: i32 = 0xDD;

/// Computes the digest of each message, of which there are a multiple of [`LANES`].
#[target_feature(enable = "avx512f,avx512bw")]
pub(super) fn digests(messages: &[Message<'_>], digests: &mut [Digest]) {
    let mut order: Vec<_> = (0..messages.len()).collect();
    // Those that go together shall have about the same length.
    order.sort_unstable_by_key(|at| messages[*at].len());
    for lanes in order.as_chunks::<LANES>().0 {
        let state = together(lanes.map(|at| messages[at]));
        let words = state.map(|word| lane_words(word));
        for (lane, at) in lanes.iter().enumerate() {
            digests[*at] = super::digest(array::from_fn(|word| words[word][lane]));
        }
    }
}

/// Takes all messages to their ends, the last of which is the longest, and returns their states.
#[target_feature(enable = "avx512f,avx512bw")]
fn together(messages: [Message<'_>; LANES]) -> [__m512i; 8] {
    let mut states = INITIAL.map(|word| _mm512_set1_epi32(word.cast_signed()));
    for at in 0..messages[LANES - 1].len() {
        let mut present = 0;
        let blocks = array::from_fn(|lane| {
            let block = messages[lane].get(at);
            present |= u16::from(block.is_some()) << lane;
            block.unwrap_or(&[0; 64])
        });
        let next = compress(&states, transpose(blocks));
        // Those that are at their ends keep their state.
        states = array::from_fn(|word| _mm512_mask_mov_epi32(states[word], present, next[word]));
    }
    states
}

/// Takes one block into each of the states.
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
#[expect(clippy::many_single_char_names, reason = "the names of the standard")]
fn compress(before: &[__m512i; 8], mut schedule: [__m512i; 16]) -> [__m512i; 8] {
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *before;
    // A word in the register of another one, so that none has to be moved.
    macro_rules! round {
        ($a:ident $b:ident $c:ident $d:ident $e:ident $f:ident $g:ident $h:ident, $word:expr, $constant:expr) => {
            let constant = _mm512_set1_epi32($constant.cast_signed());
            let choice = _mm512_ternarylogic_epi32::<CHOICE>($e, $f, $g);
            let sum = add([$h, big_sigma::<6, 11, 25>($e), choice, constant, $word]);
            let majority = _mm512_ternarylogic_epi32::<MAJORITY>($a, $b, $c);
            $d = _mm512_add_epi32($d, sum);
            $h = add([sum, big_sigma::<2, 13, 22>($a), majority]);
        };
    }
    macro_rules! eight_rounds {
        ($words:expr, $constants:expr) => {
            round!(a b c d e f g h, $words[0], $constants[0]);
            round!(h a b c d e f g, $words[1], $constants[1]);
            round!(g h a b c d e f, $words[2], $constants[2]);
            round!(f g h a b c d e, $words[3], $constants[3]);
            round!(e f g h a b c d, $words[4], $constants[4]);
            round!(d e f g h a b c, $words[5], $constants[5]);
            round!(c d e f g h a b, $words[6], $constants[6]);
            round!(b c d e f g h a, $words[7], $constants[7]);
        };
    }
    for (at, constants) in ROUNDS.as_chunks::<16>().0.iter().enumerate() {
        if at > 0 {
            extend(&mut schedule);
        }
        eight_rounds!(schedule[..8], constants[..8]);
        eight_rounds!(schedule[8..], constants[8..]);
    }
    let after = [a, b, c, d, e, f, g, h];
    array::from_fn(|word| _mm512_add_epi32(before[word], after[word]))
}

/// The next sixteen words of the message schedule.
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn extend(words: &mut [__m512i; 16]) {
    macro_rules! word {
        ($($at:literal)*) => { $(
            words[$at] = add([
                words[$at],
                small_sigma::<7, 18, 3>(words[($at + 1) % 16]),
                words[($at + 9) % 16],
                small_sigma::<17, 19, 10>(words[($at + 14) % 16]),
            ]);
        )* };
    }
    word!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
}

#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn add<const N: usize>(words: [__m512i; N]) -> __m512i {
    let mut sum = words[0];
    for word in &words[1..] {
        sum = _mm512_add_epi32(sum, *word);
    }
    sum
}

#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn big_sigma<const A: i32, const B: i32, const C: i32>(word: __m512i) -> __m512i {
    _mm512_ternarylogic_epi32::<PARITY>(
        _mm512_ror_epi32::<A>(word),
        _mm512_ror_epi32::<B>(word),
        _mm512_ror_epi32::<C>(word),
    )
}

#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn small_sigma<const A: i32, const B: i32, const SHIFT: u32>(word: __m512i) -> __m512i {
    _mm512_ternarylogic_epi32::<PARITY>(
        _mm512_ror_epi32::<A>(word),
        _mm512_ror_epi32::<B>(word),
        _mm512_srli_epi32::<SHIFT>(word),
    )
}

/// Returns the words of the blocks: all first words, all second words, and so on.
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn transpose(blocks: [&Block; LANES]) -> [__m512i; 16] {
    // A message's words have their highest byte first.
    const REVERSED: [i64; 2] = [0x0405_0607_0001_0203, 0x0c0d_0e0f_0809_0a0b];
    let [low, high] = REVERSED;
    let reversed = _mm512_set_epi64(high, low, high, low, high, low, high, low);
    let rows: [_; LANES] = array::from_fn(|lane| {
        let words: [i64; 8] = words(blocks[lane]);
        let row = _mm512_set_epi64(
            words[7], words[6], words[5], words[4], words[3], words[2], words[1], words[0],
        );
        _mm512_shuffle_epi8(row, reversed)
    });
    // Words of two rows, then of four; in each quarter of a register are those of another column.
    let pairs: [_; 16] = array::from_fn(|at| {
        let (first, second) = (rows[at & !1], rows[at | 1]);
        match at % 2 {
            0 => _mm512_unpacklo_epi32(first, second),
            _ => _mm512_unpackhi_epi32(first, second),
        }
    });
    let fours: [_; 16] = array::from_fn(|at| {
        let from = (at & !3) | (at >> 1 & 1);
        match at % 2 {
            0 => _mm512_unpacklo_epi64(pairs[from], pairs[from | 2]),
            _ => _mm512_unpackhi_epi64(pairs[from], pairs[from | 2]),
        }
    });
    let halves: [_; 16] = array::from_fn(|at| {
        let (first, second) = (fours[at % 4 + at / 8 * 8], fours[at % 4 + at / 8 * 8 + 4]);
        match at / 4 % 2 {
            0 => _mm512_shuffle_i32x4::<EVEN>(first, second),
            _ => _mm512_shuffle_i32x4::<ODD>(first, second),
        }
    });
    array::from_fn(|at| {
        let (first, second) = (halves[at % 8], halves[at % 8 + 8]);
        match at / 8 {
            0 => _mm512_shuffle_i32x4::<EVEN>(first, second),
            _ => _mm512_shuffle_i32x4::<ODD>(first, second),
        }
    })
}

/// Returns the word of each message.
#[target_feature(enable = "avx512f,avx512bw")]
fn lane_words(word: __m512i) -> [u32; LANES] {
    let quarters = [
        _mm512_extracti32x4_epi32::<0>(word),
        _mm512_extracti32x4_epi32::<1>(word),
        _mm512_extracti32x4_epi32::<2>(word),
        _mm512_extracti32x4_epi32::<3>(word),
    ];
    let mut words = [0; LANES];
    for (four, quarter) in words.as_chunks_mut::<4>().0.iter_mut().zip(quarters) {
        let halves = [_mm_cvtsi128_si64(quarter), _mm_extract_epi64::<1>(quarter)];
        for (two, half) in four.as_chunks_mut::<2>().0.iter_mut().zip(halves) {
            let bytes = half.to_le_bytes();
            let (parts, _none) = bytes.as_chunks();
            *two = [u32::from_le_bytes(parts[0]), u32::from_le_bytes(parts[1])];
        }
    }
    words
}
