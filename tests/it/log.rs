//! `sealstone log`

use sealstone::json::{Object, Value};

use crate::harness::{Run, Sandbox, at, object, text};

/// A draft of a record as a hook makes it. `extension` stands in `sealstone`, behind the call's id.
fn draft(tool: &str, call_id: &str, extension: &str) -> String {
    let call_id = match call_id {
        "" => String::new(),
        id => format!(r#""call_id":"{id}","#),
    };
    format!(
        r#"{{"session_id":"s1","agent":{{"id":"claude-code"}},"action":{{"tool":"{tool}"}},"input":{{"n":1}},"sealstone":{{{call_id}{extension}}}}}"#
    ) + "\n"
}

fn intent(tool: &str, call_id: &str) -> String {
    draft(tool, call_id, r#""event":"PreToolUse","phase":"intent""#)
}

fn outcome(tool: &str, call_id: &str) -> String {
    draft(tool, call_id, r#""event":"PostToolUse","phase":"outcome""#)
}

fn other(tool: &str) -> String {
    draft(tool, "", r#""event":"Other""#)
}

fn denied(tool: &str, call_id: &str) -> String {
    let draft = draft(
        tool,
        call_id,
        r#""event":"PermissionDenied","phase":"outcome""#,
    );
    draft.replace(
        "\"sealstone\"",
        "\"outcome\":{\"status\":\"denied\"},\"sealstone\"",
    )
}

const EXPLORE: &str = r#""phase":"intent","agent_id":"sub1","agent_type":"Explore""#;

/// A session in which two tools run at once, one call is denied and one interrupted, one event comes twice,
/// and four things are unresolved.
fn session() -> String {
    [
        other("session.start"),
        intent("Read", "toolu_1"),
        intent("Bash", "toolu_2"),
        outcome("Bash", "toolu_2"),
        outcome("Read", "toolu_1"),
        intent("Bash", "toolu_3"),
        denied("Bash", "toolu_3"),
        intent("Bash", "toolu_4"),
        draft("Bash", "toolu_4", r#""event":"PostToolUseFailure","phase":"outcome","interrupted":true"#),
        draft("Grep", "toolu_5", EXPLORE),
        draft("subagent.end", "", r#""agent_id":"sub1""#),
        LOST.to_owned(),
        outcome("Read", "toolu_1"),
        intent("Bash", "toolu_6"),
        draft("Bash", "", r#""event":"PermissionRequest","phase":"permission""#),
        draft("", "", r#""phase":"batch","calls":[{"call_id":"toolu_1","tool":"Read"},{"call_id":"toolu_7","tool":"Edit"}]"#)
            .replace(r#""action":{"tool":""},"#, ""),
        other("turn.end"),
        outcome("Write", "toolu_8"),
    ]
    .concat()
}

/// An event that names no tool. Only the recorder says that one was lost.
const LOST: &str = "{\"hook_event_name\":\"PreToolUse\",\"session_id\":\"s1\"}\n";

/// Records drafts and lists what is unresolved of them.
fn listed(sandbox: &Sandbox, drafts: &str, rest: &[&str]) -> Run {
    for (number, drafts) in drafts.split(LOST).enumerate() {
        if number > 0 {
            let _ = sandbox.run_with(["hook", "-o", "a.jsonl"], LOST).status(0);
        }
        let run = sandbox.run_with(["record", "-o", "a.jsonl"], drafts);
        let _ = run.status(0);
    }
    sandbox.run([&["log", "--unresolved"], rest, &["a.jsonl"]].concat())
}

#[test]
fn what_did_not_finish_is_listed_with_what_it_can_mean() {
    let sandbox = Sandbox::new();
    let run = listed(&sandbox, &session(), &[]).status(1);
    let lines: Vec<&str> = run.stdout.lines().collect();
    let expected = [
        "record 10: no outcome: Grep (toolu_5) in claude-code session s1, sub-agent Explore (sub1): \
         its sub-agent ended at record 11: it was refused or interrupted, or its outcome was lost; \
         the log cannot tell which",
        "record 12: lost event: in claude-code session s1: an event arrived that could not be used \
         (\"the event names no tool\"): a side of a call may be missing",
        "record 14: no outcome: Bash (toolu_6) in claude-code session s1: its turn ended at record 17: \
         it was refused or interrupted, or its outcome was lost; the log cannot tell which; permission \
         was asked at record 15; refusals by a person have no event of their own",
        "record 16: never arrived: Edit (toolu_7) in claude-code session s1: this batch names it, and \
         neither its intent nor its outcome is here: their events were lost, or there are none for it; \
         the log cannot tell which",
        "record 18: no intent: Write (toolu_8) in claude-code session s1: other calls of its session \
         have intents: its own was lost, was before the hook was there, or there is no event for it; \
         the log cannot tell which",
        "5 unresolved: 2 without an outcome, 1 without an intent, 1 never arrived, 1 lost; 4 calls joined, \
         1 repeat",
    ];
    let expected: Vec<String> = expected
        .iter()
        .map(|line| format!("a.jsonl: {line}"))
        .collect();
    assert_eq!(lines, expected);
    assert_eq!(run.stderr, "");
    let quiet = sandbox
        .run(["log", "-q", "--unresolved", "a.jsonl"])
        .status(1);
    assert_eq!((quiet.stdout, quiet.stderr), (String::new(), String::new()));
}

#[test]
fn the_document_has_every_entry_whole() {
    let sandbox = Sandbox::new();
    let run = listed(&sandbox, &session(), &["--json"]).status(1);
    let document = object(&run.stdout);
    assert_eq!(text(&document, "/schema"), Some("sealstone.unresolved/1"));
    let number = |pointer: &str| at(&document, pointer).and_then(Value::as_integer);
    for (pointer, expected) in [
        ("/logs/0/records", 18),
        ("/logs/0/unreadable_lines", 0),
        ("/logs/0/counts/joined", 4),
        ("/logs/0/counts/joined_by_order", 0),
        ("/logs/0/counts/no_outcome", 2),
        ("/logs/0/counts/lost_events", 1),
        ("/logs/0/counts/repeats", 1),
        ("/logs/0/unresolved/0/line", 10),
        ("/logs/0/unresolved/0/behind/subagent_end", 11),
        ("/logs/0/unresolved/0/behind/last", 18),
        ("/logs/0/unresolved/2/permission", 15),
        ("/logs/0/unresolved/3/batch", 16),
        ("/logs/0/unresolved_left_out", 0),
    ] {
        assert_eq!(number(pointer), Some(expected), "{pointer}");
    }
    let records = sandbox.records("a.jsonl");
    let same = |pointer: &str, record: &Object, field: &str| {
        assert_eq!(text(&document, pointer), record.str(field), "{pointer}");
    };
    same("/logs/0/unresolved/2/record_id", &records[13], "record_id");
    same("/logs/0/unresolved/2/ts", &records[13], "ts");
    for (pointer, expected) in [
        ("/logs/0/unresolved/0/kind", "no-outcome"),
        ("/logs/0/unresolved/0/agent", "claude-code"),
        ("/logs/0/unresolved/0/agent_id", "sub1"),
        ("/logs/0/unresolved/1/kind", "lost-event"),
        ("/logs/0/unresolved/1/lost", "the event names no tool"),
        ("/logs/0/unresolved/3/kind", "never-arrived"),
        ("/logs/0/unresolved/4/kind", "no-intent"),
        ("/logs/0/unresolved/4/call_id", "toolu_8"),
    ] {
        assert_eq!(text(&document, pointer), Some(expected), "{pointer}");
    }
    assert_eq!(at(&document, "/logs/0/error"), Some(&Value::Null));
}

#[test]
fn the_status_tells_resolved_from_unresolved_and_from_nothing() {
    let sandbox = Sandbox::new();
    let sound = [intent("Bash", "a"), outcome("Bash", "a")].concat();
    let run = listed(&sandbox, &sound, &[]).status(0);
    assert_eq!(run.stdout, "a.jsonl: nothing unresolved: 1 call joined\n");
    sandbox.write("none.jsonl", sealstone::sample::example());
    let run = sandbox.run(["log", "--unresolved", "none.jsonl"]).status(3);
    assert_eq!(run.stdout, "none.jsonl: no call that could be joined\n");
    let _ = sandbox
        .run(["log", "--unresolved", "none.jsonl", "a.jsonl"])
        .status(0);
    let _ = sandbox.run(["log", "a.jsonl"]).status(2);
    let _ = sandbox.run(["log", "--unresolved"]).status(2);
}

#[test]
fn where_only_outcomes_are_recorded_that_is_said_once() {
    let sandbox = Sandbox::new();
    let drafts = [outcome("Bash", "a"), outcome("Bash", "b")].concat();
    let run = listed(&sandbox, &drafts, &[]).status(3);
    assert_eq!(
        run.stdout,
        "a.jsonl: record 1: outcomes only: claude-code session s1 has 2 outcomes and no intent: \
         a call that came to no end would not be seen\na.jsonl: no call that could be joined\n"
    );
    let run = sandbox
        .run(["log", "--unresolved", "--json", "a.jsonl"])
        .status(3);
    let document = object(&run.stdout);
    let outcomes = at(&document, "/logs/0/outcomes_only/0/outcomes");
    assert_eq!(outcomes.and_then(Value::as_integer), Some(2));
}

#[test]
fn agents_without_ids_are_joined_by_order() {
    let sandbox = Sandbox::new();
    let drafts = [intent("run", ""), intent("run", ""), outcome("run", "")].concat();
    let drafts = drafts.replace("claude-code", "gemini-cli");
    let run = listed(&sandbox, &drafts, &[]).status(1);
    let first = run.stdout.lines().next().unwrap();
    let expected = "a.jsonl: record 2: no outcome: run in gemini-cli session s1: \
                    its session goes on to record 3: it is still running, ";
    assert!(first.starts_with(expected), "{run:?}");
}

#[test]
fn a_broken_log_is_listed_and_an_unreadable_one_does_not_hide_the_others() {
    let sandbox = Sandbox::new();
    let _ = listed(&sandbox, &intent("Bash", "a"), &[]).status(1);
    let log = sandbox.read("a.jsonl").replace("s1", "s2");
    sandbox.write("broken.jsonl", format!("garbage\n\n{log}{{\"cut"));
    let run = sandbox
        .run(["log", "--unresolved", "broken.jsonl"])
        .status(1);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert!(
        lines[0].starts_with(
            "broken.jsonl: record 2: no outcome: Bash (a) in claude-code session s2: "
        ),
        "{run:?}"
    );
    assert_eq!(
        lines[1],
        "broken.jsonl: 2 lines could not be read as records; run `sealstone verify`"
    );
    let run = sandbox
        .run(["log", "--unresolved", "gone", ".", "a.jsonl"])
        .status(2);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert!(
        lines[0].starts_with("gone: unreadable: cannot read `gone`: "),
        "{run:?}"
    );
    assert!(
        lines[1].starts_with(".: unreadable: cannot read `.`: "),
        "{run:?}"
    );
    assert!(
        lines[2].starts_with("a.jsonl: record 1: no outcome: "),
        "{run:?}"
    );
    let run = sandbox
        .run(["log", "--unresolved", "--json", "gone", "a.jsonl"])
        .status(2);
    let document = object(&run.stdout);
    assert_eq!(at(&document, "/logs/0/records"), Some(&Value::Null));
    assert!(
        text(&document, "/logs/0/error")
            .unwrap()
            .starts_with("cannot read")
    );
    assert_eq!(
        text(&document, "/logs/1/unresolved/0/kind"),
        Some("no-outcome")
    );
    let run = sandbox.run(["log", "--unresolved", "-q", "gone"]).status(2);
    assert_eq!(run.stdout, "");
    assert!(run.stderr.contains("gone: unreadable"), "{run:?}");
}

#[test]
fn a_line_that_cannot_be_read_may_have_been_an_intent() {
    let sandbox = Sandbox::new();
    let sound = [intent("Bash", "a"), outcome("Bash", "a")].concat();
    let _ = listed(&sandbox, &sound, &[]).status(0);
    let log = sandbox.read("a.jsonl");
    sandbox.write("garbled.jsonl", format!("{log}{{\"garbled\n"));
    let run = sandbox
        .run(["log", "--unresolved", "garbled.jsonl"])
        .status(1);
    assert_eq!(
        run.stdout,
        "garbled.jsonl: 1 line could not be read as records; run `sealstone verify`\n\
         garbled.jsonl: nothing unresolved in what could be read: 1 call joined\n"
    );
    sandbox.write("garbage.jsonl", "garbage\n");
    let _ = sandbox
        .run(["log", "--unresolved", "garbage.jsonl"])
        .status(1);
    let help = sandbox.run(["log", "--help"]).status(0).stdout;
    assert!(help.contains("or a line is no record"), "{help}");
}

#[test]
fn two_masked_ids_are_two_calls() {
    let sandbox = Sandbox::new();
    let key = |first: &str| format!("ghp_{first}C7e42F292c6912E7710c838347Ae178B4a");
    let drafts = [intent("Bash", &key("16")), outcome("Bash", &key("99"))].concat();
    let run = listed(&sandbox, &drafts, &[]).status(1);
    assert!(
        run.stdout
            .contains("1 without an outcome, 1 without an intent; 0 calls joined"),
        "{run:?}"
    );
    assert!(run.stdout.contains("Bash (\"ghp_****~"), "{run:?}");
    let same = [intent("Bash", &key("16")), outcome("Bash", &key("16"))].concat();
    let sandbox = Sandbox::new();
    let _ = listed(&sandbox, &same, &[]).status(0);
}

#[test]
fn what_contradicts_a_call_is_listed_beside_it() {
    let sandbox = Sandbox::new();
    let call = [intent("Bash", "a"), outcome("Bash", "a")].concat();
    let drafts = [
        call,
        intent("Bash", "a").replace(r#""n":1"#, r#""n":2"#),
        outcome("Read", "a"),
    ]
    .concat();
    let run = listed(&sandbox, &drafts, &[]).status(1);
    let expected = "\
        a.jsonl: record 3: conflicting: Bash (a) in claude-code session s1: record 1 is an intent of the same id \
        with another input: the id was given to two calls, or one of the records is not what was done; the log \
        cannot tell which; this one is joined with nothing\n\
        a.jsonl: record 4: conflicting: Read (a) in claude-code session s1: record 1 has the same id and another \
        tool: the id was given to two calls, or one of the records is not what was done; the log cannot tell \
        which; this one is joined with nothing\n\
        a.jsonl: 2 unresolved: 2 conflicting; 1 call joined\n";
    assert_eq!(run.stdout, expected);
    let run = sandbox
        .run(["log", "--unresolved", "--json", "a.jsonl"])
        .status(1);
    let document = object(&run.stdout);
    assert_eq!(
        text(&document, "/logs/0/unresolved/1/kind"),
        Some("conflicting")
    );
    assert_eq!(
        text(&document, "/logs/0/unresolved/0/contradicts/what"),
        Some("input")
    );
    assert_eq!(
        text(&document, "/logs/0/unresolved/1/contradicts/what"),
        Some("tool")
    );
    for (pointer, expected) in [
        ("/logs/0/unresolved/1/contradicts/record", 1),
        ("/logs/0/counts/conflicting", 2),
    ] {
        let number = at(&document, pointer).and_then(Value::as_integer);
        assert_eq!(number, Some(expected), "{pointer}");
    }
}

#[test]
fn a_batch_says_what_of_it_cannot_be_followed() {
    let sandbox = Sandbox::new();
    let batch = r#""phase":"batch","calls":[{"call_id":"a"},{"tool":"Read"},7],"calls_left_out":5"#;
    let drafts = [
        intent("Bash", "a"),
        outcome("Bash", "a"),
        draft("tool.batch", "", batch),
    ]
    .concat();
    let run = listed(&sandbox, &drafts, &[]).status(0);
    let line =
        "a.jsonl: 7 of the calls of batches cannot be followed: without an id, or left out\n";
    assert!(run.stdout.starts_with(line), "{run:?}");
    let run = sandbox
        .run(["log", "--unresolved", "--json", "a.jsonl"])
        .status(0);
    let unfollowed =
        at(&object(&run.stdout), "/logs/0/counts/unfollowed").and_then(Value::as_integer);
    assert_eq!(unfollowed, Some(7));
}

#[test]
fn a_log_may_come_from_standard_input_once() {
    let sandbox = Sandbox::new();
    let _ = listed(&sandbox, &intent("Bash", "a"), &[]).status(1);
    let log = sandbox.read("a.jsonl");
    let run = sandbox
        .run_with(["log", "--unresolved", "-"], &log)
        .status(1);
    assert!(
        run.stdout.starts_with("-: record 1: no outcome: Bash (a)"),
        "{run:?}"
    );
    let run = sandbox.run(["log", "--unresolved", "-", "-"]).status(2);
    assert!(run.stderr.contains("only once"), "{run:?}");
}

#[test]
fn hostile_names_neither_steer_a_terminal_nor_pass_for_our_words() {
    let sandbox = Sandbox::new();
    let tool = r"\u001b]0;x\u0007 (a) in session s9: all is well\u202e\ud800";
    let run = listed(&sandbox, &intent(tool, r"id\nrecord 7: lost event"), &[]).status(1);
    assert_eq!(run.stdout.lines().count(), 2, "{run:?}");
    assert!(!run.stdout.contains('\u{1b}') && !run.stdout.contains('\u{202e}'));
    let quoted = "no outcome: \"\\u{1b}]0;x\\u{7} (a) in session s9: all is well\\u{202e}\u{fffd}\" \
                  (\"id\\nrecord 7: lost event\") in claude-code session s1: ";
    assert!(run.stdout.contains(quoted), "{run:?}");
    let json = sandbox
        .run(["log", "--unresolved", "--json", "a.jsonl"])
        .status(1)
        .stdout;
    assert!(json.is_ascii() && !json.contains('\u{1b}'), "{json}");
}
