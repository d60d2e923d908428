//! Reading a log once: for the verdict, and for what else is asked of its lines.

use std::{fs, io, path::Path};

use sealstone::{
    store::records,
    verify::{Line, Verdict},
};

use super::progress::Progress;

/// Verifies the log at `path`, `-` being standard input, and gives each line to `look`, on any thread, and what that
/// returns to `take`, in order. The error is for a reader: not every line was read.
pub(super) fn read<S: Send>(
    path: &Path,
    draws: bool,
    look: impl Fn(&[u8]) -> S + Sync,
    take: impl FnMut(&Line, S),
) -> Result<Verdict, String> {
    let is_stdin = is_stdin(path);
    let metadata = fs::metadata(path).ok().filter(|_| !is_stdin);
    let size = metadata.filter(fs::Metadata::is_file);
    let progress = Progress::new(draws, size.map(|metadata| metadata.len()));
    let count = |bytes| progress.add(bytes);
    if is_stdin {
        records::stream(io::stdin(), look, take, count)
            .map_err(|error| format!("cannot read standard input: {error}"))
    } else {
        records::file(path, look, take, count).map_err(|error| error.to_string())
    }
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}
