//! Checkpoints with time stamps: an authority that is asked over HTTP, and what `anchor --check` says of its stamps.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use sealstone::{
    json::Object,
    sample,
    witness::{self, Checkpoint},
};

use super::authority::{Authority, Key, Wanted};
use crate::harness::{Run, object, text};

/// What one connection is answered with, given what was asked.
type Answer<'a> = Box<dyn Fn(&str, &[u8]) -> (&'static str, Vec<u8>) + Send + Sync + 'a>;

/// Returns an authority with a log, and with the certificate `tsa`, which `between` issued.
fn prepared() -> Option<Authority> {
    let authority = Authority::new()?;
    authority.issue(&Wanted::issues("elsewhere", "elsewhere"));
    authority.issue(&Wanted::stamps("tsa", Key::P256, "between"));
    authority.configure("tsa", &["between"], "clock_precision_digits = 3");
    let lines: String = sample::chain(3, 1).collect();
    authority.sandbox.write("log.jsonl", lines);
    Some(authority)
}

/// Runs something while an authority answers at the address that it is given.
fn with<T>(answer: &Answer<'_>, run: impl FnOnce(&str) -> T) -> T {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            for stream in listener.incoming() {
                if !serve(&stream.unwrap(), answer) {
                    return;
                }
            }
        });
        let _end = End(address);
        run(&format!("http://{address}/tsr"))
    })
}

/// Tells what listens there to end, whatever became of the test.
struct End(SocketAddr);

impl Drop for End {
    fn drop(&mut self) {
        let told = TcpStream::connect(self.0)
            .and_then(|mut stream| stream.write_all(b"GET /end HTTP/1.1\r\n\r\n"));
        // It ended by itself.
        drop(told);
    }
}

/// Answers one request. Returns whether there may be another.
fn serve(mut stream: &TcpStream, answer: &Answer<'_>) -> bool {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).unwrap() == 0 {
            return true;
        }
    }
    if head.starts_with("GET /end ") {
        return false;
    }
    let lower = head.to_lowercase();
    let length = lower.split("content-length: ").nth(1);
    let length = length.map_or(0, |rest| {
        rest.split("\r\n").next().unwrap().parse().unwrap()
    });
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let (status, body) = answer(&head, &body);
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/timestamp-reply\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n"
    );
    // Who asked may have heard enough.
    drop(
        stream
            .write_all(head.as_bytes())
            .and_then(|()| stream.write_all(&body)),
    );
    true
}

/// Answers as the authority does.
fn honest(authority: &Authority) -> Answer<'_> {
    Box::new(|head, body| {
        let lower = head.to_lowercase();
        assert!(head.starts_with("POST /tsr"), "{head}");
        assert!(
            lower.contains("content-type: application/timestamp-query\r\n"),
            "{head}"
        );
        for word in ["cookie", "authorization", "referer"] {
            assert!(!lower.contains(word), "{head}");
        }
        ("200 OK", authority.answer(body))
    })
}

fn anchor(authority: &Authority, more: &[&str]) -> Run {
    authority
        .sandbox
        .run([&["anchor", "log.jsonl", "witness.jsonl"], more].concat())
}

fn checked(authority: &Authority, more: &[&str]) -> Object {
    let run = anchor(authority, &[&["--check"], more].concat()).status(0);
    let line = run.stdout.lines().next().unwrap();
    object(line.split_once("COMPLETE — ").unwrap().1)
}

fn kept(authority: &Authority) -> Vec<Checkpoint> {
    let kept = witness::of_file(authority.sandbox.read("witness.jsonl").as_bytes());
    assert_eq!(kept.damage, []);
    kept.checkpoints
}

