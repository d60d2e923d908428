//! The page as text.

use askama::Template;

use super::{
    Reader,
    blocks::Block,
    cells::{COLUMNS, Row},
    completeness::{Witness, completeness, time},
    facts::{Fact, Facts},
    scripts,
    span::Held,
    statement::{
        PolicyStatement, Statement, UnresolvedEntry, UnresolvedStatement, WindowStatement,
    },
    text::{clipped, command_for, plural, visible},
};
use crate::{
    calls::Unresolved,
    policy::{Outcome, Policy, Status},
    witness::Chain,
};

/// How many unresolved calls, and how many records that decided a rule, are named in a page without scripts.
const NAMED_CALLS: usize = 100;
const NAMED_RECORDS: usize = 5;

const TEXT_CHARS: usize = 400;

/// What a page is made of.
pub(super) struct Contents {
    pub(super) blocks: Vec<Block>,
    /// The newest, oldest first.
    pub(super) rows: Vec<Row>,
    pub(super) facts: Facts,
    pub(super) unresolved: Unresolved,
    pub(super) outcome: Option<Outcome>,
    pub(super) chain: Chain,
    pub(super) witness: Option<Witness>,
}

/// A page, ready to be written.
#[derive(Debug)]
pub struct Page {
    /// How many records are in it.
    pub records: u64,
    start: String,
    blocks: Vec<Block>,
    end: String,
}

impl Page {
    pub(super) fn new(reader: &Reader<'_>, held: Held, mut contents: Contents) -> Self {
        let blocks = std::mem::take(&mut contents.blocks);
        let shown = Static::new(reader, &held, &contents);
        let mut statement = Statement::new(reader.log, held.head, unresolved(&contents.unresolved));
        statement.records = held.records;
        statement.root = held.root;
        statement.window = held.window;
        statement.expected_subject = reader.expected_subject;
        statement.policy = reader.policy.map(|(policy, name, text)| PolicyStatement {
            name,
            sha256: policy.sha256,
            text,
        });
        statement.witness = contents.witness.as_ref();
        let script = scripts::script();
        let start = Start {
            content_security_policy: &scripts::content_security_policy(&script),
            title: &shown.title,
            style: scripts::STYLE,
            shown: &rendered(&shown),
            statement: &statement.embedded(),
        };
        Self {
            records: held.records,
            start: rendered(&start),
            blocks,
            end: format!("<script>{script}</script>\n</body>\n</html>\n"),
        }
    }

    /// Returns the page, part after part.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        let block = |block| [BLOCK_BEGINS, block, "</script>\n"];
        let blocks = self.blocks.iter().map(String::as_str).flat_map(block);
        [self.start.as_str()]
            .into_iter()
            .chain(blocks)
            .chain([self.end.as_str()])
    }
}

const BLOCK_BEGINS: &str = "<script type=\"application/octet-stream\" class=\"records\">";

fn rendered(template: &impl Template) -> String {
    template.render().expect("memory takes what is written")
}

fn unresolved(unresolved: &Unresolved) -> UnresolvedStatement<'_> {
    let entries = unresolved.entries.iter().map(|entry| UnresolvedEntry {
        record: entry.record,
        kind: entry.kind.as_str(),
        has_id: entry.call_id.is_some(),
        meaning: &entry.meaning,
    });
    UnresolvedStatement {
        total: unresolved.counts.unresolved(),
        entries: entries.collect(),
    }
}

/// All of a page before the records.
#[derive(Template)]
#[template(path = "report/page.html")]
struct Start<'a> {
    content_security_policy: &'a str,
    title: &'a str,
    style: &'a str,
    shown: &'a str,
    statement: &'a str,
}

/// What is read without scripts. `static.js` writes the same text.
#[derive(Template)]
#[template(path = "report/static.html")]
struct Static<'a> {
    title: String,
    log: String,
    command: String,
    window: Option<String>,
    facts: Vec<Fact>,
    integrity: String,
    completeness: String,
    time: String,
    policy: Option<PolicyShown<'a>>,
    calls_heading: String,
    calls_total: u64,
    calls: Vec<(u64, &'static str, String)>,
    columns: [&'static str; COLUMNS.len()],
    records: u64,
    /// Newest first.
    rows: Vec<&'a Row>,
}

struct PolicyShown<'a> {
    name: String,
    sha256: String,
    verdict: String,
    rules: Vec<RuleShown<'a>>,
}

