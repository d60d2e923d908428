//! A policy's verdict as lines for people.

use sealstone::{policy::Status, window::Window};

use super::{judged::Judged, words};
use crate::cli::{
    out::{Out, Tone},
    verify::{plural, summary},
};

/// Below the mark.
const INDENT: &str = "       ";

/// What is worst comes first.
pub(super) const ORDER: [Status; 4] = [
    Status::Violated,
    Status::NoEvidence,
    Status::NoMatch,
    Status::Pass,
];

pub(super) fn print(out: &mut Out, judged: &Judged<'_>) {
    let (tone, _) = words::words(judged.conclusion());
    out.line(tone, format!("Policy verdict: {}", words::verdict(judged)));
    out.line(Tone::Plain, counts(judged));
    for status in ORDER {
        let rules = judged.rules().filter(|(_, rule)| rule.status == status);
        for (rule, outcome) in rules {
            let (tone, mark) = words::mark(status);
            let (name, outcome) = (words::named(rule), words::outcome(outcome));
            out.line(tone, format!("{mark} {name}: {outcome}"));
            if !rule.description.is_empty() {
                out.line(Tone::Plain, format!("{INDENT}{}", rule.description));
            }
        }
    }
    log(out, judged);
}

fn counts(judged: &Judged<'_>) -> String {
    let checked = plural(judged.outcome.checked, "record");
    let rules = plural(judged.policy.rules.len() as u64, "rule");
    let window = if judged.window.is_bounded() {
        format!(" {}", span(&judged.window))
    } else {
        String::new()
    };
    let sha256 = judged.policy.sha256;
    format!("{checked}{window} held against {rules}; SHA-256 of the policy: {sha256}")
}

/// Returns a window in words.
pub(super) fn span(window: &Window) -> String {
    match (window.from(), window.to()) {
        (None, None) => "at any time".to_owned(),
        (Some(from), None) => format!("from {from} on"),
        (None, Some(to)) => format!("up to {to}"),
        (Some(from), Some(to)) => format!("from {from} to {to}"),
    }
}

/// Says how the log stands, if there is anything to say.
fn log(out: &mut Out, judged: &Judged<'_>) {
    let name = judged.report.name();
    let undated = judged.outcome.undated;
    if undated > 0 {
        let records = plural(undated, "record");
        let text = format!("{name}: {records} left out, because their time cannot be read");
        out.line(Tone::Odd, text);
    }
    if judged.is_verified() {
        return;
    }
    let (tone, text) = summary(&judged.report);
    let text = format!("{name}: {text}");
    if out.is_quiet() && judged.report.error.is_some() {
        out.error(&anyhow::Error::msg(text.clone()));
    }
    out.line(tone, text);
}
