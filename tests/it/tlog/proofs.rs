//! One record shown to somebody, and what is no proof of it.

use sealstone::json::Value;

use super::{Place, keygen};
use crate::harness::{Run, at, object, text};

/// A place whose log was published, cosigned by one witness.
fn published() -> Place {
    let place = Place::new();
    let witness = place.honest(1);
    place.policy(&[(1, &witness.url)], "all");
    let _ = place.publish(&["--policy", "policy.txt"]).status(0);
    place
}

fn prove(place: &Place, record: &str, more: &[&str]) -> Run {
    let args = ["prove", "log.jsonl", record, "-o", "p", "--record-out", "r"];
    place.sandbox.run([&args, more].concat())
}

fn verify(place: &Place, more: &[&str]) -> Run {
    let args = ["verify-proof", "p", "--record", "r"];
    place.sandbox.run([&args, more].concat())
}

#[test]
fn every_record_can_be_shown_by_its_number_or_its_id() {
    let place = published();
    let log = place.sandbox.read("log.jsonl");
    for (number, line) in (1..).zip(log.lines()) {
        let id = text(&object(line), "/record_id").unwrap().to_owned();
        for name in [number.to_string(), id] {
            let run = prove(&place, &name, &[]).status(0);
            assert!(run.stdout.contains(&format!("record {number} of 6")));
            assert_eq!(place.sandbox.read("r"), format!("{line}\n"));
            let run = verify(&place, &["--policy", "policy.txt"]).status(0);
            let first = run.stdout.lines().next().unwrap();
            let expected = format!(
                "PROVEN — record {number} of 6 in the log {}",
                place.key.name()
            );
            assert_eq!(first, expected);
            assert!(run.stdout.contains("\ncosigned by w1.example at 20"));
            // Nothing of the others goes with it.
            let proof = place.sandbox.read("p");
            let others = log.lines().filter(|other| *other != line);
            for other in others {
                let hash = object(other);
                let hash = text(&hash, "/integrity/hash").unwrap();
                assert!(!proof.contains(hash) && !proof.contains(other));
            }
        }
    }
    for wrong in ["0", "7", "nobody"] {
        let run = prove(&place, wrong, &[]).status(2);
        assert!(run.stderr.contains("there is no such record"), "{run:?}");
    }
    place.log("log.jsonl", 9, 4);
    let _ = prove(&place, "6", &[]).status(0);
    let run = prove(&place, "7", &[]).status(2);
    assert!(run.stderr.contains("publish the log again"), "{run:?}");
    place.log("log.jsonl", 9, 5);
    let run = prove(&place, "1", &[]).status(1);
    assert!(run.stderr.contains("is not what was published"), "{run:?}");
}

#[test]
fn nothing_that_a_proof_is_made_of_is_written_over() {
    let place = Place::new();
    let key = keygen(&place.sandbox, &["-o", "own.key", "--subject", "acme"]);
    let args = ["anchor", "--c2sp", "log.jsonl", "--key-file", "own.key"];
    let _ = place.sandbox.run(args).status(0);
    let files = ["log.jsonl", "log.jsonl.checkpoint", "own.key"];
    let before = files.map(|file| place.sandbox.read(file));
    let prove = |proof: &str, record: &str| {
        let args = [
            "prove",
            "log.jsonl",
            "1",
            "-o",
            proof,
            "--record-out",
            record,
        ];
        let open = ["--open-subject", "--key-file", "own.key"];
        place.sandbox.run([&args[..], &open].concat())
    };
    for file in files {
        for (proof, record) in [(file, "r"), ("p", file)] {
            let run = prove(proof, record).status(2);
            let is_said = ["which is read for it", "is a secret key, and stays"]
                .iter()
                .any(|why| run.stderr.contains(why));
            assert!(is_said, "{run:?}");
        }
    }
    let _ = keygen(&place.sandbox, &["-o", "another.key"]);
    let another = place.sandbox.read("another.key");
    let args = [
        "prove",
        "log.jsonl",
        "1",
        "-o",
        "p",
        "--record-out",
        "another.key",
    ];
    let run = place.sandbox.run(args).status(2);
    assert!(run.stderr.contains("is a secret key, and stays"), "{run:?}");
    assert_eq!(place.sandbox.read("another.key"), another);
    let run = prove("one", "one").status(2);
    assert!(run.stderr.contains("cannot be one file"), "{run:?}");
    for nothing in ["p", "r", "one"] {
        assert!(!place.sandbox.path(nothing).exists(), "{nothing}");
    }
    assert_eq!(files.map(|file| place.sandbox.read(file)), before);
    let _ = prove("p", "r").status(0);
    let args = ["--log-key", &key.to_string(), "--expect-subject", "acme"];
    let _ = verify(&place, &args);
}

