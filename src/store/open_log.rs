//! A log that is open for appending: its end, and writing behind it.
//!
//! Between two uses it is locked by nobody: it must be locked again, and be as it was left, before anything is
//! concluded from it.

use std::{
    fs::{File, Metadata},
    io::Write,
    os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use super::{
    FileError,
    append::{AppendError, Durability, Recovered, sync_folder_of},
    lock::{self, Wait, identity},
    seal::{Lines, Link},
    tail::{self, Tail},
    torn,
};
use crate::{chain::Head, json::Object, record::build::Prepared};

/// The log as this process left it.
#[derive(Debug)]
pub(super) struct OpenLog {
    path: PathBuf,
    pub(super) file: File,
    metadata: Metadata,
    len: u64,
    head: Option<Head>,
    open_line: bool,
    /// The line that was written last. A log that was cut and grew again may have the same length.
    last_line: Vec<u8>,
    /// Whether the disk has not confirmed all that this process wrote.
    pub(super) is_unsynced: bool,
}

impl OpenLog {
    /// Opens and locks a log, which is created if it is not there, and moves a torn line aside. `None` says
    /// that another one held the log's own lock all the time.
    ///
    /// A record that discloses a torn line at the very beginning is about `subject`.
    pub(super) fn open(
        path: &Path,
        durability: Durability,
        subject: Option<&Object>,
        wait: Wait,
    ) -> Result<Option<(Self, Option<Recovered>)>, AppendError> {
        let mut options = lock::options();
        // A log may be a link: that is its owner's way to keep it elsewhere.
        let options = options.read(true).custom_flags(0);
        let Some((file, metadata)) = lock::take("append to", path, None, options, wait)? else {
            return Ok(None);
        };
        // Whoever created it may have died before it made the name durable.
        if metadata.len() == 0 && durability != Durability::Never {
            sync_folder_of(path)?;
        }
        let mut tail = find_tail(path, &file, metadata.len())?;
        let mut recovered = None;
        if tail.torn > 0 {
            recovered = Some(torn::recover(path, &file, &tail, subject, durability)?);
            let now = file.metadata().map_err(FileError::of("inspect", path))?;
            tail = find_tail(path, &file, now.len())?;
        }
        let log = Self {
            path: path.to_owned(),
            file,
            metadata,
            len: tail.end,
            head: tail.head,
            open_line: tail.open_line,
            last_line: Vec::new(),
            is_unsynced: false,
        };
        Ok(Some((log, recovered)))
    }

    /// Whether nobody else wrote the log since this process did.
    pub(super) fn is_as_we_left_it(&self) -> bool {
        let is_same_file = std::fs::metadata(&self.path)
            .is_ok_and(|now| identity(&now) == identity(&self.metadata) && now.len() == self.len);
        let mut last_line = vec![0; self.last_line.len()];
        let start = self.len.saturating_sub(last_line.len() as u64);
        is_same_file
            && !last_line.is_empty()
            && self.file.read_exact_at(&mut last_line, start).is_ok()
            && last_line == self.last_line
    }

    /// Returns the number of the user whose log it is.
    pub(super) fn owner(&self) -> u32 {
        self.metadata.uid()
    }

    /// Returns up to `most` bytes from the end of the log.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn end(&self, most: u64) -> Result<Vec<u8>, FileError> {
        let bytes = self.len.min(most);
        let mut end = vec![0; usize::try_from(bytes).unwrap_or(usize::MAX)];
        self.file
            .read_exact_at(&mut end, self.len - bytes)
            .map_err(FileError::of("read", &self.path))?;
        Ok(end)
    }

    /// Returns lines to be sealed behind the last record.
    pub(super) fn lines(&self) -> Lines {
        Lines::behind(self.head.as_ref(), self.open_line)
    }

    /// Seals a record behind `lines`, which are the next of this log.
    ///
    /// # Errors
    /// As [`Lines::seal`].
    pub(super) fn seal(&self, lines: &mut Lines, prepared: Prepared) -> Result<Link, AppendError> {
        let body_of = |id: &str| tail::whole_snapshot(&self.file, self.len, id);
        lines.seal(prepared, body_of)
    }

    /// Appends lines in one write. If that fails, what was written of them is taken back; if that fails too,
    /// the next writer finds a torn line and moves it aside. In both cases the log has to be opened anew.
    ///
    /// # Errors
    /// When not all of the lines are in the log.
    pub(super) fn write(&mut self, lines: Lines) -> Result<(), AppendError> {
        if let Err(error) = self.file.write_all(lines.text()) {
            let taken_back = self.file.set_len(self.len);
            let error = FileError::of("append to", &self.path)(error);
            return Err(match taken_back {
                Ok(()) => error.into(),
                Err(_) => AppendError::Torn(error),
            });
        }
        self.len += lines.text().len() as u64;
        self.open_line = false;
        self.last_line = lines.last_line().to_vec();
        self.is_unsynced = true;
        self.head = lines.into_head();
        Ok(())
    }

    /// Waits until everything written is on the disk.
    ///
    /// # Errors
    /// When the disk does not confirm it.
    pub(super) fn sync(&mut self) -> Result<(), FileError> {
        let sync = FileError::of("sync", &self.path);
        self.file.sync_data().map_err(sync)?;
        self.is_unsynced = false;
        Ok(())
    }
}

fn find_tail(path: &Path, file: &File, len: u64) -> Result<Tail, AppendError> {
    tail::find(file, len).map_err(|reason| AppendError::Tail {
        path: path.to_owned(),
        reason,
    })
}
