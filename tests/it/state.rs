//! `sealstone verify --state`

use std::{
    fs,
    process::{Command, Stdio},
};

use sealstone::{
    json::{Object, Value},
    sample,
};

use crate::harness::{Run, SEALSTONE, Sandbox, at, object, skip};

/// The lines of a chain, each with its line feed.
fn lines(records: u64, seed: u64) -> Vec<String> {
    sample::chain(records, seed).collect()
}

fn verify(sandbox: &Sandbox, args: &[&str]) -> Run {
    sandbox.run([&["verify", "--state", "s"], args].concat())
}

/// Returns what `--json` says of one log.
fn report(sandbox: &Sandbox, args: &[&str], status: i32) -> Object {
    let run = verify(sandbox, &[&["--json"], args].concat()).status(status);
    assert_eq!(run.stderr, "");
    let document = object(&run.stdout);
    let log = at(&document, "/logs/0").unwrap();
    log.as_object().unwrap().clone()
}

fn codes(report: &Object) -> Vec<&str> {
    let findings = report.get("findings").and_then(Value::as_array).unwrap();
    let objects = findings.iter().filter_map(Value::as_object);
    objects.filter_map(|finding| finding.str("code")).collect()
}

fn passed_over(report: &Object) -> Option<i64> {
    at(report, "/state/passed_over")?.as_integer()
}

#[test]
fn the_second_run_reads_what_is_new_and_says_so() {
    let sandbox = Sandbox::new();
    let lines = lines(9, 1);
    sandbox.write("a.jsonl", lines[..5].concat());
    assert_eq!(passed_over(&report(&sandbox, &["a.jsonl"], 0)), Some(0));
    sandbox.write("a.jsonl", lines.concat());
    let second = report(&sandbox, &["a.jsonl"], 0);
    assert_eq!(passed_over(&second), Some(5));
    assert_eq!(second.str("head"), sandbox.verdict("a.jsonl").str("head"));
    let third = verify(&sandbox, &["./a.jsonl"]).status(0);
    let said: Vec<&str> = third.stdout.lines().collect();
    assert!(
        said[0].starts_with("./a.jsonl: intact: 9 records, "),
        "{third:?}"
    );
    assert_eq!(
        said[1],
        "./a.jsonl: the first 9 records were proven earlier and not read again"
    );
    assert_eq!(
        passed_over(&report(&sandbox, &["--recheck", "a.jsonl"], 0)),
        Some(0)
    );
}

#[test]
fn a_record_that_is_proven_is_not_read_again_unless_asked_for() {
    let sandbox = Sandbox::new();
    let mut lines = lines(3000, 1);
    sandbox.write("a.jsonl", lines.concat());
    let _ = verify(&sandbox, &["a.jsonl"]).status(0);
    let state = fs::read(sandbox.path("s")).unwrap();
    // One byte in the middle, where a sample may or may not look.
    lines[1500] = lines[1500].replacen("session", "sessiom", 1);
    sandbox.write("a.jsonl", lines.concat());
    let run = verify(&sandbox, &["--recheck", "a.jsonl"]).status(1);
    assert!(run.stdout.contains("record 1501: hash-mismatch"), "{run:?}");
    // What stands there is what stood there, so that is not denied.
    assert!(
        run.stdout.contains("record 3000: state-mismatch: ")
            && run
                .stdout
                .contains("`, and its chain now breaks at record 1501\n"),
        "{run:?}"
    );
    assert_eq!(fs::read(sandbox.path("s")).unwrap(), state);
}

