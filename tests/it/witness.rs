//! `sealstone anchor --check`: witness files, and witnesses that are asked over the network, hostile ones among them.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use sealstone::{
    json::{self, Value},
    sample,
    time::Timestamp,
    witness::{Chain, Looked},
};

use crate::harness::{Run, Sandbox, at, object, skip, text};

/// A sandbox with a log, the same log cut, and a witness file with the log's end.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let lines: Vec<String> = sample::chain(6, 4).collect();
    sandbox.write("log.jsonl", lines.concat());
    sandbox.write("cut.jsonl", lines[..3].concat());
    sandbox.write("empty.jsonl", "");
    sandbox.write("witness.jsonl", checkpoint(&lines));
    sandbox
}

fn checkpoint(lines: &[String]) -> String {
    let mut chain = Chain::default();
    for line in lines {
        chain.take(Looked::at(line.trim_end().as_bytes()));
    }
    let at = Timestamp::parse("2026-11-22T18:00:00Z").unwrap();
    json::to_line(&chain.checkpoint(at).unwrap().to_object())
}

fn check(sandbox: &Sandbox, log: &str, more: &[&str]) -> Run {
    sandbox.run([&["anchor", "--check", log], more].concat())
}

/// Returns the verdict's word and result.
fn verdict(run: &Run) -> (String, json::Object) {
    let line = run.stdout.lines().next().unwrap();
    let (word, result) = line.split_once(" — ").unwrap();
    (word.to_owned(), object(result))
}

#[test]
fn the_verdict_has_a_word_a_result_and_a_status() {
    let sandbox = sandbox();
    let run = check(&sandbox, "log.jsonl", &["witness.jsonl"]).status(0);
    let (word, result) = verdict(&run);
    assert_eq!(word, "COMPLETE");
    assert_eq!(
        at(&result, "/latest_count").and_then(Value::as_integer),
        Some(6)
    );
    assert!(
        run.stdout
            .contains("{\"ok\": true, \"witnessed\": 1, \"latest_count\": 6, \"head\": \"")
    );

    let run = check(&sandbox, "cut.jsonl", &["witness.jsonl"]).status(1);
    let (word, result) = verdict(&run);
    assert_eq!(word, "INCOMPLETE");
    assert_eq!(
        text(&result, "/why"),
        Some("chain truncated below witnessed length")
    );
    assert_eq!(at(&result, "/have").and_then(Value::as_integer), Some(3));

    let run = check(&sandbox, "log.jsonl", &["empty.jsonl"]).status(3);
    assert_eq!(verdict(&run).0, "UNWITNESSED");
    let run = check(&sandbox, "empty.jsonl", &["witness.jsonl"]).status(3);
    assert_eq!(verdict(&run).0, "UNWITNESSED");

    let run = check(
        &sandbox,
        "log.jsonl",
        &["witness.jsonl", "--expect-subject", "nobody"],
    );
    assert_eq!(verdict(&run.status(1)).0, "INCOMPLETE");
}

#[test]
fn a_witness_file_that_is_damaged_says_the_rest_and_where() {
    let sandbox = sandbox();
    let sound = sandbox.read("witness.jsonl");
    let torn = format!("{sound}{}", &sound[..sound.len() / 2]);
    sandbox.write("torn.jsonl", &torn);
    let run = check(&sandbox, "log.jsonl", &["torn.jsonl"]).status(2);
    let (word, result) = verdict(&run);
    assert_eq!(word, "UNDECIDED");
    assert_eq!(
        at(&result, "/latest_count").and_then(Value::as_integer),
        Some(6)
    );
    assert_eq!(
        at(&result, "/damaged/0/line").and_then(Value::as_integer),
        Some(2)
    );
    assert!(
        run.stdout
            .contains("NOTE: the witness is damaged: line 2 is no checkpoint"),
        "{run:?}"
    );
    // What is left contradicts what contradicts it.
    let run = check(&sandbox, "cut.jsonl", &["torn.jsonl"]).status(1);
    assert_eq!(verdict(&run).0, "INCOMPLETE");
    // It takes more, and is damaged as before.
    let _ = sandbox.run(["anchor", "log.jsonl", "torn.jsonl"]).status(0);
    let grown = sandbox.read("torn.jsonl");
    assert!(grown.starts_with(&format!("{torn}\n{{")), "{grown}");
    let run = check(&sandbox, "log.jsonl", &["torn.jsonl"]).status(2);
    let (_, result) = verdict(&run);
    assert_eq!(
        at(&result, "/witnessed").and_then(Value::as_integer),
        Some(2)
    );
}

