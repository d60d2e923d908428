//! The fast way through a line: structure, rules and canonical bytes in one pass.
//!
//! A sound log is made of sound lines, so this takes only the lines that are beyond doubt: compact JSON with
//! nothing in it that needs a second look, every rule kept, every hash declared as a digest. Whatever else a
//! line may be, [`Scanner::scan`] gives it back, and [`super::examine`] judges it. So this can only ever
//! confirm: what it takes is what `examine` finds no fault in, with the same canonical bytes (the tests hold
//! it to that), and it never calls anything broken.
//!
//! Most of a line is in its canonical form as it was written. Such parts are copied once, when the members of
//! the record are put in order; only the objects in another order, and strings with other escapes, are
//! written anew. Nothing here allocates once the buffers have grown, and nothing is unsafe.

mod template;
mod token;

use std::ops::Range;

use self::{
    template::Templates,
    token::{Escape, escape, literal, plain_run, plain_string},
};
use crate::{
    canon::cmp_utf16,
    digest::Digest,
    parts::Parts,
    record::{
        check::{Field, MAX_FIELDS, RECORD, Role, Shape, TABLES, Table},
        id::IdKey,
    },
    simd::Marks,
    time::Timestamp,
};

/// How deep values may nest to be taken here.
const MAX_DEPTH: usize = 64;

/// The place of a key that no table knows.
const UNKNOWN: usize = usize::MAX;

/// A line that is beyond doubt, but for its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scanned {
    pub(super) id: Option<IdKey>,
    pub(super) parent: Option<IdKey>,
    pub(super) ts: Option<Timestamp>,
    pub(super) prev_hash: Digest,
    pub(super) hash: Digest,
}

/// Scans lines, reusing its buffers and what it has learned of their shape.
#[derive(Debug)]
pub(super) struct Scanner {
    /// The canonical bytes of the object that was closed last: in the end, of the record.
    canonical: Vec<u8>,
    /// The canonical bytes of the values that are not as they were written.
    rewritten: Vec<u8>,
    /// Members of the objects that are open.
    members: Vec<Member>,
    /// By table and field (0 for the beginning): the field that came next the last time. Producers write
    /// their fields in one order, so this is nearly always right.
    successors: [[u8; MAX_FIELDS + 1]; TABLES],
    /// What was read of the record itself.
    seen: Seen,
    templates: Templates,
}

/// A member of an object that is being read.
#[derive(Debug, Clone)]
struct Member {
    /// Its place in its table.
    rank: usize,
    /// Its key in the line, without the quotes.
    key: Range<usize>,
    /// Where its value ends in the line.
    end: usize,
    /// Where its value was written anew.
    rewritten: Option<Range<usize>>,
}

/// Texts of the record that the chain needs, as places in the line.
#[derive(Debug, Default)]
struct Seen {
    record_id: Option<Range<usize>>,
    parent_id: Option<Range<usize>>,
    ts: Option<Range<usize>>,
    prev_hash: Option<Range<usize>>,
    hash: Option<Range<usize>>,
}

/// What is known of a value before it is read.
#[derive(Debug, Clone, Copy)]
enum Expected {
    Anything,
    Shape(&'static Shape),
}

/// A value that was read.
#[derive(Clone, Copy)]
struct Value {
    /// Where it ends in the line.
    end: usize,
    /// Where its canonical bytes begin in `rewritten`, at whose end they are; `None` if they are as written.
    rewritten: Option<usize>,
}

impl Value {
    const fn as_written(end: usize) -> Self {
        Self {
            end,
            rewritten: None,
        }
    }
}

impl Scanner {
    pub(super) fn new() -> Self {
        Self {
            canonical: Vec::new(),
            rewritten: Vec::new(),
            members: Vec::new(),
            successors: [[0; MAX_FIELDS + 1]; TABLES],
            seen: Seen::default(),
            templates: Templates::default(),
        }
    }

