//! Reports as one JSON document: FORMAT.md, "Verdict".

use std::collections::BTreeMap;

use sealstone::verify::Delegation;
use serde::Serialize;

use super::{note::Note, report::Report};
use crate::cli::out::Out;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    logs: Vec<Log<'a>>,
}

#[derive(Serialize)]
struct Log<'a> {
    path: String,
    verdict: &'static str,
    records: Option<u64>,
    head: Option<String>,
    first_break: Option<u64>,
    findings: Vec<&'a Note>,
    findings_left_out: u64,
    warnings: Vec<&'a Note>,
    warnings_left_out: u64,
    delegation: Delegation,
    error: Option<&'a str>,
    #[serde(flatten)]
    facts: &'a BTreeMap<&'static str, serde_json::Value>,
}

pub(super) fn print(out: &mut Out, reports: &[Report]) {
    out.json(&Document {
        schema: "sealstone.verify/1",
        logs: reports.iter().map(log).collect(),
    });
}

fn log(report: &Report) -> Log<'_> {
    Log {
        path: report.name(),
        verdict: report.standing.as_str(),
        records: report.records,
        head: report.head.map(|head| head.to_string()),
        first_break: report.first_break,
        findings: report.findings().collect(),
        findings_left_out: report.findings_left_out,
        warnings: report.warnings().collect(),
        warnings_left_out: report.warnings_left_out,
        delegation: report.delegation,
        error: report.error.as_deref(),
        facts: &report.facts,
    }
}
