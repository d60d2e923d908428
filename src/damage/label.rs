//! What is wrong with each record, seen from its chain.
//!
//! One chain is the log's own; others are pieces of it that hang on a record which is gone, or chains that
//! were put in. The log's own records, chain behind chain, should stand as they hang: the fewest that
//! must move to make it so are out of order.

use std::cmp::Reverse;

use super::{
    NONE, Place,
    chains::{Chains, Naming},
    kind::Kind,
};
use crate::{
    digest::Digest,
    longest,
    verify::{Entry, Seal},
};

/// What is wrong with each place, and what shows it.
pub(super) struct Labels {
    /// The kind of damage, if any. What is missing before a record is not among them.
    pub(super) kinds: Vec<Option<Kind>>,
    /// Where records that follow each other in their chain stand apart in the log.
    pub(super) gaps: Gaps,
    /// The first record of the log's own chain, if it is known to be the first.
    pub(super) beginning: Option<Place>,
}

impl Labels {
    pub(super) fn of(chains: &Chains<'_>) -> Self {
        let mut labels = Self {
            kinds: vec![None; chains.entries.len()],
            gaps: Gaps::default(),
            beginning: None,
        };
        labels.copies_and_branches(chains);
        labels.lines(chains);
        for place in chains.places().filter(|place| !chains.is_whole(*place)) {
            labels.kinds[place as usize] = Some(labels.damaged(chains, place));
        }
        labels
    }

    pub(super) fn kind(&self, place: Place) -> Option<Kind> {
        self.kinds[place as usize]
    }

    /// Records that stand twice, and records that are not on their tree's longest line.
    fn copies_and_branches(&mut self, chains: &Chains<'_>) {
        for place in chains.places().filter(|place| chains.is_whole(*place)) {
            let node = chains.node[place as usize];
            if chains.place[node as usize] != place {
                self.kinds[place as usize] = Some(Kind::Duplicated);
            } else if chains.root[node as usize] != node {
                self.kinds[place as usize] = Some(Kind::Inserted);
            }
        }
    }

    /// Puts the chains in a row: which are this log's own, which were put in, which records are out of order.
    fn lines(&mut self, chains: &Chains<'_>) {
        let mut lines: Vec<Line> = chains
            .places()
            .filter(|root| chains.root[*root as usize] == *root)
            // A damaged record on which nothing hangs can be judged by its place alone.
            .filter(|root| chains.is_whole(*root) || chains.next[*root as usize] != NONE)
            .map(|root| self.line(chains, root))
            .collect();
        self.gaps.sort();
        let Some(home) = home(chains, &lines) else {
            return;
        };
        let (home_root, home_first) = (lines[home].root, lines[home].first);
        if chains.begins(home_root) {
            self.beginning = Some(chains.place[home_root as usize]);
        }
        lines.retain(|line| {
            let is_foreign = line.root != home_root && self.is_foreign(chains, line, home_first);
            if is_foreign {
                for place in chains.line(line.root) {
                    if chains.is_whole(place) {
                        self.kinds[place as usize] = Some(Kind::Spliced);
                    }
                }
            }
            !is_foreign
        });
        lines.sort_unstable_by_key(|line| line.first);
        self.reordered(chains, &lines);
    }

    /// Measures a tree's line, takes note of where it is interrupted, and takes it off the branches.
    fn line(&mut self, chains: &Chains<'_>, root: Place) -> Line {
        let places = chains.line(root);
        for place in &places {
            if self.kind(*place) == Some(Kind::Inserted) {
                self.kinds[*place as usize] = None;
            }
        }
        let in_order: Vec<Place> = longest::increasing(&places)
            .into_iter()
            .map(|index| places[index as usize])
            .collect();
        for pair in in_order.windows(2) {
            if pair[1] - pair[0] > 1 {
                self.gaps.gaps.push((pair[0], pair[1]));
            }
        }
        Line {
            root,
            first: in_order.first().copied().unwrap_or(root),
            last: in_order.last().copied().unwrap_or(root),
            records: places.len(),
        }
    }

