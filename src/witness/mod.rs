//! Whether a log is whole: held against checkpoints that a witness keeps (FORMAT.md, "Witness checkpoints").
//!
//! A log that was cut at its end is intact by itself. A [`Checkpoint`] says how long it was and what its head was then;
//! whoever keeps one elsewhere can tell. [`Chain`] is what a log says to that, collected line by line, and a
//! [`Completeness`] is what comes of holding it against checkpoints.
//!
//! The verdicts are the reference's. Of a time stamp only is asked whether it is about the checkpoint: no signature is
//! checked here, and who keeps the checkpoints is not asked either. Nothing here reads a file or asks a witness.

mod chain;
mod checkpoint;
mod completeness;
pub mod stamp;
#[cfg(test)]
mod tests;

pub use self::{
    chain::{Chain, Looked},
    checkpoint::{AnswerError, Checkpoint, Damage, Flaw, of_answer, of_file},
    completeness::{Completeness, Conflict, STAMP_STATUS, SUBJECTLESS_CAVEAT, Standing},
};
