//! Witnesses that answer over HTTP, the honest one among them.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::{Arc, Mutex},
    thread,
};

use sealstone::{
    store::tlog::{Answer, C2spWitness},
    tlog::{Kind, Signer, VerifierKey},
};

/// Requests, in the order in which they came.
pub(super) type Asked = Arc<Mutex<Vec<String>>>;

/// A witness that answers as long as the test runs.
pub(super) struct Served {
    pub(super) url: String,
    pub(super) asked: Asked,
}

/// Serves `POST /add-checkpoint` with what `answer` makes of the bodies.
pub(super) fn serve(answer: impl Fn(&[u8]) -> Answer + Send + 'static) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Asked::default();
    let bodies = Arc::clone(&asked);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            respond(stream, &bodies, &answer);
        }
    });
    Served { url, asked }
}

fn respond(stream: TcpStream, asked: &Asked, answer: &impl Fn(&[u8]) -> Answer) {
    let mut reader = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        head.push(line.trim().to_ascii_lowercase());
    }
    assert_eq!(head[0], "post /add-checkpoint http/1.1");
    let length = head
        .iter()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let text = String::from_utf8(body.clone()).unwrap();
    asked.lock().unwrap().push(text);
    let Answer {
        status,
        content_type,
        body,
    } = answer(&body);
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n"
    );
    let mut stream = reader.into_inner();
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&body).unwrap();
}

/// The key of a witness.
pub(super) fn key(name: &str, seed: u8) -> VerifierKey {
    signer(name, seed).verifier()
}

fn signer(name: &str, seed: u8) -> Signer {
    Signer::new(name, Kind::Cosignature, &[seed; 32]).unwrap()
}

/// Serves an honest witness that knows one log.
pub(super) fn honest(store: &Path, log: &VerifierKey, name: &str, seed: u8) -> Served {
    let logs = vec![log.clone()];
    let witness = C2spWitness::open(store, logs, signer(name, seed)).unwrap();
    serve(move |body| witness.add_checkpoint(body).unwrap())
}

/// Serves one that always says this.
pub(super) fn saying(status: u16, body: impl Into<Vec<u8>>) -> Served {
    let answer = Answer {
        status,
        content_type: "text/plain",
        body: body.into(),
    };
    serve(move |_| answer.clone())
}
