//! Transparency logs: `keygen`, `anchor --c2sp`, `prove` and `verify-proof`, with witnesses that answer over HTTP.

mod killed;
mod operators;
mod proofs;
mod witness;

use std::{os::unix::fs::PermissionsExt, process::Stdio, thread, time::Duration};

use rustix::process::{Pid, Signal, kill_process};
use sealstone::{
    sample,
    tlog::{Checkpoint, Note, VerifierKey},
};

use self::witness::{Served, honest, key, saying, serve};
use crate::harness::{Run, Sandbox, object};

/// A sandbox with a log of six records and the log's key.
struct Place {
    sandbox: Sandbox,
    key: VerifierKey,
}

impl Place {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let key = keygen(&sandbox, &["-o", "log.key"]);
        let place = Self { sandbox, key };
        place.log("log.jsonl", 6, 4);
        place
    }

    /// Writes the first records of an example chain.
    fn log(&self, name: &str, records: u64, seed: u64) {
        self.sandbox.write(name, lines(records, seed).concat());
    }

    /// Writes a policy with witnesses `w1`, `w2` and so on, each with its seed and where it answers.
    fn policy(&self, witnesses: &[(u8, &str)], least: &str) {
        use std::fmt::Write as _;

        let mut text = format!("log {}\n", self.key);
        let mut names = String::new();
        for (seed, url) in witnesses {
            let key = key(&format!("w{seed}.example"), *seed);
            writeln!(text, "witness W{seed} {key} {url}").unwrap();
            write!(names, " W{seed}").unwrap();
        }
        writeln!(text, "group G {least}{names}\nquorum G").unwrap();
        self.sandbox.write("policy.txt", text);
    }

    fn honest(&self, seed: u8) -> Served {
        let store = self.sandbox.path(format!("store{seed}"));
        honest(&store, &self.key, &format!("w{seed}.example"), seed)
    }

    fn publish(&self, more: &[&str]) -> Run {
        let args = ["anchor", "--c2sp", "log.jsonl", "--key-file", "log.key"];
        self.sandbox.run([&args, more].concat())
    }

    fn check(&self, more: &[&str]) -> Run {
        let args = ["anchor", "--c2sp", "--check", "log.jsonl"];
        self.sandbox.run([&args, more].concat())
    }

    fn published(&self) -> (Note, Checkpoint) {
        let bytes = self.sandbox.read("log.jsonl.checkpoint");
        let note = Note::parse(bytes.as_bytes()).unwrap();
        let checkpoint = Checkpoint::parse(note.text()).unwrap();
        (note, checkpoint)
    }
}

fn lines(records: u64, seed: u64) -> Vec<String> {
    let most = usize::try_from(records).unwrap();
    sample::chain(40, seed).take(most).collect()
}

fn keygen(sandbox: &Sandbox, args: &[&str]) -> VerifierKey {
    let run = sandbox.run([&["keygen"], args].concat()).status(0);
    assert_eq!(run.stderr, "");
    run.stdout.trim_end().parse().unwrap()
}

#[test]
fn a_key_is_secret_and_is_not_replaced() {
    let sandbox = Sandbox::new();
    let key = keygen(&sandbox, &["-o", "log.key"]);
    assert!(key.name().starts_with("sealstone.invalid/log/"));
    let mode = std::fs::metadata(sandbox.path("log.key")).unwrap();
    assert_eq!(mode.permissions().mode() & 0o777, 0o600);
    let before = sandbox.read("log.key");
    assert!(
        before.contains(&format!("# public {key}\n")),
        "it can be looked up"
    );
    let quiet = sandbox
        .run(["keygen", "--quiet", "-o", "quiet.key"])
        .status(0);
    assert!(
        sandbox.read("quiet.key").contains(quiet.stdout.trim_end()),
        "{quiet:?}"
    );
    let run = sandbox
        .run(["keygen", "-o", "nobody.key", "--subject", ""])
        .status(2);
    assert!(run.stderr.contains("nobody's"), "{run:?}");
    let run = sandbox.run(["keygen", "-o", "log.key"]).status(2);
    assert!(run.stderr.contains("cannot create `log.key`"), "{run:?}");
    assert_eq!(sandbox.read("log.key"), before);
    let other = keygen(&sandbox, &["-o", "other.key"]);
    assert_ne!(other.name(), key.name());
    let named = keygen(
        &sandbox,
        &["-o", "w.key", "--witness", "--origin", "w.example/1"],
    );
    assert_eq!(named.name(), "w.example/1");
    let run = sandbox.run(["keygen", "-o", "x.key", "--origin", "a b"]);
    assert!(run.status(2).stderr.contains("cannot be the name of a key"));
    assert!(!sandbox.path("x.key").exists());
}

