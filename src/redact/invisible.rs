//! Characters that show nothing, and what they hide.
//!
//! A zero-width space in the middle of a key keeps every pattern from seeing it and every reader from seeing
//! why. Before matching, such characters are taken out where they split something a pattern could match;
//! elsewhere they stay, because scripts and emoji need them.

use std::borrow::Cow;

use super::chars::{char_at, char_before, is_space};

/// First and last code points of the invisible characters, ascending (FORMAT.md, "Invisible characters").
const RANGES: [(u32, u32); 27] = [
    (0xAD, 0xAD),
    (0x34F, 0x34F),
    (0x600, 0x605),
    (0x61C, 0x61C),
    (0x6DD, 0x6DD),
    (0x70F, 0x70F),
    (0x890, 0x891),
    (0x8E2, 0x8E2),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x2800, 0x2800),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB),
    (0x1_10BD, 0x1_10BD),
    (0x1_10CD, 0x1_10CD),
    (0x1_3430, 0x1_343F),
    (0x1_BCA0, 0x1_BCA3),
    (0x1_D159, 0x1_D159),
    (0x1_D173, 0x1_D17A),
    (0xE_0000, 0xE_0FFF),
];

/// Whether `c` shows nothing.
pub(crate) fn is_invisible(c: char) -> bool {
    if c.is_ascii() {
        return false;
    }
    let after = RANGES.partition_point(|(first, _)| *first <= c as u32);
    after > 0 && c as u32 <= RANGES[after - 1].1
}

/// A text without its splices, and where they were.
pub(super) struct Unspliced<'a> {
    pub(super) text: Cow<'a, str>,
    /// Offset in `text` of each removed run, and how many bytes were removed up to there, ascending.
    pub(super) removed: Vec<(usize, usize)>,
}

impl Unspliced<'_> {
    /// Returns the offset in the original of the byte at `at`: behind what was removed before it.
    pub(super) fn original(&self, at: usize) -> usize {
        let after = self.removed.partition_point(|(offset, _)| *offset <= at);
        at + self.removed[..after]
            .last()
            .map_or(0, |(_, removed)| *removed)
    }
}

/// Takes out the invisible characters that stand between characters a pattern could match.
pub(super) fn unspliced(text: &str) -> Unspliced<'_> {
    let mut out = String::new();
    let mut removed = Vec::new();
    let mut copied = 0;
    let mut at = 0;
    // No invisible character is ASCII, so most texts are seen at a glance.
    while let Some(start) = next_invisible(text, at) {
        let end = super::chars::char_run(text, start, usize::MAX, is_invisible);
        if is_splice(char_before(text, start), char_at(text, end)) {
            out.push_str(&text[copied..start]);
            removed.push((out.len(), end - out.len()));
            copied = end;
        }
        at = end;
    }
    if copied == 0 {
        return Unspliced {
            text: Cow::Borrowed(text),
            removed,
        };
    }
    out.push_str(&text[copied..]);
    Unspliced {
        text: Cow::Owned(out),
        removed,
    }
}

/// Returns `text` without a single invisible character.
pub(super) fn without_invisible(text: &str) -> Cow<'_, str> {
    if next_invisible(text, 0).is_none() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(|c| !is_invisible(*c)).collect())
}

fn next_invisible(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        at += bytes[at..].iter().position(|b| *b >= 0xC2)?;
        let c = char_at(text, at)?;
        if is_invisible(c) {
            return Some(at);
        }
        at += c.len_utf8();
    }
}

