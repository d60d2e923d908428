//! Words for records that do not hold, and for lines that are none.

use std::ops::Range;

use super::{
    super::{
        Damage, Place,
        chains::{self, Naming},
        kind::Kind,
    },
    Words, is, not_records, record, records, shown, were,
};
use crate::{
    digest::Digest,
    verify::{Entry, Seal},
};

/// What is said of a damaged record.
struct Said {
    certain: String,
    likely: Option<String>,
    sealed_hash: Option<Digest>,
}

impl Words<'_> {
    pub(super) fn altered(&self, places: Range<Place>) -> Damage {
        let entry = self.chains.entry(places.start);
        // Of several lines the last one is named by what follows.
        let naming = self.chains.named[places.end as usize - 1];
        let said = match &entry.seal {
            Seal::Fails { actual, .. } => self.unsound(places.start, *actual, naming),
            Seal::Holds { .. } | Seal::Refused(_) => self.unreadable(&places, naming),
        };
        Damage {
            likely: said.likely,
            sealed_hash: said.sealed_hash,
            ..self.at(Kind::Altered, places, said.certain)
        }
    }

    /// What can be said of a record whose content hashes to `actual`, and not to what it declares.
    fn unsound(&self, place: Place, actual: Digest, naming: Naming) -> Said {
        let declared = chains::declared(self.chains.entry(place)).copied();
        let own = format!(
            "it hashes to `{actual}`, but declares `{}`",
            shown(declared)
        );
        match naming {
            Naming::Actual(by) if self.chains.is_whole(by) => Said {
                certain: format!(
                    "{own}, and record {} was sealed behind the first: since then only the hash that it \
                     declares was changed",
                    record(by)
                ),
                likely: stands_apart(place, by),
                sealed_hash: Some(actual),
            },
            Naming::Actual(by) => Said {
                certain: format!("it is not what was sealed: {own}; {} names the first", self.namer(by)),
                likely: Some(
                    "only the hash that it declares was changed; if its content was, and the link of the other \
                     was made to fit, the bytes are the same"
                        .to_owned(),
                ),
                sealed_hash: None,
            },
            Naming::Declared(by) => Said {
                certain: format!(
                    "it is not what was sealed: {own}, and {} names that",
                    self.namer(by)
                ),
                likely: Some(
                    [self.changed_link(place), stands_apart(place, by)]
                        .into_iter()
                        .flatten()
                        .chain([CONTENT_OR_HASH.to_owned()])
                        .collect::<Vec<_>>()
                        .join("; "),
                ),
                sealed_hash: declared,
            },
            Naming::Place(by) => {
                let named = self.link(by);
                Said {
                    certain: format!(
                        "it is not what was sealed: {own}; record {} behind it names `{}`, which no record \
                         here has",
                        record(by),
                        shown(named)
                    ),
                    likely: Some(self.with_link(
                        place,
                        "it is that record, its content and its hash changed; a record put in here where \
                         another was removed leaves the same bytes",
                    )),
                    sealed_hash: named,
                }
            }
            Naming::Nobody => Said {
                certain: format!("it is not what was sealed: {own}, and no record here names either"),
                likely: Some(self.with_link(
                    place,
                    "it was altered after it was sealed; a record that was never sealed and was put in here \
                     leaves the same bytes",
                )),
                sealed_hash: declared,
            },
        }
    }

    /// Names the record that names a damaged one, and how far it can be believed.
    fn namer(&self, place: Place) -> String {
        if self.chains.is_whole(place) {
            format!("record {}", record(place))
        } else {
            format!("record {}, itself damaged,", record(place))
        }
    }

    /// What can be said of lines that are no records any more.
    fn unreadable(&self, places: &Range<Place>, naming: Naming) -> Said {
        let entry = self.chains.entry(places.start);
        let what = format!("{}: {}", not_records(places), why(entry));
        let is_one = places.len() == 1;
        match naming {
            Naming::Actual(by) | Naming::Declared(by) => {
                let declared = chains::declared(entry).copied();
                Said {
                    certain: format!(
                        "{what}; it declares the hash `{}`, and {} names that",
                        shown(declared),
                        self.namer(by)
                    ),
                    likely: Some(
                        "it is that record, altered so that it cannot be hashed".to_owned(),
                    ),
                    sealed_hash: declared,
                }
            }
            Naming::Place(by) => {
                let named = self.link(by);
                let likely = if is_one {
                    "it is that record, altered beyond reading; a line put in here where a record was removed \
                     leaves the same bytes"
                } else {
                    "the last of them is that record, and all were records, altered beyond reading; lines put \
                     in here where records were removed leave the same bytes"
                };
                Said {
                    certain: format!(
                        "{what}; record {} behind names `{}`, which no record here has",
                        record(by),
                        shown(named)
                    ),
                    likely: Some(likely.to_owned()),
                    sealed_hash: named,
                }
            }
            Naming::Nobody => {
                let likely = if is_one {
                    "it was a record, altered beyond reading; a line that was put in and never was a record \
                     leaves the same bytes"
                } else {
                    "they were records, altered beyond reading; lines that were put in and never were records \
                     leave the same bytes"
                };
                Said {
                    certain: what,
                    likely: Some(likely.to_owned()),
                    sealed_hash: None,
                }
            }
        }
    }

    /// Says so if an altered record names another one than stands before it.
    fn changed_link(&self, place: Place) -> Option<String> {
        let before = self.before(place)?;
        let link = self.link(place);
        (link != Some(before)).then(|| {
            format!(
                "it names `{}`, not what stands before it: its link was changed, perhaps nothing else; or \
                 records before it were removed or moved too",
                shown(link)
            )
        })
    }

    /// Returns `text`, and what is to be said of a record's link.
    fn with_link(&self, place: Place, text: &str) -> String {
        match self.changed_link(place) {
            Some(link) => format!("{text}; {link}"),
            None => text.to_owned(),
        }
    }

    /// Returns what a record must name in its place, if that is known.
    fn before(&self, place: Place) -> Option<Digest> {
        let Some(before) = place.checked_sub(1) else {
            return Some(Digest::GENESIS);
        };
        let entry = self.chains.entry(before);
        chains::hash(entry)
            .or_else(|| chains::declared(entry))
            .copied()
    }

    /// Lines that are not sealed, where nothing can have been.
    pub(super) fn unsealed(&self, places: Range<Place>) -> Damage {
        let what = match &self.chains.entry(places.start).seal {
            Seal::Fails { .. } => format!("{} not sealed to hold", is(&places)),
            _ => format!(
                "{}: {}",
                not_records(&places),
                why(self.chains.entry(places.start))
            ),
        };
        let gap = self.labels.gaps.around(places.start, places.start);
        let (between, behind) = match (gap, self.labels.beginning) {
            (Some(gap), _) => (self.across(gap), Some(record(gap.0))),
            (None, Some(beginning)) => (
                format!(
                    "record {} begins the chain, so nothing was before it when it was sealed",
                    record(beginning)
                ),
                Some(0),
            ),
            (None, None) => (String::new(), None),
        };
        let certain = [between, what]
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join("; ");
        let likely = format!(
            "{} {} put in afterwards, or written by something else than the recorder",
            records(&places),
            were(&places)
        );
        Damage {
            likely: Some(likely),
            behind,
            ..self.at(Kind::Inserted, places, certain)
        }
    }

    pub(super) fn torn(&self, places: Range<Place>) -> Damage {
        let entry = self.chains.entry(places.start);
        let length = entry.bytes.end - entry.bytes.start;
        let s = if length == 1 { "" } else { "s" };
        let length = format!("the line ends inside a record, after {length} byte{s} of it");
        let (certain, sealed_hash) = match self.chains.named[places.start as usize] {
            Naming::Place(by) => {
                let named = self.link(by);
                let certain = format!(
                    "{length}; record {} behind names `{}`, which no record here has",
                    record(by),
                    shown(named)
                );
                (certain, named)
            }
            _ => (length, None),
        };
        let likely = if sealed_hash.is_some() {
            "it is that record, cut; if others were removed behind it, the bytes are the same"
        } else if places.end == self.chains.places().end {
            "a write was cut off; if the end of a whole record was cut away, the bytes are the same"
        } else {
            "a write was cut off and the writer went on, or a whole record was cut"
        };
        Damage {
            likely: Some(likely.to_owned()),
            sealed_hash,
            ..self.at(Kind::Torn, places, certain)
        }
    }
}

/// What else leaves the bytes of a record that is not what it declares, and what the one behind it names.
const CONTENT_OR_HASH: &str = "its content was changed and its hash was left; if it was only made to declare the \
                               hash of a record that was removed behind it, the bytes are the same";

/// Says so if the record that names an altered one does not stand directly behind it.
fn stands_apart(place: Place, by: Place) -> Option<String> {
    (by != place + 1).then(|| {
        format!(
            "record {} does not stand directly behind it: it was moved too, or others were put in or moved \
             between them",
            record(by)
        )
    })
}

/// Why a line was refused.
fn why(entry: &Entry) -> String {
    match &entry.seal {
        Seal::Refused(refused) => format!("{}, {}", refused.code, refused.message),
        Seal::Holds { .. } | Seal::Fails { .. } => String::new(),
    }
}
