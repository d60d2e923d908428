//! A log that is locked, and the records that wait beside it.

mod killed;
mod merge;
mod refused;
mod snapshot;

use std::{
    fs::{self, File},
    os::unix::fs::PermissionsExt,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use sealstone::{
    json::{Object, Value},
    sample, system,
};

use crate::harness::{Run, SEALSTONE, Sandbox, at, text};

const LOG: &str = "a.jsonl";
const SPOOL: &str = "a.jsonl.spool";

/// Locks a log as every writer does.
fn lock(sandbox: &Sandbox, log: &str) -> File {
    let lock = File::create(sandbox.path(format!("{log}.lock"))).unwrap();
    lock.lock().unwrap();
    lock
}

fn hook(sandbox: &Sandbox, wait: &str) -> Command {
    let mut command = sandbox.command(["hook"]);
    command
        .env("SEALSTONE_LOG", LOG)
        .env("SEALSTONE_LOCK_WAIT_MS", wait);
    command
}

fn event(session: &str) -> String {
    format!("{{\"tool_name\":\"Bash\",\"session_id\":\"{session}\"}}")
}

/// Runs a hook while the log is locked; its record waits then.
#[track_caller]
fn spool(sandbox: &Sandbox, session: &str) {
    let held = lock(sandbox, LOG);
    let run = Run::of(hook(sandbox, "0"), event(session).as_bytes()).status(0);
    assert!(run.stderr.contains("waits in"), "{run:?}");
    drop(held);
}

/// Returns the names of the records that wait.
fn waiting(sandbox: &Sandbox, spool: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(sandbox.path(spool)) else {
        return Vec::new();
    };
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".json")).collect();
    names.sort();
    names
}

fn sessions(records: &[Object]) -> Vec<&str> {
    let session = |record| text(record, "/session_id").unwrap();
    records.iter().map(session).collect()
}

fn losses(records: &[Object]) -> Vec<&Object> {
    let is_loss = |record: &&Object| text(record, "/action/tool") == Some("recorder.lost");
    records.iter().filter(is_loss).collect()
}

#[track_caller]
fn verifies(sandbox: &Sandbox, log: &str) {
    let run = sandbox.run(["verify", "--strict", log]).status(0);
    assert!(!run.stdout.contains("not in the log yet"), "{run:?}");
}

/// Writes a record and returns the records of the log then.
#[track_caller]
fn merge(sandbox: &Sandbox) -> (Run, Vec<Object>) {
    let run = Run::of(hook(sandbox, "60000"), event("merger").as_bytes()).status(0);
    (run, sandbox.records(LOG))
}

/// Returns a hook that may write files of so many blocks.
fn limited(sandbox: &Sandbox, blocks: &str, wait: &str) -> Command {
    let mut command = Command::new("sh");
    let script = format!("ulimit -f {blocks}; exec \"$0\" hook --lock-wait {wait}");
    command
        .args(["-c", &script, SEALSTONE])
        .current_dir(sandbox.path(""))
        .env_clear()
        .env("PATH", env!("PATH"))
        .env("HOME", sandbox.path(""))
        .env("SEALSTONE_LOG", LOG)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

#[test]
fn a_record_waits_beside_a_locked_log_and_the_next_writer_puts_it_in() {
    let sandbox = Sandbox::new();
    let held = lock(&sandbox, LOG);
    for session in ["s0", "s1", "s2"] {
        let began = system::start();
        let mut command = hook(&sandbox, "500");
        command.args(["--lock-wait", "50"]);
        let run = Run::of(command, event(session).as_bytes()).status(0);
        let took = began.elapsed();
        assert!(took >= Duration::from_millis(50), "{took:?}");
        // One process at a time on a machine that does other things.
        assert!(took < Duration::from_secs(10), "{took:?}");
        assert!(
            run.stdout.is_empty()
                && run
                    .stderr
                    .contains("the log is locked: the record waits in")
        );
    }
    let names = waiting(&sandbox, SPOOL);
    assert_eq!(names.len(), 3);
    for (name, mode) in [(String::new(), 0o700), (names[0].clone(), 0o600)] {
        let metadata = fs::metadata(sandbox.path(SPOOL).join(name)).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, mode);
    }
    drop(held);
    let (run, records) = merge(&sandbox);
    assert_eq!(run.stderr, "");
    assert_eq!(sessions(&records), ["s0", "s1", "s2", "merger"]);
    for (record, name) in records.iter().zip(&names) {
        let id = text(record, "/record_id").unwrap();
        assert!(name.ends_with(&format!("-{id}.json")), "{name}");
        // All are in UTC and of one form, so their texts sort as their times do.
        assert!(text(record, "/sealstone/late/at") < text(record, "/ts"));
    }
    assert_eq!(at(&records[3], "/sealstone/late"), None);
    verifies(&sandbox, LOG);
    assert!(!sandbox.path(SPOOL).exists());
}

