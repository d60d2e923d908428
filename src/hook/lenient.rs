//! Makes a draft of what an agent said, keeping all of it that can be sealed.
//!
//! An agent's event is recorded even where it is not what the format wants: a record without a malformed
//! field says more than no record. What is dropped or changed is noted.

use crate::{
    json::{self, Number, Object, Text, Value},
    record::{
        check::{Problem, Rule},
        draft::{Draft, DraftError},
        fields::Severity,
    },
};

/// How often a draft is mended value by value. After that, the fields that still have problems are dropped.
const MAX_ROUNDS: usize = 8;

/// How many notes are kept, so that one event cannot flood a terminal.
const MAX_NOTES: usize = 5;

/// Returns a draft of `fields`, and what was dropped or changed to get it.
pub(super) fn draft(
    fields: Object,
    input: Option<Value>,
    output: Option<Value>,
) -> Result<(Draft, Vec<String>), DraftError> {
    let mut fields = plain(fields.into());
    let mut notes = Notes::default();
    for round in 0.. {
        let Value::Object(object) = &fields else {
            unreachable!("an object stays an object");
        };
        match Draft::new(object.clone(), None, None) {
            Ok(draft) => return Ok((draft.with(input, output), notes.finish())),
            Err(DraftError::Problems(problems)) if round < MAX_ROUNDS => {
                mend(&mut fields, &problems, &mut notes);
            }
            Err(DraftError::Problems(problems)) => {
                for problem in &problems {
                    drop_field(&mut fields, &problem.pointer, &mut notes)?;
                }
            }
            Err(DraftError::TooDeep { field }) => {
                drop_field(&mut fields, &format!("/{field}"), &mut notes)?;
            }
            Err(DraftError::Refused { pointer, .. }) => {
                let path: Vec<String> = pointer.split('/').skip(1).map(str::to_owned).collect();
                notes.add(format!("`{pointer}` was dropped: a draft must not have it"));
                remove(&mut fields, &path);
            }
            Err(error) => return Err(error),
        }
    }
    unreachable!("each round removes something, and there is only so much")
}

/// Drops the top-level field in which a pointer lies.
fn drop_field(fields: &mut Value, pointer: &str, notes: &mut Notes) -> Result<(), DraftError> {
    let name = pointer.split('/').nth(1).unwrap_or_default().to_owned();
    // These are the event's own: without them the record would be of nothing, and nobody's.
    if name == "action" || name == "subject" {
        return Err(DraftError::TooDeep { field: name });
    }
    if find(fields, std::slice::from_ref(&name)).is_some() {
        notes.add(format!(
            "`/{name}` was dropped: it is not what the format wants"
        ));
        remove(fields, &[name]);
    }
    Ok(())
}

/// What was dropped or changed.
#[derive(Debug, Default)]
struct Notes {
    kept: Vec<String>,
    more: usize,
}

impl Notes {
    fn add(&mut self, note: String) {
        if self.kept.len() < MAX_NOTES {
            self.kept.push(note);
        } else {
            self.more += 1;
        }
    }

    fn finish(mut self) -> Vec<String> {
        if self.more > 0 {
            self.kept.push(format!("and {} more", self.more));
        }
        self.kept
    }
}

/// Returns the subject block for what an event says of the subject.
pub(super) fn with_id(subject: Value) -> Value {
    match subject {
        Value::String(id) => {
            let mut block = Object::new();
            block.insert("id", Value::String(id));
            block.into()
        }
        other => other,
    }
}

/// Brings a field into the shape of a record where there is only one way to do so; `None` if nothing of it
/// is left.
pub(super) fn field(key: &str, value: Value) -> Option<Value> {
    let field = match (key, value) {
        ("principal", Value::Object(principal)) => {
            let known = ["human_id", "creator_id", "service_account", "role_scope"];
            let kept: Object = principal
                .into_iter()
                .filter(|(key, value)| known.contains(&key.as_str()) && !value.is_empty_like())
                .collect();
            kept.into()
        }
        ("threats", Value::Array(threats)) => {
            threats.into_iter().map(threat).collect::<Vec<_>>().into()
        }
        ("threats", single) => vec![threat(single)].into(),
        ("data", Value::Object(mut data)) => {
            if let Some(Value::Bool(yes)) = data.get("cross_region") {
                let number = i64::from(*yes);
                data.insert("cross_region", number);
            }
            data.into()
        }
        (_, other) => other,
    };
    Some(field).filter(|field| !field.is_empty_like())
}

