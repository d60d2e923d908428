//! What a witness takes over the network (FORMAT.md, "Witness protocol").

use super::Checkpoint;
use crate::{
    digest::Digest,
    json::{self, Object, Value},
    time::Timestamp,
};

/// How many records a statement may be about.
pub const MAX_COUNT: u64 = 1_000_000_000_000;

/// How many characters the subject of a statement may have.
const MAX_SUBJECT: usize = 200;

/// Why a text is no statement that a witness takes. The words are the reference's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// `count` is none of the numbers that are taken.
    #[error("count must be a positive integer no larger than {MAX_COUNT}")]
    Count,
    /// `head` is no hash.
    #[error("head must be a 64-char sha-256 hex digest")]
    Head,
    /// It names no chain.
    #[error("checkpoint needs a subject or a chain_root")]
    Nameless,
    /// It is JSON, and no object.
    #[error("checkpoint must be a JSON object")]
    NotAnObject,
    /// It is no JSON, or has a key twice in one object.
    #[error("body is not valid JSON")]
    NotJson,
    /// `chain_root` is no hash.
    #[error("chain_root must be a 64-char sha-256 hex digest")]
    Root,
    /// `subject` has characters that could be taken for others, or none.
    #[error("invalid subject")]
    Subject,
}

/// Reads a statement about a chain: `subject`, `count`, `head` and `chain_root`, and nothing else of it. When it was
/// made is the witness's word, which is not in it yet.
///
/// # Errors
/// When it is none.
pub fn of_statement(body: &[u8]) -> Result<Checkpoint, StatementError> {
    let document = json::read(body).ok();
    let document = document.filter(|document| document.duplicates.is_empty());
    let value = document.ok_or(StatementError::NotJson)?.value;
    let said = value.as_object().ok_or(StatementError::NotAnObject)?;
    let subject = subject(said)?;
    let count = said.get("count").and_then(Value::as_integer);
    let count = count.and_then(|count| u64::try_from(count).ok());
    let count = count.filter(|count| (1..=MAX_COUNT).contains(count));
    let count = count.ok_or(StatementError::Count)?;
    let head = said
        .get("head")
        .and_then(hash)
        .ok_or(StatementError::Head)?;
    let chain_root = match member(said, "chain_root") {
        None => Value::Null,
        Some(root) => hash(root).ok_or(StatementError::Root)?.into(),
    };
    if subject == Value::Null && chain_root == Value::Null {
        return Err(StatementError::Nameless);
    }
    Ok(Checkpoint {
        chain_root,
        subject,
        count,
        head,
        ts: Value::Null,
        tsa: None,
        every: None,
    })
}

/// Returns how a witness writes the time at which it took a checkpoint.
pub(crate) fn written(at: Timestamp) -> Value {
    at.to_string().replace("+00:00", "Z").into()
}

/// Returns a member that is there and not null.
fn member<'a>(object: &'a Object, key: &str) -> Option<&'a Value> {
    object.get(key).filter(|value| **value != Value::Null)
}

fn subject(said: &Object) -> Result<Value, StatementError> {
    let Some(subject) = member(said, "subject") else {
        return Ok(Value::Null);
    };
    let text = subject.as_str().filter(|text| is_subject(text));
    Ok(text.ok_or(StatementError::Subject)?.into())
}

/// Whether a text is words of ASCII letters, digits, `.`, `_` and `-` with one blank between two: ids that differ in
/// what nobody sees cannot be told apart.
fn is_subject(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(is_plain);
    text.len() <= MAX_SUBJECT && text.split(' ').all(is_word)
}

fn hash(value: &Value) -> Option<String> {
    let digest: Digest = value.as_str()?.parse().ok()?;
    Some(digest.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(subject: &str, count: &str, head: &str, root: &str) -> Result<Checkpoint, String> {
        let body = format!(
            r#"{{"subject":{subject},"count":{count},"head":{head},"chain_root":{root},"ts":"1970-01-01T00:00:00Z","more":[1]}}"#
        );
        of_statement(body.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn only_what_a_witness_must_know_is_taken() {
        let hash = "ab".repeat(32);
        let quoted = format!("\"{hash}\"");
        let taken = said("\"a b.c_d-E\"", "1000000000000", &quoted, &quoted).unwrap();
        let expected = Checkpoint {
            chain_root: hash.as_str().into(),
            subject: "a b.c_d-E".into(),
            count: MAX_COUNT,
            head: hash,
            ts: Value::Null,
            tsa: None,
            every: None,
        };
        assert_eq!(taken, expected);
        assert!(said("null", "1", &quoted, &quoted).is_ok());
        assert!(said("\"a\"", "1", &quoted, "null").is_ok());
    }

    #[test]
    fn anything_else_is_refused_in_the_references_words() {
        let hash = format!("\"{}\"", "ab".repeat(32));
        let fed = format!("\"{}\\n\"", "ab".repeat(32));
        let upper = format!("\"{}\"", "AB".repeat(32));
        let long = format!("\"{}\"", "a".repeat(201));
        let no_head = Err("head must be a 64-char sha-256 hex digest".to_owned());
        let no_root = Err("chain_root must be a 64-char sha-256 hex digest".to_owned());
        for subject in [
            "\"\"",
            "\" a\"",
            "\"a \"",
            "\"a  b\"",
            "\"\u{e4}\"",
            "\"a\\n\"",
            "5",
            "[]",
            &*long,
        ] {
            let refused = said(subject, "0", "1", "1");
            assert_eq!(refused, Err("invalid subject".to_owned()), "{subject}");
        }
        for count in [
            "0",
            "-1",
            "1.0",
            "true",
            "null",
            "\"1\"",
            "1000000000001",
            "1e3",
        ] {
            let expected = "count must be a positive integer no larger than 1000000000000";
            assert_eq!(
                said("\"a\"", count, "1", "1"),
                Err(expected.to_owned()),
                "{count}"
            );
        }
        for other in ["null", "5", "\"ab\"", &*fed, &*upper] {
            assert_eq!(said("\"a\"", "1", other, "5"), no_head, "{other}");
        }
        for other in ["5", "\"\"", "\"ab\"", &*fed, &*upper] {
            assert_eq!(said("\"a\"", "1", &hash, other), no_root, "{other}");
        }
        let expected = Err("checkpoint needs a subject or a chain_root".to_owned());
        assert_eq!(said("null", "1", &hash, "null"), expected);
        for body in ["", "{", "{\"a\":1,\"a\":1}", "\u{FEFF}{}", "{} x"] {
            assert_eq!(of_statement(body.as_bytes()), Err(StatementError::NotJson));
        }
        assert_eq!(of_statement(b"\xFF"), Err(StatementError::NotJson));
        assert_eq!(of_statement(b"[]"), Err(StatementError::NotAnObject));
    }
}
