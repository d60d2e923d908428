//! Python packages that we are compared with, each in a virtual environment where cargo builds.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, ensure};

use crate::run::{Run, target};

/// Returns a virtual environment that has `package` (`name==version`), making it first if need be; `is_installed` looks
/// into one.
pub(crate) fn venv(
    name: &str,
    package: &str,
    is_installed: impl Fn(&Path) -> bool,
) -> anyhow::Result<PathBuf> {
    let venv = target()?.join(name);
    if is_installed(&venv) {
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
        package,
    ]);
    succeed(&mut install).with_context(|| format!("cannot install {package}"))?;
    ensure!(is_installed(&venv), "what was installed is not {package}");
    Ok(venv)
}

fn succeed(command: &mut Command) -> anyhow::Result<()> {
    let run = Run::of(command, b"")?;
    ensure!(run.status == Some(0), "{}", run.stderr.trim());
    Ok(())
}
