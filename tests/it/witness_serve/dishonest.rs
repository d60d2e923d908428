//! An operator who changes a log after it was witnessed: what is caught and what cannot be (LIMITS.md, "A dishonest
//! operator").

use sealstone::{chain, digest::Digest, json::Object, sample};

use super::server::Server;
use crate::harness::{Run, Sandbox, object};

const WITNESSED: usize = 8;

/// What an operator makes of a log of which the first [`WITNESSED`] records are witnessed, and what `anchor --check`
/// says then.
struct Deed {
    name: &'static str,
    make: fn(&[Object]) -> Vec<Object>,
    status: i32,
}

const COMPLETE: i32 = 0;
const INCOMPLETE: i32 = 1;
const UNWITNESSED: i32 = 3;

const DEEDS: &[Deed] = &[
    Deed {
        name: "nothing",
        make: <[Object]>::to_vec,
        status: COMPLETE,
    },
    Deed {
        name: "cut below what was witnessed",
        make: |log| log[..WITNESSED - 1].to_vec(),
        status: INCOMPLETE,
    },
    Deed {
        name: "a record rewritten, and all that follow",
        make: |log| changed(log, 3),
        status: INCOMPLETE,
    },
    Deed {
        name: "the last witnessed record rewritten",
        make: |log| changed(log, WITNESSED - 1),
        status: INCOMPLETE,
    },
    Deed {
        name: "a record taken out",
        make: |log| [&log[..4], &log[5..]].concat(),
        status: INCOMPLETE,
    },
    Deed {
        name: "a record put in",
        make: |log| {
            let mut more = log[0].clone();
            more.insert("record_id", "00000000-0000-4000-8000-000000000000");
            [&log[..4], &[more], &log[4..]].concat()
        },
        status: INCOMPLETE,
    },
    Deed {
        name: "two records in another order",
        make: |log| {
            let mut log = log.to_vec();
            log.swap(2, 5);
            log
        },
        status: INCOMPLETE,
    },
    Deed {
        name: "begun anew",
        make: |log| changed(log, 0),
        status: INCOMPLETE,
    },
    Deed {
        name: "the first record taken out",
        make: |log| log[1..].to_vec(),
        status: INCOMPLETE,
    },
    Deed {
        name: "of another subject",
        make: |log| {
            let rename = |record: &Object| with_subject(record, Some("somebody"));
            log.iter().map(rename).collect()
        },
        status: UNWITNESSED,
    },
    Deed {
        name: "of nobody",
        make: |log| {
            log.iter()
                .map(|record| with_subject(record, None))
                .collect()
        },
        status: UNWITNESSED,
    },
    // What cannot be caught.
    Deed {
        name: "cut behind what was witnessed",
        make: |log| log[..WITNESSED].to_vec(),
        status: COMPLETE,
    },
    Deed {
        name: "rewritten behind what was witnessed",
        make: |log| changed(log, WITNESSED),
        status: COMPLETE,
    },
];

fn changed(log: &[Object], from: usize) -> Vec<Object> {
    let mut log = log.to_vec();
    log[from].insert("ts", "2026-01-01T00:00:00.000000+00:00");
    log
}

fn with_subject(record: &Object, id: Option<&str>) -> Object {
    let mut record = record.clone();
    record.remove("subject");
    if let Some(id) = id {
        record.insert("subject", Object::from_iter([("id", id)]));
    }
    record
}

/// The records of a log of one subject, to be sealed.
fn log() -> Vec<Object> {
    let unsealed = |line: String| {
        let mut record = with_subject(&object(line), Some("acme"));
        record.remove("integrity");
        record
    };
    sample::chain(WITNESSED as u64 + 4, 7)
        .map(unsealed)
        .collect()
}

/// Seals records as if nothing else had ever been: whoever keeps a log can.
fn sealed(records: &[Object]) -> String {
    let mut previous = Digest::GENESIS;
    let seal = |record: &Object| {
        let sealed = chain::seal(record.clone(), previous).unwrap();
        previous = sealed.hash;
        sealed.line
    };
    records.iter().map(seal).collect()
}

/// A witness as `anchor` is told of it.
struct Told {
    name: &'static str,
    args: Vec<String>,
    key: Vec<String>,
}

impl Told {
    fn anchor(&self, sandbox: &Sandbox, log: &str) -> Run {
        sandbox.run([&["anchor", log], &self.all()[..]].concat())
    }

