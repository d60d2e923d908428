//! Drafts: what a producer says of one action, before it is sealed (FORMAT.md, "Draft").

use std::fmt;

use super::check::{self, Problem, excerpt};
use crate::{
    canon::{self, Uncanonical},
    json::{self, Object, ReadError, Value},
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
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// A field that only the recorder sets.
    SetByRecorder(&'static str),
    /// A field that nests past [`MAX_FIELD_DEPTH`].
    TooDeep {
        /// Its name.
        field: String,
    },
    /// A `ts` that is no RFC 3339 time.
    Time {
        /// What was found.
        found: String,
    },
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
    ///     "`/action/type`: `look` is none of tool_call, agent_message, read, write, network"
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
        let value = Value::Object(fields);
        problems.extend(check::numbers(&value));
        if !problems.is_empty() {
            return Err(DraftError::Problems(problems));
        }
        canon::to_vec(&value).map_err(DraftError::Uncanonical)?;
        let Value::Object(fields) = value else {
            unreachable!("it was made an object above");
        };
        if let Some(ts) = fields.str("ts").filter(|ts| !is_record_time(ts)) {
            let found = excerpt(ts);
            return Err(DraftError::Time { found });
        }
        Ok(Self {
            fields,
            input,
            output,
        })
    }

    /// Returns the id of the subject the action was for, if it has one.
    pub fn subject_id(&self) -> Option<&str> {
        subject_id(&self.fields)
    }

    /// Says which agent acted.
    pub fn set_agent(&mut self, id: &str, name: &str) {
        let agent: Object = [("id", id), ("name", name)].into_iter().collect();
        self.fields.insert("agent", agent);
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

/// A time that every reader orders: RFC 3339 with `T` and `Z` in capitals.
fn is_record_time(text: &str) -> bool {
    crate::time::Timestamp::parse(text).is_some()
        && !text.contains(|c: char| c.is_ascii_lowercase() || c == '\n')
}

fn depth(value: &Value) -> usize {
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

impl fmt::Display for DraftError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate { pointer, key } => {
                let key = excerpt(key);
                write!(f, "`{pointer}/{key}`: this key stands twice in one object")
            }
            Self::NotAnObject { found } => write!(f, "expected an object, found {found}"),
            Self::NotJson(error) => write!(f, "not JSON: {error}"),
            Self::Problems(problems) => {
                for (index, Problem { pointer, rule }) in problems.iter().enumerate() {
                    let separator = if index > 0 { "; " } else { "" };
                    write!(f, "{separator}`{pointer}`: {rule}")?;
                }
                Ok(())
            }
            Self::SetByRecorder(field) => write!(f, "`/{field}`: only the recorder sets this"),
            Self::Time { found } => write!(f, "`/ts`: `{found}` is not an RFC 3339 time"),
            Self::TooDeep { field } => {
                let field = excerpt(field);
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
            "`/ts`: `yesterday` is not an RFC 3339 time"
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
