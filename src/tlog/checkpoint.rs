//! A log's tree in three lines (C2SP `tlog-checkpoint`).
//!
//! ```text
//! example.com/behind-the-sofa
//! 20852163
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//! ```

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::digest::Digest;

/// The largest tree: sizes are signed numbers in other implementations.
const MAX_SIZE: u64 = i64::MAX.cast_unsigned();

/// What a log's tree was at some size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log it is: a unique name, that of the key with which the log signs.
    pub origin: String,
    /// How many leaves the tree has.
    pub size: u64,
    /// The tree's root.
    pub root: Digest,
    /// Whatever else the log says. Witnesses do not look at it.
    pub extensions: Vec<String>,
}

/// A text that is no checkpoint, or would not be written again byte for byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no checkpoint: a line with an origin, one with a size and one with a root")]
pub struct CheckpointError;

impl Checkpoint {
    /// Reads the text of a note.
    ///
    /// # Errors
    /// When it is no checkpoint.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let mut lines = text.strip_suffix('\n').ok_or(CheckpointError)?.split('\n');
        let mut line = || lines.next().ok_or(CheckpointError);
        let (origin, size, root) = (line()?, line()?, line()?);
        let size = decimal(size).filter(|size| *size <= MAX_SIZE);
        let checkpoint = Self {
            origin: origin.to_owned(),
            size: size.ok_or(CheckpointError)?,
            root: hash(root).ok_or(CheckpointError)?,
            extensions: lines.map(ToOwned::to_owned).collect(),
        };
        let is_empty = |line: &String| line.is_empty();
        if origin.is_empty() || checkpoint.extensions.iter().any(is_empty) {
            return Err(CheckpointError);
        }
        Ok(checkpoint)
    }
}

/// The text, which ends with a line feed.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, base64(&self.root))?;
        let mut extensions = self.extensions.iter();
        extensions.try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// Reads a decimal number without leading zeros.
pub(super) fn decimal(text: &str) -> Option<u64> {
    let is_written_so =
        text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| is_written_so)
}

/// Reads a hash in base64.
pub(super) fn hash(text: &str) -> Option<Digest> {
    let bytes = BASE64_STANDARD.decode(text).ok()?;
    Some(Digest::from_bytes(bytes.try_into().ok()?))
}

/// Returns a hash in base64.
pub(super) fn base64(hash: &Digest) -> String {
    BASE64_STANDARD.encode(hash.as_bytes())
}
