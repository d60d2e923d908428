//! Any text is masked, and excerpts keep to their length.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealstone::{
    json::{self, Value},
    redact::{self, Rule, mask},
};

const SUMMARY_MAX_CHARS: usize = 200;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    for rule in [Rule::Credentials, Rule::Full, Rule::Named] {
        let _masked = mask(&text, rule);
    }
    look_at(&Value::from(text.as_ref()));
    if let Ok(document) = json::read(bytes) {
        look_at(&document.value);
        let masked = redact::masked(&document.value);
        let mut written = String::new();
        json::write(&masked, &mut written);
        let again = json::read(written.as_bytes()).expect("what is masked is still JSON");
        assert!(again.duplicates.is_empty(), "two keys are masked alike");
    }
});

fn look_at(value: &Value) {
    for finding in redact::scan(value) {
        assert!(redact::KINDS.contains(&finding.kind));
    }
    for summary in [redact::summary(value), redact::outcome_summary(value)] {
        assert!(summary.chars().count() <= SUMMARY_MAX_CHARS, "{summary:?}");
    }
}
