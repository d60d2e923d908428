//! How two logs differ: a log and a copy of it, or a log and a head that somebody wrote down.
//!
//! A verdict over one log cannot tell whether it is the log that was written: who holds all of it can cut it at
//! its end or write it anew (LIMITS.md). A copy that somebody else holds can. A record's hash commits to its
//! content and to every record before it, so two sealed records are the same if their hashes are, and logs are
//! compared by their [`Survey`]s. Only what differs is read again, one record at a time.
//!
//! Nothing here says which of two logs is the true one, and no file is read: bytes come from a function.

mod align;
mod differences;
mod excerpt;
mod fields;
mod head;
mod pairing;
mod source;
mod spelling;

use std::ops::Range;

use serde::{Serialize, Serializer};

use self::{
    differences::Differences,
    pairing::{Keys, Pairing},
    source::Source,
};
pub use self::{
    differences::{Counts, Difference, Kind, MAX_DIFFERENCES, Place, SealState},
    fields::{Change, Changes, List, MAX_CHANGES},
    head::{Checkpoint, HeadCheck, NotACheckpoint, against_head},
};
use crate::{
    digest::Digest,
    verify::{Judgement, Seal, Survey},
};

/// One of two logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The first: where there is an order, the older one or the copy.
    A,
    /// The second.
    B,
}

/// How two logs are related. The spellings are stable (FORMAT.md, "Comparison").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// This one holds every record of the other, and more of them that follow: its chain holds to the end.
    Continuation(Side),
    /// They differ, and the chain of one of them does not hold.
    Different,
    /// They begin alike, and then go on with different records. Both chains hold.
    Forked,
    /// This one has more records behind those of the other, but its chain does not hold to its end.
    Longer(Side),
    /// Both chains hold, but from some record on the same records are sealed anew: one of the logs was
    /// altered, and its chain made again.
    ReSealed,
    /// The same records. They may be written with other white space or escapes.
    Same,
    /// No record of one has anything to do with one of the other.
    Unrelated,
}

impl Relation {
    /// Returns the stable spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Continuation(_) => "continuation",
            Self::Different => "different",
            Self::Forked => "forked",
            Self::Longer(_) => "longer",
            Self::ReSealed => "re-sealed",
            Self::Same => "same",
            Self::Unrelated => "unrelated",
        }
    }

    /// Returns the log with more records, where that is how they are related.
    pub const fn longer(self) -> Option<Side> {
        match self {
            Self::Continuation(side) | Self::Longer(side) => Some(side),
            _ => None,
        }
    }
}

impl Serialize for Relation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// How far a log's own chain goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// How many records there are: lines that are not blank.
    pub records: u64,
    /// The last record up to which the chain holds: 0 if there is none.
    pub holds_to: u64,
    /// The hash of that record.
    pub head: Option<Digest>,
}

impl Standing {
    /// Returns how far the chain of a log goes. Structural findings do not matter here.
    pub fn of(survey: &Survey) -> Self {
        let mut standing = Self {
            records: survey.entries.len() as u64,
            holds_to: 0,
            head: None,
        };
        for entry in &survey.entries {
            match entry.seal {
                Seal::Holds { prev_hash, hash }
                    if prev_hash == standing.head.unwrap_or(Digest::GENESIS) =>
                {
                    standing.holds_to += 1;
                    standing.head = Some(hash);
                }
                _ => break,
            }
        }
        standing
    }

    /// Whether the chain holds from the first record to the last.
    pub const fn holds(&self) -> bool {
        self.holds_to == self.records
    }
}

/// How two logs differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// How they are related.
    pub relation: Relation,
    /// How many records they have in common at the beginning.
    pub common: u64,
    /// The hash of the last of those, if its seal holds.
    pub common_head: Option<Digest>,
    /// The first log's own chain.
    pub a: Standing,
    /// The second log's own chain.
    pub b: Standing,
    /// Whether the logs are the same byte by byte.
    pub same_bytes: bool,
    /// How many records of each kind there are.
    pub counts: Counts,
    /// What differs, in the order of the records; at most [`MAX_DIFFERENCES`].
    pub differences: Vec<Difference>,
    /// How many more differences there are.
    pub differences_left_out: u64,
}

impl Comparison {
    /// Returns the first difference that is more than a seal made anew.
    pub fn first_in_content(&self) -> Option<&Difference> {
        let mut differences = self.differences.iter();
        differences.find(|difference| difference.kind != Kind::ReSealed)
    }

