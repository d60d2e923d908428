//! `sealstone hook`

use std::{
    fs,
    io::{self, Read},
    panic,
    path::{Path, PathBuf},
};

use anyhow::{Context, anyhow};
use sealstone::{
    hook::{Agent, Reading, Setup, read_event},
    json::{self, Object, Value},
    record::build::{Prepared, Summaries},
    store::{
        append::{Appender, Receipt},
        route::Router,
    },
};

use super::{
    env,
    exit::Exit,
    out::Out,
    path::expand,
    record::{Sync, durability},
};

/// Append a coding agent's event to a log
///
/// Reads one event as JSON from standard input and appends one record. Install it as the command of the
/// agent's `PostToolUse` hook: in Claude Code's settings.json with the matcher `*`, in Codex's hooks.json with
/// `.*`. Arguments and answers are kept as hashes and masked excerpts.
///
/// It prints nothing on standard output and never ends with status 2, which agents take for "block this
/// call". A record that was lost is reported in one line on standard error.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Example:
  echo '{\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"ls\"}}' | sealstone hook

The log, the subject and the rest come from environment variables, so that one hook configuration serves
every project: see ENVIRONMENT in the man page. The default log is ~/.halo/audit.jsonl.

Statuses: 0 always, but 1 when a record was lost and SEALSTONE_STRICT_RECORDING is set")]
pub(super) struct Args {
    /// When the record is on the disk: `always` and `batch` before the hook ends, `never` when the system
    /// gets to it
    #[arg(long, value_name = "WHEN")]
    sync: Option<Sync>,
}

pub(super) fn run(out: &mut Out, args: &Args) -> Exit {
    // A defect of ours must not become the agent's.
    let result = panic::catch_unwind(panic::AssertUnwindSafe(|| record(out, args)))
        .unwrap_or_else(|_| Err(anyhow!("an internal error")));
    match result {
        Ok(()) => Exit::Done,
        Err(error) => {
            out.error(&error.context("FAILED to record: the action ran and is not in the log"));
            if env::STRICT_RECORDING.is_yes() {
                Exit::Refuted
            } else {
                Exit::Done
            }
        }
    }
}

fn record(out: &mut Out, args: &Args) -> anyhow::Result<()> {
    let mut event = Vec::new();
    io::stdin()
        .read_to_end(&mut event)
        .context("cannot read standard input")?;
    let draft = match read_event(&event, &setup(out)) {
        Reading::Draft(draft, notes) => {
            for note in notes {
                out.warning(note);
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
    let receipt = append(Prepared::new(*draft, summaries), args.sync)?;
    if let Some(recovered) = receipt.recovered {
        out.warning(super::record::disclosed(&recovered));
    }
    Ok(())
}

fn append(prepared: Prepared, sync: Option<Sync>) -> anyhow::Result<Receipt> {
    let durability = durability(sync);
    if let Some(folder) = env::DIR.get() {
        let mut router = Router::new(expand(&folder), durability);
        let receipt = router.append(prepared)?;
        router.sync()?;
        return Ok(receipt);
    }
    let path = log();
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot create `{}`", folder.display()))?;
    }
    let mut appender = Appender::new(path, durability);
    let receipt = appender.append(prepared)?;
    appender.sync()?;
    Ok(receipt)
}

fn log() -> PathBuf {
    match env::LOG.get() {
        Some(path) => expand(&path),
        None => expand(Path::new("~/.halo/audit.jsonl").as_os_str()),
    }
}

fn setup(out: &mut Out) -> Setup {
    Setup {
        agent: env::HOOK_AGENT.text().and_then(|name| Agent::parse(&name)),
        agent_model: env::AGENT_MODEL.text(),
        agent_version: env::AGENT_VERSION.text(),
        authority: env::AUTHORITY_FILE.get().and_then(|path| {
            let path = expand(&path);
            let authority = authority(&path);
            if authority.is_none() {
                let path = path.display();
                out.warning(format!(
                    "`{path}` holds no JSON object, so no authority is recorded"
                ));
            }
            authority
        }),
        subject: env::SUBJECT.text(),
    }
}

fn authority(path: &Path) -> Option<Object> {
    match json::read(&fs::read(path).ok()?).ok()?.value {
        Value::Object(authority) => Some(authority),
        _ => None,
    }
}
