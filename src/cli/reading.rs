//! Reading a log once, for the verdict on it and for what its records say.

use std::{fs, io, path::Path};

use sealstone::{store::records, verify::Verdict};

use super::progress::Progress;

/// Verifies the log at `path`, `-` for standard input, and gives what `look` sees in each line to `take`, in order. The
/// error is for a reader.
pub(super) fn records<S: Send>(
    path: &Path,
    draws: bool,
    look: impl Fn(&[u8]) -> S + Sync,
    take: impl FnMut(S),
) -> Result<Verdict, String> {
    let is_stdin = path.as_os_str() == "-";
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
