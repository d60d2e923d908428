//! What a token claims, whether it verifies or not: the place at which it has the digest, and the time behind it.
//!
//! This is all that the reference looks for.

use memchr::memmem;

use super::Time;
use crate::digest::Digest;

/// A message imprint of SHA-256, up to the digest: `SEQUENCE { SEQUENCE { OID, NULL }, OCTET STRING (32) }`.
const IMPRINT: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];
const INTEGER: u8 = 0x02;
const GENERALIZED_TIME: u8 = 0x18;

/// Returns the time that the token `der` names for `digest`, if it is about it. Anybody can make one that is: this says
/// what the reference says, of a token that does not verify.
pub(in crate::witness) fn claimed(der: &[u8], digest: &Digest) -> Option<Time> {
    let imprint = [&IMPRINT[..], digest.as_bytes()].concat();
    let at = memmem::find(der, &imprint)?;
    let (tag, _serial, rest) = element(&der[at + imprint.len()..])?;
    (tag == INTEGER).then_some(())?;
    let (tag, time, _) = element(rest)?;
    (tag == GENERALIZED_TIME).then_some(())?;
    Time::parse(std::str::from_utf8(time).ok()?)
}

/// Takes one element of DER off: its tag, its content, and what follows.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0x00..=0x7F => (usize::from(*first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7F))?;
            let add = |length: usize, digit: &u8| length << 8 | usize::from(*digit);
            (digits.iter().fold(0, add), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A token with nothing in it but what is looked at.
    fn token(digest: &Digest, time: &str) -> Vec<u8> {
        let time = [
            &[GENERALIZED_TIME, u8::try_from(time.len()).unwrap()],
            time.as_bytes(),
        ]
        .concat();
        [
            b"before",
            &IMPRINT[..],
            digest.as_bytes(),
            &[INTEGER, 1, 5],
            &time,
        ]
        .concat()
    }

    #[test]
    fn a_token_that_is_about_the_digest_names_a_time() {
        let digest = Digest::of(b"a");
        let named = |time| claimed(&token(&digest, time), &digest).map(|time| time.to_string());
        for (time, expected) in [
            ("20260102030405Z", Some("2026-01-02T03:04:05Z")),
            ("20260102030405.5Z", Some("2026-01-02T03:04:05.5Z")),
            ("20260102030405.120Z", Some("2026-01-02T03:04:05.12Z")),
            ("20260102030405.Z", None),
            ("20260102030405", None),
            ("202601020304Z", None),
            ("20260102030405+0100", None),
            ("20261302030405Z", None),
            ("20260102030460Z", None),
            ("garbage", None),
        ] {
            assert_eq!(named(time).as_deref(), expected, "{time}");
        }
        let later = |time| claimed(&token(&digest, time), &digest).unwrap();
        assert!(later("20260102030405.5Z") > later("20260102030405Z"));
        assert!(later("20260102030405.5Z") > later("20260102030405.12Z"));
    }

    #[test]
    fn any_other_bytes_name_none() {
        let digest = Digest::of(b"a");
        let sound = token(&digest, "20260102030405Z");
        assert_eq!(claimed(&sound, &Digest::of(b"b")), None);
        for end in 0..sound.len() {
            assert_eq!(claimed(&sound[..end], &digest), None, "{end}");
        }
        let serial = sound.len() - 17 - 3;
        let mut other = sound.clone();
        other[serial] = 4;
        assert_eq!(claimed(&other, &digest), None);
        let mut endless = sound;
        endless[serial + 1] = 0x84;
        assert_eq!(claimed(&endless, &digest), None);
    }
}
