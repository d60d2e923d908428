//! What is known of one log, for every format to print.
//!
//! A report begins as a verdict. Whoever knows more of the log adds to it: [`Report::add`] for what is wrong,
//! [`Report::fact`] for further members of its JSON, [`Report::detail`] and [`Report::remark`] for further
//! lines of its text.

use std::{collections::BTreeMap, path::PathBuf};

use sealstone::{
    digest::Digest,
    verify::{Delegation, Judgement, Verdict},
};
use serde::Serialize;

use super::{
    note::{EMPTY, NOT_COMPARED, Note, UNREADABLE},
    text::plural,
};
use crate::cli::{exit::Exit, out::Tone};

/// How a log stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Standing {
    Broken,
    Empty,
    Intact,
    Unreadable,
}

impl Standing {
    pub(in crate::cli) const fn as_str(self) -> &'static str {
        match self {
            Self::Broken => Judgement::Broken.as_str(),
            Self::Empty => Judgement::Empty.as_str(),
            Self::Intact => Judgement::Intact.as_str(),
            Self::Unreadable => "unreadable",
        }
    }
}

/// A further line of a log's text.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) tone: Tone,
    pub(super) text: String,
}

/// What was done to a log, for the formats that have notes only.
#[derive(Debug, Default)]
pub(super) struct Explained {
    pub(super) notes: Vec<Note>,
    /// How many more there are.
    pub(super) left_out: u64,
}

/// What is known of one log.
#[derive(Debug)]
pub(in crate::cli) struct Report {
    pub(in crate::cli) path: PathBuf,
    pub(in crate::cli) standing: Standing,
    /// `None` if it could not be read.
    pub(in crate::cli) records: Option<u64>,
    /// Of an intact log.
    pub(in crate::cli) head: Option<Digest>,
    pub(in crate::cli) first_break: Option<u64>,
    /// The last record up to which the chain was followed.
    pub(in crate::cli) holds_to: u64,
    /// What was added, findings in the order of their records, then warnings in theirs.
    pub(in crate::cli) notes: Vec<Note>,
    pub(in crate::cli) findings_left_out: u64,
    pub(super) warnings_left_out: u64,
    pub(super) delegation: Delegation,
    /// Why it could not be read.
    pub(in crate::cli) error: Option<String>,
    /// Why nothing is attested of it even if it has records: a note that does not fail it.
    pub(in crate::cli) nothing: Option<Note>,
    /// What was done to it, which its findings say otherwise.
    pub(super) explained: Explained,
    /// Further members of its JSON, by name.
    pub(super) facts: BTreeMap<&'static str, serde_json::Value>,
    /// Further lines of its text, below the findings.
    pub(super) details: Vec<Line>,
    /// Further lines of its text, below the verdict and like it behind the log's name.
    pub(super) remarks: Vec<Line>,
    /// Its size, where that is known.
    pub(in crate::cli) bytes: u64,
    /// How long it took to judge it.
    pub(in crate::cli) seconds: f64,
}

impl Report {
    /// Returns the report of a verdict.
    pub(in crate::cli) fn of(path: PathBuf, verdict: Verdict) -> Self {
        let notes = verdict.findings.into_iter().chain(verdict.warnings);
        Self {
            standing: match verdict.judgement {
                Judgement::Broken => Standing::Broken,
                Judgement::Empty => Standing::Empty,
                Judgement::Intact => Standing::Intact,
            },
            records: Some(verdict.records),
            head: verdict.head,
            first_break: verdict.first_break,
            holds_to: verdict.holds_to,
            notes: notes.map(Note::from).collect(),
            findings_left_out: verdict.findings_left_out,
            warnings_left_out: verdict.warnings_left_out,
            delegation: verdict.delegation,
            ..Self::blank(path, Standing::Intact)
        }
    }

    /// Returns the report of a log that could not be read.
    pub(in crate::cli) fn unreadable(path: PathBuf, error: String) -> Self {
        Self {
            error: Some(error),
            ..Self::blank(path, Standing::Unreadable)
        }
    }

    /// Returns the report of a folder without a log.
    pub(super) fn no_log(folder: PathBuf) -> Self {
        Self {
            records: Some(0),
            ..Self::blank(folder, Standing::Empty)
        }
    }

    const fn blank(path: PathBuf, standing: Standing) -> Self {
        Self {
            path,
            standing,
            records: None,
            head: None,
            first_break: None,
            holds_to: 0,
            notes: Vec::new(),
            findings_left_out: 0,
            warnings_left_out: 0,
            delegation: Delegation {
                links: 0,
                orphans: 0,
            },
            error: None,
            nothing: None,
            explained: Explained {
                notes: Vec::new(),
                left_out: 0,
            },
            facts: BTreeMap::new(),
            details: Vec::new(),
            remarks: Vec::new(),
            bytes: 0,
            seconds: 0.0,
        }
    }

