//! The catch-all: runs of characters that look random.
//!
//! It runs on what the named patterns left, so that nothing is reported twice.

use std::borrow::Cow;

use super::{chars::is_token, chars::run, detectors::Hit};

/// The fewest characters of a token that is looked at.
const MIN_CHARS: usize = 24;

/// Shannon entropy, in bits per character, from which a token is a secret.
const MIN_BITS: f64 = 3.5;

/// Returns every token that looks random.
pub(super) fn hits(text: &str) -> impl Iterator<Item = Hit> {
    let bytes = text.as_bytes();
    tokens(bytes, 0).filter(move |token| {
        token.end - token.start >= MIN_CHARS && is_random(&bytes[token.start..token.end])
    })
}

/// Returns every run of token characters.
pub(super) fn tokens(bytes: &[u8], from: usize) -> impl Iterator<Item = Hit> {
    let mut at = from;
    std::iter::from_fn(move || {
        let start = at + bytes[at..].iter().position(|b| is_token(*b))?;
        at = run(bytes, start, usize::MAX, is_token);
        Some(Hit::new(start, at))
    })
}

/// Replaces every token that looks random by what `stand_in` gives for it.
pub(super) fn replace_by(text: &str, stand_in: impl Fn(&str) -> String) -> Cow<'_, str> {
    let mut out = String::new();
    let mut copied = 0;
    for hit in hits(text) {
        out.push_str(&text[copied..hit.start]);
        out.push_str(&stand_in(&text[hit.start..hit.end]));
        copied = hit.end;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// Returns what is shown of a token.
pub(super) fn sample(token: &str) -> String {
    format!("{}****", &token[..3])
}

fn is_random(token: &[u8]) -> bool {
    let any = |class: fn(&u8) -> bool| token.iter().any(class);
    let mixed =
        any(u8::is_ascii_digit) || any(u8::is_ascii_lowercase) && any(u8::is_ascii_uppercase);
    mixed
        && !token.iter().all(u8::is_ascii_hexdigit)
        && !starts_like_uuid(token)
        && bits(token) >= MIN_BITS
}

/// Whether `token` starts with the first three groups of a UUID.
fn starts_like_uuid(token: &[u8]) -> bool {
    token.len() >= 19
        && token[..19]
            .iter()
            .enumerate()
            .all(|(index, b)| match index {
                8 | 13 | 18 => *b == b'-',
                _ => b.is_ascii_hexdigit(),
            })
}

/// Returns the Shannon entropy in bits per character. The sum runs in the order in which the characters first
/// occur, so that a token on the limit falls on the same side in every implementation.
#[expect(clippy::cast_precision_loss, reason = "no text has 2^53 characters")]
fn bits(token: &[u8]) -> f64 {
    let mut counts = [0_usize; 256];
    let mut order = Vec::with_capacity(64);
    for byte in token {
        if counts[usize::from(*byte)] == 0 {
            order.push(*byte);
        }
        counts[usize::from(*byte)] += 1;
    }
    let length = token.len() as f64;
    -order
        .iter()
        .map(|byte| {
            let share = counts[usize::from(*byte)] as f64 / length;
            share * share.log2()
        })
        .sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replace(text: &str) -> Cow<'_, str> {
        replace_by(text, sample)
    }

    #[test]
    fn a_random_token_keeps_three_characters() {
        assert_eq!(replace("x Zx9Kq2Lm8Vt4Rw7Yp1Bn5Hd3 y"), "x Zx9**** y");
        assert_eq!(replace("abcdefghijklmnopqrstuvwxyZ"), "abc****");
    }

    #[test]
    fn a_path_in_free_text_is_a_token() {
        assert_eq!(replace("cat /home/User1/My-App-2024/src/x"), "cat /ho****");
    }

    #[test]
    fn digests_words_and_short_tokens_are_not_random() {
        for text in [
            "Zx9Kq2Lm8Vt4Rw7Yp1Bn5Hd",
            "abcdefghijklmnopqrstuvwxyz",
            "aaaaaaaaaaaaaaaaaaaaaaa1",
            "0123456789abcdef0123456789abcdef",
            "12345678-1234-1234-xyzXYZqwer",
            "1234567890123456789012345",
        ] {
            assert_eq!(replace(text), text);
        }
    }
}
