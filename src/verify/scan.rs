//! The fast way through a line: structure, rules and canonical bytes in one pass.
//!
//! A sound log is made of sound lines, so this takes only the lines that are beyond doubt: compact JSON with
//! nothing in it that needs a second look, every rule kept, every hash declared as a digest. Whatever else a
//! line may be, [`Scanner::scan`] gives it back, and [`super::examine`] judges it. So this can only ever
//! confirm: what it takes is what `examine` finds no fault in, with the same canonical bytes (the tests and
//! the fuzz target hold it to that), and it never calls anything broken.
//!
//! Nothing here allocates once the buffers have grown, and nothing is unsafe.

use std::ops::Range;

use crate::{
    canon::cmp_utf16,
    digest::Digest,
    record::{
        check::{Field, MAX_FIELDS, Presence, RECORD, Role, Shape, TABLES, Table},
        id::IdKey,
    },
    time::Timestamp,
};

/// How deep values may nest to be taken here.
const MAX_DEPTH: usize = 64;

/// Integers of up to so many digits are within 2^53 - 1 whatever they are.
const MAX_DIGITS: usize = 15;

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
    canonical: Vec<u8>,
    /// Where members are brought into order.
    ordered: Vec<u8>,
    /// Members of the objects that are open.
    members: Vec<Member>,
    /// By table and field (0 for the beginning): the field that came next the last time. Producers write
    /// their fields in one order, so this is nearly always right.
    successors: [[u8; MAX_FIELDS + 1]; TABLES],
    /// What was read of the record itself.
    seen: Seen,
}

/// A member of an object that is being read.
#[derive(Debug, Clone)]
struct Member {
    /// Its place in its table.
    rank: usize,
    /// Its key in the line, without the quotes.
    key: Range<usize>,
    /// Its canonical bytes.
    bytes: Range<usize>,
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
#[derive(Clone, Copy)]
enum Expected {
    Anything,
    Shape(&'static Shape),
}

impl Scanner {
    pub(super) fn new() -> Self {
        Self {
            canonical: Vec::new(),
            ordered: Vec::new(),
            members: Vec::new(),
            successors: [[0; MAX_FIELDS + 1]; TABLES],
            seen: Seen::default(),
        }
    }

    /// Takes a line, or leaves it to [`super::examine`]. If it is taken, [`Scanner::canonical`] has the bytes
    /// that its hash must be the digest of.
    pub(super) fn scan(&mut self, line: &[u8]) -> Option<Scanned> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        // No control character may stand in a string, and none needs to stand elsewhere.
        if has_control(line) {
            return None;
        }
        if !line.is_ascii() {
            std::str::from_utf8(line).ok()?;
        }
        self.canonical.clear();
        self.members.clear();
        self.seen = Seen::default();
        if line.first() != Some(&b'{') {
            return None;
        }
        let end = self.object(line, 0, Some(&RECORD), 0)?;
        if end != line.len() {
            return None;
        }
        let text = |range: &Range<usize>| &line[range.clone()];
        let digest = |range: &Option<Range<usize>>| Digest::from_hex(text(range.as_ref()?));
        let id = |range: &Option<Range<usize>>| match range {
            Some(range) if range.is_empty() => None,
            Some(range) => Some(IdKey::of_utf8(text(range))),
            None => None,
        };
        Some(Scanned {
            id: id(&self.seen.record_id),
            parent: id(&self.seen.parent_id),
            ts: self
                .seen
                .ts
                .as_ref()
                .and_then(|range| Timestamp::parse(std::str::from_utf8(text(range)).ok()?)),
            prev_hash: digest(&self.seen.prev_hash)?,
            hash: digest(&self.seen.hash)?,
        })
    }

    /// Returns the canonical bytes of the line that was taken last.
    pub(super) fn canonical(&self) -> &[u8] {
        &self.canonical
    }

