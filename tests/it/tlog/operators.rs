//! Operators who are not honest, and what catches them.

use sealstone::{
    digest::Digest,
    store::tlog::Answer,
    tlog::{Kind, Note, Signer},
};

use super::{Place, key, keygen, lines, serve};

#[test]
fn a_broken_log_is_not_signed() {
    let place = Place::new();
    let text = place.sandbox.read("log.jsonl");
    let broken = text.replacen("\"severity\":\"", "\"severity\":\"x", 1);
    assert_ne!(broken, text);
    place.sandbox.write("log.jsonl", broken);
    let run = place.publish(&[]).status(1);
    assert!(run.stderr.contains("is broken at record"), "{run:?}");
    place.sandbox.write("log.jsonl", "");
    let run = place.publish(&[]).status(3);
    assert!(run.stderr.contains("no record"), "{run:?}");
    std::fs::remove_file(place.sandbox.path("log.jsonl")).unwrap();
    let _ = place.publish(&[]).status(1);
    assert!(!place.sandbox.path("log.jsonl.checkpoint").exists());
}

#[test]
fn who_truncates_or_rewrites_is_refused_by_what_was_published() {
    let place = Place::new();
    let _ = place.publish(&[]).status(0);
    let published = place.sandbox.read("log.jsonl.checkpoint");
    let vkey = place.key.to_string();
    for (records, seed, why) in [(4, 4, "it has 4 records, and had 6"), (9, 5, "are others")] {
        place.log("log.jsonl", records, seed);
        let run = place.publish(&[]).status(1);
        assert!(run.stderr.contains(why), "{run:?}");
        assert_eq!(place.sandbox.read("log.jsonl.checkpoint"), published);
        let run = place.check(&["--log-key", &vkey]).status(1);
        assert!(run.stdout.starts_with("INCOMPLETE — "), "{run:?}");
    }
    // Another log under the same name, or a checkpoint that was tampered with, is not written over either.
    keygen(&place.sandbox, &["-o", "other.key"]);
    place.log("log.jsonl", 6, 4);
    let args = ["anchor", "--c2sp", "log.jsonl", "--key-file", "other.key"];
    let run = place.sandbox.run(args).status(2);
    assert!(
        run.stderr.contains("was not signed with this key"),
        "{run:?}"
    );
    let altered = published.replace("\n6\n", "\n5\n");
    place.sandbox.write("log.jsonl.checkpoint", &altered);
    let _ = place.publish(&[]).status(2);
    let _ = place.check(&["--log-key", &vkey]).status(2);
    assert_eq!(place.sandbox.read("log.jsonl.checkpoint"), altered);
}

#[test]
fn who_begins_again_is_refused_by_the_witness() {
    let place = Place::new();
    let witness = place.honest(1);
    place.policy(&[(1, &witness.url)], "all");
    let _ = place.publish(&["--policy", "policy.txt"]).status(0);
    // What was published is gone, and the log is shorter, rewritten, or rewritten and as long.
    for (records, seed, why) in [
        (4, 4, "cosigned 6 records of this log, which has 4 now"),
        (9, 5, "no continuation of what it cosigned"),
        (6, 5, "no continuation of what it cosigned"),
    ] {
        std::fs::remove_file(place.sandbox.path("log.jsonl.checkpoint")).unwrap();
        place.log("log.jsonl", records, seed);
        let run = place.publish(&["--policy", "policy.txt"]).status(1);
        assert!(run.stdout.contains("contradicted by "), "{run:?}");
        assert!(run.stdout.contains(why), "{run:?}");
        assert!(run.stdout.contains("quorum not met"), "{run:?}");
        // Who relies on the policy does not take what was published.
        let run = place.check(&["--policy", "policy.txt"]).status(3);
        assert!(run.stdout.starts_with("UNWITNESSED — "), "{run:?}");
    }
    // Of two statements about one size, both are kept.
    let hash = Digest::of(place.key.name().as_bytes());
    let text = place.sandbox.read(&format!("store1/c2sp/{hash}.conflicts"));
    assert_eq!(text.matches(" refused\n").count(), 1, "{text}");
    let kept = place.sandbox.read(&format!("store1/c2sp/{hash}"));
    assert!(text.contains(&kept), "{text}");
}

