//! What an agent's event says, whatever the agent calls it.

/// An event of an agent.
#[derive(Debug)]
pub struct EventKind {
    /// As the agent spells it.
    pub name: &'static str,
    /// How the agent spells it in its other dialect, if it has one.
    pub alias: Option<&'static str>,
    /// What it says.
    pub says: Says,
    /// Members of the event that are kept in `sealstone.fields` if they are short.
    pub keeps: &'static [&'static str],
    /// Whether `hook install` asks for it. Not asked for is what comes many times a second, changes what the
    /// agent does by being listened to, or repeats another event.
    pub is_installed: bool,
}

/// What an event says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// A tool is about to be called.
    Intent,
    /// A tool was called, and has answered.
    Outcome,
    /// A call failed.
    Failure,
    /// A call was refused.
    Denial,
    /// The agent asks whether a call may be made.
    Permission,
    /// These calls were made together.
    Batch,
    /// More of a call that has events of its own.
    Detail,
    /// Something was said. Its text is a member of the event.
    Message {
        /// The name in `action.tool`.
        tool: &'static str,
        /// The member that holds the text.
        text: &'static str,
    },
    /// Something else happened.
    Other {
        /// The name in `action.tool`.
        tool: &'static str,
    },
}

/// How a call's events belong together (FORMAT.md, "Extension").
impl Says {
    /// Returns the word in `sealstone.phase`.
    pub const fn phase(self) -> Option<&'static str> {
        match self {
            Self::Intent => Some("intent"),
            Self::Outcome | Self::Failure | Self::Denial => Some("outcome"),
            Self::Permission => Some("permission"),
            Self::Batch => Some("batch"),
            Self::Detail => Some("detail"),
            Self::Message { .. } | Self::Other { .. } => None,
        }
    }
}

impl EventKind {
    const fn new(name: &'static str, says: Says) -> Self {
        Self {
            name,
            alias: None,
            says,
            keeps: &[],
            is_installed: true,
        }
    }

    pub(super) const fn intent(name: &'static str) -> Self {
        Self::new(name, Says::Intent)
    }

    pub(super) const fn outcome(name: &'static str) -> Self {
        Self::new(name, Says::Outcome)
    }

    pub(super) const fn failure(name: &'static str) -> Self {
        Self::new(name, Says::Failure)
    }

    pub(super) const fn denial(name: &'static str) -> Self {
        Self::new(name, Says::Denial)
    }

    pub(super) const fn permission(name: &'static str) -> Self {
        Self::new(name, Says::Permission)
    }

    pub(super) const fn batch(name: &'static str) -> Self {
        Self::new(name, Says::Batch)
    }

    pub(super) const fn detail(name: &'static str) -> Self {
        Self::new(name, Says::Detail).not_installed()
    }

    pub(super) const fn message(
        name: &'static str,
        tool: &'static str,
        text: &'static str,
    ) -> Self {
        Self::new(name, Says::Message { tool, text })
    }

    pub(super) const fn other(name: &'static str, tool: &'static str) -> Self {
        Self::new(name, Says::Other { tool })
    }

    pub(super) const fn keeps(self, keeps: &'static [&'static str]) -> Self {
        Self { keeps, ..self }
    }

    pub(super) const fn alias(self, alias: &'static str) -> Self {
        Self {
            alias: Some(alias),
            ..self
        }
    }

    pub(super) const fn not_installed(self) -> Self {
        Self {
            is_installed: false,
            ..self
        }
    }
}
