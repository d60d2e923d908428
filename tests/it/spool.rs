//! A log that is locked, and the records that wait beside it.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    os::unix::fs::{PermissionsExt, chown, symlink},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use sealstone::{
    digest::Digest,
    json::{Object, Value},
    sample, system,
};

use crate::harness::{Run, SEALSTONE, Sandbox, at, skip, text};

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
fn writers_without_a_bound_merge_what_waits_too() {
    let sandbox = Sandbox::new();
    for args in [
        ["record", "-o", LOG].as_slice(),
        &["record", "-o", LOG, "--", "true"],
        &["record", "-o", LOG, "--sync", "never"],
    ] {
        spool(&sandbox, "s");
        let _ = sandbox.run_with(args, "{}\n{}\n").status(0);
        assert!(!sandbox.path(SPOOL).exists());
    }
    let records = sandbox.records(LOG);
    let late = |record: &Object| at(record, "/sealstone/late").is_some();
    let late: Vec<bool> = records.iter().map(late).collect();
    let round = [true, false, false];
    assert_eq!(late, [round, round, round].concat());
}

#[test]
fn a_stream_merges_what_comes_while_it_is_open() {
    let sandbox = Sandbox::new();
    let mut child = sandbox
        .command(["record", "-o", LOG, "--ack"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut acks = std::io::BufReader::new(child.stdout.take().unwrap());
    for _ in 0..3 {
        spool(&sandbox, "s");
        std::io::Write::write_all(&mut stdin, b"{}\n").unwrap();
        std::io::BufRead::read_line(&mut acks, &mut String::new()).unwrap();
        assert!(!sandbox.path(SPOOL).exists());
    }
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(sessions(&sandbox.records(LOG)), ["s", "local"].repeat(3));
}

#[test]
fn nothing_waits_once_the_last_of_many_writers_is_gone() {
    let sandbox = Sandbox::new();
    let held = lock(&sandbox, LOG);
    // Some give up while the lock is held, some as it is given back, some get it.
    let children: Vec<_> = (0..200)
        .map(|index: u32| {
            let wait = (index % 8 * 100).to_string();
            let command = hook(&sandbox, &wait);
            let event = event(&format!("s{index}"));
            thread::spawn(move || Run::of(command, event.as_bytes()))
        })
        .collect();
    thread::sleep(Duration::from_millis(500));
    drop(held);
    for child in children {
        let _ = child.join().unwrap().status(0);
    }
    assert!(!sandbox.path(SPOOL).exists());
    let records = sandbox.records(LOG);
    let unique: BTreeSet<&str> = sessions(&records).into_iter().collect();
    assert_eq!((records.len(), unique.len()), (200, 200));
    let late = |record: &&Object| at(record, "/sealstone/late").is_some();
    assert!(records.iter().filter(late).count() > 20);
    verifies(&sandbox, LOG);
}

#[test]
fn two_hundred_writers_take_turns_within_the_bound() {
    let sandbox = Sandbox::new();
    let children: Vec<_> = (0..200)
        .map(|index| {
            let command = hook(&sandbox, "500");
            let event = event(&format!("s{index}"));
            thread::spawn(move || {
                let began = system::start();
                let _ = Run::of(command, event.as_bytes()).status(0);
                began.elapsed()
            })
        })
        .collect();
    let longest = children
        .into_iter()
        .map(|child| child.join().unwrap())
        .max();
    // That two hundred processes start on a machine that does other things takes most of it.
    assert!(longest < Some(Duration::from_secs(30)), "{longest:?}");
    assert_eq!(sandbox.records(LOG).len(), 200);
    assert!(!sandbox.path(SPOOL).exists());
    verifies(&sandbox, LOG);
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
fn a_record_of_another_subject_than_the_chain_is_refused_and_disclosed() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("logs")).unwrap();
    let held = lock(&sandbox, "logs/acme.jsonl");
    let args = ["hook", "--lock-wait", "0"];
    let mut command = sandbox.command(args);
    command.env("SEALSTONE_DIR", "logs");
    command.env("SEALSTONE_SUBJECT", "acme");
    let _ = Run::of(command, event("s").as_bytes()).status(0);
    drop(held);
    let spools =
        ["logs/acme.jsonl.spool", "logs/initech.jsonl.spool"].map(|name| sandbox.path(name));
    let draft = r#"{"subject":{"id":"initech"}}"#;
    let _ = sandbox
        .run_with(["record", "--dir", "logs"], draft)
        .status(0);
    fs::rename(&spools[0], &spools[1]).unwrap();
    let run = sandbox
        .run_with(["record", "--dir", "logs"], draft)
        .status(0);
    assert!(
        run.stderr.contains("1 of the records that waited"),
        "{run:?}"
    );
    let records = sandbox.records("logs/initech.jsonl");
    assert_eq!(records.len(), 3);
    let reason = text(losses(&records)[0], "/sealstone/lost/reason").unwrap();
    assert!(reason.contains("about another subject"), "{reason}");
    for record in &records {
        assert_eq!(text(record, "/subject/id"), Some("initech"));
    }
    assert_eq!(fs::read_dir(spools[1].join("refused")).unwrap().count(), 1);
}

#[test]
fn what_cannot_be_taken_up_is_moved_aside_and_disclosed_once() {
    let sandbox = Sandbox::new();
    for session in ["s0", "s1", "s2", "s3", "s4"] {
        spool(&sandbox, session);
        // Each would be merged with the next one.
        fs::rename(sandbox.path(SPOOL), sandbox.path(session)).unwrap();
    }
    let folder = sandbox.path(SPOOL);
    fs::create_dir(&folder).unwrap();
    for session in ["s0", "s1", "s2", "s3", "s4"] {
        let entry = fs::read_dir(sandbox.path(session)).unwrap().next().unwrap();
        let path = entry.unwrap().path();
        fs::rename(&path, folder.join(path.file_name().unwrap())).unwrap();
    }
    let names = waiting(&sandbox, SPOOL);
    let whole = fs::read_to_string(folder.join(&names[1])).unwrap();
    let altered = whole.replace("\"session_id\":\"s1\"", "\"session_id\":\"s9\"");
    fs::write(folder.join(&names[1]), &altered).unwrap();
    fs::write(folder.join(&names[3]), &whole[..whole.len() / 2]).unwrap();
    fs::write(folder.join("empty.json"), "").unwrap();
    fs::write(folder.join("zeros.json"), [0; 100]).unwrap();
    fs::create_dir(folder.join("folder.json")).unwrap();
    symlink("/etc/passwd", folder.join("link.json")).unwrap();
    let pipe = Command::new("mkfifo")
        .arg(folder.join("pipe.json"))
        .status();
    assert!(pipe.unwrap().success());
    let long = File::create(folder.join("long.json")).unwrap();
    long.set_len(66 << 20).unwrap();
    // These are not ours to judge.
    fs::write(folder.join("note.txt"), "x").unwrap();

    let (run, records) = merge(&sandbox);
    assert!(
        run.stderr.contains("8 of the records that waited"),
        "{run:?}"
    );
    assert_eq!(records.len(), 12);
    let losses = losses(&records);
    assert_eq!(losses.len(), 8);
    let reasons: Vec<&str> = losses
        .iter()
        .map(|loss| text(loss, "/sealstone/lost/reason").unwrap())
        .collect();
    // A name of ours holds an id, which is masked: it is said when and by whom it was set aside.
    let process = |name: &str| {
        let process = name.split('-').nth(1).unwrap().trim_start_matches('0');
        format!("by process {process}: ")
    };
    for (name, said, reason) in [
        (
            names[1].as_str(),
            process(&names[1]),
            "not as it was written",
        ),
        (&names[3], process(&names[3]), "not JSON"),
        ("empty.json", "`empty.json`".to_owned(), "not JSON"),
        ("zeros.json", "`zeros.json`".to_owned(), "not JSON"),
        ("folder.json", "`folder.json`".to_owned(), "not a regular"),
        ("link.json", "`link.json`".to_owned(), "not a regular"),
        ("pipe.json", "`pipe.json`".to_owned(), "not a regular"),
        ("long.json", "`long.json`".to_owned(), "longer than any"),
    ] {
        let is_it = |text: &&str| text.contains(&said) && text.contains(reason);
        assert!(reasons.iter().any(is_it), "{name}: {reasons:?}");
        let refused = folder.join("refused").join(name);
        assert!(fs::symlink_metadata(refused).is_ok(), "{name}");
    }
    let sha256 = Digest::of(altered.as_bytes()).to_string();
    let is_altered = |loss: &&&Object| text(loss, "/sealstone/lost/sha256") == Some(&sha256);
    assert_eq!(losses.iter().filter(is_altered).count(), 1);
    verifies(&sandbox, LOG);
    assert!(folder.join("note.txt").exists());
    // Nothing of it is said again.
    let (run, records) = merge(&sandbox);
    assert_eq!((run.stderr.as_str(), records.len()), ("", 13));
}

#[test]
fn a_loss_that_was_disclosed_is_not_disclosed_again() {
    let sandbox = Sandbox::new();
    let folder = sandbox.path(SPOOL);
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("x.json"), "x").unwrap();
    assert_eq!(merge(&sandbox).1.len(), 2);
    // As if the process had been killed before it moved the file aside.
    fs::rename(folder.join("refused/x.json"), folder.join("x.json")).unwrap();
    let (_, records) = merge(&sandbox);
    assert_eq!((records.len(), losses(&records).len()), (3, 1));
    assert!(folder.join("refused/x.json").exists());
    // A file that is refused replaces none that was refused before.
    fs::write(folder.join("x.json"), "y").unwrap();
    assert_eq!(losses(&merge(&sandbox).1).len(), 2);
    assert!(folder.join("refused/x.json.1").exists());
}