fn threat(value: Value) -> Value {
    match value {
        Value::String(kind) => {
            let mut threat = Object::new();
            threat.insert("type", Value::String(kind));
            threat.into()
        }
        other => other,
    }
}

/// Numbers that the format does not allow become their text, and half surrogate pairs in keys become
/// U+FFFD, so that both can be hashed.
fn plain(value: Value) -> Value {
    match value {
        Value::Number(Number::Float(f))
            if f.fract() == 0.0 && f.abs() <= 9_007_199_254_740_991.0 =>
        {
            #[expect(clippy::cast_possible_truncation, reason = "integral and within range")]
            Value::from(f as i64)
        }
        Value::Number(Number::BigInteger(_) | Number::Float(_)) => as_text(&value),
        Value::Array(items) => Value::Array(items.into_iter().map(plain).collect()),
        Value::Object(object) => Value::Object(
            object
                .into_iter()
                .map(|(key, value)| (Text::from(key.into_string()), plain(value)))
                .collect(),
        ),
        other => other,
    }
}

fn as_text(value: &Value) -> Value {
    let mut text = String::new();
    json::write(value, &mut text);
    text.into()
}

/// Changes or removes what the problems name. They come in order, and are worked off from the last, so that
/// an element's place in its list is still what its problem calls it.
fn mend(fields: &mut Value, problems: &[Problem], notes: &mut Notes) {
    let mut removed: Vec<Vec<String>> = Vec::new();
    for Problem { pointer, rule } in problems.iter().rev() {
        let mut path: Vec<String> = pointer
            .split('/')
            .skip(1)
            .map(|token| token.replace("~1", "/").replace("~0", "~"))
            .collect();
        match rule {
            // A number where a text belongs is that text: ids often come as numbers.
            Rule::WrongType {
                expected: "string",
                found: "number" | "boolean",
            } => {
                if let Some(value) = find(fields, &path) {
                    *value = as_text(value);
                }
                continue;
            }
            Rule::UnknownValue { .. } if path.last().is_some_and(|key| key == "severity") => {
                if let Some(value) = find(fields, &path) {
                    *value = Severity::Info.as_str().into();
                }
                continue;
            }
            // Without a part that is required, the whole says nothing.
            Rule::MissingField => drop(path.pop()),
            Rule::UnknownValue { .. } if path.first().is_some_and(|key| key == "verification") => {
                path.truncate(1);
            }
            _ => {}
        }
        if !removed.contains(&path) {
            notes.add(format!(
                "`{pointer}` was dropped: it is not what the format wants"
            ));
            remove(fields, &path);
            // A field of which nothing is left says nothing.
            let field = &path[..1.min(path.len())];
            if find(fields, field).is_some_and(|field| field.is_empty_like()) {
                remove(fields, field);
            }
            removed.push(path);
        }
    }
}

fn find<'a>(value: &'a mut Value, path: &[String]) -> Option<&'a mut Value> {
    let mut value = value;
    for token in path {
        value = match value {
            Value::Array(items) => items.get_mut(token.parse::<usize>().ok()?)?,
            Value::Object(object) => object.get_mut(token)?,
            _ => return None,
        };
    }
    Some(value)
}

/// Removes what a path leads to.
fn remove(value: &mut Value, path: &[String]) {
    let Some((last, parents)) = path.split_last() else {
        return;
    };
    match find(value, parents) {
        Some(Value::Object(object)) => drop(object.remove(last)),
        Some(Value::Array(items)) => {
            if let Some(index) = last.parse().ok().filter(|index| *index < items.len()) {
                items.remove(index);
            }
        }
        _ => {}
    }
}
