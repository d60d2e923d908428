//! What the records of a page say as a whole. `templates/report/facts.js` counts the same in a browser.

use std::collections::HashSet;

use super::{
    cells::name,
    text::{clipped, moment, visible},
};
use crate::{digest::Digest, json::Object, time::Timestamp};

/// How many names are listed. The others are counted.
const NAMES: usize = 4;
const NAME_CHARS: usize = 80;

/// What one record adds.
#[derive(Debug)]
pub(super) struct Says {
    subject: Option<String>,
    agent: Option<String>,
    model: Option<String>,
    session: Option<String>,
    tool: Option<String>,
    ts: Option<Timestamp>,
    capture: Capture,
    is_flagged: bool,
    is_error: bool,
    is_denied: bool,
}

/// How a record came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Capture {
    Captured,
    Ingested,
    NotSaid,
}

impl Says {
    pub(super) fn of(record: &Object) -> Self {
        let empty = Object::new();
        let part = |name| record.object(name).unwrap_or(&empty);
        let (agent, action) = (part("agent"), part("action"));
        let status = part("outcome").str("status");
        let with_version = |name: &str, version: Option<&str>| match version {
            Some(version) if !version.is_empty() => format!("{name} {version}"),
            _ => name.to_owned(),
        };
        Self {
            subject: name(part("subject")).map(str::to_owned),
            agent: name(agent).map(|name| with_version(name, agent.str("version"))),
            model: there(agent, "model")
                .map(|model| with_version(&model, agent.str("model_version"))),
            session: there(record, "session_id"),
            tool: there(action, "tool"),
            ts: record.str("ts").and_then(Timestamp::parse),
            capture: match part("source").str("capture") {
                Some("captured") => Capture::Captured,
                Some("ingested") => Capture::Ingested,
                _ => Capture::NotSaid,
            },
            is_flagged: matches!(record.str("severity"), Some("MEDIUM" | "HIGH" | "CRITICAL")),
            is_error: status == Some("error"),
            is_denied: status == Some("denied"),
        }
    }
}

fn there(object: &Object, key: &str) -> Option<String> {
    object
        .str(key)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

/// A line of the summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fact {
    pub(super) label: &'static str,
    pub(super) text: String,
}

/// Counts over the records of a page.
#[derive(Debug, Default)]
pub(super) struct Facts {
    records: u64,
    subjects: Names,
    agents: Names,
    models: Names,
    sessions: HashSet<String>,
    tools: HashSet<String>,
    span: Option<(Timestamp, Timestamp)>,
    captured: u64,
    ingested: u64,
    flagged: u64,
    errors: u64,
    denied: u64,
}

impl Facts {
    pub(super) fn add(&mut self, says: Says) {
        self.records += 1;
        self.subjects.add(says.subject);
        self.agents.add(says.agent);
        self.models.add(says.model);
        self.sessions.extend(says.session);
        self.tools.extend(says.tool);
        if let Some(ts) = says.ts {
            let (first, last) = self.span.unwrap_or((ts, ts));
            self.span = Some((first.min(ts), last.max(ts)));
        }
        self.captured += u64::from(says.capture == Capture::Captured);
        self.ingested += u64::from(says.capture == Capture::Ingested);
        self.flagged += u64::from(says.is_flagged);
        self.errors += u64::from(says.is_error);
        self.denied += u64::from(says.is_denied);
    }

    /// Returns whom the records are of, or by whom, for a heading.
    pub(super) fn title(&self) -> String {
        match (&self.subjects.known[..], &self.agents.known[..]) {
            ([subject], _) => shown(subject),
            ([], [agent]) => shown(agent),
            ([], _) => "agent activity".to_owned(),
            (subjects, _) => format!("{} subjects", subjects.len()),
        }
    }

    /// Returns what is counted. Of a window the log may go on behind `head`.
    pub(super) fn lines(&self, head: Digest, is_window: bool) -> Vec<Fact> {
        let head_label = if is_window {
            "Hash of this window's last record"
        } else {
            "Head"
        };
        let not_said = self.records - self.captured - self.ingested;
        let fact = |label, text| Fact { label, text };
        vec![
            fact("Records", self.records.to_string()),
            fact("Subject", self.subjects.text()),
            fact("Agent", self.agents.text()),
            fact("Model", self.models.text()),
            fact("Time span", span(self.span)),
            fact("Sessions", self.sessions.len().to_string()),
            fact("Tools", self.tools.len().to_string()),
            fact("Captured first-hand", self.captured.to_string()),
            fact("Ingested from another source", self.ingested.to_string()),
            fact("Source not said", not_said.to_string()),
            fact("Flagged medium or higher", self.flagged.to_string()),
            fact("Outcome error", self.errors.to_string()),
            fact("Outcome denied", self.denied.to_string()),
            fact(head_label, head.to_string()),
        ]
    }
}

fn span(span: Option<(Timestamp, Timestamp)>) -> String {
    match span {
        Some((first, last)) => format!("{} to {} UTC", moment(first), moment(last)),
        None => "no time that can be read".to_owned(),
    }
}

fn shown(name: &str) -> String {
    visible(&clipped(name, NAME_CHARS)).into_owned()
}

/// Different names, in the order in which they came.
#[derive(Debug, Default)]
struct Names {
    known: Vec<String>,
    seen: HashSet<String>,
    /// Whether a record has none.
    is_missing: bool,
}

impl Names {
    fn add(&mut self, name: Option<String>) {
        match name {
            None => self.is_missing = true,
            Some(name) if self.seen.contains(&name) => {}
            Some(name) => {
                self.known.push(name.clone());
                self.seen.insert(name);
            }
        }
    }

    fn text(&self) -> String {
        let mut names: Vec<String> = self
            .known
            .iter()
            .take(NAMES)
            .map(|name| shown(name))
            .collect();
        if self.known.len() > NAMES {
            names.push(format!("{} more", self.known.len() - NAMES));
        }
        match (names.is_empty(), self.is_missing) {
            (true, true) => return "not said".to_owned(),
            (true, false) => return "none".to_owned(),
            (false, true) => names.push("not said in some records".to_owned()),
            (false, false) => {}
        }
        names.join(", ")
    }
}
