//! What an agent's tools do, by name (FORMAT.md, "Tools").

use super::agent::Agent;
use crate::{
    json::Object,
    record::fields::{ActionType, Category},
};

/// Tools by what they do.
type Table = &'static [(&'static [&'static str], ActionType, Category, &'static str)];

/// The tools of Claude Code and Codex, as the reference classes them.
const TOOLS: Table = &[
    (
        &[
            "Bash",
            "shell",
            "local_shell",
            "exec_command",
            "container.exec",
        ],
        ActionType::ToolCall,
        Category::Security,
        "exec",
    ),
    (
        &["Write", "Edit", "NotebookEdit", "apply_patch"],
        ActionType::Write,
        Category::Safety,
        "fs.write",
    ),
    (
        &[
            "Read",
            "Glob",
            "Grep",
            "LS",
            "NotebookRead",
            "read_file",
            "list_dir",
            "grep_files",
        ],
        ActionType::Read,
        Category::Privacy,
        "fs.read",
    ),
    (
        &[
            "WebFetch",
            "WebSearch",
            "web_search",
            "web_fetch",
            "fetch_url",
        ],
        ActionType::Network,
        Category::Security,
        "network",
    ),
];

/// The tools of the other agents.
const TOOLS_OF_OTHERS: Table = &[
    (
        &["Shell", "bash", "powershell", "run_shell_command"],
        ActionType::ToolCall,
        Category::Security,
        "exec",
    ),
    (
        &[
            "Delete",
            "create",
            "edit",
            "multiedit",
            "patch",
            "replace",
            "str_replace_editor",
            "write",
            "write_file",
        ],
        ActionType::Write,
        Category::Safety,
        "fs.write",
    ),
    (
        &[
            "glob",
            "grep",
            "list",
            "list_directory",
            "read",
            "read_many_files",
            "rg",
            "search_file_content",
            "view",
        ],
        ActionType::Read,
        Category::Privacy,
        "fs.read",
    ),
    (
        &["google_web_search", "webfetch", "websearch"],
        ActionType::Network,
        Category::Security,
        "network",
    ),
];

/// Tools that start a sub-agent.
const SUBAGENT_TOOLS: &[&str] = &["Agent", "Task", "spawn_agent", "task"];

/// What our own names stand for, by how they begin; all others are of the category reliability and
/// no more than something that happened.
const OWN: &[(&[&str], ActionType, Category)] = &[
    (
        &["prompt.", "message.", "notification", "turn.", "compact."],
        ActionType::AgentMessage,
        Category::Privacy,
    ),
    (
        &["config.", "worktree.", "file."],
        ActionType::Write,
        Category::Security,
    ),
    (
        &["instructions.", "folder."],
        ActionType::Read,
        Category::Security,
    ),
    (
        &["model.request", "model.response"],
        ActionType::Network,
        Category::Security,
    ),
    (&["model.switch"], ActionType::ToolCall, Category::Security),
];

/// Returns the `action` block for a call of `tool`, but for its input. `server` is the MCP server that has
/// the tool, where the event says so.
pub(super) fn action(agent: Agent, tool: &str, server: Option<&str>) -> Object {
    let (kind, category, scope) = class(agent, tool, server);
    let mut action = block(kind, category, tool);
    let authorization: Object = [("scope", scope)].into_iter().collect();
    action.insert("authorization", authorization);
    action
}

/// Returns the `action` block for an event that is no call, under a name of ours.
pub(super) fn own_action(name: &str) -> Object {
    let is_of = |starts: &&[&str]| starts.iter().any(|start| name.starts_with(start));
    let (kind, category) = OWN
        .iter()
        .find(|(starts, ..)| is_of(starts))
        .map_or((ActionType::ToolCall, Category::Reliability), |own| {
            (own.1, own.2)
        });
    block(kind, category, name)
}

/// Whether a tool starts a sub-agent.
pub(super) fn starts_subagent(tool: &str) -> bool {
    SUBAGENT_TOOLS.contains(&tool)
}

fn block(kind: ActionType, category: Category, tool: &str) -> Object {
    let mut action = Object::new();
    action.insert("type", kind.as_str());
    action.insert("category", category.as_str());
    action.insert("tool", tool);
    action
}

fn class(agent: Agent, tool: &str, server: Option<&str>) -> (ActionType, Category, String) {
    let server = match tool.strip_prefix("mcp__") {
        Some(rest) => rest.split("__").next(),
        None => server,
    };
    if let Some(server) = server {
        let scope = format!("mcp:{server}");
        return (ActionType::ToolCall, Category::Security, scope);
    }
    if tool.starts_with("MCP:") {
        // Cursor does not say which server it is.
        let scope = "mcp".to_owned();
        return (ActionType::ToolCall, Category::Security, scope);
    }
    let has = |names: &&[&str]| names.contains(&tool);
    let of_others = match agent {
        Agent::ClaudeCode | Agent::Codex => &[],
        _ => TOOLS_OF_OTHERS,
    };
    TOOLS
        .iter()
        .chain(of_others)
        .find(|(names, ..)| has(names))
        .map_or(
            (ActionType::ToolCall, Category::Security, "tool".to_owned()),
            |(_, kind, category, scope)| (*kind, *category, (*scope).to_owned()),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_are_classed_as_the_reference_classes_them() {
        for (tool, expected) in [
            ("Bash", "tool_call security exec"),
            ("container.exec", "tool_call security exec"),
            ("apply_patch", "write safety fs.write"),
            ("grep_files", "read privacy fs.read"),
            ("web_fetch", "network security network"),
            ("mcp__ide__getDiagnostics", "tool_call security mcp:ide"),
            ("mcp__", "tool_call security mcp:"),
            ("MultiEdit", "tool_call security tool"),
            ("bash", "tool_call security tool"),
        ] {
            let (kind, category, scope) = class(Agent::ClaudeCode, tool, None);
            assert_eq!(format!("{kind} {category} {scope}"), expected, "{tool}");
        }
    }
}
