//! What an entry can mean, in words. The one table of them: nothing here says more than the log does.

use super::entry::{Behind, Contradiction, Differing, Entry, Kind};

/// What can be behind a missing outcome once the call cannot be running any more.
const OVER: &str = "it was refused or interrupted, or its outcome was lost";

/// The same where it can.
const MAYBE_RUNNING: &str =
    "it is still running, was refused or interrupted, or its outcome was lost";

/// What follows the possibilities.
const UNKNOWN: &str = "the log cannot tell which";

/// Returns what an entry can mean.
pub(super) fn meaning(entry: &Entry) -> String {
    match entry.kind {
        Kind::Conflicting => entry.contradicts.map_or_else(String::new, conflicting),
        Kind::NoOutcome => no_outcome(entry),
        Kind::NoIntent => format!(
            "other calls of its session have intents: its own was lost, was before the hook was there, \
             or there is no event for it; {UNKNOWN}{}",
            batch(entry)
        ),
        Kind::NeverArrived => format!(
            "this batch names it, and neither its intent nor its outcome is here: their events were lost, \
             or there are none for it; {UNKNOWN}"
        ),
        Kind::LostEvent => {
            let lost = entry.lost.as_deref();
            let lost = lost.map_or_else(String::new, |lost| format!(" ({lost:?})"));
            format!(
                "an event arrived that could not be used{lost}: a side of a call may be missing"
            )
        }
    }
}

fn conflicting(Contradiction { record, what }: Contradiction) -> String {
    let other = match what {
        Differing::Input => "is an intent of the same id with another input",
        Differing::Tool => "has the same id and another tool",
    };
    format!(
        "record {record} {other}: the id was given to two calls, or one of the records is not what was done; \
         {UNKNOWN}; this one is joined with nothing"
    )
}

fn no_outcome(entry: &Entry) -> String {
    let ended = |what: &str, record: u64| format!("{what} ended at record {record}: {OVER}");
    let first = match (entry.behind, entry.batch) {
        (
            Some(Behind {
                session_end: Some(record),
                ..
            }),
            _,
        ) => ended("its session", record),
        (
            Some(Behind {
                sub_agent_end: Some(record),
                ..
            }),
            _,
        ) => ended("its sub-agent", record),
        (
            Some(Behind {
                turn_end: Some(record),
                ..
            }),
            _,
        ) => ended("its turn", record),
        (_, Some(_)) => format!("its batch is complete: {OVER}"),
        (
            Some(Behind {
                last: Some(record), ..
            }),
            None,
        ) => {
            format!("its session goes on to record {record}: {MAYBE_RUNNING}")
        }
        _ => format!("no later record is of its session: {MAYBE_RUNNING}"),
    };
    let permission = entry.permission.map_or_else(String::new, |record| {
        format!(
            "; permission was asked at record {record}; refusals by a person have no event of their own"
        )
    });
    format!("{first}; {UNKNOWN}{permission}{}", batch(entry))
}

fn batch(entry: &Entry) -> String {
    entry.batch.map_or_else(String::new, |record| {
        format!("; the batch at record {record} names it")
    })
}
