//! Clients that are slow, send too much, or send what two readers could take for different things.

use std::{
    io::{ErrorKind, Read, Write},
    net::{IpAddr, TcpStream, UdpSocket},
    time::Duration,
};

use sealstone::system;

use super::server::{Server, said};
use crate::harness::{Sandbox, skip};

const ONE_KEY: &[(&str, &str)] = &[("HALO_WITNESS_KEYS", "key")];

/// Returns the statuses of the answers in what came.
fn statuses(text: &str) -> Vec<u16> {
    let lines = text
        .split("\r\n")
        .flat_map(|line| line.split_inclusive('}'));
    let lines = lines.filter_map(|line| line.trim_start_matches("ok").strip_prefix("HTTP/1.1 "));
    lines.map(|line| line[..3].parse().unwrap()).collect()
}

#[test]
fn what_is_no_request_is_refused_and_the_connection_ends() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox, ONE_KEY);
    let (line, bytes) = ("X: y\r\n".repeat(65), "y".repeat(20_000));
    for (request, status) in [
        ("garbage\r\n\r\n".to_owned(), 400),
        ("\0\u{1}\u{2}\r\n\r\n".to_owned(), 400),
        ("GET / HTTP/9.9\r\n\r\n".to_owned(), 400),
        ("GET / HTTP/1.1\r\nbad header\r\n\r\n".to_owned(), 400),
        (format!("GET / HTTP/1.1\r\n{line}\r\n"), 431),
        (format!("GET / HTTP/1.1\r\nX: {bytes}\r\n\r\n"), 431),
        (format!("GET /{bytes} HTTP/1.1\r\n\r\n"), 431),
        (
            "POST /anchor HTTP/1.1\r\nContent-Length: x\r\n\r\n".to_owned(),
            400,
        ),
        (
            "POST /anchor HTTP/1.1\r\nContent-Length: -1\r\n\r\n".to_owned(),
            400,
        ),
        (
            "POST /anchor HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n".to_owned(),
            400,
        ),
    ] {
        let answer = server.raw(&request);
        assert_eq!(statuses(&answer), [status], "{request:.60} {answer}");
    }
    server.get("/healthz").status(200);
}

#[test]
fn nothing_behind_a_body_is_taken_for_a_request() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox, ONE_KEY);
    let hidden = "POST /anchor HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer key\r\nContent-Length: 0\r\n\r\n";
    for (headers, body) in [
        // Two lengths.
        (
            "Content-Length: 0\r\nContent-Length: 9\r\n",
            hidden.to_owned(),
        ),
        // A length, and chunks: the connection ends behind the chunks.
        (
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            format!("0\r\n\r\n{hidden}"),
        ),
        (
            "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
            format!("0\r\n\r\n{hidden}"),
        ),
        (
            "Transfer-Encoding: chunked, identity\r\n",
            format!("0\r\n\r\n{hidden}"),
        ),
        (
            "Transfer-Encoding : chunked\r\n",
            format!("0\r\n\r\n{hidden}"),
        ),
    ] {
        let request = format!("POST /anchor HTTP/1.1\r\nHost: a\r\n{headers}\r\n{body}");
        let answer = server.raw(&request);
        assert_eq!(statuses(&answer).len(), 1, "{headers} {answer}");
    }
    // Chunks by themselves are a body like another.
    let body = said("acme", 1, 1, 1);
    let chunks = |body: &str| {
        let authorization =
            "Authorization: Bearer key\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n";
        let head = format!("POST /anchor HTTP/1.1\r\nHost: a\r\n{authorization}\r\n");
        statuses(&server.raw(format!("{head}{:x}\r\n{body}\r\n0\r\n\r\n", body.len())))
    };
    assert_eq!(chunks(&body), [201]);
    assert_eq!(chunks(&"x".repeat(9000)), [413]);
}

