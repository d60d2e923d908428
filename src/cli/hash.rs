//! `sealstone hash`

use std::io::Read;

use anyhow::Context;
use sealstone::{input_hash::input_hash, json};

use super::{
    exit::Exit,
    out::{Out, Tone},
};

/// Print the hash under which a record holds arguments or an answer
///
/// Records keep the SHA-256 of what went into an action, in `action.input.hash`, and of what came out, in
/// `outcome.hash`. Who has the arguments can show with this command that a record is about them.
///
/// Of a key that stands twice in one object, the last value counts.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Example:
  sealstone hash '{\"command\":\"ls\"}'

Statuses: 0 printed; 2 not JSON")]
pub(super) struct Args {
    /// The JSON value, or `-` for standard input
    #[arg(value_name = "JSON", allow_hyphen_values = true)]
    json: String,
}

pub(super) fn run(out: &mut Out, args: &Args) -> anyhow::Result<Exit> {
    let mut text = Vec::new();
    if args.json == "-" {
        std::io::stdin()
            .read_to_end(&mut text)
            .context("cannot read standard input")?;
    } else {
        text.extend_from_slice(args.json.as_bytes());
    }
    let document = json::read(&text).context("not valid JSON")?;
    out.line(Tone::Plain, input_hash(&document.value).prefixed());
    Ok(Exit::Done)
}
