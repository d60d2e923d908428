//! Damage: what can be done to a log, and what must then be said of it.
//!
//! Where two deeds leave the same bytes, the one that is named is stated here, and the words in which the
//! other must be.

use std::cmp::Ordering;

use proptest::{prelude::*, sample::Index};
use sealstone::{
    chain,
    damage::{Damage, Kind},
    digest::Digest,
    json::{self, Object, Value},
    sample,
};

/// The lines of a log, without line feeds, and how many bytes are cut off the end.
#[derive(Debug, Clone)]
pub(super) struct Log {
    pub(super) lines: Vec<String>,
    cut: usize,
}

impl Log {
    pub(super) fn new(records: usize, seed: u64) -> Self {
        let lines = sample::chain(records as u64, seed);
        Self {
            lines: lines.map(|line| line.trim_end().to_owned()).collect(),
            cut: 0,
        }
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut text: String = self.lines.iter().flat_map(|line| [line, "\n"]).collect();
        text.truncate(text.len().saturating_sub(self.cut));
        text.into_bytes()
    }
}

/// What must be found, in one of several ways.
#[derive(Debug, Default)]
pub(super) struct Expected {
    /// The damages; the second list where either is right.
    pub(super) damages: Vec<Found>,
    pub(super) or: Option<Vec<Found>>,
}

/// A damage that must be found, and words that must be in its text.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) kind: Kind,
    pub(super) first: usize,
    pub(super) last: usize,
    certain: String,
    likely: Vec<String>,
    behind: Option<usize>,
    copy_of: Option<usize>,
    sealed_hash: Option<String>,
}

impl Found {
    fn new(kind: Kind, first: usize, last: usize) -> Self {
        Self {
            kind,
            first,
            last,
            certain: String::new(),
            likely: Vec::new(),
            behind: None,
            copy_of: None,
            sealed_hash: None,
        }
    }

    fn certain(self, certain: impl Into<String>) -> Self {
        Self {
            certain: certain.into(),
            ..self
        }
    }

    fn likely(mut self, likely: impl Into<String>) -> Self {
        self.likely.push(likely.into());
        self
    }

    fn behind(self, behind: usize) -> Self {
        Self {
            behind: Some(behind),
            ..self
        }
    }

    fn copy_of(self, record: usize) -> Self {
        Self {
            copy_of: Some(record),
            ..self
        }
    }

    fn sealed_hash(self, hash: String) -> Self {
        Self {
            sealed_hash: Some(hash),
            ..self
        }
    }

    pub(super) fn is(&self, damage: &Damage) -> bool {
        let number = |number: usize| number as u64;
        let records = (number(self.first), number(self.last));
        let likely = damage.likely.as_deref().unwrap_or_default();
        let hash = damage.sealed_hash.map(|hash| hash.to_string());
        damage.kind == self.kind
            && (damage.first_record, damage.last_record) == records
            && damage.certain.contains(&self.certain)
            && self.likely.iter().all(|words| likely.contains(words))
            && (self.behind.is_none() || damage.behind == self.behind.map(number))
            && damage.copy_of == self.copy_of.map(number)
            && (self.sealed_hash.is_none() || hash == self.sealed_hash)
    }
}

impl From<Vec<Found>> for Expected {
    fn from(damages: Vec<Found>) -> Self {
        Self { damages, or: None }
    }
}

/// Something that is done to a log. Places are indices into whatever there is.
#[derive(Debug, Clone)]
pub(super) enum Deed {
    AlterContent(Index),
    AlterHash(Index),
    AlterLink(Index, Option<Index>),
    MakeUnreadable(Index, usize),
    RemoveMiddle(Index, Index),
    RemoveBeginning(Index),
    RemoveEnd(Index),
    InsertSealed(Index, usize),
    InsertUnsealed(Index),
    InsertGarbage(Index, usize),
    Swap(Index),
    Move(Index, Index, Index),
    Duplicate(Index, Index, Index),
    CutEnd(Index),
    CutLine(Index, Index),
    Splice(Index, Index, usize),
    SpliceInstead(Index, Index, Index, usize),
    Concatenate(usize),
}

