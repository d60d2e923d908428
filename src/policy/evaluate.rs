//! Holds a log against a policy, record by record.

use super::{
    Policy,
    rule::{Judged, Rule},
};
use crate::{
    json::{self, Object, Value},
    subjects::Subjects,
    window::Window,
};

/// How many records that decided a rule are kept. The others are counted.
pub const MAX_DECISIVE: usize = 10_000;

/// How a rule stands. FORMAT.md, "Policy", says when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// A record breaks it.
    Violated,
    /// It expects evidence, and there is none.
    NoEvidence,
    /// It is about no record, so nothing is attested by it.
    NoMatch,
    /// It is about some records, and none breaks it.
    Pass,
}

impl Status {
    /// Returns the word for it in results, which is stable.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Violated => "violated",
            Self::NoEvidence => "no_evidence",
            Self::NoMatch => "no_match",
            Self::Pass => "pass",
        }
    }
}

/// How a policy came out as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conclusion {
    /// No rule is violated, and none lacks evidence.
    Compliant,
    /// Nothing is violated, and some evidence is missing.
    Gaps,
    /// There was no record to look at.
    NoEvidence,
    /// The log does not verify, so nothing is attested by what stands in it.
    NonAttestable,
    /// No rule was about any record.
    Unexercised,
    /// A rule is violated.
    Violated,
}

impl Conclusion {
    /// Returns the words for it, the reference's.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Compliant => "COMPLIANT",
            Self::Gaps => "COMPLIANT, WITH GAPS",
            Self::NoEvidence => "NO EVIDENCE",
            Self::NonAttestable => "NON-ATTESTABLE",
            Self::Unexercised => "NO APPLICABLE EVIDENCE",
            Self::Violated => "NON-COMPLIANT",
        }
    }
}

/// What a line says to a policy, whoever looks at it.
#[derive(Debug)]
pub struct Looked(Line);

impl Looked {
    /// Returns the same as of a record that is in no window.
    #[must_use]
    pub fn passed_over(mut self) -> Self {
        if let Line::Record(record) = &mut self.0 {
            record.in_window = Some(false);
        }
        self
    }
}

#[derive(Debug)]
enum Line {
    Blank,
    /// No record, or one that two readers may take differently.
    Unreadable,
    Record(Box<Record>),
}

#[derive(Debug)]
struct Record {
    id: Option<String>,
    subject: Option<String>,
    /// Whether it is in the window; none if its time cannot be read.
    in_window: Option<bool>,
    /// By rule, in their order; nothing outside of the window.
    judged: Vec<Judged>,
}

impl Policy {
    /// Looks at a line by itself, so that this can be done on any thread.
    ///
    /// Whether a record is sealed does not matter here: [`crate::verify`] judges that.
    pub fn look(&self, line: &[u8], window: &Window) -> Looked {
        Looked(match json::read(line) {
            Ok(document) if document.duplicates.is_empty() => match document.value {
                Value::Object(record) => Line::Record(Box::new(self.record(&record, window))),
                _ => Line::Unreadable,
            },
            Err(_) if json::is_blank(line) => Line::Blank,
            _ => Line::Unreadable,
        })
    }

    /// Looks at a record that was read, whatever its time.
    pub fn look_at(&self, record: &Object) -> Looked {
        Looked(Line::Record(Box::new(
            self.record(record, &Window::default()),
        )))
    }

    fn record(&self, record: &Object, window: &Window) -> Record {
        let in_window = window.holds(record.str("ts"));
        let text = |text: &str| text.to_owned();
        let subject = record
            .object("subject")
            .and_then(|subject| subject.str("id"));
        Record {
            id: record.str("record_id").map(text),
            subject: subject.map(text),
            in_window,
            judged: if in_window == Some(true) {
                self.rules.iter().map(|rule| rule.judge(record)).collect()
            } else {
                Vec::new()
            },
        }
    }
}

/// A record that decided how a rule stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decisive {
    /// The record, counted from 1 over lines that are not blank.
    pub record: u64,
    /// The line of the file, from 1.
    pub line: u64,
    /// Its id; none if it has none that is a text.
    pub record_id: Option<String>,
}

/// What became of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleOutcome {
    /// How it stands.
    pub status: Status,
    /// How many records it was about.
    pub matched: u64,
    /// How many of them break it.
    pub violations: u64,
    /// The first records that decided: those that break it, or else those that it was about. At most
    /// [`MAX_DECISIVE`].
    pub decisive: Vec<Decisive>,
    /// How many more decided.
    pub decisive_left_out: u64,
}

/// What became of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// By rule, in their order. None if not every line could be read: then nothing is said of the others either,
    /// which may be what somebody left of them.
    pub rules: Option<Vec<RuleOutcome>>,
    /// How many records were held against the rules.
    pub checked: u64,
    /// How many of them break a rule.
    pub violating_records: u64,
    /// How many were left out of a window because their time cannot be read.
    pub undated: u64,
    /// Whom the records are of, in the window or not.
    pub subjects: Subjects,
}

impl Outcome {
    /// Returns what can be said of a log that cannot be read: nothing.
    pub fn unreadable() -> Self {
        Self {
            rules: None,
            checked: 0,
            violating_records: 0,
            undated: 0,
            subjects: Subjects::default(),
        }
    }