#[test]
fn a_witness_file_that_is_missing_or_another_one_is_none() {
    let sandbox = sandbox();
    sandbox.write(
        "hostile.jsonl",
        "{\"\u{1b}]0;x\u{7}\":1,\"\\u001b]0;x\\u0007\":1}\n",
    );
    std::fs::create_dir(sandbox.path("folder")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, sandbox.path("pipe"), 0o600.into()).unwrap();
    for name in [
        "missing.jsonl",
        "log.jsonl",
        "hostile.jsonl",
        "folder",
        "pipe",
    ] {
        let run = check(&sandbox, "log.jsonl", &[name]).status(2);
        assert_eq!(run.stdout, "", "{name}");
        assert!(
            run.stderr.starts_with("sealstone: error: refused: ")
                && run.stderr.contains("the witness file"),
            "{run:?}"
        );
        assert!(!run.stderr.contains('\u{1b}'), "{name}");
    }
    let run = check(&sandbox, "log.jsonl", &["log.jsonl"]);
    assert!(run.stderr.contains("line 1 is no checkpoint"), "{run:?}");
}

#[test]
fn a_log_that_cannot_be_read_is_not_judged() {
    let sandbox = sandbox();
    sandbox.write("odd.jsonl", format!("{}[1]\n", sandbox.read("log.jsonl")));
    for log in ["odd.jsonl", "missing.jsonl"] {
        let run = check(&sandbox, log, &["witness.jsonl"]).status(1);
        assert_eq!(run.stdout, "");
        assert!(run.stderr.contains("cannot read"), "{run:?}");
    }
}

#[test]
fn a_file_that_somebody_writes_is_waited_for() {
    let sandbox = sandbox();
    let sound = sandbox.read("witness.jsonl");
    let path = sandbox.path("witness.jsonl");
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .unwrap();
    file.lock().unwrap();
    let half = sound.len() / 2;
    file.write_all(&sound.as_bytes()[..half]).unwrap();
    thread::scope(|scope| {
        let run = scope.spawn(|| check(&sandbox, "log.jsonl", &["witness.jsonl"]));
        thread::sleep(Duration::from_millis(300));
        assert!(!run.is_finished(), "it read what was half written");
        file.write_all(&sound.as_bytes()[half..]).unwrap();
        file.unlock().unwrap();
        let (_, result) = verdict(&run.join().unwrap().status(0));
        assert_eq!(
            at(&result, "/witnessed").and_then(Value::as_integer),
            Some(2)
        );
    });
}

/// Lets one connection be answered, and returns where.
fn answered(answer: impl FnOnce(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || answer(listener.accept().unwrap().0));
    format!("http://{address}")
}

/// Answers one request with `answer`, and returns where, and what was asked.
fn witness(
    answer: impl FnOnce(&mut TcpStream) + Send + 'static,
) -> (String, mpsc::Receiver<String>) {
    let (asked, asks) = mpsc::channel();
    let url = answered(move |mut stream| {
        let lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let request = lines
            .map_while(Result::ok)
            .take_while(|line| !line.is_empty());
        // Not every test looks at it.
        drop(asked.send(request.collect::<Vec<_>>().join("\n")));
        answer(&mut stream);
    });
    (url, asks)
}

/// An answer as a witness sends it.
fn with(status: &'static str, body: impl Into<Vec<u8>>) -> impl FnOnce(&mut TcpStream) + Send {
    let body = body.into();
    move |stream| {
        let length = body.len();
        let head = format!("HTTP/1.0 {status}\r\nContent-Length: {length}\r\n\r\n");
        // Who asked may have heard enough.
        drop(
            stream
                .write_all(head.as_bytes())
                .and_then(|()| stream.write_all(&body)),
        );
    }
}

