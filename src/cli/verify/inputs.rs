//! The logs that are meant: files as they are named, and what is below folders.

use std::{
    collections::HashSet,
    fs,
    path::{Component, Path, PathBuf},
};

use anyhow::ensure;
use sealstone::store::{
    folder::{self, Found},
    state::State,
};

use super::address;

/// An argument.
pub(super) enum Input {
    /// A folder, with the logs below it.
    Folder(PathBuf, Found),
    /// A log, or what is taken for one: `-` is standard input.
    Log(PathBuf),
}

/// Looks at what the arguments name. A log below a folder that `state` knows is one of the folder's wherever the
/// search goes, so that it is missed, whatever stands in its place or in the place of a folder above it.
pub(super) fn find(paths: &[PathBuf], state: Option<&State>) -> anyhow::Result<Vec<Input>> {
    let stdin_count = paths.iter().filter(|path| path.as_os_str() == "-").count();
    ensure!(stdin_count <= 1, "standard input can be read only once");
    ensure!(
        stdin_count == 0 || state.is_none(),
        "standard input cannot be read again, so --state has nothing to remember of it"
    );
    let input = |path: &PathBuf| {
        let is_stdin = path.as_os_str() == "-";
        let plain = address::plain(path);
        let known = state.map_or_else(Vec::new, |state| known_below(&plain, state));
        // What is no folder any more was one if logs below it are known.
        if !is_stdin && (path.is_dir() || known.iter().any(|log| *log != plain)) {
            let mut found = folder::logs_below(path);
            for log in passed_over(known, &found) {
                found.require(log);
            }
            Input::Folder(path.clone(), found)
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

/// Returns the logs that `state` knows below `folder`, or as it.
fn known_below(folder: &Path, state: &State) -> Vec<PathBuf> {
    let known = state.names().map(address::decoded);
    known.filter(|log| is_below(log, folder)).collect()
}

/// Returns the logs that a search neither found nor has a fault of. A log of another name than a search looks
/// for is one of its folder's only once it is gone: else it was given by itself.
fn passed_over(known: Vec<PathBuf>, found: &Found) -> Vec<PathBuf> {
    let faults = found.faults.iter().map(|fault| &fault.path);
    let seen: HashSet<PathBuf> = found
        .logs
        .iter()
        .chain(faults)
        .map(|path| address::plain(path))
        .collect();
    known
        .into_iter()
        .filter(|log| !seen.contains(log))
        .filter(|log| folder::is_named_like_a_log(log) || fs::symlink_metadata(log).is_err())
        .collect()
}

fn is_below(log: &Path, folder: &Path) -> bool {
    let below = log.strip_prefix(folder);
    below.is_ok_and(|below| {
        let mut parts = below.components();
        parts.all(|part| matches!(part, Component::Normal(_)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_below_a_folder_or_it_is_not() {
        let is_below = |log: &str, folder: &str| is_below(Path::new(log), Path::new(folder));
        assert!(is_below("a/b/c.jsonl", "a") && is_below("a.jsonl", ""));
        assert!(is_below("/a/b.jsonl", "/a") && is_below("../b.jsonl", ".."));
        assert!(!is_below("ab/c.jsonl", "a") && !is_below("../a.jsonl", ""));
        assert!(!is_below("/a.jsonl", "") && !is_below("a/../c.jsonl", "a"));
    }
}