pub(super) fn deeds() -> impl Strategy<Value = Deed> {
    use Deed::*;
    let i = any::<Index>;
    prop_oneof![
        i().prop_map(AlterContent),
        i().prop_map(AlterHash),
        (i(), prop::option::of(i())).prop_map(|(at, to)| AlterLink(at, to)),
        (i(), 0..4_usize).prop_map(|(at, how)| MakeUnreadable(at, how)),
        (i(), i()).prop_map(|(at, count)| RemoveMiddle(at, count)),
        i().prop_map(RemoveBeginning),
        i().prop_map(RemoveEnd),
        (i(), 1..6_usize).prop_map(|(at, count)| InsertSealed(at, count)),
        i().prop_map(InsertUnsealed),
        (i(), 1..4_usize).prop_map(|(at, count)| InsertGarbage(at, count)),
        i().prop_map(Swap),
        (i(), i(), i()).prop_map(|(a, b, c)| Move(a, b, c)),
        (i(), i(), i()).prop_map(|(a, b, c)| Duplicate(a, b, c)),
        i().prop_map(CutEnd),
        (i(), i()).prop_map(|(at, bytes)| CutLine(at, bytes)),
        (i(), i(), 1..6_usize).prop_map(|(at, from, count)| Splice(at, from, count)),
        (i(), i(), i(), 1..6_usize).prop_map(|(a, b, c, d)| SpliceInstead(a, b, c, d)),
        (1..9_usize).prop_map(Concatenate),
    ]
}

/// A deed that concerns the few records from a place in the middle on.
pub(super) type LocalDeed = fn(&mut Vec<String>, usize) -> Expected;

pub(super) const LOCAL_DEEDS: &[LocalDeed] = &[
    |lines, at| alter_content(lines, at),
    |lines, at| alter_hash(lines, at),
    |lines, at| alter_link(lines, at, None),
    |lines, at| make_unreadable(lines, at, "#"),
    |lines, at| remove(lines, at, 3),
    |lines, at| insert_sealed(lines, at, 2),
    insert_unsealed,
    |lines, at| insert_garbage(lines, at, 3),
    |lines, at| move_block(lines, at, 1, at + 3),
    |lines, at| duplicate(lines, at, 2, at + 4),
    |lines, at| cut_line(lines, at, 99),
    |lines, at| splice(lines, at, 0, 2, 3),
    |lines, at| splice(lines, at, 0, 0, 3),
    |lines, at| splice(lines, at, 2, 0, 3),
    |lines, at| splice(lines, at, 2, 2, 3),
];

const SAME_BYTES: &str = "the same bytes";

/// Lines that are no records.
const GARBAGE: &[&str] = &["#", "[]", "null", "{\"integrity\":7}"];

fn record(line: &str) -> Option<Object> {
    match json::read(line.as_bytes()).ok()?.value {
        Value::Object(record) => Some(record),
        _ => None,
    }
}

fn integrity(line: &str, key: &str) -> Option<String> {
    Some(record(line)?.object("integrity")?.str(key)?.to_owned())
}

fn hash(line: &str) -> String {
    integrity(line, "hash").unwrap_or_default()
}

pub(super) fn altered(line: &str) -> String {
    line.replacen("\"ts\":\"2", "\"ts\":\"1", 1)
}

/// A line that fits behind another, or begins a chain.
fn sealed_behind(before: Option<&str>, id: usize) -> String {
    let mut record = record(&Log::new(1, 77).lines[0]).unwrap();
    record.insert("record_id", format!("forged-{id}"));
    let previous = before.map(hash).and_then(|hash| hash.parse().ok());
    let sealed = chain::seal(record, previous.unwrap_or(Digest::GENESIS)).unwrap();
    sealed.line.trim_end().to_owned()
}

