//! `sealstone verify` as a gate: its formats, and folders.

use std::{fs, os::unix::ffi::OsStrExt, path::Path, process::Command};

use sealstone::{json::Value, sample};

use crate::harness::{Run, SEALSTONE, Sandbox, at, object, skip, text};

fn log(records: u64, seed: u64) -> String {
    sample::chain(records, seed).collect()
}

/// A log in which one record's severity is this text, and so its hash is wrong.
fn hostile(text: &str) -> String {
    let log = log(3, 1);
    let from = log.find("\"severity\":\"").unwrap() + "\"severity\":\"".len();
    let to = from + log[from..].find('"').unwrap();
    format!("{}{text}{}", &log[..from], &log[to..])
}

/// Texts that mean something to one of the formats, as JSON spells them.
const HOSTILE: &str = "]]><x a='&b;'>[l](https://x.example){0}\\u0000\\u001b[31m\\n::error::x##[add-mask]\\ufffe\\u202e%,:";

fn verify(sandbox: &Sandbox, format: &str, args: &[&str], status: i32) -> String {
    let run = sandbox
        .run([&["verify", "--format", format], args].concat())
        .status(status);
    assert_eq!(run.stderr, "");
    run.stdout
}

fn results(document: &str) -> Vec<Value> {
    let document = object(document);
    at(&document, "/runs/0/results")
        .unwrap()
        .as_array()
        .unwrap()
        .to_vec()
}

fn logs(document: &str) -> Vec<Value> {
    let document = object(document);
    document.get("logs").unwrap().as_array().unwrap().to_vec()
}

#[test]
fn json_has_two_spellings() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", hostile("x"));
    let short = sandbox.run(["verify", "--json", "a.jsonl"]).status(1);
    assert_eq!(verify(&sandbox, "json", &["a.jsonl"], 1), short.stdout);
    let both = ["verify", "--json", "--format", "text", "a.jsonl"];
    let _ = sandbox.run(both).status(2);
}

#[test]
fn every_format_gives_the_status_of_the_verdict_and_is_silent_when_quiet() {
    let sandbox = Sandbox::new();
    sandbox.write("good.jsonl", log(3, 1));
    sandbox.write("empty.jsonl", "");
    sandbox.write("bad.jsonl", "[]\n");
    for format in ["text", "json", "junit", "sarif", "github"] {
        for (name, status) in [("good", 0), ("empty", 3), ("bad", 1), ("missing", 1)] {
            let name = format!("{name}.jsonl");
            let printed = verify(&sandbox, format, &[&name], status);
            assert!(
                !printed.is_empty() && printed.ends_with('\n'),
                "{format} {name}"
            );
            let quiet = ["verify", "--quiet", "--format", format, &name];
            let run = sandbox.run(quiet).status(status);
            assert_eq!(run.stdout, "", "{format} {name}");
            assert!(run.stderr.is_empty() || name == "missing.jsonl", "{run:?}");
        }
    }
}

