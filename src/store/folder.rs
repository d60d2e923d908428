//! Finding the logs below a folder.

use std::{
    fs, io,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use super::FileError;

/// What is below a folder.
#[derive(Debug, Default)]
pub struct Found {
    /// The logs, in the order of their paths.
    pub logs: Vec<PathBuf>,
    /// What could not be looked into, or has the name of a log and is no file.
    pub faults: Vec<FileError>,
}

impl Found {
    /// Adds a log that the search passed over and that has to be there. What is no regular file is a fault, and
    /// is not opened.
    pub fn require(&mut self, log: PathBuf) {
        match is_file(&log) {
            Ok(true) => self.logs.push(log),
            Ok(false) => {
                let error = io::ErrorKind::IsADirectory.into();
                self.faults.push(FileError::of("read", &log)(error));
            }
            Err(error) => self.faults.push(FileError::of("read", &log)(error)),
        }
    }
}

/// Finds the logs below `folder`: regular files whose names end in `.jsonl`, and links to such files.
///
/// Links to folders are not followed, so the search ends. What is no file and has the name of a log is not
/// opened, because a pipe may never end, but it is not passed over either: whoever puts one in the place of
/// a log must not hide it.
pub fn logs_below(folder: &Path) -> Found {
    let mut found = Found::default();
    let mut folders = vec![folder.to_owned()];
    let top = folder;
    while let Some(folder) = folders.pop() {
        let looked = match fs::read_dir(&folder) {
            // It was removed since it was found, as the spool of a log is once it is empty.
            Err(error) if folder != top && error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => Err(error),
            Ok(entries) => look_into(entries, &mut folders, &mut found),
        };
        if let Err(error) = looked {
            found.faults.push(FileError::of("read", &folder)(error));
        }
    }
    found.logs.sort();
    found
}

fn look_into(
    entries: fs::ReadDir,
    folders: &mut Vec<PathBuf>,
    found: &mut Found,
) -> io::Result<()> {
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        let kind = entry.file_type()?;
        if kind.is_dir() {
            folders.push(path);
        } else if is_named_like_a_log(&path) {
            match is_file(&path) {
                Ok(true) => found.logs.push(path),
                // A link to a folder.
                Ok(false) => {}
                Err(error) => found.faults.push(FileError::of("read", &path)(error)),
            }
        }
    }
    Ok(())
}

/// Whether a path ends in `.jsonl`.
pub fn is_named_like_a_log(path: &Path) -> bool {
    path.as_os_str().as_bytes().ends_with(b".jsonl")
}

/// Whether this is a file, or a link to one, and not a link to a folder.
fn is_file(path: &Path) -> io::Result<bool> {
    let metadata = fs::metadata(path)?;
    if metadata.is_file() || metadata.is_dir() {
        Ok(metadata.is_file())
    } else {
        Err(io::Error::other("not a regular file"))
    }
}
