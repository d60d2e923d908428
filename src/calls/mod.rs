//! Joins what an agent was about to do with what became of it.
//!
//! Agents' hooks make two records of a tool call: its intent, before it, and its outcome, after it, whatever
//! that was (FORMAT.md, "Extension"). [`Joiner`] takes the lines of a log in order and gives what does not
//! join, [`Unresolved`]. What such a list cannot tell is in LIMITS.md.
//!
//! It believes what records say and judges no seal: a broken log is listed too, and [`crate::verify`] says that
//! it is broken. Its memory grows with the calls: by about 150 bytes for each that has an id, and by about 450
//! more for each of which one side is known, so that a million open calls take 600 MB. Where each is of another
//! sub-agent, they take twice that.

mod call;
mod ends;
mod entry;
mod event;
mod first;
mod lane;
#[cfg(test)]
mod properties;
mod session;
#[cfg(test)]
mod tests;
mod text;
mod words;

use std::collections::HashMap;

use self::{
    call::{Call, Number},
    event::{Event, Line, SessionKey, What},
    first::Found,
    session::Session,
    text::Texts,
};
pub use self::{
    entry::{
        Behind, Contradiction, Counts, Differing, Entry, Kind, MAX_ENTRIES, OutcomesOnly,
        Unresolved,
    },
    event::{Said, said, said_by},
};

/// Joins the calls of a log, line by line.
///
/// Calls with an id are joined by it, in whatever order their records stand; a record of another tool, or an intent
/// with another input, is not taken for one of the same call. Those without one are joined by
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
    found: Found,
    texts: Texts,
    sessions: HashMap<SessionKey, Session>,
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
            self.found.add(Kind::LostEvent, number, || {
                let call = Call::of(event.clone(), number, self.lines, &mut self.texts);
                Entry::lost(&call, &event.session, what.as_deref())
            });
        }
        // Most records are of a session that is known, and need no key of their own.
        if !self.sessions.contains_key(&event.session) {
            self.sessions
                .insert(event.session.clone(), Session::default());
        }
        let session = self.sessions.get_mut(&event.session);
        let session = session.expect("it was inserted above");
        let place = (number, self.lines);
        session.take(event, place, &mut self.texts, &mut self.found.counts);
    }

    /// Returns what did not join, in the order of the records.
    pub fn finish(self) -> Unresolved {
        let mut found = self.found;
        for (key, session) in self.sessions {
            session.finish(&key, &mut found);
        }
        found.into_unresolved(self.records, self.unreadable)
    }
}
