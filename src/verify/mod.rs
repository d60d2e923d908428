//! Judges a log: is every record as it was sealed, and does each follow the one before it?
//!
//! [`Verifier`] takes the lines of a log in order and gives a [`Verdict`]. It agrees with the reference on
//! every verdict and on the first record that breaks the chain; FORMAT.md lists where it says more. What a
//! verdict does not prove is in LIMITS.md.
//!
//! It reads no file and draws no progress: bytes come in, a verdict comes out.

#[cfg(test)]
mod edit;
#[cfg(test)]
mod every_field;
mod examine;
#[cfg(test)]
mod exhaustive;
mod finding;
mod ids;
mod parallel;
mod proven;
mod scan;
mod stitch;
mod survey;
mod verdict;

pub(crate) use self::survey::SecondLook;
use self::{
    examine::{Examined, Examiner, Fault, Link, Record},
    ids::Ids,
    scan::Scanned,
};
pub use self::{
    finding::{Code, Finding},
    parallel::{Chunk, Fetch, parallel},
    proven::{KnownIds, Proven},
    stitch::LineTooLong,
    survey::{Entry, Refused, Seal, Survey},
    verdict::{Delegation, Judgement, Verdict},
};
use crate::{
    digest::Digest,
    record::{check::excerpt, id::IdKey},
    time::Timestamp,
};

/// How many findings, and how many warnings, are kept with their text. The others are counted.
pub const MAX_FINDINGS: usize = 10_000;

/// A byte order mark, of which one is tolerated at the very beginning.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A line of a log, examined by itself.
#[derive(Debug)]
pub struct Line {
    examined: Examined,
    /// Its bytes, without the line feed.
    bytes: usize,
    /// Whether a line feed ended it.
    is_ended: bool,
}

impl Line {
    /// Whether there is nothing but white space in it.
    pub const fn is_blank(&self) -> bool {
        matches!(self.examined, Examined::Blank)
    }

    /// How many bytes it has, a byte order mark included, and without the line feed that ended it.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether a line feed ended it: only the last line of a log may lack it.
    pub const fn is_ended(&self) -> bool {
        self.is_ended
    }
}

/// What the lines of a log are put into, in their order, each with what was seen in it.
pub trait Row<Seen = ()> {
    /// Takes the next line.
    fn place(&mut self, line: &Line, seen: Seen);

    /// Says which lines come next, so that what they need can be got into the processor's cache.
    fn expect(&self, _lines: &[Line]) {}
}

impl<A: Row, B: Row> Row for (A, B) {
    fn place(&mut self, line: &Line, (): ()) {
        self.0.place(line, ());
        self.1.place(line, ());
    }

    fn expect(&self, lines: &[Line]) {
        self.0.expect(lines);
        self.1.expect(lines);
    }
}

/// Verifies a log line by line.
///
/// ```
/// use sealstone::{sample, verify::{Judgement, Verifier}};
///
/// let mut verifier = Verifier::new();
/// for line in sample::example().lines() {
///     verifier.line(line.as_bytes());
/// }
/// let verdict = verifier.finish();
/// assert_eq!((verdict.judgement, verdict.records), (Judgement::Intact, 2));
/// ```
#[derive(Debug)]
pub struct Verifier {
    /// Of the lines that a line feed ended.
    bytes: u64,
    lines: u64,
    records: u64,
    /// What the next record must name. `None` once the chain does not hold.
    expected: Option<Digest>,
    first_break: Option<u64>,
    holds_to: u64,
    latest_ts: Option<Timestamp>,
    ids: Ids,
    /// `None` if every line is examined the plain way.
    examiner: Option<Examiner>,
    findings: Bounded,
    warnings: Bounded,
    delegation: Delegation,
    /// How far it was behind the last line feed, once something stood there.
    complete: Option<Mark>,
}

/// How far a verifier is, without what it only adds to.
#[derive(Debug, Clone, Copy)]
struct Mark {
    lines: u64,
    records: u64,
    head: Option<Digest>,
    latest_ts: Option<Timestamp>,
    delegation: Delegation,
    warnings: usize,
    warnings_left_out: u64,
    ids: usize,
}

