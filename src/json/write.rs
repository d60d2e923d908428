//! The writer.

use std::fmt::Write as _;

use super::{Number, Object, Text, Value};

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
        Value::Object(object) => write_object(object, out),
        Value::String(text) => write_text(text, out),
    }
}

fn write_object(object: &Object, out: &mut String) {
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

fn write_number(number: &Number, out: &mut String) {
    match number {
        Number::BigInteger(digits) => out.push_str(digits),
        Number::Float(f) => write_float(*f, out),
        Number::Integer(n) => out.push_str(&n.to_string()),
    }
}

/// Appends a float as the reference's runtime prints it (`1.0`, `1e-07`, `1e+22`, `NaN`): the fallback form
/// of the input hash needs these very characters (FORMAT.md, "Input hash").
fn write_float(f: f64, out: &mut String) {
    if f.is_nan() {
        return out.push_str("NaN");
    }
    if f.is_infinite() {
        return out.push_str(if f > 0.0 { "Infinity" } else { "-Infinity" });
    }
    // Both languages print the shortest digits that read back equal; only the layout differs.
    let shortest = format!("{f:e}");
    let (digits, exponent) = shortest
        .split_once('e')
        .expect("scientific notation has an `e`");
    let exponent: i32 = exponent.parse().expect("an exponent is an integer");
    if (-4..16).contains(&exponent) {
        write!(out, "{f:?}").expect("a String takes everything");
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        write!(out, "{digits}e{sign}{:02}", exponent.unsigned_abs())
            .expect("a String takes everything");
    }
}

/// Returns an object as one line, with its line feed.
pub fn to_line(object: &Object) -> String {
    let mut line = String::new();
    write_object(object, &mut line);
    line.push('\n');
    line
}

/// Returns a document for people: a member a line, two blanks a level, ASCII, and a line feed in the end.
pub fn to_document(object: &Object) -> String {
    let mut document = String::new();
    write_indented(&object.clone().into(), 0, &mut document);
    document.push('\n');
    document
}

fn write_indented(value: &Value, level: usize, out: &mut String) {
    let brackets = match value {
        Value::Array(items) if !items.is_empty() => ['[', ']'],
        Value::Object(object) if !object.is_empty() => ['{', '}'],
        _ => return write(value, out),
    };
    let mut separator = brackets[0];
    let mut next = |out: &mut String| {
        out.push(separator);
        separator = ',';
        new_line(level + 1, out);
    };
    for item in value.as_array().into_iter().flatten() {
        next(out);
        write_indented(item, level + 1, out);
    }
    for (key, item) in value.as_object().into_iter().flat_map(Object::iter) {
        next(out);
        write_text(key, out);
        out.push_str(": ");
        write_indented(item, level + 1, out);
    }
    new_line(level, out);
    out.push(brackets[1]);
}

fn new_line(level: usize, out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", level));
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
    fn floats_are_laid_out_as_the_reference_prints_them() {
        for (text, printed) in [
            ("1.0", "1.0"),
            ("-0.0", "-0.0"),
            ("0.1", "0.1"),
            ("1e-4", "0.0001"),
            ("1e-5", "1e-05"),
            ("1e-7", "1e-07"),
            ("1.5e15", "1500000000000000.0"),
            ("1e16", "1e+16"),
            ("1.5e22", "1.5e+22"),
            ("1e400", "Infinity"),
        ] {
            let mut out = String::new();
            write(&read(text.as_bytes()).unwrap().value, &mut out);
            assert_eq!(out, printed);
        }
    }

    #[test]
    fn a_document_is_indented() {
        let text = r#"{"a":[],"b":{},"c":[1,{"d":null}],"é":true}"#;
        let Value::Object(object) = read(text.as_bytes()).unwrap().value else {
            panic!("it is an object")
        };
        let expected = "{\n  \"a\": [],\n  \"b\": {},\n  \"c\": [\n    1,\n    {\n      \"d\": null\n    }\n  ],\n  \
                        \"\\u00e9\": true\n}\n";
        assert_eq!(to_document(&object), expected);
    }

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
