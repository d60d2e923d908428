//! `sealstone recover`

use std::os::unix::fs::PermissionsExt;

use sealstone::{json::Value, sample};

use crate::harness::{Run, Sandbox, at, object, text};

fn lines(count: u64) -> Vec<String> {
    sample::chain(count, 1).collect()
}

/// A chain of nine of which the fourth record was removed, and the last but one altered.
fn broken() -> String {
    let mut lines = lines(9);
    lines.remove(3);
    lines[6] = lines[6].replacen("\"ts\":\"2", "\"ts\":\"1", 1);
    lines.concat()
}

/// Runs `recover`, which must leave the log as it is.
#[track_caller]
fn recover(sandbox: &Sandbox, log: &str, rest: &[&str]) -> Run {
    let before = sandbox.read(log);
    let run = sandbox.run([&["recover", log], rest].concat());
    assert_eq!(sandbox.read(log), before);
    run
}

fn files(sandbox: &Sandbox) -> Vec<String> {
    let entries = std::fs::read_dir(sandbox.path("")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[test]
fn what_is_provable_is_copied_and_verifies() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", broken());
    let run = recover(&sandbox, "a.jsonl", &["-o", "b.jsonl"]).status(1);
    assert_eq!(sandbox.read("b.jsonl"), lines(3).concat());
    let _ = sandbox.run(["verify", "--strict", "b.jsonl"]).status(0);
    let mode = std::fs::metadata(sandbox.path("b.jsonl"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(files(&sandbox), ["a.jsonl", "b.jsonl"]);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert!(
        lines[0].starts_with("b.jsonl: records 1 to 3 (lines 1 to 3, bytes 0 to "),
        "{run:?}"
    );
    assert!(
        lines[1].starts_with("left out: records 4 to 8 (lines 4 to 8, bytes "),
        "{run:?}"
    );
    assert!(lines[2].starts_with("removed: before record 4 "), "{run:?}");
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("altered: record 7 ")),
        "{run:?}"
    );
    assert_eq!(
        *lines.last().unwrap(),
        "a.jsonl: 3 of 8 records provable from the beginning, 0 in other files, 5 left out"
    );
}

#[test]
fn other_runs_go_beside_it_and_do_not_pass_for_logs() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", broken());
    let run = recover(&sandbox, "a.jsonl", &["-o", "b.jsonl", "--runs"]).status(1);
    let all = lines(9);
    assert_eq!(sandbox.read("b.jsonl"), all[..3].concat());
    assert_eq!(sandbox.read("b.run-2.jsonl"), all[4..7].concat());
    assert_eq!(sandbox.read("b.run-3.jsonl"), all[8]);
    assert_eq!(files(&sandbox).len(), 4);
    let _ = sandbox.run(["verify", "b.run-2.jsonl"]).status(1);
    assert!(
        run.stdout.contains("b.run-2.jsonl: records 4 to 6 "),
        "{run:?}"
    );
    assert_eq!(run.stdout.matches("does not verify by itself").count(), 2);
    assert!(
        run.stdout.ends_with(
            "3 of 8 records provable from the beginning, 4 in other files, 1 left out\n"
        ),
        "{run:?}"
    );
    // Nothing is left out here, and still not all is provable.
    let gap = [&all[..3], &all[4..]].concat().concat();
    sandbox.write("c.jsonl", gap);
    let _ = recover(&sandbox, "c.jsonl", &["-o", "d", "--runs"]).status(1);
    assert_eq!(sandbox.read("d.run-2"), all[4..].concat());
}

#[test]
fn what_goes_on_behind_a_line_that_was_put_in_verifies_when_it_is_taken_out() {
    let sandbox = Sandbox::new();
    let all = lines(9);
    let (cut, copy) = (&all[4][..70], &all[1]);
    let log = [
        &all[..4].concat(),
        cut,
        "\n",
        &all[4..6].concat(),
        copy,
        &all[6..].concat(),
    ]
    .concat();
    sandbox.write("a.jsonl", log);
    let run = recover(&sandbox, "a.jsonl", &["-o", "b", "--runs"]).status(1);
    assert_eq!(
        run.stdout
            .matches("verifies behind b and what continues that")
            .count(),
        2,
        "{run:?}"
    );
    let parts = ["b", "b.run-2", "b.run-3"].map(|name| sandbox.read(name));
    assert_eq!(parts.concat(), all.concat());
}

#[test]
fn another_whole_chain_verifies_by_itself() {
    let sandbox = Sandbox::new();
    let other: String = sample::chain(4, 2).collect();
    sandbox.write("a.jsonl", lines(3).concat() + &other);
    let run = recover(&sandbox, "a.jsonl", &["-o", "b.jsonl", "--runs"]).status(1);
    assert_eq!(sandbox.read("b.run-2.jsonl"), other);
    let _ = sandbox
        .run(["verify", "b.jsonl", "b.run-2.jsonl"])
        .status(0);
    assert!(!run.stdout.contains("does not verify"), "{run:?}");
    assert!(run.stdout.contains("a chain of its own"), "{run:?}");
}

#[test]
fn an_intact_log_is_copied_whole() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", lines(5).concat().trim_end());
    let run = recover(&sandbox, "a.jsonl", &["-o", "b.jsonl", "--runs"]).status(0);
    assert_eq!(sandbox.read("b.jsonl"), lines(5).concat());
    assert!(
        run.stdout
            .ends_with("a.jsonl: nothing left out: 5 records, provable from the beginning\n"),
        "{run:?}"
    );
}

