//! A rule, and what it makes of one record.

use super::{matcher::Matcher, path::Path};
use crate::{json::Object, record::fields::Severity};

/// One rule of a policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Its name, which no other rule of the policy has.
    pub id: String,
    /// What it asserts, as its author says it; may be empty.
    pub description: String,
    /// How bad a violation is, as its author says it.
    pub severity: Severity,
    /// Who asks for it; may be empty.
    pub source: String,
    /// Whether it is a gap if no record is selected.
    pub expects_evidence: bool,
    /// Which records it is about; all if it has no condition.
    pub(super) when: Option<Condition>,
    /// What must not hold of them.
    pub(super) forbid: Option<Condition>,
    /// What must hold of them.
    pub(super) require: Option<Condition>,
}

/// Fields and what must be true of each: all must hold.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Condition(pub(super) Vec<(Path, Matcher)>);

/// What a rule makes of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judged {
    /// It is not about this record.
    PassedOver,
    /// The record is as the rule wants it.
    Sound,
    /// The record breaks the rule.
    Violated,
}

impl Rule {
    pub(super) fn judge(&self, record: &Object) -> Judged {
        let holds = |condition: &Condition| condition.holds(record);
        if !self.when.as_ref().is_none_or(holds) {
            Judged::PassedOver
        } else if self.forbid.as_ref().is_some_and(holds)
            || !self.require.as_ref().is_none_or(holds)
        {
            Judged::Violated
        } else {
            Judged::Sound
        }
    }

    /// Whether it asks anything of the records that it selects.
    pub(super) const fn is_assertion(&self) -> bool {
        self.forbid.is_some() || self.require.is_some()
    }
}

impl Condition {
    fn holds(&self, record: &Object) -> bool {
        self.0
            .iter()
            .all(|(path, matcher)| matcher.holds(&path.values(record)))
    }

    /// Returns what it asks of a field.
    pub(super) fn of(&self, path: &Path) -> Option<&Matcher> {
        let mut fields = self.0.iter();
        let found = fields.find(|(known, _)| known == path);
        found.map(|(_, matcher)| matcher)
    }
}
