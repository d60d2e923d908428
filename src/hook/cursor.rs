//! Cursor: camelCase events. A call has generic events with its id, and may have more of its own kind without
//! one.

use super::{
    agent::{rename, unquoted},
    event::{EventKind, Says},
    places::{
        Base::{Config, Project, Root},
        Holds::{Hooks, Instructions, McpServers},
        Place,
    },
};
use crate::{
    json::{Object, Value},
    record::tool,
};

/// What Cursor tells its hooks.
pub(super) const EVENTS: &[EventKind] = &[
    EventKind::intent("preToolUse"),
    EventKind::outcome("postToolUse"),
    EventKind::failure("postToolUseFailure").keeps(&["failure_type"]),
    EventKind::other("sessionStart", tool::SESSION_START).keeps(&["composer_mode"]),
    EventKind::other("sessionEnd", tool::SESSION_END).keeps(&["reason"]),
    EventKind::message("beforeSubmitPrompt", tool::PROMPT_SUBMIT, "prompt"),
    EventKind::other("stop", tool::TURN_END).keeps(&["status", "loop_count"]),
    EventKind::message("afterAgentResponse", "message.answer", "text"),
    EventKind::message("afterAgentThought", "message.thought", "text").not_installed(),
    EventKind::message("subagentStart", tool::SUB_AGENT_START, "task"),
    EventKind::message("subagentStop", tool::SUB_AGENT_END, "summary").keeps(&["status"]),
    EventKind::other("preCompact", "compact.start").keeps(&["trigger"]),
    EventKind::other("workspaceOpen", "session.setup"),
    EventKind::detail("beforeShellExecution").keeps(&["sandbox"]),
    EventKind::detail("afterShellExecution").keeps(&["sandbox"]),
    EventKind::detail("beforeMCPExecution"),
    EventKind::detail("afterMCPExecution"),
    EventKind::detail("beforeReadFile").keeps(&["file_path"]),
    EventKind::detail("afterFileEdit").keeps(&["file_path"]),
    EventKind::detail("beforeTabFileRead").keeps(&["file_path"]),
    EventKind::detail("afterTabFileEdit").keeps(&["file_path"]),
];

/// Where Cursor's instructions and settings are.
pub(super) const PLACES: &[Place] = &[
    Place::new(Instructions, Project, "AGENTS.md"),
    Place::new(Instructions, Project, ".cursorrules"),
    Place::new(Instructions, Project, ".cursor/rules/*.mdc"),
    Place::new(Hooks, Root, "etc/cursor/hooks.json"),
    Place::new(Hooks, Config, "hooks.json"),
    Place::new(Hooks, Project, ".cursor/hooks.json"),
    Place::new(McpServers, Config, "mcp.json").members(&["mcpServers"]),
    Place::new(McpServers, Project, ".cursor/mcp.json").members(&["mcpServers"]),
];

/// With `failClosed`, Cursor takes silence for a failure and blocks.
pub(super) fn answer(event: Option<&EventKind>) -> &'static str {
    let asks = |event: &EventKind| {
        event.says == Says::Intent
            || event.name.starts_with("before")
            || event.name == "subagentStart"
    };
    if event.is_none_or(asks) {
        r#"{"continue":true,"permission":"allow"}"#
    } else {
        "{}"
    }
}

/// Gives the members of an event the names they have with the others.
pub(super) fn normalize(event: &mut Object, kind: Option<&EventKind>) {
    rename(
        event,
        &[
            ("conversation_id", "session_id"),
            ("generation_id", "turn_id"),
            ("tool_output", "tool_response"),
            ("subagent_id", "agent_id"),
            ("subagent_type", "agent_type"),
            ("tool_call_id", "tool_use_id"),
            ("duration", "duration_ms"),
            ("error_message", "error"),
        ],
    );
    let root = |roots: &Value| Some(roots.as_array()?.first()?.as_str()?.to_owned());
    if !event.contains("cwd")
        && let Some(root) = event.get("workspace_roots").and_then(root)
    {
        event.insert("cwd", root);
    }
    if let Some(response) = event.remove("tool_response") {
        event.insert("tool_response", unquoted(response));
    }
    if let Some(kind) = kind.filter(|kind| kind.says == Says::Detail) {
        detail(event, kind.name);
    }
}

/// What an event of one kind of call says in the words of the generic ones.
fn detail(event: &mut Object, name: &str) {
    let (tool, inputs, output): (_, &[&str], _) = match name {
        "beforeShellExecution" | "afterShellExecution" => ("Shell", &["command"], "output"),
        "beforeMCPExecution" | "afterMCPExecution" => ("MCP", &[], "result_json"),
        "beforeReadFile" | "beforeTabFileRead" => ("Read", &["file_path"], "content"),
        _ => ("Write", &["file_path", "edits"], ""),
    };
    // The generic events call an MCP server's tool by this name.
    let tool = match event.str("tool_name") {
        Some(name) => format!("{tool}:{name}"),
        None => tool.to_owned(),
    };
    event.insert("tool_name", tool);
    if !event.contains("tool_input") {
        let input: Object = inputs
            .iter()
            .filter_map(|key| Some((*key, event.get(key)?.clone())))
            .collect();
        event.insert("tool_input", input);
    }
    let input = event.remove("tool_input").unwrap_or(Value::Null);
    event.insert("tool_input", unquoted(input));
    // Before a file is read, its content is not an answer yet.
    let is_after = name.starts_with("after");
    if let Some(answer) = event.remove(output).filter(|_| is_after) {
        event.insert("tool_response", unquoted(answer));
    }
}
