//! `sealstone diff`, and `sealstone verify --against` and `--against-head`

use sealstone::{
    json::{Object, Value},
    sample,
};

use crate::{
    compare::{altered, lines, seal},
    harness::{Run, Sandbox, at, object, text},
};

/// A sandbox with a log of six records, and what may have become of copies of it.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let lines = lines(6);
    sandbox.write("log.jsonl", lines.concat());
    sandbox.write("short.jsonl", lines[..4].concat());
    let mut copy = lines.clone();
    copy[2] = altered(&copy[2]);
    sandbox.write("altered.jsonl", copy.concat());
    sandbox.write("re-sealed.jsonl", seal(&copy).concat());
    let other: Vec<String> = sample::chain(1, 4).collect();
    let fork = seal(&[&lines[..4], &other].concat());
    sandbox.write("fork.jsonl", fork.concat());
    sandbox.write("other.jsonl", other.concat());
    sandbox.write("empty.jsonl", "\n");
    let mut longer = lines;
    longer[5] = altered(&longer[5]);
    sandbox.write("broken.jsonl", longer.concat());
    sandbox
}

fn diff(sandbox: &Sandbox, a: &str, b: &str, status: i32) -> Run {
    sandbox.run(["diff", a, b]).status(status)
}

fn head(sandbox: &Sandbox, log: &str) -> String {
    sandbox.verdict(log).str("head").unwrap().to_owned()
}

/// What `verify` says of a log and what it is held against: at its end if that holds, else at its beginning.
fn held(sandbox: &Sandbox, args: [&str; 2], log: &str, status: i32) -> String {
    let run = sandbox
        .run(["verify", args[0], args[1], log])
        .status(status);
    let mut lines = run.stdout.lines();
    if status == 1 {
        return lines.next().unwrap().to_owned();
    }
    let last = lines.last().unwrap();
    last.strip_prefix(&format!("{log}: ")).unwrap().to_owned()
}

fn against(sandbox: &Sandbox, copy: &str, log: &str, status: i32) -> String {
    held(sandbox, ["--against", copy], log, status)
}

#[test]
fn the_same_records_are_said_in_one_line_and_a_summary() {
    let sandbox = sandbox();
    let run = diff(&sandbox, "log.jsonl", "log.jsonl", 0);
    assert_eq!(
        run.stdout,
        "same: log.jsonl and log.jsonl hold the same 6 records\n\
         records: 6 the same\n\
         log.jsonl: intact, 6 records\n\
         log.jsonl: intact, 6 records\n"
    );
    sandbox.write(
        "spaced.jsonl",
        sandbox.read("log.jsonl").replacen(':', ": ", 1),
    );
    let run = diff(&sandbox, "log.jsonl", "spaced.jsonl", 0);
    assert!(
        run.stdout.starts_with(
            "same: log.jsonl and spaced.jsonl hold the same 6 records; 1 of them is written with other \
             bytes, which changes nothing that was sealed\n"
        ),
        "{run:?}"
    );
    sandbox.write("blank.jsonl", sandbox.read("log.jsonl") + "\n");
    let run = diff(&sandbox, "log.jsonl", "blank.jsonl", 0);
    assert!(
        run.stdout
            .contains("; the bytes between the records differ\n"),
        "{run:?}"
    );
}

#[test]
fn an_altered_record_is_shown_field_by_field() {
    let run = diff(&sandbox(), "log.jsonl", "altered.jsonl", 1);
    assert_eq!(
        run.stdout,
        "different: the same up to record 2, then the first difference is record 3\n\
         record 3: altered; seal: holds in log.jsonl, fails in altered.jsonl\n  \
         - /agent/name: \"claude-code\"\n  \
         + /agent/name: \"codex\"\n\
         records: 5 the same, 1 altered\n\
         log.jsonl: intact, 6 records\n\
         altered.jsonl: broken, 6 records, the chain holds up to record 2\n"
    );
}

