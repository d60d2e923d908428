//! Cuts a log's chunks at their lines, and puts together what lies across their boundaries.

use std::cell::RefCell;

use super::{Line, Row, examine::Examiner, without_mark};
use crate::chain::MAX_LINE_BYTES;

thread_local! {
    /// What a thread has learned of logs' shapes, and its buffers.
    static EXAMINER: RefCell<Examiner> = RefCell::new(Examiner::new());
}

/// Lines, examined, each with what was seen in it.
#[derive(Debug)]
struct Lines<S> {
    lines: Vec<Line>,
    seen: Vec<S>,
}

impl<S> Lines<S> {
    /// `skipped` bytes at the beginning are shown to nobody.
    fn of(text: &[u8], skipped: usize, look: impl Fn(&[u8]) -> S) -> Self {
        let lines = EXAMINER.with_borrow_mut(|examiner| examiner.lines(text, skipped));
        // They say where they end, so that no line feed is searched for twice.
        let mut from = 0;
        let texts = lines.iter().map(|line| {
            let end = from + line.bytes;
            let inside = &text[from.max(skipped)..end];
            from = end + usize::from(line.is_ended);
            inside
        });
        let seen = texts.map(look).collect();
        Self { lines, seen }
    }

    fn place(self, row: &mut impl Row<S>) {
        for (line, seen) in self.lines.iter().zip(self.seen) {
            row.place(line, seen);
        }
    }
}

/// A line is longer than any reader takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a line is longer than {} MiB", MAX_LINE_BYTES >> 20)]
pub struct LineTooLong;

/// A chunk, examined but for its ends.
#[derive(Debug)]
pub(super) struct Cut<S> {
    /// All up to its first line feed, with that; the whole chunk if there is none.
    head: Vec<u8>,
    lines: Lines<S>,
    /// What stands behind its last line feed.
    tail: Vec<u8>,
    /// Whether the log ends here, whatever comes behind.
    is_last: bool,
}

impl<S> Cut<S> {
    pub(super) fn new(chunk: &[u8], look: impl Fn(&[u8]) -> S) -> Self {
        let behind = |feed| feed + 1;
        let first = memchr::memchr(b'\n', chunk).map_or(chunk.len(), behind);
        let (head, rest) = chunk.split_at(first);
        let last = memchr::memrchr(b'\n', rest).map_or(0, behind);
        let (lines, tail) = rest.split_at(last);
        Self {
            head: head.to_vec(),
            lines: Lines::of(lines, 0, look),
            tail: tail.to_vec(),
            is_last: false,
        }
    }

    pub(super) fn last_if(self, is_last: bool) -> Self {
        Self { is_last, ..self }
    }
}

/// Puts the lines of one chunk after the other into a row.
///
/// The ends are copies, so that no byte is read again for the line that lies across a boundary.
#[derive(Debug)]
pub(super) struct Stitcher {
    /// What stands behind the last line feed so far.
    rest: Vec<u8>,
    is_first: bool,
    is_ended: bool,
}

impl Stitcher {
    pub(super) const fn new() -> Self {
        Self {
            rest: Vec::new(),
            is_first: true,
            is_ended: false,
        }
    }

    /// Whether the last chunk was placed.
    pub(super) const fn is_ended(&self) -> bool {
        self.is_ended
    }

    /// Takes the next chunk.
    pub(super) fn place<S>(
        &mut self,
        cut: Cut<S>,
        row: &mut impl Row<S>,
        look: impl Fn(&[u8]) -> S,
    ) -> Result<(), LineTooLong> {
        row.expect(&cut.lines.lines);
        self.stitch(&cut.head)?;
        if self.rest.ends_with(b"\n") {
            self.place_rest(row, look);
            self.rest.extend_from_slice(&cut.tail);
        }
        cut.lines.place(row);
        self.is_ended = cut.is_last;
        Ok(())
    }

    /// Behind the last chunk: what is left is a line that no line feed ended.
    pub(super) fn finish<S>(mut self, row: &mut impl Row<S>, look: impl Fn(&[u8]) -> S) {
        self.place_rest(row, look);
    }

    fn stitch(&mut self, head: &[u8]) -> Result<(), LineTooLong> {
        let bytes = self.rest.len() + head.strip_suffix(b"\n").unwrap_or(head).len();
        if bytes > MAX_LINE_BYTES && !self.rest.is_empty() {
            return Err(LineTooLong);
        }
        self.rest.extend_from_slice(head);
        Ok(())
    }

    fn place_rest<S>(&mut self, row: &mut impl Row<S>, look: impl Fn(&[u8]) -> S) {
        let skipped = if std::mem::take(&mut self.is_first) {
            self.rest.len() - without_mark(&self.rest).len()
        } else {
            0
        };
        Lines::of(&self.rest, skipped, look).place(row);
        self.rest.clear();
    }
}
