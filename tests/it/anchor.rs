//! `sealstone anchor`: having logs witnessed, by files, by the notes of repositories and over the network, and keeping at it.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use sealstone::{json::Value, sample};

use crate::harness::{Run, Sandbox, at, object, text};

/// A sandbox with a log, the same log cut, changed, rewritten from its fifth record on, and begun anew.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let lines: Vec<String> = sample::chain(8, 4).collect();
    sandbox.write("log.jsonl", lines.concat());
    sandbox.write("cut.jsonl", lines[..5].concat());
    let mut altered = lines.clone();
    altered[3] = altered[3].replacen("\"ts\":\"2", "\"ts\":\"1", 1);
    assert_ne!(altered, lines);
    sandbox.write("altered.jsonl", altered.concat());
    sandbox.write("forked.jsonl", resealed(&lines, 4));
    sandbox.write("anew.jsonl", resealed(&lines, 0));
    sandbox.write("empty.jsonl", "");
    sandbox
}

/// The same log with another record at `from`, sealed again from there on.
fn resealed(lines: &[String], from: usize) -> String {
    let mut previous = sealstone::digest::Digest::GENESIS;
    let mut log = String::new();
    for (index, line) in lines.iter().enumerate() {
        let mut record = object(line);
        record.remove("integrity");
        if index == from {
            record.insert("ts", "2026-01-01T00:00:00.000000+00:00");
        }
        let sealed = sealstone::chain::seal(record, previous).unwrap();
        previous = sealed.hash;
        log.push_str(&sealed.line);
    }
    log
}

/// Returns whose the log is: the first subject that a record names.
fn subject(sandbox: &Sandbox) -> String {
    let log = sandbox.read("log.jsonl");
    let named = |line| text(&object(line), "/subject/id").map(str::to_owned);
    log.lines().find_map(named).unwrap()
}

fn anchor(sandbox: &Sandbox, args: &[&str]) -> Run {
    sandbox.run([&["anchor"], args].concat())
}

/// Returns the word and the result of `anchor --check`, which ends with `status`.
#[track_caller]
fn checked(sandbox: &Sandbox, args: &[&str], status: i32) -> (String, sealstone::json::Object) {
    let run = anchor(sandbox, &[&["--check"], args].concat()).status(status);
    let line = run.stdout.lines().next().unwrap();
    let (word, result) = line.split_once(" — ").unwrap();
    (word.to_owned(), object(result))
}

#[test]
fn what_was_witnessed_is_held_against_every_later_log() {
    let sandbox = sandbox();
    let run = anchor(&sandbox, &["cut.jsonl", "kept/witness.jsonl"]).status(0);
    let last = object(sandbox.read("cut.jsonl").lines().last().unwrap());
    let head = text(&last, "/integrity/hash").unwrap();
    let subject = subject(&sandbox);
    assert_eq!(
        run.stdout,
        format!("witnessed {subject}: count=5 head={head}\n")
    );
    let mode = std::fs::metadata(sandbox.path("kept/witness.jsonl")).unwrap();
    assert_eq!(mode.permissions().mode() & 0o777, 0o600);
    let kept = object(sandbox.read("kept/witness.jsonl"));
    let members: Vec<&str> = kept.iter().map(|(key, _)| &**key).collect();
    assert_eq!(members, ["chain_root", "subject", "count", "head", "ts"]);

    let witness = "kept/witness.jsonl";
    let _ = anchor(&sandbox, &["log.jsonl", witness]).status(0);
    let (word, result) = checked(&sandbox, &["log.jsonl", witness], 0);
    assert_eq!(word, "COMPLETE");
    assert_eq!(at(&result, "/latest_count"), Some(&Value::from(8)));
    for (log, word, status) in [
        ("cut.jsonl", "INCOMPLETE", 1),
        ("altered.jsonl", "INCOMPLETE", 1),
        ("forked.jsonl", "INCOMPLETE", 1),
        ("anew.jsonl", "INCOMPLETE", 1),
        ("empty.jsonl", "UNWITNESSED", 3),
    ] {
        assert_eq!(checked(&sandbox, &[log, witness], status).0, word, "{log}");
    }
}