impl Default for Verifier {
    fn default() -> Self {
        Self::new()
    }
}

impl Verifier {
    /// Returns a verifier that has seen nothing yet.
    pub fn new() -> Self {
        Self {
            bytes: 0,
            lines: 0,
            records: 0,
            expected: Some(Digest::GENESIS),
            first_break: None,
            holds_to: 0,
            latest_ts: None,
            ids: Ids::new(),
            examiner: Some(Examiner::new()),
            findings: Bounded::default(),
            warnings: Bounded::default(),
            delegation: Delegation::default(),
            complete: None,
        }
    }

    /// Returns a verifier that stands behind a proven beginning, to take the lines that follow it.
    ///
    /// ```
    /// use sealstone::{sample, verify::Verifier};
    ///
    /// let lines: Vec<String> = sample::chain(5, 1).collect();
    /// let mut beginning = Verifier::new();
    /// beginning.log(lines[..3].concat().as_bytes());
    /// let (_, proven) = beginning.finish_proven();
    ///
    /// let mut rest = Verifier::resume(proven.expect("the beginning is sound"));
    /// rest.log(lines[3..].concat().as_bytes());
    /// let mut whole = Verifier::new();
    /// whole.log(lines.concat().as_bytes());
    /// assert_eq!(rest.finish(), whole.finish());
    /// ```
    pub fn resume(proven: Proven) -> Self {
        Self {
            bytes: proven.bytes,
            lines: proven.lines,
            records: proven.records,
            expected: Some(proven.head),
            holds_to: proven.records,
            latest_ts: proven.latest_ts,
            ids: Ids::resume(proven.ids),
            warnings: Bounded {
                kept: proven.warnings,
                left_out: proven.warnings_left_out,
            },
            delegation: proven.delegation,
            ..Self::new()
        }
    }

    /// Makes it examine each line that it is given the plain way, without the fast path that only ever
    /// confirms. The verdict is the same and takes longer: the tests hold the fast path to it.
    ///
    /// ```
    /// use sealstone::{sample, verify::Verifier};
    ///
    /// let log: String = sample::chain(5, 1).collect();
    /// let (mut fast, mut plain) = (Verifier::new(), Verifier::new().plain());
    /// fast.log(log.as_bytes());
    /// plain.log(log.as_bytes());
    /// assert_eq!(fast.finish(), plain.finish());
    /// ```
    #[must_use]
    pub fn plain(mut self) -> Self {
        self.examiner = None;
        self
    }

    /// Returns how many records it has taken.
    pub const fn records(&self) -> u64 {
        self.records
    }

    /// Returns what the next record must name as its predecessor, or `None` once the chain does not hold.
    pub const fn head(&self) -> Option<Digest> {
        self.expected
    }

    /// Takes the next line, without the line feed that ended it.
    pub fn line(&mut self, bytes: &[u8]) {
        let line = self.without_mark(bytes);
        let examined = match &mut self.examiner {
            Some(examiner) => examiner.line(line),
            None => examine::line(line),
        };
        self.bytes += bytes.len() as u64 + 1;
        self.place_examined(&examined);
    }

