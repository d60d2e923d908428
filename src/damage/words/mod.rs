//! The damages of a log, put into words.
//!
//! `certain` holds what follows from the bytes for anybody who trusts SHA-256. Whatever rests on a guess
//! which of two deeds left them, stands in `likely`, with the other one.

mod damaged;
mod whole;

use std::ops::Range;

use super::{
    Damage, Place,
    chains::{self, Chains, Naming},
    kind::Kind,
    label::Labels,
};
use crate::{digest::Digest, verify::Seal};

/// Gives the damages to `found`, in the order of the records, each as a function that words it.
pub(super) fn damages(
    chains: &Chains<'_>,
    labels: &Labels,
    mut found: impl FnMut(&dyn Fn() -> Damage),
) {
    let mut words = Words {
        chains,
        labels,
        gaps: Vec::new(),
    };
    words.gaps = chains
        .places()
        .filter(|place| words.hangs_in_the_air(*place))
        .collect();
    let end = chains.places().end;
    let mut first = 0;
    // The number of the last record that belongs to this log.
    let mut last_own = 0;
    while first < end {
        if words.hangs_in_the_air(first) {
            found(&|| words.removed(first, last_own));
        }
        let mut behind = first + 1;
        if let Some(kind) = labels.kind(first) {
            while behind < end && words.belong_together(behind - 1, behind) {
                behind += 1;
            }
            found(&|| words.damage(kind, first..behind));
        }
        if matches!(
            labels.kind(first),
            None | Some(Kind::Altered | Kind::Reordered | Kind::Torn)
        ) {
            last_own = u64::from(behind);
        }
        first = behind;
    }
}

struct Words<'a> {
    chains: &'a Chains<'a>,
    labels: &'a Labels,
    /// The records before which others are missing.
    gaps: Vec<Place>,
}

impl Words<'_> {
    /// Whether records are missing before this one.
    fn hangs_in_the_air(&self, place: Place) -> bool {
        let node = self.node(place);
        self.place(node) == place
            && self.chains.hangs_in_the_air(node)
            && self.labels.kind(place) != Some(Kind::Spliced)
    }

    /// Whether two neighbours were damaged in one go.
    fn belong_together(&self, a: Place, b: Place) -> bool {
        let kind = self.labels.kind(a);
        if kind != self.labels.kind(b) || self.hangs_in_the_air(b) {
            return false;
        }
        let (a_node, b_node) = (self.node(a), self.node(b));
        let is_chained = self.chains.parent[b_node as usize] == a_node;
        let is_named = |place: Place| {
            let naming = self.chains.named[place as usize];
            matches!(naming, Naming::Actual(_) | Naming::Declared(_))
        };
        let is_readable =
            |place: Place| matches!(self.chains.entry(place).seal, Seal::Fails { .. });
        match kind {
            Some(Kind::Altered) => {
                let alone = |place| is_named(place) || is_readable(place);
                !alone(a) && !alone(b)
            }
            Some(Kind::Duplicated) => self.place(b_node) == self.place(a_node) + 1,
            Some(Kind::Inserted) => match (self.chains.is_whole(a), self.chains.is_whole(b)) {
                (true, true) => is_chained,
                (false, false) => true,
                _ => false,
            },
            Some(Kind::Reordered) => is_chained,
            Some(Kind::Spliced) => {
                self.chains.root[a_node as usize] == self.chains.root[b_node as usize]
            }
            _ => false,
        }
    }

    fn damage(&self, kind: Kind, places: Range<Place>) -> Damage {
        let is_whole = self.chains.is_whole(places.start);
        match kind {
            Kind::Altered => self.altered(places),
            Kind::Duplicated => self.duplicated(places),
            Kind::Inserted if is_whole => self.branch(places),
            Kind::Inserted => self.unsealed(places),
            Kind::Reordered => self.reordered(places),
            Kind::Torn => self.torn(places),
            Kind::Spliced | Kind::ReSealed | Kind::Removed => self.spliced(places),
        }
    }

    /// Says why nothing can have been between two records.
    fn across(&self, (before, after): (Place, Place)) -> String {
        let is_chained = self.chains.parent[self.node(after) as usize] == self.node(before);
        let (before, after) = (record(before), record(after));
        if is_chained {
            format!(
                "record {after} names record {before}, so nothing was between them when it was sealed"
            )
        } else {
            format!(
                "in the chain of record {before} and record {after} only records that are out of place here \
                 come between them"
            )
        }
    }

    fn at(&self, kind: Kind, places: Range<Place>, certain: String) -> Damage {
        let places = places.start as usize..places.end as usize;
        Damage::at(kind, self.chains.entries, places, certain)
    }

    fn node(&self, place: Place) -> Place {
        self.chains.node[place as usize]
    }

    fn place(&self, node: Place) -> Place {
        self.chains.place[node as usize]
    }

    fn link(&self, place: Place) -> Option<Digest> {
        chains::link(self.chains.entry(place)).copied()
    }
}

/// Returns the number of the record at a place.
fn record(place: Place) -> u64 {
    u64::from(place) + 1
}

fn records(places: &Range<Place>) -> String {
    let (first, last) = (record(places.start), u64::from(places.end));
    if first == last {
        format!("record {first}")
    } else {
        format!("records {first} to {last}")
    }
}

fn count(records: u64) -> String {
    let s = if records == 1 { "" } else { "s" };
    format!("{records} record{s}")
}

fn were(places: &Range<Place>) -> &'static str {
    if places.len() == 1 { "was" } else { "were" }
}

fn is(places: &Range<Place>) -> &'static str {
    if places.len() == 1 {
        "it is"
    } else {
        "they are"
    }
}

fn belong(places: &Range<Place>) -> String {
    let verb = if places.len() == 1 {
        "belongs"
    } else {
        "belong"
    };
    format!("{} {verb}", records(places))
}

fn stand(places: &Range<Place>) -> String {
    let verb = if places.len() == 1 { "stands" } else { "stand" };
    format!("{} {verb}", records(places))
}

fn not_records(places: &Range<Place>) -> &'static str {
    if places.len() == 1 {
        "it is no record that can be hashed"
    } else {
        "they are no records that can be hashed"
    }
}

fn shown(hash: Option<Digest>) -> String {
    hash.map_or_else(|| "no hash".to_owned(), |hash| hash.to_string())
}
