//! Reading logs whole, line by line.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use super::{FileError, map::Map};
use crate::{
    chain::MAX_LINE_BYTES,
    verify::{self, Chunk, Row, Verdict, Verifier},
};

/// How much is read at a time.
const CHUNK_BYTES: usize = 256 * 1024;

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
    opened(&file, path, io, 0, row, progress)
}

/// The same for a log that was opened, from the byte `start` on.
pub(super) fn opened(
    mut file: &File,
    path: &Path,
    io: Io,
    start: u64,
    row: &mut impl Row,
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
            bytes(&map[start..], row, progress)
        }
        // A pipe cannot be sought in, and need not be.
        None if start == 0 => stream(file, row, progress),
        None => {
            let sought = file.seek(SeekFrom::Start(start));
            sought.and_then(|_| stream(file, row, progress))
        }
    };
    read.map_err(FileError::of("read", path))
}

/// Puts the lines of a log that arrives as a stream into `row`. Every byte is read once.
///
/// # Errors
/// When the stream breaks before its end, or a line is longer than [`MAX_LINE_BYTES`].
pub fn stream(
    stream: impl Read,
    row: &mut impl Row,
    mut progress: impl FnMut(u64),
) -> io::Result<()> {
    let mut chunks = Chunks::of(stream);
    verify::parallel(row, |buffer| {
        let chunk = chunks.next(buffer, &mut progress)?;
        Ok(chunk.map(Chunk::Owned))
    })
}

/// A stream in pieces of whole lines, the last of which may lack its line feed.
pub(super) struct Chunks<R> {
    stream: R,
    /// Behind the last line feed of the piece before.
    rest: Vec<u8>,
}

impl<R: Read> Chunks<R> {
    pub(super) fn of(stream: R) -> Self {
        Self {
            stream,
            rest: Vec::new(),
        }
    }

    /// Returns the next piece, in a buffer that it was given empty.
    pub(super) fn next(
        &mut self,
        mut buffer: Vec<u8>,
        progress: &mut impl FnMut(u64),
    ) -> io::Result<Option<Vec<u8>>> {
        buffer.append(&mut self.rest);
        loop {
            let kept = buffer.len();
            let read = self
                .stream
                .by_ref()
                .take(CHUNK_BYTES as u64)
                .read_to_end(&mut buffer)?;
            progress(read as u64);
            if read == 0 {
                return Ok((!buffer.is_empty()).then_some(buffer));
            }
            if kept > MAX_LINE_BYTES {
                return Err(too_long());
            }
            // What was kept holds no line feed, so only the new bytes are searched.
            if let Some(last) = memchr::memrchr(b'\n', &buffer[kept..]) {
                let behind = kept + last + 1;
                self.rest.extend_from_slice(&buffer[behind..]);
                buffer.truncate(behind);
                return Ok(Some(buffer));
            }
        }
    }
}

fn too_long() -> io::Error {
    io::Error::other(format!(
        "a line is longer than {} MiB",
        MAX_LINE_BYTES >> 20
    ))
}

fn bytes(bytes: &[u8], row: &mut impl Row, mut progress: impl FnMut(u64)) -> io::Result<()> {
    let mut rest = bytes;
    verify::parallel(row, |_| {
        if rest.is_empty() {
            return Ok(None);
        }
        let at = CHUNK_BYTES.min(rest.len()) - 1;
        let end = memchr::memchr(b'\n', &rest[at..]).map_or(rest.len(), |end| at + end + 1);
        if end - at > MAX_LINE_BYTES {
            return Err(too_long());
        }
        let (chunk, behind) = rest.split_at(end);
        rest = behind;
        progress(chunk.len() as u64);
        Ok(Some(Chunk::Borrowed(chunk)))
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
