//! Our entries in settings: which there are, and how they come and go.

use jsonc_parser::ast::Value;

use super::{
    Entry, SettingsError, Wanted,
    edit::{Step, Tree},
    find::{found, key},
    layout::{Layout, string},
    shape::Shape,
};
use crate::{hook::Agent, json};

/// What some editors begin a file with.
const BYTE_ORDER_MARK: &str = "\u{FEFF}";

/// Returns our entries in an agent's settings. `binary` is another name of our program, as [`super::HookCommand::of`]
/// takes it.
///
/// # Errors
/// When the text is no JSON (comments and trailing commas may stand in it), or has another shape than the
/// agent's settings.
pub fn entries(
    text: &str,
    agent: Agent,
    binary: Option<&str>,
) -> Result<Vec<Entry>, SettingsError> {
    let (_, text) = without_mark(text);
    let found = found(&Tree::read(text)?, text, agent, binary)?;
    Ok(found.into_iter().map(|found| found.entry).collect())
}

/// Returns what settings say, of any program that has them in JSON with comments.
///
/// # Errors
/// When the text is no JSON.
pub fn read(text: &str) -> Result<json::Value, SettingsError> {
    let (_, text) = without_mark(text);
    let tree = Tree::read(text)?;
    let plain = tree.root.as_ref().map(plain).unwrap_or_default();
    if plain.is_empty() {
        return Ok(json::Value::Null);
    }
    let document = json::read(plain.as_bytes());
    document
        .map(|document| document.value)
        .map_err(|error| SettingsError::at(text, 0, error.kind.to_string()))
}

/// Returns the settings with the wanted entries, and no others of ours. `text` is `None` if there are none
/// yet. An entry that is as it is wanted stays as it is written.
///
/// # Errors
/// As [`entries`].
pub fn install(
    text: Option<&str>,
    agent: Agent,
    wanted: &[Wanted],
    binary: Option<&str>,
) -> Result<String, SettingsError> {
    let Some(shape) = Shape::of(agent) else {
        return Ok(text.unwrap_or_default().to_owned());
    };
    let (mark, body) = without_mark(text.unwrap_or_default());
    let mut body = body.to_owned();
    replace_known(&mut body, &shape, agent, wanted, binary)?;
    append_missing(&mut body, text.is_none(), &shape, agent, wanted, binary)?;
    while let Some(path) = superfluous(&body, agent, wanted, binary)? {
        body = Tree::read(&body)?.removed(&path).unwrap_or_default();
    }
    // What we wrote is read again, before it replaces what an agent starts with.
    Tree::read(&body)?;
    Ok(format!("{mark}{body}"))
}

/// Returns the settings without our entries; `None` if they are, to the byte, what [`install`] makes where
/// there were none. An object that others may have written stays, even if nothing is left in it.
///
/// # Errors
/// As [`entries`].
pub fn uninstall(
    text: &str,
    agent: Agent,
    binary: Option<&str>,
) -> Result<Option<String>, SettingsError> {
    let (mark, body) = without_mark(text);
    let rest = without_own(body, agent, binary)?.map(|rest| format!("{mark}{rest}"));
    let tree = Tree::read(body)?;
    let is_left = match &rest {
        Some(rest) => Tree::read(without_mark(rest).1)?.root.is_some(),
        None => false,
    };
    if is_left || tree.root.is_none() || is_made_of(rest.as_deref(), text, agent, binary)? {
        return Ok(rest);
    }
    let emptied = tree.replaced(&[], |_| "{}".to_owned());
    Ok(Some(format!("{mark}{emptied}")))
}

/// Whether [`install`] makes `text` of `rest`.
fn is_made_of(
    rest: Option<&str>,
    text: &str,
    agent: Agent,
    binary: Option<&str>,
) -> Result<bool, SettingsError> {
    let entries = entries(text, agent, binary)?.into_iter();
    let wanted = entries.map(|entry| {
        Some(Wanted {
            event: agent.event(&entry.event)?,
            command: entry.line,
        })
    });
    let Some(wanted) = wanted.collect::<Option<Vec<_>>>() else {
        return Ok(false);
    };
    Ok(install(rest, agent, &wanted, binary)? == text)
}