    /// Takes a line of `text`, or leaves it to [`super::examine`]. If it is taken, the bytes that its hash must
    /// be the digest of are appended to `canonical`.
    ///
    /// `marks` are those of the text. There must be no control character in the line, for none may stand in a
    /// string and none needs to stand elsewhere, and one behind it, unless the text ends there.
    pub(super) fn scan(
        &mut self,
        text: &[u8],
        range: Range<usize>,
        marks: &Marks,
        canonical: &mut Parts,
    ) -> Option<Scanned> {
        let line = &text[range.clone()];
        if marks.has_high(range.clone()) {
            std::str::from_utf8(line).ok()?;
        }
        if let Some(seen) = self.templates.scan(text, range, marks, canonical) {
            return seen.read(text);
        }
        self.scan_anew(line)?;
        let scanned = self.seen.read(line)?;
        canonical.append(&self.canonical);
        self.templates.learn(line);
        Some(scanned)
    }

    /// Takes a line without what is known of other lines, and leaves its canonical bytes in `canonical`.
    fn scan_anew(&mut self, line: &[u8]) -> Option<()> {
        self.rewritten.clear();
        self.members.clear();
        self.seen = Seen::default();
        if line.first() != Some(&b'{') {
            return None;
        }
        let record = self.object(line, 0, Some(&RECORD), 0)?;
        // A record has a hash that does not cover itself, so it cannot be as written.
        (record.end == line.len() && record.rewritten.is_some()).then_some(())
    }

    fn value(&mut self, line: &[u8], at: usize, expected: Expected, depth: usize) -> Option<Value> {
        match line.get(at)? {
            b'"' => self.string(line, at, expected),
            b'{' => {
                let table = match expected {
                    Expected::Anything => None,
                    Expected::Shape(Shape::Object(table)) => Some(*table),
                    Expected::Shape(_) => return None,
                };
                self.object(line, at, table, depth + 1)
            }
            b'[' => {
                let item = match expected {
                    Expected::Anything => Expected::Anything,
                    Expected::Shape(Shape::List(item)) => Expected::Shape(item),
                    Expected::Shape(_) => return None,
                };
                self.array(line, at, item, depth + 1)
            }
            _ => literal(line, at, expected).map(Value::as_written),
        }
    }

    /// Reads the object at `at`.
    fn object(
        &mut self,
        line: &[u8],
        at: usize,
        table: Option<&'static Table>,
        depth: usize,
    ) -> Option<Value> {
        if depth > MAX_DEPTH {
            return None;
        }
        let (first_member, first_rewritten) = (self.members.len(), self.rewritten.len());
        let mut order = Order::default();
        let mut present = 0_u32;
        let mut previous = 0;
        let mut at = at + 1;
        if line.get(at) == Some(&b'}') {
            at += 1;
        } else {
            loop {
                let key = plain_string(line, at)?;
                if line.get(key.end + 1) != Some(&b':') {
                    return None;
                }
                let (rank, field) = match table {
                    Some(table) => self.known_field(table, &line[key.clone()], &mut previous),
                    None => (UNKNOWN, None),
                };
                let expected =
                    field.map_or(Expected::Anything, |field| Expected::Shape(&field.shape));
                let begins = key.end + 2;
                let value = self.value(line, begins, expected, depth)?;
                at = value.end;
                let mut is_covered = true;
                if let Some(field) = field {
                    present |= 1 << rank;
                    if field.role != Role::None {
                        self.note(field.role, line, begins..at)?;
                        is_covered = field.role != Role::Hash;
                    }
                }
                if is_covered {
                    let last = self.members[first_member..].last();
                    order.add(last, rank, &key, line, value);
                    self.members.push(Member {
                        rank,
                        key,
                        end: at,
                        rewritten: value.rewritten.map(|start| start..self.rewritten.len()),
                    });
                } else {
                    // A hash does not cover itself.
                    order.is_as_written = false;
                }
                match line.get(at)? {
                    b',' => at += 1,
                    b'}' => {
                        at += 1;
                        break;
                    }
                    _ => return None,
                }
            }
        }
        if table.is_some_and(|table| !has_required(table, present)) {
            return None;
        }
        if order.is_as_written && order.is_sorted {
            self.members.truncate(first_member);
            return Some(Value::as_written(at));
        }
        self.write_members(line, first_member, &order)?;
        self.members.truncate(first_member);
        self.rewritten.truncate(first_rewritten);
        if depth > 0 {
            self.rewritten.extend_from_slice(&self.canonical);
        }
        Some(Value {
            end: at,
            rewritten: Some(first_rewritten),
        })
    }

