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

/// Returns, for each offset, whether it lies inside a match or a token.
fn inside_matches(text: &str) -> Vec<bool> {
    let unspliced = unspliced(text);
    let visible = unspliced.text.as_ref();
    let bytes = Bytes::of(visible);
    let named = DETECTORS
        .iter()
        .filter(|detector| (detector.gate)(&bytes))
        .flat_map(|detector| detector.hits(visible));
    let mut inside = vec![false; text.len() + 1];
    for hit in named.chain(entropy::tokens(visible.as_bytes(), 0)) {
        let first = unspliced.original(hit.start) + 1;
        let last = unspliced.original(hit.end - 1);
        if first <= last {
            inside[first..=last].fill(true);
        }
    }
    inside
}