    /// Takes what stands behind the last line feed. An empty rest is no line.
    pub fn unterminated_line(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            let examined = examine::last_line(self.without_mark(bytes));
            self.complete.get_or_insert(self.mark());
            self.place_examined(&examined);
        }
    }

    fn without_mark<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        if self.lines == 0 {
            without_mark(bytes)
        } else {
            bytes
        }
    }

    /// Takes a whole log.
    pub fn log(&mut self, bytes: &[u8]) {
        let mut lines = bytes.split(|byte| *byte == b'\n');
        let rest = lines.next_back().unwrap_or_default();
        for line in lines {
            self.line(line);
        }
        self.unterminated_line(rest);
    }

    /// Returns the verdict over all lines, and, if they are intact, what of them is proven: those that a line
    /// feed ended. What stands behind the last one may be a record that is being written.
    pub fn finish_proven(mut self) -> (Verdict, Option<Proven>) {
        let mark = self.complete.unwrap_or_else(|| self.mark());
        let head = mark
            .head
            .filter(|_| self.findings.count() == 0 && mark.records > 0);
        let proven = head.map(|head| Proven {
            bytes: self.bytes,
            lines: mark.lines,
            records: mark.records,
            head,
            latest_ts: mark.latest_ts,
            delegation: mark.delegation,
            warnings: self.warnings.kept[..mark.warnings].to_vec(),
            warnings_left_out: mark.warnings_left_out,
            ids: std::mem::replace(&mut self.ids, Ids::new()).into_known(mark.ids),
        });
        (self.finish(), proven)
    }

    const fn mark(&self) -> Mark {
        Mark {
            lines: self.lines,
            records: self.records,
            head: self.expected,
            latest_ts: self.latest_ts,
            delegation: self.delegation,
            warnings: self.warnings.kept.len(),
            warnings_left_out: self.warnings.left_out,
            ids: self.ids.len(),
        }
    }

    /// Returns the verdict over all lines.
    pub fn finish(self) -> Verdict {
        let judgement = if self.findings.count() > 0 {
            Judgement::Broken
        } else if self.records == 0 {
            Judgement::Empty
        } else {
            Judgement::Intact
        };
        Verdict {
            judgement,
            records: self.records,
            head: self.expected.filter(|_| judgement == Judgement::Intact),
            first_break: self.first_break,
            holds_to: self.holds_to,
            findings_left_out: self.findings.left_out,
            findings: self.findings.kept,
            warnings_left_out: self.warnings.left_out,
            warnings: self.warnings.kept,
            delegation: self.delegation,
        }
    }

    /// Puts the next line in the row.
    fn place_examined(&mut self, examined: &Examined) {
        self.lines += 1;
        match examined {
            Examined::Blank => {}
            Examined::Refused(fault) | Examined::Unfinished(fault) => {
                self.records += 1;
                self.found_fault(fault);
            }
            Examined::Record(record) => {
                self.records += 1;
                self.place_record(record);
            }
            Examined::Sound(scanned) => {
                self.records += 1;
                self.place_sound(scanned);
            }
        }
    }

    /// The same checks as for any record, where nothing is left to find fault with but the neighbours.
    fn place_sound(&mut self, scanned: &Scanned) {
        self.check_time(scanned.ts);
        if let Some(expected) = self.expected {
            if scanned.prev_hash == expected {
                self.advance(scanned.hash);
            } else {
                self.found_link_mismatch(&scanned.prev_hash.to_string(), expected);
            }
        }
        self.check_ids(scanned.parent, scanned.id);
    }

    /// The checks that need the records before this one, in the reference's order.
    fn place_record(&mut self, record: &Record) {
        if !record.misshapen {
            self.check_time(record.ts);
        }
        for fault in &record.faults {
            self.found_fault(fault);
        }
        if record.misshapen {
            return;
        }
        self.check_link(&record.link);
        self.check_ids(record.parent, record.id);
    }

    fn check_time(&mut self, ts: Option<Timestamp>) {
        let Some(ts) = ts else { return };
        if let Some(latest) = self.latest_ts.replace(ts)
            && ts < latest
        {
            let message = format!("{ts} is earlier than the time before it, {latest}");
            self.found(Code::EarlierTimestamp, Some("/ts".to_owned()), message);
        }
    }

    fn check_link(&mut self, link: &Link) {
        let Some(expected) = self.expected else {
            return;
        };
        let Ok(actual) = link.actual else {
            // `NotHashable` was found, which breaks the chain.
            return;
        };
        let declares = |declared: &Option<String>, digest: Digest| {
            declared
                .as_deref()
                .is_some_and(|text| text.parse() == Ok(digest))
        };
        let follows = declares(&link.prev_hash, expected);
        let unaltered = declares(&link.hash, actual);
        let shown = |declared: &Option<String>| match declared {
            Some(text) => format!("`{}`", excerpt(text)),
            None => "nothing".to_owned(),
        };
        match (follows, unaltered) {
            (true, true) => self.advance(actual),
            (true, false) => self.found(
                Code::HashMismatch,
                Some("/integrity/hash".to_owned()),
                format!(
                    "declares {}, its content hashes to `{actual}`: altered after it was sealed",
                    shown(&link.hash)
                ),
            ),
            (false, true) if let Some(prev_hash) = &link.prev_hash => {
                self.found_link_mismatch(prev_hash, expected);
            }
            (false, _) => self.found(
                Code::AlteredLink,
                Some("/integrity".to_owned()),
                format!(
                    "names {} as its predecessor, which is `{expected}`, \
                     and declares {}, its content hashes to `{actual}`",
                    shown(&link.prev_hash),
                    shown(&link.hash)
                ),
            ),
        }
    }

    /// The record is in its place, and the next one must name it.
    fn advance(&mut self, hash: Digest) {
        self.expected = Some(hash);
        self.holds_to = self.records;
    }

    fn found_link_mismatch(&mut self, prev_hash: &str, expected: Digest) {
        self.found(
            Code::LinkMismatch,
            Some("/integrity/prev_hash".to_owned()),
            format!(
                "unaltered, but sealed behind `{}`, and here it follows `{expected}`: \
                 a record before it was removed, moved, inserted or altered",
                excerpt(prev_hash)
            ),
        );
    }

    /// A parent must be earlier than its child, an id must be nobody's yet.
    fn check_ids(&mut self, parent: Option<IdKey>, id: Option<IdKey>) {
        if let Some(parent) = parent {
            self.delegation.links += 1;
            if self.ids.find(parent).is_none() {
                self.delegation.orphans += 1;
                self.found(
                    Code::UnresolvedParent,
                    Some("/parent_id".to_owned()),
                    "no earlier record has this id".to_owned(),
                );
            }
        }
        if let Some(id) = id
            && let Err(earlier) = self.ids.insert(id, self.records)
        {
            self.found(
                Code::DuplicateRecordId,
                Some("/record_id".to_owned()),
                format!("record {earlier} has the same id"),
            );
        }
    }

    fn found_fault(&mut self, fault: &Fault) {
        self.found(fault.code, fault.pointer.clone(), fault.message.clone());
    }

    fn found(&mut self, code: Code, pointer: Option<String>, message: String) {
        if code.breaks_chain() {
            self.first_break.get_or_insert(self.records);
            self.expected = None;
        }
        let list = if code.is_warning() {
            &mut self.warnings
        } else {
            &mut self.findings
        };
        list.push(Finding {
            code,
            record: self.records,
            line: self.lines,
            pointer: pointer.map(bounded),
            message,
        });
    }
}

