//! Adding one checkpoint to a witness file.

use std::path::Path;

use super::locked::Locked;
use crate::{
    json,
    store::FileError,
    verify::without_mark,
    witness::{self, Checkpoint, Ledger, Refusal},
};

/// Why a checkpoint is not in a witness file.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// It does not go on from what the file has of its chain. Nothing was written.
    #[error("it does not go on from what was witnessed: {0}")]
    Refused(#[from] Refusal),
}

/// Appends a checkpoint to a witness file, if it goes on from those that the file has of its chain ([`Ledger`]), and
/// waits until it is on the disk. The file is locked meanwhile, and is created for its owner only if it is not there.
///
/// Lines that are no checkpoints stop nothing: they stay as they are, and say nothing.
///
/// # Errors
/// When it is refused, or the file cannot be opened, locked, read or written.
pub fn append(path: &Path, checkpoint: &Checkpoint) -> Result<(), AppendError> {
    let mut file = Locked::open(path)?;
    let mut ledger = Ledger::default();
    let bytes = file.read_from(0, u64::MAX)?;
    for line in without_mark(&bytes).split(|byte| *byte == b'\n') {
        if let Ok(Some(kept)) = witness::of_line(line) {
            ledger.add(&kept);
        }
    }
    ledger.judge(checkpoint)?;
    Ok(file.append(&json::to_line(&checkpoint.to_object()))?)
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt, thread};

    use super::*;
    use crate::json::Value;

    fn said(root: &str, count: u64, head: &str) -> Checkpoint {
        Checkpoint {
            chain_root: root.into(),
            subject: "acme".into(),
            count,
            head: head.to_owned(),
            ts: Value::Null,
            tsa: None,
            every: None,
        }
    }

    fn line(checkpoint: &Checkpoint) -> String {
        json::to_line(&checkpoint.to_object())
    }

    #[test]
    fn a_file_is_created_with_its_folder_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/witness.jsonl");
        let own = said("r", 1, "a");
        append(&path, &own).unwrap();
        append(&path, &own).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), line(&own).repeat(2));
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn what_does_not_go_on_is_refused_and_nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("witness.jsonl");
        append(&path, &said("r", 5, "a")).unwrap();
        let before = fs::read(&path).unwrap();
        for refused in [said("r", 5, "b"), said("r", 4, "c")] {
            let error = append(&path, &refused).unwrap_err();
            assert!(matches!(error, AppendError::Refused(_)), "{error}");
        }
        assert_eq!(fs::read(&path).unwrap(), before);
        append(&path, &said("other", 1, "b")).unwrap();
    }

    #[test]
    fn damaged_and_open_lines_stop_nothing_and_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("witness.jsonl");
        let kept = line(&said("r", 5, "a"));
        let start = format!("\u{FEFF}{kept}damaged\n\n{{\"count\":");
        fs::write(&path, &start).unwrap();
        append(&path, &said("r", 6, "b")).unwrap();
        assert!(append(&path, &said("r", 4, "b")).is_err());
        let expected = format!("{start}\n{}", line(&said("r", 6, "b")));
        assert_eq!(fs::read_to_string(&path).unwrap(), expected);
    }

    #[test]
    fn those_who_add_at_once_take_turns() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("witness.jsonl");
        thread::scope(|scope| {
            for root in 0..8 {
                let path = &path;
                scope.spawn(move || {
                    for count in 1..20 {
                        append(path, &said(&root.to_string(), count, "a")).unwrap();
                    }
                });
            }
        });
        let kept = witness::of_file(&fs::read(&path).unwrap());
        assert_eq!(kept.checkpoints.len(), 8 * 19);
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = append(folder.path(), &said("r", 1, "a")).unwrap_err();
        assert!(matches!(error, AppendError::File(_)), "{error}");
    }
}
