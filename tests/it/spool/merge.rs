//! What waits comes into the log: all of it, once, in its order, and not more at a time than others can wait for.

use std::{collections::BTreeSet, fs, process::Stdio, thread, time::Duration};

use sealstone::{
    json::Object,
    record::{
        build::{Prepared, Summaries},
        draft::Draft,
    },
    sample,
    store::append::{Appender, Durability, Stored},
};

use super::{
    LOG, SPOOL, event, hook, killed, limited, lock, merge, sessions, spool, verifies, waiting,
};
use crate::harness::{Run, Sandbox, at, skip, text};

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
fn two_hundred_writers_at_once_are_all_in_the_log() {
    let sandbox = Sandbox::new();
    let children: Vec<_> = (0..200)
        .map(|index| {
            let command = hook(&sandbox, "500");
            let event = event(&format!("s{index}"));
            thread::spawn(move || Run::of(command, event.as_bytes()))
        })
        .collect();
    for child in children {
        let _ = child.join().unwrap().status(0);
    }
    assert_eq!(sandbox.records(LOG).len(), 200);
    assert!(!sandbox.path(SPOOL).exists());
    verifies(&sandbox, LOG);
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
    let _ = sandbox.run_with(["record", "-o", LOG], "{}").status(0);
    let records = sandbox.records(LOG);
    assert_eq!(records.len(), 261);
    for (record, name) in records.iter().zip(&names) {
        assert!(name.contains(text(record, "/record_id").unwrap()));
    }
    verifies(&sandbox, LOG);
}

/// Sets records aside, faster than processes could, and returns their ids in this order.
fn set_aside(sandbox: &Sandbox, records: usize) -> Vec<String> {
    let held = lock(sandbox, LOG);
    let mut appender = Appender::new(sandbox.path(LOG), Durability::Never);
    let ids = (0..records).map(|_| match append(&mut appender, Duration::ZERO) {
        Stored::Spooled(spooled) => spooled.record_id,
        Stored::Sealed(receipt) => panic!("{receipt:?}"),
    });
    let ids = ids.collect();
    drop(held);
    ids
}

fn append(appender: &mut Appender, most: Duration) -> Stored {
    appender.append_within(most, prepared()).unwrap()
}

fn prepared() -> Prepared {
    let draft = Draft::read(b"{}", &Object::new()).unwrap();
    Prepared::new(draft, Summaries::Keep)
}

fn ids(records: &[Object]) -> Vec<String> {
    let id = |record| text(record, "/record_id").unwrap().to_owned();
    records.iter().map(id).collect()
}

#[test]
fn a_writer_with_a_bound_merges_a_batch_before_its_record_and_one_after_it() {
    let sandbox = Sandbox::new();
    let mut expected = set_aside(&sandbox, 600);
    // Where each one's record stands, and how many wait then.
    for (place, waiting) in [(256, 88), (601, 0), (602, 0)] {
        let mut appender = Appender::new(sandbox.path(LOG), Durability::Never);
        let Stored::Sealed(receipt) = append(&mut appender, Duration::from_mins(1)) else {
            panic!("nobody holds the lock");
        };
        expected.insert(place, receipt.record_id);
        assert_eq!(receipt.merged.waiting, waiting);
        assert_eq!(super::waiting(&sandbox, SPOOL).len(), waiting);
        let there = ids(&sandbox.records(LOG));
        assert_eq!(there, expected[..expected.len() - waiting]);
    }
    assert!(!sandbox.path(SPOOL).exists());
    verifies(&sandbox, LOG);
}

#[test]
fn a_writer_without_a_bound_merges_all_that_waits() {
    let sandbox = Sandbox::new();
    let mut expected = set_aside(&sandbox, 600);
    let mut appender = Appender::new(sandbox.path(LOG), Durability::Never);
    let receipt = appender.append(prepared()).unwrap();
    assert_eq!((receipt.merged.records, receipt.merged.waiting), (600, 0));
    expected.push(receipt.record_id);
    assert_eq!(ids(&sandbox.records(LOG)), expected);
}

/// Returns which of some calls a hook makes that merges what was set aside, in their order; `None` if processes
/// cannot be watched.
fn calls_of_a_merge(aside: &str, merger: &str, before: impl Fn(&Sandbox)) -> Option<Vec<String>> {
    let sandbox = Sandbox::new();
    let held = lock(&sandbox, LOG);
    let mut command = hook(&sandbox, "0");
    command.args(["--sync", aside]);
    let _ = Run::of(command, event("s").as_bytes()).status(0);
    drop(held);
    before(&sandbox);
    let args = ["--lock-wait", "60000", "--sync", merger];
    let calls = ["-e", "trace=fdatasync,?unlink,?unlinkat"];
    let _ = killed::watched(&sandbox, &calls, &args)?.status(0);
    let trace = sandbox.read("trace");
    let names = trace.lines().filter_map(|line| {
        let call = line.split_once(' ')?.1.trim_start().split_once('(')?.0;
        Some(call.trim_end_matches("at").to_owned())
    });
    Some(names.collect())
}

#[test]
fn a_merge_waits_for_the_disk_only_for_records_that_were_set_aside_durably() {
    const NAME: &str = "a_merge_waits_for_the_disk_only_for_records_that_were_set_aside_durably";
    for (aside, merger, expected) in [
        ("batch", "never", ["fdatasync", "unlink"].as_slice()),
        ("always", "never", &["fdatasync", "unlink"]),
        ("never", "never", &["unlink"]),
        ("never", "always", &["unlink", "fdatasync"]),
    ] {
        match calls_of_a_merge(aside, merger, |_| {}) {
            Some(calls) => assert_eq!(calls, expected, "{aside} {merger}"),
            None => return skip(NAME, "processes cannot be watched"),
        }
    }
}

#[test]
fn the_file_of_a_record_that_is_there_stays_until_the_disk_has_the_record() {
    const NAME: &str = "the_file_of_a_record_that_is_there_stays_until_the_disk_has_the_record";
    // The writer is killed when it has written, and before the disk confirmed it.
    let kill = |sandbox: &Sandbox| {
        let _ = killed::killed(sandbox, "60000", "fdatasync:when=1");
    };
    match calls_of_a_merge("batch", "never", kill) {
        Some(calls) => assert_eq!(calls, ["fdatasync", "unlink"]),
        None => skip(NAME, "processes cannot be watched"),
    }
}
