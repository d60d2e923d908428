//! Paths as people write them.

use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use super::env;

/// Returns `path` with a leading `~` replaced by the home folder.
///
/// A shell does this for arguments; nothing does it for environment variables and settings files.
pub(super) fn expand(path: &OsStr) -> PathBuf {
    let rest = match path.as_bytes() {
        b"~" => b"".as_slice(),
        [b'~', b'/', rest @ ..] => rest,
        _ => return path.into(),
    };
    match env::read("HOME") {
        Some(home) => Path::new(&home).join(OsStr::from_bytes(rest)),
        None => path.into(),
    }
}