    /// Looks a key up in its table, first where it stood the last time.
    fn known_field(
        &mut self,
        table: &'static Table,
        key: &[u8],
        previous: &mut usize,
    ) -> (usize, Option<&'static Field>) {
        let guess = &mut self.successors[table.id][*previous];
        let is = |field: &Field| field.name.as_bytes() == key;
        let mut rank = usize::from(*guess);
        if !table.fields.get(rank).is_some_and(is) {
            match table.field(key) {
                Some((found, _)) => {
                    rank = found;
                    *guess = u8::try_from(rank).unwrap_or_default();
                }
                None => return (UNKNOWN, None),
            }
        }
        *previous = rank + 1;
        (rank, Some(&table.fields[rank]))
    }

    /// Writes the members of an object into `canonical`, sorted, if each is there once.
    fn write_members(&mut self, line: &[u8], first_member: usize, order: &Order) -> Option<()> {
        let members = &mut self.members[first_member..];
        let mut out = Writer {
            line,
            rewritten: &self.rewritten,
            out: &mut self.canonical,
        };
        out.out.clear();
        if order.is_sorted {
            out.all(members);
        } else if order.is_all_known {
            let mut places = [0_u8; MAX_FIELDS];
            let mut present = 0_u32;
            for (place, member) in (0..).zip(&*members) {
                if present & 1 << member.rank != 0 {
                    return None;
                }
                present |= 1 << member.rank;
                places[member.rank] = place;
            }
            while present != 0 {
                let rank = present.trailing_zeros() as usize;
                present &= present - 1;
                out.member(&members[usize::from(places[rank])]);
            }
        } else {
            let key = |member: &Member| member.key.clone();
            members.sort_unstable_by(|a, b| cmp_utf16(&line[key(a)], &line[key(b)]));
            if members
                .windows(2)
                .any(|pair| line[key(&pair[0])] == line[key(&pair[1])])
            {
                return None;
            }
            out.all(members);
        }
        out.close();
        Some(())
    }

    fn array(&mut self, line: &[u8], at: usize, item: Expected, depth: usize) -> Option<Value> {
        if depth > MAX_DEPTH {
            return None;
        }
        let begins = at;
        let mut rewritten = None;
        let mut at = at + 1;
        if line.get(at) == Some(&b']') {
            return Some(Value::as_written(at + 1));
        }
        loop {
            if rewritten.is_some() {
                self.rewritten.push(b',');
            }
            let value = self.value(line, at, item, depth)?;
            match (rewritten, value.rewritten) {
                (None, None) | (Some(_), Some(_)) => {}
                (Some(_), None) => self.rewritten.extend_from_slice(&line[at..value.end]),
                (None, Some(start)) => {
                    // Everything before it is as written, and goes in front of it.
                    let before = line[begins..at].iter().copied();
                    self.rewritten.splice(start..start, before);
                    rewritten = Some(start);
                }
            }
            at = value.end + 1;
            match line.get(value.end)? {
                b',' => {}
                b']' => break,
                _ => return None,
            }
        }
        if rewritten.is_some() {
            self.rewritten.push(b']');
        }
        Some(Value { end: at, rewritten })
    }

