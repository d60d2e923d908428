//! A witness of transparency logs that is served, and `anchor --c2sp` that asks it.

use std::process::Stdio;

use rustix::process::Signal;
use sealstone::{
    digest::Digest,
    sample,
    tlog::{Checkpoint, Note, VerifierKey},
};

use super::server::Server;
use crate::harness::{Run, Sandbox};

/// A log, its key, and the key of a witness.
struct Place {
    sandbox: Sandbox,
    log: VerifierKey,
    witness: VerifierKey,
}

impl Place {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let keygen = |args: &[&str]| -> VerifierKey {
            let run = sandbox.run([&["keygen", "-o"], args].concat()).status(0);
            run.stdout.trim().parse().unwrap()
        };
        let log = keygen(&["log.key"]);
        let witness = keygen(&["w.key", "--witness", "--origin", "w.example"]);
        let place = Self {
            sandbox,
            log,
            witness,
        };
        place.log(6, 4);
        place
    }

    fn log(&self, records: usize, seed: u64) {
        let lines: String = sample::chain(40, seed).take(records).collect();
        self.sandbox.write("log.jsonl", lines);
    }

    fn serve(&self) -> Server {
        let log = self.log.to_string();
        let args = ["witness-serve", "store", "--port", "0", "--c2sp"];
        let keys = ["--key-file", "w.key", "--log", &log];
        let mut command = self.sandbox.command([&args[..], &keys].concat());
        command.env("HALO_WITNESS_KEYS", "key");
        Server::of(command)
    }

    fn publish(&self, server: &Server) -> Run {
        let url = format!("http://{}", server.address);
        let key = self.witness.to_string();
        let args = ["anchor", "--c2sp", "log.jsonl", "--key-file", "log.key"];
        let witness = ["--witness-url", &url, "--witness-key", &key];
        self.sandbox.run([&args[..], &witness].concat())
    }
}

