//! Runs of records that are as they were sealed, each behind the one before it.

use std::ops::Range;

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{
    NONE, Place,
    chains::{self, Chains},
    kind::Kind,
    label::Labels,
};
use crate::{digest::Digest, verify::Entry};

/// Neighbouring records each of which is as it was sealed behind the one before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Run {
    /// The first record.
    pub first_record: u64,
    /// The last record.
    pub last_record: u64,
    /// The line of the first record.
    pub first_line: u64,
    /// The line of the last record.
    pub last_line: u64,
    /// Where they stand in the file, without the last line feed.
    pub bytes: Range<u64>,
    /// How many records they are.
    pub records: u64,
    /// The hash of the last record.
    pub head: Digest,
    /// What the first record hangs on.
    #[serde(flatten)]
    pub base: Base,
}

/// What the first record of a run was sealed behind. What a run proves, it proves relative to that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// The beginning of the chain: the run is provable.
    Beginning,
    /// A beginning too, but not at the beginning of this log: a chain of its own.
    OtherBeginning,
    /// This record of the log, wherever it stands.
    Record(u64),
    /// A record that is not here, or not whole: the run is relative to its own first record.
    Unknown,
}

impl Base {
    /// Returns the stable spelling (FORMAT.md, "Damage").
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Beginning => "beginning",
            Self::OtherBeginning => "other-beginning",
            Self::Record(_) => "record",
            Self::Unknown => "unknown",
        }
    }
}

impl Serialize for Base {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let record = match self {
            Self::Record(record) => Some(record),
            Self::Beginning | Self::OtherBeginning | Self::Unknown => None,
        };
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("base", self.as_str())?;
        map.serialize_entry("base_record", &record)?;
        map.end()
    }
}

/// Returns the one run of an intact log, if it is intact and has a record.
pub(super) fn whole(entries: &[Entry]) -> Option<Run> {
    let mut expected = Digest::GENESIS;
    for entry in entries {
        let hash = chains::hash(entry)?;
        if chains::link(entry) != Some(&expected) {
            return None;
        }
        expected = *hash;
    }
    let count = Place::try_from(entries.len()).ok().filter(|n| *n > 0)?;
    Some(run(entries, 0..count, expected, Base::Beginning))
}

/// Gives the runs of a log to `found`. Copies of records are in none.
pub(super) fn runs(chains: &Chains<'_>, labels: &Labels, mut found: impl FnMut(Run)) {
    let mut open: Option<(Place, Digest)> = None;
    let mut close = |open: &mut Option<(Place, Digest)>, end| {
        if let Some((first, head)) = open.take() {
            found(run(chains.entries, first..end, head, base(chains, first)));
        }
    };
    for place in chains.places() {
        let entry = chains.entry(place);
        let own = chains::hash(entry).filter(|_| labels.kind(place) != Some(Kind::Duplicated));
        let goes_on = open.is_some_and(|(_, head)| {
            chains::link(entry) == Some(&head) && rank(labels, place) == rank(labels, place - 1)
        });
        if own.is_none() || !goes_on {
            close(&mut open, place);
        }
        if let Some(hash) = own {
            let first = open.map_or(place, |(first, _)| first);
            open = Some((first, *hash));
        }
    }
    close(&mut open, chains.places().end);
}

/// Whether a record belongs here, is of a branch, or of another chain: a run goes over no such border.
fn rank(labels: &Labels, place: Place) -> Option<Kind> {
    labels
        .kind(place)
        .filter(|kind| matches!(kind, Kind::Inserted | Kind::Spliced))
}

fn base(chains: &Chains<'_>, first: Place) -> Base {
    let node = chains.node[first as usize];
    let parent = chains.parent[node as usize];
    if chains.begins(node) && first == 0 {
        Base::Beginning
    } else if chains.begins(node) {
        Base::OtherBeginning
    } else if parent != NONE && chains.is_whole(parent) {
        Base::Record(u64::from(chains.place[parent as usize]) + 1)
    } else {
        Base::Unknown
    }
}

fn run(entries: &[Entry], places: Range<Place>, head: Digest, base: Base) -> Run {
    let (first, last) = (
        &entries[places.start as usize],
        &entries[places.end as usize - 1],
    );
    Run {
        first_record: u64::from(places.start) + 1,
        last_record: u64::from(places.end),
        first_line: first.line,
        last_line: last.line,
        bytes: first.bytes.start..last.bytes.end,
        records: places.len() as u64,
        head,
        base,
    }
}