    /// Whether a line that is not the log's own belongs to another chain for certain.
    fn is_foreign(&self, chains: &Chains<'_>, line: &Line, home_first: Place) -> bool {
        if chains.begins(line.root) {
            return true;
        }
        // What a damaged record names cannot be proven, but if it is here there is nothing foreign about it.
        let names_one_here = super::chains::link(chains.entry(line.root))
            .is_some_and(|link| *link == Digest::GENESIS || chains.whole(link).is_some());
        if names_one_here {
            return false;
        }
        let is_before_all = self.beginning.is_some() && line.last < home_first;
        is_before_all || self.gaps.around(line.first, line.last).is_some()
    }

    /// The fewest records that must move so that all stand in order.
    fn reordered(&mut self, chains: &Chains<'_>, lines: &[Line]) {
        let mut expected = Vec::new();
        for line in lines {
            expected.extend(chains.line(line.root));
        }
        let mut in_order = longest::increasing(&expected).into_iter().peekable();
        for (index, place) in (0..).zip(expected) {
            if in_order.next_if_eq(&index).is_none() {
                self.kinds[place as usize] = Some(Kind::Reordered);
            }
        }
    }

    /// What a record that does not hold is taken for.
    fn damaged(&self, chains: &Chains<'_>, place: Place) -> Kind {
        let is_foreign_at_its_place = |by: Place| self.kind(by) == Some(Kind::Spliced);
        if is_unfinished(chains.entry(place)) {
            return Kind::Torn;
        }
        match chains.named[place as usize] {
            Naming::Actual(_) | Naming::Declared(_) => return Kind::Altered,
            Naming::Place(by) if !is_foreign_at_its_place(by) => return Kind::Altered,
            Naming::Nobody | Naming::Place(_) => {}
        }
        let is_before_all = self.beginning.is_some_and(|beginning| place < beginning);
        if is_before_all || self.gaps.around(place, place).is_some() {
            Kind::Inserted
        } else {
            Kind::Altered
        }
    }
}

/// A line through a tree, as it stands in the log.
struct Line {
    root: Place,
    /// The first and the last place of those of its records that stand in order.
    first: Place,
    last: Place,
    records: usize,
}

/// Returns the line that is the log's own: the one that its first record begins, else the longest.
fn home(chains: &Chains<'_>, lines: &[Line]) -> Option<usize> {
    let indices = 0..lines.len();
    let first = indices.clone().min_by_key(|index| lines[*index].first)?;
    let root = lines[first].root;
    if chains.begins(root) || !chains.is_whole(root) {
        return Some(first);
    }
    indices.max_by_key(|index| (lines[*index].records, Reverse(lines[*index].first)))
}

/// Whether a line ends inside a record.
pub(super) fn is_unfinished(entry: &Entry) -> bool {
    matches!(&entry.seal, Seal::Refused(refused) if refused.is_unfinished)
}

/// Pairs of places whose records follow each other, with something else between them.
#[derive(Default)]
pub(super) struct Gaps {
    /// By their first place.
    gaps: Vec<(Place, Place)>,
    /// For each gap the one that reaches furthest of all up to it.
    furthest: Vec<u32>,
}

impl Gaps {
    fn sort(&mut self) {
        self.gaps.sort_unstable();
        let mut best = 0;
        for (index, gap) in (0..).zip(&self.gaps) {
            if gap.1 > self.gaps[best as usize].1 {
                best = index;
            }
            self.furthest.push(best);
        }
    }

    /// Returns a gap in which everything from `first` to `last` stands.
    pub(super) fn around(&self, first: Place, last: Place) -> Option<(Place, Place)> {
        let count = self.gaps.partition_point(|gap| gap.0 < first);
        let furthest = *self.furthest.get(count.checked_sub(1)?)?;
        let gap = self.gaps[furthest as usize];
        (gap.1 > last).then_some(gap)
    }
}
