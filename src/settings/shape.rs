//! What an entry looks like in each agent's settings.

use super::layout::{Layout, string};
use crate::hook::{Agent, EventKind, Says};

/// How long an agent waits for the hook, in seconds. It takes milliseconds, but may have to wait for other
/// writers of the log. Claude Code gives all hooks of `SessionEnd` together 1.5 s, unless one asks for more.
const TIMEOUT_SECONDS: u32 = 10;

/// How an agent's settings name hooks: all have `{"hooks":{EVENT:[ENTRY]}}`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// Whether an entry is a group with a matcher and a list of handlers, and not a handler itself.
    pub(super) is_grouped: bool,
    /// What matches every tool, where an event is about one.
    matcher: Option<&'static str>,
    /// The key of the command line.
    pub(super) command: &'static str,
    /// Whether a handler says that it is a command.
    has_type: bool,
    /// The key and the value of the time limit.
    timeout: (&'static str, u32),
    /// Whether the document says that it is version 1.
    pub(super) has_version: bool,
}

impl Shape {
    /// Returns the shape of an agent's settings; `OpenCode` has a plugin in place of settings.
    pub(super) const fn of(agent: Agent) -> Option<Self> {
        // The command is one text for a shell: Claude Code could be given the words (`args`), which saves the
        // shell, but only newer versions know them and older ones would run the program without any.
        let grouped = Self {
            is_grouped: true,
            matcher: Some("*"),
            command: "command",
            has_type: true,
            timeout: ("timeout", TIMEOUT_SECONDS),
            has_version: false,
        };
        Some(match agent {
            Agent::ClaudeCode => grouped,
            Agent::Codex => Self {
                matcher: Some(".*"),
                ..grouped
            },
            Agent::Gemini => Self {
                matcher: Some(".*"),
                timeout: ("timeout", TIMEOUT_SECONDS * 1000),
                ..grouped
            },
            Agent::Cursor => Self {
                is_grouped: false,
                matcher: None,
                has_type: false,
                has_version: true,
                ..grouped
            },
            Agent::Copilot => Self {
                is_grouped: false,
                matcher: None,
                command: "bash",
                timeout: ("timeoutSec", TIMEOUT_SECONDS),
                has_version: true,
                ..grouped
            },
            Agent::OpenCode => return None,
        })
    }

    /// Returns the entry for an event as JSON.
    pub(super) fn entry(&self, layout: &Layout, event: &EventKind, command: &str) -> String {
        let (key, limit) = self.timeout;
        let mut handler = Vec::new();
        if self.has_type {
            handler.push(layout.member("type", "\"command\""));
        }
        handler.push(layout.member(self.command, &string(command)));
        handler.push(layout.member(key, &limit.to_string()));
        let handler = layout.object(&handler);
        if !self.is_grouped {
            return handler;
        }
        // An event without a tool matches on something else, and without a matcher it is matched always.
        let matcher = self.matcher.filter(|_| is_about_a_tool(event));
        let matcher = matcher.map(|matcher| layout.member("matcher", &string(matcher)));
        let handlers = layout.member("hooks", &format!("[{handler}]"));
        layout.object(&matcher.into_iter().chain([handlers]).collect::<Vec<_>>())
    }
}

const fn is_about_a_tool(event: &EventKind) -> bool {
    matches!(
        event.says,
        Says::Intent | Says::Outcome | Says::Failure | Says::Denial | Says::Permission
    )
}
