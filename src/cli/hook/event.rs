//! An event on its way into a log.

use std::{
    ffi::{OsStr, OsString},
    fs,
    io::{self, Read},
    panic,
    path::PathBuf,
};

use anyhow::{Context, anyhow, bail, ensure};
use clap::ValueEnum;
use sealstone::{
    chain::MAX_LINE_BYTES,
    hook::{Agent, Event, Messages, Setup},
    json::{self, Object, Value},
    record::build::{Prepared, Summaries},
    store::{
        self,
        append::{AppendError, Durability, Receipt},
        memory::Memory,
    },
};

use super::{
    super::{
        env,
        exit::Exit,
        out::Out,
        path::expand,
        target::{Target, disclosed, durability},
    },
    Args, KeptMessages, session,
};

/// Who speaks, as far as it is known: what is answered depends on it, whatever goes wrong.
#[derive(Debug, Default)]
struct Speaker {
    agent: Option<Agent>,
    event: Option<String>,
}

pub(super) fn run(out: &mut Out, args: &Args) -> Exit {
    let named = || env::HOOK_AGENT.text().and_then(|name| Agent::parse(&name));
    let mut speaker = Speaker {
        agent: args.agent.map(|agent| agent.0).or_else(named),
        event: args.event.clone(),
    };
    // A defect of ours must not become the agent's.
    let record = panic::AssertUnwindSafe(|| record(out, args, &mut speaker));
    let result = panic::catch_unwind(record).unwrap_or_else(|_| Err(anyhow!("an internal error")));
    let exit = match result {
        Ok(()) => Exit::Done,
        Err(error) => failed(out, error),
    };
    answer(out, &speaker);
    exit
}

/// Tells the agent that we have no opinion, in its words.
fn answer(out: &mut Out, speaker: &Speaker) {
    // What could not be read says nothing of its agent, but what it runs in may.
    let surroundings = || env::read("CURSOR_VERSION").map(|_| Agent::Cursor);
    if let Some(agent) = speaker.agent.or_else(surroundings) {
        out.raw(agent.answer(speaker.event.as_deref()).as_bytes());
    }
}

/// Says that a record was lost, and returns the status that goes with it.
pub(in super::super) fn failed(out: &mut Out, error: anyhow::Error) -> Exit {
    let is_written = error
        .downcast_ref::<AppendError>()
        .is_some_and(|error| matches!(error, AppendError::NotDurable(_)));
    let what = if is_written {
        "the record may be lost if the machine stops"
    } else {
        "FAILED to record: the action ran and is not in the log"
    };
    out.error(&error.context(what));
    if env::STRICT_RECORDING.is_yes() {
        Exit::Refuted
    } else {
        Exit::Done
    }
}

fn record(out: &mut Out, args: &Args, speaker: &mut Speaker) -> anyhow::Result<()> {
    let bytes = read_event()?;
    let event = Event::read(&bytes, speaker.agent, speaker.event.as_deref())
        .map_err(|reason| anyhow!(reason))?;
    speaker.agent = Some(event.agent());
    speaker.event = Some(event.name().to_owned());
    let route = route(args)?;
    let memory = route.memory();
    let mut setup = setup(out, args);
    let pending = session::prepare(out, &memory, &event, &mut setup);
    let (draft, notes) = event.draft(&setup).map_err(|reason| anyhow!(reason))?;
    if !notes.is_empty() {
        out.warning(notes.join("; "));
    }
    let summaries = if env::HASH_ONLY.is_yes() {
        Summaries::HashOnly
    } else {
        Summaries::Keep
    };
    let durability = durability(out, args.sync);
    let receipt = append(route, Prepared::new(draft, summaries), durability)?;
    if let Some(pending) = pending {
        pending.keep(out, &receipt.record_id);
    }
    if let Some(recovered) = receipt.recovered {
        out.warning(disclosed(&recovered));
    }
    Ok(())
}

fn read_event() -> anyhow::Result<Vec<u8>> {
    let mut event = Vec::new();
    io::stdin()
        .take(MAX_LINE_BYTES as u64 + 1)
        .read_to_end(&mut event)
        .context("cannot read standard input")?;
    ensure!(
        event.len() <= MAX_LINE_BYTES,
        "the event is longer than {} MiB",
        MAX_LINE_BYTES >> 20
    );
    Ok(event)
}

fn append(route: Route, prepared: Prepared, durability: Durability) -> anyhow::Result<Receipt> {
    let mut target = match route {
        Route::Folder(path) => Target::folder(path, durability),
        Route::Log(path) => {
            let folder = path.parent();
            if let Some(folder) = folder.filter(|folder| !folder.as_os_str().is_empty()) {
                store::create_folder(folder)?;
            }
            Target::log(path, durability)
        }
    };
    let receipt = target.append(prepared)?;
    target.sync()?;
    Ok(receipt)
}

/// Where records go.
enum Route {
    /// Into the log of their subject, in this folder.
    Folder(PathBuf),
    /// Into this log.
    Log(PathBuf),
}

impl Route {
    fn memory(&self) -> Memory {
        match self {
            Self::Folder(path) => Memory::in_folder(path),
            Self::Log(path) => Memory::beside_log(path),
        }
    }
}

/// Returns where records go: by the command line, else by what is set under our names, else under the
/// reference's.
fn route(args: &Args) -> anyhow::Result<Route> {
    let folder = |path: OsString| Ok(Route::Folder(expand(&path)?));
    let log = |path: OsString| Ok(Route::Log(expand(&path)?));
    if let Some(path) = &args.log {
        return log(path.clone().into());
    }
    if let Some(path) = env::DIR.own() {
        return folder(path);
    }
    if let Some(path) = env::LOG.own() {
        return log(path);
    }
    match (env::DIR.reference(), env::LOG.reference()) {
        (Some(path), _) => folder(path),
        (None, Some(path)) => log(path),
        (None, None) => log("~/.halo/audit.jsonl".into()),
    }
}

fn setup(out: &mut Out, args: &Args) -> Setup {
    Setup {
        agent_model: env::AGENT_MODEL.text(),
        agent_version: env::AGENT_VERSION.text(),
        authority: env::AUTHORITY_FILE.get().and_then(|path| {
            authority(&path)
                .inspect_err(|error| out.warning(format!("no authority is recorded: {error:#}")))
                .ok()
        }),
        messages: messages(out, args),
        subject: env::SUBJECT.text(),
        ..Setup::default()
    }
}

fn messages(out: &mut Out, args: &Args) -> Messages {
    let from_environment = env::MESSAGES.text().and_then(|text| {
        let kept = KeptMessages::from_str(&text, true).ok();
        if kept.is_none() {
            let name = env::MESSAGES.name;
            out.warning(format!("{name} is neither hash nor summary: hash is used"));
        }
        kept
    });
    args.messages
        .or(from_environment)
        .map_or_else(Messages::default, Messages::from)
}

fn authority(path: &OsStr) -> anyhow::Result<Object> {
    let path = expand(path)?;
    let context = || format!("cannot read `{}`", path.display());
    // A pipe would make the agent wait.
    ensure!(
        fs::metadata(&path).with_context(context)?.is_file(),
        "`{}` is no file",
        path.display()
    );
    let text = fs::read(&path).with_context(context)?;
    let document = json::read(&text).with_context(context)?;
    match document.value {
        Value::Object(authority) if document.duplicates.is_empty() => Ok(authority),
        _ => bail!("`{}` holds no JSON object, or a key twice", path.display()),
    }
}
