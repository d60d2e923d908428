//! Origins that name nobody, and those that bind a log to a subject without naming it (FORMAT.md, "Transparency log").
//!
//! An origin is published, and stays so. One that says whom the log is of would tell everybody who asks a witness.

use crate::{
    canon,
    digest::{Digest, from_hex},
    json::{self, Object, Value},
};

/// What stands in front of the hash, so that it is the hash of nothing else.
const DOMAIN: &[u8] = b"sealstone subject v1\n";

/// How an origin begins that is bound to a subject.
const ORIGIN: &str = "sealstone.invalid/subject/";

/// What opens an origin that is bound to a subject: shown to somebody, it shows whom the log is of.
///
/// ```
/// use sealstone::tlog::Opening;
///
/// let opening = Opening { salt: [7; 16], subject: "acme".to_owned() };
/// let origin = opening.origin();
/// assert!(origin.starts_with("sealstone.invalid/subject/") && !origin.contains("acme"));
/// let shown = Opening::parse(&opening.to_bytes()).unwrap();
/// assert_eq!(shown.origin(), origin);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// Random bytes, so that nobody finds the subject by trying.
    pub salt: [u8; 16],
    /// The id of the subject.
    pub subject: String,
}

impl Opening {
    /// Returns the origin that is bound to the subject.
    pub fn origin(&self) -> String {
        let bytes = [DOMAIN, &self.salt, self.subject.as_bytes()].concat();
        format!("{ORIGIN}{}", Digest::of(&bytes))
    }

    /// Returns the salt in hexadecimal digits.
    pub fn salt_text(&self) -> String {
        let salt = u128::from_be_bytes(self.salt);
        format!("{salt:032x}")
    }

    /// Returns it as an object in its canonical form: `{"salt":"…","subject":"…"}`.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut object = Object::new();
        object.insert("salt", self.salt_text());
        object.insert("subject", self.subject.as_str());
        canon::to_vec(&Value::Object(object)).expect("two texts have a canonical form")
    }

    /// Reads such an object. None if it is none, or has another form.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let document = json::read(bytes).ok()?;
        let object = document.value.as_object()?;
        let salt: &[u8; 32] = object.str("salt")?.as_bytes().try_into().ok()?;
        let opening = Self {
            salt: from_hex(salt)?,
            subject: object.str("subject")?.to_owned(),
        };
        (opening.to_bytes() == bytes).then_some(opening)
    }
}
