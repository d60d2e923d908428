//! Files in which a witness keeps checkpoints.

use std::{io::Read, path::Path};

use super::{FileError, open};

/// Reads a witness file while nobody writes it: who adds to one locks the file itself (`flock`).
///
/// # Errors
/// When it cannot be opened, locked or read, or is no regular file.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    let mut file = open::regular(path).map_err(FileError::of("open", path))?;
    file.lock_shared().map_err(FileError::of("lock", path))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)
        .map_err(FileError::of("read", path))?;
    Ok(bytes)
}
