//! Answers with one thing wrong with what is signed, or with the signature.

use sealstone::witness::stamp::{self, StampError};

use super::{
    FORGED_AT, agreed,
    authority::{Authority, Key, Wanted},
    digest,
    forgery::{
        self, Binding, ECDSA_SHA_256, Forgery, SHA_1, SHA_512, attribute, element, oid, sequence,
    },
    malformed, verified,
};

/// Changes what is made by hand.
type Change = fn(&mut Forgery<'_>);

#[test]
fn one_thing_that_is_wrong_is_enough() {
    let Some(authority) = Authority::new() else {
        return;
    };
    authority.issue(&Wanted::stamps("tsa", Key::P256, "root"));
    authority.issue(&Wanted::stamps("other", Key::P256, "root"));
    let sound = Forgery::of(&authority, "tsa", &digest());
    let stamp = agreed(&authority, &sound.make(), "root", Some(FORGED_AT)).unwrap();
    assert_eq!(stamp.time.to_string(), "2026-01-02T03:04:05.123Z");
    assert_eq!(stamp.serial, "1234");
    let cases: &[(Change, StampError)] = &[
        (|f| f.key = "other", StampError::Signature),
        (
            |f| f.certificates = vec!["other"],
            StampError::NoCertificate,
        ),
        (|f| f.certificates = Vec::new(), StampError::NoCertificate),
        (|f| f.version = 2, StampError::Version),
        (|f| f.imprint[31] ^= 1, StampError::Imprint),
        (|f| f.imprint.truncate(31), StampError::Imprint),
        (
            |f| f.content_type = "1.2.840.113549.1.7.1",
            malformed("token"),
        ),
        (
            |f| f.message_digest = Some(vec![7; 32]),
            StampError::Attribute("messageDigest"),
        ),
        (|f| f.binding = Binding::New("other"), StampError::Binding),
        (|f| f.binding = Binding::Old("other"), StampError::Binding),
        (
            |f| f.binding = Binding::NewWithSerial("other"),
            StampError::Binding,
        ),
        (
            |f| f.binding = Binding::Nothing,
            StampError::Attribute("signingCertificateV2"),
        ),
        (|f| f.signatures = 0, StampError::Signers(0)),
        (|f| f.signatures = 2, StampError::Signers(2)),
    ];
    for (number, (change, expected)) in (0..).zip(cases) {
        let mut forged = sound.clone();
        change(&mut forged);
        let why = agreed(&authority, &forged.make(), "root", Some(FORGED_AT));
        assert_eq!(why.as_ref(), Err(expected), "case {number}");
    }
}

#[test]
fn what_openssl_lets_pass_does_not_count_either() {
    let Some(authority) = Authority::new() else {
        return;
    };
    authority.issue(&Wanted::stamps("tsa", Key::P256, "root"));
    let sound = Forgery::of(&authority, "tsa", &digest());
    let critical = sequence(&[&oid("1.3.6.1.4.1.5.9"), &[1, 1, 0xFF], &[4, 0]]);
    let other = sequence(&[&oid("1.3.6.1.4.1.5.9"), &[4, 0]]);
    let twice = attribute("1.2.840.113549.1.9.4", &element(0x04, &[&[7; 32]]));
    for (forged, expected) in [
        (
            Forgery {
                content_type_attribute: "1.2.840.113549.1.7.1",
                ..sound.clone()
            },
            Err(StampError::Attribute("contentType")),
        ),
        // The same bytes by another hash.
        (
            Forgery {
                imprint_algorithm: SHA_1,
                ..sound.clone()
            },
            Err(StampError::Algorithm {
                part: "imprint",
                oid: SHA_1.to_owned(),
            }),
        ),
        (
            Forgery {
                imprint_algorithm: SHA_512,
                ..sound.clone()
            },
            Err(StampError::Imprint),
        ),
        (
            Forgery {
                more: element(0xA1, &[&critical]),
                ..sound.clone()
            },
            Err(StampError::Extension),
        ),
        (
            Forgery {
                more: element(0xA1, &[&other]),
                ..sound.clone()
            },
            Ok(()),
        ),
        (
            Forgery {
                attributes: vec![twice],
                ..sound.clone()
            },
            Err(StampError::Attribute("messageDigest")),
        ),
        (
            Forgery {
                binding: Binding::Weak,
                ..sound.clone()
            },
            Err(StampError::Algorithm {
                part: "name of the certificate",
                oid: SHA_1.to_owned(),
            }),
        ),
        (
            Forgery {
                hash: SHA_1,
                ..sound.clone()
            },
            Err(StampError::Algorithm {
                part: "hash of the statement",
                oid: SHA_1.to_owned(),
            }),
        ),
        (
            Forgery {
                more: vec![2, 1, 0xFF],
                ..sound.clone()
            },
            Err(malformed("statement")),
        ),
        (
            Forgery {
                more: vec![0x30, 4, 0x80, 2, 3, 0xE8],
                ..sound.clone()
            },
            Err(malformed("statement")),
        ),
        (
            Forgery {
                more: vec![5, 0],
                ..sound.clone()
            },
            Err(malformed("statement")),
        ),
    ] {
        assert_eq!(verified(&authority, &forged.make()).map(drop), expected);
    }
}

#[test]
fn a_signature_may_be_made_in_several_ways() {
    let Some(authority) = Authority::new() else {
        return;
    };
    authority.issue(&Wanted::stamps("tsa", Key::P256, "root"));
    authority.issue(&Wanted::stamps("rsa", Key::Rsa, "root"));
    authority.issue(&Wanted::stamps("ed25519", Key::Ed25519, "root"));
    let tsa = Forgery::of(&authority, "tsa", &digest());
    let sha_256 = sequence(&[&oid(forgery::SHA_256), &[5, 0]]);
    let mask = sequence(&[&oid("1.2.840.113549.1.1.8"), &sha_256]);
    let parameters = [
        element(0xA0, &[&sha_256]),
        element(0xA1, &[&mask]),
        element(0xA2, &[&[2, 1, 32]]),
    ];
    let pss = sequence(&[
        &oid("1.2.840.113549.1.1.10"),
        &sequence(&[&parameters.concat()]),
    ]);
    let rsa = Forgery::of(&authority, "rsa", &digest());
    let with_pss = &[
        "dgst",
        "-sha256",
        "-sigopt",
        "rsa_padding_mode:pss",
        "-sigopt",
        "rsa_pss_saltlen:32",
        "-sign",
    ];
    for good in [
        Forgery {
            binding: Binding::Old("tsa"),
            ..tsa.clone()
        },
        Forgery {
            binding: Binding::NewWithSerial("tsa"),
            ..tsa.clone()
        },
        Forgery {
            by_key: true,
            ..tsa.clone()
        },
        Forgery {
            algorithm: pss,
            sign: with_pss,
            ..rsa.clone()
        },
        Forgery {
            algorithm: sequence(&[&oid("1.2.840.113549.1.1.11"), &[5, 0]]),
            ..rsa.clone()
        },
        Forgery {
            algorithm: sequence(&[&oid("1.2.840.113549.1.1.1"), &[5, 0]]),
            ..rsa
        },
        Forgery {
            hash: SHA_512,
            algorithm: sequence(&[&oid("1.3.101.112")]),
            sign: &["pkeyutl", "-sign", "-rawin", "-inkey"],
            ..Forgery::of(&authority, "ed25519", &digest())
        },
    ] {
        let stamp = verified(&authority, &good.make()).unwrap();
        assert_eq!(stamp.authority, format!("CN={},O=Tests", good.signer));
        assert_eq!(
            stamp::verify(&good.token(), &digest(), None).unwrap().time,
            stamp.time
        );
    }
}

#[test]
fn a_signature_that_is_weak_or_not_known_does_not_count() {
    let Some(authority) = Authority::new() else {
        return;
    };
    authority.issue(&Wanted::stamps("tsa", Key::P256, "root"));
    authority.issue(&Wanted::stamps("p384", Key::P384, "root"));
    authority.issue(&Wanted::stamps("short", Key::RsaShort, "root"));
    let tsa = Forgery::of(&authority, "tsa", &digest());
    let of = |oid: &str| StampError::Algorithm {
        part: "signature",
        oid: oid.to_owned(),
    };
    for (bad, expected) in [
        (
            Forgery {
                algorithm: sequence(&[&oid("1.2.840.113549.1.1.1"), &[5, 0]]),
                ..Forgery::of(&authority, "short", &digest())
            },
            StampError::Signature,
        ),
        (
            Forgery {
                algorithm: sequence(&[&oid("1.2.840.10045.4.1")]),
                sign: &["dgst", "-sha1", "-sign"],
                ..tsa.clone()
            },
            of("1.2.840.10045.4.1"),
        ),
        (
            Forgery {
                algorithm: sequence(&[&oid("1.2.840.10045.4.3.4")]),
                sign: &["dgst", "-sha512", "-sign"],
                ..Forgery::of(&authority, "p384", &digest())
            },
            of("1.2.840.10045.4.3.4"),
        ),
        // The key is of another kind than the algorithm.
        (
            Forgery {
                algorithm: sequence(&[&oid("1.2.840.113549.1.1.11"), &[5, 0]]),
                ..tsa.clone()
            },
            of("1.2.840.113549.1.1.11"),
        ),
        (
            Forgery {
                algorithm: sequence(&[&oid(ECDSA_SHA_256), &[5, 0]]),
                ..tsa
            },
            of(ECDSA_SHA_256),
        ),
    ] {
        assert_eq!(verified(&authority, &bad.make()), Err(expected));
    }
}