#[test]
fn a_log_sealed_anew_is_named_with_what_really_differs() {
    let run = diff(&sandbox(), "log.jsonl", "re-sealed.jsonl", 1);
    assert_eq!(
        run.stdout,
        "re-sealed: the same up to record 2, then one of them was sealed anew: both chains hold, and from \
         record 3 on they contradict each other; the first content that differs is record 3\n\
         record 3: altered, sealed anew\n  \
         - /agent/name: \"claude-code\"\n  \
         + /agent/name: \"codex\"\n\
         records 4 to 6: re-sealed, with the same content\n\
         records: 2 the same, 1 altered, 3 re-sealed\n\
         log.jsonl: intact, 6 records\n\
         re-sealed.jsonl: intact, 6 records\n"
    );
}

#[test]
fn continuations_and_forks_are_told_apart() {
    let sandbox = sandbox();
    let first = |a: &str, b: &str| {
        let run = diff(&sandbox, a, b, 1);
        run.stdout.lines().next().unwrap().to_owned()
    };
    let longer = "continuation: log.jsonl holds all of short.jsonl (4 records) and 2 more";
    assert_eq!(first("short.jsonl", "log.jsonl"), longer);
    assert_eq!(first("log.jsonl", "short.jsonl"), longer);
    assert_eq!(
        first("short.jsonl", "broken.jsonl"),
        "longer: broken.jsonl holds all of short.jsonl (4 records) and 2 more, but broken.jsonl is broken, \
         so this is no continuation"
    );
    assert_eq!(
        first("log.jsonl", "fork.jsonl"),
        "forked: the same up to record 4, then each goes on by itself: log.jsonl with 2 records, fork.jsonl \
         with 1 record"
    );
    assert_eq!(
        first("log.jsonl", "other.jsonl"),
        "unrelated: log.jsonl and other.jsonl have no record in common"
    );
}

#[test]
fn links_that_hold_do_not_make_a_continuation_of_a_log_that_is_broken() {
    let sandbox = sandbox();
    // Sealed well, but a required field is not there.
    let mut lines = lines(5);
    let mut record = object(&lines[4]);
    record.remove("ts");
    let mut text = String::new();
    sealstone::json::write(&Value::Object(record), &mut text);
    lines[4] = text;
    sandbox.write("unsound.jsonl", seal(&lines).concat());
    let run = diff(&sandbox, "short.jsonl", "unsound.jsonl", 1);
    assert!(run.stdout.starts_with("longer: "), "{run:?}");
}

#[test]
fn empty_logs_attest_nothing() {
    let sandbox = sandbox();
    let run = diff(&sandbox, "empty.jsonl", "empty.jsonl", 3);
    assert!(run.stdout.ends_with("empty.jsonl: empty\n"), "{run:?}");
    let run = diff(&sandbox, "empty.jsonl", "log.jsonl", 1);
    assert!(
        run.stdout
            .starts_with("continuation: empty.jsonl is empty, log.jsonl has 6 records\n"),
        "{run:?}"
    );
}

#[test]
fn two_logs_that_are_the_same_and_broken_are_no_success() {
    let sandbox = sandbox();
    let run = diff(&sandbox, "altered.jsonl", "altered.jsonl", 1);
    assert!(run.stdout.starts_with("same: "), "{run:?}");
}

#[test]
fn a_log_that_cannot_be_read_is_said_with_the_reason() {
    let sandbox = sandbox();
    let run = diff(&sandbox, "log.jsonl", "missing.jsonl", 1);
    assert_eq!(
        run.stdout,
        "log.jsonl: intact, 6 records\n\
         missing.jsonl: unreadable: cannot read `missing.jsonl`: no such file or directory\n"
    );
    let run = sandbox
        .run(["--quiet", "diff", "log.jsonl", "missing.jsonl"])
        .status(1);
    assert_eq!(run.stdout, "");
    assert!(run.stderr.contains("no such file"), "{run:?}");
    std::fs::create_dir(sandbox.path("folder")).unwrap();
    let run = diff(&sandbox, "folder", "log.jsonl", 1);
    assert!(
        run.stdout.contains("cannot read `folder`: is a directory"),
        "{run:?}"
    );
    let run = diff(&sandbox, "/dev/null", "log.jsonl", 1);
    assert!(
        run.stdout.contains("not a file that can be read twice"),
        "{run:?}"
    );
}

