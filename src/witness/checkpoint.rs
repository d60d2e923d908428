//! What a witness keeps of a log.

use crate::{
    canon::{self, Uncanonical},
    digest::Digest,
    json::{Object, ReadError, Value},
};

/// What a log was at some time, kept by somebody else.
///
/// Its text is one line of JSON:
///
/// ```text
/// {"chain_root":"edb2…","subject":"acme","count":2,"head":"4bc0…","ts":"2026-11-22T18:09:15.829712Z"}
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// What the first record of the log declares to be its hash; null if there was none.
    pub chain_root: Value,
    /// The id of the log's subject; null if it has none.
    pub subject: Value,
    /// How many records there were.
    pub count: u64,
    /// The hash of the last of them, in 64 lowercase hexadecimal digits. What is no such text is never a record's.
    pub head: String,
    /// When the witness took it, as the witness says.
    pub ts: Value,
    /// What a time stamping authority said of it (RFC 3161).
    pub tsa: Option<Object>,
    /// Every how many seconds who wrote it meant to add one while the log grows, if that was so.
    pub every: Option<u64>,
}

/// What a line of a witness file lacks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// `count` is no whole number from 0 to 2^53 - 1.
    #[error("`count` is no whole number from 0 to 2^53 - 1")]
    Count,
    /// A key stands twice in one object, so that readers may take it differently.
    #[error("the key {0:?} stands twice in one object")]
    Duplicate(String),
    /// `head` is no text.
    #[error("`head` is no text")]
    Head,
    /// It is JSON, and no object.
    #[error("it is no JSON object")]
    NotAnObject,
    /// It is no JSON: cut off, or damaged.
    #[error("it is no JSON: {0}")]
    NotJson(ReadError),
}

impl Checkpoint {
    /// Reads a checkpoint. Members that are not known are passed over.
    ///
    /// # Errors
    /// When it is none.
    pub fn of(value: &Value) -> Result<Self, Flaw> {
        let object = value.as_object().ok_or(Flaw::NotAnObject)?;
        let member = |key| object.get(key).cloned().unwrap_or(Value::Null);
        let count = object.get("count").and_then(Value::as_integer);
        let head = object.str("head").ok_or(Flaw::Head)?;
        Ok(Self {
            chain_root: without_line_feed(member("chain_root")),
            subject: member("subject"),
            count: count
                .and_then(|count| count.try_into().ok())
                .ok_or(Flaw::Count)?,
            head: hash_before_line_feed(head).unwrap_or(head).to_owned(),
            ts: member("ts"),
            tsa: object.object("tsa").cloned(),
            every: object
                .get("every")
                .and_then(Value::as_integer)
                .and_then(|seconds| seconds.try_into().ok()),
        })
    }

    /// Returns the members in the order in which they are written.
    pub fn to_object(&self) -> Object {
        let mut object = Object::new();
        object.insert("chain_root", self.chain_root.clone());
        object.insert("subject", self.subject.clone());
        object.insert("count", self.count());
        object.insert("head", self.head.as_str());
        object.insert("ts", self.ts.clone());
        if let Some(tsa) = &self.tsa {
            object.insert("tsa", tsa.clone());
        }
        if let Some(every) = self.every.and_then(|every| i64::try_from(every).ok()) {
            object.insert("every", every);
        }
        object
    }

    /// Returns the members that a witness on the network is told: its time is its own.
    pub fn to_tell(&self) -> Object {
        let mut object = Object::new();
        object.insert("subject", self.subject.clone());
        object.insert("count", self.count());
        object.insert("head", self.head.as_str());
        object.insert("chain_root", self.chain_root.clone());
        object
    }

    /// Returns what a time stamp of it is about: the digest of the canonical form of `chain_root`, `count`, `head` and
    /// `subject`.
    ///
    /// # Errors
    /// When it has no canonical form.
    pub fn digest(&self) -> Result<Digest, Uncanonical> {
        let mut object = Object::new();
        object.insert("chain_root", self.chain_root.clone());
        object.insert("count", self.count());
        object.insert("head", self.head.as_str());
        object.insert("subject", self.subject.clone());
        Ok(Digest::of(&canon::to_vec(&Value::Object(object))?))
    }

    fn count(&self) -> Value {
        i64::try_from(self.count).map_or(Value::Null, Value::from)
    }
}

/// The reference's witness takes a hash with a line feed behind it for a hash, and keeps it so.
fn hash_before_line_feed(text: &str) -> Option<&str> {
    let hash = text.strip_suffix('\n')?;
    hash.parse::<Digest>().is_ok().then_some(hash)
}

fn without_line_feed(value: Value) -> Value {
    match value.as_str().and_then(hash_before_line_feed) {
        Some(hash) => hash.into(),
        None => value,
    }
}
