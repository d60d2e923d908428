//! What an event's session already knows, and what it has to know from then on.

use std::path::{Path, PathBuf};

use sealstone::{
    hook::{Event, Fact, Holds, Session, Setup},
    record::{authority, fields::Severity, tool},
    redact,
    store::memory::{Changes, Memory},
    surroundings::{self, Folders},
    system,
};

use super::{
    super::{env, out::Out},
    place,
};

/// Our names of the events at which the hooks' own configuration is looked at again.
const LOOKS: &[&str] = &[
    tool::SESSION_START,
    tool::CONFIG_CHANGE,
    tool::TURN_END,
    tool::SESSION_END,
];

/// What is to be kept of an event once it is on record.
pub(super) struct Pending<'a> {
    memory: &'a Memory,
    /// The session and what it has to know.
    session: Option<(String, Fact)>,
    changes: Changes,
}

/// Adds what the session knows to `setup`, and returns what is to be kept.
///
/// Nothing here may cost a record: what cannot be read or written is said, and the event is recorded
/// without it.
pub(super) fn prepare<'a>(
    out: &mut Out,
    memory: &'a Memory,
    event: &Event,
    setup: &mut Setup,
) -> Pending<'a> {
    let name = event.session_name();
    let mut session = match &name {
        Some(name) => known(out, memory, name, event),
        None => Session::default(),
    };
    let changes = match event.own_name() {
        Some(name) if LOOKS.contains(&name) => look_at_hooks(memory, event, &session, setup),
        _ => Changes::default(),
    };
    let is_new = |fact: &Fact| !matches!(fact, Fact::Loaded(it) if session.knows(it));
    let told = told(memory, event).filter(is_new);
    if let Some(fact) = &told {
        session.add(fact.clone());
    }
    if setup.authority.is_none() && !event.has_authority() {
        setup.authority = session.snapshot();
    }
    let parent = event.text("agent_id").and_then(|id| session.parent(id)?);
    setup.parent_id = parent.map(str::to_owned);
    let fact = told.or_else(|| event.leaves());
    Pending {
        memory,
        session: name.zip(fact),
        changes,
    }
}

impl Pending<'_> {
    /// Keeps it, now that the event has a record.
    pub(super) fn keep(self, out: &mut Out, record_id: &str) {
        let remembered = self.memory.remember(&self.changes);
        let added = self.session.map_or(Ok(()), |(name, fact)| {
            self.memory.add(&name, &fact.on_record(record_id))
        });
        if let Err(error) = remembered.and(added) {
            forgotten(out, &error);
        }
    }
}

fn forgotten(out: &mut Out, error: &impl std::fmt::Display) {
    out.warning(format!("the session is not remembered: {error}"));
}

/// Returns what is known of the session. A sub-agent that is new is made known first: of several at once, the
/// order in which they are then read decides which call started which.
fn known(out: &mut Out, memory: &Memory, name: &str, event: &Event) -> Session {
    let session = memory.session(name);
    let Some(subagent) = event.subagent() else {
        return session;
    };
    let is_known = |session: &Session| {
        let id = event.text("agent_id");
        id.is_some_and(|id| session.parent(id).is_some())
    };
    if is_known(&session) {
        return session;
    }
    match memory.add(name, &subagent) {
        Ok(()) => memory.session(name),
        Err(error) => {
            forgotten(out, &error);
            session
        }
    }
}

/// Returns what the event tells of what is in force, if it does.
fn told(memory: &Memory, event: &Event) -> Option<Fact> {
    match event.own_name()? {
        tool::SESSION_START => {
            memory.forget_old();
            let folders = folders(event, None)?;
            let (refs, omissions) = surroundings::references(event.agent(), &folders, |_| true);
            let workspace = surroundings::workspace(&folders.project);
            let now = system::now().ok()?.to_string();
            Some(Fact::Began {
                snapshot: authority::snapshot(now, workspace, refs, omissions),
                project: plain(&folders.project),
            })
        }
        tool::INSTRUCTIONS_LOAD => {
            let reference = surroundings::loaded(Path::new(event.text("file_path")?));
            Some(Fact::Loaded(authority::masked(reference)))
        }
        _ => None,
    }
}

/// Returns a path that can be kept as it is, because nothing in it would be masked.
fn plain(path: &Path) -> Option<String> {
    let text = path.to_str()?;
    let is_plain = redact::mask(text, redact::Rule::Named) == text;
    is_plain.then(|| text.to_owned())
}

/// Notes a change of the configuration, and finds one of the hooks' own that nobody told of.
fn look_at_hooks(memory: &Memory, event: &Event, session: &Session, setup: &mut Setup) -> Changes {
    if event.own_name() == Some(tool::CONFIG_CHANGE) {
        let what = event.text("file_path").or_else(|| event.text("source"));
        let what = what.unwrap_or_default().to_owned();
        let finding = ("configuration_change", Severity::Medium, what);
        setup.findings.push(finding);
    }
    let begun = session
        .project()
        .and_then(|project| folders(event, Some(project)));
    let here = folders(event, None).filter(|here| {
        let begun = begun.as_ref();
        begun.is_none_or(|begun| begun.project != here.project)
    });
    let both: Vec<Folders> = begun.into_iter().chain(here).collect();
    let mut hooks = Vec::new();
    for folders in &both {
        let (found, _) = surroundings::references(event.agent(), folders, |it| it == Holds::Hooks);
        hooks.extend(found.into_iter().map(authority::masked));
    }
    let is_looked_at = |uri: &str| {
        let path = Path::new(uri);
        both.iter()
            .any(|folders| surroundings::has_hooks(event.agent(), folders, path))
    };
    let changes = memory.changes(&hooks, is_looked_at);
    let found = changes
        .places
        .iter()
        .map(|uri| ("hook_configuration_change", Severity::High, uri.clone()));
    setup.findings.extend(found);
    changes
}

/// Returns the folders in which the agent's files are, for a session in `project`, else where the event is.
fn folders(event: &Event, project: Option<&str>) -> Option<Folders> {
    let project = match project.or_else(|| event.text("cwd")) {
        Some(project) => PathBuf::from(project),
        None => std::env::current_dir().ok()?,
    };
    Some(Folders {
        config: place::user_folder(event.agent())
            .ok()
            .map(|(base, below)| base.join(below)),
        home: env::read("HOME").map(PathBuf::from),
        project,
    })
}
