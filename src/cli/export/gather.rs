//! One reading of a log, for its verdict and for the evidence in it.

use std::{io, path::PathBuf};

use sealstone::{
    digest::{Digest, Hasher},
    export::{Census, Completeness, Contents, Facts, Selection, WitnessName},
    report::Report,
    store::records::around,
    system,
    verify::{self, Judgement, Verdict},
    witness::{self, Chain, Checkpoint, Expected, Kept, Looked},
};

use super::sink::Sink;
use crate::cli::{exit::Exit, out, reading, witness as asked};

/// Which records of which log are exported.
pub(super) struct Request {
    pub(super) log: PathBuf,
    pub(super) selection: Selection,
    pub(super) expected_subject: Option<String>,
    pub(super) witness: asked::Args,
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

impl From<asked::Refused> for Refusal {
    fn from(refused: asked::Refused) -> Self {
        let why = format!("{:#}", refused.error);
        Self {
            exit: refused.exit,
            why: why.trim_start_matches("refused: ").to_owned(),
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
    pub(super) verdict: Verdict,
    /// None if no witness was named.
    pub(super) witnessed: Option<Witnessed>,
}

/// What a witness says of a log.
pub(super) struct Witnessed {
    pub(super) kept: Kept,
    /// Those of the checkpoints that are about this log.
    pub(super) own: Vec<Checkpoint>,
    pub(super) completeness: witness::Completeness,
}

impl Request {
    /// Reads the log and puts what is meant of it into `sink`, all of which belongs together: every byte is read once.
    /// A report, if there is one, takes the same lines. Refuses a log of which nothing may be exported.
    pub(super) fn gather<S: Sink>(
        &self,
        mut sink: S,
        mut report: Option<&mut Report<'_>>,
        out: &str,
    ) -> Result<Gathered, Refusal> {
        let witness = self.witness.read()?;
        let mut log = Hasher::default();
        let mut census = Census::default();
        let mut written = Ok(());
        let mut number = 0;
        let mut chain = Chain::default();
        let reader = report.as_ref().map(|report| report.reader());
        let is_witnessed = self.witness.is_named();
        let look = |line: &[u8]| {
            let beside = (
                is_witnessed.then(|| Looked::at(line)),
                reader.map(|reader| reader.look(line)),
            );
            (line.to_owned(), self.selection.look(line, S::row), beside)
        };
        let take = |line: &verify::Line, (text, looked, beside): (Vec<u8>, _, (_, _))| {
            if let Some(looked) = beside.0 {
                chain.take(looked);
            }
            if let (Some(report), Some(seen)) = (&mut report, beside.1) {
                report.take(seen);
            }
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
        };
        let verdict = reading::read(&self.log, self.draws, look, take);
        let verdict = verdict.map_err(Refusal::unable)?;
        let head = self.attested(&verdict)?;
        self.expect_subject(&census)?;
        let witnessed = self.witnessed(witness, &chain, &verdict)?;
        let cannot = |error: io::Error| Refusal::unable(format!("cannot write {out}: {error}"));
        written.map_err(cannot)?;
        Ok(Gathered {
            contents: sink.finish().map_err(cannot)?,
            records: verdict.records,
            head,
            log_sha256: log.finish(),
            verdict,
            witnessed,
            census,
        })
    }

    /// Asks the witness, if one was named. Refuses a log that contradicts it.
    fn witnessed(
        &self,
        witness: asked::Source<'_>,
        chain: &Chain,
        verdict: &Verdict,
    ) -> Result<Option<Witnessed>, Refusal> {
        let Some(kept) = witness.kept(chain)? else {
            return Ok(None);
        };
        let expected = Expected::default();
        let completeness = witness::Completeness::of(chain, verdict.first_break, &kept, expected);
        if asked::exit(&completeness) == Exit::Refuted {
            let (name, json) = (self.log.display(), out::spaced_json(&completeness));
            return Err(Refusal {
                exit: Exit::Refuted,
                why: format!("INCOMPLETE — {name} conflicts with the witness ({json})"),
            });
        }
        let (own, _) = chain.own(&kept.checkpoints);
        let own = own.into_iter().cloned().collect();
        Ok(Some(Witnessed {
            kept,
            own,
            completeness,
        }))
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
            completeness: self.completeness(gathered),
        })
    }

    fn completeness(&self, gathered: &Gathered) -> Completeness {
        let Some(witnessed) = &gathered.witnessed else {
            return Completeness::not_checked();
        };
        let file = self.witness.file().and_then(|path| path.file_name());
        let file = file.map(|name| name.to_string_lossy());
        let url = self.witness.witness_url.as_deref();
        let name = match (&file, url) {
            (None, Some(url)) => WitnessName::Url(url),
            (file, _) => WitnessName::File(file.as_deref().unwrap_or_default()),
        };
        Completeness::witnessed(name, &witnessed.completeness)
    }

    /// Returns the name of the log, without its folder.
    pub(super) fn log_name(&self) -> String {
        let name = self.log.file_name().unwrap_or(self.log.as_os_str());
        name.to_string_lossy().into_owned()
    }
}
