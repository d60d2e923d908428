//! Certificates of authorities, and what stands between them and a root.

use sealstone::witness::stamp::{self, Roots, StampError};

use super::{
    FORGED_AT, agreed,
    authority::{Authority, Key, STAMPS, Wanted},
    digest,
    forgery::Forgery,
    verified,
};

#[test]
fn a_certificate_is_for_time_stamps_alone_and_says_so() {
    let Some(authority) = Authority::new() else {
        return;
    };
    let purpose = StampError::Purpose;
    let usage = "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\n";
    for (name, extensions, expected) in [
        ("none", "", purpose("it names no purpose")),
        (
            "server",
            "extendedKeyUsage=critical,serverAuth\n",
            purpose("it is for something else"),
        ),
        (
            "any",
            "extendedKeyUsage=critical,anyExtendedKeyUsage\n",
            purpose("it is for something else"),
        ),
        (
            "more",
            "extendedKeyUsage=critical,timeStamping,serverAuth\n",
            purpose("it is for something else, too"),
        ),
        (
            "optional",
            "extendedKeyUsage=timeStamping\n",
            purpose("its purpose is not marked as critical"),
        ),
    ] {
        let extensions = format!("{usage}{extensions}");
        authority.issue(&Wanted {
            extensions: &extensions,
            ..Wanted::stamps(name, Key::P256, "root")
        });
        let forged = Forgery::of(&authority, name, &digest()).make();
        let why = agreed(&authority, &forged, "root", Some(FORGED_AT));
        assert_eq!(why.as_ref(), Err(&expected), "{name}");
        assert_eq!(
            stamp::verify(&forged, &digest(), None),
            Err(expected),
            "{name}"
        );
    }
    let extensions = STAMPS.replace("digitalSignature", "keyEncipherment");
    authority.issue(&Wanted {
        extensions: &extensions,
        ..Wanted::stamps("cipher", Key::P256, "root")
    });
    let forged = Forgery::of(&authority, "cipher", &digest()).make();
    let why = agreed(&authority, &forged, "root", Some(FORGED_AT));
    assert_eq!(why, Err(StampError::KeyUsage));
    let extensions = format!("{STAMPS}1.3.6.1.4.1.5.8=critical,DER:0500\n");
    authority.issue(&Wanted {
        extensions: &extensions,
        ..Wanted::stamps("odd", Key::P256, "root")
    });
    let forged = Forgery::of(&authority, "odd", &digest()).make();
    let why = agreed(&authority, &forged, "root", Some(FORGED_AT));
    assert_eq!(why, Err(StampError::Extension));
}

#[test]
fn certificates_count_at_the_time_that_is_named() {
    let Some(authority) = Authority::new() else {
        return;
    };
    let (early, late) = ("20260102030404Z", "20260102030405Z");
    let issue = |name, issuer, from, to| {
        authority.issue(&Wanted {
            from,
            to,
            ..Wanted::stamps(name, Key::P256, issuer)
        });
    };
    let (long_ago, far_off) = ("20200101000000Z", "20400101000000Z");
    issue("expired", "root", long_ago, early);
    issue("coming", "root", "20260102030406Z", far_off);
    issue("just", "root", late, late);
    let forged = |name| Forgery::of(&authority, name, &digest());
    for (name, expected) in [
        (
            "expired",
            Some(StampError::Expired("2026-01-02T03:04:04Z".to_owned())),
        ),
        (
            "coming",
            Some(StampError::NotYetValid("2026-01-02T03:04:06Z".to_owned())),
        ),
        ("just", None),
    ] {
        let answer = forged(name).make();
        // The last second counts (RFC 5280, section 4.1.2.5); for `openssl` it does not.
        let ours = match name {
            "just" => verified(&authority, &answer),
            _ => agreed(&authority, &answer, "root", Some(FORGED_AT)),
        };
        assert_eq!(ours.err(), expected, "{name}");
        let alone = stamp::verify(&answer, &digest(), None);
        assert_eq!(alone.err(), expected, "{name}");
    }
    authority.issue(&Wanted {
        to: early,
        ..Wanted::issues("old-root", "old-root")
    });
    authority.issue(&Wanted {
        to: early,
        ..Wanted::issues("old-between", "root")
    });
    issue("of-old-root", "old-root", long_ago, far_off);
    issue("of-old-between", "old-between", long_ago, far_off);
    let why = agreed(
        &authority,
        &forged("of-old-root").make(),
        "old-root",
        Some(FORGED_AT),
    );
    assert_eq!(why, Err(StampError::Untrusted));
    let of_between = Forgery {
        certificates: vec!["old-between", "of-old-between"],
        ..forged("of-old-between")
    };
    let why = agreed(&authority, &of_between.make(), "root", Some(FORGED_AT));
    assert_eq!(
        why,
        Err(StampError::Chain("one of them had expired".to_owned()))
    );
}

