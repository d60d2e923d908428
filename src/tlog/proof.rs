//! That one record is in a log, to be checked without the others and without asking anybody (C2SP `tlog-proof`).
//!
//! ```text
//! c2sp.org/tlog-proof@v1
//! index 1
//! KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
//!
//! example.com/behind-the-sofa
//! 2
//! RcCI1Nk56ZcSmIEfIn0SleqtV7uvrlXNccFx595Iwl0=
//!
//! — example.com/behind-the-sofa UgIom…
//! ```

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{
    Checkpoint, CheckpointError, MAX_NOTE_BYTES, Note, NoteError, checkpoint, leaf_of,
    merkle::{self, MAX_PROOF_HASHES, NotProven},
};
use crate::digest::Digest;

/// How long a proof may be, in bytes.
pub const MAX_PROOF_BYTES: usize = 2 * MAX_NOTE_BYTES;

/// The first line.
const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// The place of one record in a published tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Whatever else goes with it. Nobody signed this.
    pub extra: Option<Vec<u8>>,
    /// The place of the record, from 0.
    pub index: u64,
    /// The hashes that lead from the record to the root.
    pub hashes: Vec<Digest>,
    /// The checkpoint, with signatures.
    pub note: Note,
}

/// Why bytes are no proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The text that is signed is no checkpoint.
    #[error("its checkpoint: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// A line is not what belongs there.
    #[error("its line {0} is not what belongs there")]
    Line(usize),
    /// What stands behind the proof is no signed note.
    #[error("its checkpoint: {0}")]
    Note(#[from] NoteError),
    /// It is no UTF-8, or no empty line ends the hashes.
    #[error("it is no text of a proof")]
    NotText,
    /// It is longer than [`MAX_PROOF_BYTES`].
    #[error("it is longer than {} MiB", MAX_PROOF_BYTES >> 20)]
    TooLong,
}

impl Proof {
    /// Reads a proof, with what its checkpoint says. Nothing is verified.
    ///
    /// # Errors
    /// When it is none, or would not be written again byte for byte.
    pub fn parse(bytes: &[u8]) -> Result<(Self, Checkpoint), ProofError> {
        if bytes.len() > MAX_PROOF_BYTES {
            return Err(ProofError::TooLong);
        }
        let text = str::from_utf8(bytes).map_err(|_of_no_use| ProofError::NotText)?;
        let (lines, note) = text.split_once("\n\n").ok_or(ProofError::NotText)?;
        let mut lines = (1..).zip(lines.split('\n')).peekable();
        if lines.next().is_none_or(|(_, line)| line != HEADER) {
            return Err(ProofError::Line(1));
        }
        let mut extra = None;
        if let Some((number, line)) = lines.next_if(|(_, line)| line.starts_with("extra ")) {
            let data = BASE64_STANDARD.decode(&line["extra ".len()..]);
            extra = Some(data.map_err(|_of_no_use| ProofError::Line(number))?);
        }
        let (number, line) = lines.next().ok_or(ProofError::NotText)?;
        let index = line.strip_prefix("index ").and_then(checkpoint::decimal);
        let index = index.ok_or(ProofError::Line(number))?;
        let mut hashes = Vec::new();
        for (number, line) in lines {
            let hash = checkpoint::hash(line).filter(|_| hashes.len() < MAX_PROOF_HASHES);
            hashes.push(hash.ok_or(ProofError::Line(number))?);
        }
        let note = Note::parse(note.as_bytes())?;
        let checkpoint = Checkpoint::parse(note.text())?;
        let proof = Self {
            extra,
            index,
            hashes,
            note,
        };
        Ok((proof, checkpoint))
    }

    /// Checks that the record with this hash is where the proof says it is, in the tree of its checkpoint.
    ///
    /// # Errors
    /// When the hashes do not show it.
    pub fn check(&self, record: Digest, checkpoint: &Checkpoint) -> Result<(), NotProven> {
        let leaf = leaf_of(record);
        let tree = (checkpoint.size, checkpoint.root);
        merkle::check_inclusion(leaf, self.index, tree, &self.hashes)
    }
}

/// The proof as it is handed on.
impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", BASE64_STANDARD.encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        for hash in &self.hashes {
            writeln!(f, "{}", checkpoint::base64(hash))?;
        }
        write!(f, "\n{}", self.note)
    }
}
