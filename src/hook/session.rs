//! What the events of one session have to know of each other, each being a process of its own.
//!
//! It is kept as lines that are only added, each a fact: what follows of them all is worked out whenever they
//! are read, in their order. So processes at the same time need not wait for each other, and agree. A line that
//! is missing costs a link or a snapshot, never a record.

use super::{Event, Says};
use crate::{
    digest::Digest,
    json::{self, Object, Value},
    record::authority,
};

/// How many references that the agent says it has loaded a session carries.
const MAX_LOADED: usize = 500;

/// How many hexadecimal digits of a name's digest are kept.
const KEY_CHARS: usize = 32;

/// Something that later events of the session have to know. Ids and types of the agent's are digests.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    /// The session began.
    Began {
        /// The authority snapshot in force.
        snapshot: Object,
        /// The folder it began in.
        project: Option<String>,
    },
    /// The agent says that it has loaded something. The reference is masked.
    Loaded(Object),
    /// A call starts a sub-agent: its record, its id where the agent has one, and the type of sub-agent it
    /// asks for.
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
    /// A sub-agent was seen for the first time.
    Subagent {
        /// Its id.
        agent_id: String,
        /// Its type.
        agent_type: Option<String>,
        /// The agent's id of the call that started it, where the agent says that.
        call_id: Option<String>,
    },
}

/// What is known of a session.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Session {
    began: Option<Object>,
    project: Option<String>,
    loaded: Vec<Object>,
    /// Calls that no sub-agent is known of yet, the oldest first.
    calls: Vec<Call>,
    /// Each sub-agent, and the record of the call that started it, if one is known.
    subagents: Vec<(String, Option<String>)>,
}

#[derive(Debug, Clone, PartialEq)]
struct Call {
    record_id: String,
    id: Option<String>,
    agent_type: Option<String>,
}

impl Fact {
    /// Returns the fact as a line, with its line feed.
    pub fn line(&self) -> String {
        let mut object = Object::new();
        let mut insert = |key: &str, value: Option<&String>| {
            if let Some(value) = value {
                object.insert(key, value.as_str());
            }
        };
        match self {
            Self::Began { snapshot, project } => {
                insert("project", project.as_ref());
                object.insert("began", snapshot.clone());
            }
            Self::Loaded(reference) => drop(object.insert("loaded", reference.clone())),
            Self::Call {
                record_id,
                call_id,
                agent_type,
            } => {
                insert("call", Some(record_id));
                insert("call_id", call_id.as_ref());
                insert("agent_type", agent_type.as_ref());
            }
            Self::Ended { call_id } => insert("ended", Some(call_id)),
            Self::Subagent {
                agent_id,
                agent_type,
                call_id,
            } => {
                insert("subagent", Some(agent_id));
                insert("agent_type", agent_type.as_ref());
                insert("call_id", call_id.as_ref());
            }
        }
        json::to_line(&object)
    }

    /// Returns the fact with the id of the record that the event got.
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
        if let Some(Value::Object(reference)) = object.remove("loaded") {
            return Some(Self::Loaded(reference));
        }
        let began = object.remove("began");
        let text = |key: &str| object.str(key).map(str::to_owned);
        if let Some(Value::Object(snapshot)) = began {
            let project = text("project");
            return Some(Self::Began { snapshot, project });
        }
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
            agent_type: text("agent_type"),
            call_id: text("call_id"),
        })
    }
}

impl Session {
    /// Reads what the processes before left. What is no fact is passed over: a process may have been killed
    /// while it wrote one.
    pub fn read(lines: &[u8]) -> Self {
        let mut session = Self::default();
        for line in lines.split(|byte| *byte == b'\n') {
            if let Some(fact) = Fact::read(line) {
                session.add(fact);
            }
        }
        session
    }

