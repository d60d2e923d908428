//! What each record of a log says of its place, kept to be looked at as a whole.
//!
//! [`super::Verifier`] judges a log and forgets its records. Who wants to know what happened to a log, or how
//! two logs differ, needs them all at once: their places, their hashes and the links that they declare. That
//! is about 100 bytes a record.

use std::ops::Range;

use super::{
    Chunk, Line, LineTooLong, Row,
    examine::{Examined, Examiner, Fault, Record},
    finding::Code,
    without_mark,
};
use crate::digest::Digest;

/// The records of a log in the order in which they stand in it.
///
/// A [`Row`]: feed it with [`super::parallel()`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// The records, counted from 1 by others: record `n` is `entries[n - 1]`.
    pub entries: Vec<Entry>,
    /// How many lines there are, blank ones included.
    pub lines: u64,
    /// How many bytes there are.
    pub bytes: u64,
}

/// A line that is not blank, with what is known of it without its neighbours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The line of the file, from 1.
    pub line: u64,
    /// Where it stands in the file, without its line feed. The first line may begin with a byte order mark.
    pub bytes: Range<u64>,
    /// How it is sealed.
    pub seal: Seal,
}

/// Whether a record is what it was when it was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seal {
    /// Its content hashes to the hash that it declares. Structural findings do not matter here.
    Holds {
        /// What it declares to follow.
        prev_hash: Digest,
        /// Its hash.
        hash: Digest,
    },
    /// It can be hashed, and hashes to something else than it declares.
    Fails {
        /// What it declares to follow, if that is a digest.
        prev_hash: Option<Digest>,
        /// The hash that it declares, if that is a digest.
        declared: Option<Digest>,
        /// What its content hashes to, over what it declares to follow.
        actual: Digest,
    },
    /// It is no record, or cannot be hashed.
    Refused(Box<Refused>),
}

/// Why a line is no record that could be hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What is wrong: the first finding of [`super::Verifier`] that is not structural.
    pub code: Code,
    /// The same for a reader. It may quote the log.
    pub message: String,
    /// Whether the line ends inside a value, as one does whose writing was cut off.
    pub is_unfinished: bool,
    /// What it declares to follow, if it can be read so far and that is a digest.
    pub prev_hash: Option<Digest>,
    /// The hash that it declares, if it can be read so far and that is a digest.
    pub declared: Option<Digest>,
}

impl Survey {
    /// Returns a survey of no line yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the survey of a whole log.
    pub fn of(log: &[u8]) -> Self {
        let mut survey = Self::new();
        let mut rest = Some(log);
        let next = |_| Ok::<_, LineTooLong>(rest.take().map(Chunk::Borrowed));
        super::parallel(&mut survey, |_| (), next).expect("no line lies across chunks");
        survey
    }
}

impl Entry {
    /// Returns the text of the record in the bytes of this entry: without a byte order mark.
    pub(crate) fn text<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        if self.bytes.start == 0 {
            without_mark(bytes)
        } else {
            bytes
        }
    }
}

/// Examines lines again, for who must know that they are still what a survey saw.
#[derive(Debug)]
pub(crate) struct SecondLook(Examiner);

impl SecondLook {
    pub(crate) fn new() -> Self {
        Self(Examiner::new())
    }

    /// Whether a line, without a byte order mark, is sealed as it was. Of what cannot be hashed this is only
    /// that it still cannot be.
    pub(crate) fn confirms(&mut self, seal: &Seal, line: &[u8]) -> bool {
        match (self::seal(&self.0.line(line)), seal) {
            (Some(Seal::Refused(_)), Seal::Refused(_)) => true,
            (again, seal) => again.as_ref() == Some(seal),
        }
    }
}

impl Row for Survey {
    fn place(&mut self, line: &Line, (): ()) {
        let begins = self.bytes;
        let ends = begins + line.bytes as u64;
        self.lines += 1;
        self.bytes = ends + u64::from(line.is_ended);
        if let Some(seal) = seal(&line.examined) {
            self.entries.push(Entry {
                line: self.lines,
                bytes: begins..ends,
                seal,
            });
        }
    }
}

/// Returns how a line is sealed, unless it is blank.
fn seal(examined: &Examined) -> Option<Seal> {
    Some(match examined {
        Examined::Blank => return None,
        Examined::Sound(scanned) => Seal::Holds {
            prev_hash: scanned.prev_hash,
            hash: scanned.hash,
        },
        Examined::Record(record) => record_seal(record),
        Examined::Refused(fault) => unreadable(fault, false),
        Examined::Unfinished(fault) => unreadable(fault, true),
    })
}

fn unreadable(fault: &Fault, is_unfinished: bool) -> Seal {
    Seal::Refused(Box::new(Refused {
        code: fault.code,
        message: fault.message.clone(),
        is_unfinished,
        prev_hash: None,
        declared: None,
    }))
}

fn record_seal(record: &Record) -> Seal {
    let digest = |text: &Option<String>| text.as_deref().and_then(|text| text.parse().ok());
    let prev_hash = digest(&record.link.prev_hash);
    let declared = digest(&record.link.hash);
    let breaks = |fault: &&Fault| fault.code.breaks_chain();
    if let Some(fault) = record.faults.iter().find(breaks) {
        return Seal::Refused(Box::new(Refused {
            code: fault.code,
            message: fault.message.clone(),
            is_unfinished: false,
            prev_hash,
            declared,
        }));
    }
    let actual = match (&record.link.actual, prev_hash, declared) {
        (Ok(actual), Some(prev_hash), Some(declared)) if *actual == declared => {
            return Seal::Holds {
                prev_hash,
                hash: declared,
            };
        }
        (Ok(actual), ..) => *actual,
        // `NotHashable` was found and returned above.
        (Err(_), ..) => Digest::GENESIS,
    };
    Seal::Fails {
        prev_hash,
        declared,
        actual,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn entries_have_their_places() {
        let lines: Vec<String> = sample::chain(3, 7).collect();
        let altered = lines[1].replacen("\"ts\":\"2", "\"ts\":\"1", 1);
        let log = format!(
            "\u{feff}{}\n \n{altered}nonsense\n{}",
            lines[0],
            lines[2].trim_end()
        );
        let survey = Survey::of(log.as_bytes());
        assert_eq!(survey.lines, 6);
        assert_eq!(survey.bytes, log.len() as u64);
        let places: Vec<u64> = survey.entries.iter().map(|entry| entry.line).collect();
        assert_eq!(places, [1, 4, 5, 6]);
        for (entry, text) in survey.entries.iter().zip([
            format!("\u{feff}{}", lines[0].trim_end()).as_str(),
            altered.trim_end(),
            "nonsense",
            lines[2].trim_end(),
        ]) {
            let range = usize::try_from(entry.bytes.start).unwrap()
                ..usize::try_from(entry.bytes.end).unwrap();
            assert_eq!(&log[range], text);
        }
        let [first, second, third, last] = &survey.entries[..] else {
            panic!("{survey:?}")
        };
        let Seal::Holds { prev_hash, hash } = first.seal else {
            panic!("{first:?}")
        };
        assert_eq!(prev_hash, Digest::GENESIS);
        let Seal::Fails {
            prev_hash: Some(prev_hash),
            declared: Some(declared),
            actual,
        } = second.seal
        else {
            panic!("{second:?}")
        };
        assert_eq!(prev_hash, hash);
        assert_ne!(declared, actual);
        assert!(matches!(&third.seal, Seal::Refused(why) if why.code == Code::NotJson));
        assert!(matches!(last.seal, Seal::Holds { prev_hash, .. } if prev_hash == declared));
    }
}
