//! `sealstone hook`

use std::{
    ffi::{OsStr, OsString},
    fs,
    io::{self, Read},
    panic,
};

use anyhow::{Context, anyhow, bail, ensure};
use sealstone::{
    chain::MAX_LINE_BYTES,
    hook::{Agent, Reading, Setup, read_event},
    json::{self, Object, Value},
    record::build::{Prepared, Summaries},
    store::{
        self,
        append::{AppendError, Durability, Receipt},
    },
};

use super::{
    env,
    exit::Exit,
    out::Out,
    path::expand,
    target::{SyncWhen, Target, disclosed, durability},
};

/// Append a coding agent's event to a log
///
/// Reads one event as JSON from standard input and appends one record. Install it as the command of the
/// agent's `PostToolUse` hook: in Claude Code's settings.json with the matcher `*`, in Codex's hooks.json with
/// `.*`. Arguments and answers are kept as hashes and masked summaries.
///
/// It prints nothing on standard output and never ends with status 2, which agents take for "block this
/// call". A record that was lost is reported in one line on standard error.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Example:
  echo '{\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"ls\"}}' | sealstone hook

The log, the subject and the rest come from environment variables, so that one hook configuration
serves every project: see ENVIRONMENT in the man page. The default log is ~/.halo/audit.jsonl.

Statuses: 0 always, but 1 when a record was lost and SEALSTONE_STRICT_RECORDING is set")]
pub(super) struct Args {
    /// When the record is on the disk: `always` and `batch` before the hook ends, `never` when the system
    /// gets to it
    #[arg(long, value_name = "WHEN")]
    sync: Option<SyncWhen>,
}

pub(super) fn run(out: &mut Out, args: &Args) -> Exit {
    // A defect of ours must not become the agent's.
    let result = panic::catch_unwind(panic::AssertUnwindSafe(|| record(out, args)))
        .unwrap_or_else(|_| Err(anyhow!("an internal error")));
    match result {
        Ok(()) => Exit::Done,
        Err(error) => failed(out, error),
    }
}

/// Says that a record was lost, and returns the status that goes with it.
pub(super) fn failed(out: &mut Out, error: anyhow::Error) -> Exit {
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

fn record(out: &mut Out, args: &Args) -> anyhow::Result<()> {
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
    let draft = match read_event(&event, &setup(out)) {
        Reading::Draft(draft, notes) => {
            if !notes.is_empty() {
                out.warning(notes.join("; "));
            }
            draft
        }
        Reading::Nothing => return Ok(()),
        Reading::Other(reason) => {
            out.status(reason);
            return Ok(());
        }
        Reading::Unusable(reason) => return Err(anyhow!(reason)),
    };
    let summaries = if env::HASH_ONLY.is_yes() {
        Summaries::HashOnly
    } else {
        Summaries::Keep
    };
    let durability = durability(out, args.sync);
    let receipt = append(Prepared::new(*draft, summaries), durability)?;
    if let Some(recovered) = receipt.recovered {
        out.warning(disclosed(&recovered));
    }
    Ok(())
}

fn append(prepared: Prepared, durability: Durability) -> anyhow::Result<Receipt> {
    let mut target = target(durability)?;
    let receipt = target.append(prepared)?;
    target.sync()?;
    Ok(receipt)
}

/// Where records go: what is set under our names counts before what is set under the reference's.
fn target(durability: Durability) -> anyhow::Result<Target> {
    let folder = |path: OsString| anyhow::Ok(Target::folder(expand(&path)?, durability));
    let log = |path: OsString| {
        let path = expand(&path)?;
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            store::create_folder(folder)?;
        }
        anyhow::Ok(Target::log(path, durability))
    };
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

fn setup(out: &mut Out) -> Setup {
    Setup {
        agent: env::HOOK_AGENT.text().and_then(|name| Agent::parse(&name)),
        agent_model: env::AGENT_MODEL.text(),
        agent_version: env::AGENT_VERSION.text(),
        authority: env::AUTHORITY_FILE.get().and_then(|path| {
            authority(&path)
                .inspect_err(|error| out.warning(format!("no authority is recorded: {error:#}")))
                .ok()
        }),
        subject: env::SUBJECT.text(),
    }
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
