//! Which record of one log is which of the other.
//!
//! What is certain comes first: the same hash, then the hash that an altered record still declares, then the
//! same content, then the same id. Each looks only between neighbours that are paired by then. What is left and
//! is no sealed record must be what became of the record in its place.

use std::ops::Range;

use super::{
    Error, Side,
    align::{align, equals},
    source::{Facts, Key, Source},
};
use crate::{digest::Digest, verify::Seal};

/// The record of the other log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mate {
    /// Its index in the middle of its log.
    pub(super) at: usize,
    pub(super) likeness: Likeness,
    /// Whether it stands elsewhere in the order of the pairs.
    pub(super) is_reordered: bool,
}

/// What two records of a pair have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Likeness {
    /// Everything.
    Record,
    /// Everything but the seal.
    Content,
    /// What they claim to be, or their place.
    Name,
}

/// The records of both logs between what they have in common at the beginning and at the end.
#[derive(Debug)]
pub(super) struct Pairing {
    a: Vec<Option<Mate>>,
    b: Vec<Option<Mate>>,
}

/// What stands between two pairs that are neighbours.
struct Gap {
    a: Range<usize>,
    b: Range<usize>,
    /// What the pair behind it has in common; `None` at the end.
    behind: Option<Likeness>,
}

/// The keys of both logs.
#[derive(Debug)]
pub(super) struct Keys {
    a: Vec<Key>,
    b: Vec<Key>,
    /// How many records the logs have in common at the beginning.
    pub(super) begins: usize,
    /// How many they have in common at the end, apart from those.
    pub(super) ends: usize,
}

impl Keys {
    pub(super) fn new(a: Vec<Key>, b: Vec<Key>) -> Self {
        let begins = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
        let backwards = a[begins..].iter().rev().zip(b[begins..].iter().rev());
        let ends = backwards.take_while(|(x, y)| x == y).count();
        Self { a, b, begins, ends }
    }

    pub(super) fn all(&self, side: Side) -> &[Key] {
        match side {
            Side::A => &self.a,
            Side::B => &self.b,
        }
    }

    /// Returns the keys of what stands between the common ends.
    pub(super) fn middle(&self, side: Side) -> &[Key] {
        let all = self.all(side);
        &all[self.begins..all.len() - self.ends]
    }
}

impl Pairing {
    /// Pairs the middles of two logs.
    pub(super) fn of<E>(source: &mut Source<'_, E>, keys: &Keys) -> Result<Self, Error<E>> {
        let mut pairing = Self {
            a: vec![None; keys.middle(Side::A).len()],
            b: vec![None; keys.middle(Side::B).len()],
        };
        let begins = keys.begins;
        let key = |side, index: usize| Some(keys.middle(side)[index]);
        pairing.pair_in_gaps(Likeness::Record, key);
        pairing.pair_anywhere(Likeness::Record, key);
        let seal = |side, index: usize| &source.entry(side, begins + index).seal;
        pairing.pair_in_gaps(Likeness::Name, |side, index| claim(seal(side, index)));
        if pairing.free(Side::A).next().is_none() || pairing.free(Side::B).next().is_none() {
            return Ok(pairing);
        }
        let a = pairing.facts(source, Side::A, begins)?;
        let b = pairing.facts(source, Side::B, begins)?;
        let facts = |side, index: usize| match side {
            Side::A => a[index],
            Side::B => b[index],
        };
        let content = |side, index| Some(facts(side, index)?.content);
        pairing.pair_in_gaps(Likeness::Content, content);
        pairing.pair_anywhere(Likeness::Content, content);
        pairing.pair_in_gaps(Likeness::Name, |side, index| facts(side, index)?.id);
        let holds = |side, index: usize| {
            let entry = source.entry(side, begins + index);
            matches!(entry.seal, Seal::Holds { .. })
        };
        pairing.pair_places(holds);
        Ok(pairing)
    }

    /// Returns the mates of the records of one log.
    pub(super) fn mates(&self, side: Side) -> &[Option<Mate>] {
        match side {
            Side::A => &self.a,
            Side::B => &self.b,
        }
    }

    fn free(&self, side: Side) -> impl Iterator<Item = usize> {
        let mates = self.mates(side).iter().enumerate();
        mates
            .filter(|(_, mate)| mate.is_none())
            .map(|(index, _)| index)
    }