    /// Adds what has become known.
    pub fn add(&mut self, fact: Fact) {
        match fact {
            Fact::Began { snapshot, project } => {
                self.began = Some(snapshot);
                self.project = project;
                self.loaded.clear();
            }
            Fact::Loaded(reference) => {
                if !self.knows(&reference) && self.loaded.len() < MAX_LOADED {
                    self.loaded.push(reference);
                }
            }
            Fact::Call {
                record_id,
                call_id,
                agent_type,
            } => self.calls.push(Call {
                record_id,
                id: call_id,
                agent_type,
            }),
            Fact::Ended { call_id } => {
                self.calls.retain(|call| call.id.as_ref() != Some(&call_id));
            }
            Fact::Subagent {
                agent_id,
                agent_type,
                call_id,
            } => {
                if self.subagents.iter().all(|(id, _)| *id != agent_id) {
                    let call = self.claim(agent_type.as_deref(), call_id.as_deref());
                    self.subagents.push((agent_id, call));
                }
            }
        }
    }

    /// Takes the call that started a sub-agent out of those that have none: the one that is named, else the
    /// oldest one that asked for a sub-agent of this type, else the oldest one that did not say which type it
    /// wants. Claude Code does not say which call it was.
    fn claim(&mut self, agent_type: Option<&str>, call_id: Option<&str>) -> Option<String> {
        let find = |is: &dyn Fn(&Call) -> bool| self.calls.iter().position(is);
        let by_type = |wanted| find(&|call: &Call| call.agent_type.as_deref() == wanted);
        let at = find(&|call| call_id.is_some() && call.id.as_deref() == call_id)
            .or_else(|| by_type(agent_type))
            .or_else(|| by_type(None))?;
        Some(self.calls.remove(at).record_id)
    }

    /// Whether a reference is known to be loaded, with what it holds.
    pub fn knows(&self, reference: &Object) -> bool {
        let mut loaded = self.loaded.iter();
        let last = loaded.rfind(|known| authority::is_to_the_same(known, reference));
        last == Some(reference)
    }

    /// Returns the authority snapshot that is in force.
    pub fn snapshot(&self) -> Option<Object> {
        let began = self.began.clone()?;
        Some(authority::with_references(began, &self.loaded))
    }

    /// Returns the folder that the session began in.
    pub fn project(&self) -> Option<&str> {
        self.project.as_deref()
    }

    /// Returns the record of the call that started a sub-agent; an inner `None` if it is known that no call is
    /// known.
    pub fn parent(&self, agent_id: &str) -> Option<Option<&str>> {
        let agent_id = key(agent_id);
        let mut subagents = self.subagents.iter();
        let (_, record) = subagents.find(|(id, _)| *id == agent_id)?;
        Some(record.as_deref())
    }
}

/// Returns what stands for a name of the agent's: names may hold anything, and what a session leaves holds nothing
/// that a log would mask.
fn key(name: &str) -> String {
    Digest::of(name.as_bytes()).to_string()[..KEY_CHARS].to_owned()
}

impl Event {
    /// Returns the sub-agent that the event is of, as a fact for those that come later.
    pub fn subagent(&self) -> Option<Fact> {
        let call_id = match self.says() {
            // Of another event this would be the call that the sub-agent itself makes.
            Some(Says::Other { .. } | Says::Message { .. }) => self.text("tool_use_id"),
            _ => None,
        };
        Some(Fact::Subagent {
            agent_id: key(self.text("agent_id")?),
            agent_type: self.text("agent_type").map(key),
            call_id: call_id.map(key),
        })
    }

    /// Returns what the session must know of the event once it is on record, lacking only the record's id
    /// ([`Fact::on_record`]).
    pub fn leaves(&self) -> Option<Fact> {
        if !self.starts_subagent() {
            return None;
        }
        let call_id = self.text("tool_use_id").map(key);
        match self.says()? {
            Says::Intent => Some(Fact::Call {
                record_id: String::new(),
                call_id,
                agent_type: self.wanted_agent_type().map(key),
            }),
            Says::Outcome | Says::Failure | Says::Denial => Some(Fact::Ended { call_id: call_id? }),
            _ => None,
        }
    }

    /// Returns a name for the session that the event is of, which can be a file's; `None` if it names none.
    pub fn session_name(&self) -> Option<String> {
        let session = self.text("session_id")?;
        Some(key(&format!("{}\0{session}", self.agent().as_str())))
    }
}