    /// Adds what is wrong, or odd, with the log. With an error in it, a log that could be read is broken. Such
    /// an error comes first, so that many findings do not crowd it out.
    pub(in crate::cli) fn add(&mut self, note: Note) {
        if !note.is_error() {
            return self.notes.push(note);
        }
        // What could not be compared says nothing of the log.
        if self.standing != Standing::Unreadable && note.rule != NOT_COMPARED {
            self.standing = Standing::Broken;
            self.head = None;
        }
        self.notes.insert(0, note);
    }

    /// Adds a member to the JSON of the log.
    pub(super) fn fact(&mut self, name: &'static str, value: &impl Serialize) {
        let value = serde_json::to_value(value).expect("every key of ours is a text");
        self.facts.insert(name, value);
    }

    /// Adds a line of text that goes with the findings.
    pub(super) fn detail(&mut self, tone: Tone, text: String) {
        self.details.push(Line { tone, text });
    }

    /// Adds a line of text that goes with the verdict.
    pub(super) fn remark(&mut self, tone: Tone, text: String) {
        self.remarks.push(Line { tone, text });
    }

    /// Returns the path for people.
    pub(in crate::cli) fn name(&self) -> String {
        self.path.to_string_lossy().into_owned()
    }

    pub(super) fn findings(&self) -> impl Iterator<Item = &Note> {
        self.notes.iter().filter(|note| note.is_error())
    }

    pub(super) fn warnings(&self) -> impl Iterator<Item = &Note> {
        self.notes.iter().filter(|note| !note.is_error())
    }

    pub(super) fn finding_count(&self) -> u64 {
        self.findings().count() as u64 + self.findings_left_out
    }

    pub(super) fn warning_count(&self) -> u64 {
        self.warnings().count() as u64 + self.warnings_left_out
    }

    /// Returns everything that can fail the log, its standing as a whole included, and then what was done to it.
    pub(super) fn results(&self) -> Vec<Note> {
        let standing = match (&self.error, self.standing) {
            (Some(error), _) => Some(Note::of_log(UNREADABLE, error.clone())),
            (None, Standing::Empty) => Some(Note::of_log(EMPTY, EMPTY.meaning.to_owned())),
            _ => None,
        };
        let notes = self.notes.iter().cloned();
        let notes = notes.chain(standing).chain(self.nothing.clone());
        notes.chain(self.explained.notes.iter().cloned()).collect()
    }

    /// Says how many notes are counted and not listed.
    pub(super) fn left_out(&self) -> Vec<String> {
        let counts = [
            (self.findings_left_out, "more finding"),
            (self.warnings_left_out, "more warning"),
        ];
        counted(&counts)
    }

    /// Says how many of [`Self::results`] are counted and not listed.
    pub(super) fn results_left_out(&self) -> Vec<String> {
        let damages = counted(&[(self.explained.left_out, "more damage")]);
        self.left_out().into_iter().chain(damages).collect()
    }

    /// Keeps the first `most` findings and warnings, and counts the others: many broken logs must not fill
    /// the memory.
    pub(in crate::cli) fn list_at_most(&mut self, most: usize) {
        let (mut findings, mut warnings) = (0, 0);
        self.notes.retain(|note| {
            let (listed, left_out) = if note.is_error() {
                (&mut findings, &mut self.findings_left_out)
            } else {
                (&mut warnings, &mut self.warnings_left_out)
            };
            let is_kept = *listed < most;
            *listed += usize::from(is_kept);
            *left_out += u64::from(!is_kept);
            is_kept
        });
        self.notes.shrink_to_fit();
    }

    /// Returns the status that this log alone would give.
    pub(super) fn exit(&self, strict: bool) -> Exit {
        match self.standing {
            _ if strict && self.warning_count() > 0 => Exit::Refuted,
            _ if self.finding_count() > 0 => Exit::Refuted,
            Standing::Intact if self.nothing.is_some() => Exit::Nothing,
            Standing::Intact => Exit::Done,
            Standing::Empty => Exit::Nothing,
            // For a log that is not there, the reference's status.
            Standing::Broken | Standing::Unreadable => Exit::Refuted,
        }
    }
}

fn counted(counts: &[(u64, &str)]) -> Vec<String> {
    let some = counts.iter().filter(|(count, _)| *count > 0);
    some.map(|(count, noun)| plural(*count, noun)).collect()
}
