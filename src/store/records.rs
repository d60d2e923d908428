//! Reading a log once, for what its records say and for the verdict on them.

use std::{io::Read, path::Path};

use super::{
    FileError,
    read::{self, Io},
};
use crate::verify::{Line, Row, Verdict, Verifier};

/// A byte order mark.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// Verifies the log at `path`, and gives each of its lines to `look`, on any thread, and what that returns to `take`, in
/// the order of the lines, with what the verifier made of them; tells `progress` how many bytes were read since the last time.
///
/// Every byte is read once, so what was taken is what the verdict is about. Lines come without the line feed that ended
/// them, and the first one without a byte order mark.
///
/// # Errors
/// When the log cannot be read to its end. Some of what was read until then was taken.
pub fn file<S: Send>(
    path: &Path,
    look: impl Fn(&[u8]) -> S + Sync,
    take: impl FnMut(&Line, S),
    progress: impl FnMut(u64),
) -> Result<Verdict, FileError> {
    let file = std::fs::File::open(path).map_err(FileError::of("read", path))?;
    let mut row = Taken::new(take);
    read::opened(&file, path, Io::Auto, 0, &mut row, look, progress)?;
    Ok(row.verifier.finish())
}

/// The same for a log that arrives as a stream.
///
/// # Errors
/// When the stream breaks before its end, or a line is longer than [`crate::chain::MAX_LINE_BYTES`].
pub fn stream<S: Send>(
    stream: impl Read,
    look: impl Fn(&[u8]) -> S + Sync,
    take: impl FnMut(&Line, S),
    progress: impl FnMut(u64),
) -> std::io::Result<Verdict> {
    let mut row = Taken::new(take);
    read::streamed(stream, &mut row, look, progress)?;
    Ok(row.verifier.finish())
}

/// Returns what a log has around the text that was shown of a line, so that all of it together is the log byte for
/// byte: a byte order mark before the first, and the line feed behind it. Nothing but a mark is no line.
pub fn around(line: &Line, text: &[u8]) -> (&'static [u8], &'static [u8]) {
    let before = if line.bytes() > text.len() { MARK } else { b"" };
    let behind: &[u8] = if line.is_ended() { b"\n" } else { b"" };
    (before, behind)
}

/// A verifier beside which something else takes what was seen.
struct Taken<F> {
    verifier: Verifier,
    take: F,
}

impl<F> Taken<F> {
    fn new(take: F) -> Self {
        Self {
            verifier: Verifier::new(),
            take,
        }
    }
}

impl<S, F: FnMut(&Line, S)> Row<S> for Taken<F> {
    fn place(&mut self, line: &Line, seen: S) {
        self.verifier.place(line, ());
        (self.take)(line, seen);
    }

    fn expect(&self, lines: &[Line]) {
        self.verifier.expect(lines);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::{sample, verify::Judgement};

    fn seen(log: &[u8]) -> (Verdict, Vec<String>) {
        let mut lines = Vec::new();
        let look = |line: &[u8]| String::from_utf8_lossy(line).into_owned();
        let verdict = stream(log, look, |_, line| lines.push(line), |_| {}).unwrap();
        (verdict, lines)
    }

    #[test]
    fn lines_come_in_order_with_the_verdict() {
        let all: Vec<String> = sample::chain(3000, 7).collect();
        let log = all.concat();
        let expected: Vec<&str> = log.lines().collect();
        let (verdict, lines) = seen(log.as_bytes());
        assert_eq!(verdict.judgement, Judgement::Intact);
        assert_eq!(lines, expected);

        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(log.as_bytes()).unwrap();
        let mut lines = Vec::new();
        let look = |line: &[u8]| line.to_vec();
        let from_file = super::file(file.path(), look, |_, line| lines.push(line), |_| {}).unwrap();
        assert_eq!(from_file, verdict);
        assert!(lines.iter().eq(expected.iter().map(|line| line.as_bytes())));
    }

    #[test]
    fn what_is_shown_and_what_is_around_it_is_the_log() {
        let long: String = sample::chain(800, 3).collect();
        for log in [
            "",
            "\n",
            "a",
            "\u{FEFF}a\n\n b\r\n\u{FEFF}",
            &long,
            long.trim_end(),
        ] {
            let mut again = Vec::new();
            let take = |line: &Line, text: Vec<u8>| {
                let (before, behind) = around(line, &text);
                again.extend([before, &text, behind].concat());
            };
            stream(log.as_bytes(), <[u8]>::to_vec, take, |_| {}).unwrap();
            assert_eq!(again, log.as_bytes());
        }
    }

    #[test]
    fn a_mark_is_taken_off_the_first_line_only() {
        assert_eq!(seen(b"").1, [""; 0]);
        assert_eq!(seen(b"\xEF\xBB\xBF").1, [""; 0]);
        let expected = ["a", "", "\u{FEFF}b"];
        assert_eq!(seen(b"\xEF\xBB\xBFa\n\n\xEF\xBB\xBFb").1, expected);
        assert_eq!(seen(b"a\n\n").1, ["a", ""]);
    }
}
