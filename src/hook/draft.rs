//! From an event to a draft.

#[cfg(test)]
mod tests;

use super::{
    Event,
    agent::Agent,
    event::{EventKind, Says},
    lenient, tools,
};
use crate::{
    input_hash::input_hash,
    json::{Number, Object, Value},
    record::{
        draft::Draft,
        fields::{Decision, OutcomeStatus, Severity},
        outcome, source, tool,
    },
};

/// How many characters a member may have that is kept as it is. Longer ones are texts, not names.
const MAX_KEPT_CHARS: usize = 512;

/// How many calls of a batch are named.
const MAX_CALLS: usize = 1000;

/// What is kept of prompts and messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Messages {
    /// Their hash and their length.
    #[default]
    Hash,
    /// A masked summary as well.
    Summary,
}

/// What the caller knows beside the event.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// The agent's model, where the event names none.
    pub agent_model: Option<String>,
    /// The agent's version, where the event names none.
    pub agent_version: Option<String>,
    /// The authority snapshot in force, where the event has none.
    pub authority: Option<Object>,
    /// Whether the event is what an agent sent, and nobody's own: then it does not say which agent it is of,
    /// and what its record's parent is.
    pub is_agents_own: bool,
    /// What else is to be found on the record: type, severity, and what it is about.
    pub findings: Vec<(&'static str, Severity, String)>,
    /// What is kept of prompts and messages.
    pub messages: Messages,
    /// The record of the call that started the sub-agent, where the event names none.
    pub parent_id: Option<String>,
    /// The id of the customer, where the event names none.
    pub subject: Option<String>,
}

impl Event {
    /// Makes a draft of the event. What of it could not be kept is said in the notes.
    ///
    /// # Errors
    /// When nothing of it can be sealed, or a tool's event names no tool. The text says why.
    pub fn draft(mut self, setup: &Setup) -> Result<(Draft, Vec<String>), String> {
        let mut fields = Object::new();
        self.insert_who(&mut fields, setup);
        let content = match self.says() {
            None => self.other(&mut fields, tool::EVENT_UNKNOWN),
            Some(Says::Message { tool, text }) => {
                self.message(&mut fields, tool, text, setup.messages)
            }
            Some(Says::Other { tool }) => self.other(&mut fields, tool),
            Some(Says::Batch) => self.batch(&mut fields),
            Some(says) => self.call(&mut fields, says, setup.messages)?,
        };
        let findings: Vec<Value> = setup.findings.iter().map(finding).collect();
        if !findings.is_empty() {
            fields.insert("findings", findings);
        }
        let mut extension = self.extension();
        for (key, value) in content.extension {
            extension.insert(key, value);
        }
        fields.insert("sealstone", extension);
        lenient::draft(fields, content.input, content.output).map_err(|error| error.to_string())
    }

    /// Whose event it is, and for whom.
    fn insert_who(&mut self, fields: &mut Object, setup: &Setup) {
        let take =
            |body: &mut Object, key: &str| body.remove(key).filter(|value| !value.is_empty_like());
        let body = &mut self.body;
        if let Some(session) = take(body, "session_id") {
            fields.insert("session_id", session);
        }
        if setup.is_agents_own {
            body.remove("parent_id");
        }
        fields.insert("agent", agent_block(self.agent, body, setup));
        let subject = take(body, "subject").or_else(|| setup.subject.clone().map(Value::from));
        if let Some(subject) = subject {
            fields.insert("subject", lenient::with_id(subject));
        }
        fields.insert("source", source::block(self.agent.source()));
        let authority = take(body, "authority");
        if let Some(authority) = authority.or_else(|| setup.authority.clone().map(Value::from)) {
            fields.insert("authority", authority);
        }
        for key in ["principal", "parent_id", "threats", "data", "verification"] {
            let given = take(body, key);
            if let Some(value) = given.and_then(|value| lenient::field(key, value)) {
                fields.insert(key, value);
            }
        }
        if let Some(parent) = &setup.parent_id
            && !fields.contains("parent_id")
        {
            fields.insert("parent_id", parent.as_str());
        }
    }

