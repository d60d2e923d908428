//! Authority snapshots: what was in force when an action was taken, written once while it stays the same
//! (FORMAT.md, "Authority").

use crate::{
    canon,
    digest::Digest,
    json::{Object, Value},
};

/// The snapshot that the last record of a chain carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    id: String,
    /// Digest of the whole body; unknown if only a reference to it was read.
    body: Option<Digest>,
}

impl Snapshot {
    /// Returns the snapshot a sealed record carries, if it has one with an id.
    pub fn of(record: &Object) -> Option<Self> {
        let authority = record.get("authority")?;
        let object = authority.as_object()?;
        let id = object.str("snapshot_id").filter(|id| !id.is_empty())?;
        let whole = object.get("same_as_previous") != Some(&Value::Bool(true));
        Some(Self {
            id: id.to_owned(),
            body: if whole { body(object) } else { None },
        })
    }

    /// Replaces `authority` by a reference if the record before carries the same snapshot, and returns what
    /// the record then carries: the whole body, written or referred to.
    ///
    /// A snapshot whose body cannot be compared, or has changed under the same id, is kept whole.
    pub fn compact(previous: Option<&Self>, authority: &mut Value) -> Option<Self> {
        let object = authority.as_object()?;
        let id = object.str("snapshot_id").filter(|id| !id.is_empty())?;
        let next = Self {
            id: id.to_owned(),
            body: body(object),
        };
        let same = previous.is_some_and(|previous| {
            previous.id == next.id && previous.body.is_some() && previous.body == next.body
        });
        if same {
            let mut reference = Object::new();
            reference.insert("snapshot_id", next.id.as_str());
            reference.insert("same_as_previous", true);
            *authority = reference.into();
        }
        Some(next)
    }
}

fn body(authority: &Object) -> Option<Digest> {
    let mut body = authority.clone();
    body.remove("same_as_previous");
    canon::to_vec(&body.into())
        .ok()
        .map(|bytes| Digest::of(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{read, write};

    fn value(text: &str) -> Value {
        read(text.as_bytes()).unwrap().value
    }

    fn text(value: &Value) -> String {
        let mut text = String::new();
        write(value, &mut text);
        text
    }

    #[test]
    fn a_snapshot_is_written_once_while_it_stays_the_same() {
        let body = r#"{"snapshot_id":"a","scope":"repo"}"#;
        let mut first = value(body);
        let state = Snapshot::compact(None, &mut first);
        assert_eq!(text(&first), body);
        let mut second = value(body);
        let state = Snapshot::compact(state.as_ref(), &mut second);
        assert_eq!(
            text(&second),
            r#"{"snapshot_id":"a","same_as_previous":true}"#
        );
        let mut changed = value(r#"{"snapshot_id":"a","scope":"other"}"#);
        Snapshot::compact(state.as_ref(), &mut changed);
        assert_eq!(text(&changed), r#"{"snapshot_id":"a","scope":"other"}"#);
    }

    #[test]
    fn a_reference_that_was_only_read_is_not_built_upon() {
        let record = value(r#"{"authority":{"snapshot_id":"a","same_as_previous":true}}"#);
        let state = Snapshot::of(record.as_object().unwrap());
        let body = r#"{"snapshot_id":"a","scope":"repo"}"#;
        let mut next = value(body);
        Snapshot::compact(state.as_ref(), &mut next);
        assert_eq!(text(&next), body);
    }
}
