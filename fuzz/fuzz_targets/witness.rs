//! What is a checkpoint of any bytes reads back the same, the rest is named, and any log can be held against it.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sealstone::{
    json, sample,
    time::Timestamp,
    verify::Verifier,
    witness::{self, Chain, Completeness, Expected, Kept, Looked, Standing},
};

static SOUND: LazyLock<Vec<u8>> =
    LazyLock::new(|| sample::chain(4, 1).collect::<String>().into_bytes());

fuzz_target!(|bytes: &[u8]| {
    let _ = witness::of_answer(bytes);
    let at = bytes.iter().position(|byte| *byte == 0);
    let (file, log) = bytes.split_at(at.unwrap_or(bytes.len()));
    let log = log.strip_prefix(b"\0").unwrap_or(log);
    own(log);
    let kept = witness::of_file(file);
    let lines = file.split(|byte| *byte == b'\n').count();
    assert!(kept.checkpoints.len() + kept.damage.len() <= lines);
    let text: String = kept
        .checkpoints
        .iter()
        .map(|one| json::to_line(&one.to_object()))
        .collect();
    let again = witness::of_file(text.as_bytes());
    assert!(again.damage.is_empty(), "what is written can be read");
    assert_eq!(again.checkpoints.len(), kept.checkpoints.len());
    for log in [&SOUND[..], log] {
        let completeness = held(log, &kept);
        assert!(completeness.witnessed <= kept.checkpoints.len() as u64);
        let is_complete = matches!(completeness.standing, Standing::Complete { .. });
        assert!(!is_complete || kept.damage.is_empty());
        if kept.damage.is_empty() {
            assert_eq!(held(log, &again).standing, completeness.standing);
        }
    }
});

/// A log that holds is complete by its own checkpoint, and is not without its last record.
fn own(log: &[u8]) {
    let (chain, first_break) = read(log);
    let at = Timestamp::from_unix_nanos(0).expect("it is a time");
    let Some(checkpoint) = chain.checkpoint(at) else {
        return;
    };
    let kept = Kept {
        checkpoints: vec![checkpoint],
        ..Kept::default()
    };
    let completeness = Completeness::of(&chain, first_break, &kept, Expected::default());
    let expected = match () {
        () if chain.records() == 0 => Standing::Unwitnessed,
        () if first_break.is_none() && chain.unreadable().is_none() => Standing::Complete {
            latest_count: chain.records(),
        },
        () => {
            assert!(!matches!(completeness.standing, Standing::Complete { .. }));
            return;
        }
    };
    assert_eq!(completeness.standing, expected);
}

fn held(log: &[u8], kept: &Kept) -> Completeness {
    let (chain, first_break) = read(log);
    Completeness::of(&chain, first_break, kept, Expected::default())
}

fn read(log: &[u8]) -> (Chain, Option<u64>) {
    let mut verifier = Verifier::new();
    verifier.log(log);
    let mut chain = Chain::default();
    let log = log.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(log);
    for line in log.split(|byte| *byte == b'\n') {
        chain.take(Looked::at(line));
    }
    (chain, verifier.finish().first_break)
}
