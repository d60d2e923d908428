//! Sessions with known faults, interleaved at random: what is listed is what was planted.

use proptest::prelude::*;

use super::{Joiner, Kind, Unresolved, said};

/// What becomes of a call's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Joined,
    /// Both events came twice.
    Repeated,
    /// The outcome was recorded before the intent.
    Reversed,
    /// A second intent has another input.
    Conflicting,
    NoOutcome,
    NoIntent,
    NeverArrived,
}

impl Fate {
    const fn kind(self) -> Option<Kind> {
        match self {
            Self::Joined | Self::Repeated | Self::Reversed => None,
            Self::Conflicting => Some(Kind::Conflicting),
            Self::NoOutcome => Some(Kind::NoOutcome),
            Self::NoIntent => Some(Kind::NoIntent),
            Self::NeverArrived => Some(Kind::NeverArrived),
        }
    }

    const fn phases(self) -> &'static [&'static str] {
        match self {
            Self::Joined => &["intent", "outcome"],
            Self::Repeated => &["intent", "intent", "outcome", "outcome"],
            Self::Reversed => &["outcome", "intent"],
            Self::Conflicting => &["intent", "outcome", OTHER_INTENT],
            Self::NoOutcome => &["intent"],
            Self::NoIntent => &["outcome"],
            Self::NeverArrived => &[],
        }
    }
}

/// An intent with an input that no other record has.
const OTHER_INTENT: &str = "intent with another input";

#[derive(Debug, Clone)]
struct Planted {
    session: usize,
    caller: usize,
    tool: usize,
    fate: Fate,
}

fn planted(fates: Vec<Fate>) -> impl Strategy<Value = Vec<Planted>> {
    let call = (
        0..3_usize,
        0..3_usize,
        0..3_usize,
        prop::sample::select(fates),
    );
    let call = call.prop_map(|(session, caller, tool, fate)| Planted {
        session,
        caller,
        tool,
        fate,
    });
    prop::collection::vec(call, 0..40)
}

/// Returns the line of a call's record. Its input is its own, so its hash tells which call is listed.
fn line(number: usize, call: &Planted, phase: &str, has_ids: bool) -> String {
    let Planted {
        session,
        caller,
        tool,
        ..
    } = call;
    let caller = ["", "p", "q"][*caller];
    let (phase, input) = match phase {
        OTHER_INTENT => ("intent", "other"),
        phase => (phase, "h"),
    };
    let id = if has_ids {
        format!("c{number}")
    } else {
        String::new()
    };
    format!(
        r#"{{"record_id":"{number}","session_id":"s{session}","agent":{{"id":"a"}},
            "action":{{"tool":"T{tool}","input":{{"hash":"{input}{number}"}}}},
            "sealstone":{{"phase":"{phase}","call_id":"{id}","agent_id":"{caller}"}}}}"#
    )
}

/// Interleaves the records of all calls: those of one call keep their order. `draws` decide who is next.
fn interleaved(calls: &[Planted], has_ids: bool, draws: &[prop::sample::Index]) -> Vec<String> {
    let mut waiting: Vec<(usize, Vec<&str>)> = calls
        .iter()
        .map(|call| call.fate.phases().iter().rev().copied().collect())
        .enumerate()
        .collect();
    let mut draws = draws.iter().cycle();
    let mut lines = Vec::new();
    loop {
        waiting.retain(|(_, phases)| !phases.is_empty());
        if waiting.is_empty() {
            return lines;
        }
        let next = draws.next().unwrap().index(waiting.len());
        let (number, phases) = &mut waiting[next];
        let phase = phases.pop().unwrap();
        lines.push(line(*number, &calls[*number], phase, has_ids));
    }
}

