//! Drafts: what a producer says of one action, before it is sealed (FORMAT.md, "Draft").

use std::fmt;

use super::{
    check::{self, Problem, Rule, excerpt},
    outcome, own,
};
use crate::{
    canon::{self, Uncanonical},
    json::{self, Object, ReadError, Value},
    redact,
};

/// How deep the fields of a draft may nest. Readers of other makes give up somewhere past 300 levels, and
/// a record they cannot read is no evidence. `input` and `output` may nest to [`json::MAX_DEPTH`].
pub const MAX_FIELD_DEPTH: usize = 64;

/// What only the recorder sets.
const SET_BY_RECORDER: &[&str] = &["schema_version", "record_id", "severity", "integrity"];

/// One action as its producer describes it, in the shape of a record and known to be sealable.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    pub(super) fields: Object,
    pub(super) input: Option<Value>,
    pub(super) output: Option<Value>,
}

/// Why a draft cannot be sealed.
///
/// The texts name places and never quote values: what was refused may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DraftError {
    /// A key stands twice in one object: which value was meant?
    Duplicate {
        /// JSON Pointer of the object.
        pointer: String,
        /// The key.
        key: String,
    },
    /// The line is JSON, but no object.
    NotAnObject {
        /// What it is.
        found: &'static str,
    },
    /// The line is not JSON.
    NotJson(ReadError),
    /// Values that the format does not allow.
    Problems(Vec<Problem>),
    /// A value that the format allows and a draft must not have.
    Refused {
        /// JSON Pointer of the value.
        pointer: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// A field that only the recorder sets.
    SetByRecorder(&'static str),
    /// A field that nests past [`MAX_FIELD_DEPTH`].
    TooDeep {
        /// Its name.
        field: String,
    },
    /// A `ts` that is no RFC 3339 time.
    Time,
    /// What has no canonical form although its numbers are right.
    Uncanonical(Uncanonical),
}

impl Draft {
    /// Reads a draft from one line of JSON. Top-level fields that are missing are taken from `defaults`.
    ///
    /// # Errors
    /// When anything in it could not be sealed as it was meant.
    ///
    /// ```
    /// use sealstone::{json::Object, record::draft::Draft};
    /// let line = br#"{"action":{"tool":"Bash"},"input":{"command":"ls"}}"#;
    /// assert!(Draft::read(line, &Object::new()).is_ok());
    /// let error = Draft::read(br#"{"action":{"type":"look"}}"#, &Object::new()).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "`/action/type`: expected one of tool_call, agent_message, read, write, network"
    /// );
    /// ```
    pub fn read(line: &[u8], defaults: &Object) -> Result<Self, DraftError> {
        let mut fields = match read_single(line)? {
            Value::Object(fields) => fields,
            other => {
                return Err(DraftError::NotAnObject {
                    found: other.type_name(),
                });
            }
        };
        let input = fields.remove("input");
        let output = fields.remove("output");
        add_defaults(&mut fields, defaults);
        Self::new(fields, input, output)
    }

    /// Reads one line of any JSON as the input of an action that `defaults` describe.
    ///
    /// # Errors
    /// When the line is not JSON, or has a key twice.
    pub fn wrap(line: &[u8], defaults: &Object) -> Result<Self, DraftError> {
        let input = read_single(line)?;
        let mut fields = Object::new();
        add_defaults(&mut fields, defaults);
        Self::new(fields, Some(input), None)
    }

    /// Returns a draft of `fields`, which have the shape of a record, and what went into the action and came
    /// out of it. An action without a type or category is a tool call of the category security.
    ///
    /// # Errors
    /// When anything in it could not be sealed as it was meant.
    pub fn new(
        mut fields: Object,
        input: Option<Value>,
        output: Option<Value>,
    ) -> Result<Self, DraftError> {
        if fields.contains("input") || fields.contains("output") {
            let pointer = if fields.contains("input") {
                "/input"
            } else {
                "/output"
            };
            let reason = "stands beside the fields, not among them";
            return Err(DraftError::Refused { pointer, reason });
        }
        if let Some(field) = SET_BY_RECORDER.iter().find(|name| fields.contains(name)) {
            return Err(DraftError::SetByRecorder(field));
        }
        if let Some((key, _)) = fields
            .iter()
            .find(|(_, value)| depth(value) > MAX_FIELD_DEPTH)
        {
            let field = key.as_str().to_owned();
            return Err(DraftError::TooDeep { field });
        }
        complete_action(&mut fields);
        let mut problems = check::draft(&fields);
        let mut value = Value::Object(fields);
        whole_characters(&mut value);
        problems.extend(check::numbers(&value));
        if !problems.is_empty() {
            return Err(DraftError::Problems(problems));
        }
        canon::to_vec(&value).map_err(DraftError::Uncanonical)?;
        let Value::Object(fields) = value else {
            unreachable!("it was made an object above");
        };
        if fields.str("ts").is_some_and(|ts| !is_record_time(ts)) {
            return Err(DraftError::Time);
        }
        if let Some((pointer, reason)) = misuse(&fields) {
            return Err(DraftError::Refused { pointer, reason });
        }
        Ok(Self {
            fields,
            input,
            output,
        })
    }

    /// Returns the draft with what went into the action and came out of it.
    #[must_use]
    pub(crate) fn with(self, input: Option<Value>, output: Option<Value>) -> Self {
        Self {
            input,
            output,
            ..self
        }
    }

    /// Returns the id of the subject the action was for, if it has one.
    pub fn subject_id(&self) -> Option<&str> {
        subject_id(&self.fields)
    }

    /// Returns the tool's name, or the action's type if it has none.
    pub fn tool(&self) -> &str {
        let action = self.fields.object("action");
        action
            .and_then(|action| action.str("tool").or_else(|| action.str("type")))
            .unwrap_or_default()
    }
}

/// Returns the id of the subject that a record is about, which decides the chain it belongs to.
pub fn subject_id(record: &Object) -> Option<&str> {
    record
        .object("subject")?
        .str("id")
        .filter(|id| !id.is_empty())
}

fn read_single(line: &[u8]) -> Result<Value, DraftError> {
    let document = json::read(line).map_err(DraftError::NotJson)?;
    match document.duplicates.into_iter().next() {
        Some(json::Duplicate { pointer, key }) => Err(DraftError::Duplicate { pointer, key }),
        None => Ok(document.value),
    }
}

fn add_defaults(fields: &mut Object, defaults: &Object) {
    for (key, default) in defaults.iter() {
        match (fields.get_mut(key), default) {
            (None, default) => {
                fields.insert(key.clone(), default.clone());
            }
            // The parts of an action are defaulted one by one: a tool from the line, a type from a flag.
            (Some(Value::Object(given)), Value::Object(default)) if key.as_str() == "action" => {
                add_defaults(given, default);
            }
            (Some(_), _) => {}
        }
    }
}

fn complete_action(fields: &mut Object) {
    if !fields.contains("action") {
        fields.insert("action", Object::new());
    }
    if let Some(Value::Object(action)) = fields.get_mut("action") {
        for (key, default) in [("type", "tool_call"), ("category", "security")] {
            if !action.contains(key) {
                action.insert(key, default);
            }
        }
    }
}

/// Returns what a draft has that would get past the masking, or pass for the recorder's own word.
fn misuse(fields: &Object) -> Option<(&'static str, &'static str)> {
    let action = fields.object("action")?;
    if action
        .str("tool")
        .is_some_and(|tool| own::TOOLS.contains(&tool))
    {
        return Some(("/action/tool", "only the recorder says this"));
    }
    if let Some(input) = action.object("input") {
        if input
            .iter()
            .any(|(key, _)| !["hash", "summary"].contains(&key.as_str()))
        {
            return Some(("/action/input", "only `hash` and `summary` may stand here"));
        }
        if input
            .str("hash")
            .is_some_and(|hash| !outcome::is_hash(hash))
        {
            return Some(("/action/input/hash", "not a hash"));
        }
    }
    let outcome = fields.object("outcome");
    if outcome
        .and_then(|outcome| outcome.str("hash"))
        .is_some_and(|hash| !outcome::is_hash(hash))
    {
        return Some(("/outcome/hash", "not a hash"));
    }
    if fields
        .object("authority")
        .is_some_and(|authority| authority.contains("same_as_previous"))
    {
        return Some((
            "/authority/same_as_previous",
            "only the recorder knows this",
        ));
    }
    let Some(extension) = fields.get("sealstone")?.as_object() else {
        return Some(("/sealstone", "expected an object"));
    };
    let (_, pointer) = own::KEYS.iter().find(|(key, _)| extension.contains(key))?;
    Some((pointer, "only the recorder says this"))
}

/// Half a surrogate pair becomes U+FFFD: no text that leaves a program as UTF-8 can hold one, and readers of
/// other makes fail on it.
fn whole_characters(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(whole_characters),
        Value::Object(object) => object
            .iter_mut()
            .for_each(|(_, value)| whole_characters(value)),
        Value::String(text) if text.units().is_some() => *text = text.as_str().into(),
        _ => {}
    }
}