#[test]
fn a_witness_is_asked_once_for_the_log_alone() {
    let sandbox = sandbox();
    let checkpoint = sandbox.read("witness.jsonl");
    let body = format!(
        "{{\"checkpoints\":[{}],\"count\":1}}",
        checkpoint.trim_end()
    );
    let (url, asks) = witness(with("200 OK", body.clone()));
    let remote = format!("{url}/base/");
    let run = check(&sandbox, "log.jsonl", &["--remote", &remote]).status(0);
    assert_eq!(verdict(&run).0, "COMPLETE");
    assert_eq!(run.stderr, "");
    let asked = asks.recv().unwrap();
    let root = object(checkpoint).str("chain_root").unwrap().to_owned();
    let subject = object(sandbox.read("log.jsonl").lines().next().unwrap());
    let subject = subject
        .object("subject")
        .and_then(|subject| subject.str("id"));
    let query = subject.map_or(format!("chain_root={root}"), |id| format!("subject={id}"));
    let expected = format!("GET /base/v1/checkpoints?{query} HTTP/1.1\n");
    assert!(asked.starts_with(&expected), "{asked}");
    for word in ["cookie", "authorization", "referer"] {
        assert!(!asked.to_lowercase().contains(word), "{asked}");
    }
    let (url, _) = witness(with("200 OK", body));
    let run = check(&sandbox, "cut.jsonl", &["--remote", &url]).status(1);
    assert_eq!(verdict(&run).0, "INCOMPLETE");
    let (url, _) = witness(with("200 OK", "{\"checkpoints\":[]}"));
    let run = check(&sandbox, "log.jsonl", &["--remote", &url]).status(3);
    assert_eq!(verdict(&run).0, "UNWITNESSED");
}

type Answer = Box<dyn FnOnce(&mut TcpStream) + Send>;

#[test]
fn an_answer_that_is_no_list_of_checkpoints_is_none() {
    let sandbox = sandbox();
    let (elsewhere, asks) = witness(with("200 OK", "{\"checkpoints\":[]}"));
    let redirect =
        format!("HTTP/1.0 302 Found\r\nLocation: {elsewhere}\r\nContent-Length: 0\r\n\r\n");
    let huge = [
        b"{\"checkpoints\":[".as_slice(),
        &vec![b' '; 9 << 20],
        b"]}",
    ]
    .concat();
    let endless = |stream: &mut TcpStream| {
        let head = stream.write_all(b"HTTP/1.0 200 OK\r\n\r\n");
        let blanks = vec![b' '; 1 << 20];
        let mut sent = head.is_ok();
        while sent {
            sent = stream.write_all(&blanks).is_ok();
        }
    };
    let answers: Vec<(&str, Answer)> = vec![
        (
            "status 503",
            Box::new(with("503 Service Unavailable", "{\"error\":\"damaged\"}")),
        ),
        (
            "status 404",
            Box::new(with("404 Not Found", "{\"checkpoints\":[]}")),
        ),
        ("", Box::new(with("500 \u{1b}[31m", "{\"checkpoints\":[]}"))),
        (
            "status 302",
            Box::new(move |stream| drop(stream.write_all(redirect.as_bytes()))),
        ),
        ("no JSON", Box::new(with("200 OK", "<html>"))),
        ("no list", Box::new(with("200 OK", "{\"checkpoints\":{}}"))),
        (
            "stands twice",
            Box::new(with("200 OK", "{\"checkpoints\":[],\"checkpoints\":[]}")),
        ),
        (
            "checkpoint 1 is none",
            Box::new(with("200 OK", "{\"checkpoints\":[{\"count\":1}]}")),
        ),
        ("longer than 8 MiB", Box::new(with("200 OK", huge))),
        ("longer than 8 MiB", Box::new(endless)),
        (
            "",
            Box::new(|stream| {
                drop(stream.write_all(b"HTTP/1.0 200 OK\r\nContent-Length: 99\r\n\r\n{"));
            }),
        ),
        ("", Box::new(|stream| drop(stream.write_all(&[0xFF; 64])))),
        ("", Box::new(|_| {})),
    ];
    for (reason, answer) in answers {
        let (url, _) = witness(answer);
        let run = check(&sandbox, "log.jsonl", &["--remote", &url]).status(1);
        assert_eq!(run.stdout, "", "{reason}");
        assert!(run.stderr.contains(reason), "{reason}: {run:?}");
        assert!(!run.stderr.contains('\u{1b}'), "{run:?}");
    }
    assert!(asks.try_recv().is_err(), "it went where it was led");
}

