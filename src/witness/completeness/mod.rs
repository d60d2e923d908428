//! What a witness's checkpoints say of a log.

mod members;
mod stamped;
mod words;

use std::collections::BTreeSet;

pub use self::stamped::{Stamped, Trust};
use super::{Chain, Checkpoint, Damage, Kept, Late, late, stamp::Roots};
use crate::{
    digest::Digest,
    json::{self, Value},
    time::Timestamp,
};

/// What must be said beside any verdict on a log without a subject.
pub const SUBJECTLESS_CAVEAT: &str = "no record names a subject, so checkpoints are found by the hash of the first record; \
    who drops that record gives the log another one, and none is found then: give records a subject";

/// What is said of a log and a witness.
///
/// ```
/// use sealstone::{sample, time::Timestamp};
/// use sealstone::witness::{Chain, Completeness, Expected, Kept, Looked, Standing};
///
/// let chain = |log: &str| {
///     let mut chain = Chain::default();
///     log.lines().for_each(|line| chain.take(Looked::at(line.as_bytes())));
///     chain
/// };
/// let log = sample::example();
/// let now = Timestamp::parse("2026-11-22T18:00:00Z").expect("a time");
/// let checkpoints = vec![chain(&log).checkpoint(now).expect("it has a head")];
/// let kept = Kept { checkpoints, ..Kept::default() };
/// let whole = Completeness::of(&chain(&log), None, &kept, Expected::default());
/// assert_eq!(whole.standing, Standing::Complete { latest_count: 2 });
///
/// let first = log.split_inclusive('\n').next().expect("a record");
/// let cut = Completeness::of(&chain(first), None, &kept, Expected::default());
/// assert!(matches!(cut.standing, Standing::Incomplete(_)));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Completeness {
    /// How it came out.
    pub standing: Standing,
    /// How many checkpoints are about this log.
    pub witnessed: u64,
    /// The hash of the last record, if every checkpoint is a place in the log.
    pub head: Option<Digest>,
    /// The first records of all logs that the checkpoints are about, if one of them is another log's and they
    /// contradict this one; sorted.
    pub chain_roots: Vec<String>,
    /// The first records of other logs of the same subject that the witness has checkpoints of, if it has some of this
    /// one too; sorted.
    pub other_chains: Vec<String>,
    /// What cannot be read of what the witness keeps.
    pub damage: Vec<Damage>,
    /// How many statements about this log the witness refused that are no place in it. One that is a place in it was
    /// late, and no more.
    pub conflicts: u64,
    /// Which records were witnessed late, if it was asked.
    pub lateness: Option<Lateness>,
    /// What the time stamp says that counts most and, of several, is the latest, if the log is complete.
    pub stamp: Option<Stamped>,
    /// How many stamps are not about their checkpoint, or cannot be read, if the log is complete.
    pub stamps_unbound: u64,
    /// Whether no record names a subject.
    pub is_subjectless: bool,
    /// The first record's hash, as it declares it, for the text.
    root: Option<String>,
}

/// What is expected of a log, whatever a witness has.
#[derive(Debug, Clone, Copy, Default)]
pub struct Expected<'a> {
    /// Whom every record is of.
    pub subject: Option<&'a str>,
    /// The hash of the first record.
    pub root: Option<&'a str>,
    /// Whose certificates stand behind time stamps.
    pub authorities: Option<&'a Roots>,
}

/// Which records were witnessed later than was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lateness {
    /// How many seconds may lie between a record and the first checkpoint that covers it.
    pub every: u64,
    /// The first runs of such records.
    pub missed: Vec<Late>,
    /// How many runs there are.
    pub runs: u64,
}

/// How a log and a witness agree.
#[derive(Debug, Clone, PartialEq)]
pub enum Standing {
    /// Every checkpoint is a place in the log.
    Complete {
        /// How many records the longest of them counts. What follows was not witnessed.
        latest_count: u64,
    },
    /// Something is missing, or is another.
    Incomplete(Conflict),
    /// No checkpoint is about this log, so nothing is known.
    Unwitnessed,
    /// Every checkpoint that can be read is a place in the log, if any is about it; but the witness is damaged, and what
    /// stood there nobody knows.
    Undecided {
        /// How many records the longest of them counts.
        latest_count: Option<u64>,
    },
}

