//! The logs that are meant: files as they are named, and what is below folders.

use std::path::PathBuf;

use anyhow::ensure;
use sealstone::store::folder::{self, Found};

/// An argument.
pub(super) enum Input {
    /// A folder, with the logs below it.
    Folder(PathBuf, Found),
    /// A log, or what is taken for one: `-` is standard input.
    Log(PathBuf),
}

/// Looks at what the arguments name.
pub(super) fn find(paths: &[PathBuf]) -> anyhow::Result<Vec<Input>> {
    let stdin_count = paths.iter().filter(|path| path.as_os_str() == "-").count();
    ensure!(stdin_count <= 1, "standard input can be read only once");
    let input = |path: &PathBuf| {
        if path.is_dir() && path.as_os_str() != "-" {
            Input::Folder(path.clone(), folder::logs_below(path))
        } else {
            Input::Log(path.clone())
        }
    };
    Ok(paths.iter().map(input).collect())
}

/// Returns how many logs there are.
pub(super) fn count(inputs: &[Input]) -> usize {
    let count = |input: &Input| match input {
        Input::Folder(_, found) => found.logs.len() + found.faults.len(),
        Input::Log(_) => 1,
    };
    inputs.iter().map(count).sum()
}
