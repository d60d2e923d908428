//! How much memory a verification takes: as much for a long log as for a short one, but for the ids.

use std::{
    fs::{self, File},
    io::{Read, Write},
    process::{Child, Stdio},
    thread,
    time::Duration,
};

use crate::harness::{Sandbox, skip};

/// Of a log of some 150 MB.
const RECORDS: &str = "200000";

/// What a verification may take at most.
const LIMIT_KIB: u64 = 64 * 1024;

/// The most memory that a process has had in use so far.
fn peak_kib(child: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

/// Waits for the end of a process and returns the most memory that it was seen to use.
fn watched(mut child: Child) -> u64 {
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        peak = peak_kib(&child).unwrap_or_default().max(peak);
        thread::sleep(Duration::from_millis(2));
    }
    assert_eq!(child.wait().unwrap().code(), Some(0));
    peak
}

/// A child whose output nobody reads must print little: `--quiet` prints nothing.
fn verify(sandbox: &Sandbox, args: &[&str], stdin: Stdio) -> Child {
    let mut command = sandbox.command([&["verify", "--quiet"], args].concat());
    command.env("RAYON_NUM_THREADS", "4").stdin(stdin);
    command.spawn().unwrap()
}

#[test]
fn a_long_log_is_verified_in_little_memory() {
    if fs::read_to_string("/proc/self/status").is_err() {
        return skip("memory of a verification", "there is no /proc");
    }
    let sandbox = Sandbox::new();
    let _ = sandbox
        .run(["sample", "--records", RECORDS, "a.jsonl"])
        .status(0);
    let mut peaks = Vec::new();
    for io in ["read", "auto"] {
        let child = verify(&sandbox, &["--io", io, "a.jsonl"], Stdio::null());
        peaks.push((io, watched(child)));
    }
    let mut child = verify(&sandbox, &["-"], Stdio::piped());
    let mut stdin = child.stdin.take().unwrap();
    let mut log = File::open(sandbox.path("a.jsonl")).unwrap();
    let feeder = thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        loop {
            match log.read(&mut buffer).unwrap() {
                0 => break,
                read => stdin.write_all(&buffer[..read]).unwrap(),
            }
        }
    });
    peaks.push(("standard input", watched(child)));
    feeder.join().unwrap();
    for (how, peak) in &peaks {
        assert!((1..LIMIT_KIB).contains(peak), "{how}: {peaks:?} KiB");
    }
}

/// An export holds rows on their way, and a Parquet file those of a row group.
const EXPORT_LIMIT_KIB: u64 = 256 * 1024;

#[test]
fn a_long_log_is_exported_in_bounded_memory() {
    if fs::read_to_string("/proc/self/status").is_err() {
        return skip("memory of an export", "there is no /proc");
    }
    let sandbox = Sandbox::new();
    let _ = sandbox
        .run(["sample", "--records", RECORDS, "a.jsonl"])
        .status(0);
    let ways: &[&[&str]] = &[
        &["--format", "csv"],
        &["--format", "jsonl"],
        #[cfg(feature = "parquet")]
        &["--format", "parquet"],
        &["--bundle", "a.zip"],
    ];
    for way in ways {
        let mut command = sandbox.command([&["export", "--quiet", "a.jsonl"], *way].concat());
        command.env("RAYON_NUM_THREADS", "4");
        let peak = watched(command.spawn().unwrap());
        assert!((1..EXPORT_LIMIT_KIB).contains(&peak), "{way:?}: {peak} KiB");
    }
}