/// What is wrong with a log that is not complete.
#[derive(Debug, Clone, PartialEq)]
pub enum Conflict {
    /// The record at a checkpoint has another hash than it says.
    Altered {
        /// How many records the checkpoint counts.
        at: u64,
    },
    /// The chain does not hold by itself.
    Broken {
        /// The first record at which it does not.
        at: u64,
    },
    /// A checkpoint counts no record.
    OutOfRange {
        /// What it counts.
        at: u64,
    },
    /// It does not begin with the record with which it should.
    Root {
        /// What its first record declares to be its hash.
        found: Value,
        /// What that should be.
        expected: String,
    },
    /// It is not the log of whom it is said to be.
    Subject {
        /// Whose it is; null if nobody's.
        found: Value,
        /// Whose it should be.
        expected: String,
    },
    /// There are fewer records than there were.
    Truncated {
        /// How many there are.
        have: u64,
        /// How many there were.
        witnessed_count: u64,
    },
}

impl Standing {
    /// Returns the word for it, which is stable.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Complete { .. } => "COMPLETE",
            Self::Incomplete(_) => "INCOMPLETE",
            Self::Unwitnessed => "UNWITNESSED",
            Self::Undecided { .. } => "UNDECIDED",
        }
    }
}

impl Completeness {
    /// Holds a log against what a witness keeps, checkpoints of other logs among it.
    ///
    /// `first_break` is the first record at which the chain does not hold by itself, from the verdict on the log.
    pub fn of(
        chain: &Chain,
        first_break: Option<u64>,
        kept: &Kept,
        expected: Expected<'_>,
    ) -> Self {
        let nothing = Self {
            standing: Standing::Unwitnessed,
            witnessed: 0,
            head: None,
            chain_roots: Vec::new(),
            other_chains: Vec::new(),
            damage: kept.damage.clone(),
            conflicts: 0,
            lateness: None,
            stamp: None,
            stamps_unbound: 0,
            is_subjectless: chain.is_subjectless(),
            root: chain.root().as_str().map(str::to_owned),
        };
        if let Some(conflict) = unexpected(chain, expected) {
            return Self {
                standing: Standing::Incomplete(conflict),
                ..nothing
            };
        }
        let (relevant, other_chains) = chain.own(&kept.checkpoints);
        let conflicts = kept
            .conflicts
            .iter()
            .filter(|said| chain.is_of_root(said) && !chain.has(said));
        let of_log = Self {
            witnessed: relevant.len() as u64,
            other_chains,
            conflicts: conflicts.count() as u64,
            ..nothing
        };
        let Some(latest_count) = relevant.iter().map(|checkpoint| checkpoint.count).max() else {
            return of_log.undecided_if_damaged();
        };
        let first_break = first_break.into_iter().chain(chain.unreadable()).min();
        match conflict(chain, first_break, &relevant, latest_count) {
            Some(conflict) => of_log.incomplete(conflict, &relevant),
            None => of_log
                .complete(chain, latest_count, &relevant, expected.authorities)
                .undecided_if_damaged(),
        }
    }

    /// Says too which records were witnessed later than `every` seconds after they were written, by a chain that
    /// keeps times. If that is not given, it is what the newest checkpoint of the log says; nothing if that says nothing.
    #[must_use]
    pub fn with_lateness(
        self,
        chain: &Chain,
        kept: &Kept,
        every: Option<u64>,
        now: Timestamp,
    ) -> Self {
        let (own, _) = chain.own(&kept.checkpoints);
        let every = every.or_else(|| own.iter().rev().find_map(|one| one.every));
        let lateness = every.map(|every| {
            let (missed, runs) = late(chain, &own, every, now);
            Lateness {
                every,
                missed,
                runs,
            }
        });
        Self { lateness, ..self }
    }

    fn undecided_if_damaged(self) -> Self {
        let latest_count = match self.standing {
            _ if self.damage.is_empty() => return self,
            Standing::Complete { latest_count } => Some(latest_count),
            _ => None,
        };
        Self {
            standing: Standing::Undecided { latest_count },
            ..self
        }
    }

    fn incomplete(self, conflict: Conflict, relevant: &[&Checkpoint]) -> Self {
        let roots: BTreeSet<&str> = match conflict {
            Conflict::Altered { .. } | Conflict::OutOfRange { .. } | Conflict::Truncated { .. } => {
                relevant
                    .iter()
                    .filter_map(|checkpoint| checkpoint.chain_root.as_str())
                    .collect()
            }
            Conflict::Broken { .. } | Conflict::Root { .. } | Conflict::Subject { .. } => {
                BTreeSet::new()
            }
        };
        let is_other = |root: &&str| Some(*root) != self.root.as_deref();
        let chain_roots = if roots.iter().any(is_other) {
            roots.into_iter().map(str::to_owned).collect()
        } else {
            Vec::new()
        };
        Self {
            standing: Standing::Incomplete(conflict),
            chain_roots,
            ..self
        }
    }

