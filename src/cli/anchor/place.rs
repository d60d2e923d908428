//! Where checkpoints are kept.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use sealstone::{
    store,
    witness::{self, Chain, Checkpoint, Kept},
};

use super::{Args, git::Repository};
use crate::cli::witness::{self as asked, Refused, key::Key};

/// A witness.
pub(super) enum Place {
    /// A file of checkpoints.
    File(PathBuf),
    /// One that is asked over the network.
    Remote { url: String, key: Option<Key> },
    /// The notes of a git repository.
    Git(Repository),
}

impl Place {
    /// Returns the witness that was named.
    pub(super) fn of(args: &Args) -> anyhow::Result<Self> {
        ensure!(
            args.remote.is_some() || !args.key.is_named(),
            "a key is for a witness on the network: name it with --remote"
        );
        if let Some(url) = &args.remote {
            let key = args.key.read()?;
            let is_told = !args.check;
            ensure!(
                key.is_some() || !is_told,
                "who tells a witness something needs a key: --key-file, --key, or SEALSTONE_WITNESS_KEY"
            );
            return Ok(Self::Remote {
                url: url.clone(),
                key,
            });
        }
        if let Some(path) = &args.git {
            return Repository::open(path).map(Self::Git);
        }
        let path = args.witness.clone().unwrap_or_default();
        ensure!(!path.as_os_str().is_empty(), "no witness was named");
        Ok(Self::File(path))
    }

    /// Returns what the witness keeps, checkpoints of other logs among it. One on the network is asked for this log.
    pub(super) fn kept(&self, chain: &Chain) -> Result<Kept, Refused> {
        match self {
            Self::File(path) => asked::file(path).map_err(Refused::unable),
            Self::Remote { url, key } => {
                asked::answered(url, key.as_ref(), chain).map_err(Refused::refuted)
            }
            Self::Git(repository) => repository.kept().map_err(Refused::unable),
        }
    }

    /// Returns what is known of what the witness keeps before it is told anything. One on the network judges by itself,
    /// and need not let itself be asked.
    pub(super) fn known(&self) -> anyhow::Result<Kept> {
        match self {
            Self::File(path) if path.exists() => asked::file(path),
            Self::File(_) | Self::Remote { .. } => Ok(Kept::default()),
            Self::Git(repository) => repository.kept(),
        }
    }

    /// Has a checkpoint kept, and returns it as it was.
    pub(super) fn keep(&self, checkpoint: &Checkpoint) -> anyhow::Result<Checkpoint> {
        match self {
            Self::File(path) => {
                store::witness::append(path, checkpoint)
                    .with_context(|| format!("the witness file `{}`", path.display()))?;
                Ok(checkpoint.clone())
            }
            Self::Remote { url, key } => {
                let key = key
                    .as_ref()
                    .context("a witness on the network wants a key")?;
                asked::told(url, key, checkpoint)
            }
            Self::Git(repository) => {
                let mut ledger = witness::Ledger::default();
                let kept = repository.kept()?;
                kept.checkpoints.iter().for_each(|one| ledger.add(one));
                ledger.judge(checkpoint)?;
                repository.keep(checkpoint)?;
                Ok(checkpoint.clone())
            }
        }
    }

    /// Returns what must be said beside a log that is complete by this witness.
    pub(super) const fn caveat(&self) -> Option<&'static str> {
        match self {
            Self::File(_) => Some(
                "this says as much as the witness file was out of reach of those who keep the log",
            ),
            Self::Remote { .. } => None,
            Self::Git(_) => Some(
                "this says as much as the repository's history was out of reach of those who keep the log: ask a host \
                 that takes no forced push, and the times it received",
            ),
        }
    }
}
