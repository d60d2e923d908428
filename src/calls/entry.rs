//! What does not join, as values.

use serde::{Serialize, Serializer};

use super::{call::Call, event::SessionKey};

/// How many entries, and how many sessions, are listed. The others are counted.
pub const MAX_ENTRIES: usize = 10_000;

/// Why a call is listed. The spellings are stable (FORMAT.md, "Unresolved calls").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A record that contradicts an earlier one of the same id.
    Conflicting,
    /// An event that arrived and could not be used.
    LostEvent,
    /// A call that a batch names, of which neither side is there.
    NeverArrived,
    /// An outcome whose intent is not there, in a session that has intents.
    NoIntent,
    /// An intent whose outcome is not there.
    NoOutcome,
}

impl Kind {
    /// Returns the stable spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Conflicting => "conflicting",
            Self::LostEvent => "lost-event",
            Self::NeverArrived => "never-arrived",
            Self::NoIntent => "no-intent",
            Self::NoOutcome => "no-outcome",
        }
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Something unresolved. Texts are the log's, cut to 1024 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Why it is listed.
    pub kind: Kind,
    /// The agent, as `agent.id` names it.
    pub agent: Option<String>,
    /// The session.
    pub session_id: Option<String>,
    /// The sub-agent that made the call.
    pub agent_id: Option<String>,
    /// Its type.
    pub agent_type: Option<String>,
    /// The tool; none of an event that was lost.
    pub tool: Option<String>,
    /// The agent's own id of the call.
    pub call_id: Option<String>,
    /// The record that says so: the intent, the outcome, the batch, the loss, or the later one of two that
    /// contradict each other. Counted from 1.
    pub record: u64,
    /// Its line in the file, from 1.
    pub line: u64,
    /// Its id.
    pub record_id: Option<String>,
    /// Its time.
    pub ts: Option<String>,
    /// How many more records say the same of the call.
    pub repeats: u64,
    /// The last record at which permission was asked for the call.
    pub permission: Option<u64>,
    /// The record of the batch that names the call.
    pub batch: Option<u64>,
    /// What a conflicting record contradicts.
    pub contradicts: Option<Contradiction>,
    /// What came behind an intent without an outcome.
    pub behind: Option<Behind>,
    /// Why an event was lost, if its record says so.
    pub lost: Option<String>,
    /// What it can mean, in a sentence.
    pub meaning: String,
}

/// An earlier record of the same id that cannot be of the same call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Contradiction {
    /// Its number.
    pub record: u64,
    /// In what they differ.
    pub what: Differing,
}

/// In what two records of one id differ that cannot be of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Differing {
    /// Two intents have inputs with different hashes. From the intent to the outcome an input may change.
    Input,
    /// They name two tools.
    Tool,
}

/// The numbers of the first records behind an intent that say that something ended, and of the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Behind {
    /// Its turn ended.
    pub turn_end: Option<u64>,
    /// The sub-agent that made the call ended.
    #[serde(rename = "subagent_end")]
    pub sub_agent_end: Option<u64>,
    /// Its session ended.
    pub session_end: Option<u64>,
    /// The last record of the session, if any is behind the intent.
    pub last: Option<u64>,
}

/// A session of which only outcomes were recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutcomesOnly {
    /// The agent.
    pub agent: Option<String>,
    /// The session.
    pub session_id: Option<String>,
    /// How many calls have an outcome.
    pub outcomes: u64,
    /// The first record of an outcome.
    pub record: u64,
    /// Its line in the file.
    pub line: u64,
}

impl OutcomesOnly {
    pub(super) fn from(key: &SessionKey, record: u64, line: u64) -> Self {
        Self {
            agent: bounded(key.agent.as_deref()),
            session_id: bounded(key.id.as_deref()),
            outcomes: 0,
            record,
            line,
        }
    }
}

/// How many there are, listed or not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Calls with an intent and an outcome.
    pub joined: u64,
    /// Those of them that have no id, and were joined by their order.
    pub joined_by_order: u64,
    /// Intents without an outcome.
    pub no_outcome: u64,
    /// Outcomes without an intent, in sessions that have intents.
    pub no_intent: u64,
    /// Calls that a batch names, and nothing else.
    pub never_arrived: u64,
    /// Events that arrived and could not be used.
    pub lost_events: u64,
    /// Records that contradict an earlier one of the same id.
    pub conflicting: u64,
    /// Outcomes in sessions that have no intents.
    pub outcomes_only: u64,
    /// Records that say of a call with an id what one before them said.
    pub repeats: u64,
    /// Calls of batches that cannot be followed: they have no id there, or were left out.
    pub unfollowed: u64,
}

impl Counts {
    /// Returns how many entries there are.
    pub const fn unresolved(&self) -> u64 {
        let missing = self.no_outcome + self.no_intent + self.never_arrived;
        missing + self.lost_events + self.conflicting
    }
}

/// What does not join in a log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unresolved {
    /// How many lines are not blank.
    pub records: u64,
    /// How many of them are no JSON object, so that nothing is known of what they said.
    pub unreadable: u64,
    /// How many there are of what.
    pub counts: Counts,
    /// The first [`MAX_ENTRIES`], in the order of the records.
    pub entries: Vec<Entry>,
    /// How many are not listed.
    pub entries_left_out: u64,
    /// The first [`MAX_ENTRIES`] sessions in which only outcomes were recorded.
    pub sessions: Vec<OutcomesOnly>,
    /// How many are not listed.
    pub sessions_left_out: u64,
}

impl Entry {
    pub(super) fn of(kind: Kind, call: &Call, key: &SessionKey) -> Self {
        Self {
            kind,
            agent: bounded(key.agent.as_deref()),
            session_id: bounded(key.id.as_deref()),
            agent_id: bounded(call.agent_id.as_deref()),
            agent_type: bounded(call.agent_type.as_deref()),
            tool: bounded(call.tool.as_deref()),
            call_id: bounded(call.call_id.as_deref()),
            record: call.number.record,
            line: call.line,
            record_id: bounded(call.record_id.as_deref()),
            ts: bounded(call.ts.as_deref()),
            repeats: call.repeats,
            permission: call.permission,
            batch: call.batch,
            contradicts: None,
            behind: None,
            lost: None,
            meaning: String::new(),
        }
    }

    pub(super) fn lost(call: &Call, key: &SessionKey, what: Option<&str>) -> Self {
        Self {
            tool: None,
            lost: bounded(what),
            ..Self::of(Kind::LostEvent, call, key)
        }
    }
}

/// Cuts what a hostile log has made long.
fn bounded(text: Option<&str>) -> Option<String> {
    const BYTES: usize = 1024;
    text.map(|text| match text.len() {
        0..=BYTES => text.to_owned(),
        _ => format!("{}…", &text[..text.floor_char_boundary(BYTES)]),
    })
}
