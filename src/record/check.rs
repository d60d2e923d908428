//! The structural rules of a record (FORMAT.md, "Record"), as one table.
//!
//! The same table judges a record that was read and a draft that is to be sealed. Keys it does not name are
//! allowed everywhere and never judged.

use super::fields::{
    ActionType, Capture, Category, Decision, OutcomeStatus, Severity, VerificationStatus,
};
use crate::json::{Number, Object, Value, push_pointer};

/// How many problems of one kind are named in one record.
pub const MAX_PROBLEMS: usize = 100;

/// Where a record is not what the format says, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// JSON Pointer (RFC 6901) of the value, or of the place where it is missing.
    pub pointer: String,
    /// The rule it breaks.
    pub rule: Rule,
}

/// A rule that a value broke.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rule {
    /// An integer past 2^53 - 1, which readers round differently.
    #[error("integer past 2^53 - 1")]
    IntegerTooLarge,
    /// A required member is not there.
    #[error("missing")]
    MissingField,
    /// A number with a fraction or an exponent, or one that is not finite.
    #[error("number with a fraction or an exponent")]
    NotAnInteger,
    /// A word outside of the list that the format fixes.
    #[error("`{found}` is none of {}", .allowed.join(", "))]
    UnknownValue {
        /// What was found.
        found: String,
        /// What may stand there.
        allowed: &'static [&'static str],
    },
    /// A value of another JSON type.
    #[error("expected {expected}, found {found}")]
    WrongType {
        /// The type that the format fixes.
        expected: &'static str,
        /// The type that was found.
        found: &'static str,
    },
    /// Another text than the one the format fixes.
    #[error("expected `{expected}`, found `{found}`")]
    WrongValue {
        /// The text that the format fixes.
        expected: &'static str,
        /// What was found.
        found: String,
    },
}

