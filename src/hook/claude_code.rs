//! Claude Code: events in snake case, with a stable id for every call.

use super::{
    event::EventKind,
    places::{
        Base::{Config, Home, Project, Root},
        Holds::{Hooks, Instructions, McpServers},
        Place,
    },
};
use crate::record::tool;

/// What Claude Code tells its hooks.
pub(super) const EVENTS: &[EventKind] = &[
    EventKind::intent("PreToolUse"),
    EventKind::outcome("PostToolUse"),
    EventKind::failure("PostToolUseFailure"),
    EventKind::batch("PostToolBatch"),
    EventKind::permission("PermissionRequest"),
    EventKind::denial("PermissionDenied"),
    EventKind::message("UserPromptSubmit", tool::PROMPT_SUBMIT, "prompt").keeps(&["source"]),
    EventKind::message("UserPromptExpansion", "prompt.expand", "prompt").keeps(&[
        "expansion_type",
        "command_name",
        "command_source",
    ]),
    EventKind::other("SessionStart", tool::SESSION_START).keeps(&["source", "model"]),
    EventKind::other("SessionEnd", tool::SESSION_END).keeps(&["reason"]),
    EventKind::other("Setup", "session.setup").keeps(&["trigger"]),
    EventKind::message("Stop", tool::TURN_END, "last_assistant_message")
        .keeps(&["stop_hook_active"]),
    EventKind::message("StopFailure", "turn.fail", "last_assistant_message").keeps(&["error"]),
    EventKind::other("SubagentStart", tool::SUB_AGENT_START),
    EventKind::message(
        "SubagentStop",
        tool::SUB_AGENT_END,
        "last_assistant_message",
    )
    .keeps(&["stop_hook_active", "agent_transcript_path"]),
    EventKind::message("TaskCreated", "task.create", "task_description")
        .keeps(&["task_id", "teammate_name"]),
    EventKind::message("TaskCompleted", "task.complete", "task_description")
        .keeps(&["task_id", "teammate_name"]),
    EventKind::other("TeammateIdle", "teammate.idle").keeps(&["teammate_name"]),
    EventKind::message("Notification", "notification", "message").keeps(&["notification_type"]),
    EventKind::other("ConfigChange", tool::CONFIG_CHANGE).keeps(&["source", "file_path"]),
    EventKind::other("InstructionsLoaded", tool::INSTRUCTIONS_LOAD).keeps(&[
        "file_path",
        "memory_type",
        "load_reason",
        "trigger_file_path",
        "parent_file_path",
    ]),
    // It fires for the files that its matcher names, and there are none to name in advance.
    EventKind::other("FileChanged", "file.change")
        .keeps(&["file_path", "event"])
        .not_installed(),
    EventKind::other("CwdChanged", "folder.change").keeps(&["old_cwd", "new_cwd"]),
    EventKind::other("DirectoryAdded", "folder.add").keeps(&["directory", "source"]),
    // Whoever listens to this one has to make the worktree.
    EventKind::other("WorktreeCreate", "worktree.create")
        .keeps(&["name"])
        .not_installed(),
    EventKind::other("WorktreeRemove", "worktree.remove").keeps(&["worktree_path"]),
    EventKind::message("PreCompact", "compact.start", "custom_instructions").keeps(&["trigger"]),
    EventKind::message("PostCompact", "compact.end", "compact_summary").keeps(&["trigger"]),
    EventKind::other("PreModelSwitch", "model.switch").keeps(&[
        "from_model",
        "to_model",
        "requested_model",
        "source",
        "context_tokens",
    ]),
    EventKind::other("PostModelSwitch", "model.switched").keeps(&[
        "from_model",
        "to_model",
        "requested_model",
        "source",
        "context_tokens",
    ]),
    EventKind::message("Elicitation", "elicitation.request", "message").keeps(&[
        "mcp_server_name",
        "mode",
        "elicitation_id",
    ]),
    EventKind::other("ElicitationResult", "elicitation.result").keeps(&[
        "mcp_server_name",
        "action",
        "mode",
        "elicitation_id",
    ]),
    // Once for every piece of a message.
    EventKind::message("MessageDisplay", "message.display", "delta")
        .keeps(&["message_id", "index", "final"])
        .not_installed(),
];

/// Which hooks run is decided by these members.
const HOOKS: &[&str] = &["hooks", "disableAllHooks", "allowManagedHooksOnly"];

/// Where Claude Code's instructions and settings are.
pub(super) const PLACES: &[Place] = &[
    Place::new(Instructions, Config, "CLAUDE.md"),
    Place::new(Instructions, Project, "CLAUDE.md"),
    Place::new(Instructions, Project, ".claude/CLAUDE.md"),
    Place::new(Instructions, Project, "CLAUDE.local.md"),
    Place::new(Hooks, Root, "etc/claude-code/managed-settings.json").members(HOOKS),
    Place::new(
        Hooks,
        Root,
        "Library/Application Support/ClaudeCode/managed-settings.json",
    )
    .members(HOOKS),
    Place::new(Hooks, Config, "settings.json").members(HOOKS),
    Place::new(Hooks, Project, ".claude/settings.json").members(HOOKS),
    Place::new(Hooks, Project, ".claude/settings.local.json").members(HOOKS),
    Place::new(McpServers, Project, ".mcp.json").members(&["mcpServers"]),
    Place::new(McpServers, Home, ".claude.json").members(&["mcpServers"]),
];
