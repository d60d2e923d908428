//! What a line of a log says of an agent's calls (FORMAT.md, "Extension").
//!
//! Lines are looked at by themselves, so that this can be done on any thread.

use super::text::Mark;
use crate::{
    json::{self, Object, Value},
    record::{own, tool},
};

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
    /// The hash of its input.
    pub(super) input: Option<Mark>,
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

/// What a batch says of its calls.
#[derive(Debug, Clone)]
pub(super) struct Batch {
    pub(super) named: Vec<Named>,
    /// How many cannot be found again: they have no id, or were left out.
    pub(super) unfollowed: u64,
}

#[derive(Debug, Clone)]
pub(super) enum What {
    Intent,
    Outcome,
    Permission,
    Batch(Batch),
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
        Ok(Value::Object(record)) => return said_by(record),
        Err(_) if json::is_blank(line) => Line::Blank,
        _ => Line::Unreadable,
    })
}

/// Returns what a record says that was read.
pub fn said_by(record: Object) -> Said {
    Said(Line::Record(Box::new(event(record))))
}

impl Said {
    /// Returns what a record says that says nothing of calls.
    pub fn nothing() -> Self {
        said_by(Object::new())
    }
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
        input: take_text(&mut input, "hash").map(|hash| Mark::of(&hash)),
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
        Some("batch") => What::Batch(batch(extension)),
        // `detail`, and what later versions may say: not a side of a call.
        Some(_) => What::Other,
        None => match tool {
            own::LOST => What::Lost(reason(extension).map(str::to_owned)),
            tool::TURN_END => What::TurnEnd,
            tool::SUB_AGENT_END => What::SubAgentEnd,
            tool::SESSION_END => What::SessionEnd,
            _ => What::Other,
        },
    }
}

/// Returns why an event was lost.
fn reason(extension: &Object) -> Option<&str> {
    extension.object("lost")?.str("reason")
}

fn batch(extension: &Object) -> Batch {
    let calls = extension.get("calls").and_then(Value::as_array);
    let calls = calls.unwrap_or_default();
    let named = |call: &Value| {
        let call = call.as_object()?;
        Some(Named {
            call_id: call.str("call_id").filter(|id| !id.is_empty())?.to_owned(),
            tool: call.str("tool").map(str::to_owned),
        })
    };
    let named: Vec<Named> = calls.iter().filter_map(named).collect();
    let left_out = extension.get("calls_left_out").and_then(Value::as_integer);
    let left_out = left_out.and_then(|count| u64::try_from(count).ok());
    let without_id = (calls.len() - named.len()) as u64;
    Batch {
        named,
        unfollowed: without_id.saturating_add(left_out.unwrap_or_default()),
    }
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
    fn a_loss_says_why_in_its_reason() {
        let lost = |lost: &str| {
            let line = r#"{"action":{"tool":"recorder.lost"},"sealstone":{"lost":LOST}}"#;
            match read(&line.replace("LOST", lost)).what {
                What::Lost(reason) => reason,
                other => panic!("{other:?}"),
            }
        };
        let whole = r#"{"reason":"why","bytes":7}"#;
        assert_eq!(lost(whole).as_deref(), Some("why"));
        assert_eq!((lost(r#""why""#), lost("{}")), (None, None));
    }

    #[test]
    fn a_batch_names_what_has_an_id() {
        let event = read(
            r#"{"sealstone":{"phase":"batch","calls":[{"call_id":"a","tool":"T"},{"tool":"U"},7,
                {"call_id":""},{"call_id":"b","tool":null}]}}"#,
        );
        let What::Batch(batch) = event.what else {
            panic!("{event:?}");
        };
        let ids = batch.named.iter().map(|call| call.call_id.as_str());
        assert!(ids.eq(["a", "b"]));
        assert_eq!(batch.unfollowed, 3);
    }

    #[test]
    fn a_batch_says_how_many_calls_it_left_out() {
        let unfollowed = |left_out: &str| {
            let line = r#"{"sealstone":{"phase":"batch","calls":[{}],"calls_left_out":N}}"#;
            match read(&line.replace('N', left_out)).what {
                What::Batch(batch) => batch.unfollowed,
                other => panic!("{other:?}"),
            }
        };
        let counts = ["7", "-7", "1e3", "9007199254740991", "99999999999999999999"].map(unfollowed);
        assert_eq!(counts, [8, 1, 1, 1 << 53, 1]);
    }
}
