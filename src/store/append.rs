//! Appending: lock, find the head, seal, write once, sync.
//!
//! What holds whatever happens between any two instructions:
//! - A record is one `write` of whole lines to a file opened for appending, under the lock. A process that is
//!   killed leaves the record there or not there.
//! - A write that fails half-way is taken back by cutting the file to its length before. If that fails too,
//!   or the machine stops, a torn line stays; the next writer moves it to `LOG.torn` and seals a record that
//!   says so in its place, so that no moment exists in which the loss is neither visible nor disclosed.
//! - The time is read under the lock, so the order of records is the order of their times.
//! - What would not verify is not written.
//!
//! The reference's writer keeps the same lock, so both may write one log in turn.

use std::{
    fs::{File, OpenOptions},
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
        build::{Prepared, Summaries},
        check::{self, Problem},
        draft::Draft,
        source,
    },
    system,
};

/// Logs and what stands beside them are their owner's matter.
const PRIVATE_MODE: u32 = 0o600;

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
    unsynced: bool,
}

/// The log as this process left it.
#[derive(Debug)]
struct OpenLog {
    file: File,
    device_inode: (u64, u64),
    len: u64,
    head: Option<Head>,
    open_line: bool,
}

impl Appender {
    /// Returns an appender for the log at `path`. Nothing is opened or created yet.
    pub fn new(path: impl Into<PathBuf>, durability: Durability) -> Self {
        Self {
            path: path.into(),
            durability,
            lock: None,
            log: None,
            unsynced: false,
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
        self.locked(|this| this.append_locked(prepared))
    }

    /// Appends a record to a log that must be the chain of the record's own subject, or empty.
    ///
    /// # Errors
    /// As [`Appender::append`], and [`AppendError::OtherSubject`].
    pub fn append_to_own_chain(&mut self, prepared: Prepared) -> Result<Receipt, AppendError> {
        self.locked(|this| {
            let (log, _) = this.opened()?;
            if let Some(head) = &log.head
                && head.subject_id.as_deref() != prepared.subject_id()
            {
                return Err(AppendError::OtherSubject {
                    found: head.subject_id.clone(),
                    expected: prepared.subject_id().map(str::to_owned),
                    path: this.path.clone(),
                });
            }
            this.append_locked(prepared)
        })
    }

    /// Waits until everything appended is on the disk. [`Durability::Never`] makes this do nothing.
    ///
    /// # Errors
    /// When the disk does not confirm it.
    pub fn sync(&mut self) -> Result<(), AppendError> {
        if !self.unsynced || self.durability == Durability::Never {
            return Ok(());
        }
        if let Some(log) = &self.log {
            log.file
                .sync_data()
                .map_err(FileError::of("sync", &self.path))
                .map_err(AppendError::NotDurable)?;
        }
        self.unsynced = false;
        Ok(())
    }

    /// Runs `act` under the lock that every writer of this log takes.
    fn locked<T>(
        &mut self,
        act: impl FnOnce(&mut Self) -> Result<T, AppendError>,
    ) -> Result<T, AppendError> {
        let path = beside(&self.path, ".lock");
        if self.lock.is_none() {
            let file = OpenOptions::new()
                .append(true)
                .create(true)
                .mode(PRIVATE_MODE)
                .open(&path)
                .map_err(FileError::of("open", &path))?;
            self.lock = Some(file);
        }
        let lock = self.lock.as_ref().expect("it was opened above");
        lock.lock().map_err(FileError::of("lock", &path))?;
        let result = act(self);
        if let Some(lock) = &self.lock {
            lock.unlock().map_err(FileError::of("unlock", &path))?;
        }
        result
    }

    fn append_locked(&mut self, prepared: Prepared) -> Result<Receipt, AppendError> {
        let (_, recovered) = self.opened()?;
        let sealed = seal(prepared, self.head())?;
        let receipt = Receipt {
            record_id: sealed
                .record
                .str("record_id")
                .unwrap_or_default()
                .to_owned(),
            hash: sealed.hash,
            recovered,
        };
        self.write(&sealed)?;
        if self.durability == Durability::Always {
            self.sync()?;
        }
        Ok(receipt)
    }

    fn head(&self) -> Option<&Head> {
        self.log.as_ref()?.head.as_ref()
    }

    /// Returns the log, re-read if another writer was there, with a torn line moved aside.
    fn opened(&mut self) -> Result<(&mut OpenLog, Option<Recovered>), AppendError> {
        let mut recovered = None;
        if !self.is_as_we_left_it() {
            let (log, moved) = self.open()?;
            recovered = moved;
            self.log = Some(log);
        }
        let log = self.log.as_mut().expect("it was opened above");
        Ok((log, recovered))
    }

    fn is_as_we_left_it(&self) -> bool {
        let Some(log) = &self.log else { return false };
        std::fs::metadata(&self.path)
            .is_ok_and(|now| (now.dev(), now.ino()) == log.device_inode && now.len() == log.len)
    }

    fn open(&mut self) -> Result<(OpenLog, Option<Recovered>), AppendError> {
        let path = &self.path;
        let created = !path.exists();
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(PRIVATE_MODE)
            .open(path)
            .map_err(FileError::of("open", path))?;
        let metadata = file.metadata().map_err(FileError::of("inspect", path))?;
        if !metadata.is_file() {
            let error = io::Error::other("not a regular file");
            return Err(FileError::of("append to", path)(error).into());
        }
        if created && self.durability != Durability::Never {
            sync_folder_of(path)?;
        }
        let device_inode = (metadata.dev(), metadata.ino());
        let mut tail = self.tail(&file, metadata.len())?;
        let mut recovered = None;
        if tail.torn > 0 {
            recovered = Some(self.recover(&file, &tail)?);
            let len = file
                .metadata()
                .map_err(FileError::of("inspect", path))?
                .len();
            tail = self.tail(&file, len)?;
        }
        let log = OpenLog {
            file,
            device_inode,
            len: tail.end,
            head: tail.head,
            open_line: tail.open_line,
        };
        Ok((log, recovered))
    }

    fn tail(&self, file: &File, len: u64) -> Result<Tail, AppendError> {
        tail::find(file, len).map_err(|reason| AppendError::Tail {
            path: self.path.clone(),
            reason,
        })
    }

    /// Moves a torn line to `LOG.torn` and puts a record in its place that says so.
    fn recover(&self, file: &File, tail: &Tail) -> Result<Recovered, AppendError> {
        let read = FileError::of("read", &self.path);
        let mut torn = vec![0; usize::try_from(tail.torn).unwrap_or(usize::MAX)];
        file.read_exact_at(&mut torn, tail.end).map_err(read)?;
        let recovered = Recovered {
            path: beside(&self.path, ".torn"),
            bytes: tail.torn,
            sha256: Digest::of(&torn),
        };
        keep_aside(&recovered.path, &torn)?;
        let sealed = seal(recovery_record(&recovered), tail.head.as_ref())?;
        let line_feed = if tail.open_line { "\n" } else { "" };
        let text = format!("{line_feed}{}", sealed.line);
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
        write().map_err(FileError::of("recover", &self.path))?;
        Ok(recovered)
    }

    fn write(&mut self, sealed: &Sealed) -> Result<(), AppendError> {
        let log = self
            .log
            .as_mut()
            .expect("a record is sealed on an open log");
        let line_feed = if log.open_line { "\n" } else { "" };
        let text = format!("{line_feed}{}", sealed.line);
        if let Err(error) = log.file.write_all(text.as_bytes()) {
            // What was written of the line is taken back. If that fails as well, the next writer finds a
            // torn line and moves it aside.
            drop(log.file.set_len(log.len));
            self.log = None;
            return Err(FileError::of("append to", &self.path)(error).into());
        }
        log.len += text.len() as u64;
        log.head = Some(Head {
            // The snapshot of the whole body, where the record has a reference to it.
            authority: next_snapshot(log.head.as_ref(), &sealed.record),
            ..Head::of(&sealed.record, sealed.hash)
        });
        log.open_line = false;
        self.unsynced = true;
        Ok(())
    }
}

/// Seals a record behind `head`, if what comes out is a record that verifies.
fn seal(mut prepared: Prepared, head: Option<&Head>) -> Result<Sealed, AppendError> {
    if let Some(authority) = prepared.authority_mut() {
        Snapshot::compact(head.and_then(|head| head.authority.as_ref()), authority);
    }
    let record_id = system::record_id().map_err(AppendError::System)?;
    let now = system::now().map_err(AppendError::System)?;
    let record = prepared.stamp(record_id, now.to_string());
    let sealed = chain::seal(record, head.map_or(Digest::GENESIS, |head| head.hash))?;
    let mut problems = check::structure(&sealed.record);
    problems.extend(check::numbers(&Value::Object(sealed.record.clone())));
    if problems.is_empty() {
        Ok(sealed)
    } else {
        Err(AppendError::Unsound(problems))
    }
}

/// The snapshot a chain carries after `record`: a reference stands for the body that the head carries.
fn next_snapshot(head: Option<&Head>, record: &Object) -> Option<Snapshot> {
    let is_reference = record
        .object("authority")
        .is_some_and(|authority| authority.contains("same_as_previous"));
    match head.and_then(|head| head.authority.clone()) {
        Some(known) if is_reference => Some(known),
        _ => Snapshot::of(record),
    }
}

fn recovery_record(recovered: &Recovered) -> Prepared {
    let mut fields = Object::new();
    let agent: Object = [("id", "sealstone"), ("name", "sealstone")]
        .into_iter()
        .collect();
    fields.insert("agent", agent);
    let action: Object = [
        ("type", "write"),
        ("category", "reliability"),
        ("tool", "recorder.recovered"),
    ]
    .into_iter()
    .collect();
    fields.insert("action", action);
    fields.insert("source", source::block("recorder"));
    let mut moved = Object::new();
    moved.insert("bytes", i64::try_from(recovered.bytes).unwrap_or(i64::MAX));
    moved.insert("sha256", recovered.sha256.to_string());
    let mut extension = Object::new();
    extension.insert("recovered", moved);
    fields.insert("sealstone", extension);
    let draft = Draft::new(fields, None, None).expect("a fixed record is sealable");
    Prepared::new(draft, Summaries::Keep)
}

fn keep_aside(path: &Path, torn: &[u8]) -> Result<(), FileError> {
    let keep = || {
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(PRIVATE_MODE)
            .open(path)?;
        file.write_all(torn)?;
        file.sync_all()
    };
    keep().map_err(FileError::of("move a torn line to", path))
}

/// Makes a new file's name durable, which syncing the file alone does not.
fn sync_folder_of(path: &Path) -> Result<(), FileError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(FileError::of("sync", folder))
}
