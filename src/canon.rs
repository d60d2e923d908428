//! The canonical form: the bytes that are hashed (FORMAT.md, "Canonical form").
//!
//! RFC 8785 restricted to the numbers of the format. `serde_jcs` is the independent second writer that
//! [`crate::chain`] asks before it seals, and that the tests compare with.

use std::cmp::Ordering;

use crate::json::{Number, Text, Value};

/// Why a value has no canonical form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Uncanonical {
    /// A number with a fractional part.
    #[error("a number that is not an integer")]
    Fraction,
    /// An integer past 2^53 - 1.
    #[error("an integer past 2^53 - 1")]
    IntegerTooLarge,
    /// `NaN` or an infinity.
    #[error("a number that is not finite")]
    NotFinite,
    /// A key with half a surrogate pair, which has no UTF-8 form.
    #[error("a key with an unpaired surrogate")]
    SurrogateKey,
}

/// Returns the canonical bytes of `value`.
///
/// Integral floats are written as the integer they are: a log that holds `1.0` is refused for its form, but
/// its links can still be judged. A lone surrogate in a string value is written as U+FFFD.
///
/// # Errors
/// When the value holds a number or a key that has no canonical form.
///
/// ```
/// use sealstone::{canon, json};
/// let value = json::read(br#"{"b":[1,"\u00e9"],"a":-0}"#)?.value;
/// assert_eq!(canon::to_vec(&value)?, r#"{"a":0,"b":[1,"é"]}"#.as_bytes());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn to_vec(value: &Value) -> Result<Vec<u8>, Uncanonical> {
    let mut out = Vec::new();
    write(value, &mut out)?;
    Ok(out)
}

/// Appends the canonical bytes of `value` to `out`.
///
/// # Errors
/// As [`to_vec`]; `out` then holds a part of them.
pub fn write(value: &Value, out: &mut Vec<u8>) -> Result<(), Uncanonical> {
    match value {
        Value::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write(item, out)?;
            }
            out.push(b']');
        }
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Null => out.extend_from_slice(b"null"),
        Value::Number(number) => write_number(number, out)?,
        Value::Object(object) => write_members(object.iter().collect(), out)?,
        Value::String(text) => write_string(text, out),
    }
    Ok(())
}

/// Appends the object that `members` make, which may come in any order.
pub(crate) fn write_members(
    mut members: Vec<(&Text, &Value)>,
    out: &mut Vec<u8>,
) -> Result<(), Uncanonical> {
    if members.iter().any(|(key, _)| key.units().is_some()) {
        return Err(Uncanonical::SurrogateKey);
    }
    members.sort_by(|(a, _), (b, _)| cmp_utf16(a.as_bytes(), b.as_bytes()));
    out.push(b'{');
    for (index, (key, value)) in members.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_string(key, out);
        out.push(b':');
        write(value, out)?;
    }
    out.push(b'}');
    Ok(())
}

fn write_number(number: &Number, out: &mut Vec<u8>) -> Result<(), Uncanonical> {
    match number {
        Number::BigInteger(_) => return Err(Uncanonical::IntegerTooLarge),
        Number::Float(f) if !f.is_finite() => return Err(Uncanonical::NotFinite),
        Number::Float(f) if f.fract() != 0.0 => return Err(Uncanonical::Fraction),
        // The exact integer, whatever its size; `-0.0` is 0.
        Number::Float(f) => out.extend_from_slice(format!("{:.0}", f + 0.0).as_bytes()),
        Number::Integer(n) => out.extend_from_slice(n.to_string().as_bytes()),
    }
    Ok(())
}

/// RFC 8785, 3.2.2.2: two-character escapes where JSON has them, `\u00xx` for the other controls.
fn write_string(text: &str, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut plain = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let escape = match byte {
            b'"' => b'"',
            b'\\' => b'\\',
            8 => b'b',
            9 => b't',
            10 => b'n',
            12 => b'f',
            13 => b'r',
            0..0x20 => b'u',
            _ => continue,
        };
        out.extend_from_slice(&bytes[plain..at]);
        out.extend_from_slice(&[b'\\', escape]);
        if escape == b'u' {
            out.extend_from_slice(b"00");
            out.push(HEX[usize::from(byte >> 4)]);
            out.push(HEX[usize::from(byte & 15)]);
        }
        plain = at + 1;
    }
    out.extend_from_slice(&bytes[plain..]);
    out.push(b'"');
}