impl Deed {
    /// Does it, and returns what must be found if the log was intact before. It takes at least four lines.
    pub(super) fn act(&self, log: &mut Log) -> Expected {
        let lines = &mut log.lines;
        let n = lines.len();
        match self {
            Self::AlterContent(at) => alter_content(lines, at.index(n)),
            Self::AlterHash(at) => alter_hash(lines, at.index(n)),
            Self::AlterLink(at, to) => alter_link(lines, at.index(n), to.map(|to| to.index(n))),
            Self::MakeUnreadable(at, how) => make_unreadable(lines, at.index(n), GARBAGE[*how]),
            Self::RemoveMiddle(at, count) => {
                let at = at.index(n - 2) + 1;
                remove(lines, at, count.index(n - at - 1) + 1)
            }
            Self::RemoveBeginning(count) => remove(lines, 0, count.index(n - 1) + 1),
            Self::RemoveEnd(count) => {
                // Nobody can tell from the log.
                lines.truncate(n - count.index(n - 1));
                Expected::default()
            }
            Self::InsertSealed(at, count) => insert_sealed(lines, at.index(n + 1), *count),
            Self::InsertUnsealed(at) => insert_unsealed(lines, at.index(n + 1)),
            Self::InsertGarbage(at, count) => insert_garbage(lines, at.index(n + 1), *count),
            Self::Swap(at) => {
                let at = at.index(n - 1);
                lines.swap(at, at + 1);
                reordered(at, 1, 1)
            }
            Self::Move(from, count, to) => {
                let from = from.index(n);
                let count = count.index((n - from).min(n - 1)) + 1;
                move_block(lines, from, count, to.index(n - count + 1))
            }
            Self::Duplicate(from, count, to) => {
                let from = from.index(n);
                let count = count.index(n - from) + 1;
                // Not in the middle of the originals.
                let to = to.index(n - count + 2);
                let to = if to > from { to + count - 1 } else { to };
                duplicate(lines, from, count, to)
            }
            Self::CutEnd(bytes) => {
                // The line feed is cut off too.
                let bytes = bytes.index(lines[n - 1].len().max(2) - 1) + 2;
                log.cut = bytes;
                vec![Found::new(Kind::Torn, n, n).likely("the bytes are the same")].into()
            }
            Self::CutLine(at, bytes) => cut_line(lines, at.index(n - 1), bytes.index(10_000)),
            Self::Splice(at, from, count) => {
                splice(lines, at.index(n + 1), 0, from.index(7), *count)
            }
            Self::SpliceInstead(at, removed, from, count) => {
                let at = at.index(n - 2) + 1;
                let removed = removed.index(n - at - 1) + 1;
                splice(lines, at, removed, from.index(7), *count)
            }
            Self::Concatenate(count) => {
                lines.extend(Log::new(*count, 99).lines);
                let found = Found::new(Kind::Spliced, n + 1, n + count);
                vec![found.certain("begins a chain of its own")].into()
            }
        }
    }
}

fn alter_content(lines: &mut [String], at: usize) -> Expected {
    lines[at] = altered(&lines[at]);
    let found = Found::new(Kind::Altered, at + 1, at + 1).sealed_hash(hash(&lines[at]));
    vec![if at + 1 < lines.len() {
        found.certain(format!("record {} names that", at + 2))
    } else {
        found.likely(SAME_BYTES)
    }]
    .into()
}

fn alter_hash(lines: &mut [String], at: usize) -> Expected {
    let own = hash(&lines[at]);
    lines[at] = lines[at].replace(&own, &Digest::of(b"x").to_string());
    let found = Found::new(Kind::Altered, at + 1, at + 1);
    vec![if at + 1 < lines.len() {
        found
            .certain("only the hash that it declares was changed")
            .sealed_hash(own)
    } else {
        found.likely(SAME_BYTES)
    }]
    .into()
}

/// Makes a record name another one, or none that is here.
fn alter_link(lines: &mut [String], at: usize, to: Option<usize>) -> Expected {
    let link = integrity(&lines[at], "prev_hash").unwrap_or_default();
    let to = to.map(|to| hash(&lines[to]));
    let to = to
        .filter(|to| to.len() == 64 && *to != link && *to != hash(&lines[at]))
        .unwrap_or_else(|| Digest::of(b"x").to_string());
    if link.len() == 64 {
        lines[at] = lines[at].replace(&link, &to);
    }
    let found = Found::new(Kind::Altered, at + 1, at + 1).likely("its link was changed");
    vec![found.sealed_hash(hash(&lines[at]))].into()
}

fn make_unreadable(lines: &mut [String], at: usize, garbage: &str) -> Expected {
    let own = hash(&lines[at]);
    garbage.clone_into(&mut lines[at]);
    let found = Found::new(Kind::Altered, at + 1, at + 1).likely(SAME_BYTES);
    vec![if at + 1 < lines.len() {
        found.sealed_hash(own)
    } else {
        found
    }]
    .into()
}

fn remove(lines: &mut Vec<String>, at: usize, count: usize) -> Expected {
    let last = hash(&lines[at + count - 1]);
    lines.drain(at..at + count);
    let found = Found::new(Kind::Removed, at + 1, at + 1).behind(at);
    vec![
        found
            .likely("sealed again")
            .likely("the bytes are the same")
            .sealed_hash(last),
    ]
    .into()
}

fn insert_unsealed(lines: &mut Vec<String>, at: usize) -> Expected {
    let before = at.checked_sub(1).map(|before| lines[before].clone());
    let is_last = at == lines.len();
    lines.insert(at, altered(&sealed_behind(before.as_deref(), 0)));
    vec![if is_last {
        Found::new(Kind::Altered, at + 1, at + 1).likely(SAME_BYTES)
    } else {
        Found::new(Kind::Inserted, at + 1, at + 1).behind(at)
    }]
    .into()
}

