//! The values that a rule compares with: which a field can hold, and when two are equal.

use std::borrow::Cow;

use super::path::{Item, Kind, Path};
use crate::{
    json::{MAX_INTEGER, Number, Text, Value},
    record::check::excerpt,
    redact::is_invisible,
};

/// Why a rule cannot compare a field with a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OperandError {
    /// A list or an object, which is never compared as a whole.
    #[error("a field is compared with a single value, not with an {0}")]
    NotSingle(&'static str),
    /// Null, which stands for an absent field.
    #[error("no field is null: write {{\"exists\": false}} for one that is absent")]
    Null,
    /// A number that other readers round.
    #[error("a number past 2^53 - 1 cannot be compared exactly")]
    NumberTooLarge,
    /// A word that the field cannot be.
    #[error("`{found}` is none of {}", .allowed.join(", "))]
    UnknownWord {
        /// The word.
        found: String,
        /// What the field can be.
        allowed: &'static [&'static str],
    },
    /// A value of another type than the field's.
    #[error("the field is a {expected}, and is compared with a {found}")]
    WrongType {
        /// The field's type.
        expected: &'static str,
        /// The value's.
        found: &'static str,
    },
}

/// Returns an operand for the values of `path`, or for the items of its list, as it is compared.
pub(super) fn operand(path: &Path, value: &Value) -> Result<Value, OperandError> {
    match value {
        Value::Null => return Err(OperandError::Null),
        Value::Array(_) | Value::Object(_) => {
            return Err(OperandError::NotSingle(value.type_name()));
        }
        Value::Number(_) => number(value).map(drop)?,
        Value::Bool(_) | Value::String(_) => {}
    }
    let wrong = |expected| {
        let found = value.type_name();
        Err(OperandError::WrongType { expected, found })
    };
    match (path.kind, value) {
        (Kind::Text(words), Value::String(text)) => in_words(text, words)?,
        (Kind::Text(_) | Kind::List(Item::Text), value) if value.as_str().is_none() => {
            return wrong("string");
        }
        (Kind::Number, value) if !matches!(value, Value::Number(_)) => return wrong("number"),
        (Kind::Boolean, value) if !matches!(value, Value::Bool(_)) => return wrong("boolean"),
        _ => {}
    }
    Ok(match value {
        Value::String(text) => Value::String(shown(text).into_owned()),
        value => value.clone(),
    })
}

fn in_words(text: &Text, allowed: &'static [&'static str]) -> Result<(), OperandError> {
    let is_word = |word: &&str| text.units().is_none() && text.as_str() == *word;
    if allowed.is_empty() || allowed.iter().any(is_word) {
        return Ok(());
    }
    let found = excerpt(text);
    Err(OperandError::UnknownWord { found, allowed })
}

/// Returns a number as it is compared.
pub(super) fn number(value: &Value) -> Result<f64, OperandError> {
    let found = value.type_name();
    match as_number(value) {
        Some(number) if number.abs() <= as_float(MAX_INTEGER) => Ok(number),
        Some(_) => Err(OperandError::NumberTooLarge),
        None => Err(OperandError::WrongType {
            expected: "number",
            found,
        }),
    }
}

/// Returns a number for comparisons with operands: exact up to 2^53 - 1, and past that still beyond every operand.
pub(super) fn as_number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(Number::Integer(n)) => Some(as_float(*n)),
        Value::Number(Number::Float(f)) => Some(*f),
        Value::Number(Number::BigInteger(digits)) if digits.starts_with('-') => {
            Some(f64::NEG_INFINITY)
        }
        Value::Number(Number::BigInteger(_)) => Some(f64::INFINITY),
        _ => None,
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "integers of the format are below 2^53, where a float is exact"
)]
fn as_float(n: i64) -> f64 {
    n as f64
}

/// Whether a value of a record is an operand: texts by what they show, `true` and `false` as 1 and 0, as the
/// reference has it.
pub(super) fn is_equal(value: &Value, operand: &Value) -> bool {
    match (value, operand) {
        (Value::String(text), Value::String(operand)) => *shown(text) == *shown(operand),
        (value, operand) => match (counted(value), counted(operand)) {
            #[expect(clippy::float_cmp, reason = "both are exact")]
            (Some(value), Some(operand)) => value == operand,
            _ => false,
        },
    }
}

fn counted(value: &Value) -> Option<f64> {
    match value {
        Value::Bool(b) => Some(f64::from(u8::from(*b))),
        value => as_number(value),
    }
}

/// Returns a text without the characters that show nothing.
fn shown(text: &Text) -> Cow<'_, Text> {
    if text.is_ascii() || !text.chars().any(is_invisible) {
        return Cow::Borrowed(text);
    }
    let is_shown = |c: &char| !is_invisible(*c);
    Cow::Owned(match text.units() {
        None => text.chars().filter(is_shown).collect::<String>().into(),
        Some(units) => {
            let halves = char::decode_utf16(units.iter().copied());
            let mut kept = Vec::new();
            for half in halves {
                match half {
                    Ok(c) if is_invisible(c) => {}
                    Ok(c) => kept.extend_from_slice(c.encode_utf16(&mut [0; 2])),
                    Err(error) => kept.push(error.unpaired_surrogate()),
                }
            }
            Text::from_utf16(&kept)
        }
    })
}
