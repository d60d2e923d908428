//! Where a long text is cut.
//!
//! Half a key is as good as none to a pattern and as good as the whole to a reader, so a cut must not fall
//! into anything that the patterns would match if they saw it whole.

use super::{
    chars::is_token,
    detectors::{Bytes, DETECTORS},
    entropy,
    invisible::unspliced,
};

/// The most characters that are kept of a text.
const MAX_CHARS: usize = 65_536;

/// How far past the cut the patterns look.
const MARGIN_CHARS: usize = 4096;

/// What is kept of a text.
pub(super) struct Cut<'a> {
    pub(super) head: &'a str,
    withheld_chars: usize,
}

impl Cut<'_> {
    /// Returns what is said in place of the rest.
    pub(super) fn note(&self) -> Option<String> {
        let count = self.withheld_chars;
        (count > 0).then(|| format!(" [… {count} more characters withheld]"))
    }
}

/// Cuts `text` if it is too long.
pub(super) fn cut(text: &str) -> Cut<'_> {
    let whole = Cut {
        head: text,
        withheld_chars: 0,
    };
    if text.len() <= MAX_CHARS {
        return whole;
    }
    let offset_of = |index: usize| text.char_indices().nth(index).map(|(at, _)| at);
    let Some(limit) = offset_of(MAX_CHARS) else {
        return whole;
    };
    let seen = offset_of(MAX_CHARS + MARGIN_CHARS).unwrap_or(text.len());
    let half = offset_of(MAX_CHARS / 2).unwrap_or(limit);
    let inside = inside_matches(&text[..seen]);
    let last = |from: usize, is_end: fn(char) -> bool| {
        text[..limit]
            .char_indices()
            .rev()
            .take_while(|(at, _)| *at >= from)
            .find(|(at, c)| is_end(*c) && !inside[at + c.len_utf8()])
            .map(|(at, c)| at + c.len_utf8())
    };
    let end = last(half, |c| matches!(c, ' ' | '\t' | '\n'))
        .or_else(|| last(0, |c| !c.is_ascii() || !is_token(c as u8)))
        .unwrap_or(0);
    Cut {
        head: &text[..end],
        withheld_chars: text[end..].chars().count(),
    }
}

/// Returns, for each offset, whether it lies inside a match or a token, with or without invisible characters.
fn inside_matches(text: &str) -> Vec<bool> {
    let unspliced = unspliced(text);
    let visible = unspliced.text.as_ref();
    let bytes = Bytes::of(text);
    let mut inside = vec![false; text.len() + 1];
    let mut fill = |start: usize, last: usize| {
        if start < last {
            inside[start + 1..=last].fill(true);
        }
    };
    for detector in DETECTORS.iter().filter(|detector| (detector.gate)(&bytes)) {
        for hit in detector.hits(visible) {
            fill(
                unspliced.original(hit.start),
                unspliced.original(hit.end - 1),
            );
        }
        if bytes.high() {
            for hit in detector.hits(text) {
                fill(hit.start, hit.end - 1);
            }
        }
    }
    for token in entropy::tokens(visible.as_bytes(), 0) {
        fill(
            unspliced.original(token.start),
            unspliced.original(token.end - 1),
        );
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::{Rule, mask};

    const KEY: &str = "AKIAIOSFODNN7EXAMPLE";

    fn cut_at(text: &str) -> usize {
        cut(text).head.chars().count()
    }

    #[test]
    fn a_text_of_65536_characters_is_kept() {
        let text = "é".repeat(65_536);
        assert_eq!(mask(&text, Rule::Full), text);
        assert_eq!(
            mask(&(text.clone() + "é"), Rule::Full),
            text + " [… 1 more characters withheld]"
        );
    }

    #[test]
    fn a_cut_never_falls_into_a_key() {
        for before in 65_510..65_540 {
            let text = format!("{}{KEY}{}", ",".repeat(before), ",".repeat(100));
            let masked = mask(&text, Rule::Full);
            assert!(!masked.contains("AKIAI"), "{before}");
        }
    }

    #[test]
    fn a_cut_never_falls_into_a_number_that_stands_alone_as_written() {
        for before in 65_505..65_545 {
            let card = "4111 1111 1111 1111\u{200B}ok";
            let text = format!("{} {card} {}", ",".repeat(before), ",".repeat(100));
            let masked = mask(&text, Rule::Full);
            assert!(!masked.contains("4111"), "{before}");
        }
    }

    #[test]
    fn a_space_in_the_second_half_is_the_best_place() {
        assert_eq!(cut_at(&("a ".repeat(20_000) + &"b".repeat(60_000))), 40_000);
        assert_eq!(
            cut_at(&("a ".repeat(16_000) + &",".repeat(33_530) + KEY)),
            65_530
        );
    }

    #[test]
    fn a_token_without_an_end_is_withheld() {
        let text = "a".repeat(65_537);
        assert_eq!(
            mask(&text, Rule::Full),
            " [… 65537 more characters withheld]"
        );
        assert_eq!(cut_at(&"a\u{200B}".repeat(40_000)), 0);
    }
}
