//! What the subcommands share that hold a log against the checkpoints of a witness.

mod address;
mod agent;
mod ask;
pub(super) mod key;
pub(super) mod tsa;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use sealstone::{
    store,
    witness::{self, Chain, Checkpoint, Completeness, Kept, Standing},
};

use self::{address::Address, key::Key};
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

impl Refused {
    pub(super) const fn refuted(error: anyhow::Error) -> Self {
        Self {
            exit: Exit::Refuted,
            error,
        }
    }

    pub(super) const fn unable(error: anyhow::Error) -> Self {
        Self {
            exit: Exit::Unable,
            error,
        }
    }
}

impl Args {
    /// Reads the file that was named, before there is anything to hold against it. Nobody is asked yet.
    pub(super) fn read(&self) -> Result<Source<'_>, Refused> {
        if let Some(path) = self.file() {
            return file(path).map(Source::File).map_err(Refused::unable);
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
    /// A file, with this in it.
    File(Kept),
    /// One that is asked over the network.
    Url(&'a str),
}

impl Source<'_> {
    /// Returns it, checkpoints of other logs among it; nothing if none was named. One who is asked learns of the log by it.
    pub(super) fn kept(self, chain: &Chain) -> Result<Option<Kept>, Refused> {
        match self {
            Self::Nobody => Ok(None),
            Self::File(kept) => Ok(Some(kept)),
            Self::Url(url) => answered(url, None, chain)
                .map(Some)
                .map_err(Refused::refuted),
        }
    }
}

/// Returns what a witness file keeps. One without any checkpoint, and with other things, is taken for another file.
pub(super) fn file(path: &Path) -> anyhow::Result<Kept> {
    let bytes = store::witness::read(path).with_context(|| {
        let why = if path.exists() {
            "cannot be read"
        } else {
            "does not exist"
        };
        format!("refused: the witness file `{}` {why}", path.display())
    })?;
    let kept = witness::of_file(&bytes);
    match kept.damage.first() {
        Some(damage) if kept.checkpoints.is_empty() => {
            let name = path.display();
            bail!("refused: no line of the witness file `{name}` is a checkpoint: {damage}")
        }
        _ => Ok(kept),
    }
}

/// Asks the witness at `url` what it keeps of a log; of one without records, nobody is asked.
pub(super) fn answered(url: &str, key: Option<&Key>, chain: &Chain) -> anyhow::Result<Kept> {
    let address = Address::parse(url).context("refused")?;
    if chain.records() == 0 {
        return Ok(Kept::default());
    }
    let address = address.of_log(chain).context("refused")?;
    ask::kept(&address, key)
        .with_context(|| format!("refused: the witness `{url}` gave no checkpoints"))
}

/// Has the witness at `url` keep a checkpoint, and returns it as the witness says that it has it.
pub(super) fn told(url: &str, key: &Key, checkpoint: &Checkpoint) -> anyhow::Result<Checkpoint> {
    let address = Address::parse(url).context("refused")?.to_tell();
    ask::keep(&address, key, checkpoint).with_context(|| format!("the witness `{url}`"))
}

/// Returns what a run ends with that found this.
pub(super) const fn exit(completeness: &Completeness) -> Exit {
    match completeness.standing {
        Standing::Complete { .. } => Exit::Done,
        Standing::Incomplete(_) => Exit::Refuted,
        Standing::Unwitnessed => Exit::Nothing,
        Standing::Undecided { .. } => Exit::Unable,
    }
}

/// Returns the verdict in a line, in the reference's form. It is ASCII but for the dash.
pub(super) fn line(completeness: &Completeness) -> String {
    let word = completeness.standing.word();
    format!("{word} — {}", out::spaced_json(completeness))
}