/// Compares two UTF-8 texts as UTF-16 code units (RFC 8785, 3.2.3), which differs from the order of their
/// bytes only where a character past U+FFFF meets one of U+E000 to U+FFFF.
pub(crate) fn cmp_utf16(a: &[u8], b: &[u8]) -> Ordering {
    let same = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    match (a.get(same), b.get(same)) {
        // Lead bytes 0xEE and 0xEF begin U+E000 to U+FFFF, 0xF0 and up the characters past them. Up to
        // the first difference the texts are equal, so these are lead bytes of the same position.
        (Some(0xEE..=0xEF), Some(0xF0..)) => Ordering::Greater,
        (Some(0xF0..), Some(0xEE..=0xEF)) => Ordering::Less,
        (x, y) => x.cmp(&y),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::json::read;

    fn canonical(text: &str) -> Result<String, Uncanonical> {
        to_vec(&read(text.as_bytes()).unwrap().value).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn keys_sort_by_utf16_code_units() {
        assert_eq!(
            canonical("{\"\u{E000}\":1,\"\u{1F600}\":2,\"z\":3,\"\u{FFFD}\":4,\"\u{D7FF}\":5}"),
            Ok("{\"z\":3,\"\u{D7FF}\":5,\"\u{1F600}\":2,\"\u{E000}\":1,\"\u{FFFD}\":4}".into())
        );
    }

    #[test]
    fn numbers_follow_the_formats_rules() {
        assert_eq!(
            canonical("[-0,1.0,1e2,-0.0,9007199254740991]"),
            Ok("[0,1,100,0,9007199254740991]".into())
        );
        assert_eq!(canonical("1e22").as_deref(), Ok("10000000000000000000000"));
        assert_eq!(canonical("1.5"), Err(Uncanonical::Fraction));
        assert_eq!(canonical("1e400"), Err(Uncanonical::NotFinite));
        assert_eq!(canonical("NaN"), Err(Uncanonical::NotFinite));
        assert_eq!(
            canonical("9007199254740992"),
            Err(Uncanonical::IntegerTooLarge)
        );
    }

    #[test]
    fn strings_escape_only_what_rfc_8785_escapes() {
        assert_eq!(
            canonical(r#""\u0000\u001f\b\t\n\f\r\"\\\/\u007f\u2028\ud800""#),
            Ok("\"\\u0000\\u001f\\b\\t\\n\\f\\r\\\"\\\\/\u{7f}\u{2028}\u{FFFD}\"".into())
        );
        assert_eq!(canonical(r#"{"\ud800":1}"#), Err(Uncanonical::SurrogateKey));
    }

    /// Any value the format allows.
    pub(crate) fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            (-9_007_199_254_740_991i64..=9_007_199_254_740_991).prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            "[\\u{0}-\\u{30}\\u{7f}\\u{d7f0}-\\u{d7ff}\\u{e000}-\\u{e010}\\u{1f600}]{0,4}"
                .prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 64, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
                prop::collection::vec(
                    (
                        "[a-c\\u{0}\\n\"\\u{e9}\\u{ff00}\\u{1f600}\\u{10ffff}]{0,3}",
                        inner
                    ),
                    0..6
                )
                .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn agrees_with_serde_jcs(value in values()) {
            prop_assert_eq!(to_vec(&value).unwrap(), serde_jcs::to_vec(&value).unwrap());
        }

        #[test]
        fn is_idempotent(value in values()) {
            let once = to_vec(&value).unwrap();
            let read = read(&once).unwrap();
            prop_assert!(read.duplicates.is_empty());
            prop_assert_eq!(to_vec(&read.value).unwrap(), once);
        }

        #[test]
        fn stored_text_has_the_same_canonical_form(value in values()) {
            let mut text = String::new();
            crate::json::write(&value, &mut text);
            prop_assert!(text.is_ascii());
            let read = read(text.as_bytes()).unwrap().value;
            prop_assert_eq!(to_vec(&read).unwrap(), to_vec(&value).unwrap());
        }

        #[test]
        fn utf16_order_is_the_order_of_code_units(a: String, b: String) {
            let units = |text: &str| text.encode_utf16().collect::<Vec<_>>();
            prop_assert_eq!(cmp_utf16(a.as_bytes(), b.as_bytes()), units(&a).cmp(&units(&b)));
        }
    }
}
