//! `--against` and `--against-head`: a log held against what somebody else kept of it.
//!
//! What contradicts it is a finding of the log, and what holds a remark.

mod copy;
mod head;

use std::path::{Path, PathBuf};

use anyhow::ensure;
use sealstone::{
    compare::Checkpoint,
    damage::{self, Explanation},
    verify::{Survey, Verifier},
};
use serde::Serialize;

use self::{copy::CopyCheck, head::Held};
use super::{
    explain,
    judge::{Judge, is_stdin},
    report::Report,
};
use crate::cli::{compare::Judged, progress::Progress};

/// What a log is to be held against.
#[derive(Debug, clap::Args)]
pub(super) struct Given {
    /// A copy of the log that somebody else kept: LOG must hold every record of it, and may go on. For one
    /// LOG, and both must be files
    #[arg(long, value_name = "COPY", conflicts_with_all = ["state", "recheck"])]
    against: Option<PathBuf>,

    /// A head that somebody else kept: after COUNT records the hash was HASH. For one LOG
    #[arg(long, value_name = "COUNT:HASH", conflicts_with_all = ["state", "recheck"])]
    against_head: Option<Checkpoint>,
}

/// The member `against` of the JSON (FORMAT.md, "Comparison").
#[derive(Serialize)]
struct Member {
    copy: Option<copy::Member>,
    head: Option<head::Member>,
}

impl Given {
    /// Returns what a log is to be held against, if anything; then it must be a single one.
    pub(super) fn asked(&self, logs: &[PathBuf]) -> anyhow::Result<Option<&Self>> {
        if self.against.is_none() && self.against_head.is_none() {
            return Ok(None);
        }
        ensure!(
            logs.len() == 1,
            "`--against` and `--against-head` are for one log at a time"
        );
        ensure!(
            !logs.iter().any(|log| !is_stdin(log) && log.is_dir()),
            "`--against` and `--against-head` are for one log at a time, not for a folder"
        );
        let mut two_files = self.against.iter().chain(logs);
        ensure!(
            self.against.is_none() || !two_files.any(|path| is_stdin(path)),
            "with `--against` logs are read more than once, which standard input cannot be: save it to a \
             file first"
        );
        Ok(Some(self))
    }

    /// Returns what is read beside the log.
    pub(super) fn copy(&self) -> Option<&Path> {
        self.against.as_deref()
    }

    /// Judges the log at `path`, and holds it against what was given.
    pub(super) fn judge(&self, path: &Path, judge: &Judge<'_>, progress: &Progress) -> Report {
        let (log, copy) = if is_stdin(path) {
            let row = judge.read(path, progress, (Verifier::new(), Survey::new()));
            (row.map(|row| (row.0.finish(), row.1)), None)
        } else {
            let log = Judged::read(path, judge.io, progress);
            let copy = self.against.as_deref();
            let copy = copy.map(|copy| CopyCheck::of(copy, &log, path, judge.io, progress));
            (log.map(|log| (log.verdict, log.survey)), copy)
        };
        let (mut report, head) = match log {
            Ok((verdict, survey)) => {
                let mut report = Report::of(path.to_owned(), verdict);
                let head = self.against_head.map(|head| Held::of(head, &survey));
                // An error goes to the front, so the one that says more comes last.
                if let Some(head) = &head {
                    head.tell(&mut report);
                }
                if let Some(copy) = &copy {
                    copy.tell(&mut report, &survey);
                }
                if judge.explains {
                    let explanation = explained(&survey, copy.as_ref());
                    explain::tell(&mut report, explanation, judge.listed);
                }
                (report, head)
            }
            // Its own error says why nothing is known.
            Err(error) => (Report::unreadable(path.to_owned(), error), None),
        };
        let member = Member {
            copy: copy.map(CopyCheck::member),
            head: head.map(|head| head.member()),
        };
        report.fact("against", &member);
        report
    }
}

/// Explains what was done to a log, as the bytes and a copy tell.
fn explained(survey: &Survey, copy: Option<&CopyCheck>) -> Explanation {
    let mut explanation = damage::explain(survey);
    // Only a log that holds by itself is said to be sealed anew, so there is no other damage.
    explanation
        .damages
        .extend(copy.and_then(|copy| copy.re_sealed(survey)));
    explanation
}
