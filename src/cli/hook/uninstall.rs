//! `sealstone hook uninstall`

use anyhow::Context;

use super::{
    super::{
        exit::Exit,
        out::{Out, Tone},
    },
    AgentName, change,
    place::{LevelArgs, Place},
};

/// Take the hook out of an agent's settings
///
/// Removes the entries that run `sealstone hook`, whoever wrote them, and nothing else. A file that is, to the
/// byte, what `install` makes is removed, and so is the plugin for OpenCode; any other stays, with `{}` if
/// nothing else is in it. Folders stay.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Example:
  sealstone hook uninstall --agent claude-code --project

Statuses: 0 no hook is installed there any more; 2 it could not be carried out")]
pub(super) struct Args {
    /// The agent
    #[arg(long, value_name = "NAME")]
    agent: AgentName,

    #[command(flatten)]
    level: LevelArgs,

    /// Another path or name under which the program was installed
    #[arg(long, value_name = "PATH")]
    binary: Option<String>,

    /// Print what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(out: &mut Out, args: &Args) -> anyhow::Result<Exit> {
    let place = Place::of(args.agent.0, args.level.level())?;
    let file = change::read(&place)?;
    let path = place.path.display();
    let own = change::own_name().ok();
    let binary = args.binary.as_deref().or(own.as_deref());
    let before = file.text.as_deref();
    let after = change::without(&place, &file, binary)
        .with_context(|| format!("`{path}` is left as it is"))?;
    if before == after.as_deref() {
        out.line(Tone::Good, format!("{path}: no hook is installed"));
        return Ok(Exit::Done);
    }
    if args.dry_run {
        let before = before.unwrap_or_default();
        change::print_difference(out, &place.path, before, after.as_deref());
        return Ok(Exit::Done);
    }
    let done = if let Some(text) = after {
        file.replace(&place, &text)?;
        "the hook is removed"
    } else {
        file.remove(&place)?;
        "removed: nothing but the hook was in it"
    };
    out.line(Tone::Good, format!("{path}: {done}"));
    Ok(Exit::Done)
}
