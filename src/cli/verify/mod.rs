//! `sealstone verify`

mod address;
mod against;
mod explain;
pub(super) mod github;
mod inputs;
mod json;
mod judge;
pub(super) mod junit;
pub(super) mod note;
mod report;
pub(super) mod sarif;
mod text;

use std::path::PathBuf;

use clap::ValueEnum;
use sealstone::{
    store::{
        gate::Check,
        read::Io,
        state::{State, StateError},
    },
    verify::MAX_FINDINGS,
};

use self::{against::Given, inputs::Input, judge::Judge};
pub(super) use self::{
    report::{Report, Standing},
    text::{described, plural, summary},
};
use super::{exit::Exit, out::Out};

/// Check whether logs are as they were written
///
/// Recomputes the hash of every record and follows the links between them. Intact means that no record was
/// altered, removed, added or moved since it was sealed, up to the last record there is. It does not mean
/// that everything was recorded, and not that the end was not cut off: compare the head with a copy of it
/// that somebody else holds. LIMITS.md says more.
///
/// Findings name the record, counted over lines that are not blank, and a stable code (FORMAT.md lists
/// them). After the first record that does not fit the chain, links are not judged any more.
///
/// Of a folder, every log below it is verified, and they are printed as a table: regular files, and links
/// to such, whose names end in `.jsonl`. Links to folders are not followed. What cannot be looked into, and
/// what has such a name and is no file, is unreadable. A folder without a log is empty.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[command(after_long_help = "\
Examples:
  sealstone verify ~/.halo/audit.jsonl
  sealstone verify --format github --state proven.state logs/

Statuses: 0 every log is intact; 1 a log is broken or cannot be read, is not what was proven of it,
or contradicts a copy or a head; 2 wrong arguments, or a state that cannot be used; 3 a log or its
copy is empty and none is worse")]
pub(super) struct Args {
    /// The logs, or folders of logs; `-` is standard input
    #[arg(value_name = "LOG", required = true)]
    logs: Vec<PathBuf>,

    /// How to print what is found (FORMAT.md, "Other formats")
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,

    /// Print one JSON document; the same as `--format json`
    #[arg(long, conflicts_with = "format")]
    json: bool,

    /// Say of a broken log what was done to it, as far as the bytes tell, and which runs of records are intact
    /// (FORMAT.md, "Damage"); of a log below a folder the first ten of each
    #[arg(long, conflicts_with_all = ["state", "recheck"])]
    explain: bool,

    /// Fail on warnings too: times that go back, parents that are not there
    #[arg(long)]
    strict: bool,

    /// How to read: `auto` maps files that nobody may write to and reads all others, which may be cut or
    /// grow meanwhile; `mmap` maps every file, and is killed if one is cut meanwhile; `read` reads
    #[arg(long, value_name = "HOW", default_value = "auto")]
    io: How,

    /// Remember in FILE what was proven, and read only what is new the next time
    ///
    /// FILE is created if it is not there, and replaced after each run that proved more; a log is known in
    /// it by the path that was given. Its proven beginning is not read again, but for its last record, both
    /// ends and samples between them, at most 5 MiB in all: a log whose end was cut, or that was sealed anew, is found for sure; a
    /// change in the middle of a log of more than 1 MiB that leaves the last record where it was may be found
    /// only with `--recheck`. Of a log that is not intact, what was proven stays as it was. A log below a
    /// folder that is known and gone is unreadable; remove FILE to begin anew. Whoever can write FILE can
    /// vouch for a false log: keep it where the writer of the logs cannot write (LIMITS.md).
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,

    /// With `--state`: read the logs from the beginning all the same, and hold them against what was proven
    #[arg(long, requires = "state")]
    recheck: bool,

    #[command(flatten)]
    against: Given,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Lines for people
    Text,
    /// One document, schema sealstone.verify/1
    Json,
    /// XML in the manner of `JUnit`, a test a log
    Junit,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Workflow commands of GitHub Actions
    Github,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum How {
    Auto,
    Mmap,
    Read,
}

impl Format {
    /// How many findings, how many warnings and, if damage is explained, how many damages of all logs together
    /// are listed.
    const fn listed(self, explains: bool) -> usize {
        match self {
            Self::Text | Self::Json | Self::Junit => 100_000,
            // Code scanning refuses documents with more than 25,000 results.
            Self::Sarif if explains => 8_000,
            Self::Sarif => 12_000,
            // Actions shows the first ten of a step beside the lines; the others are read in its output.
            Self::Github => 1_000,
        }
    }
}

/// How many findings of one log a folder's table is headed by.
const LISTED_IN_FOLDER: usize = 10;

pub(super) fn run(out: &mut Out, args: &Args) -> anyhow::Result<Exit> {
    let against = args.against.asked(&args.logs)?;
    let state = args.state.as_deref().map(State::open).transpose()?;
    let inputs = inputs::find(&args.logs, state.as_ref())?;
    let format = if args.json { Format::Json } else { args.format };
    let mut judge = Judge {
        io: match args.io {
            How::Auto => Io::Auto,
            How::Mmap => Io::Mmap,
            How::Read => Io::Read,
        },
        state: state.as_ref(),
        against,
        explains: args.explain,
        check: if args.recheck {
            Check::Whole
        } else {
            Check::New
        },
        listed: (format.listed(args.explain) / inputs::count(&inputs).max(1))
            .clamp(1, MAX_FINDINGS),
        draws: out.wants_progress() && format == Format::Text,
    };
    let exit = if format == Format::Text {
        run_as_text(out, &inputs, &mut judge, args.strict)?
    } else {
        let reports = judged(&inputs, &judge)?;
        match format {
            Format::Text | Format::Json => json::print(out, &reports),
            Format::Junit => junit::print(out, &reports, args.strict),
            Format::Sarif => sarif::print(out, &reports, args.strict),
            Format::Github => github::print(out, &reports, args.strict),
        }
        worst(&reports, args.strict)
    };
    if let Some(state) = state {
        state.save()?;
    }
    Ok(exit)
}

fn judged(inputs: &[Input], judge: &Judge<'_>) -> Result<Vec<Report>, StateError> {
    let mut reports = Vec::new();
    for input in inputs {
        match input {
            Input::Folder(path, found) => reports.extend(judge.folder(path, found)?),
            Input::Log(path) => reports.push(judge.log(path)?),
        }
    }
    Ok(reports)
}

/// Prints each argument's verdict as soon as it is known.
fn run_as_text(
    out: &mut Out,
    inputs: &[Input],
    judge: &mut Judge<'_>,
    strict: bool,
) -> Result<Exit, StateError> {
    let mut exit = Exit::Done;
    for input in inputs {
        match input {
            Input::Folder(path, found) => {
                judge.listed = LISTED_IN_FOLDER;
                let reports = judge.folder(path, found)?;
                text::folder(out, &reports);
                exit = exit.worst(worst(&reports, strict));
            }
            Input::Log(path) => {
                judge.listed = MAX_FINDINGS;
                let report = judge.log(path)?;
                text::log(out, &report, inputs.len() > 1);
                exit = exit.worst(report.exit(strict));
            }
        }
    }
    Ok(exit)
}

fn worst(reports: &[Report], strict: bool) -> Exit {
    let exits = reports.iter().map(|report| report.exit(strict));
    exits.fold(Exit::Done, Exit::worst)
}
