//! What is reported of a log, one matter a note, whatever the format.

use sealstone::{
    damage::Kind,
    verify::{Code, Finding},
};
use serde::Serialize;

/// How much a note weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Level {
    /// The log fails.
    Error,
    /// The log fails only with `--strict`.
    Warning,
}

/// What a note can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) struct Rule {
    /// The stable spelling (FORMAT.md, "Codes").
    pub(in crate::cli) code: &'static str,
    /// What it means, in a sentence.
    pub(in crate::cli) meaning: &'static str,
    pub(in crate::cli) level: Level,
}

/// There is nothing to attest.
pub(super) const EMPTY: Rule = error(
    "empty",
    "A log without a record, or a folder without a log: there is nothing to attest.",
);

/// What `--state` remembers is gone.
pub(super) const STATE_CUT: Rule = error(
    "state-cut",
    "The log holds fewer records than were proven of it earlier.",
);

/// What `--state` remembers is not what is there.
pub(super) const STATE_MISMATCH: Rule = error(
    "state-mismatch",
    "The last record that was proven of the log earlier is not proven in its place now.",
);

/// Nothing is known.
pub(super) const UNREADABLE: Rule = error(
    "unreadable",
    "The log could not be read to its end, so nothing is known of it.",
);

// What `--against` finds of a copy.
pub(super) const BROKEN_BEHIND_COPY: Rule = error(
    "broken-behind-copy",
    "The log holds every record of the copy, and is broken behind them.",
);
pub(super) const DIFFERS_FROM_COPY: Rule = error(
    "differs-from-copy",
    "The log differs from the copy, and one of the two is broken.",
);
pub(super) const EMPTY_COPY: Rule = error(
    "empty-copy",
    "The copy has no record, so nothing is attested by it.",
);
pub(super) const FORKED_FROM_COPY: Rule = error(
    "forked-from-copy",
    "The log goes on otherwise than the copy.",
);
pub(super) const NOT_COMPARED: Rule = error(
    "not-compared",
    "The copy could not be read, or one of the two changed meanwhile.",
);
pub(super) const RE_SEALED: Rule = damage(Kind::ReSealed);
pub(super) const SHORTER_THAN_COPY: Rule = error(
    "shorter-than-copy",
    "The copy has more records behind the last one of the log.",
);
pub(super) const UNRELATED_TO_COPY: Rule = error(
    "unrelated-to-copy",
    "The log and the copy have no record in common.",
);

// What `--against-head` finds.
pub(super) const BROKEN_BEFORE_HEAD: Rule = error(
    "broken-before-head",
    "The record has the hash that was kept, but the chain before it does not hold.",
);
pub(super) const CONTRADICTS_HEAD: Rule = error(
    "contradicts-head",
    "Another hash stands where the one that was kept belongs, or none that holds.",
);
pub(super) const SHORTER_THAN_HEAD: Rule = error(
    "shorter-than-head",
    "The log has fewer records than there were at the head that was kept.",
);

// What a policy finds.
pub(in crate::cli) const POLICY_GAP: Rule = Rule {
    code: "policy-gap",
    meaning: "Warning: a rule of the policy expects evidence, and no record is any.",
    level: Level::Warning,
};
pub(in crate::cli) const POLICY_UNEXERCISED: Rule = error(
    "policy-unexercised",
    "No rule of the policy is about any record, so nothing is attested by it.",
);
pub(in crate::cli) const POLICY_VIOLATED: Rule =
    error("policy-violated", "The record breaks a rule of the policy.");

/// What can be said of a log from outside of it: not by a verdict, but by the run that asked for one.
const OUTSIDE: &[Rule] = &[
    BROKEN_BEFORE_HEAD,
    BROKEN_BEHIND_COPY,
    CONTRADICTS_HEAD,
    DIFFERS_FROM_COPY,
    EMPTY,
    EMPTY_COPY,
    FORKED_FROM_COPY,
    NOT_COMPARED,
    POLICY_GAP,
    POLICY_UNEXERCISED,
    POLICY_VIOLATED,
    RE_SEALED,
    SHORTER_THAN_COPY,
    SHORTER_THAN_HEAD,
    STATE_CUT,
    STATE_MISMATCH,
    UNREADABLE,
    UNRELATED_TO_COPY,
];

const fn error(code: &'static str, meaning: &'static str) -> Rule {
    Rule {
        code,
        meaning,
        level: Level::Error,
    }
}

const fn damage(kind: Kind) -> Rule {
    error(kind.as_str(), kind.meaning())
}

impl From<Kind> for Rule {
    fn from(kind: Kind) -> Self {
        damage(kind)
    }
}

impl From<Code> for Rule {
    fn from(code: Code) -> Self {
        Self {
            code: code.as_str(),
            meaning: code.meaning(),
            level: if code.is_warning() {
                Level::Warning
            } else {
                Level::Error
            },
        }
    }
}

impl Rule {
    /// Whether this is said by the run, and not by the verdict over the log's own bytes.
    pub(super) fn is_outside(&self) -> bool {
        OUTSIDE.contains(self)
    }

    /// Whether this is no finding but says that none could be made, which is said when quiet too.
    pub(super) fn is_failure(&self) -> bool {
        [NOT_COMPARED, UNREADABLE].contains(self)
    }
}

/// Returns every rule there is, the codes of verdicts first, and the kinds of damage last.
pub(super) fn rules() -> Vec<Rule> {
    let codes = Code::ALL.iter().map(|code| Rule::from(*code));
    let kinds = Kind::ALL.iter().map(|kind| Rule::from(*kind));
    // That records were sealed anew is known from outside only.
    let kinds = kinds.filter(|rule| !rule.is_outside());
    codes.chain(OUTSIDE.iter().copied()).chain(kinds).collect()
}

/// One thing that is wrong with a log, or worth a warning, and its place.
#[derive(Debug, Clone, Serialize)]
pub(in crate::cli) struct Note {
    #[serde(rename = "code", serialize_with = "code")]
    pub(in crate::cli) rule: Rule,
    /// The record, from 1; `None` if it is about the log as a whole.
    pub(in crate::cli) record: Option<u64>,
    /// The line, from 1.
    pub(in crate::cli) line: Option<u64>,
    /// JSON Pointer (RFC 6901) into the record.
    pub(in crate::cli) pointer: Option<String>,
    /// As hostile as the log is.
    pub(in crate::cli) message: String,
}

impl Note {
    /// Returns a note about a log as a whole.
    pub(in crate::cli) const fn of_log(rule: Rule, message: String) -> Self {
        Self {
            rule,
            record: None,
            line: None,
            pointer: None,
            message,
        }
    }

    /// Returns the message behind its place, without the code.
    pub(super) fn placed(&self) -> String {
        let record = self.record.map(|record| format!("record {record}"));
        let pointer = self.pointer.clone().filter(|pointer| !pointer.is_empty());
        let place: Vec<String> = record.into_iter().chain(pointer).collect();
        if place.is_empty() {
            self.message.clone()
        } else {
            format!("{}: {}", place.join(" at "), self.message)
        }
    }

    pub(super) fn is_error(&self) -> bool {
        self.rule.level == Level::Error
    }
}

impl From<Finding> for Note {
    fn from(finding: Finding) -> Self {
        Self {
            rule: finding.code.into(),
            record: Some(finding.record),
            line: Some(finding.line),
            pointer: finding.pointer,
            message: finding.message,
        }
    }
}

fn code<S: serde::Serializer>(rule: &Rule, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(rule.code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_stands_twice() {
        let mut codes: Vec<_> = rules().iter().map(|rule| rule.code).collect();
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count);
    }
}
