//! Agents' settings, in which our hook is installed: text in, text out.
//!
//! An edit changes our entries and nothing else, in JSON with comments, whatever its layout. What [`install`]
//! adds, [`uninstall`] takes out again: of a text that was there before, every byte is back. What cannot be
//! understood is refused with its place.

mod command;
mod dropped;
mod edit;
mod entries;
mod find;
mod layout;
mod plugin;
mod shape;
mod words;

pub use self::{
    command::{HOOK_SUBCOMMANDS, HookCommand, Written, global_options, quote},
    dropped::{Dropped, dropped},
    entries::{entries, install, read, uninstall},
    find::Entry,
    plugin::{Plugin, read_plugin, write_plugin},
};
use crate::hook::{Agent, EventKind};

/// Why settings cannot be edited.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {what}")]
pub struct SettingsError {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// What is wrong there.
    pub what: String,
}

impl SettingsError {
    fn at(text: &str, offset: usize, what: impl Into<String>) -> Self {
        let before = &text[..offset];
        let line = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line..].chars().count() + 1,
            what: what.into(),
        }
    }
}

/// A hook that is wanted.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The event.
    pub event: &'static EventKind,
    /// The command line that the agent runs, for `sh`.
    pub command: String,
}

impl Wanted {
    /// Returns what is wanted of `agent`: that it runs `program`, a path or a name, at each of the events.
    /// `log` is the log to append to, where the environment should not decide.
    pub fn of(
        agent: Agent,
        events: impl IntoIterator<Item = &'static EventKind>,
        program: &str,
        log: Option<&str>,
    ) -> Vec<Self> {
        let common = command_line(agent, program, log);
        let events = events.into_iter();
        events
            .map(|event| Self {
                event,
                command: match agent {
                    // Its events do not name themselves.
                    Agent::Copilot => format!("{common} --event {}", quote(event.name)),
                    _ => common.clone(),
                },
            })
            .collect()
    }
}

/// Returns the command line that records events of `agent`, for `sh`.
pub fn command_line(agent: Agent, program: &str, log: Option<&str>) -> String {
    let mut line = format!("{} hook --agent {}", quote(program), agent.as_str());
    if let Some(log) = log {
        line.push_str(" --log ");
        line.push_str(&quote(log));
    }
    line
}

#[cfg(test)]
mod tests;
