//! What the lines of a log have in common.
//!
//! A producer writes its members in few ways, over and over: the same keys in the same order, and only the
//! values differ. A [`Pattern`] is one such way: the text between the values of one member of the record, what
//! may stand for each value, and how the canonical form is put together from the parts. A line whose members
//! all fit patterns is read by comparing the text and finding the ends of the values. Patterns are learned
//! from lines that the scanner took by itself, and hold to the same rules as they do, because the keys are
//! the same and the values are checked the same way.

use std::ops::Range;

use super::{
    Expected, Seen,
    token::{Escape, escape, literal},
};
use crate::{
    canon::cmp_utf16,
    record::check::{RECORD, Role, Shape, Table},
    simd::Marks,
};

/// How many patterns are kept, and how many may be tried behind one.
const MAX_PATTERNS: usize = 512;
const MAX_NEXT: usize = 24;

/// How many different keys a record's members may have: one bit for each.
const MAX_KEYS: usize = u64::BITS as usize;

/// What a line that fits no pattern costs, in lines that do; and how much may be lost before patterns rest.
const MISS: u32 = 2;
const MAX_LOSS: u32 = 2000;

/// For how many lines patterns rest when they do not pay.
const REST_LINES: u32 = 20_000;

/// The name of a member, without its quotes.
type Key = Box<[u8]>;

/// The patterns of a log, and what was read of the line at hand.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    all: Vec<Pattern>,
    /// By pattern, and last for the beginning of a line: the patterns that were met behind it.
    next: Vec<Vec<usize>>,
    first: Vec<usize>,
    /// The keys of all patterns in canonical order. A pattern's place is its key's.
    keys: Vec<Key>,
    /// The places of the keys that every record must have.
    required: u64,
    line: Line,
    /// By place: the member of the line.
    members: Vec<Met>,
    loss: u32,
    rest_lines: u32,
}

/// One way in which a member of a record is written.
#[derive(Debug)]
struct Pattern {
    key: Key,
    place: usize,
    parts: Vec<Part>,
    /// What stands behind the last value.
    end: Literal,
    /// The values that the chain needs.
    roles: Vec<(Role, usize)>,
    /// The canonical form, in pieces of the line.
    pieces: Vec<Piece>,
    /// What the canonical form has behind the last piece.
    after: Box<[u8]>,
}

/// A text that is always the same, and the value behind it.
#[derive(Debug)]
struct Part {
    text: Literal,
    expected: Expected,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    /// A string, whose quotes belong to the texts around it.
    String,
    /// A string in which nothing may be escaped.
    PlainString,
    /// A number, `true`, `false` or `null`.
    Literal,
}

/// A text to compare with, sixteen bytes at once.
#[derive(Debug)]
struct Literal {
    bytes: Box<[u8]>,
    /// The same as numbers, and which of their bits count.
    words: Box<[(u128, u128)]>,
}

/// A piece of the canonical form: some bytes, then a part of the line.
#[derive(Debug)]
struct Piece {
    before: Box<[u8]>,
    from: Place,
    to: Place,
}

/// A place in a member, whatever the lengths of its values.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// 0 for the separator before the member, `n` for the end of its `n`th value.
    base: usize,
    offset: usize,
}

/// A member of the line at hand.
#[derive(Debug, Clone, Copy, Default)]
struct Met {
    pattern: usize,
    first_base: usize,
}

/// What was read of the line at hand.
#[derive(Debug, Default)]
struct Line {
    /// For each member: where its separator stands, and where each of its values ends.
    bases: Vec<usize>,
    /// The values that are not written as in the canonical form, and where they are as they are there.
    rewrites: Vec<(Range<usize>, Range<usize>)>,
    rewritten: Vec<u8>,
}

impl Patterns {
    /// Reads the line from `start` to the end of `bytes`, and appends its canonical bytes to `out`.
    pub(super) fn scan(
        &mut self,
        bytes: &[u8],
        start: usize,
        marks: &Marks,
        out: &mut Vec<u8>,
    ) -> Option<Seen> {
        if self.rest_lines > 0 {
            self.rest_lines -= 1;
            return None;
        }
        let read = self.read(bytes, start, marks);
        if let Some((seen, present)) = read {
            self.loss = self.loss.saturating_sub(1);
            self.write(bytes, present, out);
            return Some(seen);
        }
        self.loss += MISS;
        if self.loss > MAX_LOSS {
            *self = Self {
                rest_lines: REST_LINES,
                ..Self::default()
            };
        }
        None
    }