#[test]
fn a_log_is_published_while_it_grows() {
    let place = Place::new();
    std::fs::rename(
        place.sandbox.path("log.jsonl"),
        place.sandbox.path("six.jsonl"),
    )
    .unwrap();
    let args = ["anchor", "--c2sp", "log.jsonl", "--key-file", "log.key"];
    let more = ["--watch", "--every", "1s"];
    let mut child = place
        .sandbox
        .command([&args[..], &more].concat())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    for records in [6, 9] {
        place.log("log.jsonl", records, 4);
        let is_published = || {
            let there = place.sandbox.path("log.jsonl.checkpoint").exists();
            there && place.published().1.size == records
        };
        let tries = (0..200).find(|_| {
            thread::sleep(Duration::from_millis(100));
            is_published()
        });
        assert!(tries.is_some(), "{records}");
    }
    let pid = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let run = place.check(&["--every", "5m"]).status(2);
    assert!(
        run.stderr.contains("`--every` goes with `--watch`"),
        "{run:?}"
    );
}

#[test]
fn nothing_that_is_published_or_sent_names_the_subject() {
    const SUBJECT: &str = "acme-customer-0815";
    let sandbox = Sandbox::new();
    let key = keygen(&sandbox, &["-o", "log.key", "--subject", SUBJECT]);
    assert!(key.name().starts_with("sealstone.invalid/subject/"));
    let place = Place { sandbox, key };
    let draft = format!(
        r#"{{"agent":{{"id":"a"}},"action":{{"type":"read","tool":"Read"}},"subject":{{"id":"{SUBJECT}"}}}}"#
    );
    for _ in 0..3 {
        let record = ["record", "-o", "log.jsonl"];
        let run = place.sandbox.run_with(record, format!("{draft}\n"));
        let _ = run.status(0);
    }
    assert!(place.sandbox.read("log.jsonl").contains(SUBJECT));
    let witness = place.honest(1);
    place.policy(&[(1, &witness.url)], "all");
    let run = place.publish(&["--policy", "policy.txt"]).status(0);
    assert_eq!(run.stderr, "");
    let prove = ["prove", "log.jsonl", "2", "-o", "2.tlog-proof"];
    let _ = place.sandbox.run(prove).status(0);
    let mut texts = witness.asked.lock().unwrap().clone();
    texts.push(place.sandbox.read("log.jsonl.checkpoint"));
    texts.push(place.sandbox.read("2.tlog-proof"));
    for folder in ["store1/c2sp"] {
        for entry in std::fs::read_dir(place.sandbox.path(folder)).unwrap() {
            texts.push(std::fs::read_to_string(entry.unwrap().path()).unwrap());
        }
    }
    assert!(texts.len() >= 5);
    for text in texts {
        assert!(!text.contains(SUBJECT) && !text.contains("acme"), "{text}");
    }
    // An origin that does name it is warned of.
    let named = [
        "-o",
        "named.key",
        "--origin",
        "log.example/acme-customer-0815",
    ];
    keygen(&place.sandbox, &named);
    let args = ["anchor", "--c2sp", "log.jsonl", "--key-file", "named.key"];
    let run = place.sandbox.run([&args[..], &["-o", "named"]].concat());
    assert!(
        run.status(0)
            .stderr
            .contains("has the id of a subject in it")
    );
    // So is a key that is bound to somebody else.
    keygen(&place.sandbox, &["-o", "else.key", "--subject", "else"]);
    let args = ["anchor", "--c2sp", "log.jsonl", "--key-file", "else.key"];
    let run = place.sandbox.run([&args[..], &["-o", "else"]].concat());
    assert!(
        run.status(0)
            .stderr
            .contains("is bound to the subject \"else\"")
    );
}

