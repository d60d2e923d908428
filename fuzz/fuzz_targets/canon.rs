//! The canonical form is its own canonical form, and `serde_jcs` writes the same where the format follows
//! RFC 8785 to the letter.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealstone::{
    canon,
    json::{self, Number, Value},
};

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = json::read(bytes) else {
        return;
    };
    let value = document.value;
    let Ok(canonical) = canon::to_vec(&value) else {
        assert!(!is_plain(&value), "a plain value has a form");
        return;
    };
    // An integral float past 2^53 - 1 has a form that does not read as the same kind of number.
    if is_plain(&value) {
        let again = json::read(&canonical).expect("a canonical form can be read");
        assert!(again.duplicates.is_empty());
        assert_eq!(canon::to_vec(&again.value).as_ref(), Ok(&canonical));
        let second = serde_jcs::to_vec(&value).expect("a plain value has a form");
        assert_eq!(canonical, second);
    }
});

/// Whether all numbers are integers of the format, and no text holds half of a surrogate pair.
fn is_plain(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().all(is_plain),
        Value::Bool(_) | Value::Null => true,
        Value::Number(number) => matches!(number, Number::Integer(_)),
        Value::Object(object) => object
            .iter()
            .all(|(key, value)| key.units().is_none() && is_plain(value)),
        Value::String(text) => text.units().is_none(),
    }
}