    /// Returns what the chain needs, and the places of the members.
    fn read(&mut self, bytes: &[u8], start: usize, marks: &Marks) -> Option<(Seen, u64)> {
        let mut seen = Seen::default();
        self.line.clear();
        if bytes.get(start) != Some(&b'{') {
            return None;
        }
        let mut present = 0;
        let mut separator = start;
        let mut previous = None;
        loop {
            let first_base = self.line.bases.len();
            let (pattern, end) = self.member(bytes, separator, marks, previous)?;
            let met = &self.all[pattern];
            if present & 1 << met.place != 0 {
                return None;
            }
            present |= 1 << met.place;
            met.note(&self.line.bases[first_base..], &mut seen);
            self.members[met.place] = Met {
                pattern,
                first_base,
            };
            previous = Some(pattern);
            separator = end;
            match bytes.get(end)? {
                b',' => {}
                b'}' => break,
                _ => return None,
            }
        }
        let is_whole = separator + 1 == bytes.len() && present & self.required == self.required;
        is_whole.then_some((seen, present))
    }

    /// Reads the member behind `separator`, and returns its pattern and its end.
    fn member(
        &mut self,
        bytes: &[u8],
        separator: usize,
        marks: &Marks,
        previous: Option<usize>,
    ) -> Option<(usize, usize)> {
        let next = match previous {
            Some(previous) => &mut self.next[previous],
            None => &mut self.first,
        };
        for at in 0..next.len() {
            let pattern = next[at];
            if let Some(end) = self.all[pattern].read(bytes, separator, marks, &mut self.line) {
                if at > 0 {
                    // What is met often is tried early.
                    next.swap(at - 1, at);
                }
                return Some((pattern, end));
            }
        }
        None
    }

    /// Appends the canonical form.
    fn write(&self, bytes: &[u8], mut present: u64, out: &mut Vec<u8>) {
        let mut separator = b'{';
        while present != 0 {
            let met = self.members[present.trailing_zeros() as usize];
            present &= present - 1;
            let begins = out.len();
            self.all[met.pattern].write(bytes, &self.line, met.first_base, out);
            // The member was copied with what separates it from another one.
            out[begins] = separator;
            separator = b',';
        }
        out.push(b'}');
    }

    /// Learns from a line that the scanner took.
    pub(super) fn learn(&mut self, bytes: &[u8], start: usize, marks: &Marks) {
        if self.rest_lines > 0 {
            return;
        }
        let mut separator = start;
        let mut previous = None;
        loop {
            self.line.clear();
            let fits = |pattern: &Pattern| pattern.read(bytes, separator, marks, &mut self.line);
            let mut end = None;
            let known = self.all.iter().map(fits).position(|found| {
                end = found;
                found.is_some()
            });
            let (pattern, end) = if let (Some(known), Some(end)) = (known, end) {
                (known, end)
            } else {
                let Some(learned) = self.add(bytes, separator) else {
                    return;
                };
                learned
            };
            let next = match previous {
                Some(previous) => &mut self.next[previous],
                None => &mut self.first,
            };
            if !next.contains(&pattern) {
                if next.len() == MAX_NEXT {
                    return;
                }
                next.push(pattern);
            }
            previous = Some(pattern);
            separator = end;
            if bytes.get(end) != Some(&b',') {
                return;
            }
        }
    }

    /// Makes a pattern of the member behind `separator`; returns it and the member's end.
    fn add(&mut self, bytes: &[u8], separator: usize) -> Option<(usize, usize)> {
        let (pattern, end) = Learner::new(bytes, separator).pattern();
        let by_key = |key: &Key| cmp_utf16(key, &pattern.key);
        if let Err(place) = self.keys.binary_search_by(by_key) {
            if self.keys.len() == MAX_KEYS {
                return None;
            }
            self.keys.insert(place, pattern.key.clone());
            self.members.push(Met::default());
        }
        if self.all.len() == MAX_PATTERNS {
            return None;
        }
        self.all.push(pattern);
        self.next.push(Vec::new());
        self.set_places();
        Some((self.all.len() - 1, end))
    }

    fn set_places(&mut self) {
        for pattern in &mut self.all {
            let by_key = |key: &Key| cmp_utf16(key, &pattern.key);
            pattern.place = self.keys.binary_search_by(by_key).unwrap_or_default();
        }
        self.required = (0..)
            .zip(&self.keys)
            .filter(|(_, key)| {
                RECORD
                    .field(key)
                    .is_some_and(|(_, field)| field.is_required())
            })
            .fold(0, |places, (place, _): (u32, _)| places | 1 << place);
    }
}

impl Line {
    fn clear(&mut self) {
        self.bases.clear();
        self.rewrites.clear();
        self.rewritten.clear();
    }
}

impl Pattern {
    /// Reads the member behind `separator` and returns its end, or `None` if it is not written like this.
    fn read(
        &self,
        bytes: &[u8],
        separator: usize,
        marks: &Marks,
        line: &mut Line,
    ) -> Option<usize> {
        let (bases, rewrites) = (line.bases.len(), line.rewrites.len());
        line.bases.push(separator);
        let end = self.parts(bytes, separator + 1, marks, line);
        if end.is_none() {
            line.bases.truncate(bases);
            line.rewrites.truncate(rewrites);
        }
        end
    }