#[test]
fn a_log_whose_own_lock_is_held_is_as_locked_as_one() {
    let sandbox = Sandbox::new();
    sandbox.write(LOG, sample::example());
    let held = File::open(sandbox.path(LOG)).unwrap();
    held.lock().unwrap();
    let _ = Run::of(hook(&sandbox, "20"), event("s").as_bytes()).status(0);
    assert_eq!(waiting(&sandbox, SPOOL).len(), 1);
    drop(held);
    assert_eq!(merge(&sandbox).1.len(), 4);
}

#[test]
fn what_waits_is_masked_and_hashed() {
    let sandbox = Sandbox::new();
    let held = lock(&sandbox, LOG);
    let secret = "AKIAIOSFODNN7EXAMPLE";
    let event = format!(
        "{{\"tool_name\":\"Bash\",\"tool_input\":{{\"command\":\"x {secret} y\"}},\"session_id\":\"{secret}\"}}"
    );
    let _ = Run::of(hook(&sandbox, "0"), event.as_bytes()).status(0);
    let name = waiting(&sandbox, SPOOL).remove(0);
    let spooled = fs::read_to_string(sandbox.path(SPOOL).join(name)).unwrap();
    assert!(
        spooled.contains("sha256:") && !spooled.contains(secret),
        "{spooled}"
    );
    drop(held);
    let (_, records) = merge(&sandbox);
    assert_eq!(text(&records[0], "/severity"), Some("CRITICAL"));
}

#[test]
fn each_subject_has_a_spool_of_its_own() {
    let sandbox = Sandbox::new();
    let hook = |subject: &str, session: &str| {
        let mut command = sandbox.command(["hook", "--lock-wait", "0"]);
        command
            .env("SEALSTONE_DIR", "logs")
            .env("SEALSTONE_SUBJECT", subject);
        Run::of(command, event(session).as_bytes()).status(0)
    };
    fs::create_dir(sandbox.path("logs")).unwrap();
    let held = lock(&sandbox, "logs/acme.jsonl");
    let run = hook("acme", "s0");
    assert!(run.stderr.contains("logs/acme.jsonl.spool/"), "{run:?}");
    // Another one's chain is not locked.
    assert_eq!(hook("initech", "s1").stderr, "");
    let name = waiting(&sandbox, "logs/acme.jsonl.spool").remove(0);
    drop(held);
    let _ = hook("acme", "s2");
    let records = sandbox.records("logs/acme.jsonl");
    assert_eq!(sessions(&records), ["s0", "s2"]);
    assert!(name.contains(text(&records[0], "/record_id").unwrap()));
    assert_eq!(sandbox.records("logs/initech.jsonl").len(), 1);
    verifies(&sandbox, "logs");
}

#[test]
fn verify_says_what_waits_and_judges_the_chain() {
    let sandbox = Sandbox::new();
    let _ = merge(&sandbox);
    let held = lock(&sandbox, LOG);
    let _ = Run::of(hook(&sandbox, "0"), event("s").as_bytes()).status(0);
    let run = sandbox.run(["verify", "--strict", LOG]).status(0);
    assert!(
        run.stdout
            .contains("not in the log yet: 1 record in its spool"),
        "{run:?}"
    );
    let verdict = sandbox.verdict(LOG);
    assert_eq!(
        at(&verdict, "/waiting").and_then(Value::as_integer),
        Some(1)
    );
    drop(held);
    let _ = merge(&sandbox);
    assert_eq!(at(&sandbox.verdict(LOG), "/waiting"), None);
}

#[test]
fn a_wait_that_is_no_number_is_said_and_not_fatal() {
    let sandbox = Sandbox::new();
    for wait in ["soon", "-1", "1.5"] {
        let run = Run::of(hook(&sandbox, wait), event("s").as_bytes()).status(0);
        assert!(
            run.stderr
                .contains("SEALSTONE_LOCK_WAIT_MS is no number: 500 is used"),
            "{run:?}"
        );
    }
    assert_eq!(sandbox.records(LOG).len(), 3);
}

/// Starts a hook that waits for a lock.
fn started(sandbox: &Sandbox, wait: &str) -> Child {
    let mut child = hook(sandbox, wait).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, event("started").as_bytes()).unwrap();
    child
}

#[test]
fn who_gets_the_lock_within_the_bound_waits_for_it() {
    let sandbox = Sandbox::new();
    let held = lock(&sandbox, LOG);
    let child = started(&sandbox, "60000");
    thread::sleep(Duration::from_millis(200));
    assert!(waiting(&sandbox, SPOOL).is_empty());
    drop(held);
    let _ = Run::from(child.wait_with_output().unwrap()).status(0);
    let records = sandbox.records(LOG);
    assert_eq!(
        (records.len(), at(&records[0], "/sealstone/late")),
        (1, None)
    );
}