#[test]
fn new_records_are_judged_with_those_that_are_proven() {
    let sandbox = Sandbox::new();
    let lines = lines(8, 1);
    for (new, expected) in [
        ([&lines[5], &lines[7]], "link-mismatch"),
        ([&lines[5], &lines[2]], "duplicate-record-id"),
        ([&lines[5], &lines[6][..40].to_owned()], "torn-line"),
    ] {
        let _ = fs::remove_file(sandbox.path("s"));
        sandbox.write("a.jsonl", lines[..5].concat());
        let _ = verify(&sandbox, &["a.jsonl"]).status(0);
        let state = fs::read(sandbox.path("s")).unwrap();
        sandbox.write("a.jsonl", lines[..5].concat() + new[0] + new[1]);
        let mut behind = report(&sandbox, &["a.jsonl"], 1);
        assert_eq!(passed_over(&behind), Some(5), "{expected}");
        assert!(codes(&behind).contains(&expected), "{behind:?}");
        behind.remove("state");
        assert_eq!(behind, sandbox.verdict("a.jsonl"));
        assert_eq!(fs::read(sandbox.path("s")).unwrap(), state);
    }
}

#[test]
fn a_cut_or_replaced_log_is_broken_though_it_holds_by_itself() {
    let sandbox = Sandbox::new();
    let lines = lines(9, 1);
    let other: String = sample::chain(12, 2).collect();
    sandbox.write("a.jsonl", lines.concat());
    let _ = verify(&sandbox, &["a.jsonl"]).status(0);
    let state = fs::read(sandbox.path("s")).unwrap();
    for (log, code, summary) in [
        (
            lines[..8].concat(),
            "state-cut",
            "broken: 1 finding in 8 records",
        ),
        (String::new(), "state-cut", "broken: 1 finding in 0 records"),
        (other, "state-mismatch", "broken: 1 finding in 12 records"),
    ] {
        sandbox.write("a.jsonl", log);
        for recheck in [&[][..], &["--recheck"]] {
            let found = report(&sandbox, &[recheck, &["a.jsonl"]].concat(), 1);
            assert_eq!(codes(&found), [code]);
            assert_eq!(found.str("verdict"), Some("broken"));
            assert_eq!(found.get("head"), Some(&Value::Null));
            assert_eq!(
                at(&found, "/findings/0/record").unwrap().as_integer(),
                Some(9)
            );
        }
        let run = verify(&sandbox, &["a.jsonl"]).status(1);
        let last = run.stdout.lines().last().unwrap();
        assert_eq!(last, format!("a.jsonl: {summary}; the log holds by itself"));
        let sarif = verify(&sandbox, &["--format", "sarif", "a.jsonl"]).status(1);
        assert!(sarif.stdout.contains(&format!("\"ruleId\":\"{code}\"")));
        assert_eq!(fs::read(sandbox.path("s")).unwrap(), state);
    }
    // The log is back, and so is its verdict.
    sandbox.write("a.jsonl", lines.concat());
    assert_eq!(passed_over(&report(&sandbox, &["a.jsonl"], 0)), Some(9));
}

#[test]
fn a_last_line_without_a_line_feed_is_judged_but_not_proven() {
    let sandbox = Sandbox::new();
    let lines = lines(4, 1);
    sandbox.write("a.jsonl", lines[..3].concat().trim_end());
    let first = report(&sandbox, &["a.jsonl"], 0);
    assert_eq!(first.get("records").unwrap().as_integer(), Some(3));
    sandbox.write("a.jsonl", lines.concat());
    assert_eq!(passed_over(&report(&sandbox, &["a.jsonl"], 0)), Some(2));
}

#[test]
fn warnings_of_what_is_proven_are_still_given() {
    let sandbox = Sandbox::new();
    let drafts = "{\"ts\":\"2026-01-02T00:00:00Z\"}\n{\"ts\":\"2026-01-01T00:00:00Z\",\"parent_id\":\"x\"}\n";
    let record = |drafts: &str| {
        let _ = sandbox
            .run_with(["record", "-o", "a.jsonl"], drafts)
            .status(0);
    };
    record(drafts);
    let _ = verify(&sandbox, &["--strict", "a.jsonl"]).status(1);
    record("{\"ts\":\"2025-01-01T00:00:00Z\"}\n");
    let mut behind = report(&sandbox, &["--strict", "a.jsonl"], 1);
    assert_eq!(passed_over(&behind), Some(2));
    behind.remove("state");
    assert_eq!(behind, sandbox.verdict("a.jsonl"));
    assert_eq!(behind.get("warnings").unwrap().as_array().unwrap().len(), 3);
}

