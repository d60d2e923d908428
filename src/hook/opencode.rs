//! OpenCode, which has no hooks but plugins: ours (`plugins/opencode/sealstone.js`) pipes what its hooks are
//! given, under the names used here.

use super::{
    agent::rename,
    event::EventKind,
    places::{
        Base::{Config, Project},
        Holds::{Hooks, Instructions, McpServers},
        Place,
    },
};
use crate::{json::Object, record::tool};

/// What our plugin passes on.
pub(super) const EVENTS: &[EventKind] = &[
    EventKind::intent("tool.execute.before"),
    EventKind::outcome("tool.execute.after"),
    EventKind::permission("permission.ask").keeps(&["status"]),
    EventKind::denial("permission.rejected"),
    EventKind::message("chat.message", tool::PROMPT_SUBMIT, "prompt"),
    EventKind::other("session.created", tool::SESSION_START),
    EventKind::other("session.idle", tool::TURN_END),
    EventKind::other("session.error", "turn.fail").keeps(&["error"]),
    EventKind::other("session.compacted", "compact.end"),
    EventKind::other("session.deleted", tool::SESSION_END),
    EventKind::other("file.edited", "file.change").keeps(&["file_path"]),
];

/// Where OpenCode's instructions, plugins and settings are.
pub(super) const PLACES: &[Place] = &[
    Place::new(Instructions, Config, "AGENTS.md"),
    Place::new(Instructions, Project, "AGENTS.md"),
    Place::new(Hooks, Config, "plugins/*.js"),
    Place::new(Hooks, Project, ".opencode/plugins/*.js"),
    Place::new(McpServers, Config, "opencode.json").members(&["mcp"]),
    Place::new(McpServers, Project, "opencode.json").members(&["mcp"]),
];

/// Gives the members of an event the names they have with the others.
pub(super) fn normalize(event: &mut Object) {
    rename(
        event,
        &[
            ("sessionID", "session_id"),
            ("tool", "tool_name"),
            ("callID", "tool_use_id"),
            ("args", "tool_input"),
            ("output", "tool_response"),
        ],
    );
}
