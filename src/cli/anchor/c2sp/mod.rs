//! `sealstone anchor --c2sp`: a log's tree as a signed checkpoint, cosigned by witnesses.

mod check;
mod publish;

use std::path::{Path, PathBuf};

use anyhow::Context;
use sealstone::tlog::{Kind, Policy, VerifierKey};

use crate::cli::{exit::Exit, out::Out, tlog, witness::cosign::Witness};

/// What there is beside the log when a tree is published.
#[derive(Debug, clap::Args)]
#[group(id = "transparency_log")]
pub(super) struct Args {
    /// Publish the log as a transparency log (C2SP): the root of a tree over its records, signed with `--key-file`, and
    /// cosigned by the witnesses of `--policy` and `--witness-url`. They learn the origin, the number of records and
    /// the root
    #[arg(
        long,
        conflicts_with_all = ["remote", "key", "git", "expect_subject", "expect_root", "timestamp", "tsa_ca"]
    )]
    pub(super) c2sp: bool,

    /// Whose signatures count (C2SP tlog-policy): logs, witnesses, groups and a quorum
    #[arg(long, value_name = "FILE", requires = "c2sp")]
    policy: Option<PathBuf>,

    /// Ask this witness too: https, or http on this machine
    #[arg(long, value_name = "URL", requires = "c2sp")]
    witness_url: Vec<String>,

    /// Take cosignatures of this key too: what `keygen --witness` prints
    #[arg(long = "witness-key", value_name = "VKEY", requires = "c2sp")]
    cosigners: Vec<VerifierKey>,

    /// With `--check`: the key of the log, which `keygen` printed, if there is no policy
    #[arg(long, value_name = "VKEY", requires_all = ["c2sp", "check"])]
    log_key: Option<VerifierKey>,

    /// Where to publish the checkpoint; LOG.checkpoint if left out. It is its owner's only, unless there was one that
    /// others could read. If witnesses do not answer and the one that is there had its quorum, that one stays, and the new
    /// one waits beside it with `.pending` behind its name
    #[arg(short, long = "out", value_name = "FILE", requires = "c2sp")]
    output: Option<PathBuf>,
}

/// What other options of `anchor` say.
#[derive(Debug)]
pub(super) struct Given<'a> {
    pub(super) log: &'a Path,
    /// The checkpoint that the log is held against.
    pub(super) checkpoint: Option<&'a Path>,
    pub(super) key_file: Option<&'a Path>,
    pub(super) is_check: bool,
}

pub(super) fn run(out: &mut Out, args: &Args, given: &Given<'_>) -> Exit {
    if given.log.as_os_str() == "-" && args.output.is_none() && given.checkpoint.is_none() {
        out.error(&anyhow::Error::msg(
            "standard input has no name: say with `--out` where its checkpoint is",
        ));
        return Exit::Unable;
    }
    let ran = if given.is_check {
        check::run(out, args, given)
    } else {
        publish::run(out, args, given)
    };
    match ran {
        Ok(exit) => exit,
        Err(refused) => {
            out.error(&refused.error);
            refused.exit
        }
    }
}

/// Why nothing came of it, and what the run ends with.
#[derive(Debug)]
struct Refused {
    exit: Exit,
    error: anyhow::Error,
}

impl Refused {
    /// The log does not hold, or cannot be read.
    const fn refuted(error: anyhow::Error) -> Self {
        let exit = Exit::Refuted;
        Self { exit, error }
    }
}

/// What is needed is not there.
impl From<anyhow::Error> for Refused {
    fn from(error: anyhow::Error) -> Self {
        let exit = Exit::Unable;
        Self { exit, error }
    }
}

impl Args {
    fn policy(&self) -> anyhow::Result<Option<Policy>> {
        self.policy.as_deref().map(tlog::policy).transpose()
    }

    /// Returns who is asked to cosign, each once.
    fn witnesses(&self, policy: Option<&Policy>) -> anyhow::Result<Vec<Witness>> {
        let of_policy = policy.into_iter().flat_map(Policy::witnesses);
        let of_policy = of_policy.filter_map(|witness| witness.url.as_ref());
        let mut urls: Vec<&String> = Vec::new();
        for url in of_policy.chain(&self.witness_url) {
            if !urls.contains(&url) {
                urls.push(url);
            }
        }
        let witnesses = urls.into_iter().map(|url| Witness::parse(url));
        witnesses.collect::<Result<_, _>>().context("refused")
    }

    /// Returns the keys of the witnesses that are known.
    fn witness_keys(&self, policy: Option<&Policy>) -> anyhow::Result<Vec<VerifierKey>> {
        let of_policy = policy.into_iter().flat_map(Policy::witness_keys);
        let keys: Vec<_> = of_policy.chain(&self.cosigners).cloned().collect();
        let other = keys.iter().find(|key| key.kind() != Kind::Cosignature);
        if let Some(key) = other {
            anyhow::bail!(
                "the key of `{}` is a log's: a witness's is wanted",
                key.name()
            );
        }
        anyhow::ensure!(
            !keys.is_empty() || self.witness_url.is_empty(),
            "nobody says whose cosignatures count: give `--policy` or `--witness-key`"
        );
        Ok(keys)
    }
}