#[test]
fn a_state_that_is_none_is_an_error_and_stays() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", lines(3, 1).concat());
    let _ = verify(&sandbox, &["a.jsonl"]).status(0);
    let sound = fs::read(sandbox.path("s")).unwrap();
    let mut damaged = sound.clone();
    damaged[40] ^= 1;
    for foreign in [
        &damaged[..],
        &sound[..sound.len() - 1],
        b"",
        b"{}\n",
        b"sealstone.state/2\n",
    ] {
        sandbox.write("s", foreign);
        let run = verify(&sandbox, &["a.jsonl"]).status(2);
        assert_eq!(run.stdout, "");
        assert!(
            run.stderr.contains("s` cannot be used as a state: it is "),
            "{run:?}"
        );
        assert_eq!(fs::read(sandbox.path("s")).unwrap(), foreign);
    }
    fs::remove_file(sandbox.path("s")).unwrap();
    fs::create_dir(sandbox.path("s")).unwrap();
    let _ = verify(&sandbox, &["a.jsonl"]).status(2);
}

#[test]
fn standard_input_has_no_state_and_a_recheck_needs_one() {
    let sandbox = Sandbox::new();
    let run = verify(&sandbox, &["-"]).status(2);
    assert!(
        run.stderr.contains("standard input cannot be read again"),
        "{run:?}"
    );
    let _ = sandbox.run(["verify", "--recheck", "a.jsonl"]).status(2);
    assert!(!sandbox.path("s").exists());
}

#[test]
fn a_state_is_its_owners_and_is_written_only_for_more() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let sandbox = Sandbox::new();
    let lines = lines(5, 1);
    sandbox.write("bad.jsonl", "[]\n");
    sandbox.write("empty.jsonl", "");
    let _ = verify(&sandbox, &["bad.jsonl", "empty.jsonl", "missing.jsonl"]).status(1);
    assert!(!sandbox.path("s").exists());
    sandbox.write("a.jsonl", lines[..4].concat());
    let _ = verify(&sandbox, &["a.jsonl"]).status(0);
    let written = fs::metadata(sandbox.path("s")).unwrap();
    assert_eq!(written.permissions().mode() & 0o777, 0o600);
    let _ = verify(&sandbox, &["a.jsonl"]).status(0);
    assert_eq!(
        fs::metadata(sandbox.path("s")).unwrap().ino(),
        written.ino()
    );
    // One that cannot be written is an error, but the verdict is given.
    sandbox.write("a.jsonl", lines.concat());
    let run = sandbox
        .run(["verify", "--state", "no/such/s", "a.jsonl"])
        .status(2);
    assert!(run.stderr.contains("no such file"), "{run:?}");
    // A link stays one.
    std::os::unix::fs::symlink("s", sandbox.path("link")).unwrap();
    let _ = sandbox
        .run(["verify", "--state", "link", "a.jsonl"])
        .status(0);
    assert!(
        fs::symlink_metadata(sandbox.path("link"))
            .unwrap()
            .is_symlink()
    );
    assert_eq!(passed_over(&report(&sandbox, &["a.jsonl"], 0)), Some(5));
}