#[test]
fn standard_input_is_refused_where_logs_are_read_twice() {
    let sandbox = sandbox();
    for args in [
        &["diff", "-", "log.jsonl"][..],
        &["diff", "log.jsonl", "-"],
        &["verify", "--against", "-", "log.jsonl"],
        &["verify", "--against", "log.jsonl", "-"],
    ] {
        let run = sandbox.run(args).status(2);
        assert!(run.stderr.contains("save it to a file first"), "{run:?}");
    }
}

#[test]
fn hostile_content_is_made_visible() {
    let sandbox = sandbox();
    let log = sandbox.read("log.jsonl");
    let hostile = log.replacen("\"claude-code\"", "\"\\u001b]0;x\\u0007\\u202e\"", 1);
    let hostile = hostile.replacen("{\"schema", "{\"\\u001b[31m\\u202e\":1,\"schema", 1);
    sandbox.write("\u{1b}[31m.jsonl", hostile);
    sandbox.write("raw.jsonl", "\u{1b}[31m\u{9b}31m\n");
    for other in ["\u{1b}[31m.jsonl", "raw.jsonl"] {
        let run = diff(&sandbox, "log.jsonl", other, 1);
        let is_plain = |c: char| c == '\n' || !c.is_control() && c != '\u{202e}';
        assert!(run.stdout.chars().all(is_plain), "{run:?}");
        assert!(run.stdout.contains("\\u{1b}"), "{run:?}");
        let run = sandbox
            .run(["diff", "--json", "log.jsonl", other])
            .status(1);
        let is_ascii = |c: char| (' '..='~').contains(&c);
        assert!(run.stdout.trim_end().chars().all(is_ascii), "{run:?}");
    }
}

#[test]
fn json_is_one_document_with_every_member_the_format_lists() {
    let sandbox = sandbox();
    let keys = |object: &Object| -> Vec<String> {
        object
            .iter()
            .map(|(key, _)| key.as_str().to_owned())
            .collect()
    };
    let run = sandbox
        .run(["diff", "--json", "log.jsonl", "re-sealed.jsonl"])
        .status(1);
    assert_eq!(run.stdout.lines().count(), 1);
    let document = object(&run.stdout);
    assert_eq!(document.str("schema"), Some("sealstone.diff/1"));
    assert_eq!(keys(&document), ["schema", "a", "b", "comparison", "error"]);
    assert_eq!(
        keys(document.object("a").unwrap()),
        ["path", "verdict", "records", "holds_to", "head", "error"]
    );
    let comparison = document.object("comparison").unwrap();
    assert_eq!(
        keys(comparison),
        [
            "relation",
            "longer",
            "common",
            "common_head",
            "same_bytes",
            "counts",
            "differences",
            "differences_left_out"
        ]
    );
    assert_eq!(comparison.str("relation"), Some("re-sealed"));
    assert_eq!(
        keys(comparison.object("counts").unwrap()),
        [
            "same",
            "respelled",
            "altered",
            "reordered",
            "re_sealed",
            "only_a",
            "only_b"
        ]
    );
    let differences = comparison.get("differences").unwrap().as_array().unwrap();
    let [altered, re_sealed] = differences else {
        panic!("{differences:?}")
    };
    let (altered, re_sealed) = (altered.as_object().unwrap(), re_sealed.as_object().unwrap());
    assert_eq!(
        keys(altered),
        ["kind", "a", "b", "sealed_anew", "duplicate_of", "changes"]
    );
    assert_eq!(text(altered, "/kind"), Some("altered"));
    assert_eq!(text(altered, "/a/seal"), Some("holds"));
    assert_eq!(
        text(altered, "/changes/content/kept/0/pointer"),
        Some("/agent/name")
    );
    assert_eq!(
        text(altered, "/changes/content/kept/0/b"),
        Some("\"codex\"")
    );
    assert_eq!(text(re_sealed, "/kind"), Some("re-sealed"));
    assert_eq!(at(re_sealed, "/b/last").unwrap().as_integer(), Some(6));

    let run = sandbox
        .run(["diff", "--json", "log.jsonl", "gone"])
        .status(1);
    let document = object(&run.stdout);
    assert_eq!(text(&document, "/b/verdict"), Some("unreadable"));
    assert_eq!(document.get("comparison"), Some(&Value::Null));
}

