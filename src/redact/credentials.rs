//! Matchers of credentials that are known by what stands around them.

use super::{
    chars::{char_at, char_run, is_quote_or_angle, is_space, run},
    detectors::Hit,
    invisible::is_invisible,
};

/// Returns how many bytes of `text` at `at` spell `word`, in either case. As in every case-insensitive match
/// of Unicode text, the long s is an s and the Kelvin sign a k.
fn folded(text: &str, at: usize, word: &str) -> Option<usize> {
    let mut end = at;
    for expected in word.bytes() {
        let c = char_at(text, end)?;
        let folded = match c {
            '\u{17F}' => 's',
            '\u{212A}' => 'k',
            c => c.to_ascii_lowercase(),
        };
        if folded != char::from(expected) {
            return None;
        }
        end += c.len_utf8();
    }
    Some(end)
}

pub(super) fn aws_secret_key(text: &str, from: usize) -> Option<Hit> {
    let bytes = text.as_bytes();
    for at in from..bytes.len() {
        if matches!(bytes[at], b'a' | b'A')
            && let Some(name) = folded(text, at, "aws_secret_access_key")
            && let Some(secret) = aws_separator(text, name)
        {
            let quoted = match bytes.get(secret) {
                Some(b'"' | b'\'') => secret + 1,
                _ => secret,
            };
            let end = char_run(text, quoted, AWS_SECRET_CHARS, is_aws_secret);
            if text[quoted..end].chars().count() == AWS_SECRET_CHARS {
                return Some(Hit::new(at, end));
            }
        }
    }
    None
}

const AWS_SECRET_CHARS: usize = 40;

fn is_aws_secret(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(
            c,
            '/' | '+' | '=' | '\u{130}' | '\u{131}' | '\u{17F}' | '\u{212A}'
        )
}

/// Returns the end of `=` or `:` with spaces around it, or of spaces.
fn aws_separator(text: &str, at: usize) -> Option<usize> {
    let spaces = char_run(text, at, usize::MAX, is_space);
    match text.as_bytes().get(spaces) {
        Some(b'=' | b':') => Some(char_run(text, spaces + 1, usize::MAX, is_space)),
        _ => (spaces > at).then_some(spaces),
    }
}

/// Keeps what stands before the secret, to the last `=`, `:` or space. It does not look for those in the
/// secret, which may end in `=`.
pub(super) fn mask_aws_secret_key(found: &str) -> String {
    let before = folded(found, 0, "aws_secret_access_key")
        .and_then(|name| aws_separator(found, name))
        .unwrap_or_default();
    let kept = found[..before]
        .rfind(['=', ':', ' '])
        .map_or(0, |at| at + 1);
    format!("{}****", &found[..kept])
}

/// Finds a PEM or PGP private key: to its END line, or as far as what follows looks like its body.
pub(super) fn private_key(text: &str, from: usize) -> Option<Hit> {
    const BEGIN: &str = "-----BEGIN";
    let mut search = from;
    loop {
        let start = search + text[search..].find(BEGIN)?;
        search = start + BEGIN.len();
        let Some(header) = armor_label(text, search) else {
            continue;
        };
        // What a further BEGIN starts is not part of this key, so no part of a text is read twice.
        let limit = text[header..]
            .find(BEGIN)
            .map_or(text.len(), |next| header + next);
        let body = &text[..limit];
        let end = armor_end(body, header).unwrap_or_else(|| armor_body(body, header));
        return Some(Hit::new(start, end));
    }
}

/// Returns the end of ` … PRIVATE KEY-----` with up to three words before it.
fn armor_label(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = at;
    for words in 0..=3 {
        let rest = text[at..].strip_prefix(' ')?;
        if let Some(behind) = rest.strip_prefix("PRIVATE KEY") {
            let behind = behind.strip_prefix(" BLOCK").unwrap_or(behind);
            if let Some(behind) = behind.strip_prefix("-----") {
                return Some(text.len() - behind.len());
            }
        }
        let word_end = run(bytes, at + 1, usize::MAX, |b| {
            b.is_ascii_uppercase() || b.is_ascii_digit()
        });
        if words == 3 || word_end == at + 1 {
            return None;
        }
        at = word_end;
    }
    None
}

fn armor_end(text: &str, from: usize) -> Option<usize> {
    const END: &str = "-----END";
    let mut search = from;
    loop {
        let label = search + text[search..].find(END)? + END.len();
        if let Some(end) = armor_label(text, label) {
            return Some(end);
        }
        search = label;
    }
}

