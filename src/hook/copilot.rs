//! GitHub Copilot CLI: two dialects, chosen by the case in which a hook's event is written. The camelCase one
//! does not name its event, so the hook's command line does (`--event`), and its members tell it otherwise.

use super::{
    agent::rename,
    event::EventKind,
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

/// What Copilot tells its hooks.
pub(super) const EVENTS: &[EventKind] = &[
    EventKind::intent("preToolUse"),
    EventKind::outcome("postToolUse"),
    EventKind::failure("postToolUseFailure"),
    EventKind::permission("permissionRequest"),
    EventKind::message("sessionStart", tool::SESSION_START, "initial_prompt").keeps(&["source"]),
    EventKind::other("sessionEnd", tool::SESSION_END).keeps(&["reason"]),
    EventKind::message("userPromptSubmitted", tool::PROMPT_SUBMIT, "prompt")
        .alias("UserPromptSubmit"),
    EventKind::message("userPromptTransformed", "prompt.expand", "prompt").not_installed(),
    EventKind::other("agentStop", tool::TURN_END)
        .keeps(&["stop_reason"])
        .alias("Stop"),
    EventKind::other("subagentStart", tool::SUB_AGENT_START),
    EventKind::other("subagentStop", tool::SUB_AGENT_END).keeps(&["stop_reason"]),
    EventKind::other("preCompact", "compact.start").keeps(&["trigger"]),
    EventKind::message("errorOccurred", "turn.fail", "error").keeps(&["error_context"]),
    EventKind::message("notification", "notification", "message").keeps(&["notification_type"]),
    EventKind::detail("preMcpToolCall"),
];

/// Where Copilot's instructions and settings are.
pub(super) const PLACES: &[Place] = &[
    Place::new(Instructions, Project, "AGENTS.md"),
    Place::new(Instructions, Project, ".github/copilot-instructions.md"),
    Place::new(Hooks, Root, "etc/github-copilot/policy.d/*.json"),
    Place::new(Hooks, Config, "hooks/*.json"),
    Place::new(Hooks, Project, ".github/hooks/*.json"),
    Place::new(McpServers, Config, "mcp-config.json").members(&["mcpServers"]),
];

/// Names in the camelCase dialect, and in the other one.
const NAMES: &[(&str, &str)] = &[
    ("sessionId", "session_id"),
    ("hookEventName", "hook_event_name"),
    ("transcriptPath", "transcript_path"),
    ("toolName", "tool_name"),
    ("toolArgs", "tool_input"),
    ("toolResult", "tool_result"),
    ("toolCallId", "tool_use_id"),
    ("arguments", "tool_input"),
    ("initialPrompt", "initial_prompt"),
    ("stopReason", "stop_reason"),
    ("agentName", "agent_type"),
    ("agent_name", "agent_type"),
    ("agentId", "agent_id"),
    ("errorContext", "error_context"),
    ("notificationType", "notification_type"),
];

/// Whether an event is in the camelCase dialect.
pub(super) fn is_camel(event: &Object) -> bool {
    event.contains("toolArgs")
        || event.contains("toolName")
        || event.contains("sessionId")
        || (event.contains("timestamp")
            && !event.contains("hook_event_name")
            && event.contains("cwd"))
}

/// Whether an event is in the other dialect, which is Claude Code's with a time.
pub(super) fn is_pascal(event: &Object) -> bool {
    event.contains("tool_result")
        || (event.contains("timestamp")
            && !event.contains("transcript_path")
            && event.contains("hook_event_name"))
}

/// Returns the event that the members of the camelCase dialect tell.
pub(super) fn event_name(event: &Object) -> Option<&'static str> {
    let has = |names: &[&str]| names.iter().any(|name| event.contains(name));
    Some(if has(&["toolResult", "tool_result"]) {
        "postToolUse"
    } else if has(&["toolName", "tool_name"]) {
        if has(&["error"]) {
            "postToolUseFailure"
        } else {
            "preToolUse"
        }
    } else if has(&["prompt"]) {
        "userPromptSubmitted"
    } else if has(&["source", "initialPrompt"]) {
        "sessionStart"
    } else if has(&["reason"]) {
        "sessionEnd"
    } else if has(&["error"]) {
        "errorOccurred"
    } else {
        return None;
    })
}

/// Gives the members of an event the names they have with the others.
pub(super) fn normalize(event: &mut Object) {
    rename(event, NAMES);
    // Early versions pass the arguments as JSON in a text.
    if let Some(input) = event.remove("tool_input") {
        event.insert("tool_input", super::agent::unquoted(input));
    }
    rename(event, &[("tool_result", "tool_response")]);
    if let Some(Value::Object(result)) = event.get_mut("tool_response") {
        rename(
            result,
            &[
                ("resultType", "result_type"),
                ("textResultForLlm", "text_result_for_llm"),
            ],
        );
    }
}
