//! The short texts that a record shows of arguments and responses.

use std::fmt::Write;

use super::{
    MASK, Rule,
    chars::prefix,
    keys::{self, KeyClass, is_credential},
    mask_all,
    shape::{item_class, masked_leaf, masked_names, member_class},
};
use crate::json::{self, Object, Text, Value};

/// How many characters a summary has at most.
const MAX_CHARS: usize = 200;

/// How many characters the last pass of the named patterns sees. A secret that the structure's parts make
/// together may start within the summary and end behind it.
const WINDOW_CHARS: usize = 8192;

/// How many bytes are rendered at least before rendering stops; no character has more than four.
const WINDOW_BYTES: usize = WINDOW_CHARS * 4;

/// Returns the first 200 characters of `value`, masked, as compact JSON with sorted keys (RFC 8785, 3.2.3).
///
/// A string by itself is shown without quotes. A number that the format does not allow is shown as it was
/// written. The time taken depends on the width of what is shown, not on the size of the whole.
///
/// ```
/// let input = sealstone::json::read(br#"{"b":[1.5,null],"a":"AKIAIOSFODNN7EXAMPLE"}"#)?;
/// assert_eq!(sealstone::redact::summary(&input.value), r#"{"a":"AKIA****","b":[1.5,null]}"#);
/// # Ok::<(), sealstone::json::ReadError>(())
/// ```
pub fn summary(value: &Value) -> String {
    let mut out = String::new();
    if let Value::String(text) = value {
        match masked_leaf(value, KeyClass::Other) {
            Some(Value::String(masked)) => out.push_str(&masked),
            _ => out.push_str(text),
        }
    } else {
        render(value, KeyClass::Other, &mut out);
    }
    bounded(&out, Rule::Named)
}

/// Returns the first 200 characters of the text in a response, masked.
///
/// The strings, numbers and truth values are joined by spaces, without their keys; empty ones, `null` and
/// paths under keys that name a path are left out.
pub fn outcome_summary(value: &Value) -> String {
    let mut out = String::new();
    collect(value, KeyClass::Other, &mut out);
    bounded(&out, Rule::Full)
}

/// Masks once more what was put together, and cuts it.
fn bounded(text: &str, rule: Rule) -> String {
    let mut window = prefix(text, WINDOW_CHARS);
    if window.len() < text.len()
        && let Some(gap) = window.rfind([' ', '\n', '\t'])
        && window[..gap].chars().count() > WINDOW_CHARS / 2
    {
        window = &window[..gap];
    }
    prefix(&mask_all(window, rule), MAX_CHARS).to_owned()
}

/// Appends `value`, masked, until there is enough.
fn render(value: &Value, class: KeyClass, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if out.len() >= WINDOW_BYTES {
                    return;
                }
                if index > 0 {
                    out.push(',');
                }
                render(item, item_class(class, item), out);
            }
            out.push(']');
        }
        Value::Object(object) => render_object(object, class, out),
        value => match masked_leaf(value, class) {
            Some(Value::String(masked)) => render_text(&masked, out),
            _ => render_plain(value, out),
        },
    }
}

fn render_object(object: &Object, class: KeyClass, out: &mut String) {
    let mut members: Vec<(Text, &Text, &Value)> = masked_names(object)
        .into_iter()
        .zip(object.iter())
        .map(|(name, (key, value))| (name, key, value))
        .collect();
    // RFC 8785, 3.2.3: by UTF-16 code units.
    members.sort_by(|(a, ..), (b, ..)| a.encode_utf16().cmp(b.encode_utf16()));
    out.push('{');
    for (index, (name, key, value)) in members.into_iter().enumerate() {
        if out.len() >= WINDOW_BYTES {
            return;
        }
        if index > 0 {
            out.push(',');
        }
        render_text(&name, out);
        out.push(':');
        render(value, member_class(class, key, value), out);
    }
    out.push('}');
}

fn render_plain(value: &Value, out: &mut String) {
    match value {
        Value::String(text) => render_text(text, out),
        value => json::write(value, out),
    }
}