#[test]
fn a_checkpoint_is_stamped_and_the_stamp_is_verified() {
    let Some(authority) = prepared() else {
        return;
    };
    with(&honest(&authority), |url| {
        let secret = format!("{url}?token=hunter2");
        let run = anchor(
            &authority,
            &["--timestamp", "--tsa", &secret, "--tsa-ca", "root.pem"],
        );
        assert_eq!(run.status(0).stderr, "");
        let [checkpoint] = &kept(&authority)[..] else {
            panic!("one is kept")
        };
        let tsa = checkpoint.tsa.as_ref().unwrap();
        let keys: Vec<String> = tsa.iter().map(|(key, _)| key.to_string()).collect();
        assert_eq!(keys, ["url", "digest", "gen_time", "token_b64"]);
        assert_eq!(tsa.str("url"), Some(url));
        let digest = checkpoint.digest().unwrap().to_string();
        assert_eq!(tsa.str("digest"), Some(&*digest));
        let token = BASE64_STANDARD
            .decode(tsa.str("token_b64").unwrap())
            .unwrap();
        assert!(authority.agrees(&token, &digest, "root", None));
        assert!(!authority.sandbox.read("witness.jsonl").contains("hunter2"));
    });
    let time = text(kept(&authority)[0].tsa.as_ref().unwrap(), "/gen_time")
        .unwrap()
        .to_owned();
    for (more, expected) in [
        (
            &[][..],
            "signed, authority not verified: the signature of CN=tsa,O=Tests holds, but anyone can have a certificate \
             of that name; --tsa-ca says whom to trust",
        ),
        (
            &["--tsa-ca", "root.pem"],
            "verified: the signature of CN=tsa,O=Tests holds, and a root that was given stands behind it",
        ),
        (
            &["--tsa-ca", "elsewhere.pem"],
            "claimed, not verified: the token is about this checkpoint, but no root that is trusted stands behind the \
             authority's certificate; anyone can make one that names any time",
        ),
    ] {
        let result = checked(&authority, more);
        assert_eq!(text(&result, "/tsa_time"), Some(&*time));
        assert_eq!(text(&result, "/tsa_time_status"), Some(expected));
        assert!(result.get("tsa_unverified").is_none());
    }
}

#[test]
fn a_stamp_that_was_changed_is_never_verified() {
    let Some(authority) = prepared() else {
        return;
    };
    with(&honest(&authority), |url| {
        let run = anchor(&authority, &["--timestamp", "--tsa", url]);
        assert_eq!(run.status(0).stderr, "");
    });
    let file = authority.sandbox.read("witness.jsonl");
    let checkpoint = &kept(&authority)[0];
    let tsa = checkpoint.tsa.as_ref().unwrap();
    let encoded = tsa.str("token_b64").unwrap();
    let token = BASE64_STANDARD.decode(encoded).unwrap();
    let place = |part: &[u8]| {
        token
            .windows(part.len())
            .position(|window| window == part)
            .unwrap()
    };
    // The year in the statement, and the digest.
    let year = place(b"20");
    let year = token[year..]
        .windows(15)
        .position(|window| window.starts_with(b"20") && window[..14].iter().all(u8::is_ascii_digit))
        .unwrap()
        + year;
    let imprint = place(checkpoint.digest().unwrap().as_bytes());
    for (at, expected) in [
        (
            year + 3,
            Some(
                "claimed, not verified: the token is about this checkpoint, but its signed attribute \
            `messageDigest` is missing, is there twice, or does not fit; anyone can make one that names any time",
            ),
        ),
        (
            token.len() - 1,
            Some(
                "claimed, not verified: the token is about this checkpoint, but its signature does not \
            hold; anyone can make one that names any time",
            ),
        ),
        (imprint, None),
    ] {
        let mut changed = token.clone();
        changed[at] ^= 1;
        let changed = file.replace(encoded, &BASE64_STANDARD.encode(&changed));
        authority.sandbox.write("witness.jsonl", &changed);
        for more in [&[][..], &["--tsa-ca", "root.pem"]] {
            let result = checked(&authority, more);
            assert_eq!(text(&result, "/tsa_time_status"), expected);
            let unbound = result
                .get("tsa_unverified")
                .and_then(sealstone::json::Value::as_integer);
            assert_eq!(unbound, expected.is_none().then_some(1));
        }
        // What counts more is shown, whichever is later.
        authority
            .sandbox
            .write("witness.jsonl", format!("{changed}{file}"));
        let result = checked(&authority, &["--tsa-ca", "root.pem"]);
        assert!(
            text(&result, "/tsa_time_status")
                .unwrap()
                .starts_with("verified: ")
        );
        assert_eq!(text(&result, "/tsa_time"), tsa.str("gen_time"));
    }
}

