//! Joins what an agent was about to do with what became of it.
//!
//! Agents' hooks make two records of a tool call: its intent, before it, and its outcome, after it, whatever
//! that was (FORMAT.md, "Extension"). [`Joiner`] takes the lines of a log in order and gives what does not
//! join, [`Unresolved`]. What such a list cannot tell is in LIMITS.md.
//!
//! It believes what records say and judges no seal: a broken log is listed too, and [`crate::verify`] says that
//! it is broken. Its memory grows with the calls: by about 100 bytes for each that has an id, and by about 600
//! more for each of which one side is known.

mod ends;
mod entry;
mod event;
mod lane;
#[cfg(test)]
mod properties;
mod session;
#[cfg(test)]
mod tests;
mod words;

use std::collections::HashMap;

pub use self::{
    entry::{Behind, Counts, Entry, Kind, MAX_ENTRIES, OutcomesOnly, Unresolved},
    event::{Said, said},
};
use self::{
    event::{Event, Line, SessionKey, What},
    session::{Call, Number, Session},
};

/// Joins the calls of a log, line by line.
///
/// Calls with an id are joined by it, in whatever order their records stand. Those without one are joined by
/// their order in the log, among the calls of one tool by one agent or sub-agent in one session: an outcome
/// goes to the oldest open intent that has the hash of its input. Where none has it, because the agent changed
/// the input meanwhile, it goes to the oldest intent before it that is left over at the end.
///
/// ```
/// use sealstone::calls::{Joiner, Kind, said};
///
/// let mut joiner = Joiner::new();
/// for (phase, id) in [("intent", "a"), ("intent", "b"), ("outcome", "a")] {
///     let line = format!(r#"{{"sealstone":{{"phase":"{phase}","call_id":"{id}"}}}}"#);
///     joiner.take(said(line.as_bytes()));
/// }
/// let unresolved = joiner.finish();
/// assert_eq!(unresolved.counts.joined, 1);
/// assert_eq!(unresolved.entries[0].kind, Kind::NoOutcome);
/// assert_eq!(unresolved.entries[0].record, 2);
/// ```
#[derive(Debug, Default)]
pub struct Joiner {
    lines: u64,
    records: u64,
    unreadable: u64,
    counts: Counts,
    sessions: HashMap<SessionKey, Session>,
    lost: Vec<Entry>,
}

impl Joiner {
    /// Returns a joiner that has seen nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes what the next line says.
    pub fn take(&mut self, said: Said) {
        self.lines += 1;
        match said.0 {
            Line::Blank => {}
            Line::Unreadable => {
                self.records += 1;
                self.unreadable += 1;
            }
            Line::Record(event) => {
                self.records += 1;
                self.place(*event);
            }
        }
    }

    fn place(&mut self, mut event: Event) {
        let number = Number::of(self.records);
        if let What::Lost(what) = &mut event.what {
            let what = what.take();
            self.counts.lost_events += 1;
            let call = Call::of(event.clone(), number, self.lines);
            self.lost.push(Entry::lost(call, &event.session, what));
        }
        // Most records are of a session that is known, and need no key of their own.
        if !self.sessions.contains_key(&event.session) {
            self.sessions
                .insert(event.session.clone(), Session::default());
        }
        let session = self.sessions.get_mut(&event.session);
        let session = session.expect("it was inserted above");
        session.take(event, number, self.lines, &mut self.counts);
    }

    /// Returns what did not join, in the order of the records.
    pub fn finish(self) -> Unresolved {
        let mut unresolved = Unresolved {
            records: self.records,
            unreadable: self.unreadable,
            counts: self.counts,
            entries: self.lost,
            ..Unresolved::default()
        };
        for (key, session) in self.sessions {
            session.finish(&key, &mut unresolved);
        }
        unresolved.arrange();
        unresolved
    }
}