    fn facts<E>(
        &self,
        source: &mut Source<'_, E>,
        side: Side,
        begins: usize,
    ) -> Result<Vec<Option<Facts>>, Error<E>> {
        let mut facts = vec![None; self.mates(side).len()];
        for index in self.free(side) {
            facts[index] = Some(source.facts(side, begins + index)?);
        }
        Ok(facts)
    }

    /// Pairs free records with equal keys that stand in the same gap and in the same order.
    fn pair_in_gaps<K: Ord>(&mut self, likeness: Likeness, key: impl Fn(Side, usize) -> Option<K>) {
        for gap in self.gaps() {
            let a = self.keyed(Side::A, gap.a, &key);
            let b = self.keyed(Side::B, gap.b, &key);
            for (x, y) in align(&a.1, &b.1) {
                self.pair(a.0[x], b.0[y], likeness, false);
            }
        }
    }

    /// Pairs free records with equal keys wherever they stand: they are reordered.
    fn pair_anywhere<K: Ord>(
        &mut self,
        likeness: Likeness,
        key: impl Fn(Side, usize) -> Option<K>,
    ) {
        let a = self.keyed(Side::A, 0..self.a.len(), &key);
        let b = self.keyed(Side::B, 0..self.b.len(), &key);
        for (x, y) in equals(&a.1, &b.1) {
            self.pair(a.0[x], b.0[y], likeness, true);
        }
    }

    /// Pairs what is left in the gaps, one after the other, where one of a pair is what was made of the other:
    /// it is no sealed record, or what follows was sealed anew. Two sealed records are two records.
    fn pair_places(&mut self, holds: impl Fn(Side, usize) -> bool) {
        for gap in self.gaps() {
            let is_free = |mates: &[Option<Mate>], index: &usize| mates[*index].is_none();
            let a: Vec<usize> = gap.a.filter(|index| is_free(&self.a, index)).collect();
            let b: Vec<usize> = gap.b.filter(|index| is_free(&self.b, index)).collect();
            let is_sealed_anew = a.len() == b.len()
                && gap
                    .behind
                    .is_some_and(|likeness| likeness != Likeness::Record);
            for (x, y) in a.into_iter().zip(b) {
                if is_sealed_anew || !holds(Side::A, x) || !holds(Side::B, y) {
                    self.pair(x, y, Likeness::Name, false);
                } else {
                    break;
                }
            }
        }
    }

    /// Returns the free records of a range that have a key, and their keys.
    fn keyed<K>(
        &self,
        side: Side,
        range: Range<usize>,
        key: impl Fn(Side, usize) -> Option<K>,
    ) -> (Vec<usize>, Vec<K>) {
        let mates = self.mates(side);
        range
            .filter(|index| mates[*index].is_none())
            .filter_map(|index| Some((index, key(side, index)?)))
            .unzip()
    }

    /// Returns the gaps that have something on both sides.
    fn gaps(&self) -> Vec<Gap> {
        let mut gaps = Vec::new();
        let (mut a, mut b) = (0, 0);
        let mut close = |to_a: usize, to_b: usize, behind| {
            if a < to_a && b < to_b {
                let gap = Gap {
                    a: a..to_a,
                    b: b..to_b,
                    behind,
                };
                gaps.push(gap);
            }
            (a, b) = (to_a + 1, to_b + 1);
        };
        for (index, mate) in self.a.iter().enumerate() {
            if let Some(mate) = mate
                && !mate.is_reordered
            {
                close(index, mate.at, Some(mate.likeness));
            }
        }
        close(self.a.len(), self.b.len(), None);
        gaps
    }

    fn pair(&mut self, a: usize, b: usize, likeness: Likeness, is_reordered: bool) {
        let mate = |at| Mate {
            at,
            likeness,
            is_reordered,
        };
        self.a[a] = Some(mate(b));
        self.b[b] = Some(mate(a));
    }
}

/// Returns the hash that a record claims to have, whether or not it does.
fn claim(seal: &Seal) -> Option<Digest> {
    match seal {
        Seal::Holds { hash, .. } => Some(*hash),
        Seal::Fails { declared, .. } => *declared,
        Seal::Refused(why) => why.declared,
    }
}
