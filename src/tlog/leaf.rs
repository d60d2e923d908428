//! What a log's line is in its tree.

use super::merkle;
use crate::{
    digest::Digest,
    json::{self, Value},
};

/// Returns the hash of the leaf that a record is: the content of the leaf is the 32 bytes of the record's hash.
pub fn leaf_of(record: Digest) -> Digest {
    merkle::leaf_hash(record.as_bytes())
}

/// What a line says that matters to a tree.
///
/// Whether the record has the hash that it declares does not matter here: [`crate::verify`] judges that, and of what it
/// does not call intact no tree is published.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looked {
    /// What the record declares to be its hash; none if that is no hash, or the line is no record.
    pub hash: Option<Digest>,
    /// Its `record_id`, if it has one.
    pub id: Option<String>,
    /// The id of its subject, if it names one.
    pub subject: Option<String>,
}

impl Looked {
    /// Looks at a line by itself, so that this can be done on any thread.
    pub fn at(line: &[u8]) -> Self {
        let value = json::read(line).map(|document| document.value);
        let Ok(Value::Object(record)) = value else {
            return Self::default();
        };
        let member = |object: &str, key: &str| record.object(object)?.str(key);
        let text = |text: Option<&str>| text.map(ToOwned::to_owned);
        Self {
            hash: member("integrity", "hash").and_then(|hash| hash.parse().ok()),
            id: text(record.str("record_id")),
            subject: text(member("subject", "id")),
        }
    }

    /// Returns the hash of the leaf. Zeros if it declares no hash: of a log with such a line no tree is published.
    pub fn leaf(&self) -> Digest {
        self.hash.map_or(Digest::GENESIS, leaf_of)
    }
}
