//! `sealstone hook`

mod change;
mod doctor;
mod event;
mod file;
mod input;
mod install;
mod logs;
mod place;
mod route;
mod session;
mod setup;
mod status;
mod uninstall;

use std::path::PathBuf;

use clap::ValueEnum;
use sealstone::hook::{Agent, Messages};

pub(super) use self::event::refused;
use super::{exit::Exit, out::Out, target::SyncWhen};

/// Append a coding agent's event to a log
///
/// Reads one event as JSON from standard input and appends one record: what a tool is asked before it is
/// called, what became of it, prompts, sub-agents, and what else the agent tells its hooks. Arguments and
/// answers are kept as hashes and masked summaries, prompts and messages as hashes and lengths.
///
/// It never ends with status 2, which agents take for "block this call", and prints only what the agent must
/// be told so that the event changes nothing. A record that was lost is reported in one line on standard
/// error.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    after_long_help = "\
Example:
  echo '{\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"ls\"}}' | sealstone hook

The log, the subject and the rest come from environment variables, so that one hook configuration
serves every project: see ENVIRONMENT in the man page. The default log is ~/.halo/audit.jsonl.

Statuses: 0 always, but 1 when a record was lost and SEALSTONE_STRICT_RECORDING is set"
)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Subcommand>,

    /// The agent whose event it is, where the event should not decide
    #[arg(long, value_name = "NAME")]
    agent: Option<AgentName>,

    /// The event's name, where the event does not say it
    #[arg(long, value_name = "NAME")]
    event: Option<String>,

    /// The log to append to, in place of the one that the environment names
    #[arg(short = 'o', long, value_name = "LOG")]
    log: Option<PathBuf>,

    /// What is kept of prompts and messages: hash and length, or a masked summary as well
    #[arg(long, value_name = "WHAT")]
    messages: Option<KeptMessages>,

    /// When the record is on the disk: `always` and `batch` before the hook ends, `never` when the system
    /// gets to it
    #[arg(long, value_name = "WHEN")]
    sync: Option<SyncWhen>,

    /// How many milliseconds to wait for a log that another process holds locked, before the record is set
    /// aside for the next writer
    #[arg(long, value_name = "MS")]
    lock_wait: Option<u64>,
}

/// What is done to the settings that make an agent run the hook.
#[derive(Debug, clap::Subcommand)]
enum Subcommand {
    Install(install::Args),
    Uninstall(uninstall::Args),
    Status(status::Args),
    Doctor(doctor::Args),
}

pub(super) fn run(out: &mut Out, args: &Args) -> anyhow::Result<Exit> {
    match &args.command {
        None => Ok(event::run(out, args)),
        Some(Subcommand::Install(args)) => install::run(out, args),
        Some(Subcommand::Uninstall(args)) => uninstall::run(out, args),
        Some(Subcommand::Status(args)) => status::run(out, args),
        Some(Subcommand::Doctor(args)) => doctor::run(out, args),
    }
}

/// An agent, as people name it.
#[derive(Debug, Clone, Copy)]
pub(super) struct AgentName(pub(super) Agent);

impl ValueEnum for AgentName {
    fn value_variants<'a>() -> &'a [Self] {
        const {
            &[
                Self(Agent::ClaudeCode),
                Self(Agent::Codex),
                Self(Agent::Copilot),
                Self(Agent::Cursor),
                Self(Agent::Gemini),
                Self(Agent::OpenCode),
            ]
        }
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        let value = clap::builder::PossibleValue::new(self.0.as_str());
        Some(match self.0 {
            Agent::ClaudeCode => value.alias("claude"),
            Agent::Codex => value.alias("codex-cli"),
            Agent::Copilot => value.alias("copilot"),
            Agent::Gemini => value.alias("gemini"),
            Agent::Cursor | Agent::OpenCode => value,
        })
    }
}

/// What is kept of prompts and messages.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum KeptMessages {
    Hash,
    Summary,
}

impl From<KeptMessages> for Messages {
    fn from(kept: KeptMessages) -> Self {
        match kept {
            KeptMessages::Hash => Self::Hash,
            KeptMessages::Summary => Self::Summary,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Subcommand as _;
    use sealstone::settings::HOOK_SUBCOMMANDS;

    use super::*;

    #[test]
    fn what_is_no_event_is_known_as_such() {
        let command = Subcommand::augment_subcommands(clap::Command::new("hook"));
        let names: Vec<_> = command
            .get_subcommands()
            .map(clap::Command::get_name)
            .collect();
        assert_eq!(names, HOOK_SUBCOMMANDS);
    }

    #[test]
    fn agents_have_the_same_names_wherever_they_are_named() {
        let variants = AgentName::value_variants().iter().map(|name| name.0);
        assert_eq!(variants.collect::<Vec<_>>(), Agent::ALL);
        for agent in Agent::ALL {
            let value = AgentName(*agent).to_possible_value().unwrap();
            for name in value.get_name_and_aliases() {
                assert_eq!(Agent::parse(name), Some(*agent), "{name}");
            }
            let stem = agent
                .as_str()
                .trim_end_matches("-cli")
                .trim_end_matches("-code");
            for name in ["", "-cli", "-code"].map(|end| format!("{stem}{end}")) {
                let is_taken = AgentName::from_str(&name, false).is_ok();
                assert_eq!(Agent::parse(&name).is_some(), is_taken, "{name}");
            }
        }
    }
}