    /// Reads the string at `at`. Escapes that the canonical form has are as written, the others become what
    /// they stand for.
    fn string(&mut self, line: &[u8], at: usize, expected: Expected) -> Option<Value> {
        let mut here = at + 1 + plain_run(line.get(at + 1..)?);
        if line.get(here) == Some(&b'"') {
            let text = &line[at + 1..here];
            return expected
                .takes_text(text)
                .then_some(Value::as_written(here + 1));
        }
        if !expected.takes_escapes() {
            return None;
        }
        let mut copied = at;
        let mut rewritten = None;
        loop {
            match line.get(here)? {
                b'"' => break,
                _ => match escape(line, here)? {
                    Escape::Canonical => here += 2,
                    Escape::Character(c, end) => {
                        rewritten.get_or_insert(self.rewritten.len());
                        self.rewritten.extend_from_slice(&line[copied..here]);
                        let mut utf8 = [0; 4];
                        self.rewritten
                            .extend_from_slice(c.encode_utf8(&mut utf8).as_bytes());
                        (here, copied) = (end, end);
                    }
                },
            }
            here += plain_run(&line[here..]);
        }
        let end = here + 1;
        if rewritten.is_some() {
            self.rewritten.extend_from_slice(&line[copied..end]);
        }
        Some(Value { end, rewritten })
    }

    /// Keeps the place of a text that the chain needs.
    fn note(&mut self, role: Role, line: &[u8], value: Range<usize>) -> Option<()> {
        let text = value.start + 1..value.end - 1;
        // An id that is written with escapes is another text than it seems. The hash is left out of what is
        // put in order, so a second one would not be seen there.
        if line[text.clone()].contains(&b'\\') || self.seen.set(role, text).is_some() {
            return None;
        }
        Some(())
    }
}

impl Seen {
    /// Keeps the place of a text, and returns the one that was there.
    fn set(&mut self, role: Role, text: Range<usize>) -> Option<Range<usize>> {
        let slot = match role {
            Role::None => return None,
            Role::Hash => &mut self.hash,
            Role::ParentId => &mut self.parent_id,
            Role::PrevHash => &mut self.prev_hash,
            Role::RecordId => &mut self.record_id,
            Role::Time => &mut self.ts,
        };
        slot.replace(text)
    }

    /// Reads the texts, if both hashes are declared as digests.
    fn read(&self, line: &[u8]) -> Option<Scanned> {
        let text = |range: &Range<usize>| &line[range.clone()];
        let digest = |range: &Option<Range<usize>>| Digest::from_hex(text(range.as_ref()?));
        let id = |range: &Option<Range<usize>>| match range {
            Some(range) if range.is_empty() => None,
            Some(range) => Some(IdKey::of_utf8(text(range))),
            None => None,
        };
        Some(Scanned {
            id: id(&self.record_id),
            parent: id(&self.parent_id),
            ts: self
                .ts
                .as_ref()
                .and_then(|range| Timestamp::parse_bytes(text(range))),
            prev_hash: digest(&self.prev_hash)?,
            hash: digest(&self.hash)?,
        })
    }
}

impl Expected {
    /// Whether a text without escapes may stand here.
    fn takes_text(self, text: &[u8]) -> bool {
        match self {
            Self::Anything | Self::Shape(Shape::Text) => true,
            Self::Shape(Shape::Constant(constant)) => constant.as_bytes() == text,
            Self::Shape(Shape::Word(words)) => words.iter().any(|word| word.as_bytes() == text),
            Self::Shape(_) => false,
        }
    }

