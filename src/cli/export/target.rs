//! Files that get their names once they are whole.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use sealstone::digest::{Digest, Hasher};
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
    /// Begins a file that only its owner can read. The error is for a reader.
    pub(super) fn new(given: &Path, log: &Path) -> Result<Self, String> {
        let cannot = |why: String| format!("cannot write {}: {why}", given.display());
        let path = fs::canonicalize(given).unwrap_or_else(|_| given.to_owned());
        let folder = folder_of(&path);
        if !folder.is_dir() {
            let folder = folder.display();
            return Err(cannot(format!("directory {folder} does not exist")));
        }
        if let Ok(metadata) = fs::metadata(&path) {
            if !metadata.is_file() {
                return Err(cannot("there is something that is no file".to_owned()));
            }
            if is_file_of(log, &metadata) {
                return Err(cannot("it is the log".to_owned()));
            }
        }
        let temporary = tempfile::Builder::new()
            .prefix(".sealstone-")
            .tempfile_in(folder);
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
        Ok(())
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn is_file_of(path: &Path, other: &fs::Metadata) -> bool {
    let place = |metadata: &fs::Metadata| (metadata.dev(), metadata.ino());
    fs::metadata(path).is_ok_and(|metadata| place(&metadata) == place(other))
}

/// A file that is written from its beginning to its end, and hashed meanwhile.
pub(super) struct Hashed {
    file: BufWriter<File>,
    hasher: Hasher,
}

impl Hashed {
    pub(super) fn new(file: File) -> Self {
        Self {
            file: BufWriter::with_capacity(1 << 18, file),
            hasher: Hasher::default(),
        }
    }

    /// Returns the file and the hash of all that was written.
    pub(super) fn finish(self) -> io::Result<(File, Digest)> {
        let file = self.file.into_inner().map_err(io::Error::from)?;
        Ok((file, self.hasher.finish()))
    }
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
