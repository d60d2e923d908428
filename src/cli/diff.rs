//! `sealstone diff`

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::ensure;
use sealstone::{
    compare::{Comparison, Relation},
    store::read::Io,
    verify::Judgement,
};
use serde::Serialize;

use super::{
    compare::{self, Judged, Names},
    exit::Exit,
    out::{Out, Tone},
    progress::Progress,
};

/// Show how two logs differ, record by record and field by field
///
/// For a log and a copy of it. Says whether they hold the same records, whether one continues the other, or
/// where they part; then which records were altered, reordered or sealed anew, which are in one of them only, and
/// which fields differ. `-` is what A has, `+` what B has. Both logs are judged too, because a longer log that
/// is broken is no continuation.
///
/// Records are the same if they have the same hash and it holds: then they were also sealed behind the same
/// records. White space, escapes and the order of members do not matter. Which of two logs is the true one,
/// nothing in them can say.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Example:
  sealstone diff backup.jsonl ~/.halo/audit.jsonl

Statuses: 0 the same records; 1 they differ, or one is broken or cannot be read; 2 wrong
arguments; 3 both are empty")]
pub(super) struct Args {
    /// A log; a file, because it is read more than once
    #[arg(value_name = "A")]
    a: PathBuf,

    /// The log to compare it with; a file too
    #[arg(value_name = "B")]
    b: PathBuf,

    /// Print one JSON document (schema sealstone.diff/1, FORMAT.md)
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Document {
    schema: &'static str,
    a: compare::Log,
    b: compare::Log,
    comparison: Option<compare::Members>,
    error: Option<String>,
}

pub(super) fn run(out: &mut Out, args: &Args) -> anyhow::Result<Exit> {
    ensure!(
        args.a.as_os_str() != "-" && args.b.as_os_str() != "-",
        "logs are read more than once, which standard input cannot be: save it to a file first"
    );
    let is_progress_shown = out.wants_progress() && !args.json;
    let read = |path: &Path| {
        let size = fs::metadata(path).ok().map(|metadata| metadata.len());
        let progress = Progress::new(is_progress_shown, size);
        Judged::read(path, Io::Auto, &progress)
    };
    let (a, b) = (read(&args.a), read(&args.b));
    let paths = (args.a.to_string_lossy(), args.b.to_string_lossy());
    let names = Names {
        a: &paths.0,
        b: &paths.1,
    };
    let comparison = match (&a, &b) {
        (Ok(a), Ok(b)) => Some(a.compare(b, &names)),
        _ => None,
    };
    let exit = match (&a, &b, &comparison) {
        (Ok(a), Ok(b), Some(Ok(comparison))) => exit(comparison, a, b),
        _ => Exit::Refuted,
    };
    if args.json {
        let (comparison, error) = match comparison {
            Some(Ok(comparison)) => (Some(comparison.into()), None),
            Some(Err(error)) => (None, Some(error)),
            None => (None, None),
        };
        out.json(&Document {
            schema: "sealstone.diff/1",
            a: compare::Log::of(names.a, a.as_ref().map(Judged::verdict)),
            b: compare::Log::of(names.b, b.as_ref().map(Judged::verdict)),
            comparison,
            error,
        });
    } else {
        print(out, &names, [&a, &b], comparison.as_ref());
    }
    Ok(exit)
}

fn exit(comparison: &Comparison, a: &Judged, b: &Judged) -> Exit {
    let is = |judgement| a.verdict.judgement == judgement || b.verdict.judgement == judgement;
    match comparison.relation {
        Relation::Same if is(Judgement::Broken) => Exit::Refuted,
        Relation::Same if is(Judgement::Empty) => Exit::Nothing,
        Relation::Same => Exit::Done,
        _ => Exit::Refuted,
    }
}

fn print(
    out: &mut Out,
    names: &Names<'_>,
    logs: [&Result<Judged, String>; 2],
    comparison: Option<&Result<Comparison, String>>,
) {
    if let Some(Ok(comparison)) = comparison {
        let tone = match comparison.relation {
            Relation::Same => Tone::Good,
            Relation::Continuation(_) => Tone::Odd,
            _ => Tone::Bad,
        };
        let word = comparison.relation.as_str();
        let relation = compare::relation(comparison, names);
        out.line(tone, format!("{word}: {relation}"));
        for (tone, line) in compare::lines(comparison, names) {
            out.line(tone, line);
        }
        out.line(Tone::Plain, compare::counts(&comparison.counts, names));
    }
    for (name, log) in [names.a, names.b].into_iter().zip(logs) {
        match log {
            Ok(log) => {
                let tone = match log.verdict.judgement {
                    Judgement::Broken => Tone::Bad,
                    Judgement::Empty => Tone::Odd,
                    Judgement::Intact => Tone::Good,
                };
                out.line(tone, compare::standing(name, &log.verdict));
            }
            Err(error) => failed(out, format!("{name}: unreadable: {error}")),
        }
    }
    if let Some(Err(error)) = comparison {
        failed(out, format!("not compared: {error}"));
    }
}

/// Says what could not be done, when quiet too.
fn failed(out: &mut Out, text: String) {
    if out.is_quiet() {
        out.error(&anyhow::Error::msg(text));
    } else {
        out.line(Tone::Bad, text);
    }
}