#[test]
fn bytes_stay_as_they_are() {
    let sandbox = Sandbox::new();
    let all = lines(3);
    let text = format!(
        "\u{feff}{}\r\n \n{}  \n{}garbage",
        all[0].trim_end(),
        all[1].trim_end(),
        all[2]
    );
    sandbox.write("a.jsonl", &text);
    let _ = recover(&sandbox, "a.jsonl", &["-o", "b.jsonl"]).status(1);
    assert_eq!(sandbox.read("b.jsonl"), text.trim_end_matches("garbage"));
    let _ = sandbox.run(["verify", "b.jsonl"]).status(0);
}

#[test]
fn nothing_is_written_over() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", broken());
    for taken in ["b.jsonl", "b.run-3.jsonl", "b.jsonl.part"] {
        sandbox.write(taken, "mine");
        let run = recover(&sandbox, "a.jsonl", &["-o", "b.jsonl", "--runs"]).status(2);
        assert!(
            run.stderr
                .contains(&format!("cannot create `{taken}`: file exists")),
            "{run:?}"
        );
        assert_eq!(run.stdout, "");
        assert_eq!(sandbox.read(taken), "mine");
        std::fs::remove_file(sandbox.path(taken)).unwrap();
        // Names that were taken for the others are free again.
        assert_eq!(files(&sandbox), ["a.jsonl"], "{taken}");
    }
    let _ = recover(&sandbox, "a.jsonl", &["-o", "a.jsonl"]).status(2);
    std::os::unix::fs::symlink("nowhere", sandbox.path("link")).unwrap();
    let _ = recover(&sandbox, "a.jsonl", &["-o", "link"]).status(2);
}

#[test]
fn where_nothing_is_provable_nothing_is_written() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", lines(5)[1..].concat());
    let run = recover(&sandbox, "a.jsonl", &["-o", "b.jsonl"]).status(1);
    assert!(
        run.stdout
            .starts_with("b.jsonl: not written: no record is provable"),
        "{run:?}"
    );
    assert_eq!(files(&sandbox), ["a.jsonl"]);
    let _ = recover(&sandbox, "a.jsonl", &["-o", "b.jsonl", "--runs"]).status(1);
    assert_eq!(files(&sandbox), ["a.jsonl", "b.run-1.jsonl"]);
    sandbox.write("empty.jsonl", "\n \n");
    let run = recover(&sandbox, "empty.jsonl", &["-o", "c.jsonl"]).status(3);
    assert!(run.stdout.contains("empty: no record"), "{run:?}");
    assert_eq!(files(&sandbox).len(), 3);
}

#[test]
fn what_cannot_be_read_twice_is_refused() {
    let sandbox = Sandbox::new();
    for log in ["none.jsonl", "/dev/null", "."] {
        let run = sandbox.run(["recover", log, "-o", "b.jsonl"]).status(2);
        assert!(run.stderr.contains("cannot read"), "{run:?}");
    }
    for args in [["-", "b.jsonl"], ["none.jsonl", "-"]] {
        let run = sandbox.run(["recover", args[0], "-o", args[1]]).status(2);
        assert!(run.stderr.contains("must be files"), "{run:?}");
    }
    let _ = sandbox.run(["recover", "none.jsonl"]).status(2);
    assert_eq!(files(&sandbox), [""; 0]);
}

#[test]
fn a_record_with_other_faults_is_provable_and_the_report_says_so() {
    let sandbox = Sandbox::new();
    let log = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/conformance/vectors/id-duplicate/log.jsonl"
    );
    sandbox.write("a.jsonl", std::fs::read(log).unwrap());
    let run = recover(&sandbox, "a.jsonl", &["-o", "b.jsonl"]).status(0);
    assert!(
        run.stdout
            .contains("; its links hold, but `verify` has 1 finding\n"),
        "{run:?}"
    );
    assert_eq!(sandbox.read("a.jsonl"), sandbox.read("b.jsonl"));
}

#[test]
fn the_document_says_what_went_where() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", broken());
    let run = recover(&sandbox, "a.jsonl", &["-o", "b.jsonl", "--runs", "--json"]).status(1);
    let document = object(&run.stdout);
    let number = |pointer| at(&document, pointer).and_then(Value::as_integer);
    assert_eq!(text(&document, "/schema"), Some("sealstone.recover/1"));
    assert_eq!(text(&document, "/log"), Some("a.jsonl"));
    assert_eq!(number("/records"), Some(8));
    assert_eq!(text(&document, "/written/0/path"), Some("b.jsonl"));
    assert_eq!(text(&document, "/written/0/base"), Some("beginning"));
    assert_eq!(number("/written/0/findings"), Some(0));
    assert_eq!(text(&document, "/written/1/path"), Some("b.run-2.jsonl"));
    assert_eq!(number("/written/1/number"), Some(2));
    assert_eq!(
        at(&document, "/written/1/continues"),
        Some(&Value::Bool(false))
    );
    assert_eq!(at(&document, "/written/1/findings"), Some(&Value::Null));
    assert_eq!(number("/left_out/0/first_record"), Some(7));
    assert_eq!(number("/left_out/0/last_record"), Some(7));
    assert_eq!(text(&document, "/damage/damages/0/kind"), Some("removed"));
    assert_eq!(text(&document, "/damage/damages/1/kind"), Some("altered"));
    let bytes = std::fs::metadata(sandbox.path("b.jsonl")).unwrap().len();
    assert_eq!(
        number("/written/0/bytes/end"),
        i64::try_from(bytes - 1).ok()
    );
}
