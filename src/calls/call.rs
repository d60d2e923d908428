//! A side of a call, and what else is known of the call.

use super::{
    event::{Caller, Event},
    text::{Mark, Shared, Texts},
};

/// The place of a side of a call: by it they are told apart, and ordered as in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Number {
    pub(super) record: u64,
    /// Among the calls that one batch names.
    pub(super) within: usize,
}

impl Number {
    pub(super) const MIN: Self = Self::of(0);
    pub(super) const MAX: Self = Self {
        record: u64::MAX,
        within: usize::MAX,
    };

    pub(super) const fn of(record: u64) -> Self {
        Self { record, within: 0 }
    }
}

/// What is known of a call that has not joined. Kept small: there may be millions.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_field_names,
    reason = "the id is the agent's, and is called so in records"
)]
pub(super) struct Call {
    pub(super) number: Number,
    pub(super) line: u64,
    pub(super) record_id: Option<Box<str>>,
    pub(super) ts: Option<Box<str>>,
    /// The sub-agent.
    pub(super) agent_id: Shared,
    pub(super) agent_type: Shared,
    pub(super) turn: Shared,
    pub(super) tool: Shared,
    pub(super) call_id: Option<Box<str>>,
    pub(super) input: Option<Mark>,
    pub(super) repeats: u64,
    /// The record at which permission was asked.
    pub(super) permission: Option<u64>,
    /// The record of the batch that names it.
    pub(super) batch: Option<u64>,
}

impl Call {
    pub(super) fn of(event: Event, number: Number, line: u64, texts: &mut Texts) -> Self {
        let Caller { id, kind } = event.caller;
        Self {
            number,
            line,
            record_id: event.record_id.map(Into::into),
            ts: event.ts.map(Into::into),
            agent_id: texts.share(id),
            agent_type: texts.share(kind),
            turn: texts.share(event.turn),
            tool: texts.share(event.tool),
            call_id: event.call_id.map(Into::into),
            input: event.input,
            repeats: 0,
            permission: None,
            batch: None,
        }
    }
}
