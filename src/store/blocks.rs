//! Reading a file in blocks, each on the thread that examines it.
//!
//! What one processor reads lies in its cache, and another would have to get it from there. So a block's number
//! is handed out, and who takes it reads. A file may grow, shrink or be written anew meanwhile: what is judged
//! is one row of blocks up to the first that is not full, and every byte of it was read once.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::FileExt,
    sync::atomic::{AtomicU64, Ordering},
};

use super::read;
use crate::verify::{self, Chunk, Fetch, Row};

/// How much is read at a time: so much that there are few lines across blocks, and so little that it stays in
/// the cache.
pub(super) const BLOCK_BYTES: usize = 512 * 1024;

/// Puts the lines of a file behind the byte `start` into `row`, with what `look` sees in each, telling `progress` how
/// many bytes were read since the last time.
///
/// # Errors
/// When the file cannot be read, or a line is too long.
pub(super) fn file<S: Send>(
    file: &File,
    start: u64,
    block_bytes: usize,
    row: &mut impl Row<S>,
    look: impl Fn(&[u8]) -> S + Sync,
    mut progress: impl FnMut(u64),
) -> io::Result<()> {
    let read = AtomicU64::new(0);
    let mut tell = || match read.swap(0, Ordering::Relaxed) {
        0 => {}
        read => progress(read),
    };
    let mut blocks = Blocks {
        file,
        at: start,
        end: file.metadata()?.len(),
        block_bytes: block_bytes as u64,
        read: &read,
    };
    verify::parallel(row, look, |buffer| {
        tell();
        match blocks.next() {
            Some(block) => Ok(Some(Chunk::Fetched(block))),
            None => Ok(blocks.behind(buffer)?.map(Chunk::Owned)),
        }
    })?;
    tell();
    Ok(())
}

/// The blocks that a file is said to have.
struct Blocks<'a> {
    file: &'a File,
    at: u64,
    end: u64,
    block_bytes: u64,
    /// How much was read and not told yet.
    read: &'a AtomicU64,
}

impl<'a> Iterator for Blocks<'a> {
    type Item = Fetch<'a, io::Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.end.saturating_sub(self.at).min(self.block_bytes);
        if bytes == 0 {
            return None;
        }
        let (mut from, read) = (self.here(), self.read);
        self.at += bytes;
        let bytes = usize::try_from(bytes).expect("it is at most a block");
        Some(Fetch::new(bytes, move |room| {
            let filled = fill(&mut from, room)?;
            read.fetch_add(filled as u64, Ordering::Relaxed);
            Ok(filled)
        }))
    }
}

impl<'a> Blocks<'a> {
    /// Reads what comes behind the blocks. Only a read tells where a file ends: it may have grown, and some are
    /// said to have no bytes and have some.
    fn behind(&mut self, buffer: Vec<u8>) -> io::Result<Option<Vec<u8>>> {
        let chunk = read::chunk(self.here(), buffer)?;
        let bytes = chunk.as_ref().map_or(0, Vec::len) as u64;
        self.at += bytes;
        self.read.fetch_add(bytes, Ordering::Relaxed);
        Ok(chunk)
    }

    const fn here(&self) -> At<'a> {
        At {
            file: self.file,
            at: self.at,
        }
    }
}

/// A place in a file, which is read from there on whatever others read.
struct At<'a> {
    file: &'a File,
    at: u64,
}

impl Read for At<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// Reads until `room` is full or nothing more comes. Returns how much came.
fn fill(from: &mut impl Read, room: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < room.len() {
        match from.read(&mut room[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;
    use crate::{
        sample,
        verify::{Survey, Verdict, Verifier},
    };

    fn serial(log: &[u8]) -> Verdict {
        let mut verifier = Verifier::new();
        verifier.log(log);
        verifier.finish()
    }

    /// A file with these bytes.
    fn with(log: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(log).unwrap();
        file
    }

    /// Verifies a file that is changed once so many bytes were read. Returns how many were judged, too.
    fn changed(
        file: &File,
        block_bytes: usize,
        after: u64,
        change: impl FnOnce(&File),
    ) -> (Verdict, usize) {
        let mut row = (Verifier::new(), Survey::new());
        let mut told = 0;
        let mut change = Some(change);
        let progress = |bytes| {
            told += bytes;
            if told >= after {
                change.take().into_iter().for_each(|change| change(file));
            }
        };
        super::file(file, 0, block_bytes, &mut row, |_| (), progress).unwrap();
        (row.0.finish(), row.1.bytes.try_into().unwrap())
    }

    fn log() -> Vec<u8> {
        sample::chain(12, 5).collect::<String>().into_bytes()
    }

    fn block_bytes() -> impl Strategy<Value = usize> {
        prop_oneof![1..64_usize, 1..5000_usize]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn the_verdict_does_not_depend_on_blocks(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
            start in any::<prop::sample::Index>(),
            block_bytes in block_bytes(),
        ) {
            let mut log = log();
            for (at, byte) in changes {
                let at = at.index(log.len());
                log[at] = byte;
            }
            for start in [0, start.index(log.len() + 1)] {
                let (mut verifier, mut told) = (Verifier::new(), 0);
                let progress = |bytes| told += bytes;
                file(&with(&log), start as u64, block_bytes, &mut verifier, |_| (), progress).unwrap();
                prop_assert_eq!(verifier.finish(), serial(&log[start..]));
                prop_assert_eq!(told, (log.len() - start) as u64);
            }
        }

        #[test]
        fn a_file_that_changes_meanwhile_is_judged_up_to_some_place(
            block_bytes in block_bytes(),
            after in 0..9000_u64,
            len in any::<prop::sample::Index>(),
        ) {
            let log = log();
            let len = len.index(log.len());
            let cut = |file: &File| file.set_len(len as u64).unwrap();
            let grow = |file: &File| file.write_all_at(&log[len..], len as u64).unwrap();
            // Blocks from before the cut and from behind it are not put together.
            let refill = |file: &File| {
                cut(file);
                grow(file);
            };
            for (verdict, judged) in [
                changed(&with(&log), block_bytes, after, cut),
                changed(&with(&log[..len]), block_bytes, after, grow),
                changed(&with(&log), block_bytes, after, refill),
            ] {
                prop_assert!((len..=log.len()).contains(&judged));
                prop_assert_eq!(verdict, serial(&log[..judged]));
            }
        }
    }
}
