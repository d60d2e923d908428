//! Where in a witness file the checkpoints of each log stand.

use std::{collections::HashMap, fs::File, io, os::unix::fs::FileExt, sync::Arc};

use crate::{
    json::Value,
    witness::{Checkpoint, Flaw},
};

/// How many damaged lines are named.
const DAMAGE_NAMED: usize = 100;

/// Whose checkpoints are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Query {
    /// Those of a subject, of whichever chain.
    Subject(String),
    /// Those without a subject of the chain whose first record has this hash.
    Root(String),
}

impl Query {
    /// Whether a checkpoint is one of those.
    pub(super) fn of(checkpoint: &Checkpoint) -> Option<Self> {
        match (&checkpoint.subject, &checkpoint.chain_root) {
            (Value::String(subject), _) => Some(Self::Subject(subject.as_str().to_owned())),
            (Value::Null, Value::String(root)) => Some(Self::Root(root.as_str().to_owned())),
            _ => None,
        }
    }
}

/// A line of a witness file that is no checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damaged {
    /// Which, from 1.
    pub line: u64,
    /// What is wrong with it, in words that quote nothing of it.
    pub why: &'static str,
}

impl Damaged {
    /// Says what is wrong with a line to those who may not see it.
    pub(super) const fn of(line: u64, flaw: &Flaw) -> Self {
        let why = match flaw {
            Flaw::Count => "`count` is no whole number from 0 to 2^53 - 1",
            Flaw::Duplicate(_) => "a key stands twice in one object",
            Flaw::Head => "`head` is no text",
            Flaw::NotAnObject => "it is no JSON object",
            Flaw::NotJson(_) => "it is no JSON",
        };
        Self { line, why }
    }
}

/// A line: where it begins, and how many bytes it has.
#[derive(Debug, Clone, Copy)]
struct Place {
    start: u64,
    length: u32,
}

/// Where the checkpoints of each log stand: some 16 bytes for each.
#[derive(Debug, Default)]
pub(super) struct Index {
    places: HashMap<Query, Arc<Vec<Place>>>,
    /// The first lines that are no checkpoints.
    damage: Vec<Damaged>,
    pub(super) damaged: u64,
    pub(super) checkpoints: u64,
}

impl Index {
    /// Takes a checkpoint whose line begins at `start`.
    pub(super) fn add(&mut self, checkpoint: &Checkpoint, start: u64, length: usize) {
        self.checkpoints += 1;
        let length = u32::try_from(length);
        // A line of 4 GiB is nothing that anybody could be answered with.
        if let (Some(query), Ok(length)) = (Query::of(checkpoint), length) {
            let places = self.places.entry(query).or_default();
            Arc::make_mut(places).push(Place { start, length });
        }
    }

    /// Takes a line that is none.
    pub(super) fn damage(&mut self, line: u64, flaw: &Flaw) {
        self.damaged += 1;
        if self.damage.len() < DAMAGE_NAMED {
            self.damage.push(Damaged::of(line, flaw));
        }
    }

    /// Finds the checkpoints that are asked for.
    pub(super) fn find(&self, query: &Query, file: Arc<File>) -> Found {
        Found {
            file,
            places: self.places.get(query).cloned().unwrap_or_default(),
            read: 0,
            damage: self.damage.clone(),
            conflicts: Vec::new(),
        }
    }
}

/// The checkpoints that were asked for. They are read when they are wanted, a piece at a time, and are on the disk as
/// long as nobody cuts the file.
#[derive(Debug)]
pub struct Found {
    file: Arc<File>,
    places: Arc<Vec<Place>>,
    /// How many of them were read.
    read: usize,
    /// The first lines of the file that are no checkpoints. What stood there may have been about this log too.
    pub damage: Vec<Damaged>,
    /// Statements about this log that were refused: each a JSON object.
    pub conflicts: Vec<Arc<str>>,
}

impl Found {
    /// Returns how many there are.
    pub fn count(&self) -> usize {
        self.places.len()
    }

    /// Returns how many bytes all of them have with commas between them.
    pub fn bytes(&self) -> u64 {
        let lengths = self.places.iter().map(|place| u64::from(place.length));
        lengths.sum::<u64>() + (self.count() as u64).saturating_sub(1)
    }

    /// Reads the next checkpoints, JSON with commas between them as it stands in the file: some `wanted` bytes, or
    /// nothing behind the last. What stands between two pieces is in one of them.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn next(&mut self, wanted: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        while let Some(place) = self.places.get(self.read).filter(|_| bytes.len() < wanted) {
            if self.read > 0 {
                bytes.push(b',');
            }
            let start = bytes.len();
            bytes.resize(start + place.length as usize, 0);
            self.file.read_exact_at(&mut bytes[start..], place.start)?;
            self.read += 1;
        }
        Ok(bytes)
    }
}
