//! A line that was cut off: moved to `LOG.torn`, and a record in its place that says so.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::FileExt,
    path::Path,
};

use super::{
    FileError,
    append::{AppendError, Durability, Recovered, sync_folder_of},
    beside, open,
    seal::Lines,
    tail::Tail,
};
use crate::{digest::Digest, json::Object, record::own};

/// Moves a torn line aside. The record that says so is about the subject whose chain this is, or, for the first
/// record, about `subject`.
pub(super) fn recover(
    path: &Path,
    file: &File,
    tail: &Tail,
    subject: Option<&Object>,
    durability: Durability,
) -> Result<Recovered, AppendError> {
    let mut torn = vec![0; usize::try_from(tail.torn).unwrap_or(usize::MAX)];
    file.read_exact_at(&mut torn, tail.end)
        .map_err(FileError::of("read", path))?;
    let recovered = Recovered {
        path: beside(path, ".torn"),
        bytes: tail.torn,
        sha256: Digest::of(&torn),
    };
    let subject = match &tail.head {
        Some(head) => head.subject.as_ref(),
        None => subject,
    };
    let mut lines = Lines::behind(tail.head.as_ref(), tail.open_line);
    let record = own::recovered(tail.end, tail.torn, recovered.sha256, subject);
    lines.seal(record, |_| None)?;
    let (aside, aside_len) = keep_aside(&recovered.path, &torn, durability)?;
    write_over(path, tail.end, lines.text(), durability).map_err(|error| {
        // The next attempt keeps them again. If this fails, they stand there twice.
        drop(aside.set_len(aside_len));
        FileError::of("recover", path)(error)
    })?;
    Ok(recovered)
}

/// Written over the torn bytes first and cut after: at no moment is the loss undisclosed. A file opened for
/// appending would ignore the offset.
fn write_over(path: &Path, from: u64, text: &[u8], durability: Durability) -> io::Result<()> {
    let over = OpenOptions::new().write(true).open(path)?;
    over.write_all_at(text, from)?;
    over.set_len(from + text.len() as u64)?;
    if durability == Durability::Never {
        return Ok(());
    }
    over.sync_all()
}

/// Copies a torn line to the end of `path`, and returns the file and the length it had before.
fn keep_aside(path: &Path, torn: &[u8], durability: Durability) -> Result<(File, u64), FileError> {
    let keep = || {
        let mut file = open::to_add(path)?;
        let len = file.metadata()?.len();
        if let Err(error) = file.write_all(torn).and_then(|()| file.sync_all()) {
            file.set_len(len)?;
            return Err(error);
        }
        Ok((file, len))
    };
    let kept = keep().map_err(FileError::of("move a torn line to", path))?;
    if durability != Durability::Never {
        sync_folder_of(path)?;
    }
    Ok(kept)
}