#[test]
fn junit_is_xml_with_a_test_a_log() {
    let sandbox = Sandbox::new();
    sandbox.write("good.jsonl", log(3, 1));
    sandbox.write("bad.jsonl", hostile(HOSTILE));
    sandbox.write("empty.jsonl", "");
    let hostile_name = "\"<&'\u{1b}.jsonl";
    sandbox.write(hostile_name, "[]\n[]\n");
    let names = [
        "good.jsonl",
        "bad.jsonl",
        "empty.jsonl",
        "missing.jsonl",
        hostile_name,
    ];
    let xml = verify(&sandbox, "junit", &names, 1);
    let document = roxmltree::Document::parse(&xml).unwrap();
    let suites = document.root_element();
    assert_eq!(suites.tag_name().name(), "testsuites");
    let suite = suites.first_element_child().unwrap();
    for (name, value) in [("tests", "5"), ("failures", "3"), ("errors", "1")] {
        assert_eq!(suite.attribute(name), Some(value), "{name}");
    }
    let tests: Vec<_> = suite
        .children()
        .filter(roxmltree::Node::is_element)
        .collect();
    let outcomes: Vec<_> = tests
        .iter()
        .map(|test| {
            let outcome = test.first_element_child().unwrap();
            let name = test.attribute("name").unwrap();
            assert_eq!(test.attribute("file"), Some(name));
            assert!(test.attribute("time").unwrap().parse::<f64>().is_ok());
            (name, outcome.tag_name().name(), outcome.attribute("type"))
        })
        .collect();
    assert_eq!(
        outcomes,
        [
            ("good.jsonl", "system-out", None),
            ("bad.jsonl", "failure", Some("unknown-value")),
            ("empty.jsonl", "failure", Some("empty")),
            ("missing.jsonl", "error", Some("unreadable")),
            ("\"<&'\\u{1b}.jsonl", "failure", Some("not-an-object")),
        ]
    );
    let failure = tests[1].first_element_child().unwrap();
    assert!(
        failure
            .attribute("message")
            .unwrap()
            .starts_with("broken: 2 findings in 3 records")
    );
    let shown = failure.text().unwrap();
    assert!(
        shown.contains("\nrecord 1: hash-mismatch at /integrity/hash: "),
        "{shown}"
    );
    assert!(shown.contains("]]><x a='&b;'>"), "{shown}");
    assert_eq!(
        tests[4]
            .first_element_child()
            .unwrap()
            .text()
            .unwrap()
            .lines()
            .count(),
        3
    );
}

#[test]
fn sarif_has_what_code_scanning_asks_for() {
    let sandbox = Sandbox::new();
    sandbox.write("good.jsonl", log(3, 1));
    sandbox.write("a b%ü.jsonl", hostile(HOSTILE));
    let names = ["good.jsonl", "./a b%ü.jsonl", "missing.jsonl"];
    let sarif = verify(&sandbox, "sarif", &names, 1);
    assert!(sarif.is_ascii());
    let document = object(&sarif);
    assert_eq!(document.str("version"), Some("2.1.0"));
    assert!(
        document
            .str("$schema")
            .unwrap()
            .contains("sarif-2.1.0.json")
    );
    assert_eq!(
        text(&document, "/runs/0/tool/driver/name"),
        Some("sealstone")
    );
    assert_eq!(
        text(&document, "/runs/0/tool/driver/version"),
        Some(env!("CARGO_PKG_VERSION"))
    );
    let success = at(&document, "/runs/0/invocations/0/executionSuccessful");
    assert_eq!(success, Some(&Value::Bool(false)));
    let rules = at(&document, "/runs/0/tool/driver/rules")
        .unwrap()
        .as_array()
        .unwrap();
    let results = results(&sarif);
    let codes: Vec<_> = results
        .iter()
        .map(|result| {
            let result = result.as_object().unwrap();
            let place = usize::try_from(result.get("ruleIndex").unwrap().as_integer().unwrap());
            let rule = rules[place.unwrap()].as_object().unwrap();
            assert_eq!(rule.str("id"), result.str("ruleId"));
            assert_eq!(
                text(rule, "/defaultConfiguration/level"),
                result.str("level")
            );
            let print = text(result, "/partialFingerprints/primaryLocationLineHash");
            assert!(print.unwrap().ends_with(":1"), "{print:?}");
            let physical = at(result, "/locations/0/physicalLocation").unwrap();
            let physical = physical.as_object().unwrap();
            (
                result.str("ruleId").unwrap(),
                text(physical, "/artifactLocation/uri").unwrap(),
                at(physical, "/region/startLine")
                    .unwrap()
                    .as_integer()
                    .unwrap(),
            )
        })
        .collect();
    let uri = "a%20b%25%C3%BC.jsonl";
    assert_eq!(
        codes,
        [
            ("unknown-value", uri, 1),
            ("hash-mismatch", uri, 1),
            ("unreadable", "missing.jsonl", 1)
        ]
    );
    let message = text(results[0].as_object().unwrap(), "/message/text").unwrap();
    assert!(
        message.contains("\\[l\\](https://x.example){{0}}"),
        "{message}"
    );
    // The same finding has the same fingerprint when the log has grown, and another in another log.
    sandbox.write("a b%ü.jsonl", hostile(HOSTILE) + &log(1, 2));
    let again = self::results(&verify(&sandbox, "sarif", &["a b%ü.jsonl"], 1));
    let print = |result: &Value| {
        let result = result.as_object().unwrap();
        text(result, "/partialFingerprints/primaryLocationLineHash")
            .unwrap()
            .to_owned()
    };
    assert_eq!(print(&again[0]), print(&results[0]));
    assert_ne!(print(&again[0]), print(&results[1]));
}

