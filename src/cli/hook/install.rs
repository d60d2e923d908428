//! `sealstone hook install`

use std::{collections::BTreeSet, path::PathBuf};

use anyhow::{Context, anyhow, bail, ensure};
use sealstone::{
    hook::{Agent, EventKind, Selection},
    settings::{Dropped, Wanted},
};

use super::{
    super::{
        exit::Exit,
        out::{Out, Tone},
        verify::plural,
    },
    AgentName, change, logs,
    place::{LevelArgs, Place},
};

/// Install the hook in an agent's settings
///
/// Adds entries that run `sealstone hook` at the agent's events, and leaves every other byte of the file as it
/// is, comments too. What is installed already is brought up to date: what its entries had of their own goes,
/// and is named, and so is the log if it is another one then. A second time nothing changes. The file is
/// replaced as a whole; a link to it stays, a read-only file is refused.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  sealstone hook install --agent claude-code
  sealstone hook install --agent codex --project --log ~/logs/codex.jsonl

The settings name the program by its path, unless `sealstone` leads to this very program: then by its
name. OpenCode has no hooks but plugins, and gets one.

Statuses: 0 the hook is installed; 2 it could not be carried out")]
pub(super) struct Args {
    /// The agent
    #[arg(long, value_name = "NAME")]
    agent: AgentName,

    #[command(flatten)]
    level: LevelArgs,

    /// Which events: `all` that say what happened, `post` for outcomes of calls only, or names with commas
    #[arg(long, value_name = "EVENTS", default_value = "all")]
    events: String,

    /// The log to append to, in place of the one that the environment of the agent names
    #[arg(long, value_name = "LOG")]
    log: Option<PathBuf>,

    /// The program that is run, by another path or name than that of this one
    #[arg(long, value_name = "PATH")]
    binary: Option<String>,

    /// Print what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(out: &mut Out, args: &Args) -> anyhow::Result<Exit> {
    let agent = args.agent.0;
    let place = Place::of(agent, args.level.level())?;
    let program = match &args.binary {
        Some(program) => program.clone(),
        None => change::own_name()?,
    };
    ensure!(
        !program.contains(['\n', '\0']),
        "a program cannot be called that"
    );
    let log = args.log.as_deref().map(log).transpose()?;
    let wanted = Wanted::of(
        agent,
        events(agent, &args.events)?,
        &program,
        log.as_deref(),
    );
    let file = change::read(&place)?;
    let path = place.path.display();
    let text = change::with(
        &place,
        file.text.as_deref(),
        &wanted,
        &program,
        log.as_deref(),
    )
    .with_context(|| format!("`{path}` is left as it is"))?;
    if file.text.as_deref() == Some(&*text) {
        out.line(Tone::Good, format!("{path}: nothing to change"));
        return Ok(Exit::Done);
    }
    let before = file.text.as_deref().unwrap_or_default();
    let losses = losses(&place, before, &text, &program)?;
    if args.dry_run {
        change::print_difference(out, &place.path, before, Some(&text));
    } else {
        file.replace(&place, &text)?;
    }
    for loss in losses {
        out.line(Tone::Odd, format!("{path}: {loss}"));
    }
    if args.dry_run {
        return Ok(Exit::Done);
    }
    let events = plural(wanted.len() as u64, "event");
    let title = agent.title();
    out.line(
        Tone::Good,
        format!("{path}: {title} runs the hook at {events}"),
    );
    if let Some(reminder) = reminder(&place) {
        out.status(reminder);
    }
    Ok(Exit::Done)
}

/// Returns what the entries that were there said and these do not, and where records went and go, in words.
fn losses(place: &Place, before: &str, after: &str, program: &str) -> anyhow::Result<Vec<String>> {
    let dropped = change::dropped(place, before, after, Some(program))?.into_iter();
    let mut losses: Vec<String> = dropped
        .map(|Dropped { event, what }| format!("dropped at {event}: {}", what.join(", ")))
        .collect();
    let (old, new) = (
        logs_of(place, before, program),
        logs_of(place, after, program),
    );
    if !old.is_empty() && old != new {
        let (old, new) = (join(&old), join(&new));
        losses.push(format!("records go into {new} now, and went into {old}"));
    }
    Ok(losses)
}

/// Returns the logs that records go to, in words. A plugin that runs something else records nothing.
fn logs_of(place: &Place, text: &str, program: &str) -> BTreeSet<String> {
    let installed = change::installed(place, text, Some(program)).unwrap_or_default();
    let logs = installed.iter().map(|one| logs::of(&one.command));
    logs.map(|log| logs::text(&log)).collect()
}

fn join(texts: &BTreeSet<String>) -> String {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    texts.join(" and ")
}

/// Returns a path that means the same in every folder. A leading `~` stays: the hook knows it.
fn log(path: &std::path::Path) -> anyhow::Result<String> {
    let path = if path.starts_with("~") {
        path.to_owned()
    } else {
        std::path::absolute(path).with_context(|| format!("`{}` is no path", path.display()))?
    };
    let path = path.into_os_string().into_string();
    path.map_err(|path| anyhow!("the path {} is not UTF-8", path.display()))
}

/// Returns the events that are meant, in the agent's order.
fn events(agent: Agent, text: &str) -> anyhow::Result<Vec<&'static EventKind>> {
    match text {
        "all" => return Ok(Selection::All.events(agent).collect()),
        "post" => return Ok(Selection::Outcomes.events(agent).collect()),
        _ => {}
    }
    let mut names = Vec::new();
    for name in text.split(',') {
        match agent.event(name) {
            Some(event) => names.push(event.name),
            None => bail!("{} has no event `{}`", agent.title(), name.trim()),
        }
    }
    let events = agent.events().iter();
    Ok(events.filter(|event| names.contains(&event.name)).collect())
}

/// What is left to do before the agent runs the hook.
fn reminder(place: &Place) -> Option<&'static str> {
    Some(match place.agent {
        Agent::Codex => "Codex runs no hook that you have not trusted: start it and enter /hooks",
        Agent::Gemini if place.level == super::place::Level::Project => {
            "Gemini CLI shows the hooks of a project before it runs them, and in a folder that is not trusted \
             runs none"
        }
        Agent::Copilot | Agent::Cursor if place.level == super::place::Level::Project => {
            "the folder must be one that the agent trusts"
        }
        Agent::OpenCode => "OpenCode loads the plugin when it is started anew",
        _ => return None,
    })
}