    /// Whether a text with escapes may stand here. A word of the format needs none.
    fn takes_escapes(self) -> bool {
        matches!(self, Self::Anything | Self::Shape(Shape::Text))
    }
}

/// What is known of the members of an object, one after the other.
#[derive(Debug)]
struct Order {
    /// Their keys ascend, so none is there twice.
    is_sorted: bool,
    /// Nothing of them was written anew or left out.
    is_as_written: bool,
    /// All of them are in the table.
    is_all_known: bool,
}

impl Default for Order {
    fn default() -> Self {
        Self {
            is_sorted: true,
            is_as_written: true,
            is_all_known: true,
        }
    }
}

impl Order {
    fn add(
        &mut self,
        last: Option<&Member>,
        rank: usize,
        key: &Range<usize>,
        line: &[u8],
        value: Value,
    ) {
        self.is_as_written &= value.rewritten.is_none();
        self.is_all_known &= rank != UNKNOWN;
        self.is_sorted &= match last {
            None => true,
            Some(last) if rank != UNKNOWN && last.rank != UNKNOWN => last.rank < rank,
            Some(last) => cmp_utf16(&line[last.key.clone()], &line[key.clone()]).is_lt(),
        };
    }
}

/// Writes members, from the line or from what was written anew.
struct Writer<'a> {
    line: &'a [u8],
    rewritten: &'a [u8],
    out: &'a mut Vec<u8>,
}

impl Writer<'_> {
    fn member(&mut self, member: &Member) {
        self.out.push(if self.out.is_empty() { b'{' } else { b',' });
        let begins = member.key.start - 1;
        match &member.rewritten {
            None => self.out.extend_from_slice(&self.line[begins..member.end]),
            Some(value) => {
                let with_colon = member.key.end + 2;
                self.out.extend_from_slice(&self.line[begins..with_colon]);
                self.out.extend_from_slice(&self.rewritten[value.clone()]);
            }
        }
    }

    fn all(&mut self, members: &[Member]) {
        for member in members {
            self.member(member);
        }
    }

    fn close(&mut self) {
        if self.out.is_empty() {
            self.out.push(b'{');
        }
        self.out.push(b'}');
    }
}

