//! What an event's session already knows, and what it has to know from then on.

use std::path::{Path, PathBuf};

use sealstone::{
    hook::{Entry, Event, Holds, Session, Setup, session_name},
    record::{authority, fields::Severity},
    store::memory::Memory,
    surroundings::{self, Folders},
    system,
};

use super::super::{env, out::Out};

/// Our names of the events at which the hooks' own configuration is looked at again.
const LOOKS: &[&str] = &["session.start", "config.change", "turn.end", "session.end"];

/// What is to be kept of an event once it is on record.
pub(super) struct Pending<'a> {
    memory: &'a Memory,
    name: String,
    entries: Vec<Entry>,
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
) -> Option<Pending<'a>> {
    if event.own_name().is_some_and(|name| LOOKS.contains(&name)) {
        look_at_hooks(out, memory, event, setup);
    }
    let name = session_name(event)?;
    let session = memory.session(&name);
    let mut entries = Vec::new();
    let snapshot = snapshot(memory, event, &session);
    entries.extend(snapshot.clone().map(Entry::Snapshot));
    if setup.authority.is_none() && !event.has_authority() {
        setup.authority = snapshot.or_else(|| session.snapshot().cloned());
    }
    if let Some((record_id, entry)) = session.parent(event) {
        setup.parent_id = Some(record_id);
        entries.extend(entry);
    }
    entries.extend(Session::after(event));
    Some(Pending {
        memory,
        name,
        entries,
    })
}

impl Pending<'_> {
    /// Keeps it, now that the event has a record.
    pub(super) fn keep(self, out: &mut Out, record_id: &str) {
        for entry in self.entries {
            if let Err(error) = self.memory.add(&self.name, &entry.on_record(record_id)) {
                out.warning(format!("the session is not remembered: {error}"));
                return;
            }
        }
    }
}

/// Returns the authority snapshot that begins with this event, if one does.
fn snapshot(memory: &Memory, event: &Event, session: &Session) -> Option<sealstone::json::Object> {
    match event.own_name()? {
        "session.start" => {
            memory.forget_old();
            let folders = folders(event)?;
            let (refs, omissions) = surroundings::references(event.agent(), &folders, |_| true);
            let workspace = surroundings::workspace(&folders.project);
            let now = system::now().ok()?.to_string();
            Some(authority::snapshot(now, workspace, refs, omissions))
        }
        "instructions.load" => {
            let path = Path::new(event.text("file_path")?);
            let reference = surroundings::loaded(path);
            let begun = session.snapshot().cloned();
            let begun = begun.or_else(|| {
                let now = system::now().ok()?.to_string();
                let workspace = surroundings::workspace(&folders(event)?.project);
                Some(authority::snapshot(now, workspace, Vec::new(), Vec::new()))
            });
            Some(authority::with_reference(begun?, reference))
        }
        _ => None,
    }
}

/// Notes a change of the configuration, and finds one of the hooks' own that nobody told of.
fn look_at_hooks(out: &mut Out, memory: &Memory, event: &Event, setup: &mut Setup) {
    if event.own_name() == Some("config.change") {
        let what = event.text("file_path").or_else(|| event.text("source"));
        let what = what.unwrap_or_default().to_owned();
        let finding = ("configuration_change", Severity::Medium, what);
        setup.findings.push(finding);
    }
    let Some(folders) = folders(event) else {
        return;
    };
    let (hooks, _) = surroundings::references(event.agent(), &folders, |it| it == Holds::Hooks);
    let is_looked_at = |uri: &str| surroundings::has_hooks(event.agent(), &folders, Path::new(uri));
    match memory.changed(&hooks, is_looked_at) {
        Ok(changed) => {
            let found = changed
                .into_iter()
                .map(|uri| ("hook_configuration_change", Severity::High, uri));
            setup.findings.extend(found);
        }
        Err(error) => out.warning(format!("the hooks are not watched: {error}")),
    }
}

fn folders(event: &Event) -> Option<Folders> {
    let project = match event.text("cwd") {
        Some(cwd) => PathBuf::from(cwd),
        None => std::env::current_dir().ok()?,
    };
    Some(Folders {
        home: env::read("HOME").map(PathBuf::from),
        project,
    })
}