#[test]
fn a_log_may_go_on_from_its_copy_and_nothing_else() {
    let sandbox = sandbox();
    let against = |copy, log, status| against(&sandbox, copy, log, status);
    assert_eq!(
        against("log.jsonl", "log.jsonl", 0),
        "same-as-copy: log.jsonl and log.jsonl hold the same 6 records"
    );
    assert_eq!(
        against("short.jsonl", "log.jsonl", 0),
        "continues-copy: log.jsonl holds all of short.jsonl (4 records) and 2 more"
    );
    assert_eq!(
        against("log.jsonl", "short.jsonl", 1),
        "shorter-than-copy: log.jsonl holds all of short.jsonl (4 records) and 2 more"
    );
    for (copy, log, word) in [
        ("log.jsonl", "fork.jsonl", "record 5: forked-from-copy"),
        ("log.jsonl", "re-sealed.jsonl", "record 3: re-sealed"),
        ("log.jsonl", "altered.jsonl", "record 3: differs-from-copy"),
        ("altered.jsonl", "log.jsonl", "record 3: differs-from-copy"),
        ("other.jsonl", "log.jsonl", "record 1: unrelated-to-copy"),
        (
            "short.jsonl",
            "broken.jsonl",
            "record 5: broken-behind-copy",
        ),
        ("log.jsonl", "empty.jsonl", "shorter-than-copy"),
        ("missing.jsonl", "log.jsonl", "not-compared"),
    ] {
        let said = against(copy, log, 1);
        assert!(said.starts_with(&format!("{word}: ")), "{said}");
    }
    // What is known of the log itself does not change.
    let args = ["verify", "--json", "--against", "missing", "log.jsonl"];
    let document = object(sandbox.run(args).status(1).stdout);
    assert_eq!(text(&document, "/logs/0/verdict"), Some("intact"));
    assert_eq!(
        text(&document, "/logs/0/findings/0/code"),
        Some("not-compared")
    );
    for log in ["log.jsonl", "empty.jsonl"] {
        let said = against("empty.jsonl", log, 3);
        assert!(said.starts_with("empty-copy: "), "{said}");
    }
    let run = sandbox
        .run(["verify", "--against", "log.jsonl", "altered.jsonl"])
        .status(1);
    assert!(
        run.stdout.contains("\n  + /agent/name: \"codex\"\n"),
        "{run:?}"
    );
    let run = sandbox
        .run(["verify", "--against", "log.jsonl", "missing.jsonl"])
        .status(1);
    assert_eq!(run.stdout.lines().count(), 1, "{run:?}");
}

