//! `sealstone record`

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::fs::PermissionsExt,
    process::{Command, Stdio},
};

use sealstone::{digest::Digest, json::Value, sample};

use crate::harness::{Run, SEALSTONE, Sandbox, at, object, skip, text};

#[test]
fn a_draft_becomes_a_record_in_a_chain() {
    let sandbox = Sandbox::new();
    let drafts = concat!(
        r#"{"action":{"tool":"refund","type":"write","category":"safety"},"input":{"order":7},"output":{"ok":1}}"#,
        "\n\n",
        r#"{"note":"größer","session_id":"s9"}"#,
    );
    let run = sandbox
        .run_with(["record", "-o", "a.jsonl"], drafts)
        .status(0);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
    let records = sandbox.records("a.jsonl");
    assert_eq!(records.len(), 2);
    assert_eq!(text(&records[0], "/action/tool"), Some("refund"));
    assert_eq!(
        text(&records[0], "/action/input/summary"),
        Some("{\"order\":7}")
    );
    assert_eq!(text(&records[0], "/outcome/status"), Some("ok"));
    assert_eq!(text(&records[0], "/source/capture"), Some("ingested"));
    assert_eq!(text(&records[1], "/note"), Some("größer"));
    assert_eq!(text(&records[1], "/session_id"), Some("s9"));
    assert_eq!(
        text(&records[1], "/integrity/prev_hash"),
        text(&records[0], "/integrity/hash")
    );
}

#[test]
fn options_fill_what_drafts_leave_open() {
    let sandbox = Sandbox::new();
    let args = [
        "record",
        "-o",
        "a.jsonl",
        "--session",
        "s1",
        "--agent",
        "bot",
        "--subject",
        "acme",
        "--principal",
        "human_id=u1",
        "--principal",
        "role_scope=support",
        "--source",
        "gateway",
        "--tool",
        "T",
        "--type",
        "read",
        "--category",
        "privacy",
        "--no-summaries",
    ];
    let drafts = "{\"input\":{\"a\":1},\"output\":\"x\"}\n{\"session_id\":\"own\",\"agent\":{\"id\":\"me\"}}\n";
    let _ = sandbox.run_with(args, drafts).status(0);
    let records = sandbox.records("a.jsonl");
    for (pointer, value) in [
        ("/session_id", "s1"),
        ("/agent/id", "bot"),
        ("/agent/name", "bot"),
        ("/subject/id", "acme"),
        ("/principal/human_id", "u1"),
        ("/principal/role_scope", "support"),
        ("/source/via", "LLM gateway / proxy log"),
        ("/action/tool", "T"),
        ("/action/type", "read"),
        ("/action/category", "privacy"),
    ] {
        assert_eq!(text(&records[0], pointer), Some(value), "{pointer}");
    }
    assert_eq!(at(&records[0], "/action/input/summary"), None);
    assert_eq!(at(&records[0], "/outcome/summary"), None);
    assert_eq!(text(&records[1], "/session_id"), Some("own"));
    assert_eq!(text(&records[1], "/agent/id"), Some("me"));
    assert_eq!(at(&records[1], "/agent/name"), None);
}

#[test]
fn any_json_line_can_be_wrapped() {
    let sandbox = Sandbox::new();
    let lines = "[1.5]\n\"text\"\n{\"msg\":\"x\",\"ms\":0.25}\n";
    let args = [
        "record",
        "-o",
        "a.jsonl",
        "--wrap",
        "--tool",
        "app",
        "--type",
        "agent_message",
    ];
    let _ = sandbox.run_with(args, lines).status(0);
    let records = sandbox.records("a.jsonl");
    assert_eq!(text(&records[0], "/action/input/summary"), Some("[1.5]"));
    assert_eq!(text(&records[1], "/action/input/summary"), Some("text"));
    assert_eq!(text(&records[2], "/action/tool"), Some("app"));
}

