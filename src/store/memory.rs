//! What hook processes leave for the next ones, beside the log: `LOG.sessions`, or `.sessions` in a folder of
//! logs. It holds nothing that is not in the log too, or that a process could not do without.
//!
//! Each file is only added to, one line in one write, so that processes at the same time need no lock.

use std::{
    collections::BTreeMap,
    fs::{self, DirBuilder},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, FileExt, MetadataExt},
    path::{Path, PathBuf},
    time::Duration,
};

use super::{FileError, beside, open};
use crate::{
    hook::{Fact, Session},
    json::{self, Object},
};

/// How much of the end of a file is read: every hook of the session reads it. Of a session that left more, it is
/// not known how it began.
const MAX_BYTES: u64 = 256 * 1024;

/// How long a session is remembered that says nothing more.
const KEPT: Duration = Duration::from_hours(30 * 24);

/// How long the name of a session's file is, in hexadecimal digits ([`crate::hook::Event::session_name`]).
const NAME_CHARS: usize = 32;

/// The file that is not about one session: what the hooks' configuration was when it was last looked at.
const CONFIGURATION: &str = "configuration";

/// What hook processes of one log remember.
#[derive(Debug, Clone)]
pub struct Memory {
    folder: PathBuf,
}

/// What the hooks' configuration is, compared with what it was.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// The places where it is another.
    pub places: Vec<String>,
    /// What is to be remembered of it ([`Memory::remember`]), once the change is on record.
    pub lines: String,
}

impl Memory {
    /// Returns the memory beside a log.
    pub fn beside_log(log: &Path) -> Self {
        Self {
            folder: beside(log, ".sessions"),
        }
    }

    /// Returns the memory in a folder of logs.
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            folder: folder.join(".sessions"),
        }
    }

    /// Returns what is remembered of a session: nothing, if that cannot be read.
    pub fn session(&self, name: &str) -> Session {
        Session::read(&self.read(name).unwrap_or_default())
    }

    /// Adds to what is remembered of a session.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(&self, name: &str, fact: &Fact) -> Result<(), FileError> {
        self.write(name, &fact.line())
    }

    /// Compares references to the hooks' configuration with those that were last seen. What was never seen
    /// before does not differ; what was, at a place that `is_looked_at`, and is not there any more, does.
    pub fn changes(&self, references: &[Object], is_looked_at: impl Fn(&str) -> bool) -> Changes {
        let seen = self.configuration();
        let mut now: BTreeMap<&str, Option<&str>> = seen
            .keys()
            .filter(|uri| is_looked_at(uri))
            .map(|uri| (uri.as_str(), None))
            .collect();
        for reference in references {
            if let Some(uri) = reference.str("uri") {
                now.insert(uri, reference.str("hash"));
            }
        }
        let mut changes = Changes::default();
        for (uri, hash) in now {
            let last = seen.get(uri).map(Option::as_deref);
            if last == Some(hash) {
                continue;
            }
            if last.is_some() {
                changes.places.push(uri.to_owned());
            }
            let hash = hash.map(|hash| ("hash", hash));
            let line: Object = [("uri", uri)].into_iter().chain(hash).collect();
            changes.lines.push_str(&json::to_line(&line));
        }
        changes
    }

    /// Remembers what the hooks' configuration is.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn remember(&self, changes: &Changes) -> Result<(), FileError> {
        if changes.lines.is_empty() {
            return Ok(());
        }
        self.write(CONFIGURATION, &changes.lines)
    }

    /// Returns what was last seen where: a hash, or that there was nothing any more.
    fn configuration(&self) -> BTreeMap<String, Option<String>> {
        let lines = self.read(CONFIGURATION).unwrap_or_default();
        let seen = lines.split(|byte| *byte == b'\n').filter_map(|line| {
            let value = json::read(line).ok()?.value;
            let seen = value.as_object()?;
            let hash = seen.str("hash").map(str::to_owned);
            Some((seen.str("uri")?.to_owned(), hash))
        });
        seen.collect()
    }

    /// Forgets sessions that have said nothing for a month.
    pub fn forget_old(&self) {
        let Ok(entries) = self.check().and_then(|()| fs::read_dir(&self.folder)) else {
            return;
        };
        for entry in entries.flatten() {
            // Nothing but what has a name of ours.
            let name = entry.file_name();
            let is_ours = name.len() == NAME_CHARS
                && name.as_encoded_bytes().iter().all(u8::is_ascii_hexdigit);
            let is_old = entry.metadata().is_ok_and(|metadata| {
                let age = metadata.modified().ok().and_then(|it| it.elapsed().ok());
                metadata.is_file() && age.is_some_and(|age| age > KEPT)
            });
            if is_ours && is_old {
                // If it stays, the next one that comes by tries again.
                drop(fs::remove_file(entry.path()));
            }
        }
    }

    /// Makes sure that the folder is one, and nobody else's. A link would lead elsewhere: whoever can make one
    /// here could have our files written, and others removed, there.
    fn check(&self) -> io::Result<()> {
        let found = fs::symlink_metadata(&self.folder)?;
        let own = rustix::process::geteuid().as_raw();
        if !found.is_dir() {
            return Err(io::Error::other("not a folder"));
        }
        if found.uid() != own {
            return Err(io::Error::other("another user's"));
        }
        Ok(())
    }

    /// Reads the end of a file. A first line that is cut is none.
    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        self.check()?;
        let file = open::regular(&self.folder.join(name))?;
        let len = file.metadata()?.len();
        let start = len.saturating_sub(MAX_BYTES);
        let mut bytes = vec![0; usize::try_from(len - start).unwrap_or_default()];
        file.read_exact_at(&mut bytes, start)?;
        Ok(bytes)
    }

    fn write(&self, name: &str, lines: &str) -> Result<(), FileError> {
        let use_folder = || FileError::of("use", &self.folder);
        match self.check() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.create_folder()?,
            checked => checked.map_err(use_folder())?,
        }
        self.check().map_err(use_folder())?;
        let path = self.folder.join(name);
        // A process that was killed may have left a part of a line.
        let text = format!("\n{lines}");
        open::to_add(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(FileError::of("write", &path))
    }

    fn create_folder(&self) -> Result<(), FileError> {
        let above = self.folder.parent();
        if let Some(above) = above.filter(|above| !above.as_os_str().is_empty()) {
            super::create_folder(above)?;
        }
        match DirBuilder::new().mode(0o700).create(&self.folder) {
            // Another hook was as fast.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            created => created.map_err(FileError::of("create", &self.folder)),
        }
    }
}
