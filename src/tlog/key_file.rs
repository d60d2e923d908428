//! The file in which a secret key is kept.
//!
//! ```text
//! # A secret key: whoever has it signs as `sealstone.invalid/subject/1f2e…`.
//! # public sealstone.invalid/subject/1f2e…+530d903a+AS…
//! # salt 000102030405060708090a0b0c0d0e0f
//! # subject "acme"
//! PRIVATE+KEY+sealstone.invalid/subject/1f2e…+530d903a+AT…
//! ```

use std::fmt;

use super::{KeyError, Opening, Signer};
use crate::{
    digest::from_hex,
    json::{self, Value},
};

/// How long the file of a key may be, in bytes.
pub const MAX_KEY_FILE_BYTES: u64 = 1 << 16;

/// A secret key, and what opens its name if that is bound to a subject.
#[derive(Debug)]
pub struct KeyFile {
    /// The key.
    pub signer: Signer,
    /// What opens its name.
    pub opening: Option<Opening>,
}

/// Why a file has no key. Nothing of the file is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    /// The line of the key is none.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// There is no line of a key, or more than one.
    #[error("it must have one line with a secret key, and only one")]
    NotOne,
    /// The lines of the salt and the subject do not give the name of the key, or are not of their form.
    #[error("its salt and subject do not give the name of its key")]
    Opening,
}

impl KeyFile {
    /// Reads the file of a key.
    ///
    /// # Errors
    /// When it has none.
    pub fn parse(text: &str) -> Result<Self, KeyFileError> {
        let (mut key, mut salt, mut subject) = (None, None, None);
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let Some(comment) = line.strip_prefix('#') else {
                if key.replace(line).is_some() {
                    return Err(KeyFileError::NotOne);
                }
                continue;
            };
            match comment.trim().split_once(' ') {
                Some(("salt", text)) => salt = Some(text),
                Some(("subject", text)) => subject = Some(text),
                _ => {}
            }
        }
        let signer = Signer::parse(key.ok_or(KeyFileError::NotOne)?)?;
        let opening = match (salt, subject) {
            (None, None) => None,
            (salt, subject) => {
                let opening = opening(salt, subject).ok_or(KeyFileError::Opening)?;
                if opening.origin() != signer.name() {
                    return Err(KeyFileError::Opening);
                }
                Some(opening)
            }
        };
        Ok(Self { signer, opening })
    }
}

fn opening(salt: Option<&str>, subject: Option<&str>) -> Option<Opening> {
    let salt: &[u8; 32] = salt?.as_bytes().try_into().ok()?;
    let subject = json::read(subject?.as_bytes()).ok()?;
    Some(Opening {
        salt: from_hex(salt)?,
        subject: subject.value.as_str()?.to_owned(),
    })
}

/// The text of the file. It is secret.
impl fmt::Display for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.signer.name();
        writeln!(f, "# A secret key: whoever has it signs as `{name}`.")?;
        writeln!(f, "# public {}", self.signer.verifier())?;
        if let Some(opening) = &self.opening {
            let mut subject = String::new();
            json::write(&Value::from(opening.subject.as_str()), &mut subject);
            writeln!(f, "# salt {}\n# subject {subject}", opening.salt_text())?;
        }
        writeln!(f, "{}", self.signer.secret_text())
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Kind, *};

    #[test]
    fn a_key_and_whom_it_is_bound_to_are_read_back() {
        for subject in ["acme", "a\nb # \"c\" \u{2028}", ""] {
            let opening = Opening {
                salt: [3; 16],
                subject: subject.to_owned(),
            };
            let signer = Signer::new(&opening.origin(), Kind::Note, &[4; 32]).unwrap();
            let public = signer.verifier();
            let opening = Some(opening);
            let text = KeyFile { signer, opening }.to_string();
            let read = KeyFile::parse(&text).unwrap();
            assert_eq!(read.signer.verifier(), public);
            assert_eq!(read.opening.unwrap().subject, subject);
            let other = text.replace("# subject \"", "# subject \"x");
            let refused = KeyFile::parse(&other).map(drop);
            assert_eq!(refused, Err(KeyFileError::Opening));
            let refused = KeyFile::parse(&format!("{text}{text}")).map(drop);
            assert_eq!(refused, Err(KeyFileError::NotOne));
        }
        assert_eq!(
            KeyFile::parse("# nothing\n").map(drop),
            Err(KeyFileError::NotOne)
        );
        let half = "# salt 00\nPRIVATE+KEY+x";
        assert!(KeyFile::parse(half).is_err());
    }
}
