//! What a log's line is in its tree.

use super::merkle;
use crate::{
    digest::Digest,
    json::{self, Value},
};

/// A record as a leaf: the content of the leaf is the 32 bytes of the record's hash.
///
/// Whether the record has the hash that it declares does not matter here: [`crate::verify`] judges that, and of what it
/// does not call intact no tree is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaf {
    /// The hash of the leaf.
    pub hash: Digest,
}

/// A line that may be the record that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbered {
    /// The record as a leaf; none for a line that is no record.
    pub leaf: Option<Leaf>,
    /// Its `record_id`, if it has one.
    pub id: Option<String>,
}

impl Leaf {
    /// Returns the leaf of the record with this hash.
    pub fn of(record: Digest) -> Self {
        Self {
            hash: merkle::leaf_hash(record.as_bytes()),
        }
    }

    /// Looks at a line by itself, so that this can be done on any thread. None if it declares no hash.
    pub fn at(line: &[u8]) -> Option<Self> {
        Numbered::at(line).leaf
    }
}

impl Numbered {
    /// Looks at a line, as [`Leaf::at`] does.
    pub fn at(line: &[u8]) -> Self {
        let value = json::read(line).map(|document| document.value);
        let Ok(Value::Object(record)) = value else {
            return Self {
                leaf: None,
                id: None,
            };
        };
        let declared = record
            .object("integrity")
            .and_then(|integrity| integrity.str("hash")?.parse().ok());
        Self {
            leaf: declared.map(Leaf::of),
            id: record.str("record_id").map(ToOwned::to_owned),
        }
    }
}
