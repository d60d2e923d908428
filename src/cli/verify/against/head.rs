//! A log held against a head of it.

use sealstone::{
    compare::{Checkpoint, HeadCheck, against_head},
    digest::Digest,
    verify::Survey,
};
use serde::Serialize;

use super::super::{
    note::{BROKEN_BEFORE_HEAD, CONTRADICTS_HEAD, Note, Rule, SHORTER_THAN_HEAD},
    report::Report,
    text::plural,
};
use crate::cli::out::Tone;

/// What a log that goes on from the head is said to do.
const HOLDS: &str = "continues-head";

/// What was found.
pub(super) struct Held {
    checkpoint: Checkpoint,
    check: HeadCheck,
    /// The line of the record, if the log has it.
    line: Option<u64>,
}

/// The same in JSON (FORMAT.md, "Comparison").
#[derive(Serialize)]
pub(super) struct Member {
    #[serde(flatten)]
    checkpoint: Checkpoint,
    result: &'static str,
    further: Option<u64>,
    missing: Option<u64>,
    holds_to: Option<u64>,
    found: Option<Digest>,
    elsewhere: Option<u64>,
}

impl Held {
    pub(super) fn of(checkpoint: Checkpoint, survey: &Survey) -> Self {
        let index = usize::try_from(checkpoint.records - 1).unwrap_or(usize::MAX);
        Self {
            checkpoint,
            check: against_head(survey, &checkpoint),
            line: survey.entries.get(index).map(|entry| entry.line),
        }
    }

    /// What is wrong, if anything.
    const fn rule(&self) -> Option<Rule> {
        match self.check {
            HeadCheck::Broken { .. } => Some(BROKEN_BEFORE_HEAD),
            HeadCheck::Contradicted { .. } => Some(CONTRADICTS_HEAD),
            HeadCheck::Holds { .. } => None,
            HeadCheck::Shorter { .. } => Some(SHORTER_THAN_HEAD),
        }
    }

    /// Tells the report of the log.
    pub(super) fn tell(&self, report: &mut Report) {
        let text = self.described();
        match self.rule() {
            Some(rule) => report.add(Note {
                record: self.line.map(|_| self.checkpoint.records),
                line: self.line,
                ..Note::of_log(rule, text)
            }),
            None => report.remark(Tone::Good, format!("{HOLDS}: {text}")),
        }
    }

    /// Returns what was found in a sentence, behind the place of the record if the log has it and it is wrong.
    fn described(&self) -> String {
        let Checkpoint {
            records: count,
            head,
        } = self.checkpoint;
        let is_elsewhere = |elsewhere: Option<u64>| match elsewhere {
            Some(record) => format!("; record {record} has it"),
            None => String::new(),
        };
        match self.check {
            HeadCheck::Broken { holds_to } => {
                format!("has the hash `{head}`, but the chain holds only up to record {holds_to}")
            }
            HeadCheck::Contradicted { found, elsewhere } => {
                let found = match found {
                    Some(found) => format!("the hash `{found}`"),
                    None => "no seal that holds".to_owned(),
                };
                format!(
                    "has {found}, and had `{head}`: it or a record before it was altered, removed or \
                     inserted{}",
                    is_elsewhere(elsewhere)
                )
            }
            HeadCheck::Holds { further } => format!(
                "record {count} has the hash `{head}`, and {} behind it",
                match further {
                    0 => "nothing stands".to_owned(),
                    1 => "1 record stands".to_owned(),
                    _ => format!("{further} records stand"),
                }
            ),
            HeadCheck::Shorter { missing, elsewhere } => format!(
                "{} or more are missing: there were {count} at the head `{head}`{}",
                plural(missing, "record"),
                is_elsewhere(elsewhere)
            ),
        }
    }

    /// Returns what was found, for JSON.
    pub(super) fn member(&self) -> Member {
        let mut member = Member {
            checkpoint: self.checkpoint,
            result: self.rule().map_or(HOLDS, |rule| rule.code),
            further: None,
            missing: None,
            holds_to: None,
            found: None,
            elsewhere: None,
        };
        match self.check {
            HeadCheck::Broken { holds_to } => member.holds_to = Some(holds_to),
            HeadCheck::Contradicted { found, elsewhere } => {
                (member.found, member.elsewhere) = (found, elsewhere);
            }
            HeadCheck::Holds { further } => member.further = Some(further),
            HeadCheck::Shorter { missing, elsewhere } => {
                (member.missing, member.elsewhere) = (Some(missing), elsewhere);
            }
        }
        member
    }
}
