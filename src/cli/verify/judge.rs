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
    store::{
        folder::Found,
        read::{self, Io},
    },
    system,
    verify::{Verdict, Verifier},
};

use super::report::Report;
use crate::cli::progress::Progress;

/// How logs are judged.
pub(super) struct Judge {
    pub(super) io: Io,
    /// How many findings, and how many warnings, of one log are kept with their text.
    pub(super) listed: usize,
    /// Whether progress may be drawn.
    pub(super) draws: bool,
}

impl Judge {
    /// Judges one log.
    pub(super) fn log(&self, path: &Path) -> Report {
        let progress = Progress::new(self.draws, size(path));
        self.judged(path, &progress)
    }

    /// Judges a folder's logs, in the order of their paths. What could not be looked into is among them.
    ///
    /// Each log is judged on every core; a few are under way at once, so that small ones do not wait for
    /// each other's files. They are few, so the memory does not depend on how many there are.
    pub(super) fn folder(&self, folder: &Path, found: &Found) -> Vec<Report> {
        let total = found.logs.iter().filter_map(|log| size(log)).sum();
        let progress = Progress::new(self.draws, Some(total));
        let mut reports = self.at_once(&found.logs, &progress);
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
        reports
    }

    fn at_once(&self, logs: &[PathBuf], progress: &Progress) -> Vec<Report> {
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
        reports.into_inner().expect("no holder panics")
    }

    fn judged(&self, path: &Path, progress: &Progress) -> Report {
        let start = system::start();
        let mut report = match self.verdict(path, progress) {
            Ok(verdict) => Report::of(path.to_owned(), verdict),
            Err(error) => Report::unreadable(path.to_owned(), error),
        };
        report.list_at_most(self.listed);
        report.bytes = size(path).unwrap_or_default();
        report.seconds = start.elapsed().as_secs_f64();
        report
    }

    fn verdict(&self, path: &Path, progress: &Progress) -> Result<Verdict, String> {
        let count = |bytes| progress.add(bytes);
        if is_stdin(path) {
            let mut verifier = Verifier::new();
            read::stream(io::stdin().lock(), &mut verifier, count)
                .map_err(|error| format!("cannot read standard input: {error}"))?;
            Ok(verifier.finish())
        } else {
            read::verify(path, self.io, count).map_err(|error| error.to_string())
        }
    }
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn size(path: &Path) -> Option<u64> {
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file);
    metadata
        .filter(|_| !is_stdin(path))
        .map(|metadata| metadata.len())
}
