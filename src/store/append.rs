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
//!
//! The reference's writer keeps the same lock, so both may write one log in turn.

use std::{
    fs::{File, Metadata, OpenOptions},
    io::{self, Write},
    os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use super::{
    FileError, beside,
    tail::{self, Tail, TailError},
};
use crate::{
    chain::{self, Head, SealError, Sealed},
    digest::Digest,
    json::{Object, Value},
    record::{
        authority::Snapshot,
        build::Prepared,
        check::{self, Problem},
        draft::RECOVERED,
        source,
    },
    system,
};

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

/// Why a record was not appended. The log is as it was before, unless the text says otherwise.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// A file operation failed.
    #[error(transparent)]
    File(#[from] FileError),
    /// The record is in the log, but whether it is on the disk is unknown.
    #[error("the record was written, but the disk did not confirm it: {0}")]
    NotDurable(FileError),
    /// The log is one subject's, and the record is about another.
    #[error(
        "`{}` is the chain of {}, not of {}",
        .path.display(), subject_name(.found.as_deref()), subject_name(.expected.as_deref())
    )]
    OtherSubject {
        /// The log.
        path: PathBuf,
        /// The subject whose chain it is.
        found: Option<String>,
        /// The subject of the record.
        expected: Option<String>,
    },
    /// The record could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The clock or the source of randomness failed.
    #[error("cannot stamp the record: {0}")]
    System(io::Error),
    /// The log cannot be extended.
    #[error("cannot append to `{}`: {reason}", .path.display())]
    Tail {
        /// The log.
        path: PathBuf,
        /// Why.
        reason: TailError,
    },
    /// The record was written in part, and that part could not be taken back: the next writer moves it aside.
    #[error("{0}; a part of it was written, which the next record will move aside")]
    Torn(FileError),
    /// The record would not verify.
    #[error("the record would not verify: {}", list(.0))]
    Unsound(Vec<Problem>),
}

fn subject_name(id: Option<&str>) -> String {
    match id {
        Some(id) => format!("`{}`", check::excerpt(id)),
        None => "no subject".to_owned(),
    }
}

fn list(problems: &[Problem]) -> String {
    let texts: Vec<String> = problems
        .iter()
        .map(|problem| format!("`{}`: {}", problem.pointer, problem.rule))
        .collect();
    texts.join("; ")
}

/// What was appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The record's id.
    pub record_id: String,
    /// Its hash, the chain's new head.
    pub hash: Digest,
    /// What was moved aside first, if the log ended in a torn line.
    pub recovered: Option<Recovered>,
}

/// A torn line that was moved aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// Where its bytes are now, at the end of that file.
    pub path: PathBuf,
    /// How many bytes.
    pub bytes: u64,
    /// Their SHA-256.
    pub sha256: Digest,
}

/// Appends records to one log.
#[derive(Debug)]
pub struct Appender {
    path: PathBuf,
    durability: Durability,
    lock: Option<File>,
    log: Option<OpenLog>,
    /// Files with records that the disk has not confirmed: the log, and what it was before it was replaced.
    unsynced: Vec<File>,
}

/// The log as this process left it.
#[derive(Debug)]
struct OpenLog {
    file: File,
    device_inode: (u64, u64),
    len: u64,
    head: Option<Head>,
    open_line: bool,
    /// The line that was written last. A log that was cut and grew again may have the same length.
    last_line: Vec<u8>,
    is_unsynced: bool,
}

impl Appender {
    /// Returns an appender for the log at `path`. Nothing is opened or created yet.
    pub fn new(path: impl Into<PathBuf>, durability: Durability) -> Self {
        Self {
            path: path.into(),
            durability,
            lock: None,
            log: None,
            unsynced: Vec::new(),
        }
    }

    /// Returns the log's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Seals a record and appends it.
    ///
    /// # Errors
    /// When the record is not in the log, or, for [`AppendError::NotDurable`], may not outlive the machine.
    pub fn append(&mut self, prepared: Prepared) -> Result<Receipt, AppendError> {
        self.locked(|this| this.append_locked(prepared, Chain::Any))
    }

