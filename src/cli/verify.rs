//! `sealstone verify`

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::ensure;
use clap::ValueEnum;
use sealstone::{
    damage::{self, Explanation},
    store::read::{self, Io},
    verify::{Delegation, Finding, Judgement, Row, Survey, Verdict, Verifier},
};
use serde::Serialize;

use super::{
    exit::Exit,
    explain,
    out::{Out, Tone},
    progress::Progress,
};

/// Check whether logs are as they were written
///
/// Recomputes the hash of every record and follows the links between them. Intact means that no record was
/// altered, removed, added or moved since it was sealed, up to the last record there is. It does not mean
/// that everything was recorded, and not that the end was not cut off: compare the head with a copy of it
/// that somebody else holds. LIMITS.md says more.
///
/// Findings name the record, counted over lines that are not blank, and a stable code (FORMAT.md lists
/// them). After the first record that does not fit the chain, links are not judged any more.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Example:
  sealstone verify ~/.halo/audit.jsonl

Statuses: 0 every log is intact; 1 a log is broken or cannot be read; 2 wrong arguments; 3 a log
is empty and none is worse")]
pub(super) struct Args {
    /// The logs; `-` is standard input
    #[arg(value_name = "LOG", required = true)]
    logs: Vec<PathBuf>,

    /// Print one JSON document (schema sealstone.verify/1, FORMAT.md)
    #[arg(long)]
    json: bool,

    /// Say of a broken log what was done to it, as far as the bytes tell, and which runs of records are intact
    /// (FORMAT.md, Damage)
    #[arg(long)]
    explain: bool,

    /// Fail on warnings too: times that go back, parents that are not there
    #[arg(long)]
    strict: bool,

    /// How to read: `auto` maps files that nobody may write to and reads all others, which may be cut or
    /// grow meanwhile; `mmap` maps every file, and is killed if one is cut meanwhile; `read` reads
    #[arg(long, value_name = "HOW", default_value = "auto")]
    io: How,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum How {
    Auto,
    Mmap,
    Read,
}

/// What is known of one log, as `--json` prints it.
#[derive(Debug, Serialize)]
struct Report {
    path: String,
    verdict: &'static str,
    records: Option<u64>,
    head: Option<String>,
    first_break: Option<u64>,
    findings: Vec<Finding>,
    findings_left_out: u64,
    warnings: Vec<Finding>,
    warnings_left_out: u64,
    delegation: Delegation,
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    damage: Option<Explanation>,
}

#[derive(Debug, Serialize)]
struct Document {
    schema: &'static str,
    logs: Vec<Report>,
}

pub(super) fn run(out: &mut Out, args: &Args) -> anyhow::Result<Exit> {
    let io = match args.io {
        How::Auto => Io::Auto,
        How::Mmap => Io::Mmap,
        How::Read => Io::Read,
    };
    let stdin_count = args
        .logs
        .iter()
        .filter(|log| log.as_os_str() == "-")
        .count();
    ensure!(stdin_count <= 1, "standard input can be read only once");
    let several = args.logs.len() > 1;
    let mut worst = Exit::Done;
    let mut reports = Vec::new();
    for path in &args.logs {
        let progress = Progress::new(out.wants_progress() && !args.json, size(path));
        let (verdict, damage) = verify(path, io, &progress, args.explain);
        drop(progress);
        let name = path.to_string_lossy().into_owned();
        worst = worst.worst(exit(&verdict, args.strict));
        if args.json {
            reports.push(Report {
                damage,
                ..report(name, verdict)
            });
        } else {
            print(out, &name, several, verdict, damage.as_ref());
        }
    }
    if args.json {
        out.json(&Document {
            schema: "sealstone.verify/1",
            logs: reports,
        });
    }
    Ok(worst)
}

fn verify(
    path: &Path,
    io: Io,
    progress: &Progress,
    explain: bool,
) -> (Result<Verdict, String>, Option<Explanation>) {
    if !explain {
        let verifier = read(path, io, progress, Verifier::new());
        return (verifier.map(Verifier::finish), None);
    }
    match read(path, io, progress, (Verifier::new(), Survey::new())) {
        Ok((verifier, survey)) => (Ok(verifier.finish()), Some(damage::explain(&survey))),
        Err(error) => (Err(error), None),
    }
}

/// Puts the lines of a log into `row` and returns it.
fn read<R: Row>(path: &Path, io: Io, progress: &Progress, mut row: R) -> Result<R, String> {
    let count = |bytes| progress.add(bytes);
    if path.as_os_str() == "-" {
        read::stream(io::stdin().lock(), &mut row, count)
            .map_err(|error| format!("cannot read standard input: {error}"))?;
    } else {
        read::file(path, io, &mut row, count).map_err(|error| error.to_string())?;
    }
    Ok(row)
}

fn size(path: &Path) -> Option<u64> {
    let is_stdin = path.as_os_str() == "-";
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file);
    metadata
        .filter(|_| !is_stdin)
        .map(|metadata| metadata.len())
}

