//! What an authority answers: a status, and a token if it stamped (RFC 3161, section 2.4.2).

use der::Tag;

use super::{
    StampError,
    der::{Element, Elements, only},
};

/// What the statuses are called, from 0.
const STATUSES: [&str; 6] = [
    "granted",
    "grantedWithMods",
    "rejection",
    "waiting",
    "revocationWarning",
    "revocationNotification",
];

/// What the bits of `failInfo` mean.
const FAILURES: [(usize, &str); 8] = [
    (0, "badAlg"),
    (2, "badRequest"),
    (5, "badDataFormat"),
    (14, "timeNotAvailable"),
    (15, "unacceptedPolicy"),
    (16, "unacceptedExtension"),
    (17, "addInfoNotAvailable"),
    (25, "systemFailure"),
];

/// How many characters of the authority's text are repeated.
const TEXT_MAX: usize = 200;

/// Returns the token in an answer that grants one, or the bytes themselves if they are a token.
pub(super) fn token(bytes: &[u8]) -> Result<Element<'_>, StampError> {
    const MALFORMED: StampError = StampError::Malformed("answer");
    let answer = only(bytes, Tag::Sequence).ok_or(MALFORMED)?;
    let mut elements = answer.elements().ok_or(MALFORMED)?;
    let first = elements.next().ok_or(MALFORMED)?;
    if first.tag == Tag::ObjectIdentifier {
        return Ok(answer);
    }
    if first.tag != Tag::Sequence {
        return Err(MALFORMED);
    }
    let status = first.elements().and_then(status);
    status.ok_or(StampError::Malformed("status"))??;
    let token = elements.take(Tag::Sequence).ok_or(MALFORMED)?;
    elements.end().ok_or(MALFORMED)?;
    Ok(token)
}

/// Says whether it is granted; none if it cannot be read.
fn status(mut info: Elements<'_>) -> Option<Result<(), StampError>> {
    let number = info.take(Tag::Integer)?.number()?;
    let text = info.take_if(Tag::Sequence);
    let failure = info.take_if(Tag::BitString);
    info.end()?;
    if number < 2 {
        return Some(Ok(()));
    }
    let name = usize::try_from(number)
        .ok()
        .and_then(|number| STATUSES.get(number));
    let mut why = name.map_or_else(|| format!("status {number}"), |name| (*name).to_owned());
    for name in failure.into_iter().flat_map(failures) {
        why.push_str(", ");
        why.push_str(name);
    }
    if let Some(text) = text {
        why.extend([": \"", &words(text)?, "\""]);
    }
    Some(Err(StampError::Refused(why)))
}

/// Returns the names of the bits that are set. The first byte says how many bits at the end do not count.
fn failures(bits: Element<'_>) -> impl Iterator<Item = &'static str> {
    let bytes = bits.content.get(1..).unwrap_or_default();
    let is_set = |bit: &usize| {
        let byte = bytes.get(bit / 8);
        byte.is_some_and(|byte| byte & (0x80 >> (bit % 8)) != 0)
    };
    FAILURES
        .iter()
        .filter(move |(bit, _)| is_set(bit))
        .map(|(_, name)| *name)
}

/// Returns the beginning of the authority's text, with its control characters spelled out.
fn words(text: Element<'_>) -> Option<String> {
    let texts = text.all(Tag::Utf8String)?;
    let texts: Option<Vec<&str>> = texts
        .iter()
        .map(|text| std::str::from_utf8(text.content).ok())
        .collect();
    Some(printable(&texts?.join(" ")))
}

/// Returns the beginning of a text, with its control characters and quotes spelled out.
pub(super) fn printable(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars().take(TEXT_MAX) {
        match c {
            '"' | '\\' => shown.extend(['\\', c]),
            c if c.is_control() => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An element with a short content.
    fn element(tag: u8, content: &[&[u8]]) -> Vec<u8> {
        let content = content.concat();
        [&[tag, u8::try_from(content.len()).unwrap()], &content[..]].concat()
    }

    fn refused(status: u8, more: &[&[u8]]) -> String {
        let number = [2, 1, status];
        let info = [&[&number[..]], more].concat();
        let answer = element(0x30, &[&element(0x30, &info)]);
        token(&answer).unwrap_err().to_string()
    }

    #[test]
    fn a_refusal_says_why() {
        assert_eq!(refused(2, &[]), "the authority refused: rejection");
        assert_eq!(refused(3, &[]), "the authority refused: waiting");
        assert_eq!(refused(9, &[]), "the authority refused: status 9");
        let text = element(
            0x30,
            &[
                &element(0x0C, &[b"no\x1B[2J"]),
                &element(0x0C, &[b"\"not\""]),
            ],
        );
        let bits = [3, 2, 5, 0xA4];
        assert_eq!(
            refused(2, &[&text, &bits]),
            "the authority refused: rejection, badAlg, badRequest, badDataFormat: \
             \"no\\u{1b}[2J \\\"not\\\"\""
        );
        let late = [3, 5, 6, 0, 3, 0xC0, 0x40];
        assert_eq!(
            refused(5, &[&late]),
            "the authority refused: revocationNotification, timeNotAvailable, unacceptedPolicy, \
             unacceptedExtension, addInfoNotAvailable, systemFailure"
        );
    }

    #[test]
    fn a_token_comes_with_a_status_or_by_itself() {
        let content = element(0x30, &[&[6, 1, 0x2A]]);
        assert_eq!(token(&content).unwrap().whole, content);
        for status in [0, 1] {
            let info = element(0x30, &[&[2, 1, status]]);
            let answer = element(0x30, &[&info, &content]);
            assert_eq!(token(&answer).unwrap().whole, content);
            // Granted, and nothing given.
            let bare = element(0x30, &[&info]);
            assert_eq!(token(&bare).unwrap_err(), StampError::Malformed("answer"));
        }
        for bad in [
            &[][..],
            &[0x30, 0],
            &[0x30, 2, 4, 0],
            &[0x30, 2, 0x30, 0],
            &[0x31, 0],
        ] {
            assert!(token(bad).is_err(), "{bad:?}");
        }
    }
}
