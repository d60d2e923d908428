//! What can be said of a log as a whole.

use serde::{Serialize, Serializer};

use super::Finding;
use crate::digest::Digest;

/// The judgement over a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Judgement {
    /// Something is wrong with it.
    Broken,
    /// It holds no record, so there is nothing to attest.
    Empty,
    /// Every record is as it was sealed, and follows the one before it.
    Intact,
}

impl Judgement {
    /// Returns the word for it, which is stable.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Broken => "broken",
            Self::Empty => "empty",
            Self::Intact => "intact",
        }
    }
}

/// The verdict over a log: its judgement and everything it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The judgement, warnings not counted.
    pub judgement: Judgement,
    /// How many records there are: lines that are not blank.
    pub records: u64,
    /// The hash of the last record, if the log is intact.
    pub head: Option<Digest>,
    /// The first record at which the chain does not hold.
    pub first_break: Option<u64>,
    /// The last record up to which the chain was followed without a gap: 0 if there is none.
    pub holds_to: u64,
    /// What is wrong, in the order of the records; at most [`super::MAX_FINDINGS`].
    pub findings: Vec<Finding>,
    /// How many more findings there are.
    pub findings_left_out: u64,
    /// What is odd but allowed; at most [`super::MAX_FINDINGS`].
    pub warnings: Vec<Finding>,
    /// How many more warnings there are.
    pub warnings_left_out: u64,
    /// Links from records to the record that caused them.
    pub delegation: Delegation,
}

/// How the `parent_id` links resolve. They are what producers say, and prove nothing by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Delegation {
    /// Records that name a parent.
    pub links: u64,
    /// Those whose parent is not earlier in this log.
    pub orphans: u64,
}

impl Verdict {
    /// Returns how many findings there are, those left out included.
    pub fn finding_count(&self) -> u64 {
        self.findings.len() as u64 + self.findings_left_out
    }

    /// Returns how many warnings there are, those left out included.
    pub fn warning_count(&self) -> u64 {
        self.warnings.len() as u64 + self.warnings_left_out
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
