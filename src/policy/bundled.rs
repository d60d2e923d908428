//! The policies that come with this program. They are places to begin, and say what they cannot assert.

/// A policy that comes with this program.
#[derive(Debug, Clone, Copy)]
pub struct Bundled {
    /// By which it is named.
    pub name: &'static str,
    /// Its file.
    pub text: &'static str,
}

/// Every bundled policy.
pub const ALL: &[Bundled] = &[
    Bundled {
        name: "aiuc-1-starter",
        text: include_str!("../../policies/aiuc-1-starter.json"),
    },
    Bundled {
        name: "owasp-starter",
        text: include_str!("../../policies/owasp-starter.json"),
    },
];

/// Returns the bundled policy of a name, which may end in `.json`.
pub fn find(name: &str) -> Option<&'static Bundled> {
    let name = name.strip_suffix(".json").unwrap_or(name);
    ALL.iter().find(|bundled| bundled.name == name)
}
