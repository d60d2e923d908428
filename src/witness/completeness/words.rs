//! What is wrong with a log, in words.

use super::{Completeness, Conflict, Standing};
use crate::{
    json::{self, Value},
    witness::Damage,
};

impl Completeness {
    /// Returns what is wrong in words, the first of which are stable; none if nothing is.
    pub fn why(&self) -> Option<String> {
        let conflict = match &self.standing {
            Standing::Complete { .. } => return None,
            Standing::Unwitnessed => return Some("no witnesses for this chain".to_owned()),
            Standing::Undecided { latest_count } => return Some(self.of_damage(*latest_count)),
            Standing::Incomplete(conflict) => conflict,
        };
        let mut why = match conflict {
            Conflict::Altered { .. } => {
                "record altered or dropped before witnessed point".to_owned()
            }
            Conflict::Broken { .. } => "chain integrity broken".to_owned(),
            Conflict::OutOfRange { .. } => "witnessed count out of range".to_owned(),
            Conflict::Root { found, expected } => {
                let (found, expected) = (quoted(found), quoted(&expected.as_str().into()));
                format!("the chain begins with {found}, not with the expected {expected}")
            }
            Conflict::Subject { found, expected } => subject(found, expected),
            Conflict::Truncated { .. } => "chain truncated below witnessed length".to_owned(),
        };
        if !self.chain_roots.is_empty() {
            why.push_str(&self.of_other_logs());
        }
        Some(why)
    }

    /// Says what is not known because the witness is damaged, and what is.
    fn of_damage(&self, latest_count: Option<u64>) -> String {
        let first = self.damage.first().map(Damage::to_string);
        let more = match self.damage.len() {
            0 | 1 => String::new(),
            count => format!(" (and {} more)", count - 1),
        };
        let rest = match latest_count {
            Some(count) => format!("what else it has of this chain fits, {count} records at most"),
            None => "what else it has is not of this chain".to_owned(),
        };
        format!(
            "the witness is damaged: {}{more}; {rest}",
            first.unwrap_or_default()
        )
    }

    /// Says that checkpoints are of another log, or of several.
    fn of_other_logs(&self) -> String {
        let roots: Vec<String> = self
            .chain_roots
            .iter()
            .map(|root| beginning(root))
            .collect();
        let own = match &self.root {
            Some(root) => format!("begins with {}", beginning(root)),
            None => "has no beginning".to_owned(),
        };
        let roots = roots.join(", ");
        match self.chain_roots.len() {
            1 => format!(
                "; the checkpoints are of a log that begins with {roots}, and this one {own}: \
                 it was begun anew, or two logs share a subject"
            ),
            count => format!(
                "; the checkpoints are of {count} logs, which begin with {roots}, and this one {own}: \
                 it was begun anew, or several logs share a subject"
            ),
        }
    }
}

/// Returns enough of a hash to tell it from others.
fn beginning(hash: &str) -> String {
    let mut beginning: String = hash.chars().take(12).collect();
    beginning.push('…');
    beginning
}

fn quoted(value: &Value) -> String {
    let mut text = String::new();
    json::write(value, &mut text);
    text
}

fn subject(found: &Value, expected: &str) -> String {
    let (expected, text) = (quoted(&expected.into()), quoted(found));
    let mut why = format!("chain subject id {text} differs from the expected {expected}");
    if text == expected {
        why.push_str(": not every record is of that subject");
    }
    why
}
