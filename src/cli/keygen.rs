//! `sealstone keygen`

use std::path::PathBuf;

use anyhow::{Context, ensure};
use sealstone::{
    store::tlog,
    system,
    tlog::{KeyFile, Kind, Opening, Signer},
};

use super::{exit::Exit, out::Out};

/// Make a key with which checkpoints are signed
///
/// The secret key goes to a new file that only its owner can read; the public one, which others need to verify what was
/// signed with it, is printed, and stands in the file too. A log's checkpoints carry the name of its key as their origin, and everybody who sees
/// one reads it: without options it is random, and names nobody (FORMAT.md, "Transparency log").
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  sealstone keygen -o log.key
  sealstone keygen -o acme.key --subject acme
  sealstone keygen -o witness.key --witness --origin witness.example/w1

Statuses: 0 made; 2 there is a file with that name already, or it cannot be written")]
pub(super) struct Args {
    /// The file for the secret key. One that is there is never replaced
    #[arg(short, long = "out", value_name = "FILE")]
    output: PathBuf,

    /// Name the key so, instead of by chance: a name of yours, like a URL without `https://`
    #[arg(long, value_name = "NAME")]
    origin: Option<String>,

    /// Bind the name to this subject without naming it: who is shown the salt, which stays in the file, can tell whom
    /// the log is of, and nobody else
    #[arg(long, value_name = "ID", conflicts_with_all = ["origin", "witness"])]
    subject: Option<String>,

    /// Make a witness's key, which cosigns checkpoints of others, instead of a log's
    #[arg(long)]
    witness: bool,
}

pub(super) fn run(out: &mut Out, args: &Args) -> anyhow::Result<Exit> {
    let is_named = args.subject.as_ref().is_none_or(|id| !id.is_empty());
    ensure!(is_named, "an empty subject is nobody's");
    let no_bytes = "the system gives no random bytes";
    let salt: [u8; 16] = system::random().context(no_bytes)?;
    let opening = args
        .subject
        .clone()
        .map(|subject| Opening { salt, subject });
    let by_chance = || {
        let what = if args.witness { "witness" } else { "log" };
        format!(
            "sealstone.invalid/{what}/{:032x}",
            u128::from_be_bytes(salt)
        )
    };
    let bound = opening.as_ref().map(Opening::origin);
    let name = args.origin.clone().or(bound).unwrap_or_else(by_chance);
    let kind = if args.witness {
        Kind::Cosignature
    } else {
        Kind::Note
    };
    let secret: [u8; 32] = system::random().context(no_bytes)?;
    let signer = Signer::new(&name, kind, &secret)
        .with_context(|| format!("{name:?} cannot be the name of a key"))?;
    let public = signer.verifier();
    tlog::create_key(&args.output, &KeyFile { signer, opening })?;
    // It was asked for, and is needed: `--quiet` is about verdicts.
    out.raw(format!("{public}\n").as_bytes());
    Ok(Exit::Done)
}
