//! The calls of one session.

use std::collections::{BTreeMap, HashMap};

use super::{
    ends::Ends,
    entry::{Counts, Entry, Kind, OutcomesOnly, Unresolved},
    event::{Caller, Event, Named, SessionKey, What},
    lane::{Lane, LaneKey},
};
use crate::record::id::IdKey;

/// The place of a side of a call: by it they are told apart, and ordered as in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Number {
    pub(super) record: u64,
    /// Among the calls that one batch names.
    within: usize,
}

impl Number {
    pub(super) const fn of(record: u64) -> Self {
        Self { record, within: 0 }
    }
}

/// What is known of a call that has not joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Intent,
    Outcome,
    /// Only that a batch names it.
    Name,
}

/// A side of a call, and what else is known of the call.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_field_names,
    reason = "the id is the agent's, and is called so in records"
)]
pub(super) struct Call {
    pub(super) number: Number,
    pub(super) line: u64,
    pub(super) record_id: Option<String>,
    pub(super) ts: Option<String>,
    pub(super) caller: Caller,
    pub(super) turn: Option<String>,
    pub(super) tool: Option<String>,
    pub(super) call_id: Option<String>,
    pub(super) input_hash: Option<String>,
    pub(super) repeats: u64,
    /// The record at which permission was asked.
    pub(super) permission: Option<u64>,
    /// The record of the batch that names it.
    pub(super) batch: Option<u64>,
}

impl Call {
    pub(super) fn of(event: Event, number: Number, line: u64) -> Self {
        Self {
            number,
            line,
            record_id: event.record_id,
            ts: event.ts,
            caller: event.caller,
            turn: event.turn,
            tool: event.tool,
            call_id: event.call_id,
            input_hash: event.input_hash,
            repeats: 0,
            permission: None,
            batch: None,
        }
    }
}

/// How a call with an id stands.
#[derive(Debug, Clone, Copy)]
enum Standing {
    Joined,
    Open(Number),
}

fn key(call_id: &str) -> IdKey {
    IdKey::of_utf8(call_id.as_bytes())
}

/// The calls of a session, as far as its records were taken.
#[derive(Debug, Default)]
pub(super) struct Session {
    /// The number of its last record.
    last: u64,
    has_intents: bool,
    /// By keys, because those of joined calls stay.
    named: HashMap<IdKey, Standing>,
    /// In boxes, because a map that is filled in order is half empty.
    open: BTreeMap<Number, (Known, Box<Call>)>,
    lanes: HashMap<LaneKey, Lane>,
    ends: Ends,
}

impl Session {
    /// Takes its next record.
    pub(super) fn take(
        &mut self,
        mut event: Event,
        number: Number,
        line: u64,
        counts: &mut Counts,
    ) {
        self.last = number.record;
        self.ends.note(&event, number.record);
        match std::mem::replace(&mut event.what, What::Other) {
            What::Intent => {
                self.has_intents = true;
                self.side(Known::Intent, Call::of(event, number, line), counts);
            }
            What::Outcome => self.side(Known::Outcome, Call::of(event, number, line), counts),
            What::Permission => self.asked(event, number.record),
            What::Batch(calls) => self.batch(&Call::of(event, number, line), calls, counts),
            _ => {}
        }
    }

    fn side(&mut self, known: Known, call: Call, counts: &mut Counts) {
        match &call.call_id {
            Some(id) => match self.named.get(&key(id)).copied() {
                None => self.open(known, call),
                Some(Standing::Open(number)) => self.meet(number, known, call, counts),
                Some(Standing::Joined) => counts.repeats += u64::from(known != Known::Name),
            },
            None if known == Known::Outcome => self.by_order(call, counts),
            None => self.open(known, call),
        }
    }

    /// A call that is known by one side is said something of again.
    fn meet(&mut self, number: Number, known: Known, mut call: Call, counts: &mut Counts) {
        let (before, open) = self.open.get_mut(&number).expect("it is said to be open");
        match (*before, known) {
            (_, Known::Name) => open.batch = open.batch.or(call.batch),
            (Known::Name, _) => {
                call.batch = open.batch;
                self.close(number);
                self.open(known, call);
            }
            (before, known) if before == known => {
                open.repeats += 1;
                counts.repeats += 1;
            }
            _ => self.join(number, counts),
        }
    }

