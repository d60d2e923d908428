//! Every environment variable that is read, with its documentation.

use std::ffi::OsString;

/// A variable: our name, and the reference's, which is read if ours is not set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Variable {
    pub(super) name: &'static str,
    pub(super) reference_name: Option<&'static str>,
    pub(super) help: &'static str,
}

macro_rules! variables {
    ($(#[$about:meta])* $all:ident: $($constant:ident: $name:literal, $reference:expr, $help:literal;)+) => {
        $(pub(super) const $constant: Variable = Variable {
            name: $name,
            reference_name: $reference,
            help: $help,
        };)+

        $(#[$about])*
        pub(super) const $all: &[Variable] = &[$($constant),+];
    };
}

variables! {
    /// All of ours, for the man page.
    ALL:
    AGENT_MODEL: "SEALSTONE_AGENT_MODEL", Some("HALO_AGENT_MODEL"),
        "The agent's model, where the event does not name one.";
    AGENT_VERSION: "SEALSTONE_AGENT_VERSION", Some("HALO_AGENT_VERSION"),
        "The agent's version, where the event does not name one.";
    AUTHORITY_FILE: "SEALSTONE_AUTHORITY_FILE", Some("HALO_AUTHORITY_FILE"),
        "A JSON file with the authority snapshot that is in force; `hook` puts it on each record.";
    DIR: "SEALSTONE_DIR", Some("HALO_DIR"),
        "A folder in which `hook` keeps one log a subject. Takes precedence over a log that is named the same way.";
    HASH_ONLY: "SEALSTONE_HASH_ONLY", Some("HALO_HASH_ONLY"),
        "1, true or yes: `hook` keeps hashes and no summaries.";
    HOOK_AGENT: "SEALSTONE_HOOK_AGENT", Some("HALO_HOOK_AGENT"),
        "The agent that calls `hook`, where its events should not decide: claude-code, codex, copilot-cli, cursor, gemini-cli or opencode.";
    LOCK_WAIT_MS: "SEALSTONE_LOCK_WAIT_MS", None,
        "How many milliseconds `hook` waits for a log that another process holds locked, before it sets the record \
         aside for the next writer. The default is 500.";
    LOG: "SEALSTONE_LOG", Some("HALO_LOG"),
        "The log that `hook` appends to. The default is ~/.halo/audit.jsonl.";
    MESSAGES: "SEALSTONE_MESSAGES", None,
        "hash or summary: what `hook` keeps of prompts and messages.";
    STRICT_RECORDING: "SEALSTONE_STRICT_RECORDING", Some("HALO_STRICT_RECORDING"),
        "1, true or yes: `hook` ends with status 1 when a record was lost.";
    SUBJECT: "SEALSTONE_SUBJECT", Some("HALO_SUBJECT"),
        "The id of the customer that the agent works for, where the event does not name one.";
    SYNC: "SEALSTONE_SYNC", None,
        "always, batch or never: when records are on the disk, for `hook` and `record`.";
    WITNESS_KEY: "SEALSTONE_WITNESS_KEY", None,
        "The key by which the witness of `anchor --remote` knows who tells it something, where no option names one.";
}

variables! {
    /// Those of the agents that say where their settings are.
    OF_AGENTS:
    CLAUDE_CONFIG_DIR: "CLAUDE_CONFIG_DIR", None,
        "Claude Code's: the folder of its settings, in place of ~/.claude.";
    CODEX_HOME: "CODEX_HOME", None,
        "Codex CLI's: the folder of its settings, in place of ~/.codex.";
    XDG_CONFIG_HOME: "XDG_CONFIG_HOME", None,
        "The folder that OpenCode's settings are in, in place of ~/.config.";
}

variables! {
    /// Those that an agent sets for its hooks.
    OF_EVENTS:
    CURSOR_VERSION: "CURSOR_VERSION", None,
        "Cursor's: if it is set and an event cannot be read, Cursor is answered.";
}

variables! {
    /// Those that programs share which ask others over the network.
    OF_NETWORK:
    HTTPS_PROXY: "HTTPS_PROXY", None,
        "The proxy through which a witness on another machine is asked; ALL_PROXY and NO_PROXY count as well.";
    SSL_CERT_FILE: "SSL_CERT_FILE", None,
        "A file with the certificates that a witness's is held against, in place of the system's.";
}

variables! {
    /// Those of the reference's witness, which are ours too: a key has one name.
    OF_WITNESS:
    WITNESS_KEYS: "HALO_WITNESS_KEYS", None,
        "The keys of those who may add to a witness, with commas between them: KEY, or KEY=PATTERN|PATTERN for the \
         subjects that it is for. Of several, each must name them. The default is the key in the witness's folder.";
    WITNESS_READ_KEYS: "HALO_WITNESS_READ_KEYS", None,
        "The keys of those who may ask a witness by subject, each with patterns. Everybody may, if there are none.";
}

impl Variable {
    /// Returns the value, if it is set and not empty.
    pub(super) fn get(self) -> Option<OsString> {
        self.own().or_else(|| self.reference())
    }

    /// Returns the value that is set under our name.
    pub(super) fn own(self) -> Option<OsString> {
        read(self.name)
    }

    /// Returns the value that is set under the reference's name.
    pub(super) fn reference(self) -> Option<OsString> {
        read(self.reference_name?)
    }

    /// Returns the value as text, with U+FFFD for what is not UTF-8.
    pub(super) fn text(self) -> Option<String> {
        Some(self.get()?.to_string_lossy().into_owned())
    }

    /// Whether the variable says yes.
    pub(super) fn is_yes(self) -> bool {
        self.text().is_some_and(|text| {
            matches!(
                text.trim().to_ascii_lowercase().as_str(),
                "1" | "true" | "yes"
            )
        })
    }
}

/// Returns a variable that belongs to the system, not to us.
pub(super) fn read(name: &str) -> Option<OsString> {
    #[expect(clippy::disallowed_methods, reason = "this is the place for it")]
    std::env::var_os(name).filter(|value| !value.is_empty())
}
