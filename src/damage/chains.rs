//! The chains that the records of a log belong to, whatever their order in it.
//!
//! A record hangs on the one whose hash it names. Whole records prove that by their own hash. One that does
//! not hold proves nothing of itself, but others may name the hash that it declares, or that its content has:
//! then they hang on it. What remains are trees, each with one line through it, the longest, that is taken for
//! the chain; its other branches were sealed to fit and cannot all have been there.

use super::{NONE, Place, TOO_MANY, index::Index};
use crate::{
    digest::Digest,
    verify::{Entry, Seal},
};

/// The trees. A node is named by the first place of the record; equal records are one node.
pub(super) struct Chains<'a> {
    pub(super) entries: &'a [Entry],
    wholes: Index<'a>,
    /// For each place its node.
    pub(super) node: Vec<Place>,
    /// For each node the one it hangs on.
    pub(super) parent: Vec<Place>,
    /// For each node the place at which it fits best: of several equal records the others are copies.
    pub(super) place: Vec<Place>,
    /// For each node the one that its tree begins with.
    pub(super) root: Vec<Place>,
    /// For each node the one that goes on from it for longest.
    pub(super) next: Vec<Place>,
    /// For each node how many follow it on the longest way.
    pub(super) behind: Vec<u32>,
    /// For each damaged record the record that names it.
    pub(super) named: Vec<Naming>,
}

/// How a damaged record is known to have been there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// A record names the hash that its content has.
    Actual(Place),
    /// A record names the hash that it declares.
    Declared(Place),
    /// No record does.
    Nobody,
    /// The record behind it names a hash that no other has.
    Place(Place),
}

/// Returns the hash of a record that holds.
pub(super) fn hash(entry: &Entry) -> Option<&Digest> {
    match &entry.seal {
        Seal::Holds { hash, .. } => Some(hash),
        Seal::Fails { .. } | Seal::Refused(_) => None,
    }
}

/// Returns what a record declares to follow.
pub(super) fn link(entry: &Entry) -> Option<&Digest> {
    match &entry.seal {
        Seal::Holds { prev_hash, .. } => Some(prev_hash),
        Seal::Fails { prev_hash, .. } => prev_hash.as_ref(),
        Seal::Refused(refused) => refused.prev_hash.as_ref(),
    }
}

/// Returns the hash that a damaged record declares.
pub(super) fn declared(entry: &Entry) -> Option<&Digest> {
    match &entry.seal {
        Seal::Holds { .. } => None,
        Seal::Fails { declared, .. } => declared.as_ref(),
        Seal::Refused(refused) => refused.declared.as_ref(),
    }
}

/// Returns the hash that a damaged record's content has.
fn actual(entry: &Entry) -> Option<&Digest> {
    match &entry.seal {
        Seal::Fails { actual, .. } => Some(actual),
        Seal::Holds { .. } | Seal::Refused(_) => None,
    }
}

impl<'a> Chains<'a> {
    pub(super) fn of(entries: &'a [Entry]) -> Self {
        let wholes = Index::new(entries, hash);
        let node = wholes.firsts();
        let count = entries.len();
        let mut chains = Self {
            entries,
            wholes,
            node,
            parent: vec![NONE; count],
            place: vec![NONE; count],
            root: vec![NONE; count],
            next: vec![NONE; count],
            behind: vec![0; count],
            named: vec![Naming::Nobody; count],
        };
        chains.find_parents();
        chains.hang_on_neighbours();
        let order = chains.order();
        chains.find_longest(&order);
        chains
    }

    pub(super) fn is_whole(&self, place: Place) -> bool {
        hash(self.entry(place)).is_some()
    }

