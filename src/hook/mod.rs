//! Agent hook events: from the JSON an agent pipes into `sealstone hook` to a draft.
//!
//! Each agent has a file that knows its events. Nothing here reads a file, the environment or a clock: what
//! the caller knows beside the event is in [`Setup`].

mod lenient;
mod tools;

use crate::{
    json::{self, Number, Object, Value},
    record::{check, draft::Draft, outcome, source},
    redact,
};

/// The agents whose events are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agent {
    /// Claude Code.
    ClaudeCode,
    /// Codex CLI.
    Codex,
}

impl Agent {
    /// Returns the name that stands in `agent.id`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude-code",
            Self::Codex => "codex",
        }
    }

    /// Returns the agent of that name, in any case and with blanks around it.
    pub fn parse(name: &str) -> Option<Self> {
        match name.trim().to_ascii_lowercase().as_str() {
            "claude-code" => Some(Self::ClaudeCode),
            "codex" => Some(Self::Codex),
            _ => None,
        }
    }

    /// Codex events carry a turn or a model; those of Claude Code's tools carry neither.
    fn of(event: &Object) -> Self {
        if event.contains("turn_id") || event.str("model").is_some() {
            Self::Codex
        } else {
            Self::ClaudeCode
        }
    }

    const fn source(self) -> &'static str {
        match self {
            Self::ClaudeCode => "hook",
            Self::Codex => "codex_hook",
        }
    }
}

/// What the caller knows beside the event.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// The agent, where its events should not decide.
    pub agent: Option<Agent>,
    /// The agent's model, where the event names none.
    pub agent_model: Option<String>,
    /// The agent's version, where the event names none.
    pub agent_version: Option<String>,
    /// The authority snapshot in force, where the event has none.
    pub authority: Option<Object>,
    /// The id of the customer, where the event names none.
    pub subject: Option<String>,
}

/// What is to be done with an event.
#[derive(Debug)]
pub enum Reading {
    /// Record it. The notes say what of the event could not be kept.
    Draft(Box<Draft>, Vec<String>),
    /// It says nothing that is recorded, and that is as it should be.
    Nothing,
    /// It should have been recorded and cannot be.
    Unusable(String),
    /// An event that is not recorded.
    Other(String),
}

/// Tools whose calls only organise the agent's own work; the reference does not record them either.
const SKIPPED_TOOLS: &[&str] = &[
    "BashOutput",
    "ExitPlanMode",
    "KillShell",
    "Skill",
    "Task",
    "TodoWrite",
];

/// Reads an event.
///
/// Of a key that stands twice in one object the last value counts, as agents and the reference read it: the
/// event is what the agent said, not evidence yet. A byte order mark is tolerated.
pub fn read_event(bytes: &[u8], setup: &Setup) -> Reading {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if bytes.trim_ascii().is_empty() {
        return Reading::Nothing;
    }
    let event = match json::read(bytes) {
        Ok(document) => document.value,
        Err(error) => return Reading::Unusable(format!("the event is not JSON: {error}")),
    };
    let Value::Object(event) = event else {
        let found = event.type_name();
        return Reading::Unusable(format!("the event is not an object but {found}"));
    };
    if let Some(name) = event.str("hook_event_name").map(str::trim)
        && !name.is_empty()
        && !name.eq_ignore_ascii_case("posttooluse")
    {
        let name = redact::mask(name, redact::Rule::Full);
        let name = check::excerpt(&name);
        return Reading::Other(format!("`{name}` events are not recorded"));
    }
    after_tool(event, setup)
}

