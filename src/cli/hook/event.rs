//! An event on its way into a log.

use std::panic;

use anyhow::{Context, anyhow};
use sealstone::{
    hook::{Agent, Event},
    json::Object,
    record::{
        build::{Prepared, Summaries},
        own::{self, Loss},
    },
    store::append::{AppendError, Stored},
};

use super::{
    super::{
        env,
        exit::Exit,
        out::Out,
        target::{durability, lock_wait, tell},
    },
    Args,
    input::Input,
    route::Route,
    session::{self, Pending},
    setup::setup,
};

/// Who speaks, as far as it is known: what is answered depends on it, whatever goes wrong.
#[derive(Debug, Default)]
struct Speaker {
    agent: Option<Agent>,
    event: Option<String>,
    session_id: Option<String>,
    subject: Option<Object>,
}

pub(super) fn run(out: &mut Out, args: &Args) -> Exit {
    let named = || env::HOOK_AGENT.text().and_then(|name| Agent::parse(&name));
    let mut speaker = Speaker {
        agent: args.agent.map(|agent| agent.0).or_else(named),
        event: args.event.clone(),
        ..Speaker::default()
    };
    // A defect of ours must not become the agent's.
    let record = panic::AssertUnwindSafe(|| record(out, args, &mut speaker));
    let result = panic::catch_unwind(record).unwrap_or_else(|_| Err(anyhow!("an internal error")));
    let exit = match result {
        Ok(()) => Exit::Done,
        Err(error) => failed(out, error),
    };
    answer(out, speaker.agent, speaker.event.as_deref());
    exit
}

/// Tells the agent that we have no opinion, in its words.
fn answer(out: &mut Out, agent: Option<Agent>, event: Option<&str>) {
    // What could not be read says nothing of its agent, but what it runs in may.
    let surroundings = || env::CURSOR_VERSION.own().map(|_| Agent::Cursor);
    if let Some(agent) = agent.or_else(surroundings) {
        out.answer(agent.answer(event));
    }
}

/// Says that the command line is wrong. The agent that it names is answered all the same.
pub(in super::super) fn refused(out: &mut Out, agent: Option<Agent>, reason: &str) -> Exit {
    let exit = failed(out, anyhow!("wrong arguments: {reason}"));
    answer(out, agent, None);
    exit
}

/// An event that could not be used, which a record says.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unusable(String);

/// Says that a record was lost, and returns the status that goes with it.
fn failed(out: &mut Out, error: anyhow::Error) -> Exit {
    let is_written = error
        .downcast_ref::<AppendError>()
        .is_some_and(|error| matches!(error, AppendError::NotDurable(_)));
    let what = if is_written {
        "the record may be lost if the machine stops"
    } else if error.is::<Unusable>() {
        "an event was lost, which is on record"
    } else {
        "FAILED to record: the event is not in the log"
    };
    out.error(&error.context(what));
    if env::STRICT_RECORDING.is_yes() {
        Exit::Refuted
    } else {
        Exit::Done
    }
}

fn record(out: &mut Out, args: &Args, speaker: &mut Speaker) -> anyhow::Result<()> {
    let input = Input::read().context("cannot read standard input")?;
    let route = Route::of(args.log.as_deref())?;
    let memory = route.memory();
    let summaries = if env::HASH_ONLY.is_yes() {
        Summaries::HashOnly
    } else {
        Summaries::Keep
    };
    let mut pending = None;
    let mut read = |out: &mut Out| {
        let event = Event::read(input.event()?, speaker.agent, speaker.event.as_deref())?;
        speaker.is_of(&event);
        let mut setup = setup(out, args);
        pending = Some(session::prepare(out, &memory, &event, &mut setup));
        event.draft(&setup)
    };
    let (prepared, unusable) = match read(out) {
        Ok((draft, notes)) => {
            if !notes.is_empty() {
                out.warning(notes.join("; "));
            }
            (Prepared::new(draft, summaries), None)
        }
        Err(reason) => {
            let loss = speaker.loss(&input, &reason);
            (own::lost(loss, summaries), Some(Unusable(reason)))
        }
    };
    let durability = durability(out, args.sync);
    let wait = lock_wait(out, args.lock_wait);
    let stored = route.append(prepared, durability, wait)?;
    done(out, stored, pending.filter(|_| unusable.is_none()));
    unusable.map_or(Ok(()), |unusable| Err(unusable.into()))
}

/// Says what was met, and keeps what the session has to know.
fn done(out: &mut Out, stored: Stored, pending: Option<Pending<'_>>) {
    let record_id = match stored {
        Stored::Sealed(receipt) => {
            tell(out, &receipt);
            receipt.record_id
        }
        Stored::Spooled(spooled) => {
            out.status(format!(
                "the log is locked: the record waits in `{}` for the next writer",
                spooled.path.display()
            ));
            spooled.record_id
        }
    };
    if let Some(pending) = pending {
        pending.keep(out, &record_id);
    }
}

impl Speaker {
    fn is_of(&mut self, event: &Event) {
        self.agent = Some(event.agent());
        self.event = Some(event.name().to_owned());
        self.session_id = event.text("session_id").map(str::to_owned);
        self.subject = event.subject();
    }

    /// Returns what is known of an event that cannot be used.
    fn loss(&self, input: &Input, reason: &str) -> Loss {
        let (bytes, sha256) = input.whole();
        let agent = self.agent.map(|agent| {
            let name = agent.as_str();
            [("id", name), ("name", name)].into_iter().collect()
        });
        let subject = || {
            let id = env::SUBJECT.text()?;
            Some([("id", id)].into_iter().collect())
        };
        Loss {
            reason: reason.to_owned(),
            bytes,
            sha256: Some(sha256),
            agent,
            subject: self.subject.clone().or_else(subject),
            session_id: self.session_id.clone(),
        }
    }
}
