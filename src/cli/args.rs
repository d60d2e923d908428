//! The command line as a whole.

use clap::{Parser, Subcommand};

#[cfg(feature = "serve")]
use super::witness_serve;
use super::{
    anchor, demo, diff, export, generate, hash, hook, keygen, log, policy, prove, record, recover,
    report, sample, verify, verify_proof,
};

/// Record what AI agents really do, seal it, and let anyone check it
///
/// A log is a chain of records, one JSON object a line, in which each record holds the hash of the one
/// before it (Halo Runtime Record v0.1, FORMAT.md). Records are written by `hook` and `record`; `verify`
/// says whether a log is as it was written. What that proves, and what it does not, is in LIMITS.md.
#[derive(Debug, Parser)]
#[command(
    name = "sealstone",
    version,
    max_term_width = 100,
    infer_subcommands = false
)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,

    /// When to colour: on a terminal, always, or never
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        display_order = 900
    )]
    pub(super) color: clap::ColorChoice,

    /// Print no verdict and no progress, only errors
    #[arg(short, long, global = true, display_order = 901)]
    pub(super) quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Anchor(Box<anchor::Args>),
    Demo(demo::Args),
    Diff(diff::Args),
    Export(export::Args),
    #[command(hide = true)]
    Generate(generate::Args),
    Hash(hash::Args),
    Hook(hook::Args),
    Keygen(keygen::Args),
    Log(log::Args),
    Policy(policy::Args),
    Prove(prove::Args),
    Record(record::Args),
    Recover(recover::Args),
    Report(report::Args),
    Sample(sample::Args),
    Verify(verify::Args),
    VerifyProof(verify_proof::Args),
    #[cfg(feature = "serve")]
    Witness(witness_serve::Group),
    #[cfg(feature = "serve")]
    WitnessServe(witness_serve::Args),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
