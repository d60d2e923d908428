//! Making a template of a line that the scanner took, so nothing can be wrong with it.

use std::ops::Range;

use super::{
    Slot,
    line::{BEFORE, Piece, Place},
};
use crate::{
    canon::cmp_utf16,
    record::check::{RECORD, Role, Shape, Table},
    verify::scan::Expected,
};

/// Reads a line once more, for what stays the same in others.
pub(super) struct Learner<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Behind the last value.
    text_from: usize,
    /// The values, and where the texts before them are.
    values: Vec<(Range<usize>, Slot)>,
    /// Where the values end.
    ends: Vec<usize>,
    /// The member of the record that is put together.
    member: Range<usize>,
    canonical: Canonical,
}

/// The canonical form of a line as it is put together, with places in the line.
#[derive(Default)]
struct Canonical {
    pieces: Vec<(Vec<u8>, Range<usize>)>,
    /// What stands behind the last piece so far.
    text: Vec<u8>,
}

/// A value and its parts, by their places.
enum Node {
    Leaf,
    Array(Vec<(Range<usize>, Self)>),
    Object(Vec<Member>),
}

struct Member {
    key: Range<usize>,
    value: Range<usize>,
    node: Node,
    /// A hash does not cover itself.
    is_covered: bool,
}

/// What is learned from a line.
pub(super) struct Learned {
    /// Where its texts are, each with what stands behind it.
    pub(super) texts: Vec<(Range<usize>, Slot)>,
    pub(super) members: Vec<LearnedMember>,
}

/// A member of the record.
pub(super) struct LearnedMember {
    pub(super) start: usize,
    pub(super) key: Range<usize>,
    /// The pieces of its canonical form.
    pub(super) pieces: Vec<Piece>,
}

impl<'a> Learner<'a> {
    /// Returns the texts of the line, and how its members are put together.
    pub(super) fn template(bytes: &'a [u8]) -> Learned {
        let mut learner = Self {
            bytes,
            at: 0,
            text_from: 0,
            values: Vec::new(),
            ends: Vec::new(),
            member: 0..0,
            canonical: Canonical::default(),
        };
        let members = learner.list(b'}', |learner| learner.member(Some(&RECORD)));
        let members = members.into_iter().map(|member| LearnedMember {
            start: member.key.start - 1,
            key: member.key.clone(),
            pieces: learner.member_pieces(&member),
        });
        let members = members.collect();
        let mut texts = learner.values;
        texts.push((learner.text_from..bytes.len(), Slot::End));
        Learned { texts, members }
    }

    fn member_pieces(&mut self, member: &Member) -> Vec<Piece> {
        self.member = member.key.start - 1..member.value.end;
        self.emit_member(member);
        self.pieces()
    }

    fn pieces(&mut self) -> Vec<Piece> {
        let Canonical { mut pieces, text } = std::mem::take(&mut self.canonical);
        let mut made = Vec::new();
        if !text.is_empty() {
            pieces.push((text, self.member.start..self.member.start));
        }
        for (text, span) in pieces {
            let (last, others) = match text.chunks(BEFORE).collect::<Vec<_>>().split_last() {
                Some((last, others)) => (*last, others.to_vec()),
                None => (text.as_slice(), Vec::new()),
            };
            let nothing = span.start..span.start;
            made.extend(others.iter().map(|before| self.piece(before, &nothing)));
            made.push(self.piece(last, &span));
        }
        made
    }

    fn piece(&self, text: &[u8], span: &Range<usize>) -> Piece {
        let mut before = [0; BEFORE];
        before[..text.len()].copy_from_slice(text);
        Piece {
            before,
            before_length: text.len().to_le_bytes()[0],
            from: self.place(span.start),
            to: self.place(span.end),
        }
    }

    /// Reads `"key":value`.
    fn member(&mut self, table: Option<&'static Table>) -> Member {
        let key = self.at + 1..self.string_end(self.at + 1);
        let field = table.and_then(|table| table.field(&self.bytes[key.clone()]));
        self.at = key.end + 2;
        let start = self.at;
        let (expected, role) = match field {
            Some((_, field)) => (Expected::Shape(&field.shape), field.role),
            None => (Expected::Anything, Role::None),
        };
        let node = self.value(expected, role);
        Member {
            key,
            value: start..self.at,
            node,
            is_covered: role != Role::Hash,
        }
    }

