//! Which members a record has, and their order in its canonical form.

use std::ops::Range;

use crate::{
    canon::cmp_utf16,
    record::check::{Field, RECORD},
};

/// How many keys are known at most: as many as a number has bits.
const MAX_KEYS: usize = 64;

/// The keys of records' members.
#[derive(Debug, Default)]
pub(super) struct Keys {
    names: Vec<Box<[u8]>>,
    /// By the number of a key: its place among all, in the order of the canonical form.
    places: Vec<u8>,
    /// The places of those that a record must have, as bits.
    required: u64,
}

impl Keys {
    /// Returns the number of a key, unless there are too many.
    pub(super) fn number(&mut self, name: &[u8]) -> Option<u8> {
        let known = self.names.iter().position(|known| **known == *name);
        let number = known.unwrap_or(self.names.len());
        if number >= MAX_KEYS {
            return None;
        }
        if known.is_none() {
            self.names.push(name.into());
            self.put_in_order();
        }
        u8::try_from(number).ok()
    }

    fn put_in_order(&mut self) {
        let mut order: Vec<_> = self.names.iter().zip(0..).collect();
        order.sort_by(|(a, _), (b, _)| cmp_utf16(a, b));
        self.places = vec![0; order.len()];
        self.required = 0;
        for ((name, number), place) in order.into_iter().zip(0..) {
            let number: usize = number;
            self.places[number] = place;
            let is_required = |(_, field): (_, &Field)| field.is_required();
            self.required |= u64::from(RECORD.field(name).is_some_and(is_required)) << place;
        }
    }
}

/// How a member of a line is put together.
#[derive(Debug, Default, Clone)]
pub(super) struct Member {
    pub(super) pieces: Range<u32>,
    /// Where among the bases of the line its own begin.
    pub(super) base: usize,
}

/// The members of the line at hand, in the order of the canonical form.
#[derive(Debug)]
pub(super) struct Members {
    /// Which are there, and which were there already, by their places.
    present: u64,
    repeated: u64,
    by_place: [Member; MAX_KEYS],
    /// Where among the bases those of the member begin that has not ended yet.
    open: usize,
}

/// A member that has ended: its key, and what it is put together from.
#[derive(Debug, Clone)]
pub(super) struct Ended {
    pub(super) key: u8,
    pub(super) pieces: Range<u32>,
}

/// A member that stands in a text as a whole, so many bytes from where that begins.
#[derive(Debug)]
pub(super) struct Whole {
    pub(super) offset: usize,
    pub(super) ended: Ended,
}

/// What a text does that leads from one member to another.
#[derive(Debug)]
pub(super) struct Boundary {
    /// The member that ends in it.
    pub(super) ended: Option<Ended>,
    pub(super) whole: Box<[Whole]>,
    /// Where the member begins in it that does not end there.
    pub(super) begins: Option<usize>,
}

impl Default for Members {
    fn default() -> Self {
        Self {
            present: 0,
            repeated: 0,
            by_place: std::array::from_fn(|_| Member::default()),
            open: 0,
        }
    }
}

impl Members {
    pub(super) fn clear(&mut self) {
        (self.present, self.repeated) = (0, 0);
    }

    /// Takes note of what ends and begins in the text at `at`.
    #[inline]
    pub(super) fn cross(
        &mut self,
        boundary: &Boundary,
        keys: &Keys,
        at: usize,
        bases: &mut Vec<usize>,
    ) {
        if let Some(ended) = &boundary.ended {
            self.end(ended, keys, self.open);
        }
        for whole in &boundary.whole {
            self.end(&whole.ended, keys, bases.len());
            bases.push(at + whole.offset);
        }
        if let Some(offset) = boundary.begins {
            self.open = bases.len();
            bases.push(at + offset);
        }
    }

    #[inline]
    fn end(&mut self, ended: &Ended, keys: &Keys, base: usize) {
        let place = usize::from(keys.places[usize::from(ended.key)]);
        self.repeated |= self.present & 1 << place;
        self.present |= 1 << place;
        self.by_place[place] = Member {
            pieces: ended.pieces.clone(),
            base,
        };
    }

    /// Whether each member is there once, and none is missing.
    pub(super) const fn are_complete(&self, keys: &Keys) -> bool {
        self.repeated == 0 && keys.required & !self.present == 0
    }

    /// Returns those that are there.
    #[inline]
    pub(super) fn in_order(&self) -> impl Iterator<Item = &Member> {
        let mut present = self.present;
        std::iter::from_fn(move || {
            let place = (present != 0).then(|| present.trailing_zeros())?;
            present &= present - 1;
            self.by_place.get(place as usize)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_their_places_in_the_order_of_the_canonical_form() {
        let mut keys = Keys::default();
        // By UTF-16, the second of the last two comes first.
        let names = ["ts", "x", "action", "\u{ffe6}", "\u{1f600}"];
        for (name, number) in names.iter().zip(0..) {
            assert_eq!(keys.number(name.as_bytes()), Some(number));
        }
        assert_eq!(keys.number(b"x"), Some(1));
        assert_eq!(keys.places, [1, 2, 0, 4, 3]);
        assert_eq!(keys.required, 0b11, "`action` and `ts`");
    }

    #[test]
    fn so_many_keys_are_known_and_no_more() {
        let mut keys = Keys::default();
        for number in 0..64 {
            assert_eq!(keys.number(format!("k{number}").as_bytes()), Some(number));
        }
        assert_eq!(keys.number(b"one more"), None);
        assert_eq!(keys.number(b"k63"), Some(63));
    }
}
