//! `sealstone anchor` and a witness that runs: what an operator can no longer hide.

use std::{fs, io::Write};

use super::server::{Server, hash};
use crate::harness::{Run, Sandbox, object, text};

const ONE_KEY: &[(&str, &str)] = &[("HALO_WITNESS_KEYS", "key")];

/// Records so many actions of a customer.
fn record(sandbox: &Sandbox, log: &str, actions: usize) {
    let draft = "{\"subject\":{\"id\":\"acme\"},\"action\":{\"tool\":\"Read\"}}\n";
    let _ = sandbox
        .run_with(["record", "-o", log], draft.repeat(actions))
        .status(0);
}

fn anchor(sandbox: &Sandbox, server: &Server, args: &[&str]) -> Run {
    let url = format!("http://{}", server.address);
    sandbox.run([&["anchor"], args, &["--remote", &url]].concat())
}

#[test]
fn what_was_witnessed_cannot_be_cut_forked_or_written_anew_unseen() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox, ONE_KEY);
    record(&sandbox, "log.jsonl", 4);
    let lines: Vec<String> = sandbox
        .read("log.jsonl")
        .lines()
        .map(|line| format!("{line}\n"))
        .collect();
    sandbox.write("cut.jsonl", lines[..3].concat());
    sandbox.write("fork.jsonl", lines[..3].concat());
    record(&sandbox, "fork.jsonl", 1);
    record(&sandbox, "anew.jsonl", 4);
    let keep = |log| anchor(&sandbox, &server, &[log, "--key", "key"]);
    let check = |log| anchor(&sandbox, &server, &["--check", log]);

    let _ = keep("log.jsonl").status(0);
    let whole = check("log.jsonl").status(0);
    assert!(whole.stdout.starts_with("COMPLETE — "), "{whole:?}");
    for (log, why) in [
        ("cut.jsonl", "chain truncated below witnessed length"),
        (
            "fork.jsonl",
            "record altered or dropped before witnessed point",
        ),
    ] {
        let run = check(log).status(1);
        assert!(run.stdout.starts_with("INCOMPLETE — "), "{run:?}");
        assert!(run.stdout.contains(why), "{run:?}");
        let _ = keep(log).status(1);
    }
    // A log that is begun anew is another one, and nobody witnessed it.
    let anew = check("anew.jsonl");
    assert!(anew.status != Some(0), "{anew:?}");

    // Who does not use our client is refused too, and it stays on record.
    let root = object(&lines[0]);
    let root = text(&root, "/integrity/hash").unwrap();
    let fork = format!(
        r#"{{"subject":"acme","count":4,"head":"{}","chain_root":"{root}"}}"#,
        hash(9)
    );
    server.post("key", &fork).status(409);
    let run = check("log.jsonl").status(0);
    assert!(run.stdout.contains("\"conflicts\": "), "{run:?}");
    let refused = sandbox.read("store/conflicts.jsonl");
    assert!(refused.contains(&hash(9)), "{refused}");
}

#[test]
fn a_damaged_store_leaves_a_log_undecided() {
    let sandbox = Sandbox::new();
    record(&sandbox, "log.jsonl", 2);
    let _ = sandbox
        .run(["anchor", "log.jsonl", "store/witness.jsonl"])
        .status(0);
    let path = sandbox.path("store/witness.jsonl");
    let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(b"damaged\n").unwrap();
    let server = Server::start(&sandbox, ONE_KEY);
    let run = anchor(&sandbox, &server, &["--check", "log.jsonl"]).status(2);
    assert!(run.stdout.starts_with("UNDECIDED — "), "{run:?}");
    assert!(run.stdout.contains("\"line\": 2"), "{run:?}");
    // It still keeps what comes.
    server.post("key", "{}").status(400);
}
