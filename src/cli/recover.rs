//! `sealstone recover`

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use sealstone::{
    damage::{self, Base, Explanation, Run},
    store::{again::OpenLog, extract::Target, read::Io},
    verify::{Survey, Verdict},
};
use serde::Serialize;

use super::{
    exit::Exit,
    explain,
    out::{Out, Tone},
    progress::Progress,
    verify::plural,
};

/// Copy what is provable of a broken log into a new one
///
/// Writes the records from the beginning of the chain up to the first damage to OUT, byte for byte, and says
/// what was left out and why. LOG is only read. OUT must not be there yet, is checked after it was written,
/// and verifies by itself.
///
/// With --runs each further run of intact records goes to a file beside OUT, for OUT `a.jsonl` to
/// `a.run-2.jsonl` and so on, numbered as `verify --explain` numbers them. Such a file is intact relative to a
/// record that is not in it. Unless it begins a chain of its own, it does not verify by itself. The report says
/// which files were sealed behind the last record of OUT, so that they verify when they are put behind it; for
/// the others nothing proves that they belong to the same log. LIMITS.md says more.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Example:
  sealstone recover broken.jsonl -o provable.jsonl

Statuses: 0 everything is provable and in OUT; 1 something was left out; 2 it could not be carried
out; 3 there is no record")]
pub(super) struct Args {
    /// The log; it is read twice, so it must be a file
    #[arg(value_name = "LOG")]
    log: PathBuf,

    /// Where the provable records go
    #[arg(short, long = "out", value_name = "OUT")]
    output: PathBuf,

    /// Write every other run of intact records too, beside OUT
    #[arg(long)]
    runs: bool,

    /// Print one JSON document (schema sealstone.recover/1, FORMAT.md)
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: &'static str,
    log: String,
    records: usize,
    written: &'a [Written],
    left_out: &'a [LeftOut],
    damage: &'a Explanation,
}

/// A file with a run of records.
#[derive(Debug, Serialize)]
struct Written {
    path: String,
    /// The number of the run, as `verify --explain` numbers them.
    number: usize,
    #[serde(flatten)]
    run: Run,
    /// Whether its first record was sealed behind the last one of what is provable, or of a run that goes on
    /// from there: put behind each other, they verify.
    continues: bool,
    /// What is wrong with the file by itself, apart from its links.
    findings: Option<u64>,
}

/// Neighbouring records that are in no file.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct LeftOut {
    first_record: usize,
    last_record: usize,
    first_line: u64,
    last_line: u64,
    bytes: std::ops::Range<u64>,
}

pub(super) fn run(out: &mut Out, args: &Args) -> anyhow::Result<Exit> {
    ensure!(
        args.log.as_os_str() != "-" && args.output.as_os_str() != "-",
        "LOG and OUT must be files: both are read again"
    );
    let source = OpenLog::open(&args.log)?;
    let survey = surveyed(out, args, &source)?;
    let records = survey.entries.len();
    let explanation = damage::explain(&survey);
    let chosen: Vec<(usize, &Run)> = (1..)
        .zip(&explanation.runs)
        .filter(|(_, run)| args.runs || run.base == Base::Beginning)
        .collect();
    let left_out = left_out(&survey, &chosen);
    // Copies are checked with surveys of their own.
    drop(survey);
    let written = write(&source, &args.output, &chosen)?;
    let log = args.log.to_string_lossy();
    if args.json {
        out.json(&Document {
            schema: "sealstone.recover/1",
            log: log.into_owned(),
            records,
            written: &written,
            left_out: &left_out,
            damage: &explanation,
        });
    } else {
        if records > 0 {
            print_written(out, args, &written);
        }
        print_left_out(out, &left_out);
        for (tone, line) in explain::damages(&explanation) {
            out.line(tone, line);
        }
        let (tone, text) = summary(records, &explanation, &left_out);
        out.line(tone, format!("{log}: {text}"));
    }
    Ok(if records == 0 {
        Exit::Nothing
    } else if explanation.is_intact() {
        Exit::Done
    } else {
        Exit::Refuted
    })
}

fn surveyed(out: &Out, args: &Args, source: &OpenLog) -> anyhow::Result<Survey> {
    let size = std::fs::metadata(&args.log).map(|metadata| metadata.len());
    let progress = Progress::new(out.wants_progress() && !args.json, size.ok());
    let mut survey = Survey::new();
    source.read(Io::Auto, &mut survey, |bytes| progress.add(bytes))?;
    Ok(survey)
}

