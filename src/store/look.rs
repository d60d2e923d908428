//! A glance at a log, without writing and without waiting: where it ends, and who is at it.

use std::{
    fs::{self, File, TryLockError},
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use rustix::fs::{Access, access};

use super::{FileError, TailError, beside, spool, tail};

/// How much of the end of a log [`last_lines`] reads.
const WINDOW_BYTES: u64 = 1 << 20;

/// Why nothing can be said of a log.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// It cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// No record can be put behind its end.
    #[error(transparent)]
    Tail(#[from] TailError),
}

/// The end of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// Whether it has a record; the last one then holds by itself.
    pub has_records: bool,
    /// Bytes of a record that was cut off behind it; the next writer moves them aside.
    pub torn_bytes: u64,
}

/// Returns how the log ends; `None` if there is none yet.
///
/// # Errors
/// When it is no regular file, cannot be read, or no record can be put behind its end.
pub fn end(log: &Path) -> Result<Option<End>, LookError> {
    let Some((file, len)) = opened(log)? else {
        return Ok(None);
    };
    let tail = tail::find(&file, len)?;
    Ok(Some(End {
        has_records: tail.head.is_some(),
        torn_bytes: tail.torn,
    }))
}

/// Returns the last lines of a log, up to 1 MiB of them; empty if there is no log.
///
/// # Errors
/// When it cannot be read.
pub fn last_lines(log: &Path) -> Result<Vec<u8>, FileError> {
    let Some((file, len)) = opened(log)? else {
        return Ok(Vec::new());
    };
    let start = len.saturating_sub(WINDOW_BYTES);
    let mut bytes = vec![0; usize::try_from(len - start).unwrap_or_default()];
    file.read_exact_at(&mut bytes, start)
        .map_err(FileError::of("read", log))?;
    Ok(bytes)
}

/// Whether a writer holds the lock of a log at this moment.
///
/// # Errors
/// When the lock cannot be opened by us, and so not by a writer of ours.
pub fn is_locked(log: &Path) -> Result<bool, FileError> {
    let path = beside(log, ".lock");
    match fs::metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Ok(metadata) if !metadata.is_file() => {
            let error = io::Error::other("not a regular file");
            return Err(FileError::of("lock", &path)(error));
        }
        _ => {}
    }
    let lock = File::options().append(true).open(&path);
    let lock = lock.map_err(FileError::of("open", &path))?;
    match lock.try_lock() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(FileError::of("lock", &path)(error)),
    }
}

/// Returns whether a log is there, and can be written; `false` says that it can be made.
///
/// # Errors
/// When it can be neither written nor made by us.
pub fn can_append(log: &Path) -> Result<bool, FileError> {
    if opened(log)?.is_some() {
        // Opened as a writer would, and nothing is written.
        let file = File::options().append(true).open(log);
        return file.map(|_| true).map_err(FileError::of("write", log));
    }
    let above = log.ancestors().skip(1).find(|folder| folder.exists());
    let folder = above.filter(|folder| !folder.as_os_str().is_empty());
    let wanted = Access::WRITE_OK | Access::EXEC_OK;
    access(folder.unwrap_or(Path::new(".")), wanted)
        .map(|()| false)
        .map_err(|error| FileError::of("make", log)(error.into()))
}

/// Returns the folder in which records wait that could not be appended yet, `LOG.spool`, and how many wait
/// there. It need not be there.
pub fn spooled(log: &Path) -> (PathBuf, usize) {
    (beside(log, ".spool"), spool::waiting(log))
}

fn opened(log: &Path) -> Result<Option<(File, u64)>, FileError> {
    let metadata = match fs::metadata(log) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(FileError::of("inspect", log))?,
    };
    if !metadata.is_file() {
        let error = io::Error::other("not a regular file");
        return Err(FileError::of("read", log)(error));
    }
    let file = File::open(log).map_err(FileError::of("open", log))?;
    Ok(Some((file, metadata.len())))
}
