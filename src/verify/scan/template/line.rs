//! What was read of a line, and the parts of it that its canonical form is put together from.

use std::ops::Range;

use super::members::Members;
use crate::{
    parts::Appender,
    simd::Marks,
    verify::scan::{
        Seen,
        token::{Escape, escape},
    },
};

/// What was read of the line at hand.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// Where each member begins and, behind that, where each of its values ends.
    pub(super) bases: Vec<usize>,
    pub(super) members: Members,
    /// The escapes that the canonical form does not have, in their order.
    rewrites: Vec<Rewrite>,
    pub(super) seen: Seen,
}

/// An escape, and the character that stands for itself in the canonical form.
#[derive(Debug)]
struct Rewrite {
    escape: Range<usize>,
    utf8: [u8; 4],
    length: usize,
}

/// A piece of the canonical form: up to four bytes, then a part of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Piece {
    pub(super) before: [u8; BEFORE],
    pub(super) before_length: u8,
    pub(super) from: Place,
    pub(super) to: Place,
}

pub(super) const BEFORE: usize = 4;

/// A place in a member, whatever the lengths of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place {
    /// 0 for the beginning of the member, `n` for the end of its `n`th value.
    pub(super) base: u16,
    pub(super) offset: u16,
}

impl Line {
    pub(super) fn clear(&mut self) {
        self.bases.clear();
        self.members.clear();
        self.rewrites.clear();
        self.seen = Seen::default();
    }

    /// Returns the end of the string in which `backslash` is the first one.
    pub(super) fn escaped_string(
        &mut self,
        bytes: &[u8],
        backslash: usize,
        marks: &Marks,
    ) -> Option<usize> {
        let before = self.rewrites.len();
        let end = self.read_escapes(bytes, backslash, marks);
        if end.is_none() {
            // Something else may be tried in the place of this.
            self.rewrites.truncate(before);
        }
        end
    }

    fn read_escapes(&mut self, bytes: &[u8], mut here: usize, marks: &Marks) -> Option<usize> {
        while *bytes.get(here)? != b'"' {
            here = match escape(bytes, here)? {
                Escape::Canonical => here + 2,
                Escape::Character(c, end) => {
                    self.rewrites.push(Rewrite::new(here..end, c));
                    end
                }
            };
            here = marks.next_quote(here);
        }
        Some(here)
    }

    /// Whether a part of the line is so in the canonical form, as nearly every one is.
    #[inline]
    fn is_as_written(&self, part: &Range<usize>) -> bool {
        match &*self.rewrites {
            [] => true,
            [first, ..] if part.end <= first.escape.start => true,
            [.., last] => last.escape.end <= part.start,
        }
    }

    /// Appends a part of the line as it is in the canonical form. No escape lies across its ends.
    fn write(&self, text: &[u8], mut part: Range<usize>, out: &mut Appender<'_>) {
        let is_before = |rewrite: &Rewrite| rewrite.escape.start < part.start;
        let first = self.rewrites.partition_point(is_before);
        for rewrite in &self.rewrites[first..] {
            if rewrite.escape.start >= part.end {
                break;
            }
            out.part(text, part.start..rewrite.escape.start);
            out.begin(&rewrite.utf8, rewrite.length);
            part.start = rewrite.escape.end;
        }
        out.part(text, part);
    }
}

impl Rewrite {
    fn new(escape: Range<usize>, c: char) -> Self {
        let mut utf8 = [0; 4];
        let length = c.encode_utf8(&mut utf8).len();
        Self {
            escape,
            utf8,
            length,
        }
    }
}

impl Piece {
    /// Appends it to the canonical form.
    #[inline]
    pub(super) fn write(&self, text: &[u8], line: &Line, bases: &[usize], out: &mut Appender<'_>) {
        out.begin(&self.before, usize::from(self.before_length));
        let part = self.from.of(bases)..self.to.of(bases);
        if line.is_as_written(&part) {
            out.part(text, part);
        } else {
            line.write(text, part, out);
        }
    }
}

impl Place {
    #[inline]
    fn of(self, bases: &[usize]) -> usize {
        bases[usize::from(self.base)] + usize::from(self.offset)
    }
}
