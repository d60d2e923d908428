//! Any bytes are a policy or are refused, and what is a policy judges any log: the same each time, with no more
//! records broken than there are, and by each line alone.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sealstone::{
    policy::{Evaluation, Outcome, Policy, RuleOutcome, Status},
    sample,
    window::Window,
};

/// Sound records for rules to be about.
static SOUND: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let lines: String = sample::chain(12, 1).collect();
    (sample::example() + &lines).into_bytes()
});

fuzz_target!(|bytes: &[u8]| {
    let at = bytes.iter().position(|byte| *byte == 0);
    let (policy, log) = bytes.split_at(at.unwrap_or(bytes.len()));
    let log = log.strip_prefix(b"\0").unwrap_or(log);
    let Ok(policy) = Policy::read(policy) else {
        return;
    };
    assert!(!policy.rules.is_empty());
    for log in [&SOUND[..], log] {
        judged(&policy, log, &Window::default());
        for time in ["2026-01-05T09:00:05Z", "2026-01-05"] {
            let window = Window::new(Some(time), None).expect("it is a time");
            judged(&policy, log, &window);
        }
    }
});

fn judged(policy: &Policy, log: &[u8], window: &Window) {
    let outcome = evaluated(policy, log, window);
    assert_eq!(outcome, evaluated(policy, log, window));
    let Some(rules) = &outcome.rules else {
        return;
    };
    assert_eq!(rules.len(), policy.rules.len());
    for rule in rules {
        sound(rule, outcome.checked);
    }
    let violations: u64 = rules.iter().map(|rule| rule.violations).sum();
    let most = rules.iter().map(|rule| rule.violations).max().unwrap_or(0);
    assert!((most..=violations).contains(&outcome.violating_records));
}

fn sound(rule: &RuleOutcome, checked: u64) {
    assert!(rule.violations <= rule.matched && rule.matched <= checked);
    let decided = rule.decisive.len() as u64 + rule.decisive_left_out;
    match rule.status {
        Status::Violated => assert!(rule.violations > 0 && decided == rule.violations),
        Status::Pass => assert!(rule.violations == 0 && decided == rule.matched && decided > 0),
        Status::NoEvidence | Status::NoMatch => assert!(rule.matched == 0 && decided == 0),
    }
    assert!(rule.decisive.is_sorted_by_key(|record| record.record));
}

fn evaluated(policy: &Policy, log: &[u8], window: &Window) -> Outcome {
    let mut evaluation = Evaluation::new(policy);
    for line in log.split(|byte| *byte == b'\n') {
        evaluation.take(policy.look(line, window));
    }
    evaluation.finish()
}
