//! `sealstone hook status`

use sealstone::{
    hook::{Agent, Selection},
    store::look,
};
use serde::Serialize;

use super::{
    super::{
        exit::Exit,
        out::{Out, Tone},
        verify::plural,
    },
    AgentName,
    change::{self, Installed},
    logs,
    place::Place,
};

/// Show which agents run the hook, and where their records go
///
/// Looks at the settings of the user and of the project that the working folder is. Where records go depends
/// on the environment of the agent too: what is shown is what holds in this one.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Example:
  sealstone hook status --agent claude-code

Statuses: 0 a hook is installed; 2 it could not be carried out, or none is found and settings cannot be read; \
3 none is installed")]
pub(super) struct Args {
    /// This agent only
    #[arg(long, value_name = "NAME")]
    agent: Option<AgentName>,

    /// Print one JSON document (schema sealstone.hook-status/1, FORMAT.md)
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Document {
    schema: &'static str,
    places: Vec<Status>,
}

/// What is known of a place.
#[derive(Debug, Serialize)]
struct Status {
    agent: &'static str,
    level: &'static str,
    path: String,
    installed: bool,
    events: Vec<String>,
    /// What `install --events all` would add.
    missing: Vec<&'static str>,
    commands: Vec<String>,
    log: Option<String>,
    /// The same in words, also where it cannot be known.
    #[serde(skip)]
    log_text: Option<String>,
    /// Records that wait to be appended.
    waiting: usize,
    error: Option<String>,
}

pub(super) fn run(out: &mut Out, args: &Args) -> anyhow::Result<Exit> {
    let mut places = Vec::new();
    for place in places_of(args.agent)? {
        places.push(status(&place));
    }
    let exit = exit(&places);
    if args.json {
        let schema = "sealstone.hook-status/1";
        out.json(&Document { schema, places });
    } else {
        for place in &places {
            print(out, place, args.agent.is_some());
        }
        if exit == Exit::Nothing {
            out.line(Tone::Odd, "no hook is installed");
        }
    }
    Ok(exit)
}

/// What cannot be read may hold a hook.
fn exit(places: &[Status]) -> Exit {
    if places.iter().any(|place| place.installed) {
        Exit::Done
    } else if places.iter().any(|place| place.error.is_some()) {
        Exit::Unable
    } else {
        Exit::Nothing
    }
}

/// Returns the places of one agent, or of all.
pub(super) fn places_of(agent: Option<AgentName>) -> anyhow::Result<Vec<Place>> {
    let agents = agent.map_or(Agent::ALL.to_vec(), |agent| vec![agent.0]);
    let mut places = Vec::new();
    for agent in agents {
        places.extend(Place::all(agent)?);
    }
    Ok(places)
}

fn status(place: &Place) -> Status {
    let own = change::own_name().ok();
    let (installed, error) = match found(place, own.as_deref()) {
        Ok(installed) => (installed, None),
        Err(error) => (Vec::new(), Some(format!("{error:#}"))),
    };
    let mut commands: Vec<String> = installed.iter().map(|one| one.line.clone()).collect();
    commands.dedup();
    let log = installed.first().map(|one| logs::of(&one.command));
    let log_text = log.as_ref().map(logs::text);
    let log = log.and_then(|log| log.ok().flatten());
    Status {
        agent: place.agent.as_str(),
        level: place.level.as_str(),
        path: place.path.to_string_lossy().into_owned(),
        installed: !installed.is_empty(),
        missing: missing(place.agent, &installed),
        events: installed.into_iter().map(|one| one.event).collect(),
        commands,
        waiting: log.as_deref().map_or(0, |log| look::spooled(log).1),
        log: log.map(|log| log.to_string_lossy().into_owned()),
        log_text,
        error,
    }
}

/// Returns what is installed in a place.
pub(super) fn found(place: &Place, own: Option<&str>) -> anyhow::Result<Vec<Installed>> {
    match change::read(place)?.text {
        Some(text) => change::installed(place, &text, own),
        None => Ok(Vec::new()),
    }
}

/// Returns the events that would be installed, and are not.
pub(super) fn missing(agent: Agent, installed: &[Installed]) -> Vec<&'static str> {
    let all = Selection::All.events(agent).map(|event| event.name);
    all.filter(|name| !installed.is_empty() && installed.iter().all(|one| one.event != *name))
        .collect()
}

fn print(out: &mut Out, place: &Status, is_named: bool) {
    let Status {
        agent,
        level,
        path,
        events,
        ..
    } = place;
    if let Some(error) = &place.error {
        out.line(Tone::Bad, format!("{agent} {level}: unknown: {error}"));
    } else if place.installed {
        let count = plural(events.len() as u64, "event");
        let missing = match place.missing.len() {
            0 => String::new(),
            missing => format!(", not at {missing} others"),
        };
        let log = place.log_text.as_deref().unwrap_or("unknown");
        out.line(
            Tone::Good,
            format!("{agent} {level}: at {count}{missing}, into {log} ({path})"),
        );
        for command in place
            .commands
            .iter()
            .take(if *agent == "copilot-cli" { 1 } else { 8 })
        {
            out.line(Tone::Plain, format!("  {command}"));
        }
        if place.waiting > 0 {
            let waiting = plural(place.waiting as u64, "record");
            out.line(Tone::Odd, format!("  waiting in {log}.spool: {waiting}"));
        }
    } else if is_named {
        out.line(
            Tone::Plain,
            format!("{agent} {level}: not installed ({path})"),
        );
    }
}
