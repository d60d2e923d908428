//! The programs that settings name: whether they are found, and which of them may be run.
//!
//! What a project names is run only if it is this very program: a project may be somebody else's, and who looks
//! whether the hook works has not started an agent in it yet.

use std::path::Path;

use sealstone::settings::{HookCommand, quote};

use super::{
    super::{change::Installed, place::Level},
    Checks, process,
};

/// The beginnings of variables that only say what is recorded, and where.
const OWN_VARIABLES: &[&str] = &["SEALSTONE_", "HALO_"];

/// How settings name a program.
#[derive(Debug, PartialEq, Eq)]
struct Name<'a> {
    program: &'a str,
    is_known: bool,
    variables: Vec<&'a str>,
}

impl<'a> Name<'a> {
    fn of(command: &'a HookCommand) -> Self {
        Self {
            program: command.program(),
            is_known: command.is_program_known(),
            variables: command.variables().collect(),
        }
    }
}

/// Returns what may be run: the program is found, and is this one or trusted.
pub(super) fn check(
    checks: &mut Checks<'_>,
    installed: &[Installed],
    trust_project: bool,
) -> Vec<Installed> {
    let mut judged: Vec<(Name<'_>, bool)> = Vec::new();
    let mut runnable = Vec::new();
    for one in installed {
        let name = Name::of(&one.command);
        let known = judged.iter().find(|(other, _)| *other == name);
        let may_run = if let Some((_, may_run)) = known {
            *may_run
        } else {
            let may_run = is_runnable(checks, &name, trust_project);
            judged.push((name, may_run));
            may_run
        };
        runnable.extend(may_run.then(|| one.clone()));
    }
    runnable
}

fn is_runnable(checks: &mut Checks<'_>, name: &Name<'_>, trust_project: bool) -> bool {
    let program = name.program;
    let found = if name.is_known {
        let Some(found) = found(checks, program) else {
            return false;
        };
        Some(found)
    } else {
        checks.ok("program", format!("`{program}` depends on the shell"));
        None
    };
    let doubt = doubt(checks.place.level, name, found.as_deref());
    if let Some(doubt) = doubt.filter(|_| !trust_project) {
        let remedy = checks.place.remedy();
        checks.warn(
            "program",
            format!("another program: not run: {doubt}"),
            format!("{remedy}, or, if you trust it, `sealstone hook doctor --trust-project`"),
        );
        return false;
    }
    if name.is_known {
        version(checks, program);
    }
    true
}

/// Returns where the agent's shell finds a program.
fn found(checks: &mut Checks<'_>, program: &str) -> Option<String> {
    match process::sh(&format!("command -v {}", quote(program)), "") {
        Ok(found) if found.status == Some(0) => {
            let path = found.stdout.trim_end().to_owned();
            checks.ok("program", format!("sh finds `{program}` at {path}"));
            Some(path)
        }
        Ok(_) => {
            let remedy = checks.place.remedy();
            let remedy = format!("put it there, or {remedy} with `--binary PATH`");
            checks.fail("program", format!("sh does not find `{program}`"), remedy);
            None
        }
        Err(error) => {
            let fix = "an agent needs sh to run hooks";
            checks.fail("program", format!("{error:#}"), fix);
            None
        }
    }
}

/// Returns what speaks against running a program. What the user's own settings name is the user's, unless each
/// folder has another one.
fn doubt(level: Level, name: &Name<'_>, found: Option<&str>) -> Option<String> {
    let program = name.program;
    let is_own = found.is_some_and(|path| is_this(Path::new(path)));
    if level == Level::User {
        let is_relative = found.is_some_and(|path| !path.starts_with('/'));
        return (is_relative && !is_own)
            .then(|| format!("`{program}` is looked for in the working folder"));
    }
    let is_foreign = |name: &&&str| OWN_VARIABLES.iter().all(|own| !name.starts_with(own));
    if let Some(variable) = name.variables.iter().find(is_foreign) {
        return Some(format!("`{variable}` is set in front of `{program}`"));
    }
    if !name.is_known {
        return Some(format!("`{program}` depends on the shell"));
    }
    (!is_own).then(|| format!("`{program}` is not this one"))
}

/// Whether a path leads to the running program.
fn is_this(path: &Path) -> bool {
    let own = std::env::current_exe().and_then(|own| own.canonicalize());
    own.is_ok_and(|own| path.canonicalize().is_ok_and(|path| path == own))
}

fn version(checks: &mut Checks<'_>, program: &str) {
    let own = concat!("sealstone ", env!("CARGO_PKG_VERSION"));
    let line = format!("{} --version", quote(program));
    match process::sh(&line, "") {
        Ok(said) if said.stdout.trim_end() == own => {
            checks.ok("version", format!("it is {own}, as this program"));
        }
        Ok(said) => {
            let said = said.stdout.lines().next().unwrap_or("something else");
            let detail = format!("it is {said}, this program is {own}");
            let fix = "install one version, or run the doctor of the other one";
            checks.warn("version", detail, fix);
        }
        Err(error) => checks.warn("version", format!("{error:#}"), "run it by hand"),
    }
}