    fn by_order(&mut self, call: Call, counts: &mut Counts) {
        let lane = self.lanes.entry(LaneKey::of(&call)).or_default();
        if let Some(number) = lane.oldest_of(call.input_hash.as_deref()) {
            counts.joined_by_order += 1;
            self.join(number, counts);
        } else {
            lane.strays.push(call.number);
            self.open(Known::Outcome, call);
        }
    }

    fn batch(&mut self, record: &Call, named: Vec<Named>, counts: &mut Counts) {
        for (within, Named { call_id, tool }) in named.into_iter().enumerate() {
            let call = Call {
                number: Number {
                    within,
                    ..record.number
                },
                call_id: Some(call_id),
                tool,
                batch: Some(record.number.record),
                ..record.clone()
            };
            self.side(Known::Name, call, counts);
        }
    }

    /// Permission was asked: for the call of that id, else for the latest one with that input, else for the
    /// latest one of that tool.
    fn asked(&mut self, event: Event, record: u64) {
        let number = match &event.call_id {
            Some(id) => match self.named.get(&key(id)) {
                Some(Standing::Open(number)) => Some(*number),
                _ => None,
            },
            None => self.latest(event),
        };
        if let Some((Known::Intent, call)) = number.and_then(|number| self.open.get_mut(&number)) {
            call.permission = Some(record);
        }
    }

    fn latest(&self, event: Event) -> Option<Number> {
        let mut key = LaneKey {
            caller: event.caller.id,
            tool: event.tool,
            is_named: true,
        };
        let named = self.lanes.get(&key);
        key.is_named = false;
        let lanes = [named, self.lanes.get(&key)];
        let latest = |of: &dyn Fn(&Lane) -> Option<Number>| {
            lanes.iter().flatten().filter_map(|lane| of(lane)).max()
        };
        latest(&|lane| lane.latest_of(event.input_hash.as_deref()))
            .or_else(|| latest(&Lane::latest))
    }

    fn open(&mut self, known: Known, mut call: Call) {
        if let Some(id) = &call.call_id {
            self.named.insert(key(id), Standing::Open(call.number));
        }
        if known == Known::Intent {
            self.lanes.entry(LaneKey::of(&call)).or_default().add(&call);
        } else {
            // Only what an intent without an outcome is looked up by.
            call.turn = None;
            call.input_hash = None;
        }
        self.open.insert(call.number, (known, Box::new(call)));
    }

    fn close(&mut self, number: Number) -> Option<Box<Call>> {
        let (known, call) = self.open.remove(&number)?;
        if known == Known::Intent
            && let Some(lane) = self.lanes.get_mut(&LaneKey::of(&call))
        {
            lane.remove(&call);
        }
        Some(call)
    }

    /// Both sides of a call are known.
    fn join(&mut self, number: Number, counts: &mut Counts) {
        counts.joined += 1;
        if let Some(id) = self.close(number).and_then(|call| call.call_id) {
            self.named.insert(key(&id), Standing::Joined);
        }
    }

    /// Joins the outcomes of an input that no intent had with the oldest intents before them.
    fn join_strays(&mut self, counts: &mut Counts) {
        let mut lanes = std::mem::take(&mut self.lanes);
        for lane in lanes.values_mut() {
            for stray in std::mem::take(&mut lane.strays) {
                let Some(number) = lane.oldest().filter(|intent| *intent < stray) else {
                    continue;
                };
                let (_, intent) = self.open.remove(&number).expect("a lane has what is open");
                lane.remove(&intent);
                self.open.remove(&stray);
                counts.joined += 1;
                counts.joined_by_order += 1;
            }
        }
    }

    /// Adds what is left.
    pub(super) fn finish(mut self, key: &SessionKey, to: &mut Unresolved) {
        self.join_strays(&mut to.counts);
        let mut alone: Option<OutcomesOnly> = None;
        for (known, call) in self.open.into_values() {
            let kind = match known {
                Known::Intent => Kind::NoOutcome,
                Known::Name => Kind::NeverArrived,
                Known::Outcome if self.has_intents => Kind::NoIntent,
                Known::Outcome => {
                    let first = || OutcomesOnly::from(key, call.number.record, call.line);
                    alone.get_or_insert_with(first).outcomes += 1;
                    continue;
                }
            };
            let behind = (kind == Kind::NoOutcome).then(|| self.ends.behind(&call, self.last));
            to.add(Entry::of(kind, *call, key, behind));
        }
        if let Some(alone) = alone {
            to.counts.outcomes_only += alone.outcomes;
            to.sessions.push(alone);
        }
    }
}
