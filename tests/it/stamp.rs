//! Time stamps (RFC 3161): what an authority of `openssl` grants counts, what is wrong with any other is said, and
//! `openssl ts -verify` agrees.

mod anchor;
mod authority;
mod certificate;
mod forgery;
mod signature;

use sealstone::{
    digest::Digest,
    witness::stamp::{self, Request, Roots, Stamp, StampError},
};

use self::{
    authority::{Authority, Key, Wanted},
    forgery::{Forgery, SHA_1},
};

/// 2026-01-02T03:04:05Z, the time of what is made by hand.
const FORGED_AT: u64 = 1_767_323_045;

fn digest() -> Digest {
    Digest::of(b"stamped")
}

fn roots(authority: &Authority, name: &str) -> Roots {
    Roots::of_pem(&authority.pem(name)).unwrap()
}

fn verified(authority: &Authority, answer: &[u8]) -> Result<Stamp, StampError> {
    stamp::verify(answer, &digest(), Some(&roots(authority, "root")))
}

/// Asserts that `openssl` says of a stamp what we say of it.
#[track_caller]
fn agreed(
    authority: &Authority,
    answer: &[u8],
    root: &str,
    at: Option<u64>,
) -> Result<Stamp, StampError> {
    let ours = stamp::verify(answer, &digest(), Some(&roots(authority, root)));
    let theirs = authority.agrees(answer, &digest().to_string(), root, at);
    assert_eq!(ours.is_ok(), theirs, "{ours:?}");
    ours
}

fn malformed(part: &'static str) -> StampError {
    StampError::Malformed(part)
}

#[test]
fn what_an_authority_grants_counts() {
    let Some(authority) = Authority::new() else {
        return;
    };
    authority.issue(&Wanted::stamps("rsa", Key::Rsa, "between"));
    authority.issue(&Wanted::stamps("p256", Key::P256, "root"));
    authority.issue(&Wanted::stamps("p384", Key::P384, "between"));
    let between = &["between"][..];
    for (signer, chain, more) in [
        ("rsa", between, ""),
        (
            "rsa",
            between,
            "signer_digest = sha384\ness_cert_id_alg = sha1",
        ),
        (
            "rsa",
            between,
            "signer_digest = sha512\ness_cert_id_chain = yes",
        ),
        ("p256", &[], "ess_cert_id_alg = sha384"),
        (
            "p256",
            &[],
            "signer_digest = sha384\ness_cert_id_alg = sha512",
        ),
        ("p384", between, "ordering = no\ntsa_name = no"),
        (
            "p384",
            between,
            "signer_digest = sha384\naccuracy = secs:1, millisecs:500, microsecs:7",
        ),
    ] {
        authority.configure(signer, chain, more);
        let request = Request::new(&digest(), [0x80, 2, 3, 4, 5, 6, 7, 8]);
        let answer = authority.answer(&request.to_der());
        let stamp = request
            .accept(&answer, Some(&roots(&authority, "root")))
            .unwrap();
        assert_eq!(
            agreed(&authority, &answer, "root", None),
            Ok(stamp.clone()),
            "{signer} {more}"
        );
        assert!(stamp.is_trusted);
        assert_eq!(stamp.authority, format!("CN={signer},O=Tests"));
        assert_eq!(stamp.policy, "1.3.6.1.4.1.5.6.7");
        let accuracy = more.contains("accuracy").then_some(1_500_007);
        assert_eq!(stamp.accuracy_micros, accuracy);
        let alone = stamp::verify(&answer, &digest(), None).unwrap();
        assert_eq!(
            alone,
            Stamp {
                is_trusted: false,
                ..stamp
            }
        );
        let shown = authority.openssl(&["ts", "-reply", "-in", "answer.tsr", "-text"]);
        let shown = String::from_utf8(shown).unwrap().to_lowercase();
        assert!(
            shown.contains(&format!("serial number: 0x{}", alone.serial)),
            "{shown}"
        );
        assert!(shown.contains(&alone.time.to_string()[11..19]), "{shown}");
    }
}

#[test]
fn a_time_is_as_exact_as_the_authority_says() {
    let Some(authority) = Authority::new() else {
        return;
    };
    authority.issue(&Wanted::stamps("tsa", Key::P256, "root"));
    authority.configure("tsa", &[], "clock_precision_digits = 6");
    let request = Request::new(&digest(), [1; 8]);
    // Zeros at the end are left out, so not each has six digits.
    let is_exact = (0..10).any(|_| {
        let answer = authority.answer(&request.to_der());
        let stamp = agreed(&authority, &answer, "root", None).unwrap();
        let time = stamp.time.to_string();
        time.len() == "2026-01-02T03:04:05.123456Z".len()
    });
    assert!(is_exact);

    let forged = Forgery::of(&authority, "tsa", &digest());
    for (time, expected) in [
        ("20260102030405.123Z", Ok("2026-01-02T03:04:05.123Z")),
        (
            "20260102030405.12345678901234Z",
            Ok("2026-01-02T03:04:05.12345678901234Z"),
        ),
        ("20260102030405Z", Ok("2026-01-02T03:04:05Z")),
        ("20260102030405", Err("statement")),
        ("202601020304Z", Err("statement")),
        ("20260102030405,1Z", Err("statement")),
        ("20260102030405+0100", Err("statement")),
        ("20260230030405Z", Err("statement")),
        ("19600102030405Z", Err("time")),
    ] {
        let answer = Forgery {
            time,
            ..forged.clone()
        }
        .make();
        let stamp = verified(&authority, &answer).map(|stamp| stamp.time.to_string());
        let expected = expected.map(str::to_owned).map_err(StampError::Malformed);
        assert_eq!(stamp, expected, "{time}");
    }
}