#[test]
fn a_folders_logs_are_remembered_each_and_one_that_is_gone_is_missed() {
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.path("d/e")).unwrap();
    let names: Vec<String> = (0..20).map(|n| format!("d/e/{n:02} é.jsonl")).collect();
    for (name, n) in names.iter().zip(0..) {
        sandbox.write(name, lines(n + 1, n).concat());
    }
    sandbox.write("d/bad.jsonl", "[]\n");
    let _ = verify(&sandbox, &["d"]).status(1);
    fs::remove_file(sandbox.path("d/bad.jsonl")).unwrap();
    let run = verify(&sandbox, &["--json", "./d/"]).status(0);
    let document = object(&run.stdout);
    let logs = document.get("logs").and_then(Value::as_array).unwrap();
    for log in logs {
        let log = log.as_object().unwrap();
        let records = log.get("records").unwrap().as_integer();
        assert_eq!(passed_over(log), records);
    }
    assert_eq!(logs.len(), 20);
    // Of the others it still knows, whatever is asked about.
    let _ = verify(&sandbox, &[&names[3]]).status(0);
    fs::remove_file(sandbox.path(&names[7])).unwrap();
    let run = verify(&sandbox, &["d"]).status(1);
    let missed = format!(
        "  {0}: cannot read `{0}`: no such file or directory\n",
        names[7]
    );
    assert!(run.stdout.contains(&missed), "{run:?}");
    assert!(
        run.stdout
            .contains("20 logs: 19 intact, 0 broken, 0 empty, 1 unreadable;")
    );
    let _ = verify(&sandbox, &["d/e"]).status(1);
    let _ = verify(&sandbox, &["."]).status(1);
}

#[test]
fn a_log_that_a_folder_or_a_link_hides_is_missed() {
    let sandbox = Sandbox::new();
    let link = |to: &str, name: &str| {
        std::os::unix::fs::symlink(to, sandbox.path(name)).unwrap();
    };
    fs::create_dir_all(sandbox.path("d/sub")).unwrap();
    for (name, seed) in [("a", 1), ("b", 2), ("c", 3), ("sub/e", 4), ("sub/f", 5)] {
        sandbox.write(&format!("d/{name}.jsonl"), lines(3, seed).concat());
    }
    sandbox.write("d/other.log", lines(3, 6).concat());
    let _ = verify(&sandbox, &["d", "d/other.log"]).status(0);
    assert!(
        verify(&sandbox, &["d"])
            .status(0)
            .stdout
            .contains("5 logs: 5 intact")
    );

    fs::remove_file(sandbox.path("d/a.jsonl")).unwrap();
    fs::create_dir(sandbox.path("d/a.jsonl")).unwrap();
    fs::remove_file(sandbox.path("d/b.jsonl")).unwrap();
    link(".", "d/b.jsonl");
    fs::rename(sandbox.path("d/sub"), sandbox.path("aside")).unwrap();
    link("../aside", "d/sub");
    sandbox.write("aside/f.jsonl", lines(3, 7).concat());
    let run = verify(&sandbox, &["./d"]).status(1);
    for name in ["a", "b"] {
        let missed = format!("  d/{name}.jsonl: cannot read `d/{name}.jsonl`: is a directory\n");
        assert!(run.stdout.contains(&missed), "{run:?}");
    }
    assert!(
        run.stdout
            .contains("d/sub/f.jsonl: record 3: state-mismatch: ")
    );
    let counts = "5 logs: 2 intact, 1 broken, 0 empty, 2 unreadable;";
    assert!(run.stdout.contains(counts), "{run:?}");

    // Nothing is opened that may never end.
    fs::remove_file(sandbox.path("aside/e.jsonl")).unwrap();
    let mut mkfifo = Command::new("mkfifo");
    let made = mkfifo.arg(sandbox.path("aside/e.jsonl")).status();
    assert!(made.unwrap().success());
    let run = verify(&sandbox, &["d"]).status(1);
    assert!(
        run.stdout.contains("`d/sub/e.jsonl`: not a regular file\n"),
        "{run:?}"
    );
}