#[test]
fn a_refused_draft_is_named_and_the_others_are_recorded() {
    let sandbox = Sandbox::new();
    let drafts = [
        r#"{"note":1}"#,
        r#"{"action":{"type":7}}"#,
        r#"{"action":{"type":"look"}}"#,
        r#"{"data":{"ratio":1.5}}"#,
        r#"{"note":1,"note":2}"#,
        r#"{"note":"#,
        "\u{0}",
        r#"{"integrity":{}}"#,
        r#"{"outcome":{"summary":null}}"#,
        r#"{"agent":{"name":null}}"#,
        r#"{"subject":{"id":null}}"#,
        r#"{"source":{"via":null}}"#,
        r#"{"authority":{"snapshot_id":5}}"#,
        r#"{"data":{"pii_types":"email"}}"#,
        r#"{"data":{"zdr":"yes"}}"#,
        r#"{"note":2}"#,
    ]
    .join("\n");
    let run = sandbox
        .run_with(["record", "-o", "a.jsonl"], drafts)
        .status(1);
    for (line, field) in [
        (2, "`/action/type`: expected string, found number"),
        (3, "`/action/type`: expected one of"),
        (4, "`/data/ratio`: number with a fraction or an exponent"),
        (5, "`/note`: this key stands twice in one object"),
        (6, "not JSON: unexpected end of the text"),
        (7, "not JSON: expected a value at byte 0"),
        (8, "`/integrity`: only the recorder sets this"),
        (9, "`/outcome/summary`: expected string, found null"),
        (10, "`/agent/name`"),
        (11, "`/subject/id`"),
        (12, "`/source/via`"),
        (13, "`/authority/snapshot_id`"),
        (14, "`/data/pii_types`"),
        (15, "`/data/zdr`"),
    ] {
        let expected = format!("sealstone: error: line {line} is not recorded: {field}");
        assert!(run.stderr.contains(&expected), "{expected}\n{}", run.stderr);
    }
    assert_eq!(run.stderr.lines().count(), 14);
    assert_eq!(sandbox.records("a.jsonl").len(), 2);
}

