//! How two records differ, field by field.

use std::collections::HashMap;

use serde::Serialize;

use super::excerpt::excerpts;
use crate::json::{self, Number, Object, Text, Value, push_pointer};

/// How many differing fields of one record are kept, and how many of its seal. The others are counted.
pub const MAX_CHANGES: usize = 100;

/// A field that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// JSON Pointer (RFC 6901) into the record; empty for the line as a whole. A long one is cut.
    pub pointer: String,
    /// The value in the first log as JSON, cut around where the two begin to differ; `None` if there is none.
    pub a: Option<String>,
    /// The same in the second log.
    pub b: Option<String>,
}

/// Fields that differ between two records.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Changes {
    /// What was recorded.
    pub content: List,
    /// The seal: what is in `integrity`.
    pub seal: List,
}

/// Some changes, and how many more there are.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct List {
    /// At most [`MAX_CHANGES`], in the order of the first record and then of the second.
    pub kept: Vec<Change>,
    /// How many more there are.
    pub left_out: u64,
}

impl List {
    /// Returns how many there are, those left out included.
    pub fn count(&self) -> u64 {
        self.kept.len() as u64 + self.left_out
    }
}

/// Returns how the records on two lines differ. At most `room` changes are kept in each list.
pub(super) fn changes(a: &[u8], b: &[u8], room: usize) -> Changes {
    let mut walk = Walk {
        changes: Changes::default(),
        room: room.min(MAX_CHANGES),
        pointer: String::new(),
        in_seal: false,
    };
    match (json::read(a), json::read(b)) {
        (Ok(a), Ok(b)) => walk.values(&a.value, &b.value),
        _ if a == b => {}
        // Not both are JSON, so the lines are compared as they are.
        _ => {
            let (a, b) = (String::from_utf8_lossy(a), String::from_utf8_lossy(b));
            walk.found(Some(&a), Some(&b));
        }
    }
    walk.changes
}

struct Walk {
    changes: Changes,
    room: usize,
    pointer: String,
    in_seal: bool,
}

impl Walk {
    fn values(&mut self, a: &Value, b: &Value) {
        match (a, b) {
            (Value::Object(a), Value::Object(b)) => self.objects(a, b),
            (Value::Array(a), Value::Array(b)) => self.arrays(a, b),
            _ if same_scalar(a, b) => {}
            _ => self.found_values(Some(a), Some(b)),
        }
    }

    fn objects(&mut self, a: &Object, b: &Object) {
        // By hash, so that an object of a million members takes a million steps.
        let mut rest: HashMap<&Text, &Value> = b.iter().collect();
        for (key, value) in a.iter() {
            let other = rest.remove(key);
            self.member(key, |walk| match other {
                Some(other) => walk.values(value, other),
                None => walk.found_values(Some(value), None),
            });
        }
        for (key, value) in b.iter() {
            if rest.contains_key(key) {
                self.member(key, |walk| walk.found_values(None, Some(value)));
            }
        }
    }

    fn arrays(&mut self, a: &[Value], b: &[Value]) {
        for index in 0..a.len().max(b.len()) {
            self.step(&index.to_string(), |walk| {
                match (a.get(index), b.get(index)) {
                    (Some(a), Some(b)) => walk.values(a, b),
                    (a, b) => walk.found_values(a, b),
                }
            });
        }
    }

    fn member(&mut self, key: &str, visit: impl FnOnce(&mut Self)) {
        let is_seal = self.pointer.is_empty() && key == "integrity";
        self.in_seal |= is_seal;
        self.step(key, visit);
        self.in_seal &= !is_seal;
    }

    fn step(&mut self, token: &str, visit: impl FnOnce(&mut Self)) {
        let length = self.pointer.len();
        push_pointer(&mut self.pointer, token);
        visit(self);
        self.pointer.truncate(length);
    }

    fn found_values(&mut self, a: Option<&Value>, b: Option<&Value>) {
        if self.list().kept.len() < self.room {
            let (a, b) = (a.map(shown), b.map(shown));
            self.found(a.as_deref(), b.as_deref());
        } else {
            self.list().left_out += 1;
        }
    }