/// A time that every reader orders: RFC 3339 with `T` and `Z` in capitals.
fn is_record_time(text: &str) -> bool {
    crate::time::Timestamp::parse(text).is_some()
        && !text.contains(|c: char| c.is_ascii_lowercase() || c == '\n')
}

pub(super) fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or_default(),
        Value::Object(object) => {
            1 + object
                .iter()
                .map(|(_, value)| depth(value))
                .max()
                .unwrap_or_default()
        }
        _ => 0,
    }
}

impl std::error::Error for DraftError {}

/// How many problems of one draft are named.
const NAMED: usize = 8;

/// Returns a name for a message: masked, because a key can be a secret as well, and short.
fn unquoted(name: &str) -> String {
    excerpt(&redact::mask(name, redact::Rule::Full))
}

impl fmt::Display for DraftError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate { pointer, key } => {
                let (pointer, key) = (unquoted(pointer), unquoted(key));
                write!(f, "`{pointer}/{key}`: this key stands twice in one object")
            }
            Self::NotAnObject { found } => write!(f, "expected an object, found {found}"),
            Self::NotJson(error) => write!(f, "not JSON: {error}"),
            Self::Problems(problems) => {
                for (index, Problem { pointer, rule }) in problems.iter().take(NAMED).enumerate() {
                    let separator = if index > 0 { "; " } else { "" };
                    write!(f, "{separator}`{}`: ", unquoted(pointer))?;
                    match rule {
                        Rule::UnknownValue { allowed, .. } => {
                            write!(f, "expected one of {}", allowed.join(", "))?;
                        }
                        Rule::WrongValue { expected, .. } => write!(f, "expected `{expected}`")?,
                        rule => write!(f, "{rule}")?,
                    }
                }
                match problems.len().saturating_sub(NAMED) {
                    0 => Ok(()),
                    more => write!(f, "; and {more} more"),
                }
            }
            Self::Refused { pointer, reason } => write!(f, "`{pointer}`: {reason}"),
            Self::SetByRecorder(field) => write!(f, "`/{field}`: only the recorder sets this"),
            Self::Time => write!(f, "`/ts`: not an RFC 3339 time"),
            Self::TooDeep { field } => {
                let field = unquoted(field);
                write!(f, "`/{field}`: nests deeper than {MAX_FIELD_DEPTH} levels")
            }
            Self::Uncanonical(reason) => write!(f, "holds {reason}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(line: &str) -> String {
        Draft::read(line.as_bytes(), &Object::new())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn errors_name_the_field() {
        assert_eq!(error("[]"), "expected an object, found array");
        assert_eq!(
            error(r#"{"data":{"a":1,"a":2}}"#),
            "`/data/a`: this key stands twice in one object"
        );
        assert_eq!(
            error(r#"{"outcome":{"ms":1.5}}"#),
            "`/outcome/ms`: number with a fraction or an exponent"
        );
        assert_eq!(
            error(r#"{"action":{"type":"read","category":7},"session_id":null}"#),
            "`/action/category`: expected string, found number; `/session_id`: expected string, found null"
        );
        assert_eq!(
            error(r#"{"integrity":{}}"#),
            "`/integrity`: only the recorder sets this"
        );
        assert_eq!(
            error(r#"{"ts":"yesterday"}"#),
            "`/ts`: not an RFC 3339 time"
        );
        assert_eq!(
            error(r#"{"x":{"\ud800":1}}"#),
            "holds a key with an unpaired surrogate"
        );
        let deep = format!("{{\"x\":{}1{}}}", "[".repeat(65), "]".repeat(65));
        assert_eq!(error(&deep), "`/x`: nests deeper than 64 levels");
        assert!(error("{\"a\":").starts_with("not JSON: unexpected end"));
    }

    #[test]
    fn what_would_pass_the_masking_or_for_the_recorders_word_is_refused() {
        for (draft, error_text) in [
            (
                r#"{"action":{"input":{"note":"x"}}}"#,
                "`/action/input`: only `hash` and",
            ),
            (
                r#"{"action":{"input":{"hash":"AKIA"}}}"#,
                "`/action/input/hash`: not a hash",
            ),
            (
                r#"{"outcome":{"hash":"AKIA"}}"#,
                "`/outcome/hash`: not a hash",
            ),
            (r#"{"sealstone":7}"#, "`/sealstone`: expected an object"),
            (
                r#"{"sealstone":{"recovered":{}}}"#,
                "`/sealstone/recovered`: only the recorder",
            ),
            (
                r#"{"sealstone":{"cwd":"/","lost":1}}"#,
                "`/sealstone/lost`: only the recorder",
            ),
            (
                r#"{"sealstone":{"late":{"at":"now"}}}"#,
                "`/sealstone/late`: only the recorder",
            ),
            (
                r#"{"action":{"tool":"recorder.lost"}}"#,
                "`/action/tool`: only the recorder",
            ),
            (
                r#"{"action":{"tool":"recorder.recovered"}}"#,
                "`/action/tool`: only the recorder",
            ),
            (
                r#"{"authority":{"same_as_previous":true}}"#,
                "`/authority/same_as_previous`: only",
            ),
        ] {
            assert!(
                error(draft).starts_with(error_text),
                "{draft}: {}",
                error(draft)
            );
        }
        let hash = r#"{"action":{"input":{"hash":"sha256:0011223344556677","summary":"s"}}}"#;
        assert!(Draft::read(hash.as_bytes(), &Object::new()).is_ok());
    }

    #[test]
    fn errors_do_not_quote_values_or_secret_keys() {
        let secret = "AKIAIOSFODNN7EXAMPLE";
        for draft in [
            format!(r#"{{"outcome":{{"status":"{secret}"}}}}"#),
            format!(r#"{{"ts":"{secret}"}}"#),
            format!(r#"{{"{secret}":1.5}}"#),
            format!(r#"{{"{secret}":1,"{secret}":2}}"#),
        ] {
            assert!(!error(&draft).contains(secret), "{draft}");
        }
    }

    #[test]
    fn half_a_surrogate_pair_becomes_a_whole_character() {
        let draft = Draft::read(br#"{"note":"a\ud800"}"#, &Object::new()).unwrap();
        let note = draft.fields.get("note").unwrap();
        assert_eq!(*note, Value::from("a\u{FFFD}"));
    }

    #[test]
    fn input_and_output_are_not_bound_to_the_formats_numbers() {
        let line = br#"{"input":{"x":1.5},"output":[1e400,9007199254740993]}"#;
        assert!(Draft::read(line, &Object::new()).is_ok());
    }

    #[test]
    fn defaults_fill_what_is_missing_and_nothing_else() {
        let read = |text: &str| match json::read(text.as_bytes()).unwrap().value {
            Value::Object(object) => object,
            _ => panic!("not an object"),
        };
        let defaults = read(r#"{"session_id":"s","action":{"tool":"T","type":"read"}}"#);
        let draft = Draft::read(br#"{"action":{"tool":"Bash"}}"#, &defaults).unwrap();
        assert_eq!(
            draft.fields,
            read(
                r#"{"action":{"tool":"Bash","type":"read","category":"security"},"session_id":"s"}"#
            )
        );
        let wrapped = Draft::wrap(b"[1.5]", &defaults).unwrap();
        assert_eq!(wrapped.tool(), "T");
        assert!(wrapped.input.is_some());
    }
}
