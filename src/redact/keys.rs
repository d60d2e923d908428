//! What the name of a member says about its value.

use super::{chars::is_space, invisible::without_invisible};
use crate::json::{Number, Value};

/// What a member's name says about its value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum KeyClass {
    /// A credential; a number cannot be one.
    Credential,
    /// Nothing.
    #[default]
    Other,
    /// A credential that may be all digits.
    Password,
    /// A path or an address, which is meant to be read.
    Path,
}

impl KeyClass {
    /// Whether it is a credential, whatever the value.
    pub(super) fn is_credential(self) -> bool {
        matches!(self, Self::Credential | Self::Password)
    }
}

const PATH_KEYS: [&str; 23] = [
    "file_path",
    "filePath",
    "notebook_path",
    "notebookPath",
    "path",
    "paths",
    "filenames",
    "files",
    "file",
    "cwd",
    "pattern",
    "glob",
    "directory",
    "dir",
    "old_path",
    "new_path",
    "target_file",
    "source_file",
    "workdir",
    "url",
    "uri",
    "href",
    "urls",
];

/// The words that make a credential's name when they end it.
const ENDINGS: [&str; 11] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "api_key",
    "apikey",
    "token",
    "private_key",
    "privatekey",
    "secret_key",
    "secretkey",
];

/// The words that must stand alone at the end of the name.
const WORDS: [&str; 6] = [
    "pass",
    "pwd",
    "auth",
    "authorization",
    "credential",
    "credentials",
];

/// Returns what `key` says about its value.
pub(super) fn classify(key: &str) -> KeyClass {
    if PATH_KEYS.contains(&key) {
        return KeyClass::Path;
    }
    let name = normalized(key);
    let word = WORDS.iter().find(|word| {
        name.strip_suffix(**word)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('_'))
    });
    if matches!(word, Some(&"pass" | &"pwd"))
        || ["password", "passwd", "passphrase"]
            .iter()
            .any(|ending| name.ends_with(ending))
    {
        return KeyClass::Password;
    }
    if word.is_some() || ENDINGS.iter().any(|ending| name.ends_with(ending)) {
        return KeyClass::Credential;
    }
    KeyClass::Other
}

/// Returns the end of `key` in small letters, with `_` for each run of spaces, dots and hyphens.
fn normalized(key: &str) -> String {
    let visible = without_invisible(key);
    let mut name = String::new();
    let mut after_gap = false;
    for c in visible.trim_matches(is_space).chars() {
        let is_gap = is_space(c) || c == '.' || c == '-';
        if !is_gap {
            name.extend(c.to_lowercase());
        } else if !after_gap {
            name.push('_');
        }
        after_gap = is_gap;
    }
    name
}

/// Whether a value under a key of `class` is a credential, and not one that is masked already.
pub(super) fn is_credential(class: KeyClass, value: &Value) -> bool {
    match (class, value) {
        (KeyClass::Credential | KeyClass::Password, Value::String(text)) => {
            !text.is_empty() && text.as_str() != super::MASK
        }
        (KeyClass::Password, Value::Number(_)) => true,
        _ => false,
    }
}

/// Whether `text`, under a path key, is written like a path: only then the entropy rule leaves it readable.
pub(super) fn is_path(text: &str) -> bool {
    if text.contains(['=', '?', '&', '%', '@']) {
        return false;
    }
    if let Some(rest) = text.strip_prefix(['/', '~']) {
        // A single leading mark proves nothing: base64 may start with it.
        return rest.contains(['/', '.']);
    }
    text.starts_with("./")
        || text.starts_with("../")
        || has_drive(text)
        || has_scheme(text)
        || has_extension(text)
        || is_glob(text)
}

fn is_glob(text: &str) -> bool {
    text.contains(['*', '[', '{'])
}

fn has_drive(text: &str) -> bool {
    matches!(text.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic())
}

fn has_scheme(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_lowercase())
            && scheme
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+.-".contains(&b))
    })
}

fn has_extension(text: &str) -> bool {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.rsplit_once('.').is_some_and(|(_, extension)| {
        (1..=6).contains(&extension.len()) && extension.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

/// Returns the text of an integer long enough to be a card number.
pub(super) fn long_integer(number: &Number) -> Option<String> {
    const MIN_DIGITS: usize = 13;
    let text = match number {
        Number::BigInteger(text) => text.to_string(),
        Number::Float(_) => return None,
        Number::Integer(n) => n.to_string(),
    };
    (text.trim_start_matches('-').len() >= MIN_DIGITS).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_credentials_are_known_however_they_are_written() {
        for key in [
            "accessToken",
            "client_secret",
            "x-api-key",
            "Authorization",
            "my.secret",
            "access token",
            "client\u{200B}_secret",
            "proxy-authorization",
            "credentials",
            "x_auth",
            "privateKey",
            "unsecret",
        ] {
            assert_eq!(classify(key), KeyClass::Credential, "{key}");
        }
        for key in [
            "password",
            "PASSWORD ",
            "pass",
            "by_pass",
            "pwd",
            "a  -. pass",
            "passPhrase",
        ] {
            assert_eq!(classify(key), KeyClass::Password, "{key}");
        }
    }

    #[test]
    fn names_that_merely_resemble_them_are_not() {
        for key in [
            "tokens", "secrets", "key", "oauth", "mypwd", "bypass", "xauth", "creds", "pass_",
            "Path",
        ] {
            assert_eq!(classify(key), KeyClass::Other, "{key}");
        }
    }

    #[test]
    fn a_path_starts_or_ends_like_one() {
        for text in [
            "/a/b",
            "~/a",
            "~u/a",
            "./a",
            "../a",
            "C:\\a",
            "https://a",
            "h2+x://a",
            "a.rs",
            "a/*",
            "a{",
            "/x.y",
        ] {
            assert!(is_path(text), "{text}");
        }
        for text in [
            "",
            "/",
            "~",
            "/a",
            "~a",
            "/a{",
            "a",
            "a/b",
            "c:a",
            "Https://a",
            "/a/b=",
            "/a@/b",
            " /a/b",
            "a.rsrsrsr",
        ] {
            assert!(!is_path(text), "{text}");
        }
    }
}
