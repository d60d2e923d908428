//! An event of our own, sent down the installed command line, and its record looked for.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use sealstone::{
    hook::{Agent, EventKind, Says},
    json::{self, Object, Value},
    store::look,
    system,
};

use super::{
    super::{change::Installed, logs},
    Checks,
    process::{self, Finished},
};

/// The tool of the event.
const TOOL: &str = "sealstone.canary";

/// What users put up with.
const SLOW: Duration = Duration::from_secs(1);

pub(super) fn check(checks: &mut Checks<'_>, installed: &[Installed]) {
    let agent = checks.place.agent;
    let Some((one, kind)) = chosen(agent, installed) else {
        let remedy = checks.place.remedy();
        return checks.warn(
            "canary",
            "the hook runs at no event that names a tool",
            remedy,
        );
    };
    let session = match session() {
        Ok(session) => session,
        Err(error) => {
            return checks.fail("canary", format!("{error:#}"), "run the doctor again");
        }
    };
    match sent(agent, one, kind, session) {
        Ok(sent) => {
            judge(checks, one, kind, &sent);
            resolve(agent, installed, kind, sent.session);
        }
        Err(error) => checks.fail("canary", format!("{error:#}"), "run the doctor again"),
    }
}

fn session() -> anyhow::Result<String> {
    let id = system::record_id().context("there are no random bytes")?;
    Ok(format!("sealstone-canary-{id}"))
}

/// Sends the outcome of a call whose intent was sent, so that the log does not list it as unresolved.
fn resolve(agent: Agent, installed: &[Installed], kind: &EventKind, session: String) {
    let outcome = installed.iter().find_map(|one| {
        let kind = agent.event(&one.event)?;
        (kind.says == Says::Outcome).then_some((one, kind))
    });
    if let Some((one, outcome)) = outcome.filter(|_| kind.says == Says::Intent) {
        // What can be wrong with the hook was found out with the intent.
        drop(sent(agent, one, outcome, session));
    }
}

/// Returns a hook that is installed for an event about a tool, before its call rather than after.
fn chosen(agent: Agent, installed: &[Installed]) -> Option<(&Installed, &'static EventKind)> {
    [Says::Intent, Says::Outcome].iter().find_map(|says| {
        installed.iter().find_map(|one| {
            let kind = agent.event(&one.event)?;
            (kind.says == *says).then_some((one, kind))
        })
    })
}

/// A canary that was sent.
struct Sent {
    session: String,
    finished: Finished,
}

fn sent(agent: Agent, one: &Installed, kind: &EventKind, session: String) -> anyhow::Result<Sent> {
    let folder = std::env::current_dir().context("there is no working folder")?;
    let event = event(agent, kind, &session, &folder.to_string_lossy())?;
    let finished = process::sh(&one.line, &event)?;
    Ok(Sent { session, finished })
}

/// Returns the event in the agent's own dialect.
fn event(agent: Agent, kind: &EventKind, id: &str, folder: &str) -> anyhow::Result<String> {
    let (session, tool, call, input) = match agent {
        Agent::Copilot => ("sessionId", "toolName", None, "toolArgs"),
        Agent::Cursor => (
            "conversation_id",
            "tool_name",
            Some("tool_use_id"),
            "tool_input",
        ),
        Agent::OpenCode => ("sessionID", "tool", Some("callID"), "args"),
        Agent::Gemini => ("session_id", "tool_name", None, "tool_input"),
        Agent::ClaudeCode | Agent::Codex => {
            ("session_id", "tool_name", Some("tool_use_id"), "tool_input")
        }
    };
    let mut event = Object::new();
    event.insert(session, id);
    event.insert("cwd", folder);
    event.insert(tool, TOOL);
    event.insert(input, Object::new());
    if let Some(call) = call {
        event.insert(call, id);
    }
    if agent != Agent::Copilot {
        event.insert("hook_event_name", kind.name);
    }
    match agent {
        Agent::Codex => {
            event.insert("turn_id", id);
            event.insert("model", TOOL);
        }
        Agent::Cursor => drop(event.insert("generation_id", id)),
        Agent::Gemini => drop(event.insert("timestamp", system::now()?.to_string())),
        _ => {}
    }
    let mut text = String::new();
    json::write(&Value::Object(event), &mut text);
    Ok(text)
}

fn judge(checks: &mut Checks<'_>, one: &Installed, kind: &EventKind, sent: &Sent) {
    let finished = &sent.finished;
    let line = &one.line;
    if finished.took_too_long {
        let fix = "look who holds the lock of the log";
        return checks.fail("canary", format!("`{line}` did not end in time"), fix);
    }
    if finished.status != Some(0) {
        let status = finished
            .status
            .map_or("a signal".to_owned(), |it| format!("status {it}"));
        let said = said(&finished.stderr);
        let remedy = checks.place.remedy();
        return checks.fail(
            "canary",
            format!("`{line}` ended with {status}{said}"),
            remedy,
        );
    }
    let answer = checks.place.agent.answer(Some(kind.name));
    if finished.stdout != answer {
        let printed = &finished.stdout;
        let detail =
            format!("`{line}` printed `{printed}` in place of `{answer}`, which the agent obeys");
        checks.fail(
            "canary",
            detail,
            "find what prints it: a wrapper, or another program of that name",
        );
    }
    match arrived(one, &sent.session) {
        Ok(None) => checks.warn(
            "canary",
            "the hook ended well, and where its record went depends on the shell",
            "look for it there, or name the log without variables",
        ),
        Ok(Some(log)) => {
            let took = finished.elapsed.as_millis();
            let detail = format!(
                "a record of the tool {TOOL} was added to {}, after {took} ms",
                log.display()
            );
            if finished.elapsed > SLOW {
                let fix = "an agent waits as long at each event: see what holds the log";
                checks.warn("canary", detail, fix);
            } else {
                checks.ok("canary", detail);
            }
        }
        Err(error) => {
            let detail = format!("{error:#}{}", said(&finished.stderr));
            let fix = "see to what the hook says, and to where its log is";
            checks.fail("canary", detail, fix);
        }
    }
}

fn said(stderr: &str) -> String {
    match stderr.trim() {
        "" => String::new(),
        said => format!(" and said: {said}"),
    }
}

/// Looks for the record at the end of the log. `None` if the log is not known.
fn arrived(one: &Installed, session: &str) -> anyhow::Result<Option<PathBuf>> {
    let Some(log) = logs::of(&one.command)? else {
        return Ok(None);
    };
    let is_it = |line: &&[u8]| {
        let record = json::read(line).ok().map(|document| document.value);
        let record = record.as_ref().and_then(Value::as_object);
        record.is_some_and(|record| record.str("session_id") == Some(session))
    };
    let lines = look::last_lines(&log)?;
    let mut lines = lines.split(|byte| *byte == b'\n').rev();
    if lines.any(|line| is_it(&line)) {
        return Ok(Some(log));
    }
    anyhow::bail!("no record arrived in {}{}", log.display(), waiting(&log))
}

fn waiting(log: &Path) -> String {
    match look::spooled(log) {
        (_, 0) => String::new(),
        (folder, files) => format!(" ({files} records wait in {})", folder.display()),
    }
}
