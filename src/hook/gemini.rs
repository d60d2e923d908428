//! Gemini CLI: its calls have no id, and one event for what succeeded and what failed.

use super::{
    event::EventKind,
    places::{
        Base::{Config, Project},
        Holds::{Hooks, Instructions, McpServers},
        Place,
    },
};
use crate::record::tool;

/// What Gemini CLI tells its hooks.
pub(super) const EVENTS: &[EventKind] = &[
    EventKind::intent("BeforeTool"),
    EventKind::outcome("AfterTool"),
    EventKind::other("SessionStart", tool::SESSION_START).keeps(&["source"]),
    EventKind::other("SessionEnd", tool::SESSION_END).keeps(&["reason"]),
    EventKind::message("BeforeAgent", tool::PROMPT_SUBMIT, "prompt"),
    EventKind::message("AfterAgent", tool::TURN_END, "prompt_response")
        .keeps(&["stop_hook_active"]),
    EventKind::other("PreCompress", "compact.start").keeps(&["trigger"]),
    EventKind::message("Notification", "notification", "message").keeps(&["notification_type"]),
    // These hold the whole conversation, at every request.
    EventKind::other("BeforeModel", "model.request").not_installed(),
    EventKind::other("AfterModel", "model.response").not_installed(),
    EventKind::other("BeforeToolSelection", "tool.select").not_installed(),
];

/// Where Gemini CLI's instructions and settings are.
pub(super) const PLACES: &[Place] = &[
    Place::new(Instructions, Config, "GEMINI.md"),
    Place::new(Instructions, Project, "GEMINI.md"),
    Place::new(Hooks, Config, "settings.json").members(&["hooks", "hooksConfig"]),
    Place::new(Hooks, Project, ".gemini/settings.json").members(&["hooks", "hooksConfig"]),
    Place::new(McpServers, Config, "settings.json").members(&["mcpServers"]),
    Place::new(McpServers, Project, ".gemini/settings.json").members(&["mcpServers"]),
];
