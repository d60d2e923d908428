//! Many clients at once, and a witness that is killed under them.

use std::{
    collections::HashSet,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{Barrier, Mutex, mpsc},
    thread,
    time::Duration,
};

use sealstone::{json::Value, system, witness};

use super::server::{Answer, PATIENCE, Server, hash, said};
use crate::harness::Sandbox;

/// Returns keys that may each speak for one subject.
fn keys(count: u64) -> String {
    let keys = (0..count).map(|number| format!("key-{number}=subject-{number}"));
    keys.collect::<Vec<_>>().join(",")
}

/// Makes a statement and says whether it was acknowledged. The server may end at any moment.
fn is_acknowledged(address: SocketAddr, key: &str, body: &str) -> bool {
    let ask = || {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let head = format!(
            "POST /anchor HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {key}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(format!("{head}{body}").as_bytes())?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        std::io::Result::Ok(text)
    };
    // The status stands first: an answer that was cut off behind it was one.
    ask().is_ok_and(|text| text.starts_with("HTTP/1.1 201 "))
}

#[test]
fn five_hundred_clients_at_once_are_all_answered() {
    const CLIENTS: u64 = 500;
    let sandbox = Sandbox::new();
    let keys = keys(25);
    let server = Server::start(&sandbox, &[("HALO_WITNESS_KEYS", &keys)]);
    let barrier = Barrier::new(usize::try_from(CLIENTS).unwrap());
    let start = system::start();
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (server, barrier) = (&server, &barrier);
            scope.spawn(move || {
                let (key, subject) = (
                    format!("key-{}", client % 25),
                    format!("subject-{}", client % 25),
                );
                let mut stream = server.connect();
                barrier.wait();
                let body = said(&subject, client, 1, client);
                let head =
                    format!("POST /anchor HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\n");
                let request = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
                stream.write_all(request.as_bytes()).unwrap();
                let answer = Answer::read(&stream).status(201);
                assert!(answer.body.contains(&hash(client)));
            });
        }
    });
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
    let file = sandbox.read("store/witness.jsonl");
    assert_eq!(
        witness::of_file(file.as_bytes()).checkpoints.len() as u64,
        CLIENTS
    );
    // Those who came together were written together.
    let metrics = server.get("/metrics").status(200).body;
    let syncs = metrics
        .lines()
        .find_map(|line| line.strip_prefix("sealstone_witness_append_seconds_count "));
    let syncs: u64 = syncs.unwrap().parse().unwrap();
    assert!(syncs < CLIENTS, "{syncs}");
}

#[test]
fn two_hundred_kills_lose_nothing_that_was_acknowledged() {
    const KILLS: u64 = 200;
    const CLIENTS: u64 = 4;
    let sandbox = Sandbox::new();
    let keys = keys(CLIENTS);
    let acknowledged = Mutex::new(HashSet::new());
    let mut next = 1;
    for kill in 0..KILLS {
        let server = Server::start(&sandbox, &[("HALO_WITNESS_KEYS", &keys)]);
        let (tell, told) = mpsc::channel();
        thread::scope(|scope| {
            for client in 0..CLIENTS {
                let (address, acknowledged, tell) = (server.address, &acknowledged, tell.clone());
                scope.spawn(move || {
                    let (key, subject) = (format!("key-{client}"), format!("subject-{client}"));
                    for count in next..next + 60 {
                        if !is_acknowledged(address, &key, &said(&subject, 1, count, count)) {
                            break;
                        }
                        acknowledged
                            .lock()
                            .unwrap()
                            .insert((subject.clone(), count));
                        // Nobody listens once it is killed.
                        tell.send(()).unwrap_or_default();
                    }
                });
            }
            // Under load, at another moment each time.
            for _ in 0..=kill % 7 {
                told.recv_timeout(PATIENCE).unwrap();
            }
            thread::sleep(Duration::from_micros(kill * 37 % 3000));
            server.kill();
        });
        next += 60;
    }
    let _server = Server::start(&sandbox, &[("HALO_WITNESS_KEYS", &keys)]);
    let kept = witness::of_file(sandbox.read("store/witness.jsonl").as_bytes());
    assert_eq!(kept.damage, []);
    let kept: HashSet<(String, u64)> = kept
        .checkpoints
        .into_iter()
        .map(|checkpoint| match checkpoint.subject {
            Value::String(subject) => (subject.as_str().to_owned(), checkpoint.count),
            other => panic!("{other:?}"),
        })
        .collect();
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(acknowledged.len() as u64 > KILLS);
    let lost: Vec<_> = acknowledged.difference(&kept).collect();
    assert!(lost.is_empty(), "{lost:?}");
}
