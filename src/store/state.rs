//! The file in which a gate remembers what was proven of logs.
//!
//! ```text
//! sealstone.state/1
//! <the ids of each log's records: 16 bytes each, then 8 each for the records' numbers if they are not 1, 2, 3 …>
//! {"schema":"sealstone.state/1","logs":[{"log":"a.jsonl","bytes":4711,"lines":5,"records":5,"head":"…", …}]}
//! <SHA-256 of the line above> <its length in bytes, in twenty digits>
//! ```
//!
//! It is replaced as a whole or not at all: the next one is written beside it, synced, and renamed. Of two
//! runs that end at once the last one's stays, which forgets what the other proved, and nothing worse. The
//! digests are against damage, not against forgers: whoever can write the file can vouch for anything
//! (LIMITS.md).

mod entry;

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tempfile::NamedTempFile;

use self::entry::{Block, Entry, Index, bytes_of};
use super::{FileError, append::sync_folder_of, gate::Known};
use crate::digest::Digest;

const SCHEMA: &str = "sealstone.state/1";

/// The digest, a space, twenty digits and a line feed.
const FOOTER_BYTES: u64 = 64 + 1 + 20 + 1;

/// How much is copied at a time.
const COPY_BYTES: usize = 1024 * 1024;

/// Why a state cannot be used or kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// A file operation failed.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is not a state, or not one that this version wrote, or damaged. What it says is not used.
    #[error(
        "`{}` cannot be used as a state: {reason}; without it, every log is verified from its beginning",
        .path.display()
    )]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: &'static str,
    },
}

/// What was known of logs, and what is to be known from now on.
#[derive(Debug)]
pub struct State {
    path: PathBuf,
    old: Option<Stored>,
    next: Mutex<Next>,
}

/// A state as it is on the disk.
#[derive(Debug)]
struct Stored {
    file: File,
    entries: BTreeMap<String, Entry>,
    /// Where the ids end.
    end: u64,
}

/// A state that is being written.
#[derive(Debug, Default)]
struct Next {
    file: Option<NamedTempFile>,
    len: u64,
    entries: BTreeMap<String, Entry>,
}

impl State {
    /// Opens the state at `path`. Where there is no file, nothing is known yet.
    ///
    /// # Errors
    /// When the file cannot be read, or anything in it is not as this version writes it.
    pub fn open(path: &Path) -> Result<Self, StateError> {
        // A link stays one: what it leads to is replaced. One that leads nowhere may lead to a disk that is not
        // there, and everything that was proven would be forgotten.
        let path = match fs::canonicalize(path) {
            Ok(path) => path,
            Err(error) if fs::symlink_metadata(path).is_ok() => {
                return Err(FileError::of("read", path)(error).into());
            }
            Err(_) => path.to_owned(),
        };
        // Asked before it is opened: that of a pipe waits for a writer.
        if fs::metadata(&path).is_ok_and(|metadata| !metadata.is_file()) {
            let reason = "it is no file";
            return Err(StateError::Unusable { path, reason });
        }
        let file = match File::open(&path) {
            Ok(file) => Some(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(FileError::of("read", &path)(error).into()),
        };
        let old = file.map(|file| stored(file, &path)).transpose()?;
        let state = Self {
            path,
            old,
            next: Mutex::default(),
        };
        // Damage is found before anything is concluded from any part of it.
        for name in state.names() {
            state.known(name)?;
        }
        Ok(state)
    }

    /// Returns the names of the logs that something is known of.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let entries = self.old.iter().flat_map(|old| old.entries.keys());
        entries.map(String::as_str)
    }

    /// Returns what is known of a log.
    ///
    /// # Errors
    /// When the file cannot be read, or is damaged.
    pub fn known(&self, name: &str) -> Result<Option<Known>, StateError> {
        let Some(old) = &self.old else {
            return Ok(None);
        };
        let Some(entry) = old.entries.get(name) else {
            return Ok(None);
        };
        let ids = old
            .block(&entry.ids)
            .map_err(FileError::of("read", &self.path))?;
        let known = ids.and_then(|ids| entry.known(&ids));
        known.map(Some).ok_or_else(|| self.damaged())
    }

