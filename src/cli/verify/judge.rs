//! From paths to reports: one log after the other, or a folder's logs at once.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use sealstone::{
    damage,
    store::{
        folder::Found,
        gate::{self, Check, Departure},
        look,
        read::{self, Io},
        state::{State, StateError},
    },
    system,
    verify::{Proven, Row, Survey, Verifier},
};
use serde_json::json;

use super::{
    address,
    against::Given,
    explain,
    note::{Note, STATE_CUT, STATE_MISMATCH},
    report::Report,
    text::plural,
};
use crate::cli::{out::Tone, progress::Progress};

/// How logs are judged.
pub(super) struct Judge<'a> {
    pub(super) io: Io,
    /// What is remembered of logs.
    pub(super) state: Option<&'a State>,
    /// What the one log is held against; then nothing is remembered.
    pub(super) against: Option<&'a Given>,
    pub(super) check: Check,
    /// Whether it is said what was done to a broken log.
    pub(super) explains: bool,
    /// How many findings, and how many warnings, of one log are kept with their text.
    pub(super) listed: usize,
    /// Whether progress may be drawn.
    pub(super) draws: bool,
}

impl Judge<'_> {
    /// Judges one log.
    ///
    /// # Errors
    /// When the state cannot be used.
    pub(super) fn log(&self, path: &Path) -> Result<Report, StateError> {
        let copy = self.against.and_then(Given::copy).and_then(size);
        let total = size(path).map(|size| size + copy.unwrap_or_default());
        let progress = Progress::new(self.draws, total);
        self.judged(path, &progress)
    }

    /// Judges a folder's logs, in the order of their paths. What could not be looked into is among them.
    ///
    /// Each log is judged on every core; a few are under way at once, so that small ones do not wait for
    /// each other's files. They are few, so the memory does not depend on how many there are.
    ///
    /// # Errors
    /// When the state cannot be used.
    pub(super) fn folder(&self, folder: &Path, found: &Found) -> Result<Vec<Report>, StateError> {
        let total = found.logs.iter().filter_map(|log| size(log)).sum();
        let progress = Progress::new(self.draws, Some(total));
        let mut reports = self.at_once(&found.logs, &progress)?;
        drop(progress);
        reports.extend(
            found
                .faults
                .iter()
                .map(|fault| Report::unreadable(fault.path.clone(), fault.to_string())),
        );
        if reports.is_empty() {
            reports.push(Report::no_log(folder.to_owned()));
        }
        reports.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(reports)
    }

    fn at_once(&self, logs: &[PathBuf], progress: &Progress) -> Result<Vec<Report>, StateError> {
        let next = AtomicUsize::new(0);
        let reports = Mutex::new(Vec::with_capacity(logs.len()));
        // Not rayon's own threads: while one of them waits for a part of its log it would begin another
        // log, and in that another.
        thread::scope(|scope| {
            for _ in 0..rayon::current_num_threads().min(logs.len()) {
                scope.spawn(|| {
                    while let Some(log) = logs.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let report = self.judged(log, progress);
                        let mut reports = reports.lock().expect("no holder panics");
                        reports.push(report);
                    }
                });
            }
        });
        let reports = reports.into_inner().expect("no holder panics");
        reports.into_iter().collect()
    }

    fn judged(&self, path: &Path, progress: &Progress) -> Result<Report, StateError> {
        let start = system::start();
        let mut report = match (self.state, self.against) {
            (Some(state), _) => self.remembered(path, state, progress)?,
            (None, Some(given)) => given.judge(path, self, progress),
            (None, None) => self.alone(path, progress),
        };
        add_waiting(&mut report);
        report.list_at_most(self.listed);
        report.bytes = size(path).unwrap_or_default();
        report.seconds = start.elapsed().as_secs_f64();
        Ok(report)
    }

    fn alone(&self, path: &Path, progress: &Progress) -> Report {
        let report = |verifier: Verifier| Report::of(path.to_owned(), verifier.finish());
        let report = if self.explains {
            let row = self.read(path, progress, (Verifier::new(), Survey::new()));
            row.map(|(verifier, survey)| {
                let mut report = report(verifier);
                explain::tell(&mut report, damage::explain(&survey), self.listed);
                report
            })
        } else {
            self.read(path, progress, Verifier::new()).map(report)
        };
        report.unwrap_or_else(|error| Report::unreadable(path.to_owned(), error))
    }

    /// Puts the lines of a log into `row` and returns it; the error is for a reader.
    pub(super) fn read<R: Row>(
        &self,
        path: &Path,
        progress: &Progress,
        mut row: R,
    ) -> Result<R, String> {
        let count = |bytes| progress.add(bytes);
        if is_stdin(path) {
            read::stream(io::stdin().lock(), &mut row, count)
                .map_err(|error| format!("cannot read standard input: {error}"))?;
        } else {
            read::file(path, self.io, &mut row, count).map_err(|error| error.to_string())?;
        }
        Ok(row)
    }

    /// Judges a log behind what is remembered of it, and remembers what was proven.
    fn remembered(
        &self,
        path: &Path,
        state: &State,
        progress: &Progress,
    ) -> Result<Report, StateError> {
        let name = address::encoded(&address::plain(path));
        let known = state.known(&name)?;
        let before = known.as_ref().map(|known| Before::of(&known.proven));
        let count = |bytes| progress.add(bytes);
        let judged = match gate::verify(path, self.io, known, self.check, count) {
            Ok(judged) => judged,
            Err(error) => return Ok(Report::unreadable(path.to_owned(), error.to_string())),
        };
        if let Some(known) = &judged.known {
            state.keep(&name, known)?;
        }
        let mut report = Report::of(path.to_owned(), judged.verdict);
        if let (Some(departure), Some(before)) = (judged.departure, &before) {
            report.add(before.departed(departure, &report));
        }
        let known_records = before.map_or(0, |before| before.records);
        let passed_over = judged.passed_over;
        let fact = json!({"known_records": known_records, "passed_over": passed_over});
        report.fact("state", &fact);
        if passed_over > 0 {
            let records = plural(passed_over, "record");
            let text = format!("the first {records} were proven earlier and not read again");
            report.remark(Tone::Plain, text);
        }
        Ok(report)
    }
}