#[test]
fn every_rule_is_in_the_format_with_its_meaning() {
    let sandbox = Sandbox::new();
    let document = object(verify(&sandbox, "sarif", &["missing"], 1));
    let format = include_str!("../../FORMAT.md");
    let rules = at(&document, "/runs/0/tool/driver/rules")
        .unwrap()
        .as_array()
        .unwrap();
    assert!(rules.len() > 20);
    for rule in rules {
        let rule = rule.as_object().unwrap();
        let (code, meaning) = (
            rule.str("id").unwrap(),
            text(rule, "/shortDescription/text"),
        );
        let row = format!("| `{code}` | {} |", meaning.unwrap());
        assert!(format.contains(&row), "{row}");
    }
}

#[test]
fn github_commands_name_the_place_and_hold_no_other_command() {
    let sandbox = Sandbox::new();
    sandbox.write("a,b%.jsonl", hostile(HOSTILE));
    sandbox.write("##[error]x.jsonl", "");
    fs::create_dir(sandbox.path("::warning::")).unwrap();
    sandbox.write("::warning::/c.jsonl", log(1, 1));
    let names = [
        "a,b%.jsonl",
        "##[error]x.jsonl",
        "::warning::/c.jsonl",
        "missing",
    ];
    let printed = verify(&sandbox, "github", &names, 1);
    let lines: Vec<&str> = printed.lines().collect();
    assert!(!printed.contains("##["), "{printed}");
    assert!(
        !printed.contains(['\u{1b}', '\0', '\r', '\u{202e}']),
        "{printed}"
    );
    let commands: Vec<&str> = lines
        .iter()
        .filter(|line| !line.starts_with("sealstone: "))
        .map(|line| line.split_once(" at ").unwrap_or((line, "")).0)
        .collect();
    let place = "file=a%2Cb%25.jsonl,line=1";
    assert_eq!(
        commands,
        [
            &format!("::error {place},title=unknown-value::record 1"),
            &format!("::error {place},title=hash-mismatch::record 1"),
            "::error file=##\\u{5b}error]x.jsonl,title=empty::A log without a record, or a folder without \
             a log: there is nothing to attest.",
            "::error file=missing,title=unreadable::cannot read `missing`: no such file or directory",
        ]
    );
    assert!(
        lines[2].starts_with("sealstone: a,b%.jsonl: broken: 2 findings"),
        "{printed}"
    );
    assert_eq!(lines.len(), 8);
}

#[test]
fn a_warning_is_an_error_only_when_strict() {
    let sandbox = Sandbox::new();
    let drafts = "{\"ts\":\"2026-01-02T00:00:00Z\"}\n{\"ts\":\"2026-01-01T00:00:00Z\"}\n";
    let _ = sandbox
        .run_with(["record", "-o", "a.jsonl"], drafts)
        .status(0);
    let command = "file=a.jsonl,line=2,title=earlier-timestamp::record 2 at /ts: ";
    let lax = verify(&sandbox, "github", &["a.jsonl"], 0);
    assert!(lax.starts_with(&format!("::warning {command}")), "{lax}");
    let strict = verify(&sandbox, "github", &["--strict", "a.jsonl"], 1);
    assert!(
        strict.starts_with(&format!("::error {command}")),
        "{strict}"
    );
    assert!(!verify(&sandbox, "junit", &["a.jsonl"], 0).contains("<failure"));
    let strict = verify(&sandbox, "junit", &["--strict", "a.jsonl"], 1);
    assert!(
        strict.contains("<failure type=\"earlier-timestamp\""),
        "{strict}"
    );
}

