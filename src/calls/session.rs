//! The calls of one session.

use std::collections::{BTreeMap, HashMap};

use super::{
    call::{Call, Number},
    ends::Ends,
    entry::{Contradiction, Counts, Differing, Entry, Kind, OutcomesOnly},
    event::{Event, Named, SessionKey, What},
    first::Found,
    lane::{Lane, LaneKey},
    text::{Mark, Texts},
};
use crate::record::id::IdKey;

/// What is known of a call that has not joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Intent,
    Outcome,
    /// Only that a batch names it.
    Name,
}

/// How a call with an id stands.
#[derive(Debug, Clone, Copy)]
enum Standing {
    Joined(Claims),
    Open(Number),
}

/// What records say of a call that others of its id must not contradict.
#[derive(Debug, Clone, Copy)]
struct Claims {
    /// The record that says so: the intent, once there is one.
    record: u64,
    tool: Option<Mark>,
    /// The input of the intent. Until the outcome it may change.
    input: Option<Mark>,
}

impl Claims {
    fn of(known: Known, call: &Call) -> Self {
        // A batch may spell a tool in its own way.
        let tool = call.tool.as_deref().filter(|_| known != Known::Name);
        Self {
            record: call.number.record,
            tool: tool.map(Mark::of),
            input: call.input.filter(|_| known == Known::Intent),
        }
    }

    /// Returns in what a later record of the id contradicts these.
    fn contradicted(&self, later: &Self) -> Option<Contradiction> {
        let differ = |one: Option<Mark>, other: Option<Mark>| {
            one.is_some() && other.is_some() && one != other
        };
        let what = if differ(self.tool, later.tool) {
            Differing::Tool
        } else if differ(self.input, later.input) {
            Differing::Input
        } else {
            return None;
        };
        let record = self.record;
        Some(Contradiction { record, what })
    }

    /// Returns what an intent and its outcome say together.
    fn with_outcome(self, outcome: &Self) -> Self {
        Self {
            tool: self.tool.or(outcome.tool),
            ..self
        }
    }
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
    conflicting: Vec<(Contradiction, Box<Call>)>,
    lanes: HashMap<LaneKey, Lane>,
    ends: Ends,
}

impl Session {
    /// Takes its next record.
    pub(super) fn take(
        &mut self,
        mut event: Event,
        (number, line): (Number, u64),
        texts: &mut Texts,
        counts: &mut Counts,
    ) {
        self.last = number.record;
        self.ends.note(&event, number.record);
        match std::mem::replace(&mut event.what, What::Other) {
            What::Intent => {
                self.has_intents = true;
                let call = Call::of(event, number, line, texts);
                self.side(Known::Intent, call, counts);
            }
            What::Outcome => {
                let call = Call::of(event, number, line, texts);
                self.side(Known::Outcome, call, counts);
            }
            What::Permission => self.asked(&Call::of(event, number, line, texts)),
            What::Batch(batch) => {
                counts.unfollowed = counts.unfollowed.saturating_add(batch.unfollowed);
                let record = Call::of(event, number, line, texts);
                for (within, named) in batch.named.into_iter().enumerate() {
                    let call = named_call(&record, within, named, texts);
                    self.side(Known::Name, call, counts);
                }
            }
            _ => {}
        }
    }

    fn side(&mut self, known: Known, call: Call, counts: &mut Counts) {
        let Some(id) = &call.call_id else {
            return match known {
                Known::Outcome => self.by_order(call, counts),
                _ => self.open(known, call),
            };
        };
        let Some(standing) = self.named.get(&key(id)).copied() else {
            return self.open(known, call);
        };
        let contradiction = self
            .claims(standing)
            .contradicted(&Claims::of(known, &call));
        match (contradiction, standing) {
            (Some(contradiction), _) => self.conflicting.push((contradiction, Box::new(call))),
            (None, Standing::Open(number)) => self.meet(number, known, call, counts),
            (None, Standing::Joined(_)) => counts.repeats += u64::from(known != Known::Name),
        }
    }

