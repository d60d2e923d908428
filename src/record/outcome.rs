//! What an action's answer says of how it ended.

use super::fields::OutcomeStatus;
use crate::json::{Number, Object, Value};

/// Keys that agents use for a process's exit status.
const EXIT_STATUS_KEYS: &[&str] = &["exit_code", "exitCode", "returncode", "return_code"];

/// Returns how an action ended by its answer: `error` if the answer says so, else `ok`.
///
/// An answer says so by a non-empty `is_error` or `error`, by `"status": "error"`, or by an exit status that
/// is not zero. `success: false` and `interrupted: true` are not taken for errors: the reference does not,
/// and two tools on one log must not disagree.
pub fn status(answer: &Value) -> OutcomeStatus {
    let says_error = answer.as_object().is_some_and(|answer| {
        let set = |key| answer.get(key).is_some_and(|value| !value.is_empty_like());
        set("is_error")
            || set("error")
            || answer.str("status") == Some("error")
            || EXIT_STATUS_KEYS
                .iter()
                .any(|key| answer.get(key).is_some_and(is_failure))
    });
    if says_error {
        OutcomeStatus::Error
    } else {
        OutcomeStatus::Ok
    }
}

fn is_failure(exit_status: &Value) -> bool {
    match exit_status {
        Value::Number(Number::Integer(n)) => *n != 0,
        Value::Number(Number::BigInteger(_)) => true,
        Value::Number(Number::Float(f)) => *f != 0.0,
        Value::String(text) => text.trim().parse::<f64>().is_ok_and(|n| n != 0.0),
        _ => false,
    }
}

/// Returns whether an `outcome.hash` has a form that readers know: 16 to 64 hexadecimal digits, with or
/// without `sha256:`.
pub fn is_hash(text: &str) -> bool {
    let digits = text.strip_prefix("sha256:").unwrap_or(text);
    (16..=64).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Keeps of an outcome what shows nothing of the answer: its status and its hash.
pub(super) fn keep_hash_only(outcome: &mut Object) {
    *outcome = ["status", "hash"]
        .into_iter()
        .filter_map(|key| Some((key, outcome.remove(key)?)))
        .collect();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read;

    #[test]
    fn answers_say_error_in_the_ways_agents_do() {
        let status = |text: &str| status(&read(text.as_bytes()).unwrap().value).as_str();
        for error in [
            r#"{"is_error":true}"#,
            r#"{"error":"no such file"}"#,
            r#"{"status":"error"}"#,
            r#"{"exit_code":1}"#,
            r#"{"exitCode":"2"}"#,
            r#"{"returncode":-9}"#,
            r#"{"return_code":1.5}"#,
        ] {
            assert_eq!(status(error), "error", "{error}");
        }
        for ok in [
            "{}",
            r#""error""#,
            r#"{"is_error":false,"error":"","exit_code":0}"#,
            r#"{"exit_code":"0"}"#,
            r#"{"exit_code":true}"#,
            r#"{"success":false}"#,
            r#"{"interrupted":true}"#,
        ] {
            assert_eq!(status(ok), "ok", "{ok}");
        }
    }
}