/// What may stand in a place.
enum Shape {
    Boolean,
    Constant(&'static str),
    List(&'static Self),
    Number,
    Object(&'static [Field]),
    Text,
    Word(&'static [&'static str]),
}

struct Field {
    name: &'static str,
    presence: Presence,
    shape: Shape,
}

#[derive(Clone, Copy, PartialEq)]
enum Presence {
    Optional,
    Required,
    /// Required in a record; a draft does not have it, the recorder sets it.
    Sealed,
}

const fn required(name: &'static str, shape: Shape) -> Field {
    Field {
        name,
        presence: Presence::Required,
        shape,
    }
}

const fn sealed(name: &'static str, shape: Shape) -> Field {
    Field {
        name,
        presence: Presence::Sealed,
        shape,
    }
}

const fn optional(name: &'static str, shape: Shape) -> Field {
    Field {
        name,
        presence: Presence::Optional,
        shape,
    }
}

const STRINGS: Shape = Shape::List(&Shape::Text);

const RECORD: &[Field] = &[
    sealed("schema_version", Shape::Constant("0.1")),
    sealed("record_id", Shape::Text),
    sealed("session_id", Shape::Text),
    sealed("ts", Shape::Text),
    required("action", Shape::Object(ACTION)),
    sealed("integrity", Shape::Object(INTEGRITY)),
    optional("agent", Shape::Object(AGENT)),
    optional("authority", Shape::Object(AUTHORITY)),
    optional("data", Shape::Object(DATA)),
    optional("findings", Shape::List(&Shape::Object(FINDING))),
    optional("framework_tags", STRINGS),
    optional("jurisdiction", Shape::Text),
    optional("mcp", Shape::Object(MCP)),
    optional("outcome", Shape::Object(OUTCOME)),
    optional("parent_id", Shape::Text),
    optional("principal", Shape::Object(PRINCIPAL)),
    optional("retention", Shape::Object(RETENTION)),
    optional("severity", Shape::Word(Severity::WORDS)),
    optional("signature", Shape::Object(SIGNATURE)),
    optional("source", Shape::Object(SOURCE)),
    optional("subject", Shape::Object(SUBJECT)),
    optional("threats", Shape::List(&Shape::Object(THREAT))),
    optional("verification", Shape::Object(VERIFICATION)),
];

const ACTION: &[Field] = &[
    required("type", Shape::Word(ActionType::WORDS)),
    required("category", Shape::Word(Category::WORDS)),
    optional("tool", Shape::Text),
    optional("authorization", Shape::Object(AUTHORIZATION)),
    optional("input", Shape::Object(INPUT)),
];

const AUTHORIZATION: &[Field] = &[
    optional("decision", Shape::Word(Decision::WORDS)),
    optional("scope", Shape::Text),
    optional("approver", Shape::Text),
];

const INPUT: &[Field] = &[
    optional("summary", Shape::Text),
    optional("hash", Shape::Text),
];

const INTEGRITY: &[Field] = &[
    required("alg", Shape::Word(&["sha-256"])),
    required("canon", Shape::Word(&["rfc8785"])),
    required("prev_hash", Shape::Text),
    required("hash", Shape::Text),
];

const AGENT: &[Field] = &[
    optional("id", Shape::Text),
    optional("name", Shape::Text),
    optional("version", Shape::Text),
    optional("model", Shape::Text),
    optional("model_version", Shape::Text),
];

const AUTHORITY: &[Field] = &[
    optional("snapshot_id", Shape::Text),
    optional("same_as_previous", Shape::Boolean),
    optional("captured_at", Shape::Text),
    optional("scope", Shape::Text),
    optional("workspace", Shape::Object(WORKSPACE)),
    optional("refs", Shape::List(&Shape::Object(AUTHORITY_REF))),
    optional("omissions", Shape::List(&Shape::Object(OMISSION))),
    optional("capture_limits", STRINGS),
    optional("stale_if", STRINGS),
];

const WORKSPACE: &[Field] = &[
    optional("path_hash", Shape::Text),
    optional("git_remote_hash", Shape::Text),
    optional("git_commit", Shape::Text),
    optional("worktree_hash", Shape::Text),
];

const AUTHORITY_REF: &[Field] = &[
    optional("kind", Shape::Text),
    optional("id", Shape::Text),
    optional("uri", Shape::Text),
    optional("hash", Shape::Text),
    optional("version", Shape::Text),
    optional("shadowed_by", Shape::Text),
    optional("loaded", Shape::Boolean),
    optional("truncated", Shape::Boolean),
];

const OMISSION: &[Field] = &[
    optional("kind", Shape::Text),
    optional("reason", Shape::Text),
    optional("hash", Shape::Text),
];

const DATA: &[Field] = &[
    optional("region", Shape::Text),
    optional("cross_region", Shape::Number),
    optional("purpose", Shape::Text),
    optional("zdr", Shape::Boolean),
    optional("pii_types", STRINGS),
];

const FINDING: &[Field] = &[
    required("type", Shape::Text),
    required("severity", Shape::Word(Severity::WORDS)),
    optional("sample", Shape::Text),
];

const MCP: &[Field] = &[
    optional("host", Shape::Text),
    optional("client", Shape::Text),
    optional("server", Shape::Text),
    optional("server_version", Shape::Text),
];

const OUTCOME: &[Field] = &[
    optional("status", Shape::Word(OutcomeStatus::WORDS)),
    optional("summary", Shape::Text),
    optional("hash", Shape::Text),
];

const PRINCIPAL: &[Field] = &[
    optional("human_id", Shape::Text),
    optional("creator_id", Shape::Text),
    optional("service_account", Shape::Text),
    optional("role_scope", Shape::Text),
];

const RETENTION: &[Field] = &[
    optional("policy", Shape::Text),
    optional("expires", Shape::Text),
];

const SIGNATURE: &[Field] = &[
    required("alg", Shape::Word(&["ecdsa-p256", "ed25519"])),
    required("sig", Shape::Text),
    optional("key_id", Shape::Text),
];

const SOURCE: &[Field] = &[
    optional("adapter", Shape::Text),
    optional("via", Shape::Text),
    optional("capture", Shape::Word(Capture::WORDS)),
];

const SUBJECT: &[Field] = &[optional("id", Shape::Text), optional("name", Shape::Text)];

const THREAT: &[Field] = &[required("type", Shape::Text), optional("ref", Shape::Text)];

const VERIFICATION: &[Field] = &[
    required("status", Shape::Word(VerificationStatus::WORDS)),
    optional("verifier", Shape::Text),
    optional("policy_ref", Shape::Text),
    optional("checked_at", Shape::Text),
];

/// Returns where a record breaks the structural rules, at most [`MAX_PROBLEMS`].
pub fn structure(record: &Object) -> Vec<Problem> {
    Check::new(Stage::Record).run(record)
}

/// Returns where a draft breaks the structural rules, at most [`MAX_PROBLEMS`]. What the recorder sets may
/// be missing.
pub fn draft(fields: &Object) -> Vec<Problem> {
    Check::new(Stage::Draft).run(fields)
}

/// Returns the numbers in `value` that the format does not allow, at most [`MAX_PROBLEMS`].
pub fn numbers(value: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    walk_numbers(value, &mut String::new(), &mut problems);
    problems
}

fn walk_numbers(value: &Value, pointer: &mut String, problems: &mut Vec<Problem>) {
    if problems.len() == MAX_PROBLEMS {
        return;
    }
    let mut found = |rule| {
        problems.push(Problem {
            pointer: pointer.clone(),
            rule,
        });
    };
    match value {
        Value::Number(Number::BigInteger(_)) => found(Rule::IntegerTooLarge),
        Value::Number(Number::Float(_)) => found(Rule::NotAnInteger),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                within(pointer, &index.to_string(), |pointer| {
                    walk_numbers(item, pointer, problems);
                });
            }
        }
        Value::Object(object) => {
            for (key, value) in object.iter() {
                within(pointer, key, |pointer| {
                    walk_numbers(value, pointer, problems);
                });
            }
        }
        _ => {}
    }
}

/// Runs `visit` with one more token on the pointer.
fn within(pointer: &mut String, token: &str, visit: impl FnOnce(&mut String)) {
    let length = pointer.len();
    push_pointer(pointer, token);
    visit(pointer);
    pointer.truncate(length);
}

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Draft,
    Record,
}

