//! What a witness is asked (C2SP `tlog-witness`, `add-checkpoint`): to cosign a checkpoint that continues the one it
//! cosigned last.
//!
//! ```text
//! old 20852014
//! PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
//!
//! example.com/behind-the-sofa
//! 20852163
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//!
//! — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
//! ```

use std::fmt;

use super::{MAX_NOTE_BYTES, Note, NoteError, checkpoint, merkle::MAX_PROOF_HASHES};
use crate::digest::Digest;

/// How long a request may be, in bytes.
pub const MAX_REQUEST_BYTES: usize = MAX_NOTE_BYTES + 4096;

/// A request to cosign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The size of the checkpoint that the witness is believed to have cosigned last; 0 if none.
    pub old: u64,
    /// The proof that the new tree continues the old one.
    pub proof: Vec<Digest>,
    /// The checkpoint, signed by the log.
    pub note: Note,
}

/// Why bytes are no request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The first line does not name the old size.
    #[error("its first line is not `old` and a size")]
    Old,
    /// A line of the proof is no hash, or there are more than [`MAX_PROOF_HASHES`].
    #[error("its proof has a line that is no hash, or more than {MAX_PROOF_HASHES} lines")]
    Proof,
    /// No empty line ends the proof, or it is no UTF-8.
    #[error("it is no text with an empty line")]
    NotText,
    /// What stands behind the proof is no signed note.
    #[error("its checkpoint: {0}")]
    Note(#[from] NoteError),
}

impl Request {
    /// Reads a request.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, RequestError> {
        let text = str::from_utf8(bytes).map_err(|_of_no_use| RequestError::NotText)?;
        let (lines, note) = text.split_once("\n\n").ok_or(RequestError::NotText)?;
        let mut lines = lines.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old "));
        let old = old.and_then(checkpoint::decimal).ok_or(RequestError::Old)?;
        let mut proof = Vec::new();
        for line in lines {
            let hash = checkpoint::hash(line).filter(|_| proof.len() < MAX_PROOF_HASHES);
            proof.push(hash.ok_or(RequestError::Proof)?);
        }
        Ok(Self {
            old,
            proof,
            note: Note::parse(note.as_bytes())?,
        })
    }
}

/// The request as it is sent.
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old)?;
        for hash in &self.proof {
            writeln!(f, "{}", checkpoint::base64(hash))?;
        }
        write!(f, "\n{}", self.note)
    }
}
