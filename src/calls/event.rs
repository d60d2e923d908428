//! What a line of a log says of an agent's calls (FORMAT.md, "Extension").
//!
//! Lines are looked at by themselves, so that this can be done on any thread.

use crate::json::{self, Object, Value};

/// The tool of a record that an event became which could not be used.
const LOST: &str = "recorder.lost";

/// What a line says of calls.
#[derive(Debug)]
pub struct Said(pub(super) Line);

#[derive(Debug)]
pub(super) enum Line {
    Blank,
    /// It is not JSON, or no object.
    Unreadable,
    Record(Box<Event>),
}

/// What a record says.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) session: SessionKey,
    pub(super) caller: Caller,
    pub(super) turn: Option<String>,
    pub(super) tool: Option<String>,
    pub(super) call_id: Option<String>,
    pub(super) input_hash: Option<String>,
    pub(super) record_id: Option<String>,
    pub(super) ts: Option<String>,
    pub(super) what: What,
}

/// A session is one of an agent: two agents may give the same id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct SessionKey {
    pub(super) agent: Option<String>,
    pub(super) id: Option<String>,
}

/// The sub-agent that made a call, or nothing for the agent itself.
#[derive(Debug, Clone, Default)]
pub(super) struct Caller {
    pub(super) id: Option<String>,
    pub(super) kind: Option<String>,
}

/// A call that a batch names.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) call_id: String,
    pub(super) tool: Option<String>,
}

#[derive(Debug, Clone)]
pub(super) enum What {
    Intent,
    Outcome,
    Permission,
    Batch(Vec<Named>),
    TurnEnd,
    SubAgentEnd,
    SessionEnd,
    /// With what the record says of it.
    Lost(Option<String>),
    /// Only that the session was there.
    Other,
}

/// Reads a line, which may be damaged in any way.
///
/// Whether a record is sealed does not matter here, and of a key that stands twice the last value counts:
/// both are for [`crate::verify`] to find.
pub fn said(line: &[u8]) -> Said {
    Said(match json::read(line).map(|document| document.value) {
        Ok(Value::Object(record)) => Line::Record(Box::new(event(record))),
        Err(_) if json::is_blank(line) => Line::Blank,
        _ => Line::Unreadable,
    })
}

fn event(mut record: Object) -> Event {
    let mut action = take_object(&mut record, "action").unwrap_or_default();
    let mut agent = take_object(&mut record, "agent").unwrap_or_default();
    let mut input = take_object(&mut action, "input").unwrap_or_default();
    let extension = take_object(&mut record, "sealstone");
    let tool = take_text(&mut action, "tool");
    let what = extension.as_ref().map_or(What::Other, |extension| {
        what(extension, tool.as_deref().unwrap_or_default())
    });
    let mut extension = extension.unwrap_or_default();
    Event {
        session: SessionKey {
            agent: take_text(&mut agent, "id"),
            id: take_text(&mut record, "session_id"),
        },
        caller: Caller {
            id: take_text(&mut extension, "agent_id"),
            kind: take_text(&mut extension, "agent_type"),
        },
        turn: take_text(&mut extension, "turn_id"),
        tool,
        call_id: take_text(&mut extension, "call_id"),
        input_hash: take_text(&mut input, "hash"),
        record_id: take_text(&mut record, "record_id"),
        ts: take_text(&mut record, "ts"),
        what,
    }
}

fn what(extension: &Object, tool: &str) -> What {
    match extension.str("phase") {
        Some("intent") => What::Intent,
        Some("outcome") => What::Outcome,
        Some("permission") => What::Permission,
        Some("batch") => What::Batch(named(extension)),
        // `detail`, and what later versions may say: not a side of a call.
        Some(_) => What::Other,
        None => match tool {
            LOST => What::Lost(reason(extension).map(str::to_owned)),
            "turn.end" => What::TurnEnd,
            "subagent.end" => What::SubAgentEnd,
            "session.end" => What::SessionEnd,
            _ => What::Other,
        },
    }
}

/// Returns why an event was lost.
fn reason(extension: &Object) -> Option<&str> {
    let lost = extension.object("lost");
    lost.map_or_else(|| extension.str("lost"), |lost| lost.str("reason"))
}

