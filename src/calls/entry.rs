//! What does not join, as values.

use serde::{Serialize, Serializer};

use super::{event::SessionKey, session::Call, words};

/// How many entries, and how many sessions, are listed. The others are counted.
pub const MAX_ENTRIES: usize = 10_000;

/// Why a call is listed. The spellings are stable (FORMAT.md, "Unresolved calls").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
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
    /// The record that says so: the intent, the outcome, the batch or the loss. Counted from 1.
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
    /// What came behind an intent without an outcome.
    pub behind: Option<Behind>,
    /// Why an event was lost, if its record says so.
    pub lost: Option<String>,
    /// What it can mean, in a sentence.
    pub meaning: String,
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
            agent: bounded(key.agent.clone()),
            session_id: bounded(key.id.clone()),
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
    /// Outcomes in sessions that have no intents.
    pub outcomes_only: u64,
    /// Records that say of a call with an id what one before them said.
    pub repeats: u64,
}

impl Counts {
    /// Returns how many entries there are.
    pub const fn unresolved(&self) -> u64 {
        self.no_outcome + self.no_intent + self.never_arrived + self.lost_events
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

impl Unresolved {
    pub(super) fn add(&mut self, entry: Entry) {
        let counts = &mut self.counts;
        *match entry.kind {
            Kind::LostEvent => &mut counts.lost_events,
            Kind::NeverArrived => &mut counts.never_arrived,
            Kind::NoIntent => &mut counts.no_intent,
            Kind::NoOutcome => &mut counts.no_outcome,
        } += 1;
        self.entries.push(entry);
    }

    /// Brings everything into its order, and keeps what is listed.
    pub(super) fn arrange(&mut self) {
        // Stable: the calls of one batch stay as it names them.
        self.entries.sort_by_key(|entry| entry.record);
        self.sessions.sort_by_key(|session| session.record);
        self.entries_left_out = cut(&mut self.entries);
        self.sessions_left_out = cut(&mut self.sessions);
        for entry in &mut self.entries {
            entry.meaning = words::meaning(entry);
        }
    }
}

fn cut<T>(list: &mut Vec<T>) -> u64 {
    let left_out = list.len().saturating_sub(MAX_ENTRIES);
    list.truncate(MAX_ENTRIES);
    left_out as u64
}

impl Entry {
    pub(super) fn of(kind: Kind, call: Call, key: &SessionKey, behind: Option<Behind>) -> Self {
        Self {
            kind,
            agent: bounded(key.agent.clone()),
            session_id: bounded(key.id.clone()),
            agent_id: bounded(call.caller.id),
            agent_type: bounded(call.caller.kind),
            tool: bounded(call.tool),
            call_id: bounded(call.call_id),
            record: call.number.record,
            line: call.line,
            record_id: bounded(call.record_id),
            ts: bounded(call.ts),
            repeats: call.repeats,
            permission: call.permission,
            batch: call.batch,
            behind,
            lost: None,
            meaning: String::new(),
        }
    }

    pub(super) fn lost(call: Call, key: &SessionKey, what: Option<String>) -> Self {
        Self {
            tool: None,
            lost: bounded(what),
            ..Self::of(Kind::LostEvent, call, key, None)
        }
    }
}

/// Cuts what a hostile log has made long.
fn bounded(text: Option<String>) -> Option<String> {
    const BYTES: usize = 1024;
    text.map(|mut text| {
        if text.len() > BYTES {
            text.truncate(text.floor_char_boundary(BYTES));
            text.push('…');
        }
        text
    })
}
