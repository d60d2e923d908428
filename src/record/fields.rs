//! The words of the wire format that have a fixed list (FORMAT.md, "Record").

/// Declares an enum whose variants each have one spelling on the wire.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_meta])* $variant,)+ }

        impl $name {
            /// Every spelling, in the format's order.
            pub const WORDS: &[&str] = &[$($word),+];

            /// Returns the spelling on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Returns the variant spelled `word`, case and all.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// `action.type`: what kind of thing the agent did.
    ActionType {
        /// A call of a tool that is none of the others.
        ToolCall = "tool_call",
        /// Something said, by or to the agent.
        AgentMessage = "agent_message",
        /// Data was read.
        Read = "read",
        /// Data was written.
        Write = "write",
        /// Something beyond the machine was reached.
        Network = "network",
    }
}

words! {
    /// `action.category`: why a reviewer would care.
    Category {
        /// What an attacker could use.
        Security = "security",
        /// What could do harm.
        Safety = "safety",
        /// What keeps the work correct.
        Reliability = "reliability",
        /// What touches people's data.
        Privacy = "privacy",
    }
}

words! {
    /// `action.authorization.decision`: what the producer says was decided before the action.
    Decision {
        /// Let through.
        Allowed = "allowed",
        /// Refused.
        Denied = "denied",
        /// Let through by a person.
        HumanApproved = "human_approved",
    }
}

words! {
    /// `outcome.status`: how the action ended.
    OutcomeStatus {
        /// It did what it was asked.
        Ok = "ok",
        /// It failed.
        Error = "error",
        /// It was not let run.
        Denied = "denied",
    }
}

words! {
    /// `severity`, of a record or of a finding. Ordered from the least to the most severe.
    Severity {
        /// Nothing found.
        Info = "INFO",
        /// Worth a note.
        Low = "LOW",
        /// Personal or internal data.
        Medium = "MEDIUM",
        /// Sensitive data, or what is probably a secret.
        High = "HIGH",
        /// A secret.
        Critical = "CRITICAL",
    }
}

words! {
    /// `source.capture`: how near the recorder was to the action.
    Capture {
        /// Recorded where the action ran.
        Captured = "captured",
        /// Taken over from what another program said.
        Ingested = "ingested",
    }
}

words! {
    /// `verification.status`: what a gate reported.
    VerificationStatus {
        /// Let through.
        Allowed = "allowed",
        /// Stopped.
        Blocked = "blocked",
        /// Let through changed.
        Modified = "modified",
        /// Not judged.
        Unverified = "unverified",
    }
}