fn has_required(table: &Table, present: u32) -> bool {
    table
        .fields
        .iter()
        .enumerate()
        .all(|(rank, field)| !field.is_required() || present & (1 << rank) != 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        json, sample,
        verify::{
            edit::{Node, Script},
            examine::{self, Examined, Record, tests::sound_lines},
        },
    };

    /// What `examine` says of a line that it finds no fault in.
    fn plain(line: &[u8]) -> Option<(Record, Vec<u8>)> {
        let Examined::Record(record) = examine::line(line) else {
            return None;
        };
        let value = json::read(line).unwrap().value;
        let mut object = value.as_object()?.clone();
        if let Some(json::Value::Object(integrity)) = object.get_mut("integrity") {
            integrity.remove("hash");
        }
        let canonical = crate::canon::to_vec(&object.into()).ok()?;
        (record.faults.is_empty() && !record.misshapen).then_some((*record, canonical))
    }

    /// Scans a line, twice: what was learned of it the first time must not change anything.
    fn scan(scanner: &mut Scanner, line: &[u8]) -> Option<(Scanned, Vec<u8>)> {
        if line.iter().any(|byte| *byte < b' ') {
            return None;
        }
        let text = [b"before it", line, b"\n}]},\"behind it\":{\n"].concat();
        let mut marks = Marks::default();
        marks.find(&text);
        let mut once = || {
            let mut canonical = Parts::default();
            let taken = scanner.scan(&text, 9..9 + line.len(), &marks, &mut canonical)?;
            Some((taken, canonical.bytes().to_vec()))
        };
        let first = once();
        assert_eq!(once(), first);
        first
    }

    /// Whatever the scanner takes, `examine` must find no fault in, and read the same from.
    fn assert_confirmed(fast: &mut Scanner, line: &[u8]) -> bool {
        let Some((scanned, fast)) = scan(fast, line) else {
            return false;
        };
        let (record, canonical) = plain(line).unwrap_or_else(|| panic!("{line:?} has a fault"));
        assert_eq!(fast, canonical, "{}", String::from_utf8_lossy(line));
        assert_eq!(scanned.id, record.id);
        assert_eq!(scanned.parent, record.parent);
        assert_eq!(scanned.ts, record.ts);
        assert_eq!(Some(scanned.prev_hash.to_string()), record.link.prev_hash);
        assert_eq!(Some(scanned.hash.to_string()), record.link.hash);
        true
    }

    #[test]
    fn sound_records_are_taken() {
        let mut scanner = Scanner::new();
        for line in sample::chain(500, 11).chain(sample::example().lines().map(str::to_owned)) {
            assert!(
                assert_confirmed(&mut scanner, line.trim_end().as_bytes()),
                "{line}"
            );
        }
    }

    #[test]
    fn an_empty_id_is_none_by_a_template_too() {
        let mut scanner = Scanner::new();
        for line in sample::chain(40, 3) {
            let (before, rest) = line.split_once("\"record_id\":\"").unwrap();
            let (_, behind) = rest.split_once('"').unwrap();
            let empty = format!("{before}\"record_id\":\"\"{behind}");
            assert!(assert_confirmed(&mut scanner, empty.trim_end().as_bytes()));
            assert!(assert_confirmed(&mut scanner, line.trim_end().as_bytes()));
        }
    }

    #[test]
    fn a_line_does_not_go_on_behind_its_end() {
        let line = sample::chain(1, 3).next().unwrap().trim_end().to_owned();
        let mut scanner = Scanner::new();
        assert!(assert_confirmed(&mut scanner, line.as_bytes()));
        for end in 0..line.len() {
            let (begin, rest) = line.as_bytes().split_at(end);
            let text = [begin, b"\n", rest, b"\n"].concat();
            let mut marks = Marks::default();
            marks.find(&text);
            let mut canonical = Parts::default();
            assert_eq!(scanner.scan(&text, 0..end, &marks, &mut canonical), None);
        }
    }

    #[test]
    fn what_needs_a_second_look_is_not_taken() {
        let line = sample::example().lines().next().unwrap().to_owned();
        let mut scanner = Scanner::new();
        assert!(assert_confirmed(&mut scanner, line.as_bytes()));
        for (from, to) in [
            ("\"ts\"", "\"t\\u0073\""),
            ("\"ts\"", " \"ts\""),
            ("\"MEDIUM\"", "null"),
            ("{\"schema", "{\"x\":1.0,\"schema"),
            ("{\"schema", "{\"x\":-0,\"schema"),
            ("{\"schema", "{\"x\":9007199254740993,\"schema"),
            ("{\"schema", "{\"x\":1,\"x\":1,\"schema"),
            ("{\"schema", "{\"schema_version\":\"0.1\",\"schema"),
            ("{\"schema", "{\"x\":\"\\ud800\",\"schema"),
            ("\"prev_hash\":\"0", "\"prev_hash\":\"A"),
            ("\"hash\":\"6", "\"hash\":\"\\u0036"),
            ("\"alg\":\"sha-256\"", "\"alg\":\"sha-257\""),
            ("\"hash\":\"6", "\"hash\":\"x\",\"hash\":\"6"),
        ] {
            let changed = line.replacen(from, to, 1);
            assert_ne!(changed, line, "{from}");
            assert!(scan(&mut scanner, changed.as_bytes()).is_none(), "{to}");
        }
        assert!(scan(&mut scanner, b"{}").is_none());
        assert!(scan(&mut scanner, b"").is_none());
    }

    /// Each member is learned by itself; what the rules ask of all of them must be asked of each line.
    #[test]
    fn members_that_are_known_are_no_record_if_one_is_missing_or_there_twice() {
        let line = sample::chain(1, 3).next().unwrap();
        let Node::Object(members) = Node::of(line.trim_end().as_bytes()) else {
            panic!("no record");
        };
        let mut scanner = Scanner::new();
        let mut takes = |members: &[(Vec<u8>, Node)]| {
            let mut record = Node::Object(members.to_vec());
            record.seal(Digest::GENESIS);
            assert_confirmed(&mut scanner, &record.text())
        };
        let places = 0..members.len();
        // Until every one is known behind every other one.
        for (from, to) in places
            .clone()
            .flat_map(|from| places.clone().map(move |to| (from, to)))
        {
            let mut moved = members.clone();
            let member = moved.remove(from);
            moved.insert(to, member);
            assert!(takes(&moved), "{from} at {to}");
        }
        for (which, to) in places
            .clone()
            .flat_map(|from| places.clone().map(move |to| (from, to)))
        {
            let mut repeated = members.clone();
            repeated.insert(to, members[which].clone());
            assert!(!takes(&repeated), "{which} again at {to}");
        }
        for which in places {
            let mut fewer = members.clone();
            let (key, _) = fewer.remove(which);
            let name = &key[1..key.len() - 1];
            let is_required = |(_, field): (_, &Field)| field.is_required();
            assert_eq!(
                !takes(&fewer),
                RECORD.field(name).is_some_and(is_required),
                "{which}"
            );
        }
    }

    #[test]
    fn lines_that_are_never_alike_are_taken_all_the_same() {
        let line = sample::chain(1, 3).next().unwrap();
        let mut scanner = Scanner::new();
        // Until templates rest, while they do, and until they were learned again.
        for number in 0..8000 {
            let other = line.replacen("{\"", &format!("{{\"x{number}\":[{number}],\""), 1);
            for line in [&other, &line] {
                assert!(assert_confirmed(&mut scanner, line.trim_end().as_bytes()));
            }
        }
    }

    #[test]
    fn every_conformance_vector_is_read_alike() {
        let vectors = concat!(env!("CARGO_MANIFEST_DIR"), "/conformance/vectors");
        let mut taken = 0;
        let mut scanner = Scanner::new();
        for vector in std::fs::read_dir(vectors).unwrap() {
            let log = std::fs::read(vector.unwrap().path().join("log.jsonl")).unwrap();
            for line in log.split(|byte| *byte == b'\n') {
                taken += usize::from(assert_confirmed(&mut scanner, line));
            }
        }
        assert!(taken > 500, "{taken}");
    }

    /// Values as a producer may write them, in text.
    fn texts() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            Just("null".to_owned()),
            Just("true".to_owned()),
            "-?[0-9]{1,18}",
            "-?[0-9]{1,3}(\\.[0-9])?(e[0-9])?",
            "\"([a-z\u{e9}\u{1f600}\u{7f}/ ]|\\\\[\"\\\\/bfnrt]|\\\\u00[0-9a-fA-F]{2}|\\\\u[0-9a-f]{4}|\\\\ud83d\\\\ude0[0-9a-f]){0,12}\"",
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5)
                    .prop_map(|items| format!("[{}]", items.join(","))),
                prop::collection::vec(("[a-c\u{e9}\u{ffe6}\u{1f600}]{0,2}", inner), 0..5).prop_map(
                    |members| {
                        let members: Vec<_> = members
                            .iter()
                            .map(|(key, value)| format!("\"{key}\":{value}"))
                            .collect();
                        format!("{{{}}}", members.join(","))
                    }
                ),
            ]
        })
    }

    /// A scanner that has learned from all of the lines.
    fn warm(lines: &[Vec<u8>]) -> Scanner {
        let mut scanner = Scanner::new();
        for line in lines {
            assert!(assert_confirmed(&mut scanner, line));
        }
        scanner
    }

    /// A sound line with up to four edits, and sealed again where it can be.
    fn edited(bases: &[Node], script: &[u8]) -> Vec<u8> {
        let (first, rest) = script.split_first().unwrap_or((&0, &[]));
        let mut script = Script::new(rest);
        let mut record = bases[usize::from(*first) % bases.len()].clone();
        for _ in 0..4 {
            if !script.is_empty() {
                record.edit(&mut script);
            }
        }
        record.seal(Digest::of(rest));
        record.text()
    }

    const ROUNDS: u32 = 40;
    const LINES: u32 = 500;

    #[test]
    fn edited_lines_are_taken_only_if_they_are_sound() {
        let lines = sound_lines();
        let bases: Vec<Node> = lines[..24].iter().map(|line| Node::of(line)).collect();
        let mut taken = 0;
        for round in 0..ROUNDS {
            let mut scanner = warm(&lines);
            for number in 0..LINES {
                let seed = [round.to_le_bytes(), number.to_le_bytes()].concat();
                let script = Digest::of(&seed);
                let length = 4 + number as usize % 16;
                let line = edited(&bases, &script.as_bytes()[..length]);
                taken += u32::from(assert_confirmed(&mut scanner, &line));
            }
        }
        let all = ROUNDS * LINES;
        assert!(taken > all / 8 && taken < all / 8 * 7, "{taken} of {all}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn what_a_warm_scanner_takes_is_what_examine_confirms(
            scripts in prop::collection::vec(prop::collection::vec(any::<u8>(), 2..32), 100),
        ) {
            let lines = sound_lines();
            let bases: Vec<Node> = lines[..24].iter().map(|line| Node::of(line)).collect();
            let mut scanner = warm(&lines);
            for script in scripts {
                assert_confirmed(&mut scanner, &edited(&bases, &script));
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_taken_is_what_examine_confirms(value in texts(), place in 0..4_usize) {
            let line = sample::example().lines().next().unwrap().to_owned();
            let from = ["{\"schema", "\"outcome\":{", "\"agent\":{", "\"integrity\":{"][place];
            let to = match place {
                0 => format!("{{\"x\":{value},\"schema"),
                _ => format!("{from}\"x\":{value},"),
            };
            assert_confirmed(&mut Scanner::new(), line.replacen(from, &to, 1).as_bytes());
        }

        #[test]
        fn what_was_learned_of_others_changes_nothing(
            values in prop::collection::vec((texts(), texts()), 1..5),
            changes in prop::collection::vec(
                (any::<[prop::sample::Index; 4]>(), 0..4_u8, any::<u8>()), 0..12,
            ),
        ) {
            let mut scanner = Scanner::new();
            let mut lines: Vec<Vec<u8>> = values
                .iter()
                .zip(0..)
                .map(|((first, second), seed)| {
                    let line = sample::chain(1, seed % 2).next().unwrap();
                    let line = line.trim_end().replacen("{\"", &format!("{{\"x\":{first},\""), 1);
                    line.replacen("\"agent\":{", &format!("\"agent\":{{\"y\":{second},"), 1)
                })
                .map(String::into_bytes)
                .collect();
            for line in &lines {
                assert_confirmed(&mut scanner, line);
            }
            for ([this, other, at, behind], kind, byte) in changes {
                let mut line = lines[this.index(lines.len())].clone();
                let other = &lines[other.index(lines.len())];
                let at = at.index(line.len());
                match kind {
                    0 => line[at] = byte,
                    1 => line.insert(at, byte),
                    2 => drop(line.remove(at)),
                    // Goes on as another line does.
                    _ => drop(line.splice(at.., other[behind.index(other.len())..].iter().copied())),
                }
                if line.contains(&b'\n') { continue }
                assert_confirmed(&mut scanner, &line);
                lines.push(line);
            }
        }

        #[test]
        fn changed_lines_are_judged_alike(
            at in any::<prop::sample::Index>(), byte: u8, insert: bool, seed in 0..50_u64,
        ) {
            let mut line = sample::chain(1, seed).next().unwrap().trim_end().as_bytes().to_vec();
            let at = at.index(line.len());
            if insert { line.insert(at, byte) } else { line[at] = byte }
            if line.contains(&b'\n') { return Ok(()) }
            assert_confirmed(&mut Scanner::new(), &line);
        }
    }
}
