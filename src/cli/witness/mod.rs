//! What the subcommands share that hold a log against the checkpoints of a witness.

mod address;
mod ask;
pub(super) mod cosign;

use std::path::{Path, PathBuf};

use anyhow::Context;
use sealstone::{
    store,
    witness::{self, Chain, Checkpoint, Completeness, Standing},
};

use self::address::Address;
use super::{exit::Exit, out};

/// Where checkpoints come from.
#[derive(Debug, Clone, Default, clap::Args)]
#[group(id = "named_witness")]
pub(super) struct Args {
    /// Hold the log against the checkpoints in this file (FORMAT.md, "Witness checkpoints"). Takes precedence over
    /// `--witness-url`
    #[arg(short, long, value_name = "FILE")]
    pub(super) witness: Option<PathBuf>,

    /// Hold the log against the checkpoints that this witness has of it: https, or http on this machine. It learns the
    /// subject of the log, or else the hash of its first record
    #[arg(long, value_name = "URL")]
    pub(super) witness_url: Option<String>,
}

/// Why there are no checkpoints, and what the run ends with then.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) exit: Exit,
    pub(super) error: anyhow::Error,
}

impl Args {
    /// Returns the checkpoints that the witness has, those of other logs among them; nothing if none was named. A
    /// witness that is asked over the network is asked for those of this log; of one without records, for none.
    pub(super) fn checkpoints(&self, chain: &Chain) -> Result<Option<Vec<Checkpoint>>, Refused> {
        self.read()?.checkpoints(chain)
    }

    /// Reads the file that was named, before there is anything to hold against it. Nobody is asked yet.
    pub(super) fn read(&self) -> Result<Source<'_>, Refused> {
        if let Some(path) = self.file() {
            return file(path).map(Source::File).map_err(|error| Refused {
                exit: Exit::Unable,
                error,
            });
        }
        let url = self.witness_url.as_deref();
        Ok(url.map_or(Source::Nobody, Source::Url))
    }

    /// Whether one was named.
    pub(super) fn is_named(&self) -> bool {
        self.file().is_some() || self.witness_url.is_some()
    }

    /// Returns the file that was named. An empty name is none, as the reference has it.
    pub(super) fn file(&self) -> Option<&Path> {
        let is_named = |path: &&Path| !path.as_os_str().is_empty();
        self.witness.as_deref().filter(is_named)
    }
}

/// Who has checkpoints.
#[derive(Debug)]
pub(super) enum Source<'a> {
    /// Nobody was named.
    Nobody,
    /// A file, with these in it.
    File(Vec<Checkpoint>),
    /// One that is asked over the network.
    Url(&'a str),
}

impl Source<'_> {
    /// Returns the checkpoints, as [`Args::checkpoints`] does. One who is asked learns of the log by it.
    pub(super) fn checkpoints(self, chain: &Chain) -> Result<Option<Vec<Checkpoint>>, Refused> {
        match self {
            Self::Nobody => Ok(None),
            Self::File(checkpoints) => Ok(Some(checkpoints)),
            Self::Url(url) => answered(url, chain).map(Some).map_err(|error| Refused {
                exit: Exit::Refuted,
                error,
            }),
        }
    }
}

fn file(path: &Path) -> anyhow::Result<Vec<Checkpoint>> {
    let bytes = store::witness::read(path).with_context(|| {
        let why = if path.exists() {
            "cannot be read"
        } else {
            "does not exist"
        };
        format!("refused: the witness file `{}` {why}", path.display())
    })?;
    witness::of_file(&bytes).with_context(|| {
        format!(
            "refused: the witness file `{}` is damaged, so it says nothing of any log",
            path.display()
        )
    })
}

fn answered(url: &str, chain: &Chain) -> anyhow::Result<Vec<Checkpoint>> {
    let address = Address::parse(url).context("refused")?;
    if chain.records() == 0 {
        return Ok(Vec::new());
    }
    let address = address.of_log(chain).context("refused")?;
    ask::checkpoints(&address)
        .with_context(|| format!("refused: the witness `{url}` gave no checkpoints"))
}

/// Returns what a run ends with that found this.
pub(super) const fn exit(completeness: &Completeness) -> Exit {
    match completeness.standing {
        Standing::Complete { .. } => Exit::Done,
        Standing::Incomplete(_) => Exit::Refuted,
        Standing::Unwitnessed => Exit::Nothing,
    }
}

/// Returns the verdict in a line, in the reference's form. It is ASCII but for the dash.
pub(super) fn line(completeness: &Completeness) -> String {
    let word = match completeness.standing {
        Standing::Complete { .. } => "COMPLETE",
        Standing::Incomplete(_) => "INCOMPLETE",
        Standing::Unwitnessed => "UNWITNESSED",
    };
    format!("{word} — {}", out::spaced_json(completeness))
}
