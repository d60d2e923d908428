//! Signed notes (C2SP `signed-note`): a text, and signatures below an empty line.
//!
//! ```text
//! This is an example message.
//!
//! — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
//! ```
//!
//! A note that was read is written again byte for byte: what would not be is none.

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{VerifierKey, is_key_name};

/// How long a note may be, in bytes.
pub const MAX_NOTE_BYTES: usize = 1 << 20;

/// How many signatures a note may have. Sixteen are the least that must be read.
pub const MAX_SIGNATURES: usize = 100;

/// What each line with a signature begins with: an em dash and a blank.
const DASH: &str = "\u{2014} ";

/// A line below a note: which key made it, and what.
///
/// Of one whose key is not known, nothing is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    pub(super) name: String,
    pub(super) id: [u8; 4],
    /// What the key's type makes of it. For a cosignature, it begins with the time.
    pub(super) bytes: Vec<u8>,
}

impl Signature {
    /// Returns the name of the key that is said to have made it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Reads a line, without the line feed that ends it.
    fn parse(line: &str) -> Option<Self> {
        let (name, bytes) = line.strip_prefix(DASH)?.split_once(' ')?;
        let bytes = BASE64_STANDARD.decode(bytes).ok()?;
        let (id, bytes) = bytes.split_first_chunk::<4>()?;
        let is_whole = is_key_name(name) && !bytes.is_empty();
        is_whole.then(|| Self {
            name: name.to_owned(),
            id: *id,
            bytes: bytes.to_vec(),
        })
    }

    /// Reads lines with signatures, each ended by a line feed: what a witness answers with.
    ///
    /// # Errors
    /// When one of them is none, or there are none or too many.
    pub fn parse_lines(text: &str) -> Result<Vec<Self>, NoteError> {
        let lines = text.strip_suffix('\n').ok_or(NoteError::Signature)?;
        let mut signatures = Vec::new();
        for line in lines.split('\n') {
            if signatures.len() == MAX_SIGNATURES {
                return Err(NoteError::TooManySignatures);
            }
            signatures.push(Self::parse(line).ok_or(NoteError::Signature)?);
        }
        Ok(signatures)
    }
}

/// The line, without a line feed.
impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = BASE64_STANDARD.encode([&self.id[..], &self.bytes].concat());
        write!(f, "{DASH}{} {bytes}", self.name)
    }
}

/// Why bytes are no signed note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// It has a control character other than a line feed, or is no UTF-8.
    #[error("it is no text, or has control characters")]
    NotText,
    /// There is no empty line with a text in front of it and signatures behind it.
    #[error("it has no text with signatures below it")]
    NotSigned,
    /// A line below the text is no signature.
    #[error("a line below its text is no signature")]
    Signature,
    /// It is longer than [`MAX_NOTE_BYTES`].
    #[error("it is longer than {} MiB", MAX_NOTE_BYTES >> 20)]
    TooLong,
    /// It has more signatures than [`MAX_SIGNATURES`].
    #[error("it has more than {MAX_SIGNATURES} signatures")]
    TooManySignatures,
}

/// Why a note is refused whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// A signature says that a known key made it, and does not hold: somebody altered the note or the signature.
    #[error("the signature of {0:?} does not hold")]
    Invalid(String),
    /// No known key signed it. What it says is worth nothing then.
    #[error("no known key signed it")]
    Unsigned,
}

/// A signature that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified<'a> {
    /// Whose it is.
    pub key: &'a VerifierKey,
    /// When it was made, as its maker says: of a cosignature, in seconds since 1970.
    pub time: Option<u64>,
    /// The signature.
    pub signature: &'a Signature,
}

/// A text with signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The text, whose last character is a line feed.
    text: String,
    signatures: Vec<Signature>,
}

impl Note {
    /// Makes a note that nobody signed yet. None if the text cannot be one: it must end with a line feed, and have no
    /// other control characters.
    pub fn unsigned(text: String) -> Option<Self> {
        is_text(&text).then_some(Self {
            text,
            signatures: Vec::new(),
        })
    }

    /// Reads a note. The signatures are not verified.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLong);
        }
        let note = str::from_utf8(bytes).map_err(|_of_no_use| NoteError::NotText)?;
        if !is_text(note) {
            let is_cut = !note.ends_with('\n');
            return Err(if is_cut && !has_controls(note) {
                NoteError::NotSigned
            } else {
                NoteError::NotText
            });
        }
        let (text, signatures) = note.rsplit_once("\n\n").ok_or(NoteError::NotSigned)?;
        if signatures.is_empty() {
            return Err(NoteError::NotSigned);
        }
        Ok(Self {
            text: format!("{text}\n"),
            signatures: Signature::parse_lines(signatures)?,
        })
    }

    /// Returns the text. It is worth nothing as long as no known key signed it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns what stands below the text.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Adds a signature, unless it is there.
    ///
    /// # Errors
    /// When there are as many as a note may have.
    pub fn add(&mut self, signature: Signature) -> Result<(), NoteError> {
        if self.signatures.contains(&signature) {
            return Ok(());
        }
        if self.signatures.len() == MAX_SIGNATURES {
            return Err(NoteError::TooManySignatures);
        }
        self.signatures.push(signature);
        Ok(())
    }

    /// Removes the signatures that say that this key made them.
    pub fn remove(&mut self, key: &VerifierKey) {
        self.signatures.retain(|signature| !key.is_of(signature));
    }

    /// Verifies the signatures of known keys; others are passed over. Of two by one key, both must hold.
    ///
    /// # Errors
    /// When no known key signed the note, or a signature that says that a known key made it does not hold.
    pub fn verify<'a>(
        &'a self,
        known: impl IntoIterator<Item = &'a VerifierKey>,
    ) -> Result<Vec<Verified<'a>>, Unverified> {
        let known: Vec<&VerifierKey> = known.into_iter().collect();
        let mut verified = Vec::new();
        for signature in &self.signatures {
            for key in known.iter().filter(|key| key.is_of(signature)) {
                let invalid = || Unverified::Invalid(signature.name.clone());
                let holds = key.verify(&self.text, signature).ok_or_else(invalid)?;
                verified.push(Verified {
                    key,
                    time: holds.time,
                    signature,
                });
            }
        }
        if verified.is_empty() {
            return Err(Unverified::Unsigned);
        }
        Ok(verified)
    }
}

/// The note as it is published.
impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures
            .iter()
            .try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

fn is_text(text: &str) -> bool {
    text.ends_with('\n') && !has_controls(text)
}

/// Whether there is an ASCII control character other than a line feed.
fn has_controls(text: &str) -> bool {
    text.bytes().any(|byte| byte < b' ' && byte != b'\n')
}
