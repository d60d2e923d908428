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
#[derive(Debug)]
pub(crate) enum Shape {
    Boolean,
    Constant(&'static str),
    List(&'static Self),
    Number,
    Object(&'static Table),
    Text,
    Word(&'static [&'static str]),
}

/// A member that the format knows.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) presence: Presence,
    pub(crate) shape: Shape,
    pub(crate) role: Role,
}

/// What the chain needs a field for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Hash,
    None,
    ParentId,
    PrevHash,
    RecordId,
    Time,
}

impl Field {
    /// Whether a record must have it.
    pub(crate) fn is_required(&self) -> bool {
        self.presence != Presence::Optional
    }

    const fn with(mut self, role: Role) -> Self {
        self.role = role;
        self
    }
}

/// The members that an object may have, by name: a member's place is its order in the canonical form.
#[derive(Debug)]
pub(crate) struct Table {
    /// Which table this is, below [`TABLES`].
    pub(crate) id: usize,
    pub(crate) fields: &'static [Field],
}

/// How many tables there are.
pub(crate) const TABLES: usize = 21;

/// How many fields a table may have.
pub(crate) const MAX_FIELDS: usize = 32;

impl Table {
    const fn new(id: usize, fields: &'static [Field]) -> Self {
        assert!(id < TABLES && fields.len() <= MAX_FIELDS);
        Self { id, fields }
    }