    fn complete(
        self,
        chain: &Chain,
        latest_count: u64,
        relevant: &[&Checkpoint],
        authorities: Option<&Roots>,
    ) -> Self {
        let (stamp, stamps_unbound) = stamped::latest(relevant, authorities);
        Self {
            standing: Standing::Complete { latest_count },
            head: chain.head(),
            stamp,
            stamps_unbound,
            ..self
        }
    }

    /// Returns it as the value that its JSON is.
    pub(crate) fn to_value(&self) -> Value {
        let text = serde_json::to_vec(self).expect("it holds nothing that JSON cannot");
        json::read(&text).map_or(Value::Null, |document| document.value)
    }
}

impl Chain {
    /// Returns the checkpoints that are about this log, in the witness's order, and the first records of the other logs of
    /// its subject, sorted.
    ///
    /// Those are about it that are of its subject, or, if it has none, of its first record; of a log without records none
    /// is: it may be what was left of any. Two logs of one subject are told apart by their first records; what names no
    /// first record says nothing where others do. If a witness has checkpoints of the subject and none of this log's first
    /// record, they all count: then the log was begun anew, or they are of another log, and who asks for this one shall
    /// hear of it.
    pub fn own<'a>(&self, checkpoints: &'a [Checkpoint]) -> (Vec<&'a Checkpoint>, Vec<String>) {
        let is_meant = |checkpoint: &&Checkpoint| self.is_meant_by(checkpoint);
        let relevant: Vec<&Checkpoint> = checkpoints.iter().filter(is_meant).collect();
        let (own, others): (Vec<_>, Vec<_>) = relevant.iter().partition(|one| self.is_of_root(one));
        if own.is_empty() {
            return (relevant, Vec::new());
        }
        let root = |other: &&'a Checkpoint| other.chain_root.as_str();
        let roots: BTreeSet<&str> = others.iter().filter_map(root).collect();
        (own, roots.into_iter().map(str::to_owned).collect())
    }

    /// Returns the checkpoints that are about this log and name its first record.
    pub fn of_root(&self, checkpoints: &[Checkpoint]) -> Vec<Checkpoint> {
        let own = checkpoints.iter().filter(|one| self.is_of_root(one));
        own.cloned().collect()
    }

    fn is_meant_by(&self, checkpoint: &Checkpoint) -> bool {
        if self.records() == 0 {
            false
        } else if self.is_subjectless() {
            checkpoint.chain_root == *self.root()
        } else {
            checkpoint.subject == *self.subject()
        }
    }

    /// Whether a checkpoint is a place in this log.
    fn has(&self, checkpoint: &Checkpoint) -> bool {
        let hash = self.hash(checkpoint.count);
        hash.is_some_and(|hash| checkpoint.head.parse() == Ok(hash))
    }

    /// Whether a checkpoint is about this log and names its first record.
    fn is_of_root(&self, checkpoint: &Checkpoint) -> bool {
        self.is_meant_by(checkpoint) && checkpoint.chain_root == *self.root()
    }
}

/// Returns what is not as it is expected, whatever a witness says.
fn unexpected(chain: &Chain, expected: Expected<'_>) -> Option<Conflict> {
    if let Some(subject) = expected.subject
        && !chain.subjects().are_only(subject)
    {
        return Some(Conflict::Subject {
            found: chain.subject().clone(),
            expected: subject.to_owned(),
        });
    }
    let root = expected.root?;
    (chain.root().as_str() != Some(root)).then(|| Conflict::Root {
        found: chain.root().clone(),
        expected: root.to_owned(),
    })
}

/// Returns the first thing that is wrong, in the reference's order.
fn conflict(
    chain: &Chain,
    first_break: Option<u64>,
    relevant: &[&Checkpoint],
    latest_count: u64,
) -> Option<Conflict> {
    if let Some(at) = first_break {
        return Some(Conflict::Broken { at });
    }
    if chain.records() < latest_count {
        return Some(Conflict::Truncated {
            have: chain.records(),
            witnessed_count: latest_count,
        });
    }
    relevant.iter().find_map(|checkpoint| {
        let at = checkpoint.count;
        let Some(hash) = chain.hash(at) else {
            return Some(Conflict::OutOfRange { at });
        };
        (checkpoint.head.parse() != Ok(hash)).then_some(Conflict::Altered { at })
    })
}
