//! Which records of a log are in a page, and whether they hold.

use super::statement::WindowStatement;
use crate::{
    chain,
    digest::Digest,
    json::Object,
    subjects::Subjects,
    verify::{Judgement, Verdict},
    window::Window,
};

/// How many records a page holds. Browsers manage more; their readers do not.
pub const MAX_RECORDS: u64 = 250_000;

/// How many bytes of lines a page holds: less than the longest text that browsers take.
pub const MAX_BYTES: u64 = MAX_MEBIBYTES << 20;

const MAX_MEBIBYTES: u64 = 384;

/// How many records a refusal names.
const NAMED: usize = 5;

/// Why there is no page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The log is not intact.
    #[error("the log is not intact")]
    NotIntact,
    /// A line, whichever it is, cannot be read as one record and one only.
    #[error("record {0} cannot be read, so nobody knows what the log says as a whole")]
    Unreadable(u64),
    /// The records are of others than was asked for.
    #[error("its records are of {found}, and {expected:?} is expected")]
    OtherSubject {
        /// Whom they are of.
        found: Subjects,
        /// Whom they should be of.
        expected: String,
    },
    /// The log is not intact in the part that was asked for.
    #[error("the log is not intact in this window: see record {}", numbers(.0))]
    WindowNotIntact(Vec<u64>),
    /// There is more than a page holds.
    #[error(
        "this is more than a page holds, which is {MAX_RECORDS} records in {MAX_MEBIBYTES} MiB: narrow it with --from and --to"
    )]
    TooLong,
}

fn numbers(numbers: &[u64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
    numbers.join(", ")
}

/// What a record says of its place in the chain.
#[derive(Debug)]
pub(super) struct Own {
    prev: Option<Digest>,
    hash: Option<Digest>,
    /// Whether it has the hash that it declares. Not found out where the verdict on the whole log says it.
    is_sealed: bool,
}

impl Own {
    pub(super) fn of(record: &Object, is_checked: bool) -> Self {
        let integrity = record.object("integrity");
        let digest = |key| integrity?.str(key)?.parse().ok();
        let hash = digest("hash");
        Self {
            prev: digest("prev_hash"),
            hash,
            is_sealed: !is_checked || chain::record_hash(record).ok() == hash && hash.is_some(),
        }
    }
}

/// The records from the first that is meant to the last, as they come.
#[derive(Debug)]
pub(super) struct Span {
    /// How many records there were, in the page or not.
    records: u64,
    /// What the record before declares as its hash.
    before: Option<Digest>,
    first: Option<u64>,
    anchor: Option<Digest>,
    root: Option<Digest>,
    /// Of the last record in the page.
    head: Option<Digest>,
    in_page: u64,
    /// From the first record of the page on.
    bytes: u64,
    is_over: bool,
    /// The first line that is no record.
    unreadable: Option<u64>,
    faults: Vec<u64>,
}

/// What is in a page.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) records: u64,
    /// The number of the first; 1 if there is none.
    pub(super) first: u64,
    pub(super) root: Option<Digest>,
    pub(super) head: Digest,
    pub(super) window: Option<WindowStatement>,
}

impl Span {
    pub(super) const fn new() -> Self {
        Self {
            records: 0,
            before: Some(Digest::GENESIS),
            first: None,
            anchor: None,
            root: None,
            head: None,
            in_page: 0,
            bytes: 0,
            is_over: false,
            unreadable: None,
            faults: Vec::new(),
        }
    }

    /// Takes note of a line that is no record.
    pub(super) const fn unreadable(&mut self) {
        self.records += 1;
        self.before = None;
        if self.unreadable.is_none() {
            self.unreadable = Some(self.records);
        }
    }

    /// Takes note of the next record.
    pub(super) const fn record(&mut self, own: &Own, bytes: usize, is_meant: bool) {
        self.records += 1;
        if is_meant && self.first.is_none() {
            self.first = Some(self.records);
            self.anchor = self.before;
            self.head = self.before;
        }
        if self.first.is_some() {
            self.bytes += bytes as u64 + 1;
        }
        self.is_over |= is_meant && self.is_too_long();
        self.before = own.hash;
    }

    pub(super) const fn has_begun(&self) -> bool {
        self.first.is_some()
    }

    /// Whether a page from its first record to this one would be too long.
    pub(super) const fn is_too_long(&self) -> bool {
        match self.first {
            Some(first) => self.records - first >= MAX_RECORDS || self.bytes > MAX_BYTES,
            None => false,
        }
    }

    /// Puts the next record into the page, and returns its number.
    pub(super) fn put(&mut self, own: &Own) -> u64 {
        let number = self.first.unwrap_or(1) + self.in_page;
        let is_linked = own.prev.is_some() && own.prev == self.head;
        if !(own.is_sealed && is_linked) {
            self.faults.push(number);
        }
        self.root = self.root.or(own.hash);
        self.head = own.hash;
        self.in_page += 1;
        number
    }