/// Says how many records wait beside a log. They are in no chain yet, so the verdict does not depend on them.
fn add_waiting(report: &mut Report) {
    let waiting = if is_stdin(&report.path) {
        0
    } else {
        look::spooled(&report.path).1 as u64
    };
    if waiting > 0 {
        report.fact("waiting", &waiting);
        let waiting = plural(waiting, "record");
        let text = format!("not in the log yet: {waiting} in its spool, for the next writer");
        report.remark(Tone::Odd, text);
    }
}

/// What a log was, for people.
struct Before {
    lines: u64,
    records: u64,
    head: String,
}

impl Before {
    fn of(proven: &Proven) -> Self {
        Self {
            lines: proven.lines(),
            records: proven.records(),
            head: proven.head().to_string(),
        }
    }

    fn departed(&self, departure: Departure, report: &Report) -> Note {
        let known = plural(self.records, "record");
        let had = format!(
            "the log was proven earlier to hold {known}, up to head `{}`",
            self.head
        );
        // Behind a break nothing is proven, so nothing is said of what stands there.
        let broken = report.first_break.filter(|record| *record <= self.records);
        let (rule, now) = match (departure, broken) {
            (Departure::Cut, _) => {
                let records = report.records.unwrap_or_default();
                (STATE_CUT, format!("now holds {records}"))
            }
            (Departure::Changed, Some(record)) => (
                STATE_MISMATCH,
                format!("its chain now breaks at record {record}"),
            ),
            (Departure::Changed, None) => (
                STATE_MISMATCH,
                "something else is in the place of that one".to_owned(),
            ),
        };
        let message = format!("{had}, and {now}");
        Note {
            rule,
            record: Some(self.records),
            line: Some(self.lines),
            pointer: None,
            message,
        }
    }
}

pub(super) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn size(path: &Path) -> Option<u64> {
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file);
    metadata
        .filter(|_| !is_stdin(path))
        .map(|metadata| metadata.len())
}
