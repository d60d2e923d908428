//! `source`: where a record came from, and how near the recorder was to the action.

use super::fields::Capture;
use crate::json::Object;

/// Known producers: id, what a reader is told, and the tier.
const SOURCES: &[(&str, &str, Capture)] = &[
    ("recorder", "Halo recorder (native)", Capture::Captured),
    ("mcp", "MCP interceptor", Capture::Captured),
    ("langchain", "LangChain / LangGraph", Capture::Captured),
    ("openai_agents", "OpenAI Agents SDK", Capture::Captured),
    ("vercel_ai", "Vercel AI SDK", Capture::Captured),
    ("claude_agent_sdk", "Claude Agent SDK", Capture::Captured),
    ("hook", "Claude Code PostToolUse hook", Capture::Ingested),
    (
        "codex_hook",
        "Codex CLI PostToolUse hook",
        Capture::Ingested,
    ),
    ("copilot_hook", "GitHub Copilot hook", Capture::Ingested),
    ("cursor_hook", "Cursor hook", Capture::Ingested),
    ("gemini_hook", "Gemini CLI hook", Capture::Ingested),
    ("opencode_hook", "OpenCode plugin", Capture::Ingested),
    ("otel", "OpenTelemetry GenAI spans", Capture::Ingested),
    ("litellm", "LiteLLM gateway", Capture::Ingested),
    ("langfuse", "Langfuse traces", Capture::Ingested),
    ("gateway", "LLM gateway / proxy log", Capture::Ingested),
    (
        "drafts",
        "sealstone record (drafts on standard input)",
        Capture::Ingested,
    ),
    (
        "command",
        "sealstone record (wrapped command)",
        Capture::Captured,
    ),
];

/// Returns the `source` block for a producer's id. An id that is not in the table is taken as it is, as
/// ingested: nobody but the recorder itself can say that it was there.
pub fn block(id: &str) -> Object {
    let (via, capture) = SOURCES
        .iter()
        .find(|(known, _, _)| *known == id)
        .map_or((id, Capture::Ingested), |(_, via, capture)| {
            (*via, *capture)
        });
    [("adapter", id), ("via", via), ("capture", capture.as_str())]
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_producers_are_ingested() {
        assert_eq!(
            block("hook").str("via"),
            Some("Claude Code PostToolUse hook")
        );
        assert_eq!(block("command").str("capture"), Some("captured"));
        let unknown = block("acme");
        assert_eq!(unknown.str("via"), Some("acme"));
        assert_eq!(unknown.str("capture"), Some("ingested"));
    }
}
