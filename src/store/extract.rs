//! Copying records out of a log, unchanged and checked.
//!
//! The log is only read. What is written is judged from the file that was written, not from what the log said
//! before: a log may change while it is read. A copy gets its name when it has passed; until then the name is
//! taken by an empty file, so that nothing is ever written over.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use super::{
    FileError,
    again::OpenLog,
    append::{PRIVATE_MODE, sync_folder_of},
    beside, read,
};
use crate::{
    damage::Run,
    verify::{Seal, Survey, Verdict, Verifier},
};

/// How much is copied at a time.
const CHUNK_BYTES: u64 = 256 * 1024;

/// Why records were not copied. No copy is left behind, but for one whose name could not be made durable.
#[derive(Debug, thiserror::Error)]
pub enum ExtractError {
    /// What was copied is not what was found before.
    #[error("`{}` was changed while it was read: try again", .0.display())]
    Changed(PathBuf),
    /// A file operation failed.
    #[error(transparent)]
    File(#[from] FileError),
}

/// A name that is taken for a copy. Dropped without one, it is free again.
#[derive(Debug)]
pub struct Target {
    path: PathBuf,
    /// Where the copy is until it has passed.
    part: PathBuf,
    is_filled: bool,
}

impl Target {
    /// Takes the name `path`, with an empty file that only its owner can read.
    ///
    /// # Errors
    /// When there is a file of this name, or none can be created.
    pub fn take(path: &Path) -> Result<Self, FileError> {
        create(path)?;
        Ok(Self {
            path: path.to_owned(),
            part: beside(path, ".part"),
            is_filled: false,
        })
    }

    /// Returns the name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a run of records, byte for byte and with a line feed behind the last one, and returns the verdict
    /// over the file that was written. It is on the disk then.
    ///
    /// # Errors
    /// When it cannot be written, or is not the run.
    pub fn fill(mut self, source: &OpenLog, run: &Run) -> Result<Verdict, ExtractError> {
        let file = create(&self.part)?;
        let copied = copy(source, run, file, &self.part);
        let verdict = copied.and_then(|()| checked(source, run, &self.part));
        let verdict = verdict.and_then(|verdict| {
            std::fs::rename(&self.part, &self.path).map_err(FileError::of("write", &self.path))?;
            self.is_filled = true;
            sync_folder_of(&self.path)?;
            Ok(verdict)
        });
        if !self.is_filled {
            // What kept it from being written is the error to report.
            drop(std::fs::remove_file(&self.part));
        }
        verdict
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if !self.is_filled {
            // An empty file that stays is no harm, and there is nobody to tell.
            drop(std::fs::remove_file(&self.path));
        }
    }
}

fn create(path: &Path) -> Result<File, FileError> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(PRIVATE_MODE)
        .open(path)
        .map_err(FileError::of("create", path))
}

fn copy(source: &OpenLog, run: &Run, mut to: File, path: &Path) -> Result<(), ExtractError> {
    let mut buffer = Vec::new();
    let mut at = run.bytes.start;
    while at < run.bytes.end {
        let length = CHUNK_BYTES.min(run.bytes.end - at);
        buffer.resize(usize::try_from(length).expect("a chunk fits"), 0);
        match source.file.read_exact_at(&mut buffer, at) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(ExtractError::Changed(source.path.clone()));
            }
            result => result.map_err(FileError::of("read", &source.path))?,
        }
        to.write_all(&buffer)
            .map_err(FileError::of("write", path))?;
        at += length;
    }
    let write = || {
        to.write_all(b"\n")?;
        to.sync_all()
    };
    Ok({ write }().map_err(FileError::of("write", path))?)
}

/// Returns the verdict over a copy, if it is the run: its last hash covers all there is before.
fn checked(source: &OpenLog, run: &Run, path: &Path) -> Result<Verdict, ExtractError> {
    let file = File::open(path).map_err(FileError::of("read", path))?;
    let mut row = (Verifier::new(), Survey::new());
    read::stream(file, &mut row, |_| ()).map_err(FileError::of("read", path))?;
    let (verifier, survey) = row;
    if is_run(&survey, run) {
        Ok(verifier.finish())
    } else {
        Err(ExtractError::Changed(source.path.clone()))
    }
}

fn is_run(survey: &Survey, run: &Run) -> bool {
    let mut before = None;
    for entry in &survey.entries {
        let Seal::Holds { prev_hash, hash } = &entry.seal else {
            return false;
        };
        if before.is_some_and(|before| before != prev_hash) {
            return false;
        }
        before = Some(hash);
    }
    before == Some(&run.head) && survey.entries.len() as u64 == run.records
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::{damage, sample, store::read::Io};

    fn explained(source: &OpenLog) -> damage::Explanation {
        let mut survey = Survey::new();
        source.read(Io::Read, &mut survey, |_| ()).unwrap();
        damage::explain(&survey)
    }

    #[test]
    fn a_copy_is_checked_against_what_was_found() {
        let folder = tempfile::tempdir().unwrap();
        let (log, out) = (folder.path().join("log"), folder.path().join("out"));
        let text: String = sample::chain(9, 1).collect();
        std::fs::write(&log, text.trim_end()).unwrap();
        let source = OpenLog::open(&log).unwrap();
        let run = explained(&source).runs.remove(0);
        std::fs::write(&log, text.replace("\"INFO\"", "\"HIGH\"")).unwrap();
        let changed = Target::take(&out).unwrap().fill(&source, &run);
        assert!(
            matches!(changed, Err(ExtractError::Changed(_))),
            "{changed:?}"
        );
        std::fs::write(&log, "").unwrap();
        let changed = Target::take(&out).unwrap().fill(&source, &run);
        assert!(
            matches!(changed, Err(ExtractError::Changed(_))),
            "{changed:?}"
        );
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        std::fs::write(&log, &text).unwrap();
        let verdict = Target::take(&out).unwrap().fill(&source, &run).unwrap();
        assert_eq!((verdict.records, verdict.head), (9, Some(run.head)));
        assert_eq!(std::fs::read_to_string(&out).unwrap(), text);
        let mode = std::fs::metadata(&out).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(Target::take(&out).is_err());
        assert_eq!(std::fs::read_to_string(&out).unwrap(), text);
    }
}
