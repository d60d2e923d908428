//! Appending: lock, find the head, seal, write once, sync.
//!
//! What holds whatever happens between any two instructions:
//! - A record is one `write` of whole lines to a file opened for appending, under the lock. A process that is
//!   killed leaves the record there or not there.
//! - A write that fails half-way is taken back by cutting the file to its length before. If that fails too,
//!   or the machine stops, a torn line stays; the next writer moves it to `LOG.torn` and seals a record that
//!   says so in its place, so that no moment exists in which the loss is neither visible nor disclosed.
//! - The log itself is locked too, for the case that `LOG.lock` is removed while it is held.
//! - The time is read under the lock, so the order of records is the order of their times.
//! - What would not verify is not written.
//! - Who cannot wait for the lock sets its record aside, in `LOG.spool` (`aside`), where whoever has the lock finds it.
//!
//! The reference's writer keeps the same lock, so both may write one log in turn.

mod aside;

use std::{
    fs::File,
    path::{Path, PathBuf},
    time::Duration,
};

pub use super::stored::{AppendError, Merged, Receipt, Recovered, Spooled, Stored};
use super::{
    FileError, beside,
    lock::{self, Wait},
    merge::{Budget, Merge},
    open_log::OpenLog,
    seal,
    spool::Spool,
};
use crate::{json::Object, record::build::Prepared};

/// Logs and what stands beside them are their owner's matter.
pub(super) const PRIVATE_MODE: u32 = 0o600;

/// When a record is on the disk, not only in the system's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// Before [`Appender::append`] returns.
    Always,
    /// Before [`Appender::sync`] returns.
    #[default]
    Batch,
    /// When the system gets to it. A crash of the process loses nothing, one of the machine may.
    Never,
}

/// Appends records to one log.
#[derive(Debug)]
pub struct Appender {
    path: PathBuf,
    durability: Durability,
    chain: Chain,
    spool: Spool,
    lock: Option<File>,
    log: Option<OpenLog>,
    /// Files with records that the disk has not confirmed: the log, and what it was before it was replaced.
    unsynced: Vec<File>,
    /// What was said last of records that still wait.
    unmerged: Option<String>,
}

/// What an attempt to append came to.
enum Attempt {
    Sealed(Receipt),
    /// Another one held the lock for too long; this is the record.
    Locked(Prepared),
}

impl Appender {
    /// Returns an appender for the log at `path`. Nothing is opened or created yet.
    pub fn new(path: impl Into<PathBuf>, durability: Durability) -> Self {
        let path = path.into();
        Self {
            spool: Spool::of(&path),
            path,
            durability,
            chain: Chain::Any,
            lock: None,
            log: None,
            unsynced: Vec::new(),
            unmerged: None,
        }
    }

    /// The same, for a log that must be empty or the chain of each record's own subject.
    #[must_use]
    pub fn to_own_chain(self) -> Self {
        Self {
            chain: Chain::OfSubject,
            ..self
        }
    }

    /// Returns the log's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Seals a record and appends it, when no other process holds the log's lock any more and all that waits is in
    /// the log.
    ///
    /// # Errors
    /// When the record is not in the log, or, for [`AppendError::NotDurable`], may not outlive the machine.
    pub fn append(&mut self, prepared: Prepared) -> Result<Receipt, AppendError> {
        match self.attempt(prepared, Wait::Forever, Budget::ALL)? {
            Attempt::Sealed(receipt) => Ok(receipt),
            Attempt::Locked(_) => unreachable!("it waits for as long as it takes"),
        }
    }

    /// Seals a record and appends it, or sets it aside if another process holds the log's lock for longer than
    /// `most`. Of what waits, only so much comes before the record and after it as is written at a time.
    ///
    /// # Errors
    /// As [`Appender::append`], and [`AppendError::NotSpooled`].
    pub fn append_within(
        &mut self,
        most: Duration,
        prepared: Prepared,
    ) -> Result<Stored, AppendError> {
        match self.attempt(prepared, Wait::at_most(most), Budget::BATCH)? {
            Attempt::Sealed(receipt) => Ok(Stored::Sealed(receipt)),
            Attempt::Locked(prepared) => self.set_aside(most, prepared),
        }
    }

    /// Waits until everything appended is on the disk. [`Durability::Never`] makes this do nothing.
    ///
    /// # Errors
    /// When the disk does not confirm it.
    pub fn sync(&mut self) -> Result<(), AppendError> {
        if let Some(log) = &mut self.log
            && std::mem::take(&mut log.is_unsynced)
        {
            let log = log
                .file
                .try_clone()
                .map_err(FileError::of("sync", &self.path))?;
            self.unsynced.push(log);
        }
        for file in std::mem::take(&mut self.unsynced) {
            if self.durability != Durability::Never {
                file.sync_data()
                    .map_err(FileError::of("sync", &self.path))
                    .map_err(AppendError::NotDurable)?;
            }
        }
        Ok(())
    }

