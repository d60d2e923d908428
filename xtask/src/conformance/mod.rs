//! `cargo xtask conformance`: what the reference writes we verify, what we write it verifies, and where both
//! judge or record the same thing they agree, but for differences that are listed with their reason.
//!
//! The reference is run as it is installed from the package index; nothing of it is read.

mod chains;
mod driver;
mod exports;
mod hashes;
mod hooks;
mod logs;
mod mutations;
mod policies;
mod reference;
mod reports;
mod server;
mod tlog;
mod witness;
mod writers;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context;

use crate::{
    json::Json,
    run::{Profile, Run, Scratch, Tally, isolated, root, sealstone},
};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only these parts: chains, exports, hooks, mutations, hashes, policies, reports, server, tlog, witness, writers
    #[arg(value_name = "PART")]
    parts: Vec<String>,
}

type Part = fn(&Bench, &mut Tally) -> anyhow::Result<()>;

const PARTS: &[(&str, Part)] = &[
    ("chains", chains::run),
    ("exports", exports::run),
    ("hooks", hooks::run),
    ("mutations", mutations::run),
    ("hashes", hashes::run),
    ("policies", policies::run),
    ("reports", reports::run),
    ("server", server::run),
    ("tlog", tlog::run),
    ("witness", witness::run),
    ("writers", writers::run),
];

/// Returns the reference's command, installed in a place of its own.
pub(crate) fn reference() -> anyhow::Result<PathBuf> {
    Ok(reference::venv()?.join("bin/halo"))
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    if let Some(unknown) = args
        .parts
        .iter()
        .find(|part| !PARTS.iter().any(|(name, _)| name == part))
    {
        anyhow::bail!("there is no part `{unknown}`");
    }
    let venv = reference::venv()?;
    let bench = Bench {
        sealstone: sealstone(Profile::Release)?,
        reference: venv.join("bin/halo"),
        python: venv.join("bin/python"),
        scratch: Scratch::new("conformance")?,
    };
    let mut tally = Tally::default();
    for (name, part) in PARTS {
        if args.parts.is_empty() || args.parts.iter().any(|part| part == name) {
            part(&bench, &mut tally)?;
        }
    }
    tally.close()
}

/// Both programs, and a folder to run them in.
struct Bench {
    sealstone: PathBuf,
    reference: PathBuf,
    python: PathBuf,
    scratch: Scratch,
}

impl Bench {
    /// Returns a command that runs our binary.
    fn ours(&self, args: &[&str]) -> Command {
        self.command(&self.sealstone, args)
    }

    /// Returns a command that runs the reference.
    fn reference(&self, args: &[&str]) -> Command {
        self.command(&self.reference, args)
    }

    /// Returns a command that runs a Python file of ours.
    fn python(&self, file: &Path) -> Command {
        let mut command = self.command(&self.python, &[]);
        command
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONPATH", root().join("conformance"))
            .arg(file);
        command
    }

    fn command(&self, program: &Path, args: &[&str]) -> Command {
        let mut command = isolated(program, self.scratch.path());
        command.args(args);
        command
    }

    /// Returns a path in the scratch folder, as text.
    fn path(&self, name: &str) -> String {
        self.scratch.join(name).to_string_lossy().into_owned()
    }

    /// Runs a Python script that is written out first.
    fn script(&self, name: &str, text: &str, args: &[&str]) -> anyhow::Result<Run> {
        let path = self.scratch.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write `{name}`"))?;
        let run = Run::of(self.python(&path).args(args), b"")?;
        anyhow::ensure!(run.status == Some(0), "{name} failed: {}", run.stderr);
        Ok(run)
    }

    /// Checks that all three verifiers call a log intact.
    fn intact(&self, tally: &mut Tally, what: &str, log: &str) -> anyhow::Result<()> {
        let verify = root().join("conformance/verify.py");
        for (who, mut command) in [
            ("sealstone", self.ours(&["verify"])),
            ("reference", self.reference(&["verify"])),
            ("verify.py", self.python(&verify)),
        ] {
            let run = Run::of(command.arg(log), b"")?;
            let problem = (run.status != Some(0)).then(|| said(&run));
            tally.check(format!("{what}: {who} verifies"), problem);
        }
        Ok(())
    }
}

/// What a run ended with and said last.
fn said(run: &Run) -> String {
    let status = run
        .status
        .map_or("no status".to_owned(), |status| format!("status {status}"));
    format!("{status}: {}", run.last_words())
}

/// Returns the records of a log that is known to be sound, or nothing if there is none.
fn records(log: &str) -> anyhow::Result<Vec<Json>> {
    match fs::read_to_string(log) {
        Ok(text) => Json::read_lines(&text).with_context(|| format!("cannot read `{log}`")),
        Err(_) => Ok(Vec::new()),
    }
}
