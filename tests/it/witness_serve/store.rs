//! What a witness keeps: refused statements, damaged and torn lines, what others add, and a disk that is full.

use std::{fs, io::Write, process::Command};

use rustix::process::Signal;
use sealstone::{
    json::{self, Value},
    store, system,
    witness::{self, Checkpoint},
};

use super::server::{Answer, Server, hash, said};
use crate::harness::{Sandbox, at, skip, text};

const ONE_KEY: &[(&str, &str)] = &[("HALO_WITNESS_KEYS", "key")];

fn checkpoint(subject: &str, root: u64, count: u64, head: u64) -> Checkpoint {
    Checkpoint {
        chain_root: hash(root).into(),
        subject: subject.into(),
        count,
        head: hash(head),
        ts: "2026-01-01T00:00:00Z".into(),
        tsa: None,
        every: None,
    }
}

fn count(answer: &Answer) -> Option<i64> {
    at(&answer.json(), "/count")?.as_integer()
}

#[test]
fn what_does_not_go_on_is_refused_and_kept_as_evidence() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox, ONE_KEY);
    server.post("key", &said("acme", 1, 3, 30)).status(201);
    let kept = server
        .post("key", &said("acme", 1, 5, 50))
        .status(201)
        .json();
    // The same again says that nothing was added.
    server.post("key", &said("acme", 1, 5, 50)).status(201);

    let fork = server.post("key", &said("acme", 1, 5, 99)).status(409);
    assert_eq!(fork.error(), "the chain had another head at 5 records");
    assert_eq!(text(&fork.json(), "/latest/head"), Some(&*hash(50)));
    let cut = server.post("key", &said("acme", 1, 4, 40)).status(409);
    assert_eq!(cut.error(), "the chain had 5 records already");
    // An old statement is refused, and shows nothing.
    server.post("key", &said("acme", 1, 3, 30)).status(409);
    server.post("key", &said("acme", 1, 5, 99)).status(409);

    // Neither the subject nor its chain is spoilt, and another chain of it is another one.
    server.post("key", &said("acme", 1, 6, 60)).status(201);
    server.post("key", &said("acme", 2, 1, 10)).status(201);
    let found = server.get("/v1/checkpoints?subject=acme").status(200);
    assert_eq!(count(&found), Some(5));
    let conflicts = found
        .json()
        .get("conflicts")
        .unwrap()
        .as_array()
        .unwrap()
        .to_vec();
    let conflicts: Vec<_> = conflicts
        .iter()
        .map(|one| one.as_object().unwrap())
        .collect();
    assert_eq!(conflicts.len(), 2);
    assert_eq!(conflicts[0].str("conflict"), Some("other head"));
    assert_eq!(at(conflicts[0], "/kept/count"), at(&kept, "/receipt/count"));
    assert_eq!(text(conflicts[0], "/said/head"), Some(&*hash(99)));
    assert!(text(conflicts[0], "/said/ts").is_some());
    assert_eq!(conflicts[1].str("conflict"), Some("behind"));
    let other = server.get("/v1/checkpoints?subject=zeta");
    assert_eq!(other.body, r#"{"checkpoints":[],"count":0}"#);

    server.kill();
    let again = Server::start(&sandbox, ONE_KEY);
    let found_again = again.get("/v1/checkpoints?subject=acme").status(200);
    assert_eq!(found_again.body, found.body);
}

#[test]
fn a_damaged_line_is_named_and_the_rest_is_given() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("store")).unwrap();
    let line = |count| json::to_line(&checkpoint("acme", 1, count, count).to_object());
    sandbox.write(
        "store/witness.jsonl",
        format!("{}{{\"secret\n{}", line(1), line(2)),
    );
    let server = Server::start(&sandbox, ONE_KEY);
    let found = server.get("/v1/checkpoints?subject=acme").status(503);
    assert_eq!(count(&found), Some(2));
    assert_eq!(
        at(&found.json(), "/damaged/0/line").and_then(Value::as_integer),
        Some(2)
    );
    assert_eq!(text(&found.json(), "/damaged/0/why"), Some("it is no JSON"));
    assert!(found.error().starts_with("the witness store is damaged"));
    assert!(!found.body.contains("secret"));
    // What comes is kept all the same.
    server.post("key", &said("acme", 1, 3, 3)).status(201);
    server.post("key", &said("acme", 1, 1, 9)).status(409);
    assert_eq!(
        count(&server.get("/v1/checkpoints?subject=acme").status(503)),
        Some(3)
    );
    server.signal(Signal::TERM);
    let run = server.ended().status(0);
    assert!(
        run.stderr.contains("1 damaged lines in the store"),
        "{run:?}"
    );
}