    /// Reads the object at `at` and returns where it ends. Its canonical bytes are appended.
    fn object(
        &mut self,
        line: &[u8],
        at: usize,
        table: Option<&'static Table>,
        depth: usize,
    ) -> Option<usize> {
        if depth > MAX_DEPTH {
            return None;
        }
        let first_member = self.members.len();
        let start = self.canonical.len();
        self.canonical.push(b'{');
        let mut at = at + 1;
        let mut in_order = true;
        let mut all_known = true;
        let mut present = 0_u32;
        let mut previous = 0;
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
                let behind = self.canonical.len();
                if behind > start + 1 {
                    self.canonical.push(b',');
                }
                let begins = self.canonical.len();
                at = self.member(line, at, key.end + 2, field, depth)?;
                let role = field.map_or(Role::None, |field| field.role);
                if field.is_some() {
                    self.note(role, line, key.end + 2..at)?;
                    present |= 1 << rank;
                }
                all_known = all_known && rank != UNKNOWN;
                if role == Role::Hash {
                    // A hash does not cover itself.
                    self.canonical.truncate(behind);
                } else {
                    in_order =
                        in_order && self.follows(first_member, rank, &line[key.clone()], line);
                    self.members.push(Member {
                        rank,
                        key,
                        bytes: begins..self.canonical.len(),
                    });
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
        if let Some(table) = table
            && !has_required(table, present)
        {
            return None;
        }
        if !in_order {
            if all_known {
                self.order_by_rank(first_member)?;
            } else {
                self.order_by_key(line, first_member)?;
            }
            if start == 0 {
                std::mem::swap(&mut self.canonical, &mut self.ordered);
            } else {
                self.canonical.truncate(start);
                self.canonical.extend_from_slice(&self.ordered);
            }
        }
        self.canonical.push(b'}');
        self.members.truncate(first_member);
        Some(at)
    }

    /// Looks a key up in its table, first where it stood the last time.
    fn known_field(
        &mut self,
        table: &'static Table,
        key: &[u8],
        previous: &mut usize,
    ) -> (usize, Option<&'static Field>) {
        let guess = &mut self.successors[table.id][*previous];
        let guessed = usize::from(*guess);
        let is = |rank: usize| {
            let field = table.fields.get(rank)?;
            (field.name.as_bytes() == key).then_some(field)
        };
        let (rank, field) = match is(guessed) {
            Some(field) => (guessed, field),
            None => match table
                .fields
                .iter()
                .position(|field| field.name.as_bytes() == key)
            {
                Some(rank) => {
                    *guess = u8::try_from(rank).unwrap_or_default();
                    (rank, &table.fields[rank])
                }
                None => return (UNKNOWN, None),
            },
        };
        *previous = rank + 1;
        (rank, Some(field))
    }

    /// Whether a member goes behind all that are there.
    fn follows(&self, first_member: usize, rank: usize, key: &[u8], line: &[u8]) -> bool {
        match self.members[first_member..].last() {
            None => true,
            Some(last) if rank != UNKNOWN && last.rank != UNKNOWN => last.rank < rank,
            Some(last) => cmp_utf16(&line[last.key.clone()], key).is_lt(),
        }
    }

    /// Reads the value at `at` of a member whose key begins at `begins`, and returns where it ends.
    fn member(
        &mut self,
        line: &[u8],
        begins: usize,
        at: usize,
        field: Option<&'static Field>,
        depth: usize,
    ) -> Option<usize> {
        let expected = field.map_or(Expected::Anything, |field| Expected::Shape(&field.shape));
        match line.get(at)? {
            b'{' | b'[' => {
                self.canonical.extend_from_slice(&line[begins..at]);
                self.value(line, at, expected, depth)
            }
            b'"' => {
                if let Some(text) = plain_string(line, at) {
                    fits(expected, &line[text.clone()]).then_some(())?;
                    self.canonical.extend_from_slice(&line[begins..=text.end]);
                    return Some(text.end + 1);
                }
                self.canonical.extend_from_slice(&line[begins..at]);
                self.escaped_string(line, at, expected)
            }
            _ => {
                let end = literal(line, at, expected)?;
                self.canonical.extend_from_slice(&line[begins..end]);
                Some(end)
            }
        }
    }

    fn value(&mut self, line: &[u8], at: usize, expected: Expected, depth: usize) -> Option<usize> {
        match line.get(at)? {
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
            b'"' => match plain_string(line, at) {
                Some(text) => {
                    fits(expected, &line[text.clone()]).then_some(())?;
                    self.canonical.extend_from_slice(&line[at..=text.end]);
                    Some(text.end + 1)
                }
                None => self.escaped_string(line, at, expected),
            },
            _ => {
                let end = literal(line, at, expected)?;
                self.canonical.extend_from_slice(&line[at..end]);
                Some(end)
            }
        }
    }

    fn array(&mut self, line: &[u8], at: usize, item: Expected, depth: usize) -> Option<usize> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.canonical.push(b'[');
        let mut at = at + 1;
        if line.get(at) == Some(&b']') {
            self.canonical.push(b']');
            return Some(at + 1);
        }
        loop {
            at = self.value(line, at, item, depth)?;
            match line.get(at)? {
                b',' => self.canonical.push(b','),
                b']' => {
                    self.canonical.push(b']');
                    return Some(at + 1);
                }
                _ => return None,
            }
            at += 1;
        }
    }

