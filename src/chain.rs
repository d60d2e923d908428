//! The chain: how one record holds on to the one before it (FORMAT.md, "Chain").
//!
//! The only place that computes a record's hash. The recorder seals with it, the verifier checks with it.

use crate::{
    canon::{self, Uncanonical},
    digest::Digest,
    json::{self, Object, ReadError, Value},
    record::authority::Snapshot,
};

/// Returns the hash of a record over the predecessor it declares.
///
/// It covers the canonical form of the whole record but `integrity.hash`, so `integrity.prev_hash` with it:
/// a record's hash needs only the record's own bytes. Whether the predecessor it declares is the one before
/// it is a comparison of two digests.
///
/// A `prev_hash` that is no text names no predecessor. It is left out, so that the record is one without a
/// link rather than one that cannot be hashed.
///
/// # Errors
/// When the record has no canonical form.
pub fn record_hash(record: &Object) -> Result<Digest, Uncanonical> {
    let stripped = record.object("integrity").map(|integrity| {
        let mut integrity = integrity.clone();
        integrity.remove("hash");
        if integrity.str("prev_hash").is_none() {
            integrity.remove("prev_hash");
        }
        Value::Object(integrity)
    });
    let members = record
        .iter()
        .map(|(key, value)| match &stripped {
            Some(integrity) if key.units().is_none() && key.as_str() == "integrity" => {
                (key, integrity)
            }
            _ => (key, value),
        })
        .collect();
    let mut bytes = Vec::new();
    canon::write_members(members, &mut bytes)?;
    Ok(Digest::of(&bytes))
}

/// How long the line of a record may be: readers hold it in memory. No tool call comes near.
pub const MAX_LINE_BYTES: usize = 64 << 20;

/// A record that was sealed.
#[derive(Debug, Clone, PartialEq)]
pub struct Sealed {
    /// The record, `integrity` filled.
    pub record: Object,
    /// Its hash, which the next record names.
    pub hash: Digest,
    /// Its line: compact ASCII JSON and the line feed.
    pub line: String,
}

/// Why a record was not sealed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// `serde_jcs` canonicalises this record differently, so other verifiers would call it altered. A
    /// sealed record can never be mended, so this one is not sealed; it is a defect to report.
    #[error("two implementations of RFC 8785 disagree on this record's canonical form")]
    Disagreement,
    /// The record would be longer than readers take.
    #[error("the record would be longer than {} MiB", MAX_LINE_BYTES >> 20)]
    TooLong,
    /// The record holds what has no canonical form.
    #[error("the record has no canonical form: {0}")]
    Uncanonical(#[from] Uncanonical),
}

/// Seals `record` behind the record whose hash is `previous`, or [`Digest::GENESIS`] for the first.
///
/// # Errors
/// When the record has no canonical form, or none that `serde_jcs` agrees on.
pub fn seal(record: Object, previous: Digest) -> Result<Sealed, SealError> {
    seal_if(record, previous, |record, bytes| {
        serde_jcs::to_vec(record).is_ok_and(|second| second == bytes)
    })
}

/// [`seal`] without the second opinion, for examples: it takes three times as long with it.
pub(crate) fn seal_unchecked(record: Object, previous: Digest) -> Result<Sealed, SealError> {
    seal_if(record, previous, |_, _| true)
}

fn seal_if(
    mut record: Object,
    previous: Digest,
    agreed: impl FnOnce(&Value, &[u8]) -> bool,
) -> Result<Sealed, SealError> {
    let mut integrity = Object::new();
    integrity.insert("alg", "sha-256");
    integrity.insert("canon", "rfc8785");
    integrity.insert("prev_hash", previous.to_string());
    record.insert("integrity", integrity);
    let record = Value::Object(record);
    let bytes = canon::to_vec(&record)?;
    if !agreed(&record, &bytes) {
        return Err(SealError::Disagreement);
    }
    let hash = Digest::of(&bytes);
    let Value::Object(mut record) = record else {
        unreachable!("it was made an object above");
    };
    if let Some(Value::Object(integrity)) = record.get_mut("integrity") {
        integrity.insert("hash", hash.to_string());
    }
    let record = Value::Object(record);
    let mut line = String::new();
    json::write(&record, &mut line);
    line.push('\n');
    if line.len() > MAX_LINE_BYTES {
        return Err(SealError::TooLong);
    }
    let Value::Object(record) = record else {
        unreachable!("it was made an object above");
    };
    Ok(Sealed { record, hash, line })
}

