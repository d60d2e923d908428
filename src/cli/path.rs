//! Paths as people write them.

use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use anyhow::Context;

use super::env;

/// Returns `path` with a leading `~` replaced by the home folder.
///
/// A shell does this for arguments; nothing does it for environment variables and settings files. A folder
/// that is really called `~` would be a trap for whoever removes it.
pub(super) fn expand(path: &OsStr) -> anyhow::Result<PathBuf> {
    let rest = match path.as_bytes() {
        b"~" => b"".as_slice(),
        [b'~', b'/', rest @ ..] => rest,
        _ => return Ok(path.into()),
    };
    let home = env::read("HOME").context("HOME is not set, so `~` leads nowhere")?;
    Ok(Path::new(&home).join(OsStr::from_bytes(rest)))
}