    /// Returns how many rules stand so.
    pub fn count(&self, status: Status) -> u64 {
        let rules = self.rules.iter().flatten();
        rules.filter(|rule| rule.status == status).count() as u64
    }

    /// Returns how the policy came out over a log that verifies or does not.
    pub fn conclusion(&self, is_verified: bool) -> Conclusion {
        let has = |status| self.count(status) > 0;
        if !is_verified {
            Conclusion::NonAttestable
        } else if has(Status::Violated) {
            Conclusion::Violated
        } else if self.checked == 0 {
            Conclusion::NoEvidence
        } else if self.is_unexercised() {
            Conclusion::Unexercised
        } else if has(Status::NoEvidence) {
            Conclusion::Gaps
        } else {
            Conclusion::Compliant
        }
    }

    /// Whether no rule was about any record.
    pub fn is_unexercised(&self) -> bool {
        let rules = self.rules.as_deref().unwrap_or_default();
        self.checked == 0 || rules.iter().all(|rule| rule.status == Status::NoMatch)
    }
}

/// Holds the lines of a log against a policy, one after the other.
///
/// ```
/// use sealstone::{policy::{Evaluation, Policy, Status}, sample, window::Window};
///
/// let policy = Policy::read(br#"[{"id":"no-write","forbid":{"action.type":"write"}}]"#)?;
/// let window = Window::default();
/// let mut evaluation = Evaluation::new(&policy);
/// for line in sample::example().lines() {
///     evaluation.take(policy.look(line.as_bytes(), &window));
/// }
/// let rules = evaluation.finish().rules.expect("every line is a record");
/// assert_eq!(rules[0].status, Status::Violated);
/// assert_eq!(rules[0].decisive[0].record, 2);
/// # Ok::<(), sealstone::policy::Refusal>(())
/// ```
#[derive(Debug)]
pub struct Evaluation<'p> {
    policy: &'p Policy,
    lines: u64,
    records: u64,
    is_unreadable: bool,
    checked: u64,
    violating_records: u64,
    undated: u64,
    subjects: Subjects,
    rules: Vec<Count>,
}

/// What is known of a rule so far.
#[derive(Debug, Clone, Default)]
struct Count {
    matched: u64,
    violations: u64,
    decisive: Vec<Decisive>,
}

impl<'p> Evaluation<'p> {
    /// Returns an evaluation that has seen nothing yet.
    pub fn new(policy: &'p Policy) -> Self {
        Self {
            policy,
            lines: 0,
            records: 0,
            is_unreadable: false,
            checked: 0,
            violating_records: 0,
            undated: 0,
            subjects: Subjects::default(),
            rules: vec![Count::default(); policy.rules.len()],
        }
    }

    /// Takes what the next line says.
    pub fn take(&mut self, looked: Looked) {
        self.lines += 1;
        match looked.0 {
            Line::Blank => {}
            Line::Unreadable => {
                self.records += 1;
                self.is_unreadable = true;
            }
            Line::Record(record) => {
                self.records += 1;
                self.record(*record);
            }
        }
    }

    fn record(&mut self, record: Record) {
        self.subjects.add(record.subject.as_deref());
        match record.in_window {
            Some(true) => self.checked += 1,
            Some(false) => return,
            None => {
                self.undated += 1;
                return;
            }
        }
        let decisive = Decisive {
            record: self.records,
            line: self.lines,
            record_id: record.id,
        };
        for (count, judged) in self.rules.iter_mut().zip(&record.judged) {
            count.take(*judged, &decisive);
        }
        self.violating_records += u64::from(record.judged.contains(&Judged::Violated));
    }

    /// Returns what became of the policy.
    pub fn finish(self) -> Outcome {
        if self.is_unreadable {
            return Outcome::unreadable();
        }
        let rules = self.policy.rules.iter().zip(self.rules);
        Outcome {
            rules: Some(rules.map(|(rule, count)| count.finish(rule)).collect()),
            checked: self.checked,
            violating_records: self.violating_records,
            undated: self.undated,
            subjects: self.subjects,
        }
    }
}

impl Count {
    fn take(&mut self, judged: Judged, record: &Decisive) {
        if judged == Judged::PassedOver {
            return;
        }
        self.matched += 1;
        let is_violated = judged == Judged::Violated;
        // The first that breaks a rule decides it, whatever the ones before did.
        if is_violated && self.violations == 0 {
            self.decisive.clear();
        }
        self.violations += u64::from(is_violated);
        let decides = is_violated || self.violations == 0;
        if decides && self.decisive.len() < MAX_DECISIVE {
            self.decisive.push(record.clone());
        }
    }

    fn finish(self, rule: &Rule) -> RuleOutcome {
        let status = if self.violations > 0 {
            Status::Violated
        } else if self.matched > 0 {
            Status::Pass
        } else if rule.expects_evidence {
            Status::NoEvidence
        } else {
            Status::NoMatch
        };
        let decided = match status {
            Status::Violated => self.violations,
            _ => self.matched,
        };
        RuleOutcome {
            status,
            matched: self.matched,
            violations: self.violations,
            decisive_left_out: decided - self.decisive.len() as u64,
            decisive: self.decisive,
        }
    }
}
