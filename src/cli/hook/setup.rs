//! What the command line and the environment say beside an event.

use std::{ffi::OsStr, fs};

use anyhow::{Context, bail, ensure};
use clap::ValueEnum;
use sealstone::{
    hook::{Messages, Setup},
    json::{self, Object, Value},
};

use super::{
    super::{env, out::Out, path::expand},
    Args, KeptMessages,
};

/// Returns what is known beside the event. What cannot be used of it is said, and done without.
pub(super) fn setup(out: &mut Out, args: &Args) -> Setup {
    Setup {
        agent_model: env::AGENT_MODEL.text(),
        agent_version: env::AGENT_VERSION.text(),
        authority: env::AUTHORITY_FILE.get().and_then(|path| {
            authority(&path)
                .inspect_err(|error| out.warning(format!("no authority is recorded: {error:#}")))
                .ok()
        }),
        is_agents_own: args.agent.is_some(),
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