struct Check {
    stage: Stage,
    pointer: String,
    problems: Vec<Problem>,
}

impl Check {
    const fn new(stage: Stage) -> Self {
        Self {
            stage,
            pointer: String::new(),
            problems: Vec::new(),
        }
    }

    fn run(mut self, record: &Object) -> Vec<Problem> {
        self.members(record, RECORD);
        self.problems
    }

    fn members(&mut self, object: &Object, fields: &'static [Field]) {
        for field in fields {
            let needed = match field.presence {
                Presence::Optional => false,
                Presence::Required => true,
                Presence::Sealed => self.stage == Stage::Record,
            };
            if needed && !object.contains(field.name) {
                self.within(field.name, |check| check.found(Rule::MissingField));
            }
        }
        for (key, value) in object.iter() {
            let known = |field: &&Field| key.units().is_none() && field.name == key.as_str();
            if let Some(field) = fields.iter().find(known) {
                self.within(field.name, |check| check.value(value, &field.shape));
            }
        }
    }

    fn value(&mut self, value: &Value, shape: &'static Shape) {
        match (shape, value) {
            (Shape::Boolean, Value::Bool(_))
            | (Shape::Number, Value::Number(_))
            | (Shape::Text, Value::String(_)) => {}
            (Shape::Constant(expected), Value::String(text)) => {
                if text.as_str() != *expected {
                    self.found(Rule::WrongValue {
                        expected,
                        found: excerpt(text),
                    });
                }
            }
            (Shape::Word(allowed), Value::String(text)) => {
                if !allowed.contains(&text.as_str()) {
                    self.found(Rule::UnknownValue {
                        found: excerpt(text),
                        allowed,
                    });
                }
            }
            (Shape::List(item), Value::Array(items)) => {
                for (index, value) in items.iter().enumerate() {
                    self.within(&index.to_string(), |check| check.value(value, item));
                }
            }
            (Shape::Object(fields), Value::Object(object)) => self.members(object, fields),
            (shape, value) => self.found(Rule::WrongType {
                expected: shape.type_name(),
                found: value.type_name(),
            }),
        }
    }

    fn within(&mut self, token: &str, visit: impl FnOnce(&mut Self)) {
        let length = self.pointer.len();
        push_pointer(&mut self.pointer, token);
        visit(self);
        self.pointer.truncate(length);
    }

    fn found(&mut self, rule: Rule) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem {
                pointer: self.pointer.clone(),
                rule,
            });
        }
    }
}

impl Shape {
    const fn type_name(&self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Constant(_) | Self::Text | Self::Word(_) => "string",
            Self::List(_) => "array",
            Self::Number => "number",
            Self::Object(_) => "object",
        }
    }
}

/// Returns the beginning of a text, for a message.
pub(crate) fn excerpt(text: &str) -> String {
    const CHARS: usize = 64;
    let mut excerpt: String = text.chars().take(CHARS).collect();
    if excerpt.len() < text.len() {
        excerpt.push('…');
    }
    excerpt
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read;

    fn object(text: &str) -> Object {
        match read(text.as_bytes()).unwrap().value {
            Value::Object(object) => object,
            _ => panic!("not an object"),
        }
    }

    fn pointers(problems: Vec<Problem>) -> Vec<String> {
        problems
            .into_iter()
            .map(|p| format!("{} {}", p.pointer, p.rule))
            .collect()
    }

    #[test]
    fn what_the_recorder_sets_is_required_of_a_record_only() {
        let fields = object(r#"{"action":{"type":"read","category":"privacy"}}"#);
        assert_eq!(draft(&fields), []);
        assert_eq!(
            pointers(structure(&fields)),
            [
                "/schema_version missing",
                "/record_id missing",
                "/session_id missing",
                "/ts missing",
                "/integrity missing"
            ]
        );
    }

    #[test]
    fn each_rule_names_its_place() {
        let fields = object(
            r#"{"schema_version":"0.2","action":{"type":"look","category":7},
                "findings":[{"type":"email","severity":"HIGH"},{"sample":null}],
                "authority":{"refs":[{"loaded":1}]},"data":{"cross_region":true},"x":null}"#,
        );
        assert_eq!(
            pointers(draft(&fields)),
            [
                "/schema_version expected `0.1`, found `0.2`",
                "/action/type `look` is none of tool_call, agent_message, read, write, network",
                "/action/category expected string, found number",
                "/findings/1/type missing",
                "/findings/1/severity missing",
                "/findings/1/sample expected string, found null",
                "/authority/refs/0/loaded expected boolean, found number",
                "/data/cross_region expected number, found boolean",
            ]
        );
    }

    #[test]
    fn numbers_outside_the_format_are_found_at_any_depth() {
        let value = read(br#"{"a":[0,{"b/c":1.0}],"d":9007199254740992,"e":-9007199254740991}"#)
            .unwrap()
            .value;
        assert_eq!(
            pointers(numbers(&value)),
            [
                "/a/1/b~1c number with a fraction or an exponent",
                "/d integer past 2^53 - 1"
            ]
        );
    }
}
