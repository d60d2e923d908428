//! A policy's verdict as one JSON document: FORMAT.md, "Policy". It has every member that the reference's has, and
//! some more.

use sealstone::policy::{Decisive, Rule, RuleOutcome, Status};
use serde::Serialize;

use super::{judged::Judged, words};
use crate::cli::out::Out;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    verdict: &'static str,
    compliant: bool,
    checked: u64,
    violations: u64,
    violating_records: u64,
    gaps: u64,
    unexercised: u64,
    rules: Vec<Ruled<'a>>,
    policy_sha256: String,
    rules_sha256: Option<String>,
    chain_verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<Span>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_subject: Option<&'a str>,
    undated: u64,
    log: Log<'a>,
}

#[derive(Serialize)]
struct Ruled<'a> {
    id: &'a str,
    description: &'a str,
    severity: &'static str,
    source: &'a str,
    status: &'static str,
    matched: u64,
    violators: Vec<&'a str>,
    violations: u64,
    records: Vec<Decided<'a>>,
    records_left_out: u64,
}

#[derive(Serialize)]
struct Decided<'a> {
    record: u64,
    line: u64,
    record_id: Option<&'a str>,
}

#[derive(Serialize)]
struct Span {
    from: Option<String>,
    to: Option<String>,
}

/// How the log stands; `verify --json` says more.
#[derive(Serialize)]
struct Log<'a> {
    path: String,
    verdict: &'static str,
    records: Option<u64>,
    head: Option<String>,
    first_break: Option<u64>,
    error: Option<&'a str>,
}

pub(super) fn print(out: &mut Out, judged: &Judged<'_>) {
    out.json(&document(judged));
}

fn document<'a>(judged: &'a Judged<'a>) -> Document<'a> {
    let violations = judged.outcome.count(Status::Violated);
    let report = &judged.report;
    let sha256 = judged.policy.rules_sha256;
    Document {
        schema: "sealstone.policy/1",
        verdict: words::words(judged.conclusion()).1,
        compliant: violations == 0 && judged.is_verified(),
        checked: judged.outcome.checked,
        violations,
        violating_records: judged.outcome.violating_records,
        gaps: judged.outcome.count(Status::NoEvidence),
        unexercised: judged.outcome.count(Status::NoMatch),
        rules: judged.rules().map(|(rule, of)| ruled(rule, of)).collect(),
        policy_sha256: judged.policy.sha256.to_string(),
        rules_sha256: sha256.map(|digest| digest.to_string()),
        chain_verified: judged.is_verified(),
        window: judged.window.is_bounded().then(|| Span {
            from: judged.window.from(),
            to: judged.window.to(),
        }),
        expected_subject: judged.expected_subject.as_deref(),
        undated: judged.outcome.undated,
        log: Log {
            path: report.name(),
            verdict: report.standing.as_str(),
            records: report.records,
            head: report.head.map(|head| head.to_string()),
            first_break: report.first_break,
            error: report.error.as_deref(),
        },
    }
}

fn ruled<'a>(rule: &'a Rule, outcome: &'a RuleOutcome) -> Ruled<'a> {
    let decisive = outcome.decisive.iter();
    let violators = decisive.clone().filter(|_| outcome.violations > 0);
    Ruled {
        id: &rule.id,
        description: &rule.description,
        severity: rule.severity.as_str(),
        source: &rule.source,
        status: outcome.status.as_str(),
        matched: outcome.matched,
        // The reference's word for a record without an id.
        violators: violators
            .map(|record| record.record_id.as_deref().unwrap_or("?"))
            .collect(),
        violations: outcome.violations,
        records: decisive.map(record).collect(),
        records_left_out: outcome.decisive_left_out,
    }
}

fn record(decisive: &Decisive) -> Decided<'_> {
    Decided {
        record: decisive.record,
        line: decisive.line,
        record_id: decisive.record_id.as_deref(),
    }
}
