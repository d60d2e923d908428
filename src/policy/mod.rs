//! Holds the records of a log against rules that somebody wrote down (FORMAT.md, "Policy").
//!
//! A [`Policy`] is read and checked as a whole: a rule that could never be violated, or that names what no record
//! can hold, is refused instead of passing for ever. [`Policy::look`] judges one line by itself, on any thread, and
//! an [`Evaluation`] takes what that returns in the order of the lines. It keeps counters and the records that
//! decided, never the log.
//!
//! The rules, their statuses and the result are the reference's; FORMAT.md lists where this accepts or says more. It
//! judges no seal: [`crate::verify`] does. What a verdict cannot say is in LIMITS.md.

pub mod bundled;
mod contradiction;
mod evaluate;
mod matcher;
mod operand;
mod path;
#[cfg(test)]
mod properties;
mod read;
mod refusal;
mod rule;
mod scope;
#[cfg(test)]
mod tests;

use crate::digest::Digest;

#[cfg(test)]
use self::read::matcher as read_matcher;
pub use self::{
    evaluate::{
        Conclusion, Decisive, Evaluation, Looked, MAX_DECISIVE, Outcome, RuleOutcome, Status,
    },
    operand::OperandError,
    path::PathError,
    refusal::{Problem, Refusal},
    rule::Rule,
    scope::ScopeError,
};

/// Rules that were read and found sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// The rules, in the order of the file. There is at least one.
    pub rules: Vec<Rule>,
    /// The hash of the file's bytes: what a verdict names the policy by.
    pub sha256: Digest,
    /// The hash of the canonical form of the rules, whatever stands around them. None if one of them holds a
    /// number with a fraction, which has no canonical form.
    pub rules_sha256: Option<Digest>,
}