#[test]
fn a_witness_that_does_not_answer_is_not_waited_for_for_ever() {
    let sandbox = sandbox();
    let slow = |stream: &mut TcpStream| {
        let mut sent = stream
            .write_all(b"HTTP/1.0 200 OK\r\nContent-Length: 1000\r\n\r\n")
            .is_ok();
        while sent {
            thread::sleep(Duration::from_millis(200));
            sent = stream.write_all(b" ").is_ok();
        }
    };
    let (url, _) = witness(slow);
    #[expect(clippy::disallowed_methods, reason = "the test says how long it took")]
    let began = Instant::now();
    let run = check(&sandbox, "log.jsonl", &["--remote", &url]).status(1);
    assert!(run.stderr.contains("timeout"), "{run:?}");
    let took = began.elapsed();
    assert!((8..30).contains(&took.as_secs()), "{took:?}");
}

#[test]
fn nobody_is_asked_where_others_listen_or_for_nothing() {
    let sandbox = sandbox();
    for url in [
        "http://192.0.2.1",
        "ftp://127.0.0.1",
        "https://a@127.0.0.1",
        "127.0.0.1",
        "https://127.0.0.1/?a",
    ] {
        let run = check(&sandbox, "log.jsonl", &["--remote", url]).status(1);
        assert!(
            run.stderr.contains("is not the address of a witness"),
            "{run:?}"
        );
    }
    let (url, asks) = witness(|_| {});
    let run = check(&sandbox, "empty.jsonl", &["--remote", &url]).status(3);
    assert_eq!(verdict(&run).0, "UNWITNESSED");
    assert!(asks.try_recv().is_err());
    let nobody = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let run = check(
        &sandbox,
        "log.jsonl",
        &["--remote", &format!("http://{nobody}")],
    )
    .status(1);
    assert!(run.stderr.contains("gave no checkpoints"), "{run:?}");
}

/// Makes an authority, and a certificate of it for `host`; false if there is no `openssl`.
fn certificates(sandbox: &Sandbox, host: &str) -> bool {
    const MAKE: &str = "
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test \
            -keyout ca.key -out ca.pem &&
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=witness \
            -keyout server.key -out server.csr &&
        openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
            -extfile names -out server.pem";
    sandbox.write(
        "names",
        format!("subjectAltName={host}\nbasicConstraints=CA:FALSE\n"),
    );
    let mut make = std::process::Command::new("sh");
    make.args(["-c", MAKE]).current_dir(sandbox.path("."));
    make.output().is_ok_and(|output| output.status.success())
}

