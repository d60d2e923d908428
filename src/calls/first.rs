//! What is listed of more than can be.

use std::collections::BTreeMap;

use super::{
    call::Number,
    entry::{Counts, Entry, Kind, MAX_ENTRIES, OutcomesOnly, Unresolved},
    words,
};

/// The first [`MAX_ENTRIES`] of what comes in any order. The others take no room.
#[derive(Debug)]
struct First<T> {
    kept: BTreeMap<Number, T>,
    left_out: u64,
}

impl<T> Default for First<T> {
    fn default() -> Self {
        Self {
            kept: BTreeMap::new(),
            left_out: 0,
        }
    }
}

impl<T> First<T> {
    /// Takes what stands at `number`, and makes it only if it may be listed.
    fn add(&mut self, number: Number, make: impl FnOnce() -> T) {
        let last = self.kept.last_key_value().map(|(last, _)| *last);
        let is_full = self.kept.len() == MAX_ENTRIES;
        if is_full && last.is_some_and(|last| last < number) {
            self.left_out += 1;
            return;
        }
        self.kept.insert(number, make());
        if is_full {
            let _ = self.kept.pop_last();
            self.left_out += 1;
        }
    }
}

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) counts: Counts,
    entries: First<Entry>,
    sessions: First<OutcomesOnly>,
}

impl Found {
    pub(super) fn add(&mut self, kind: Kind, number: Number, make: impl FnOnce() -> Entry) {
        let counts = &mut self.counts;
        *match kind {
            Kind::Conflicting => &mut counts.conflicting,
            Kind::LostEvent => &mut counts.lost_events,
            Kind::NeverArrived => &mut counts.never_arrived,
            Kind::NoIntent => &mut counts.no_intent,
            Kind::NoOutcome => &mut counts.no_outcome,
        } += 1;
        self.entries.add(number, make);
    }

    pub(super) fn add_session(&mut self, session: OutcomesOnly) {
        self.counts.outcomes_only += session.outcomes;
        self.sessions.add(Number::of(session.record), || session);
    }

    /// Returns it in the order of the records, with what each can mean.
    pub(super) fn into_unresolved(self, records: u64, unreadable: u64) -> Unresolved {
        let mut entries: Vec<Entry> = self.entries.kept.into_values().collect();
        for entry in &mut entries {
            entry.meaning = words::meaning(entry);
        }
        Unresolved {
            records,
            unreadable,
            counts: self.counts,
            entries,
            entries_left_out: self.entries.left_out,
            sessions: self.sessions.kept.into_values().collect(),
            sessions_left_out: self.sessions.left_out,
        }
    }
}
