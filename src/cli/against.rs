//! `sealstone verify --against` and `--against-head`: a log held against what somebody else kept of it.

use std::{
    io,
    path::{Path, PathBuf},
};

use anyhow::ensure;
use sealstone::{
    compare::{Checkpoint, Comparison, HeadCheck, Relation, Side, against_head},
    digest::Digest,
    store::read::{self, Io},
    verify::{Judgement, Survey, Verdict, Verifier},
};
use serde::Serialize;

use super::{
    compare::{self, Judged, Names, records},
    exit::Exit,
    out::{Out, Tone},
};

/// What a log is to be held against.
#[derive(Debug, clap::Args)]
pub(super) struct Given {
    /// A copy of the log that somebody else kept: LOG must hold every record of it, and may go on. For one
    /// LOG, and both must be files
    #[arg(long, value_name = "COPY")]
    against: Option<PathBuf>,

    /// A head that somebody else kept: after COUNT records the hash was HASH. For one LOG
    #[arg(long, value_name = "COUNT:HASH")]
    against_head: Option<Checkpoint>,
}

/// What the log says to a copy and to a head, as `--json` prints it.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    copy: Option<CopyReport>,
    head: Option<HeadReport>,
}

#[derive(Debug, Serialize)]
struct CopyReport {
    #[serde(flatten)]
    log: compare::Log,
    result: &'static str,
    comparison: Option<compare::Report>,
    not_compared: Option<String>,
}

#[derive(Debug, Serialize)]
struct HeadReport {
    #[serde(flatten)]
    checkpoint: Checkpoint,
    result: &'static str,
    further: Option<u64>,
    missing: Option<u64>,
    holds_to: Option<u64>,
    found: Option<Digest>,
    elsewhere: Option<u64>,
}

/// What was found, to be printed behind the verdict.
pub(super) struct Against {
    name: String,
    copy: Option<CopyCheck>,
    head: Option<(Checkpoint, HeadCheck)>,
}

struct CopyCheck {
    name: String,
    verdict: Result<Verdict, String>,
    /// `None` where one of the logs could not be read.
    comparison: Option<Result<Comparison, String>>,
}

impl Given {
    /// Whether there is anything to hold a log against; then it must be a single one.
    pub(super) fn is_asked(&self, logs: &[PathBuf]) -> anyhow::Result<bool> {
        let is_asked = self.against.is_some() || self.against_head.is_some();
        ensure!(
            !is_asked || logs.len() == 1,
            "`--against` and `--against-head` are for one log at a time"
        );
        let is_stdin = |path: &PathBuf| path.as_os_str() == "-";
        let two_files = self.against.iter().chain(logs);
        ensure!(
            self.against.is_none() || !two_files.into_iter().any(is_stdin),
            "with `--against` logs are read more than once, which standard input cannot be: save it to a \
             file first"
        );
        Ok(is_asked)
    }

    /// Judges the log at `path`, and holds it against what was given.
    pub(super) fn verify(
        &self,
        path: &Path,
        io: Io,
        is_progress_shown: bool,
    ) -> (Result<Verdict, String>, Against) {
        let name = path.to_string_lossy().into_owned();
        let mut against = Against {
            name,
            copy: None,
            head: None,
        };
        if path.as_os_str() == "-" {
            let stream = stream();
            let survey = stream.as_ref().ok().map(|(_, survey)| survey);
            against.head = self.head(survey);
            return (stream.map(|(verdict, _)| verdict), against);
        }
        let log = Judged::read(path, io, is_progress_shown);
        against.head = self.head(log.as_ref().ok().map(|log| &log.survey));
        against.copy = self
            .against
            .as_ref()
            .map(|copy| CopyCheck::of(copy, &log, &against.name, io, is_progress_shown));
        (log.map(|log| log.verdict), against)
    }

    fn head(&self, survey: Option<&Survey>) -> Option<(Checkpoint, HeadCheck)> {
        let checkpoint = self.against_head?;
        Some((checkpoint, against_head(survey?, &checkpoint)))
    }
}

fn stream() -> Result<(Verdict, Survey), String> {
    let mut row = (Verifier::new(), Survey::new());
    read::stream(io::stdin().lock(), &mut row, |_| {})
        .map_err(|error| format!("cannot read standard input: {error}"))?;
    Ok((row.0.finish(), row.1))
}

impl CopyCheck {
    fn of(
        path: &Path,
        log: &Result<Judged, String>,
        log_name: &str,
        io: Io,
        is_progress_shown: bool,
    ) -> Self {
        let name = path.to_string_lossy().into_owned();
        let copy = Judged::read(path, io, is_progress_shown);
        let comparison = match (&copy, log) {
            (Ok(copy), Ok(log)) => {
                let names = Names {
                    a: &name,
                    b: log_name,
                };
                Some(copy.compare(log, &names))
            }
            _ => None,
        };
        Self {
            name,
            verdict: copy.map(|copy| copy.verdict),
            comparison,
        }
    }

    /// Returns what was found in a word (FORMAT.md, "Comparison").
    fn result(&self) -> &'static str {
        let Some(Ok(comparison)) = &self.comparison else {
            return "not-compared";
        };
        match comparison.relation {
            Relation::Same | Relation::Continuation(Side::B) if comparison.common == 0 => {
                "empty-copy"
            }
            Relation::Same => "same-as-copy",
            Relation::Continuation(Side::B) => "continues-copy",
            Relation::Continuation(Side::A) | Relation::Longer(Side::A) => "shorter-than-copy",
            Relation::Longer(Side::B) => "broken-behind-copy",
            Relation::Forked => "forked-from-copy",
            Relation::Resealed => "re-sealed",
            Relation::Different => "differs-from-copy",
            Relation::Unrelated => "unrelated-to-copy",
        }
    }

    fn exit(&self) -> Exit {
        match self.result() {
            "same-as-copy" | "continues-copy" => Exit::Done,
            "empty-copy" => Exit::Nothing,
            _ => Exit::Refuted,
        }
    }
}

