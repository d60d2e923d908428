//! Keys of signed notes (C2SP `signed-note`): Ed25519, for logs that sign what they are and for witnesses that cosign
//! it.

use std::{fmt, str::FromStr};

use base64::{Engine, prelude::BASE64_STANDARD};
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};

use super::{Signature, cosignature};
use crate::digest::Digest;

/// What a key signs, which is a part of its id: the signature type of `signed-note`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// 0x04: a checkpoint, with the time at which a witness saw it (`tlog-cosignature`).
    Cosignature,
    /// 0x01: the text of a note.
    Note,
}

impl Kind {
    const fn byte(self) -> u8 {
        match self {
            Self::Cosignature => 4,
            Self::Note => 1,
        }
    }

    const fn of_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Note),
            4 => Some(Self::Cosignature),
            _ => None,
        }
    }
}

/// Why a text is no key. No part of the text is in it: it may be a secret one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The id is not that of the key and its name: one of them was altered or mistyped.
    #[error("its id is not that of its name and key")]
    Id,
    /// It is not of the form of a key, or the key is none of Ed25519.
    #[error("it is no key of a signed note")]
    Malformed,
    /// The name is empty, or has a blank, a control character or a plus sign.
    #[error("a key's name must not be empty, nor have blanks, control characters or plus signs")]
    Name,
    /// It is a key of a type that is not known here, for instance ML-DSA-44.
    #[error("it is a key of type 0x{0:02x}; 0x01 and 0x04 are known here, both Ed25519")]
    Type(u8),
}

/// Whether a key may have this name.
pub fn is_key_name(name: &str) -> bool {
    let is_out = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    !name.is_empty() && !name.contains(is_out)
}

/// The first four bytes of the hash of a key and its name.
fn key_id(name: &str, kind: Kind, key: &[u8; 32]) -> [u8; 4] {
    let bytes = [name.as_bytes(), b"\n", &[kind.byte()], key].concat();
    let [a, b, c, d, ..] = *Digest::of(&bytes).as_bytes();
    [a, b, c, d]
}

/// The parts of `<name>+<hex id>+<base64(type || key)>`.
struct Parts<'a> {
    name: &'a str,
    id: [u8; 4],
    kind: Kind,
    key: [u8; 32],
}

fn parts(text: &str) -> Result<Parts<'_>, KeyError> {
    let mut parts = text.splitn(3, '+');
    let mut part = || parts.next().ok_or(KeyError::Malformed);
    // The base64 text, which comes last, may have plus signs of its own.
    let (name, id, material) = (part()?, part()?, part()?);
    if !is_key_name(name) {
        return Err(KeyError::Name);
    }
    let material = BASE64_STANDARD.decode(material);
    let material = material.map_err(|_of_no_use| KeyError::Malformed)?;
    let (kind, key) = material.split_first().ok_or(KeyError::Malformed)?;
    let kind = Kind::of_byte(*kind).ok_or(KeyError::Type(*kind))?;
    let key = key.try_into().map_err(|_of_no_use| KeyError::Malformed)?;
    let is_hex = id.len() == 8 && !id.contains(|c: char| !matches!(c, '0'..='9' | 'a'..='f'));
    let id = u32::from_str_radix(id, 16).ok().filter(|_| is_hex);
    Ok(Parts {
        name,
        id: id.ok_or(KeyError::Malformed)?.to_be_bytes(),
        kind,
        key,
    })
}

fn text(name: &str, id: [u8; 4], kind: Kind, key: &[u8; 32]) -> String {
    let id = u32::from_be_bytes(id);
    let material = BASE64_STANDARD.encode([&[kind.byte()], &key[..]].concat());
    format!("{name}+{id:08x}+{material}")
}

/// A public key and its name, as whoever verifies is told. Its text is
/// `<name>+<hex id>+<base64(type || 32 bytes)>`.
///
/// ```
/// use sealstone::tlog::{Kind, VerifierKey};
///
/// let text = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
/// let key: VerifierKey = text.parse().unwrap();
/// assert_eq!((key.name(), key.kind()), ("example.com/foo", Kind::Note));
/// assert_eq!(key.to_string(), text);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: [u8; 4],
    kind: Kind,
    key: VerifyingKey,
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let parts = parts(text)?;
        let key = Self::new(parts.name, parts.kind, &parts.key)?;
        (key.id == parts.id).then_some(key).ok_or(KeyError::Id)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text(&self.name, self.id, self.kind, self.key.as_bytes()))
    }
}

