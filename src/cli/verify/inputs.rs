//! The logs that are meant: files as they are named, and what is below folders.

use std::{
    collections::BTreeSet,
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

/// Looks at what the arguments name. A log below a folder that `state` knows and that is gone is one of
/// the folder's, so that it is missed.
pub(super) fn find(paths: &[PathBuf], state: Option<&State>) -> anyhow::Result<Vec<Input>> {
    let stdin_count = paths.iter().filter(|path| path.as_os_str() == "-").count();
    ensure!(stdin_count <= 1, "standard input can be read only once");
    ensure!(
        stdin_count == 0 || state.is_none(),
        "standard input cannot be read again, so --state has nothing to remember of it"
    );
    let input = |path: &PathBuf| {
        if path.is_dir() && path.as_os_str() != "-" {
            let mut found = folder::logs_below(path);
            if let Some(state) = state {
                require_known(&mut found, path, state);
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

/// Adds the logs below `folder` that `state` knows and that were not found: they are gone, or a folder is in
/// their place, or a link in that of a folder of theirs. Whoever does that must not hide them.
fn require_known(found: &mut Found, folder: &Path, state: &State) {
    let folder = address::plain(folder);
    let faults = found.faults.iter().map(|fault| &fault.path);
    let seen = found.logs.iter().chain(faults);
    let seen: BTreeSet<PathBuf> = seen.map(|path| address::plain(path)).collect();
    // A log of another name is one of its folder's only once it is gone: else it was given by itself.
    let is_asked_about =
        |log: &Path| folder::is_named_like_a_log(log) || fs::symlink_metadata(log).is_err();
    let known = state.names().map(address::decoded);
    let missed = known.filter(|log| is_below(log, &folder) && !seen.contains(log));
    for log in missed.filter(|log| is_asked_about(log)) {
        found.require(log);
    }
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
