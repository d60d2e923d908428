//! Where each agent looks for hooks.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::ArgGroup;
use sealstone::hook::Agent;

use super::super::env;

/// For whom a hook is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// For this user, in every project.
    User,
    /// For everybody who works in the project.
    Project,
    /// For this user, in the project.
    Local,
}

impl Level {
    const ALL: &[Self] = &[Self::User, Self::Project, Self::Local];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Project => "project",
            Self::Local => "local",
        }
    }

    /// The mode of a file that is made.
    pub(super) const fn mode(self) -> u32 {
        match self {
            Self::User | Self::Local => 0o600,
            Self::Project => 0o644,
        }
    }
}

/// The level that is meant.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("level").multiple(false))]
pub(super) struct LevelArgs {
    /// For you, in every project (the default)
    #[arg(long, group = "level")]
    user: bool,

    /// For everybody in the project that the working folder is
    #[arg(long, group = "level")]
    project: bool,

    /// For you, in the project that the working folder is; Claude Code only
    #[arg(long, group = "level")]
    local: bool,
}

impl LevelArgs {
    pub(super) const fn level(&self) -> Level {
        if self.local {
            Level::Local
        } else if self.project {
            Level::Project
        } else {
            Level::User
        }
    }

    /// How the level is asked for again.
    pub(super) const fn flag(level: Level) -> &'static str {
        match level {
            Level::User => "",
            Level::Project => " --project",
            Level::Local => " --local",
        }
    }
}

/// A file in which an agent looks for hooks.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) agent: Agent,
    pub(super) level: Level,
    pub(super) path: PathBuf,
    /// The home folder, the project or what stands in for one.
    pub(super) base: PathBuf,
}

impl Place {
    /// Returns the file of an agent on a level.
    pub(super) fn of(agent: Agent, level: Level) -> anyhow::Result<Self> {
        let (base, below) = match level {
            Level::User => user_folder(agent)?,
            Level::Project | Level::Local => {
                let base = std::env::current_dir().context("there is no working folder")?;
                (base, project_folder(agent).into())
            }
        };
        let path = base.join(below).join(file(agent, level)?);
        Ok(Self {
            agent,
            level,
            path,
            base,
        })
    }

    /// Returns the files of an agent on every level that it has. In the home folder two levels may have one
    /// file; then it is the user's.
    pub(super) fn all(agent: Agent) -> anyhow::Result<Vec<Self>> {
        let mut places: Vec<Self> = Vec::new();
        for level in Level::ALL {
            if *level == Level::Local && agent != Agent::ClaudeCode {
                continue;
            }
            let place = Self::of(agent, *level)?;
            if places.iter().all(|other| other.path != place.path) {
                places.push(place);
            }
        }
        Ok(places)
    }

    /// Returns a file beside it, in the folder of the agent.
    pub(super) fn beside(&self, name: &str) -> PathBuf {
        self.path.with_file_name(name)
    }

    /// The command line that installs it.
    pub(super) fn remedy(&self) -> String {
        let (agent, flag) = (self.agent.as_str(), LevelArgs::flag(self.level));
        format!("`sealstone hook install --agent {agent}{flag}`")
    }
}

/// Returns the folder of an agent in the home folder, as a folder that stays and what is below it.
pub(super) fn user_folder(agent: Agent) -> anyhow::Result<(PathBuf, PathBuf)> {
    let own = |variable: env::Variable| variable.own().map(PathBuf::from);
    let moved = match agent {
        Agent::ClaudeCode => own(env::CLAUDE_CONFIG_DIR).map(|path| (path, "")),
        Agent::Codex => own(env::CODEX_HOME).map(|path| (path, "")),
        Agent::OpenCode => own(env::XDG_CONFIG_HOME).map(|path| (path, "opencode")),
        Agent::Copilot | Agent::Cursor | Agent::Gemini => None,
    };
    if let Some((base, below)) = moved {
        return Ok((std::path::absolute(base)?, below.into()));
    }
    let home = env::read("HOME").context("HOME is not set, so no user has settings")?;
    let below = match agent {
        Agent::Copilot => ".copilot",
        Agent::OpenCode => ".config/opencode",
        _ => project_folder(agent),
    };
    Ok((home.into(), below.into()))
}

/// Returns the folder of an agent in a project.
const fn project_folder(agent: Agent) -> &'static str {
    match agent {
        Agent::ClaudeCode => ".claude",
        Agent::Codex => ".codex",
        Agent::Copilot => ".github",
        Agent::Cursor => ".cursor",
        Agent::Gemini => ".gemini",
        Agent::OpenCode => ".opencode",
    }
}

fn file(agent: Agent, level: Level) -> anyhow::Result<&'static Path> {
    Ok(Path::new(match (agent, level) {
        (Agent::ClaudeCode, Level::Local) => "settings.local.json",
        (_, Level::Local) => anyhow::bail!("{} has no settings of that kind", agent.title()),
        (Agent::ClaudeCode | Agent::Gemini, _) => "settings.json",
        (Agent::Codex | Agent::Cursor, _) => "hooks.json",
        (Agent::Copilot, _) => "hooks/sealstone.json",
        (Agent::OpenCode, _) => "plugins/sealstone.js",
    }))
}
