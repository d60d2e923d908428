//! Writing a file as a whole: it has its name once it is complete, and what had the name before stays until then.

use std::{
    fs::{self, Permissions},
    io::{self, BufWriter, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use anyhow::Context;
use tempfile::NamedTempFile;

/// Writes the file at `path` with what `write` gives. Anything that is there and no file, such as `/dev/stdout` or a
/// pipe, is written to as it is.
pub(super) fn write(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> anyhow::Result<()> {
    let context = || format!("cannot write `{}`", path.display());
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        let mut out = fs::OpenOptions::new()
            .write(true)
            .open(path)
            .with_context(context)?;
        return write(&mut out).with_context(context);
    }
    // A link stays one.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut file = beside(&target).with_context(context)?;
    let mut out = BufWriter::new(file.as_file_mut());
    write(&mut out)
        .and_then(|()| out.flush())
        .with_context(context)?;
    drop(out);
    file.persist(&target)
        .map_err(|error| error.error)
        .with_context(context)?;
    Ok(())
}

/// Makes a file that can take the place of `target`, with its mode, or that of any new file.
fn beside(target: &Path) -> io::Result<NamedTempFile> {
    const ANY_NEW_FILE: u32 = 0o666;
    let folder = target
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    builder
        .prefix(".sealstone-")
        .permissions(Permissions::from_mode(ANY_NEW_FILE));
    let file = builder.tempfile_in(folder.unwrap_or(Path::new(".")))?;
    if let Ok(metadata) = fs::metadata(target) {
        file.as_file().set_permissions(metadata.permissions())?;
    }
    Ok(file)
}