fn exit(verdict: &Result<Verdict, String>, strict: bool) -> Exit {
    match verdict {
        Ok(verdict) if strict && verdict.warning_count() > 0 => Exit::Refuted,
        Ok(verdict) => match verdict.judgement {
            Judgement::Intact => Exit::Done,
            Judgement::Empty => Exit::Nothing,
            Judgement::Broken => Exit::Refuted,
        },
        // The reference's status for a log that is not there.
        Err(_) => Exit::Refuted,
    }
}

fn print(
    out: &mut Out,
    name: &str,
    several: bool,
    verdict: Result<Verdict, String>,
    damage: Option<&Explanation>,
) {
    let verdict = match verdict {
        Ok(verdict) => verdict,
        Err(error) if out.is_quiet() => {
            return out.error(&anyhow::anyhow!("{name}: unreadable: {error}"));
        }
        Err(error) => return out.line(Tone::Bad, format!("{name}: unreadable: {error}")),
    };
    let prefix = if several {
        format!("{name}: ")
    } else {
        String::new()
    };
    for finding in &verdict.findings {
        out.line(Tone::Bad, format!("{prefix}{}", described(finding)));
    }
    if verdict.findings_left_out > 0 {
        let count = verdict.findings_left_out;
        out.line(
            Tone::Bad,
            format!("{prefix}{}", plural(count, "more finding")),
        );
    }
    for warning in &verdict.warnings {
        out.line(Tone::Odd, format!("{prefix}{}", described(warning)));
    }
    if verdict.warnings_left_out > 0 {
        let count = verdict.warnings_left_out;
        out.line(
            Tone::Odd,
            format!("{prefix}{}", plural(count, "more warning")),
        );
    }
    if let Some(damage) = damage {
        explain::print(out, &prefix, damage);
    }
    let (tone, text) = summary(&verdict);
    out.line(tone, format!("{name}: {text}"));
}

pub(super) fn described(finding: &Finding) -> String {
    let kind = if finding.code.is_warning() {
        "warning: "
    } else {
        ""
    };
    let place = finding
        .pointer
        .as_deref()
        .filter(|pointer| !pointer.is_empty());
    let place = place
        .map(|pointer| format!(" at {pointer}"))
        .unwrap_or_default();
    format!(
        "record {}: {kind}{}{place}: {}",
        finding.record, finding.code, finding.message
    )
}

pub(super) fn summary(verdict: &Verdict) -> (Tone, String) {
    let records = plural(verdict.records, "record");
    match (verdict.judgement, verdict.first_break) {
        (Judgement::Empty, _) => (
            Tone::Odd,
            "empty: no record, so there is nothing to attest".to_owned(),
        ),
        (Judgement::Intact, _) => {
            let head = verdict
                .head
                .map(|head| head.to_string())
                .unwrap_or_default();
            let text = format!(
                "intact: {records}, unaltered and in order up to head {head}; \
                 this proves integrity, not that everything was recorded or that no end was cut off"
            );
            (Tone::Good, text)
        }
        (Judgement::Broken, first_break) => {
            let findings = plural(verdict.finding_count(), "finding");
            let text = match first_break {
                Some(_) if verdict.holds_to == 0 => {
                    "the chain does not hold from the first record on".to_owned()
                }
                Some(_) => format!(
                    "the chain holds up to record {}, and nothing after it can be proven",
                    verdict.holds_to
                ),
                None => "the links hold, but not every line is a sound record".to_owned(),
            };
            (
                Tone::Bad,
                format!("broken: {findings} in {records}; {text}"),
            )
        }
    }
}

fn plural(count: u64, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{s}")
}

fn report(path: String, verdict: Result<Verdict, String>) -> Report {
    match verdict {
        Ok(verdict) => Report {
            path,
            verdict: match verdict.judgement {
                Judgement::Broken => "broken",
                Judgement::Empty => "empty",
                Judgement::Intact => "intact",
            },
            records: Some(verdict.records),
            head: verdict.head.map(|head| head.to_string()),
            first_break: verdict.first_break,
            findings: verdict.findings,
            findings_left_out: verdict.findings_left_out,
            warnings: verdict.warnings,
            warnings_left_out: verdict.warnings_left_out,
            delegation: verdict.delegation,
            error: None,
            damage: None,
        },
        Err(error) => Report {
            path,
            verdict: "unreadable",
            records: None,
            head: None,
            first_break: None,
            findings: Vec::new(),
            findings_left_out: 0,
            warnings: Vec::new(),
            warnings_left_out: 0,
            delegation: Delegation::default(),
            error: Some(error),
            damage: None,
        },
    }
}