    /// Reads a string with escapes. Those that the canonical form has are copied, the others written as what
    /// they stand for.
    fn escaped_string(&mut self, line: &[u8], at: usize, expected: Expected) -> Option<usize> {
        // A word of the format needs no escape.
        if !matches!(expected, Expected::Anything | Expected::Shape(Shape::Text)) {
            return None;
        }
        self.canonical.push(b'"');
        let mut at = at + 1;
        loop {
            let plain = at + plain_run(&line[at..]);
            self.canonical.extend_from_slice(&line[at..plain]);
            match *line.get(plain)? {
                b'"' => {
                    self.canonical.push(b'"');
                    return Some(plain + 1);
                }
                _ => at = self.escape(line, plain)?,
            }
        }
    }

    fn escape(&mut self, line: &[u8], at: usize) -> Option<usize> {
        match *line.get(at + 1)? {
            b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't' => {
                self.canonical.extend_from_slice(&line[at..at + 2]);
                Some(at + 2)
            }
            b'/' => {
                self.canonical.push(b'/');
                Some(at + 2)
            }
            b'u' => {
                let (c, end) = unicode_escape(line, at)?;
                // The controls have a form of their own, and so do the two that must be escaped.
                if c < ' ' || c == '"' || c == '\\' {
                    return None;
                }
                let mut utf8 = [0; 4];
                self.canonical
                    .extend_from_slice(c.encode_utf8(&mut utf8).as_bytes());
                Some(end)
            }
            _ => None,
        }
    }

    /// Writes the members of an object in the order of their table, if each is there once.
    fn order_by_rank(&mut self, first_member: usize) -> Option<()> {
        let members = &self.members[first_member..];
        let mut places = [0_u8; MAX_FIELDS];
        let mut present = 0_u32;
        for (place, member) in (0..).zip(members) {
            if present & 1 << member.rank != 0 {
                return None;
            }
            present |= 1 << member.rank;
            places[member.rank] = place;
        }
        self.ordered.clear();
        while present != 0 {
            let rank = present.trailing_zeros() as usize;
            present &= present - 1;
            let member = &members[usize::from(places[rank])];
            self.ordered
                .push(if self.ordered.is_empty() { b'{' } else { b',' });
            self.ordered
                .extend_from_slice(&self.canonical[member.bytes.clone()]);
        }
        Some(())
    }

    /// Writes the members of an object in the order of their keys, if each is there once.
    fn order_by_key(&mut self, line: &[u8], first_member: usize) -> Option<()> {
        let members = &mut self.members[first_member..];
        members.sort_unstable_by(|a, b| cmp_utf16(&line[a.key.clone()], &line[b.key.clone()]));
        let is_twice = |pair: &[Member]| line[pair[0].key.clone()] == line[pair[1].key.clone()];
        if members.windows(2).any(is_twice) {
            return None;
        }
        self.ordered.clear();
        for member in members {
            self.ordered
                .push(if self.ordered.is_empty() { b'{' } else { b',' });
            self.ordered
                .extend_from_slice(&self.canonical[member.bytes.clone()]);
        }
        Some(())
    }

