//! Routes, statuses in their order, keys and how often they may speak (FORMAT.md, "Witness protocol").

use std::os::unix::fs::PermissionsExt;

use sealstone::json::Value;

use super::server::{Server, hash, said};
use crate::harness::{Sandbox, at, text};

const ONE_KEY: &[(&str, &str)] = &[("HALO_WITNESS_KEYS", "key")];

#[test]
fn a_statement_is_kept_and_found_by_its_subject_or_its_root() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox, ONE_KEY);
    let answer = server.post("key", &said("acme", 1, 5, 50)).status(201);
    let receipt = answer.json();
    assert_eq!(at(&receipt, "/ok"), Some(&Value::Bool(true)));
    assert_eq!(text(&receipt, "/receipt/head"), Some(&*hash(50)));
    assert!(text(&receipt, "/receipt/ts").unwrap().ends_with('Z'));
    let nameless = said("", 1, 7, 70).replace("\"subject\":\"\",", "");
    server.post("key", &nameless).status(201);

    let found = server.get("/v1/checkpoints?subject=acme").status(200);
    assert_eq!(found.header("access-control-allow-origin"), Some("*"));
    let kept = receipt.get("receipt").unwrap();
    assert_eq!(at(&found.json(), "/checkpoints/0"), Some(kept));
    assert_eq!(
        at(&found.json(), "/count").and_then(Value::as_integer),
        Some(1)
    );
    let by_root = format!("/v1/checkpoints?chain_root={}", hash(1));
    let found = server.get(&by_root).status(200).json();
    assert_eq!(
        at(&found, "/checkpoints/0/count").and_then(Value::as_integer),
        Some(7)
    );
    let both = server
        .get(&format!("{by_root}&subject=acme&subject=x"))
        .json();
    assert_eq!(
        at(&both, "/checkpoints/0/count").and_then(Value::as_integer),
        Some(5)
    );
    let nobody = server.get("/v1/checkpoints?subject=a+b%20c").status(200);
    assert_eq!(nobody.body, r#"{"checkpoints":[],"count":0}"#);
    for target in ["", "?subject=", "?chain_root=00", "?other=1", "?subject"] {
        let answer = server.get(&format!("/v1/checkpoints{target}")).status(400);
        assert_eq!(answer.error(), "subject or chain_root required", "{target}");
    }
    let fed = format!("{by_root}%0A");
    server.get(&fed).status(400);
}

#[test]
fn what_is_wrong_first_is_what_is_said() {
    let sandbox = Sandbox::new();
    let keys = [("HALO_WITNESS_KEYS", "key=acme|vendor-*,other=zeta")];
    let server = Server::start(&sandbox, &keys);
    let long = "x".repeat(8193);
    let foreign = said("zeta", 1, 1, 1);
    let nameless = foreign.replace("\"subject\":\"zeta\",", "");
    for (path, key, body, status, error) in [
        ("/other", "none", &*long, 404, "not found"),
        ("/anchor/", "key", "{}", 404, "not found"),
        ("/anchor", "none", &*long, 401, "unauthorized"),
        ("/anchor", "", "{}", 401, "unauthorized"),
        ("/anchor", "key", &*long, 413, "payload too large"),
        ("/anchor", "key", "", 400, "body is not valid JSON"),
        (
            "/anchor",
            "key",
            "{\"a\":1,\"a\":1}",
            400,
            "body is not valid JSON",
        ),
        (
            "/anchor",
            "key",
            "[]",
            400,
            "checkpoint must be a JSON object",
        ),
        (
            "/anchor",
            "key",
            "{\"subject\":\"\u{e4}\"}",
            400,
            "invalid subject",
        ),
        (
            "/anchor",
            "key",
            &*foreign,
            403,
            "key not authorized for this subject",
        ),
        (
            "/anchor",
            "key",
            &*nameless,
            403,
            "key not authorized for this subject",
        ),
        ("/anchor", "other", &*foreign, 201, ""),
        ("/anchor?a=b", "other", &*foreign, 201, ""),
    ] {
        let authorization = format!("Authorization: bearer {key}\r\n");
        let answer = server
            .ask("POST", path, &authorization, body)
            .status(status);
        if status != 201 {
            assert_eq!(answer.error(), error, "{path} {key}");
        }
        let kind = Some("application/json; charset=utf-8");
        assert_eq!(answer.header("content-type"), kind);
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
    server
        .ask("POST", "/anchor", "Authorization: Basic key\r\n", "{}")
        .status(401);
}

#[test]
fn other_methods_and_paths_are_answered_as_the_reference_does() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox, ONE_KEY);
    for (method, path, status) in [
        ("GET", "/healthz", 200),
        ("HEAD", "/healthz", 200),
        ("HEAD", "/v1/checkpoints?subject=a", 200),
        ("HEAD", "/v1/checkpoints", 400),
        ("GET", "/", 404),
        ("GET", "/anchor", 404),
        ("HEAD", "/other", 404),
        ("POST", "/healthz", 404),
        ("OPTIONS", "/anchor", 204),
        ("OPTIONS", "/other", 204),
        ("PUT", "/anchor", 501),
        ("DELETE", "/v1/checkpoints", 501),
        ("BREW", "/other", 501),
    ] {
        let answer = server.ask(method, path, "", "").status(status);
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        if method == "HEAD" {
            assert_eq!(answer.body, "");
            assert_ne!(answer.header("content-length"), None);
        }
        if method == "OPTIONS" {
            assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
            assert_eq!(
                answer.header("access-control-allow-methods"),
                Some("GET, OPTIONS")
            );
            assert_eq!(
                answer.header("access-control-allow-headers"),
                Some("Content-Type")
            );
        }
    }
    assert_eq!(server.get("/healthz").body, "ok");
}

