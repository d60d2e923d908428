//! The smallest parts of a line.

use std::ops::Range;

use super::Expected;
use crate::{
    record::check::Shape,
    simd::{every, zero_bytes},
};

/// Integers of up to so many digits are within 2^53 - 1 whatever they are.
const MAX_DIGITS: usize = 15;

/// Returns the inside of the string at `at`, if nothing in it is escaped.
pub(super) fn plain_string(line: &[u8], at: usize) -> Option<Range<usize>> {
    if line.get(at) != Some(&b'"') {
        return None;
    }
    let start = at + 1;
    let end = start + plain_run(line.get(start..)?);
    (line.get(end) == Some(&b'"')).then_some(start..end)
}

/// Returns how many bytes there are before the next quote or backslash.
pub(super) fn plain_run(bytes: &[u8]) -> usize {
    /// Most strings end within so many words; for longer ones, a search that sets out slowly pays.
    const WORDS: usize = 4;
    let mut at = 0;
    while at < WORDS * 8 {
        let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) else {
            let rest = bytes[at..]
                .iter()
                .position(|byte| matches!(byte, b'"' | b'\\'));
            return rest.map_or(bytes.len(), |found| at + found);
        };
        let word = u64::from_le_bytes(*word);
        let found = zero_bytes(word ^ every(b'"')) | zero_bytes(word ^ every(b'\\'));
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = memchr::memchr2(b'"', b'\\', &bytes[at..]);
    rest.map_or(bytes.len(), |found| at + found)
}

/// Returns the end of the number, `true`, `false` or `null` at `at`, if its bytes are canonical.
pub(super) fn literal(line: &[u8], at: usize, expected: Expected) -> Option<usize> {
    let rest = &line[at..];
    for (word, is_boolean) in [
        (b"true".as_slice(), true),
        (b"false", true),
        (b"null", false),
    ] {
        if rest.starts_with(word) {
            let fits = match expected {
                Expected::Anything => true,
                Expected::Shape(shape) => is_boolean && matches!(shape, Shape::Boolean),
            };
            return fits.then_some(at + word.len());
        }
    }
    if !matches!(
        expected,
        Expected::Anything | Expected::Shape(Shape::Number)
    ) {
        return None;
    }
    let is_negative = rest.first() == Some(&b'-');
    let digits = &rest[usize::from(is_negative)..];
    let count = digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let is_plain = match digits.first()? {
        b'0' => count == 1 && !is_negative,
        _ => (1..=MAX_DIGITS).contains(&count),
    };
    // A fraction, an exponent or anything else behind it is for `examine`.
    let ends = matches!(digits.get(count)?, b',' | b'}' | b']');
    (is_plain && ends).then_some(at + usize::from(is_negative) + count)
}

/// What an escape is.
pub(super) enum Escape {
    /// The canonical form has the same, two bytes long.
    Canonical,
    /// The canonical form has this character; and where the escape ends.
    Character(char, usize),
}

/// Reads the escape at `at`.
pub(super) fn escape(line: &[u8], at: usize) -> Option<Escape> {
    match *line.get(at + 1)? {
        b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't' => Some(Escape::Canonical),
        b'/' => Some(Escape::Character('/', at + 2)),
        b'u' => {
            let (c, end) = unicode_escape(line, at)?;
            // The controls have a form of their own, and so do the two that must be escaped.
            let needs_escape = c < ' ' || c == '"' || c == '\\';
            (!needs_escape).then_some(Escape::Character(c, end))
        }
        _ => None,
    }
}

/// Returns the character that the escape at `at` stands for, and where it ends.
fn unicode_escape(line: &[u8], at: usize) -> Option<(char, usize)> {
    let high = hex4(line, at + 2)?;
    if let Some(c) = char::from_u32(high) {
        return Some((c, at + 6));
    }
    if !(0xD800..0xDC00).contains(&high) || line.get(at + 6..at + 8)? != b"\\u" {
        return None;
    }
    let low = hex4(line, at + 8)?;
    if !(0xDC00..0xE000).contains(&low) {
        return None;
    }
    let code = 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00);
    Some((char::from_u32(code)?, at + 12))
}

fn hex4(line: &[u8], at: usize) -> Option<u32> {
    line.get(at..at + 4)?.iter().try_fold(0, |code, byte| {
        Some(code * 16 + char::from(*byte).to_digit(16)?)
    })
}
