//! One reading of a log, for its verdict and for the evidence in it.

use std::{io, path::PathBuf};

use sealstone::{
    digest::{Digest, Hasher},
    export::{Census, Completeness, Contents, Facts, Selection},
    store::records::around,
    system,
    verify::{Judgement, Verdict},
};

use super::sink::Sink;
use crate::cli::{exit::Exit, reading};

/// Which records of which log are exported.
pub(super) struct Request {
    pub(super) log: PathBuf,
    pub(super) selection: Selection,
    pub(super) expected_subject: Option<String>,
    /// Whether progress may be drawn.
    pub(super) draws: bool,
}

/// Why nothing is exported.
pub(super) struct Refusal {
    pub(super) exit: Exit,
    /// For a reader.
    pub(super) why: String,
}

impl Refusal {
    pub(super) const fn unable(why: String) -> Self {
        Self {
            exit: Exit::Unable,
            why,
        }
    }
}

/// What a log says that may be exported.
pub(super) struct Gathered {
    pub(super) census: Census,
    pub(super) contents: Contents,
    pub(super) records: u64,
    pub(super) head: Digest,
    log_sha256: Digest,
    /// Nobody is asked who keeps the head elsewhere.
    pub(super) completeness: Completeness,
}

impl Request {
    /// Reads the log and puts what is meant of it into `sink`, all of which belongs together: every byte is read once.
    /// Refuses a log of which nothing may be exported.
    pub(super) fn gather<S: Sink>(&self, mut sink: S, out: &str) -> Result<Gathered, Refusal> {
        let mut log = Hasher::default();
        let mut census = Census::default();
        let mut written = Ok(());
        let mut number = 0;
        let look = |line: &[u8]| (line.to_owned(), self.selection.look(line, S::row));
        let verdict = reading::read(&self.log, self.draws, look, |line, (text, looked)| {
            let (before, behind) = around(line, &text);
            for part in [before, &text, behind] {
                log.update(part);
            }
            number += u64::from(!line.is_blank());
            if let Some(row) = census.take(looked)
                && written.is_ok()
            {
                written = sink.put(number, row, &text);
            }
        });
        let verdict = verdict.map_err(Refusal::unable)?;
        let head = self.attested(&verdict)?;
        self.expect_subject(&census)?;
        let cannot = |error: io::Error| Refusal::unable(format!("cannot write {out}: {error}"));
        written.map_err(cannot)?;
        Ok(Gathered {
            contents: sink.finish().map_err(cannot)?,
            records: verdict.records,
            head,
            log_sha256: log.finish(),
            completeness: Completeness::not_checked(),
            census,
        })
    }

    /// Returns the head of a log that verifies and is not empty.
    fn attested(&self, verdict: &Verdict) -> Result<Digest, Refusal> {
        let name = self.log.display();
        match (verdict.judgement, verdict.head) {
            (Judgement::Intact, Some(head)) => Ok(head),
            (Judgement::Empty, _) => Err(Refusal {
                exit: Exit::Nothing,
                why: format!("{name} holds 0 records, so there is nothing to attest"),
            }),
            _ => {
                let first = verdict.findings.first();
                let first =
                    first.map(|found| format!(" (record {}: {})", found.record, found.message));
                let why = format!("{name} fails verification{}", first.unwrap_or_default());
                Err(Refusal {
                    exit: Exit::Refuted,
                    why,
                })
            }
        }
    }

    fn expect_subject(&self, census: &Census) -> Result<(), Refusal> {
        const NAMED: usize = 16;
        let Some(expected) = &self.expected_subject else {
            return Ok(());
        };
        if census.subjects.are_only(expected) {
            return Ok(());
        }
        let mut ids: Vec<&str> = census.subjects.texts().take(NAMED + 1).collect();
        if ids.len() > NAMED {
            ids[NAMED] = "and others";
        }
        let (name, ids) = (self.log.display(), ids.join(", "));
        Err(Refusal {
            exit: Exit::Refuted,
            why: format!("{name} carries subject id(s) [{ids}], and only {expected:?} is expected"),
        })
    }

    /// Returns what a manifest says of what was gathered.
    pub(super) fn facts<'a>(
        &'a self,
        gathered: &'a Gathered,
        is_dated: bool,
    ) -> io::Result<Facts<'a>> {
        let now = if is_dated { Some(system::now()?) } else { None };
        Ok(Facts {
            generated_at: now.map(|now| now.to_string()),
            source_log: self.log_name(),
            source_log_sha256: gathered.log_sha256,
            selection: &self.selection,
            census: &gathered.census,
            contents: gathered.contents,
            total_records: gathered.records,
            head: gathered.head,
            expected_subject: self.expected_subject.clone(),
            completeness: gathered.completeness.clone(),
        })
    }

    /// Returns the name of the log, without its folder.
    pub(super) fn log_name(&self) -> String {
        let name = self.log.file_name().unwrap_or(self.log.as_os_str());
        name.to_string_lossy().into_owned()
    }
}
