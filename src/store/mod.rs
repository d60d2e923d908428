//! Logs on disk. One file is one chain.
//!
//! [`append`] is the only way into them, [`read`] the only code that reads them whole, [`again`] a second time;
//! [`lines`] reads them for what they say instead of whether they hold, [`look`] their ends; [`extract`] copies
//! records out of one, and [`gate`] reads what is new in them, behind what [`state`] remembers of them. Beside a log `LOG` stand `LOG.lock`, which every writer locks (`flock`, as the
//! reference does, so that both can write one chain in turn), `LOG.torn` once a write was cut off, and `LOG.spool`
//! while records wait that could not wait for the lock.

pub mod again;
pub mod append;
mod blocks;
pub mod extract;
pub mod folder;
pub mod gate;
pub mod lines;
mod lock;
pub mod look;
mod map;
pub mod memory;
mod merge;
pub mod open;
mod open_log;
pub mod read;
pub mod records;
pub mod route;
mod seal;
mod spool;
pub mod state;
mod stored;
mod tail;
pub mod tlog;
mod torn;
pub mod witness;

use std::{
    io,
    path::{Path, PathBuf},
};

pub use tail::TailError;

/// A file operation that failed, with what was done to which file.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} `{}`: {}", .path.display(), reason(.cause))]
pub struct FileError {
    /// The operation, as a verb.
    pub action: &'static str,
    /// The file.
    pub path: PathBuf,
    /// What the system said. It is part of the text, so it is no source that is printed again.
    pub cause: io::Error,
}

impl FileError {
    pub(crate) fn of(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |cause| Self {
            action,
            path,
            cause,
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

/// Creates a folder with those above it, if it is not there, and makes its name durable.
///
/// # Errors
/// When it cannot be created.
pub fn create_folder(folder: &Path) -> Result<(), FileError> {
    if folder.is_dir() {
        return Ok(());
    }
    std::fs::create_dir_all(folder).map_err(FileError::of("create", folder))?;
    append::sync_folder_of(folder)
}

/// Returns `path` with `suffix` behind its name.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
