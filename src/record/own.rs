//! Records that the recorder makes of itself: of a loss that it met (FORMAT.md, "Extension").
//!
//! Nobody else may say these things; [`super::draft`] refuses drafts that do.

use super::{
    build::{Prepared, Summaries},
    check,
    draft::{self, Draft},
    source,
};
use crate::{
    canon,
    digest::Digest,
    json::{Object, Value},
};

/// The tool of the record that discloses a torn line.
pub const RECOVERED: &str = "recorder.recovered";

/// The tool of the record that discloses what could not become a record.
pub const LOST: &str = "recorder.lost";

/// The tools that only the recorder names.
pub(super) const TOOLS: &[&str] = &[RECOVERED, LOST];

/// What only the recorder says in the extension, with the JSON Pointers.
pub(super) const KEYS: &[(&str, &str)] = &[
    ("late", "/sealstone/late"),
    ("lost", "/sealstone/lost"),
    ("recovered", "/sealstone/recovered"),
];

/// What is known of something that could not become a record.
#[derive(Debug, Clone, Default)]
pub struct Loss {
    /// Why, for people. It is masked, as every text is.
    pub reason: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// Their SHA-256, if they could be read.
    pub sha256: Option<Digest>,
    /// Whose it was; the recorder itself, if nothing is known.
    pub agent: Option<Object>,
    /// For whom it was done, which decides the chain.
    pub subject: Option<Object>,
    /// The session it belongs to.
    pub session_id: Option<String>,
}

/// Prepares the record that discloses a loss. What it is told of the agent and the subject is left out where
/// the format does not allow it: a loss is disclosed whatever is wrong with its circumstances.
///
/// ```
/// use sealstone::record::{build::Summaries, own::{self, Loss}};
/// let loss = Loss { reason: "not JSON".to_owned(), bytes: 7, ..Loss::default() };
/// let record = own::lost(loss, Summaries::Keep).stamp("id".to_owned(), "now".to_owned());
/// assert_eq!(record.object("action").and_then(|action| action.str("tool")), Some(own::LOST));
/// ```
pub fn lost(loss: Loss, summaries: Summaries) -> Prepared {
    let mut what = Object::new();
    what.insert("reason", loss.reason);
    what.insert("bytes", integer(loss.bytes));
    if let Some(sha256) = loss.sha256 {
        what.insert("sha256", sha256.to_string());
    }
    let mut fields = fields(LOST, "lost", what);
    for (key, value) in [
        ("agent", loss.agent.map(Value::from)),
        ("subject", loss.subject.map(Value::from)),
        ("session_id", loss.session_id.map(Value::from)),
    ] {
        if let Some(value) = value.filter(|value| is_allowed(key, value)) {
            fields.insert(key, value);
        }
    }
    let draft = Draft {
        fields,
        input: None,
        output: None,
    };
    Prepared::new(draft, summaries)
}

/// Prepares the record that discloses a torn line, which began at `offset` in the log.
pub(crate) fn recovered(
    offset: u64,
    bytes: u64,
    sha256: Digest,
    subject: Option<&Object>,
) -> Prepared {
    let mut moved = Object::new();
    moved.insert("offset", integer(offset));
    moved.insert("bytes", integer(bytes));
    moved.insert("sha256", sha256.to_string());
    let mut fields = fields(RECOVERED, "recovered", moved);
    if let Some(subject) = subject {
        fields.insert("subject", subject.clone());
    }
    Prepared::own(fields)
}

fn fields(tool: &str, key: &str, what: Object) -> Object {
    let agent: Object = [("id", "sealstone"), ("name", "sealstone")]
        .into_iter()
        .collect();
    let action: Object = [
        ("type", "write"),
        ("category", "reliability"),
        ("tool", tool),
    ]
    .into_iter()
    .collect();
    let mut fields = Object::new();
    fields.insert("agent", agent);
    fields.insert("action", action);
    fields.insert("source", source::block("recorder"));
    fields.insert("sealstone", Object::from_iter([(key, what)]));
    fields
}

fn integer(n: u64) -> Value {
    i64::try_from(n).unwrap_or(i64::MAX).into()
}

/// Whether a field could stand in a draft as it is.
fn is_allowed(key: &str, value: &Value) -> bool {
    let mut fields = fields(LOST, "lost", Object::new());
    fields.insert(key, value.clone());
    check::draft(&fields).is_empty()
        && check::numbers(value).is_empty()
        && draft::depth(value) <= draft::MAX_FIELD_DEPTH
        && canon::to_vec(value).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn object(text: &str) -> Object {
        match json::read(text.as_bytes()).unwrap().value {
            Value::Object(object) => object,
            _ => panic!("not an object"),
        }
    }

    fn text(loss: Loss, summaries: Summaries) -> String {
        let mut text = String::new();
        let record = lost(loss, summaries).stamp("id".into(), "now".into());
        json::write(&record.into(), &mut text);
        text
    }

    #[test]
    fn a_loss_says_what_why_and_whose() {
        let loss = Loss {
            reason: "not JSON: unexpected end".to_owned(),
            bytes: 3,
            sha256: Some(Digest::of(b"{\"a")),
            agent: Some(object(r#"{"id":"codex","name":"codex"}"#)),
            subject: Some(object(r#"{"id":"acme"}"#)),
            session_id: Some("s1".to_owned()),
        };
        let sha256 = Digest::of(b"{\"a");
        assert_eq!(
            text(loss, Summaries::Keep),
            format!(
                r#"{{"schema_version":"0.1","record_id":"id","session_id":"s1","ts":"now","agent":{{"id":"codex","name":"codex"}},"action":{{"type":"write","category":"reliability","tool":"recorder.lost"}},"severity":"INFO","findings":[],"integrity":{{}},"subject":{{"id":"acme"}},"source":{{"adapter":"recorder","via":"Halo recorder (native)","capture":"captured"}},"sealstone":{{"lost":{{"reason":"not JSON: unexpected end","bytes":3,"sha256":"{sha256}"}}}}}}"#
            )
        );
    }

    #[test]
    fn a_loss_is_disclosed_whatever_is_said_beside_it() {
        let secret = "AKIAIOSFODNN7EXAMPLE";
        let deep = format!("{{\"x\":{}1{}}}", "[".repeat(70), "]".repeat(70));
        for agent in [r#"{"id":7}"#, r#"{"id":"a","n":1.5}"#, &deep] {
            let loss = Loss {
                reason: format!("`{secret}` is no event"),
                agent: Some(object(agent)),
                session_id: Some(secret.to_owned()),
                ..Loss::default()
            };
            let text = text(loss, Summaries::Keep);
            assert!(text.contains(r#""agent":{"id":"sealstone""#), "{text}");
            assert!(!text.contains(secret), "{text}");
        }
        let loss = Loss {
            sha256: Some(Digest::of(b"")),
            session_id: Some("conv-Zx9Kq2Lm8Rt5Wv1Yb7Nc4".to_owned()),
            ..Loss::default()
        };
        let text = text(loss, Summaries::HashOnly);
        assert!(text.contains(&Digest::of(b"").to_string()), "{text}");
        assert!(text.contains(r#""session_id":"sha256:"#), "{text}");
    }
}