/// Returns the settings without our entries and what came with them; `None` if nothing is left.
fn without_own(
    body: &str,
    agent: Agent,
    binary: Option<&str>,
) -> Result<Option<String>, SettingsError> {
    let mut body = body.to_owned();
    let has_own_version = has_own_version(&Tree::read(&body)?, agent);
    loop {
        let tree = Tree::read(&body)?;
        let Some(found) = found(&tree, &body, agent, binary)?.pop() else {
            break;
        };
        match tree.removed(&found.path) {
            Some(rest) => body = rest,
            None => return Ok(None),
        }
    }
    let tree = Tree::read(&body)?;
    if has_own_version && tree.value(&[key("hooks")]).is_none() {
        return Ok(tree.removed(&[key("version")]));
    }
    Ok(Some(body))
}

/// Whether the version of the document came with `hooks`: it stands right behind, and last.
fn has_own_version(tree: &Tree<'_>, agent: Agent) -> bool {
    let has_version = Shape::of(agent).is_some_and(|shape| shape.has_version);
    let root = tree.root.as_ref().and_then(Value::as_object);
    has_version
        && root.is_some_and(|root| match root.properties.as_slice() {
            [.., hooks, version] => {
                hooks.name.as_str() == "hooks"
                    && version.name.as_str() == "version"
                    && version
                        .value
                        .as_number_lit()
                        .is_some_and(|n| n.value == "1")
            }
            _ => false,
        })
}

pub(super) fn without_mark(text: &str) -> (&str, &str) {
    match text.strip_prefix(BYTE_ORDER_MARK) {
        Some(body) => (BYTE_ORDER_MARK, body),
        None => ("", text),
    }
}

/// Brings entries that are there, and differ from what is wanted, to what is wanted.
fn replace_known(
    body: &mut String,
    shape: &Shape,
    agent: Agent,
    wanted: &[Wanted],
    binary: Option<&str>,
) -> Result<(), SettingsError> {
    for wanted in wanted {
        let tree = Tree::read(body)?;
        let entry = |layout: &Layout| shape.entry(layout, wanted.event, &wanted.command);
        let new = entry(&Layout::of_new(body));
        let own = found(&tree, body, agent, binary)?;
        let own = own
            .iter()
            .find(|found| found.is_whole && found.entry.event == wanted.event.name);
        if let Some(own) = own
            && !tree.value(&own.path).is_some_and(|old| is_same(old, &new))
        {
            *body = tree.replaced(&own.path, entry);
        }
    }
    Ok(())
}

