//! What is looked at in a place where the hook is installed.

use std::path::{Path, PathBuf};

use sealstone::store::look::{self, End};

use super::{
    super::{
        change::{self, Installed},
        logs,
        place::Place,
        status,
    },
    Args, Check, Checks, canary, policy, program,
};

/// Runs every check of a place. `others` are the same agent's places that have the hook too.
pub(super) fn of(
    place: &Place,
    installed: &anyhow::Result<Vec<Installed>>,
    others: &[&Place],
    options: &Args,
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
    let runnable = program::check(&mut checks, installed, options.trust_project);
    for log in logs(&mut checks, installed) {
        self::log(&mut checks, &log);
    }
    if !options.no_canary && !runnable.is_empty() {
        canary::check(&mut checks, &runnable);
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

/// Returns the logs that records go to, each once.
fn logs(checks: &mut Checks<'_>, installed: &[Installed]) -> Vec<PathBuf> {
    let mut logs: Vec<PathBuf> = Vec::new();
    let mut is_told = false;
    for one in installed {
        match logs::of(&one.command) {
            Ok(Some(log)) if !logs.contains(&log) => logs.push(log),
            Ok(Some(_)) => {}
            Ok(None) if is_told => {}
            Ok(None) => {
                is_told = true;
                let remedy = format!(
                    "name it without variables: {} with `--log PATH`",
                    checks.place.remedy()
                );
                checks.warn("log", "which log it is depends on the shell", remedy);
            }
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
        Ok(None | Some(End { torn_bytes: 0, .. })) => writable(checks, log),
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
    match look::can_append(log) {
        Ok(true) => checks.ok("log", format!("{path} can be written, and its end holds")),
        Ok(false) => checks.ok("log", format!("{path} is made with the first record")),
        Err(error) => {
            let fix = "make it or its folder yours, or name another log";
            checks.fail("log", error.to_string(), fix);
        }
    }
}

/// Reads a file that may be missing.
pub(super) fn text_of(path: &Path) -> anyhow::Result<Option<String>> {
    Ok(change::read_at(path)?.text)
}
