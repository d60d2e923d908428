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
//! - Who cannot wait for the lock sets its record aside, in `LOG.spool`. Whoever has the lock puts what waits
//!   there into the log before its own record, and looks once more after giving the lock back: so nothing
//!   waits once the last writer is gone, unless that one was killed or nobody of ours held the lock.
//!
//! The reference's writer keeps the same lock, so both may write one log in turn.

use std::{
    fs::File,
    path::{Path, PathBuf},
    time::Duration,
};

pub use super::stored::{AppendError, Merged, Receipt, Recovered, Spooled, Stored};
use super::{
    FileError, beside,
    lock::{self, Wait},
    merge::{self, Merge},
    open_log::OpenLog,
    seal,
    spool::{Entry, PutError, Spool},
};
use crate::{json::Object, record::build::Prepared, system};

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
            lock: None,
            log: None,
            unsynced: Vec::new(),
            unmerged: None,
        }
    }

    /// Returns the log's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Seals a record and appends it, when no other process holds the log's lock any more.
    ///
    /// # Errors
    /// When the record is not in the log, or, for [`AppendError::NotDurable`], may not outlive the machine.
    pub fn append(&mut self, prepared: Prepared) -> Result<Receipt, AppendError> {
        self.append_to(Chain::Any, prepared)
    }

    /// Appends a record to a log that must be the chain of the record's own subject, or empty.
    ///
    /// # Errors
    /// As [`Appender::append`], and [`AppendError::OtherSubject`].
    pub fn append_to_own_chain(&mut self, prepared: Prepared) -> Result<Receipt, AppendError> {
        self.append_to(Chain::OfSubject, prepared)
    }

    /// Seals a record and appends it, or sets it aside if another process holds the log's lock for longer than
    /// `most`.
    ///
    /// # Errors
    /// As [`Appender::append`], and [`AppendError::NotSpooled`].
    pub fn append_within(
        &mut self,
        most: Duration,
        prepared: Prepared,
    ) -> Result<Stored, AppendError> {
        self.append_to_within(Chain::Any, most, prepared)
    }

    /// Does the same for a log that must be the chain of the record's own subject, or empty.
    ///
    /// # Errors
    /// As [`Appender::append_within`], and [`AppendError::OtherSubject`].
    pub fn append_to_own_chain_within(
        &mut self,
        most: Duration,
        prepared: Prepared,
    ) -> Result<Stored, AppendError> {
        self.append_to_within(Chain::OfSubject, most, prepared)
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

    fn append_to(&mut self, chain: Chain, prepared: Prepared) -> Result<Receipt, AppendError> {
        let attempt = self.attempt(chain, prepared, Wait::Forever);
        self.merge_what_came();
        match attempt? {
            Attempt::Sealed(receipt) => Ok(receipt),
            Attempt::Locked(_) => unreachable!("it waits for as long as it takes"),
        }
    }

    fn append_to_within(
        &mut self,
        chain: Chain,
        most: Duration,
        prepared: Prepared,
    ) -> Result<Stored, AppendError> {
        let attempt = self.attempt(chain, prepared, Wait::at_most(most));
        if let Ok(Attempt::Locked(prepared)) = attempt {
            return self.set_aside(chain, most, prepared);
        }
        self.merge_what_came();
        match attempt? {
            Attempt::Sealed(receipt) => Ok(Stored::Sealed(receipt)),
            Attempt::Locked(_) => unreachable!("it was set aside above"),
        }
    }

    fn attempt(
        &mut self,
        chain: Chain,
        prepared: Prepared,
        wait: Wait,
    ) -> Result<Attempt, AppendError> {
        let Some(lock) = self.lock(wait)? else {
            return Ok(Attempt::Locked(prepared));
        };
        let result = match self.open(prepared.subject(), wait) {
            Ok(Some(opened)) => self
                .append_locked(opened, chain, prepared)
                .map(Attempt::Sealed),
            Ok(None) => Ok(Attempt::Locked(prepared)),
            Err(error) => Err(error),
        };
        self.unlock(lock);
        result
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
        chain: Chain,
        prepared: Prepared,
    ) -> Result<Receipt, AppendError> {
        let merge = self.merge(prepared.subject())?;
        let written = self.write(chain, prepared);
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
    fn write(&mut self, chain: Chain, prepared: Prepared) -> Result<seal::Link, AppendError> {
        let log = self.log.as_mut().expect("it was opened before");
        let mut lines = log.lines();
        if chain == Chain::OfSubject && lines.is_of_another(prepared.subject_id()) {
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
                unmerged: merge.unmerged.filter(|_| is_news),
            },
        }
    }

    /// Sets a record aside, and puts it into the log after all if nobody holds the lock any more: who gave it
    /// back before the record was there did not see it.
    fn set_aside(
        &mut self,
        chain: Chain,
        waited: Duration,
        prepared: Prepared,
    ) -> Result<Stored, AppendError> {
        let subject = prepared.subject().cloned();
        let spooled = self.spool(chain, waited, prepared)?;
        // The record is safe; what keeps it out of the log, the next writer meets as well.
        let Ok(Some((opened, mut merge))) = self.merge_unless_locked(subject.as_ref()) else {
            return Ok(Stored::Spooled(spooled));
        };
        self.merge_what_came();
        let is_own = |link: &seal::Link| link.record_id == spooled.record_id;
        match merge.sealed.iter().position(is_own) {
            Some(at) => {
                let link = merge.sealed.remove(at);
                Ok(Stored::Sealed(self.receipt(link, opened, merge)))
            }
            // Another one was faster.
            None => Ok(Stored::Spooled(spooled)),
        }
    }

    fn spool(
        &self,
        chain: Chain,
        waited: Duration,
        mut prepared: Prepared,
    ) -> Result<Spooled, AppendError> {
        let record_id = system::record_id().map_err(AppendError::System)?;
        prepared.identify(record_id.clone());
        let now = system::now().map_err(AppendError::System)?;
        let at = now.to_string();
        // What could not be sealed later is the caller's to know now.
        let mut late = prepared.clone();
        late.mark_late(&at);
        seal::attempt(late)?;
        let entry = Entry {
            prepared,
            at,
            own_chain: chain == Chain::OfSubject,
        };
        let put = self.spool.put(&entry, now, self.durability);
        let path = put.map_err(|error| match error {
            PutError::File(cause) => AppendError::NotSpooled { waited, cause },
            PutError::NotDurable(error) => AppendError::NotDurable(error),
        })?;
        Ok(Spooled { record_id, path })
    }

    /// Puts what waits in the spool into the log. If the log cannot be written, it is closed.
    fn merge(&mut self, subject: Option<&Object>) -> Result<Merge, AppendError> {
        if self.spool.found().is_none() {
            return Ok(Merge::default());
        }
        let log = self.log.as_mut().expect("it was opened before");
        let merge = merge::merge(log, &self.spool, subject);
        if merge.is_err() {
            self.close();
        }
        merge
    }

    /// The same, if nobody holds the lock.
    fn merge_unless_locked(
        &mut self,
        subject: Option<&Object>,
    ) -> Result<Option<(Opened, Merge)>, AppendError> {
        let wait = Wait::at_most(Duration::ZERO);
        let Some(lock) = self.lock(wait)? else {
            return Ok(None);
        };
        let result = match self.open(subject, wait) {
            Ok(Some(opened)) => self.merge(subject).map(|merge| Some((opened, merge))),
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        };
        self.unlock(lock);
        result
    }

    /// Puts into the log what was set aside while this process held the lock. Whoever did that found it locked,
    /// and relies on this.
    fn merge_what_came(&mut self) {
        while self.spool.has_waiting() {
            // What goes wrong here, the next writer meets as well, and says so.
            match self.merge_unless_locked(None) {
                Ok(Some((_, merge))) if merge.done > 0 => {}
                _ => break,
            }
        }
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
