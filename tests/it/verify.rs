//! `sealstone verify`

use std::{
    io::Write,
    process::{Command, Stdio},
};

use sealstone::{json::Value, sample};

use crate::harness::{Run, SEALSTONE, Sandbox, object, skip};

fn log() -> String {
    sample::chain(5, 1).collect()
}

#[test]
fn an_intact_log_gets_one_line_that_says_what_it_proves() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", log());
    let run = sandbox.run(["verify", "a.jsonl"]).status(0);
    let head = sandbox.verdict("a.jsonl").str("head").unwrap().to_owned();
    assert_eq!(
        run.stdout,
        format!(
            "a.jsonl: intact: 5 records, unaltered and in order up to head {head}; this proves integrity, \
             not that everything was recorded or that no end was cut off\n"
        )
    );
    assert_eq!(run.stderr, "");
}

#[test]
fn a_finding_names_its_record_and_code() {
    let sandbox = Sandbox::new();
    let lines: Vec<String> = log().lines().map(str::to_owned).collect();
    let removed = [&lines[..2], &lines[3..]].concat().join("\n");
    sandbox.write("a.jsonl", removed + "\n");
    let run = sandbox.run(["verify", "a.jsonl"]).status(1);
    let (finding, rest) = run.stdout.split_once('\n').unwrap();
    let verdict = rest.lines().last().unwrap();
    assert!(
        finding.starts_with("record 3: link-mismatch at /integrity/prev_hash: unaltered, but"),
        "{finding}"
    );
    assert_eq!(
        verdict,
        "a.jsonl: broken: 1 finding in 4 records; the chain holds up to record 2, and nothing after it can \
         be proven"
    );
}

#[test]
fn several_logs_get_a_line_each_and_the_worst_status() {
    let sandbox = Sandbox::new();
    sandbox.write("good.jsonl", log());
    sandbox.write("empty.jsonl", "\n");
    sandbox.write("bad.jsonl", "[]\n");
    let _ = sandbox
        .run(["verify", "good.jsonl", "empty.jsonl"])
        .status(3);
    let run = sandbox
        .run([
            "verify",
            "good.jsonl",
            "empty.jsonl",
            "bad.jsonl",
            "missing.jsonl",
        ])
        .status(1);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 5, "{lines:#?}");
    assert!(lines[0].starts_with("good.jsonl: intact: 5 records"));
    assert!(lines[1].starts_with("empty.jsonl: empty"));
    assert!(lines[2].starts_with("bad.jsonl: record 1: not-an-object"));
    assert!(lines[3].starts_with("bad.jsonl: broken"));
    assert_eq!(
        lines[4],
        "missing.jsonl: unreadable: cannot read `missing.jsonl`: no such file or directory"
    );
}

#[test]
fn json_is_one_document_with_every_member_the_format_lists() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "a.jsonl",
        log().replacen("\"ts\":\"2026", "\"ts\":\"2025", 1),
    );
    let run = sandbox
        .run(["verify", "--json", "a.jsonl", "missing"])
        .status(1);
    assert_eq!(run.stdout.lines().count(), 1);
    let document = object(&run.stdout);
    let logs = document.get("logs").and_then(Value::as_array).unwrap();
    for log in logs {
        let keys: Vec<&str> = log
            .as_object()
            .unwrap()
            .iter()
            .map(|(key, _)| key.as_str())
            .collect();
        assert_eq!(
            keys,
            [
                "path",
                "verdict",
                "records",
                "head",
                "first_break",
                "findings",
                "findings_left_out",
                "warnings",
                "warnings_left_out",
                "delegation",
                "error"
            ]
        );
    }
    let broken = logs[0].as_object().unwrap();
    assert_eq!(broken.str("verdict"), Some("broken"));
    assert_eq!(broken.get("first_break").unwrap().as_integer(), Some(1));
    assert_eq!(broken.get("head"), Some(&Value::Null));
    let finding = broken.get("findings").unwrap().as_array().unwrap()[0]
        .as_object()
        .unwrap();
    assert_eq!(finding.str("code"), Some("hash-mismatch"));
    assert_eq!(finding.str("pointer"), Some("/integrity/hash"));
    let missing = logs[1].as_object().unwrap();
    assert_eq!(missing.str("verdict"), Some("unreadable"));
    assert!(missing.str("error").unwrap().contains("no such file"));
}

#[test]
fn strict_fails_on_warnings_and_quiet_says_nothing() {
    let sandbox = Sandbox::new();
    let drafts = "{\"ts\":\"2026-01-02T00:00:00Z\"}\n{\"ts\":\"2026-01-01T00:00:00Z\",\"parent_id\":\"x\"}\n";
    let _ = sandbox
        .run_with(["record", "-o", "a.jsonl"], drafts)
        .status(0);
    let run = sandbox.run(["verify", "a.jsonl"]).status(0);
    assert!(
        run.stdout
            .contains("record 2: warning: earlier-timestamp at /ts"),
        "{run:?}"
    );
    assert!(
        run.stdout.contains("record 2: warning: unresolved-parent"),
        "{run:?}"
    );
    let _ = sandbox.run(["verify", "--strict", "a.jsonl"]).status(1);
    let run = sandbox
        .run(["verify", "--quiet", "--strict", "a.jsonl"])
        .status(1);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
}