    /// Remembers what is known of a log, once [`State::save`] has saved it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, name: &str, known: &Known) -> Result<(), StateError> {
        let mut next = self.next();
        let ids = next
            .write(&self.path, &bytes_of(&known.proven.ids))
            .map_err(FileError::of("write", &self.path))?;
        let block = Block {
            count: known.proven.ids.len() as u64,
            numbered: known.proven.ids.records.is_some(),
            ..ids
        };
        next.entries
            .insert(name.to_owned(), Entry::of(name, known, block));
        Ok(())
    }

    /// Replaces the file, if there is anything new to remember. What is known of other logs stays.
    ///
    /// # Errors
    /// When it cannot be written. Then the file is as it was.
    pub fn save(self) -> Result<(), StateError> {
        if self.next().file.is_none() {
            return Ok(());
        }
        self.replaced()
            .map_err(FileError::of("write", &self.path))?;
        Ok(sync_folder_of(&self.path)?)
    }

    fn replaced(&self) -> io::Result<()> {
        let mut next = self.next();
        for (name, entry) in self.old.iter().flat_map(|old| &old.entries) {
            if !next.entries.contains_key(name) {
                let entry = self.copied(&mut next, entry)?;
                next.entries.insert(name.clone(), entry);
            }
        }
        let index = Index {
            schema: SCHEMA.to_owned(),
            logs: std::mem::take(&mut next.entries).into_values().collect(),
        };
        let mut index = serde_json::to_vec(&index)?;
        index.push(b'\n');
        let footer = format!("{} {:020}\n", Digest::of(&index), index.len());
        let Some(mut file) = next.file.take() else {
            return Ok(());
        };
        file.write_all(&index)?;
        file.write_all(footer.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(())
    }

    /// Copies the ids of a log of which nothing new is known.
    fn copied(&self, next: &mut Next, entry: &Entry) -> io::Result<Entry> {
        let ids = match &self.old {
            Some(old) => old.block(&entry.ids)?,
            None => None,
        };
        let ids = ids.ok_or_else(|| io::Error::other("it was changed meanwhile"))?;
        let at = next.write(&self.path, &ids)?;
        let mut entry = entry.clone();
        entry.ids.offset = at.offset;
        Ok(entry)
    }

    fn next(&self) -> MutexGuard<'_, Next> {
        // A holder that panics has not changed what is on the disk.
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn damaged(&self) -> StateError {
        StateError::Unusable {
            path: self.path.clone(),
            reason: DAMAGED,
        }
    }
}

const DAMAGED: &str = "it is damaged";

impl Next {
    /// Writes bytes behind those that are there, and returns where.
    fn write(&mut self, path: &Path, bytes: &[u8]) -> io::Result<Block> {
        if self.file.is_none() {
            let mut file = beside(path)?;
            file.write_all(SCHEMA.as_bytes())?;
            file.write_all(b"\n")?;
            self.len = SCHEMA.len() as u64 + 1;
            self.file = Some(file);
        }
        let file = self.file.as_mut().expect("it was just created");
        for piece in bytes.chunks(COPY_BYTES) {
            file.write_all(piece)?;
        }
        let offset = self.len;
        self.len += bytes.len() as u64;
        Ok(Block {
            count: 0,
            numbered: false,
            offset,
            sha256: Digest::of(bytes).to_string(),
        })
    }
}

/// Creates a file in the folder of `path`, readable by its owner only.
fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    tempfile::Builder::new()
        .prefix(".sealstone-state-")
        .tempfile_in(folder)
}

/// Reads the index of a state.
fn stored(file: File, path: &Path) -> Result<Stored, StateError> {
    let unusable = |reason| StateError::Unusable {
        path: path.to_owned(),
        reason,
    };
    let read = |offset: u64, len: u64| {
        let mut bytes = vec![0; usize::try_from(len).map_err(io::Error::other)?];
        file.read_exact_at(&mut bytes, offset)?;
        io::Result::Ok(bytes)
    };
    let metadata = file.metadata().map_err(FileError::of("read", path))?;
    if !metadata.is_file() {
        return Err(unusable("it is no file"));
    }
    let first_line = format!("{SCHEMA}\n");
    let (ids_from, len) = (first_line.len() as u64, metadata.len());
    if len < ids_from
        || read(0, ids_from).map_err(FileError::of("read", path))? != first_line.as_bytes()
    {
        return Err(unusable("it is not of the schema sealstone.state/1"));
    }
    let footer_from = len
        .checked_sub(FOOTER_BYTES)
        .filter(|from| *from >= ids_from);
    let footer_from = footer_from.ok_or_else(|| unusable(DAMAGED))?;
    let footer = read(footer_from, FOOTER_BYTES).map_err(FileError::of("read", path))?;
    let (sha256, index_len) = footer_of(&footer).ok_or_else(|| unusable(DAMAGED))?;
    let end = footer_from
        .checked_sub(index_len)
        .filter(|end| *end >= ids_from);
    let end = end.ok_or_else(|| unusable(DAMAGED))?;
    let index = read(end, index_len).map_err(FileError::of("read", path))?;
    let entries = index_of(&index, sha256).ok_or_else(|| unusable(DAMAGED))?;
    Ok(Stored { file, entries, end })
}