fn is_splice(before: Option<char>, after: Option<char>) -> bool {
    let (Some(before), Some(after)) = (before, after) else {
        return false;
    };
    let is_part = |c: char| c.is_ascii_alphanumeric() || "_-+/=.:".contains(c);
    let is_edge = |c: char| is_part(c) || c == '(' || c == ')';
    let is_address = |c: char| is_part(c) || c == '@';
    is_address(before) && is_address(after)
        || is_edge(before) && is_space(after)
        || is_space(before) && is_edge(after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::{Rule, mask, scan};

    #[test]
    fn a_split_key_is_found() {
        let text = "AKIA\u{200B}IOSFODNN7\u{2060}\u{AD}EXAMPLE";
        assert_eq!(mask(text, Rule::Named), "AKIA****");
        assert_eq!(scan(&text.into())[0].kind, "api_key");
    }

    #[test]
    fn a_split_address_is_found() {
        let text = "mail bob\u{200B}@\u{200B}example\u{200B}.com";
        assert_eq!(mask(text, Rule::Named), "mail b****@example.com");
    }

    #[test]
    fn a_text_without_a_match_keeps_its_invisible_characters() {
        let text = "na\u{AD}ive \u{200B}x";
        assert_eq!(mask(text, Rule::Full), text);
    }

    #[test]
    fn an_invisible_neighbour_hides_nothing() {
        let bot = "12345678:aB3dE6gH9jaB3dE6gH9jaB3dE6gH9j";
        for (text, masked, kind) in [
            (
                "4111111111111111\u{200B}ok",
                "****1111\u{200B}ok",
                "credit_card",
            ),
            (
                "x\u{200B}4111111111111111",
                "x\u{200B}****1111",
                "credit_card",
            ),
            (
                "4111\u{200B} 1111 1111\u{200B} 1111\u{200B}ok",
                "****1111\u{200B}ok",
                "credit_card",
            ),
            ("123-45-6789\u{200B}0", "***-**-6789\u{200B}0", "ssn"),
            (
                "a\u{200B}555-123-4567\u{200B}8",
                "a\u{200B}***-***-4567\u{200B}8",
                "phone",
            ),
            (
                &format!("{bot}\u{200B}aaaaaaaaaaaaaa"),
                "****\u{200B}aaaaaaaaaaaaaa",
                "bot_token",
            ),
            ("x\u{200B}pwd=hunter2", "x\u{200B}pwd=****", "password"),
            ("a1\u{200B}10.1.2.3", "a1\u{200B}10.1.*.*", "ip_internal"),
        ] {
            assert_eq!(mask(text, Rule::Named), masked);
            let kinds: Vec<_> = scan(&text.into()).iter().map(|f| f.kind).collect();
            assert_eq!(kinds, [kind], "{text}");
        }
    }

    #[test]
    fn what_one_reading_finds_the_other_does_not_lose() {
        for (text, masked, kinds) in [
            (
                "4111111111111111\u{200B}ok bob@x\u{200B}.com",
                "****1111\u{200B}ok b****@x.com",
                &["credit_card", "email"][..],
            ),
            ("password=hun\u{200B}ter22", "password=****", &["password"]),
            (
                "123-4\u{200B}5-6789\u{200B}_",
                "***-**-6789\u{200B}_",
                &["ssn"],
            ),
            ("bob@x.com\u{200B}a", "b****@x.coma", &["email"]),
            ("10.1.2.3\u{200B}4", "10.1.*.*", &["ip_internal"]),
            ("GB82WEST12345698765432\u{200B}x", "GB****x", &["iban"]),
            (
                "4111 1111 1111 1111\u{200B}x@y.com",
                "****1****@y.com",
                &["credit_card", "email"],
            ),
            (
                "n\u{200B}a 4111111111111111",
                "na ****1111",
                &["credit_card"],
            ),
            (
                "AKIA\u{200B}IOSFODNN7EXAMPLE\u{200B}x 123-45-6789\u{200B}0",
                "AKIA****\u{200B}x ***-**-6789\u{200B}0",
                &["api_key", "ssn"],
            ),
        ] {
            assert_eq!(mask(text, Rule::Named), masked);
            let found: Vec<_> = scan(&text.into()).iter().map(|f| f.kind).collect();
            assert_eq!(found, kinds, "{text}");
        }
    }

    #[test]
    fn only_what_splits_is_taken_out() {
        for (text, visible) in [
            ("a\u{200B}b", "ab"),
            ("a\u{200B}@", "a@"),
            ("a\u{200B}\u{3000}b", "a\u{3000}b"),
            (" \u{200B}(", " ("),
            ("@\u{200B}a", "@a"),
            ("é\u{200B}a", "é\u{200B}a"),
            (" \u{200B} ", " \u{200B} "),
            ("\u{200B}a\u{200B}", "\u{200B}a\u{200B}"),
        ] {
            assert_eq!(unspliced(text).text, visible);
        }
    }

    #[test]
    fn offsets_lead_back_to_the_original() {
        let unspliced = unspliced("ab\u{200B}cd\u{200B}e");
        assert_eq!(unspliced.text, "abcde");
        assert_eq!(
            [0, 1, 2, 3, 4].map(|at| unspliced.original(at)),
            [0, 1, 5, 6, 10]
        );
    }
}
