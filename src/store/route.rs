//! A folder of logs, one a subject.
//!
//! A subject's file name is the reference's (FORMAT.md, "File names"), so that both writers find the same
//! chain. Two subjects never share a file: a name that had to be changed to be a file name, or that differs
//! from another only in case, carries a digest of the subject.

use std::{
    collections::HashMap,
    fs::File,
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    FileError,
    append::{AppendError, Appender, Durability, Receipt, Stored},
};
use crate::{
    digest::Digest,
    json,
    record::{build::Prepared, draft::subject_id},
};

/// The name under which records without a subject are filed.
pub const NO_SUBJECT: &str = "_local";

/// How long a file name may be, without its ending.
const MAX_NAME_CHARS: usize = 244;
/// How much of a longer one is kept before its digest.
const CUT_NAME_CHARS: usize = 128;
/// How many hexadecimal digits of the digest a name carries.
const DIGEST_CHARS: usize = 24;
/// How much of each end of a log is looked at for the subject it belongs to.
const GLANCE_BYTES: u64 = 64 * 1024;

/// Returns the file name of a subject's chain; `None` is for records without a subject.
///
/// ```
/// use sealstone::store::route::file_name;
/// assert_eq!(file_name(Some("acme-corp")), "acme-corp.jsonl");
/// assert_eq!(file_name(Some("acme/a")), "acme_a~883a14b33f1d6f1957daef35.jsonl");
/// assert_eq!(file_name(None), "local.jsonl");
/// ```
pub fn file_name(subject: Option<&str>) -> String {
    let Some(subject) = subject else {
        return format!("{}.jsonl", clean(NO_SUBJECT));
    };
    let clean = clean(subject);
    let is_own = clean == subject
        && subject == subject.to_lowercase()
        && subject.len() <= MAX_NAME_CHARS
        && subject != NO_SUBJECT;
    if is_own {
        format!("{clean}.jsonl")
    } else {
        digested(&clean, subject)
    }
}

/// Returns the name with a digest, which no other subject has.
fn digested(clean: &str, subject: &str) -> String {
    let digest = Digest::of(subject.as_bytes()).to_string();
    let fits = clean.len() + 1 + DIGEST_CHARS <= MAX_NAME_CHARS;
    let clean = if fits {
        clean
    } else {
        &clean[..CUT_NAME_CHARS]
    };
    format!("{clean}~{}.jsonl", &digest[..DIGEST_CHARS])
}

