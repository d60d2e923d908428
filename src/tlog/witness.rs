//! What a witness does when it is asked to cosign (C2SP `tlog-witness`): a decision, from what it cosigned last and
//! what it is asked, without clock, key or file.

use super::{
    Checkpoint, CheckpointError, Note, Request, RequestError, Unverified, VerifierKey,
    merkle::{self, NotProven},
};
use crate::digest::Digest;

/// What a witness cosigned last for a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// How many leaves the tree had.
    pub size: u64,
    /// Its root.
    pub root: Digest,
}

impl State {
    /// Before anything was cosigned for a log.
    pub fn empty() -> Self {
        Self {
            size: 0,
            root: merkle::empty_root(),
        }
    }

    /// Returns what cosigning a checkpoint makes of it.
    pub const fn of(checkpoint: &Checkpoint) -> Self {
        Self {
            size: checkpoint.size,
            root: checkpoint.root,
        }
    }
}

/// Why a witness does not cosign. Each has its status of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// 422: the proof does not show that the new tree continues the old one, or is there where nothing is to be shown.
    #[error("the consistency proof does not hold")]
    BadProof,
    /// 409: the old size is not that of the checkpoint that was cosigned last, which is in the answer.
    #[error("the size that was cosigned last is {0}")]
    Conflict(u64),
    /// 422: the log signed two trees of one size. One who keeps a chain signs only one: this proves that it keeps two.
    #[error("a checkpoint of this size was cosigned with another root")]
    DifferentRoot,
    /// 422: the tree without leaves has only one root, and this is not it.
    #[error("the tree without leaves has another root")]
    EmptyRoot,
    /// 403: a signature that says that a trusted key made it does not hold.
    #[error("a signature of the log does not hold")]
    InvalidSignature,
    /// 400: what was sent is no request.
    #[error("{0}")]
    Malformed(#[from] RequestError),
    /// 400: what the log signed is no checkpoint.
    #[error("{0}")]
    NoCheckpoint(#[from] CheckpointError),
    /// 400: the old size is larger than that of the checkpoint.
    #[error("the old size is larger than that of the checkpoint")]
    OldBeyondSize,
    /// 404: the witness trusts no key of this log.
    #[error("this log is not known here")]
    UnknownLog,
    /// 403: no trusted key of the log signed it.
    #[error("no known key of the log signed it")]
    Unsigned,
}

impl Refusal {
    /// Returns its status of HTTP.
    pub const fn status(self) -> u16 {
        match self {
            Self::Malformed(_) | Self::NoCheckpoint(_) | Self::OldBeyondSize => 400,
            Self::InvalidSignature | Self::Unsigned => 403,
            Self::UnknownLog => 404,
            Self::Conflict(_) => 409,
            Self::BadProof | Self::DifferentRoot | Self::EmptyRoot => 422,
        }
    }
}

impl From<NotProven> for Refusal {
    fn from(_: NotProven) -> Self {
        Self::BadProof
    }
}

/// A request from a log that the witness knows, whose signature holds: what is left to know is what was cosigned last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// What the log says.
    pub checkpoint: Checkpoint,
    /// The checkpoint with the signatures of the log's known keys, and no others.
    pub note: Note,
    old: u64,
    proof: Vec<Digest>,
}

impl Signed {
    /// Reads a request to cosign. `logs` are the keys that the witness trusts, each for the log that has its name.
    ///
    /// # Errors
    /// When it is refused whatever was cosigned before.
    pub fn parse<'a>(
        body: &[u8],
        logs: impl IntoIterator<Item = &'a VerifierKey>,
    ) -> Result<Self, Refusal> {
        let request = Request::parse(body)?;
        let origin = request.note.text().split('\n').next().unwrap_or_default();
        let known = logs.into_iter().filter(|key| key.name() == origin);
        let known: Vec<&VerifierKey> = known.collect();
        if known.is_empty() {
            return Err(Refusal::UnknownLog);
        }
        let note = only_known(&request.note, &known).map_err(|error| match error {
            Unverified::Invalid(_) => Refusal::InvalidSignature,
            Unverified::Unsigned => Refusal::Unsigned,
        })?;
        Ok(Self {
            checkpoint: Checkpoint::parse(note.text())?,
            note,
            old: request.old,
            proof: request.proof,
        })
    }

    /// Decides whether to cosign, `last` being what was cosigned last for this log.
    ///
    /// # Errors
    /// When the checkpoint does not continue that, or is not shown to.
    pub fn decide(&self, last: State) -> Result<(), Refusal> {
        let new = State::of(&self.checkpoint);
        if self.old > new.size {
            return Err(Refusal::OldBeyondSize);
        }
        if self.old != last.size {
            return Err(Refusal::Conflict(last.size));
        }
        if new.size == 0 && new.root != merkle::empty_root() {
            return Err(Refusal::EmptyRoot);
        }
        if new.size == last.size && new.root != last.root {
            return Err(Refusal::DifferentRoot);
        }
        let (old, size) = ((last.size, last.root), (new.size, new.root));
        Ok(merkle::check_consistency(old, size, &self.proof)?)
    }

    /// Whether the checkpoint by itself, with the one that was cosigned last, proves that the log shows two faces:
    /// whatever old size was sent with it.
    pub fn is_evidence(&self, last: State) -> bool {
        let new = State::of(&self.checkpoint);
        let is_other = new.size == last.size && new.root != last.root;
        is_other || new.size == 0 && new.root != merkle::empty_root()
    }
}

/// Returns a note with only those signatures that known keys made: a witness vouches for no other.
fn only_known(note: &Note, known: &[&VerifierKey]) -> Result<Note, Unverified> {
    let verified = note.verify(known.iter().copied())?;
    let mut kept = Note::unsigned(note.text().to_owned()).expect("it is the text of a note");
    for verified in verified {
        let added = kept.add(verified.signature.clone());
        added.expect("there are no more than it had");
    }
    Ok(kept)
}
