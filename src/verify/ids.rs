//! The ids of a log: which record had one first.
//!
//! Exact, in any order of ids, and small: sixteen bytes an id, six to eight for finding it again, and eight
//! for its record if not every record has an id.

use std::hash::{BuildHasher, RandomState};

use super::KnownIds;
use crate::{
    record::id::IdKey,
    simd::{every, zero_bytes},
};

/// The tag of a slot in which no id is.
const FREE: u8 = 0;

/// How many slots are looked at together.
const GROUP: usize = 8;

/// How full the slots may get, in percent, before there are more of them.
const FULL_PERCENT: usize = 85;

/// Ids and the records that had them first.
#[derive(Debug)]
pub(super) struct Ids {
    keys: Vec<IdKey>,
    records: Records,
    /// A part of the hash of the id in each slot, so that nearly no other id is looked at in vain. The first
    /// group stands again behind the last slot.
    tags: Vec<u8>,
    /// Places in `keys`, at or behind the slot that the id's hash names.
    places: Vec<u32>,
    /// Random, so that nobody can write a log whose ids all want one slot.
    seeds: [u64; 2],
}

/// The record of the id at a place. Nearly always every record has an id, and then it is the next number.
#[derive(Debug)]
enum Records {
    Consecutive,
    Listed(Vec<u64>),
}

impl Ids {
    pub(super) fn new() -> Self {
        const SLOTS: usize = 64;
        let random = RandomState::new();
        Self {
            keys: Vec::new(),
            records: Records::Consecutive,
            tags: vec![FREE; SLOTS + GROUP],
            places: vec![0; SLOTS],
            seeds: [random.hash_one(0), random.hash_one(1)],
        }
    }

    /// Returns the ids that were known at an earlier time.
    pub(super) fn resume(known: KnownIds) -> Self {
        let mut ids = Self::new();
        ids.records = known.records.map_or(Records::Consecutive, Records::Listed);
        ids.keys = known.keys;
        let slots = (ids.keys.len() / 2 * 3).max(ids.places.len());
        ids.lay_out(slots);
        ids
    }

    /// Returns the first `count` ids.
    pub(super) fn into_known(self, count: usize) -> KnownIds {
        let mut keys = self.keys;
        keys.truncate(count);
        let records = match self.records {
            Records::Consecutive => None,
            Records::Listed(mut records) => {
                records.truncate(count);
                Some(records)
            }
        };
        KnownIds { keys, records }
    }

    pub(super) const fn len(&self) -> usize {
        self.keys.len()
    }

    /// Looks at where ids would be. The slots are anywhere in the memory; waiting for all of them together
    /// takes little longer than waiting for one.
    pub(super) fn expect(&self, ids: impl Iterator<Item = IdKey>) {
        let slots = ids.map(|id| {
            let (slot, _) = self.slot_and_tag(id);
            self.places[slot] ^ u32::from(self.tags[slot])
        });
        std::hint::black_box(slots.fold(0, u32::wrapping_add));
    }

    /// Returns the record that has `id`.
    pub(super) fn find(&self, id: IdKey) -> Option<u64> {
        self.search(id).ok().map(|place| self.record(place))
    }

    /// Adds the id of `record`, or returns the record that has it.
    pub(super) fn insert(&mut self, id: IdKey, record: u64) -> Result<(), u64> {
        let (slot, tag) = match self.search(id) {
            Ok(place) => return Err(self.record(place)),
            Err(free) => free,
        };
        let place = u32::try_from(self.keys.len()).expect("so many ids fill the memory first");
        if let Records::Consecutive = self.records
            && record != u64::from(place) + 1
        {
            self.records = Records::Listed((1..=u64::from(place)).collect());
        }
        if let Records::Listed(records) = &mut self.records {
            records.push(record);
        }
        self.keys.push(id);
        self.set_tag(slot, tag);
        self.places[slot] = place;
        if self.keys.len() * 100 > self.places.len() * FULL_PERCENT {
            // Fewer more would be moved too often, more would take more than 24 bytes an id.
            self.lay_out(self.places.len() / 3 * 4);
        }
        Ok(())
    }

    fn record(&self, place: u32) -> u64 {
        match &self.records {
            Records::Consecutive => u64::from(place) + 1,
            Records::Listed(records) => records[place as usize],
        }
    }

    /// Returns the place of an id, or the slot and the tag that it would get.
    fn search(&self, id: IdKey) -> Result<u32, (usize, u8)> {
        let (mut slot, tag) = self.slot_and_tag(id);
        loop {
            let tags = self.tags_from(slot);
            for found in zeros(tags ^ every(tag)) {
                let place = self.places[self.wrapped(slot + found)];
                if self.keys.get(place as usize) == Some(&id) {
                    return Ok(place);
                }
            }
            if let Some(free) = zeros(tags ^ every(FREE)).next() {
                return Err((self.wrapped(slot + free), tag));
            }
            slot = self.wrapped(slot + GROUP);
        }
    }

