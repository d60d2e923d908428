//! Authority snapshots: what was in force when an action was taken, written once while it stays the same
//! (FORMAT.md, "Authority").

use crate::{
    canon,
    digest::Digest,
    json::{Object, Value},
    redact,
};

/// What a snapshot is made of cannot say what the agent did with it.
const CAPTURE_LIMITS: &str = "files as the hook found them; `loaded` only where the agent said so";

/// Returns a snapshot of what is in force when a session starts.
pub fn snapshot(
    captured_at: String,
    workspace: Object,
    refs: Vec<Object>,
    omissions: Vec<Object>,
) -> Object {
    let list = |objects: Vec<Object>| objects.into_iter().map(Value::from).collect::<Vec<_>>();
    let mut snapshot = Object::new();
    snapshot.insert("snapshot_id", "");
    snapshot.insert("captured_at", captured_at);
    snapshot.insert("scope", "session");
    snapshot.insert("workspace", workspace);
    snapshot.insert("refs", list(refs));
    if !omissions.is_empty() {
        snapshot.insert("omissions", list(omissions));
    }
    snapshot.insert("capture_limits", vec![Value::from(CAPTURE_LIMITS)]);
    named(masked(snapshot))
}

/// Returns the snapshot with more references, each in place of an earlier one to the same thing. They must be
/// [`masked`].
pub fn with_references(mut snapshot: Object, more: &[Object]) -> Object {
    if more.is_empty() {
        return snapshot;
    }
    let mut refs = match snapshot.remove("refs") {
        Some(Value::Array(refs)) => refs,
        _ => Vec::new(),
    };
    for reference in more {
        let is_same = |other: &Value| {
            let other = other.as_object();
            other.is_some_and(|other| is_to_the_same(other, reference))
        };
        refs.retain(|other| !is_same(other));
        refs.push(reference.clone().into());
    }
    snapshot.insert("refs", refs);
    named(snapshot)
}

/// Whether two references are to the same thing, whatever it holds.
pub fn is_to_the_same(one: &Object, other: &Object) -> bool {
    ["kind", "uri"]
        .iter()
        .all(|key| one.get(key) == other.get(key))
}

/// Masks a snapshot, or a reference, as it will be sealed: its id has to be of that.
pub fn masked(part: Object) -> Object {
    let mut masked = Value::Object(part);
    redact::mask_authority(&mut masked);
    match masked {
        Value::Object(part) => part,
        _ => unreachable!("an object stays an object"),
    }
}

/// Gives a snapshot the id that its content has.
fn named(mut snapshot: Object) -> Object {
    if let Some(id) = content_id(&snapshot) {
        snapshot.insert("snapshot_id", id);
    }
    snapshot
}

/// Returns the id of a snapshot that is named by its content.
fn content_id(snapshot: &Object) -> Option<String> {
    let mut content = snapshot.clone();
    content.remove("snapshot_id");
    body(&content).map(|digest| digest.prefixed())
}

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

    /// Returns the snapshot of records that all only refer to it.
    pub(crate) fn referred_to(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            body: None,
        }
    }

    /// Returns its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether its whole body is known, and not only a reference to it.
    pub const fn is_whole(&self) -> bool {
        self.body.is_some()
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
            previous.id == next.id
                && match previous.body {
                    Some(_) => previous.body == next.body,
                    // Only references were read. An id that comes of the body stands for it.
                    None => content_id(object).is_some_and(|id| id == next.id),
                }
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

    #[test]
    fn a_reference_by_an_id_that_comes_of_the_body_is_built_upon() {
        let snapshot = named(value(r#"{"scope":"repo"}"#).as_object().unwrap().clone());
        let id = snapshot.str("snapshot_id").unwrap().to_owned();
        let referred_to = Snapshot::referred_to(&id);
        let mut same = Value::from(snapshot.clone());
        Snapshot::compact(Some(&referred_to), &mut same);
        let reference = format!(r#"{{"snapshot_id":"{id}","same_as_previous":true}}"#);
        assert_eq!(text(&same), reference);
        let mut altered = snapshot;
        altered.insert("scope", "other");
        let mut other = Value::from(altered.clone());
        Snapshot::compact(Some(&referred_to), &mut other);
        assert_eq!(other, altered.into());
    }
}
