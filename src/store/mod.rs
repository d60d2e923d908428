//! Logs on disk. One file is one chain.
//!
//! [`append`] is the only code that writes logs, [`read`] the only code that reads them whole. Beside a log
//! `LOG` stand `LOG.lock`, which every writer locks (`flock`, as the reference does, so that both can write
//! one chain in turn), and `LOG.torn` once a write was cut off.

pub mod append;
pub mod map;
pub mod read;
pub mod route;
mod tail;

use std::{
    io,
    path::{Path, PathBuf},
};

pub use tail::TailError;

/// A file operation that failed, with what was done to which file.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} `{}`: {}", .path.display(), reason(.source))]
pub struct FileError {
    /// The operation, as a verb.
    pub action: &'static str,
    /// The file.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

impl FileError {
    pub(crate) fn of(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self {
            action,
            path,
            source,
        }
    }
}

/// The system's words without the number that Rust appends.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((words, _)) => words.to_lowercase(),
        None => text,
    }
}

/// Returns `path` with `suffix` behind its name.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