#[test]
fn who_shows_two_witnesses_two_faces_meets_no_quorum_of_both() {
    let place = Place::new();
    let (one, two) = (place.honest(1), place.honest(2));
    let both = [(1, &*one.url), (2, &*two.url)];
    place.policy(&[(1, &one.url)], "all");
    let _ = place.publish(&["--policy", "policy.txt"]).status(0);
    let first = place.sandbox.read("log.jsonl.checkpoint");
    std::fs::remove_file(place.sandbox.path("log.jsonl.checkpoint")).unwrap();
    place.log("log.jsonl", 6, 5);
    place.policy(&[(2, &two.url)], "all");
    let _ = place.publish(&["--policy", "policy.txt"]).status(0);
    // With one witness of a policy each face holds; with both neither does, nor can be made to.
    place.policy(&both, "all");
    let _ = place.check(&["--policy", "policy.txt"]).status(3);
    let run = place.publish(&["--policy", "policy.txt"]).status(1);
    assert!(run.stdout.contains("contradicted by "), "{run:?}");
    place.log("log.jsonl", 6, 4);
    place.sandbox.write("log.jsonl.checkpoint", &first);
    let _ = place.check(&["--policy", "policy.txt"]).status(3);
    let _ = place.publish(&["--policy", "policy.txt"]).status(1);
}

#[test]
fn a_forged_cosignature_is_not_published() {
    let place = Place::new();
    // A witness that signs something else, with its own key: another checkpoint, and another time.
    let forger = |text: &'static str, shift: u64| {
        serve(move |body| {
            let signer = Signer::new("w1.example", Kind::Cosignature, &[1; 32]).unwrap();
            let body = std::str::from_utf8(body).unwrap();
            let (_, note) = body.split_once("\n\n").unwrap();
            let note = Note::parse(note.as_bytes()).unwrap();
            let text = if text.is_empty() { note.text() } else { text };
            let line = sealstone::tlog::cosign(&signer, text, 1000).unwrap();
            let honest = line.to_string();
            let (head, base64) = honest.rsplit_once(' ').unwrap();
            let mut bytes = decoded(base64);
            bytes[11] ^= u8::try_from(shift).unwrap();
            Answer {
                status: 200,
                content_type: "text/plain",
                body: format!("{head} {}\n", encoded(&bytes)).into_bytes(),
            }
        })
    };
    for (text, shift) in [("other\n1\nx\n", 0), ("", 1)] {
        let witness = forger(text, shift);
        place.policy(&[(1, &witness.url)], "all");
        let run = place.publish(&["--policy", "policy.txt"]).status(3);
        assert!(
            run.stdout.contains("its cosignature does not hold"),
            "{run:?}"
        );
        assert_eq!(place.published().0.signatures().len(), 1);
    }
    let sound = forger("", 0);
    place.policy(&[(1, &sound.url)], "all");
    let _ = place.publish(&["--policy", "policy.txt"]).status(0);
    // It is what it is: `w1.example` at that time.
    let (note, _) = place.published();
    let known = key("w1.example", 1);
    assert_eq!(note.verify([&known]).unwrap()[0].time, Some(1000));
}

fn decoded(text: &str) -> Vec<u8> {
    use base64::{Engine, prelude::BASE64_STANDARD};
    BASE64_STANDARD.decode(text).unwrap()
}

fn encoded(bytes: &[u8]) -> String {
    use base64::{Engine, prelude::BASE64_STANDARD};
    BASE64_STANDARD.encode(bytes)
}

#[test]
fn two_runs_at_once_do_not_take_each_other_back() {
    let place = Place::new();
    let witness = place.honest(1);
    place.policy(&[(1, &witness.url)], "all");
    let all = lines(40, 4);
    std::thread::scope(|scope| {
        for records in 6..14 {
            let name = format!("log{records}.jsonl");
            place.sandbox.write(&name, all[..records].concat());
            let place = &place;
            scope.spawn(move || {
                let args = [
                    "anchor",
                    "--c2sp",
                    &name,
                    "--key-file",
                    "log.key",
                    "-o",
                    "out",
                ];
                let more = ["--policy", "policy.txt"];
                let run = place.sandbox.run([&args[..], &more[..]].concat());
                // Whoever comes behind a longer one is refused.
                assert!(matches!(run.status, Some(0 | 1)), "{run:?}");
            });
        }
    });
    let note = Note::parse(place.sandbox.read("out").as_bytes()).unwrap();
    let size: usize = note.text().lines().nth(1).unwrap().parse().unwrap();
    assert_eq!(size, 13);
}
