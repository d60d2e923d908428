//! How fast a log becomes a page, how large the page is, and how much memory that takes, beside the reference.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::ensure;

use super::{REFERENCE_RECORDS, timed};

/// How many times as fast as the reference it must be, and how many times as small in memory and on the disk. On a quiet
/// machine it is more than 30 times; both cores are its own only there.
const FASTER: f64 = 12.0;
const SMALLER: f64 = 2.0;

/// What was measured of a program, round by round.
struct Runs {
    program: PathBuf,
    name: &'static str,
    seconds: Vec<f64>,
    peak_kib: u64,
    page_bytes: u64,
}

/// Both programs, ours first.
pub(super) struct Pages(Vec<Runs>);

impl Pages {
    /// Has both make pages of the same log, in turn.
    pub(super) fn run(
        sealstone: &Path,
        reference: Option<&Path>,
        log: &Path,
        rounds: usize,
    ) -> anyhow::Result<Self> {
        let page = log.with_extension("html");
        let programs = [
            (Some(sealstone), "`sealstone report`"),
            (reference, "`halo report`"),
        ];
        let mut both: Vec<Runs> = programs
            .into_iter()
            .filter_map(|(program, name)| Some(Runs::new(program?, name)))
            .collect();
        for _ in 0..rounds {
            for runs in &mut both {
                let mut command = Command::new(&runs.program);
                let (seconds, peak_kib) =
                    timed(command.arg("report").arg(log).arg("-o").arg(&page))?;
                runs.seconds.push(seconds);
                runs.peak_kib = runs.peak_kib.max(peak_kib);
                runs.page_bytes = fs::metadata(&page)?.len();
            }
        }
        fs::remove_file(&page)?;
        Ok(Self(both))
    }

    /// Returns the table.
    pub(super) fn table(&self) -> anyhow::Result<String> {
        let mut text = "| program | time | peak memory | page |\n|---|---|---|---|\n".to_owned();
        for runs in &self.0 {
            writeln!(
                text,
                "| {} | {:.2} s | {} MiB | {:.1} MB |",
                runs.name,
                runs.median(),
                runs.peak_kib / 1024,
                runs.page_bytes as f64 / 1e6,
            )?;
        }
        Ok(text)
    }

    /// Fails if a page costs more than it may beside the reference's.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        let [ours, reference] = &self.0[..] else {
            return Ok(());
        };
        let faster = reference.median() / ours.median();
        ensure!(
            faster >= FASTER,
            "report: {faster:.0} times as fast as the reference, below {FASTER}"
        );
        let memory = reference.peak_kib as f64 / ours.peak_kib as f64;
        ensure!(
            memory >= SMALLER,
            "report: 1 / {memory:.1} of the reference's memory"
        );
        let size = reference.page_bytes as f64 / ours.page_bytes as f64;
        ensure!(
            size >= SMALLER,
            "report: 1 / {size:.1} of the reference's page"
        );
        Ok(())
    }

    pub(super) fn introduction() -> String {
        format!(
            "## Report\n\nWhat a page of the first {REFERENCE_RECORDS} records of the mixed chain takes. The page verifies \
             itself when it is opened: 100,000 records (123 MB of lines, a page of 26 MB) take 3.7 to 3.9 s of processor \
             time in Chromium, until they are drawn (by hand; `cargo test --test browser -- --ignored scale` repeats it).\n"
        )
    }
}

impl Runs {
    fn new(program: &Path, name: &'static str) -> Self {
        Self {
            program: program.to_owned(),
            name,
            seconds: Vec::new(),
            peak_kib: 0,
            page_bytes: 0,
        }
    }

    fn median(&self) -> f64 {
        let mut seconds = self.seconds.clone();
        seconds.sort_by(f64::total_cmp);
        seconds.get(seconds.len() / 2).copied().unwrap_or(f64::NAN)
    }
}
