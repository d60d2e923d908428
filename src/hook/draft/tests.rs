//! What events become, and what they do not.

use super::*;
use crate::{
    json,
    record::build::{Prepared, Summaries},
};

fn read(event: &str) -> Result<Event, String> {
    Event::read(event.as_bytes(), None, None)
}

fn record(event: &str, setup: &Setup) -> Object {
    let (draft, _) = read(event).unwrap().draft(setup).unwrap();
    Prepared::new(draft, Summaries::Keep).stamp("id".into(), "now".into())
}

fn text(value: &Value) -> String {
    let mut text = String::new();
    json::write(value, &mut text);
    text
}

const BASH: &str = r#"{"hook_event_name":"PostToolUse","session_id":"s1","cwd":"/src",
    "tool_name":"Bash","tool_input":{"command":"ls"},"tool_response":{"stdout":"a\n"},
    "tool_use_id":"toolu_1","duration_ms":12.6,"agent_id":"sub"}"#;

#[test]
fn what_the_event_says_is_on_the_record() {
    let record = record(BASH, &Setup::default());
    assert_eq!(
        text(record.get("action").unwrap()),
        r#"{"type":"tool_call","category":"security","tool":"Bash","authorization":{"scope":"exec"},"input":{"hash":"sha256:4cf29611a66934862f29acfcc817e30b905c1ab73d5e65831413eb6b454d49db","summary":"{\"command\":\"ls\"}"}}"#
    );
    assert_eq!(
        text(record.get("sealstone").unwrap()),
        r#"{"event":"PostToolUse","phase":"outcome","call_id":"toolu_1","agent_id":"sub","cwd":"/src","duration_ms":13}"#
    );
    assert_eq!(
        record.object("agent").unwrap().str("id"),
        Some("claude-code")
    );
    assert_eq!(record.object("outcome").unwrap().str("status"), Some("ok"));
}

#[test]
fn codex_is_told_by_its_turn_or_model() {
    let setup = Setup {
        agent_version: Some("1.2".into()),
        ..Setup::default()
    };
    let codex = record(
        r#"{"turn_id":null,"model":"gpt-5","tool_name":"apply_patch","tool_input":{}}"#,
        &setup,
    );
    assert_eq!(
        text(codex.get("agent").unwrap()),
        r#"{"id":"codex","name":"codex","model":"gpt-5","version":"1.2"}"#
    );
    assert_eq!(
        codex.object("source").unwrap().str("adapter"),
        Some("codex_hook")
    );
    assert!(!codex.contains("outcome"));
    let forced = br#"{"turn_id":"t","tool_name":"Bash"}"#;
    let event = Event::read(forced, Agent::parse(" Claude-Code "), None).unwrap();
    assert_eq!(event.agent(), Agent::ClaudeCode);
}