impl Row for Verifier {
    fn place(&mut self, line: &Line, (): ()) {
        if line.is_ended {
            self.bytes += line.bytes as u64 + 1;
        } else {
            self.complete.get_or_insert(self.mark());
        }
        self.place_examined(&line.examined);
    }

    fn expect(&self, lines: &[Line]) {
        let ids = lines.iter().flat_map(|line| match &line.examined {
            Examined::Sound(scanned) => [scanned.parent, scanned.id],
            _ => [None; 2],
        });
        self.ids.expect(ids.flatten());
    }
}

/// Cuts a pointer that a hostile key has made long.
fn bounded(mut pointer: String) -> String {
    const BYTES: usize = 1024;
    if pointer.len() > BYTES {
        pointer.truncate(pointer.floor_char_boundary(BYTES));
        pointer.push('…');
    }
    pointer
}

/// Returns the first line of a log without a byte order mark.
pub(crate) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes)
}

/// A list that counts what it does not keep, so that a hostile log cannot fill the memory.
#[derive(Debug, Default)]
struct Bounded {
    kept: Vec<Finding>,
    left_out: u64,
}

impl Bounded {
    fn push(&mut self, finding: Finding) {
        if self.kept.len() < MAX_FINDINGS {
            self.kept.push(finding);
        } else {
            self.left_out += 1;
        }
    }

    fn count(&self) -> u64 {
        self.kept.len() as u64 + self.left_out
    }
}
