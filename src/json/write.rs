//! The writer.

use super::{Number, Text, Value};

/// Appends the compact text of `value`: no spaces, ASCII only, members in their order.
///
/// Records are stored in this form, so that a log is safe to print and no reader takes a U+2028 for the end
/// of a line. A number that the format does not allow is written as it was read (`NaN` and the infinities by
/// name), for the texts that show such a value rather than seal it.
pub fn write(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Null => out.push_str("null"),
        Value::Number(number) => write_number(number, out),
        Value::Object(object) => {
            out.push('{');
            for (index, (key, value)) in object.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_text(key, out);
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
        Value::String(text) => write_text(text, out),
    }
}

fn write_number(number: &Number, out: &mut String) {
    match number {
        Number::BigInteger(digits) => out.push_str(digits),
        Number::Float(f) if f.is_nan() => out.push_str("NaN"),
        Number::Float(f) if f.is_infinite() => {
            out.push_str(if *f > 0.0 { "Infinity" } else { "-Infinity" });
        }
        Number::Float(f) => out.push_str(&format!("{f:?}")),
        Number::Integer(n) => out.push_str(&n.to_string()),
    }
}

/// Appends a quoted string in which everything but printable ASCII is escaped.
pub(crate) fn write_text(text: &Text, out: &mut String) {
    out.push('"');
    if let Some(units) = text.units() {
        for decoded in char::decode_utf16(units.iter().copied()) {
            match decoded {
                Ok(c) => write_char(c, out),
                Err(lone) => push_unit(lone.unpaired_surrogate(), out),
            }
        }
    } else {
        text.chars().for_each(|c| write_char(c, out));
    }
    out.push('"');
}

fn write_char(c: char, out: &mut String) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\u{8}' => out.push_str("\\b"),
        '\t' => out.push_str("\\t"),
        '\n' => out.push_str("\\n"),
        '\u{C}' => out.push_str("\\f"),
        '\r' => out.push_str("\\r"),
        ' '..='~' => out.push(c),
        // DEL is ASCII, but not printable; the reference stores it raw.
        c => c
            .encode_utf16(&mut [0; 2])
            .iter()
            .for_each(|unit| push_unit(*unit, out)),
    }
}

fn push_unit(unit: u16, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push_str("\\u");
    for shift in [12, 8, 4, 0] {
        out.push(char::from(HEX[usize::from(unit >> shift & 15)]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read;

    #[test]
    fn text_is_compact_ascii_and_reads_back_equal() {
        let text =
            r#"{"z":[1,true,null],"a":"\u00e9\ud83d\ude00\u2028\u007f\n\"\\/","b":"\ud800x"}"#;
        let value = read(text.as_bytes()).unwrap().value;
        let mut out = String::new();
        write(&value, &mut out);
        assert_eq!(out, text);
        assert_eq!(read(out.as_bytes()).unwrap().value, value);
    }
}
