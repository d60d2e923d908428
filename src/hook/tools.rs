//! What an agent's tools do, by name (FORMAT.md, "Tools").

use crate::{
    json::Object,
    record::fields::{ActionType, Category},
};

/// Tools by what they do.
const TOOLS: &[(&[&str], ActionType, Category, &str)] = &[
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

/// Returns the `action` block for a call of `tool`, but for its input.
pub(super) fn action(tool: &str) -> Object {
    let (kind, category, scope) = class(tool);
    let mut action = Object::new();
    action.insert("type", kind.as_str());
    action.insert("category", category.as_str());
    action.insert("tool", tool);
    let mut authorization = Object::new();
    authorization.insert("scope", scope);
    action.insert("authorization", authorization);
    action
}

fn class(tool: &str) -> (ActionType, Category, String) {
    if let Some(rest) = tool.strip_prefix("mcp__") {
        let server = rest.split("__").next().unwrap_or_default();
        let scope = format!("mcp:{server}");
        return (ActionType::ToolCall, Category::Security, scope);
    }
    TOOLS
        .iter()
        .find(|(names, ..)| names.contains(&tool))
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
            let (kind, category, scope) = class(tool);
            assert_eq!(format!("{kind} {category} {scope}"), expected, "{tool}");
        }
    }
}