/// Answers one request over TLS, with the certificate that was made.
fn encrypted(sandbox: &Sandbox, body: &str) -> String {
    use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
    let own = CertificateDer::from_pem_file(sandbox.path("server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(sandbox.path("server.key")).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own], key)
        .unwrap();
    let answer = format!(
        "HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let url = answered(move |stream| {
        let connection = rustls::ServerConnection::new(std::sync::Arc::new(config)).unwrap();
        let mut stream = rustls::StreamOwned::new(connection, stream);
        let mut lines = BufReader::new(&mut stream).lines().map_while(Result::ok);
        let is_asked = lines.any(|line| line.is_empty());
        drop(lines);
        if is_asked {
            drop(stream.write_all(answer.as_bytes()));
            stream.conn.send_close_notify();
            drop(stream.flush());
        }
    });
    url.replace("http://", "https://")
}

#[test]
fn a_witness_elsewhere_must_be_one_that_is_trusted() {
    let sandbox = sandbox();
    if !certificates(&sandbox, "IP:127.0.0.1") {
        return skip("a witness over TLS", "openssl cannot make certificates");
    }
    let checkpoint = sandbox.read("witness.jsonl");
    let body = format!("{{\"checkpoints\":[{}]}}", checkpoint.trim_end());
    let run = |trusted: Option<&str>| {
        let url = encrypted(&sandbox, &body);
        let mut command = sandbox.command(["anchor", "--check", "log.jsonl", "--remote", &url]);
        if let Some(trusted) = trusted {
            command.env("SSL_CERT_FILE", sandbox.path(trusted));
        }
        Run::of(command, b"")
    };
    assert_eq!(verdict(&run(Some("ca.pem")).status(0)).0, "COMPLETE");
    let stranger = run(None).status(1);
    assert!(
        stranger.stderr.contains("gave no checkpoints"),
        "{stranger:?}"
    );
    let none = run(Some("names")).status(1);
    assert!(none.stderr.contains("no certificate"), "{none:?}");
    let missing = run(Some("missing.pem")).status(1);
    assert!(missing.stderr.contains("SSL_CERT_FILE"), "{missing:?}");

    assert!(certificates(&sandbox, "DNS:witness.example"));
    let another = run(Some("ca.pem")).status(1);
    assert!(
        another.stderr.contains("gave no checkpoints"),
        "{another:?}"
    );
}

/// Runs `export` and `report` with a witness, and what each would write.
const WRITING: &[(&[&str], &str)] = &[
    (&["export", "-o", "x.csv"], "x.csv"),
    (&["export", "--bundle", "x.zip"], "x.zip"),
    (&["report", "-o", "x.html"], "x.html"),
];

#[test]
fn an_export_and_a_page_ask_a_witness_of_an_intact_log_only() {
    let sandbox = sandbox();
    let checkpoint = sandbox.read("witness.jsonl");
    let known = format!("{{\"checkpoints\":[{}]}}", checkpoint.trim_end());
    let altered = sandbox
        .read("log.jsonl")
        .replacen("\"ts\":\"20", "\"ts\":\"21", 1);
    sandbox.write("altered.jsonl", altered);
    for (args, file) in WRITING {
        let ask = |log: &str, body: &str| {
            drop(std::fs::remove_file(sandbox.path(file)));
            let (url, asks) = witness(with("200 OK", body.to_owned()));
            let run = sandbox.run([args, &[log, "--witness-url", &url][..]].concat());
            let is_asked = asks.recv_timeout(Duration::from_millis(100)).is_ok();
            (run, is_asked, sandbox.path(file).exists())
        };
        for (log, body, expected) in [
            ("log.jsonl", &known[..], (0, true, true)),
            ("log.jsonl", "{\"checkpoints\":[]}", (3, true, true)),
            ("log.jsonl", "no JSON", (1, true, false)),
            ("altered.jsonl", &known, (1, false, false)),
        ] {
            let (run, is_asked, is_written) = ask(log, body);
            let run = run.status(expected.0);
            assert_eq!((is_asked, is_written), (expected.1, expected.2), "{run:?}");
        }
        let (run, is_asked, is_written) = ask("cut.jsonl", &known);
        let run = run.status(1);
        // A page of the whole log is written, and says so.
        assert_eq!((is_asked, is_written), (true, *file == "x.html"), "{run:?}");
    }
}

#[test]
fn a_witness_file_that_is_missing_is_told_before_the_log_is_read() {
    let sandbox = sandbox();
    sandbox.write("altered.jsonl", "no log\n");
    for (args, file) in WRITING {
        for log in ["log.jsonl", "empty.jsonl", "altered.jsonl"] {
            let run = sandbox.run([args, &[log, "-w", "none.jsonl"][..]].concat());
            let run = run.status(2);
            let said = format!("{}{}", run.stdout, run.stderr);
            assert!(
                said.contains("witness file `none.jsonl` does not exist"),
                "{run:?}"
            );
            assert!(!sandbox.path(file).exists());
        }
    }
}
