//! Explains a broken log: what was done to it, what the bytes prove of that, and what is intact.
//!
//! [`explain`] takes a [`Survey`] and names the damage, record by record: altered, removed, inserted, out of
//! order, duplicated, cut off, of another chain. What the bytes prove and what is only likely are two texts,
//! because different deeds can leave the same bytes. Nothing behind the first break is called intact history:
//! a run of records there is intact relative to the record it hangs on.
//!
//! It does not say who did it or why, and it cannot see records that were cut off the end (LIMITS.md). It
//! takes time in the order of `n log n` for `n` records, whatever they are, and less than 100 bytes a record.

mod chains;
mod index;
mod kind;
mod label;
mod run;
#[cfg(test)]
mod tests;
mod words;

use std::ops::Range;

use serde::Serialize;

use self::{chains::Chains, label::Labels};
pub use self::{
    kind::Kind,
    run::{Base, Run},
};
use crate::{
    digest::Digest,
    verify::{Entry, MAX_FINDINGS, Survey},
};

/// The place of a record in a survey, from 0.
type Place = u32;

/// No place.
const NONE: Place = Place::MAX;

/// Why every record has a place.
const TOO_MANY: &str = "so many records fill the memory first";

/// What happened to a log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// What was damaged, in the order of the records; at most [`MAX_FINDINGS`].
    pub damages: Vec<Damage>,
    /// How many more damages there are.
    pub damages_left_out: u64,
    /// The runs of records that are as they were sealed, in the order of the records; at most
    /// [`MAX_FINDINGS`].
    pub runs: Vec<Run>,
    /// How many more runs there are.
    pub runs_left_out: u64,
}

/// One thing that was done to neighbouring records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// What it is.
    pub kind: Kind,
    /// The first record it concerns; for [`Kind::Removed`] the one behind what is missing.
    pub first_record: u64,
    /// The last record it concerns.
    pub last_record: u64,
    /// The line of the first record.
    pub first_line: u64,
    /// The line of the last record.
    pub last_line: u64,
    /// Where the records stand in the file, without the last line feed.
    pub bytes: Range<u64>,
    /// What the bytes prove. It may quote the log, as may `likely`.
    pub certain: String,
    /// What is only likely, or what else would leave the same bytes.
    pub likely: Option<String>,
    /// The record behind which these belong, or were sealed; 0 for the beginning. For [`Kind::Removed`] the
    /// one that stands before what is missing.
    pub behind: Option<u64>,
    /// The record that the first one is a copy of.
    pub copy_of: Option<u64>,
    /// The hash that the missing, altered or cut record had when it was sealed, as far as others tell.
    pub sealed_hash: Option<Digest>,
    /// At least how many records are missing. How many there were is never known.
    pub missing_min: Option<u64>,
}

impl Explanation {
    /// Returns the run that is intact from the beginning of the chain, if its first record is.
    pub fn provable(&self) -> Option<&Run> {
        self.runs.first().filter(|run| run.base == Base::Beginning)
    }

    /// Whether nothing is damaged.
    pub const fn is_intact(&self) -> bool {
        self.damages.is_empty()
    }
}

impl Damage {
    /// Returns damage that only outside knowledge shows: the records from `first_record` to the last hold by
    /// themselves, but contradict a checkpoint or a copy, as `contradiction` says.
    ///
    /// `None` if the log has no such record.
    pub fn re_sealed(survey: &Survey, first_record: u64, contradiction: &str) -> Option<Self> {
        let first = usize::try_from(first_record.checked_sub(1)?).ok()?;
        survey.entries.get(first)?;
        let certain = format!("re-sealed from record {first_record}: {contradiction}");
        let behind = Some(first_record - 1);
        Some(Self {
            behind,
            likely: Some(
                "the records hold by themselves: whoever has a log can seal it again".to_owned(),
            ),
            ..Self::at(
                Kind::ReSealed,
                &survey.entries,
                first..survey.entries.len(),
                certain,
            )
        })
    }

    /// Returns damage of neighbouring entries, by their indices.
    fn at(kind: Kind, entries: &[Entry], places: Range<usize>, certain: String) -> Self {
        let (first, last) = (&entries[places.start], &entries[places.end - 1]);
        Self {
            kind,
            first_record: places.start as u64 + 1,
            last_record: places.end as u64,
            first_line: first.line,
            last_line: last.line,
            bytes: first.bytes.start..last.bytes.end,
            certain,
            likely: None,
            behind: None,
            copy_of: None,
            sealed_hash: None,
            missing_min: None,
        }
    }
}

/// Explains what happened to a log.
///
/// ```
/// use sealstone::{damage::{self, Kind}, sample, verify::Survey};
///
/// let lines: Vec<String> = sample::chain(9, 1).collect();
/// let log = [&lines[..3], &lines[5..]].concat().concat();
/// let explanation = damage::explain(&Survey::of(log.as_bytes()));
/// assert_eq!(explanation.damages[0].kind, Kind::Removed);
/// assert_eq!(explanation.provable().map(|run| run.last_record), Some(3));
/// ```
pub fn explain(survey: &Survey) -> Explanation {
    let entries = &survey.entries;
    let mut explanation = Explanation::default();
    if let Some(run) = run::whole(entries) {
        explanation.runs.push(run);
        return explanation;
    }
    let chains = Chains::of(entries);
    let labels = Labels::of(&chains);
    words::damages(&chains, &labels, |damage| {
        if explanation.damages.len() < MAX_FINDINGS {
            explanation.damages.push(damage());
        } else {
            explanation.damages_left_out += 1;
        }
    });
    run::runs(&chains, &labels, |run| {
        if explanation.runs.len() < MAX_FINDINGS {
            explanation.runs.push(run);
        } else {
            explanation.runs_left_out += 1;
        }
    });
    explanation
}