/// A tool was called and has answered.
fn after_tool(mut event: Object, setup: &Setup) -> Reading {
    let named = |value: &Value| !value.is_empty_like();
    let tool = event.remove("tool_name").filter(named);
    let tool = match tool.or_else(|| event.remove("tool").filter(named)) {
        None => return Reading::Nothing,
        Some(Value::String(tool)) => tool.into_string(),
        Some(other) => {
            let found = other.type_name();
            return Reading::Unusable(format!("`tool_name` is not a string but {found}"));
        }
    };
    if SKIPPED_TOOLS.contains(&tool.as_str()) {
        return Reading::Nothing;
    }
    let agent = setup.agent.unwrap_or_else(|| Agent::of(&event));
    let mut fields = Object::new();
    if let Some(session) = event.remove("session_id").filter(|id| !id.is_empty_like()) {
        fields.insert("session_id", session);
    }
    fields.insert("agent", agent_block(agent, &event, setup));
    fields.insert("action", tools::action(&tool));
    let subject = event
        .remove("subject")
        .filter(|subject| !subject.is_empty_like());
    if let Some(subject) = subject.or_else(|| setup.subject.clone().map(Value::from)) {
        fields.insert("subject", lenient::with_id(subject));
    }
    fields.insert("source", source::block(agent.source()));
    let authority = event
        .remove("authority")
        .filter(|value| !value.is_empty_like());
    if let Some(authority) = authority.or_else(|| setup.authority.clone().map(Value::from)) {
        fields.insert("authority", authority);
    }
    for key in ["principal", "parent_id", "threats", "data", "verification"] {
        let given = event.remove(key).filter(|value| !value.is_empty_like());
        if let Some(value) = given.and_then(|value| lenient::field(key, value)) {
            fields.insert(key, value);
        }
    }
    let input = match event.remove("tool_input") {
        None => Some(Object::new().into()),
        Some(Value::Null) => None,
        given => given,
    };
    let answer = event
        .remove("tool_response")
        .filter(|answer| !answer.is_empty_like());
    if let Some(answer) = &answer {
        let mut block = Object::new();
        block.insert("status", outcome::status(answer).as_str());
        fields.insert("outcome", block);
    }
    fields.insert("sealstone", extension(&event));
    match lenient::draft(fields, input, answer) {
        Ok((draft, notes)) => Reading::Draft(Box::new(draft), notes),
        Err(error) => Reading::Unusable(error.to_string()),
    }
}

fn agent_block(agent: Agent, event: &Object, setup: &Setup) -> Object {
    let mut block: Object = [("id", agent.as_str()), ("name", agent.as_str())]
        .into_iter()
        .collect();
    if agent == Agent::Codex
        && let Some(model) = event.str("model")
    {
        block.insert("model", model);
    }
    if let Some(given) = event.object("agent") {
        for (key, value) in given.iter().filter(|(_, value)| value.as_str().is_some()) {
            block.insert(key.clone(), value.clone());
        }
    }
    for (key, known) in [
        ("version", &setup.agent_version),
        ("model", &setup.agent_model),
    ] {
        if let Some(known) = known.as_deref().filter(|_| !block.contains(key)) {
            block.insert(key, known);
        }
    }
    block
}

/// What the event says beyond the format (FORMAT.md, "Extension").
fn extension(event: &Object) -> Object {
    let mut extension = Object::new();
    extension.insert("event", "PostToolUse");
    for (key, from) in [
        ("call_id", "tool_use_id"),
        ("turn_id", "turn_id"),
        ("agent_id", "agent_id"),
        ("agent_type", "agent_type"),
        ("cwd", "cwd"),
    ] {
        if let Some(text) = event.str(from).filter(|text| !text.is_empty()) {
            extension.insert(key, text);
        }
    }
    if let Some(duration_ms) = event.get("duration_ms").and_then(whole_ms) {
        extension.insert("duration_ms", duration_ms);
    }
    extension
}

