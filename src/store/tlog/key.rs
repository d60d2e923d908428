//! Files of secret keys: made once, readable by their owner, and held by one run at a time.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use super::super::{
    FileError,
    append::{PRIVATE_MODE, sync_folder_of},
    open,
};
use crate::tlog::{KeyFile, KeyFileError, MAX_KEY_FILE_BYTES};

/// Writes a secret key to a new file that only its owner can read. One that is there is not touched.
///
/// # Errors
/// When there is something with this name, or it cannot be written.
pub fn create_key(path: &Path, key: &KeyFile) -> Result<(), FileError> {
    let write = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(PRIVATE_MODE)
            .open(path)?;
        file.write_all(key.to_string().as_bytes())?;
        file.sync_all()
    };
    write().map_err(FileError::of("create", path))?;
    sync_folder_of(path)
}

/// A secret key that nobody else signs with at the same time.
#[derive(Debug)]
pub struct HeldKey {
    /// The key.
    pub key: KeyFile,
    /// Whether others than its owner can read or write the file.
    pub is_exposed: bool,
    /// Locked (`flock`) as long as it is open.
    file: File,
}

/// Why there is no key. Nothing of the file is in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyReadError {
    /// It cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// It has no key.
    #[error("`{}` is no file of a key: {error}", .path.display())]
    NoKey {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: KeyFileError,
    },
    /// Another process signs with it.
    #[error("another process signs with `{}`", .0.display())]
    Taken(PathBuf),
}

impl HeldKey {
    /// Returns the key, and what nobody else can hold it by as long as it is there.
    pub fn into_parts(self) -> (KeyFile, Hold) {
        (self.key, Hold(self.file))
    }
}

/// A secret key is held as long as this is there.
#[derive(Debug)]
#[must_use = "the key is free once this is dropped"]
pub struct Hold(#[expect(dead_code, reason = "it is a lock")] File);

/// Reads a secret key, and waits until nobody else holds it: of two runs that sign for one log, the second one must
/// see what the first one published.
///
/// # Errors
/// When it cannot be read or locked, or has no key.
pub fn hold_key(path: &Path) -> Result<HeldKey, KeyReadError> {
    let file = open::regular(path).map_err(FileError::of("open", path))?;
    file.lock().map_err(FileError::of("lock", path))?;
    held(path, file)
}

/// The same without waiting, for who holds it for as long as it runs: a witness that cosigns from two stores could
/// cosign two faces of a log.
///
/// # Errors
/// When it cannot be read or locked, has no key, or is held by another.
pub fn take_key(path: &Path) -> Result<HeldKey, KeyReadError> {
    let file = open::regular(path).map_err(FileError::of("open", path))?;
    match file.try_lock() {
        Ok(()) => held(path, file),
        Err(TryLockError::WouldBlock) => Err(KeyReadError::Taken(path.to_owned())),
        Err(TryLockError::Error(error)) => Err(FileError::of("lock", path)(error).into()),
    }
}

fn held(path: &Path, file: File) -> Result<HeldKey, KeyReadError> {
    let metadata = file.metadata().map_err(FileError::of("inspect", path))?;
    let mut text = String::new();
    let mut start = (&file).take(MAX_KEY_FILE_BYTES);
    start
        .read_to_string(&mut text)
        .map_err(FileError::of("read", path))?;
    let key = KeyFile::parse(&text).map_err(|error| KeyReadError::NoKey {
        path: path.to_owned(),
        error,
    })?;
    Ok(HeldKey {
        key,
        is_exposed: metadata.permissions().mode() & 0o077 != 0,
        file,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::tlog::{Kind, Signer};

    #[test]
    fn a_key_is_its_owners_and_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let key = KeyFile {
            signer: Signer::new("log", Kind::Note, &[1; 32]).unwrap(),
            opening: None,
        };
        create_key(&path, &key).unwrap();
        let before = fs::read_to_string(&path).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(create_key(&path, &key).is_err());
        let held = hold_key(&path).unwrap();
        assert!(!held.is_exposed);
        assert_eq!(fs::read_to_string(&path).unwrap(), before);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        drop(held);
        assert!(hold_key(&path).unwrap().is_exposed);
    }
}