#[test]
fn a_record_that_is_in_the_log_is_not_put_in_again() {
    let sandbox = Sandbox::new();
    for session in ["s0", "s1"] {
        spool(&sandbox, session);
        fs::rename(sandbox.path(SPOOL), sandbox.path(session)).unwrap();
    }
    let folder = sandbox.path(SPOOL);
    let put_back = || {
        fs::create_dir(&folder).unwrap();
        for session in ["s0", "s1"] {
            for entry in fs::read_dir(sandbox.path(session)).unwrap() {
                let entry = entry.unwrap();
                fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
            }
        }
    };
    put_back();
    assert_eq!(merge(&sandbox).1.len(), 3);
    // As if the process had been killed before it removed the files; a few records came meanwhile.
    let _ = sandbox
        .run_with(["record", "-o", LOG], "{}\n".repeat(500))
        .status(0);
    put_back();
    assert_eq!(merge(&sandbox).1.len(), 504);
    assert!(!folder.exists());
    verifies(&sandbox, LOG);
}

#[test]
fn what_nobody_finished_writing_is_removed_once_it_is_old() {
    let sandbox = Sandbox::new();
    let folder = sandbox.path(SPOOL);
    fs::create_dir(&folder).unwrap();
    for name in ["new.part", "old.part"] {
        fs::write(folder.join(name), "{\"schema").unwrap();
    }
    let old = File::options()
        .write(true)
        .open(folder.join("old.part"))
        .unwrap();
    let now = fs::metadata(folder.join("new.part"))
        .unwrap()
        .modified()
        .unwrap();
    old.set_modified(now - Duration::from_secs(61)).unwrap();
    let (run, records) = merge(&sandbox);
    assert_eq!((run.stderr.as_str(), records.len()), ("", 1));
    assert!(folder.join("new.part").exists() && !folder.join("old.part").exists());
}