/// The last record of a chain: what the next one is built upon.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// Its hash, which the next record names.
    pub hash: Digest,
    /// The subject it is about.
    pub subject: Option<Object>,
    /// The authority snapshot it carries.
    pub authority: Option<Snapshot>,
}

/// Why a line is not a record that a chain can go on from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeadError {
    /// It has a key twice.
    #[error("it has a key twice in one object")]
    Duplicate,
    /// Its content is not what its hash was made of.
    #[error("its hash does not match its content")]
    HashMismatch,
    /// It is not JSON: cut off, or damaged.
    #[error("it is not JSON: {0}")]
    NotJson(ReadError),
    /// It is JSON without a record's hash.
    #[error("it is not a sealed record")]
    NotSealed,
}

impl Head {
    /// Returns the id of the subject it is about.
    pub fn subject_id(&self) -> Option<&str> {
        self.subject.as_ref()?.str("id").filter(|id| !id.is_empty())
    }

    /// Reads the head from the last line of a log.
    ///
    /// # Errors
    /// When the line is not a record whose hash holds. Nothing built on it could ever verify.
    pub fn of_line(line: &[u8]) -> Result<Self, HeadError> {
        let document = json::read(line).map_err(HeadError::NotJson)?;
        if !document.duplicates.is_empty() {
            return Err(HeadError::Duplicate);
        }
        let record = document.value.as_object().ok_or(HeadError::NotSealed)?;
        let declared = record
            .object("integrity")
            .and_then(|integrity| integrity.str("hash")?.parse().ok())
            .ok_or(HeadError::NotSealed)?;
        if record_hash(record) != Ok(declared) {
            return Err(HeadError::HashMismatch);
        }
        Ok(Self::of(record, declared))
    }

    /// Returns the head that a sealed record makes.
    pub fn of(record: &Object, hash: Digest) -> Self {
        Self {
            hash,
            subject: record.object("subject").cloned(),
            authority: Snapshot::of(record),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Object {
        match json::read(text.as_bytes()).unwrap().value {
            Value::Object(object) => object,
            _ => panic!("not an object"),
        }
    }

    const RECORD_A: &str = r#"{"schema_version":"0.1","record_id":"r1","session_id":"s1",
        "ts":"2026-01-01T00:00:00Z","agent":{"id":"a","name":"a"},"action":{"type":"read",
        "category":"privacy","tool":"Read","input":{"hash":"sha256:00","summary":"{'path': 'x'}"}},
        "severity":"INFO","findings":[]}"#;

    #[test]
    fn golden_records_hash_as_the_reference_hashes_them() {
        let first = seal(object(RECORD_A), Digest::GENESIS).unwrap();
        assert_eq!(
            first.hash.to_string(),
            "559c8c938ef34e1a35ab4db8c6c9479c9f798b0a1b7d438f83f59770bb7820d3"
        );
        let mut second = object(RECORD_A);
        second.insert("record_id", "r2");
        second.insert(
            "data",
            object(
                r#"{"\u00e9":"\u2028\u007f\u001f\"\\/","\ud83d\ude00":-0,"\ue000":9007199254740991,
                    "n":null,"t":true}"#,
            ),
        );
        let second = seal(second, first.hash).unwrap();
        assert_eq!(
            second.hash.to_string(),
            "526966e4499e22aba8c72aa7c7331c6bcdd45829beccb53f43d199cea8321f2b"
        );
    }

    #[test]
    fn a_sealed_line_reads_back_to_the_hash_it_declares() {
        let sealed = seal(object(RECORD_A), Digest::of(b"x")).unwrap();
        let read = object(sealed.line.trim_end());
        assert_eq!(read, sealed.record);
        assert_eq!(record_hash(&read), Ok(sealed.hash));
        let integrity = read.object("integrity").unwrap();
        assert_eq!(integrity.str("hash"), Some(&*sealed.hash.to_string()));
        assert_eq!(
            integrity.str("prev_hash"),
            Some(&*Digest::of(b"x").to_string())
        );
    }

    #[test]
    fn what_has_no_canonical_form_is_not_sealed() {
        let record = object(r#"{"x":1.5}"#);
        assert!(matches!(
            seal(record, Digest::GENESIS),
            Err(SealError::Uncanonical(Uncanonical::Fraction))
        ));
        // Integral, but two readers would not write it alike.
        let record = object(r#"{"x":1e22}"#);
        assert!(matches!(
            seal(record, Digest::GENESIS),
            Err(SealError::Disagreement)
        ));
    }
}