#[test]
fn a_log_must_hold_the_head_that_was_kept() {
    let sandbox = sandbox();
    let (fourth, sixth) = (head(&sandbox, "short.jsonl"), head(&sandbox, "log.jsonl"));
    let check = |count: u64, head: &str, log: &str, status| {
        let given = format!("{count}:{head}");
        held(&sandbox, ["--against-head", &given], log, status)
    };
    assert_eq!(
        check(4, &fourth, "log.jsonl", 0),
        format!("continues-head: record 4 has the hash `{fourth}`, and 2 records stand behind it")
    );
    assert_eq!(
        check(6, &sixth, "short.jsonl", 1),
        format!(
            "shorter-than-head: 2 records or more are missing: there were 6 at the head `{sixth}`"
        )
    );
    let said = check(5, &sixth, "log.jsonl", 1);
    assert!(
        said.starts_with("record 5: contradicts-head: has the hash `"),
        "{said}"
    );
    assert!(said.ends_with("; record 6 has it"), "{said}");
    let said = check(6, &sixth, "re-sealed.jsonl", 1);
    assert!(
        said.starts_with("record 6: contradicts-head: has the hash `"),
        "{said}"
    );
    let said = check(6, &sixth, "broken.jsonl", 1);
    assert!(
        said.starts_with("record 6: contradicts-head: has no seal that holds"),
        "{said}"
    );
    let said = check(4, &fourth, "altered.jsonl", 1);
    assert!(
        said.starts_with("record 4: broken-before-head: has the hash `"),
        "{said}"
    );
    assert!(check(1, &fourth, "empty.jsonl", 1).starts_with("shorter-than-head: 1 record or more"));

    let given = format!("4:{fourth}");
    let run = sandbox
        .run_with(
            ["verify", "--against-head", &given, "-"],
            sandbox.read("log.jsonl"),
        )
        .status(0);
    assert!(run.stdout.contains("\n-: continues-head: "), "{run:?}");
    for wrong in ["4", "0:x", &fourth, &format!("0:{fourth}")] {
        let run = sandbox
            .run(["verify", "--against-head", wrong, "log.jsonl"])
            .status(2);
        assert!(run.stderr.contains("COUNT:HASH"), "{run:?}");
    }
}

#[test]
fn logs_are_held_against_a_copy_one_at_a_time() {
    let sandbox = sandbox();
    let head = format!("6:{}", head(&sandbox, "log.jsonl"));
    for (flag, value) in [("--against", "log.jsonl"), ("--against-head", &head)] {
        let run = sandbox
            .run(["verify", flag, value, "log.jsonl", "log.jsonl"])
            .status(2);
        assert!(run.stderr.contains("one log at a time"), "{run:?}");
        assert_eq!(run.stdout, "");
        let run = sandbox.run(["verify", flag, value, "."]).status(2);
        assert!(run.stderr.contains("not for a folder"), "{run:?}");
        for more in [
            &["--state", "x.state"][..],
            &["--state", "x.state", "--recheck"],
        ] {
            let args = [&["verify", flag, value, "log.jsonl"], more].concat();
            let run = sandbox.run(args).status(2);
            assert!(run.stderr.contains("cannot be used with"), "{run:?}");
        }
        assert!(!sandbox.path("x.state").exists());
    }
}

#[test]
fn json_tells_what_the_log_was_held_against() {
    let sandbox = sandbox();
    let head = format!("4:{}", head(&sandbox, "short.jsonl"));
    let args = [
        "verify",
        "--json",
        "--against",
        "short.jsonl",
        "--against-head",
        &head,
    ];
    let run = sandbox.run(args.iter().chain(&["log.jsonl"])).status(0);
    let document = object(&run.stdout);
    let log = document.get("logs").unwrap().as_array().unwrap()[0]
        .as_object()
        .unwrap();
    assert_eq!(text(log, "/verdict"), Some("intact"));
    assert_eq!(text(log, "/against/copy/path"), Some("short.jsonl"));
    assert_eq!(text(log, "/against/copy/result"), Some("continues-copy"));
    assert_eq!(text(log, "/against/copy/comparison/longer"), Some("b"));
    assert_eq!(text(log, "/against/head/result"), Some("continues-head"));
    let number = |pointer| at(log, pointer).unwrap().as_integer();
    assert_eq!(number("/against/copy/records"), Some(4));
    assert_eq!(number("/against/head/records"), Some(4));
    assert_eq!(number("/against/head/further"), Some(2));
    assert!(sandbox.verdict("log.jsonl").get("against").is_none());
}

