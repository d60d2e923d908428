//! A policy's verdict as one page for a browser: it loads nothing, runs nothing, and checks nothing.

use std::path::Path;

use askama::Template;
use base64::{Engine, prelude::BASE64_STANDARD};
use sealstone::{
    digest::Digest,
    policy::{Conclusion, Rule, RuleOutcome, Status},
    report::visible,
};

use super::{
    judged::Judged,
    text::{ORDER, span},
    words,
};
use crate::cli::{
    out::Tone,
    replaced,
    verify::{plural, summary},
};

const STYLE: &str = include_str!("../../../templates/policy.css");

#[derive(Template)]
#[template(path = "policy.html")]
struct Page {
    content_security_policy: String,
    style: &'static str,
    /// Whom or what the verdict is on.
    label: String,
    tone: &'static str,
    heading: String,
    sentence: String,
    facts: Vec<Fact>,
    rules: Vec<Ruled>,
    version: &'static str,
}

struct Fact {
    name: &'static str,
    text: String,
    /// Whether it is to be compared letter by letter.
    is_code: bool,
}

struct Ruled {
    tone: &'static str,
    mark: &'static str,
    id: String,
    severity: &'static str,
    source: String,
    description: String,
    outcome: String,
    /// Those that break it.
    records: Vec<String>,
}

/// Writes the page. What it quotes of the log and the policy is made visible, and escaped by the template.
pub(super) fn write(
    judged: &Judged<'_>,
    label: Option<&str>,
    path: &Path,
    inputs: &[&Path],
) -> anyhow::Result<()> {
    let page = page(judged, label).render()?;
    replaced::write(path, inputs, |file| file.write_all(page.as_bytes()))
}

fn page(judged: &Judged<'_>, label: Option<&str>) -> Page {
    let conclusion = judged.conclusion();
    let name = judged.report.name();
    let hash = Digest::of(STYLE.as_bytes());
    let style = BASE64_STANDARD.encode(hash.as_bytes());
    let rules = ORDER.iter().flat_map(|status| {
        let rules = judged.rules();
        rules.filter(|(_, outcome)| outcome.status == *status)
    });
    Page {
        content_security_policy: format!(
            "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'"
        ),
        style: STYLE,
        label: visible(label.unwrap_or(&name)).into_owned(),
        tone: class(words::words(conclusion).0),
        heading: heading(conclusion).to_owned(),
        sentence: words::reason(judged),
        facts: facts(judged, &name),
        rules: rules.map(|(rule, outcome)| ruled(rule, outcome)).collect(),
        version: env!("CARGO_PKG_VERSION"),
    }
}

/// Returns the verdict in the words of the reference's panel.
const fn heading(conclusion: Conclusion) -> &'static str {
    match conclusion {
        Conclusion::NonAttestable => "NON-ATTESTABLE — LOG DID NOT VERIFY",
        Conclusion::NoEvidence => "NO EVIDENCE — 0 RECORDS IN SCOPE",
        Conclusion::Unexercised => "NO APPLICABLE EVIDENCE — NO RULES EXERCISED",
        other => other.as_str(),
    }
}

fn facts(judged: &Judged<'_>, name: &str) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut add = |name, text: String, is_code| {
        facts.push(Fact {
            name,
            text: visible(&text).into_owned(),
            is_code,
        });
    };
    let outcome = &judged.outcome;
    add(
        "Log",
        format!("{name}: {}", summary(&judged.report).1),
        false,
    );
    if judged.window.is_bounded() {
        add("Window", span(&judged.window), false);
    }
    if outcome.undated > 0 {
        let undated = plural(outcome.undated, "record");
        add(
            "Left out",
            format!("{undated} whose time cannot be read"),
            false,
        );
    }
    if let Some(expected) = &judged.expected_subject {
        add("Subject", format!("every record is of {expected:?}"), false);
    }
    let rules = plural(judged.policy.rules.len() as u64, "rule");
    let checked = plural(outcome.checked, "record");
    add("Held", format!("{checked} against {rules}"), false);
    add("Policy, SHA-256", judged.policy.sha256.to_string(), true);
    facts
}

fn ruled(rule: &Rule, outcome: &RuleOutcome) -> Ruled {
    let (tone, mark) = words::mark(outcome.status);
    let text = |text: &str| visible(text).into_owned();
    let is_violated = outcome.status == Status::Violated;
    let mut records: Vec<String> = Vec::new();
    if is_violated {
        let named = outcome.decisive.iter().map(words::record);
        records.extend(named.map(|record| text(&record)));
        if outcome.decisive_left_out > 0 {
            records.push(format!("{} more", outcome.decisive_left_out));
        }
    }
    Ruled {
        tone: class(tone),
        mark: mark.trim_matches(['[', ']', ' ']),
        id: text(&rule.id),
        severity: rule.severity.as_str(),
        source: text(&rule.source),
        description: text(&rule.description),
        outcome: text(&if is_violated {
            let matched = plural(outcome.matched, "record");
            format!("broken by {} of {matched}:", outcome.violations)
        } else {
            words::outcome(outcome)
        }),
        records,
    }
}

const fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Bad => "bad",
        Tone::Odd | Tone::Plain => "odd",
    }
}