#[test]
fn reading_by_subject_needs_a_key_if_there_are_any() {
    let sandbox = Sandbox::new();
    let keys = [
        ("HALO_WITNESS_KEYS", "key"),
        ("HALO_WITNESS_READ_KEYS", "reader=acme*"),
    ];
    let server = Server::start(&sandbox, &keys);
    server.post("key", &said("acme", 1, 1, 1)).status(201);
    let read = |key: &str, query: &str| {
        let authorization = format!("Authorization: Bearer {key}\r\n");
        server.ask(
            "GET",
            &format!("/v1/checkpoints?{query}"),
            &authorization,
            "",
        )
    };
    assert_eq!(
        read("", "subject=acme").status(401).error(),
        "read key required"
    );
    let unknown = read("none", "subject=acme").status(401);
    assert_eq!(unknown.header("access-control-allow-origin"), Some("*"));
    let foreign = read("reader", "subject=zeta").status(403);
    assert_eq!(foreign.error(), "key not authorized for this subject");
    for (key, query) in [
        ("reader", "subject=acme"),
        ("key", "subject=zeta"),
        ("", &*format!("chain_root={}", hash(1))),
    ] {
        read(key, query).status(200);
    }
    assert_eq!(
        server.post("reader", "{}").status(401).error(),
        "unauthorized"
    );
}

#[test]
fn a_key_may_speak_sixty_times_a_minute() {
    let sandbox = Sandbox::new();
    let keys = [("HALO_WITNESS_KEYS", "key=acme,other=zeta")];
    let server = Server::start(&sandbox, &keys);
    for count in 1..=59 {
        server
            .post("key", &said("acme", 1, count, count))
            .status(201);
    }
    // What is refused counts as well.
    server.post("key", "not JSON").status(400);
    let answer = server.post("key", &said("acme", 1, 99, 99)).status(429);
    assert_eq!(answer.error(), "too many anchors for this key; retry later");
    server.post("key", &"x".repeat(8193)).status(413);
    server.post("other", &said("zeta", 1, 1, 1)).status(201);
    let found = server.get("/v1/checkpoints?subject=acme").json();
    assert_eq!(at(&found, "/count").and_then(Value::as_integer), Some(59));
}