#[test]
fn a_line_that_was_cut_off_is_moved_aside() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("store")).unwrap();
    let line = json::to_line(&checkpoint("acme", 1, 1, 1).to_object());
    sandbox.write("store/witness.jsonl", format!("{line}{}", &line[..40]));
    let server = Server::start(&sandbox, ONE_KEY);
    assert_eq!(
        count(&server.get("/v1/checkpoints?subject=acme").status(200)),
        Some(1)
    );
    assert_eq!(sandbox.read("store/torn-1.txt"), line[..40]);
    server.post("key", &said("acme", 1, 2, 2)).status(201);
    server.signal(Signal::TERM);
    let run = server.ended().status(0);
    assert!(
        run.stderr
            .contains("its 40 bytes are in `store/torn-1.txt` now"),
        "{run:?}"
    );
    let kept = witness::of_file(sandbox.read("store/witness.jsonl").as_bytes());
    assert_eq!(kept.checkpoints.len(), 2);
}

#[test]
fn others_may_add_to_the_file_meanwhile() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox, ONE_KEY);
    let path = sandbox.path("store/witness.jsonl");
    for count in (1..20).step_by(2) {
        server
            .post("key", &said("acme", 1, count, count))
            .status(201);
        store::witness::append(&path, &checkpoint("acme", 1, count + 1, count + 1)).unwrap();
    }
    server.post("key", &said("acme", 1, 20, 99)).status(409);
    assert_eq!(count(&server.get("/v1/checkpoints?subject=acme")), Some(20));
    fs::write(&path, "").unwrap();
    assert_eq!(count(&server.get("/v1/checkpoints?subject=acme")), Some(0));
    server.signal(Signal::TERM);
    let run = server.ended().status(0);
    assert!(
        run.stderr
            .contains("was cut or replaced while it was served"),
        "{run:?}"
    );
}

#[test]
fn what_the_disk_does_not_take_is_not_acknowledged() {
    let sandbox = Sandbox::new();
    // A file may have 4 blocks of 512 bytes, or of 1024, as the shell has it.
    let server = Server::within(&sandbox, "ulimit -f 4");
    let mut kept = 0;
    let refused = loop {
        let answer = server.post("key", &said("acme", 1, kept + 1, kept + 1));
        if answer.status != 201 {
            break answer;
        }
        kept += 1;
    };
    assert!(kept > 3);
    assert_eq!(refused.status(500).error(), "the checkpoint was not stored");
    let found = server.get("/v1/checkpoints?subject=acme").status(200);
    assert_eq!(count(&found), i64::try_from(kept).ok());
    server.signal(Signal::TERM);
    let run = server.ended().status(0);
    assert!(
        run.stderr
            .contains("cannot append to `store/witness.jsonl`"),
        "{run:?}"
    );
    let lines = witness::of_file(sandbox.read("store/witness.jsonl").as_bytes());
    assert_eq!(lines.checkpoints.len() as u64, kept);
}