#[test]
fn a_log_is_published_cosigned_and_held_against_it_as_it_grows() {
    let place = Place::new();
    let (one, two) = (place.honest(1), place.honest(2));
    place.policy(&[(1, &one.url), (2, &two.url)], "all");
    let run = place.publish(&["--policy", "policy.txt"]).status(0);
    assert!(
        run.stdout.contains("cosigned by w1.example at 20"),
        "{run:?}"
    );
    assert!(run.stdout.ends_with("quorum met\n"), "{run:?}");
    let (note, checkpoint) = place.published();
    assert_eq!((checkpoint.size, note.signatures().len()), (6, 3));
    assert_eq!(checkpoint.origin, place.key.name());

    place.log("log.jsonl", 20, 4);
    let run = place.check(&["--policy", "policy.txt"]).status(0);
    let line = run.stdout.lines().next().unwrap();
    let (word, said) = line.split_once(" — ").unwrap();
    assert_eq!(word, "COMPLETE");
    let said = object(said);
    assert_eq!(said.str("origin"), Some(place.key.name()));
    assert!(run.stdout.contains("NOTE: 14 records behind"), "{run:?}");

    let _ = place.publish(&["--policy", "policy.txt"]).status(0);
    let (note, checkpoint) = place.published();
    assert_eq!((checkpoint.size, note.signatures().len()), (20, 3));
    // Each was asked with the size that it had, so nobody was asked twice.
    for witness in [&one, &two] {
        let asked = witness.asked.lock().unwrap();
        assert_eq!(asked.len(), 2);
        assert!(asked[0].starts_with("old 0\n\n") && asked[1].starts_with("old 6\n"));
    }
    // One who lost what was published finds out what the witnesses have.
    std::fs::remove_file(place.sandbox.path("log.jsonl.checkpoint")).unwrap();
    place.log("log.jsonl", 33, 4);
    let _ = place.publish(&["--policy", "policy.txt"]).status(0);
    assert_eq!(one.asked.lock().unwrap().len(), 4);
    assert!(one.asked.lock().unwrap()[3].starts_with("old 20\n"));
    // The same again is the same again.
    let run = place.publish(&["--policy", "policy.txt"]).status(0);
    assert!(run.stdout.contains("33 records"), "{run:?}");
    assert_eq!(place.published().0.signatures().len(), 3);
}

#[test]
fn without_witnesses_only_the_operator_vouches() {
    let place = Place::new();
    let run = place.publish(&[]).status(0);
    assert!(run.stdout.contains("NOTE: nobody but who keeps the log"));
    let vkey = place.key.to_string();
    let run = place.check(&["--log-key", &vkey]).status(0);
    assert!(run.stdout.starts_with("COMPLETE — "), "{run:?}");
    assert!(run.stdout.contains("NOTE: this says as much as"), "{run:?}");
    let _ = place.check(&["--key-file", "log.key"]).status(0);
    place.policy(&[(1, ""), (2, "")], "any");
    let run = place.check(&["--policy", "policy.txt"]).status(3);
    assert!(run.stdout.starts_with("UNWITNESSED — "), "{run:?}");
    let run = place.check(&[]).status(2);
    assert!(run.stderr.contains("`--log-key`"), "{run:?}");
    let other = keygen(&place.sandbox, &["-o", "other.key"]).to_string();
    let run = place.check(&["--log-key", &other]).status(2);
    assert!(run.stderr.contains("no known key signed it"), "{run:?}");
    let run = place.check(&["missing", "--log-key", &vkey]).status(2);
    assert!(run.stderr.contains("does not exist"), "{run:?}");
}

#[test]
fn a_quorum_is_as_many_as_the_policy_says() {
    let place = Place::new();
    let (one, two) = (place.honest(1), place.honest(2));
    let gone = "http://127.0.0.1:9";
    let all = [(1, &*one.url), (2, &*two.url), (3, gone)];
    for (least, status) in [("any", 0), ("2", 0), ("all", 3)] {
        place.policy(&all, least);
        let run = place.publish(&["--policy", "policy.txt"]).status(status);
        assert!(run.stdout.contains("not cosigned by http://127.0.0.1:9: "));
        let _ = place.check(&["--policy", "policy.txt"]).status(status);
    }
    assert_eq!(place.published().0.signatures().len(), 3);
}

#[test]
fn what_had_its_quorum_stays_until_there_is_another_that_has() {
    let place = Place::new();
    let (one, two) = (place.honest(1), place.honest(2));
    let gone = "http://127.0.0.1:9";
    let with = ["--policy", "policy.txt"];
    place.policy(&[(1, &one.url), (2, &two.url)], "all");
    let _ = place.publish(&with).status(0);
    let before = place.sandbox.read("log.jsonl.checkpoint");
    // One of the two does not answer.
    place.log("log.jsonl", 9, 4);
    place.policy(&[(1, &one.url), (2, gone)], "all");
    let run = place.publish(&with).status(3);
    assert!(
        run.stdout.contains("log.jsonl.checkpoint.pending"),
        "{run:?}"
    );
    assert_eq!(place.sandbox.read("log.jsonl.checkpoint"), before);
    let _ = place.check(&with).status(0);
    let args = ["prove", "log.jsonl", "1", "-o", "p", "--record-out", "r"];
    let _ = place.sandbox.run(args).status(0);
    let verify = [
        "verify-proof",
        "p",
        "--record",
        "r",
        "--policy",
        "policy.txt",
    ];
    let _ = place.sandbox.run(verify).status(0);
    // What waits binds, too.
    place.log("log.jsonl", 8, 4);
    let run = place.publish(&with).status(1);
    assert!(run.stderr.contains("truncated or rewritten"), "{run:?}");
    place.log("log.jsonl", 9, 4);
    place.policy(&[(1, &one.url), (2, &two.url)], "all");
    let _ = place.publish(&with).status(0);
    assert_eq!(place.published().1.size, 9);
    assert!(!place.sandbox.path("log.jsonl.checkpoint.pending").exists());
}