/// Returns the end of armor headers with the empty line behind them, if any, and of lines of base64.
fn armor_body(text: &str, header: usize) -> usize {
    let is_base64 = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
    let bytes = text.as_bytes();
    let mut at = header;
    let mut line = header;
    while let Some(start) = line_break(text, line) {
        if let Some(body) = line_break(text, start) {
            if bytes.get(body).is_some_and(|b| is_base64(*b)) {
                at = start;
            }
            break;
        }
        let name = run(bytes, start, usize::MAX, |b| {
            b.is_ascii_alphanumeric() || b == b'-'
        });
        if name == start || bytes.get(name) != Some(&b':') {
            break;
        }
        line = run(bytes, name, usize::MAX, |b| {
            !matches!(b, b'\n' | b'\r' | b'\\')
        });
    }
    while let Some(start) = line_break(text, at) {
        let end = run(bytes, start, usize::MAX, is_base64);
        if end == start || end < bytes.len() && line_break(text, end).is_none() {
            break;
        }
        at = end;
    }
    at
}

/// Returns the end of a line break, which may be that of another system or spelled as in JSON.
fn line_break(text: &str, at: usize) -> Option<usize> {
    ["\n", "\r\n", "\\n", "\\r\\n"]
        .iter()
        .find(|end| text[at..].starts_with(**end))
        .map(|end| at + end.len())
}

pub(super) fn db_conn(text: &str, from: usize) -> Option<Hit> {
    const SCHEMES: [&str; 13] = [
        "postgres",
        "postgresql",
        "mysql",
        "mariadb",
        "mongodb",
        "mongodb+srv",
        "redis",
        "rediss",
        "amqp",
        "amqps",
        "mssql",
        "sqlserver",
        "",
    ];
    const MARK: &str = "://";
    let mut search = from;
    loop {
        let mark = search + text[search..].find(MARK)?;
        search = mark + MARK.len();
        let Some(scheme) = SCHEMES
            .iter()
            .find(|scheme| !scheme.is_empty() && text[from..mark].ends_with(**scheme))
        else {
            continue;
        };
        let end = char_run(text, search, usize::MAX, |c| {
            !is_space(c) && !is_quote_or_angle(c)
        });
        if end > search {
            return Some(Hit::new(mark - scheme.len(), end));
        }
    }
}

/// Masks from behind the user's `:` to the last `@`. A user's name may hold an `@` and no `/`.
pub(super) fn mask_db_conn(found: &str) -> String {
    let masked = found.split_once("://").and_then(|(scheme, rest)| {
        let (userinfo, host) = rest.rsplit_once('@')?;
        let (user, _) = userinfo.split_once(':')?;
        (!user.contains('/')).then(|| format!("{scheme}://{user}:****@{host}"))
    });
    masked.unwrap_or_else(|| found.to_owned())
}

pub(super) fn password(text: &str, from: usize) -> Option<Hit> {
    const WORDS: [&str; 4] = ["password", "passwd", "passphrase", "pwd"];
    let bytes = text.as_bytes();
    for at in from..bytes.len() {
        if !matches!(bytes[at], b'p' | b'P') || at > 0 && bytes[at - 1].is_ascii_alphanumeric() {
            continue;
        }
        let end = WORDS
            .iter()
            .find_map(|word| folded(text, at, word))
            .and_then(|word_end| password_value(text, word_end));
        if let Some(end) = end {
            return Some(Hit::new(at, end));
        }
    }
    None
}

/// Returns the end of what is assigned, given the end of the word. Every gap is bounded.
fn password_value(text: &str, word_end: usize) -> Option<usize> {
    let is_gap = |c: char| c == ' ' || c == '\t' || is_invisible(c);
    let at = char_run(text, word_end, 8, is_invisible);
    let at = skip_quote(text, at);
    let at = char_run(text, at, 16, is_gap);
    if !matches!(text.as_bytes().get(at), Some(b'=' | b':')) {
        return None;
    }
    let quote = char_run(text, at + 1, 8, is_gap);
    let at = skip_quote(text, quote);
    let is_escaped = at > quote + 1;
    let at = char_run(text, at, 8, is_invisible);
    let end = char_run(text, at, 256, |c| {
        !(is_space(c) || is_quote_or_angle(c) || matches!(c, ',' | ';') || is_invisible(c))
    });
    // The closing quote is escaped as the opening one is.
    let is_quoted = is_escaped && matches!(text.as_bytes().get(end), Some(b'"' | b'\''));
    let end = if is_quoted {
        at + text[at..end].trim_end_matches('\\').len()
    } else {
        end
    };
    (end > at).then_some(end)
}

/// Skips a quote, which is escaped in a text that is JSON within JSON.
fn skip_quote(text: &str, at: usize) -> usize {
    let quote = run(text.as_bytes(), at, 8, |b| b == b'\\');
    match text.as_bytes().get(quote) {
        Some(b'"' | b'\'') => quote + 1,
        _ => at,
    }
}

/// Keeps the word, the separator, up to three spaces and an opening quote.
pub(super) fn mask_password(found: &str) -> String {
    let kept = found.find(['=', ':']).map_or(0, |separator| {
        skip_quote(found, char_run(found, separator + 1, 3, is_space))
    });
    format!("{}****", &found[..kept])
}

#[cfg(test)]
mod tests {
    use crate::redact::{Rule, mask, scan};

    fn named(text: &str) -> String {
        mask(text, Rule::Named).into_owned()
    }