/// Writes the chosen runs, each to its file. All names are taken before anything is written.
fn write(
    source: &OpenLog,
    output: &Path,
    chosen: &[(usize, &Run)],
) -> anyhow::Result<Vec<Written>> {
    let mut targets = Vec::new();
    for (number, run) in chosen {
        let path = match run.base {
            Base::Beginning => output.to_owned(),
            _ => beside(output, *number),
        };
        targets.push(Target::take(&path)?);
    }
    let mut written = Vec::new();
    // The last record that is provable with the runs so far.
    let mut tip = None;
    for ((number, run), target) in chosen.iter().zip(targets) {
        let path = target.path().to_string_lossy().into_owned();
        let verdict = target.fill(source, run).with_context(|| {
            let count = written.len();
            format!(
                "{count} of {} files are complete and stay, the others are not there",
                chosen.len()
            )
        })?;
        let continues = tip.is_some_and(|tip| run.base == Base::Record(tip));
        if continues || run.base == Base::Beginning {
            tip = Some(run.last_record);
        }
        written.push(Written {
            path,
            number: *number,
            run: (*run).clone(),
            continues,
            findings: is_chain(run.base).then(|| Verdict::finding_count(&verdict)),
        });
    }
    Ok(written)
}

/// Whether a run verifies by itself.
const fn is_chain(base: Base) -> bool {
    matches!(base, Base::Beginning | Base::OtherBeginning)
}

/// Returns the name for a run beside the one for the provable records.
fn beside(output: &Path, number: usize) -> PathBuf {
    let mut name = output.file_stem().unwrap_or_default().to_owned();
    name.push(format!(".run-{number}"));
    if let Some(extension) = output.extension() {
        name.push(".");
        name.push(extension);
    }
    output.with_file_name(name)
}

/// Returns what is between the runs, in ranges.
fn left_out(survey: &Survey, chosen: &[(usize, &Run)]) -> Vec<LeftOut> {
    let mut ranges = Vec::new();
    let mut next = 0;
    let index = |record: u64| usize::try_from(record).expect("it is in the survey");
    let end = survey.entries.len();
    let runs = chosen
        .iter()
        .map(|(_, run)| (index(run.first_record) - 1, index(run.last_record)));
    for (first, behind) in runs.chain([(end, end)]) {
        if next < first {
            let (a, b) = (&survey.entries[next], &survey.entries[first - 1]);
            ranges.push(LeftOut {
                first_record: next + 1,
                last_record: first,
                first_line: a.line,
                last_line: b.line,
                bytes: a.bytes.start..b.bytes.end,
            });
        }
        next = behind;
    }
    ranges
}

fn print_written(out: &mut Out, args: &Args, written: &[Written]) {
    let is_provable = |file: &Written| file.run.base == Base::Beginning;
    if !written.iter().any(is_provable) {
        let output = args.output.display();
        let text = format!("{output}: not written: no record is provable from the beginning");
        out.line(Tone::Bad, text);
    }
    for file in written {
        let tone = if is_provable(file) {
            Tone::Good
        } else {
            Tone::Odd
        };
        let note = match file.findings {
            None if file.continues => {
                let output = args.output.display();
                format!("; verifies behind {output} and what continues that, not by itself")
            }
            None => "; does not verify by itself".to_owned(),
            Some(0) => String::new(),
            Some(1) => "; its links hold, but `verify` has 1 finding".to_owned(),
            Some(count) => format!("; its links hold, but `verify` has {count} findings"),
        };
        let (path, run) = (&file.path, explain::described_run(&file.run));
        out.line(tone, format!("{path}: {run}{note}"));
    }
}

fn print_left_out(out: &mut Out, left_out: &[LeftOut]) {
    for range in left_out {
        let place = explain::place(
            [range.first_record as u64, range.last_record as u64],
            [range.first_line, range.last_line],
            [range.bytes.start, range.bytes.end],
        );
        out.line(Tone::Bad, format!("left out: {place}"));
    }
}

fn summary(records: usize, explanation: &Explanation, left_out: &[LeftOut]) -> (Tone, String) {
    if records == 0 {
        let text = "empty: no record, so there is nothing to recover";
        return (Tone::Odd, text.to_owned());
    }
    if explanation.is_intact() {
        let records = plural(records as u64, "record");
        let text = format!("nothing left out: {records}, provable from the beginning");
        return (Tone::Good, text);
    }
    let provable = explanation.provable().map_or(0, |run| run.records);
    let left_out: usize = left_out
        .iter()
        .map(|range| range.last_record + 1 - range.first_record)
        .sum();
    let text = format!(
        "{provable} of {} provable from the beginning, {} in other files, {left_out} left out",
        plural(records as u64, "record"),
        records as u64 - provable - left_out as u64
    );
    (Tone::Bad, text)
}
