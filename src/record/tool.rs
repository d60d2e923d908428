//! Tools of our naming: what a record is of that is no call of a tool (FORMAT.md, "Calls").

/// A session began.
pub const SESSION_START: &str = "session.start";

/// A session ended.
pub const SESSION_END: &str = "session.end";

/// A prompt was given.
pub const PROMPT_SUBMIT: &str = "prompt.submit";

/// A turn ended.
pub const TURN_END: &str = "turn.end";

/// A sub-agent began.
pub const SUB_AGENT_START: &str = "subagent.start";

/// A sub-agent ended.
pub const SUB_AGENT_END: &str = "subagent.end";

/// The agent's configuration changed.
pub const CONFIG_CHANGE: &str = "config.change";

/// Instructions were loaded.
pub const INSTRUCTIONS_LOAD: &str = "instructions.load";

/// Calls were made together.
pub const TOOL_BATCH: &str = "tool.batch";

/// An event that is not known.
pub const EVENT_UNKNOWN: &str = "event.unknown";