    fn parts(&self, bytes: &[u8], start: usize, marks: &Marks, line: &mut Line) -> Option<usize> {
        let mut at = start;
        for part in &self.parts {
            at = part.text.behind(bytes, at)?;
            at = match part.kind {
                Kind::Literal => literal(bytes, at, part.expected)?,
                Kind::PlainString => part.plain_string(bytes, at, marks.next_quote(at))?,
                Kind::String => {
                    let quote = marks.next_quote(at);
                    match part.plain_string(bytes, at, quote) {
                        Some(end) => end,
                        None => part.escaped_string(bytes, at, quote, marks, line)?,
                    }
                }
            };
            line.bases.push(at);
        }
        self.end.behind(bytes, at)
    }

    /// Keeps the places of the texts that the chain needs.
    fn note(&self, bases: &[usize], seen: &mut Seen) {
        for (role, value) in &self.roles {
            // Behind the separator.
            let first = usize::from(*value == 0);
            let start = bases[*value] + first + self.parts[*value].text.bytes.len();
            seen.set(*role, start..bases[value + 1]);
        }
    }

    fn write(&self, bytes: &[u8], line: &Line, first_base: usize, out: &mut Vec<u8>) {
        let bases = &line.bases[first_base..];
        for piece in &self.pieces {
            for byte in &piece.before {
                out.push(*byte);
            }
            let range = piece.from.of(bases)..piece.to.of(bases);
            if line.rewrites.is_empty() {
                out.extend_from_slice(&bytes[range]);
            } else {
                line.copy(bytes, range, out);
            }
        }
        out.extend_from_slice(&self.after);
    }
}

impl Line {
    /// Copies a part of the line with its rewritten values, none of which lies across its ends.
    fn copy(&self, bytes: &[u8], range: Range<usize>, out: &mut Vec<u8>) {
        let mut at = range.start;
        for (written, rewritten) in &self.rewrites {
            if range.contains(&written.start) {
                out.extend_from_slice(&bytes[at..written.start]);
                out.extend_from_slice(&self.rewritten[rewritten.clone()]);
                at = written.end;
            }
        }
        out.extend_from_slice(&bytes[at..range.end]);
    }
}

impl Part {
    /// Returns the end of a string that begins at `at`, if the quote or backslash found first ends it.
    fn plain_string(&self, bytes: &[u8], at: usize, found: usize) -> Option<usize> {
        let ends = bytes.get(found) == Some(&b'"');
        (ends && self.expected.takes_text(&bytes[at..found])).then_some(found)
    }

    /// Returns the end of a string in which `backslash` is the first one.
    fn escaped_string(
        &self,
        bytes: &[u8],
        at: usize,
        backslash: usize,
        marks: &Marks,
        line: &mut Line,
    ) -> Option<usize> {
        if !self.expected.takes_escapes() {
            return None;
        }
        let begins = line.rewritten.len();
        let mut copied = at;
        let mut here = backslash;
        while *bytes.get(here)? != b'"' {
            match escape(bytes, here)? {
                Escape::Canonical => here += 2,
                Escape::Character(c, end) => {
                    line.rewritten.extend_from_slice(&bytes[copied..here]);
                    let mut utf8 = [0; 4];
                    line.rewritten
                        .extend_from_slice(c.encode_utf8(&mut utf8).as_bytes());
                    (here, copied) = (end, end);
                }
            }
            here = marks.next_quote(here);
        }
        if copied > at {
            line.rewritten.extend_from_slice(&bytes[copied..here]);
            line.rewrites.push((at..here, begins..line.rewritten.len()));
        }
        Some(here)
    }
}

impl Literal {
    fn new(bytes: &[u8]) -> Self {
        let words = bytes.chunks(16).map(|chunk| {
            let (mut word, mut mask) = ([0; 16], [0; 16]);
            word[..chunk.len()].copy_from_slice(chunk);
            mask[..chunk.len()].fill(0xFF);
            (u128::from_le_bytes(word), u128::from_le_bytes(mask))
        });
        Self {
            words: words.collect(),
            bytes: bytes.into(),
        }
    }

    /// Returns the place behind this text, if it stands at `at`.
    fn behind(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let mut here = at;
        for (word, mask) in &self.words {
            let Some(found) = bytes.get(here..).and_then(<[u8]>::first_chunk) else {
                // Near the end of the line.
                let is_here = bytes.get(at..)?.starts_with(&self.bytes);
                return is_here.then_some(at + self.bytes.len());
            };
            if (u128::from_le_bytes(*found) ^ word) & mask != 0 {
                return None;
            }
            here += 16;
        }
        Some(at + self.bytes.len())
    }
}