#[test]
fn a_log_that_is_known_is_missed_whatever_stands_in_its_place() {
    use std::os::unix::fs::symlink;
    let sandbox = Sandbox::new();
    let begin = || {
        for name in ["d", "away"] {
            drop(fs::remove_file(sandbox.path(name)));
            drop(fs::remove_dir_all(sandbox.path(name)));
        }
        fs::create_dir_all(sandbox.path("d/e")).unwrap();
        sandbox.write("d/a.jsonl", lines(2, 1).concat());
        sandbox.write("d/e/b.jsonl", lines(3, 2).concat());
        let _ = verify(&sandbox, &["d"]).status(0);
    };
    let is_missed = |args: &[&str], name: &str, why: &str| {
        let run = verify(&sandbox, args).status(1);
        let said = format!("  {name}: cannot read `{name}`: {why}\n");
        assert!(run.stdout.contains(&said), "{run:?}");
    };
    let a = sandbox.path("d/a.jsonl");
    begin();
    fs::remove_file(&a).unwrap();
    fs::create_dir(&a).unwrap();
    is_missed(&["d"], "d/a.jsonl", "is a directory");
    is_missed(&["d/a.jsonl"], "d/a.jsonl", "is a directory");
    fs::remove_dir(&a).unwrap();
    symlink("e", &a).unwrap();
    is_missed(&["./d/"], "d/a.jsonl", "is a directory");
    // Links to folders are not followed, but for what is known behind them.
    begin();
    fs::rename(sandbox.path("d/e"), sandbox.path("away")).unwrap();
    symlink("../away", sandbox.path("d/e")).unwrap();
    let run = verify(&sandbox, &["d"]).status(0);
    assert!(run.stdout.contains("  d/e/b.jsonl\n"), "{run:?}");
    sandbox.write("away/b.jsonl", lines(3, 3).concat());
    let run = verify(&sandbox, &["d"]).status(1);
    assert!(run.stdout.contains("state-mismatch"), "{run:?}");
    // A log in the place of the folder.
    begin();
    fs::remove_dir_all(sandbox.path("d")).unwrap();
    is_missed(&["d"], "d/e/b.jsonl", "no such file or directory");
    sandbox.write("d", lines(9, 4).concat());
    is_missed(&["d"], "d/a.jsonl", "not a directory");
}

#[test]
fn what_is_no_file_is_judged_and_not_remembered() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command(["verify", "--state", "s", "/dev/stdin"]);
    command.stdin(Stdio::piped());
    let run = Run::of(command, lines(3, 1).concat().as_bytes()).status(0);
    assert!(run.stdout.contains("intact: 3 records"), "{run:?}");
    assert!(!sandbox.path("s").exists());
}

#[test]
fn every_way_to_read_gives_the_same_behind_a_state() {
    let sandbox = Sandbox::new();
    let lines = lines(6, 1);
    for io in ["auto", "mmap", "read"] {
        let _ = fs::remove_file(sandbox.path("s"));
        for count in [2, 4, 6] {
            sandbox.write("a.jsonl", format!("\u{feff}{}", lines[..count].concat()));
            let found = report(&sandbox, &["--io", io, "a.jsonl"], 0);
            assert_eq!(
                passed_over(&found),
                i64::try_from(count).ok().map(|count| count - 2)
            );
        }
        // A mark is tolerated at the beginning of a log, not of what is new in it.
        let marked = format!("\u{feff}{}\u{feff}{}", lines[..5].concat(), lines[5]);
        sandbox.write("a.jsonl", lines[..5].concat());
        let _ = verify(&sandbox, &["a.jsonl"]);
        sandbox.write("a.jsonl", marked);
        let _ = verify(&sandbox, &["--io", io, "a.jsonl"]).status(1);
    }
}

#[test]
fn a_log_that_is_written_meanwhile_is_taken_up_again_and_again() {
    let sandbox = Sandbox::new();
    let command = sandbox.command(["record", "-o", "a.jsonl", "--sync", "always"]);
    let drafts = "{\"note\":1}\n".repeat(500);
    let writer = std::thread::spawn(move || Run::of(command, drafts.as_bytes()));
    while !writer.is_finished() {
        let run = verify(&sandbox, &["a.jsonl"]);
        // Not there yet, empty, or with a record that is being written.
        let is_early = run.stdout.contains("no such file") || run.status == Some(3);
        let is_torn = run.stdout.contains("torn-line");
        assert!(run.status == Some(0) || is_early || is_torn, "{run:?}");
        assert!(!run.stdout.contains("state-"), "{run:?}");
    }
    let _ = writer.join().unwrap().status(0);
    let last = report(&sandbox, &["a.jsonl"], 0);
    assert_eq!(last.get("records").unwrap().as_integer(), Some(500));
    let again = report(&sandbox, &["--recheck", "a.jsonl"], 0);
    assert_eq!(again.str("head"), last.str("head"));
}

