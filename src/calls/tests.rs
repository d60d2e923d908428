//! Each rule of joining, on records as short as can be.

use super::{
    Behind, Contradiction, Counts, Differing, Entry, Joiner, Kind, MAX_ENTRIES, Unresolved, said,
};

/// Joins lines, each `PHASE-OR-TOOL [KEY=VALUE]...`. A line of one of the agent's own calls is `intent`,
/// `outcome`, `permission` or `batch`; others name the tool of a record without a phase.
fn join(lines: &str) -> Unresolved {
    let mut joiner = Joiner::new();
    for line in lines.lines() {
        joiner.take(said(record(line.trim()).as_bytes()));
    }
    joiner.finish()
}

fn record(line: &str) -> String {
    let mut words = line.split(' ');
    let first = words.next().unwrap();
    let values: Vec<(&str, &str)> = words.map(|word| word.split_once('=').unwrap()).collect();
    let value = |key: &str| {
        let found = values.iter().find(|(known, _)| *known == key);
        found.map_or("", |(_, value)| *value)
    };
    let is_phase = ["intent", "outcome", "permission", "batch", "detail"].contains(&first);
    let (phase, tool) = match (is_phase, value("tool")) {
        (true, "") => (format!(r#""phase":"{first}","#), "Bash"),
        (true, tool) => (format!(r#""phase":"{first}","#), tool),
        (false, _) => (String::new(), first),
    };
    let calls: Vec<String> = value("calls")
        .split(',')
        .map(|id| format!(r#"{{"call_id":"{id}","tool":"T{id}"}}"#))
        .collect();
    format!(
        r#"{{"record_id":"r","ts":"t","session_id":"{}","agent":{{"id":"{}"}},"action":{{"tool":"{tool}",
            "input":{{"hash":"{}"}}}},"sealstone":{{{phase}"call_id":"{}","agent_id":"{}","agent_type":"{}",
            "turn_id":"{}","lost":{{"reason":"{}"}},"calls":[{}],"calls_left_out":{}}}}}"#,
        value("s"),
        value("agent"),
        value("in"),
        value("id"),
        value("sub"),
        value("type"),
        value("turn"),
        value("lost"),
        calls.join(","),
        value("left").parse().unwrap_or(0)
    )
}

/// Returns what is unresolved, by kind and record.
fn listed(lines: &str) -> Vec<(Kind, u64)> {
    let entries = join(lines).entries;
    entries
        .iter()
        .map(|entry| (entry.kind, entry.record))
        .collect()
}

fn joined(count: u64) -> Counts {
    Counts {
        joined: count,
        ..Counts::default()
    }
}

#[track_caller]
fn only(lines: &str) -> Entry {
    let mut entries = join(lines).entries;
    assert_eq!(entries.len(), 1, "{entries:?}");
    entries.remove(0)
}

use Kind::{Conflicting, LostEvent, NeverArrived, NoIntent, NoOutcome};

#[test]
fn an_id_joins_in_any_order_whatever_else_differs() {
    let parallel = "intent id=a\nintent id=b\noutcome id=b\noutcome id=a";
    assert_eq!(join(parallel).counts, joined(2));
    assert_eq!(
        join("outcome id=a in=x\nintent id=a in=y sub=s").counts,
        joined(1)
    );
    let crossed = "intent id=a s=1\noutcome id=a s=2\nintent id=b s=2\nintent id=c agent=x s=1";
    let expected = [
        (NoOutcome, 1),
        (NoIntent, 2),
        (NoOutcome, 3),
        (NoOutcome, 4),
    ];
    assert_eq!(listed(crossed), expected);
}

#[test]
fn what_is_said_twice_of_an_id_is_one_call() {
    let twice = join("intent id=a\nintent id=a\noutcome id=a\noutcome id=a\nintent id=a");
    assert_eq!(
        twice.counts,
        Counts {
            repeats: 3,
            ..joined(1)
        }
    );
    assert_eq!(twice.entries, []);
    let entry = only("intent id=a\nturn.end\nintent id=a\nintent id=a");
    assert_eq!((entry.kind, entry.record, entry.repeats), (NoOutcome, 1, 2));
    assert_eq!(entry.behind.unwrap().turn_end, Some(2));
    let early = "outcome id=a\noutcome id=a\nintent id=b\noutcome id=b";
    assert_eq!(only(early).repeats, 1);
}

#[test]
fn what_cannot_be_of_one_call_is_conflicting() {
    let conflict = |lines: &str| {
        let mut entries = join(lines).entries;
        entries.retain(|entry| entry.kind == Conflicting);
        assert_eq!(entries.len(), 1, "{lines}");
        (entries[0].record, entries[0].contradicts)
    };
    let with = |record, what| Some(Contradiction { record, what });
    let (tool, input) = (Differing::Tool, Differing::Input);
    for (lines, expected) in [
        (
            "intent id=a in=x\noutcome id=a in=x\nintent id=a in=y",
            (3, with(1, input)),
        ),
        (
            "outcome id=a in=x\nintent id=a in=z\nintent id=a in=y",
            (3, with(2, input)),
        ),
        ("intent id=a in=x\nintent id=a in=y", (2, with(1, input))),
        ("intent id=a\noutcome id=a tool=Read", (2, with(1, tool))),
        ("outcome id=a\nintent id=a tool=Read", (2, with(1, tool))),
        ("outcome id=a\noutcome id=a tool=Read", (2, with(1, tool))),
        (
            "intent id=a\noutcome id=a\noutcome id=a tool=Read",
            (3, with(1, tool)),
        ),
        (
            "batch calls=a\noutcome id=a\nintent id=a\nintent id=a tool=Read",
            (4, with(3, tool)),
        ),
    ] {
        assert_eq!(conflict(lines), expected, "{lines}");
    }
    // What is not given contradicts nothing, and an input may change on the way.
    for lines in [
        "intent id=a in=x\noutcome id=a in=y",
        "intent id=a in=x\nintent id=a\noutcome id=a",
        "intent id=a in=x\noutcome id=a in=y\noutcome id=a in=z",
    ] {
        assert_eq!(join(lines).entries, [], "{lines}");
    }
}

#[test]
fn a_conflicting_record_is_counted_and_joined_with_nothing() {
    let lines = "intent id=a\noutcome id=a tool=Read";
    assert_eq!(listed(lines), [(NoOutcome, 1), (Conflicting, 2)]);
    let counts = join("intent id=a in=x\nintent id=a in=y\noutcome id=a").counts;
    let expected = Counts {
        conflicting: 1,
        ..joined(1)
    };
    assert_eq!((counts, counts.unresolved()), (expected, 1));
    let tool = only("intent id=a\noutcome id=a\noutcome id=a tool=Read").meaning;
    assert!(
        tool.starts_with("record 1 has the same id and another tool: "),
        "{tool}"
    );
    let input = only("intent id=a in=x\noutcome id=a\nintent id=a in=y").meaning;
    assert!(
        input.starts_with("record 1 is an intent of the same id with another input: "),
        "{input}"
    );
}

#[test]
fn calls_of_a_batch_that_cannot_be_followed_are_counted() {
    let lines = "intent id=a\noutcome id=a\nbatch calls=a,, left=3\nbatch calls=a left=2";
    let counts = join(lines).counts;
    assert_eq!((counts.unfollowed, counts.unresolved()), (7, 0));
}

#[test]
fn other_phases_are_no_side_of_a_call() {
    let other = "detail id=a\ndetail id=a\nsession.start\nPostToolUse\npermission id=z";
    assert_eq!(join(other).counts, Counts::default());
    assert_eq!(listed("intent id=a\ndetail id=a"), [(NoOutcome, 1)]);
}

#[test]
fn without_ids_the_same_input_joins_the_oldest_first() {
    let counts = join("intent in=x\nintent in=y\nintent in=x\noutcome in=y\noutcome in=x").counts;
    let expected = Counts {
        joined_by_order: 2,
        no_outcome: 1,
        ..joined(2)
    };
    assert_eq!(counts, expected);
    assert_eq!(
        listed("intent in=x\nintent in=x\noutcome in=x"),
        [(NoOutcome, 2)]
    );
    // Only within one tool of one agent or sub-agent in one session.
    for other in ["tool=U", "s=2", "sub=q", "agent=g"] {
        let lines = format!("intent in=x\nintent in=x {other}\noutcome in=x {other}");
        assert_eq!(listed(&lines), [(NoOutcome, 1)], "{other}");
    }
}

#[test]
fn a_changed_input_joins_the_oldest_that_is_left() {
    assert_eq!(join("intent in=x\noutcome in=y").counts.joined_by_order, 1);
    assert_eq!(join("intent in=x\noutcome").counts.joined, 1);
    // What has the same input is not taken away from it.
    let lines = "intent in=x\nintent in=y\nintent in=z\noutcome in=changed\noutcome in=x";
    assert_eq!(listed(lines), [(NoOutcome, 3)]);
    // An intent behind an outcome is not its own.
    let lines = "intent in=x\noutcome in=x\noutcome in=y\nintent in=z";
    assert_eq!(listed(lines), [(NoIntent, 3), (NoOutcome, 4)]);
}

#[test]
fn calls_with_and_without_an_id_do_not_join() {
    assert_eq!(
        listed("intent id=a in=x\noutcome in=x"),
        [(NoOutcome, 1), (NoIntent, 2)]
    );
}

#[test]
fn a_session_without_intents_is_told_once() {
    let lines =
        "outcome id=a s=1\noutcome id=b s=1\noutcome in=x s=1\noutcome id=a s=2\nintent id=c s=2";
    let unresolved = join(lines);
    let kinds: Vec<_> = unresolved
        .entries
        .iter()
        .map(|e| (e.kind, e.record))
        .collect();
    assert_eq!(kinds, [(NoIntent, 4), (NoOutcome, 5)]);
    assert_eq!(unresolved.sessions.len(), 1);
    let session = &unresolved.sessions[0];
    assert_eq!((session.outcomes, session.record), (3, 1));
    assert_eq!(session.session_id.as_deref(), Some("1"));
    assert_eq!(unresolved.counts.outcomes_only, 3);
}

#[test]
fn a_batch_tells_what_never_arrived() {
    let lines = "intent id=a\noutcome id=a\nintent id=b\nbatch calls=a,b,c,d,,c sub=q type=Explore\noutcome id=d";
    let entries = join(lines).entries;
    let kinds: Vec<_> = entries.iter().map(|e| (e.kind, e.record)).collect();
    assert_eq!(kinds, [(NoOutcome, 3), (NeverArrived, 4), (NoIntent, 5)]);
    assert!(entries.iter().all(|entry| entry.batch == Some(4)));
    let never = &entries[1];
    assert_eq!(never.tool.as_deref(), Some("Tc"));
    assert_eq!(never.call_id.as_deref(), Some("c"));
    assert_eq!(never.agent_type.as_deref(), Some("Explore"));
    assert!(entries[0].meaning.starts_with("its batch is complete: "));
    // In whatever order they stand, and where only outcomes are recorded.
    assert_eq!(
        join("batch calls=a\noutcome id=a\nintent id=a").counts,
        joined(1)
    );
    assert_eq!(
        join("batch calls=a\nintent id=a\nbatch calls=a\noutcome id=a").counts,
        joined(1)
    );
    let alone = join("outcome id=a\nbatch calls=a,b");
    assert_eq!(
        (alone.counts.never_arrived, alone.counts.outcomes_only),
        (1, 1)
    );
    let order: Vec<_> = join("batch calls=z,y,x").entries;
    let order: Vec<_> = order
        .iter()
        .map(|entry| entry.call_id.as_deref().unwrap())
        .collect();
    assert_eq!(order, ["z", "y", "x"]);
}

#[test]
fn permission_goes_to_the_latest_open_call_with_its_input() {
    let asked = |lines: &str| -> Vec<Option<u64>> {
        let entries = join(lines).entries;
        entries.iter().map(|entry| entry.permission).collect()
    };
    let same = "intent id=a in=x\nintent id=b in=x\nintent id=c in=y\npermission in=x";
    assert_eq!(asked(same), [None, Some(4), None]);
    assert_eq!(
        asked("intent id=a in=x\nintent in=y\npermission in=z"),
        [None, Some(3)]
    );
    assert_eq!(
        asked("intent id=a\nintent id=b\npermission id=a"),
        [Some(3), None]
    );
    for other in ["tool=U", "s=2", "sub=q", "agent=g"] {
        assert_eq!(
            asked(&format!("intent id=a\npermission {other}")),
            [None],
            "{other}"
        );
    }
    let done = "intent id=a in=x\nintent id=b in=x\noutcome id=b\npermission in=x";
    assert_eq!(asked(done), [Some(4)]);
    let meaning = only("intent id=a\npermission").meaning;
    let end = "; permission was asked at record 2; refusals by a person have no event of their own";
    assert!(meaning.ends_with(end), "{meaning}");
}

#[test]
fn what_ended_behind_a_call_is_named() {
    let behind = |lines: &str| only(lines).behind.unwrap();
    let none = Behind {
        turn_end: None,
        sub_agent_end: None,
        session_end: None,
        last: None,
    };
    assert_eq!(behind("turn.end\nsession.end\nintent id=a"), none);
    let own = "intent id=a turn=t sub=q\nsubagent.end sub=p\nturn.end\nsubagent.end sub=q\nturn.end turn=t\nsession.end\nsession.end";
    let expected = Behind {
        turn_end: Some(5),
        sub_agent_end: Some(4),
        session_end: Some(6),
        last: Some(7),
    };
    assert_eq!(behind(own), expected);
    // The agent's turn is not that of its sub-agent.
    assert_eq!(behind("intent sub=q\nturn.end").turn_end, None);
    assert_eq!(
        behind("intent turn=t\nturn.end turn=u\nturn.end").turn_end,
        Some(3)
    );
    assert_eq!(
        behind("intent\nturn.end turn=u\nturn.end").turn_end,
        Some(2)
    );
    assert_eq!(behind("intent s=1\nturn.end s=2"), none);
}

#[test]
fn what_a_missing_outcome_can_mean_depends_on_what_came_behind() {
    let begins = |lines: &str, expected: &str| {
        let meaning = only(lines).meaning;
        assert!(meaning.starts_with(expected), "{meaning}");
        assert!(meaning.contains("the log cannot tell which"), "{meaning}");
        assert_eq!(
            meaning.contains("is still running"),
            !expected.contains("ended")
        );
    };
    begins("intent", "no later record is of its session: ");
    begins("intent\nprompt.submit", "its session goes on to record 2: ");
    begins("intent\nturn.end", "its turn ended at record 2: ");
    begins(
        "intent sub=q\nsubagent.end sub=q",
        "its sub-agent ended at record 2: ",
    );
    begins(
        "intent\nturn.end\nsession.end",
        "its session ended at record 3: ",
    );
}

#[test]
fn a_lost_event_is_listed_as_such() {
    let entry = only("intent id=a\nrecorder.lost s=1 lost=not-JSON\noutcome id=a");
    assert_eq!((entry.kind, entry.record, entry.tool), (LostEvent, 2, None));
    assert_eq!(entry.lost.as_deref(), Some("not-JSON"));
    assert!(
        entry.meaning.contains("(\"not-JSON\")"),
        "{}",
        entry.meaning
    );
    let counts = join("recorder.lost").counts;
    assert_eq!((counts.lost_events, counts.unresolved()), (1, 1));
}

#[test]
fn lines_that_are_no_records_are_counted_and_passed_over() {
    let mut joiner = Joiner::new();
    let intent = record("intent id=a");
    for line in ["", "garbage", &intent, "[]", " "] {
        joiner.take(said(line.as_bytes()));
    }
    let unresolved = joiner.finish();
    assert_eq!((unresolved.records, unresolved.unreadable), (3, 2));
    let entry = &unresolved.entries[0];
    assert_eq!((entry.record, entry.line), (2, 3));
}

#[test]
fn what_is_listed_is_bounded_and_the_rest_counted() {
    let mut joiner = Joiner::new();
    let long = "é".repeat(4000);
    for n in 0..=MAX_ENTRIES {
        let id = if n == 0 { &long } else { &n.to_string() };
        joiner.take(said(record(&format!("intent id={id}")).as_bytes()));
        joiner.take(said(record(&format!("outcome id=a s=alone{n}")).as_bytes()));
    }
    let unresolved = joiner.finish();
    assert_eq!(unresolved.entries.len(), MAX_ENTRIES);
    assert_eq!(unresolved.sessions.len(), MAX_ENTRIES);
    assert_eq!(
        (unresolved.entries_left_out, unresolved.sessions_left_out),
        (1, 1)
    );
    assert_eq!(unresolved.counts.no_outcome, MAX_ENTRIES as u64 + 1);
    let id = unresolved.entries[0].call_id.as_ref().unwrap();
    assert!(id.len() < 1100 && id.ends_with("é…"), "{id}");
}
