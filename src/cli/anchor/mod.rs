//! `sealstone anchor`

mod c2sp;
mod check;
mod git;
mod keep;
mod place;
mod stamp;
mod watch;

use std::path::{Path, PathBuf};

use anyhow::Context;
use sealstone::{
    verify::{self, Verdict},
    witness::{Chain, Expected, Looked},
};

use self::{place::Place, stamp::Authorities};
use super::{duration, exit::Exit, out::Out, reading, witness::key};

/// Have a witness keep how long a log is and what its head is; with --check, hold the log against what it keeps
///
/// A log that was cut at its end is intact by itself. A checkpoint says how many records there were and what the hash
/// of the last one was; whoever keeps it out of reach of those who keep the log can tell (FORMAT.md, "Witness
/// checkpoints"). The witness is a file, one on the network (`--remote`), or the notes of a git repository (`--git`).
///
/// A log that does not verify is not witnessed, nor one that does not go on from what the witness has of it.
///
/// With `--c2sp`, the log is published as a transparency log instead, which any witness of that standard can cosign
/// (FORMAT.md, "Transparency log").
///
/// With `--check`, every checkpoint must be a place in this log. Whether the records are well formed is `verify`'s
/// matter. What follows the last checkpoint was not witnessed.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  sealstone anchor audit.jsonl witness.jsonl
  sealstone anchor audit.jsonl --remote https://witness.example --key-file key.txt
  sealstone anchor audit.jsonl witness.jsonl --timestamp --tsa https://tsa.example --tsa-ca ca.pem
  sealstone anchor audit.jsonl --git ~/anchors --watch --every 5m
  sealstone anchor --check audit.jsonl witness.jsonl
  sealstone anchor --check --remote https://witness.example audit.jsonl
  sealstone anchor --c2sp audit.jsonl --key-file log.key --policy policy.txt
  sealstone anchor --c2sp --check audit.jsonl --policy policy.txt

A policy (C2SP tlog-policy) of a log that two witnesses must both cosign, with the keys that `keygen` printed:
  log VKEY
  witness one VKEY https://one.example
  witness two VKEY https://two.example
  group both all one two
  quorum both

Statuses: 0 witnessed, or complete; 1 not witnessed, or incomplete, or the log or the remote witness cannot be read; 2
the witness is missing or damaged, or wrong arguments; 3 no record to witness, or the witness has no
checkpoint of this log, or fewer witnesses cosigned than the policy wants")]
pub(super) struct Args {
    /// Hold the log against the witness, and tell it nothing
    #[arg(long)]
    check: bool,

    /// The log; `-` is standard input
    #[arg(value_name = "LOG")]
    log: PathBuf,

    /// The file in which the witness keeps checkpoints. It is created if it is not there. With `--c2sp --check`, the
    /// published checkpoint; LOG.checkpoint if left out
    #[arg(value_name = "WITNESS", required_unless_present_any = ["remote", "git", "c2sp"])]
    witness: Option<PathBuf>,

    /// Use this witness instead: https, or http on this machine. It learns the subject of the log and the hash of its
    /// first record, and, unless asked with `--check`, its length and head
    #[arg(long, value_name = "URL", conflicts_with = "witness")]
    remote: Option<String>,

    /// Keep checkpoints as notes (refs/notes/sealstone) in this git repository, with the name of who signs them off as
    /// git has it. Nothing is pushed
    #[arg(long, value_name = "REPOSITORY", conflicts_with_all = ["witness", "remote"])]
    git: Option<PathBuf>,

    #[command(flatten)]
    key: key::Args,

    /// Take a log in which a record is of another subject than this, or of none, for incomplete, and have it not witnessed
    #[arg(long, value_name = "SUBJECT")]
    expect_subject: Option<String>,

    /// Take a log whose first record has another hash for incomplete, and have it not witnessed: two logs of one
    /// subject are told apart by it
    #[arg(long, value_name = "HASH")]
    expect_root: Option<String>,

    /// Go on until interrupted, and have the log witnessed every time it has grown, `--every` so often
    #[arg(long, conflicts_with = "check", requires = "every")]
    watch: bool,

    /// How often, as 30s, 5m, 2h or 1d. With `--check`: say which records were witnessed later than that after they
    /// were written. A checkpoint that was made with `--watch` says it itself
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    every: Option<u64>,

    #[command(flatten)]
    stamp: stamp::Args,

    #[command(flatten)]
    c2sp: c2sp::Args,
}

pub(super) fn run(out: &mut Out, args: &Args) -> Exit {
    if args.c2sp.c2sp {
        return transparent(out, args);
    }
    if args.every.is_some() && !args.watch && !args.check {
        let error = "`--every` goes with `--watch` or `--check`";
        out.error(&anyhow::Error::msg(error));
        return Exit::Unable;
    }
    let read = || anyhow::Ok((Place::of(args)?, args.stamp.read()?));
    let (place, authorities) = match read() {
        Ok(read) => read,
        Err(error) => {
            out.error(&error);
            return Exit::Unable;
        }
    };
    if args.check {
        return check::run(out, args, &place, &authorities);
    }
    args.as_often_as_meant(out, |out| keep::once(out, args, &place, &authorities))
}

/// Publishes the log as a transparency log, or holds it against what was published.
fn transparent(out: &mut Out, args: &Args) -> Exit {
    if args.every.is_some() && !args.watch {
        let error = "a published checkpoint does not say when others were: `--every` goes with `--watch` there";
        out.error(&anyhow::Error::msg(error));
        return Exit::Unable;
    }
    let given = c2sp::Given {
        log: &args.log,
        checkpoint: args.witness.as_deref(),
        key_file: args.key.file(),
        is_check: args.check,
    };
    args.as_often_as_meant(out, |out| c2sp::run(out, &args.c2sp, &given))
}

impl Args {
    /// Does it once, or, with `--watch`, whenever the log has grown.
    fn as_often_as_meant(&self, out: &mut Out, mut once: impl FnMut(&mut Out) -> Exit) -> Exit {
        match self.every {
            Some(every) if self.watch => watch::run(out, &self.log, every, once),
            _ => once(out),
        }
    }

    fn expected<'a>(&'a self, authorities: &'a Authorities<'_>) -> Expected<'a> {
        Expected {
            subject: self.expect_subject.as_deref(),
            root: self.expect_root.as_deref(),
            authorities: authorities.roots.as_ref(),
        }
    }
}

/// Reads a log, whose lines must all be records: what another one hides could be anything.
fn read(log: &Path, draws: bool, mut chain: Chain) -> anyhow::Result<(Chain, Verdict)> {
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
        None => Ok((chain, verdict)),
    }
}