fn get(server: &Server, target: &str) -> String {
    server.raw(format!(
        "GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    ))
}

fn post(server: &Server, body: &str) -> String {
    let length = body.len();
    server.raw(format!(
        "POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    ))
}

#[test]
fn a_witness_of_transparency_logs_cosigns_shows_and_remembers() {
    let place = Place::new();
    let server = place.serve();
    let hash = Digest::of(place.log.name().as_bytes());
    let target = format!("/{hash}/checkpoint");
    assert!(get(&server, &target).starts_with("HTTP/1.1 404 "));
    let run = place.publish(&server).status(0);
    assert!(
        run.stdout.contains("cosigned by w.example at 20"),
        "{run:?}"
    );
    let shown = get(&server, &target);
    let (head, note) = shown.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let note = Note::parse(note.as_bytes()).unwrap();
    let keys = [place.log.clone(), place.witness.clone()];
    assert_eq!(note.verify(&keys).unwrap().len(), 2);
    assert_eq!(Checkpoint::parse(note.text()).unwrap().size, 6);
    // Killed, and started again: what it cosigned is what the next one must continue.
    server.kill();
    let server = place.serve();
    std::fs::remove_file(place.sandbox.path("log.jsonl.checkpoint")).unwrap();
    place.log(6, 5);
    let run = place.publish(&server).status(1);
    assert!(run.stdout.contains("contradicted by "), "{run:?}");
    std::fs::remove_file(place.sandbox.path("log.jsonl.checkpoint")).unwrap();
    place.log(9, 4);
    let _ = place.publish(&server).status(0);
    // The other protocol is served beside it.
    assert!(get(&server, "/healthz").starts_with("HTTP/1.1 200 "));
    let metrics = get(&server, "/metrics");
    for line in [
        "sealstone_witness_requests_total{route=\"/add-checkpoint\",status=\"200\"} 1\n",
        "sealstone_witness_log_conflicts 1\n",
    ] {
        assert!(metrics.contains(line), "{line}\n{metrics}");
    }
    get(&server, &target);
    let metrics = get(&server, "/metrics");
    let shown = "{route=\"/ORIGIN/checkpoint\",status=\"200\"} 1\n";
    assert!(metrics.contains(shown), "{metrics}");
}

#[test]
fn what_is_no_request_of_a_known_log_has_its_status() {
    let place = Place::new();
    let server = place.serve();
    let note = "x\n1\nKgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n\u{2014} x AAAAAAAA\n";
    let named = note.replace('x', place.log.name());
    for (body, status) in [
        (String::new(), "400"),
        ("old 0\n\nx\n".to_owned(), "400"),
        (format!("old 0\n\n{note}"), "404"),
        (format!("old 0\n\n{named}"), "403"),
        ("a".repeat(2 << 20), "413"),
    ] {
        let answer = post(&server, &body);
        let expected = format!("HTTP/1.1 {status} ");
        assert!(answer.starts_with(&expected), "{answer}");
    }
    assert!(get(&server, "/add-checkpoint").starts_with("HTTP/1.1 40"));
    assert!(get(&server, "/..%2f..%2fw.key/checkpoint").starts_with("HTTP/1.1 404 "));
}

#[test]
fn a_store_that_was_damaged_cosigns_and_shows_nothing_and_its_operator_is_told_once() {
    let place = Place::new();
    let server = place.serve();
    let _ = place.publish(&server).status(0);
    let hash = Digest::of(place.log.name().as_bytes());
    let kept = format!("store/c2sp/{hash}");
    let note = place.sandbox.read(&kept);
    for damaged in [
        "x",
        &note.replace("\n6\n", "\n7\n"),
        &note[..note.len() / 2],
    ] {
        std::fs::write(place.sandbox.path(&kept), damaged).unwrap();
        let shown = get(&server, &format!("/{hash}/checkpoint"));
        assert!(shown.starts_with("HTTP/1.1 500 "), "{shown}");
        assert!(!shown.contains(place.log.name()), "{shown}");
    }
    let run = place.publish(&server).status(3);
    // Who asks learns no more than that it failed.
    assert!(
        run.stdout
            .contains("cannot answer now (status 500: the store of the witness failed)"),
        "{run:?}"
    );
    server.signal(Signal::TERM);
    let run = server.ended().status(0);
    let told = format!("`{kept}` is not what this witness wrote");
    assert_eq!(run.stderr.matches(&told).count(), 1, "{run:?}");
}

#[test]
fn other_methods_and_broken_bodies_are_answered_as_beside_it() {
    let place = Place::new();
    let server = place.serve();
    let hash = Digest::of(place.log.name().as_bytes()).to_string();
    let shown = format!("/{hash}/checkpoint");
    for (method, path, status) in [
        ("OPTIONS", "/add-checkpoint", 204),
        ("PUT", "/add-checkpoint", 501),
        ("GET", "/add-checkpoint", 404),
        ("OPTIONS", &shown, 204),
        ("DELETE", &shown, 501),
        ("POST", &shown, 404),
        ("HEAD", &shown, 404),
    ] {
        let answer = server.ask(method, path, "", "").status(status);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let is_error = matches!(status, 404 | 501) && method != "HEAD";
        assert_eq!(
            answer.body.starts_with("{\"error\":"),
            is_error,
            "{answer:?}"
        );
    }
    let key = "Authorization: Bearer key\r\n";
    for (path, most) in [("/anchor", 8192), ("/add-checkpoint", (1 << 20) + 4096)] {
        let chunked = |body: &str| {
            let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\n{key}Connection: close\r\n");
            server.raw(format!(
                "{head}Transfer-Encoding: chunked\r\n\r\n{body}\r\n0\r\n\r\n"
            ))
        };
        let of = |bytes: usize| format!("{bytes:x}\r\n{}", "a".repeat(bytes));
        for (body, status) in [
            (of(most), 400),
            (of(most + 1), 413),
            ("limit\r\nxx".to_owned(), 400),
            ("4\r\nxxxxxxxx".to_owned(), 400),
        ] {
            let answer = chunked(&body);
            let expected = format!("HTTP/1.1 {status} ");
            assert!(answer.starts_with(&expected), "{path} {body:.20} {answer}");
        }
    }
}

#[test]
fn one_key_cosigns_from_one_store_only() {
    let place = Place::new();
    let _server = place.serve();
    let log = place.log.to_string();
    let args = ["witness-serve", "other", "--port", "0", "--c2sp"];
    let keys = ["--key-file", "w.key", "--log", &log];
    let mut command = place.sandbox.command([&args[..], &keys].concat());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let run = Run::of(command, b"");
    assert_ne!(run.status, Some(0), "{run:?}");
    assert!(
        run.stderr.contains("another process signs with `w.key`"),
        "{run:?}"
    );
}

#[test]
fn a_witness_needs_its_own_key_and_logs_to_cosign_for() {
    let place = Place::new();
    let (log, witness) = (place.log.to_string(), place.witness.to_string());
    let refused = |more: &[&str], status, why: &str| {
        let args = ["witness-serve", "store", "--port", "0"];
        let run = place.sandbox.run([&args, more].concat()).status(status);
        assert!(run.stderr.contains(why), "{run:?}");
    };
    refused(&["--c2sp"], 2, "--key-file");
    refused(&["--log", &log], 2, "--c2sp");
    refused(&["--c2sp", "--key-file", "w.key"], 2, "no log was named");
    let wrong = ["--c2sp", "--key-file", "w.key", "--log", &witness];
    refused(&wrong, 2, "a log's is wanted");
    let wrong = ["--c2sp", "--key-file", "log.key", "--log", &log];
    refused(&wrong, 2, "a witness's is wanted");
    place.sandbox.write("policy.txt", "quorum nobody\n");
    let wrong = ["--c2sp", "--key-file", "w.key", "--policy", "policy.txt"];
    refused(&wrong, 2, "`policy.txt` is no policy");
    let wrong = ["--c2sp", "--key-file", "log.jsonl", "--log", &log];
    refused(&wrong, 2, "`log.jsonl` is no file of a key");
    // Nothing was made for what cannot be served.
    assert!(!place.sandbox.path("store").exists());
    place.sandbox.write("store", "");
    let sound = ["--c2sp", "--key-file", "w.key", "--log", &log];
    refused(&sound, 1, "cannot serve");
}
