//! Any event of any agent is read, and what is recorded of it verifies.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealstone::{
    chain,
    digest::Digest,
    hook::{Agent, Event, Session, Setup},
    record::build::{Prepared, Summaries},
    verify::{Judgement, Verifier},
};

fuzz_target!(|bytes: &[u8]| {
    // What a process before left behind can be anything too.
    let session = Session::read(bytes);
    // The first byte says whose event it is; none of them leaves it to the event.
    let (agent, bytes) = match bytes.split_first() {
        Some((first, rest)) if usize::from(*first) < Agent::ALL.len() => {
            (Some(Agent::ALL[usize::from(*first)]), rest)
        }
        _ => (None, bytes),
    };
    let Ok(event) = Event::read(bytes, agent, None) else {
        return;
    };
    let setup = Setup {
        authority: session.snapshot(),
        parent_id: event
            .text("agent_id")
            .and_then(|id| session.parent(id)?)
            .map(str::to_owned),
        ..Setup::default()
    };
    let Ok((draft, _)) = event.draft(&setup) else {
        return;
    };
    let mut verifier = Verifier::new();
    let mut previous = Digest::GENESIS;
    for (id, summaries) in [("a", Summaries::Keep), ("b", Summaries::HashOnly)] {
        let prepared = Prepared::new(draft.clone(), summaries);
        let record = prepared.stamp(id.to_owned(), "2026-01-01T00:00:00Z".to_owned());
        let sealed = chain::seal(record, previous).expect("what is prepared can be sealed");
        previous = sealed.hash;
        verifier.line(sealed.line.trim_end_matches('\n').as_bytes());
    }
    let verdict = verifier.finish();
    assert_eq!(verdict.judgement, Judgement::Intact, "{verdict:?}");
    assert_eq!(verdict.head, Some(previous));
});
