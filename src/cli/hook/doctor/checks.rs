//! What is looked at in a place where the hook is installed.

use std::path::Path;

use sealstone::{
    settings::quote,
    store::look::{self, End},
};

use super::{
    super::{
        change::{self, Installed},
        place::Place,
        status,
    },
    Check, Checks, canary, policy, process,
};

/// Runs every check of a place. `others` are the same agent's places that have the hook too.
pub(super) fn of(
    place: &Place,
    installed: &anyhow::Result<Vec<Installed>>,
    others: &[&Place],
    with_canary: bool,
) -> Vec<Check> {
    let mut checks = Checks {
        place,
        checks: Vec::new(),
    };
    let path = place.path.display();
    let installed = match installed {
        Ok(installed) => installed,
        Err(error) => {
            let fix = "correct the file: neither the agent nor this program can read it";
            checks.fail("settings", format!("{path}: {error:#}"), fix);
            return checks.checks;
        }
    };
    checks.ok("settings", format!("{path} can be read"));
    events(&mut checks, installed);
    levels(&mut checks, others);
    policy::check(&mut checks, installed);
    let mut programs: Vec<&str> = installed.iter().map(|one| one.command.program()).collect();
    programs.dedup();
    let mut is_found = true;
    for name in programs {
        is_found &= program(&mut checks, name);
    }
    for log in logs(&mut checks, installed) {
        self::log(&mut checks, &log);
    }
    if with_canary && is_found {
        canary::check(&mut checks, installed);
    }
    checks.checks
}

fn events(checks: &mut Checks<'_>, installed: &[Installed]) {
    let missing = status::missing(checks.place.agent, installed);
    let count = installed.len();
    if missing.is_empty() {
        checks.ok("events", format!("the hook runs at all {count} events"));
    } else {
        let missing = missing.join(", ");
        let remedy = checks.place.remedy();
        checks.warn(
            "events",
            format!("the hook does not run at {missing}"),
            remedy,
        );
    }
}

fn levels(checks: &mut Checks<'_>, others: &[&Place]) {
    let Some(other) = others.first() else {
        return checks.ok("levels", "the hook is installed on this level only");
    };
    let (agent, path) = (other.agent.as_str(), other.path.display());
    let flag = super::super::place::LevelArgs::flag(other.level);
    checks.warn(
        "levels",
        format!("the hook is installed in {path} too, so that an event can be recorded twice"),
        format!("`sealstone hook uninstall --agent {agent}{flag}`"),
    );
}

/// Whether the agent's shell finds the program, and whether it is this one.
fn program(checks: &mut Checks<'_>, program: &str) -> bool {
    let remedy = format!(
        "put it there, or {} with `--binary PATH`",
        checks.place.remedy()
    );
    // The agent's shell replaces what this one would be asked for as it is.
    if program.contains('$') || program.starts_with('~') {
        checks.ok("program", format!("`{program}` depends on the shell"));
        return true;
    }
    let found = process::sh(&format!("command -v {}", quote(program)), "");
    match found {
        Ok(found) if found.status == Some(0) => {
            let path = found.stdout.trim_end().to_owned();
            checks.ok("program", format!("sh finds `{program}` at {path}"));
        }
        Ok(_) => {
            checks.fail("program", format!("sh does not find `{program}`"), remedy);
            return false;
        }
        Err(error) => {
            checks.fail(
                "program",
                format!("{error:#}"),
                "an agent needs sh to run hooks",
            );
            return false;
        }
    }
    version(checks, program);
    true
}

fn version(checks: &mut Checks<'_>, program: &str) {
    let own = concat!("sealstone ", env!("CARGO_PKG_VERSION"));
    let line = format!("{} --version", quote(program));
    match process::sh(&line, "") {
        Ok(said) if said.stdout.trim_end() == own => {
            checks.ok("version", format!("it is {own}, as this program"));
        }
        Ok(said) => {
            let said = said
                .stdout
                .lines()
                .next()
                .unwrap_or("something else")
                .to_owned();
            let fix = "install one version, or run the doctor of the other one";
            checks.warn(
                "version",
                format!("it is {said}, this program is {own}"),
                fix,
            );
        }
        Err(error) => {
            checks.warn("version", format!("{error:#}"), "run it by hand");
        }
    }
}

/// Returns the logs that records go to, each once.
fn logs(checks: &mut Checks<'_>, installed: &[Installed]) -> Vec<std::path::PathBuf> {
    let mut logs = Vec::new();
    for one in installed {
        match status::log(one) {
            Ok(log) if !logs.contains(&log) => logs.push(log),
            Ok(_) => {}
            Err(error) => {
                let fix = "name the log: `--log`, or SEALSTONE_LOG for the agent";
                checks.fail("log", format!("{error:#}"), fix);
                break;
            }
        }
    }
    logs
}

fn log(checks: &mut Checks<'_>, log: &Path) {
    let path = log.display();
    match look::end(log) {
        Ok(None) => absent(checks, log),
        Ok(Some(End { torn_bytes: 0, .. })) => writable(checks, log),
        Ok(Some(End { torn_bytes, .. })) => checks.warn(
            "log",
            format!("{path} ends in {torn_bytes} bytes of a record that was cut off"),
            "the next record moves them aside, and says so",
        ),
        Err(error) => checks.fail(
            "log",
            format!("{path}: {error}"),
            "`sealstone verify --explain` it, and name another log meanwhile",
        ),
    }
    match look::is_locked(log) {
        Ok(false) => checks.ok("lock", "no writer holds it"),
        Ok(true) => checks.warn(
            "lock",
            format!("somebody holds {path}.lock at this moment"),
            "if it stays so, look who: `fuser -v` on the file",
        ),
        Err(error) => checks.fail("lock", error.to_string(), "make the file yours"),
    }
    match look::spooled(log) {
        (_, 0) => checks.ok("spool", "no records wait"),
        (folder, files) => checks.warn(
            "spool",
            format!("records wait: {files} in {}", folder.display()),
            "the next record takes them along, if the log can be written",
        ),
    }
}

fn writable(checks: &mut Checks<'_>, log: &Path) {
    let path = log.display();
    // Opened as a writer would, and nothing is written.
    match std::fs::OpenOptions::new().append(true).open(log) {
        Ok(_) => checks.ok("log", format!("{path} can be written, and its end holds")),
        Err(error) => checks.fail(
            "log",
            format!("{path} cannot be written: {error}"),
            "make it yours, or name another log",
        ),
    }
}

/// A log that is not there yet has to be made.
fn absent(checks: &mut Checks<'_>, log: &Path) {
    let path = log.display();
    let above = log.ancestors().skip(1).find(|folder| folder.exists());
    let access = rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK;
    let folder = above.filter(|folder| !folder.as_os_str().is_empty());
    match rustix::fs::access(folder.unwrap_or(Path::new(".")), access) {
        Ok(()) => checks.ok("log", format!("{path} is made with the first record")),
        Err(error) => checks.fail(
            "log",
            format!("{path} is not there and cannot be made: {error}"),
            "make its folder yours, or name another log",
        ),
    }
}

/// Reads a file that may be missing.
pub(super) fn text_of(path: &Path) -> anyhow::Result<Option<String>> {
    Ok(change::read_at(path)?.text)
}
