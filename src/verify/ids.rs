//! The ids of a log: which record had one first.
//!
//! Exact, in any order of ids, and small: sixteen bytes an id, eight for the record that had it, and four to
//! seven for finding it again.

use std::hash::{BuildHasher, RandomState};

use crate::record::id::IdKey;

/// No id is in this slot.
const FREE: u32 = u32::MAX;

/// How full the slots may get, in percent, before there are more of them.
const FULL_PERCENT: usize = 88;

/// Ids and the records that had them first.
#[derive(Debug)]
pub(super) struct Ids {
    keys: Vec<IdKey>,
    records: Records,
    /// Places in `keys`, at or behind the slot that the id's hash names.
    slots: Vec<u32>,
    /// Keyed at random, so that nobody can write a log whose ids all want one slot.
    hasher: RandomState,
}

/// The record of the id at a place. Nearly always every record has an id, and then it is the next number.
#[derive(Debug)]
enum Records {
    Consecutive,
    Listed(Vec<u64>),
}

impl Ids {
    pub(super) fn new() -> Self {
        Self {
            keys: Vec::new(),
            records: Records::Consecutive,
            slots: vec![FREE; 64],
            hasher: RandomState::new(),
        }
    }

    /// Returns the record that has `id`.
    pub(super) fn find(&self, id: IdKey) -> Option<u64> {
        let place = self.slots[self.slot(id)];
        (place != FREE).then(|| self.record(place))
    }

    /// Adds the id of `record`, or returns the record that has it.
    pub(super) fn insert(&mut self, id: IdKey, record: u64) -> Result<(), u64> {
        let slot = self.slot(id);
        if self.slots[slot] != FREE {
            return Err(self.record(self.slots[slot]));
        }
        let place = u32::try_from(self.keys.len())
            .ok()
            .filter(|place| *place != FREE)
            .expect("so many ids fill a hundred gigabytes first");
        if let Records::Consecutive = self.records
            && record != u64::from(place) + 1
        {
            self.records = Records::Listed((1..=u64::from(place)).collect());
        }
        if let Records::Listed(records) = &mut self.records {
            records.push(record);
        }
        self.keys.push(id);
        self.slots[slot] = place;
        if self.keys.len() * 100 > self.slots.len() * FULL_PERCENT {
            self.grow();
        }
        Ok(())
    }

    fn record(&self, place: u32) -> u64 {
        match &self.records {
            Records::Consecutive => u64::from(place) + 1,
            Records::Listed(records) => records[place as usize],
        }
    }

    /// Returns the slot where `id` is, or where it belongs.
    fn slot(&self, id: IdKey) -> usize {
        let count = self.slots.len();
        let hash = self.hasher.hash_one(id.as_bytes());
        // The upper half of the product spreads the hash over any number of slots.
        #[expect(clippy::cast_possible_truncation, reason = "it is less than `count`")]
        let mut slot = ((u128::from(hash) * count as u128) >> 64) as usize;
        loop {
            match self.slots[slot] {
                FREE => return slot,
                place if self.keys[place as usize] == id => return slot,
                _ => slot = if slot + 1 == count { 0 } else { slot + 1 },
            }
        }
    }

    fn grow(&mut self) {
        self.slots = vec![FREE; self.slots.len() / 2 * 3];
        for (place, id) in (0..).zip(&self.keys) {
            let slot = self.slot(*id);
            self.slots[slot] = place;
        }
    }
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
    fn records_without_an_id_are_counted() {
        let mut ids = Ids::new();
        assert_eq!(ids.insert(key(1), 1), Ok(()));
        assert_eq!(ids.insert(key(3), 3), Ok(()));
        assert_eq!(ids.find(key(1)), Some(1));
        assert_eq!(ids.insert(key(3), 9), Err(3));
    }
}
