//! What differs between two logs, record by record.

use std::collections::HashMap;

use serde::{Serialize, Serializer};

use super::{
    Error, Side,
    fields::{self, Changes},
    pairing::{Keys, Likeness, Mate, Pairing},
    source::{Key, Source},
};
use crate::verify::{Code, Seal};

/// How many differences are kept. The others are counted.
pub const MAX_DIFFERENCES: usize = 10_000;

/// How many differing fields are kept in all records together, and as many of their seals.
const MAX_CHANGES_IN_ALL: usize = 10_000;

/// What a difference is. The spellings are stable (FORMAT.md, "Comparison").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// One record, with another content or another seal in each log.
    Altered,
    /// The same content in both logs, and not in the same order.
    Reordered,
    /// Only in the first log.
    OnlyA,
    /// Only in the second log.
    OnlyB,
    /// The same content in both logs, sealed behind other records. Both seals hold.
    ReSealed,
}

/// Where a difference is in one of the logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The first record, from 1.
    pub first: u64,
    /// The last record.
    pub last: u64,
    /// The line of the first record, from 1.
    pub line: u64,
    /// What is true of the seals of all of them.
    pub seal: SealState,
}

/// Whether a record is as it was sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealState {
    /// It does not hash to what it declares.
    Fails,
    /// It is.
    Holds,
    /// It is no record that could be hashed, for this reason.
    Refused(Code),
}

impl SealState {
    fn of(seal: &Seal) -> Self {
        match seal {
            Seal::Holds { .. } => Self::Holds,
            Seal::Fails { .. } => Self::Fails,
            Seal::Refused(why) => Self::Refused(why.code),
        }
    }

    /// Returns the stable spelling: `holds`, `fails`, or that of the code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fails => "fails",
            Self::Holds => "holds",
            Self::Refused(code) => code.as_str(),
        }
    }
}

impl Serialize for SealState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A record that differs, or a run of records that differ in the same way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What it is.
    pub kind: Kind,
    /// The records in the first log; `None` if they are only in the second.
    pub a: Option<Place>,
    /// The records in the second log; `None` if they are only in the first.
    pub b: Option<Place>,
    /// Whether the seals differ and hold in both logs.
    pub sealed_anew: bool,
    /// Of what is in one log only: the first record of that log which is the same, if there is one.
    pub duplicate_of: Option<u64>,
    /// Which fields of an altered record differ; `None` where so many were found before that these were not
    /// looked at.
    pub changes: Option<Changes>,
}

/// How many records there are of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// In both logs, and in their place.
    pub same: u64,
    /// Of those, records that are written with other bytes: white space, escapes, the order of members.
    pub respelled: u64,
    /// [`Kind::Altered`]
    pub altered: u64,
    /// [`Kind::Reordered`]
    pub reordered: u64,
    /// [`Kind::ReSealed`]
    pub re_sealed: u64,
    /// [`Kind::OnlyA`]
    pub only_a: u64,
    /// [`Kind::OnlyB`]
    pub only_b: u64,
}

/// The differences that were found.
#[derive(Debug)]
pub(super) struct Differences {
    pub(super) kept: Vec<Difference>,
    pub(super) left_out: u64,
    pub(super) counts: Counts,
    /// Whether any record of one log has to do with one of the other, in the middle.
    pub(super) is_anything_paired: bool,
    /// Whether a record was sealed anew.
    pub(super) is_sealed_anew: bool,
    /// The last difference, which the next record may belong to.
    pending: Option<Difference>,
    room: usize,
}

/// The records of one log that are repetitions, and what of.
type Repetitions = HashMap<usize, u64>;

impl Differences {
    pub(super) fn of<E>(
        source: &mut Source<'_, E>,
        pairing: &Pairing,
        keys: &Keys,
    ) -> Result<Self, Error<E>> {
        let mut differences = Self {
            kept: Vec::new(),
            left_out: 0,
            counts: Counts::default(),
            is_anything_paired: false,
            is_sealed_anew: false,
            pending: None,
            room: MAX_CHANGES_IN_ALL,
        };
        let repetitions = [Side::A, Side::B].map(|side| repetitions(pairing, keys, side));
        let mates = (pairing.mates(Side::A), pairing.mates(Side::B));
        let (mut i, mut j) = (0, 0);
        loop {
            match (mates.0.get(i), mates.1.get(j)) {
                (Some(None), _) => {
                    let first = repetitions[0].get(&i).copied();
                    differences.only(source, Side::A, keys.begins + i, first);
                    i += 1;
                }
                (Some(Some(mate)), _) if mate.is_reordered => {
                    let at = (keys.begins + i, keys.begins + mate.at);
                    differences.paired(source, at, *mate)?;
                    i += 1;
                }
                (_, Some(None)) => {
                    let first = repetitions[1].get(&j).copied();
                    differences.only(source, Side::B, keys.begins + j, first);
                    j += 1;
                }
                // Named where it stands in the first log.
                (_, Some(Some(mate))) if mate.is_reordered => j += 1,
                (Some(Some(mate)), _) => {
                    let at = (keys.begins + i, keys.begins + mate.at);
                    differences.paired(source, at, *mate)?;
                    (i, j) = (i + 1, j + 1);
                }
                (None, _) => break,
            }
        }
        differences.flush();
        Ok(differences)
    }