#[test]
fn an_authority_that_fails_leaves_the_checkpoint_without_a_stamp() {
    let Some(authority) = prepared() else {
        return;
    };
    let skipped = |url: &str, more: &[&str], why: &str| {
        authority.sandbox.write("witness.jsonl", "");
        let run = anchor(&authority, &[&["--timestamp", "--tsa", url], more].concat());
        let run = run.status(0);
        let start = "sealstone: warning: timestamp skipped (";
        assert!(
            run.stderr.starts_with(start) && run.stderr.contains(why),
            "{run:?}"
        );
        assert!(!run.stderr.contains('\u{1b}'), "{run:?}");
        let kept = kept(&authority);
        assert_eq!((kept.len(), &kept[0].tsa), (1, &None));
    };
    let fixed = |status, body: &[u8]| -> Answer<'_> {
        let body = body.to_vec();
        Box::new(move |_, _| (status, body.clone()))
    };
    for (answer, why) in [
        (fixed("500 Oh No", b""), "it answered with status 500"),
        (
            fixed("302 Found\r\nLocation: http://127.0.0.1:1/", b""),
            "it answered with status 302",
        ),
        (fixed("200 OK", b""), "its answer cannot be read"),
        (
            fixed("200 OK", b"<html>\x1b[2J"),
            "its answer cannot be read",
        ),
        (
            fixed("200 OK", &vec![0; (2 << 20) + 1]),
            "its answer is longer than 2 MiB",
        ),
        (
            fixed(
                "200 OK",
                b"\x30\x0d\x30\x0b\x02\x01\x02\x30\x06\x0c\x04\x1b[2J",
            ),
            "the authority refused: rejection: \"\\u{1b}[2J\"",
        ),
    ] {
        with(&answer, |url| skipped(url, &[], why));
    }
    with(&honest(&authority), |url| {
        skipped(
            url,
            &["--tsa-ca", "elsewhere.pem"],
            "no root that is trusted",
        );
    });
    // What was granted before is no answer to this.
    let old = std::fs::read(authority.sandbox.path("answer.tsr")).unwrap();
    let replayed: Answer<'_> = Box::new(|_, _| ("200 OK", old.clone()));
    with(&replayed, |url| {
        skipped(url, &[], "it answers another request");
    });
    skipped(
        "http://127.0.0.1:1/tsr",
        &[],
        "the authority `http://127.0.0.1:1/tsr`",
    );
    skipped(
        "https://user:hunter2@tsa.example",
        &[],
        "it has the name of a user",
    );
    skipped("ftp://tsa.example", &[], "only https is, or http");
}

#[test]
fn what_cannot_be_asked_for_is_refused_before_anything_is_kept() {
    let Some(authority) = prepared() else {
        return;
    };
    let key = authority.sandbox.path("root.key");
    for more in [
        &["--tsa", "https://tsa.example"][..],
        &["--timestamp", "--tsa-ca", "missing.pem"],
        &["--timestamp", "--tsa-ca", key.to_str().unwrap()],
        &["--timestamp", "--check"],
    ] {
        let run = anchor(&authority, more).status(2);
        assert!(!authority.sandbox.path("witness.jsonl").exists(), "{run:?}");
    }
    let args = [
        "anchor",
        "log.jsonl",
        "--timestamp",
        "--remote",
        "http://127.0.0.1:1",
        "--key",
        "k",
    ];
    let run = authority.sandbox.run(args).status(1);
    assert!(
        run.stderr
            .contains("timestamp skipped (a witness on the network keeps none)"),
        "{run:?}"
    );
}