#[test]
fn hostile_content_is_made_visible() {
    let sandbox = Sandbox::new();
    let log = log().replacen(
        "\"severity\":\"INFO\"",
        "\"severity\":\"\\u001b]0;x\\u0007\\u202e\"",
        1,
    );
    sandbox.write("a.jsonl", log);
    let run = sandbox.run(["verify", "a.jsonl"]).status(1);
    assert!(run.stdout.contains("\\u{1b}]0;x\\u{7}\\u{202e}"), "{run:?}");
    let run = sandbox.run(["verify", "--json", "a.jsonl"]).status(1);
    assert!(
        run.stdout
            .trim_end()
            .chars()
            .all(|c| (' '..='~').contains(&c)),
        "{run:?}"
    );
    // The path is hostile too.
    sandbox.write("\u{1b}[31m.jsonl", "");
    let run = sandbox.run(["verify", "\u{1b}[31m.jsonl"]).status(3);
    assert!(
        run.stdout.starts_with("\\u{1b}[31m.jsonl: empty"),
        "{run:?}"
    );
}

#[test]
fn a_closed_pipe_does_not_change_the_status() {
    let sandbox = Sandbox::new();
    sandbox.write("good.jsonl", log());
    sandbox.write("bad.jsonl", "[]\n".repeat(20_000));
    for (log, status) in [("good.jsonl", 0), ("bad.jsonl", 1)] {
        let mut child = sandbox.command(["verify", log]).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{log}");
        assert_eq!(output.stderr, b"");
    }
}

#[test]
fn a_result_that_cannot_be_written_is_a_failure() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", log());
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let mut command = sandbox.command(["verify", "a.jsonl"]);
    let output = command.stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("cannot write the result"), "{stderr}");
}

#[test]
fn a_stream_is_judged_like_a_file_however_it_is_cut() {
    let sandbox = Sandbox::new();
    let log: String = sample::chain(2000, 3).collect();
    sandbox.write("a.jsonl", &log);
    let whole = sandbox.run(["verify", "--json", "a.jsonl"]).status(0);
    let streamed = sandbox.run_with(["verify", "--json", "-"], &log).status(0);
    assert_eq!(
        streamed.stdout,
        whole.stdout.replace("\"a.jsonl\"", "\"-\"")
    );
    let mut child = sandbox
        .command(["verify", "--json", "-"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    for piece in log.as_bytes()[..60_000].chunks(997) {
        stdin.write_all(piece).unwrap();
        stdin.flush().unwrap();
    }
    drop(stdin);
    let run = Run::from(child.wait_with_output().unwrap()).status(1);
    assert!(run.stdout.contains("torn-line"), "{run:?}");
}

#[test]
fn a_log_that_nobody_may_write_is_mapped_and_judged_alike() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::new();
    let path = sandbox.write("a.jsonl", log());
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o444)).unwrap();
    for io in ["auto", "mmap", "read"] {
        let run = sandbox.run(["verify", "--io", io, "a.jsonl"]).status(0);
        assert!(run.stdout.contains("intact: 5 records"), "{run:?}");
    }
}

#[test]
fn deep_nesting_does_not_overflow_the_stack() {
    let sandbox = Sandbox::new();
    for open in ["[", "{\"a\":"] {
        sandbox.write("deep.jsonl", open.repeat(200_000) + "\n");
        let run = sandbox.run(["verify", "deep.jsonl"]).status(1);
        assert!(run.stdout.contains("record 1: too-deep"), "{run:?}");
    }
}

#[test]
fn colour_is_only_for_terminals_unless_asked_for() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", log());
    let plain = sandbox.run(["verify", "a.jsonl"]).status(0);
    assert!(!plain.stdout.contains('\u{1b}'));
    let coloured = sandbox
        .run(["verify", "--color", "always", "a.jsonl"])
        .status(0);
    assert!(coloured.stdout.starts_with("\u{1b}[32m"), "{coloured:?}");
}

#[test]
fn many_findings_are_counted_and_bounded() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", "[]\n".repeat(10_050));
    let run = sandbox.run(["verify", "a.jsonl"]).status(1);
    assert_eq!(run.stdout.lines().count(), 10_002);
    assert!(run.stdout.contains("\n50 more findings\n"));
    assert!(
        run.stdout
            .contains("broken: 10050 findings in 10050 records")
    );
}

