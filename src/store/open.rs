//! Opening files that others put there: a pipe in their place must not make anybody wait, and a file without end
//! must not fill the memory.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use rustix::fs::OFlags;

use super::append::PRIVATE_MODE;

/// Opens a regular file to read it.
///
/// # Errors
/// When it cannot be opened, or is something else.
pub fn regular(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
        .open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other("not a regular file"))
    }
}

/// Reads the first `most` bytes of a regular file, and says whether it has more.
///
/// # Errors
/// As [`regular`], and when it cannot be read.
pub fn beginning(path: &Path, most: u64) -> io::Result<(Vec<u8>, bool)> {
    let mut bytes = Vec::new();
    let mut file = regular(path)?.take(most);
    file.read_to_end(&mut bytes)?;
    let is_cut = file.into_inner().read(&mut [0])? > 0;
    Ok((bytes, is_cut))
}

/// What keeps a link from being followed, and a pipe from being waited for.
pub(super) fn in_place() -> i32 {
    (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed()
}

/// Opens a file of ours to add to it, and creates it if it is not there. A link in its place would lead elsewhere:
/// whoever can make one there could have us write into any file.
///
/// # Errors
/// When it cannot be opened, or is something else.
pub(super) fn to_add(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(PRIVATE_MODE)
        .custom_flags(in_place())
        .open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other("not a regular file"))
    }
}
