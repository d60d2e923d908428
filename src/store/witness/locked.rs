//! A witness file while nobody else writes it.

use std::{
    fs::File,
    io::{self, Write},
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use crate::store::{
    FileError,
    append::sync_folder_of,
    create_folder,
    lock::{self, Wait, identity},
};

/// A witness file that this process has locked for itself. Closing it unlocks it.
#[derive(Debug)]
pub(super) struct Locked {
    path: PathBuf,
    file: File,
    len: u64,
    /// What tells the file from another one of its name.
    pub(super) identity: (u64, u64),
}

impl Locked {
    /// Opens and locks a file to add to it. It is created, with the folders above it, if it is not there, for its owner
    /// only. A link is followed: that is its owner's way to keep it elsewhere.
    pub(super) fn open(path: &Path) -> Result<Self, FileError> {
        if let Some(folder) = path.parent().filter(|folder| *folder != Path::new("")) {
            create_folder(folder)?;
        }
        let mut options = lock::options();
        let options = options.read(true).custom_flags(0);
        let taken = lock::take("append to", path, None, options, Wait::Forever)?;
        let (file, metadata) = taken.expect("it waits for as long as it takes");
        // Whoever created it may have died before the name was durable.
        if metadata.len() == 0 {
            sync_folder_of(path)?;
        }
        Ok(Self {
            path: path.to_owned(),
            file,
            len: metadata.len(),
            identity: identity(&metadata),
        })
    }

    /// Returns how many bytes the file has.
    pub(super) const fn len(&self) -> u64 {
        self.len
    }

    /// Returns at most `most` bytes from `start` on.
    pub(super) fn read_from(&self, start: u64, most: u64) -> Result<Vec<u8>, FileError> {
        let failed = || FileError::of("read", &self.path);
        let length = usize::try_from(self.len.saturating_sub(start).min(most));
        let mut bytes = vec![0; length.map_err(io::Error::other).map_err(failed())?];
        self.file
            .read_exact_at(&mut bytes, start)
            .map_err(failed())?;
        Ok(bytes)
    }

    /// Cuts what is behind the first `len` bytes, and waits until the disk has.
    pub(super) fn cut(&mut self, len: u64) -> Result<(), FileError> {
        let cut = self.file.set_len(len).and_then(|()| self.file.sync_data());
        cut.map_err(FileError::of("cut", &self.path))?;
        self.len = len;
        Ok(())
    }

    /// Appends whole lines in one write, behind a line feed if the last line has none, and waits until they are on the
    /// disk.
    ///
    /// # Errors
    /// When they are not there for certain. What was written of them is taken back, if the disk lets that happen.
    pub(super) fn append(&mut self, lines: &str) -> Result<(), FileError> {
        let ends_open = self.len > 0 && self.last_byte()? != b'\n';
        let text = if ends_open {
            format!("\n{lines}")
        } else {
            lines.to_owned()
        };
        let written = self
            .file
            .write_all(text.as_bytes())
            .and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            // If this fails as well, a line that was cut off stays, which the next one who adds closes.
            drop(self.file.set_len(self.len));
            return Err(FileError::of("append to", &self.path)(error));
        }
        self.len += text.len() as u64;
        Ok(())
    }

    fn last_byte(&self) -> Result<u8, FileError> {
        let mut byte = [0];
        self.file
            .read_exact_at(&mut byte, self.len - 1)
            .map_err(FileError::of("read", &self.path))?;
        Ok(byte[0])
    }
}