#[test]
fn what_does_not_go_together_is_refused() {
    let place = Place::new();
    let vkey = place.key.to_string();
    for more in [
        &["--timestamp"][..],
        &["--tsa-ca", "ca.pem"],
        &["--log-key", &vkey],
        &["--remote", "http://127.0.0.1:9"],
        &["--git", "."],
        &["--expect-subject", "acme"],
        &["--every", "5m"],
    ] {
        let run = place.publish(more).status(2);
        assert!(!run.stderr.is_empty(), "{more:?}");
        assert!(
            !place.sandbox.path("log.jsonl.checkpoint").exists(),
            "{more:?}"
        );
    }
    let log = place.sandbox.read("log.jsonl");
    let args = ["anchor", "--c2sp", "-", "--key-file", "log.key"];
    let run = place.sandbox.run_with(args, &log).status(2);
    assert!(run.stderr.contains("standard input has no name"), "{run:?}");
    let _ = place
        .sandbox
        .run_with([&args[..], &["--out", "c"]].concat(), &log)
        .status(0);
    assert!(place.sandbox.path("c").exists());
}

#[test]
fn a_witness_by_its_url_needs_a_key_that_is_known() {
    let place = Place::new();
    let one = place.honest(1);
    let run = place.publish(&["--witness-url", &one.url]).status(2);
    assert!(run.stderr.contains("`--witness-key`"), "{run:?}");
    assert!(one.asked.lock().unwrap().is_empty());
    let known = key("w1.example", 1).to_string();
    let other = key("w1.example", 9).to_string();
    let url = ["--witness-url", &one.url, "--witness-key"];
    let run = place.publish(&[&url[..], &[&other]].concat()).status(3);
    assert!(
        run.stdout.contains("of no key that is known here"),
        "{run:?}"
    );
    let _ = place.publish(&[&url[..], &[&known]].concat()).status(0);
    assert_eq!(place.published().0.signatures().len(), 2);
    let log = place.key.to_string();
    let run = place.publish(&[&url[..], &[&log]].concat()).status(2);
    assert!(run.stderr.contains("a witness's is wanted"), "{run:?}");
    for wrong in ["http://witness.example", "https://a:b@w.example", "ftp://x"] {
        let args = ["--witness-url", wrong, "--witness-key", &known];
        let _ = place.publish(&args).status(2);
    }
}

#[test]
fn every_answer_of_a_witness_is_said_and_the_checkpoint_is_published_all_the_same() {
    let place = Place::new();
    for (answer, expected, status) in [
        (saying(400, "x"), "does not understand", 3),
        (saying(403, "unknown log\n"), "(status 403: unknown log)", 3),
        (saying(404, ""), "does not know this log", 3),
        (saying(404, ""), "nothing answers `add-checkpoint`", 3),
        (saying(409, "0\n"), "names no other size", 3),
        (saying(409, "x"), "names no other size", 3),
        (
            saying(409, "7\n"),
            "cosigned 7 records of this log, which has 6 now",
            1,
        ),
        (saying(413, ""), "too long for it", 3),
        (
            saying(422, "no\n"),
            "no continuation of what it cosigned",
            1,
        ),
        (saying(429, ""), "asked too often", 3),
        (saying(500, "\u{1b}]0;x\u{7}"), "cannot answer now", 3),
        (saying(200, ""), "no list of signatures", 3),
        (
            saying(200, "x".repeat((1 << 20) + 1)),
            "its answer is longer than 1 MiB",
            3,
        ),
        (
            saying(200, "\u{2014} w1.example AAAA\n"),
            "no list of signatures",
            3,
        ),
        (saying(302, ""), "means nothing here", 3),
    ] {
        drop(std::fs::remove_file(
            place.sandbox.path("log.jsonl.checkpoint"),
        ));
        place.policy(&[(1, &answer.url)], "all");
        let run = place.publish(&["--policy", "policy.txt"]).status(status);
        assert!(run.stdout.contains(expected), "{expected}: {run:?}");
        assert!(!run.stdout.contains('\u{1b}'));
        assert_eq!(place.published().1.size, 6);
    }
    // One whose size changes whenever it is asked is not asked for ever.
    let size = std::sync::atomic::AtomicU64::new(0);
    let restless = serve(move |_| {
        let next = size.fetch_add(1, std::sync::atomic::Ordering::Relaxed) % 6 + 1;
        sealstone::store::tlog::Answer {
            status: 409,
            content_type: "text/x.tlog.size",
            body: format!("{next}\n").into_bytes(),
        }
    });
    place.policy(&[(1, &restless.url)], "all");
    let _ = place.publish(&["--policy", "policy.txt"]).status(3);
    assert!(restless.asked.lock().unwrap().len() < 8);
}