#[test]
fn a_spool_that_cannot_be_used_is_a_lost_record_and_no_hang() {
    let sandbox = Sandbox::new();
    let _held = lock(&sandbox, LOG);
    for (what, reason) in [("file", "not a folder"), ("link", "not a folder")] {
        let spool = sandbox.path(SPOOL);
        if what == "file" {
            fs::write(&spool, "").unwrap();
        } else {
            fs::remove_file(&spool).unwrap();
            symlink("/tmp", &spool).unwrap();
        }
        let mut command = hook(&sandbox, "10");
        command.env("SEALSTONE_STRICT_RECORDING", "1");
        let run = Run::of(command, event("s").as_bytes()).status(1);
        assert!(run.stderr.contains("FAILED to record"), "{run:?}");
        assert!(
            run.stderr.contains("could not be set aside") && run.stderr.contains(reason),
            "{run:?}"
        );
    }
}

#[test]
fn a_spool_that_cannot_be_created_is_a_lost_record_and_no_hang() {
    const NAME: &str = "a_spool_that_cannot_be_created_is_a_lost_record_and_no_hang";
    let sandbox = Sandbox::new();
    let logs = sandbox.path("logs");
    fs::create_dir(&logs).unwrap();
    let _held = lock(&sandbox, "logs/a.jsonl");
    fs::set_permissions(&logs, fs::Permissions::from_mode(0o500)).unwrap();
    if fs::write(logs.join("probe"), "").is_ok() {
        return skip(NAME, "this user may write anywhere");
    }
    let mut command = hook(&sandbox, "10");
    command.env("SEALSTONE_LOG", "logs/a.jsonl");
    let run = Run::of(command, event("s").as_bytes()).status(0);
    assert!(run.stderr.contains("cannot create"), "{run:?}");
    fs::set_permissions(&logs, fs::Permissions::from_mode(0o700)).unwrap();
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
fn a_full_disk_leaves_nothing_half_written_in_a_spool() {
    let sandbox = Sandbox::new();
    let held = lock(&sandbox, LOG);
    let run = Run::of(limited(&sandbox, "0", "0"), event("s").as_bytes()).status(0);
    assert!(run.stderr.contains("could not be set aside"), "{run:?}");
    assert!(fs::read_dir(sandbox.path(SPOOL)).unwrap().next().is_none());
    drop(held);
    assert_eq!(merge(&sandbox).1.len(), 1);
    assert!(!sandbox.path(SPOOL).exists());
}

#[test]
fn what_could_not_be_written_into_the_log_still_waits() {
    let sandbox = Sandbox::new();
    let held = lock(&sandbox, LOG);
    for _ in 0..10 {
        let _ = Run::of(hook(&sandbox, "0"), event("s").as_bytes()).status(0);
    }
    drop(held);
    // Ten records are more than four blocks, whatever a shell takes for one.
    let run = Run::of(limited(&sandbox, "4", "60000"), event("x").as_bytes()).status(0);
    assert!(run.stderr.contains("FAILED to record"), "{run:?}");
    assert_eq!(sandbox.read(LOG), "");
    assert_eq!(waiting(&sandbox, SPOOL).len(), 10);
    assert_eq!(merge(&sandbox).1.len(), 11);
}

#[test]
fn what_another_user_put_into_a_spool_is_refused() {
    const NAME: &str = "what_another_user_put_into_a_spool_is_refused";
    let sandbox = Sandbox::new();
    spool(&sandbox, "s");
    let name = waiting(&sandbox, SPOOL).remove(0);
    let path = sandbox.path(SPOOL).join(&name);
    if chown(&path, Some(12345), None).is_err() {
        return skip(NAME, "this user cannot give files away");
    }
    let (_, records) = merge(&sandbox);
    let reason = text(losses(&records)[0], "/sealstone/lost/reason").unwrap();
    assert!(reason.contains("another user's"), "{reason}");
    assert_eq!(sessions(&records)[1..], ["merger"]);
}

#[test]
fn what_is_in_the_place_of_a_spool_keeps_nobody_from_recording() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path(SPOOL), "").unwrap();
    let run = sandbox
        .run_with(["record", "-o", LOG], "{}\n{}\n")
        .status(0);
    assert_eq!(
        run.stderr.matches("records still wait").count(),
        1,
        "{run:?}"
    );
    assert_eq!(sandbox.records(LOG).len(), 2);
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