    fn only<E>(
        &mut self,
        source: &Source<'_, E>,
        side: Side,
        index: usize,
        duplicate_of: Option<u64>,
    ) {
        let place = Some(place(source, side, index));
        let (kind, a, b) = match side {
            Side::A => (Kind::OnlyA, place, None),
            Side::B => (Kind::OnlyB, None, place),
        };
        self.found(Difference {
            kind,
            a,
            b,
            sealed_anew: false,
            duplicate_of,
            changes: None,
        });
    }

    fn paired<E>(
        &mut self,
        source: &mut Source<'_, E>,
        (a, b): (usize, usize),
        mate: Mate,
    ) -> Result<(), Error<E>> {
        self.is_anything_paired = true;
        let both_hold = [(Side::A, a), (Side::B, b)]
            .iter()
            .all(|(side, index)| matches!(source.entry(*side, *index).seal, Seal::Holds { .. }));
        let sealed_anew = both_hold && mate.likeness != Likeness::Record;
        self.is_sealed_anew |= sealed_anew;
        let kind = match mate.likeness {
            _ if mate.is_reordered => Kind::Reordered,
            Likeness::Record => {
                self.counts.same += 1;
                return Ok(());
            }
            Likeness::Content if both_hold => Kind::ReSealed,
            Likeness::Content | Likeness::Name => Kind::Altered,
        };
        let changes = match kind {
            Kind::Altered => self.changes(source, a, b)?,
            _ => None,
        };
        self.found(Difference {
            kind,
            a: Some(place(source, Side::A, a)),
            b: Some(place(source, Side::B, b)),
            sealed_anew,
            duplicate_of: None,
            changes,
        });
        Ok(())
    }

    fn changes<E>(
        &mut self,
        source: &mut Source<'_, E>,
        a: usize,
        b: usize,
    ) -> Result<Option<Changes>, Error<E>> {
        if self.room == 0 || self.kept.len() >= MAX_DIFFERENCES {
            return Ok(None);
        }
        let (a, b) = (source.text(Side::A, a)?, source.text(Side::B, b)?);
        let changes = fields::changes(&a, &b, self.room);
        let kept = changes.content.kept.len().max(changes.seal.kept.len());
        self.room = self.room.saturating_sub(kept);
        Ok(Some(changes))
    }

    fn found(&mut self, difference: Difference) {
        let count = match difference.kind {
            Kind::Altered => &mut self.counts.altered,
            Kind::Reordered => &mut self.counts.reordered,
            Kind::OnlyA => &mut self.counts.only_a,
            Kind::OnlyB => &mut self.counts.only_b,
            Kind::ReSealed => &mut self.counts.re_sealed,
        };
        *count += 1;
        if let Some(pending) = &mut self.pending
            && pending.goes_on_with(&difference)
        {
            pending.extend_by_one();
            return;
        }
        self.flush();
        self.pending = Some(difference);
    }

    fn flush(&mut self) {
        if let Some(pending) = self.pending.take() {
            if self.kept.len() < MAX_DIFFERENCES {
                self.kept.push(pending);
            } else {
                self.left_out += 1;
            }
        }
    }
}

impl Difference {
    /// Whether `next` is the same of the records that follow.
    fn goes_on_with(&self, next: &Self) -> bool {
        let follows = |this: Option<Place>, next: Option<Place>| match (this, next) {
            (None, None) => true,
            (Some(this), Some(next)) => this.last + 1 == next.first && this.seal == next.seal,
            _ => false,
        };
        let length = self
            .a
            .or(self.b)
            .map_or(0, |place| place.last - place.first + 1);
        self.kind == next.kind
            && self.kind != Kind::Altered
            && self.sealed_anew == next.sealed_anew
            && self.duplicate_of.map(|first| first + length) == next.duplicate_of
            && follows(self.a, next.a)
            && follows(self.b, next.b)
    }

    fn extend_by_one(&mut self) {
        for place in [&mut self.a, &mut self.b].into_iter().flatten() {
            place.last += 1;
        }
    }
}

fn place<E>(source: &Source<'_, E>, side: Side, index: usize) -> Place {
    let entry = source.entry(side, index);
    let record = index as u64 + 1;
    Place {
        first: record,
        last: record,
        line: entry.line,
        seal: SealState::of(&entry.seal),
    }
}

/// Finds the records that are in one log only, but there a second time.
fn repetitions(pairing: &Pairing, keys: &Keys, side: Side) -> Repetitions {
    let mut firsts: HashMap<Key, Option<u64>> = HashMap::new();
    let alone = || {
        let mates = pairing.mates(side).iter().enumerate();
        mates.filter(|(_, mate)| mate.is_none())
    };
    let middle = keys.middle(side);
    for (index, _) in alone() {
        firsts.insert(middle[index], None);
    }
    for (record, key) in (1..).zip(keys.all(side)) {
        if let Some(first) = firsts.get_mut(key) {
            first.get_or_insert(record);
        }
    }
    alone()
        .filter_map(|(index, _)| {
            let first = firsts.get(&middle[index]).copied().flatten()?;
            let record = (keys.begins + index) as u64 + 1;
            (first != record).then_some((index, first))
        })
        .collect()
}
