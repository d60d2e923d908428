//! Every change of one byte in a chain that has all of the format in it.
//!
//! Every byte in place of every other, every byte left out, every byte put in everywhere: each such change is
//! found, or it is one of the few, listed and counted here, that leave what the records say as it was. Every
//! line is judged by the fast path, with templates learned from the sound chain, and the plain way, and both
//! must say the same.

use std::{collections::BTreeMap, thread};

use super::{
    Judgement, Line, Proven, Row, Verifier,
    every_field::{self, RECORDS},
    examine::{Examined, Examiner, tests::plain_lines},
};
use crate::{
    canon,
    digest::Digest,
    json::{self, Value},
    record::check::{RECORD, Shape},
};

/// A kind of change that leaves what the records say as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Harmless {
    /// A line with nothing but white space in it.
    BlankLine,
    /// A digit of an escape in the other case.
    DigitCase,
    /// The last record without its line feed, or with other white space in its place.
    LastLineFeed,
    /// `-0` for 0.
    MinusZero,
    /// `\/` for `/`, or the other way round.
    Solidus,
    /// White space between the parts of a record.
    Space,
}

/// How often each is to be met.
const EXPECTED: [(Harmless, usize); 6] = [
    (Harmless::BlankLine, 16),
    (Harmless::DigitCase, 6),
    (Harmless::LastLineFeed, 4),
    (Harmless::MinusZero, 2),
    (Harmless::Solidus, 5),
    (Harmless::Space, 1827),
];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Change {
    Delete,
    Insert(u8),
    Substitute(u8),
}

impl Change {
    fn all() -> impl Iterator<Item = Self> {
        let bytes = (0..=255).flat_map(|byte| [Self::Insert(byte), Self::Substitute(byte)]);
        bytes.chain([Self::Delete])
    }

    /// Makes the change; `None` if it is none.
    fn of(self, text: &[u8], at: usize) -> Option<Vec<u8>> {
        let (before, behind) = text.split_at(at);
        Some(match (self, behind) {
            (Self::Insert(byte), _) => [before, &[byte], behind].concat(),
            (Self::Substitute(byte), [first, rest @ ..]) if byte != *first => {
                [before, &[byte], rest].concat()
            }
            (Self::Delete, [_, rest @ ..]) => [before, rest].concat(),
            _ => return None,
        })
    }

    /// Says which kind of harmless change it is.
    fn kind(self, chain: &Chain, at: usize) -> Option<Harmless> {
        const SPACE: &[u8] = b" \t\r";
        let log = &chain.log;
        let next = log.get(at);
        let is_last = at + 1 == log.len();
        let begins_line = at == 0 || log[at - 1] == b'\n';
        match self {
            Self::Delete | Self::Substitute(b' ' | b'\t' | b'\r') if is_last => {
                Some(Harmless::LastLineFeed)
            }
            Self::Insert(byte) if at == log.len() => {
                json::is_blank(&[byte]).then_some(Harmless::BlankLine)
            }
            Self::Insert(b'\n') if begins_line || next == Some(&b'\n') => Some(Harmless::BlankLine),
            Self::Insert(byte) if SPACE.contains(&byte) && !chain.is_inside(at) => {
                Some(Harmless::Space)
            }
            Self::Insert(b'\\') if next == Some(&b'/') && log[at - 1] != b'\\' => {
                Some(Harmless::Solidus)
            }
            Self::Delete if log[at..].starts_with(b"\\/") => Some(Harmless::Solidus),
            Self::Insert(b'-') if next == Some(&b'0') && !chain.is_inside(at) => {
                Some(Harmless::MinusZero)
            }
            Self::Substitute(byte)
                if next.is_some_and(|next| next.eq_ignore_ascii_case(&byte))
                    && chain.is_escape_digit(at) =>
            {
                Some(Harmless::DigitCase)
            }
            _ => None,
        }
    }
}

/// The sound chain and what is known of it.
struct Chain {
    log: Vec<u8>,
    /// Where its lines begin, and where it ends.
    starts: Vec<usize>,
    /// The beginnings up to each line.
    proven: Vec<Option<Proven>>,
    canonical: Vec<Vec<u8>>,
    head: Digest,
    /// The places at which a byte would be put into a string, a number or a word.
    inside: Vec<bool>,
}