#[test]
fn acknowledgements_come_while_the_input_is_still_open() {
    let sandbox = Sandbox::new();
    for sync in ["always", "batch", "never"] {
        let log = format!("{sync}.jsonl");
        let mut child = sandbox
            .command(["record", "-o", &log, "--ack", "--sync", sync])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        for line in 1..=3 {
            stdin.write_all(b"{\"note\":1}\n").unwrap();
            let mut acknowledgement = String::new();
            stdout.read_line(&mut acknowledgement).unwrap();
            let acknowledgement = object(acknowledgement.trim_end());
            assert_eq!(
                at(&acknowledgement, "/line").unwrap().as_integer(),
                Some(line)
            );
            let last = sandbox.read(&log).lines().last().map(object).unwrap();
            assert_eq!(text(&last, "/integrity/hash"), acknowledgement.str("hash"));
            assert_eq!(last.str("record_id"), acknowledgement.str("record_id"));
        }
        drop(stdin);
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn always_and_batch_sync_and_never_does_not() {
    // Counted by the system-call trace where there is one; the figures are what the help promises.
    let Ok(version) = Command::new("strace").arg("-V").output() else {
        skip("always_and_batch_sync_and_never_does_not", "no strace");
        return;
    };
    assert!(version.status.success());
    let sandbox = Sandbox::new();
    // Few enough bytes to arrive in one piece, so that a batch is all of them.
    let drafts = "{\"note\":1}\n".repeat(20);
    for (sync, expected) in [("always", 20..=20), ("batch", 1..=2), ("never", 0..=0)] {
        let mut command = Command::new("strace");
        command
            .args(["-f", "-e", "trace=fdatasync", "-o", "trace", SEALSTONE])
            .args(["record", "--sync", sync, "-o", &format!("{sync}.jsonl")])
            .current_dir(sandbox.path(""))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let run = Run::of(command, drafts.as_bytes());
        if run.stderr.contains("ptrace") {
            skip(
                "always_and_batch_sync_and_never_does_not",
                run.stderr.trim(),
            );
            return;
        }
        let _ = run.status(0);
        let count = sandbox.read("trace").matches("fdatasync(").count();
        assert!(expected.contains(&count), "{sync}: {count}");
    }
}

#[test]
fn logs_and_what_stands_beside_them_are_private() {
    let sandbox = Sandbox::new();
    let _ = sandbox
        .run_with(["record", "-o", "a.jsonl"], "{}\n{\"a")
        .status(1);
    sandbox.write("torn.jsonl", "{\"schema_version");
    let _ = sandbox
        .run_with(["record", "-o", "torn.jsonl"], "{}")
        .status(0);
    for name in [
        "a.jsonl",
        "a.jsonl.lock",
        "torn.jsonl.lock",
        "torn.jsonl.torn",
    ] {
        let mode = fs::metadata(sandbox.path(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn a_torn_line_is_moved_aside_and_disclosed() {
    let sandbox = Sandbox::new();
    let log = sample::example();
    let first = log.find('\n').unwrap() + 1;
    for (keep, torn) in [
        (first, 1),
        (first, 300),
        (0, 25),
        (first, log.len() - first - 2),
    ] {
        let name = format!("{keep}-{torn}.jsonl");
        sandbox.write(&name, &log[..keep + torn]);
        let run = sandbox
            .run_with(["record", "-o", &name], "{\"note\":\"after\"}\n")
            .status(0);
        assert!(
            run.stderr
                .contains("warning: the log ended in a record that was cut off"),
            "{run:?}"
        );
        let records = sandbox.records(&name);
        let disclosure = &records[records.len() - 2];
        assert_eq!(text(disclosure, "/action/tool"), Some("recorder.recovered"));
        assert_eq!(
            at(disclosure, "/sealstone/recovered/bytes")
                .unwrap()
                .as_integer(),
            Some(i64::try_from(torn).unwrap())
        );
        let moved = &log[keep..keep + torn];
        assert_eq!(
            text(disclosure, "/sealstone/recovered/sha256"),
            Some(&*Digest::of(moved.as_bytes()).to_string())
        );
        assert_eq!(sandbox.read(&format!("{name}.torn")), moved);
        assert_eq!(text(&records[records.len() - 1], "/note"), Some("after"));
    }
}

#[test]
fn a_torn_line_longer_than_its_disclosure_is_gone_from_the_log() {
    let sandbox = Sandbox::new();
    let torn = format!("{{\"x\":\"{}", "y".repeat(5000));
    sandbox.write("a.jsonl", sample::example() + &torn);
    let _ = sandbox
        .run_with(["record", "-o", "a.jsonl"], "{}")
        .status(0);
    assert_eq!(sandbox.records("a.jsonl").len(), 4);
    // A second recovery adds to the file and does not replace what is there.
    let mut log = fs::OpenOptions::new()
        .append(true)
        .open(sandbox.path("a.jsonl"))
        .unwrap();
    log.write_all(b"{\"again").unwrap();
    let _ = sandbox
        .run_with(["record", "-o", "a.jsonl"], "{}")
        .status(0);
    assert_eq!(sandbox.records("a.jsonl").len(), 6);
    assert_eq!(sandbox.read("a.jsonl.torn"), format!("{torn}{{\"again"));
}

#[test]
fn a_last_line_without_its_line_feed_is_kept() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", sample::example().trim_end());
    let _ = sandbox
        .run_with(["record", "-o", "a.jsonl"], "{}")
        .status(0);
    assert_eq!(sandbox.records("a.jsonl").len(), 3);
    assert!(!sandbox.path("a.jsonl.torn").exists());
}

#[test]
fn what_nothing_sound_can_be_built_upon_is_refused_and_left_alone() {
    let sandbox = Sandbox::new();
    let log = sample::example();
    let (first, last) = log.trim_end().split_once('\n').unwrap();
    for (name, content, reason) in [
        (
            "text",
            "dear diary\n".to_owned(),
            "it holds text that is not a chain",
        ),
        (
            "other",
            log.clone() + "{\"integrity\":{\"hash\":\"zz\"}}\n",
            "not a sealed record",
        ),
        (
            "altered",
            log.replace("report.md", "other.md"),
            "its hash does not match its content",
        ),
        (
            "twice",
            format!("{first}\n{}\n", last.replacen('{', "{\"ts\":1,", 1)),
            "key twice",
        ),
    ] {
        sandbox.write(name, &content);
        let run = sandbox.run_with(["record", "-o", name], "{}").status(1);
        assert!(run.stderr.contains(reason), "{name}: {run:?}");
        assert_eq!(sandbox.read(name), content, "{name}");
        assert!(!sandbox.path(format!("{name}.torn")).exists());
    }
}

#[test]
fn damage_inside_a_log_is_left_for_the_verifier() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", sample::example() + "half a rec\n");
    let _ = sandbox
        .run_with(["record", "-o", "a.jsonl"], "{}")
        .status(0);
    let verdict = sandbox.verdict("a.jsonl");
    assert_eq!(verdict.str("verdict"), Some("broken"));
    assert_eq!(verdict.get("first_break"), Some(&Value::Null));
    assert_eq!(text(&verdict, "/findings/0/code"), Some("not-json"));
    assert!(at(&verdict, "/findings/1").is_none());
}

#[test]
fn a_log_that_cannot_be_written_says_which_record_is_missing() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("folder")).unwrap();
    let status = Command::new("mkfifo")
        .arg(sandbox.path("pipe"))
        .status()
        .unwrap();
    assert!(status.success());
    for (log, reason) in [
        ("folder", "cannot append to `folder`: not a regular file"),
        (
            "no/such/a.jsonl",
            "cannot open `no/such/a.jsonl.lock`: no such file or directory",
        ),
        ("pipe", "cannot append to `pipe`: not a regular file"),
    ] {
        let run = sandbox.run_with(["record", "-o", log], "{}\n").status(1);
        assert!(run.stderr.contains("line 1 is not recorded: "), "{run:?}");
        assert!(run.stderr.contains(reason), "{run:?}");
    }
}

#[test]
fn a_write_that_fails_half_way_is_taken_back() {
    let sandbox = Sandbox::new();
    let _ = sandbox
        .run_with(["record", "-o", "a.jsonl"], "{}\n{}\n")
        .status(0);
    let before = sandbox.read("a.jsonl");
    // The shell's limit is in blocks of 512 or 1024 bytes; a record of 3000 does not fit in either.
    let big = format!(
        "{{\"note\":\"{}\"}}\n{{\"note\":\"small\"}}\n",
        "word ".repeat(700)
    );
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            "ulimit -f 4; trap '' XFSZ; exec \"$0\" record -o a.jsonl --ack",
            SEALSTONE,
        ])
        .current_dir(sandbox.path(""))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let run = Run::of(command, big.as_bytes()).status(1);
    assert!(
        run.stderr
            .contains("line 1 is not recorded: cannot append to `a.jsonl`"),
        "{run:?}"
    );
    let acknowledged = run.stdout.lines().count();
    assert!(sandbox.read("a.jsonl").starts_with(&before));
    assert_eq!(sandbox.records("a.jsonl").len(), 2 + acknowledged);
    let _ = sandbox
        .run_with(["record", "-o", "a.jsonl"], "{}\n")
        .status(0);
    assert_eq!(sandbox.records("a.jsonl").len(), 3 + acknowledged);
}