#[test]
fn the_binary_runs_by_its_path_alone() {
    // No environment at all: no HOME, no PATH, no TERM.
    let output = Command::new(SEALSTONE)
        .arg("--version")
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    let version = format!("sealstone {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), version);
}

#[test]
fn the_verdict_names_the_last_record_that_was_followed() {
    let sandbox = Sandbox::new();
    let log = log();
    let lines: Vec<&str> = log.lines().collect();
    let damaged = [lines[0], "garbage", lines[2], lines[3]].join("\n") + "\n";
    sandbox.write("a.jsonl", damaged);
    let run = sandbox.run(["verify", "a.jsonl"]).status(1);
    assert!(
        run.stdout.contains("the chain holds up to record 1, and"),
        "{run:?}"
    );
    let verdict = sandbox.verdict("a.jsonl");
    assert_eq!(verdict.get("first_break").unwrap().as_integer(), Some(3));
}

#[test]
fn lines_and_records_are_counted_apart() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "a.jsonl",
        format!("\n\n{}\n[]\n", log().replace('\n', "\n\n")),
    );
    let verdict = sandbox.verdict("a.jsonl");
    let finding = verdict.get("findings").unwrap().as_array().unwrap()[0]
        .as_object()
        .unwrap();
    assert_eq!(finding.get("record").unwrap().as_integer(), Some(6));
    assert_eq!(finding.get("line").unwrap().as_integer(), Some(14));
    let delegation = verdict.object("delegation").unwrap();
    assert!(delegation.get("links").unwrap().as_integer() > Some(0));
    assert_eq!(delegation.get("orphans").unwrap().as_integer(), Some(0));
}

#[test]
fn standard_input_is_read_once() {
    let run = Sandbox::new()
        .run_with(["verify", "-", "-"], log())
        .status(2);
    assert!(
        run.stderr.contains("standard input can be read only once"),
        "{run:?}"
    );
}

#[test]
fn hostile_arguments_are_made_visible() {
    let sandbox = Sandbox::new();
    for args in [
        vec!["verify", "--x\u{1b}]0;pwn\u{7}"],
        vec!["\u{1b}[31m"],
        vec!["verify", "--io", "\u{1b}[31m", "x"],
    ] {
        let run = sandbox.run(args).status(2);
        assert!(!run.stderr.contains(['\u{1b}', '\u{7}']), "{run:?}");
    }
}

#[test]
fn hostile_keys_do_not_fill_the_memory() {
    let sandbox = Sandbox::new();
    let record = format!(
        "{{\"{}\":[{}1.5]}}\n",
        "k".repeat(1 << 20),
        "1.5,".repeat(99)
    );
    sandbox.write("a.jsonl", record.repeat(3));
    let run = sandbox.run(["verify", "--json", "a.jsonl"]).status(1);
    assert!(run.stdout.len() < 1 << 20, "{}", run.stdout.len());
}

#[test]
fn a_line_that_no_reader_should_hold_is_not_judged() {
    let sandbox = Sandbox::new();
    let long = vec![b' '; (64 << 20) + (1 << 20)];
    for io in ["read", "mmap"] {
        sandbox.write("a.jsonl", &long);
        let run = sandbox.run(["verify", "--io", io, "a.jsonl"]).status(1);
        assert!(
            run.stdout.contains("a line is longer than 64 MiB"),
            "{run:?}"
        );
    }
}

#[test]
fn quiet_silences_verdicts_but_not_errors_or_data() {
    let sandbox = Sandbox::new();
    let run = sandbox
        .run(["--quiet", "verify", "missing.jsonl"])
        .status(1);
    assert_eq!(run.stdout, "");
    assert!(run.stderr.contains("no such file"), "{run:?}");
    let run = sandbox.run(["--quiet", "sample"]).status(0);
    assert_eq!(run.stdout.lines().count(), 2);
}

#[test]
fn an_error_is_said_once() {
    let sandbox = Sandbox::new();
    let run = sandbox
        .run_with(["record", "-o", "no/such/a.jsonl"], "{}")
        .status(1);
    assert_eq!(run.stderr.matches("o such file").count(), 1, "{run:?}");
}

#[test]
fn progress_is_drawn_on_a_terminal_and_nowhere_else() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", sample::chain(20_000, 2).collect::<String>());
    let on_a_terminal = |arguments: &str, no_color: &str| {
        let line = format!("{SEALSTONE} verify {arguments} a.jsonl");
        let output = Command::new("script")
            .args(["-qec", &line, "/dev/null"])
            .current_dir(sandbox.path(""))
            .env("TERM", "xterm")
            .env("NO_COLOR", no_color)
            .stdin(Stdio::null())
            .output();
        output
            .ok()
            .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let Some(drawn) = on_a_terminal("", "") else {
        skip(
            "progress_is_drawn_on_a_terminal_and_nowhere_else",
            "no script",
        );
        return;
    };
    assert!(drawn.contains("% ") && drawn.contains(" left"), "{drawn:?}");
    assert!(
        drawn.contains("\u{1b}[32ma.jsonl: intact: 20000 records"),
        "{drawn:?}"
    );
    for silent in ["--quiet", "--json"] {
        let drawn = on_a_terminal(silent, "").unwrap();
        assert!(!drawn.contains(" left"), "{silent}: {drawn:?}");
    }
    let plain = on_a_terminal("", "1").unwrap();
    assert!(
        plain.contains("a.jsonl: intact") && !plain.contains("\u{1b}[32m"),
        "{plain:?}"
    );
    let piped = sandbox.run(["verify", "a.jsonl"]).status(0);
    assert_eq!(piped.stderr, "");
}