impl Place {
    fn of(self, bases: &[usize]) -> usize {
        bases[self.base] + self.offset
    }
}

/// Makes a pattern of a member. The line is one that the scanner took, so nothing can be wrong with it.
struct Learner<'a> {
    bytes: &'a [u8],
    separator: usize,
    at: usize,
    /// Behind the last value.
    text_from: usize,
    parts: Vec<Part>,
    /// Where the values end.
    ends: Vec<usize>,
    roles: Vec<(Role, usize)>,
    canonical: Canonical,
}

/// The canonical form of a member as it is put together, with places in the line.
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

impl<'a> Learner<'a> {
    fn new(bytes: &'a [u8], separator: usize) -> Self {
        Self {
            bytes,
            separator,
            at: separator + 1,
            text_from: separator + 1,
            parts: Vec::new(),
            ends: Vec::new(),
            roles: Vec::new(),
            canonical: Canonical::default(),
        }
    }

    fn pattern(mut self) -> (Pattern, usize) {
        let member = self.member(Some(&RECORD));
        let end = self.at;
        self.span(self.separator..member.value.start, end);
        self.emit(&member.node, member.value.clone(), end);
        let pieces = std::mem::take(&mut self.canonical.pieces);
        let pieces = pieces.into_iter().map(|(before, span)| Piece {
            before: before.into(),
            from: self.place(span.start),
            to: self.place(span.end),
        });
        let pattern = Pattern {
            key: self.bytes[member.key].into(),
            place: 0,
            end: Literal::new(&self.bytes[self.text_from..end]),
            pieces: pieces.collect(),
            after: self.canonical.text.into(),
            parts: self.parts,
            roles: self.roles,
        };
        (pattern, end)
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
                let kind = match role {
                    Role::None => Kind::String,
                    _ => Kind::PlainString,
                };
                if role != Role::None {
                    self.roles.push((role, self.parts.len()));
                }
                self.slot(start..end, expected, kind);
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
                self.slot(self.at..end, expected, Kind::Literal);
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

    fn slot(&mut self, value: Range<usize>, expected: Expected, kind: Kind) {
        self.parts.push(Part {
            text: Literal::new(&self.bytes[self.text_from..value.start]),
            expected,
            kind,
        });
        self.text_from = value.end;
        self.ends.push(value.end);
    }

    /// Appends the canonical form of a value that stands in `range`, in a member that ends at `end`.
    fn emit(&mut self, node: &Node, range: Range<usize>, end: usize) {
        match node {
            Node::Leaf => self.span(range, end),
            Node::Array(items) => {
                self.text(b'[', end);
                for (at, (range, item)) in items.iter().enumerate() {
                    if at > 0 {
                        self.text(b',', end);
                    }
                    self.emit(item, range.clone(), end);
                }
                self.text(b']', end);
            }
            Node::Object(members) => {
                let mut members: Vec<_> = members.iter().filter(|m| m.is_covered).collect();
                let key = |member: &Member| &self.bytes[member.key.clone()];
                members.sort_by(|a, b| cmp_utf16(key(a), key(b)));
                self.text(b'{', end);
                for (at, member) in members.iter().enumerate() {
                    if at > 0 {
                        self.text(b',', end);
                    }
                    self.span(member.key.start - 1..member.value.start, end);
                    self.emit(&member.node, member.value.clone(), end);
                }
                self.text(b'}', end);
            }
        }
    }

    /// Appends a byte of structure. If it stands in the line behind the last piece, that piece gets longer.
    fn text(&mut self, byte: u8, end: usize) {
        if self.canonical.text.is_empty()
            && let Some((_, last)) = self.canonical.pieces.last_mut()
            && last.end < end
            && self.bytes[last.end] == byte
        {
            last.end += 1;
        } else {
            self.canonical.text.push(byte);
        }
    }

    /// Appends a part of the line.
    fn span(&mut self, mut span: Range<usize>, end: usize) {
        debug_assert!(span.end <= end, "a member's parts are in it");
        let Canonical { pieces, text } = &mut self.canonical;
        if text.is_empty()
            && let Some((_, last)) = pieces.last_mut()
            && last.end == span.start
        {
            last.end = span.end;
            return;
        }
        if span.start > self.separator + 1 && text.last() == Some(&self.bytes[span.start - 1]) {
            text.pop();
            span.start -= 1;
        }
        pieces.push((std::mem::take(text), span));
    }

    fn place(&self, at: usize) -> Place {
        let base = self.ends.partition_point(|end| *end <= at);
        let before = match base {
            0 => self.separator,
            _ => self.ends[base - 1],
        };
        Place {
            base,
            offset: at - before,
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
