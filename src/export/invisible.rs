//! Ids with characters in them that nobody sees: two that look the same may be two.

use std::fmt::Write;

use super::columns::{PRINCIPAL, text};
use crate::{json::Object, redact::is_invisible};

/// A field that names somebody or something, and holds what nobody sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invisible {
    /// Where it stands in the record.
    pub field: String,
    /// The text with each such character spelled out.
    pub shown: String,
}

/// What names somebody or something, in the reference's order. For whom the agent acts comes behind.
const FIELDS: &[&[&str]] = &[
    &["agent", "id"],
    &["agent", "name"],
    &["action", "tool"],
    &["session_id"],
    &["subject", "id"],
    &["subject", "name"],
    &["action", "authorization", "approver"],
    &["action", "authorization", "scope"],
];

/// Returns such fields of a record.
pub(super) fn find(record: &Object) -> Vec<Invisible> {
    let found = |path: &[&str]| {
        let text = text(record, path)?;
        let hides = !text.is_ascii() && text.chars().any(is_invisible);
        hides.then(|| Invisible {
            field: path.join("."),
            shown: spelled_out(text),
        })
    };
    let principal = PRINCIPAL.iter().map(|key| ["principal", key]);
    let principal = principal.filter_map(|path| found(&path));
    let fields = FIELDS.iter().filter_map(|path| found(path));
    fields.chain(principal).collect()
}

fn spelled_out(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_invisible(c) {
            write!(shown, "⟨U+{:04X}⟩", c as u32).expect("a String takes everything");
        } else {
            shown.push(c);
        }
    }
    shown
}
