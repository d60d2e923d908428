//! Reading logs whole, line by line.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use super::{
    FileError,
    blocks::{self, BLOCK_BYTES},
    map::Map,
};
use crate::verify::{self, Chunk, LineTooLong, Row, Verdict, Verifier};

/// How much of a stream is read at a time.
pub(super) const CHUNK_BYTES: u64 = 256 * 1024;

/// How a log's bytes are got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Io {
    /// A map for a file that nobody may write to, else reads.
    #[default]
    Auto,
    /// A memory map, whatever may happen to the file meanwhile.
    Mmap,
    /// Reads.
    Read,
}

/// Verifies the log at `path`, telling `progress` how many bytes were read since the last time.
///
/// # Errors
/// When the log cannot be read to its end: then nothing is known of it.
pub fn verify(path: &Path, io: Io, progress: impl FnMut(u64)) -> Result<Verdict, FileError> {
    let mut verifier = Verifier::new();
    file(path, io, &mut verifier, progress)?;
    Ok(verifier.finish())
}

/// Puts the lines of the log at `path` into `row`, telling `progress` how many bytes were read since the last
/// time.
///
/// # Errors
/// When the log cannot be read to its end.
pub fn file(
    path: &Path,
    io: Io,
    row: &mut impl Row,
    progress: impl FnMut(u64),
) -> Result<(), FileError> {
    let file = File::open(path).map_err(FileError::of("read", path))?;
    opened(&file, path, io, 0, row, |_| (), progress)
}

/// The same for a log that was opened, from the byte `start` on, with what `look` sees in each line.
pub(super) fn opened<S: Send>(
    file: &File,
    path: &Path,
    io: Io,
    start: u64,
    row: &mut impl Row<S>,
    look: impl Fn(&[u8]) -> S + Sync,
    progress: impl FnMut(u64),
) -> Result<(), FileError> {
    let mapped = match io {
        Io::Mmap => Some(Map::of(file).map_err(FileError::of("map", path))?),
        Io::Auto if nobody_may_write(file) => Map::of(file).ok(),
        Io::Auto | Io::Read => None,
    };
    let read = match mapped {
        Some(map) => {
            let start = usize::try_from(start).unwrap_or(usize::MAX).min(map.len());
            bytes(&map[start..], row, look, progress)
        }
        // A pipe has no places to read at.
        None if start == 0 && !is_file(file) => streamed(file, row, look, progress),
        None => blocks::file(file, start, BLOCK_BYTES, row, look, progress),
    };
    read.map_err(FileError::of("read", path))
}

fn is_file(file: &File) -> bool {
    file.metadata().is_ok_and(|metadata| metadata.is_file())
}

/// Puts the lines of a log that arrives as a stream into `row`. Every byte is read once.
///
/// # Errors
/// When the stream breaks before its end, or a line is longer than [`crate::chain::MAX_LINE_BYTES`].
pub fn stream(stream: impl Read, row: &mut impl Row, progress: impl FnMut(u64)) -> io::Result<()> {
    streamed(stream, row, |_| (), progress)
}

/// The same with what `look` sees in each line.
pub(super) fn streamed<S: Send>(
    mut stream: impl Read,
    row: &mut impl Row<S>,
    look: impl Fn(&[u8]) -> S + Sync,
    mut progress: impl FnMut(u64),
) -> io::Result<()> {
    verify::parallel(row, look, |buffer| {
        let chunk = chunk(&mut stream, buffer)?;
        progress(chunk.as_ref().map_or(0, Vec::len) as u64);
        Ok(chunk.map(Chunk::Owned))
    })
}

/// Fills an empty buffer with what comes next, if anything does.
pub(super) fn chunk(stream: impl Read, mut buffer: Vec<u8>) -> io::Result<Option<Vec<u8>>> {
    let read = stream.take(CHUNK_BYTES).read_to_end(&mut buffer)?;
    Ok((read > 0).then_some(buffer))
}

impl From<LineTooLong> for io::Error {
    fn from(error: LineTooLong) -> Self {
        Self::other(error)
    }
}

fn bytes<S: Send>(
    bytes: &[u8],
    row: &mut impl Row<S>,
    look: impl Fn(&[u8]) -> S + Sync,
    mut progress: impl FnMut(u64),
) -> io::Result<()> {
    let mut blocks = bytes.chunks(BLOCK_BYTES);
    verify::parallel(row, look, |_| {
        let block = blocks.next();
        progress(block.map_or(0, <[u8]>::len) as u64);
        Ok(block.map(Chunk::Borrowed))
    })
}

/// Whether a file can be taken to stay as it is: its mode lets nobody write, or its file system does not.
fn nobody_may_write(file: &File) -> bool {
    const WRITE_BITS: u32 = 0o222;
    let by_mode = file.metadata().is_ok_and(|metadata| {
        metadata.is_file() && metadata.permissions().mode() & WRITE_BITS == 0
    });
    let by_file_system = || {
        rustix::fs::fstatvfs(file).is_ok_and(|status| {
            status
                .f_flag
                .contains(rustix::fs::StatVfsMountFlags::RDONLY)
        })
    };
    by_mode || by_file_system()
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};

    use super::*;

    #[test]
    fn only_what_nobody_may_write_is_mapped_by_itself() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (mode, is_mapped) in [(0o444, true), (0o400, true), (0o600, false), (0o446, false)] {
            fs::set_permissions(file.path(), Permissions::from_mode(mode)).unwrap();
            let opened = File::open(file.path()).unwrap();
            assert_eq!(nobody_may_write(&opened), is_mapped, "{mode:o}");
        }
    }
}
