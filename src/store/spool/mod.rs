//! `LOG.spool`: records whose writers could not wait any longer for the log's lock.
//!
//! - One file a record, whose name sorts by the time at which it was set aside. It has another name until it is
//!   whole, so a writer that is killed leaves it there or not there.
//! - Nothing is taken up that is no file, or that somebody else put there, and nothing is followed.
//! - Files are read and removed only by who holds the log's locks (`merge`); only setting a record
//!   aside needs none.
//! - The folder is there only while something is in it.

mod entry;

use std::{
    ffi::OsString,
    fs::{self, DirBuilder, File, Metadata, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use rustix::fs::{Access, AtFlags, CWD, OFlags, accessat};

pub(super) use self::entry::Entry;
use super::{
    FileError,
    append::{PRIVATE_MODE, sync_folder_of},
    beside,
};
use crate::{chain::MAX_LINE_BYTES, digest::Digest, system, time::Timestamp};

const PRIVATE_FOLDER_MODE: u32 = 0o700;

/// What the name of a whole file ends in, and of one that is being written.
const WHOLE: &str = ".json";
const PART: &str = ".part";

/// The folder in the spool for what cannot be taken up.
const REFUSED: &str = "refused";

/// How long a file may be: the longest record, and what is said around it.
const MAX_FILE_BYTES: u64 = MAX_LINE_BYTES as u64 + (1 << 20);

/// How old a file must be that nobody finished writing, until it is removed. Nobody was told that it is there.
const ABANDONED_AFTER_NANOS: i128 = 60_000_000_000;

/// How often setting aside begins anew because the folder was just removed as empty.
const ATTEMPTS: usize = 100;

/// Returns how many records wait for a log's next writer. They are not in the log.
pub(super) fn waiting(log: &Path) -> usize {
    Spool::of(log).count()
}

/// Says of a file in a spool which one it is, in words that no mask makes the same for two.
pub(super) fn described(name: &str) -> String {
    let of_name = || {
        let mut parts = name.split('-');
        let at = Timestamp::from_unix_nanos(parts.next()?.parse().ok()?)?;
        let process: u32 = parts.next()?.parse().ok()?;
        parts.next()?;
        Some(format!("a record set aside at {at} by process {process}"))
    };
    of_name().unwrap_or_else(|| format!("`{name}` in the spool"))
}

/// Why a record could not be set aside.
pub(super) enum PutError {
    /// It is not there.
    File(FileError),
    /// It is there, but the disk did not confirm it.
    NotDurable(FileError),
}

/// A file of the spool.
pub(super) struct Found {
    /// How long it is.
    pub(super) bytes: u64,
    /// The SHA-256 of its content, if that was read.
    pub(super) sha256: Option<Digest>,
    /// What it holds, or why it cannot be taken up.
    pub(super) what: Result<Box<Entry>, String>,
}

/// The spool of one log.
#[derive(Debug)]
pub(super) struct Spool {
    log: PathBuf,
    folder: PathBuf,
}

impl Spool {
    pub(super) fn of(log: &Path) -> Self {
        Self {
            log: log.to_owned(),
            folder: beside(log, ".spool"),
        }
    }

    /// Returns the folder, or what is in its place. The one question that every writer asks.
    pub(super) fn found(&self) -> Option<Metadata> {
        fs::symlink_metadata(&self.folder).ok()
    }

    /// Returns how many records there may be to take up. What cannot be looked into counts as nothing: this is for
    /// a remark and for who looks again, not for a verdict.
    pub(super) fn count(&self) -> usize {
        let is_folder = self.found().is_some_and(|found| found.is_dir());
        let names = is_folder.then(|| self.all_names().ok()).flatten();
        let names = names.unwrap_or_default();
        names.iter().filter(|name| is_whole(name)).count()
    }

    /// Sets a record aside, and returns its file, which is on the disk if the record is to be durable.
    pub(super) fn put(&self, entry: &Entry, at: Timestamp) -> Result<PathBuf, PutError> {
        let (nanos, process) = (at.unix_nanos(), std::process::id());
        let name = format!("{nanos:020}-{process:010}-{}", entry.record_id());
        let whole = self.folder.join(format!("{name}{WHOLE}"));
        let part = self.folder.join(format!("{name}{PART}"));
        let syncs = entry.is_durable;
        let mut attempts = 1..=ATTEMPTS;
        loop {
            let attempt = self.create().and_then(|()| {
                write(&part, &whole, entry.text().as_bytes(), syncs)
                    .map_err(FileError::of("write", &whole))
            });
            match attempt {
                Ok(()) => break,
                // Whoever emptied the folder has just removed it.
                Err(error) if is_missing(&error) && attempts.next().is_some() => {}
                Err(error) => return Err(PutError::File(error)),
            }
        }
        if syncs {
            // The folder's name as well: whoever created it may have died before it was durable.
            let synced = sync_folder_of(&whole).and_then(|()| sync_folder_of(&self.folder));
            synced.map_err(PutError::NotDurable)?;
        }
        Ok(whole)
    }

    fn create(&self) -> Result<(), FileError> {
        let mut builder = DirBuilder::new();
        match builder.mode(PRIVATE_FOLDER_MODE).create(&self.folder) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let log = fs::metadata(&self.log);
                self.check(log.ok().map(|log| log.uid()))
            }
            Err(error) => Err(FileError::of("create", &self.folder)(error)),
        }
    }

    /// Makes sure that the folder is one, and of who may write the log.
    fn check(&self, owner: Option<u32>) -> Result<(), FileError> {
        let inspect = FileError::of("inspect", &self.folder);
        let found = fs::symlink_metadata(&self.folder).map_err(inspect)?;
        let refused = fs::symlink_metadata(self.folder.join(REFUSED));
        let reason = if !found.is_dir() {
            "not a folder"
        } else if refused.is_ok_and(|refused| !refused.is_dir()) {
            // A link would let whoever made it put files of their own where it leads.
            "what is refused has no folder"
        } else if !is_trusted(&found, owner) {
            "another user's"
        } else {
            return Ok(());
        };
        Err(FileError::of("use", &self.folder)(io::Error::other(reason)))
    }

    /// Returns the names of the files to be taken up, in the order in which they were set aside, if this process
    /// may remove them: what cannot be removed must not be appended, or it would be again and again.
    pub(super) fn waiting(&self, owner: u32) -> Result<Vec<OsString>, FileError> {
        self.check(Some(owner))?;
        let names = self.names()?;
        if !names.is_empty() {
            let access = Access::WRITE_OK | Access::EXEC_OK;
            accessat(CWD, &self.folder, access, AtFlags::EACCESS)
                .map_err(|error| FileError::of("remove from", &self.folder)(error.into()))?;
        }
        Ok(names)
    }

    fn names(&self) -> Result<Vec<OsString>, FileError> {
        let mut names = self.all_names()?;
        names.retain(is_whole);
        names.sort();
        Ok(names)
    }

    fn all_names(&self) -> Result<Vec<OsString>, FileError> {
        let read = || -> io::Result<Vec<OsString>> {
            fs::read_dir(&self.folder)?
                .map(|entry| Ok(entry?.file_name()))
                .collect()
        };
        read().map_err(FileError::of("read", &self.folder))
    }

    /// Reads a file of the spool; `None` if it is gone. The error is for one that another process may be able to
    /// read.
    pub(super) fn read(&self, name: &OsString, owner: u32) -> Result<Option<Found>, FileError> {
        let path = self.folder.join(name);
        match read(&path, owner) {
            Ok(Content::Text(text)) => Ok(Some(Found {
                bytes: text.len() as u64,
                sha256: Some(Digest::of(&text)),
                what: Entry::read(&name.to_string_lossy(), &text).map(Box::new),
            })),
            Ok(Content::Unread { bytes, reason }) => Ok(Some(Found {
                bytes,
                sha256: None,
                what: Err(reason.to_owned()),
            })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(FileError::of("read", &path)(error)),
        }
    }

    /// Removes a file whose record is in the log.
    pub(super) fn remove(&self, name: &OsString) -> Result<(), FileError> {
        let path = self.folder.join(name);
        fs::remove_file(&path).map_err(FileError::of("remove", &path))
    }

    /// Moves a file aside that cannot be taken up, under a name that is free.
    pub(super) fn refuse(&self, name: &OsString) -> Result<(), FileError> {
        let path = self.folder.join(name);
        let refused = self.folder.join(REFUSED);
        let move_aside = || -> io::Result<()> {
            match DirBuilder::new().mode(PRIVATE_FOLDER_MODE).create(&refused) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
            let names = (0..).map(|number| match number {
                0 => refused.join(name),
                _ => beside(&refused.join(name), &format!(".{number}")),
            });
            let mut free = names.filter(|to| fs::symlink_metadata(to).is_err());
            fs::rename(
                &path,
                free.next().expect("there is always a further number"),
            )
        };
        move_aside().map_err(FileError::of("move aside", &path))
    }

    /// Makes what was removed stay removed if the machine stops: by the time it runs again, the records may be too
    /// far from the log's end to be recognised there, and one that is put in twice is one that no verdict passes.
    /// So this is for records that were not durable, too.
    pub(super) fn sync(&self) -> Result<(), FileError> {
        sync_folder_of(&self.folder.join(REFUSED))
    }

    /// Removes what nobody finished writing, and the folder if nothing is left in it. What fails is left to the
    /// next one.
    pub(super) fn tidy(&self) {
        let now = system::now().map_or(0, Timestamp::unix_nanos);
        for name in self.all_names().unwrap_or_default() {
            let path = self.folder.join(&name);
            if name.as_encoded_bytes().ends_with(PART.as_bytes()) && is_abandoned(&path, now) {
                drop(fs::remove_file(&path));
            }
        }
        drop(fs::remove_dir(&self.folder));
    }
}

fn write(part: &Path, whole: &Path, text: &[u8], syncs: bool) -> io::Result<()> {
    let write = || {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(PRIVATE_MODE);
        let mut file = options.open(part)?;
        file.write_all(text)?;
        if syncs {
            file.sync_data()?;
        }
        fs::rename(part, whole)
    };
    write().inspect_err(|_| {
        // If this fails as well, whoever merges the spool removes it.
        drop(fs::remove_file(part));
    })
}

enum Content {
    Text(Vec<u8>),
    Unread { bytes: u64, reason: &'static str },
}

/// Reads a file if a writer of the log can have put it there.
fn read(path: &Path, owner: u32) -> io::Result<Content> {
    let there = fs::symlink_metadata(path)?;
    let bytes = if there.is_file() { there.len() } else { 0 };
    let reason = if !there.is_file() {
        "not a regular file"
    } else if !is_trusted(&there, Some(owner)) {
        "another user's"
    } else if bytes > MAX_FILE_BYTES {
        "longer than any record"
    } else {
        let mut text = Vec::new();
        open(path)?.take(MAX_FILE_BYTES).read_to_end(&mut text)?;
        return Ok(Content::Text(text));
    };
    Ok(Content::Unread { bytes, reason })
}

/// Opens a file, and nothing that was put in its place just now: a link is not followed, a pipe not waited for.
fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let flags = i32::try_from(flags.bits()).map_err(io::Error::other)?;
    let mut options = OpenOptions::new();
    let file = options.read(true).custom_flags(flags).open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other("not a regular file"))
    }
}

/// Whether something belongs to who may write the log: its owner, this user, or the system's.
fn is_trusted(metadata: &Metadata, owner: Option<u32>) -> bool {
    let own = rustix::process::geteuid().as_raw();
    [Some(own), Some(0), owner].contains(&Some(metadata.uid()))
}

fn is_whole(name: &OsString) -> bool {
    name.as_encoded_bytes().ends_with(WHOLE.as_bytes())
}

fn is_abandoned(path: &Path, now: i128) -> bool {
    fs::symlink_metadata(path).is_ok_and(|part| {
        let written = i128::from(part.mtime()) * 1_000_000_000 + i128::from(part.mtime_nsec());
        now - written >= ABANDONED_AFTER_NANOS
    })
}

fn is_missing(error: &FileError) -> bool {
    error.cause.kind() == io::ErrorKind::NotFound
}
