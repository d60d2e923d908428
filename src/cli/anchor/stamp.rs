//! Time stamps of checkpoints: who is asked for them, and whom to trust.

use std::{fs, path::PathBuf};

use anyhow::Context;
use sealstone::witness::{Checkpoint, stamp::Roots};

use super::Place;
use crate::cli::{out::Out, witness::tsa};

/// Whom the reference asks.
const AUTHORITY: &str = "https://freetsa.org/tsr";

/// Who says when a checkpoint was there.
#[derive(Debug, clap::Args)]
#[group(id = "time_stamp")]
pub(super) struct Args {
    /// Have a time stamping authority say when the checkpoint was there (RFC 3161), and keep that with it. The authority
    /// learns a hash. If it gives no stamp that counts, the checkpoint is kept without
    #[arg(long, conflicts_with = "check")]
    timestamp: bool,

    /// Ask this authority: https, or http, as what it says is signed
    #[arg(long, value_name = "URL", default_value = AUTHORITY, requires = "timestamp")]
    tsa: String,

    /// Let no stamp count as verified but those of an authority that one of the certificates in this file (PEM) stands
    /// behind
    #[arg(long, value_name = "FILE")]
    tsa_ca: Option<PathBuf>,
}

/// Whom to ask, and whom to trust.
pub(super) struct Authorities<'a> {
    /// None if no stamp is wanted.
    url: Option<&'a str>,
    pub(super) roots: Option<Roots>,
}

impl Args {
    pub(super) fn read(&self) -> anyhow::Result<Authorities<'_>> {
        let read = |path: &PathBuf| {
            let name = path.display();
            let bytes = fs::read(path).with_context(|| format!("cannot read `{name}`"))?;
            Roots::of_pem(&bytes).with_context(|| format!("`{name}` has no roots to trust"))
        };
        Ok(Authorities {
            url: self.timestamp.then_some(&self.tsa),
            roots: self.tsa_ca.as_ref().map(read).transpose()?,
        })
    }
}

impl Authorities<'_> {
    /// Returns a checkpoint with a stamp, if one is wanted and given. Why it was not is said.
    pub(super) fn stamp(&self, out: &mut Out, place: &Place, checkpoint: Checkpoint) -> Checkpoint {
        let Some(url) = self.url else {
            return checkpoint;
        };
        let stamp = || {
            if let Place::Remote { .. } = place {
                anyhow::bail!("a witness on the network keeps none");
            }
            tsa::ask(url, &checkpoint.digest()?, self.roots.as_ref())
        };
        let tsa = match stamp() {
            Ok(tsa) => Some(tsa),
            Err(error) => {
                out.warning(format!("timestamp skipped ({error:#})"));
                None
            }
        };
        Checkpoint { tsa, ..checkpoint }
    }
}