/// Adds what is not there at all.
fn append_missing(
    body: &mut String,
    is_new: bool,
    shape: &Shape,
    agent: Agent,
    wanted: &[Wanted],
    binary: Option<&str>,
) -> Result<(), SettingsError> {
    let own = found(&Tree::read(body)?, body, agent, binary)?;
    let is_there = |wanted: &&Wanted| {
        own.iter()
            .any(|found| found.is_whole && found.entry.event == wanted.event.name)
    };
    let missing: Vec<&Wanted> = wanted.iter().filter(|wanted| !is_there(wanted)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let tree = Tree::read(body)?;
    let Some(root) = tree.root.as_ref().and_then(Value::as_object) else {
        let all = document(&Layout::of_new(body), shape, &missing);
        *body = with_document(body, &all, is_new);
        return Ok(());
    };
    if root.get("hooks").is_none() {
        let needs_version = shape.has_version && root.get("version").is_none();
        let mut next = tree.appended(&[], false, |layout| hooks(layout, shape, &missing));
        if needs_version {
            next = Tree::read(&next)?.appended(&[], true, |layout| layout.member("version", "1"));
        }
        *body = next;
        return Ok(());
    }
    for wanted in missing {
        let tree = Tree::read(body)?;
        let list = [key("hooks"), key(wanted.event.name)];
        *body = if tree.value(&list).is_some() {
            tree.appended(&list, false, |layout| {
                shape.entry(layout, wanted.event, &wanted.command)
            })
        } else {
            let is_ours = ends_with_ours(&tree, body, agent, binary)?;
            tree.appended(&list[..1], is_ours, |layout| event(layout, shape, wanted))
        };
    }
    Ok(())
}

/// Whether the last of all events has entries of ours.
fn ends_with_ours(
    tree: &Tree<'_>,
    text: &str,
    agent: Agent,
    binary: Option<&str>,
) -> Result<bool, SettingsError> {
    let hooks = tree.value(&[key("hooks")]).and_then(Value::as_object);
    let last = hooks.and_then(|hooks| hooks.properties.last());
    let own = found(tree, text, agent, binary)?;
    Ok(last.is_some_and(|last| {
        own.iter()
            .any(|found| found.entry.event == last.name.as_str())
    }))
}

/// Returns the document where there was none. What is not blank is a comment.
fn with_document(body: &str, document: &str, is_new: bool) -> String {
    let last_line = body.rsplit('\n').next().unwrap_or_default();
    if is_new {
        format!("{document}\n")
    } else if last_line.trim().is_empty() {
        format!("{body}{document}")
    } else {
        format!("{document}{body}")
    }
}

fn document(layout: &Layout, shape: &Shape, wanted: &[&Wanted]) -> String {
    layout.block(|layout| {
        let mut members = vec![hooks(layout, shape, wanted)];
        if shape.has_version {
            members.push(layout.member("version", "1"));
        }
        members
    })
}

fn hooks(layout: &Layout, shape: &Shape, wanted: &[&Wanted]) -> String {
    let events = |layout: &Layout| wanted.iter().map(|one| event(layout, shape, one)).collect();
    layout.member("hooks", &layout.block(events))
}

fn event(layout: &Layout, shape: &Shape, wanted: &Wanted) -> String {
    let entry = shape.entry(layout, wanted.event, &wanted.command);
    layout.member(wanted.event.name, &format!("[{entry}]"))
}

/// Returns the path of an entry of ours that is not wanted: of another event, in a group with others, or a
/// second one.
fn superfluous(
    body: &str,
    agent: Agent,
    wanted: &[Wanted],
    binary: Option<&str>,
) -> Result<Option<Vec<Step>>, SettingsError> {
    let own = found(&Tree::read(body)?, body, agent, binary)?;
    let mut seen = Vec::new();
    for found in own {
        let event = found.entry.event;
        let is_wanted = wanted.iter().any(|wanted| wanted.event.name == event);
        if !is_wanted || !found.is_whole || seen.contains(&event) {
            return Ok(Some(found.path));
        }
        seen.push(event);
    }
    Ok(None)
}

/// Whether a value means what `json` means, whatever its layout and the order of its keys.
fn is_same(value: &Value<'_>, json: &str) -> bool {
    Tree::read(json).is_ok_and(|tree| tree.root.as_ref().map(plain) == Some(plain(value)))
}

/// Returns a value without layout, its keys in order.
pub(super) fn plain(value: &Value<'_>) -> String {
    match value {
        Value::Object(object) => {
            let properties = object.properties.iter();
            let mut members: Vec<String> = properties
                .map(|one| format!("{}:{}", string(one.name.as_str()), plain(&one.value)))
                .collect();
            members.sort();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(array) => {
            let elements: Vec<String> = array.elements.iter().map(plain).collect();
            format!("[{}]", elements.join(","))
        }
        Value::StringLit(text) => string(&text.value),
        Value::NumberLit(number) => number.value.to_owned(),
        Value::BooleanLit(boolean) => boolean.value.to_string(),
        Value::NullKeyword(_) => "null".to_owned(),
    }
}