#[test]
fn a_log_that_is_broken_or_not_what_it_was_is_not_witnessed() {
    let sandbox = sandbox();
    for (log, status, why) in [
        ("altered.jsonl", 1, "is broken: record 4"),
        ("missing.jsonl", 1, "missing.jsonl"),
        ("empty.jsonl", 3, "no record"),
    ] {
        let run = anchor(&sandbox, &[log, "none.jsonl"]).status(status);
        assert!(run.stderr.contains(why), "{run:?}");
        assert!(!sandbox.path("none.jsonl").exists(), "{log}");
    }
    let _ = anchor(&sandbox, &["log.jsonl", "witness.jsonl"]).status(0);
    let before = sandbox.read("witness.jsonl");
    for log in ["cut.jsonl", "forked.jsonl"] {
        let run = anchor(&sandbox, &[log, "witness.jsonl"]).status(1);
        let why = "not witnessed: the log is not what was witnessed of it: ";
        assert!(run.stderr.contains(why), "{run:?}");
    }
    for (option, value, why) in [
        ("--expect-subject", "somebody", "differs from the expected"),
        ("--expect-root", "00ff", "not with the expected \"00ff\""),
    ] {
        let run = anchor(&sandbox, &["log.jsonl", "witness.jsonl", option, value]).status(1);
        assert!(run.stderr.contains(why), "{run:?}");
    }
    assert_eq!(sandbox.read("witness.jsonl"), before);
}

#[test]
fn a_log_that_was_begun_anew_is_another_one_and_both_are_known() {
    let sandbox = sandbox();
    let _ = anchor(&sandbox, &["log.jsonl", "witness.jsonl"]).status(0);
    let _ = anchor(&sandbox, &["anew.jsonl", "witness.jsonl"]).status(0);
    let root = |log: &str| {
        let first = object(sandbox.read(log).lines().next().unwrap());
        text(&first, "/integrity/hash").unwrap().to_owned()
    };
    for (log, other) in [("log.jsonl", "anew.jsonl"), ("anew.jsonl", "log.jsonl")] {
        let args = ["--check", log, "witness.jsonl"];
        let run = anchor(&sandbox, &args).status(0);
        let note = format!(
            "NOTE: the witness knows another log of this subject, which begins with {}",
            root(other)
        );
        assert!(run.stdout.contains(&note), "{run:?}");
        let expected = root("log.jsonl");
        let status = i32::from(log != "log.jsonl");
        let args = [log, "witness.jsonl", "--expect-root", &expected];
        let (word, _) = checked(&sandbox, &args, status);
        assert_eq!(word, ["COMPLETE", "INCOMPLETE"][usize::from(status == 1)]);
    }
    // One that was cut is cut, whatever else there is.
    let (_, result) = checked(&sandbox, &["cut.jsonl", "witness.jsonl"], 1);
    assert_eq!(at(&result, "/witnessed_count"), Some(&Value::from(8)));
}

fn git(sandbox: &Sandbox, args: &[&str]) -> String {
    let mut command = Command::new("git");
    command.current_dir(sandbox.path("repository")).args(args);
    for (name, value) in [
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_SYSTEM", "/dev/null"),
    ] {
        command.env(name, value);
    }
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    Run::of(command, b"").status(0).stdout
}

/// A sandbox with a git repository, too.
fn with_repository() -> Sandbox {
    let sandbox = sandbox();
    std::fs::create_dir(sandbox.path("repository")).unwrap();
    git(&sandbox, &["init", "--quiet"]);
    git(&sandbox, &["config", "user.name", "Erika Mustermann"]);
    git(&sandbox, &["config", "user.email", "erika@example.org"]);
    sandbox
}

