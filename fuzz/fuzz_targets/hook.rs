//! Any event is read, and what is recorded of it verifies.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealstone::{
    chain,
    digest::Digest,
    hook::{Reading, Setup, read_event},
    record::build::{Prepared, Summaries},
    verify::{Judgement, Verifier},
};

fuzz_target!(|bytes: &[u8]| {
    let Reading::Draft(draft, _) = read_event(bytes, &Setup::default()) else {
        return;
    };
    let mut verifier = Verifier::new();
    let mut previous = Digest::GENESIS;
    for (id, summaries) in [("a", Summaries::Keep), ("b", Summaries::HashOnly)] {
        let prepared = Prepared::new((*draft).clone(), summaries);
        let record = prepared.stamp(id.to_owned(), "2026-01-01T00:00:00Z".to_owned());
        let sealed = chain::seal(record, previous).expect("what is prepared can be sealed");
        previous = sealed.hash;
        verifier.line(sealed.line.trim_end_matches('\n').as_bytes());
    }
    let verdict = verifier.finish();
    assert_eq!(verdict.judgement, Judgement::Intact, "{verdict:?}");
    assert_eq!(verdict.head, Some(previous));
});
