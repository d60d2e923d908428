//! Whether a log is whole: held against checkpoints that a witness keeps (FORMAT.md, "Witness checkpoints").
//!
//! A log that was cut at its end is intact by itself. A [`Checkpoint`] says how long it was and what its head was then;
//! whoever keeps one elsewhere can tell. [`Chain`] is what a log says to that, collected line by line, and a
//! [`Completeness`] is what comes of holding it against checkpoints.
//!
//! The verdicts are the reference's, with one more: where a line of the witness is damaged, a log is not complete, however
//! well the others fit. Two logs of one subject are told apart by their first records. A time stamp is
//! verified, and says by whom it is and who stands behind that. Nothing here reads a file or asks anybody.

mod chain;
mod checkpoint;
mod completeness;
mod kept;
mod lateness;
mod ledger;
mod scope;
pub mod stamp;
mod statement;
#[cfg(test)]
mod tests;

pub use self::{
    chain::{Chain, Looked},
    checkpoint::{Checkpoint, Flaw},
    completeness::{
        Completeness, Conflict, Expected, Lateness, SUBJECTLESS_CAVEAT, Stamped, Standing, Trust,
    },
    kept::{AnswerError, Damage, Kept, of_answer, of_file, of_line},
    lateness::{Late, late},
    ledger::{Ledger, Refusal},
    scope::{NoPattern, Scope},
    statement::{MAX_COUNT, StatementError, of_statement},
};
pub(crate) use self::{ledger::chain_key, statement::written};
