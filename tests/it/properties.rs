//! What must hold for every chain.

use proptest::prelude::*;
use sealstone::{
    chain,
    digest::Digest,
    json::{Object, Value},
    sample,
    verify::{Judgement, Verdict, Verifier},
};

use crate::harness::skip;

fn verdict(log: &[u8]) -> Verdict {
    let mut verifier = Verifier::new();
    verifier.log(log);
    verifier.finish()
}

/// Values that a record may hold.
pub(crate) fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-9_007_199_254_740_991i64..=9_007_199_254_740_991).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((any::<String>(), inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

pub(crate) fn seal_all(contents: &[Value]) -> String {
    let mut head = Digest::GENESIS;
    let mut log = String::new();
    for (index, content) in contents.iter().enumerate() {
        let action: Object = [("type", "read"), ("category", "privacy")]
            .into_iter()
            .collect();
        let mut record = Object::new();
        record.insert("schema_version", "0.1");
        record.insert("record_id", format!("r{index}"));
        record.insert("session_id", "s");
        record.insert("ts", "2026-01-01T00:00:00Z");
        record.insert("action", action);
        record.insert("content", content.clone());
        let sealed = chain::seal(record, head).unwrap();
        head = sealed.hash;
        log.push_str(&sealed.line);
    }
    log
}

proptest! {
    #[test]
    fn what_was_sealed_verifies(contents in prop::collection::vec(values(), 1..5)) {
        let verdict = verdict(seal_all(&contents).as_bytes());
        prop_assert_eq!(&verdict.findings, &[]);
        prop_assert_eq!(verdict.judgement, Judgement::Intact);
        prop_assert_eq!(verdict.records, contents.len() as u64);
    }

    #[test]
    fn lines_and_the_whole_log_are_judged_alike(
        mut log in Just(sample::chain(6, 9).collect::<String>().into_bytes()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        for (at, byte) in changes {
            let at = at.index(log.len());
            log[at] = byte;
        }
        let mut verifier = Verifier::new();
        let mut lines = log.split(|byte| *byte == b'\n').peekable();
        while let Some(line) = lines.next() {
            if lines.peek().is_some() {
                verifier.line(line);
            } else {
                verifier.unterminated_line(line);
            }
        }
        prop_assert_eq!(verifier.finish(), verdict(&log));
    }

    #[test]
    fn no_bytes_make_the_verifier_fail(log in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = verdict(&log);
    }
}

#[test]
fn a_processor_without_the_wide_instructions_is_named() {
    let Ok(processor) = std::fs::read_to_string("/proc/cpuinfo") else {
        return skip(
            "wide instructions",
            "there is no /proc/cpuinfo that names them",
        );
    };
    for (flag, what) in [
        ("sha_ni", "two hashes at once are not compared with `sha2`"),
        (
            "avx512bw",
            "sixteen hashes at once are not compared with `sha2`",
        ),
    ] {
        if !processor
            .split_ascii_whitespace()
            .any(|found| found == flag)
        {
            skip(what, "this processor lacks the instructions");
        }
    }
}
