//! `sealstone hook doctor`

mod canary;
mod checks;
mod policy;
mod process;
mod program;

use serde::Serialize;

use super::{
    super::{
        exit::Exit,
        out::{Out, Tone},
    },
    AgentName, change,
    place::Place,
    status,
};

/// Check that the hook runs, and that its records arrive
///
/// Looks at each place where the hook is installed, for the user or in the project that the working folder is:
/// whether the agent can read its settings, finds the program and is allowed to run it, and whether the log
/// can be written. Then it runs the installed command line with an event of its own, and looks for the record.
/// That record stays in the log, and with it the one of what became of the call; their tool is `sealstone.canary`.
///
/// What a project's settings name is run only if it is this very program and no variables but SEALSTONE_* and
/// HALO_* are set in front of it: the project may be somebody else's. What your own settings name is run, unless
/// its path begins in the working folder.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Example:
  sealstone hook doctor --agent claude-code

Flags that an agent is started with are not seen: with --bare or --safe-mode Claude Code runs no hooks.

Statuses: 0 no check failed; 1 one did; 2 it could not be carried out; 3 no hook is installed")]
pub(in super::super) struct Args {
    /// This agent only
    #[arg(long, value_name = "NAME")]
    agent: Option<AgentName>,

    /// Print one JSON document (schema sealstone.hook-doctor/1, FORMAT.md)
    #[arg(long)]
    json: bool,

    /// Do not run the hook, and add no record
    #[arg(long)]
    no_canary: bool,

    /// Run what the project's settings name, even if it is not this very program
    #[arg(long)]
    trust_project: bool,
}

#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: &'static str,
    verdict: &'static str,
    checks: &'a [Check],
}

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Ok,
    /// It works, or cannot be told from here.
    Warn,
    Fail,
}

/// One check.
#[derive(Debug, Serialize)]
struct Check {
    agent: &'static str,
    level: &'static str,
    path: String,
    #[serde(rename = "check")]
    name: &'static str,
    state: State,
    detail: String,
    fix: Option<String>,
}

/// Collects what is found in one place.
struct Checks<'a> {
    place: &'a Place,
    checks: Vec<Check>,
}

impl Checks<'_> {
    fn ok(&mut self, check: &'static str, detail: impl Into<String>) {
        self.add(check, State::Ok, detail.into(), None);
    }

    fn warn(&mut self, check: &'static str, detail: impl Into<String>, fix: impl Into<String>) {
        self.add(check, State::Warn, detail.into(), Some(fix.into()));
    }

    fn fail(&mut self, check: &'static str, detail: impl Into<String>, fix: impl Into<String>) {
        self.add(check, State::Fail, detail.into(), Some(fix.into()));
    }

    fn add(&mut self, check: &'static str, state: State, detail: String, fix: Option<String>) {
        self.checks.push(Check {
            agent: self.place.agent.as_str(),
            level: self.place.level.as_str(),
            path: self.place.path.to_string_lossy().into_owned(),
            name: check,
            state,
            detail,
            fix,
        });
    }
}

pub(in super::super) fn run(out: &mut Out, args: &Args) -> anyhow::Result<Exit> {
    let own = change::own_name().ok();
    let mut found = Vec::new();
    for place in status::places_of(args.agent)? {
        let installed = status::found(&place, own.as_deref());
        if !installed.as_ref().is_ok_and(Vec::is_empty) {
            found.push((place, installed));
        }
    }
    let mut checks = Vec::new();
    for (place, installed) in &found {
        let others = found.iter().filter(|(other, other_installed)| {
            other.agent == place.agent && other.path != place.path && other_installed.is_ok()
        });
        let others: Vec<&Place> = others.map(|(other, _)| other).collect();
        checks.extend(checks::of(place, installed, &others, args));
    }
    let verdict = verdict(&checks);
    if args.json {
        out.json(&Document {
            schema: "sealstone.hook-doctor/1",
            verdict,
            checks: &checks,
        });
    } else {
        print(out, &checks);
    }
    Ok(match verdict {
        "none" => Exit::Nothing,
        "fail" => Exit::Refuted,
        _ => Exit::Done,
    })
}

fn verdict(checks: &[Check]) -> &'static str {
    let has = |state| checks.iter().any(|check| check.state == state);
    if checks.is_empty() {
        "none"
    } else if has(State::Fail) {
        "fail"
    } else if has(State::Warn) {
        "warn"
    } else {
        "ok"
    }
}

fn print(out: &mut Out, checks: &[Check]) {
    for check in checks {
        let (tone, word) = match check.state {
            State::Ok => (Tone::Good, "ok  "),
            State::Warn => (Tone::Odd, "warn"),
            State::Fail => (Tone::Bad, "fail"),
        };
        let Check {
            agent,
            level,
            name,
            detail,
            fix,
            ..
        } = check;
        let fix = fix.as_ref().map(|fix| format!("; fix: {fix}"));
        let fix = fix.unwrap_or_default();
        out.line(
            tone,
            format!("{word}  {agent} {level}: {name}: {detail}{fix}"),
        );
    }
    if checks.is_empty() {
        let text = "no hook is installed; fix: `sealstone hook install --agent NAME`";
        out.line(Tone::Odd, text);
    }
}
