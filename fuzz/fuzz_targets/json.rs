//! Any bytes can be read, and what was read is what is written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealstone::{input_hash::input_hash, json};

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = json::read(bytes) else {
        return;
    };
    let mut text = String::new();
    json::write(&document.value, &mut text);
    assert!(text.is_ascii());
    let again = json::read(text.as_bytes()).expect("what is written can be read");
    assert!(again.duplicates.is_empty());
    // A value that holds NaN is not equal to itself.
    #[expect(clippy::eq_op, reason = "it asks whether there is a NaN")]
    let is_comparable = document.value == document.value;
    assert!(!is_comparable || again.value == document.value);
    let mut twice = String::new();
    json::write(&again.value, &mut twice);
    assert_eq!(text, twice);
    assert_eq!(input_hash(&document.value), input_hash(&again.value));
});