impl Against {
    pub(super) fn exit(&self) -> Exit {
        let copy = self.copy.as_ref().map_or(Exit::Done, CopyCheck::exit);
        match self.head {
            None | Some((_, HeadCheck::Holds { .. })) => copy,
            Some(_) => copy.worst(Exit::Refuted),
        }
    }

    /// Prints what was found, behind the log's own verdict.
    pub(super) fn print(&self, out: &mut Out) {
        if let Some(copy) = &self.copy {
            self.print_copy(out, copy);
        }
        if let Some((checkpoint, check)) = &self.head {
            let tone = match check {
                HeadCheck::Holds { .. } => Tone::Good,
                _ => Tone::Bad,
            };
            let text = described(checkpoint, check);
            out.line(tone, format!("{}: {}: {text}", self.name, word(check)));
        }
    }

    fn print_copy(&self, out: &mut Out, copy: &CopyCheck) {
        let names = Names {
            a: &copy.name,
            b: &self.name,
        };
        let comparison = match (&copy.verdict, &copy.comparison) {
            (_, Some(Ok(comparison))) => comparison,
            (Err(error), _) => {
                return self.print_failure(out, &format!("{}: unreadable: {error}", copy.name));
            }
            (_, Some(Err(error))) => return self.print_failure(out, error),
            // The log's own verdict says why.
            (_, None) => return,
        };
        let exit = copy.exit();
        let tone = match exit {
            Exit::Done => Tone::Good,
            Exit::Nothing => Tone::Odd,
            _ => Tone::Bad,
        };
        if exit == Exit::Refuted {
            compare::print(out, comparison, &names);
            out.line(Tone::Plain, compare::counts(&comparison.counts, &names));
        }
        if let Ok(verdict) = &copy.verdict
            && verdict.judgement == Judgement::Broken
        {
            out.line(Tone::Odd, compare::standing(&copy.name, verdict));
        }
        let text = compare::relation(comparison, &names);
        out.line(tone, format!("{}: {}: {text}", self.name, copy.result()));
    }

    /// Says what kept the logs from being compared, when quiet too.
    fn print_failure(&self, out: &mut Out, error: &str) {
        let text = format!("{}: not-compared: {error}", self.name);
        if out.is_quiet() {
            out.error(&anyhow::Error::msg(text));
        } else {
            out.line(Tone::Bad, text);
        }
    }

    /// Returns what was found, for `--json`.
    pub(super) fn report(self) -> Report {
        Report {
            copy: self.copy.map(CopyCheck::report),
            head: self
                .head
                .map(|(checkpoint, check)| head_report(checkpoint, &check)),
        }
    }
}

impl CopyCheck {
    fn report(self) -> CopyReport {
        let log = compare::Log::of(&self.name, self.verdict.as_ref());
        let result = self.result();
        let (comparison, not_compared) = match self.comparison {
            Some(Ok(comparison)) => (Some(comparison.into()), None),
            Some(Err(error)) => (None, Some(error)),
            None => (None, None),
        };
        CopyReport {
            log,
            result,
            comparison,
            not_compared,
        }
    }
}

fn head_report(checkpoint: Checkpoint, check: &HeadCheck) -> HeadReport {
    let mut report = HeadReport {
        checkpoint,
        result: word(check),
        further: None,
        missing: None,
        holds_to: None,
        found: None,
        elsewhere: None,
    };
    match *check {
        HeadCheck::Broken { holds_to } => report.holds_to = Some(holds_to),
        HeadCheck::Contradicted { found, elsewhere } => {
            (report.found, report.elsewhere) = (found, elsewhere);
        }
        HeadCheck::Holds { further } => report.further = Some(further),
        HeadCheck::Shorter { missing, elsewhere } => {
            (report.missing, report.elsewhere) = (Some(missing), elsewhere);
        }
    }
    report
}

/// Returns what a head check found in a word (FORMAT.md, "Comparison").
const fn word(check: &HeadCheck) -> &'static str {
    match check {
        HeadCheck::Broken { .. } => "broken-before-head",
        HeadCheck::Contradicted { .. } => "contradicts-head",
        HeadCheck::Holds { .. } => "continues-head",
        HeadCheck::Shorter { .. } => "shorter-than-head",
    }
}

fn described(checkpoint: &Checkpoint, check: &HeadCheck) -> String {
    let Checkpoint {
        records: count,
        head,
    } = checkpoint;
    let is_elsewhere = |elsewhere: Option<u64>| match elsewhere {
        Some(record) => format!("; record {record} has it"),
        None => String::new(),
    };
    match *check {
        HeadCheck::Broken { holds_to } => format!(
            "record {count} has the hash `{head}`, but the chain holds only up to record {holds_to}"
        ),
        HeadCheck::Contradicted { found, elsewhere } => {
            let found = match found {
                Some(found) => format!("the hash `{found}`"),
                None => "no seal that holds".to_owned(),
            };
            format!(
                "record {count} has {found}, and it had `{head}`: it or a record before it was \
                 altered, removed or inserted{}",
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
            records(missing),
            is_elsewhere(elsewhere)
        ),
    }
}