/// Appends a quoted string as RFC 8785, 3.2.2.2 writes it.
fn render_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{C}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            c if c < ' ' => {
                write!(out, "\\u{:04x}", c as u32).expect("writing to a string cannot fail");
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Appends the text of the leaves until there is enough.
fn collect(value: &Value, class: KeyClass, out: &mut String) {
    if out.len() >= WINDOW_BYTES {
        return;
    }
    match value {
        Value::Array(items) => {
            for item in items {
                collect(item, item_class(class, item), out);
            }
        }
        Value::Object(object) => {
            for (key, value) in object.iter() {
                collect(value, member_class(class, key, value), out);
            }
        }
        Value::Null => {}
        Value::String(text) if class == KeyClass::Path && keys::is_path(text) => {}
        value if is_credential(class, value) => append(MASK, out),
        // Each leaf is masked before the whole is: a neighbour can hide a number from its pattern.
        value => match (masked_leaf(value, class), value) {
            (Some(Value::String(masked)), _) => append(&masked, out),
            (_, Value::String(text)) => append(text, out),
            _ => {
                let mut text = String::new();
                json::write(value, &mut text);
                append(&text, out);
            }
        },
    }
}

fn append(text: &str, out: &mut String) {
    if text.is_empty() {
        return;
    }
    if !out.is_empty() {
        out.push(' ');
    }
    out.push_str(text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read;

    fn value(text: &str) -> Value {
        read(text.as_bytes()).unwrap().value
    }

    #[test]
    fn a_summary_is_sorted_by_utf16() {
        assert_eq!(
            summary(&value(
                r#"{"\ufb33":1,"\ud83d\ude00":2,"b":{"d":3,"c":"\n\"\u0001é"}}"#
            )),
            "{\"b\":{\"c\":\"\\n\\\"\\u0001é\",\"d\":3},\"😀\":2,\"\u{FB33}\":1}"
        );
    }

    #[test]
    fn numbers_the_format_does_not_allow_are_shown() {
        assert_eq!(
            summary(&value("[1.5,9007199254740993,-0.0]")),
            "[1.5,9007199254740993,-0.0]"
        );
    }

    #[test]
    fn a_string_by_itself_has_no_quotes() {
        assert_eq!(
            summary(&"say \"hi\" to bob@x.com".into()),
            "say \"hi\" to b****@x.com"
        );
    }

    #[test]
    fn a_summary_has_200_characters() {
        assert_eq!(summary(&"é ".repeat(5000).into()).chars().count(), 200);
        assert_eq!(
            outcome_summary(&"é ".repeat(5000).into()).chars().count(),
            200
        );
    }

    #[test]
    fn a_secret_on_the_edge_is_not_cut_open() {
        for before in 150..210 {
            let text = format!("{} AKIAIOSFODNN7EXAMPLE", "x".repeat(before));
            for shown in [
                summary(&text.as_str().into()),
                outcome_summary(&text.as_str().into()),
            ] {
                assert!(!shown.contains("AKIAI"), "{before}");
            }
        }
    }

    #[test]
    fn what_parts_make_together_is_masked() {
        assert_eq!(summary(&value(r#"{"x_pwd":true}"#)), r#"{"x_pwd":****"#);
        assert_eq!(
            outcome_summary(&value(r#"["password=","hunter2"]"#)),
            "password= ****"
        );
    }

    #[test]
    fn a_neighbour_does_not_hide_a_card() {
        assert_eq!(
            outcome_summary(&value(r#"["4111111111111111","5"]"#)),
            "****1111 5"
        );
    }

    #[test]
    fn an_outcome_is_the_text_of_its_leaves() {
        assert_eq!(
            outcome_summary(&value(
                r#"{"path":"/a/b","file":"zz","cwd":["/x/y","q"],"a":[null,[],"","b",true,1.5],"token":"t"}"#
            )),
            "zz q b true 1.5 ****"
        );
    }

    #[test]
    fn depth_hides_no_text() {
        let text = format!("{}\"deep\"{}", "[".repeat(100), "]".repeat(100));
        assert_eq!(outcome_summary(&value(&text)), "deep");
    }
}
