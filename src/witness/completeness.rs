//! What a witness's checkpoints say of a log.

use std::collections::BTreeSet;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Serialize, Serializer};

use super::{Chain, Checkpoint, stamp::Claim};
use crate::{
    digest::Digest,
    json::{self, Value},
};

/// What must be said beside any verdict on a log without a subject.
pub const SUBJECTLESS_CAVEAT: &str = "no record names a subject, so checkpoints are found by the hash of the first record; \
    who drops that record gives the log another one, and none is found then: give records a subject";

/// What must be said beside a time that a stamp names.
pub const STAMP_STATUS: &str = "claimed, not verified: the token is about this checkpoint, but nobody asked whether its signature \
    holds, and anyone can make one that names any time; `openssl ts -verify` tells";

/// What is said of a log and a witness.
///
/// ```
/// use sealstone::{sample, time::Timestamp, witness::{Chain, Completeness, Looked, Standing}};
///
/// let chain = |log: &str| {
///     let mut chain = Chain::default();
///     log.lines().for_each(|line| chain.take(Looked::at(line.as_bytes())));
///     chain
/// };
/// let log = sample::example();
/// let now = Timestamp::parse("2026-11-22T18:00:00Z").expect("a time");
/// let kept = [chain(&log).checkpoint(now).expect("it has a head")];
/// let whole = Completeness::of(&chain(&log), None, &kept, None);
/// assert_eq!(whole.standing, Standing::Complete { latest_count: 2 });
///
/// let first = log.split_inclusive('\n').next().expect("a record");
/// let cut = Completeness::of(&chain(first), None, &kept, None);
/// assert!(matches!(cut.standing, Standing::Incomplete(_)));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Completeness {
    /// How it came out.
    pub standing: Standing,
    /// How many checkpoints are about this log.
    pub witnessed: u64,
    /// The hash of the last record, if the log is complete.
    pub head: Option<Digest>,
    /// The first records of all logs that the checkpoints are about, if one of them is another log's and they
    /// contradict this one; sorted.
    pub chain_roots: Vec<String>,
    /// The latest time that a stamp names, if the log is complete. Its signature was not checked.
    pub stamp_time: Option<String>,
    /// How many stamps are not about their checkpoint, or cannot be read, if the log is complete.
    pub stamps_unbound: u64,
    /// Whether no record names a subject.
    pub is_subjectless: bool,
    /// The first record's hash, as it declares it, for the text.
    root: Option<String>,
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

