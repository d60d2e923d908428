//! A writer that the system kills at a certain step (kill -9).

use std::{
    fs,
    process::{Command, Stdio},
};

use super::{LOG, SPOOL, event, lock, merge, sessions, spool, waiting};
use crate::harness::{Run, SEALSTONE, Sandbox, skip};

/// Runs a hook of which `strace` writes the calls into `trace`; `None` if processes cannot be watched.
pub(super) fn watched(sandbox: &Sandbox, calls: &[&str], args: &[&str]) -> Option<Run> {
    let mut command = Command::new("strace");
    command
        .args(["-f", "-o", "trace"])
        .args(calls)
        .args([SEALSTONE, "hook"])
        .args(args)
        .current_dir(sandbox.path(""))
        .env_clear()
        .env("PATH", env!("PATH"))
        .env("HOME", sandbox.path(""))
        .env("SEALSTONE_LOG", LOG)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if Command::new("strace").arg("-V").output().is_err() {
        return None;
    }
    let run = Run::of(command, event("killed").as_bytes());
    (!run.stderr.contains("ptrace")).then_some(run)
}

/// Runs a hook that the system kills as it makes a certain call; `None` if processes cannot be watched.
pub(super) fn killed(sandbox: &Sandbox, wait: &str, inject: &str) -> Option<Run> {
    let calls = inject.split(':').next().unwrap_or_default();
    let trace = format!("trace={calls},flock");
    let inject = format!("inject={inject}:signal=SIGKILL");
    let calls = ["-e", &trace, "-e", &inject];
    watched(sandbox, &calls, &["--lock-wait", wait])
}

/// Sets two records aside. Each would be merged with the next one.
fn spool_two(sandbox: &Sandbox) {
    for session in ["s0", "s1"] {
        spool(sandbox, session);
        fs::rename(sandbox.path(SPOOL), sandbox.path(session)).unwrap();
    }
    fs::create_dir(sandbox.path(SPOOL)).unwrap();
    for session in ["s0", "s1"] {
        for entry in fs::read_dir(sandbox.path(session)).unwrap() {
            let entry = entry.unwrap();
            fs::rename(entry.path(), sandbox.path(SPOOL).join(entry.file_name())).unwrap();
        }
    }
}

#[test]
fn a_writer_killed_between_lock_write_sync_removals_and_own_write_loses_and_doubles_nothing() {
    const NAME: &str =
        "a_writer_killed_between_lock_write_sync_removals_and_own_write_loses_and_doubles_nothing";
    // How many records are in the log then, and how many files wait.
    for (inject, in_log, waits) in [
        // The first lock is that of `LOG.lock`, the second the log's own; then comes the write of what waits.
        ("flock:when=2", 0, 2),
        ("write:when=1", 0, 2),
        ("fdatasync:when=1", 2, 2),
        ("?unlink,?unlinkat:when=1", 2, 2),
        ("?unlink,?unlinkat:when=2", 2, 1),
        ("fsync:when=2", 2, 0),
        ("?rmdir:when=1", 2, 0),
        ("write:when=2", 2, 0),
    ] {
        let sandbox = Sandbox::new();
        spool_two(&sandbox);
        let Some(run) = killed(&sandbox, "60000", inject) else {
            return skip(NAME, "processes cannot be watched");
        };
        assert_ne!(run.status, Some(0), "{inject}: {run:?}");
        let trace = sandbox.read("trace");
        assert!(trace.contains("LOCK_EX"), "{inject}: {trace}");
        let there = sandbox.read(LOG).lines().count();
        let waits_now = waiting(&sandbox, SPOOL).len();
        assert_eq!((there, waits_now), (in_log, waits), "{inject}: {trace}");
        let (_, records) = merge(&sandbox);
        assert_eq!(sessions(&records), ["s0", "s1", "merger"], "{inject}");
        assert!(!sandbox.path(SPOOL).exists(), "{inject}");
    }
}

#[test]
fn a_writer_killed_between_lock_and_write_leaves_the_log_to_the_next_one() {
    const NAME: &str = "a_writer_killed_between_lock_and_write_leaves_the_log_to_the_next_one";
    let sandbox = Sandbox::new();
    let Some(run) = killed(&sandbox, "60000", "write:when=1") else {
        return skip(NAME, "processes cannot be watched");
    };
    assert_ne!(run.status, Some(0), "{run:?}");
    let trace = sandbox.read("trace");
    let calls: Vec<&str> = trace
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(_, call)| call.trim_start())
        .collect();
    assert!(
        calls[0].starts_with("flock(") && calls[0].ends_with("= 0"),
        "{trace}"
    );
    assert!(
        calls[1].starts_with("flock(") && calls[1].ends_with("= 0"),
        "{trace}"
    );
    assert!(calls[2].starts_with("write("), "{trace}");
    assert_eq!(sandbox.read(LOG), "");
    // Nobody holds a lock any more that a process held that is gone.
    let (run, records) = merge(&sandbox);
    assert_eq!(
        (run.stderr.as_str(), sessions(&records)),
        ("", vec!["merger"])
    );
}

#[test]
fn a_writer_that_is_killed_while_it_sets_a_record_aside_leaves_it_there_or_not_there() {
    const NAME: &str =
        "a_writer_that_is_killed_while_it_sets_a_record_aside_leaves_it_there_or_not_there";
    for (inject, there) in [
        ("?mkdir,?mkdirat:when=1", 0),
        ("fdatasync:when=1", 0),
        ("?rename,?renameat,?renameat2:when=1", 0),
        ("fsync:when=2", 1),
    ] {
        let sandbox = Sandbox::new();
        let held = lock(&sandbox, LOG);
        let Some(run) = killed(&sandbox, "0", inject) else {
            return skip(NAME, "processes cannot be watched");
        };
        assert_ne!(run.status, Some(0), "{inject}: {run:?}");
        assert_eq!(waiting(&sandbox, SPOOL).len(), there, "{inject}");
        drop(held);
        let (run, records) = merge(&sandbox);
        assert_eq!(
            (run.stderr.as_str(), records.len()),
            ("", 1 + there),
            "{inject}"
        );
    }
}