#[test]
fn what_contradicts_a_copy_or_a_head_is_a_finding_in_every_format() {
    let sandbox = sandbox();
    let head = format!("6:{}", head(&sandbox, "log.jsonl"));
    let print = |format: &str, args: &[&str], status| {
        let args = [&["verify", "--format", format], args].concat();
        sandbox.run(args).status(status).stdout
    };
    let both = |log| ["--against", "log.jsonl", "--against-head", &head, log];
    let forged = both("re-sealed.jsonl");
    let printed = print("text", &forged, 1);
    let lines: Vec<&str> = printed.lines().collect();
    assert!(lines[0].starts_with("record 3: re-sealed: the same up to record 2, then "));
    assert!(lines[1].starts_with("record 6: contradicts-head: has the hash `"));
    assert_eq!(lines[2], "record 3: altered, sealed anew");
    assert_eq!(
        lines.last(),
        Some(&"re-sealed.jsonl: broken: 2 findings in 6 records; the log holds by itself")
    );
    let document = object(print("json", &forged, 1));
    let log = document.get("logs").unwrap().as_array().unwrap()[0].as_object();
    let log = log.unwrap();
    assert_eq!(log.str("verdict"), Some("broken"));
    assert_eq!(text(log, "/findings/0/code"), Some("re-sealed"));
    assert_eq!(text(log, "/findings/1/code"), Some("contradicts-head"));
    assert_eq!(text(log, "/against/copy/result"), Some("re-sealed"));
    let printed = print("github", &forged, 1);
    for command in [
        "::error file=re-sealed.jsonl,line=3,title=re-sealed::record 3: the same",
        "::error file=re-sealed.jsonl,line=6,title=contradicts-head::record 6: has",
    ] {
        assert!(printed.contains(command), "{printed}");
    }
    assert!(print("junit", &forged, 1).contains("<failure type=\"re-sealed\""));
    assert!(print("sarif", &forged, 1).contains("\"ruleId\":\"contradicts-head\""));
    // What holds is no finding, and what attests nothing is one that has a status of its own.
    for format in ["text", "json", "junit", "sarif", "github"] {
        let _ = print(format, &both("log.jsonl"), 0);
        let printed = print(format, &["--against", "empty.jsonl", "log.jsonl"], 3);
        assert!(printed.contains("empty-copy"), "{printed}");
    }
    assert!(!print("sarif", &both("log.jsonl"), 0).contains("ruleIndex"));
    let printed = print("junit", &["--against", "empty.jsonl", "log.jsonl"], 3);
    assert!(printed.contains("<failure type=\"empty-copy\" message=\"empty-copy: "));
}

#[test]
fn a_copy_that_cannot_be_read_is_said_when_quiet_too() {
    let sandbox = sandbox();
    let args = ["--quiet", "verify", "--against", "missing", "log.jsonl"];
    let run = sandbox.run(args).status(1);
    assert_eq!(run.stdout, "");
    assert!(
        run.stderr.contains("not-compared: missing: unreadable: "),
        "{run:?}"
    );
    let args = ["verify", "--json", "--against", "log.jsonl", "missing"];
    let document = object(sandbox.run(args).status(1).stdout);
    assert_eq!(
        text(&document, "/logs/0/against/copy/result"),
        Some("not-compared")
    );
    let findings = at(&document, "/logs/0/findings").unwrap().as_array();
    assert_eq!(findings.map(<[Value]>::len), Some(0));
}

#[test]
fn a_pipe_is_refused_and_not_waited_for() {
    let sandbox = sandbox();
    let pipe = sandbox.path("pipe");
    let made = std::process::Command::new("mkfifo").arg(pipe).status();
    assert!(made.unwrap().success());
    for args in [
        &["diff", "pipe", "log.jsonl"][..],
        &["verify", "--against", "pipe", "log.jsonl"],
        &["verify", "--against", "log.jsonl", "pipe"],
    ] {
        let run = sandbox.run(args).status(1);
        assert!(
            run.stdout.contains("not a file that can be read twice"),
            "{run:?}"
        );
    }
    let run = sandbox.run(["recover", "pipe", "-o", "out"]).status(2);
    assert!(run.stderr.contains("read twice"), "{run:?}");
}