fn footer_of(footer: &[u8]) -> Option<(Digest, u64)> {
    let footer = std::str::from_utf8(footer).ok()?.strip_suffix('\n')?;
    let (sha256, len) = footer.split_once(' ')?;
    let is_number = len.bytes().all(|byte| byte.is_ascii_digit());
    Some((
        sha256.parse().ok()?,
        len.parse().ok().filter(|_| is_number)?,
    ))
}

fn index_of(index: &[u8], sha256: Digest) -> Option<BTreeMap<String, Entry>> {
    if Digest::of(index) != sha256 {
        return None;
    }
    let index: Index = serde_json::from_slice(index).ok()?;
    let count = index.logs.len();
    let entries = index
        .logs
        .into_iter()
        .map(|entry| (entry.log.clone(), entry));
    let entries: BTreeMap<String, Entry> = entries.collect();
    (index.schema == SCHEMA && entries.len() == count).then_some(entries)
}

impl Stored {
    /// Reads the ids of a log; `None` if they are not what was written.
    fn block(&self, block: &Block) -> io::Result<Option<Vec<u8>>> {
        let each = if block.numbered { 24 } else { 16 };
        let len = block.count.checked_mul(each);
        let end = len.and_then(|len| block.offset.checked_add(len));
        let (Some(len), Some(true)) = (len, end.map(|end| end <= self.end)) else {
            return Ok(None);
        };
        let mut bytes = vec![0; usize::try_from(len).map_err(io::Error::other)?];
        self.file.read_exact_at(&mut bytes, block.offset)?;
        let is_as_written = Digest::of(&bytes).to_string() == block.sha256;
        Ok(is_as_written.then_some(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        sample,
        store::gate::Sample,
        verify::{Code, Finding, Verifier},
    };

    pub(super) fn known(records: u64, seed: u64) -> Known {
        let mut verifier = Verifier::new();
        verifier.log(sample::chain(records, seed).collect::<String>().as_bytes());
        let mut proven = verifier.finish_proven().1.unwrap();
        proven.warnings.push(Finding {
            code: Code::UnresolvedParent,
            record: 1,
            line: 1,
            pointer: Some("/parent_id".to_owned()),
            message: "\u{1b}é".to_owned(),
        });
        let sample = Sample {
            seed: Digest::of(b"seed"),
            digest: Digest::of(b"sample"),
        };
        Known { proven, sample }
    }

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.state");
        (folder, path)
    }

    #[test]
    fn what_is_kept_is_known_later_and_other_logs_stay() {
        let (folder, path) = folder();
        let (a, mut b) = (known(100, 1), known(3, 2));
        b.proven.ids.records = Some(vec![1, 2, 3]);
        let state = State::open(&path).unwrap();
        assert_eq!(state.known("a").unwrap(), None);
        state.keep("a", &a).unwrap();
        state.save().unwrap();
        let state = State::open(&path).unwrap();
        state.keep("b", &b).unwrap();
        state.save().unwrap();
        let state = State::open(&path).unwrap();
        assert_eq!(state.names().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(state.known("a").unwrap(), Some(a));
        assert_eq!(state.known("b").unwrap(), Some(b.clone()));
        state.keep("a", &b).unwrap();
        state.save().unwrap();
        let state = State::open(&path).unwrap();
        assert_eq!(state.known("a").unwrap(), Some(b));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_state_that_is_not_saved_is_as_it_was() {
        let (folder, path) = folder();
        let state = State::open(&path).unwrap();
        state.keep("a", &known(2, 1)).unwrap();
        drop(state);
        State::open(&path).unwrap().save().unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn any_other_byte_anywhere_makes_it_unusable() {
        let (_folder, path) = folder();
        let state = State::open(&path).unwrap();
        state.keep("a", &known(3, 1)).unwrap();
        state.keep("b", &known(2, 2)).unwrap();
        state.save().unwrap();
        let sound = fs::read(&path).unwrap();
        let is_unusable = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            matches!(State::open(&path), Err(StateError::Unusable { .. }))
        };
        for at in 0..sound.len() {
            for flip in [1, 0x20] {
                let mut damaged = sound.clone();
                damaged[at] ^= flip;
                assert!(is_unusable(&damaged), "{at}");
            }
            assert!(is_unusable(&sound[..at]), "{at}");
        }
        assert!(is_unusable(&[&sound[..], b"\n"].concat()));
        assert!(!is_unusable(&sound));
    }
}