    /// Returns the field with this name, and its place.
    pub(crate) fn field(&self, name: &[u8]) -> Option<(usize, &'static Field)> {
        let mut fields = self.fields.iter().enumerate();
        fields.find(|(_, field)| field.name.as_bytes() == name)
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Presence {
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
        role: Role::None,
    }
}

const fn sealed(name: &'static str, shape: Shape) -> Field {
    Field {
        name,
        presence: Presence::Sealed,
        shape,
        role: Role::None,
    }
}

const fn optional(name: &'static str, shape: Shape) -> Field {
    Field {
        name,
        presence: Presence::Optional,
        shape,
        role: Role::None,
    }
}

const STRINGS: Shape = Shape::List(&Shape::Text);

pub(crate) static RECORD: Table = Table::new(
    0,
    &[
        required("action", Shape::Object(&ACTION)),
        optional("agent", Shape::Object(&AGENT)),
        optional("authority", Shape::Object(&AUTHORITY)),
        optional("data", Shape::Object(&DATA)),
        optional("findings", Shape::List(&Shape::Object(&FINDING))),
        optional("framework_tags", STRINGS),
        sealed("integrity", Shape::Object(&INTEGRITY)),
        optional("jurisdiction", Shape::Text),
        optional("mcp", Shape::Object(&MCP)),
        optional("outcome", Shape::Object(&OUTCOME)),
        optional("parent_id", Shape::Text).with(Role::ParentId),
        optional("principal", Shape::Object(&PRINCIPAL)),
        sealed("record_id", Shape::Text).with(Role::RecordId),
        optional("retention", Shape::Object(&RETENTION)),
        sealed("schema_version", Shape::Constant("0.1")),
        sealed("session_id", Shape::Text),
        optional("severity", Shape::Word(Severity::WORDS)),
        optional("signature", Shape::Object(&SIGNATURE)),
        optional("source", Shape::Object(&SOURCE)),
        optional("subject", Shape::Object(&SUBJECT)),
        optional("threats", Shape::List(&Shape::Object(&THREAT))),
        sealed("ts", Shape::Text).with(Role::Time),
        optional("verification", Shape::Object(&VERIFICATION)),
    ],
);

static ACTION: Table = Table::new(
    1,
    &[
        optional("authorization", Shape::Object(&AUTHORIZATION)),
        required("category", Shape::Word(Category::WORDS)),
        optional("input", Shape::Object(&INPUT)),
        optional("tool", Shape::Text),
        required("type", Shape::Word(ActionType::WORDS)),
    ],
);

static AUTHORIZATION: Table = Table::new(
    2,
    &[
        optional("approver", Shape::Text),
        optional("decision", Shape::Word(Decision::WORDS)),
        optional("scope", Shape::Text),
    ],
);

static INPUT: Table = Table::new(
    3,
    &[
        optional("hash", Shape::Text),
        optional("summary", Shape::Text),
    ],
);

pub(crate) static INTEGRITY: Table = Table::new(
    4,
    &[
        required("alg", Shape::Word(&["sha-256"])),
        required("canon", Shape::Word(&["rfc8785"])),
        required("hash", Shape::Text).with(Role::Hash),
        required("prev_hash", Shape::Text).with(Role::PrevHash),
    ],
);

static AGENT: Table = Table::new(
    5,
    &[
        optional("id", Shape::Text),
        optional("model", Shape::Text),
        optional("model_version", Shape::Text),
        optional("name", Shape::Text),
        optional("version", Shape::Text),
    ],
);

static AUTHORITY: Table = Table::new(
    6,
    &[
        optional("capture_limits", STRINGS),
        optional("captured_at", Shape::Text),
        optional("omissions", Shape::List(&Shape::Object(&OMISSION))),
        optional("refs", Shape::List(&Shape::Object(&AUTHORITY_REF))),
        optional("same_as_previous", Shape::Boolean),
        optional("scope", Shape::Text),
        optional("snapshot_id", Shape::Text),
        optional("stale_if", STRINGS),
        optional("workspace", Shape::Object(&WORKSPACE)),
    ],
);

static WORKSPACE: Table = Table::new(
    7,
    &[
        optional("git_commit", Shape::Text),
        optional("git_remote_hash", Shape::Text),
        optional("path_hash", Shape::Text),
        optional("worktree_hash", Shape::Text),
    ],
);

static AUTHORITY_REF: Table = Table::new(
    8,
    &[
        optional("hash", Shape::Text),
        optional("id", Shape::Text),
        optional("kind", Shape::Text),
        optional("loaded", Shape::Boolean),
        optional("shadowed_by", Shape::Text),
        optional("truncated", Shape::Boolean),
        optional("uri", Shape::Text),
        optional("version", Shape::Text),
    ],
);

static OMISSION: Table = Table::new(
    9,
    &[
        optional("hash", Shape::Text),
        optional("kind", Shape::Text),
        optional("reason", Shape::Text),
    ],
);

static DATA: Table = Table::new(
    10,
    &[
        optional("cross_region", Shape::Number),
        optional("pii_types", STRINGS),
        optional("purpose", Shape::Text),
        optional("region", Shape::Text),
        optional("zdr", Shape::Boolean),
    ],
);

static FINDING: Table = Table::new(
    11,
    &[
        optional("sample", Shape::Text),
        required("severity", Shape::Word(Severity::WORDS)),
        required("type", Shape::Text),
    ],
);

static MCP: Table = Table::new(
    12,
    &[
        optional("client", Shape::Text),
        optional("host", Shape::Text),
        optional("server", Shape::Text),
        optional("server_version", Shape::Text),
    ],
);

static OUTCOME: Table = Table::new(
    13,
    &[
        optional("hash", Shape::Text),
        optional("status", Shape::Word(OutcomeStatus::WORDS)),
        optional("summary", Shape::Text),
    ],
);

static PRINCIPAL: Table = Table::new(
    14,
    &[
        optional("creator_id", Shape::Text),
        optional("human_id", Shape::Text),
        optional("role_scope", Shape::Text),
        optional("service_account", Shape::Text),
    ],
);

static RETENTION: Table = Table::new(
    15,
    &[
        optional("expires", Shape::Text),
        optional("policy", Shape::Text),
    ],
);

static SIGNATURE: Table = Table::new(
    16,
    &[
        required("alg", Shape::Word(&["ecdsa-p256", "ed25519"])),
        optional("key_id", Shape::Text),
        required("sig", Shape::Text),
    ],
);

static SOURCE: Table = Table::new(
    17,
    &[
        optional("adapter", Shape::Text),
        optional("capture", Shape::Word(Capture::WORDS)),
        optional("via", Shape::Text),
    ],
);

static SUBJECT: Table = Table::new(
    18,
    &[optional("id", Shape::Text), optional("name", Shape::Text)],
);

static THREAT: Table = Table::new(
    19,
    &[optional("ref", Shape::Text), required("type", Shape::Text)],
);

static VERIFICATION: Table = Table::new(
    20,
    &[
        optional("checked_at", Shape::Text),
        optional("policy_ref", Shape::Text),
        required("status", Shape::Word(VerificationStatus::WORDS)),
        optional("verifier", Shape::Text),
    ],
);

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
        self.members(record, &RECORD);
        self.problems
    }

    fn members(&mut self, object: &Object, table: &'static Table) {
        for field in table.fields {
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
            if let Some(field) = table.fields.iter().find(known) {
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
            (Shape::Object(table), Value::Object(object)) => self.members(object, table),
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
    fn tables_are_in_canonical_order() {
        fn walk(shape: &Shape, seen: &mut Vec<usize>) {
            match shape {
                Shape::List(item) => walk(item, seen),
                Shape::Object(table) => {
                    let names: Vec<_> = table.fields.iter().map(|field| field.name).collect();
                    assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
                    seen.push(table.id);
                    table
                        .fields
                        .iter()
                        .for_each(|field| walk(&field.shape, seen));
                }
                _ => {}
            }
        }
        let mut seen = Vec::new();
        walk(&Shape::Object(&RECORD), &mut seen);
        seen.sort_unstable();
        assert_eq!(seen, (0..TABLES).collect::<Vec<_>>());
    }

    #[test]
    fn what_the_recorder_sets_is_required_of_a_record_only() {
        let fields = object(r#"{"action":{"type":"read","category":"privacy"}}"#);
        assert_eq!(draft(&fields), []);
        assert_eq!(
            pointers(structure(&fields)),
            [
                "/integrity missing",
                "/record_id missing",
                "/schema_version missing",
                "/session_id missing",
                "/ts missing"
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
                "/findings/1/severity missing",
                "/findings/1/type missing",
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
