//! The open intents of one tool, by their order.

use std::collections::{BTreeSet, HashMap};

use super::session::{Call, Number};

/// Whose intents of which tool stand in a lane.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct LaneKey {
    /// The id of the sub-agent.
    pub(super) caller: Option<String>,
    pub(super) tool: Option<String>,
    /// Whether the calls have ids.
    pub(super) is_named: bool,
}

impl LaneKey {
    pub(super) fn of(call: &Call) -> Self {
        Self {
            caller: call.caller.id.clone(),
            tool: call.tool.clone(),
            is_named: call.call_id.is_some(),
        }
    }
}

/// Open intents in the order of the log.
#[derive(Debug, Default)]
pub(super) struct Lane {
    open: BTreeSet<Number>,
    /// The same by the hash of their input, which is empty if there is none.
    by_input: HashMap<String, BTreeSet<Number>>,
    /// Outcomes of calls without an id whose input was none of an intent that was open, in order.
    pub(super) strays: Vec<Number>,
}

impl Lane {
    pub(super) fn add(&mut self, call: &Call) {
        self.open.insert(call.number);
        let input = call.input_hash.clone().unwrap_or_default();
        self.by_input.entry(input).or_default().insert(call.number);
    }

    pub(super) fn remove(&mut self, call: &Call) {
        self.open.remove(&call.number);
        let input = call.input_hash.as_deref().unwrap_or_default();
        if let Some(alike) = self.by_input.get_mut(input) {
            alike.remove(&call.number);
            if alike.is_empty() {
                self.by_input.remove(input);
            }
        }
    }

    pub(super) fn oldest(&self) -> Option<Number> {
        self.open.first().copied()
    }

    pub(super) fn oldest_of(&self, input_hash: Option<&str>) -> Option<Number> {
        self.by_input
            .get(input_hash.unwrap_or_default())?
            .first()
            .copied()
    }

    pub(super) fn latest(&self) -> Option<Number> {
        self.open.last().copied()
    }

    pub(super) fn latest_of(&self, input_hash: Option<&str>) -> Option<Number> {
        self.by_input
            .get(input_hash.unwrap_or_default())?
            .last()
            .copied()
    }
}