    /// A tool's call: what it is asked, and what became of it.
    fn call(
        &mut self,
        fields: &mut Object,
        says: Says,
        messages: Messages,
    ) -> Result<Content, String> {
        let tool = self.tool()?;
        let mut action = tools::action(self.agent, &tool, self.server());
        if says == Says::Denial {
            deny(&mut action);
        }
        let mut input = match self.body.remove("tool_input") {
            None => Some(Object::new().into()),
            Some(Value::Null) => None,
            given => given,
        };
        // What a sub-agent is told is a prompt.
        let is_prompt = tools::starts_subagent(&tool);
        if is_prompt
            && messages == Messages::Hash
            && let Some(prompt) = input.take()
        {
            action.insert("input", hash_only(&prompt));
        }
        fields.insert("action", action);
        let mut content = Content {
            input,
            ..Content::default()
        };
        let (status, output) = match says {
            Says::Outcome | Says::Detail => self.answer(),
            Says::Failure => (Some(self.failure()), self.body.remove("error")),
            Says::Denial => (Some(OutcomeStatus::Denied), self.body.remove("reason")),
            _ => (None, None),
        };
        if let Some(status) = status {
            let block: Object = [("status", status.as_str())].into_iter().collect();
            fields.insert("outcome", block);
        }
        content.output = output.filter(|output| !output.is_empty_like());
        if self.body.get("is_interrupt") == Some(&Value::Bool(true)) {
            content.extension.insert("interrupted", true);
        }
        Ok(content)
    }

    /// Returns the MCP server that has the tool, where the event names one that the tool's name does not.
    fn server(&self) -> Option<&str> {
        let named = |key: &str, name: &str| self.body.object(key)?.str(name);
        named("mcp_context", "server_name").or_else(|| named("mcp_server", "name"))
    }

    /// Returns the tool's name.
    fn tool(&mut self) -> Result<String, String> {
        let named = |value: &Value| !value.is_empty_like();
        let tool = self.body.remove("tool_name").filter(named);
        match tool.or_else(|| self.body.remove("tool").filter(named)) {
            None => Err("the event names no tool".to_owned()),
            Some(Value::String(tool)) => Ok(tool.into_string()),
            Some(other) => Err(format!(
                "`tool_name` is not a string but {}",
                other.type_name()
            )),
        }
    }

    /// Returns what a tool answered, and how the call ended by it. An empty answer says nothing of that.
    fn answer(&mut self) -> (Option<OutcomeStatus>, Option<Value>) {
        let answer = self
            .body
            .remove("tool_response")
            .filter(|answer| !answer.is_empty_like());
        let status = answer.as_ref().map(|answer| status(self.agent, answer));
        // A plugin knows of some tools what their answer does not say.
        let exit = self.body.object("metadata").and_then(|it| it.get("exit"));
        let failed = exit
            .and_then(Value::as_integer)
            .is_some_and(|exit| exit != 0);
        let status = if failed {
            Some(OutcomeStatus::Error)
        } else {
            status
        };
        (status, answer)
    }

    fn failure(&self) -> OutcomeStatus {
        match self.text("failure_type") {
            Some("permission_denied") => OutcomeStatus::Denied,
            _ => OutcomeStatus::Error,
        }
    }

    /// The calls that were made together.
    fn batch(&mut self, fields: &mut Object) -> Content {
        fields.insert("action", tools::own_action(tool::TOOL_BATCH));
        let calls = self.body.remove("tool_calls");
        let calls = calls.as_ref().and_then(Value::as_array).unwrap_or_default();
        let call = |call: &Value| {
            let call = call.as_object()?;
            let named: Object = [("call_id", "tool_use_id"), ("tool", "tool_name")]
                .into_iter()
                .filter_map(|(key, from)| Some((key, call.str(from)?)))
                .collect();
            Some(Value::from(named))
        };
        let named: Vec<Value> = calls.iter().take(MAX_CALLS).filter_map(call).collect();
        let mut content = Content::default();
        content.extension.insert("calls", named);
        if calls.len() > MAX_CALLS {
            content
                .extension
                .insert("calls_left_out", count(calls.len() - MAX_CALLS));
        }
        content
    }

    /// Something that was said, by the person, the agent or the machine.
    fn message(
        &mut self,
        fields: &mut Object,
        tool: &str,
        text: &str,
        messages: Messages,
    ) -> Content {
        let mut action = tools::own_action(tool);
        let mut content = Content::default();
        let said = self.body.remove(text).filter(|said| !said.is_empty_like());
        if let Some(said) = said {
            if let Some(text) = said.as_str() {
                let chars = count(text.chars().count());
                content.extension.insert("chars", chars);
            }
            match messages {
                Messages::Summary => content.input = Some(said),
                Messages::Hash => {
                    action.insert("input", hash_only(&said));
                }
            }
        }
        fields.insert("action", action);
        content
    }