#[test]
fn a_log_that_was_replaced_meanwhile_is_read_again() {
    let sandbox = Sandbox::new();
    let mut child = sandbox
        .command(["record", "-o", "a.jsonl", "--ack"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut send = |note: &str| {
        stdin
            .write_all(format!("{{\"note\":\"{note}\"}}\n").as_bytes())
            .unwrap();
        stdout.read_line(&mut String::new()).unwrap();
    };
    send("one");
    fs::rename(sandbox.path("a.jsonl"), sandbox.path("rotated.jsonl")).unwrap();
    send("two");
    fs::write(sandbox.path("a.jsonl"), sample::example()).unwrap();
    send("three");
    let _ = send;
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(sandbox.records("rotated.jsonl").len(), 1);
    assert_eq!(sandbox.records("a.jsonl").len(), 3);
}

#[test]
fn each_subject_has_a_chain_of_its_own() {
    let sandbox = Sandbox::new();
    let drafts = [
        r#"{"subject":{"id":"acme-corp"}}"#,
        r#"{"subject":{"id":"ACME"}}"#,
        r#"{"subject":{"id":"acme-corp"}}"#,
        r#"{"subject":{"id":"../../etc/passwd"}}"#,
        r#"{"note":"nobody's"}"#,
        r#"{"subject":{"id":"_local"}}"#,
    ]
    .join("\n");
    let _ = sandbox
        .run_with(["record", "--dir", "logs"], drafts)
        .status(0);
    for (name, count) in [
        ("acme-corp.jsonl", 2),
        ("ACME~a8308e8e2e4b73307d860de2.jsonl", 1),
        ("local.jsonl", 1),
    ] {
        assert_eq!(
            sandbox.records(&format!("logs/{name}")).len(),
            count,
            "{name}"
        );
    }
    let mut names: Vec<String> = fs::read_dir(sandbox.path("logs"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with(".lock"))
        .collect();
    names.sort();
    assert_eq!(names.len(), 5, "{names:?}");
    assert!(
        names.iter().any(|name| name.starts_with("etc_passwd~")),
        "{names:?}"
    );
}

#[test]
fn a_chain_of_another_subject_is_never_written_to() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("logs")).unwrap();
    let _ = sandbox
        .run_with(
            ["record", "-o", "logs/acme.jsonl"],
            r#"{"subject":{"id":"other"}}"#,
        )
        .status(0);
    let before = sandbox.read("logs/acme.jsonl");
    let _ = sandbox
        .run_with(["record", "--dir", "logs"], r#"{"subject":{"id":"acme"}}"#)
        .status(0);
    assert_eq!(sandbox.read("logs/acme.jsonl"), before);
    let digested = fs::read_dir(sandbox.path("logs"))
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .find(|name| name.starts_with("acme~") && name.ends_with(".jsonl"))
        .unwrap();
    assert_eq!(sandbox.records(&format!("logs/{digested}")).len(), 1);
}

#[test]
fn secrets_never_reach_the_log_or_the_terminal() {
    let sandbox = Sandbox::new();
    let secrets = [
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_0123456789abcdefghijABCDEFGHIJ012345",
        "hunter2hunter2",
        "sk-proj-abcdefghijklmnopqrstuvwx",
    ];
    let [aws, github, password, key] = secrets;
    let drafts = [
        format!(
            r#"{{"input":{{"a":[[[[[[[[[[["{aws}"]]]]]]]]]]]}},"output":{{"token":"{github}"}}}}"#
        ),
        format!(r#"{{"note":"password={password}","outcome":{{"extra":"{key}"}}}}"#),
        // Refused: the reason must not quote the secret.
        format!(r#"{{"data":{{"x":1.5}},"note":"{aws}"}}"#),
    ]
    .join("\n");
    let run = sandbox
        .run_with(["record", "-o", "a.jsonl"], drafts)
        .status(1);
    let log = sandbox.read("a.jsonl");
    for secret in secrets {
        assert!(!log.contains(secret), "{secret}: {log}");
        assert!(!run.stderr.contains(secret) && !run.stdout.contains(secret));
    }
    let records = sandbox.records("a.jsonl");
    assert_eq!(records[0].str("severity"), Some("CRITICAL"));
}

#[test]
fn a_tool_name_survives_redaction() {
    let sandbox = Sandbox::new();
    let names = [
        "mcp__claude_ai_Gmail__search_threads",
        "mcp__ide__getDiagnostics",
        "mcp__plugin_context7_context7__query-docs",
        "transactionProcessingServiceV2",
    ];
    let drafts = names.map(|name| {
        format!("{{\"action\":{{\"tool\":\"{name}\",\"authorization\":{{\"scope\":\"{name}\"}}}}}}")
    });
    let drafts = drafts.join("\n");
    let _ = sandbox
        .run_with(["record", "-o", "a.jsonl"], drafts)
        .status(0);
    for (record, name) in sandbox.records("a.jsonl").iter().zip(names) {
        assert_eq!(text(record, "/action/tool"), Some(name));
        assert_eq!(text(record, "/action/authorization/scope"), Some(name));
    }
}

#[test]
fn an_authority_snapshot_is_written_once_while_it_stays_the_same() {
    let sandbox = Sandbox::new();
    let draft = r#"{"authority":{"snapshot_id":"snap-1","scope":"repo","refs":[{"kind":"file","hash":"ab"}]}}"#;
    let drafts = [draft, draft, "{}", draft].join("\n");
    let _ = sandbox
        .run_with(["record", "-o", "a.jsonl"], drafts)
        .status(0);
    let records = sandbox.records("a.jsonl");
    assert!(at(&records[0], "/authority/refs").is_some());
    assert_eq!(
        at(&records[1], "/authority/same_as_previous"),
        Some(&Value::Bool(true))
    );
    assert!(at(&records[1], "/authority/refs").is_none());
    assert!(at(&records[3], "/authority/refs").is_some());
}

#[test]
fn a_torn_line_in_a_folder_of_logs_keeps_its_chain() {
    let sandbox = Sandbox::new();
    let draft = r#"{"subject":{"id":"acme"}}"#;
    let _ = sandbox
        .run_with(["record", "--dir", "logs"], [draft; 3].join("\n"))
        .status(0);
    for round in 1..=2 {
        let log = sandbox.read("logs/acme.jsonl");
        sandbox.write("logs/acme.jsonl", &log[..log.len() - 25]);
        let run = sandbox
            .run_with(["record", "--dir", "logs"], [draft; 2].join("\n"))
            .status(0);
        assert!(
            run.stderr.contains("moved to `logs/acme.jsonl.torn`"),
            "{run:?}"
        );
        // One is torn, one says so, two are new.
        assert_eq!(sandbox.records("logs/acme.jsonl").len(), 3 + 2 * round);
    }
    for record in sandbox.records("logs/acme.jsonl") {
        assert_eq!(text(&record, "/subject/id"), Some("acme"));
    }
    let names = fs::read_dir(sandbox.path("logs")).unwrap().count();
    assert_eq!(names, 3, "a log, its lock, and what was torn");
    // A first record that was cut off leaves no head to ask.
    sandbox.write("logs/new.jsonl", "{\"schema");
    let _ = sandbox
        .run_with(["record", "--dir", "logs"], r#"{"subject":{"id":"new"}}"#)
        .status(0);
    assert_eq!(sandbox.records("logs/new.jsonl").len(), 2);
}

#[test]
fn a_subject_called_local_and_no_subject_have_chains_of_their_own() {
    let sandbox = Sandbox::new();
    let drafts = "{\"subject\":{\"id\":\"local\"}}\n{}\n{}\n";
    for _ in 0..2 {
        let _ = sandbox
            .run_with(["record", "--dir", "logs"], drafts)
            .status(0);
    }
    assert_eq!(sandbox.records("logs/local.jsonl").len(), 2);
    assert_eq!(
        sandbox
            .records("logs/local~7e9122a41e336759e942b703.jsonl")
            .len(),
        4
    );
}

#[test]
fn a_failed_write_does_not_make_what_was_written_before_it_durable_by_itself() {
    let sandbox = Sandbox::new();
    let drafts = format!("{{}}\n{{\"note\":\"{}\"}}\n", "word ".repeat(2000));
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            "ulimit -f 4; exec strace -f -e trace=fdatasync -o trace \"$0\" record -o a.jsonl --ack",
            SEALSTONE,
        ])
        .current_dir(sandbox.path(""))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let run = Run::of(command, drafts.as_bytes());
    // What a shell says of a command that is not there.
    if run.status == Some(127) || run.stderr.contains("ptrace") {
        skip(
            "a_failed_write_does_not_make_what_was_written_before_it_durable_by_itself",
            run.stderr.trim(),
        );
        return;
    }
    assert_eq!(
        (run.status, run.stdout.lines().count()),
        (Some(1), 1),
        "{run:?}"
    );
    assert!(
        sandbox.read("trace").contains("fdatasync("),
        "acknowledged without a sync"
    );
}

#[test]
fn a_writer_waits_for_the_lock_and_builds_on_what_it_finds_then() {
    let sandbox = Sandbox::new();
    let lock = fs::File::create(sandbox.path("a.jsonl.lock")).unwrap();
    lock.lock().unwrap();
    let child = sandbox
        .command(["record", "-o", "a.jsonl", "--", "true"])
        .spawn()
        .unwrap();
    fs::write(sandbox.path("a.jsonl"), sample::example()).unwrap();
    lock.unlock().unwrap();
    let _ = Run::from(child.wait_with_output().unwrap()).status(0);
    assert_eq!(sandbox.records("a.jsonl").len(), 4);
}

#[test]
fn a_lock_that_was_tidied_away_is_made_anew() {
    let sandbox = Sandbox::new();
    let mut child = sandbox
        .command(["record", "-o", "a.jsonl", "--ack"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for _ in 0..3 {
        stdin.write_all(b"{}\n").unwrap();
        stdout.read_line(&mut String::new()).unwrap();
        // Without a lock that others see, two writers would write at once.
        fs::remove_file(sandbox.path("a.jsonl.lock")).unwrap();
    }
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(sandbox.records("a.jsonl").len(), 3);
}

#[test]
fn a_snapshot_is_referred_to_only_where_it_stands_directly_before() {
    let sandbox = Sandbox::new();
    let draft = |id: &str, scope: &str| {
        format!("{{\"authority\":{{\"snapshot_id\":\"{id}\",\"scope\":\"{scope}\"}}}}")
    };
    let drafts = [
        draft("a", "x"),
        draft("b", "x"),
        draft("a", "x"),
        draft("a", "y"),
        draft("a", "y"),
    ];
    let _ = sandbox
        .run_with(["record", "-o", "a.jsonl"], drafts.join("\n"))
        .status(0);
    let scopes: Vec<_> = sandbox
        .records("a.jsonl")
        .iter()
        .map(|record| text(record, "/authority/scope").map(str::to_owned))
        .collect();
    let known = |scope: &str| Some(scope.to_owned());
    assert_eq!(
        scopes,
        [known("x"), known("x"), known("x"), known("y"), None]
    );
}

#[test]
fn twenty_thousand_findings_take_linear_time_and_a_bounded_record() {
    let sandbox = Sandbox::new();
    let mails: Vec<String> = (0..20_000)
        .map(|n| format!("\"a@d{n}.example.com\""))
        .collect();
    let draft = format!("{{\"input\":[{}]}}", mails.join(","));
    let began = sealstone::system::start();
    let _ = sandbox
        .run_with(["record", "-o", "a.jsonl"], draft)
        .status(0);
    let record = &sandbox.records("a.jsonl")[0];
    assert_eq!(
        at(record, "/findings").unwrap().as_array().unwrap().len(),
        1000
    );
    // Quadratic time took most of a minute.
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
}

#[test]
fn wrong_settings_are_named() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command(["record", "-o", "a.jsonl"]);
    command.env("SEALSTONE_SYNC", "alwys");
    let run = Run::of(command, b"{}").status(0);
    assert!(
        run.stderr.contains("SEALSTONE_SYNC is none of always"),
        "{run:?}"
    );
    let run = sandbox.run_with(["record", "-o", "-"], "{}").status(2);
    assert!(run.stderr.contains("a log must be a file"), "{run:?}");
}

#[test]
fn unknown_members_are_kept_at_every_level() {
    let sandbox = Sandbox::new();
    let draft = r#"{"x":{"y":[1,null,true]},"action":{"x":"1","authorization":{"x":"2"}},"agent":{"id":"a","x":"3"},"outcome":{"x":"4"},"subject":{"id":"s","x":"5"}}"#;
    let _ = sandbox
        .run_with(["record", "-o", "a.jsonl"], draft)
        .status(0);
    let record = &sandbox.records("a.jsonl")[0];
    for (pointer, value) in [
        ("/action/x", "1"),
        ("/action/authorization/x", "2"),
        ("/agent/x", "3"),
        ("/outcome/x", "4"),
        ("/subject/x", "5"),
    ] {
        assert_eq!(text(record, pointer), Some(value), "{pointer}");
    }
    assert_eq!(at(record, "/x/y/2"), Some(&Value::Bool(true)));
}

#[test]
fn a_mark_and_blank_lines_before_drafts_are_no_drafts() {
    let sandbox = Sandbox::new();
    let drafts = "\u{FEFF}{}\n\u{A0}\n\t\n{}\n";
    let _ = sandbox
        .run_with(["record", "-o", "a.jsonl"], drafts)
        .status(0);
    assert_eq!(sandbox.records("a.jsonl").len(), 2);
}

#[test]
fn a_log_that_was_cut_and_grew_to_the_same_length_is_read_again() {
    let sandbox = Sandbox::new();
    let mut child = sandbox
        .command(["record", "-o", "a.jsonl", "--ack"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for round in 0..3 {
        stdin.write_all(b"{\"note\":1}\n").unwrap();
        stdout.read_line(&mut String::new()).unwrap();
        if round == 0 {
            // As a rotation by copying does it; another record of the same length follows.
            fs::OpenOptions::new()
                .write(true)
                .open(sandbox.path("a.jsonl"))
                .unwrap()
                .set_len(0)
                .unwrap();
            let _ = sandbox
                .run_with(["record", "-o", "a.jsonl"], "{\"note\":1}\n")
                .status(0);
        }
    }
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(sandbox.records("a.jsonl").len(), 3);
}

#[test]
fn subjects_that_race_for_a_name_lose_nothing() {
    let sandbox = Sandbox::new();
    for round in 0..10 {
        let folder = format!("logs-{round}");
        let children = ["{\"subject\":{\"id\":\"local\"}}\n", "{}\n"].map(|draft| {
            let command = sandbox.command(["record", "--dir", &folder]);
            std::thread::spawn(move || Run::of(command, draft.repeat(3).as_bytes()))
        });
        for child in children {
            let _ = child.join().unwrap().status(0);
        }
        let records = fs::read_dir(sandbox.path(&folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".jsonl"))
            .map(|name| sandbox.records(&format!("{folder}/{name}")).len());
        assert_eq!(records.sum::<usize>(), 6);
    }
}

#[test]
fn a_lock_that_is_removed_in_use_breaks_no_chain() {
    let sandbox = Sandbox::new();
    let writers: Vec<_> = (0..4)
        .map(|_| {
            let command = sandbox.command(["record", "-o", "a.jsonl", "--sync", "never"]);
            std::thread::spawn(move || Run::of(command, "{}\n".repeat(300).as_bytes()))
        })
        .collect();
    while writers.iter().any(|writer| !writer.is_finished()) {
        // It is there or not; both are what this is about.
        drop(fs::remove_file(sandbox.path("a.jsonl.lock")));
        std::thread::yield_now();
    }
    for writer in writers {
        let _ = writer.join().unwrap().status(0);
    }
    assert_eq!(sandbox.records("a.jsonl").len(), 1200);
}