#[test]
fn a_torn_line_is_recovered_before_what_waits_is_put_in() {
    let sandbox = Sandbox::new();
    let log = sample::example();
    sandbox.write(LOG, &log[..log.len() - 30]);
    spool(&sandbox, "s");
    let (run, records) = merge(&sandbox);
    assert!(run.stderr.contains("moved to"), "{run:?}");
    assert_eq!(sessions(&records)[1..], ["local", "s", "merger"]);
    assert_eq!(
        text(&records[1], "/action/tool"),
        Some("recorder.recovered")
    );
}

/// Runs a hook that the system kills at a certain call; `None` if processes cannot be watched.
fn killed(sandbox: &Sandbox, wait: &str, inject: &str) -> Option<Run> {
    let calls = inject.split(':').next().unwrap_or_default();
    let mut command = Command::new("strace");
    command
        .args(["-f", "-o", "trace", "-e"])
        .arg(format!("trace={calls}"))
        .arg("-e")
        .arg(format!("inject={inject}:signal=SIGKILL"))
        .args([SEALSTONE, "hook", "--lock-wait", wait])
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

#[test]
fn a_writer_that_is_killed_between_any_two_steps_loses_and_doubles_nothing() {
    const NAME: &str = "a_writer_that_is_killed_between_any_two_steps_loses_and_doubles_nothing";
    // It is killed as it makes the call: the sync is of the log, the removals are of the files and the folder.
    for (inject, merged) in [
        ("fdatasync:when=1", 2),
        ("?unlink,?unlinkat:when=1", 2),
        ("?unlink,?unlinkat:when=2", 2),
        ("?rmdir:when=1", 2),
    ] {
        let sandbox = Sandbox::new();
        for session in ["s0", "s1"] {
            spool(&sandbox, session);
            fs::rename(sandbox.path(SPOOL), sandbox.path(session)).unwrap();
        }
        fs::create_dir(sandbox.path(SPOOL)).unwrap();
        for session in ["s0", "s1"] {
            for entry in fs::read_dir(sandbox.path(session)).unwrap() {
                let entry = entry.unwrap();
                fs::rename(entry.path(), sandbox.path(SPOOL).join(entry.file_name())).unwrap();
            }
        }
        let Some(run) = killed(&sandbox, "60000", inject) else {
            return skip(NAME, "processes cannot be watched");
        };
        assert_ne!(run.status, Some(0), "{inject}: {run:?}");
        assert_eq!(sandbox.records(LOG).len(), merged, "{inject}");
        let (_, records) = merge(&sandbox);
        assert_eq!(sessions(&records), ["s0", "s1", "merger"], "{inject}");
        assert!(!sandbox.path(SPOOL).exists(), "{inject}");
    }
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

#[test]
fn what_another_recorder_appended_meanwhile_stands_before_what_waited() {
    let sandbox = Sandbox::new();
    let held = lock(&sandbox, LOG);
    let _ = Run::of(hook(&sandbox, "0"), event("s").as_bytes()).status(0);
    // The reference's writer holds the lock, knows no spool, and spaces its lines as it likes.
    let line = sample::example().replace("\",\"", "\", \"");
    fs::write(sandbox.path(LOG), line).unwrap();
    drop(held);
    let (_, records) = merge(&sandbox);
    assert_eq!(sessions(&records)[2..], ["s", "merger"]);
    verifies(&sandbox, LOG);
}

#[test]
fn more_records_than_one_batch_are_put_in_in_their_order() {
    let sandbox = Sandbox::new();
    let held = lock(&sandbox, LOG);
    for round in 0..13 {
        let children: Vec<_> = (0..20)
            .map(|index| {
                let command = hook(&sandbox, "0");
                let event = event(&format!("s{round}-{index}"));
                thread::spawn(move || Run::of(command, event.as_bytes()))
            })
            .collect();
        for child in children {
            let _ = child.join().unwrap().status(0);
        }
    }
    let names = waiting(&sandbox, SPOOL);
    assert_eq!(names.len(), 260);
    drop(held);
    let (_, records) = merge(&sandbox);
    assert_eq!(records.len(), 261);
    for (record, name) in records.iter().zip(&names) {
        assert!(name.contains(text(record, "/record_id").unwrap()));
    }
    verifies(&sandbox, LOG);
}

/// Runs a hook under a snapshot.
fn hook_under(sandbox: &Sandbox, authority: Option<&str>) {
    let mut command = hook(sandbox, "500");
    if let Some(authority) = authority {
        command.env(
            "SEALSTONE_AUTHORITY_FILE",
            sandbox.write("authority", authority),
        );
    }
    let _ = Run::of(command, event("s").as_bytes()).status(0);
}

fn is_whole(record: &Object) -> Option<bool> {
    at(record, "/authority")?;
    Some(at(record, "/authority/same_as_previous").is_none())
}

#[test]
fn processes_that_follow_each_other_write_a_snapshot_once() {
    let sandbox = Sandbox::new();
    let snapshot = r#"{"snapshot_id":"a \u00e9","scope":"repo"}"#;
    for _ in 0..50 {
        hook_under(&sandbox, Some(snapshot));
    }
    let changed = snapshot.replace("repo", "other");
    for authority in [
        Some(changed.as_str()),
        Some(&changed),
        None,
        Some(&changed),
        Some(&changed),
    ] {
        hook_under(&sandbox, authority);
    }
    let records = sandbox.records(LOG);
    let wholes: Vec<Option<bool>> = records.iter().map(is_whole).collect();
    assert_eq!(
        wholes[..50]
            .iter()
            .filter(|whole| **whole == Some(true))
            .count(),
        1
    );
    let [yes, no] = [Some(true), Some(false)];
    assert_eq!(wholes[0], yes);
    assert_eq!(wholes[50..], [yes, no, None, yes, no]);
    verifies(&sandbox, LOG);
}

#[test]
fn a_snapshot_of_a_record_that_waited_is_compared_where_it_is_sealed() {
    let sandbox = Sandbox::new();
    let snapshot = r#"{"snapshot_id":"a","scope":"repo"}"#;
    hook_under(&sandbox, Some(snapshot));
    hook_under(&sandbox, Some(snapshot));
    let held = lock(&sandbox, LOG);
    for authority in [snapshot, snapshot, r#"{"snapshot_id":"a","scope":"other"}"#] {
        let mut command = hook(&sandbox, "0");
        command.env(
            "SEALSTONE_AUTHORITY_FILE",
            sandbox.write("authority", authority),
        );
        let _ = Run::of(command, event("s").as_bytes()).status(0);
    }
    drop(held);
    hook_under(&sandbox, Some(snapshot));
    let records = sandbox.records(LOG);
    let wholes: Vec<bool> = records.iter().filter_map(is_whole).collect();
    assert_eq!(wholes, [true, false, false, false, true, true]);
}
