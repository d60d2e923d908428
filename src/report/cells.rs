//! A record as a row of the table. `templates/report/cells.js` makes the same of it in a browser.

use super::text::{clipped, moment, visible};
use crate::{
    json::{Object, Value},
    time::Timestamp,
};

/// The columns, in their order.
pub(super) const COLUMNS: [&str; 12] = [
    "Record",
    "Time (UTC)",
    "Agent",
    "Tool",
    "Type",
    "Source",
    "Scope",
    "Decision",
    "Outcome",
    "Findings",
    "Summary",
    "Hash",
];

/// How much of a text is shown, in characters.
const CELL_CHARS: usize = 80;
const SUMMARY_CHARS: usize = 160;

/// How much of a hash is shown, in digits.
const HASH_CHARS: usize = 12;

/// What of a tool's input says at a glance what was done, the first that is there.
const TELLING: [&str; 11] = [
    "command",
    "file_path",
    "url",
    "query",
    "description",
    "path",
    "pattern",
    "prompt",
    "to",
    "summary",
    "task_id",
];

/// The cells of a record, as texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) cells: [String; COLUMNS.len()],
}

impl Row {
    /// Returns the row of a record; its number, from 1, is put in later.
    pub(super) fn of(record: &Object) -> Self {
        let empty = Object::new();
        let part = |name| record.object(name).unwrap_or(&empty);
        let (action, agent, outcome) = (part("action"), part("agent"), part("outcome"));
        let authorization = action.object("authorization").unwrap_or(&empty);
        let cell = |text: Option<&str>| {
            visible(&clipped(text.unwrap_or_default(), CELL_CHARS)).into_owned()
        };
        Self {
            cells: [
                String::new(),
                time(record.str("ts")),
                cell(name(agent)),
                cell(action.str("tool")),
                cell(action.str("type")),
                source(part("source")),
                cell(authorization.str("scope")),
                cell(authorization.str("decision")),
                said_outcome(outcome, part("verification")),
                findings(record),
                summary(action.object("input").unwrap_or(&empty)),
                hash(part("integrity")),
            ],
        }
    }

    pub(super) fn numbered(mut self, number: u64) -> Self {
        self.cells[0] = number.to_string();
        self
    }
}

/// Returns what an agent, or a subject, is called.
pub(super) fn name(of: &Object) -> Option<&str> {
    let there = |key| of.str(key).filter(|text| !text.is_empty());
    there("name").or_else(|| there("id"))
}

fn time(ts: Option<&str>) -> String {
    let ts = ts.unwrap_or_default();
    match Timestamp::parse(ts) {
        Some(ts) => moment(ts),
        None => visible(&clipped(ts, CELL_CHARS)).into_owned(),
    }
}

fn source(source: &Object) -> String {
    let text = match (source.str("capture"), source.str("adapter")) {
        (Some(capture), Some(adapter)) => format!("{capture}: {adapter}"),
        (one, other) => one.or(other).unwrap_or_default().to_owned(),
    };
    visible(&clipped(&text, CELL_CHARS)).into_owned()
}

/// What a gate says and what came of it are two claims, and neither stands for the other.
fn said_outcome(outcome: &Object, verification: &Object) -> String {
    let status = outcome.str("status").unwrap_or("not recorded");
    let text = match verification.str("status") {
        Some(gate) => format!("{status}; gate: {gate}"),
        None => status.to_owned(),
    };
    visible(&clipped(&text, CELL_CHARS)).into_owned()
}

fn findings(record: &Object) -> String {
    let count = |key| {
        record
            .get(key)
            .and_then(Value::as_array)
            .map_or(0, <[Value]>::len)
    };
    let mut parts = Vec::new();
    if let Some(severity) = record
        .str("severity")
        .filter(|severity| *severity != "INFO")
    {
        parts.push(visible(&clipped(severity, CELL_CHARS)).into_owned());
    }
    for (key, one, many) in [
        ("findings", "finding", "findings"),
        ("threats", "threat", "threats"),
    ] {
        match count(key) {
            0 => {}
            1 => parts.push(format!("1 {one}")),
            count => parts.push(format!("{count} {many}")),
        }
    }
    parts.join(", ")
}

/// Returns what tells most of an input: of an object its first telling member, else all of it.
fn summary(input: &Object) -> String {
    let text = input.str("summary").unwrap_or_default();
    let telling = TELLING.iter().filter(|_| text.starts_with('{'));
    let member = telling
        .filter_map(|key| member(text, key))
        .find(|text| !text.is_empty());
    let text = member.as_deref().unwrap_or(text);
    visible(&clipped(text, SUMMARY_CHARS)).into_owned()
}

/// Returns a text member of an object that is written as JSON or as Python writes it, and may be cut off anywhere.
fn member(text: &str, key: &str) -> Option<String> {
    let value = ['"', '\''].iter().find_map(|quote| {
        let name = format!("{quote}{key}{quote}:");
        Some(&text[text.find(&name)? + name.len()..])
    });
    let value = value?.trim_start_matches(' ');
    let quote = value
        .chars()
        .next()
        .filter(|quote| matches!(quote, '"' | '\''))?;
    let mut out = String::new();
    let mut rest = value[1..].chars();
    while let Some(c) = rest.next().filter(|c| *c != quote) {
        match (c, c == '\\') {
            (c, false) => out.push(c),
            (_, true) => match rest.next() {
                Some(c @ ('"' | '\'' | '\\' | '/')) => out.push(c),
                Some('n' | 'r' | 't') => out.push(' '),
                other => out.extend(['\\'].into_iter().chain(other)),
            },
        }
    }
    Some(out)
}

fn hash(integrity: &Object) -> String {
    let hash = integrity.str("hash").unwrap_or_default();
    hash.chars().take(HASH_CHARS).collect()
}
