//! How a log is named where others read it: in a repository, in a URI.

use std::{
    ffi::OsString,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
};

/// Returns a path below the working folder, where it is below it, without `./`: a job runs in its repository.
pub(super) fn in_repository(path: &Path) -> PathBuf {
    let here = std::env::current_dir().ok();
    let below = here.and_then(|here| Some(path.strip_prefix(here).ok()?.to_owned()));
    plain(&below.unwrap_or_else(|| path.to_owned()))
}

/// Returns a path as a URI reference (RFC 3986) from the working folder, or with `file:` if it is elsewhere.
pub(super) fn uri(path: &Path) -> String {
    let path = in_repository(path);
    let encoded = encoded(&path);
    if path.is_absolute() {
        format!("file://{encoded}")
    } else {
        encoded
    }
}

/// Returns a path in ASCII, one text for one path: every byte but letters, digits, `-._~` and `/` is
/// percent-encoded (RFC 3986, section 2.1).
pub(super) fn encoded(path: &Path) -> String {
    let mut encoded = String::new();
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(char::from(*byte));
            }
            _ => encoded.extend(['%', digit(byte >> 4), digit(byte & 15)]),
        }
    }
    encoded
}

/// Returns the path that [`encoded`] made a text of.
pub(super) fn decoded(text: &str) -> PathBuf {
    let mut path = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, behind)) = rest.split_first() {
        let pair = behind.get(..2).filter(|_| *byte == b'%');
        let pair = pair.and_then(|pair| std::str::from_utf8(pair).ok());
        let pair = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
        path.push(pair.unwrap_or(*byte));
        rest = if pair.is_some() { &behind[2..] } else { behind };
    }
    OsString::from_vec(path).into()
}

fn digit(nibble: u8) -> char {
    char::from(b"0123456789ABCDEF"[usize::from(nibble & 15)])
}

/// Returns the path without `.` and doubled slashes.
pub(super) fn plain(path: &Path) -> PathBuf {
    let is_dot = |part: &std::path::Component<'_>| matches!(part, std::path::Component::CurDir);
    path.components().filter(|part| !is_dot(part)).collect()
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    #[test]
    fn paths_become_references_that_lead_back() {
        let here = std::env::current_dir().unwrap();
        assert_eq!(uri(&here.join("logs/a b.jsonl")), "logs/a%20b.jsonl");
        assert_eq!(
            uri(Path::new("./logs//ü:%?#.jsonl")),
            "logs/%C3%BC%3A%25%3F%23.jsonl"
        );
        assert_eq!(
            uri(Path::new("/no/such/a.jsonl")),
            "file:///no/such/a.jsonl"
        );
        assert_eq!(uri(Path::new("../a.jsonl")), "../a.jsonl");
        assert_eq!(uri(Path::new(OsStr::from_bytes(b"\xFF"))), "%FF");
        let every: Vec<u8> = (1..=255).collect();
        let every = Path::new(OsStr::from_bytes(&every));
        assert_eq!(decoded(&encoded(every)), every);
        assert_eq!(decoded("%zz%4"), Path::new("%zz%4"));
    }
}
