//! Our entries in settings that were read.

use jsonc_parser::{
    ast::{Object, Value},
    common::Ranged,
};

use super::{
    HookCommand, SettingsError,
    edit::{Step, Tree},
    shape::Shape,
};
use crate::hook::Agent;

/// An entry of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The event, as the settings spell it.
    pub event: String,
    /// The command line, as it is written.
    pub line: String,
    /// The same, understood.
    pub command: HookCommand,
    /// Its place among the entries of the event, and in its group.
    pub place: (usize, usize),
}

/// An entry of ours and where it is.
pub(super) struct Found {
    pub(super) entry: Entry,
    /// Of the whole entry, or of the handler if others stand in the same group.
    pub(super) path: Vec<Step>,
    /// Whether nobody else's handler is in the entry.
    pub(super) is_whole: bool,
}

/// The step to a member of an object.
pub(super) fn key(key: &str) -> Step {
    Step::Key(key.to_owned())
}

/// Finds our entries.
///
/// # Errors
/// When the settings have another shape than the agent's.
pub(super) fn found(
    tree: &Tree<'_>,
    text: &str,
    agent: Agent,
    binary: Option<&str>,
) -> Result<Vec<Found>, SettingsError> {
    let Some(root) = &tree.root else {
        return Ok(Vec::new());
    };
    let refuse =
        |value: &Value<'_>, what: String| Err(SettingsError::at(text, value.start(), what));
    let Some(object) = root.as_object() else {
        return refuse(root, "the settings are not an object".to_owned());
    };
    once(text, object, "hooks")?;
    let Some(hooks) = object.get("hooks") else {
        return Ok(Vec::new());
    };
    let Some(events) = hooks.value.as_object() else {
        return refuse(&hooks.value, "`hooks` is not an object".to_owned());
    };
    let mut found = Vec::new();
    for property in &events.properties {
        let event = property.name.as_str();
        once(text, events, event)?;
        if let Some(list) = property.value.as_array() {
            for (index, value) in list.elements.iter().enumerate() {
                found.extend(in_entry(value, event, index, agent, binary));
            }
        } else if agent.event(event).is_some() {
            // Settings of other kinds stand among the events of some agents.
            return refuse(&property.value, format!("`hooks.{event}` is not an array"));
        }
    }
    Ok(found)
}

/// Refuses a key that stands twice: which one counts, readers disagree on.
fn once(text: &str, object: &Object<'_>, key: &str) -> Result<(), SettingsError> {
    let mut same = object
        .properties
        .iter()
        .filter(|property| property.name.as_str() == key);
    match same.nth(1) {
        Some(second) => Err(SettingsError::at(
            text,
            second.range.start,
            format!("`{key}` stands twice"),
        )),
        None => Ok(()),
    }
}

/// Finds our handlers in one entry of an event.
fn in_entry(
    value: &Value<'_>,
    event: &str,
    index: usize,
    agent: Agent,
    binary: Option<&str>,
) -> Vec<Found> {
    let (Some(shape), Some(object)) = (Shape::of(agent), value.as_object()) else {
        return Vec::new();
    };
    let path = vec![key("hooks"), key(event), Step::Index(index)];
    let make = |(line, command), path, is_whole, inner| Found {
        entry: Entry {
            event: event.to_owned(),
            line,
            command,
            place: (index, inner),
        },
        path,
        is_whole,
    };
    if !shape.is_grouped {
        let own = command_of(object, &shape, binary);
        return own
            .map(|own| make(own, path, true, 0))
            .into_iter()
            .collect();
    }
    let Some(handlers) = object.get_array("hooks") else {
        return Vec::new();
    };
    let is_whole = handlers.elements.len() == 1;
    let handlers = handlers.elements.iter().enumerate();
    handlers
        .filter_map(|(inner, handler)| {
            let own = command_of(handler.as_object()?, &shape, binary)?;
            let mut path = path.clone();
            if !is_whole {
                path.extend([key("hooks"), Step::Index(inner)]);
            }
            Some(make(own, path, is_whole, inner))
        })
        .collect()
}

/// Returns the command line of a handler that is ours, and what it says.
fn command_of(
    handler: &Object<'_>,
    shape: &Shape,
    binary: Option<&str>,
) -> Option<(String, HookCommand)> {
    let line = handler.get_string(shape.command)?.value.as_ref();
    let Some(arguments) = handler.get_array("args") else {
        return Some((line.to_owned(), HookCommand::of(line, binary)?));
    };
    // Without a shell: the command is the program alone.
    let arguments = arguments.elements.iter();
    let words: Option<Vec<String>> = [Some(line.to_owned())]
        .into_iter()
        .chain(arguments.map(|word| Some(word.as_string_lit()?.value.as_ref().to_owned())))
        .collect();
    let words = words?;
    let quoted: Vec<_> = words.iter().map(|word| super::quote(word)).collect();
    Some((quoted.join(" "), HookCommand::of_words(words, binary)?))
}