struct RuleShown<'a> {
    status: &'static str,
    id: String,
    severity: &'a str,
    description: String,
    detail: String,
}

impl<'a> Static<'a> {
    fn new(reader: &Reader<'a>, held: &Held, contents: &'a Contents) -> Self {
        let log = text(reader.log);
        let policy = reader.policy.zip(contents.outcome.as_ref());
        let calls = contents.unresolved.entries.iter().take(NAMED_CALLS);
        Self {
            title: contents.facts.title(),
            log,
            command: command_for(reader.log),
            window: held.window.as_ref().map(window_text),
            facts: contents.facts.lines(held.head, held.window.is_some()),
            integrity: integrity(held),
            completeness: completeness(contents.witness.as_ref(), &contents.chain, held),
            time: time(contents.witness.as_ref()),
            policy: policy.map(|((policy, name, _), outcome)| policy_shown(policy, name, outcome)),
            calls_heading: calls_heading(held),
            calls_total: contents.unresolved.counts.unresolved(),
            calls: calls
                .map(|entry| (entry.record, entry.kind.as_str(), text(&entry.meaning)))
                .collect(),
            columns: COLUMNS,
            records: held.records,
            rows: contents.rows.iter().rev().collect(),
        }
    }
}

fn text(text: &str) -> String {
    visible(&clipped(text, TEXT_CHARS)).into_owned()
}

fn window_text(window: &WindowStatement) -> String {
    let from = window.from.as_ref().map(|from| format!("from {from}"));
    let to = window.to.as_ref().map(|to| format!("to {to}"));
    let bounds: Vec<String> = from.into_iter().chain(to).collect();
    let bounds = bounds.join(" ");
    let (first, last, total) = (window.first, window.last, window.total);
    let which = match first {
        0 => format!(
            "No record is in this window, {bounds}: the log has {}.",
            plural(total, "record")
        ),
        _ => format!(
            "This page has records {first} to {last} of {total}, not the whole log: what is {bounds}."
        ),
    };
    let elsewhere = match window.first_elsewhere {
        Some(first) => format!(
            "that the log does not hold elsewhere: {}, the first at record {first}",
            plural(window.findings_elsewhere, "finding")
        ),
        None => "that the rest of the log is intact".to_owned(),
    };
    let says = "The writer of this page says";
    let head = window
        .log_head
        .map(|head| format!(" {says} that its head is {head}."));
    let head = head.unwrap_or_default();
    format!("{which} {says} {elsewhere}.{head} What is outside cannot be checked here.")
}

fn calls_heading(held: &Held) -> String {
    let outside = match held.window {
        Some(_) => "; the other side of a call may be outside of this window",
        None => "",
    };
    format!("Calls that do not join{outside}")
}

fn integrity(held: &Held) -> String {
    match held.records {
        0 => "There is no record, so nothing is attested.".to_owned(),
        records => format!(
            "{}, each sealed over the one before it.",
            plural(records, "record")
        ),
    }
}

fn policy_shown<'a>(policy: &'a Policy, name: &str, outcome: &Outcome) -> PolicyShown<'a> {
    let rules = policy.rules.iter().zip(outcome.rules.iter().flatten());
    let rules: Vec<RuleShown<'_>> = rules
        .map(|(rule, became)| {
            let named = became.decisive.iter().take(NAMED_RECORDS);
            let named: Vec<String> = named.map(|record| record.record.to_string()).collect();
            let about = format!("about {}", plural(became.matched, "record"));
            RuleShown {
                status: became.status.as_str(),
                id: text(&rule.id),
                severity: rule.severity.as_str(),
                description: text(&rule.description),
                detail: match became.status {
                    Status::Violated => format!(
                        "{about}, {} of them break it: {}",
                        became.violations,
                        named.join(", ")
                    ),
                    Status::Pass => format!("{about}: {}", named.join(", ")),
                    Status::NoEvidence => "no record of what it expects".to_owned(),
                    Status::NoMatch => "about no record".to_owned(),
                },
            }
        })
        .collect();
    PolicyShown {
        name: text(name),
        sha256: policy.sha256.to_string(),
        verdict: outcome.conclusion(true).as_str().to_owned(),
        rules,
    }
}