    /// Something else that happened. The hash is of the whole event.
    fn other(&self, fields: &mut Object, tool: &str) -> Content {
        let mut action = tools::own_action(tool);
        if let Some(hash) = self.whole {
            let input: Object = [("hash", hash.prefixed())].into_iter().collect();
            action.insert("input", input);
        }
        fields.insert("action", action);
        Content::default()
    }

    /// What the event says beyond the format (FORMAT.md, "Extension").
    fn extension(&self) -> Object {
        let mut extension = Object::new();
        extension.insert("event", self.name.as_str());
        // An event that does not say what it is closes no call.
        if let Some(phase) = self.says().and_then(Says::phase).filter(|_| self.is_named) {
            extension.insert("phase", phase);
        }
        for (key, from) in [
            ("call_id", "tool_use_id"),
            ("turn_id", "turn_id"),
            ("prompt_id", "prompt_id"),
            ("agent_id", "agent_id"),
            ("agent_type", "agent_type"),
            ("permission_mode", "permission_mode"),
            ("cwd", "cwd"),
        ] {
            if let Some(text) = self.text(from) {
                extension.insert(key, text);
            }
        }
        if let Some(duration_ms) = self.body.get("duration_ms").and_then(whole_ms) {
            extension.insert("duration_ms", duration_ms);
        }
        let kept = self.kind.map(|kind| self.kept(kind)).unwrap_or_default();
        if !kept.is_empty() {
            extension.insert("fields", kept);
        }
        extension
    }

    /// Members that are kept as they are, because they are names and short.
    fn kept(&self, kind: &EventKind) -> Object {
        let is_kept = |value: &Value| match value {
            Value::String(text) => {
                let length = text.as_str().chars().take(MAX_KEPT_CHARS + 1).count();
                (1..=MAX_KEPT_CHARS).contains(&length)
            }
            Value::Bool(_) | Value::Number(_) => true,
            Value::Null | Value::Array(_) | Value::Object(_) => false,
        };
        let kept = kind.keeps.iter().filter_map(|key| {
            let value = self.body.get(key).filter(|value| is_kept(value))?;
            Some((*key, value.clone()))
        });
        kept.collect()
    }
}

/// What a record holds of an event, beside who and when.
#[derive(Debug, Default)]
struct Content {
    input: Option<Value>,
    output: Option<Value>,
    extension: Object,
}

fn agent_block(agent: Agent, event: &Object, setup: &Setup) -> Object {
    let mut block: Object = [("id", agent.as_str()), ("name", agent.as_str())]
        .into_iter()
        .collect();
    // Claude Code names a model only where it starts or changes it.
    if agent != Agent::ClaudeCode
        && let Some(model) = event.str("model")
    {
        block.insert("model", model);
    }
    if agent == Agent::Cursor
        && let Some(version) = event.str("cursor_version")
    {
        block.insert("version", version);
    }
    if let Some(given) = event.object("agent") {
        let is_own = |key: &str| setup.is_agents_own && ["id", "name"].contains(&key);
        for (key, value) in given.iter().filter(|(_, value)| value.as_str().is_some()) {
            if !is_own(key) {
                block.insert(key.clone(), value.clone());
            }
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

fn hash_only(input: &Value) -> Object {
    [("hash", input_hash(input).prefixed())]
        .into_iter()
        .collect()
}

fn deny(action: &mut Object) {
    if let Some(Value::Object(authorization)) = action.get_mut("authorization") {
        authorization.insert("decision", Decision::Denied.as_str());
    }
}

/// Returns how a call ended, by its answer.
fn status(agent: Agent, answer: &Value) -> OutcomeStatus {
    let word = (agent == Agent::Copilot)
        .then(|| answer.as_object()?.str("result_type"))
        .flatten();
    match word {
        Some("rejected" | "denied") => OutcomeStatus::Denied,
        Some("failure" | "timeout") => OutcomeStatus::Error,
        _ => outcome::status(answer),
    }
}

fn finding((kind, severity, about): &(&'static str, Severity, String)) -> Value {
    let finding: Object = [
        ("type", *kind),
        ("severity", severity.as_str()),
        ("sample", about.as_str()),
    ]
    .into_iter()
    .collect();
    finding.into()
}

fn count(n: usize) -> Value {
    Value::from(i64::try_from(n).unwrap_or(i64::MAX))
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
