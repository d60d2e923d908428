//! Where an agent's instructions and settings are, and what of them is in force in a session.

use super::agent::Agent;
use crate::{
    canon,
    digest::Digest,
    json::{self, Object, Value},
};

/// How much of a file is read. A longer one is known by its beginning.
pub const MAX_PLACE_BYTES: u64 = 1024 * 1024;

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
    /// The person's home.
    Home,
    /// The session's working folder.
    Project,
    /// The machine's root.
    Root,
}

const fn place(holds: Holds, base: Base, path: &'static str) -> Place {
    Place {
        holds,
        base,
        path,
        members: &[],
    }
}

const fn part(
    holds: Holds,
    base: Base,
    path: &'static str,
    members: &'static [&'static str],
) -> Place {
    Place {
        holds,
        base,
        path,
        members,
    }
}

/// What of Claude Code's settings decides which hooks run.
const CLAUDE_HOOKS: &[&str] = &["hooks", "disableAllHooks", "allowManagedHooksOnly"];
const GEMINI_HOOKS: &[&str] = &["hooks", "hooksConfig"];
const MCP_SERVERS: &[&str] = &["mcpServers"];

use Base::{Home, Project, Root};
use Holds::{Hooks, Instructions, McpServers, Settings};

impl Agent {
    /// Returns the files that say what this agent is to do, or may.
    pub const fn places(self) -> &'static [Place] {
        match self {
            Self::ClaudeCode => {
                const {
                    &[
                        place(Instructions, Home, ".claude/CLAUDE.md"),
                        place(Instructions, Project, "CLAUDE.md"),
                        place(Instructions, Project, ".claude/CLAUDE.md"),
                        place(Instructions, Project, "CLAUDE.local.md"),
                        part(
                            Hooks,
                            Root,
                            "etc/claude-code/managed-settings.json",
                            CLAUDE_HOOKS,
                        ),
                        part(Hooks, Home, ".claude/settings.json", CLAUDE_HOOKS),
                        part(Hooks, Project, ".claude/settings.json", CLAUDE_HOOKS),
                        part(Hooks, Project, ".claude/settings.local.json", CLAUDE_HOOKS),
                        part(McpServers, Project, ".mcp.json", MCP_SERVERS),
                        part(McpServers, Home, ".claude.json", MCP_SERVERS),
                    ]
                }
            }
            Self::Codex => {
                const {
                    &[
                        place(Instructions, Home, ".codex/AGENTS.md"),
                        place(Instructions, Project, "AGENTS.md"),
                        place(Hooks, Home, ".codex/hooks.json"),
                        place(Hooks, Project, ".codex/hooks.json"),
                        place(Settings, Home, ".codex/config.toml"),
                    ]
                }
            }
            Self::Copilot => {
                const {
                    &[
                        place(Instructions, Project, "AGENTS.md"),
                        place(Instructions, Project, ".github/copilot-instructions.md"),
                        place(Hooks, Root, "etc/github-copilot/policy.d/*.json"),
                        place(Hooks, Home, ".copilot/hooks/*.json"),
                        place(Hooks, Project, ".github/hooks/*.json"),
                        part(McpServers, Home, ".copilot/mcp-config.json", MCP_SERVERS),
                    ]
                }
            }
            Self::Cursor => {
                const {
                    &[
                        place(Instructions, Project, "AGENTS.md"),
                        place(Instructions, Project, ".cursorrules"),
                        place(Instructions, Project, ".cursor/rules/*.mdc"),
                        place(Hooks, Root, "etc/cursor/hooks.json"),
                        place(Hooks, Home, ".cursor/hooks.json"),
                        place(Hooks, Project, ".cursor/hooks.json"),
                        part(McpServers, Home, ".cursor/mcp.json", MCP_SERVERS),
                        part(McpServers, Project, ".cursor/mcp.json", MCP_SERVERS),
                    ]
                }
            }
            Self::Gemini => {
                const {
                    &[
                        place(Instructions, Home, ".gemini/GEMINI.md"),
                        place(Instructions, Project, "GEMINI.md"),
                        part(Hooks, Home, ".gemini/settings.json", GEMINI_HOOKS),
                        part(Hooks, Project, ".gemini/settings.json", GEMINI_HOOKS),
                        part(McpServers, Home, ".gemini/settings.json", MCP_SERVERS),
                        part(McpServers, Project, ".gemini/settings.json", MCP_SERVERS),
                    ]
                }
            }
            Self::OpenCode => {
                const {
                    &[
                        place(Instructions, Home, ".config/opencode/AGENTS.md"),
                        place(Instructions, Project, "AGENTS.md"),
                        place(Hooks, Home, ".config/opencode/plugins/*.js"),
                        place(Hooks, Project, ".opencode/plugins/*.js"),
                        part(McpServers, Home, ".config/opencode/opencode.json", &["mcp"]),
                        part(McpServers, Project, "opencode.json", &["mcp"]),
                    ]
                }
            }
        }
    }
}

impl Place {
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
        if self.holds == McpServers {
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
