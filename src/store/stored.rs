//! What comes of appending a record, and why it fails.

use std::{io, path::PathBuf, time::Duration};

use super::{FileError, tail::TailError};
use crate::{
    chain::SealError,
    digest::Digest,
    record::check::{self, Problem},
};

/// Why a record was not appended. The log is as it was before, unless the text says otherwise.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// A file operation failed.
    #[error(transparent)]
    File(#[from] FileError),
    /// The record is in the log, but whether it is on the disk is unknown.
    #[error("the record was written, but the disk did not confirm it: {0}")]
    NotDurable(FileError),
    /// The log is one subject's, and the record is about another.
    #[error(
        "`{}` is the chain of {}, not of {}",
        .path.display(), subject_name(.found.as_deref()), subject_name(.expected.as_deref())
    )]
    OtherSubject {
        /// The log.
        path: PathBuf,
        /// The subject whose chain it is.
        found: Option<String>,
        /// The subject of the record.
        expected: Option<String>,
    },
    /// Another process held the lock for as long as the caller would wait, and the record could not be set
    /// aside either.
    #[error("the log was locked for longer than {} ms, and the record could not be set aside: {cause}", .waited.as_millis())]
    NotSpooled {
        /// How long it was waited for.
        waited: Duration,
        /// Why it could not be set aside.
        cause: FileError,
    },
    /// The record could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The clock or the source of randomness failed.
    #[error("cannot stamp the record: {0}")]
    System(io::Error),
    /// The log cannot be extended.
    #[error("cannot append to `{}`: {reason}", .path.display())]
    Tail {
        /// The log.
        path: PathBuf,
        /// Why.
        reason: TailError,
    },
    /// The record was written in part, and that part could not be taken back: the next writer moves it aside.
    #[error("{0}; a part of it was written, which the next record will move aside")]
    Torn(FileError),
    /// The record would not verify.
    #[error("the record would not verify: {}", list(.0))]
    Unsound(Vec<Problem>),
}

fn subject_name(id: Option<&str>) -> String {
    match id {
        Some(id) => format!("`{}`", check::excerpt(id)),
        None => "no subject".to_owned(),
    }
}

fn list(problems: &[Problem]) -> String {
    let texts: Vec<String> = problems
        .iter()
        .map(|problem| format!("`{}`: {}", problem.pointer, problem.rule))
        .collect();
    texts.join("; ")
}

/// What became of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// It is in the log.
    Sealed(Receipt),
    /// It waits beside the log, and the next writer puts it in. That is as safe, as the durability says.
    Spooled(Spooled),
}

/// What was appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The record's id.
    pub record_id: String,
    /// Its hash. It is the chain's new head, unless it was merged with others.
    pub hash: Digest,
    /// What was moved aside first, if the log ended in a torn line.
    pub recovered: Option<Recovered>,
    /// What became of records that had been set aside.
    pub merged: Merged,
}

/// A record that was set aside because the log was locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spooled {
    /// The record's id, which it will have in the log.
    pub record_id: String,
    /// The file that holds it until then.
    pub path: PathBuf,
}

/// What a writer found in `LOG.spool`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Merged {
    /// How many records it put into the log beside its own.
    pub records: u64,
    /// How many files it could not take up. They are in `LOG.spool/refused`, and records in the log say so.
    pub refused: u64,
    /// How many files were still there when it looked last: they are for the next writers.
    pub waiting: usize,
    /// What keeps some of them there. It is said by one of an appender's receipts, and not again while it is the same.
    pub unmerged: Option<String>,
}

/// A torn line that was moved aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// Where its bytes are now, at the end of that file.
    pub path: PathBuf,
    /// How many bytes.
    pub bytes: u64,
    /// Their SHA-256.
    pub sha256: Digest,
}
