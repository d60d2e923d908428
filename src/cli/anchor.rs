//! `sealstone anchor`

mod c2sp;

use std::path::{Path, PathBuf};

use anyhow::Context;
use sealstone::{
    verify,
    witness::{Chain, Completeness, Looked, SUBJECTLESS_CAVEAT, Standing},
};

use super::{
    exit::Exit,
    out::{Out, Tone},
    reading, witness,
};

/// Say whether a log is whole, by the checkpoints that a witness keeps of it
///
/// A log that was cut at its end is intact by itself. A checkpoint says how many records there were and what the hash
/// of the last one was; whoever keeps it out of reach of those who keep the log can tell (FORMAT.md, "Witness
/// checkpoints").
///
/// What a witness is asked is whether every checkpoint is a place in this log. Whether the records are well formed is
/// `verify`'s matter. What follows the last checkpoint was not witnessed.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  sealstone anchor --check audit.jsonl witness.jsonl
  sealstone anchor --check --remote https://witness.example audit.jsonl

Statuses: 0 complete; 1 incomplete, or the log or the remote witness cannot be read; 2 the witness
file is missing or damaged, or wrong arguments; 3 the witness has no checkpoint of this log")]
pub(super) struct Args {
    /// Hold the log against the witness
    #[arg(long, required_unless_present = "c2sp")]
    check: bool,

    /// The log; `-` is standard input
    #[arg(value_name = "LOG")]
    log: PathBuf,

    /// The file in which the witness keeps checkpoints
    #[arg(value_name = "WITNESS", required_unless_present_any = ["remote", "c2sp"])]
    witness: Option<PathBuf>,

    /// Ask this witness instead: https, or http on this machine. It learns the subject of the log, or else the hash of
    /// its first record
    #[arg(long, value_name = "URL", conflicts_with = "witness")]
    remote: Option<String>,

    /// Call a log incomplete in which a record is of another subject than this, or of none
    #[arg(long, value_name = "SUBJECT")]
    expect_subject: Option<String>,

    /// With `--c2sp`: the secret key of the log, which `keygen` made
    #[arg(long, value_name = "FILE", requires = "c2sp")]
    key_file: Option<PathBuf>,

    #[command(flatten)]
    c2sp: c2sp::Args,
}

pub(super) fn run(out: &mut Out, args: &Args) -> Exit {
    if args.c2sp.c2sp {
        let given = c2sp::Given {
            log: &args.log,
            checkpoint: args.witness.as_deref(),
            key_file: args.key_file.as_deref(),
            is_check: args.check,
        };
        return c2sp::run(out, &args.c2sp, &given);
    }
    let (chain, first_break) = match read(&args.log, out.wants_progress()) {
        Ok(read) => read,
        Err(error) => {
            out.error(&error);
            return Exit::Refuted;
        }
    };
    let witness = witness::Args {
        witness: args.witness.clone(),
        witness_url: args.remote.clone(),
    };
    let checkpoints = match witness.checkpoints(&chain) {
        Ok(checkpoints) => checkpoints.unwrap_or_default(),
        Err(refused) => {
            out.error(&refused.error);
            return refused.exit;
        }
    };
    let expected = args.expect_subject.as_deref();
    let completeness = Completeness::of(&chain, first_break, &checkpoints, expected);
    tell(out, &completeness, args.remote.is_none());
    witness::exit(&completeness)
}

/// Reads a log, whose lines must all be records: what another one hides could be anything.
fn read(log: &Path, draws: bool) -> anyhow::Result<(Chain, Option<u64>)> {
    let mut chain = Chain::default();
    let take = |_: &verify::Line, looked| chain.take(looked);
    let verdict = reading::read(log, draws, Looked::at, take).map_err(anyhow::Error::msg)?;
    let unreadable = chain.unreadable().map(|number| {
        let name = log.display();
        anyhow::anyhow!(
            "cannot read `{name}`: its line {number}, blank ones not counted, is no record"
        )
    });
    match unreadable {
        Some(error) => Err(error).context("refused"),
        None => Ok((chain, verdict.first_break)),
    }
}

fn tell(out: &mut Out, completeness: &Completeness, is_local: bool) {
    let tone = match completeness.standing {
        Standing::Complete { .. } => Tone::Good,
        Standing::Incomplete(_) => Tone::Bad,
        Standing::Unwitnessed => Tone::Odd,
    };
    out.line(tone, witness::line(completeness));
    if is_local && matches!(completeness.standing, Standing::Complete { .. }) {
        out.line(
            Tone::Plain,
            "NOTE: this says as much as the witness file was out of reach of those who keep the log",
        );
    }
    if completeness.is_subjectless {
        out.line(Tone::Plain, format!("NOTE: {SUBJECTLESS_CAVEAT}"));
    }
}