    fn attempt(
        &mut self,
        prepared: Prepared,
        wait: Wait,
        budget: Budget,
    ) -> Result<Attempt, AppendError> {
        let Some(lock) = self.lock(wait)? else {
            return Ok(Attempt::Locked(prepared));
        };
        let opened = self.open(prepared.subject(), wait);
        let Some(opened) = opened.transpose() else {
            self.unlock(lock);
            return Ok(Attempt::Locked(prepared));
        };
        let receipt = opened.and_then(|opened| self.append_locked(opened, prepared, budget));
        self.unlock(lock);
        let came = self.merge_what_came(budget);
        receipt.map(|receipt| Attempt::Sealed(receipt.with(&came)))
    }

    /// Takes the lock that every writer of this log takes, on the file that others take it on: somebody may have
    /// tidied the old one away.
    fn lock(&mut self, wait: Wait) -> Result<Option<File>, AppendError> {
        let path = beside(&self.path, ".lock");
        let taken = lock::take("lock", &path, self.lock.take(), &lock::options(), wait)?;
        Ok(taken.map(|(lock, _)| lock))
    }

    fn unlock(&mut self, lock: File) {
        // If these fail, closing the files at the latest gives the locks back.
        if let Some(log) = &self.log {
            drop(log.file.unlock());
        }
        drop(lock.unlock());
        self.lock = Some(lock);
    }

    /// Opens the log, or reads it again if another writer was there, and moves a torn line aside. From here
    /// on this process holds the log's own lock as well: should somebody tidy `LOG.lock` away just now, the
    /// next writer would lock a new one. `None` says that somebody did, and that one holds the log.
    fn open(
        &mut self,
        subject: Option<&Object>,
        wait: Wait,
    ) -> Result<Option<Opened>, AppendError> {
        if let Some(log) = &self.log {
            let lock = FileError::of("lock", &self.path);
            if !wait.lock(&log.file).map_err(lock)? {
                return Ok(None);
            }
            if log.is_as_we_left_it() {
                return Ok(Some(Opened::default()));
            }
        }
        self.close();
        let opened = OpenLog::open(&self.path, self.durability, subject, wait)?;
        Ok(opened.map(|(log, recovered)| {
            self.log = Some(log);
            Opened { recovered }
        }))
    }

    /// Forgets the log, but not that the disk has not confirmed all of it.
    fn close(&mut self) {
        if let Some(log) = self.log.take() {
            // If this fails, closing the file at the latest gives the lock back.
            drop(log.file.unlock());
            if log.is_unsynced {
                self.unsynced.push(log.file);
            }
        }
    }

    fn append_locked(
        &mut self,
        opened: Opened,
        prepared: Prepared,
        mut budget: Budget,
    ) -> Result<Receipt, AppendError> {
        let merge = self.merge(prepared.subject(), &mut budget)?;
        let written = self.write(prepared);
        if matches!(written, Err(AppendError::File(_) | AppendError::Torn(_))) {
            self.close();
        }
        let link = written?;
        if self.durability == Durability::Always {
            self.sync()?;
        }
        Ok(self.receipt(link, opened, merge))
    }

    /// Seals a record behind the head and writes it.
    fn write(&mut self, prepared: Prepared) -> Result<seal::Link, AppendError> {
        let log = self.log.as_mut().expect("it was opened before");
        let mut lines = log.lines();
        if self.chain == Chain::OfSubject && lines.is_of_another(prepared.subject_id()) {
            let found = lines.head().and_then(|head| head.subject_id());
            return Err(AppendError::OtherSubject {
                found: found.map(str::to_owned),
                expected: prepared.subject_id().map(str::to_owned),
                path: self.path.clone(),
            });
        }
        let link = log.seal(&mut lines, prepared)?;
        log.write(lines)?;
        Ok(link)
    }

    fn receipt(&mut self, link: seal::Link, opened: Opened, merge: Merge) -> Receipt {
        let is_news = merge.unmerged != self.unmerged;
        self.unmerged.clone_from(&merge.unmerged);
        Receipt {
            record_id: link.record_id,
            hash: link.hash,
            recovered: opened.recovered,
            merged: Merged {
                records: merge.sealed.len() as u64,
                refused: merge.refused,
                waiting: merge.waiting,
                unmerged: merge.unmerged.filter(|_| is_news),
            },
        }
    }
}

impl Receipt {
    /// Adds what became of records that were set aside meanwhile.
    fn with(mut self, came: &Merge) -> Self {
        self.merged.records += came.sealed.len() as u64;
        self.merged.refused += came.refused;
        self.merged.waiting = came.waiting;
        self
    }
}

/// What was met when the log was opened.
#[derive(Debug, Default)]
struct Opened {
    recovered: Option<Recovered>,
}

/// Whose chain a log must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chain {
    Any,
    OfSubject,
}

/// Makes a new file's name durable, which syncing the file alone does not.
pub(super) fn sync_folder_of(path: &Path) -> Result<(), FileError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(FileError::of("sync", folder))
}
