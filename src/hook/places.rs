//! Where an agent's instructions and settings are, and what of them is in force in a session.

use crate::{
    canon,
    digest::Digest,
    json::{self, Object, Value},
};

/// How much of a file is read. A longer one is known by its beginning.
pub const MAX_PLACE_BYTES: u64 = 16 * 1024 * 1024;

/// A file that says what an agent is to do, or may.
#[derive(Debug)]
pub struct Place {
    /// What it holds.
    pub holds: Holds,
    /// The folder that the path starts from.
    pub base: Base,
    /// The path. If it ends in `/*` and an ending, it stands for the files of a folder that have it.
    pub path: &'static str,
    /// The members of the file that count; none for the whole file.
    pub members: &'static [&'static str],
}

/// What a file holds, as the kind of its reference in an authority snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Which commands the agent calls on its events.
    Hooks,
    /// What the agent is told beside its prompts.
    Instructions,
    /// Servers that give it tools, each a reference of its own.
    McpServers,
    /// Settings in a form that is not looked into.
    Settings,
}

impl Holds {
    /// Returns the word in `kind`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hooks => "hooks",
            Self::Instructions => "instructions",
            Self::McpServers => "mcp_server",
            Self::Settings => "settings",
        }
    }
}

/// A folder that a path starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// The agent's folder of settings, of the person who runs it.
    Config,
    /// The person's home.
    Home,
    /// The session's working folder.
    Project,
    /// The machine's root.
    Root,
}

impl Place {
    pub(super) const fn new(holds: Holds, base: Base, path: &'static str) -> Self {
        Self {
            holds,
            base,
            path,
            members: &[],
        }
    }

    pub(super) const fn members(self, members: &'static [&'static str]) -> Self {
        Self { members, ..self }
    }

    /// Returns the references to what a file at this place holds (FORMAT.md, "Authority"): none if nothing in
    /// it counts. `bytes` are its first [`MAX_PLACE_BYTES`], and `is_cut` says that it has more.
    pub fn references(&self, uri: &str, bytes: &[u8], is_cut: bool) -> Vec<Object> {
        let whole = || vec![self.reference(uri, None, Digest::of(bytes), is_cut)];
        if self.members.is_empty() || is_cut {
            return whole();
        }
        let Ok(document) = json::read(bytes) else {
            return whole();
        };
        let Some(settings) = document.value.as_object() else {
            return whole();
        };
        if self.holds == Holds::McpServers {
            return self.servers(uri, settings);
        }
        let counts: Object = self
            .members
            .iter()
            .filter_map(|name| Some((*name, settings.get(name)?.clone())))
            .collect();
        if counts.is_empty() {
            return Vec::new();
        }
        vec![self.reference(uri, None, digest(&counts.into(), bytes), false)]
    }

    fn servers(&self, uri: &str, settings: &Object) -> Vec<Object> {
        let servers = self.members.iter().filter_map(|name| settings.object(name));
        servers
            .flat_map(Object::iter)
            .map(|(name, server)| {
                let mut text = String::new();
                json::write(server, &mut text);
                let digest = digest(server, text.as_bytes());
                self.reference(uri, Some(name.as_str()), digest, false)
            })
            .collect()
    }

    fn reference(&self, uri: &str, id: Option<&str>, digest: Digest, is_cut: bool) -> Object {
        let mut reference = Object::new();
        reference.insert("kind", self.holds.as_str());
        if let Some(id) = id {
            reference.insert("id", id);
        }
        reference.insert("uri", uri);
        reference.insert("hash", digest.prefixed());
        if is_cut {
            reference.insert("truncated", true);
        }
        reference
    }
}

/// Returns the digest of a value however it is written, or, where it has no canonical form, of the bytes.
fn digest(value: &Value, bytes: &[u8]) -> Digest {
    canon::to_vec(value).map_or_else(|_| Digest::of(bytes), |canonical| Digest::of(&canonical))
}
