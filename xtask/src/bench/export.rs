//! How fast a log becomes evidence, in each form, and how much memory that takes.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context;

use super::{REFERENCE_RECORDS, timed};

/// The forms, with the options that ask for them. The first is the reference's.
const FORMS: &[(&str, &[&str])] = &[
    ("CSV", &["-o", "evidence.csv"]),
    ("JSON lines", &["--format", "jsonl"]),
    ("Parquet", &["--format", "parquet"]),
    ("bundle", &["--bundle", "evidence.zip"]),
];

/// A form, and what was measured of it, round by round.
struct Row {
    form: &'static str,
    options: &'static [&'static str],
    seconds: Vec<f64>,
    peak_kib: Vec<u64>,
    /// How many times as fast as the reference's CSV of the same number of records.
    times: Vec<f64>,
}

/// The rows, in the order in which they are reported.
pub(super) struct Exports {
    records: u64,
    rows: Vec<Row>,
}

impl Exports {
    /// Exports `chain` in every form, `rounds` times in turn; the reference has only its beginning to export.
    pub(super) fn run(
        sealstone: &Path,
        reference: Option<&Path>,
        [chain, beginning]: [&Path; 2],
        records: u64,
        rounds: usize,
    ) -> anyhow::Result<Self> {
        let folder = chain.with_file_name("export");
        fs::create_dir_all(&folder)?;
        let mut rows: Vec<Row> = FORMS
            .iter()
            .map(|(form, options)| Row::new(form, options))
            .collect();
        let share = records as f64 / records.min(REFERENCE_RECORDS as u64) as f64;
        for _ in 0..rounds {
            let reference = reference.map(|halo| run(halo, beginning, FORMS[0].1, &folder));
            let reference = reference.transpose()?.map(|(seconds, _)| seconds * share);
            for row in &mut rows {
                let (seconds, peak_kib) = run(sealstone, chain, row.options, &folder)?;
                row.seconds.push(seconds);
                row.peak_kib.push(peak_kib);
                row.times
                    .extend(reference.map(|reference| reference / seconds));
            }
        }
        fs::remove_dir_all(&folder).context("cannot remove what was exported")?;
        Ok(Self { records, rows })
    }

    /// Returns the table.
    pub(super) fn table(&self) -> anyhow::Result<String> {
        let mut text = "| form | records a second | of `halo export` (CSV) | peak memory |\n|---|---|---|---|\n".to_owned();
        for row in &self.rows {
            let seconds = median(&row.seconds).unwrap_or(f64::NAN);
            let times = median(&row.times)
                .map_or("not run".to_owned(), |times| format!("{times:.0} times"));
            let peak_kib = row.peak_kib.iter().max().copied().unwrap_or_default();
            writeln!(
                text,
                "| {} | {:.0} thousand ({seconds:.1} s) | {times} | {} MiB |",
                row.form,
                self.records as f64 / seconds / 1e3,
                peak_kib / 1024,
            )?;
        }
        Ok(text)
    }
}

impl Row {
    const fn new(form: &'static str, options: &'static [&'static str]) -> Self {
        Self {
            form,
            options,
            seconds: Vec::new(),
            peak_kib: Vec::new(),
            times: Vec::new(),
        }
    }
}

fn run(
    program: &Path,
    log: &Path,
    options: &[&str],
    folder: &PathBuf,
) -> anyhow::Result<(f64, u64)> {
    let mut command = Command::new(program);
    timed(
        command
            .arg("export")
            .arg(log)
            .args(options)
            .current_dir(folder),
    )
}

fn median(values: &[f64]) -> Option<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
