//! Texts of records as a page shows them. `templates/report/text.js` says the same to a browser; a test holds the
//! two together.

use std::{borrow::Cow, fmt::Write};

use crate::{redact::is_invisible, time::Timestamp};

/// Returns a text with every character spelled out that a reader would not see, or that would turn the others
/// round: `‹U+202E›`. Tabs and line ends become blanks, because a cell is one line.
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_plain) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' | '\n' | '\r' => shown.push(' '),
            c if is_plain(c) => shown.push(c),
            c => {
                // Writing to a text cannot fail.
                let _ = write!(shown, "‹U+{:04X}›", u32::from(c));
            }
        }
    }
    shown.into()
}

fn is_plain(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}') && !is_invisible(c)
}

/// Returns the first `chars` characters of a text, with an ellipsis if that is not all.
pub(super) fn clipped(text: &str, chars: usize) -> Cow<'_, str> {
    match text.char_indices().nth(chars) {
        None => text.into(),
        Some((end, _)) => format!("{}…", &text[..end]).into(),
    }
}

/// Returns a count and what is counted.
pub(super) fn plural(count: u64, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{s}")
}

/// Returns what to run instead of believing a page. A name may begin like an option, or be that of standard input.
pub(super) fn command_for(log: &str) -> String {
    let name = if matches!(log, "" | "-") { "LOG" } else { log };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_./+-".contains(c);
    let quoted = if name.chars().all(is_plain) {
        name.to_owned()
    } else {
        format!("'{}'", name.replace('\'', "'\\''"))
    };
    let guard = if name.starts_with('-') { "-- " } else { "" };
    visible(&format!("sealstone verify {guard}{quoted}")).into_owned()
}

/// Returns an instant in UTC, to the second: `2026-11-22 15:04:05`.
pub(super) fn moment(ts: Timestamp) -> String {
    let text = ts.to_string();
    text[.."2026-11-22T15:04:05".len()].replacen('T', " ", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_is_spelled_out() {
        assert_eq!(visible("Übermut 🙂 <b>"), "Übermut 🙂 <b>");
        assert_eq!(visible("a\tb\r\nc"), "a b  c");
        assert_eq!(
            visible("\u{202e}txt\u{200b}\u{0}\u{2028}"),
            "‹U+202E›txt‹U+200B›‹U+0000›‹U+2028›"
        );
    }

    #[test]
    fn commands_can_be_pasted() {
        for (log, command) in [
            ("log.jsonl", "sealstone verify log.jsonl"),
            ("", "sealstone verify LOG"),
            ("-", "sealstone verify LOG"),
            ("-o", "sealstone verify -- -o"),
            ("-it's $HOME", r"sealstone verify -- '-it'\''s $HOME'"),
            ("\u{202e}x", "sealstone verify '‹U+202E›x'"),
        ] {
            assert_eq!(command_for(log), command);
        }
    }

    #[test]
    fn texts_are_cut_at_characters() {
        assert_eq!(clipped("äöü", 3), "äöü");
        assert_eq!(clipped("äöü", 2), "äö…");
        assert_eq!(clipped("", 0), "");
    }

    #[test]
    fn moments_are_in_utc() {
        let ts = Timestamp::parse("2026-11-22T15:04:05.999999999-01:30").unwrap();
        assert_eq!(moment(ts), "2026-11-22 16:34:05");
        let early = Timestamp::parse("0001-01-01T00:00:00Z").unwrap();
        assert_eq!(moment(early), "0001-01-01 00:00:00");
    }
}
