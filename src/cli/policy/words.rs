//! What is said of a policy, in every format.

use sealstone::policy::{Conclusion, Decisive, Rule, RuleOutcome, Status};

use super::judged::Judged;
use crate::cli::{out::Tone, sanitize::shown, verify::plural};

/// How many of the records that decided a rule a line of text names.
const NAMED: usize = 5;

/// Returns the tone of a conclusion, and the word for it in documents, which is stable.
pub(super) const fn words(conclusion: Conclusion) -> (Tone, &'static str) {
    match conclusion {
        Conclusion::Compliant => (Tone::Good, "compliant"),
        Conclusion::Gaps => (Tone::Odd, "gaps"),
        Conclusion::NoEvidence => (Tone::Odd, "no-evidence"),
        Conclusion::NonAttestable => (Tone::Bad, "non-attestable"),
        Conclusion::Unexercised => (Tone::Odd, "unexercised"),
        Conclusion::Violated => (Tone::Bad, "violated"),
    }
}

/// Returns the verdict in a sentence.
pub(super) fn verdict(judged: &Judged<'_>) -> String {
    format!("{}: {}", judged.conclusion().as_str(), reason(judged))
}

/// Returns why the verdict is what it is.
pub(super) fn reason(judged: &Judged<'_>) -> String {
    let count = |status, noun: &str| plural(judged.outcome.count(status), noun);
    match judged.conclusion() {
        Conclusion::Compliant => "no record breaks a rule that is about it".to_owned(),
        Conclusion::Gaps => {
            let gaps = count(Status::NoEvidence, "rule");
            format!("no record breaks a rule, and {gaps} without the evidence expected")
        }
        Conclusion::NoEvidence => "no record in scope, so nothing is attested".to_owned(),
        Conclusion::NonAttestable => {
            "the log does not verify, so nothing is attested by what stands in it".to_owned()
        }
        Conclusion::Unexercised => "no rule is about any record, so nothing is attested".to_owned(),
        Conclusion::Violated => {
            let records = plural(judged.outcome.violating_records, "record");
            format!("{} broken by {records}", count(Status::Violated, "rule"))
        }
    }
}

/// Returns the mark of a status, all of one width.
pub(super) const fn mark(status: Status) -> (Tone, &'static str) {
    match status {
        Status::NoEvidence => (Tone::Odd, "[GAP ]"),
        Status::NoMatch => (Tone::Odd, "[NONE]"),
        Status::Pass => (Tone::Good, "[PASS]"),
        Status::Violated => (Tone::Bad, "[FAIL]"),
    }
}

/// Names a rule.
pub(super) fn named(rule: &Rule) -> String {
    format!("{} ({})", shown(&rule.id), rule.severity)
}

/// Says what became of a rule, and which records decided it.
pub(super) fn outcome(outcome: &RuleOutcome) -> String {
    let matched = plural(outcome.matched, "record");
    match outcome.status {
        Status::NoEvidence => "no record is the evidence that it expects".to_owned(),
        Status::NoMatch => "about no record, so nothing is attested".to_owned(),
        Status::Pass => format!("about {matched}, and none breaks it: {}", records(outcome)),
        Status::Violated => format!(
            "broken by {} of {matched}: {}",
            outcome.violations,
            records(outcome)
        ),
    }
}

fn records(outcome: &RuleOutcome) -> String {
    let first = outcome.decisive.iter().take(NAMED);
    let mut names: Vec<String> = first.map(record).collect();
    let more = outcome.decisive.len().saturating_sub(NAMED) as u64 + outcome.decisive_left_out;
    if more > 0 {
        names.push(format!("{more} more"));
    }
    names.join(", ")
}

/// Names a record.
pub(super) fn record(decisive: &Decisive) -> String {
    match &decisive.record_id {
        Some(id) => format!("record {} ({})", decisive.record, shown(id)),
        None => format!("record {} (without an id)", decisive.record),
    }
}