/// Returns the calls that a batch names by an id; the others cannot be found again.
fn named(extension: &Object) -> Vec<Named> {
    let calls = extension.get("calls").and_then(Value::as_array);
    let calls = calls.into_iter().flatten().filter_map(Value::as_object);
    let named = calls.filter_map(|call| {
        Some(Named {
            call_id: call.str("call_id").filter(|id| !id.is_empty())?.to_owned(),
            tool: call.str("tool").map(str::to_owned),
        })
    });
    named.collect()
}

fn take_object(from: &mut Object, key: &str) -> Option<Object> {
    match from.remove(key) {
        Some(Value::Object(object)) => Some(object),
        _ => None,
    }
}

/// Returns a text that is there. An empty one says as little as none.
fn take_text(from: &mut Object, key: &str) -> Option<String> {
    match from.remove(key) {
        Some(Value::String(text)) if !text.is_empty() => Some(text.into_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Event {
        match said(line.as_bytes()).0 {
            Line::Record(event) => *event,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_line_is_blank_a_record_or_unreadable() {
        for blank in ["", " \t", "\r", "\u{2003}"] {
            assert!(matches!(said(blank.as_bytes()).0, Line::Blank), "{blank:?}");
        }
        for bad in ["{", "[]", "7", "{}{}", "nothing"] {
            assert!(
                matches!(said(bad.as_bytes()).0, Line::Unreadable),
                "{bad:?}"
            );
        }
        assert!(matches!(said(b"\xFF").0, Line::Unreadable));
        assert!(matches!(read("{}").what, What::Other));
    }

    #[test]
    fn what_is_not_of_its_type_is_not_there() {
        let event = read(
            r#"{"session_id":7,"agent":"x","action":[],"ts":null,
                "sealstone":{"phase":"intent","call_id":"","agent_id":{},"turn_id":1}}"#,
        );
        assert!(matches!(event.what, What::Intent));
        assert_eq!(
            event.session,
            SessionKey {
                agent: None,
                id: None
            }
        );
        assert_eq!(
            (event.call_id, event.caller.id, event.turn),
            (None, None, None)
        );
    }

    #[test]
    fn only_our_records_say_something_of_calls() {
        let what = |line: &str| read(line).what;
        let other = |line: &str| matches!(what(line), What::Other);
        assert!(other(r#"{"action":{"tool":"turn.end"}}"#));
        assert!(other(
            r#"{"action":{"tool":"recorder.lost"},"sealstone":1}"#
        ));
        assert!(other(r#"{"sealstone":{"event":"PostToolUse"}}"#));
        assert!(other(r#"{"sealstone":{"phase":"detail"}}"#));
        assert!(other(r#"{"sealstone":{"phase":"Intent"}}"#));
        // A tool may have any name.
        assert!(matches!(
            what(r#"{"action":{"tool":"turn.end"},"sealstone":{"phase":"intent"}}"#),
            What::Intent
        ));
        assert!(matches!(
            what(r#"{"action":{"tool":"turn.end"},"sealstone":{}}"#),
            What::TurnEnd
        ));
    }

    #[test]
    fn a_loss_may_be_said_in_more_than_a_text() {
        let lost = |lost: &str| {
            let line = r#"{"action":{"tool":"recorder.lost"},"sealstone":{"lost":LOST}}"#;
            match read(&line.replace("LOST", lost)).what {
                What::Lost(reason) => reason,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(lost(r#""why""#).as_deref(), Some("why"));
        let whole = r#"{"reason":"why","bytes":7}"#;
        assert_eq!(lost(whole).as_deref(), Some("why"));
        assert_eq!((lost("7"), lost("{}")), (None, None));
    }

    #[test]
    fn a_batch_names_what_has_an_id() {
        let event = read(
            r#"{"sealstone":{"phase":"batch","calls":[{"call_id":"a","tool":"T"},{"tool":"U"},7,
                {"call_id":""},{"call_id":"b","tool":null}]}}"#,
        );
        let What::Batch(named) = event.what else {
            panic!("{event:?}");
        };
        let ids: Vec<&str> = named.iter().map(|call| call.call_id.as_str()).collect();
        assert_eq!(ids, ["a", "b"]);
    }
}