#[test]
fn the_notes_of_a_repository_are_a_witness() {
    let sandbox = with_repository();
    let run = anchor(&sandbox, &["log.jsonl", "--git", "repository"]).status(2);
    assert!(
        run.stderr.contains("no git repository with a commit"),
        "{run:?}"
    );
    git(
        &sandbox,
        &["commit", "--quiet", "--allow-empty", "-m", "begin"],
    );
    let repository = ["--git", "repository"];
    let (word, _) = checked(&sandbox, &[&["log.jsonl"], &repository[..]].concat(), 3);
    assert_eq!(word, "UNWITNESSED");

    let _ = anchor(&sandbox, &[&["cut.jsonl"], &repository[..]].concat()).status(0);
    git(
        &sandbox,
        &["commit", "--quiet", "--allow-empty", "-m", "more"],
    );
    let run = anchor(&sandbox, &[&["log.jsonl"], &repository[..]].concat()).status(0);
    assert!(run.stdout.contains("nothing was pushed"), "{run:?}");
    let note = git(
        &sandbox,
        &["notes", "--ref", "refs/notes/sealstone", "show"],
    );
    assert!(note.starts_with("{\"chain_root\":"), "{note}");
    assert!(
        note.ends_with("\nSigned-off-by: Erika Mustermann <erika@example.org>\n"),
        "{note}"
    );
    let (_, result) = checked(&sandbox, &[&["log.jsonl"], &repository[..]].concat(), 0);
    assert_eq!(at(&result, "/witnessed"), Some(&Value::from(2)));
    for log in ["cut.jsonl", "forked.jsonl"] {
        let args = [&[log], &repository[..]].concat();
        let _ = checked(&sandbox, &args, 1);
        let run = anchor(&sandbox, &args).status(1);
        assert!(run.stderr.contains("not witnessed"), "{run:?}");
    }
    // What is taken out of the notes is in their history still.
    git(
        &sandbox,
        &["notes", "--ref", "refs/notes/sealstone", "remove", "HEAD"],
    );
    let (_, result) = checked(&sandbox, &[&["cut.jsonl"], &repository[..]].concat(), 1);
    assert_eq!(at(&result, "/witnessed"), Some(&Value::from(2)));
    // A line that should be a checkpoint is named; what others wrote into the note is not.
    let damaged = "{\"count\":";
    let said = [
        "notes",
        "--ref",
        "refs/notes/sealstone",
        "add",
        "-m",
        damaged,
    ];
    git(&sandbox, &said);
    let (word, _) = checked(&sandbox, &[&["log.jsonl"], &repository[..]].concat(), 2);
    assert_eq!(word, "UNDECIDED");
}

/// Keeps `log.jsonl` in the notes, and returns the note and what an operator would like it to say: that there were never
/// more records than `cut.jsonl` has.
fn noted(sandbox: &Sandbox) -> (String, String) {
    git(
        sandbox,
        &["commit", "--quiet", "--allow-empty", "-m", "begin"],
    );
    let _ = anchor(sandbox, &["log.jsonl", "--git", "repository"]).status(0);
    let listed = git(sandbox, &["notes", "--ref", "refs/notes/sealstone", "list"]);
    let note = listed.split(' ').next().unwrap().to_owned();
    let text = git(sandbox, &["cat-file", "blob", &note]);
    let last = |log: &str| {
        let last = object(sandbox.read(log).lines().last().unwrap());
        text_of(&last)
    };
    let forged = text
        .replace("\"count\":8", "\"count\":5")
        .replace(&last("log.jsonl"), &last("cut.jsonl"));
    assert_ne!(forged, text);
    sandbox.write("forged", forged);
    let forged = git(sandbox, &["hash-object", "-w", "../forged"]);
    (note, forged.trim().to_owned())
}

fn text_of(record: &sealstone::json::Object) -> String {
    text(record, "/integrity/hash").unwrap().to_owned()
}

#[test]
fn what_a_repository_puts_in_the_place_of_its_notes_is_not_believed() {
    let sandbox = with_repository();
    let (note, forged) = noted(&sandbox);
    git(&sandbox, &["replace", &note, &forged]);
    let shown = git(&sandbox, &["cat-file", "blob", &note]);
    assert!(shown.contains("\"count\":5"), "{shown}");
    let (word, _) = checked(&sandbox, &["cut.jsonl", "--git", "repository"], 1);
    assert_eq!(word, "INCOMPLETE");

    // A clone that has not all of the history says so.
    git(&sandbox, &["replace", "--delete", &note]);
    let reference = ["notes", "--ref", "refs/notes/sealstone"];
    let add = ["add", "--force", "--reuse-message", &forged];
    git(&sandbox, &[&reference[..], &add].concat());
    let _ = checked(&sandbox, &["cut.jsonl", "--git", "repository"], 1);
    let url = format!("file://{}", sandbox.path("repository").display());
    let clone = ["clone", "--quiet", "--depth", "1", &url, "../shallow"];
    git(&sandbox, &clone);
    let notes = "refs/notes/sealstone:refs/notes/sealstone";
    let shallow = [
        "-C",
        "../shallow",
        "fetch",
        "--quiet",
        "--depth",
        "1",
        "origin",
        notes,
    ];
    git(&sandbox, &shallow);
    for args in [&["--check", "cut.jsonl"][..], &["--check", "log.jsonl"]] {
        let run = anchor(&sandbox, &[args, &["--git", "shallow"]].concat()).status(2);
        assert!(run.stderr.contains("is a shallow clone"), "{run:?}");
    }
}