#[test]
fn a_tool_without_arguments_is_told_from_one_without_input() {
    let empty = record(r#"{"tool_name":"Bash"}"#, &Setup::default());
    assert!(empty.object("action").unwrap().contains("input"));
    let none = record(
        r#"{"tool_name":"Bash","tool_input":null}"#,
        &Setup::default(),
    );
    assert!(!none.object("action").unwrap().contains("input"));
}

#[test]
fn what_says_nothing_is_an_error_and_what_is_unknown_is_recorded() {
    for bad in ["", "\u{FEFF} \n", "[]", "{", "nul"] {
        assert!(read(bad).is_err(), "{bad}");
    }
    for bad in [
        r#"{"tool_name":7}"#,
        r#"{"hook_event_name":"PostToolUse"}"#,
        r#"{"hook_event_name":"PreToolUse","tool_name":""}"#,
    ] {
        assert!(
            read(bad).unwrap().draft(&Setup::default()).is_err(),
            "{bad}"
        );
    }
    for (lax, tool) in [
        (
            r#"{"hook_event_name":" posttooluse ","tool_name":"Bash"}"#,
            "Bash",
        ),
        (r#"{"hook_event_name":null,"tool":"Bash"}"#, "Bash"),
        ("\u{FEFF}{\"tool_name\":\"Bash\"}", "Bash"),
        ("{\"tool_name\":\"TodoWrite\"}", "TodoWrite"),
        ("{}", "event.unknown"),
        (r#"{"tool_name":""}"#, "event.unknown"),
        (
            r#"{"hook_event_name":"Sneeze","tool_name":"Bash"}"#,
            "event.unknown",
        ),
    ] {
        let record = record(lax, &Setup::default());
        assert_eq!(
            record.object("action").unwrap().str("tool"),
            Some(tool),
            "{lax}"
        );
    }
}

#[test]
fn the_hash_of_an_unknown_event_is_of_all_of_it() {
    let event = r#"{"hook_event_name":"Sneeze","session_id":"s","agent":{"team":"a"},"x":[1.5]}"#;
    let record = record(event, &Setup::default());
    let whole = json::read(event.as_bytes()).unwrap().value;
    let input = record.object("action").unwrap().object("input").unwrap();
    let expected: Object = [("hash", input_hash(&whole).prefixed())]
        .into_iter()
        .collect();
    assert_eq!(input, &expected);
    let extension = record.object("sealstone").unwrap();
    assert_eq!(extension.str("event"), Some("Sneeze"));
}

#[test]
fn long_members_and_calls_without_end_are_not_kept() {
    let long = "x".repeat(MAX_KEPT_CHARS + 1);
    let event = format!(r#"{{"hook_event_name":"SessionEnd","reason":"{long}","session_id":"s"}}"#);
    let record_of = |event: &str| record(event, &Setup::default());
    let extension = record_of(&event).object("sealstone").unwrap().clone();
    assert!(!extension.contains("fields"));
    let calls = vec![r#"{"tool_use_id":"a","tool_name":"B"}"#; MAX_CALLS + 2].join(",");
    let event = format!(r#"{{"hook_event_name":"PostToolBatch","tool_calls":[{calls}]}}"#);
    let extension = record_of(&event).object("sealstone").unwrap().clone();
    let named = extension.get("calls").unwrap().as_array().unwrap();
    assert_eq!(named.len(), MAX_CALLS);
    assert_eq!(extension.get("calls_left_out"), Some(&Value::from(2)));
}

#[test]
fn what_would_not_seal_is_dropped_and_noted() {
    let event = r#"{"tool_name":"Bash","session_id":7,"subject":"acme","parent_id":0,
        "principal":{"human_id":"u","role_scope":null},"threats":["tool_misuse",{"ref":"x"}],
        "data":{"zdr":"no","ratio":0.5,"region":"eu"},"verification":{"status":"maybe"},
        "tool_input":{"x":1.5}}"#;
    let (draft, notes) = read(event).unwrap().draft(&Setup::default()).unwrap();
    let record = Prepared::new(draft, Summaries::Keep).stamp("id".into(), "now".into());
    assert_eq!(record.str("session_id"), Some("7"));
    assert_eq!(text(record.get("subject").unwrap()), r#"{"id":"acme"}"#);
    assert_eq!(
        text(record.get("principal").unwrap()),
        r#"{"human_id":"u"}"#
    );
    assert_eq!(
        text(record.get("threats").unwrap()),
        r#"[{"type":"tool_misuse"}]"#
    );
    assert_eq!(
        text(record.get("data").unwrap()),
        r#"{"ratio":"0.5","region":"eu"}"#
    );
    assert!(!record.contains("verification"));
    assert!(!record.contains("parent_id"));
    assert_eq!(notes.len(), 3, "{notes:?}");
    let record = self::record(r#"{"tool_name":"B","threats":7}"#, &Setup::default());
    assert!(!record.contains("threats"));
}

#[test]
fn what_an_agent_sends_does_not_say_whose_it_is_or_what_started_it() {
    let event = r#"{"hook_event_name":"PostToolUse","tool_name":"Bash","parent_id":"made-up",
        "agent":{"id":"codex","name":"x","team":"a"}}"#;
    let setup = |is_agents_own| Setup {
        is_agents_own,
        ..Setup::default()
    };
    let own = record(event, &setup(true));
    let agent = text(own.get("agent").unwrap());
    assert_eq!(
        agent,
        r#"{"id":"claude-code","name":"claude-code","team":"a"}"#
    );
    assert!(!own.contains("parent_id"));
    let anybodys = record(event, &setup(false));
    assert_eq!(anybodys.object("agent").unwrap().str("id"), Some("codex"));
    assert_eq!(anybodys.str("parent_id"), Some("made-up"));
}

#[test]
fn an_event_that_does_not_say_what_it_is_closes_no_call() {
    for name in [r#""hook_event_name":7,"#, r#""hook_event_name":" ","#, ""] {
        let event = format!(r#"{{{name}"tool_name":"Bash","tool_use_id":12}}"#);
        let record = record(&event, &Setup::default());
        let extension = record.object("sealstone").unwrap();
        assert_eq!(extension.str("phase"), None);
        assert_eq!(extension.str("call_id"), Some("12"));
    }
}

#[test]
fn what_a_sub_agent_is_told_is_a_prompt() {
    let event = r#"{"hook_event_name":"PreToolUse","tool_name":"Task",
        "tool_input":{"prompt":"Our merger with Globex closes on Monday","subagent_type":"Plan"}}"#;
    let shown = |messages| {
        let setup = Setup {
            messages,
            ..Setup::default()
        };
        text(&record(event, &setup).into())
    };
    assert!(!shown(Messages::Hash).contains("merger"));
    assert!(shown(Messages::Summary).contains("merger"));
}