/// A record of a call that joins, so that every session has an intent.
fn framed(mut lines: Vec<String>, calls: &[Planted], has_ids: bool) -> Vec<String> {
    for session in 0..3 {
        let call = Planted {
            session,
            caller: 0,
            tool: 9,
            fate: Fate::Joined,
        };
        let number = 1000 + session;
        lines.extend(["intent", "outcome"].map(|phase| line(number, &call, phase, has_ids)));
        let named = (0..).zip(calls).filter(|(_, call)| call.session == session);
        let named: Vec<String> = named
            .map(|(number, _): (usize, _)| format!(r#"{{"call_id":"c{number}","tool":"T"}}"#))
            .collect();
        if has_ids {
            lines.push(format!(
                r#"{{"session_id":"s{session}","agent":{{"id":"a"}},
                    "sealstone":{{"phase":"batch","calls":[{}]}}}}"#,
                named.join(",")
            ));
        }
    }
    lines
}

fn joined(lines: &[String]) -> Unresolved {
    let mut joiner = Joiner::new();
    for line in lines {
        joiner.take(said(line.as_bytes()));
    }
    joiner.finish()
}

/// Holds the list against what was planted. The record's id, or the call's, is the number of the call.
fn check(calls: &[Planted], unresolved: &Unresolved) -> Result<(), TestCaseError> {
    let number = |id: &str| id.trim_start_matches('c').parse::<usize>().unwrap();
    let mut found: Vec<(usize, Kind)> = Vec::new();
    for entry in &unresolved.entries {
        let id = entry.call_id.as_ref().or(entry.record_id.as_ref());
        found.push((number(id.unwrap()), entry.kind));
    }
    found.sort_unstable();
    let faults = (0..).zip(calls);
    let expected: Vec<(usize, Kind)> = faults
        .filter_map(|(number, call)| Some((number, call.fate.kind()?)))
        .collect();
    prop_assert_eq!(found, expected);
    let sound = calls
        .iter()
        .filter(|call| matches!(call.fate.kind(), None | Some(Kind::Conflicting)))
        .count() as u64;
    prop_assert_eq!(unresolved.counts.joined, sound + 3);
    let repeated = calls
        .iter()
        .filter(|call| call.fate == Fate::Repeated)
        .count() as u64;
    prop_assert_eq!(unresolved.counts.repeats, 2 * repeated);
    prop_assert_eq!(unresolved.sessions.len(), 0);
    Ok(())
}

proptest! {
    #[test]
    fn with_ids_what_is_listed_is_what_was_planted(
        calls in planted(vec![
            Fate::Joined, Fate::Repeated, Fate::Reversed, Fate::Conflicting, Fate::NoOutcome,
            Fate::NoIntent, Fate::NeverArrived,
        ]),
        draws in prop::collection::vec(any::<prop::sample::Index>(), 1..80),
        rotation: prop::sample::Index,
    ) {
        let mut lines = framed(interleaved(&calls, true, &draws), &calls, true);
        // The order of the records must not matter at all.
        let at = rotation.index(lines.len());
        lines.rotate_left(at);
        check(&calls, &joined(&lines))?;
    }

    #[test]
    fn without_ids_what_is_listed_is_what_was_planted(
        mut calls in planted(vec![Fate::Joined, Fate::NoOutcome]),
        draws in prop::collection::vec(any::<prop::sample::Index>(), 1..80),
        stray in prop::option::of((0..3_usize, 0..3_usize)),
    ) {
        // An outcome of a tool that has no open intent cannot be taken for another call's.
        if let Some((session, caller)) = stray {
            calls.push(Planted { session, caller, tool: 7, fate: Fate::NoIntent });
        }
        let lines = framed(interleaved(&calls, false, &draws), &calls, false);
        let unresolved = joined(&lines);
        check(&calls, &unresolved)?;
        prop_assert_eq!(unresolved.counts.joined_by_order, unresolved.counts.joined);
    }

    #[test]
    fn no_bytes_make_it_fail(lines in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..20)) {
        let mut joiner = Joiner::new();
        for line in &lines {
            joiner.take(said(line));
        }
        let unresolved = joiner.finish();
        prop_assert!(unresolved.unreadable <= unresolved.records);
    }
}