#[test]
fn slow_clients_stop_nobody_and_are_sent_away() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox, ONE_KEY);
    let half = |text: &str| {
        let mut stream = server.connect();
        stream.write_all(text.as_bytes()).unwrap();
        stream
    };
    let body = "POST /anchor HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer key\r\nContent-Length: 100\r\n\r\n{";
    let mut slow: Vec<(TcpStream, u16)> = Vec::new();
    for _ in 0..40 {
        slow.push((half("GET /healthz HTTP/1.1\r\nHost: "), 0));
        slow.push((half(""), 0));
    }
    // As many as a key may begin.
    for _ in 0..50 {
        slow.push((half(body), 408));
    }
    let start = system::start();
    for count in 1..=9 {
        server
            .post("key", &said("acme", 1, count, count))
            .status(201);
        server.get("/healthz").status(200);
    }
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
    for (mut stream, status) in slow {
        // A byte now and then keeps nobody's place.
        drop(stream.write_all(b"x"));
        let mut text = Vec::new();
        // It may be closed while the byte is under way.
        drop(stream.read_to_end(&mut text));
        let text = String::from_utf8(text).unwrap();
        let expected: &[u16] = if status == 0 { &[] } else { &[status] };
        assert_eq!(statuses(&text), expected, "{text}");
    }
    assert!(
        start.elapsed() < Duration::from_secs(25),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn more_connections_than_there_may_be_wait_for_their_turn() {
    let sandbox = Sandbox::new();
    // 64 files are kept for other things, so there are 32 connections.
    let server = Server::within(&sandbox, "ulimit -n 96");
    let idle: Vec<TcpStream> = (0..40).map(|_| server.connect()).collect();
    let start = system::start();
    server.get("/healthz").status(200);
    assert!(
        start.elapsed() < Duration::from_secs(25),
        "{:?}",
        start.elapsed()
    );
    drop(idle);
    server.post("key", &said("acme", 1, 1, 1)).status(201);
}

#[test]
fn who_asks_for_much_and_does_not_listen_costs_little() {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("store")).unwrap();
    let blank = " ".repeat(1000);
    let line =
        |count: u64| format!("{{\"subject\":\"acme\",\"count\":{count},{blank}\"head\":\"x\"}}\n");
    let lines: String = (1..8000).map(line).collect();
    sandbox.write("store/witness.jsonl", &lines);
    let server = Server::start(&sandbox, ONE_KEY);
    let ask = || {
        let mut stream = server.connect();
        let request =
            "GET /v1/checkpoints?subject=acme HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).unwrap();
        stream
    };
    // 50 answers of 8 MB, of which the sockets hold some.
    let silent: Vec<TcpStream> = (0..50).map(|_| ask()).collect();
    let mut all = String::new();
    ask().read_to_string(&mut all).unwrap();
    let answer = super::server::Answer::of(&all).status(200);
    let length = answer.body.len().to_string();
    assert_eq!(answer.header("content-length"), Some(&*length));
    assert!(answer.body.ends_with("],\"count\":7999}"));
    let memory = server.memory_kib();
    assert!(memory < 150 << 10, "{memory} KiB");
    drop(silent);
}

/// Returns an address of this machine that others see it by, if it has one. Nothing is sent for that.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback()).then_some(address)
}

#[test]
fn an_address_that_is_not_of_this_machine_is_held_back() {
    const NAME: &str = "an_address_that_is_not_of_this_machine_is_held_back";
    let Some(own) = own_address() else {
        return skip(NAME, "this machine has no address but its own");
    };
    let sandbox = Sandbox::new();
    let mut command =
        sandbox.command(["witness-serve", "store", "--port", "0", "--host", "0.0.0.0"]);
    command.env("HALO_WITNESS_KEYS", "key");
    let mut server = Server::of(command);
    let port = server.address.port();
    server.address = (own, port).into();
    server.get("/metrics").status(403);

    let start = system::start();
    let mut connections: Vec<TcpStream> = (0..70).map(|_| server.connect()).collect();
    // They are closed at once, and the others only when they were idle for long.
    let mut byte = [0];
    for stream in &mut connections[64..] {
        assert!(stream.read(&mut byte).unwrap_or_default() == 0);
    }
    let kept = &mut connections[63];
    kept.set_nonblocking(true).unwrap();
    let read = kept.read(&mut byte);
    let is_kept = read
        .as_ref()
        .is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
    // On a machine that took so long it was idle for too long itself.
    let is_late = start.elapsed() >= Duration::from_secs(10);
    assert!(is_kept || is_late, "{read:?}");
    drop(connections);
    server.address = ([127, 0, 0, 1], port).into();
    // It has their places back once it noticed that they are gone.
    while !server.get("/metrics").body.contains("_connections 1\n") {
        std::thread::sleep(Duration::from_millis(10));
    }

    server.address = (own, port).into();
    server.post("key", &said("acme", 1, 1, 1)).status(201);
    for _ in 0..60 {
        server.post("guess", "{}").status(401);
    }
    server.post("guess", "{}").status(429);
    server.post("key", &said("acme", 1, 2, 2)).status(429);
    server.get("/v1/checkpoints?subject=acme").status(200);
    server.address = ([127, 0, 0, 1], port).into();
    server.post("key", &said("acme", 1, 2, 2)).status(201);
}
