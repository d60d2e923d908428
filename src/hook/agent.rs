//! The agents whose hooks are known, and how one is told from another by its events.

use super::{
    claude_code, codex, copilot, cursor,
    event::{EventKind, Says},
    gemini, opencode,
    places::Place,
};
use crate::json::{Object, Value};

/// An agent whose events are known. Each has a file of its own beside this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Agent {
    /// Claude Code.
    ClaudeCode,
    /// Codex CLI.
    Codex,
    /// GitHub Copilot CLI, and its cloud agent.
    Copilot,
    /// Cursor.
    Cursor,
    /// Gemini CLI.
    Gemini,
    /// OpenCode, by our plugin.
    OpenCode,
}

impl Agent {
    /// Every agent.
    pub const ALL: &[Self] = &[
        Self::ClaudeCode,
        Self::Codex,
        Self::Copilot,
        Self::Cursor,
        Self::Gemini,
        Self::OpenCode,
    ];

    /// Returns the name that stands in `agent.id`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude-code",
            Self::Codex => "codex",
            Self::Copilot => "copilot-cli",
            Self::Cursor => "cursor",
            Self::Gemini => "gemini-cli",
            Self::OpenCode => "opencode",
        }
    }

    /// Returns what people call the agent.
    pub const fn title(self) -> &'static str {
        match self {
            Self::ClaudeCode => "Claude Code",
            Self::Codex => "Codex CLI",
            Self::Copilot => "GitHub Copilot CLI",
            Self::Cursor => "Cursor",
            Self::Gemini => "Gemini CLI",
            Self::OpenCode => "OpenCode",
        }
    }

    /// Returns the agent of that name, in any case, with blanks around it, and under its short names.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name.trim().to_ascii_lowercase().as_str() {
            "claude-code" | "claude" => Self::ClaudeCode,
            "codex" | "codex-cli" => Self::Codex,
            "copilot-cli" | "copilot" => Self::Copilot,
            "cursor" => Self::Cursor,
            "gemini-cli" | "gemini" => Self::Gemini,
            "opencode" => Self::OpenCode,
            _ => return None,
        })
    }

    /// Returns the events of this agent that are known. Others are recorded as unknown.
    pub const fn events(self) -> &'static [EventKind] {
        match self {
            Self::ClaudeCode => claude_code::EVENTS,
            Self::Codex => codex::EVENTS,
            Self::Copilot => copilot::EVENTS,
            Self::Cursor => cursor::EVENTS,
            Self::Gemini => gemini::EVENTS,
            Self::OpenCode => opencode::EVENTS,
        }
    }

    /// Returns the files that say what this agent is to do, or may.
    pub const fn places(self) -> &'static [Place] {
        match self {
            Self::ClaudeCode => claude_code::PLACES,
            Self::Codex => codex::PLACES,
            Self::Copilot => copilot::PLACES,
            Self::Cursor => cursor::PLACES,
            Self::Gemini => gemini::PLACES,
            Self::OpenCode => opencode::PLACES,
        }
    }

    /// Returns the event of that name, in any case: agents spell theirs in one, people in others.
    pub fn event(self, name: &str) -> Option<&'static EventKind> {
        let name = name.trim();
        self.events().iter().find(|event| {
            event.name.eq_ignore_ascii_case(name)
                || event
                    .alias
                    .is_some_and(|alias| alias.eq_ignore_ascii_case(name))
        })
    }

    /// Returns the id of this agent's hook in `source.adapter`.
    pub(super) const fn source(self) -> &'static str {
        match self {
            Self::ClaudeCode => "hook",
            Self::Codex => "codex_hook",
            Self::Copilot => "copilot_hook",
            Self::Cursor => "cursor_hook",
            Self::Gemini => "gemini_hook",
            Self::OpenCode => "opencode_hook",
        }
    }

    /// Returns what the agent must be told so that the event changes nothing (FORMAT.md, "Answers"). It is
    /// the same whatever went wrong here, and for an event that is unknown or has no name. Empty means that
    /// nothing is printed.
    pub fn answer(self, event: Option<&str>) -> &'static str {
        match self {
            // Without an opinion these read silence as none. What is printed by some events would be shown
            // to the model, and Codex takes an object with a key it does not know for a failure.
            Self::ClaudeCode | Self::Codex | Self::Copilot | Self::Gemini | Self::OpenCode => "",
            Self::Cursor => cursor::answer(event.and_then(|name| self.event(name))),
        }
    }

    /// Returns the agent whose event this is. What says nothing of its agent is taken for Claude Code's, as
    /// the reference does.
    pub fn of(event: &Object) -> Self {
        let name = event.str("hook_event_name").map(str::trim);
        let of_only = |agent: Self| name.is_some_and(|name| is_only_of(agent, name));
        if event.contains("cursor_version")
            || event.contains("generation_id")
            || event.contains("conversation_id")
        {
            Self::Cursor
        } else if event.contains("sessionID") || of_only(Self::OpenCode) {
            Self::OpenCode
        } else if copilot::is_camel(event) || of_only(Self::Copilot) || copilot::is_pascal(event) {
            Self::Copilot
        } else if of_only(Self::Gemini)
            || (event.contains("timestamp") && event.contains("transcript_path"))
        {
            Self::Gemini
        } else if of_only(Self::Cursor) {
            Self::Cursor
        } else if of_only(Self::ClaudeCode) {
            Self::ClaudeCode
        } else if codex::is_of(event) {
            Self::Codex
        } else {
            Self::ClaudeCode
        }
    }
}

/// Whether an event of that name, as it is spelled, is one of `agent` and of no other.
fn is_only_of(agent: Agent, name: &str) -> bool {
    Agent::ALL.iter().all(|other| {
        let knows = other.events().iter().any(|event| event.name == name);
        knows == (*other == agent)
    })
}

/// Which of an agent's events are installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection {
    /// All that say what happened, but for those that cost more than they say ([`EventKind::is_installed`]).
    All,
    /// Only what tells of calls that were made.
    Outcomes,
}

impl Selection {
    /// Returns the events of `agent` that are installed.
    pub fn events(self, agent: Agent) -> impl Iterator<Item = &'static EventKind> {
        agent
            .events()
            .iter()
            .filter(move |event| event.is_installed && (self == Self::All || event.is_outcome()))
    }
}

impl EventKind {
    /// Whether the event tells what became of a call.
    pub const fn is_outcome(&self) -> bool {
        matches!(self.says, Says::Outcome | Says::Failure | Says::Denial)
    }
}

/// Moves the value of each key to the name it has with the others; a name that is taken already keeps its
/// value.
pub(super) fn rename(event: &mut Object, names: &[(&str, &str)]) {
    for (from, to) in names {
        if !event.contains(to)
            && let Some(value) = event.remove(from)
        {
            event.insert(*to, value);
        }
    }
}

/// Returns the JSON that a text holds, or the text.
pub(super) fn unquoted(value: Value) -> Value {
    let Some(text) = value.as_str() else {
        return value;
    };
    match crate::json::read(text.as_bytes()) {
        Ok(document) if !matches!(document.value, Value::String(_)) => document.value,
        _ => value,
    }
}