    /// Appends a record to a log that must be the chain of the record's own subject, or empty.
    ///
    /// # Errors
    /// As [`Appender::append`], and [`AppendError::OtherSubject`].
    pub fn append_to_own_chain(&mut self, prepared: Prepared) -> Result<Receipt, AppendError> {
        self.locked(|this| this.append_locked(prepared, Chain::OfSubject))
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

    /// Runs `act` under the lock that every writer of this log takes.
    fn locked<T>(
        &mut self,
        act: impl FnOnce(&mut Self) -> Result<T, AppendError>,
    ) -> Result<T, AppendError> {
        let lock = self.lock()?;
        let result = act(self);
        // If these fail, closing the files at the latest gives the locks back.
        if let Some(log) = &self.log {
            drop(log.file.unlock());
        }
        drop(lock.unlock());
        self.lock = Some(lock);
        result
    }

    /// Takes the lock, on the file that others take it on: somebody may have tidied the old one away.
    fn lock(&mut self) -> Result<File, AppendError> {
        let path = beside(&self.path, ".lock");
        loop {
            let lock = match self.lock.take() {
                Some(lock) => lock,
                None if is_special(&path) => {
                    let error = io::Error::other("not a regular file");
                    return Err(FileError::of("lock", &path)(error).into());
                }
                None => OpenOptions::new()
                    .append(true)
                    .create(true)
                    .mode(PRIVATE_MODE)
                    .open(&path)
                    .map_err(FileError::of("open", &path))?,
            };
            lock.lock().map_err(FileError::of("lock", &path))?;
            let held = lock.metadata().map_err(FileError::of("inspect", &path))?;
            if std::fs::metadata(&path).is_ok_and(|there| identity(&there) == identity(&held)) {
                return Ok(lock);
            }
        }
    }

    fn append_locked(&mut self, prepared: Prepared, chain: Chain) -> Result<Receipt, AppendError> {
        let recovered = self.opened(prepared.subject())?;
        if chain == Chain::OfSubject
            && let Some(head) = self.head()
            && head.subject_id() != prepared.subject_id()
        {
            return Err(AppendError::OtherSubject {
                found: head.subject_id().map(str::to_owned),
                expected: prepared.subject_id().map(str::to_owned),
                path: self.path.clone(),
            });
        }
        let (sealed, authority) = seal(prepared, self.head())?;
        let receipt = Receipt {
            record_id: sealed
                .record
                .str("record_id")
                .unwrap_or_default()
                .to_owned(),
            hash: sealed.hash,
            recovered,
        };
        self.write(&sealed, authority)?;
        if self.durability == Durability::Always {
            self.sync()?;
        }
        Ok(receipt)
    }

    fn head(&self) -> Option<&Head> {
        self.log.as_ref()?.head.as_ref()
    }

    /// Opens the log, or reads it again if another writer was there, and moves a torn line aside. From here
    /// on this process holds the log's own lock as well: should somebody tidy `LOG.lock` away just now, the
    /// next writer would lock a new one.
    fn opened(&mut self, subject: Option<&Object>) -> Result<Option<Recovered>, AppendError> {
        if let Some(log) = &self.log {
            log.file.lock().map_err(FileError::of("lock", &self.path))?;
            if self.is_as_we_left_it() {
                return Ok(None);
            }
        }
        self.close();
        let (log, recovered) = self.open(subject)?;
        self.log = Some(log);
        Ok(recovered)
    }

    fn is_as_we_left_it(&self) -> bool {
        let Some(log) = &self.log else { return false };
        let is_same_file = std::fs::metadata(&self.path)
            .is_ok_and(|now| identity(&now) == log.device_inode && now.len() == log.len);
        let mut last_line = vec![0; log.last_line.len()];
        let start = log.len.saturating_sub(last_line.len() as u64);
        is_same_file
            && !last_line.is_empty()
            && log.file.read_exact_at(&mut last_line, start).is_ok()
            && last_line == log.last_line
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

    fn open(&self, subject: Option<&Object>) -> Result<(OpenLog, Option<Recovered>), AppendError> {
        let path = &self.path;
        if is_special(path) {
            let error = io::Error::other("not a regular file");
            return Err(FileError::of("append to", path)(error).into());
        }
        let (file, metadata) = loop {
            let file = OpenOptions::new()
                .read(true)
                .append(true)
                .create(true)
                .mode(PRIVATE_MODE)
                .open(path)
                .map_err(FileError::of("open", path))?;
            file.lock().map_err(FileError::of("lock", path))?;
            let metadata = file.metadata().map_err(FileError::of("inspect", path))?;
            if std::fs::metadata(path).is_ok_and(|there| identity(&there) == identity(&metadata)) {
                break (file, metadata);
            }
        };
        // Whoever created it may have died before it made the name durable.
        if metadata.len() == 0 && self.durability != Durability::Never {
            sync_folder_of(path)?;
        }
        let mut tail = self.tail(&file, metadata.len())?;
        let mut recovered = None;
        if tail.torn > 0 {
            recovered = Some(self.recover(&file, &tail, subject)?);
            let len = file
                .metadata()
                .map_err(FileError::of("inspect", path))?
                .len();
            tail = self.tail(&file, len)?;
        }
        let log = OpenLog {
            file,
            device_inode: identity(&metadata),
            len: tail.end,
            head: tail.head,
            open_line: tail.open_line,
            last_line: Vec::new(),
            is_unsynced: false,
        };
        Ok((log, recovered))
    }

    fn tail(&self, file: &File, len: u64) -> Result<Tail, AppendError> {
        tail::find(file, len).map_err(|reason| AppendError::Tail {
            path: self.path.clone(),
            reason,
        })
    }

    /// Moves a torn line to `LOG.torn` and puts a record in its place that says so. The record is about the
    /// subject whose chain this is, or, for the first record, about `subject`.
    fn recover(
        &self,
        file: &File,
        tail: &Tail,
        subject: Option<&Object>,
    ) -> Result<Recovered, AppendError> {
        let read = FileError::of("read", &self.path);
        let mut torn = vec![0; usize::try_from(tail.torn).unwrap_or(usize::MAX)];
        file.read_exact_at(&mut torn, tail.end).map_err(read)?;
        let recovered = Recovered {
            path: beside(&self.path, ".torn"),
            bytes: tail.torn,
            sha256: Digest::of(&torn),
        };
        let subject = match &tail.head {
            Some(head) => head.subject.as_ref(),
            None => subject,
        };
        let (sealed, _) = seal(
            recovery_record(&recovered, tail.end, subject),
            tail.head.as_ref(),
        )?;
        let line_feed = if tail.open_line { "\n" } else { "" };
        let text = format!("{line_feed}{}", sealed.line);
        let (aside, aside_len) = keep_aside(&recovered.path, &torn, self.durability)?;
        // Written over the torn bytes first and cut after: at no moment is the loss undisclosed. A file
        // opened for appending would ignore the offset.
        let write = || {
            let over = OpenOptions::new().write(true).open(&self.path)?;
            over.write_all_at(text.as_bytes(), tail.end)?;
            over.set_len(tail.end + text.len() as u64)?;
            if self.durability == Durability::Never {
                return Ok(());
            }
            over.sync_all()
        };
        write().map_err(|error| {
            // The next attempt keeps them again. If this fails, they stand there twice.
            drop(aside.set_len(aside_len));
            FileError::of("recover", &self.path)(error)
        })?;
        Ok(recovered)
    }

    fn write(&mut self, sealed: &Sealed, authority: Option<Snapshot>) -> Result<(), AppendError> {
        let log = self
            .log
            .as_mut()
            .expect("a record is sealed on an open log");
        let line_feed = if log.open_line { "\n" } else { "" };
        let text = format!("{line_feed}{}", sealed.line);
        if let Err(error) = log.file.write_all(text.as_bytes()) {
            // What was written of the line is taken back. If that fails as well, the next writer finds a
            // torn line and moves it aside.
            let taken_back = log.file.set_len(log.len);
            self.close();
            let error = FileError::of("append to", &self.path)(error);
            return Err(match taken_back {
                Ok(()) => error.into(),
                Err(_) => AppendError::Torn(error),
            });
        }
        log.len += text.len() as u64;
        log.head = Some(Head {
            // The whole body, where the record has a reference to it.
            authority,
            ..Head::of(&sealed.record, sealed.hash)
        });
        log.open_line = false;
        log.last_line = text.into_bytes();
        log.is_unsynced = true;
        Ok(())
    }
}

/// Whose chain a log must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chain {
    Any,
    OfSubject,
}

/// Whether there is something other than a file: opening a pipe would wait for its other end.
fn is_special(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file())
}

fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

/// Seals a record behind `head`, if what comes out is a record that verifies. Returns with it the authority
/// snapshot that the chain then carries.
fn seal(
    mut prepared: Prepared,
    head: Option<&Head>,
) -> Result<(Sealed, Option<Snapshot>), AppendError> {
    let known = head.and_then(|head| head.authority.as_ref());
    let authority = prepared
        .authority_mut()
        .and_then(|authority| Snapshot::compact(known, authority));
    let record_id = system::record_id().map_err(AppendError::System)?;
    let now = system::now().map_err(AppendError::System)?;
    let record = prepared.stamp(record_id, now.to_string());
    let sealed = chain::seal(record, head.map_or(Digest::GENESIS, |head| head.hash))?;
    let mut problems = check::structure(&sealed.record);
    problems.extend(check::numbers(&Value::Object(sealed.record.clone())));
    if problems.is_empty() {
        Ok((sealed, authority))
    } else {
        Err(AppendError::Unsound(problems))
    }
}

fn recovery_record(recovered: &Recovered, offset: u64, subject: Option<&Object>) -> Prepared {
    let integer = |n: u64| Value::from(i64::try_from(n).unwrap_or(i64::MAX));
    let agent: Object = [("id", "sealstone"), ("name", "sealstone")]
        .into_iter()
        .collect();
    let action: Object = [
        ("type", "write"),
        ("category", "reliability"),
        ("tool", RECOVERED),
    ]
    .into_iter()
    .collect();
    let mut moved = Object::new();
    moved.insert("offset", integer(offset));
    moved.insert("bytes", integer(recovered.bytes));
    moved.insert("sha256", recovered.sha256.to_string());
    let mut fields = Object::new();
    fields.insert("agent", agent);
    fields.insert("action", action);
    fields.insert("source", source::block("recorder"));
    if let Some(subject) = subject {
        fields.insert("subject", subject.clone());
    }
    fields.insert("sealstone", Object::from_iter([("recovered", moved)]));
    Prepared::own(fields)
}

/// Copies a torn line to the end of `path`, and returns the file and the length it had before.
fn keep_aside(path: &Path, torn: &[u8], durability: Durability) -> Result<(File, u64), FileError> {
    let keep = || {
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(PRIVATE_MODE)
            .open(path)?;
        let len = file.metadata()?.len();
        if let Err(error) = file.write_all(torn).and_then(|()| file.sync_all()) {
            file.set_len(len)?;
            return Err(error);
        }
        Ok((file, len))
    };
    if is_special(path) {
        let error = io::Error::other("not a regular file");
        return Err(FileError::of("move a torn line to", path)(error));
    }
    let kept = keep().map_err(FileError::of("move a torn line to", path))?;
    if durability != Durability::Never {
        sync_folder_of(path)?;
    }
    Ok(kept)
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
