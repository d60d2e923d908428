//! The hash of arguments and answers, `action.input.hash` and `outcome.hash` (FORMAT.md, "Input hash").

use crate::{
    canon,
    digest::Digest,
    json::{self, Text, Value},
};

/// Returns the hash of a value as it was passed, before any redaction.
///
/// It is the SHA-256 of the canonical form. Arguments are not bound to the format's numbers, so a value that
/// has no canonical form is hashed in the fallback form: ASCII text with keys in code point order and floats
/// as the reference prints them. One such number anywhere moves the whole value to the fallback form.
///
/// ```
/// use sealstone::{input_hash::input_hash, json};
/// let value = json::read(br#"[1.5,"\u00e9"]"#)?.value;
/// assert!(input_hash(&value).to_string().starts_with("13f1408665b7bf83"));
/// # Ok::<(), json::ReadError>(())
/// ```
pub fn input_hash(value: &Value) -> Digest {
    match canon::to_vec(value) {
        Ok(bytes) => Digest::of(&bytes),
        Err(_) => Digest::of(fallback(value).as_bytes()),
    }
}

fn fallback(value: &Value) -> String {
    let mut text = String::new();
    json::write(&sorted(value), &mut text);
    text
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        Value::Object(object) => {
            let mut members: Vec<_> = object.iter().collect();
            members.sort_by_cached_key(|(key, _)| code_points(key));
            Value::Object(
                members
                    .into_iter()
                    .map(|(key, value)| (key.clone(), sorted(value)))
                    .collect(),
            )
        }
        other => other.clone(),
    }
}

fn code_points(text: &Text) -> Vec<u32> {
    match text.units() {
        None => text.chars().map(u32::from).collect(),
        Some(units) => char::decode_utf16(units.iter().copied())
            .map(|decoded| match decoded {
                Ok(c) => c.into(),
                Err(lone) => lone.unpaired_surrogate().into(),
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(text: &str) -> String {
        input_hash(&json::read(text.as_bytes()).unwrap().value).prefixed()
    }

    #[test]
    fn published_hashes_are_reproduced() {
        for (text, expected) in [
            (
                "{}",
                "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
            ),
            (
                "[]",
                "sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945",
            ),
            (
                "\"\"",
                "sha256:12ae32cb1ec02d01eda3581b127c1fee3b0dc53572ed6baf239721a03d82e126",
            ),
            (
                "null",
                "sha256:74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b",
            ),
            (
                "true",
                "sha256:b5bea41b6c623f7c09f1bf24dcae58ebab3c0cdd90ad966bc43a45b44867e12b",
            ),
            (
                "{\"query\":\"x\"}",
                "sha256:3b7b5a17b6341261ae9f7ba2054b1c2aebc1937087a423f16f88bc40ec2ec0c1",
            ),
            (
                "{\"a\":1}",
                "sha256:015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862",
            ),
            (
                "{\"a\":1.0}",
                "sha256:015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862",
            ),
            (
                "[1.5,\"\u{e9}\"]",
                "sha256:13f1408665b7bf8320ef1ee994bd65b04da1a493c5a0e424d0eb5bb194a6b89f",
            ),
            (
                "{\"b\":0.1,\"a\":1e-7}",
                "sha256:7a6ffb1182aa6627d3fb4e017582a988d10eac2adfe70b22a8e94d199ca44e3f",
            ),
            (
                "9007199254740993",
                "sha256:a1c367c29158357e62a3ff5d3e800fb7698a22396439dbc0a9d4929322afd35d",
            ),
            (
                "1e400",
                "sha256:d0067cad9a63e0813759a2bb841051ca73570c0da2e08e840a8eb45db6a7a010",
            ),
            (
                "{\"\\ud800\":\"\u{e9}\",\"\\ue000\":1}",
                "sha256:6ff677532b7d3cd5768716ac18e5c34bb9e9b96e6e1fc7e675cf401e3d8b6ff8",
            ),
        ] {
            assert_eq!(hash(text), expected, "{text}");
        }
    }
}
