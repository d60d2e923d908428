//! The text of one spooled record.
//!
//! ```text
//! {"schema":"sealstone.spool/1","at":"<time>","own_chain":<bool>,"durable":<bool>,"record":{…},"sha256":"<of the rest>"}
//! ```
//!
//! The digest is against damage, not against forgers: whoever can write a spool can write the log.

use crate::{
    canon,
    digest::Digest,
    json::{self, Object, Value},
    record::build::Prepared,
    time::Timestamp,
};

const SCHEMA: &str = "sealstone.spool/1";

/// A record that waits for the log's lock.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::store) struct Entry {
    /// The record, with its id.
    pub(in crate::store) prepared: Prepared,
    /// When it was set aside (RFC 3339).
    pub(in crate::store) at: String,
    /// Whether it may only go to the chain of its own subject.
    pub(in crate::store) own_chain: bool,
    /// Whether its writer was told that it outlives the machine.
    pub(in crate::store) is_durable: bool,
}

impl Entry {
    /// Returns the id of the record.
    pub(super) fn record_id(&self) -> &str {
        self.prepared.record_id().unwrap_or_default()
    }

    /// Returns the text, with a line feed.
    pub(super) fn text(&self) -> String {
        let mut object = Object::new();
        object.insert("schema", SCHEMA);
        object.insert("at", self.at.as_str());
        object.insert("own_chain", self.own_chain);
        object.insert("durable", self.is_durable);
        object.insert("record", self.prepared.unsealed().clone());
        if let Some(sha256) = digest(&object) {
            object.insert("sha256", sha256.to_string());
        }
        let mut text = String::new();
        json::write(&object.into(), &mut text);
        text.push('\n');
        text
    }

    /// Reads the text of a file with that name.
    ///
    /// # Errors
    /// Why it is not what was written there.
    pub(super) fn read(name: &str, text: &[u8]) -> Result<Self, String> {
        let document = json::read(text).map_err(|error| format!("not JSON: {error}"))?;
        let Value::Object(mut object) = document.value else {
            return Err("not an object".to_owned());
        };
        if !document.duplicates.is_empty() {
            return Err("a key stands twice in one object".to_owned());
        }
        if object.str("schema") != Some(SCHEMA) {
            return Err("not a record that was set aside by this version".to_owned());
        }
        let declared = object.remove("sha256");
        let declared = declared.as_ref().and_then(Value::as_str);
        let actual = digest(&object).map(|digest| digest.to_string());
        if declared.is_none() || declared != actual.as_deref() {
            return Err("not as it was written".to_owned());
        }
        let entry = Self::of(object).ok_or("a part of it is missing")?;
        let id = entry.record_id();
        if id.is_empty() || !name.ends_with(&format!("-{id}.json")) {
            return Err("not the record that its name says".to_owned());
        }
        Ok(entry)
    }

    fn of(mut object: Object) -> Option<Self> {
        let at = object.str("at")?.to_owned();
        Timestamp::parse(&at)?;
        let own_chain = object.get("own_chain") == Some(&Value::Bool(true));
        let is_durable = object.get("durable") != Some(&Value::Bool(false));
        let Some(Value::Object(record)) = object.remove("record") else {
            return None;
        };
        Some(Self {
            prepared: Prepared::from_unsealed(record),
            at,
            own_chain,
            is_durable,
        })
    }
}

fn digest(object: &Object) -> Option<Digest> {
    let bytes = canon::to_vec(&object.clone().into()).ok()?;
    Some(Digest::of(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{build::Summaries, draft::Draft};

    const NAME: &str = "0-0-r1.json";

    fn entry() -> Entry {
        let line = "{\"note\":\"gr\u{f6}\u{df}er\",\"n\":-0,\"input\":{\"x\":1.5}}";
        let draft = Draft::read(line.as_bytes(), &Object::new()).unwrap();
        let mut prepared = Prepared::new(draft, Summaries::Keep);
        prepared.identify("r1".to_owned());
        Entry {
            prepared,
            at: "2026-01-05T09:00:03.545680+00:00".to_owned(),
            own_chain: true,
            is_durable: false,
        }
    }

    #[test]
    fn what_was_set_aside_reads_back_as_it_was() {
        let entry = entry();
        assert_eq!(Entry::read(NAME, entry.text().as_bytes()), Ok(entry));
    }

    #[test]
    fn what_is_not_as_it_was_written_is_refused() {
        let text = entry().text();
        for cut in 0..text.len() - 2 {
            assert!(Entry::read(NAME, &text.as_bytes()[..cut]).is_err(), "{cut}");
        }
        for (from, to) in [
            ("\"note\":\"g", "\"note\":\"h"),
            ("\"own_chain\":true", "\"own_chain\":false"),
            ("\"durable\":false", "\"durable\":true"),
            ("\"at\":\"2026", "\"at\":\"2025"),
            ("spool/1", "spool/2"),
            ("\"at\":", "\"at\":\"x\",\"at\":"),
            (",\"sha256\":\"", ",\"sha512\":\""),
        ] {
            let altered = text.replacen(from, to, 1);
            assert_ne!(altered, text);
            assert!(Entry::read(NAME, altered.as_bytes()).is_err(), "{altered}");
        }
        assert!(Entry::read("0-0-r2.json", text.as_bytes()).is_err());
        for other in ["", "[]", "{}", "null", "\u{0}\u{0}"] {
            assert!(Entry::read(NAME, other.as_bytes()).is_err());
        }
    }
}
