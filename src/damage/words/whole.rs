//! Words for records that hold, and stand where they do not belong, and for those that are missing.

use std::ops::Range;

use super::{
    super::{Damage, NONE, Place, kind::Kind},
    Words, belong, count, record, records, shown, stand, were,
};

impl Words<'_> {
    /// What is missing before `place`, where `behind` is the last record before that is this log's own.
    pub(super) fn removed(&self, place: Place, behind: u64) -> Damage {
        let record = record(place);
        let link = self.link(place);
        let certain = format!(
            "record {record} was sealed behind `{}`, and no record here has that hash",
            shown(link)
        );
        let mut likely = vec![if behind == 0 {
            "the log's beginning was removed, at least one record; if this is a piece of another log, or its \
             first record was altered and sealed again, the bytes are the same"
                .to_owned()
        } else {
            format!("at least one record was removed before record {record}, how many is unknown")
        }];
        if behind > 0 && behind == record - 1 && self.labels.kind(place - 1).is_none() {
            likely.push(format!(
                "if record {behind} was altered and sealed again instead, the bytes are the same"
            ));
        }
        if behind > 0
            && let Some(piece) = self.piece(place)
        {
            let are = if piece.len() == 1 { "is" } else { "are" };
            likely.push(format!(
                "if {} {are} of another chain, put there in place of others, the bytes are the same too",
                records(&piece),
            ));
        }
        Damage {
            likely: Some(likely.join("; ")),
            behind: Some(behind),
            sealed_hash: link,
            missing_min: Some(1),
            ..self.at(Kind::Removed, place..place + 1, certain)
        }
    }

    /// Returns the records from a gap to the next one or to the end, if they are all of one chain.
    fn piece(&self, place: Place) -> Option<Range<Place>> {
        let next = self.gaps.partition_point(|gap| *gap <= place);
        let end = self.gaps.get(next).copied();
        let piece = place..end.unwrap_or(self.chains.places().end);
        let root = |place| self.chains.root[self.node(place) as usize];
        let is_one = piece.clone().all(|other| root(other) == root(place));
        is_one.then_some(piece)
    }

    pub(super) fn duplicated(&self, places: Range<Place>) -> Damage {
        let of = self.place(self.node(places.start));
        let originals = of..of + (places.end - places.start);
        let certain = format!(
            "the same as {}, with the same {}",
            records(&originals),
            if places.len() == 1 {
                "hash"
            } else {
                "hashes, in the same order"
            },
        );
        let likely = "which of the two is the copy, the bytes do not tell: the one that stands where it fits is \
             taken for the original";
        Damage {
            likely: Some(likely.to_owned()),
            copy_of: Some(record(of)),
            ..self.at(Kind::Duplicated, places, certain)
        }
    }

    /// Records that were sealed behind one that others follow.
    pub(super) fn branch(&self, places: Range<Place>) -> Damage {
        let node = self.node(places.start);
        let parent = self.chains.parent[node as usize];
        let rival = self.chains.next[parent as usize];
        let behind = record(self.place(parent));
        if rival == node {
            let certain = format!(
                "record {} names record {behind}, which was put in itself",
                record(places.start)
            );
            return Damage {
                behind: Some(behind),
                ..self.at(Kind::Inserted, places, certain)
            };
        }
        let theirs = u64::from(self.chains.behind[rival as usize]) + 1;
        let ours = u64::from(self.chains.behind[node as usize]) + 1;
        let rival = record(self.place(rival));
        let certain = format!(
            "record {} and record {rival} both name record {behind}: only one of them can have been sealed \
             behind it when it was the last",
            record(places.start)
        );
        let likely = format!(
            "{} {} sealed to fit and put in: the chain goes on for {} with record {rival}, and for {} with \
             record {}; if it was the other way round, the bytes are the same",
            records(&places),
            were(&places),
            count(theirs),
            count(ours),
            record(places.start),
        );
        Damage {
            likely: Some(likely),
            behind: Some(behind),
            ..self.at(Kind::Inserted, places, certain)
        }
    }

    pub(super) fn reordered(&self, places: Range<Place>) -> Damage {
        let node = self.node(places.start);
        let parent = self.chains.parent[node as usize];
        let behind = match parent {
            NONE if self.chains.begins(node) => Some(0),
            NONE => None,
            parent => Some(record(self.place(parent))),
        };
        let first = record(places.start);
        let certain = match behind {
            Some(0) => format!("record {first} begins the chain: it belongs at the beginning"),
            Some(behind) => format!("record {first} names record {behind}: it belongs behind that"),
            None => format!("record {first} belongs before records that stand before it here"),
        };
        let likely = format!(
            "{} {} moved here; if the records between here and there were moved instead, the bytes are the \
             same",
            records(&places),
            were(&places)
        );
        Damage {
            likely: Some(likely),
            behind,
            ..self.at(Kind::Reordered, places, certain)
        }
    }

    pub(super) fn spliced(&self, places: Range<Place>) -> Damage {
        let root = self.chains.root[self.node(places.start) as usize];
        let line_first = self.place(root);
        let gap = self.labels.gaps.around(places.start, places.end - 1);
        let beginning = self.labels.beginning.map_or(0, record);
        let (certain, behind) = if self.chains.begins(root) {
            let certain = format!(
                "record {} begins a chain of its own, and {} to it: another chain than that of record 1",
                record(line_first),
                belong(&places)
            );
            (certain, None)
        } else if let Some(gap) = gap {
            let certain = format!(
                "{}; {} in no chain with either",
                self.across(gap),
                stand(&places)
            );
            (certain, Some(record(gap.0)))
        } else {
            let certain = format!(
                "record {beginning} begins the chain, so nothing was before it when it was sealed; {} in no \
                 chain with it",
                stand(&places)
            );
            (certain, Some(0))
        };
        let mut likely = format!(
            "{} {} put in from another log",
            records(&places),
            were(&places)
        );
        if behind.is_some() {
            likely.push_str(
                "; records of this log that were moved here from behind removed ones leave the same bytes",
            );
        }
        Damage {
            likely: Some(likely),
            behind,
            ..self.at(Kind::Spliced, places, certain)
        }
    }
}
