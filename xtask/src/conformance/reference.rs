//! The reference, installed where cargo builds.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, ensure};

use crate::run::{Run, target};

/// The version that everything is compared with.
const PACKAGE: &str = "halo-record==0.2.46";
const VERSION: &str = "halo-record 0.2.46";

/// Returns a virtual environment that has the reference, making it first if need be.
pub(super) fn venv() -> anyhow::Result<PathBuf> {
    let venv = target()?.join("reference-venv");
    if installed(&venv) {
        return Ok(venv);
    }
    let mut make = Command::new("python3");
    make.args(["-m", "venv", "--clear"]).arg(&venv);
    succeed(&mut make).context("cannot make a virtual environment (is python3-venv installed?)")?;
    let mut install = Command::new(venv.join("bin/pip"));
    install.args([
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
        PACKAGE,
    ]);
    succeed(&mut install).with_context(|| format!("cannot install {PACKAGE}"))?;
    ensure!(installed(&venv), "what was installed is not {VERSION}");
    Ok(venv)
}

fn installed(venv: &std::path::Path) -> bool {
    Run::of(Command::new(venv.join("bin/halo")).arg("--version"), b"")
        .is_ok_and(|run| run.stdout.trim() == VERSION)
}

fn succeed(command: &mut Command) -> anyhow::Result<()> {
    let run = Run::of(command, b"")?;
    ensure!(run.status == Some(0), "{}", run.stderr.trim());
    Ok(())
}