    /// Returns what is in the page, if it holds.
    pub(super) fn finish(mut self, window: Window, verdict: &Verdict) -> Result<Held, Refusal> {
        let first = self.first.unwrap_or(0);
        let last = (first + self.in_page).saturating_sub(1);
        let is_within = |record: u64| (first..=last).contains(&record) && self.in_page > 0;
        let is_intact = verdict.judgement != Judgement::Broken;
        if !window.is_bounded() && !is_intact {
            return Err(Refusal::NotIntact);
        }
        if let Some(record) = self.unreadable {
            return Err(Refusal::Unreadable(record));
        }
        if window.is_bounded() {
            let found = verdict.findings.iter().map(|finding| finding.record);
            self.faults
                .extend(found.filter(|record| is_within(*record)));
            // Findings past these were counted, and could be of any record behind.
            let last_known = verdict.findings.last().map_or(0, |finding| finding.record);
            if verdict.findings_left_out > 0 && last_known <= last && self.in_page > 0 {
                return Err(Refusal::NotIntact);
            }
            self.faults.sort_unstable();
            self.faults.dedup();
            self.faults.truncate(NAMED);
            if !self.faults.is_empty() {
                return Err(Refusal::WindowNotIntact(self.faults));
            }
        }
        if self.is_over {
            return Err(Refusal::TooLong);
        }
        let mut elsewhere = verdict.findings.iter().map(|finding| finding.record);
        Ok(Held {
            records: self.in_page,
            first: first.max(1),
            root: self.root,
            head: self.head.unwrap_or(Digest::GENESIS),
            window: window.is_bounded().then(|| WindowStatement {
                from: window.from(),
                to: window.to(),
                first,
                last,
                total: self.records,
                anchor: self.anchor.unwrap_or(Digest::GENESIS),
                log_head: verdict.head.filter(|_| is_intact),
                findings_elsewhere: verdict.finding_count(),
                first_elsewhere: elsewhere.next(),
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        sample,
        verify::{Code, Finding, Verifier},
    };

    /// Puts a chain into a span of which records from `first` to `last` are meant.
    fn span(first: u64, last: u64) -> (Span, Verdict) {
        let (mut span, mut verifier) = (Span::new(), Verifier::new());
        for (number, line) in (1..).zip(sample::chain(9, 2)) {
            verifier.log(line.as_bytes());
            let value = crate::json::read(line.as_bytes()).unwrap().value;
            let own = Own::of(value.as_object().unwrap(), true);
            let is_meant = (first..=last).contains(&number);
            span.record(&own, line.len(), is_meant);
            if is_meant {
                assert_eq!(span.put(&own), number);
            }
        }
        (span, verifier.finish())
    }

    fn window() -> Window {
        Window::new(Some("2020-01-01"), None).unwrap()
    }

    fn finding(record: u64) -> Finding {
        Finding {
            code: Code::MissingField,
            record,
            line: record,
            pointer: None,
            message: String::new(),
        }
    }

    #[test]
    fn more_than_a_page_holds_is_refused_and_says_what_to_do() {
        let own = Own {
            prev: None,
            hash: None,
            is_sealed: true,
        };
        let (_, verdict) = span(1, 9);
        let of = |records: u64, bytes: usize, is_meant: bool| {
            let mut span = Span::new();
            span.record(&own, 1, true);
            for _ in 1..records {
                span.record(&own, bytes, is_meant);
            }
            span.finish(Window::default(), &verdict).map(drop)
        };
        assert_eq!(of(MAX_RECORDS, 1, true), Ok(()));
        assert_eq!(of(MAX_RECORDS + 1, 1, true), Err(Refusal::TooLong));
        let most = usize::try_from(MAX_BYTES).unwrap();
        assert_eq!(of(2, most, true), Err(Refusal::TooLong));
        // What comes behind the last record that is meant is not in the page.
        assert_eq!(of(MAX_RECORDS + 9, 1, false), Ok(()));
        assert_eq!(of(2, most, false), Ok(()));
        let said = Refusal::TooLong.to_string();
        assert!(
            said.contains("250000 records") && said.contains("--from and --to"),
            "{said}"
        );
    }

    #[test]
    fn what_is_wrong_inside_is_refused_and_outside_is_said() {
        let of = |records: &[u64], left_out| {
            let (span, mut verdict) = span(3, 5);
            verdict.judgement = Judgement::Broken;
            verdict.findings = records.iter().map(|record| finding(*record)).collect();
            verdict.findings_left_out = left_out;
            span.finish(window(), &verdict)
        };
        let window = of(&[2, 6], 0).unwrap().window.unwrap();
        assert_eq!((window.first, window.last, window.total), (3, 5, 9));
        assert_eq!(
            (window.findings_elsewhere, window.first_elsewhere),
            (2, Some(2))
        );
        assert_eq!(window.log_head, None);
        assert_eq!(
            of(&[2, 4], 0).unwrap_err(),
            Refusal::WindowNotIntact(vec![4])
        );
        // Where findings were only counted, they could be inside.
        assert_eq!(of(&[2], 1).unwrap_err(), Refusal::NotIntact);
        assert!(of(&[2, 6], 1).is_ok());
    }
}