fn clean(subject: &str) -> String {
    clean_by(subject, |c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

/// The name that early versions of the reference gave, in which two subjects may meet.
fn legacy_file_name(subject: &str) -> String {
    format!(
        "{}.jsonl",
        clean_by(subject, |c| c.is_alphanumeric() || "._-".contains(c))
    )
}

fn clean_by(subject: &str, keep: impl Fn(char) -> bool) -> String {
    let replaced: String = subject
        .chars()
        .map(|c| if keep(c) { c } else { '_' })
        .collect();
    match replaced.trim_matches(['.', '_']) {
        "" => "tenant".to_owned(),
        name => name.to_owned(),
    }
}

/// Appends each record to the chain of its subject.
#[derive(Debug)]
pub struct Router {
    folder: PathBuf,
    durability: Durability,
    chains: HashMap<Option<String>, Appender>,
    /// Logs that turned out to be others', with what may still have to be synced.
    retired: Vec<Appender>,
}

impl Router {
    /// Returns a router for the logs in `folder`, which is created with the first record.
    pub fn new(folder: impl Into<PathBuf>, durability: Durability) -> Self {
        Self {
            folder: folder.into(),
            durability,
            chains: HashMap::new(),
            retired: Vec::new(),
        }
    }

    /// Seals a record and appends it to its subject's chain.
    ///
    /// # Errors
    /// As [`Appender::append`]. A chain that turns out to be another subject's is never written to.
    pub fn append(&mut self, prepared: Prepared) -> Result<Receipt, AppendError> {
        self.route(prepared, Appender::append)
    }

    /// Seals a record and appends it to its subject's chain, or sets it aside beside that if another process
    /// holds its lock for longer than `most`.
    ///
    /// # Errors
    /// As [`Appender::append_within`]. A chain that turns out to be another subject's is never written to.
    pub fn append_within(
        &mut self,
        most: Duration,
        prepared: Prepared,
    ) -> Result<Stored, AppendError> {
        self.route(prepared, |chain, prepared| {
            chain.append_within(most, prepared)
        })
    }

    fn route<T>(
        &mut self,
        prepared: Prepared,
        append: impl Fn(&mut Appender, Prepared) -> Result<T, AppendError>,
    ) -> Result<T, AppendError> {
        let subject = prepared.subject_id().map(str::to_owned);
        if !self.chains.contains_key(&subject) {
            let path = self.choose(subject.as_deref())?;
            let appender = Appender::new(path, self.durability).to_own_chain();
            self.chains.insert(subject.clone(), appender);
        }
        let appender = self
            .chains
            .get_mut(&subject)
            .expect("it was put there above");
        match append(appender, prepared.clone()) {
            Err(AppendError::OtherSubject { .. }) => {
                // Another subject came first to a name that was free when it was chosen.
                let retired = self.chains.remove(&subject);
                self.retired.extend(retired);
                let path = self.choose(subject.as_deref())?;
                let appender = self
                    .chains
                    .entry(subject)
                    .or_insert_with(|| Appender::new(path, self.durability).to_own_chain());
                append(appender, prepared)
            }
            result => result,
        }
    }

    /// Waits until everything appended is on the disk, as the durability says.
    ///
    /// # Errors
    /// When the disk does not confirm it.
    pub fn sync(&mut self) -> Result<(), AppendError> {
        let appenders = self.chains.values_mut().chain(&mut self.retired);
        appenders.into_iter().try_for_each(Appender::sync)
    }

    /// Returns the log that belongs to a subject: its own name, an older name that holds only its records,
    /// or, if another subject's records stand there, the name with a digest.
    fn choose(&self, subject: Option<&str>) -> Result<PathBuf, AppendError> {
        super::create_folder(&self.folder)?;
        let preferred = self.folder.join(file_name(subject));
        if preferred.exists() && !holds_only(&preferred, subject)? {
            let key = subject.unwrap_or(NO_SUBJECT);
            return Ok(self.folder.join(digested(&clean(key), key)));
        }
        if let Some(subject) = subject.filter(|_| !preferred.exists()) {
            let legacy = self.folder.join(legacy_file_name(subject));
            if legacy != preferred && legacy.exists() && holds_only(&legacy, Some(subject))? {
                return Ok(legacy);
            }
        }
        Ok(preferred)
    }
}

/// Whether the records of a log are about `subject`, by those near its beginning and its end.
///
/// Only early versions of the reference mixed subjects in one file, from its first days on; a hook must not
/// read a whole log at every call to find out what each append checks again at the head.
fn holds_only(path: &Path, subject: Option<&str>) -> Result<bool, FileError> {
    let inspect = FileError::of("inspect", path);
    if !std::fs::metadata(path).map_err(inspect)?.is_file() {
        // Opening a pipe would wait for its other end.
        return Err(FileError::of("append to", path)(io::Error::other(
            "not a regular file",
        )));
    }
    let read = |file: &File| {
        let len = file.metadata()?.len();
        Ok([
            glance(file, 0)?,
            glance(file, len.saturating_sub(GLANCE_BYTES))?,
        ])
    };
    let ends = File::open(path)
        .and_then(|file| read(&file))
        .map_err(FileError::of("read", path))?;
    // A line that is cut by the edge of a glance does not parse, and is skipped.
    let mut lines = ends.iter().flat_map(|end| end.split(|byte| *byte == b'\n'));
    Ok(lines.all(|line| {
        json::read(line).map_or(true, |document| {
            let record = document.value.as_object();
            record.is_none_or(|record| subject_id(record) == subject)
        })
    }))
}

/// Reads what there is from `offset` on; another writer may cut the log meanwhile.
fn glance(file: &File, offset: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(GLANCE_BYTES).unwrap_or_default()];
    let mut read = 0;
    while read < bytes.len() {
        match file.read_at(&mut bytes[read..], offset + read as u64)? {
            0 => break,
            more => read += more,
        }
    }
    bytes.truncate(read);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_reference() {
        for (subject, name) in [
            ("acme-corp", "acme-corp.jsonl"),
            ("ACME", "ACME~a8308e8e2e4b73307d860de2.jsonl"),
            ("acme/a", "acme_a~883a14b33f1d6f1957daef35.jsonl"),
            ("\u{e9}", "tenant~4a99557e4033c3539de2eb65.jsonl"),
            ("..", "tenant~5ec1f7e700f37c3d0b2981d0.jsonl"),
            ("a.", "a~5ab640fad553cbf927dc96b8.jsonl"),
        ] {
            assert_eq!(file_name(Some(subject)), name);
        }
        assert_eq!(file_name(None), "local.jsonl");
        assert!(file_name(Some("_local")).starts_with("local~"));
    }

    #[test]
    fn long_subjects_have_names_that_fit() {
        let long = "a".repeat(244);
        assert_eq!(file_name(Some(&long)), format!("{long}.jsonl"));
        for subject in ["a".repeat(245), "A".repeat(244), "\u{e9}x".repeat(200)] {
            let name = file_name(Some(&subject));
            assert!(name.len() <= MAX_NAME_CHARS + ".jsonl".len(), "{name}");
            assert!(name.contains('~'));
        }
    }
}