#[test]
fn the_answer_to_another_request_does_not_count() {
    let Some(authority) = Authority::new() else {
        return;
    };
    authority.issue(&Wanted::stamps("tsa", Key::P256, "root"));
    authority.configure("tsa", &[], "");
    let root = roots(&authority, "root");
    let request = Request::new(&digest(), [7; 8]);
    let answer = authority.answer(&request.to_der());
    assert!(request.accept(&answer, Some(&root)).is_ok());
    let later = Request::new(&digest(), [8; 8]);
    assert_eq!(later.accept(&answer, Some(&root)), Err(StampError::Nonce));
    let of_other = Request::new(&Digest::of(b"other"), [7; 8]);
    assert_eq!(of_other.accept(&answer, None), Err(StampError::Imprint));

    // As the reference asks.
    let text = digest().to_string();
    authority.openssl(&[
        "ts",
        "-query",
        "-digest",
        &text,
        "-sha256",
        "-cert",
        "-no_nonce",
        "-out",
        "bare.tsq",
    ]);
    let bare = authority.answer(&std::fs::read(authority.sandbox.path("bare.tsq")).unwrap());
    assert_eq!(request.accept(&bare, Some(&root)), Err(StampError::Nonce));
    assert!(agreed(&authority, &bare, "root", None).is_ok());
}

#[test]
fn what_an_authority_refuses_says_why() {
    let Some(authority) = Authority::new() else {
        return;
    };
    authority.issue(&Wanted::stamps("tsa", Key::P256, "root"));
    authority.configure("tsa", &[], "digests = sha512");
    let answer = authority.answer(&Request::new(&digest(), [7; 8]).to_der());
    let why = agreed(&authority, &answer, "root", None).unwrap_err();
    let StampError::Refused(why) = why else {
        panic!("{why}")
    };
    assert!(why.starts_with("rejection, badAlg: \""), "{why}");
}

#[test]
fn a_stamp_of_something_else_does_not_count() {
    let Some(authority) = Authority::new() else {
        return;
    };
    authority.issue(&Wanted::stamps("tsa", Key::P256, "root"));
    authority.configure("tsa", &[], "");
    let answer = authority.answer(&Request::new(&Digest::of(b"other"), [7; 8]).to_der());
    let why = agreed(&authority, &answer, "root", None);
    assert_eq!(why, Err(StampError::Imprint));

    authority.configure("tsa", &[], "digests = sha1, sha512");
    for (algorithm, length, oid) in [("-sha1", 40, Some(SHA_1)), ("-sha512", 128, None)] {
        let hash = "a".repeat(length);
        authority.openssl(&[
            "ts",
            "-query",
            "-digest",
            &hash,
            algorithm,
            "-cert",
            "-out",
            "other.tsq",
        ]);
        let query = std::fs::read(authority.sandbox.path("other.tsq")).unwrap();
        let why = agreed(&authority, &authority.answer(&query), "root", None).unwrap_err();
        let expected = oid.map_or(StampError::Imprint, |oid| StampError::Algorithm {
            part: "imprint",
            oid: oid.to_owned(),
        });
        assert_eq!(why, expected);
    }
}

#[test]
fn no_byte_can_be_changed_to_say_something_else() {
    let Some(authority) = Authority::new() else {
        return;
    };
    authority.issue(&Wanted::stamps("tsa", Key::P256, "between"));
    authority.configure("tsa", &["between"], "clock_precision_digits = 3");
    let request = Request::new(&digest(), [7; 8]);
    let answer = authority.answer(&request.to_der());
    let root = roots(&authority, "root");
    let stamp = agreed(&authority, &answer, "root", None).unwrap();
    let other = Digest::of(b"other");
    let mut still = 0;
    for at in 0..answer.len() {
        for change in [0x01, 0x80, 0xFF] {
            let mut changed = answer.clone();
            changed[at] ^= change;
            for roots in [None, Some(&root)] {
                if let Ok(found) = stamp::verify(&changed, &digest(), roots) {
                    let expected = Stamp {
                        is_trusted: roots.is_some(),
                        ..stamp.clone()
                    };
                    assert_eq!(found, expected, "byte {at} with {change}");
                    still += 1;
                }
                let found = stamp::verify(&changed, &other, roots);
                assert!(found.is_err(), "byte {at} with {change}");
            }
        }
        assert!(
            stamp::verify(&answer[..at], &digest(), None).is_err(),
            "{at} bytes"
        );
    }
    // What nobody signed: versions, parameters, and without roots the certificates above the authority's.
    assert!(
        still < answer.len() * 6 / 3,
        "{still} of {}",
        answer.len() * 6
    );
    let longer = [&answer[..], &[0]].concat();
    assert!(stamp::verify(&longer, &digest(), None).is_err());
}
