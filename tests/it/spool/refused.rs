//! What cannot be taken up or set aside: it is disclosed, and nobody waits for it.

use std::{
    fs::{self, File},
    os::unix::fs::{PermissionsExt, chown, symlink},
    process::Command,
    time::Duration,
};

use sealstone::{digest::Digest, json::Object};

use super::{
    LOG, SPOOL, event, hook, limited, lock, losses, merge, sessions, spool, verifies, waiting,
};
use crate::harness::{Run, Sandbox, skip, text};

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
fn a_link_in_the_place_of_the_folder_for_what_is_refused_is_not_followed() {
    let sandbox = Sandbox::new();
    let settings = sandbox.path("settings");
    fs::create_dir(&settings).unwrap();
    fs::create_dir(sandbox.path(SPOOL)).unwrap();
    symlink(&settings, sandbox.path(SPOOL).join("refused")).unwrap();
    sandbox.write(&format!("{SPOOL}/settings.json"), "{\"hooks\":{}}");
    for _ in 0..2 {
        let run = sandbox
            .run_with(["hook", "--log", LOG], event("s"))
            .status(0);
        assert!(
            run.stderr.contains("what is refused has no folder"),
            "{run:?}"
        );
    }
    assert_eq!(fs::read_dir(&settings).unwrap().count(), 0);
    assert_eq!(sandbox.records(LOG).len(), 2);
}

#[test]
fn the_end_of_a_log_is_not_looked_for_without_end() {
    let sandbox = Sandbox::new();
    let log = File::create(sandbox.path(LOG)).unwrap();
    log.set_len(20 << 30).unwrap();
    let run = sandbox
        .run_with(["hook", "--log", LOG], event("s"))
        .status(0);
    assert!(
        run.stderr.contains("its last 128 MiB hold no record"),
        "{run:?}"
    );
}
