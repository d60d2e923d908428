//! `sealstone policy`

mod formats;
mod html;
mod json;
mod judged;
mod text;
mod words;

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};
use clap::ValueEnum;
use sealstone::{
    policy::{Policy, bundled},
    window::Window,
};

use self::judged::Judged;
use super::{
    exit::Exit,
    out::{Out, Tone},
    sanitize::shown,
};

/// More than any policy has.
const MAX_BYTES: u64 = 16 << 20;

/// Hold a log against rules
///
/// Verifies the log, and says of each rule which records break it, or which it was about. A rule selects records
/// by their fields and says what must hold of them (FORMAT.md, "Policy", has the language). What a verdict does
/// not say is in LIMITS.md: above all, nothing of what was not recorded.
///
/// A rule that could never be violated, or that names what no record can hold, is refused.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  sealstone policy ~/.halo/audit.jsonl owasp-starter
  sealstone policy --format github --from 2026-11-01 log.jsonl rules.json

Statuses: 0 no rule is violated, and one was about some record or lacks evidence; 1 a rule is
violated; 2 the log does not verify, the policy is refused, the subject is another one, or wrong
arguments; 3 no rule is about any record")]
pub(super) struct Args {
    /// The log; `-` is standard input
    #[arg(value_name = "LOG", required_unless_present = "list")]
    log: Option<PathBuf>,

    /// The rules: a file, else the name of a bundled policy
    #[arg(value_name = "POLICY", required_unless_present = "list")]
    policy: Option<PathBuf>,

    /// Hold only records of this time or later against the rules: a date or a time (ISO 8601), in UTC if it
    /// names no zone. The whole log is verified all the same
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    from: Option<String>,

    /// Hold only records of this time or earlier against the rules; a date means all of that day
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    to: Option<String>,

    /// Refuse a log in which a record is of another subject than this, or of none
    #[arg(long, value_name = "SUBJECT")]
    expect_subject: Option<String>,

    /// How to print the verdict (FORMAT.md, "Policy")
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,

    /// Print one JSON document; the same as `--format json`
    #[arg(long, conflicts_with = "format")]
    json: bool,

    /// Write the verdict as a page for a browser instead, which loads nothing and runs nothing. With `--json` there is
    /// none
    #[arg(long, value_name = "OUT", conflicts_with = "format")]
    html: Option<PathBuf>,

    /// What the page calls the log; its name, if nothing is said
    #[arg(long, value_name = "LABEL")]
    subject: Option<String>,

    /// List the bundled policies and their rules
    #[arg(long, conflicts_with_all = ["log", "policy", "from", "to", "expect_subject", "format", "json", "html", "subject"])]
    list: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Lines for people
    Text,
    /// One document, schema sealstone.policy/1
    Json,
    /// XML in the manner of `JUnit`, a test a rule
    Junit,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Workflow commands of GitHub Actions
    Github,
}

pub(super) fn run(out: &mut Out, args: &Args) -> anyhow::Result<Exit> {
    let (Some(log), Some(name)) = (&args.log, &args.policy) else {
        return list(out);
    };
    let policy = Policy::read(&find(name)?).context("policy refused")?;
    let window = Window::new(args.from.as_deref(), args.to.as_deref())?;
    let format = if args.json { Format::Json } else { args.format };
    let draws = out.wants_progress() && format == Format::Text;
    let mut judged = Judged::read(log, &policy, window, draws);
    if let Some(expected) = &args.expect_subject {
        judged.expect_subject(expected)?;
    }
    if let Some(path) = args.html.as_deref().filter(|_| !args.json) {
        html::write(&judged, args.subject.as_deref(), path, &[log, name])?;
        out.line(Tone::Plain, format!("wrote {}", path.display()));
        return Ok(judged.exit());
    }
    match format {
        Format::Text => text::print(out, &judged),
        Format::Json => json::print(out, &judged),
        Format::Junit => formats::junit(out, &mut judged),
        Format::Sarif => formats::sarif(out, &mut judged),
        Format::Github => formats::github(out, &mut judged),
    }
    Ok(judged.exit())
}

/// Returns the file of a policy, or the bundled one of that name.
pub(super) fn find(name: &Path) -> anyhow::Result<Vec<u8>> {
    if name.exists() {
        return read(name).with_context(|| format!("cannot read `{}`", name.display()));
    }
    let Some(bundled) = name.to_str().and_then(bundled::find) else {
        let names: Vec<&str> = bundled::ALL.iter().map(|bundled| bundled.name).collect();
        bail!(
            "there is no file `{}`, and the bundled policies are {}",
            name.display(),
            names.join(" and ")
        );
    };
    Ok(bundled.text.as_bytes().to_owned())
}

/// Reads a policy, which may come through a pipe and is no longer than anybody's.
fn read(name: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(name)?
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)?;
    ensure!(
        bytes.len() as u64 <= MAX_BYTES,
        "it is longer than {} MiB",
        MAX_BYTES >> 20
    );
    Ok(bytes)
}

fn list(out: &mut Out) -> anyhow::Result<Exit> {
    for bundled in bundled::ALL {
        let policy = Policy::read(bundled.text.as_bytes()).context(bundled.name)?;
        out.line(Tone::Plain, bundled.name);
        for rule in &policy.rules {
            out.line(
                Tone::Plain,
                format!("  {} ({})", shown(&rule.id), rule.severity),
            );
        }
    }
    Ok(Exit::Done)
}
