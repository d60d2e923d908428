//! What the events of one session have to know of each other, each being a process of its own.
//!
//! It is kept as lines that are only added, so that processes at the same time need not wait for each other.
//! It saves what an event alone cannot say; a line that is missing costs a link or a snapshot, never a record.

use super::Event;
use crate::{
    digest::Digest,
    hook::Says,
    json::{self, Object, Value},
};

/// Something that later events of the session have to know.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// The authority snapshot in force from here on.
    Snapshot(Object),
    /// A call that starts a sub-agent: its record, its id where the agent has one, and the type of sub-agent
    /// it asks for.
    Call {
        /// The record of the call.
        record_id: String,
        /// The agent's id of the call.
        call_id: Option<String>,
        /// The type of sub-agent.
        agent_type: Option<String>,
    },
    /// A call that starts a sub-agent has ended.
    Ended {
        /// The agent's id of the call.
        call_id: String,
    },
    /// A sub-agent, and the record of the call that started it.
    Subagent {
        /// The sub-agent's id.
        agent_id: String,
        /// The record of the call.
        record_id: String,
    },
}

/// What is known of a session.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Session {
    snapshot: Option<Object>,
    /// Calls that no sub-agent is known of yet, the oldest first.
    calls: Vec<Call>,
    subagents: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq)]
struct Call {
    record_id: String,
    id: Option<String>,
    agent_type: Option<String>,
}

impl Entry {
    /// Returns the entry as a line, with its line feed.
    pub fn line(&self) -> String {
        let mut object = Object::new();
        let mut insert = |key: &str, value: &Option<String>| {
            if let Some(value) = value {
                object.insert(key, value.as_str());
            }
        };
        match self {
            Self::Snapshot(snapshot) => {
                object.insert("snapshot", snapshot.clone());
            }
            Self::Call {
                record_id,
                call_id,
                agent_type,
            } => {
                insert("call", &Some(record_id.clone()));
                insert("call_id", call_id);
                insert("agent_type", agent_type);
            }
            Self::Ended { call_id } => insert("ended", &Some(call_id.clone())),
            Self::Subagent {
                agent_id,
                record_id,
            } => {
                insert("subagent", &Some(agent_id.clone()));
                insert("record", &Some(record_id.clone()));
            }
        }
        let mut line = String::new();
        json::write(&object.into(), &mut line);
        line.push('\n');
        line
    }

    /// Returns the entry with the id of the record that the event got.
    #[must_use]
    pub fn on_record(mut self, id: &str) -> Self {
        if let Self::Call { record_id, .. } = &mut self {
            id.clone_into(record_id);
        }
        self
    }

    fn read(line: &[u8]) -> Option<Self> {
        let Value::Object(mut object) = json::read(line).ok()?.value else {
            return None;
        };
        if let Some(Value::Object(snapshot)) = object.remove("snapshot") {
            return Some(Self::Snapshot(snapshot));
        }
        let text = |key: &str| object.str(key).map(str::to_owned);
        if let Some(record_id) = text("call") {
            return Some(Self::Call {
                record_id,
                call_id: text("call_id"),
                agent_type: text("agent_type"),
            });
        }
        if let Some(call_id) = text("ended") {
            return Some(Self::Ended { call_id });
        }
        Some(Self::Subagent {
            agent_id: text("subagent")?,
            record_id: text("record")?,
        })
    }
}

impl Session {
    /// Reads what the processes before left. What is no entry is passed over: a process may have been killed
    /// while it wrote one.
    pub fn read(lines: &[u8]) -> Self {
        let mut session = Self::default();
        for line in lines.split(|byte| *byte == b'\n') {
            if let Some(entry) = Entry::read(line) {
                session.add(entry);
            }
        }
        session
    }

    /// Adds what has become known.
    pub fn add(&mut self, entry: Entry) {
        match entry {
            Entry::Snapshot(snapshot) => self.snapshot = Some(snapshot),
            Entry::Call {
                record_id,
                call_id,
                agent_type,
            } => self.calls.push(Call {
                record_id,
                id: call_id,
                agent_type,
            }),
            Entry::Ended { call_id } => {
                self.calls.retain(|call| call.id.as_ref() != Some(&call_id));
            }
            Entry::Subagent {
                agent_id,
                record_id,
            } => {
                self.calls.retain(|call| call.record_id != record_id);
                self.subagents.push((agent_id, record_id));
            }
        }
    }

    /// Returns the authority snapshot that is in force.
    pub const fn snapshot(&self) -> Option<&Object> {
        self.snapshot.as_ref()
    }

    /// Returns the record of the call that started the sub-agent an event is of, and whether that was found
    /// out just now, so that it has to be kept.
    ///
    /// Claude Code does not say which call it was: it is taken to be the oldest one that asked for a
    /// sub-agent of this type and has none yet, else the oldest one that did not say which type it wants.
    pub fn parent(&self, event: &Event) -> Option<(String, Option<Entry>)> {
        let agent_id = event.text("agent_id")?;
        if let Some((_, record)) = self.subagents.iter().find(|(id, _)| id == agent_id) {
            return Some((record.clone(), None));
        }
        let agent_type = event.text("agent_type");
        let call_id = match event.says() {
            // Of another event this would be the call that the sub-agent itself makes.
            Some(Says::Other { .. } | Says::Message { .. }) => event.text("tool_use_id"),
            _ => None,
        };
        let by_id = self
            .calls
            .iter()
            .find(|call| call_id.is_some() && call.id.as_deref() == call_id);
        let by_type = |wanted: Option<&str>| {
            let mut calls = self.calls.iter();
            calls.find(|call| call.agent_type.as_deref() == wanted)
        };
        let call = by_id
            .or_else(|| by_type(agent_type))
            .or_else(|| by_type(None))?;
        let entry = Entry::Subagent {
            agent_id: agent_id.to_owned(),
            record_id: call.record_id.clone(),
        };
        Some((call.record_id.clone(), Some(entry)))
    }

    /// Returns what the session must remember of an event once it is on record, lacking only the record's id
    /// ([`Entry::on_record`]).
    pub fn after(event: &Event) -> Option<Entry> {
        if !event.starts_subagent() {
            return None;
        }
        let call_id = event.text("tool_use_id").map(str::to_owned);
        match event.says()? {
            Says::Intent => Some(Entry::Call {
                record_id: String::new(),
                call_id,
                agent_type: event.wanted_agent_type().map(str::to_owned),
            }),
            Says::Outcome | Says::Failure | Says::Denial => {
                Some(Entry::Ended { call_id: call_id? })
            }
            _ => None,
        }
    }
}

/// Returns a name for the session that an event is of, which can be a file's; `None` if it names none.
pub fn session_name(event: &Event) -> Option<String> {
    let session = event.text("session_id")?;
    let name = format!("{}\0{session}", event.agent().as_str());
    Some(Digest::of(name.as_bytes()).to_string()[..32].to_owned())
}