    fn check(&self, sandbox: &Sandbox, log: &str, more: &[&str]) -> Run {
        let args: Vec<&str> = self.args.iter().map(String::as_str).collect();
        sandbox.run([&["anchor", "--check", log], &args[..], more].concat())
    }

    fn all(&self) -> Vec<&str> {
        self.args
            .iter()
            .chain(&self.key)
            .map(String::as_str)
            .collect()
    }
}

fn witnesses(server: &Server) -> [Told; 2] {
    let text = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let url = format!("http://{}", server.address);
    [
        Told {
            name: "a file",
            args: text(&["witness.jsonl"]),
            key: Vec::new(),
        },
        Told {
            name: "a server",
            args: text(&["--remote", &url]),
            key: text(&["--key", "key"]),
        },
    ]
}

#[test]
fn what_the_model_says_can_be_caught_is_caught_by_each_witness() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox, &[("HALO_WITNESS_KEYS", "key")]);
    let log = log();
    sandbox.write("early.jsonl", sealed(&log[..3]));
    sandbox.write("log.jsonl", sealed(&log[..WITNESSED]));
    for witness in witnesses(&server) {
        for log in ["early.jsonl", "log.jsonl"] {
            let _ = witness.anchor(&sandbox, log).status(0);
        }
        for deed in DEEDS {
            sandbox.write("deed.jsonl", sealed(&(deed.make)(&log)));
            let verified = sandbox.run(["verify", "--quiet", "deed.jsonl"]);
            assert_eq!(
                verified.status,
                Some(0),
                "it holds by itself: {}",
                deed.name
            );
            let run = witness.check(&sandbox, "deed.jsonl", &[]);
            assert_eq!(
                run.status,
                Some(deed.status),
                "{}, {}: {run:?}",
                witness.name,
                deed.name
            );
            // Who knows whose it should be is not told that nobody knows.
            let run = witness.check(&sandbox, "deed.jsonl", &["--expect-subject", "acme"]);
            let expected = if deed.status == COMPLETE {
                COMPLETE
            } else {
                INCOMPLETE
            };
            assert_eq!(
                run.status,
                Some(expected),
                "{}, {}: {run:?}",
                witness.name,
                deed.name
            );
        }
    }
}

#[test]
fn a_witness_is_not_talked_into_another_log() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox, &[("HALO_WITNESS_KEYS", "key")]);
    let log = log();
    sandbox.write("log.jsonl", sealed(&log[..WITNESSED]));
    sandbox.write("longer.jsonl", sealed(&log));
    sandbox.write("cut.jsonl", sealed(&log[..WITNESSED - 2]));
    sandbox.write("forked.jsonl", sealed(&changed(&log[..WITNESSED], 3)));
    for witness in witnesses(&server) {
        let _ = witness.anchor(&sandbox, "log.jsonl").status(0);
        for log in ["cut.jsonl", "forked.jsonl"] {
            let run = witness.anchor(&sandbox, log).status(1);
            assert!(
                run.stderr.contains("not witnessed"),
                "{}, {log}: {run:?}",
                witness.name
            );
        }
        // It went on with the log that there was, and says what it was told. That it was cut is no other log.
        let _ = witness.anchor(&sandbox, "longer.jsonl").status(0);
        let run = witness.check(&sandbox, "longer.jsonl", &[]).status(0);
        let is_told = run.stdout.contains("refused 1 statement about this log");
        assert_eq!(is_told, witness.name == "a server", "{run:?}");
    }
}

#[test]
fn two_witnesses_that_were_told_two_things_do_not_both_agree() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox, &[("HALO_WITNESS_KEYS", "key")]);
    let log = log();
    sandbox.write("one.jsonl", sealed(&log[..WITNESSED]));
    sandbox.write("other.jsonl", sealed(&changed(&log[..WITNESSED], 3)));
    let [file, remote] = witnesses(&server);
    let _ = file.anchor(&sandbox, "one.jsonl").status(0);
    let _ = remote.anchor(&sandbox, "other.jsonl").status(0);
    for (shown, by_file, by_remote) in [
        ("one.jsonl", COMPLETE, INCOMPLETE),
        ("other.jsonl", INCOMPLETE, COMPLETE),
    ] {
        let _ = file.check(&sandbox, shown, &[]).status(by_file);
        let _ = remote.check(&sandbox, shown, &[]).status(by_remote);
    }
}
