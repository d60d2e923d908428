//! Codex CLI: Claude Code's events and names, and a turn's id and the model beside them.

use super::{
    event::EventKind,
    places::{
        Base::{Config, Project},
        Holds::{Hooks, Instructions, Settings},
        Place,
    },
};
use crate::{json::Object, record::tool};

/// What Codex tells its hooks. It has no event for a failure: `PostToolUse` comes for failed calls too.
pub(super) const EVENTS: &[EventKind] = &[
    EventKind::intent("PreToolUse"),
    EventKind::outcome("PostToolUse"),
    EventKind::permission("PermissionRequest"),
    EventKind::message("UserPromptSubmit", tool::PROMPT_SUBMIT, "prompt"),
    EventKind::other("SessionStart", tool::SESSION_START).keeps(&["source"]),
    EventKind::other("SessionEnd", tool::SESSION_END).keeps(&["reason"]),
    EventKind::message("Stop", tool::TURN_END, "last_assistant_message")
        .keeps(&["stop_hook_active"]),
    EventKind::message("StopFailure", "turn.fail", "last_assistant_message").keeps(&["error"]),
    EventKind::other("Interrupt", "turn.interrupt").keeps(&["reason"]),
    EventKind::other("SubagentStart", tool::SUB_AGENT_START),
    EventKind::message(
        "SubagentStop",
        tool::SUB_AGENT_END,
        "last_assistant_message",
    )
    .keeps(&["stop_hook_active"]),
    EventKind::other("PreCompact", "compact.start").keeps(&["trigger"]),
    EventKind::other("PostCompact", "compact.end").keeps(&["trigger"]),
];

/// Where Codex's instructions and settings are.
pub(super) const PLACES: &[Place] = &[
    Place::new(Instructions, Config, "AGENTS.md"),
    Place::new(Instructions, Project, "AGENTS.md"),
    Place::new(Hooks, Config, "hooks.json"),
    Place::new(Hooks, Project, ".codex/hooks.json"),
    Place::new(Settings, Config, "config.toml"),
];

/// Codex events carry a turn, and all carry the model. So does the start of a Claude Code session, whose
/// transcript is never missing and never a rollout.
pub(super) fn is_of(event: &Object) -> bool {
    if event.contains("turn_id") {
        return true;
    }
    let is_start = event
        .str("hook_event_name")
        .is_some_and(|name| name.trim().eq_ignore_ascii_case("sessionstart"));
    let has_rollout = match event.get("transcript_path") {
        Some(path) => path.as_str().is_none_or(|path| {
            let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
            name.starts_with("rollout-")
        }),
        None => false,
    };
    event.str("model").is_some() && (!is_start || has_rollout)
}