    fn value(&mut self, expected: Expected, role: Role) -> Node {
        match self.bytes[self.at] {
            b'"' => {
                let start = self.at + 1;
                let end = self.string_end(start);
                let slot = match expected {
                    // There is only one, so it belongs to the text.
                    Expected::Shape(Shape::Constant(_) | Shape::Word([_])) => None,
                    Expected::Shape(Shape::Word(words)) => Some(Slot::Word(words)),
                    _ if role == Role::None => Some(Slot::Text),
                    _ => Some(Slot::Needed(role)),
                };
                if let Some(slot) = slot {
                    self.slot(start..end, slot);
                }
                self.at = end + 1;
                Node::Leaf
            }
            b'{' => {
                let table = expected.table();
                Node::Object(self.list(b'}', |learner| learner.member(table)))
            }
            b'[' => {
                let item = expected.item();
                Node::Array(self.list(b']', |learner| {
                    let start = learner.at;
                    let node = learner.value(item, Role::None);
                    (start..learner.at, node)
                }))
            }
            _ => {
                let length = self.bytes[self.at..]
                    .iter()
                    .position(|byte| matches!(byte, b',' | b'}' | b']'));
                let end = self.at + length.unwrap_or_default();
                self.slot(self.at..end, Slot::Literal(expected));
                self.at = end;
                Node::Leaf
            }
        }
    }

    /// Reads what stands between brackets.
    fn list<T>(&mut self, close: u8, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let mut items = Vec::new();
        self.at += 1;
        while self.bytes[self.at] != close {
            if self.bytes[self.at] == b',' {
                self.at += 1;
            }
            items.push(item(self));
        }
        self.at += 1;
        items
    }

    /// Returns the quote that ends the string whose inside begins at `at`.
    fn string_end(&self, mut at: usize) -> usize {
        while self.bytes[at] != b'"' {
            at += if self.bytes[at] == b'\\' { 2 } else { 1 };
        }
        at
    }

    fn slot(&mut self, value: Range<usize>, slot: Slot) {
        self.values.push((self.text_from..value.start, slot));
        self.text_from = value.end;
        self.ends.push(value.end);
    }

    /// Appends the canonical form of a value that stands in `range`.
    fn emit(&mut self, node: &Node, range: Range<usize>) {
        match node {
            Node::Leaf => self.span(range),
            Node::Array(items) => {
                self.text(b'[');
                for (at, (range, item)) in items.iter().enumerate() {
                    if at > 0 {
                        self.text(b',');
                    }
                    self.emit(item, range.clone());
                }
                self.text(b']');
            }
            Node::Object(members) => {
                let mut members: Vec<_> = members.iter().filter(|m| m.is_covered).collect();
                let key = |member: &Member| &self.bytes[member.key.clone()];
                members.sort_by(|a, b| cmp_utf16(key(a), key(b)));
                self.text(b'{');
                for (at, member) in members.iter().enumerate() {
                    if at > 0 {
                        self.text(b',');
                    }
                    self.emit_member(member);
                }
                self.text(b'}');
            }
        }
    }

    fn emit_member(&mut self, member: &Member) {
        self.span(member.key.start - 1..member.value.start);
        self.emit(&member.node, member.value.clone());
    }

    /// Appends a byte of structure. If it stands in the line behind the last piece, that piece gets longer.
    fn text(&mut self, byte: u8) {
        if self.canonical.text.is_empty()
            && let Some((_, last)) = self.canonical.pieces.last_mut()
            && self.bytes[..self.member.end].get(last.end) == Some(&byte)
        {
            last.end += 1;
        } else {
            self.canonical.text.push(byte);
        }
    }

    /// Appends a part of the line.
    fn span(&mut self, mut span: Range<usize>) {
        let Canonical { pieces, text } = &mut self.canonical;
        if text.is_empty()
            && let Some((_, last)) = pieces.last_mut()
            && last.end == span.start
        {
            last.end = span.end;
            return;
        }
        if text.last() == Some(&self.bytes[span.start - 1]) {
            text.pop();
            span.start -= 1;
        }
        pieces.push((std::mem::take(text), span));
    }

    fn place(&self, at: usize) -> Place {
        let ended_before = |at| self.ends.partition_point(|end| *end <= at);
        let (first, last) = (ended_before(self.member.start), ended_before(at));
        let before = match last - first {
            0 => self.member.start,
            _ => self.ends[last - 1],
        };
        let short = |number: usize| u16::try_from(number).expect("the line is not too long");
        Place {
            base: short(last - first),
            offset: short(at - before),
        }
    }
}

impl Expected {
    fn table(self) -> Option<&'static Table> {
        match self {
            Self::Shape(Shape::Object(table)) => Some(table),
            _ => None,
        }
    }

    fn item(self) -> Self {
        match self {
            Self::Shape(Shape::List(item)) => Self::Shape(item),
            _ => Self::Anything,
        }
    }
}
