//! Transparency logs: a log's records as the leaves of a Merkle tree, and what is published of that (FORMAT.md,
//! "Transparency log").
//!
//! Whoever keeps a log can rewrite all of it. Witnesses that sign how it was, each only what continues what it signed
//! before, take that away. The formats are those of the C2SP: a [`Checkpoint`] is the tree in three lines, a [`Note`]
//! is text with signatures, a cosignature is what a witness adds to one, [`policy`] says whose signatures count, and a
//! [`Proof`] shows one record to somebody who is not shown the others.
//!
//! Nothing here opens a file, asks a witness, reads a clock or makes a key: texts, keys and times come in.

mod checkpoint;
mod cosignature;
mod key;
mod key_file;
mod leaf;
pub mod merkle;
mod note;
pub mod policy;
mod proof;
mod request;
mod subject;
#[cfg(test)]
mod tests;
pub mod witness;

pub use self::{
    checkpoint::{Checkpoint, CheckpointError},
    cosignature::cosign,
    key::{KeyError, Kind, Signer, VerifierKey, is_key_name},
    key_file::{KeyFile, KeyFileError, MAX_KEY_FILE_BYTES},
    leaf::{Looked, leaf_of},
    merkle::Tree,
    note::{MAX_NOTE_BYTES, MAX_SIGNATURES, Note, NoteError, Signature, Unverified, Verified},
    policy::{Judged, Policy},
    proof::{MAX_PROOF_BYTES, Proof, ProofError},
    request::{MAX_REQUEST_BYTES, Request, RequestError},
    subject::Opening,
};
