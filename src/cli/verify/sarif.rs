//! Reports as a SARIF 2.1.0 document (OASIS), which code scanning services read.
//!
//! A note is a result, and a log is an artifact. The fingerprint of a result is made of its log's path, its
//! code and its place: a log only grows, so a finding keeps it from run to run.

use std::{collections::BTreeMap, path::Path};

use sealstone::digest::Digest;
use serde_json::{Value, json};

use super::{
    address,
    note::{Level, Note, rules},
    report::{Report, Standing},
};
use crate::cli::{out::Out, sanitize::visible};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// What there is to read about every rule.
const HELP: &str =
    "sealstone's FORMAT.md lists the codes, and its LIMITS.md says what a verdict proves.";

pub(in crate::cli) fn print(out: &mut Out, reports: &[Report], strict: bool) {
    out.json(&document(reports, strict));
}

fn document(reports: &[Report], strict: bool) -> Value {
    let mut results = Results::new(strict);
    for report in reports {
        for note in report.results() {
            results.push(&report.path, &note);
        }
    }
    let unreadable = |report: &Report| report.standing == Standing::Unreadable;
    let is_carried_out = !reports.iter().any(unreadable);
    let left_out: Vec<Value> = reports.iter().flat_map(left_out).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "sealstone",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules_of(strict),
            }},
            "invocations": [{
                "executionSuccessful": is_carried_out,
                "toolExecutionNotifications": left_out,
            }],
            "results": results.list,
        }],
    })
}

fn rules_of(strict: bool) -> Vec<Value> {
    let rule = |rule: super::note::Rule| {
        json!({
            "id": rule.code,
            "shortDescription": {"text": rule.meaning},
            "fullDescription": {"text": rule.meaning},
            "help": {"text": HELP},
            "defaultConfiguration": {"level": level(rule.level, strict)},
        })
    };
    rules().into_iter().map(rule).collect()
}

fn level(level: Level, strict: bool) -> &'static str {
    match level {
        Level::Warning if !strict => "warning",
        Level::Error | Level::Warning => "error",
    }
}

/// Results as they are collected.
struct Results {
    strict: bool,
    list: Vec<Value>,
    /// The place of each rule.
    places: BTreeMap<&'static str, usize>,
    /// How often each fingerprint was given.
    given: BTreeMap<Digest, u64>,
}

impl Results {
    fn new(strict: bool) -> Self {
        let codes = rules().into_iter().map(|rule| rule.code);
        Self {
            strict,
            list: Vec::new(),
            places: codes.zip(0..).collect(),
            given: BTreeMap::new(),
        }
    }

    fn push(&mut self, path: &Path, note: &Note) {
        let uri = address::uri(path);
        let fingerprint = self.fingerprint(&uri, note);
        let mut physical = json!({"artifactLocation": {"uri": uri}});
        // Code scanning wants a line; a matter of the whole log is one of its first.
        physical["region"] = json!({"startLine": note.line.unwrap_or(1).max(1)});
        let mut location = json!({"physicalLocation": physical});
        if let Some(record) = note.record {
            let pointer = note.pointer.as_deref().unwrap_or_default();
            let name = format!("record {record}");
            location["logicalLocations"] = json!([{
                "name": name,
                "fullyQualifiedName": visible(&format!("{name}{pointer}")),
                "kind": "object",
            }]);
        }
        self.list.push(json!({
            "ruleId": note.rule.code,
            "ruleIndex": self.places.get(note.rule.code),
            "level": level(note.rule.level, self.strict),
            "message": {"text": message(&note.placed())},
            "locations": [location],
            "partialFingerprints": {"primaryLocationLineHash": fingerprint},
        }));
    }

    fn fingerprint(&mut self, uri: &str, note: &Note) -> String {
        let place = (note.record, note.pointer.as_deref());
        let text = format!("{uri}\n{}\n{place:?}", note.rule.code);
        let digest = Digest::of(text.as_bytes());
        let count = self.given.entry(digest).or_default();
        *count += 1;
        format!("{}:{count}", &digest.to_string()[..16])
    }
}

/// Escapes what has a meaning in messages: placeholders (SARIF 2.1.0, 3.11.5) and links (3.11.6), which a
/// hostile record could use.
fn message(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '{' | '}' => escaped.extend([c, c]),
            '[' | ']' | '\\' => escaped.extend(['\\', c]),
            c => escaped.push(c),
        }
    }
    escaped
}

fn left_out(report: &Report) -> Vec<Value> {
    let notification = |text: String| {
        let text = message(&format!("{}: {text}", report.name()));
        json!({"level": "note", "message": {"text": text}})
    };
    report
        .results_left_out()
        .into_iter()
        .map(notification)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_holds_no_link_and_no_placeholder() {
        assert_eq!(
            message("[a](https://x.example) {0} \\ \u{202e}"),
            "\\[a\\](https://x.example) {{0}} \\\\ \\\\u{{202e}}"
        );
    }
}
