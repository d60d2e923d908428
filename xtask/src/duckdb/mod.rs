//! `cargo xtask duckdb`: a database that has nothing to do with us reads the Parquet files, and counts in them what it
//! counts in the table as text, and what stands in the log.

use std::{fs, path::Path, process::Command};

use anyhow::ensure;

use crate::{
    run::{Profile, Run, Scratch, Tally, isolated, sealstone},
    venv,
};

const PACKAGE: &str = "duckdb==2.0.0";
const VERSION: &str = "2.0.0";

/// Enough for several row groups.
const RECORDS: &str = "100000";

/// What is exported of the log.
const SELECTIONS: &[(&str, &[&str])] = &[
    ("every record", &[]),
    ("one tool", &["--tool", "Bash"]),
    ("a day", &["--from", "2026-01-05", "--to", "2026-01-05"]),
    ("nothing", &["--tool", "none"]),
];

#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_args: &Args) -> anyhow::Result<()> {
    let venv = venv::venv("duckdb-venv", PACKAGE, is_installed)?;
    let sealstone = sealstone(Profile::Release)?;
    let scratch = Scratch::new("duckdb")?;
    let script = scratch.join("check.py");
    fs::write(&script, include_str!("check.py"))?;
    let ours = |args: &[&str]| {
        let run = Run::of(isolated(&sealstone, scratch.path()).args(args), b"")?;
        ensure!(run.status == Some(0), "{}", run.last_words());
        Ok(run)
    };
    ours(&["sample", "--records", RECORDS, "log.jsonl"])?;
    let mut tally = Tally::default();
    for (name, options) in SELECTIONS {
        for format in ["csv", "parquet", "jsonl"] {
            ours(&[&["export", "log.jsonl", "--format", format], *options].concat())?;
        }
        let mut check = isolated(&venv.join("bin/python"), scratch.path());
        let run = Run::of(check.arg(&script).arg(name), b"")?;
        let problem = (run.status != Some(0)).then(|| format!("{}{}", run.stdout, run.stderr));
        tally.check(format!("duckdb, {name}: {}", run.stdout.trim()), problem);
    }
    tally.close()
}

fn is_installed(venv: &Path) -> bool {
    let mut python = Command::new(venv.join("bin/python"));
    python.args(["-c", "import duckdb; print(duckdb.__version__)"]);
    Run::of(&mut python, b"").is_ok_and(|run| run.stdout.trim() == VERSION)
}