fn insert_garbage(lines: &mut Vec<String>, at: usize, count: usize) -> Expected {
    let is_last = at == lines.len();
    let garbage = GARBAGE.iter().map(|line| (*line).to_owned()).take(count);
    lines.splice(at..at, garbage);
    vec![if is_last {
        Found::new(Kind::Altered, at + 1, at + count).likely(SAME_BYTES)
    } else {
        Found::new(Kind::Inserted, at + 1, at + count).behind(at)
    }]
    .into()
}

fn move_block(lines: &mut Vec<String>, from: usize, count: usize, to: usize) -> Expected {
    let moved: Vec<String> = lines.drain(from..from + count).collect();
    lines.splice(to..to, moved);
    match to.cmp(&from) {
        Ordering::Less => reordered(to, count, from - to),
        Ordering::Greater => reordered(from, to - from, count),
        Ordering::Equal => Expected::default(),
    }
}

fn duplicate(lines: &mut Vec<String>, from: usize, count: usize, to: usize) -> Expected {
    let copies = lines[from..from + count].to_vec();
    lines.splice(to..to, copies);
    // The ones that fit where they stand are the originals.
    let (first, of) = match to.cmp(&from) {
        Ordering::Less => (to, from + count),
        Ordering::Equal => (from + count, from),
        Ordering::Greater => (to, from),
    };
    let found = Found::new(Kind::Duplicated, first + 1, first + count).copy_of(of + 1);
    vec![found.likely("which of the two is the copy, the bytes do not tell")].into()
}

fn cut_line(lines: &mut [String], at: usize, bytes: usize) -> Expected {
    let own = hash(&lines[at]);
    let length = lines[at].len();
    if length > 1 {
        lines[at].truncate(length - 1 - bytes % (length - 1));
    }
    vec![Found::new(Kind::Torn, at + 1, at + 1).sealed_hash(own)].into()
}

fn insert_sealed(lines: &mut Vec<String>, at: usize, count: usize) -> Expected {
    let n = lines.len();
    let mut before = at.checked_sub(1).map(|before| lines[before].clone());
    for id in 0..count {
        let forged = sealed_behind(before.as_deref(), id);
        lines.insert(at + id, forged.clone());
        before = Some(forged);
    }
    if at == n {
        // Whoever has the log can go on with it.
        return Expected::default();
    }
    if at == 0 {
        return vec![Found::new(Kind::Spliced, count + 1, count + n)].into();
    }
    // What follows is taken for the chain if it is longer: nothing else tells the two apart.
    let (first, last) = if count < n - at {
        (at + 1, at + count)
    } else {
        (at + count + 1, n + count)
    };
    let found = Found::new(Kind::Inserted, first, last).behind(at);
    let found = found.certain(format!("both name record {at}"));
    vec![found.likely("the other way round, the bytes are the same")].into()
}

/// Two blocks that changed places: the shorter one is said to have moved.
fn reordered(at: usize, first: usize, second: usize) -> Expected {
    let found = |from: usize, count: usize| {
        let found = Found::new(Kind::Reordered, from + 1, from + count);
        vec![found.likely("moved instead, the bytes are the same")]
    };
    let (a, b) = (found(at, first), found(at + first, second));
    match first.cmp(&second) {
        Ordering::Less => a.into(),
        Ordering::Greater => b.into(),
        Ordering::Equal => Expected {
            damages: a,
            or: Some(b),
        },
    }
}

/// Puts records of another chain in, from its beginning if `from` is 0.
fn splice(
    lines: &mut Vec<String>,
    at: usize,
    removed: usize,
    from: usize,
    count: usize,
) -> Expected {
    let n = lines.len();
    let other = Log::new(from + count, 1000 + at as u64).lines;
    let behind = lines
        .get(at + removed)
        .map(|line| integrity(line, "prev_hash"));
    lines.splice(at..at + removed, other[from..].iter().cloned());
    let spliced = Found::new(Kind::Spliced, at + 1, at + count);
    let gap = |first: usize| Found::new(Kind::Removed, first, first);
    let of_another = if count == 1 {
        format!("if record {} is of another chain", at + 1)
    } else {
        format!(
            "if records {} to {} are of another chain",
            at + 1,
            at + count
        )
    };
    match (at, removed, from) {
        // Two chains, one behind the other.
        (0, 0, 0) => vec![Found::new(Kind::Spliced, count + 1, count + n)].into(),
        (at, 0, 1..) if at == n => vec![gap(n + 1).likely(of_another)].into(),
        (_, 0, _) => vec![spliced].into(),
        (_, _, 0) => vec![
            spliced,
            gap(at + count + 1).sealed_hash(behind.flatten().unwrap_or_default()),
        ]
        .into(),
        _ => vec![
            gap(at + 1).likely(of_another),
            gap(at + count + 1).sealed_hash(behind.flatten().unwrap_or_default()),
        ]
        .into(),
    }
}
