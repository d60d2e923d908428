//! `sealstone sample`

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::PathBuf,
};

use anyhow::Context;
use sealstone::sample;

use super::{exit::Exit, out::Out};

/// Write a valid example log
///
/// The same arguments always give the same bytes. Without options it is a short log to look at; with
/// `--records` it is a varied one of any size, for tests and measurements.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Example:
  sealstone sample --records 1000 | sealstone verify -

Statuses: 0 written; 2 could not be written")]
pub(super) struct Args {
    /// Where to write; standard output if left out
    #[arg(value_name = "OUT")]
    out: Option<PathBuf>,

    /// The same as OUT
    #[arg(short, long = "out", value_name = "OUT", conflicts_with = "out")]
    output: Option<PathBuf>,

    /// How many records to write, instead of the short example
    #[arg(long, value_name = "N")]
    records: Option<u64>,

    /// Which of the varied logs to write
    #[arg(long, value_name = "S", default_value_t = 1, requires = "records")]
    seed: u64,
}

pub(super) fn run(out: &mut Out, args: &Args) -> anyhow::Result<Exit> {
    let lines: Box<dyn Iterator<Item = String>> = match args.records {
        Some(records) => Box::new(sample::chain(records, args.seed)),
        None => Box::new(std::iter::once(sample::example())),
    };
    let file = args.output.as_ref().or(args.out.as_ref());
    match file.filter(|path| path.as_os_str() != "-") {
        None => lines.for_each(|line| out.raw(line.as_bytes())),
        Some(path) => {
            let write = || {
                let mut file = BufWriter::new(File::create(path)?);
                for line in lines {
                    file.write_all(line.as_bytes())?;
                }
                file.flush()
            };
            write().with_context(|| format!("cannot write `{}`", path.display()))?;
        }
    }
    Ok(Exit::Done)
}
