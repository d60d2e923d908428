//! Pieces of values that are short enough to show.

/// How many characters of a value are shown.
const EXCERPT_CHARS: usize = 160;

/// How many characters are shown before two long values begin to differ.
const BEFORE_CHARS: usize = 40;

/// How many bytes of a pointer are shown: hostile keys are long.
const POINTER_BYTES: usize = 1024;

/// Returns a piece of each of two values. Of long ones it is where they begin to differ.
pub(super) fn excerpts(a: Option<&str>, b: Option<&str>) -> (Option<String>, Option<String>) {
    let is_long = |text: &str| text.chars().nth(EXCERPT_CHARS).is_some();
    let skipped = match (a, b) {
        (Some(a), Some(b)) if is_long(a) || is_long(b) => skipped_bytes(a, b),
        _ => 0,
    };
    (
        a.map(|text| excerpt(text, skipped)),
        b.map(|text| excerpt(text, skipped)),
    )
}

/// How many bytes two texts share before the piece of them that is worth showing.
fn skipped_bytes(a: &str, b: &str) -> usize {
    let same = a.chars().zip(b.chars()).take_while(|(x, y)| x == y).count();
    let skipped = same.saturating_sub(BEFORE_CHARS);
    a.chars().take(skipped).map(char::len_utf8).sum()
}

fn excerpt(text: &str, skipped: usize) -> String {
    let behind = &text[skipped..];
    let end = behind
        .char_indices()
        .nth(EXCERPT_CHARS)
        .map_or(behind.len(), |(end, _)| end);
    let before = if skipped > 0 { "…" } else { "" };
    let after = if end < behind.len() { "…" } else { "" };
    format!("{before}{}{after}", &behind[..end])
}

/// Returns a pointer, cut if a hostile key has made it long.
pub(super) fn pointer(pointer: &str) -> String {
    if pointer.len() <= POINTER_BYTES {
        return pointer.to_owned();
    }
    format!(
        "{}…",
        &pointer[..pointer.floor_char_boundary(POINTER_BYTES)]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_values_are_whole_and_long_ones_are_cut_where_they_differ() {
        assert_eq!(excerpts(Some("abc"), None), (Some("abc".to_owned()), None));
        let (a, b) = (
            format!("{}ä{}", "é".repeat(500), "y".repeat(500)),
            format!("{}ö", "é".repeat(500)),
        );
        let (a, b) = excerpts(Some(&a), Some(&b));
        assert_eq!(a, Some(format!("…{}ä{}…", "é".repeat(40), "y".repeat(119))));
        assert_eq!(b, Some(format!("…{}ö", "é".repeat(40))));
        let (whole, longer) = ("x".repeat(300), "x".repeat(301));
        let (whole, longer) = excerpts(Some(&whole), Some(&longer));
        assert_ne!(whole, longer);
    }

    #[test]
    fn pointers_are_cut_between_characters() {
        let long = format!("/{}", "é".repeat(2000));
        assert!(pointer(&long).len() <= POINTER_BYTES + '…'.len_utf8());
        assert_eq!(pointer("/a"), "/a");
    }
}