impl VerifierKey {
    /// Makes one of the 32 bytes of a public key (RFC 8032).
    ///
    /// # Errors
    /// When a key must not have this name, or the bytes are no key.
    pub fn new(name: &str, kind: Kind, key: &[u8; 32]) -> Result<Self, KeyError> {
        if !is_key_name(name) {
            return Err(KeyError::Name);
        }
        Ok(Self {
            name: name.to_owned(),
            id: key_id(name, kind, key),
            kind,
            key: VerifyingKey::from_bytes(key).map_err(|_of_no_use| KeyError::Malformed)?,
        })
    }

    /// Returns its name: the origin of a log, or a witness's.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns what it signs.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns the 32 bytes of the public key (RFC 8032).
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// Whether a signature says that this key made it, by the key's name and id.
    pub fn is_of(&self, signature: &Signature) -> bool {
        self.name == signature.name && self.id == signature.id
    }

    /// Whether both are the same public key, whatever their names are.
    pub fn is_same_key(&self, other: &Self) -> bool {
        self.key == other.key
    }

    /// Whether signatures would not tell this key and the other one apart.
    pub(crate) fn is_confused_with(&self, other: &Self) -> bool {
        self.name == other.name && self.id == other.id
    }

    /// Verifies a signature of a note's text. None if it does not hold.
    pub(super) fn verify(&self, text: &str, signature: &Signature) -> Option<Holds> {
        let (time, message, bytes) = match self.kind {
            Kind::Note => (None, text.as_bytes().to_vec(), &signature.bytes[..]),
            Kind::Cosignature => {
                let (time, bytes) = cosignature::parts(&signature.bytes)?;
                let message = cosignature::message(time, text);
                (Some(time), message.into_bytes(), bytes)
            }
        };
        let signature = ed25519_dalek::Signature::from_slice(bytes).ok()?;
        let verified = self.key.verify_strict(&message, &signature);
        verified.is_ok().then_some(Holds { time })
    }
}

/// A signature that holds.
pub(super) struct Holds {
    /// When it was made, if it says so.
    pub(super) time: Option<u64>,
}

/// A secret key and its name. Its text is `PRIVATE+KEY+<name>+<hex id>+<base64(type || 32 bytes)>`, as Go's package
/// `note` has it.
///
/// It is wiped from the memory when it is dropped, and shows nothing of itself.
pub struct Signer {
    name: String,
    kind: Kind,
    key: SigningKey,
}

/// What stands in front of a secret key, so that nobody takes it for a public one.
const SECRET: &str = "PRIVATE+KEY+";

impl Signer {
    /// Makes a key of 32 random bytes.
    ///
    /// # Errors
    /// When a key must not have this name.
    pub fn new(name: &str, kind: Kind, random: &[u8; 32]) -> Result<Self, KeyError> {
        if !is_key_name(name) {
            return Err(KeyError::Name);
        }
        Ok(Self {
            name: name.to_owned(),
            kind,
            key: SigningKey::from_bytes(random),
        })
    }

    /// Reads a secret key.
    ///
    /// # Errors
    /// When it is none, or its id is not that of its name and key.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.strip_prefix(SECRET).ok_or(KeyError::Malformed)?;
        let parts = parts(text)?;
        let signer = Self::new(parts.name, parts.kind, &parts.key)?;
        let is_its = signer.id() == parts.id;
        is_its.then_some(signer).ok_or(KeyError::Id)
    }

    /// Returns the text of the secret key.
    pub fn secret_text(&self) -> String {
        let key = text(&self.name, self.id(), self.kind, self.key.as_bytes());
        format!("{SECRET}{key}")
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns what it signs.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns the public key.
    pub fn verifier(&self) -> VerifierKey {
        VerifierKey {
            name: self.name.clone(),
            id: self.id(),
            kind: self.kind,
            key: self.key.verifying_key(),
        }
    }

    /// Signs the text of a note. None if this is a key for cosignatures: what a witness signs says when it did.
    pub fn sign(&self, text: &str) -> Option<Signature> {
        (self.kind == Kind::Note).then(|| self.signature(text.as_bytes(), &[]))
    }

    /// Signs a message, and puts `before` in front of what comes of it.
    pub(super) fn signature(&self, message: &[u8], before: &[u8]) -> Signature {
        let bytes = self.key.sign(message).to_bytes();
        Signature {
            name: self.name.clone(),
            id: self.id(),
            bytes: [before, &bytes].concat(),
        }
    }

    fn id(&self) -> [u8; 4] {
        key_id(&self.name, self.kind, self.key.verifying_key().as_bytes())
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Signer");
        let shown = shown.field("name", &self.name).field("kind", &self.kind);
        shown.finish_non_exhaustive()
    }
}
