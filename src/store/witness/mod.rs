//! Files in which a witness keeps checkpoints, one a line (FORMAT.md, "Witness checkpoints").
//!
//! Who adds to one locks the file itself (`flock`), as the reference does, so that both can write one file in turn.
//! [`append()`] adds one checkpoint; a [`Keeper`] is for a server that adds many and is asked for them.

mod append;
mod conflicts;
mod index;
mod keeper;
mod locked;

use std::{io::Read, path::Path};

pub use self::{
    append::{AppendError, append},
    index::{Damaged, Found, Query},
    keeper::{CONFLICTS_FILE, Counts, FILE, Keeper, KeeperError, NotTaken, Notice},
};
use super::{FileError, open};

/// Reads a witness file while nobody writes it.
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
