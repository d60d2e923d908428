//! Files that get their names once they are whole: what had a name before stays until then, and nothing that was read is
//! written over.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use anyhow::Context;
use tempfile::NamedTempFile;

/// A file beside the one that it will be. Dropped before it is kept, nothing is left of it.
pub(super) struct Target {
    /// As it was given.
    given: PathBuf,
    /// Where it will be: a link is followed.
    path: PathBuf,
    temporary: NamedTempFile,
}

impl Target {
    /// Begins a file that only its owner can read, or whoever could read the one that it replaces. It is none of
    /// `inputs`, which are what it is made of. The error is for a reader.
    pub(super) fn new(given: &Path, inputs: &[&Path]) -> Result<Self, String> {
        let cannot = |why: String| format!("cannot write {}: {why}", given.display());
        let path = fs::canonicalize(given).unwrap_or_else(|_| given.to_owned());
        if path.is_symlink() {
            return Err(cannot("it is a link that leads to no file".to_owned()));
        }
        let folder = folder_of(&path);
        if !folder.is_dir() {
            let folder = folder.display();
            return Err(cannot(format!("directory {folder} does not exist")));
        }
        if let Ok(metadata) = fs::metadata(&path) {
            if !metadata.is_file() {
                return Err(cannot("there is something that is no file".to_owned()));
            }
            if let Some(input) = inputs.iter().find(|input| is_file_of(input, &metadata)) {
                let input = input.display();
                return Err(cannot(format!("it is {input}, which is read for it")));
            }
        }
        let temporary = tempfile::Builder::new()
            .prefix(".sealstone-")
            .tempfile_in(folder)
            .and_then(|temporary| keep_mode(&path, temporary));
        Ok(Self {
            given: given.to_owned(),
            path,
            temporary: temporary.map_err(|error| cannot(error.to_string()))?,
        })
    }

    /// Returns its name as it was given.
    pub(super) fn name(&self) -> String {
        self.given.display().to_string()
    }

    /// Returns a file without a name where this one is.
    pub(super) fn unnamed(&self) -> io::Result<File> {
        tempfile::tempfile_in(folder_of(&self.path))
    }

    /// Returns the file, to be written.
    pub(super) fn file(&self) -> io::Result<File> {
        self.temporary.as_file().try_clone()
    }

    /// Whether the other one would take its name.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let named = |target: &Self| {
            let folder = fs::canonicalize(folder_of(&target.path)).ok();
            (folder, target.path.file_name().map(ToOwned::to_owned))
        };
        named(self) == named(other)
    }

    /// Makes sure that all of it is on the disk.
    pub(super) fn sync(&self) -> Result<(), String> {
        let synced = self.temporary.as_file().sync_all();
        synced.map_err(|error| format!("cannot write {}: {error}", self.name()))
    }

    /// Gives it its name, instead of a file that has it.
    pub(super) fn keep(self) -> Result<(), String> {
        let name = self.name();
        let kept = self.temporary.persist(&self.path);
        kept.map_err(|error| format!("cannot write {name}: {}", error.error))?;
        // The name is kept once the folder is.
        let folder = File::open(folder_of(&self.path)).and_then(|folder| folder.sync_all());
        folder.map_err(|error| format!("cannot write {name}: {error}"))
    }
}

/// Gives a file the mode of the one whose name it will take.
fn keep_mode(path: &Path, file: NamedTempFile) -> io::Result<NamedTempFile> {
    if let Ok(metadata) = fs::metadata(path) {
        file.as_file().set_permissions(metadata.permissions())?;
    }
    Ok(file)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Whether a path, or `-` for standard input, leads to a file.
fn is_file_of(path: &Path, other: &fs::Metadata) -> bool {
    let path = if path.as_os_str() == "-" {
        Path::new("/dev/stdin")
    } else {
        path
    };
    let place = |metadata: &fs::Metadata| (metadata.dev(), metadata.ino());
    fs::metadata(path).is_ok_and(|metadata| place(&metadata) == place(other))
}

/// Writes the file at `path` with what `write` gives. What is there and no file, such as `/dev/stdout` or a pipe, is
/// written to as it is.
pub(super) fn write(
    path: &Path,
    inputs: &[&Path],
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> anyhow::Result<()> {
    let context = || format!("cannot write `{}`", path.display());
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
        let mut out = fs::OpenOptions::new()
            .write(true)
            .open(path)
            .with_context(context)?;
        return write(&mut out).with_context(context);
    }
    let target = Target::new(path, inputs).map_err(anyhow::Error::msg)?;
    let mut out = BufWriter::new(target.file().with_context(context)?);
    write(&mut out)
        .and_then(|()| out.flush())
        .with_context(context)?;
    target
        .sync()
        .and_then(|()| target.keep())
        .map_err(anyhow::Error::msg)
}
