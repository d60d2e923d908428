//! Locks (`flock`), taken on the file that others take them on, for as long as the caller will wait.
//!
//! What is locked may be removed or replaced meanwhile: a lock counts only if the path still names the file.

use std::{
    fs::{File, Metadata, OpenOptions, TryLockError},
    io,
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::Path,
    thread,
    time::{Duration, Instant},
};

use super::{FileError, append::PRIVATE_MODE, open};
use crate::system;

/// The first pause between two attempts. Most writers hold a lock for less than this.
const FIRST_PAUSE: Duration = Duration::from_micros(100);
/// The longest pause: two hundred writers that poll must each come to their turn within some bound.
const LONGEST_PAUSE: Duration = Duration::from_millis(3);

/// How long a writer waits for a lock.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wait {
    /// For as long as another one holds it.
    Forever,
    /// Until then. The lock is asked for at least once.
    Until(Instant),
}

impl Wait {
    /// Waits for at most as long, from now on.
    pub(super) fn at_most(most: Duration) -> Self {
        let end = system::start().checked_add(most);
        end.map_or(Self::Forever, Self::Until)
    }

    /// Locks a file; `false` says that another one held it all the time.
    pub(super) fn lock(self, file: &File) -> io::Result<bool> {
        let Self::Until(end) = self else {
            return file.lock().map(|()| true);
        };
        let mut pause = FIRST_PAUSE;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(true),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(error),
            }
            let left = end.saturating_duration_since(system::start());
            if left.is_zero() {
                return Ok(false);
            }
            thread::sleep(pause.min(left));
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// Locks the file at `path`, which is created if it is not there and is `known` if that is the same one still.
/// Returns it, and what is known of it under the lock; `None` says that another one held it all the time.
///
/// # Errors
/// When it cannot be locked, or is no file; then `purpose` is what is said to be impossible.
pub(super) fn take(
    purpose: &'static str,
    path: &Path,
    mut known: Option<File>,
    options: &OpenOptions,
    wait: Wait,
) -> Result<Option<(File, Metadata)>, FileError> {
    loop {
        let file = match known.take() {
            Some(file) => file,
            None if is_special(path) => {
                let error = io::Error::other("not a regular file");
                return Err(FileError::of(purpose, path)(error));
            }
            None => options.open(path).map_err(FileError::of("open", path))?,
        };
        if !wait.lock(&file).map_err(FileError::of("lock", path))? {
            return Ok(None);
        }
        let held = file.metadata().map_err(FileError::of("inspect", path))?;
        if std::fs::metadata(path).is_ok_and(|there| identity(&there) == identity(&held)) {
            return Ok(Some((file, held)));
        }
    }
}

/// Returns how a file that is locked is opened. A link in its place is not followed.
pub(super) fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options
        .append(true)
        .create(true)
        .mode(PRIVATE_MODE)
        .custom_flags(open::in_place());
    options
}

/// Whether there is something other than a file: opening a pipe would wait for its other end.
fn is_special(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file())
}

/// What tells a file from another one that has its name.
pub(super) fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_waited_for_until_its_time_and_no_longer() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let most = Duration::from_millis(30);
        let take = |wait| take("lock", &path, None, &options(), wait).unwrap();
        let held = take(Wait::Forever).unwrap();
        let began = system::start();
        assert!(take(Wait::at_most(most)).is_none());
        assert!(began.elapsed() >= most);
        assert!(take(Wait::at_most(Duration::ZERO)).is_none());
        drop(held);
        assert!(take(Wait::at_most(Duration::ZERO)).is_some());
        assert!(take(Wait::at_most(Duration::MAX)).is_some());
    }

    #[test]
    fn a_file_that_lost_its_name_is_not_the_one_to_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let (known, before) = take("lock", &path, None, &options(), Wait::Forever)
            .unwrap()
            .unwrap();
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, "").unwrap();
        let (_file, after) = take("lock", &path, Some(known), &options(), Wait::Forever)
            .unwrap()
            .unwrap();
        assert_ne!(identity(&before), identity(&after));
    }
}
