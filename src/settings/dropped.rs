//! What a change of our entries takes out of them that somebody had put there.

use jsonc_parser::ast::{Object, Value};

use super::{
    SettingsError,
    edit::{Step, Tree},
    entries::{plain, without_mark},
    find::{Found, found},
    layout::Layout,
    shape::Shape,
};
use crate::hook::Agent;

/// An entry of ours that is another one now, or gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// The event, as the settings spell it.
    pub event: String,
    /// What it said that is not said any more: members, variables and options.
    pub what: Vec<String>,
}

/// Returns what our entries said in `before` and do not say in `after`. An entry that is gone is held against
/// what is usual.
///
/// # Errors
/// As [`super::entries()`].
pub fn dropped(
    before: &str,
    after: &str,
    agent: Agent,
    binary: Option<&str>,
) -> Result<Vec<Dropped>, SettingsError> {
    let [before, after] = [before, after].map(|text| without_mark(text).1);
    let (old_tree, new_tree) = (Tree::read(before)?, Tree::read(after)?);
    let new = found(&new_tree, after, agent, binary)?;
    let mut all = Vec::new();
    for old in found(&old_tree, before, agent, binary)? {
        let same = new
            .iter()
            .find(|new| new.is_whole && new.entry.event == old.entry.event);
        let kept = match same {
            Some(new) => members(&new_tree, new, agent),
            None => usual(agent, &old.entry.event)?,
        };
        let mut what = members(&old_tree, &old, agent);
        what.retain(|member| !kept.contains(member));
        if let Some(new) = same.or(new.first()) {
            what.extend(old.entry.command.dropped_by(&new.entry.command));
        }
        let event = old.entry.event;
        all.extend((!what.is_empty()).then_some(Dropped { event, what }));
    }
    Ok(all)
}

/// Returns what an entry says beside the command line.
fn members(tree: &Tree<'_>, found: &Found, agent: Agent) -> Vec<String> {
    let entry = tree.value(&found.path[..3]).and_then(Value::as_object);
    entry.map_or_else(Vec::new, |entry| {
        of_entry(entry, found.entry.place.1, agent)
    })
}

/// Returns what the entry says that is installed.
fn usual(agent: Agent, event: &str) -> Result<Vec<String>, SettingsError> {
    let (Some(shape), Some(event)) = (Shape::of(agent), agent.event(event)) else {
        return Ok(Vec::new());
    };
    let text = shape.entry(&Layout::of_new(""), event, "");
    let tree = Tree::read(&text)?;
    let entry = tree.value(&[] as &[Step]).and_then(Value::as_object);
    Ok(entry.map_or_else(Vec::new, |entry| of_entry(entry, 0, agent)))
}

fn of_entry(entry: &Object<'_>, handler: usize, agent: Agent) -> Vec<String> {
    let Some(shape) = Shape::of(agent) else {
        return Vec::new();
    };
    if !shape.is_grouped {
        return texts(entry, &[shape.command, "type"]);
    }
    let mut all = texts(entry, &["hooks"]);
    let handlers = entry.get_array("hooks");
    let handler = handlers.and_then(|handlers| handlers.elements.get(handler)?.as_object());
    if let Some(handler) = handler {
        all.extend(texts(handler, &[shape.command, "args", "type"]));
    }
    all
}

/// Returns the members of an object as texts, but for some.
fn texts(object: &Object<'_>, except: &[&str]) -> Vec<String> {
    let members = object.properties.iter();
    members
        .filter(|member| !except.contains(&member.name.as_str()))
        .map(|member| format!("{} {}", member.name.as_str(), plain(&member.value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        hook::Selection,
        settings::{Wanted, install},
    };

    #[test]
    fn what_somebody_put_into_our_entries_is_named_when_it_goes() {
        let agent = Agent::ClaudeCode;
        let before = r#"{"hooks":{
            "PreToolUse":[{"matcher":"Bash","hooks":[{"type":"command","command":"sealstone hook --log /x","timeout":60}]}],
            "PostToolUse":[{"matcher":"*","hooks":[{"type":"command","command":"sealstone hook","timeout":10}]}],
            "Stop":[{"hooks":[{"type":"command","command":"sealstone hook","timeout":10,"async":true}]}],
            "Other":[{"hooks":[{"type":"command","command":"A=1 sealstone hook"}]}]
        }}"#;
        let wanted = Wanted::of(agent, Selection::Outcomes.events(agent), "sealstone", None);
        let after = install(Some(before), agent, &wanted, None).unwrap();
        let dropped = dropped(before, &after, agent, None).unwrap();
        let dropped: Vec<_> = dropped
            .iter()
            .map(|one| (one.event.as_str(), one.what.join(", ")))
            .collect();
        let expected = [
            ("PreToolUse", "matcher \"Bash\", timeout 60, --log /x"),
            ("Stop", "async true"),
            ("Other", "A=1"),
        ];
        assert_eq!(
            dropped,
            expected.map(|(event, what)| (event, what.to_owned()))
        );
    }
}
