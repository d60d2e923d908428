//! What a witness that serves many keeps: a folder of its own.
//!
//! What holds whatever happens between any two instructions:
//! - A checkpoint that was acknowledged is on the disk: it was synced before.
//! - Checkpoints are written as whole lines in one write, under the lock that everybody takes who adds to the file. So
//!   others may add to it meanwhile; what they add is read before anything is judged or answered.
//! - What a crash left of a line is moved aside before anything is written behind it, and stays readable there.
//! - One keeper has the folder at a time.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use super::{
    conflicts::Conflicts,
    index::{Found, Index, Query},
    locked::Locked,
};
use crate::{
    json,
    store::{
        FileError,
        append::{PRIVATE_MODE, sync_folder_of},
        create_folder,
        lock::{self, Wait, identity},
        open,
    },
    system,
    verify::without_mark,
    witness::{self, Checkpoint, Ledger, Refusal},
};

/// The name of the file with the checkpoints.
pub const FILE: &str = "witness.jsonl";

/// The name of the file with what was refused.
pub const CONFLICTS_FILE: &str = "conflicts.jsonl";

/// The name of the file that the keeper of the folder locks.
const LOCK_FILE: &str = "witness.lock";

/// How many bytes are read at a time.
const PIECE: u64 = 4 << 20;

/// Keeps the checkpoints of a witness.
#[derive(Debug)]
pub struct Keeper {
    folder: PathBuf,
    path: PathBuf,
    /// Held as long as this lives.
    _lock: File,
    /// The file as it was read last; nothing before the first time.
    file: Option<Open>,
    ledger: Ledger,
    index: Index,
    conflicts: Conflicts,
    notices: Vec<Notice>,
}

#[derive(Debug)]
struct Open {
    identity: (u64, u64),
    /// To be read without a lock: what is known of it is on the disk.
    reader: Arc<File>,
    /// How many bytes were read, and how many lines.
    read: u64,
    lines: u64,
}

/// Why a folder has no keeper.
#[derive(Debug, thiserror::Error)]
pub enum KeeperError {
    /// A file in it cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// Another process has it.
    #[error("another process serves `{}`", .0.display())]
    Taken(PathBuf),
}

/// Why a statement is not among those that are kept.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NotTaken {
    /// It does not go on from what the chain had. If it is evidence, it is kept as such.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// So it is, but it is evidence that could not be kept: whoever made it must not take it for known.
    #[error(transparent)]
    EvidenceNotKept(Arc<FileError>),
}

/// What the operator of a witness should know of the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Notice {
    /// It was cut, removed or replaced since it was read. It was read anew: what it lost is lost.
    #[error("the witness file was cut or replaced while it was served, and was read anew")]
    Anew,
    /// Its last line lacked the line feed, which it has now.
    #[error("the last line of the witness file was not ended, and is now")]
    Ended,
    /// Its last line was cut off, and was moved aside.
    #[error("the last line of the witness file was cut off: its {bytes} bytes are in `{}` now", .path.display())]
    Torn {
        /// Where it is now.
        path: PathBuf,
        /// How many bytes there were of it.
        bytes: u64,
    },
}

/// How much a witness keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Lines that are checkpoints.
    pub checkpoints: u64,
    /// Statements that were refused and kept.
    pub conflicts: u64,
    /// Lines of either file that are damaged.
    pub damaged: u64,
}

impl Keeper {
    /// Opens a folder, which is created if it is not there, and reads what was kept in it.
    ///
    /// # Errors
    /// When another process keeps it, or a file in it cannot be opened, read or repaired.
    pub fn open(folder: &Path) -> Result<Self, KeeperError> {
        create_folder(folder)?;
        let lock_path = folder.join(LOCK_FILE);
        let at_once = Wait::at_most(Duration::ZERO);
        let lock = lock::take("lock", &lock_path, None, &lock::options(), at_once)?;
        let (lock, _) = lock.ok_or_else(|| KeeperError::Taken(folder.to_owned()))?;
        let mut keeper = Self {
            folder: folder.to_owned(),
            path: folder.join(FILE),
            _lock: lock,
            file: None,
            ledger: Ledger::default(),
            index: Index::default(),
            conflicts: Conflicts::open(&folder.join(CONFLICTS_FILE))?,
            notices: Vec::new(),
        };
        keeper.catch_up()?;
        Ok(keeper)
    }

    /// Takes statements in their order, writes those that go on from what there is ([`Ledger`]) at the present time,
    /// and waits until all of them are on the disk. So is then what was refused, if it is evidence; where that fails, it
    /// fails those alone whose evidence it was.
    ///
    /// # Errors
    /// When what was taken may not be on the disk. None of it counts then.
    pub fn commit(
        &mut self,
        said: Vec<Checkpoint>,
    ) -> Result<Vec<Result<Checkpoint, NotTaken>>, FileError> {
        let mut file = self.catch_up()?;
        let now = system::now().map_err(FileError::of("date lines of", &self.path))?;
        let now = witness::written(now);
        let (mut lines, mut evidence, mut places) = (String::new(), Vec::new(), Vec::new());
        let judge = |(place, mut said): (usize, Checkpoint)| {
            said.ts = now.clone();
            if let Err(refusal) = self.ledger.judge(&said) {
                if self.ledger.is_evidence(&said) {
                    evidence.push((refusal.clone(), said));
                    places.push(place);
                }
                return Err(refusal.into());
            }
            self.ledger.add(&said);
            lines.push_str(&json::to_line(&said.to_object()));
            Ok(said)
        };
        let mut judged: Vec<_> = said.into_iter().enumerate().map(judge).collect();
        if !lines.is_empty() {
            if let Err(error) = file.append(&lines) {
                // The ledger has what the file may not have.
                self.forget();
                return Err(error);
            }
            self.take(lines.as_bytes());
        }
        drop(file);
        if let Err(error) = self.conflicts.add(&evidence) {
            let error = Arc::new(error);
            for (place, (_, said)) in places.into_iter().zip(&evidence) {
                if self.conflicts.wants(said) {
                    judged[place] = Err(NotTaken::EvidenceNotKept(Arc::clone(&error)));
                }
            }
        }
        Ok(judged)
    }