impl Chain {
    fn new() -> Self {
        let mut log = String::new();
        let mut starts = vec![0];
        let mut proven = vec![None];
        let mut head = Digest::GENESIS;
        for (line, hash) in every_field::chain() {
            log += &line;
            head = hash;
            log += "\n";
            starts.push(log.len());
            let mut verifier = Verifier::new().plain();
            verifier.log(log.as_bytes());
            proven.push(verifier.finish_proven().1);
        }
        let log = log.into_bytes();
        Self {
            canonical: canonical(&log),
            inside: inside(&log),
            head,
            log,
            starts,
            proven,
        }
    }

    fn is_inside(&self, at: usize) -> bool {
        self.inside[at]
    }

    /// Whether the byte is one of the four behind `\u`.
    fn is_escape_digit(&self, at: usize) -> bool {
        (2..=5)
            .any(|back| self.log[..at].len() >= back && self.log[at - back..].starts_with(b"\\u"))
    }

    /// Returns the record in which a place is.
    fn record(&self, at: usize) -> usize {
        let behind = self.starts.partition_point(|start| *start <= at);
        (behind - 1).min(RECORDS.len() - 1)
    }
}

fn object(line: &[u8]) -> json::Object {
    match json::read(line).unwrap().value {
        Value::Object(object) => object,
        other => panic!("{other:?}"),
    }
}

/// Returns what the hash of each record covers.
fn canonical(log: &[u8]) -> Vec<Vec<u8>> {
    log.split(|byte| *byte == b'\n')
        .filter(|line| !json::is_blank(line))
        .map(|line| {
            let mut record = object(line);
            let integrity = record.get_mut("integrity").and_then(Value::as_object_mut);
            integrity.unwrap().remove("hash");
            canon::to_vec(&record.into()).unwrap()
        })
        .collect()
}

fn inside(log: &[u8]) -> Vec<bool> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let (mut in_string, mut is_escaped) = (false, false);
    let mut last = b'\n';
    let mut places = Vec::new();
    for byte in log {
        places.push(in_string || is_word(last) && is_word(*byte));
        match byte {
            b'"' if !is_escaped => in_string = !in_string,
            _ => {}
        }
        is_escaped = *byte == b'\\' && !is_escaped;
        last = *byte;
    }
    places.push(false);
    places
}

/// The two ways of judging, side by side.
struct Judges<'a> {
    chain: &'a Chain,
    examiner: Examiner,
    /// How many texts were judged, and how many lines of them the fast path confirmed.
    judged: usize,
    confirmed: usize,
}

impl<'a> Judges<'a> {
    /// Templates are learned from the sound chain; they rest when they do not pay, so this is done anew often.
    fn new(chain: &'a Chain) -> Self {
        let mut examiner = Examiner::new();
        for _ in 0..2 {
            for line in examiner.lines(&chain.log, 0) {
                assert!(matches!(line.examined, Examined::Sound(_)), "{line:?}");
            }
        }
        Self {
            chain,
            examiner,
            judged: 0,
            confirmed: 0,
        }
    }

    /// Judges the chain with one record, and perhaps the one behind it, replaced by `text`.
    fn judge(&mut self, record: usize, text: &[u8], behind: usize) -> Judgement {
        let lines = self.examiner.lines(text, 0);
        let is_sound = |line: &&Line| matches!(line.examined, Examined::Sound(_));
        let confirmed = lines.iter().filter(is_sound).count();
        self.confirmed += confirmed;
        self.judged += 1;
        let fast = self.place(record, &lines, behind).finish();
        // What the fast path does not take it gives to the plain way as it is, so there some are enough.
        if confirmed > 0 || self.judged.is_multiple_of(16) {
            let plain = self.place(record, &plain_lines(text), behind).finish();
            assert_eq!(fast, plain, "{}", String::from_utf8_lossy(text));
        }
        fast.judgement
    }

    fn place(&self, record: usize, lines: &[Line], behind: usize) -> Verifier {
        let mut verifier = match self.chain.proven[record].clone() {
            Some(proven) => Verifier::resume(proven).plain(),
            None => Verifier::new().plain(),
        };
        for line in lines {
            verifier.place(line, ());
        }
        // What was found stays found, so the records behind it need not be looked at.
        if verifier.head().is_some() {
            verifier.log(&self.chain.log[self.chain.starts[behind]..]);
        }
        verifier
    }
}