#[test]
fn of_runs_at_once_one_state_stays_whole() {
    let sandbox = Sandbox::new();
    let lines = lines(40, 1);
    for count in [10, 20, 40] {
        sandbox.write("a.jsonl", lines[..count].concat());
        let runs: Vec<_> = (0..8)
            .map(|_| {
                let command = sandbox.command(["verify", "--state", "s", "a.jsonl"]);
                std::thread::spawn(move || Run::of(command, b""))
            })
            .collect();
        for run in runs {
            let _ = run.join().unwrap().status(0);
        }
        let found = report(&sandbox, &["a.jsonl"], 0);
        assert_eq!(passed_over(&found), i64::try_from(count).ok());
    }
    let entries = fs::read_dir(sandbox.path("")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(
        !names
            .into_iter()
            .any(|name| name.starts_with(".sealstone-state-"))
    );
}

#[test]
fn a_state_that_is_no_file_is_refused_and_not_waited_for() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", lines(3, 1).concat());
    let pipe = sandbox.path("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    for state in ["pipe", "."] {
        let run = sandbox
            .run(["verify", "--state", state, "a.jsonl"])
            .status(2);
        assert!(run.stderr.contains("it is no file"), "{run:?}");
    }
    std::os::unix::fs::symlink("away/s", sandbox.path("link")).unwrap();
    let run = sandbox
        .run(["verify", "--state", "link", "a.jsonl"])
        .status(2);
    assert!(run.stderr.contains("no such file or directory"), "{run:?}");
}

/// Returns how many bytes a verification read, as the system counts them; `None` if it cannot be watched.
fn bytes_read(sandbox: &Sandbox, args: &[&str]) -> Option<u64> {
    let mut command = Command::new("strace");
    command
        .args(["-f", "-e", "trace=read,pread64", "-o", "trace", SEALSTONE])
        .args(["verify", "--io", "read", "--state", "s"])
        .args(args)
        .current_dir(sandbox.path(""))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let run = Run::of(command, b"");
    if run.stderr.contains("ptrace") {
        return None;
    }
    let _ = run.status(0);
    let trace = sandbox.read("trace");
    let counts = trace.lines().filter_map(|line| line.rsplit_once(" = "));
    Some(
        counts
            .filter_map(|(_, count)| count.parse::<u64>().ok())
            .sum(),
    )
}

#[test]
fn what_was_proven_is_not_read_again_unless_asked() {
    const NAME: &str = "what_was_proven_is_not_read_again_unless_asked";
    if Command::new("strace").arg("-V").output().is_err() {
        return skip(NAME, "no strace");
    }
    let sandbox = Sandbox::new();
    // Long enough that the samples, which are some megabytes of any log, are a small part of it.
    let log = lines(20_001, 5);
    sandbox.write("a.jsonl", log[..20_000].concat());
    let all = log.concat().len() as u64;
    let Some(first) = bytes_read(&sandbox, &["a.jsonl"]) else {
        return skip(NAME, "processes cannot be watched");
    };
    assert!(first > all * 9 / 10, "{first} of {all}");
    sandbox.write("a.jsonl", log.concat());
    let second = bytes_read(&sandbox, &["a.jsonl"]).unwrap();
    assert!(second < all / 3, "{second} of {all}");
    let third = bytes_read(&sandbox, &["--recheck", "a.jsonl"]).unwrap();
    assert!(third > all * 9 / 10, "{third} of {all}");
}