#[test]
fn a_repository_is_the_one_that_is_named_and_runs_nothing() {
    let sandbox = with_repository();
    let (note, _) = noted(&sandbox);
    std::fs::create_dir(sandbox.path("other")).unwrap();
    git(&sandbox, &["init", "--quiet", "../other"]);
    let args = ["anchor", "--check", "log.jsonl", "--git", "repository"];
    let mut command = sandbox.command(args);
    command.env("GIT_DIR", sandbox.path("other/.git"));
    let _ = Run::of(command, b"").status(0);

    // A note that is gone is not fetched, by whatever the repository would have it fetched.
    let ran = sandbox.path("ran");
    let upload = format!("touch {}; git-upload-pack", ran.display());
    let url = sandbox.path("repository").display().to_string();
    for (name, value) in [
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.promisor", "true"),
        ("remote.origin.url", &*url),
        ("remote.origin.uploadpack", &*upload),
    ] {
        git(&sandbox, &["config", name, value]);
    }
    let (folder, file) = note.split_at(2);
    let object = format!("repository/.git/objects/{folder}/{file}");
    std::fs::remove_file(sandbox.path(object)).unwrap();
    let run = anchor(&sandbox, &args[1..]);
    assert_ne!(run.status, Some(0), "{run:?}");
    assert!(!ran.exists(), "{run:?}");
}

#[test]
fn a_log_that_is_gone_while_it_is_watched_is_missed() {
    let sandbox = sandbox();
    let args = [
        "anchor",
        "log.jsonl",
        "witness.jsonl",
        "--watch",
        "--every",
        "1s",
    ];
    let mut child = sandbox
        .command(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    let mut told = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    assert!(line.starts_with("witnessed "), "{line}");
    std::fs::remove_file(sandbox.path("log.jsonl")).unwrap();
    line.clear();
    told.read_line(&mut line).unwrap();
    assert!(
        line.contains("`log.jsonl` is gone or empty, and was witnessed"),
        "{line}"
    );
    let pid = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));

    rustix::fs::mkfifoat(rustix::fs::CWD, sandbox.path("pipe"), 0o600.into()).unwrap();
    for log in ["pipe", "."] {
        let run = sandbox.run(["anchor", log, "w.jsonl", "--watch", "--every", "1s"]);
        assert!(run.status(2).stderr.contains("cannot be watched"), "{log}");
    }
}

#[test]
fn a_log_is_witnessed_while_it_grows_and_missed_intervals_are_said() {
    let sandbox = Sandbox::new();
    let now = sealstone::system::now().unwrap().to_string();
    let lines: Vec<String> = sample::chain(8, 4).collect();
    // Records of now: those of the sample are of some time ago.
    let mut previous = sealstone::digest::Digest::GENESIS;
    let lines: Vec<String> = lines
        .iter()
        .map(|line| {
            let mut record = object(line);
            record.remove("integrity");
            record.insert("ts", now.as_str());
            let sealed = sealstone::chain::seal(record, previous).unwrap();
            previous = sealed.hash;
            sealed.line
        })
        .collect();
    let mut command = sandbox.command([
        "anchor",
        "log.jsonl",
        "witness.jsonl",
        "--watch",
        "--every",
        "1s",
    ]);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stdout.take().unwrap()).lines();
    let (told, tells) = mpsc::channel();
    let listener = thread::spawn(move || {
        for line in said.map_while(Result::ok) {
            told.send(line).unwrap();
        }
    });
    // A log that is not there yet is waited for.
    for end in [3, 5, 8] {
        sandbox.write("log.jsonl", lines[..end].concat());
        let line = tells.recv_timeout(Duration::from_secs(20)).unwrap();
        assert!(line.contains(&format!(": count={end} head=")), "{line}");
    }
    // Nothing is said while nothing grows.
    assert!(tells.recv_timeout(Duration::from_millis(1500)).is_err());
    let pid = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    listener.join().unwrap();
    let kept = sandbox.read("witness.jsonl");
    assert_eq!(kept.lines().count(), 3);
    assert!(
        kept.lines().all(|line| line.ends_with("\"every\":1}")),
        "{kept}"
    );

    let (_, result) = checked(
        &sandbox,
        &["log.jsonl", "witness.jsonl", "--every", "10m"],
        0,
    );
    assert_eq!(at(&result, "/missed_runs"), Some(&Value::from(0)));
    // The witness was asleep for an hour.
    let late = kept
        .lines()
        .enumerate()
        .map(|(index, line)| {
            let mut checkpoint = object(line);
            if index == 2 {
                let at = sealstone::system::now().unwrap().unix_nanos() + 3_600_000_000_000;
                let at = sealstone::time::Timestamp::from_unix_nanos(at).unwrap();
                checkpoint.insert("ts", at.to_string());
            }
            sealstone::json::to_line(&checkpoint)
        })
        .collect::<String>();
    sandbox.write("late.jsonl", late);
    let run = anchor(
        &sandbox,
        &["--check", "log.jsonl", "late.jsonl", "--every", "5m"],
    )
    .status(0);
    let note = "NOTE: an interval of 5m was missed: records 6 to 8 were witnessed up to 1h";
    assert!(run.stdout.contains(note), "{run:?}");
}

