//! What hook processes leave for the next ones, beside the log: `LOG.sessions`, or `.sessions` in a folder of
//! logs. It holds nothing that is not in the log too, or that a process could not do without.
//!
//! Each file is only added to, one line in one write, so that processes at the same time need no lock.

use std::{
    collections::BTreeMap,
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::fs::OFlags;

use super::{FileError, append::PRIVATE_MODE, beside};
use crate::{
    hook::{Entry, Session},
    json::{self, Object},
};

/// How much of a file is read. A session that leaves more is not followed to its end.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// How long a session is remembered that says nothing more.
const KEPT: Duration = Duration::from_hours(30 * 24);

/// The file that is not about one session: what the hooks' configuration was when it was last looked at.
const CONFIGURATION: &str = "configuration";

/// What hook processes of one log remember.
#[derive(Debug, Clone)]
pub struct Memory {
    folder: PathBuf,
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
    pub fn add(&self, name: &str, entry: &Entry) -> Result<(), FileError> {
        self.write(name, &entry.line())
    }

    /// Compares references to the hooks' configuration with those that were last seen, remembers them, and
    /// returns the places where they differ. What was never seen before does not differ; what was, at a place
    /// that `is_looked_at`, and is not there any more, does.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn changed(
        &self,
        references: &[Object],
        is_looked_at: impl Fn(&str) -> bool,
    ) -> Result<Vec<String>, FileError> {
        let seen = self.configuration();
        let mut changed = Vec::new();
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
        for (uri, hash) in now {
            let last = seen.get(uri).map(Option::as_deref);
            if last == Some(hash) {
                continue;
            }
            if last.is_some() {
                changed.push(uri.to_owned());
            }
            self.write(CONFIGURATION, &configuration_line(uri, hash))?;
        }
        Ok(changed)
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
        let Ok(entries) = fs::read_dir(&self.folder) else {
            return;
        };
        for entry in entries.flatten() {
            let is_old = entry
                .metadata()
                .and_then(|metadata| metadata.modified())
                .is_ok_and(|modified| modified.elapsed().is_ok_and(|age| age > KEPT));
            if is_old && entry.file_name() != CONFIGURATION {
                // If it stays, the next one that comes by tries again.
                drop(fs::remove_file(entry.path()));
            }
        }
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        OpenOptions::new()
            .read(true)
            .custom_flags(flags())
            .open(self.folder.join(name))?
            .take(MAX_BYTES)
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn write(&self, name: &str, line: &str) -> Result<(), FileError> {
        let path = self.folder.join(name);
        let write = || {
            let mut options = OpenOptions::new();
            let options = options
                .append(true)
                .create(true)
                .mode(PRIVATE_MODE)
                .custom_flags(flags());
            let mut file = match options.open(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    DirBuilder::new()
                        .recursive(true)
                        .mode(0o700)
                        .create(&self.folder)?;
                    options.open(&path)
                }
                opened => opened,
            }?;
            file.write_all(line.as_bytes())
        };
        write().map_err(FileError::of("write", &path))
    }
}

fn configuration_line(uri: &str, hash: Option<&str>) -> String {
    let mut seen = Object::new();
    seen.insert("uri", uri);
    if let Some(hash) = hash {
        seen.insert("hash", hash);
    }
    let mut line = String::new();
    json::write(&seen.into(), &mut line);
    line.push('\n');
    line
}

/// A link would lead elsewhere, and a pipe would make the agent wait.
fn flags() -> i32 {
    (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed()
}
