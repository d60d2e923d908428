//! A log that is cut, grows, is overwritten and is replaced while it is verified.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    os::unix::fs::FileExt,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use sealstone::{
    chain,
    digest::Digest,
    json::{self, Value},
    sample,
};

use crate::harness::Sandbox;

/// Larger than what is read at a time, so that a change falls between two reads.
const RECORDS: u64 = 1500;

/// How often each way of reading is tried.
const RUNS: usize = 60;

/// A log and the heads of all of its beginnings.
struct Version {
    log: Vec<u8>,
    heads: BTreeMap<u64, String>,
}

impl Version {
    fn new(seed: u64) -> Self {
        let mut log = Vec::new();
        let mut heads = BTreeMap::new();
        for (number, line) in (1..).zip(sample::chain(RECORDS, seed)) {
            let read = json::read(line.as_bytes()).unwrap().value;
            let hash: Digest = chain::record_hash(read.as_object().unwrap()).unwrap();
            heads.insert(number, hash.to_string());
            log.extend_from_slice(line.as_bytes());
        }
        Self { log, heads }
    }
}

/// Changes the file in every way over and over, until `is_done`.
fn disturb(path: &Path, versions: &[Version; 2], is_done: &AtomicBool) {
    let mut turn = 0_usize;
    while !is_done.load(Ordering::Relaxed) {
        turn += 1;
        let Version { log, .. } = &versions[turn / 8 % 2];
        // Anywhere, and rarely twice at the same place.
        let place = turn * 7919 % log.len();
        let file = File::options().write(true).open(path).unwrap();
        match turn % 8 {
            0 => {
                let beside = path.with_extension("new");
                fs::write(&beside, log).unwrap();
                fs::rename(beside, path).unwrap();
            }
            1 => file.set_len(place as u64).unwrap(),
            2 => file.write_all_at(&log[place..], place as u64).unwrap(),
            3 => file.write_all_at(b"#", place as u64).unwrap(),
            4 => file
                .write_all_at(&log[place..=place], place as u64)
                .unwrap(),
            5 => file.set_len(0).unwrap(),
            6 => file.write_all_at(&log[..place], 0).unwrap(),
            _ => file.write_all_at(log, 0).unwrap(),
        }
        thread::yield_now();
    }
}

/// Asserts that what was said is true of one of the versions, and returns the verdict's word.
fn check(versions: &[Version; 2], status: Option<i32>, stdout: &str) -> String {
    let document = json::read(stdout.as_bytes()).unwrap().value;
    let logs = document.as_object().unwrap().get("logs");
    let log = logs.and_then(Value::as_array).unwrap()[0]
        .as_object()
        .unwrap();
    let verdict = log.str("verdict").unwrap();
    let expected = match verdict {
        "intact" => 0,
        "empty" => 3,
        "broken" | "unreadable" => 1,
        other => panic!("{other}"),
    };
    assert_eq!(status, Some(expected), "{stdout}");
    if verdict == "intact" {
        let records = log.get("records").and_then(Value::as_integer).unwrap();
        let records = u64::try_from(records).unwrap();
        let head = log.str("head").map(str::to_owned);
        let is_true = |version: &Version| version.heads.get(&records).cloned() == head;
        assert!(versions.iter().any(is_true), "{records}: {head:?}");
    }
    verdict.to_owned()
}

#[test]
fn a_log_that_changes_while_it_is_verified_gets_a_verdict_that_was_true() {
    let sandbox = Sandbox::new();
    let versions = &[Version::new(1), Version::new(2)];
    assert!(versions[0].log.len() > 1 << 20, "{}", versions[0].log.len());
    let path = &sandbox.write("a.jsonl", &versions[0].log);
    let is_done = &AtomicBool::new(false);
    let mut met = BTreeMap::new();
    thread::scope(|scope| {
        let runs: Vec<_> = ["read", "auto"]
            .map(|io| {
                let sandbox = &sandbox;
                scope.spawn(move || {
                    let args = ["verify", "--json", "--io", io, "a.jsonl"];
                    let run = |_| sandbox.run(args);
                    (0..RUNS).map(run).collect::<Vec<_>>()
                })
            })
            .into();
        scope.spawn(|| disturb(path, versions, is_done));
        let runs: Vec<_> = runs
            .into_iter()
            .map(thread::ScopedJoinHandle::join)
            .collect();
        is_done.store(true, Ordering::Relaxed);
        for run in runs.into_iter().flat_map(Result::unwrap) {
            let verdict = check(versions, run.status, &run.stdout);
            *met.entry(verdict).or_insert(0) += 1;
        }
    });
    // What is met depends on the machine, but something has to change under some of the runs.
    assert!(met.contains_key("broken"), "{met:?}");
}