    /// Takes the verdicts over both logs into account: a log whose lines are not all sound records is no
    /// continuation of another, and no good chain of its own, even if its links hold.
    #[must_use]
    pub fn judged(mut self, a: Judgement, b: Judgement) -> Self {
        let is_broken = |side| {
            let judgement = if side == Side::A { a } else { b };
            judgement == Judgement::Broken
        };
        self.relation = match self.relation {
            Relation::Continuation(side) if is_broken(side) => Relation::Longer(side),
            Relation::Forked | Relation::ReSealed if is_broken(Side::A) || is_broken(Side::B) => {
                Relation::Different
            }
            relation => relation,
        };
        self
    }
}

/// Why two logs could not be compared.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error<E> {
    /// A record is not what it was when the log was surveyed. Compare again when nobody writes to it, or
    /// compare copies.
    #[error("record {record} (line {line}) changed while it was compared")]
    Changed {
        /// The log.
        side: Side,
        /// The record, from 1.
        record: u64,
        /// The line of the file, from 1.
        line: u64,
    },
    /// The log could not be read again.
    #[error("{0}")]
    Fetch(E),
}

/// Compares two logs. `fetch` returns the bytes of a range of one of them.
///
/// Takes O(n log n) steps and some 40 bytes of memory a record, about 150 more for one that is not common to the
/// beginning or the end of both, and holds two lines at a time.
///
/// ```
/// use sealstone::{compare::{self, Relation, Side}, sample, verify::Survey};
///
/// let logs = [5, 3].map(|records| sample::chain(records, 1).collect::<String>().into_bytes());
/// let [a, b] = [Survey::of(&logs[0]), Survey::of(&logs[1])];
/// let comparison = compare::compare(&a, &b, |side, range| {
///     let range = usize::try_from(range.start)?..usize::try_from(range.end)?;
///     Ok::<_, std::num::TryFromIntError>(logs[side as usize][range].to_vec())
/// })?;
/// assert_eq!((comparison.relation, comparison.common), (Relation::Continuation(Side::A), 3));
/// # Ok::<(), compare::Error<std::num::TryFromIntError>>(())
/// ```
///
/// # Errors
/// When `fetch` fails, or what it returns is not what was surveyed.
pub fn compare<E>(
    a: &Survey,
    b: &Survey,
    mut fetch: impl FnMut(Side, Range<u64>) -> Result<Vec<u8>, E>,
) -> Result<Comparison, Error<E>> {
    let mut source = Source::new(a, b, &mut fetch);
    let keys = Keys::new(source.keys(Side::A)?, source.keys(Side::B)?);
    let pairing = Pairing::of(&mut source, &keys)?;
    let mut found = Differences::of(&mut source, &pairing, &keys)?;
    found.counts.same += (keys.begins + keys.ends) as u64;
    let common = keys.begins as u64;
    let standings = (Standing::of(a), Standing::of(b));
    let relation = relation(common, &standings, &found);
    let same_bytes = relation == Relation::Same && spelling::are_same_bytes(&mut source)?;
    if !same_bytes {
        found.counts.respelled = spelling::respelled(&mut source, &pairing, &keys)?;
    }
    Ok(Comparison {
        relation,
        common,
        common_head: head_before(a, keys.begins),
        a: standings.0,
        b: standings.1,
        same_bytes,
        counts: found.counts,
        differences: found.kept,
        differences_left_out: found.left_out,
    })
}

fn head_before(survey: &Survey, records: usize) -> Option<Digest> {
    match survey.entries[..records].last()?.seal {
        Seal::Holds { hash, .. } => Some(hash),
        _ => None,
    }
}

fn relation(common: u64, (a, b): &(Standing, Standing), found: &Differences) -> Relation {
    let longer = |side, standing: &Standing| {
        if standing.holds() {
            Relation::Continuation(side)
        } else {
            Relation::Longer(side)
        }
    };
    match (a.records - common, b.records - common) {
        (0, 0) => Relation::Same,
        (_, 0) => longer(Side::A, a),
        (0, _) => longer(Side::B, b),
        _ if !found.is_anything_paired && common == 0 && found.counts.same == 0 => {
            Relation::Unrelated
        }
        _ if !(a.holds() && b.holds()) => Relation::Different,
        _ if found.is_sealed_anew => Relation::ReSealed,
        _ => Relation::Forked,
    }
}
