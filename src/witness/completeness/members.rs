//! The result of holding a log against a witness, as JSON.

use serde::{Serialize, Serializer};

use super::{Completeness, Conflict, SUBJECTLESS_CAVEAT, Stamped, Standing};
use crate::{
    digest::Digest,
    witness::{Damage, Late},
};

/// How many damaged lines are named.
const MAX_DAMAGED: usize = 100;

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
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    other_chains: &'a [String],
    #[serde(skip_serializing_if = "<[Damaged<'_>]>::is_empty")]
    damaged: Vec<Damaged<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conflicts: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    every: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    missed_runs: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    missed: Option<&'a [Late]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tsa_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tsa_time_status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tsa_unverified: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subjectless_caveat: Option<&'static str>,
}

#[derive(Serialize)]
struct Damaged<'a> {
    line: u64,
    why: &'a str,
}

impl<'a> From<&'a Damage> for Damaged<'a> {
    fn from(Damage { line, why }: &'a Damage) -> Self {
        Self { line: *line, why }
    }
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
            Standing::Undecided { latest_count } => {
                latest = *latest_count;
                None
            }
            Standing::Incomplete(conflict) => {
                match conflict {
                    Conflict::Altered { at: record }
                    | Conflict::Broken { at: record }
                    | Conflict::OutOfRange { at: record } => at = Some(*record),
                    Conflict::Root { .. } | Conflict::Subject { .. } => {}
                    Conflict::Truncated {
                        have: records,
                        witnessed_count: count,
                    } => (have, witnessed_count) = (Some(*records), Some(*count)),
                }
                Some(false)
            }
        };
        let lateness = self.lateness.as_ref();
        let stamp = self.stamp.as_ref();
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
            other_chains: &self.other_chains,
            damaged: self
                .damage
                .iter()
                .take(MAX_DAMAGED)
                .map(Damaged::from)
                .collect(),
            conflicts: Some(self.conflicts).filter(|count| *count > 0),
            every: lateness.map(|lateness| lateness.every),
            missed_runs: lateness.map(|lateness| lateness.runs),
            missed: lateness.map(|lateness| &*lateness.missed),
            tsa_time: stamp.map(|stamp| stamp.time.to_string()),
            tsa_time_status: stamp.map(Stamped::status),
            tsa_unverified: Some(self.stamps_unbound).filter(|count| *count > 0),
            subjectless_caveat: self.is_subjectless.then_some(SUBJECTLESS_CAVEAT),
        };
        members.serialize(serializer)
    }
}