    #[test]
    fn an_aws_secret_keeps_its_name() {
        assert_eq!(
            named("AWS_SECRET_ACCESS_KEY = \"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\""),
            "AWS_SECRET_ACCESS_KEY = ****\""
        );
    }

    #[test]
    fn an_aws_secret_that_ends_in_an_equals_sign_is_not_shown() {
        let text = format!("aws_secret_access_key={}=", "a1B".repeat(13));
        assert_eq!(named(&text), "aws_secret_access_key=****");
        assert_eq!(scan(&text.into())[0].sample, "aws_secret_access_key=****");
    }

    #[test]
    fn the_long_s_is_an_s() {
        assert_eq!(named("pa\u{17F}sword=x"), "pa\u{17F}sword=****");
    }

    #[test]
    fn a_private_key_ends_at_its_end_line() {
        assert_eq!(
            named("-----BEGIN PRIVATE KEY----- a b -----END RSA PRIVATE KEY----- rest"),
            "[PRIVATE KEY REDACTED] rest"
        );
    }

    #[test]
    fn a_private_key_does_not_cross_another() {
        assert_eq!(
            named(
                "-----BEGIN PRIVATE KEY-----x-----BEGIN PRIVATE KEY-----y-----END PRIVATE KEY-----"
            ),
            "[PRIVATE KEY REDACTED]x[PRIVATE KEY REDACTED]"
        );
    }

    #[test]
    fn a_private_key_without_an_end_takes_what_looks_like_its_body() {
        let header = "-----BEGIN RSA PRIVATE KEY-----";
        for (rest, left) in [
            ("\nMIIE\nAb1/=\nother words", "\nother words"),
            (
                "\nProc-Type: 4\nDEK-Info: x\n\nMIIE\nnot base\n",
                "\nnot base\n",
            ),
            ("\nProc-Type: 4\nMIIE", "\nProc-Type: 4\nMIIE"),
            ("\n\nMIIE", ""),
            ("\n\n\nMIIE", "\n\n\nMIIE"),
            ("\n  MIIE", "\n  MIIE"),
            ("\r\nMIIE\r\nAb1/=\r\nother words", "\r\nother words"),
            ("\r\nProc-Type: 4\r\nDEK-Info: x\r\n\r\nMIIE\r\n", "\r\n"),
            ("\\nMIIE\\nAb1/=\\n\"}", "\\n\"}"),
            ("\\r\\nMIIE\\r\\nnot base", "\\r\\nnot base"),
        ] {
            assert_eq!(
                named(&format!("{header}{rest}")),
                format!("[PRIVATE KEY REDACTED]{left}")
            );
        }
    }

    #[test]
    fn an_armor_label_has_three_words_at_most() {
        let text = "-----BEGIN A B C D PRIVATE KEY-----";
        assert_eq!(named(text), text);
        assert_eq!(
            named("-----BEGIN A B C PRIVATE KEY-----"),
            "[PRIVATE KEY REDACTED]"
        );
    }

    #[test]
    fn a_database_url_keeps_user_and_host() {
        assert_eq!(
            named("postgres://u:p@ss@w@host/db"),
            "postgres://u:****@host/db"
        );
        assert_eq!(named("redis://:p@h"), "redis://:****@h");
        assert_eq!(named("mysql://u@server:p@h"), "mysql://u@server:****@h");
    }

    #[test]
    fn a_database_url_without_a_password_is_found_and_kept() {
        let text = "postgres://host/db";
        assert_eq!(named(text), text);
        assert_eq!(scan(&text.into())[0].kind, "db_conn");
    }

    #[test]
    fn a_sample_of_a_database_url_shows_no_other_secret() {
        let findings = scan(&"redis://sk-a1B2c3D4e5F6g7H8i9J0kk".into());
        assert_eq!(findings[1].sample, "redis://sk-a****");
    }

    #[test]
    fn a_password_keeps_what_stands_before_it() {
        for (text, masked) in [
            ("PASSWORD=x", "PASSWORD=****"),
            ("\"pwd\": \"x y\"", "\"pwd\": \"**** y\""),
            ("db_passwd=        x", "db_passwd=   ****"),
            ("passphrase=a,b", "passphrase=****,b"),
            ("password==x", "password=****"),
            (
                r#"{\"password\":\"hunter22x\"}"#,
                r#"{\"password\":\"****\"}"#,
            ),
            (
                r#"{\\\"pwd\\\": \\\"a\\b\\\"}"#,
                r#"{\\\"pwd\\\": \\\"****\\\"}"#,
            ),
        ] {
            assert_eq!(named(text), masked);
        }
    }

    #[test]
    fn a_word_that_merely_ends_like_one_is_no_password() {
        for text in [
            "mypwd=x",
            "1password=x",
            "passwordx=1",
            "password x",
            "password=<x>",
            "password= ,x",
            r#"{\"password\":\"\"}"#,
        ] {
            assert_eq!(named(text), text);
        }
    }
}