    /// Keeps the place of a text that the chain needs.
    fn note(&mut self, role: Role, line: &[u8], value: Range<usize>) -> Option<()> {
        let slot = match role {
            Role::None => return Some(()),
            Role::Hash => &mut self.seen.hash,
            Role::ParentId => &mut self.seen.parent_id,
            Role::PrevHash => &mut self.seen.prev_hash,
            Role::RecordId => &mut self.seen.record_id,
            Role::Time => &mut self.seen.ts,
        };
        let text = value.start + 1..value.end - 1;
        // An id that is written with escapes is another text than it seems. The hash is left out of what is
        // put in order, so a second one would not be seen there.
        if slot.is_some() || line[text.clone()].contains(&b'\\') {
            return None;
        }
        *slot = Some(text);
        Some(())
    }
}

fn has_control(line: &[u8]) -> bool {
    // Without an early end, so that it is done many bytes at a time.
    line.iter()
        .fold(0, |found, byte| found | u8::from(*byte < 0x20))
        != 0
}

fn has_required(table: &Table, present: u32) -> bool {
    table
        .fields
        .iter()
        .enumerate()
        .all(|(rank, field)| field.presence == Presence::Optional || present & (1 << rank) != 0)
}

/// Returns the inside of the string at `at`, if nothing in it is escaped.
fn plain_string(line: &[u8], at: usize) -> Option<Range<usize>> {
    if line.get(at) != Some(&b'"') {
        return None;
    }
    let start = at + 1;
    let end = start + plain_run(line.get(start..)?);
    (line.get(end) == Some(&b'"')).then_some(start..end)
}

/// Returns how many bytes there are before the next quote or backslash.
fn plain_run(bytes: &[u8]) -> usize {
    /// Most strings end within so many words; for longer ones, a search that sets out slowly pays.
    const WORDS: usize = 4;
    let mut at = 0;
    while at < WORDS * 8 {
        let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) else {
            let rest = bytes[at..]
                .iter()
                .position(|byte| matches!(byte, b'"' | b'\\'));
            return rest.map_or(bytes.len(), |found| at + found);
        };
        let word = u64::from_le_bytes(*word);
        let found = zero_bytes(word ^ every(b'"')) | zero_bytes(word ^ every(b'\\'));
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = memchr::memchr2(b'"', b'\\', &bytes[at..]);
    rest.map_or(bytes.len(), |found| at + found)
}

/// A word of eight equal bytes.
const fn every(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// Sets the highest bit of the first byte that is zero, and perhaps of some behind it.
const fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(every(1)) & !word & every(0x80)
}

/// Whether a text may stand where a shape is expected.
fn fits(expected: Expected, text: &[u8]) -> bool {
    match expected {
        Expected::Anything | Expected::Shape(Shape::Text) => true,
        Expected::Shape(Shape::Constant(constant)) => constant.as_bytes() == text,
        Expected::Shape(Shape::Word(words)) => words.iter().any(|word| word.as_bytes() == text),
        Expected::Shape(_) => false,
    }
}

/// Returns the end of the number, `true`, `false` or `null` at `at`, if its bytes are canonical.
fn literal(line: &[u8], at: usize, expected: Expected) -> Option<usize> {
    let rest = &line[at..];
    for (word, is_boolean) in [
        (b"true".as_slice(), true),
        (b"false", true),
        (b"null", false),
    ] {
        if rest.starts_with(word) {
            let fits = match expected {
                Expected::Anything => true,
                Expected::Shape(shape) => is_boolean && matches!(shape, Shape::Boolean),
            };
            return fits.then_some(at + word.len());
        }
    }
    if !matches!(
        expected,
        Expected::Anything | Expected::Shape(Shape::Number)
    ) {
        return None;
    }
    let is_negative = rest.first() == Some(&b'-');
    let digits = &rest[usize::from(is_negative)..];
    let count = digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let is_plain = match digits.first()? {
        b'0' => count == 1 && !is_negative,
        _ => (1..=MAX_DIGITS).contains(&count),
    };
    // A fraction, an exponent or anything else behind it is for `examine`.
    let ends = matches!(digits.get(count)?, b',' | b'}' | b']');
    (is_plain && ends).then_some(at + usize::from(is_negative) + count)
}

/// Returns the character that the escape at `at` stands for, and where it ends.
fn unicode_escape(line: &[u8], at: usize) -> Option<(char, usize)> {
    let high = hex4(line, at + 2)?;
    if let Some(c) = char::from_u32(high) {
        return Some((c, at + 6));
    }
    if !(0xD800..0xDC00).contains(&high) || line.get(at + 6..at + 8)? != b"\\u" {
        return None;
    }
    let low = hex4(line, at + 8)?;
    if !(0xDC00..0xE000).contains(&low) {
        return None;
    }
    let code = 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00);
    Some((char::from_u32(code)?, at + 12))
}

fn hex4(line: &[u8], at: usize) -> Option<u32> {
    line.get(at..at + 4)?.iter().try_fold(0, |code, byte| {
        Some(code * 16 + char::from(*byte).to_digit(16)?)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        json, sample,
        verify::examine::{self, Examined, Record},
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

    /// Whatever the scanner takes, `examine` must find no fault in, and read the same from.
    fn assert_confirmed(fast: &mut Scanner, line: &[u8]) -> bool {
        let Some(scanned) = fast.scan(line) else {
            return false;
        };
        let (record, canonical) = plain(line).unwrap_or_else(|| panic!("{line:?} has a fault"));
        assert_eq!(
            fast.canonical(),
            canonical,
            "{}",
            String::from_utf8_lossy(line)
        );
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
    fn what_needs_a_second_look_is_not_taken() {
        let line = sample::example().lines().next().unwrap().to_owned();
        let mut scanner = Scanner::new();
        assert!(assert_confirmed(&mut scanner, line.as_bytes()));
        assert!(assert_confirmed(
            &mut scanner,
            format!("{line}\r").as_bytes()
        ));
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
            assert!(scanner.scan(changed.as_bytes()).is_none(), "{to}");
        }
        assert!(scanner.scan(b"{}").is_none());
        assert!(scanner.scan(b"").is_none());
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