#[test]
fn a_folder_is_a_table_with_a_total() {
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.path("logs/b")).unwrap();
    sandbox.write("logs/z.jsonl", log(5, 1));
    sandbox.write("logs/b/bad.jsonl", "[]\n".repeat(50));
    sandbox.write("logs/b/empty.jsonl", "");
    sandbox.write("logs/a.txt", "no log");
    sandbox.write("logs/z.jsonl.lock", "");
    sandbox.write("logs/z.jsonl.torn", "{");
    let printed = verify(&sandbox, "text", &["logs"], 1);
    let lines: Vec<&str> = printed.lines().collect();
    assert!(
        lines[0].starts_with("logs/b/bad.jsonl: record 1: not-an-object: "),
        "{printed}"
    );
    assert_eq!(lines[10], "logs/b/bad.jsonl: 40 more findings");
    let head = sandbox.verdict("logs/z.jsonl").str("head").unwrap()[..16].to_owned();
    let bytes = log(5, 1).len() + 150;
    let expected = format!(
        "verdict  records  findings  warnings  first break  head              path\n\
         broken        50        50         0            1  -                 logs/b/bad.jsonl\n\
         empty          0         0         0            -  -                 logs/b/empty.jsonl\n\
         intact         5         0         0            -  {head}  logs/z.jsonl\n\
         3 logs: 1 intact, 1 broken, 1 empty, 0 unreadable; 55 records, {:.2} KiB",
        f64::from(u32::try_from(bytes).unwrap()) / 1024.0
    );
    assert_eq!(lines[11..].join("\n"), expected);
    let logs = logs(&verify(&sandbox, "json", &["logs"], 1));
    assert_eq!(logs.len(), 3);
    let last = logs[2].as_object().unwrap();
    assert_eq!(last.str("path"), Some("logs/z.jsonl"));
    assert!(last.str("head").unwrap().starts_with(&head) && last.str("head").unwrap().len() == 64);
}

#[test]
fn folders_and_files_may_be_mixed() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("logs")).unwrap();
    sandbox.write("logs/a.jsonl", log(2, 1));
    sandbox.write("b.jsonl", log(3, 2));
    let printed = verify(&sandbox, "text", &["b.jsonl", "logs"], 0);
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines.len(), 4, "{printed}");
    assert!(lines[0].starts_with("b.jsonl: intact: 3 records, "));
    assert!(lines[2].ends_with("  logs/a.jsonl"));
    assert_eq!(
        logs(&verify(&sandbox, "json", &["logs", "b.jsonl"], 0)).len(),
        2
    );
}

#[test]
fn a_folder_without_a_log_has_nothing_to_attest() {
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.path("d/e")).unwrap();
    sandbox.write("d/e/notes.txt", "x");
    let printed = verify(&sandbox, "text", &["d"], 3);
    assert_eq!(
        printed,
        "d: empty: no log below this folder, so there is nothing to attest\n"
    );
    let logs = logs(&verify(&sandbox, "json", &["d"], 3));
    assert_eq!(logs[0].as_object().unwrap().str("verdict"), Some("empty"));
}

#[test]
fn what_is_no_file_neither_hangs_a_folder_nor_hides() {
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.path("d/sub")).unwrap();
    sandbox.write("d/a.jsonl", log(2, 1));
    sandbox.write("d/sub/b.jsonl", log(2, 2));
    let link = |to: &str, name: &str| {
        std::os::unix::fs::symlink(to, sandbox.path(name)).unwrap();
    };
    // A link to a folder is not followed, not even in a circle.
    link("..", "d/sub/up");
    link("../../d", "d/sub/up.jsonl");
    // One to a file is a log like any other.
    link("a.jsonl", "d/link.jsonl");
    assert_eq!(logs(&verify(&sandbox, "json", &["d"], 0)).len(), 3);
    // A name may be nothing but its end.
    sandbox.write("d/sub/.jsonl", "[]\n");
    assert_eq!(logs(&verify(&sandbox, "json", &["d"], 1)).len(), 4);
    fs::remove_file(sandbox.path("d/sub/.jsonl")).unwrap();
    link("nowhere", "d/gone.jsonl");
    let pipe = sandbox.path("d/pipe.jsonl");
    let status = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(status.success());
    let printed = verify(&sandbox, "text", &["d"], 1);
    for (name, why) in [
        ("gone", "no such file or directory"),
        ("pipe", "not a regular file"),
    ] {
        let cell = format!("  d/{name}.jsonl: cannot read `d/{name}.jsonl`: {why}\n");
        assert!(printed.contains(&cell), "{printed}");
    }
    assert!(printed.contains("5 logs: 3 intact, 0 broken, 0 empty, 2 unreadable; 6 records"));
}

