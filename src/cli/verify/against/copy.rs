//! A log held against a copy of it.

use std::path::Path;

use sealstone::{
    compare::{Comparison, Relation, Side},
    damage::Damage,
    store::read::Io,
    verify::{Judgement, Survey, Verdict},
};
use serde::Serialize;

use super::super::{
    note::{
        BROKEN_BEHIND_COPY, DIFFERS_FROM_COPY, EMPTY_COPY, FORKED_FROM_COPY, NOT_COMPARED, Note,
        RE_SEALED, Rule, SHORTER_THAN_COPY, UNRELATED_TO_COPY,
    },
    report::Report,
};
use crate::cli::{
    compare::{self, Judged, Names},
    out::Tone,
    progress::Progress,
};

/// What was found.
pub(super) struct CopyCheck {
    name: String,
    log_name: String,
    verdict: Result<Verdict, String>,
    /// `None` where one of the logs could not be read.
    comparison: Option<Result<Comparison, String>>,
}

/// The same in JSON (FORMAT.md, "Comparison").
#[derive(Serialize)]
pub(super) struct Member {
    #[serde(flatten)]
    log: compare::Log,
    result: &'static str,
    comparison: Option<compare::Members>,
    not_compared: Option<String>,
}

/// What a comparison comes to.
enum Outcome {
    Fails(Rule),
    Holds(&'static str),
    /// There was nothing to hold the log against.
    Nothing,
}

impl Outcome {
    const fn of(comparison: &Comparison) -> Self {
        match comparison.relation {
            Relation::Same | Relation::Continuation(Side::B) if comparison.common == 0 => {
                Self::Nothing
            }
            Relation::Same => Self::Holds("same-as-copy"),
            Relation::Continuation(Side::B) => Self::Holds("continues-copy"),
            Relation::Continuation(Side::A) | Relation::Longer(Side::A) => {
                Self::Fails(SHORTER_THAN_COPY)
            }
            Relation::Longer(Side::B) => Self::Fails(BROKEN_BEHIND_COPY),
            Relation::Forked => Self::Fails(FORKED_FROM_COPY),
            Relation::ReSealed => Self::Fails(RE_SEALED),
            Relation::Different => Self::Fails(DIFFERS_FROM_COPY),
            Relation::Unrelated => Self::Fails(UNRELATED_TO_COPY),
        }
    }

    const fn word(&self) -> &'static str {
        match self {
            Self::Fails(rule) => rule.code,
            Self::Holds(word) => word,
            Self::Nothing => EMPTY_COPY.code,
        }
    }
}

impl CopyCheck {
    /// Reads the copy at `path`, and compares it with the log at `log_path`.
    pub(super) fn of(
        path: &Path,
        log: &Result<Judged, String>,
        log_path: &Path,
        io: Io,
        progress: &Progress,
    ) -> Self {
        let name = path.to_string_lossy().into_owned();
        let log_name = log_path.to_string_lossy().into_owned();
        let copy = Judged::read(path, io, progress);
        let comparison = match (&copy, log) {
            (Ok(copy), Ok(log)) => {
                let names = Names {
                    a: &name,
                    b: &log_name,
                };
                Some(copy.compare(log, &names))
            }
            _ => None,
        };
        Self {
            name,
            log_name,
            verdict: copy.map(|copy| copy.verdict),
            comparison,
        }
    }

    fn names(&self) -> Names<'_> {
        Names {
            a: &self.name,
            b: &self.log_name,
        }
    }

    /// Tells the report of the log, which could be read.
    pub(super) fn tell(&self, report: &mut Report, survey: &Survey) {
        let comparison = match (&self.verdict, &self.comparison) {
            (_, Some(Ok(comparison))) => comparison,
            (_, Some(Err(error))) => return report.add(not_compared(error.clone())),
            (Err(error), None) => {
                let text = format!("{}: unreadable: {error}", self.name);
                return report.add(not_compared(text));
            }
            (Ok(_), None) => return,
        };
        let text = compare::relation(comparison, &self.names());
        match Outcome::of(comparison) {
            Outcome::Fails(rule) => self.tell_failure(report, comparison, rule, text, survey),
            Outcome::Holds(word) => report.remark(Tone::Good, format!("{word}: {text}")),
            Outcome::Nothing => report.nothing = Some(Note::of_log(EMPTY_COPY, text)),
        }
        if let Ok(verdict) = &self.verdict
            && verdict.judgement == Judgement::Broken
        {
            let text = compare::standing(&self.name, verdict);
            report.detail(Tone::Odd, text);
        }
    }

    fn tell_failure(
        &self,
        report: &mut Report,
        comparison: &Comparison,
        rule: Rule,
        text: String,
        survey: &Survey,
    ) {
        for (tone, line) in compare::lines(comparison, &self.names()) {
            report.detail(tone, line);
        }
        let counts = compare::counts(&comparison.counts, &self.names());
        report.detail(Tone::Plain, counts);
        // Where the two part, if the log goes on that far.
        let index = usize::try_from(comparison.common).unwrap_or(usize::MAX);
        let entry = survey.entries.get(index);
        report.add(Note {
            record: entry.map(|_| comparison.common + 1),
            line: entry.map(|entry| entry.line),
            ..Note::of_log(rule, text)
        });
    }

    /// Returns the damage of a log that was sealed anew, if it or the copy was.
    pub(super) fn re_sealed(&self, survey: &Survey) -> Option<Damage> {
        let comparison = self.comparison.as_ref()?.as_ref().ok()?;
        let is_re_sealed = comparison.relation == Relation::ReSealed;
        let text = compare::relation(comparison, &self.names());
        is_re_sealed.then(|| Damage::re_sealed(survey, comparison.common + 1, &text))?
    }

    /// Returns what was found, for JSON.
    pub(super) fn member(self) -> Member {
        let log = compare::Log::of(&self.name, self.verdict.as_ref());
        let result = match &self.comparison {
            Some(Ok(comparison)) => Outcome::of(comparison).word(),
            _ => NOT_COMPARED.code,
        };
        let (comparison, not_compared) = match self.comparison {
            Some(Ok(comparison)) => (Some(comparison.into()), None),
            Some(Err(error)) => (None, Some(error)),
            None => (None, None),
        };
        Member {
            log,
            result,
            comparison,
            not_compared,
        }
    }
}

const fn not_compared(error: String) -> Note {
    Note::of_log(NOT_COMPARED, error)
}
