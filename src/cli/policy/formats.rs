//! A policy's verdict for services that read results: the writers are those of `verify`.
//!
//! In SARIF and for GitHub a violation is a result at the record that breaks the rule. In the manner of `JUnit` a
//! rule is a test, behind one for the log.

use sealstone::policy::{Conclusion, Decisive, Rule, RuleOutcome, Status};

use super::{judged::Judged, words};
use crate::cli::{
    out::{Out, Tone},
    verify::{
        github,
        junit::{self, Case, End},
        note::{Note, POLICY_GAP, POLICY_UNEXERCISED, POLICY_VIOLATED},
        sarif,
    },
};

/// The name of the suite, and the class of each test.
const SUITE: &str = "sealstone policy";

/// Code scanning refuses documents with more than 25,000 results.
const LISTED_IN_SARIF: usize = 12_000;

/// Actions shows the first ten of a step beside the lines; the others are read in its output.
const LISTED_FOR_GITHUB: usize = 1_000;

pub(super) fn junit(out: &mut Out, judged: &mut Judged<'_>) {
    judged.report.nothing = nothing(judged);
    let log = junit::case(&judged.report, false);
    let rules = judged.rules();
    let rules = rules.map(|(rule, outcome)| case(judged, rule, outcome));
    let cases: Vec<Case> = [log].into_iter().chain(rules).collect();
    out.document(&junit::suite(SUITE, &cases));
}

pub(super) fn sarif(out: &mut Out, judged: &mut Judged<'_>) {
    annotate(judged, LISTED_IN_SARIF);
    sarif::print(out, std::slice::from_ref(&judged.report), false);
}

pub(super) fn github(out: &mut Out, judged: &mut Judged<'_>) {
    annotate(judged, LISTED_FOR_GITHUB);
    github::print(out, std::slice::from_ref(&judged.report), false);
    let verdict = github::said(&judged.report, &words::verdict(judged));
    out.line(Tone::Plain, verdict);
}

/// Adds what the policy found to what is known of the log.
fn annotate(judged: &mut Judged<'_>, listed: usize) {
    let notes: Vec<Note> = judged
        .rules()
        .flat_map(|(rule, outcome)| notes(rule, outcome))
        .collect();
    let violated = judged
        .rules()
        .filter(|(_, rule)| rule.status == Status::Violated);
    let left_out: u64 = violated.map(|(_, rule)| rule.decisive_left_out).sum();
    let nothing = nothing(judged);
    let report = &mut judged.report;
    report.nothing = nothing;
    report.notes.extend(notes);
    report.findings_left_out += left_out;
    report.list_at_most(listed);
}

/// Returns what a rule found, a note a record.
fn notes(rule: &Rule, outcome: &RuleOutcome) -> Vec<Note> {
    let name = words::named(rule);
    let said = |what: &str| match rule.description.as_str() {
        "" => format!("{name}: {what}"),
        description => format!("{name}: {what}: {description}"),
    };
    match outcome.status {
        Status::NoEvidence => vec![Note::of_log(POLICY_GAP, said(&words::outcome(outcome)))],
        Status::NoMatch | Status::Pass => Vec::new(),
        Status::Violated => {
            let of = |decisive: &Decisive| Note {
                record: Some(decisive.record),
                line: Some(decisive.line),
                ..Note::of_log(POLICY_VIOLATED, said("the record breaks this rule"))
            };
            outcome.decisive.iter().map(of).collect()
        }
    }
}

/// Returns why nothing is attested, if the log verifies and nothing is.
fn nothing(judged: &Judged<'_>) -> Option<Note> {
    let is_nothing = matches!(
        judged.conclusion(),
        Conclusion::NoEvidence | Conclusion::Unexercised
    );
    is_nothing.then(|| Note::of_log(POLICY_UNEXERCISED, words::verdict(judged)))
}

fn case(judged: &Judged<'_>, rule: &Rule, outcome: &RuleOutcome) -> Case {
    let said = words::outcome(outcome);
    Case {
        name: rule.id.clone(),
        file: judged.report.name(),
        seconds: 0.0,
        end: match outcome.status {
            Status::NoEvidence | Status::NoMatch => End::Skipped(said.clone()),
            Status::Pass => End::Passed,
            Status::Violated => End::Failed(POLICY_VIOLATED.code, said.clone()),
        },
        lines: vec![said, rule.description.clone()],
    }
}