#[test]
fn a_proof_says_who_vouches() {
    let place = published();
    let _ = prove(&place, "4", &[]).status(0);
    let vkey = place.key.to_string();
    let run = verify(&place, &["--log-key", &vkey]).status(0);
    assert!(
        run.stdout.contains("NOTE: no witness was asked for"),
        "{run:?}"
    );
    let _ = verify(&place, &["--log-key", &vkey]).status(0);
    let run = verify(&place, &["--json", "--policy", "policy.txt"]).status(0);
    let said = object(&run.stdout);
    assert_eq!(said.str("schema"), Some("sealstone.verify-proof/1"));
    assert_eq!(
        at(&said, "/shown/record").and_then(Value::as_integer),
        Some(4)
    );
    assert_eq!(text(&said, "/shown/quorum"), Some("met"));
    place.policy(&[(1, ""), (2, "")], "all");
    let run = verify(&place, &["--policy", "policy.txt"]).status(1);
    assert!(
        run.stdout.starts_with("NOT PROVEN — too few witnesses"),
        "{run:?}"
    );
    let run = verify(&place, &["--json", "--policy", "policy.txt"]).status(1);
    assert_eq!(text(&object(&run.stdout), "/shown/quorum"), Some("not met"));
    let other = keygen(&place.sandbox, &["-o", "other.key"]).to_string();
    let run = verify(&place, &["--log-key", &other]).status(1);
    assert!(run.stdout.contains("no known key signed it"), "{run:?}");
    let _ = verify(&place, &[]).status(2);
    let run = place
        .sandbox
        .run(["verify-proof", "no", "--record", "r", "--log-key", &vkey]);
    assert!(run.status(2).stderr.contains("cannot read `no`"));
}

#[test]
fn what_was_changed_is_not_proven() {
    let place = published();
    let _ = prove(&place, "4", &[]).status(0);
    let (proof, record) = (place.sandbox.read("p"), place.sandbox.read("r"));
    let not_proven = |proof: &str, record: &str, why: &str| {
        place.sandbox.write("p", proof);
        place.sandbox.write("r", record);
        let run = verify(&place, &["--policy", "policy.txt"]).status(1);
        assert!(run.stdout.starts_with("NOT PROVEN — "), "{run:?}");
        assert!(run.stdout.contains(why), "{why}: {run:?}");
    };
    let log = place.sandbox.read("log.jsonl");
    not_proven(
        &proof,
        log.lines().nth(4).unwrap(),
        "is not where the proof says it is",
    );
    not_proven(
        &proof.replace("index 3", "index 2"),
        &record,
        "is not where",
    );
    not_proven(&proof.replace("\n6\n", "\n7\n"), &record, "does not hold");
    let altered = record.replacen("\"severity\":\"", "\"severity\":\"x", 1);
    not_proven(&proof, &altered, "is not as it was sealed");
    not_proven(&proof, &format!("{record}{record}"), "must be one line");
    not_proven(&proof, "", "must be one line");
    not_proven(&proof, "{}", "the record: ");
    not_proven("", &record, "the proof: ");
    not_proven(&proof[..proof.len() - 1], &record, "the proof: ");
    let (head, note) = proof.split_once("\n\n").unwrap();
    let line = note.lines().last().unwrap();
    not_proven(&proof.replace(line, ""), &record, "the proof: ");
    let alone = proof.replace(&format!("{line}\n"), "");
    not_proven(&alone, &record, "too few witnesses");
    let shorter = head.rsplit_once('\n').unwrap().0;
    not_proven(&format!("{shorter}\n\n{note}"), &record, "is not where");
}

#[test]
fn whom_a_log_is_of_is_shown_only_to_who_is_meant_to_know() {
    const SUBJECT: &str = "acme";
    let mut place = Place::new();
    place.key = keygen(&place.sandbox, &["-o", "acme.key", "--subject", SUBJECT]);
    let anchor = ["anchor", "--c2sp", "log.jsonl", "--key-file", "acme.key"];
    let _ = place.sandbox.run(anchor).status(0);
    let vkey = place.key.to_string();
    let expect = ["--log-key", &*vkey, "--expect-subject", SUBJECT];
    let _ = prove(&place, "2", &[]).status(0);
    let run = verify(&place, &expect).status(1);
    assert!(
        run.stdout.contains("does not show whom the log is of"),
        "{run:?}"
    );
    assert!(!place.sandbox.read("p").contains("extra"));

    let open = ["--open-subject", "--key-file", "acme.key"];
    let _ = prove(&place, "2", &open).status(0);
    let named = text(&object(place.sandbox.read("r")), "/subject/id").map(str::to_owned);
    let run = verify(&place, &["--log-key", &vkey]).status(0);
    assert!(run.stdout.contains("the log is of \"acme\""), "{run:?}");
    let run = verify(&place, &expect);
    match named.as_deref() {
        None | Some(SUBJECT) => drop(run.status(0)),
        Some(_) => assert!(run.status(1).stdout.contains("the record is of")),
    }
    let run = verify(&place, &["--log-key", &vkey, "--expect-subject", "other"]);
    assert!(run.status(1).stdout.contains("the log is of \"acme\""));
    // What opens another origin opens nothing.
    keygen(&place.sandbox, &["-o", "other.key", "--subject", SUBJECT]);
    let wrong = ["--open-subject", "--key-file", "other.key"];
    let run = prove(&place, "2", &wrong).status(2);
    assert!(run.stderr.contains("is not that of the log"), "{run:?}");
    let _ = prove(&place, "2", &["--open-subject", "--key-file", "log.key"]).status(2);
    let proof = place.sandbox.read("p");
    let extra = proof.lines().nth(1).unwrap();
    let forged = proof.replace(
        extra,
        "extra eyJzYWx0IjoiYWJhYmFiYWJhYmFiYWJhYmFiYWJhYmFiYWJhYmFiYWIiLCJzdWJqZWN0IjoiYWNtZSJ9",
    );
    place.sandbox.write("p", forged);
    let run = verify(&place, &["--log-key", &vkey]).status(1);
    assert!(
        run.stdout.contains("does not open the log's origin"),
        "{run:?}"
    );
}