impl Completeness {
    /// Holds a log against checkpoints, those of other logs among them.
    ///
    /// `first_break` is the first record at which the chain does not hold by itself, from the verdict on the log.
    /// With `expected`, every record must be of that subject.
    pub fn of(
        chain: &Chain,
        first_break: Option<u64>,
        checkpoints: &[Checkpoint],
        expected: Option<&str>,
    ) -> Self {
        let nothing = Self {
            standing: Standing::Unwitnessed,
            witnessed: 0,
            head: None,
            chain_roots: Vec::new(),
            stamp_time: None,
            stamps_unbound: 0,
            is_subjectless: chain.is_subjectless(),
            root: chain.root().as_str().map(str::to_owned),
        };
        if let Some(expected) = expected.filter(|expected| !chain.subjects().are_only(expected)) {
            let conflict = Conflict::Subject {
                found: chain.subject().clone(),
                expected: expected.to_owned(),
            };
            return Self {
                standing: Standing::Incomplete(conflict),
                ..nothing
            };
        }
        let relevant: Vec<&Checkpoint> = checkpoints
            .iter()
            .filter(|checkpoint| chain.is_meant_by(checkpoint))
            .collect();
        let Some(latest_count) = relevant.iter().map(|checkpoint| checkpoint.count).max() else {
            return nothing;
        };
        let first_break = first_break.into_iter().chain(chain.unreadable()).min();
        let of_some = Self {
            witnessed: relevant.len() as u64,
            ..nothing
        };
        match conflict(chain, first_break, &relevant, latest_count) {
            Some(conflict) => of_some.incomplete(conflict, &relevant),
            None => of_some.complete(chain, latest_count, &relevant),
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
            Conflict::Broken { .. } | Conflict::Subject { .. } => BTreeSet::new(),
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

    fn complete(self, chain: &Chain, latest_count: u64, relevant: &[&Checkpoint]) -> Self {
        let stamped = relevant.iter().filter_map(|one| Some((one, token(one)?)));
        let stamps: Vec<Option<Claim>> = stamped.map(|(one, token)| claim(one, token)).collect();
        let unbound = stamps.iter().filter(|stamp| stamp.is_none()).count();
        Self {
            standing: Standing::Complete { latest_count },
            head: chain.head(),
            stamps_unbound: unbound as u64,
            stamp_time: stamps
                .into_iter()
                .flatten()
                .max()
                .map(|time| time.to_string()),
            ..self
        }
    }

    /// Returns it as the value that its JSON is.
    pub(crate) fn to_value(&self) -> Value {
        let text = serde_json::to_vec(self).expect("it holds nothing that JSON cannot");
        json::read(&text).map_or(Value::Null, |document| document.value)
    }

    /// Returns what is wrong in words, the first of which are stable; none if nothing is.
    pub fn why(&self) -> Option<String> {
        let conflict = match &self.standing {
            Standing::Complete { .. } => return None,
            Standing::Unwitnessed => return Some("no witnesses for this chain".to_owned()),
            Standing::Incomplete(conflict) => conflict,
        };
        let mut why = match conflict {
            Conflict::Altered { .. } => {
                "record altered or dropped before witnessed point".to_owned()
            }
            Conflict::Broken { .. } => "chain integrity broken".to_owned(),
            Conflict::OutOfRange { .. } => "witnessed count out of range".to_owned(),
            Conflict::Subject { found, expected } => subject(found, expected),
            Conflict::Truncated { .. } => "chain truncated below witnessed length".to_owned(),
        };
        if !self.chain_roots.is_empty() {
            why.push_str(&self.of_other_logs());
        }
        Some(why)
    }

    /// Says that checkpoints are of another log, or of several.
    fn of_other_logs(&self) -> String {
        let roots: Vec<String> = self
            .chain_roots
            .iter()
            .map(|root| beginning(root))
            .collect();
        let own = match &self.root {
            Some(root) => format!("begins with {}", beginning(root)),
            None => "has no beginning".to_owned(),
        };
        let roots = roots.join(", ");
        match self.chain_roots.len() {
            1 => format!(
                "; the checkpoints are of a log that begins with {roots}, and this one {own}: \
                 it was begun anew, or two logs share a subject"
            ),
            count => format!(
                "; the checkpoints are of {count} logs, which begin with {roots}, and this one {own}: \
                 it was begun anew, or several logs share a subject"
            ),
        }
    }
}

impl Chain {
    /// Whether a checkpoint is about this log: of its subject, or else of its first record. Of a log without records
    /// none is: it may be what was left of any.
    pub fn is_meant_by(&self, checkpoint: &Checkpoint) -> bool {
        if self.records() == 0 {
            false
        } else if self.is_subjectless() {
            checkpoint.chain_root == *self.root()
        } else {
            checkpoint.subject == *self.subject()
        }
    }
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

/// Returns the time stamp token of a checkpoint, if it has one.
fn token(checkpoint: &Checkpoint) -> Option<&Value> {
    let token = checkpoint.tsa.as_ref()?.get("token_b64")?;
    (!token.is_empty_like()).then_some(token)
}

/// Returns the time that a token names for a checkpoint, if it is about it.
fn claim(checkpoint: &Checkpoint, token: &Value) -> Option<Claim> {
    let mut text = token.as_str()?.to_owned();
    text.retain(|c| !c.is_ascii_whitespace());
    let der = BASE64_STANDARD.decode(text).ok()?;
    Claim::of(&der, &checkpoint.digest().ok()?)
}

fn subject(found: &Value, expected: &str) -> String {
    let quoted = |value: &Value| {
        let mut text = String::new();
        json::write(value, &mut text);
        text
    };
    let (expected, text) = (quoted(&expected.into()), quoted(found));
    let mut why = format!("chain subject id {text} differs from the expected {expected}");
    if text == expected {
        why.push_str(": not every record is of that subject");
    }
    why
}

/// Returns enough of a hash to tell it from others.
fn beginning(hash: &str) -> String {
    let mut beginning: String = hash.chars().take(12).collect();
    beginning.push('…');
    beginning
}

/// The members of the result, in the order of the reference's.
#[derive(Serialize)]
struct Members<'a> {
    ok: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    have: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    witnessed_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<u64>,
    witnessed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<Digest>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    chain_roots: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    tsa_time: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tsa_time_status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tsa_unverified: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subjectless_caveat: Option<&'static str>,
}

impl Serialize for Completeness {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (mut have, mut witnessed_count, mut at, mut latest) = (None, None, None, None);
        let ok = match &self.standing {
            Standing::Complete { latest_count } => {
                latest = Some(*latest_count);
                Some(true)
            }
            Standing::Unwitnessed => None,
            Standing::Incomplete(conflict) => {
                match conflict {
                    Conflict::Altered { at: record }
                    | Conflict::Broken { at: record }
                    | Conflict::OutOfRange { at: record } => at = Some(*record),
                    Conflict::Subject { .. } => {}
                    Conflict::Truncated {
                        have: records,
                        witnessed_count: count,
                    } => (have, witnessed_count) = (Some(*records), Some(*count)),
                }
                Some(false)
            }
        };
        let tsa_time = self.stamp_time.as_deref();
        let members = Members {
            ok,
            why: self.why(),
            have,
            witnessed_count,
            at,
            witnessed: self.witnessed,
            latest_count: latest,
            head: self.head,
            chain_roots: &self.chain_roots,
            tsa_time,
            tsa_time_status: tsa_time.map(|_| STAMP_STATUS),
            tsa_unverified: Some(self.stamps_unbound).filter(|count| *count > 0),
            subjectless_caveat: self.is_subjectless.then_some(SUBJECTLESS_CAVEAT),
        };
        members.serialize(serializer)
    }
}