    pub(super) fn entry(&self, place: Place) -> &'a Entry {
        &self.entries[place as usize]
    }

    pub(super) fn places(&self) -> std::ops::Range<Place> {
        0..Place::try_from(self.entries.len()).expect(TOO_MANY)
    }

    /// Returns the node of the whole record with a hash.
    pub(super) fn whole(&self, hash: &Digest) -> Option<Place> {
        self.wholes.first_from(hash, 0)
    }

    /// Whether a node begins a chain by what it names.
    pub(super) fn begins(&self, node: Place) -> bool {
        self.is_whole(node) && link(self.entry(node)) == Some(&Digest::GENESIS)
    }

    /// Whether a node names a record that is not here, damaged or not.
    pub(super) fn hangs_in_the_air(&self, node: Place) -> bool {
        self.is_whole(node) && self.parent[node as usize] == NONE && !self.begins(node)
    }

    /// Returns the line of a tree, from its root along the longest way, as places.
    pub(super) fn line(&self, root: Place) -> Vec<Place> {
        let mut line = Vec::new();
        let mut node = root;
        while node != NONE {
            line.push(self.place[node as usize]);
            node = self.next[node as usize];
        }
        line
    }

    /// Hangs whole records on the whole records they name, else on damaged ones that declare or have the hash.
    ///
    /// A damaged record hangs on nothing: its link is as doubtful as all of it.
    fn find_parents(&mut self) {
        let declared = Index::new(self.entries, declared);
        let actual = Index::new(self.entries, actual);
        let nearest = |index: &Index<'_>, hash: &Digest, place: Place| {
            let earlier = index.last_before(hash, place);
            earlier.or_else(|| index.first_from(hash, place + 1))
        };
        // A whole record that names the hash of a damaged one's content proves that the content is as it was
        // sealed. What such a one declares beside it, anybody can have written there.
        let mut is_proven = vec![false; self.entries.len()];
        for place in self.places().filter(|place| self.is_whole(*place)) {
            let of = link(self.entry(place)).and_then(|hash| nearest(&actual, hash, place));
            if let Some(of) = of {
                is_proven[of as usize] = true;
            }
        }
        let claimed = |hash: &Digest, place: Place| {
            let by_actual = nearest(&actual, hash, place).map(|of| (of, Naming::Actual(place)));
            let is_open = |of: &Place| !is_proven[*of as usize];
            let by_declared = || nearest(&declared, hash, place).filter(is_open);
            // The link of a damaged record is doubtful itself: it is rather for what others say of themselves.
            match by_actual {
                Some((of, naming)) if is_proven[of as usize] => Some((of, naming)),
                _ => by_declared()
                    .map(|of| (of, Naming::Declared(place)))
                    .or(by_actual),
            }
        };
        // Whole records first: what they say of a damaged one counts for more.
        for wants_whole in [true, false] {
            for place in self.places() {
                let at = place as usize;
                let Some(hash) = link(&self.entries[at]) else {
                    continue;
                };
                let is_other = self.is_whole(place) != wants_whole || self.node[at] != place;
                if is_other || *hash == Digest::GENESIS {
                    continue;
                }
                if let Some(parent) = self.whole(hash) {
                    if wants_whole {
                        self.parent[at] = parent;
                    }
                } else if let Some((of, naming)) = claimed(hash, place) {
                    if wants_whole {
                        self.parent[at] = of;
                    }
                    let named = &mut self.named[of as usize];
                    if *named == Naming::Nobody {
                        *named = naming;
                    }
                }
            }
        }
    }

    /// Hangs a record that names a hash that is nowhere on a damaged one directly before it: that may be what
    /// is left of the one it names.
    fn hang_on_neighbours(&mut self) {
        for place in self.places().skip(1) {
            let before = place - 1;
            if self.node[place as usize] == place
                && self.hangs_in_the_air(place)
                && !self.is_whole(before)
                && self.named[before as usize] == Naming::Nobody
            {
                self.parent[place as usize] = before;
                self.named[before as usize] = Naming::Place(place);
            }
        }
    }

    /// Returns the nodes with each one behind the one it hangs on, and finds their roots and places.
    ///
    /// There is no circle: damaged records hang on nothing, and whole ones would have to hold their own hash.
    fn order(&mut self) -> Vec<Place> {
        let mut order = Vec::with_capacity(self.entries.len());
        let mut way = Vec::new();
        for place in self.places() {
            let mut node = self.node[place as usize];
            while node != NONE && self.root[node as usize] == NONE {
                way.push(node);
                node = self.parent[node as usize];
            }
            while let Some(node) = way.pop() {
                let at = node as usize;
                let parent = self.parent[at] as usize;
                (self.root[at], self.place[at]) = if self.parent[at] == NONE {
                    (node, node)
                } else {
                    (
                        self.root[parent],
                        self.first_behind(node, self.place[parent]),
                    )
                };
                order.push(node);
            }
        }
        order
    }

    /// Returns the first place of a record behind `place`, or its first place at all.
    fn first_behind(&self, node: Place, place: Place) -> Place {
        match hash(self.entry(node)) {
            Some(hash) if node < place => self.wholes.first_from(hash, place).unwrap_or(node),
            _ => node,
        }
    }

    fn find_longest(&mut self, order: &[Place]) {
        for node in order.iter().rev().copied() {
            let parent = self.parent[node as usize];
            if parent == NONE {
                continue;
            }
            let length = self.behind[node as usize] + 1;
            let parent = parent as usize;
            let best = self.next[parent];
            let is_better = best == NONE
                || length > self.behind[parent]
                || (length == self.behind[parent]
                    && self.place[node as usize] < self.place[best as usize]);
            if is_better {
                self.behind[parent] = length;
                self.next[parent] = node;
            }
        }
    }
}