/// Answers requests in order, and returns where, and what was asked.
fn server(answers: Vec<(&'static str, String)>) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (asked, asks) = mpsc::channel();
    thread::spawn(move || {
        for (status, body) in answers {
            let mut stream = listener.accept().unwrap().0;
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
                head.push_str(&line);
            }
            let mut told = vec![0; length];
            reader.read_exact(&mut told).unwrap();
            drop(asked.send(format!("{head}\n{}", String::from_utf8(told).unwrap())));
            let answer = format!(
                "HTTP/1.0 {status}\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    (url, asks)
}

#[test]
fn a_witness_on_the_network_is_told_with_a_key_and_gives_a_receipt() {
    const KEY: &str = "k-hunter2-k";
    let sandbox = sandbox();
    let last = object(sandbox.read("log.jsonl").lines().last().unwrap());
    let head = text(&last, "/integrity/hash").unwrap();
    let subject = subject(&sandbox);
    let first = object(sandbox.read("log.jsonl").lines().next().unwrap());
    let root = text(&first, "/integrity/hash").unwrap();
    let told = format!(
        "\"subject\":\"{subject}\",\"count\":8,\"head\":\"{head}\",\"chain_root\":\"{root}\""
    );
    let receipt = format!("{{\"ok\":true,\"receipt\":{{{told},\"ts\":\"2026-11-22T18:00:00Z\"}}}}");
    sandbox.write("key.txt", format!("{KEY}\n"));
    for more in [&["--key", KEY][..], &["--key-file", "key.txt"], &[]] {
        let (url, asks) = server(vec![("201 Created", receipt.clone())]);
        let mut command =
            sandbox.command([&["anchor", "log.jsonl", "--remote", &url], more].concat());
        if more.is_empty() {
            command.env("SEALSTONE_WITNESS_KEY", KEY);
        }
        let run = Run::of(command, b"").status(0);
        assert_eq!(
            run.stdout,
            format!("anchored to {url}: subject={subject} count=8 head={head}\n")
        );
        let asked = asks.recv().unwrap();
        assert!(asked.starts_with("POST /anchor HTTP/1.1"), "{asked}");
        assert!(
            asked
                .to_lowercase()
                .contains(&format!("authorization: bearer {KEY}")),
            "{asked}"
        );
        assert!(asked.ends_with(&format!("\n{{{told}}}")), "{asked}");
    }
    // Whatever goes wrong, the key is not in it, and nothing is said to be witnessed.
    let other = receipt.replace("\"count\":8", "\"count\":9");
    for (status, body, why) in [
        ("200 OK", receipt.clone(), "status 200"),
        ("201 Created", other, "a receipt for something else"),
        ("201 Created", "{\"ok\":true}".to_owned(), "no receipt"),
        (
            "409 Conflict",
            "{\"error\":\"the chain had 9 records already\\u001b[31m\"}".to_owned(),
            "status 409: the chain had 9 records already",
        ),
        (
            "401 Unauthorized",
            "{\"error\":\"unauthorized\"}".to_owned(),
            "status 401: unauthorized",
        ),
        ("503 Service Unavailable", String::new(), "status 503"),
        ("302 Found", String::new(), "status 302"),
    ] {
        let (url, _asks) = server(vec![(status, body)]);
        let run = anchor(&sandbox, &["log.jsonl", "--remote", &url, "--key", KEY]).status(1);
        assert!(
            run.stderr.contains("not witnessed: ") && run.stderr.contains(why),
            "{run:?}"
        );
        assert!(
            !run.stderr.contains(KEY) && !run.stderr.contains('\u{1b}'),
            "{run:?}"
        );
        assert_eq!(run.stdout, "");
    }
    let run = anchor(&sandbox, &["log.jsonl", "--remote", "http://127.0.0.1:1"]).status(2);
    assert!(run.stderr.contains("needs a key"), "{run:?}");
    for bad in ["", "two words", "line\nfeed", "ümlaut"] {
        let args = ["log.jsonl", "--remote", "http://127.0.0.1:1", "--key", bad];
        let run = anchor(&sandbox, &args).status(2);
        assert!(run.stderr.contains("a key is of visible ASCII"), "{run:?}");
    }
    let run = anchor(
        &sandbox,
        &[
            "altered.jsonl",
            "--remote",
            "http://127.0.0.1:1",
            "--key",
            KEY,
        ],
    )
    .status(1);
    assert!(
        run.stderr.contains("is broken"),
        "nobody is told of a broken log: {run:?}"
    );
}

#[test]
fn a_witness_that_is_damaged_or_was_told_two_things_says_so() {
    let sandbox = sandbox();
    let _ = anchor(&sandbox, &["log.jsonl", "witness.jsonl"]).status(0);
    let _ = anchor(&sandbox, &["forked.jsonl", "other.jsonl"]).status(0);
    let (kept, said) = (sandbox.read("witness.jsonl"), sandbox.read("other.jsonl"));
    let (kept, said) = (kept.trim_end(), said.trim_end());
    let body = format!(
        "{{\"checkpoints\":[{kept}],\"count\":1,\"conflicts\":[{{\"conflict\":\"other head\",\"kept\":{kept},\"said\":{said}}}]}}"
    );
    let (url, asks) = server(vec![("200 OK", body)]);
    let args = ["--check", "log.jsonl", "--remote", &url, "--key", "readkey"];
    let run = anchor(&sandbox, &args).status(0);
    assert!(
        run.stdout
            .contains("NOTE: the witness refused 1 statement about this log"),
        "{run:?}"
    );
    assert!(
        asks.recv()
            .unwrap()
            .to_lowercase()
            .contains("authorization: bearer readkey")
    );
    let body = format!(
        "{{\"error\":\"damaged\",\"checkpoints\":[{kept}],\"count\":1,\"damaged\":[{{\"line\":7,\"why\":\"torn\"}}]}}"
    );
    let (url, _asks) = server(vec![("503 Service Unavailable", body)]);
    let run = anchor(&sandbox, &["--check", "log.jsonl", "--remote", &url]).status(2);
    assert!(run.stdout.starts_with("UNDECIDED — "), "{run:?}");
    assert!(
        run.stdout.contains("line 7 is no checkpoint: torn"),
        "{run:?}"
    );
}

#[test]
fn arguments_that_say_two_things_are_refused() {
    let sandbox = sandbox();
    for args in [
        &["log.jsonl"][..],
        &["log.jsonl", "w.jsonl", "--remote", "http://127.0.0.1:1"],
        &["log.jsonl", "w.jsonl", "--git", "."],
        &["log.jsonl", "w.jsonl", "--watch"],
        &["log.jsonl", "w.jsonl", "--watch", "--every", "0s"],
        &["log.jsonl", "w.jsonl", "--watch", "--every", "5 m"],
        &[
            "log.jsonl",
            "w.jsonl",
            "--check",
            "--watch",
            "--every",
            "5m",
        ],
        &["log.jsonl", "w.jsonl", "--key", "k"],
        &["-", "w.jsonl", "--watch", "--every", "5m"],
        &["log.jsonl", ""],
    ] {
        let run = anchor(&sandbox, args).status(2);
        assert!(!run.stderr.is_empty(), "{args:?}");
        assert!(!sandbox.path("w.jsonl").exists(), "{args:?}");
    }
}
