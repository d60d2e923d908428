//! Reading logs for what their lines say, whether these hold or not.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::{FileError, read::CHUNK_BYTES};
use crate::{
    chain::MAX_LINE_BYTES,
    verify::{LineTooLong, without_mark},
};

/// Gives each line of the log at `path` to `look`, on any thread, and what that returns to `take`, in the order
/// of the lines; tells `progress` how many bytes were read since the last time.
///
/// Lines come without the line feed, and the first one without a byte order mark. An empty rest behind the last
/// line feed is no line.
///
/// # Errors
/// When the log cannot be read to its end. Some of what was read until then was taken.
pub fn file<T: Send>(
    path: &Path,
    look: impl Fn(&[u8]) -> T + Sync,
    take: impl FnMut(T) + Send,
    progress: impl FnMut(u64) + Send,
) -> Result<(), FileError> {
    let file = File::open(path).map_err(FileError::of("read", path))?;
    stream(file, look, take, progress).map_err(FileError::of("read", path))
}

/// The same for a log that arrives as a stream.
///
/// # Errors
/// When the stream breaks before its end, or a line is longer than [`crate::chain::MAX_LINE_BYTES`].
pub fn stream<T: Send>(
    stream: impl Read + Send,
    look: impl Fn(&[u8]) -> T + Sync,
    mut take: impl FnMut(T) + Send,
    mut progress: impl FnMut(u64) + Send,
) -> io::Result<()> {
    let mut chunks = Chunks::of(stream);
    let (mut spare, mut looked) = (Vec::new(), Vec::new());
    let mut is_first = true;
    let mut next = chunks.next(Vec::new(), &mut progress)?;
    while let Some(chunk) = next {
        let bytes = if is_first {
            without_mark(&chunk)
        } else {
            &chunk
        };
        is_first = false;
        // While one piece is looked at, the one before it is taken and the one behind it is read.
        let (now, read) = rayon::join(
            || lines_of(bytes).into_par_iter().map(&look).collect(),
            || {
                looked.drain(..).for_each(&mut take);
                chunks.next(spare, &mut progress)
            },
        );
        (looked, next, spare) = (now, read?, chunk);
        spare.clear();
    }
    looked.into_iter().for_each(take);
    Ok(())
}

/// A stream in pieces of whole lines, the last of which may lack its line feed.
struct Chunks<R> {
    stream: R,
    /// Behind the last line feed of the piece before.
    rest: Vec<u8>,
}

impl<R: Read> Chunks<R> {
    fn of(stream: R) -> Self {
        Self {
            stream,
            rest: Vec::new(),
        }
    }

    /// Returns the next piece, in a buffer that it was given empty.
    fn next(
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
                .take(CHUNK_BYTES)
                .read_to_end(&mut buffer)?;
            progress(read as u64);
            if read == 0 {
                return Ok((!buffer.is_empty()).then_some(buffer));
            }
            if kept > MAX_LINE_BYTES {
                return Err(LineTooLong.into());
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

fn lines_of(bytes: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    lines.pop_if(|rest| rest.is_empty());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(log: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        let look = |line: &[u8]| String::from_utf8(line.to_owned()).unwrap();
        stream(log, look, |line| lines.push(line), |_| {}).unwrap();
        lines
    }

    #[test]
    fn lines_come_in_order_whatever_the_pieces() {
        let all: Vec<String> = (0..60_000).map(|n| format!("line {n}")).collect();
        assert_eq!(lines(all.join("\n").as_bytes()), all);
    }

    #[test]
    fn a_mark_is_taken_off_the_first_line_only() {
        assert_eq!(lines(b""), [""; 0]);
        assert_eq!(lines(b"\xEF\xBB\xBF"), [""; 0]);
        let expected = ["a", "", "\u{FEFF}b"];
        assert_eq!(lines(b"\xEF\xBB\xBFa\n\n\xEF\xBB\xBFb"), expected);
        assert_eq!(lines(b"a\n\n"), ["a", ""]);
    }

    #[test]
    fn a_line_past_the_bound_is_an_error() {
        let endless = io::repeat(b'a');
        let error = stream(endless, |_| (), |()| {}, |_| {}).unwrap_err();
        assert_eq!(error.to_string(), "a line is longer than 64 MiB");
    }
}