#[test]
fn evidence_that_cannot_be_kept_is_said_and_costs_others_nothing() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox, ONE_KEY);
    server.post("key", &said("acme", 1, 5, 50)).status(201);
    fs::create_dir(sandbox.path("store/conflicts.jsonl")).unwrap();
    for count in 6..9 {
        server.post("key", &said("acme", 1, 5, 99)).status(500);
        server
            .post("key", &said("acme", 1, count, count))
            .status(201);
    }
    // An old statement that is repeated is no evidence.
    server.post("key", &said("acme", 1, 5, 50)).status(409);
    fs::remove_dir(sandbox.path("store/conflicts.jsonl")).unwrap();
    server.post("key", &said("acme", 1, 5, 99)).status(409);
    let kept = sandbox.read("store/conflicts.jsonl");
    assert!(kept.contains(&hash(99)), "{kept}");
    server.signal(Signal::TERM);
    let run = server.ended().status(0);
    let why = "cannot append to `store/conflicts.jsonl`";
    assert!(run.stderr.contains(why), "{run:?}");
}

#[test]
fn what_the_disk_does_not_confirm_is_not_acknowledged() {
    let traced = Command::new("strace")
        .args(["-o", "/dev/null", "true"])
        .output();
    if !traced.is_ok_and(|run| run.status.success()) {
        return skip(
            "what_the_disk_does_not_confirm_is_not_acknowledged",
            "no strace that may trace",
        );
    }
    let sandbox = Sandbox::new();
    // The second time that the thread with the files waits for the disk, the disk fails.
    let fail = "inject=fdatasync:error=EIO:when=2";
    let server = Server::behind(&sandbox, &["strace", "-D", "-f", "-o", "trace", "-e", fail]);
    server.post("key", &said("acme", 1, 1, 1)).status(201);
    server.post("key", &said("acme", 1, 2, 2)).status(500);
    let found = server.get("/v1/checkpoints?subject=acme").status(200);
    assert_eq!(count(&found), Some(1));
    // It does not count, so another one may take its place.
    server.post("key", &said("acme", 1, 2, 3)).status(201);
    server.signal(Signal::TERM);
    let run = server.ended().status(0);
    assert!(
        run.stderr
            .contains("cannot append to `store/witness.jsonl`"),
        "{run:?}"
    );
    let kept = witness::of_file(sandbox.read("store/witness.jsonl").as_bytes());
    let heads: Vec<_> = kept
        .checkpoints
        .iter()
        .map(|kept| kept.head.as_str())
        .collect();
    assert_eq!(heads, [hash(1), hash(3)]);
}

#[test]
fn it_stops_when_what_is_under_way_is_done() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox, ONE_KEY);
    let idle = server.connect();
    let mut under_way = server.connect();
    let body = said("acme", 1, 1, 1);
    let head = format!(
        "POST /anchor HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer key\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    under_way.write_all(head.as_bytes()).unwrap();
    under_way.write_all(&body.as_bytes()[..10]).unwrap();
    // It has the request once it answers another one that came later.
    server.get("/healthz").status(200);
    let start = system::start();
    server.signal(Signal::TERM);
    while std::net::TcpStream::connect(server.address).is_ok() {
        assert!(start.elapsed() < super::server::PATIENCE);
    }
    under_way.write_all(&body.as_bytes()[10..]).unwrap();
    let answer = Answer::read(&under_way).status(201);
    assert_eq!(answer.header("connection"), Some("close"));
    drop(idle);
    let run = server.ended().status(0);
    assert!(run.stderr.ends_with("sealstone: stopped\n"), "{run:?}");
    let kept = witness::of_file(sandbox.read("store/witness.jsonl").as_bytes());
    assert_eq!(kept.checkpoints.len(), 1);
}

#[test]
fn it_stops_though_somebody_keeps_the_file_locked() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox, ONE_KEY);
    let file = fs::File::open(sandbox.path("store/witness.jsonl")).unwrap();
    file.lock().unwrap();
    let mut waiting = server.connect();
    let body = said("acme", 1, 1, 1);
    let head = format!(
        "POST /anchor HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer key\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    waiting
        .write_all(format!("{head}{body}").as_bytes())
        .unwrap();
    server.get("/healthz").status(200);
    let start = system::start();
    server.signal(Signal::TERM);
    let run = server.ended().status(0);
    assert!(start.elapsed() < super::server::PATIENCE, "{run:?}");
    assert_eq!(sandbox.read("store/witness.jsonl"), "");
}
