//! The reference, installed where cargo builds.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{run::Run, venv};

/// The version that everything is compared with.
const PACKAGE: &str = "halo-record==0.2.46";
const VERSION: &str = "halo-record 0.2.46";

/// Returns a virtual environment that has the reference, making it first if need be.
pub(super) fn venv() -> anyhow::Result<PathBuf> {
    venv::venv("reference-venv", PACKAGE, is_installed)
}

fn is_installed(venv: &Path) -> bool {
    Run::of(Command::new(venv.join("bin/halo")).arg("--version"), b"")
        .is_ok_and(|run| run.stdout.trim() == VERSION)
}
