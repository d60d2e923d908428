//! What a log says to checkpoints.

use super::Checkpoint;
use crate::{
    digest::Digest,
    json::{self, Object, Value},
    subjects::Subjects,
    time::Timestamp,
};

/// What a line says to checkpoints, whoever looks at it.
#[derive(Debug)]
pub struct Looked(Line);

#[derive(Debug)]
enum Line {
    Blank,
    /// No record, or one that two readers may take differently.
    Unreadable,
    Record(Box<Record>),
}

#[derive(Debug)]
struct Record {
    declared: Declared,
    /// The id of its subject; null if it names none.
    subject: Value,
    /// When it says it was written.
    at: Option<Timestamp>,
}

/// What a record declares to be its hash.
#[derive(Debug)]
enum Declared {
    Hash(Digest),
    Other(Value),
}

impl Looked {
    /// Looks at a line by itself, so that this can be done on any thread.
    ///
    /// Whether the record is as it was sealed does not matter here: [`crate::verify`] judges that.
    pub fn at(line: &[u8]) -> Self {
        match json::read(line) {
            Ok(document) if document.duplicates.is_empty() => match &document.value {
                Value::Object(record) => Self::of(record),
                _ => Self(Line::Unreadable),
            },
            Err(_) if json::is_blank(line) => Self(Line::Blank),
            _ => Self(Line::Unreadable),
        }
    }

    /// The same for a record that was read already.
    pub fn of(record: &Object) -> Self {
        let member = |object: &str, key: &str| Some(record.object(object)?.get(key)?.clone());
        let declared = member("integrity", "hash").unwrap_or(Value::Null);
        let digest = declared.as_str().and_then(|text| text.parse().ok());
        Self(Line::Record(Box::new(Record {
            declared: digest.map_or(Declared::Other(declared), Declared::Hash),
            subject: member("subject", "id").unwrap_or(Value::Null),
            at: record.str("ts").and_then(Timestamp::parse),
        })))
    }
}

/// What a log says to checkpoints: 32 bytes a record, 16 more if times are kept, and whom it is of.
///
/// ```
/// use sealstone::{sample, witness::{Chain, Looked}};
///
/// let mut chain = Chain::default();
/// for line in sample::example().lines() {
///     chain.take(Looked::at(line.as_bytes()));
/// }
/// assert_eq!(chain.records(), 2);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Chain {
    /// By record. Zeros where it declares none: then the chain does not hold there.
    hashes: Vec<Digest>,
    /// By record, in microseconds since 1970, if they are kept.
    times: Option<Vec<Option<i64>>>,
    root: Value,
    head: Value,
    subject: Value,
    subjects: Subjects,
    unreadable: Option<u64>,
}

impl Chain {
    /// Keeps the records' times too, so that it can be said which were witnessed late.
    pub fn with_times() -> Self {
        Self {
            times: Some(Vec::new()),
            ..Self::default()
        }
    }

    /// Takes what the next line says.
    pub fn take(&mut self, looked: Looked) {
        match looked.0 {
            Line::Blank => {}
            Line::Unreadable => {
                self.hashes.push(Digest::GENESIS);
                self.time(None);
                self.unreadable.get_or_insert(self.records());
            }
            Line::Record(record) => self.record(*record),
        }
    }

    fn record(&mut self, record: Record) {
        let (hash, declared) = match record.declared {
            Declared::Hash(hash) => (hash, None),
            Declared::Other(value) => (Digest::GENESIS, Some(value)),
        };
        let declared = declared.unwrap_or_else(|| hash.to_string().into());
        if self.hashes.is_empty() {
            self.root = declared.clone();
        }
        self.hashes.push(hash);
        self.time(record.at);
        self.head = declared;
        self.subjects.add(record.subject.as_str());
        if self.subject.is_empty_like() && !record.subject.is_empty_like() {
            self.subject = record.subject;
        }
    }

    fn time(&mut self, at: Option<Timestamp>) {
        if let Some(times) = &mut self.times {
            times.push(at.map(Timestamp::unix_micros));
        }
    }

    /// Returns when records say they were written, in microseconds since 1970, with their numbers; of none if times
    /// were not kept.
    pub(super) fn times(&self) -> impl Iterator<Item = (u64, i64)> {
        let times = self.times.as_deref().unwrap_or_default();
        (1..)
            .zip(times)
            .filter_map(|(number, at)| Some((number, (*at)?)))
    }

    /// Returns how many records there are.
    pub fn records(&self) -> u64 {
        self.hashes.len() as u64
    }

    /// Returns the first line that is no record, counted as records are. What is said of the others may not be all
    /// that the log says.
    pub const fn unreadable(&self) -> Option<u64> {
        self.unreadable
    }

    /// Returns what the first record declares to be its hash; null if there is none.
    pub const fn root(&self) -> &Value {
        &self.root
    }

    /// Returns the first id of a subject that says anything; null if no record names one.
    pub const fn subject(&self) -> &Value {
        &self.subject
    }

    /// Returns whom the records are of.
    pub const fn subjects(&self) -> &Subjects {
        &self.subjects
    }

    /// Whether there are records, and none is of anybody.
    pub fn is_subjectless(&self) -> bool {
        !self.hashes.is_empty() && self.subject.is_empty_like()
    }

    /// Returns what record `number`, from 1 on, declares to be its hash.
    pub(crate) fn hash(&self, number: u64) -> Option<Digest> {
        let index = usize::try_from(number.checked_sub(1)?).ok()?;
        self.hashes.get(index).copied()
    }

    /// Returns the hash that the last record declares: what the next one would name. None if it is no hash.
    pub fn head(&self) -> Option<Digest> {
        match &self.head {
            _ if self.hashes.is_empty() => Some(Digest::GENESIS),
            head => head.as_str()?.parse().ok(),
        }
    }

    /// Returns the checkpoint of the log as it is. None if its last record declares no hash: nothing could ever be
    /// held against that.
    pub fn checkpoint(&self, at: Timestamp) -> Option<Checkpoint> {
        Some(Checkpoint {
            chain_root: self.root.clone(),
            subject: if self.subject.is_empty_like() {
                Value::Null
            } else {
                self.subject.clone()
            },
            count: self.records(),
            head: self.head()?.to_string(),
            ts: super::written(at),
            tsa: None,
            every: None,
        })
    }
}