    /// Returns the tags of a group of slots, the first of them lowest.
    fn tags_from(&self, slot: usize) -> u64 {
        let tags = self.tags[slot..].first_chunk();
        u64::from_le_bytes(*tags.expect("the first tags are there again behind the last"))
    }

    const fn wrapped(&self, slot: usize) -> usize {
        if slot < self.places.len() {
            slot
        } else {
            slot - self.places.len()
        }
    }

    fn set_tag(&mut self, slot: usize, tag: u8) {
        self.tags[slot] = tag;
        if slot < GROUP {
            self.tags[self.places.len() + slot] = tag;
        }
    }

    /// Whoever writes the log chooses the keys but does not know the seeds, and each half of a key meets one.
    fn slot_and_tag(&self, id: IdKey) -> (usize, u8) {
        let key = u128::from_ne_bytes(*id.as_bytes());
        #[expect(clippy::cast_possible_truncation, reason = "both halves are wanted")]
        let halves = [
            (key >> 64) as u64 ^ self.seeds[0],
            key as u64 ^ self.seeds[1],
        ];
        let mixed = u128::from(halves[0]) * u128::from(halves[1]);
        #[expect(clippy::cast_possible_truncation, reason = "both halves are wanted")]
        let hash = (mixed >> 64) as u64 ^ mixed as u64;
        // The upper half of the product spreads the hash over any number of slots.
        let slot = (u128::from(hash) * self.places.len() as u128) >> 64;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "it is less than their number"
        )]
        let slot = slot as usize;
        (slot, hash.to_le_bytes()[0] | 1)
    }

    /// Gives each id a slot, of so many.
    fn lay_out(&mut self, slots: usize) {
        self.tags = vec![FREE; slots + GROUP];
        self.places = vec![0; slots];
        for place in 0..self.keys.len() {
            let (mut slot, tag) = self.slot_and_tag(self.keys[place]);
            let free = loop {
                match zeros(self.tags_from(slot) ^ every(FREE)).next() {
                    Some(free) => break self.wrapped(slot + free),
                    None => slot = self.wrapped(slot + GROUP),
                }
            };
            self.set_tag(free, tag);
            self.places[free] = u32::try_from(place).expect("it had a place before");
        }
    }
}

/// Returns which bytes are zero, from the lowest on. Behind the first there may be some that are one.
fn zeros(word: u64) -> impl Iterator<Item = usize> {
    let mut marks = zero_bytes(word);
    std::iter::from_fn(move || {
        let next = (marks != 0).then(|| marks.trailing_zeros() as usize / 8)?;
        marks &= marks - 1;
        Some(next)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u64) -> IdKey {
        IdKey::of(&format!("id-{n}").as_str().into())
    }

    #[test]
    fn an_id_belongs_to_the_record_that_had_it_first() {
        let mut ids = Ids::new();
        for n in 1..=5000 {
            assert_eq!(ids.insert(key(n), n), Ok(()));
        }
        assert!(matches!(ids.records, Records::Consecutive));
        assert_eq!(ids.insert(key(777), 5001), Err(777));
        assert_eq!(ids.find(key(5000)), Some(5000));
        assert_eq!(ids.find(key(5001)), None);
    }

    #[test]
    fn known_ids_are_taken_up_as_they_were() {
        for count in [0, 1, 2, 60, 64, 65, 3000] {
            for gap in [0, 1] {
                let mut ids = Ids::new();
                for n in 1..=count + 5 {
                    assert_eq!(ids.insert(key(n), n + gap), Ok(()));
                }
                let known = ids.into_known(usize::try_from(count).unwrap());
                let mut again = Ids::resume(known.clone());
                for n in 1..=count {
                    assert_eq!(again.find(key(n)), Some(n + gap));
                }
                for n in count + 1..=count * 2 + 100 {
                    assert_eq!(again.find(key(n)), None);
                    assert_eq!(again.insert(key(n), n + gap), Ok(()));
                }
                assert_eq!(again.into_known(known.len()).keys, known.keys);
            }
        }
    }

    #[test]
    fn an_id_takes_at_most_24_bytes_however_many_there_are() {
        let mut ids = Ids::new();
        for n in 1..=60_000 {
            assert_eq!(ids.insert(key(n), n), Ok(()));
            let slots = ids.tags.len() + size_of_val(&*ids.places);
            let bytes = size_of_val(&*ids.keys) + slots;
            // The smallest table has room for more ids than there are yet.
            assert!(n < 100 || bytes <= ids.len() * 24, "{n}: {bytes}");
        }
        assert_eq!(ids.find(key(31_415)), Some(31_415));
    }

    #[test]
    fn records_without_an_id_are_counted() {
        let mut ids = Ids::new();
        assert_eq!(ids.insert(key(1), 1), Ok(()));
        assert_eq!(ids.insert(key(3), 3), Ok(()));
        assert_eq!(ids.find(key(1)), Some(1));
        assert_eq!(ids.insert(key(3), 9), Err(3));
    }
}
