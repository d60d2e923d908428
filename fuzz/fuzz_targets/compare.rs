//! Any two logs can be compared: every record is accounted for, each way round the same is said, and a log is
//! the same as itself and no other than its bytes allow.
#![no_main]

use std::{convert::Infallible, sync::LazyLock};

use libfuzzer_sys::fuzz_target;
use sealstone::{
    compare::{self, Comparison, Relation, Side},
    sample,
    verify::Survey,
};

/// Sound lines of two chains, and each of them altered.
static LINES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let sound: Vec<String> = sample::chain(4, 1).chain(sample::chain(4, 2)).collect();
    let altered = sound.iter().map(|line| line.replace("claude", "codex"));
    altered.chain(sound.clone()).collect()
});

fuzz_target!(|bytes: &[u8]| {
    let at = bytes.iter().position(|byte| *byte == 0);
    let (a, b) = bytes.split_at(at.unwrap_or(bytes.len() / 2));
    both_ways(a, b);
    both_ways(&picked(a), &picked(b));
});

/// Returns a line of ours for each byte, and the byte itself where there is none.
fn picked(bytes: &[u8]) -> Vec<u8> {
    let line = |byte: &u8| match LINES.get(usize::from(*byte)) {
        Some(line) => line.clone().into_bytes(),
        None => vec![*byte, b'\n'],
    };
    bytes.iter().take(64).flat_map(line).collect()
}

fn both_ways(a: &[u8], b: &[u8]) {
    let (there, back) = (compared(a, b), compared(b, a));
    let counts = there.counts;
    let both = counts.same + counts.altered + counts.reordered + counts.re_sealed;
    assert_eq!(both + counts.only_a, there.a.records);
    assert_eq!(both + counts.only_b, there.b.records);
    assert_eq!(counts.only_a, back.counts.only_b);
    assert_eq!(there.relation.as_str(), back.relation.as_str());
    assert_eq!(there.differences.len(), back.differences.len());
    assert_eq!(there.same_bytes, a == b);
    let itself = compared(a, a);
    assert!(itself.relation == Relation::Same && itself.differences.is_empty());
}

fn compared(a: &[u8], b: &[u8]) -> Comparison {
    let compared = compare::compare(&Survey::of(a), &Survey::of(b), |side, range| {
        let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
        let log = if side == Side::A { a } else { b };
        Ok::<_, Infallible>(log[range].to_vec())
    });
    compared.unwrap()
}
