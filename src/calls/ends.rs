//! Where turns, sub-agents and a session ended.

use std::collections::HashMap;

use super::{
    call::Call,
    entry::Behind,
    event::{Event, What},
};

/// What can end.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum End {
    AnyTurn,
    Session,
    SubAgent(String),
    Turn(String),
    UnnamedTurn,
}

/// The records of a session that say that something ended.
#[derive(Debug, Default)]
pub(super) struct Ends {
    /// Each list in ascending order.
    records: HashMap<End, Vec<u64>>,
}

impl Ends {
    /// Takes note of a record that may say so.
    pub(super) fn note(&mut self, event: &Event, record: u64) {
        let ends = match (&event.what, &event.caller.id) {
            (What::SessionEnd, _) => vec![End::Session],
            (What::SubAgentEnd, Some(id)) => vec![End::SubAgent(id.clone())],
            // A turn within a sub-agent is not that of the agent.
            (What::TurnEnd, None) => {
                let turn = event.turn.clone();
                vec![End::AnyTurn, turn.map_or(End::UnnamedTurn, End::Turn)]
            }
            _ => Vec::new(),
        };
        for end in ends {
            self.records.entry(end).or_default().push(record);
        }
    }

    /// Returns the first ends behind a call that concern it. The last record of its session is `last`.
    pub(super) fn behind(&self, call: &Call, last: u64) -> Behind {
        let record = call.number.record;
        let first = |end: End| self.first_behind(&end, record);
        let sub_agent = call.agent_id.as_deref().map(str::to_owned);
        let turn_end = match (&call.turn, &sub_agent) {
            (Some(turn), None) => {
                let ends = [first(End::Turn(turn.to_string())), first(End::UnnamedTurn)];
                ends.into_iter().flatten().min()
            }
            (Some(turn), Some(_)) => first(End::Turn(turn.to_string())),
            (None, None) => first(End::AnyTurn),
            // The agent's turn may end while a sub-agent goes on.
            (None, Some(_)) => None,
        };
        Behind {
            turn_end,
            sub_agent_end: sub_agent.and_then(|id| first(End::SubAgent(id))),
            session_end: first(End::Session),
            last: Some(last).filter(|last| *last > record),
        }
    }

    fn first_behind(&self, end: &End, record: u64) -> Option<u64> {
        let records = self.records.get(end)?;
        let at = records.partition_point(|known| *known <= record);
        records.get(at).copied()
    }
}
