//! Makes hostile text visible.

use std::borrow::Cow;

/// Returns `text` with every character spelled out that could steer a terminal or hide from a reader:
/// controls (line ends too), directions, and what has no width.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_plain) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_plain(c) {
            shown.push(c);
        } else {
            shown.extend(c.escape_unicode());
        }
    }
    shown.into()
}

/// Returns a name as it is if it is nothing but one, else in quotes, so that it cannot pass for the text
/// around it.
pub(super) fn shown(name: &str) -> String {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || "-_.:/@".contains(c);
    if name.chars().all(is_of_name) {
        name.to_owned()
    } else {
        format!("{name:?}")
    }
}

fn is_plain(c: char) -> bool {
    !c.is_control()
        && !matches!(c,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_or_hides_is_spelled_out() {
        assert_eq!(visible("Übermut 🙂 `x`"), "Übermut 🙂 `x`");
        assert_eq!(visible("\u{1b}]52;c;eA==\u{7}"), "\\u{1b}]52;c;eA==\\u{7}");
        assert_eq!(visible("a\rb\nc\u{9b}31m"), "a\\u{d}b\\u{a}c\\u{9b}31m");
        assert_eq!(visible("\u{202e}txt\u{200b}"), "\\u{202e}txt\\u{200b}");
    }
}
