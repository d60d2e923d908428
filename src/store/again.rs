//! Logs that are read more than once: whole, and then in places.
//!
//! The file stays open between the times, so that it is the same one even if its name is given to another. That
//! its bytes are the same is for the reader to check.

use std::{
    fs::{self, File},
    io::{self, Seek},
    ops::Range,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use super::{
    FileError,
    read::{self, Io},
};
use crate::verify::Row;

/// A log that is open for reading.
#[derive(Debug)]
pub struct OpenLog {
    pub(super) file: File,
    pub(super) path: PathBuf,
}

impl OpenLog {
    /// Opens the log at `path`.
    ///
    /// # Errors
    /// When it cannot be opened, or cannot be read twice: a pipe gives each byte once.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        // Before it is opened: that of a pipe waits for a writer.
        let metadata = fs::metadata(path).map_err(FileError::of("read", path))?;
        let refused = if metadata.is_dir() {
            Some(io::Error::from(io::ErrorKind::IsADirectory))
        } else if !metadata.is_file() {
            Some(io::Error::other("not a file that can be read twice"))
        } else {
            None
        };
        match refused {
            Some(error) => Err(FileError::of("read", path)(error)),
            None => Ok(Self {
                file: File::open(path).map_err(FileError::of("read", path))?,
                path: path.to_owned(),
            }),
        }
    }

    /// Puts all lines into `row`, telling `progress` how many bytes were read since the last time.
    ///
    /// # Errors
    /// When the log cannot be read to its end.
    pub fn read(
        &self,
        io: Io,
        row: &mut impl Row,
        progress: impl FnMut(u64),
    ) -> Result<(), FileError> {
        let mut file = &self.file;
        file.rewind().map_err(FileError::of("read", &self.path))?;
        read::opened(file, &self.path, io, 0, row, |_| (), progress)
    }

    /// Returns the bytes of a range.
    ///
    /// # Errors
    /// When they cannot be read, because the log was cut meanwhile for instance.
    pub fn bytes(&self, range: Range<u64>) -> Result<Vec<u8>, FileError> {
        let failed = FileError::of("read", &self.path);
        let Ok(length) = usize::try_from(range.end.saturating_sub(range.start)) else {
            return Err(failed(io::ErrorKind::OutOfMemory.into()));
        };
        let mut bytes = vec![0; length];
        match self.file.read_exact_at(&mut bytes, range.start) {
            Ok(()) => Ok(bytes),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Err(failed(io::Error::other("it was cut while it was read")))
            }
            Err(error) => Err(failed(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{sample, verify::Survey};

    #[test]
    fn a_log_stays_the_same_file_under_another_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        fs::write(&path, sample::example()).unwrap();
        let log = OpenLog::open(&path).unwrap();
        let mut survey = Survey::new();
        log.read(Io::Auto, &mut survey, |_| {}).unwrap();
        fs::rename(&path, folder.path().join("b.jsonl")).unwrap();
        fs::write(&path, "another\n").unwrap();
        let second = survey.entries[1].bytes.clone();
        let line = sample::example().lines().nth(1).unwrap().to_owned();
        assert_eq!(log.bytes(second).unwrap(), line.into_bytes());
    }

    #[test]
    fn a_log_that_was_cut_meanwhile_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        fs::write(&path, "0123456789").unwrap();
        let log = OpenLog::open(&path).unwrap();
        assert_eq!(log.bytes(4..6).unwrap(), b"45");
        fs::write(&path, "01234").unwrap();
        let error = log.bytes(4..6).unwrap_err().to_string();
        assert!(error.ends_with("it was cut while it was read"), "{error}");
        let error = OpenLog::open(folder.path()).unwrap_err().to_string();
        assert!(error.ends_with("is a directory"), "{error}");
    }
}