/// Makes every change at one place, and returns which harmless ones there are.
fn changes_at(chain: &Chain, at: usize, met: &mut BTreeMap<Harmless, usize>) -> [usize; 2] {
    let record = chain.record(at);
    // Without its line feed, a record runs into the one behind it.
    let is_feed = chain.log.get(at) == Some(&b'\n');
    let behind = (record + 1 + usize::from(is_feed)).min(RECORDS.len());
    let begins = chain.starts[record];
    let text = &chain.log[begins..chain.starts[behind]];
    let mut judges = Judges::new(chain);
    for change in Change::all() {
        let Some(changed) = change.of(text, at - begins) else {
            continue;
        };
        let kind = change.kind(chain, at);
        let expected = match kind {
            Some(_) => Judgement::Intact,
            None => Judgement::Broken,
        };
        let judgement = judges.judge(record, &changed, behind);
        assert_eq!(judgement, expected, "byte {at}, {change:?}, {kind:?}");
        if let Some(kind) = kind {
            *met.entry(kind).or_default() += 1;
            assert_unchanged(chain, &change.of(&chain.log, at).unwrap());
        }
    }
    [judges.judged, judges.confirmed]
}

/// The whole log says what it said, whoever reads it.
fn assert_unchanged(chain: &Chain, log: &[u8]) {
    assert_eq!(canonical(log), chain.canonical);
    for mut verifier in [Verifier::new(), Verifier::new().plain()] {
        verifier.log(log);
        let verdict = verifier.finish();
        assert_eq!(verdict.judgement, Judgement::Intact);
        assert_eq!(verdict.head, Some(chain.head));
    }
}

/// Makes every change at each of the places, on a thread of their own.
fn changes(chain: &Chain, places: impl Iterator<Item = usize>) -> Count {
    let mut count = Count::default();
    for at in places {
        let [judged, confirmed] = changes_at(chain, at, &mut count.met);
        count.judged += judged;
        count.confirmed += confirmed;
    }
    count
}

/// What came of changes.
#[derive(Debug, Default)]
struct Count {
    met: BTreeMap<Harmless, usize>,
    judged: usize,
    confirmed: usize,
}

impl Count {
    fn add(mut self, other: Self) -> Self {
        for (kind, count) in other.met {
            *self.met.entry(kind).or_default() += count;
        }
        self.judged += other.judged;
        self.confirmed += other.confirmed;
        self
    }
}

#[test]
fn every_change_of_one_byte_is_found_or_changes_nothing() {
    let chain = &Chain::new();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let count = thread::scope(|scope| {
        let shares: Vec<_> = (0..threads)
            .map(|first| (first..=chain.log.len()).step_by(threads))
            .map(|places| scope.spawn(|| changes(chain, places)))
            .collect();
        let done = shares.into_iter().map(|share| share.join().unwrap());
        done.fold(Count::default(), Count::add)
    });
    assert_eq!(count.met, BTreeMap::from(EXPECTED));
    let bytes = chain.log.len();
    assert_eq!(count.judged, 256 * (bytes + 1) + 255 * bytes + bytes);
    // Records behind a changed one, and those whose change changes nothing.
    assert!(count.confirmed > 500, "{count:?}");
}

#[test]
fn the_chain_has_all_of_the_format_in_it() {
    let records: Vec<Value> = RECORDS.map(|text| object(text.as_bytes()).into()).into();
    assert_occurs(
        "",
        &Shape::Object(&RECORD),
        &records.iter().collect::<Vec<_>>(),
    );
}

/// Every field that a shape has stands in one of `values` at least.
fn assert_occurs(path: &str, shape: &Shape, values: &[&Value]) {
    assert!(!values.is_empty(), "{path} does not occur");
    match shape {
        Shape::List(item) => {
            let items: Vec<_> = values
                .iter()
                .filter_map(|value| value.as_array())
                .flatten()
                .collect();
            assert_occurs(path, item, &items);
        }
        Shape::Object(table) => {
            for field in table.fields {
                let objects = values.iter().filter_map(|value| value.as_object());
                let inner: Vec<_> = objects
                    .filter_map(|object| object.get(field.name))
                    .collect();
                assert_occurs(&format!("{path}/{}", field.name), &field.shape, &inner);
            }
        }
        _ => {}
    }
}