    fn found(&mut self, a: Option<&str>, b: Option<&str>) {
        if self.list().kept.len() >= self.room {
            self.list().left_out += 1;
            return;
        }
        let (a, b) = excerpts(a, b);
        let pointer = super::excerpt::pointer(&self.pointer);
        self.list().kept.push(Change { pointer, a, b });
    }

    fn list(&mut self) -> &mut List {
        if self.in_seal {
            &mut self.changes.seal
        } else {
            &mut self.changes.content
        }
    }
}

/// Whether two values are the same as far as the format can tell; never for arrays and objects.
fn same_scalar(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(Number::Float(a)), Value::Number(Number::Float(b))) => {
            a.to_bits() == b.to_bits()
        }
        (Value::Array(_) | Value::Object(_), _) => false,
        _ => a == b,
    }
}

/// Returns a value as JSON that a person can read: with the letters it holds, not with their numbers.
fn shown(value: &Value) -> String {
    let mut ascii = String::new();
    json::write(value, &mut ascii);
    // Every escape but that of half a surrogate pair can be read back, so this loses nothing.
    let readable = serde_json::from_str::<serde_json::Value>(&ascii)
        .ok()
        .filter(|_| matches!(value, Value::String(_)))
        .map(|value| value.to_string());
    readable.unwrap_or(ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(a: &str, b: &str) -> Vec<(String, Option<String>, Option<String>)> {
        let changes = changes(a.as_bytes(), b.as_bytes(), MAX_CHANGES);
        let lists = [changes.content.kept, changes.seal.kept];
        let all = lists.into_iter().flatten();
        all.map(|change| (change.pointer, change.a, change.b))
            .collect()
    }

    fn change(pointer: &str, a: &str, b: &str) -> (String, Option<String>, Option<String>) {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        (pointer.to_owned(), some(a), some(b))
    }

    #[test]
    fn fields_are_named_by_pointer_with_both_values() {
        let a = r#"{"a":1,"b/c":{"d":["x",true]},"gone":null,"integrity":{"hash":"0"}}"#;
        let b = r#"{"integrity":{"hash":"1"},"b/c":{"d":["ü"]},"a":1,"new":{"k":2}}"#;
        assert_eq!(
            found(a, b),
            [
                change("/b~1c/d/0", "\"x\"", "\"ü\""),
                change("/b~1c/d/1", "true", ""),
                change("/gone", "null", ""),
                change("/new", "", "{\"k\":2}"),
                change("/integrity/hash", "\"0\"", "\"1\""),
            ]
        );
    }

    #[test]
    fn the_order_of_members_and_the_spelling_are_no_difference() {
        assert_eq!(
            found(r#"{"a":"\u00e9","b":[]}"#, r#"{ "b" : [], "a":"é" }"#),
            []
        );
        assert_eq!(found("{\"a\":NaN}", "{\"a\":NaN}"), []);
        assert_eq!(
            found(r#"{"a":"\ud800"}"#, r#"{"a":"\ufffd"}"#),
            [change("/a", "\"\\ud800\"", "\"\u{fffd}\"")]
        );
    }

    #[test]
    fn only_the_outer_integrity_is_the_seal() {
        let nested = changes(
            br#"{"x":{"integrity":1}}"#,
            br#"{"x":{"integrity":2}}"#,
            MAX_CHANGES,
        );
        assert_eq!((nested.content.count(), nested.seal.count()), (1, 0));
        let outer = changes(br#"{"integrity":1}"#, br#"{"integrity":2}"#, MAX_CHANGES);
        assert_eq!((outer.content.count(), outer.seal.count()), (0, 1));
    }

    #[test]
    fn what_is_not_json_is_compared_as_a_line() {
        assert_eq!(
            found("{\"a\":1}", "{\"a\":"),
            [change("", "{\"a\":1}", "{\"a\":")]
        );
        assert_eq!(found("{\"a\":", "{\"a\":"), []);
        assert_eq!(found("[1]", "[1]"), []);
    }

    #[test]
    fn many_changes_are_counted_and_bounded() {
        let members = |value| -> String {
            let members: Vec<String> = (0..5000).map(|n| format!("\"{n}\":{value}")).collect();
            format!("{{{}}}", members.join(","))
        };
        let changes = changes(members(1).as_bytes(), members(2).as_bytes(), usize::MAX);
        assert_eq!(changes.content.kept.len(), MAX_CHANGES);
        assert_eq!(changes.content.count(), 5000);
    }
}
