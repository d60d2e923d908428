//! Ids that records are joined by.
//!
//! Masked ids must stay as many as they were, or the outcome of one call is taken for that of another. And an
//! id that was drawn at random must stay as it is, although one in a hundred UUIDs reads like an account number.

use std::borrow::Cow;

use super::{Rule, chars::prefix};
use crate::digest::Digest;

/// How many characters of an id are kept.
const MAX_CHARS: usize = 256;

/// How many hexadecimal digits of its hash tell a masked id from others.
const MARK_CHARS: usize = 16;

/// The fewest letters and digits that count as drawn at random.
const MIN_RANDOM_CHARS: usize = 16;

const UUID_CHARS: usize = 36;

/// Masks and bounds an id. One that is changed ends with `~` and the first 16 digits of its SHA-256.
///
/// An id that ends so already is looked at without that, so that masking twice changes nothing.
pub(super) fn mask(id: &str) -> Cow<'_, str> {
    if is_opaque(id) {
        return Cow::Borrowed(id);
    }
    let head = unmarked(id);
    let rule = if is_random(head) {
        Rule::Keys
    } else {
        Rule::Named
    };
    let masked = super::mask(head, rule);
    let kept = prefix(&masked, MAX_CHARS);
    if kept == head {
        return Cow::Borrowed(id);
    }
    Cow::Owned(marked(kept, id))
}

/// Returns what is left of an id, with what tells it from others.
pub(super) fn marked(kept: &str, id: &str) -> String {
    let digest = Digest::of(id.as_bytes()).to_string();
    format!("{kept}~{}", &digest[..MARK_CHARS])
}

fn unmarked(id: &str) -> &str {
    let is_mark = |tail: &str| {
        tail.len() == MARK_CHARS && tail.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    match id.rsplit_once('~') {
        Some((head, tail)) if is_mark(tail) => head,
        _ => id,
    }
}

/// Whether `text` is a UUID, or 16 to 64 hexadecimal digits.
pub(super) fn is_opaque(text: &str) -> bool {
    let is_hex = text.bytes().all(|b| b.is_ascii_hexdigit());
    is_hex && (16..=64).contains(&text.len()) || is_uuid(text)
}

fn is_uuid(text: &str) -> bool {
    let is_of_it = |(index, b): (usize, u8)| match index {
        8 | 13 | 18 | 23 => b == b'-',
        _ => b.is_ascii_hexdigit(),
    };
    text.len() == UUID_CHARS && text.bytes().enumerate().all(is_of_it)
}

/// Whether `id` was drawn at random, behind a name of what it is for: `toolu_`, `run-`. In the name nothing of
/// a person may stand.
fn is_random(id: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"_-:".contains(&b);
    if !id.bytes().all(is_plain) {
        return false;
    }
    let mut name = id;
    while let Some(rest) = without_random_end(name) {
        name = rest;
    }
    name.len() < id.len() && matches!(super::mask(name, Rule::Named), Cow::Borrowed(_))
}

/// Takes a UUID, or a run of letters and digits that is long enough, off the end of an ASCII text.
fn without_random_end(text: &str) -> Option<&str> {
    let text = text.trim_end_matches(['_', '-', ':']);
    let uuid = text.len().checked_sub(UUID_CHARS);
    if let Some(at) = uuid.filter(|at| is_uuid(&text[*at..])) {
        return Some(&text[..at]);
    }
    let rest = text.trim_end_matches(|c: char| c.is_ascii_alphanumeric());
    (text.len() - rest.len() >= MIN_RANDOM_CHARS).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PREFIXES: [&str; 9] = [
        "",
        "toolu_",
        "toolu_01",
        "call_",
        "call-1_",
        "run-",
        "sealstone-canary-",
        "s:",
        "a_1:b-",
    ];

    /// Returns a UUID, hexadecimal digits, letters and digits, and two UUIDs.
    fn drawn(number: u32) -> [String; 4] {
        let digest = Digest::of(&number.to_be_bytes());
        let hex = digest.to_string();
        let uuid = |hex: &str| {
            [
                &hex[..8],
                &hex[8..12],
                &hex[12..16],
                &hex[16..20],
                &hex[20..32],
            ]
            .join("-")
        };
        let base62 = |byte: &u8| {
            let letters = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
            char::from(letters[usize::from(*byte) % letters.len()])
        };
        let letters = digest.as_bytes()[..24].iter().map(base62).collect();
        let two = format!("{}-{}", uuid(&hex), uuid(&hex[32..]));
        [uuid(&hex), hex[..24].to_owned(), letters, two]
    }

    #[test]
    fn an_id_that_was_drawn_at_random_stays() {
        for prefix in PREFIXES {
            for id in (0..5000).flat_map(drawn) {
                let id = format!("{prefix}{id}");
                assert!(matches!(mask(&id), Cow::Borrowed(_)), "{id}: {}", mask(&id));
            }
        }
        assert!(mask("call_5f0c6f5e-6d8e-4b1b-9e55-0f4c5d2b7a10@x.org").contains('~'));
    }

    #[test]
    fn free_text_loses_what_reads_like_an_account_number_as_before() {
        let ids = (0..5000).map(|number| format!("run-{}", drawn(number)[0]));
        let lost = ids.filter(|id| super::super::mask(id, Rule::Named) != id.as_str());
        assert!((20..200).contains(&lost.count()));
    }

    #[test]
    fn ids_that_are_masked_alike_stay_apart() {
        let key = |first: &str| format!("ghp_{first}C7e42F292c6912E7710c838347Ae178B4a");
        let long = |last: char| "call/".repeat(100) + &last.to_string();
        let endless = |last: char| "a".repeat(70_000) + &last.to_string();
        for (one, other) in [
            (key("16"), key("99")),
            ("bob@x.com".to_owned(), "bill@x.com".to_owned()),
            (
                "AKIAIOSFODNN7EXAMPLE".to_owned(),
                "AKIAIOSFODNN7EXAMPLF".to_owned(),
            ),
            ("u 123-45-6789".to_owned(), "u 321-54-6789".to_owned()),
            (
                "123-45-6789-5f0c6f5e6d8e4b1b".to_owned(),
                "321-45-6789-5f0c6f5e6d8e4b1b".to_owned(),
            ),
            (long('a'), long('b')),
            (endless('a'), endless('b')),
        ] {
            let masked = mask(&one);
            assert_ne!(masked, one);
            assert_ne!(masked, mask(&other), "{one} {other}");
            assert_eq!(unmarked(&masked), unmarked(&mask(&other)));
            assert!(
                masked.chars().count() <= MAX_CHARS + 1 + MARK_CHARS,
                "{masked}"
            );
            assert_eq!(mask(&masked), masked);
        }
    }

    #[test]
    fn a_mark_is_the_beginning_of_the_hash() {
        let id = "AKIAIOSFODNN7EXAMPLE";
        let digest = Digest::of(id.as_bytes()).to_string();
        assert_eq!(mask(id), format!("AKIA****~{}", &digest[..16]));
        // A mark behind something that has to be masked is a part of the id.
        let marked = format!("{id}~0123456789abcdef");
        let digest = Digest::of(marked.as_bytes()).to_string();
        assert_eq!(mask(&marked), format!("AKIA****~{}", &digest[..16]));
    }

    #[test]
    fn an_id_of_256_characters_is_kept() {
        let id = "é ".repeat(128);
        assert_eq!(mask(&id), id);
        assert!(mask(&(id.clone() + "x")).starts_with(&(id + "~")));
    }
}