#[test]
fn a_key_is_made_once_and_never_printed() {
    let sandbox = Sandbox::new();
    let path = sandbox.path("store/.halo_witness_key");
    let server = Server::start(&sandbox, &[]);
    let key = std::fs::read_to_string(&path).unwrap();
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let key = key.strip_suffix('\n').unwrap().to_owned();
    assert_eq!(key.len(), 48);
    assert!(
        key.bytes().all(|byte| b"0123456789abcdef".contains(&byte)),
        "{key}"
    );
    server.post(&key, &said("acme", 1, 1, 1)).status(201);
    server.signal(rustix::process::Signal::TERM);
    let run = server.ended().status(0);
    assert!(
        run.stderr.contains("key: in store/.halo_witness_key"),
        "{run:?}"
    );
    assert!(!format!("{run:?}").contains(&key));

    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    let mut command = sandbox.command(["witness", "serve", "store", "--port", "0"]);
    command.env("HALO_WITNESS_READ_KEYS", "secret-reader=*");
    let server = Server::of(command);
    server.post(&key, &said("acme", 1, 2, 2)).status(201);
    server.signal(rustix::process::Signal::INT);
    let run = server.ended().status(0);
    assert!(run.stderr.contains("its mode should be 0600"), "{run:?}");
    assert!(!run.stderr.contains("reading is public"), "{run:?}");
    assert!(!format!("{run:?}").contains("secret-reader"));
}

#[test]
fn keys_that_would_let_too_much_are_refused() {
    let sandbox = Sandbox::new();
    for (name, value) in [
        ("HALO_WITNESS_KEYS", "secret,other=a"),
        ("HALO_WITNESS_KEYS", "secret="),
        ("HALO_WITNESS_KEYS", "secret= | "),
        ("HALO_WITNESS_KEYS", "=a"),
        ("HALO_WITNESS_KEYS", " , "),
        ("HALO_WITNESS_READ_KEYS", "secret"),
        ("HALO_WITNESS_READ_KEYS", "a=b,secret="),
    ] {
        let mut command = sandbox.command(["witness-serve", "store", "--port", "0"]);
        command.env(name, value);
        let run = crate::harness::Run::of(command, b"").status(1);
        assert_eq!(run.stdout, "", "{value}");
        assert!(
            run.stderr.starts_with("sealstone: error: cannot serve: "),
            "{run:?}"
        );
        assert!(!run.stderr.contains("secret"), "{run:?}");
    }
}

#[test]
fn metrics_are_for_this_machine() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox, ONE_KEY);
    server.post("key", &said("acme", 1, 2, 2)).status(201);
    server.post("key", &said("acme", 1, 1, 1)).status(409);
    let metrics = server.get("/metrics").status(200);
    let kind = Some("text/plain; version=0.0.4; charset=utf-8");
    assert_eq!(metrics.header("content-type"), kind);
    for line in [
        "sealstone_witness_requests_total{route=\"/anchor\",status=\"201\"} 1",
        "sealstone_witness_requests_total{route=\"/anchor\",status=\"409\"} 1",
        "sealstone_witness_checkpoints 1",
        "sealstone_witness_conflicts 1",
        "sealstone_witness_damaged_lines 0",
        "sealstone_witness_append_seconds_count 2",
    ] {
        assert!(
            metrics.body.lines().any(|other| other == line),
            "{line}\n{}",
            metrics.body
        );
    }
    assert!(!metrics.body.contains("acme"));
    for header in [
        "X-Forwarded-For: 192.0.2.1",
        "Via: proxy",
        "Forwarded: for=a",
        "X-Real-IP: a",
    ] {
        server
            .ask("GET", "/metrics", &format!("{header}\r\n"), "")
            .status(403);
    }
}

#[test]
fn it_says_why_it_cannot_serve() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox, &[]);
    let second = sandbox
        .run(["witness-serve", "store", "--port", "0"])
        .status(1);
    assert!(
        second.stderr.contains("another process serves `store`"),
        "{second:?}"
    );
    let port = server.address.port().to_string();
    let third = sandbox
        .run(["witness-serve", "other", "--port", &port])
        .status(1);
    assert!(
        third.stderr.contains("cannot listen at 127.0.0.1"),
        "{third:?}"
    );
    sandbox.write("file", "");
    let _ = sandbox
        .run(["witness-serve", "file", "--port", "0"])
        .status(1);
    let _ = sandbox
        .run(["witness-serve", "store", "--port", "x"])
        .status(2);
    let _ = sandbox.run(["witness-serve"]).status(2);
}
