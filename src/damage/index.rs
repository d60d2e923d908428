//! Finding records by a hash that they have or declare.
//!
//! A sorted list: nothing in it depends on chance, and a log in which every record declares the same hash, or
//! hashes that begin alike, is searched as fast as any other.

use std::cmp::Ordering;

use super::Place;
use crate::{digest::Digest, verify::Entry};

/// The records that have a hash, by that hash and then by place.
pub(super) struct Index<'a> {
    entries: &'a [Entry],
    hash: fn(&Entry) -> Option<&Digest>,
    slots: Vec<Slot>,
}

#[derive(Clone, Copy)]
struct Slot {
    /// The first bytes of the hash, which nearly always decide a comparison without a look at the record.
    start: u64,
    place: Place,
}

impl<'a> Index<'a> {
    /// Returns the index of `entries` by what `hash` finds in them.
    pub(super) fn new(entries: &'a [Entry], hash: fn(&Entry) -> Option<&Digest>) -> Self {
        let slots = (0..).zip(entries).filter_map(|(place, entry)| {
            let start = start(hash(entry)?);
            Some(Slot { start, place })
        });
        let mut index = Self {
            entries,
            hash,
            slots: slots.collect(),
        };
        let mut slots = std::mem::take(&mut index.slots);
        slots.sort_unstable_by(|a, b| {
            a.start
                .cmp(&b.start)
                .then_with(|| index.hash_at(a.place).cmp(&index.hash_at(b.place)))
                .then(a.place.cmp(&b.place))
        });
        index.slots = slots;
        index
    }

    /// Returns the first record with `hash` at or behind `place`.
    pub(super) fn first_from(&self, hash: &Digest, place: Place) -> Option<Place> {
        self.at(self.rank(hash, place), hash)
    }

    /// Returns the last record with `hash` before `place`.
    pub(super) fn last_before(&self, hash: &Digest, place: Place) -> Option<Place> {
        self.at(self.rank(hash, place).checked_sub(1)?, hash)
    }

    /// Returns for each place the first one with the same hash, or itself if it has none.
    pub(super) fn firsts(&self) -> Vec<Place> {
        let count = Place::try_from(self.entries.len()).expect(super::TOO_MANY);
        let mut firsts: Vec<Place> = (0..count).collect();
        for pair in 1..self.slots.len() {
            let (a, b) = (self.slots[pair - 1], self.slots[pair]);
            if a.start == b.start && self.hash_at(a.place) == self.hash_at(b.place) {
                firsts[b.place as usize] = firsts[a.place as usize];
            }
        }
        firsts
    }

    fn at(&self, rank: usize, hash: &Digest) -> Option<Place> {
        let slot = self.slots.get(rank)?;
        (self.hash_at(slot.place) == Some(hash)).then_some(slot.place)
    }

    /// Returns how many slots stand before `hash` at `place`.
    fn rank(&self, hash: &Digest, place: Place) -> usize {
        let start = start(hash);
        self.slots.partition_point(|slot| {
            slot.start
                .cmp(&start)
                .then_with(|| self.hash_at(slot.place).cmp(&Some(hash)))
                .then(slot.place.cmp(&place))
                == Ordering::Less
        })
    }

    fn hash_at(&self, place: Place) -> Option<&Digest> {
        (self.hash)(&self.entries[place as usize])
    }
}

fn start(hash: &Digest) -> u64 {
    hash.as_bytes()
        .iter()
        .take(8)
        .fold(0, |start, byte| start << 8 | u64::from(*byte))
}
