//! A page that shows what a log says, and holds the records against it in the reader's browser.
//!
//! A [`Reader`] looks at lines, on any thread; a [`Report`] takes what it saw in their order, and makes a [`Page`] of
//! it if the log is intact. The page has the records' own bytes: its script checks every hash and link again, and
//! shows nothing but what it derives from records that hold. What stands in the page for readers without scripts, the
//! script derives again too. So the texts here have a second writer in `templates/report`, and tests hold the two
//! together.

mod blocks;
mod cells;
mod completeness;
mod facts;
mod page;
mod scripts;
mod span;
mod statement;
mod text;

use std::collections::VecDeque;

use self::{
    blocks::Blocks,
    cells::Row,
    completeness::Witness,
    facts::{Facts, Says},
    span::{Own, Span},
};
pub use self::{
    page::Page,
    span::{MAX_BYTES, MAX_RECORDS, Refusal},
    text::visible,
};
use crate::{
    calls::{self, Joiner},
    json::{self, Value},
    policy::{self, Evaluation, Policy},
    verify::Verdict,
    window::Window,
    witness::{self, Chain, Completeness, Kept},
};

/// How many rows a page has for readers without scripts: the newest ones.
const STATIC_ROWS: usize = 5000;

/// What a page is to be about.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    /// The log's name.
    pub log: &'a str,
    /// Which records are meant. A page has all from the first of them to the last.
    pub window: Window,
    /// The subject that every record must be of.
    pub expected_subject: Option<&'a str>,
    /// The policy that the records are held against, with its name and its text.
    pub policy: Option<(&'a Policy, &'a str, &'a str)>,
}

/// What was seen in a line.
#[derive(Debug)]
pub struct Seen(Line);

#[derive(Debug)]
enum Line {
    Blank,
    /// The verifier says what is wrong with it.
    Unreadable,
    Record(Box<(Record, witness::Looked)>),
}

#[derive(Debug)]
struct Record {
    raw: Vec<u8>,
    is_meant: bool,
    own: Own,
    row: Row,
    says: Says,
    said: calls::Said,
    judged: Option<policy::Looked>,
}

impl Reader<'_> {
    /// Looks at a line by itself, so that this can be done on any thread.
    pub fn look(&self, line: &[u8]) -> Seen {
        let record = match json::read(line) {
            Ok(document) if document.duplicates.is_empty() => match document.value {
                Value::Object(record) => record,
                _ => return Seen(Line::Unreadable),
            },
            Err(_) if json::is_blank(line) => return Seen(Line::Blank),
            _ => return Seen(Line::Unreadable),
        };
        let witnessed = witness::Looked::of(&record);
        let record = Record {
            raw: line.to_vec(),
            is_meant: self.window.holds(record.str("ts")) == Some(true),
            own: Own::of(&record, self.window.is_bounded()),
            row: Row::of(&record),
            says: Says::of(&record),
            judged: self.policy.map(|(policy, ..)| policy.look_at(&record)),
            said: calls::said_by(record),
        };
        Seen(Line::Record(Box::new((record, witnessed))))
    }
}

/// A report on the way.
#[derive(Debug)]
pub struct Report<'a> {
    reader: Reader<'a>,
    span: Span,
    /// Behind the last record that is meant; in the page if another one comes.
    waiting: VecDeque<Record>,
    blocks: Blocks,
    rows: VecDeque<Row>,
    facts: Facts,
    chain: Chain,
    joiner: Joiner,
    evaluation: Option<Evaluation<'a>>,
}

impl<'a> Report<'a> {
    /// Returns a report on no record yet.
    pub fn new(reader: Reader<'a>) -> Self {
        Self {
            span: Span::new(),
            waiting: VecDeque::new(),
            blocks: Blocks::new(),
            rows: VecDeque::new(),
            facts: Facts::default(),
            chain: Chain::default(),
            joiner: Joiner::new(),
            evaluation: reader.policy.map(|(policy, ..)| Evaluation::new(policy)),
            reader,
        }
    }

    /// Takes what was seen in the next line.
    pub fn take(&mut self, seen: Seen) {
        match seen.0 {
            Line::Blank => {}
            Line::Unreadable => self.span.unreadable(),
            Line::Record(record) => {
                let (record, witnessed) = *record;
                self.chain.take(witnessed);
                self.record(record);
            }
        }
    }

    fn record(&mut self, record: Record) {
        self.span
            .record(&record.own, record.raw.len(), record.is_meant);
        if record.is_meant {
            for waiting in std::mem::take(&mut self.waiting) {
                self.put(waiting);
            }
            self.put(record);
        } else if self.span.has_begun() {
            if self.span.is_too_long() {
                self.waiting.clear();
            } else {
                self.waiting.push_back(record);
            }
        } else {
            self.pass_over(record);
        }
    }

    /// Takes a record before the page's first: only its number counts.
    fn pass_over(&mut self, record: Record) {
        self.joiner.take(calls::Said::nothing());
        if let (Some(evaluation), Some(judged)) = (&mut self.evaluation, record.judged) {
            evaluation.take(judged.passed_over());
        }
    }

    /// Puts a record into the page.
    fn put(&mut self, record: Record) {
        if self.span.is_too_long() {
            return;
        }
        let number = self.span.put(&record.own);
        self.blocks.add(&record.raw);
        if self.rows.len() == STATIC_ROWS {
            self.rows.pop_front();
        }
        self.rows.push_back(record.row.numbered(number));
        self.facts.add(record.says);
        self.joiner.take(record.said);
        if let (Some(evaluation), Some(judged)) = (&mut self.evaluation, record.judged) {
            evaluation.take(judged);
        }
    }

    /// Returns what looks at the lines.
    pub const fn reader(&self) -> Reader<'a> {
        self.reader
    }

    /// Returns what the log says to checkpoints.
    pub const fn chain(&self) -> &Chain {
        &self.chain
    }

    /// Returns the page, if what it would show holds. `witness` is what a witness keeps, if one was named, and what
    /// holding the log against that said.
    ///
    /// # Errors
    /// When the log, or the part of it that the page is about, is not intact, or is more than a page can hold.
    pub fn finish(
        self,
        verdict: &Verdict,
        witness: Option<(&Kept, &Completeness)>,
    ) -> Result<Page, Refusal> {
        let subjects = self.chain.subjects();
        if let Some(expected) = self.reader.expected_subject
            && !subjects.are_only(expected)
        {
            return Err(Refusal::OtherSubject {
                found: subjects.clone(),
                expected: expected.to_owned(),
            });
        }
        let held = self.span.finish(self.reader.window, verdict)?;
        let witness =
            witness.map(|(kept, completeness)| Witness::of(&self.chain, kept, completeness));
        let contents = page::Contents {
            blocks: self.blocks.finish(),
            rows: self.rows.into(),
            facts: self.facts,
            unresolved: self.joiner.finish(),
            outcome: self.evaluation.map(Evaluation::finish),
            chain: self.chain,
            witness,
        };
        Ok(Page::new(&self.reader, held, contents))
    }
}
