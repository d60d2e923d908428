//! Why a policy is refused, and where.

use std::fmt;

use super::{matcher::OPERATORS, operand::OperandError, path::PathError, scope::ScopeError};
use crate::json::ReadError;

/// Why a policy is refused, and where. It may quote the file, which may be hostile.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// The rule, by its id or its number; none if it is about the file.
    pub rule: Option<String>,
    /// `when`, `forbid` or `require`.
    pub part: Option<&'static str>,
    /// The field path.
    pub field: Option<String>,
    /// What is wrong there.
    pub problem: Box<Problem>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(rule) = &self.rule {
            write!(f, "rule {rule}")?;
            if let Some(part) = self.part {
                write!(f, ", {part}")?;
            }
            if let Some(field) = &self.field {
                write!(f, ", `{field}`")?;
            }
            f.write_str(": ")?;
        }
        self.problem.fmt(f)
    }
}

impl std::error::Error for Refusal {}

/// What is wrong with a policy.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Problem {
    /// The tests of a field cannot hold together.
    #[error("it can never hold: {0}")]
    Contradiction(&'static str),
    /// A key stands twice in one object, so that readers may take it differently.
    #[error("the key `{key}` stands twice in the object at `{pointer}`")]
    DuplicateKey {
        /// The key.
        key: String,
        /// JSON Pointer (RFC 6901) of the object.
        pointer: String,
    },
    /// Another rule has this id.
    #[error("another rule has this id")]
    DuplicateId,
    /// A condition that is no object, or has no field.
    #[error(
        "a condition is an object with a matcher for each field, of which there is at least one"
    )]
    NoCondition,
    /// A rule without an id.
    #[error("a rule has an `id`, which is a text and not empty")]
    NoId,
    /// Something else than a list of rules.
    #[error(
        "a policy is a list of rules, or an object with such a list in `rules`, and no such list is empty"
    )]
    NoRules,
    /// A matcher without a test.
    #[error("a matcher that is an object has at least one of {}", OPERATORS.join(", "))]
    NoTest,
    /// A rule that asks for nothing.
    #[error("a rule has `forbid`, `require`, or `expect_evidence` that is true")]
    NothingAsked,
    /// Something else than `true` or `false`.
    #[error("`{0}` is true or false")]
    NotABoolean(&'static str),
    /// A test whose operand must be a list.
    #[error("`{0}` has a list of values")]
    NotAList(String),
    /// A rule that is no object.
    #[error("a rule is an object")]
    NotAnObject,
    /// A member that must be a text.
    #[error("`{0}` is a text")]
    NotAText(&'static str),
    /// `NaN`, an infinity, or what is read as one.
    #[error("a number in it is not finite")]
    NotFinite,
    /// Not JSON.
    #[error("not JSON: {0}")]
    NotJson(ReadError),
    /// A value that the field cannot be compared with.
    #[error(transparent)]
    Operand(OperandError),
    /// A path that leads nowhere.
    #[error(transparent)]
    Path(PathError),
    /// A rule that can never be violated.
    #[error("the rule can never be violated: {0}")]
    Scope(ScopeError),
    /// A key that nothing is known of.
    #[error("`{key}` is none of {}", .known.join(", "))]
    UnknownKey {
        /// The key.
        key: String,
        /// What may stand there.
        known: &'static [&'static str],
    },
    /// A test that does not go with the type of the field.
    #[error("`{operator}` does not go with the field, which is {kind}")]
    UnfitTest {
        /// The test.
        operator: String,
        /// What the field is, and what goes with it.
        kind: &'static str,
    },
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self {
            rule: None,
            part: None,
            field: None,
            problem: Box::new(problem),
        }
    }
}
