//! Reading logs whole, line by line.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use super::{FileError, map::Map};
use crate::verify::{Verdict, Verifier};

/// How much is read at a time.
const CHUNK_BYTES: usize = 1024 * 1024;

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
pub fn verify(path: &Path, io: Io, mut progress: impl FnMut(u64)) -> Result<Verdict, FileError> {
    let mut file = File::open(path).map_err(FileError::of("read", path))?;
    let mut verifier = Verifier::new();
    let mapped = match io {
        Io::Mmap => Some(Map::of(&file).map_err(FileError::of("map", path))?),
        Io::Auto if nobody_may_write(&file) => Map::of(&file).ok(),
        Io::Auto | Io::Read => None,
    };
    match mapped {
        Some(map) => {
            for chunk in map.chunks(CHUNK_BYTES) {
                progress(chunk.len() as u64);
            }
            verifier.log(&map);
        }
        None => {
            feed(&mut file, &mut verifier, &mut progress).map_err(FileError::of("read", path))?;
        }
    }
    Ok(verifier.finish())
}

/// Verifies a log that arrives as a stream.
///
/// # Errors
/// When the stream breaks before its end.
pub fn verify_stream(mut stream: impl Read, mut progress: impl FnMut(u64)) -> io::Result<Verdict> {
    let mut verifier = Verifier::new();
    feed(&mut stream, &mut verifier, &mut progress)?;
    Ok(verifier.finish())
}

fn feed(
    stream: &mut impl Read,
    verifier: &mut Verifier,
    progress: &mut impl FnMut(u64),
) -> io::Result<()> {
    let mut buffer = Vec::new();
    loop {
        let kept = buffer.len();
        let read = stream
            .by_ref()
            .take(CHUNK_BYTES as u64)
            .read_to_end(&mut buffer)?;
        if read == 0 {
            verifier.unterminated_line(&buffer);
            return Ok(());
        }
        progress(read as u64);
        // What was kept holds no line feed, so only the new bytes are searched.
        let Some(last) = buffer[kept..].iter().rposition(|byte| *byte == b'\n') else {
            continue;
        };
        let complete = kept + last;
        for line in buffer[..complete].split(|byte| *byte == b'\n') {
            verifier.line(line);
        }
        buffer.drain(..=complete);
    }
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
