//! Agent hook events: from the JSON an agent pipes into `sealstone hook` to a draft, and what the agent is
//! answered.
//!
//! Each agent has a file that knows its events; `event` has what they say in common. Nothing here reads a
//! file, the environment or a clock: what the caller knows beside the event is in [`Setup`].

mod agent;
mod claude_code;
mod codex;
mod copilot;
mod cursor;
mod draft;
mod event;
mod gemini;
mod lenient;
mod opencode;
mod places;
mod session;
mod tools;

pub use self::{
    agent::{Agent, Selection},
    draft::{Messages, Setup},
    event::{EventKind, Says},
    places::{Base, Holds, MAX_PLACE_BYTES, Place},
    session::{Fact, Session},
};
use crate::{
    digest::Digest,
    input_hash::input_hash,
    json::{self, Number, Object, Value},
};

/// Ids that an agent may write as numbers.
const IDS: &[&str] = &["agent_id", "tool_use_id", "turn_id"];

/// An event as it was read, its members under the names they have with most agents.
#[derive(Debug)]
pub struct Event {
    agent: Agent,
    /// As the agent spells it; empty if it has none.
    name: String,
    /// Whether the event, or the command line, says what it is.
    is_named: bool,
    /// `None` if the agent is not known to have such an event.
    kind: Option<&'static EventKind>,
    body: Object,
    /// The input hash of the event as it was read, where nothing else of it is hashed.
    whole: Option<Digest>,
}

impl Event {
    /// Reads an event. `agent` and `name` are what the hook's command line says of it, and count before what
    /// the event says.
    ///
    /// Of a key that stands twice in one object the last value counts, as agents and the reference read it:
    /// the event is what the agent said, not evidence yet. A byte order mark is tolerated.
    ///
    /// # Errors
    /// When the bytes are no JSON object. The text says why.
    pub fn read(bytes: &[u8], agent: Option<Agent>, name: Option<&str>) -> Result<Self, String> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        if bytes.trim_ascii().is_empty() {
            return Err("the event is empty".to_owned());
        }
        let document =
            json::read(bytes).map_err(|error| format!("the event is not JSON: {error}"))?;
        match document.value {
            Value::Object(body) => Ok(Self::of(body, agent, name)),
            other => Err(format!(
                "the event is not an object but {}",
                other.type_name()
            )),
        }
    }

    fn of(body: Object, agent: Option<Agent>, name: Option<&str>) -> Self {
        let agent = agent.unwrap_or_else(|| Agent::of(&body));
        let own_name = |body: &Object| {
            let name = body.str("hook_event_name").map(str::trim)?;
            Some(name.to_owned()).filter(|name| !name.is_empty())
        };
        let name = name.map(str::to_owned).or_else(|| own_name(&body));
        let is_named = name.is_some() || agent == Agent::Copilot;
        let kind = match &name {
            Some(name) => agent.event(name),
            None => unnamed(agent, &body),
        };
        let (whole, mut body) = match kind.map(|kind| kind.says) {
            None | Some(Says::Other { .. }) => hashed(body),
            Some(_) => (None, body),
        };
        match agent {
            Agent::Copilot => copilot::normalize(&mut body),
            Agent::Cursor => cursor::normalize(&mut body, kind),
            Agent::OpenCode => opencode::normalize(&mut body),
            Agent::ClaudeCode | Agent::Codex | Agent::Gemini => {}
        }
        for id in IDS {
            if let Some(Value::Number(Number::Integer(number))) = body.get(id) {
                let text = number.to_string();
                body.insert(*id, text);
            }
        }
        // The agent's own spelling, where it is known.
        let name = kind.map(|kind| kind.name.to_owned()).or(name);
        Self {
            agent,
            name: name.unwrap_or_default(),
            is_named,
            kind,
            body,
            whole,
        }
    }

    /// Returns the agent whose event this is.
    pub const fn agent(&self) -> Agent {
        self.agent
    }

    /// Returns what the event says, if it is known.
    pub fn says(&self) -> Option<Says> {
        self.kind.map(|kind| kind.says)
    }

    /// Returns our name for the event, if it is no tool's.
    pub fn own_name(&self) -> Option<&'static str> {
        match self.says()? {
            Says::Message { tool, .. } | Says::Other { tool } => Some(tool),
            _ => None,
        }
    }

    /// Returns the name of the event, as the agent spells it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns a member of the event that is a text and not empty, by the name it has with most agents.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.body.str(key).filter(|text| !text.is_empty())
    }

    /// Whether the event is about a tool that starts a sub-agent.
    pub fn starts_subagent(&self) -> bool {
        self.text("tool_name").is_some_and(tools::starts_subagent)
    }

    /// Returns the type of sub-agent that a tool was asked to start, if it says one.
    pub fn wanted_agent_type(&self) -> Option<&str> {
        let input = self.body.object("tool_input")?;
        input
            .str("subagent_type")
            .or_else(|| input.str("agent_type"))
    }

    /// Returns the customer that the event names.
    pub fn subject(&self) -> Option<Object> {
        match self.body.get("subject")? {
            Value::Object(subject) => Some(subject.clone()),
            Value::String(id) => Some([("id", id.as_str())].into_iter().collect()),
            _ => None,
        }
    }

    /// Whether the event has an authority snapshot of its own.
    pub fn has_authority(&self) -> bool {
        self.body
            .get("authority")
            .is_some_and(|value| !value.is_empty_like())
    }
}

fn hashed(body: Object) -> (Option<Digest>, Object) {
    let event = Value::Object(body);
    let digest = input_hash(&event);
    match event {
        Value::Object(body) => (Some(digest), body),
        _ => unreachable!("it was made an object above"),
    }
}

/// Returns the event that is meant where an event does not name itself.
fn unnamed(agent: Agent, body: &Object) -> Option<&'static EventKind> {
    if agent == Agent::Copilot {
        return agent.event(copilot::event_name(body)?);
    }
    let names_tool = ["tool_name", "tool"]
        .iter()
        .any(|key| body.get(key).is_some_and(|tool| !tool.is_empty_like()));
    // The reference takes every event without a name for this one.
    names_tool
        .then(|| {
            agent
                .events()
                .iter()
                .find(|kind| kind.says == Says::Outcome)
        })
        .flatten()
}