/// Milliseconds as an integer: agents may give fractions, the format has none.
fn whole_ms(value: &Value) -> Option<i64> {
    match value {
        Value::Number(Number::Integer(ms)) => Some(*ms),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "it is rounded, and within the exact range of a float"
        )]
        Value::Number(Number::Float(ms)) if ms.abs() < 9.0e15 => Some(ms.round() as i64),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::build::{Prepared, Summaries};

    fn record(event: &str, setup: &Setup) -> Object {
        match read_event(event.as_bytes(), setup) {
            Reading::Draft(draft, _) => {
                Prepared::new(*draft, Summaries::Keep).stamp("id".into(), "now".into())
            }
            other => panic!("{other:?}"),
        }
    }

    fn text(value: &Value) -> String {
        let mut text = String::new();
        json::write(value, &mut text);
        text
    }

    const BASH: &str = r#"{"hook_event_name":"PostToolUse","session_id":"s1","cwd":"/src",
        "tool_name":"Bash","tool_input":{"command":"ls"},"tool_response":{"stdout":"a\n"},
        "tool_use_id":"toolu_1","duration_ms":12.6,"agent_id":"sub"}"#;

    #[test]
    fn what_the_event_says_is_on_the_record() {
        let record = record(BASH, &Setup::default());
        assert_eq!(
            text(record.get("action").unwrap()),
            r#"{"type":"tool_call","category":"security","tool":"Bash","authorization":{"scope":"exec"},"input":{"hash":"sha256:4cf29611a66934862f29acfcc817e30b905c1ab73d5e65831413eb6b454d49db","summary":"{\"command\":\"ls\"}"}}"#
        );
        assert_eq!(
            text(record.get("sealstone").unwrap()),
            r#"{"event":"PostToolUse","call_id":"toolu_1","agent_id":"sub","cwd":"/src","duration_ms":13}"#
        );
        assert_eq!(
            record.object("agent").unwrap().str("id"),
            Some("claude-code")
        );
        assert_eq!(record.object("outcome").unwrap().str("status"), Some("ok"));
    }

    #[test]
    fn codex_is_told_by_its_turn_or_model() {
        let setup = Setup {
            agent_version: Some("1.2".into()),
            ..Setup::default()
        };
        let codex = record(
            r#"{"turn_id":null,"model":"gpt-5","tool_name":"apply_patch","tool_input":{}}"#,
            &setup,
        );
        assert_eq!(
            text(codex.get("agent").unwrap()),
            r#"{"id":"codex","name":"codex","model":"gpt-5","version":"1.2"}"#
        );
        assert_eq!(
            codex.object("source").unwrap().str("adapter"),
            Some("codex_hook")
        );
        assert!(!codex.contains("outcome"));
        let forced = Setup {
            agent: Agent::parse(" Claude-Code "),
            ..setup
        };
        let claude = record(r#"{"turn_id":"t","tool_name":"Bash"}"#, &forced);
        assert_eq!(
            claude.object("agent").unwrap().str("id"),
            Some("claude-code")
        );
    }

    #[test]
    fn a_tool_without_arguments_is_told_from_one_without_input() {
        let empty = record(r#"{"tool_name":"Bash"}"#, &Setup::default());
        assert!(empty.object("action").unwrap().contains("input"));
        let none = record(
            r#"{"tool_name":"Bash","tool_input":null}"#,
            &Setup::default(),
        );
        assert!(!none.object("action").unwrap().contains("input"));
    }

    #[test]
    fn what_is_no_tool_answer_is_not_recorded() {
        let read = |text: &str| read_event(text.as_bytes(), &Setup::default());
        assert!(matches!(read(""), Reading::Nothing));
        assert!(matches!(read("\u{FEFF} \n"), Reading::Nothing));
        assert!(matches!(
            read(r#"{"tool_name":"TodoWrite"}"#),
            Reading::Nothing
        ));
        assert!(matches!(read(r#"{"tool_name":""}"#), Reading::Nothing));
        assert!(matches!(read("{}"), Reading::Nothing));
        assert!(matches!(
            read(r#"{"hook_event_name":"PreToolUse","tool_name":"Bash"}"#),
            Reading::Other(_)
        ));
        for bad in ["[]", "{", "nul", r#"{"tool_name":7}"#] {
            assert!(matches!(read(bad), Reading::Unusable(_)), "{bad}");
        }
        for lax in [
            r#"{"hook_event_name":" posttooluse ","tool_name":"Bash"}"#,
            r#"{"hook_event_name":null,"tool":"Bash"}"#,
            "\u{FEFF}{\"tool_name\":\"Bash\"}",
        ] {
            assert!(matches!(read(lax), Reading::Draft(..)), "{lax}");
        }
    }

    #[test]
    fn what_would_not_seal_is_dropped_and_noted() {
        let event = r#"{"tool_name":"Bash","session_id":7,"subject":"acme","parent_id":0,
            "principal":{"human_id":"u","role_scope":null},"threats":["tool_misuse",{"ref":"x"}],
            "data":{"zdr":"no","ratio":0.5,"region":"eu"},"verification":{"status":"maybe"},
            "tool_input":{"x":1.5}}"#;
        let Reading::Draft(draft, notes) = read_event(event.as_bytes(), &Setup::default()) else {
            panic!("not a draft");
        };
        let record = Prepared::new(*draft, Summaries::Keep).stamp("id".into(), "now".into());
        assert_eq!(record.str("session_id"), Some("7"));
        assert_eq!(text(record.get("subject").unwrap()), r#"{"id":"acme"}"#);
        assert_eq!(
            text(record.get("principal").unwrap()),
            r#"{"human_id":"u"}"#
        );
        assert_eq!(
            text(record.get("threats").unwrap()),
            r#"[{"type":"tool_misuse"}]"#
        );
        assert_eq!(
            text(record.get("data").unwrap()),
            r#"{"ratio":"0.5","region":"eu"}"#
        );
        assert!(!record.contains("verification"));
        assert!(!record.contains("parent_id"));
        let record = self::record(r#"{"tool_name":"B","threats":7}"#, &Setup::default());
        assert!(!record.contains("threats"));
        assert_eq!(notes.len(), 3, "{notes:?}");
    }
}