    fn claims(&self, standing: Standing) -> Claims {
        match standing {
            Standing::Joined(claims) => claims,
            Standing::Open(number) => {
                let (known, call) = self.open.get(&number).expect("it is said to be open");
                Claims::of(*known, call)
            }
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
            (Known::Intent, _) => {
                let claims = Claims::of(Known::Intent, open);
                let joined = claims.with_outcome(&Claims::of(known, &call));
                self.join(number, joined, counts);
            }
            (before, known) => {
                let outcome = Claims::of(before, open);
                let joined = Claims::of(known, &call).with_outcome(&outcome);
                self.join(number, joined, counts);
            }
        }
    }

    fn by_order(&mut self, call: Call, counts: &mut Counts) {
        let lane = self.lanes.entry(LaneKey::of(&call)).or_default();
        if let Some(number) = lane.oldest_of(call.input) {
            counts.joined += 1;
            counts.joined_by_order += 1;
            self.close(number);
        } else {
            lane.strays.push(call.number);
            self.open(Known::Outcome, call);
        }
    }

    /// Permission was asked: for the call of that id, else for the latest one with that input, else for the
    /// latest one of that tool.
    fn asked(&mut self, request: &Call) {
        let number = match &request.call_id {
            Some(id) => match self.named.get(&key(id)) {
                Some(Standing::Open(number)) => Some(*number),
                _ => None,
            },
            None => self.latest(request),
        };
        if let Some((Known::Intent, call)) = number.and_then(|number| self.open.get_mut(&number)) {
            call.permission = Some(request.number.record);
        }
    }

    fn latest(&self, request: &Call) -> Option<Number> {
        let mut key = LaneKey::of(request);
        key.is_named = true;
        let named = self.lanes.get(&key);
        key.is_named = false;
        let lanes = [named, self.lanes.get(&key)];
        let latest = |of: &dyn Fn(&Lane) -> Option<Number>| {
            lanes.iter().flatten().filter_map(|lane| of(lane)).max()
        };
        latest(&|lane| lane.latest_of(request.input)).or_else(|| latest(&Lane::latest))
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
            call.input = None;
        }
        self.open.insert(call.number, (known, Box::new(call)));
    }

    fn close(&mut self, number: Number) -> Option<Box<Call>> {
        let (known, call) = self.open.remove(&number)?;
        let key = LaneKey::of(&call);
        if known == Known::Intent
            && let Some(lane) = self.lanes.get_mut(&key)
        {
            lane.remove(&call);
            // A log may have as many sub-agents as calls.
            if lane.is_empty() {
                self.lanes.remove(&key);
            }
        }
        Some(call)
    }

    /// Both sides of a call with an id are known.
    fn join(&mut self, number: Number, claims: Claims, counts: &mut Counts) {
        counts.joined += 1;
        if let Some(id) = self.close(number).and_then(|call| call.call_id) {
            self.named.insert(key(&id), Standing::Joined(claims));
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
    pub(super) fn finish(mut self, key: &SessionKey, to: &mut Found) {
        self.join_strays(&mut to.counts);
        for (contradiction, call) in self.conflicting {
            to.add(Kind::Conflicting, call.number, || Entry {
                contradicts: Some(contradiction),
                ..Entry::of(Kind::Conflicting, &call, key)
            });
        }
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
            let behind = || self.ends.behind(&call, self.last);
            to.add(kind, call.number, || Entry {
                behind: (kind == Kind::NoOutcome).then(behind),
                ..Entry::of(kind, &call, key)
            });
        }
        if let Some(alone) = alone {
            to.add_session(alone);
        }
    }
}

/// Returns a call that the batch of `record` names.
fn named_call(record: &Call, within: usize, named: Named, texts: &mut Texts) -> Call {
    Call {
        number: Number {
            within,
            ..record.number
        },
        call_id: Some(named.call_id.into()),
        tool: texts.share(named.tool),
        batch: Some(record.number.record),
        ..record.clone()
    }
}
