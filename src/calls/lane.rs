//! The open intents of one tool, by their order.

use std::collections::BTreeSet;

use super::{
    call::{Call, Number},
    text::{Mark, Shared},
};

/// Whose intents of which tool stand in a lane.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct LaneKey {
    /// The id of the sub-agent.
    pub(super) caller: Shared,
    pub(super) tool: Shared,
    /// Whether the calls have ids.
    pub(super) is_named: bool,
}

impl LaneKey {
    pub(super) fn of(call: &Call) -> Self {
        Self {
            caller: call.agent_id.clone(),
            tool: call.tool.clone(),
            is_named: call.call_id.is_some(),
        }
    }
}

/// Open intents in the order of the log.
#[derive(Debug, Default)]
pub(super) struct Lane {
    open: BTreeSet<Number>,
    /// The same by the hash of their input.
    by_input: BTreeSet<(Option<Mark>, Number)>,
    /// Outcomes of calls without an id whose input was none of an intent that was open, in order.
    pub(super) strays: Vec<Number>,
}

impl Lane {
    pub(super) fn add(&mut self, call: &Call) {
        self.open.insert(call.number);
        self.by_input.insert((call.input, call.number));
    }

    pub(super) fn remove(&mut self, call: &Call) {
        self.open.remove(&call.number);
        self.by_input.remove(&(call.input, call.number));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty() && self.strays.is_empty()
    }

    pub(super) fn oldest(&self) -> Option<Number> {
        self.open.first().copied()
    }

    pub(super) fn oldest_of(&self, input: Option<Mark>) -> Option<Number> {
        self.of_input(input).next()
    }

    pub(super) fn latest(&self) -> Option<Number> {
        self.open.last().copied()
    }

    pub(super) fn latest_of(&self, input: Option<Mark>) -> Option<Number> {
        self.of_input(input).next_back()
    }

    fn of_input(&self, input: Option<Mark>) -> impl DoubleEndedIterator<Item = Number> {
        let alike = self
            .by_input
            .range((input, Number::MIN)..=(input, Number::MAX));
        alike.map(|(_, number)| *number)
    }
}