    /// Finds the checkpoints of a log, and what was refused about it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn find(&mut self, query: &Query) -> Result<Found, FileError> {
        if !self.is_as_it_was() {
            self.catch_up()?;
        }
        let open = self.file.as_ref().expect("it was read");
        let mut found = self.index.find(query, Arc::clone(&open.reader));
        found.conflicts = self.conflicts.find(query);
        Ok(found)
    }

    /// Returns how much there is.
    pub fn counts(&self) -> Counts {
        Counts {
            checkpoints: self.index.checkpoints,
            conflicts: self.conflicts.count(),
            damaged: self.index.damaged + self.conflicts.damaged,
        }
    }

    /// Returns what the operator should know and was not told yet.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// Whether nobody changed the file since it was read.
    fn is_as_it_was(&self) -> bool {
        let known = self.file.as_ref().map(|open| (open.identity, open.read));
        let there = fs::metadata(&self.path).ok();
        known.is_some() && known == there.map(|there| (identity(&there), there.len()))
    }

    fn forget(&mut self) {
        self.file = None;
        self.ledger = Ledger::default();
        self.index = Index::default();
    }

    /// Reads what others added to the file, mends its end, and leaves it locked.
    fn catch_up(&mut self) -> Result<Locked, FileError> {
        let mut file = Locked::open(&self.path)?;
        let is_other = |open: &Open| open.identity != file.identity || file.len() < open.read;
        if self.file.as_ref().is_some_and(is_other) {
            self.forget();
            self.notices.push(Notice::Anew);
        }
        if self.file.is_none() {
            let reader = open::regular(&self.path).map_err(FileError::of("open", &self.path))?;
            self.file = Some(Open {
                identity: file.identity,
                reader: Arc::new(reader),
                read: 0,
                lines: 0,
            });
        }
        let mut piece = PIECE;
        loop {
            let read = self.read();
            let bytes = file.read_from(read, piece)?;
            match memchr::memrchr(b'\n', &bytes) {
                Some(end) => self.take(&bytes[..=end]),
                None if bytes.is_empty() => return Ok(file),
                None if read + bytes.len() as u64 == file.len() => self.mend(&mut file, &bytes)?,
                None => piece *= 2,
            }
        }
    }

    fn read(&self) -> u64 {
        self.file.as_ref().map_or(0, |open| open.read)
    }

    /// Takes whole lines, which are the next ones of the file.
    fn take(&mut self, lines: &[u8]) {
        let open = self.file.as_mut().expect("it is open");
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            let text = if open.read == 0 {
                without_mark(line)
            } else {
                line
            };
            let start = open.read + (line.len() - text.len()) as u64;
            open.read += line.len() as u64;
            open.lines += 1;
            let text = text.trim_ascii_end();
            match witness::of_line(text) {
                Ok(Some(checkpoint)) => {
                    self.index.add(&checkpoint, start, text.len());
                    self.ledger.add(&checkpoint);
                }
                Ok(None) => {}
                Err(flaw) => self.index.damage(open.lines, &flaw),
            }
        }
    }

    /// Ends the last line, or moves it aside if it was cut off. Nobody is writing it: that would need the lock.
    fn mend(&mut self, file: &mut Locked, line: &[u8]) -> Result<(), FileError> {
        let text = if self.read() == 0 {
            without_mark(line)
        } else {
            line
        };
        if witness::of_line(text).is_ok() {
            file.append("")?;
            self.notices.push(Notice::Ended);
            return Ok(());
        }
        let path = self.keep_aside(line)?;
        file.cut(self.read())?;
        let bytes = line.len() as u64;
        self.notices.push(Notice::Torn { path, bytes });
        Ok(())
    }

    /// Writes a line that was cut off to a file of its own: `torn-1.txt`, or the first number that is free.
    fn keep_aside(&self, line: &[u8]) -> Result<PathBuf, FileError> {
        let mut number = 1;
        let (path, mut file) = loop {
            let path = self.folder.join(format!("torn-{number}.txt"));
            let mut options = OpenOptions::new();
            let options = options.write(true).create_new(true).mode(PRIVATE_MODE);
            match options.open(&path) {
                Ok(file) => break (path, file),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(FileError::of("create", &path)(error)),
            }
        };
        let kept = file.write_all(line).and_then(|()| file.sync_all());
        kept.map_err(FileError::of("write", &path))?;
        sync_folder_of(&path)?;
        Ok(path)
    }
}

#[cfg(test)]
mod tests;
