//! Character classes of the patterns.
//!
//! They are those of Python's `re`, whose `\b`, `\d` and `\s` know Unicode: the format's patterns were written
//! for it, so a record made here and one made there mask the same text. Only the neighbours that decide a
//! match are decoded; everything else is bytes.

use super::invisible::is_invisible;

/// The zeros of the Unicode decimal digits past ASCII. Each is followed by its one to nine.
const ZEROS: [u32; 65] = [
    0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6,
    0xE50, 0xED0, 0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50,
    0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
    0x1_04A0, 0x1_0D30, 0x1_1066, 0x1_10F0, 0x1_1136, 0x1_11D0, 0x1_12F0, 0x1_1450, 0x1_14D0,
    0x1_1650, 0x1_16C0, 0x1_1730, 0x1_18E0, 0x1_1950, 0x1_1C50, 0x1_1D50, 0x1_1DA0, 0x1_6A60,
    0x1_6AC0, 0x1_6B50, 0x1_D7CE, 0x1_D7D8, 0x1_D7E2, 0x1_D7EC, 0x1_D7F6, 0x1_E140, 0x1_E2F0,
    0x1_E950, 0x1_FBF0,
];

/// Whether `c` is a letter, a digit or `_`: what `\b` calls a word character, but for fillers.
pub(super) fn is_word(c: char) -> bool {
    // Some invisible characters, fillers, are letters; no reader sees a word there.
    c == '_' || c.is_alphanumeric() && !is_invisible(c)
}

/// Whether `c` is what `\s` matches, which includes the ASCII separators 1C to 1F.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\x1C'..='\x1F').contains(&c)
}

/// Whether `c` is a decimal digit of any script.
pub(super) fn is_digit(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_digit();
    }
    let after = ZEROS.partition_point(|zero| *zero <= c as u32);
    after > 0 && c as u32 - ZEROS[after - 1] < 10
}

/// Whether `byte` is of the URL-safe base64 alphabet.
pub(super) fn is_url_safe(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// Whether `byte` is of the token alphabet of the entropy rule.
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-')
}

/// Whether `c` ends a URL in a text: a quote or an angle bracket. Whitespace does too.
pub(super) fn is_quote_or_angle(c: char) -> bool {
    matches!(c, '"' | '\'' | '<' | '>')
}

/// Returns the character that starts at `at`.
pub(super) fn char_at(text: &str, at: usize) -> Option<char> {
    let byte = *text.as_bytes().get(at)?;
    if byte.is_ascii() {
        return Some(char::from(byte));
    }
    text[at..].chars().next()
}

/// Returns the character that ends at `at`.
pub(super) fn char_before(text: &str, at: usize) -> Option<char> {
    let byte = *text.as_bytes().get(at.checked_sub(1)?)?;
    if byte.is_ascii() {
        return Some(char::from(byte));
    }
    text[..at].chars().next_back()
}

/// Whether exactly one of the neighbours of `at` is a word character.
pub(super) fn is_boundary(text: &str, at: usize) -> bool {
    char_before(text, at).is_some_and(is_word) != char_at(text, at).is_some_and(is_word)
}

/// Returns where the run of bytes that satisfy `class`, started at `at` and of at most `max`, ends.
pub(super) fn run(bytes: &[u8], at: usize, max: usize, class: impl Fn(u8) -> bool) -> usize {
    let limit = bytes.len().min(at.saturating_add(max));
    let mut end = at;
    while end < limit && class(bytes[end]) {
        end += 1;
    }
    end
}

/// Returns where the run of characters that satisfy `class`, started at `at` and of at most `max`, ends.
pub(super) fn char_run(text: &str, at: usize, max: usize, class: impl Fn(char) -> bool) -> usize {
    let mut end = at;
    for _ in 0..max {
        match char_at(text, end) {
            Some(c) if class(c) => end += c.len_utf8(),
            _ => break,
        }
    }
    end
}

/// Returns where exactly `count` decimal digits, started at `at`, end.
pub(super) fn digits(text: &str, at: usize, count: usize) -> Option<usize> {
    let mut end = at;
    for _ in 0..count {
        let c = char_at(text, end).filter(|c| is_digit(*c))?;
        end += c.len_utf8();
    }
    Some(end)
}

/// Returns the first `count` characters of `text`.
pub(super) fn prefix(text: &str, count: usize) -> &str {
    match text.char_indices().nth(count) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

/// Returns the last `count` characters of `text`.
pub(super) fn suffix(text: &str, count: usize) -> &str {
    match text.char_indices().nth_back(count.saturating_sub(1)) {
        Some((start, _)) => &text[start..],
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_every_script_are_digits() {
        assert!(is_digit('7') && is_digit('\u{661}') && is_digit('\u{1D7FF}'));
        assert!(!is_digit('\u{BD}') && !is_digit('a') && !is_digit('\u{66A}'));
    }

    #[test]
    fn the_ascii_separators_are_whitespace() {
        assert!(is_space('\x1C') && is_space('\u{A0}') && is_space('\u{2029}'));
        assert!(!is_space('\u{200B}'));
    }

    #[test]
    fn a_boundary_has_one_word_character_beside_it() {
        assert!(is_boundary("a b", 1) && is_boundary("a", 0) && is_boundary("é.", 2));
        assert!(!is_boundary("aé", 1) && !is_boundary("", 0) && !is_boundary("..", 1));
    }
}
