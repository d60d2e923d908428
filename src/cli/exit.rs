//! The statuses a run can end with, and what they mean.

use std::process::ExitCode;

/// How a run ended. Every subcommand uses these numbers with these meanings, which are the reference's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// What was asked for was done, or holds.
    Done,
    /// It was checked and does not hold, or a part of it was refused.
    Refuted,
    /// It could not be carried out.
    Unable,
    /// There was nothing to attest.
    Nothing,
    /// The status of a command that was run.
    Child(u8),
    /// A command that was run was killed by this signal; so is this process.
    ChildKilled(i32),
}

/// Status, and meaning for the man page.
pub(super) const MEANINGS: &[(u8, &str)] = &[
    (0, "Done: what was asked for was done, or holds."),
    (
        1,
        "Refuted: it was checked and does not hold, a log could not be read, or a draft was refused.",
    ),
    (
        2,
        "Unable: wrong arguments, or it could not be carried out.",
    ),
    (3, "Nothing: there was no record to attest."),
];

impl Exit {
    /// Returns the worse of two, for runs over several logs.
    pub(super) fn worst(self, other: Self) -> Self {
        if other.rank() > self.rank() {
            other
        } else {
            self
        }
    }

    /// Ends the process the way this says.
    pub(super) fn code(self) -> ExitCode {
        match self {
            Self::Done => 0.into(),
            Self::Refuted => 1.into(),
            Self::Unable => 2.into(),
            Self::Nothing => 3.into(),
            Self::Child(status) => status.into(),
            Self::ChildKilled(signal) => {
                // Returns only for a signal whose default is not to end a process, or if it is blocked.
                drop(signal_hook::low_level::emulate_default_handler(signal));
                u8::try_from(signal)
                    .map_or(1, |signal| signal.saturating_add(128))
                    .into()
            }
        }
    }

    const fn rank(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Nothing => 1,
            Self::Refuted => 2,
            Self::Unable => 3,
            Self::Child(_) | Self::ChildKilled(_) => 4,
        }
    }
}