#[test]
fn a_root_that_is_given_stands_behind_the_authority() {
    let Some(authority) = Authority::new() else {
        return;
    };
    authority.issue(&Wanted::issues("elsewhere", "elsewhere"));
    authority.issue(&Wanted::stamps("tsa", Key::P256, "between"));
    authority.issue(&Wanted::stamps("no-issuer", Key::P256, "root"));
    authority.issue(&Wanted::stamps("below", Key::P256, "no-issuer"));
    let at = Some(FORGED_AT);
    let forged = Forgery {
        certificates: vec!["tsa", "between", "elsewhere"],
        ..Forgery::of(&authority, "tsa", &digest())
    };
    let whole = forged.make();
    assert!(agreed(&authority, &whole, "root", at).unwrap().is_trusted);
    assert_eq!(
        agreed(&authority, &whole, "elsewhere", at),
        Err(StampError::Untrusted)
    );
    assert!(!stamp::verify(&whole, &digest(), None).unwrap().is_trusted);
    let short = Forgery {
        certificates: vec!["tsa"],
        ..forged
    }
    .make();
    assert_eq!(
        agreed(&authority, &short, "root", at),
        Err(StampError::Untrusted)
    );

    // One who may not issue.
    let below = Forgery {
        certificates: vec!["below", "no-issuer"],
        ..Forgery::of(&authority, "below", &digest())
    };
    let why = agreed(&authority, &below.make(), "root", at);
    let expected = StampError::Chain("one of them may issue none".to_owned());
    assert_eq!(why, Err(expected));

    // A root of the same name with another key.
    authority.sandbox.write("true.pem", authority.pem("root"));
    authority.issue(&Wanted::issues("root", "root"));
    assert_eq!(
        agreed(&authority, &whole, "root", at),
        Err(StampError::Untrusted)
    );
    let both = [
        authority.pem("root"),
        b"text\n".to_vec(),
        authority.pem("true"),
    ]
    .concat();
    let both = Roots::of_pem(&both).unwrap();
    assert!(stamp::verify(&whole, &digest(), Some(&both)).is_ok());
}

#[test]
fn a_file_without_roots_is_refused() {
    let Some(authority) = Authority::new() else {
        return;
    };
    let why = |bytes: &[u8]| Roots::of_pem(bytes).unwrap_err().to_string();
    assert_eq!(why(b""), "it has no certificate in PEM form");
    let key = std::fs::read(authority.sandbox.path("root.key")).unwrap();
    assert_eq!(why(&key), "it has no certificate in PEM form");
    assert_eq!(
        why(&authority.der("root")),
        "it has no certificate in PEM form"
    );
    let root = authority.pem("root");
    let cut = &root[..root.len() / 2];
    assert_eq!(
        why(&[&root[..], cut].concat()),
        "its certificate 2 cannot be read"
    );
    let empty = b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    assert_eq!(why(empty), "its certificate 1 cannot be read");
}

#[test]
fn those_between_are_for_time_stamps_if_they_say_what_they_are_for() {
    let Some(authority) = Authority::new() else {
        return;
    };
    for (name, purposes, is_fit) in [
        ("stamping", "timeStamping", true),
        ("more", "serverAuth,timeStamping", true),
        ("any", "anyExtendedKeyUsage", true),
        ("server", "serverAuth", false),
    ] {
        let extensions = format!(
            "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nextendedKeyUsage={purposes}\n"
        );
        authority.issue(&Wanted {
            extensions: &extensions,
            ..Wanted::issues(name, "root")
        });
        let below = format!("below-{name}");
        authority.issue(&Wanted::stamps(&below, Key::P256, name));
        let forged = Forgery {
            certificates: vec![name, &below],
            ..Forgery::of(&authority, &below, &digest())
        };
        let expected = StampError::Chain("one of them is for something else".to_owned());
        let ours = verified(&authority, &forged.make());
        assert_eq!(ours.err(), (!is_fit).then_some(expected), "{name}");
    }
}
