//! The plugin that stands in for settings in `OpenCode`: a file of ours as a whole.

use crate::json::{self, Value};

use super::HookCommand;

/// The plugin as it is shipped, which runs what is on the `PATH`.
const TEMPLATE: &str = include_str!("../../plugins/opencode/sealstone.js");

/// What the line begins with that holds the command, one word after the other.
const COMMAND: &str = "const COMMAND = ";
/// What the line begins with that holds the names of events.
const EVENTS: &str = "const EVENTS = ";

/// A plugin of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plugin {
    /// What it runs. `None` if that was changed to something else.
    pub command: Option<HookCommand>,
    /// The same, as a line for `sh`.
    pub line: String,
    /// The events that it passes on.
    pub events: Vec<String>,
}

/// Returns the plugin that runs `words` for these events.
pub fn write_plugin(words: &[String], events: &[&str]) -> String {
    let mut text = String::new();
    for line in TEMPLATE.split_inclusive('\n') {
        if line.starts_with(COMMAND) {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            text.extend([COMMAND, &list(&words), ";\n"]);
        } else if line.starts_with(EVENTS) {
            text.extend([EVENTS, &list(events), ";\n"]);
        } else {
            text.push_str(line);
        }
    }
    text
}

/// Returns what a plugin does, if it is one of ours: then its first line is that of the one that is shipped.
pub fn read_plugin(text: &str, binary: Option<&str>) -> Option<Plugin> {
    let mark = TEMPLATE.lines().next();
    if text.lines().next() != mark {
        return None;
    }
    let words = texts(text, COMMAND);
    let quoted: Vec<_> = words.iter().map(|word| super::quote(word)).collect();
    let line = quoted.join(" ");
    Some(Plugin {
        line,
        command: HookCommand::of_words(words, binary),
        events: texts(text, EVENTS),
    })
}

fn list(texts: &[&str]) -> String {
    let texts = texts.iter().map(|text| super::layout::string(text));
    format!("[{}]", texts.collect::<Vec<_>>().join(", "))
}

/// Returns the texts in the array on the line that begins with `start`.
fn texts(text: &str, start: &str) -> Vec<String> {
    let line = text.lines().find_map(|line| line.strip_prefix(start));
    let array = line.unwrap_or_default().trim_end().trim_end_matches(';');
    match json::read(array.as_bytes()).map(|document| document.value) {
        Ok(Value::Array(texts)) => texts
            .iter()
            .filter_map(|text| text.as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        hook::{Agent, Selection},
        settings::Written,
    };

    #[test]
    fn what_was_written_is_read_and_other_plugins_are_not_ours() {
        let words = [
            "/my bin/sealstone",
            "hook",
            "--agent",
            "opencode",
            "--log",
            "/a\"b",
        ];
        let words = words.map(str::to_owned);
        let text = write_plugin(&words, &["tool.execute.before"]);
        let plugin = read_plugin(&text, None).unwrap();
        assert_eq!(
            plugin.command.as_ref().unwrap().log(),
            Some(Written::Plain("/a\"b"))
        );
        assert_eq!(plugin.events, ["tool.execute.before"]);
        assert_eq!(
            plugin.line,
            "'/my bin/sealstone' hook --agent opencode --log '/a\"b'"
        );
        assert_eq!(
            read_plugin("export const Other = () => ({});\n", None),
            None
        );
    }

    #[test]
    fn the_shipped_plugin_passes_on_every_event_that_is_installed() {
        let plugin = read_plugin(TEMPLATE, None).unwrap();
        assert_eq!(plugin.command.unwrap().program(), "sealstone");
        let events = Selection::All.events(Agent::OpenCode);
        let events: Vec<&str> = events.map(|event| event.name).collect();
        assert_eq!(plugin.events, events);
    }
}
