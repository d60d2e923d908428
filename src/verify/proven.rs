//! What is known of the beginning of a log once it was found sound, so that the rest can be judged alone.
//!
//! A verdict over a whole log and one over its rest, behind a proven beginning, are the same verdict: that
//! takes the head, but also the last time, the ids for what is unique or names a parent, and the warnings.

use super::{Delegation, Finding};
use crate::{digest::Digest, record::id::IdKey, time::Timestamp};

/// A sound beginning of a log, up to a line feed. Made by [`super::Verifier::finish_proven`], taken up by
/// [`super::Verifier::resume`].
///
/// It says nothing about which log it is the beginning of. That is to be shown before it is taken up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// How many bytes it has, the line feed included.
    pub(crate) bytes: u64,
    /// How many lines.
    pub(crate) lines: u64,
    /// How many records: at least one.
    pub(crate) records: u64,
    /// The hash of the last one.
    pub(crate) head: Digest,
    /// The last time that could be read.
    pub(crate) latest_ts: Option<Timestamp>,
    /// Its links to parents.
    pub(crate) delegation: Delegation,
    /// Its warnings; at most [`super::MAX_FINDINGS`].
    pub(crate) warnings: Vec<Finding>,
    /// How many more warnings it has.
    pub(crate) warnings_left_out: u64,
    /// The ids of its records.
    pub(crate) ids: KnownIds,
}

impl Proven {
    /// Returns how many lines it has.
    pub const fn lines(&self) -> u64 {
        self.lines
    }

    /// Returns how many records it has: at least one.
    pub const fn records(&self) -> u64 {
        self.records
    }

    /// Returns the hash of its last record.
    pub const fn head(&self) -> Digest {
        self.head
    }
}

/// The ids of records that were seen: sixteen bytes each, and eight for the record's number if not every
/// record has an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownIds {
    pub(crate) keys: Vec<IdKey>,
    /// The records of the ids, or `None` if the ids are those of the first records, one each.
    pub(crate) records: Option<Vec<u64>>,
}

impl KnownIds {
    /// Returns how many ids there are.
    pub const fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether no record had an id.
    pub const fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}
