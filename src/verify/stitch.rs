//! Cuts a log's chunks at their lines, and puts together what lies across their boundaries.

use std::cell::RefCell;

use super::{Line, Row, examine::Examiner, without_mark};
use crate::chain::MAX_LINE_BYTES;

thread_local! {
    /// What a thread has learned of logs' shapes, and its buffers.
    static EXAMINER: RefCell<Examiner> = RefCell::new(Examiner::new());
}

fn examine(lines: &[u8], skipped: usize) -> Vec<Line> {
    EXAMINER.with_borrow_mut(|examiner| examiner.lines(lines, skipped))
}

impl Line {
    /// Examines a line with the line feed that ended it. Without one it is the end of its log, where a record may be
    /// cut off. A byte order mark is not taken off. Nothing is no line.
    ///
    /// For who reads lines for something else too; [`super::parallel()`] examines many at once and is faster.
    pub fn examine(text: &[u8]) -> Option<Self> {
        examine(text, 0).pop()
    }
}

/// A line is longer than any reader takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a line is longer than {} MiB", MAX_LINE_BYTES >> 20)]
pub struct LineTooLong;

/// A chunk, examined but for its ends.
#[derive(Debug)]
pub(super) struct Cut {
    /// All up to its first line feed, with that; the whole chunk if there is none.
    head: Vec<u8>,
    lines: Vec<Line>,
    /// What stands behind its last line feed.
    tail: Vec<u8>,
    /// Whether the log ends here, whatever comes behind.
    is_last: bool,
}

impl Cut {
    pub(super) fn new(chunk: &[u8]) -> Self {
        let behind = |feed| feed + 1;
        let first = memchr::memchr(b'\n', chunk).map_or(chunk.len(), behind);
        let (head, rest) = chunk.split_at(first);
        let last = memchr::memrchr(b'\n', rest).map_or(0, behind);
        let (lines, tail) = rest.split_at(last);
        Self {
            head: head.to_vec(),
            lines: examine(lines, 0),
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
    pub(super) fn place(&mut self, cut: &Cut, row: &mut impl Row) -> Result<(), LineTooLong> {
        row.expect(&cut.lines);
        self.stitch(&cut.head)?;
        if self.rest.ends_with(b"\n") {
            self.place_rest(row);
            self.rest.extend_from_slice(&cut.tail);
        }
        for line in &cut.lines {
            row.place(line);
        }
        self.is_ended = cut.is_last;
        Ok(())
    }

    /// Behind the last chunk: what is left is a line that no line feed ended.
    pub(super) fn finish(mut self, row: &mut impl Row) {
        self.place_rest(row);
    }

    fn stitch(&mut self, head: &[u8]) -> Result<(), LineTooLong> {
        let bytes = self.rest.len() + head.strip_suffix(b"\n").unwrap_or(head).len();
        if bytes > MAX_LINE_BYTES && !self.rest.is_empty() {
            return Err(LineTooLong);
        }
        self.rest.extend_from_slice(head);
        Ok(())
    }

    fn place_rest(&mut self, row: &mut impl Row) {
        let skipped = if std::mem::take(&mut self.is_first) {
            self.rest.len() - without_mark(&self.rest).len()
        } else {
            0
        };
        for line in examine(&self.rest, skipped) {
            row.place(&line);
        }
        self.rest.clear();
    }
}