#[test]
fn a_folder_that_cannot_be_read_is_reported() {
    use std::os::unix::{fs::PermissionsExt, process::CommandExt};
    /// Nobody's, on every system: root may read everything.
    const NOBODY: u32 = 65534;
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.path("d/locked")).unwrap();
    sandbox.write("d/a.jsonl", log(2, 1));
    let mode = |name: &str, mode| {
        fs::set_permissions(sandbox.path(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    mode("", 0o755);
    mode("d/locked", 0);
    let mut command = sandbox.command(["verify", "d"]);
    if fs::read_dir(sandbox.path("d/locked")).is_ok() {
        command.uid(NOBODY).gid(NOBODY);
    }
    let output = command.output();
    mode("d/locked", 0o700);
    let Ok(output) = output else {
        // The folder of the build may be closed to others.
        return skip("a_folder_that_cannot_be_read_is_reported", "run by root");
    };
    let run = Run::from(output).status(1);
    let cell = "  d/locked: cannot read `d/locked`: permission denied\n";
    assert!(run.stdout.contains(cell), "{run:?}");
    assert!(
        run.stdout
            .contains("2 logs: 1 intact, 0 broken, 0 empty, 1 unreadable;"),
        "{run:?}"
    );
}

#[test]
fn many_logs_are_judged_as_each_alone_is() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("d")).unwrap();
    for n in 0..60_u32 {
        let mut log = log(u64::from(n) * 7, u64::from(n)).into_bytes();
        if n % 3 == 2 {
            let at = log.len() / 2;
            log[at] ^= 1;
        }
        fs::write(sandbox.path(format!("d/{n:02}.jsonl")), log).unwrap();
    }
    fs::write(
        sandbox.path(Path::new("d").join(std::ffi::OsStr::from_bytes(b"\xFF.jsonl"))),
        "",
    )
    .unwrap();
    let together = logs(&verify(&sandbox, "json", &["d"], 1));
    assert_eq!(together.len(), 61);
    for log in &together[..60] {
        let log = log.as_object().unwrap();
        assert_eq!(log, &sandbox.verdict(log.str("path").unwrap()));
    }
    assert_eq!(
        together[60].as_object().unwrap().str("path"),
        Some("d/\u{FFFD}.jsonl")
    );
}

#[test]
fn a_folders_progress_is_drawn_on_a_terminal_and_only_for_text() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("d")).unwrap();
    for n in 0..3 {
        sandbox.write(&format!("d/{n}.jsonl"), log(8000, n));
    }
    let drawn = |arguments: &str| {
        let line = format!("{SEALSTONE} verify {arguments} d");
        let mut command = Command::new("script");
        command
            .args(["-qec", &line, "/dev/null"])
            .current_dir(sandbox.path(""));
        let output = command.env("TERM", "xterm").output();
        Some(String::from_utf8_lossy(&output.ok()?.stdout).into_owned())
    };
    let Some(text) = drawn("") else {
        return skip("a_folders_progress_is_drawn_on_a_terminal", "no script");
    };
    assert!(
        text.contains(" MiB of ") && text.contains(" left"),
        "{text:?}"
    );
    for arguments in [
        "--quiet",
        "--format junit",
        "--format sarif",
        "--format github",
    ] {
        let text = drawn(arguments).unwrap();
        assert!(!text.contains(" left"), "{arguments}: {text:?}");
    }
    let mut command = sandbox.command(["verify", "d"]);
    command.env("TERM", "xterm");
    assert_eq!(Run::of(command, b"").status(0).stderr, "");
}
