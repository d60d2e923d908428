//! `sealstone policy`

use sealstone::{
    json::{Object, Value},
    sample,
};

use crate::harness::{Run, Sandbox, at, object, text};

const RULES: &str = r#"{"name":"ours","rules":[
{"id":"no-write","severity":"HIGH","description":"Nothing is written.","forbid":{"action.type":"write"}},
{"id":"in-time","require":{"ts":{"exists":true}}},
{"id":"reads","when":{"action.type":"tool_call"},"expect_evidence":true},
{"id":"asks","when":{"action.tool":"ask"},"expect_evidence":true},
{"id":"pays","when":{"action.tool":"pay"},"forbid":{"severity":"LOW"}}]}"#;

/// A sandbox with the short example, of which the second record writes, and with these rules.
fn sandbox(rules: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("log.jsonl", sample::example());
    sandbox.write("rules.json", rules);
    sandbox
}

fn policy(sandbox: &Sandbox, more: &[&str]) -> Run {
    sandbox.run([&["policy", "log.jsonl", "rules.json"], more].concat())
}

fn document(sandbox: &Sandbox, more: &[&str], status: i32) -> Object {
    let run = policy(sandbox, &[&["--json"], more].concat()).status(status);
    object(&run.stdout)
}

fn number(document: &Object, pointer: &str) -> Option<i64> {
    at(document, pointer).and_then(Value::as_integer)
}

/// Returns the ids of the example's records.
fn ids() -> Vec<String> {
    let records = sample::example();
    let id = |line| object(line).str("record_id").unwrap().to_owned();
    records.lines().map(id).collect()
}

#[test]
fn a_verdict_names_the_records_that_decided_it() {
    let run = policy(&sandbox(RULES), &[]).status(1);
    let lines: Vec<&str> = run.stdout.lines().collect();
    let [first, second] = &ids()[..] else {
        panic!("the example has two records")
    };
    assert_eq!(
        lines[0],
        "Policy verdict: NON-COMPLIANT: 1 rule broken by 1 record"
    );
    assert!(lines[1].starts_with("2 records held against 5 rules; SHA-256 of the policy: "));
    let expected = [
        format!("[FAIL] no-write (HIGH): broken by 1 of 2 records: record 2 ({second})"),
        "       Nothing is written.".to_owned(),
        "[GAP ] asks (MEDIUM): no record is the evidence that it expects".to_owned(),
        "[NONE] pays (MEDIUM): about no record, so nothing is attested".to_owned(),
        format!(
            "[PASS] in-time (MEDIUM): about 2 records, and none breaks it: record 1 ({first}), record 2 ({second})"
        ),
        format!("[PASS] reads (MEDIUM): about 1 record, and none breaks it: record 1 ({first})"),
    ];
    assert_eq!(lines[2..], expected);
    assert_eq!(run.stderr, "");
}

#[test]
fn the_document_has_what_the_references_has_and_the_records() {
    let sandbox = sandbox(RULES);
    let document = document(&sandbox, &["--from", "2000-01-01"], 1);
    for (pointer, expected) in [
        ("/checked", 2),
        ("/violations", 1),
        ("/violating_records", 1),
        ("/gaps", 1),
        ("/unexercised", 1),
        ("/rules/0/matched", 2),
        ("/rules/0/violations", 1),
        ("/rules/0/records/0/record", 2),
        ("/rules/0/records/0/line", 2),
        ("/rules/0/records_left_out", 0),
        ("/rules/2/records/0/record", 1),
        ("/log/records", 2),
    ] {
        assert_eq!(number(&document, pointer), Some(expected), "{pointer}");
    }
    for (pointer, expected) in [
        ("/schema", "sealstone.policy/1"),
        ("/verdict", "violated"),
        ("/rules/0/status", "violated"),
        ("/rules/0/violators/0", ids()[1].as_str()),
        ("/rules/1/status", "pass"),
        ("/rules/3/status", "no_evidence"),
        ("/rules/4/status", "no_match"),
        ("/window/from", "2000-01-01T00:00:00+00:00"),
        ("/log/verdict", "intact"),
    ] {
        assert_eq!(text(&document, pointer), Some(expected), "{pointer}");
    }
    assert_eq!(at(&document, "/window/to"), Some(&Value::Null));
    let sha256 = sealstone::digest::Digest::of(RULES.as_bytes()).to_string();
    assert_eq!(text(&document, "/policy_sha256"), Some(sha256.as_str()));
    // Of a rule that passes, nobody breaks it.
    assert_eq!(
        at(&document, "/rules/1/violators"),
        Some(&Value::Array(Vec::new()))
    );
}

#[test]
fn the_status_tells_pass_violation_refusal_and_nothing() {
    for (rules, status, verdict) in [
        (
            r#"[{"id":"r","forbid":{"action.tool":"pay"}}]"#,
            0,
            "compliant",
        ),
        (
            r#"[{"id":"r","when":{"action.tool":"pay"},"expect_evidence":true}]"#,
            0,
            "gaps",
        ),
        (
            r#"[{"id":"r","require":{"action.tool":"pay"}}]"#,
            1,
            "violated",
        ),
        (
            r#"[{"id":"r","when":{"action.tool":"pay"},"forbid":{"ts":"x"}}]"#,
            3,
            "unexercised",
        ),
    ] {
        let document = document(&sandbox(rules), &[], status);
        assert_eq!(text(&document, "/verdict"), Some(verdict), "{rules}");
    }
    let none = document(&sandbox(RULES), &["--to=1999-12-31"], 3);
    assert_eq!(text(&none, "/verdict"), Some("no-evidence"));
}

#[test]
fn a_log_that_does_not_verify_attests_nothing() {
    let sandbox = sandbox(RULES);
    let altered = sample::example().replace("report.md", "salary.md");
    sandbox.write("log.jsonl", altered);
    let altered = document(&sandbox, &[], 2);
    assert_eq!(text(&altered, "/verdict"), Some("non-attestable"));
    assert_eq!(number(&altered, "/violations"), Some(1));
    assert_eq!(at(&altered, "/chain_verified"), Some(&Value::Bool(false)));
    let run = policy(&sandbox, &[]).status(2);
    assert!(
        run.stdout.starts_with("Policy verdict: NON-ATTESTABLE: "),
        "{run:?}"
    );
    assert!(run.stdout.contains("log.jsonl: broken: "), "{run:?}");
    // Where a line cannot be read, what the others say may be what somebody left.
    sandbox.write("log.jsonl", sample::example() + "{\"cut");
    let torn = document(&sandbox, &[], 2);
    assert_eq!(at(&torn, "/rules"), Some(&Value::Array(Vec::new())));
    let missing = sandbox
        .run(["policy", "--json", "none.jsonl", "rules.json"])
        .status(2);
    let missing = object(&missing.stdout);
    assert_eq!(text(&missing, "/log/verdict"), Some("unreadable"));
    assert_eq!(number(&missing, "/checked"), Some(0));
}

#[test]
fn what_is_refused_is_said_with_its_place() {
    let sandbox = sandbox(r#"[{"id":"r","forbid":{"severity":"high"}}]"#);
    let run = policy(&sandbox, &[]).status(2);
    assert_eq!(run.stdout, "");
    assert_eq!(
        run.stderr,
        "sealstone: error: policy refused: rule `r`, forbid, `severity`: \
         `high` is none of INFO, LOW, MEDIUM, HIGH, CRITICAL\n"
    );
    sandbox.write("rules.json", RULES);
    let run = policy(&sandbox, &["--from", "yesterday"]).status(2);
    assert!(run.stderr.contains("`yesterday` is no date"), "{run:?}");
    let run = policy(&sandbox, &["--expect-subject", "acme"]).status(2);
    assert!(run.stderr.contains("\"acme\" is expected"), "{run:?}");
    let run = sandbox
        .run(["policy", "log.jsonl", "no-such-policy"])
        .status(2);
    assert!(
        run.stderr.contains("aiuc-1-starter and owasp-starter"),
        "{run:?}"
    );
    let _ = sandbox.run(["policy", "log.jsonl"]).status(2);
}

#[test]
fn a_subject_is_expected_of_every_record() {
    let sandbox = sandbox(RULES);
    let drafts = "{\"action\":{\"tool\":\"t\"},\"subject\":{\"id\":\"acme\"}}\n".repeat(3);
    let _ = sandbox
        .run_with(["record", "-o", "acme.jsonl"], &drafts)
        .status(0);
    let run = [
        "policy",
        "acme.jsonl",
        "rules.json",
        "--json",
        "--expect-subject",
    ];
    let acme = sandbox.run([&run[..], &["acme"]].concat()).status(0);
    assert_eq!(
        text(&object(&acme.stdout), "/expected_subject"),
        Some("acme")
    );
    let _ = sandbox.run([&run[..], &["acm"]].concat()).status(2);
}

#[test]
fn bundled_policies_go_by_their_names() {
    let sandbox = sandbox(RULES);
    for name in ["owasp-starter", "owasp-starter.json", "aiuc-1-starter"] {
        let run = sandbox.run(["policy", "--json", "log.jsonl", name]);
        assert!(matches!(run.status, Some(0 | 1)), "{run:?}");
    }
    // A file of that name comes first.
    sandbox.write("owasp-starter", RULES);
    let run = sandbox
        .run(["policy", "--json", "log.jsonl", "owasp-starter"])
        .status(1);
    assert_eq!(text(&object(&run.stdout), "/rules/0/id"), Some("no-write"));
    let run = sandbox.run(["policy", "--list"]).status(0);
    assert_eq!(run.stdout.lines().next(), Some("aiuc-1-starter"));
    assert!(
        run.stdout.contains("\n  no-secret-disclosure (CRITICAL)\n"),
        "{run:?}"
    );
    assert_eq!(run.stdout.lines().count(), 2 + 7 + 13);
}

#[test]
fn a_log_can_come_from_standard_input() {
    let sandbox = sandbox(RULES);
    let run = sandbox.run_with(["policy", "--json", "-", "rules.json"], sample::example());
    assert_eq!(number(&object(&run.status(1).stdout), "/checked"), Some(2));
}

#[test]
fn a_long_log_lists_five_records_in_text_and_all_in_the_document() {
    let sandbox = sandbox(r#"[{"id":"r","forbid":{"ts":{"exists":true}}}]"#);
    sandbox.write("log.jsonl", sample::chain(40, 1).collect::<String>());
    let run = policy(&sandbox, &[]).status(1);
    let line = run.stdout.lines().nth(2).unwrap();
    assert!(
        line.ends_with(", 35 more") && line.matches("record ").count() == 5,
        "{line}"
    );
    let document = document(&sandbox, &[], 1);
    let records = at(&document, "/rules/0/records").and_then(Value::as_array);
    assert_eq!(records.map(<[_]>::len), Some(40));
}

#[test]
fn junit_has_a_test_a_rule() {
    let run = policy(&sandbox(RULES), &["--format", "junit"]).status(1);
    let counts = "tests=\"6\" failures=\"1\" errors=\"0\" skipped=\"2\"";
    assert_eq!(run.stdout.matches(counts).count(), 2, "{run:?}");
    for part in [
        "<testcase name=\"log.jsonl\" classname=\"sealstone policy\"",
        "<testcase name=\"no-write\"",
        "<failure type=\"policy-violated\" message=\"broken by 1 of 2 records: record 2 (",
        "<skipped message=\"no record is the evidence that it expects\"/>",
    ] {
        assert!(run.stdout.contains(part), "{part}: {run:?}");
    }
    let nothing = policy(&sandbox(RULES), &["--format", "junit", "--to=1999-01-01"]).status(3);
    assert!(
        nothing
            .stdout
            .contains("<failure type=\"policy-unexercised\""),
        "{nothing:?}"
    );
}

#[test]
fn sarif_and_github_have_a_result_a_violation() {
    let sandbox = sandbox(RULES);
    let sarif = object(&policy(&sandbox, &["--format", "sarif"]).status(1).stdout);
    let results = at(&sarif, "/runs/0/results")
        .and_then(Value::as_array)
        .unwrap();
    let rule = |index: usize| text(&sarif, &format!("/runs/0/results/{index}/ruleId"));
    assert_eq!(results.len(), 2);
    assert_eq!(
        (rule(0), rule(1)),
        (Some("policy-violated"), Some("policy-gap"))
    );
    let line = "/runs/0/results/0/locations/0/physicalLocation/region/startLine";
    assert_eq!(number(&sarif, line), Some(2));
    let github = policy(&sandbox, &["--format", "github"]).status(1).stdout;
    let lines: Vec<&str> = github.lines().collect();
    assert_eq!(
        lines[0],
        "::error file=log.jsonl,line=2,title=policy-violated::record 2: no-write (HIGH): \
         the record breaks this rule: Nothing is written."
    );
    assert!(lines[1].starts_with("::warning file=log.jsonl,title=policy-gap::asks (MEDIUM): "));
    assert!(lines[2].starts_with("sealstone: log.jsonl: intact: "));
    assert_eq!(
        lines[3],
        "sealstone: log.jsonl: NON-COMPLIANT: 1 rule broken by 1 record"
    );
}

#[test]
fn what_a_log_or_a_policy_quotes_steers_nothing() {
    let rules = r###"[{"id":"r\n::error::\u001b[31m\u202e","description":"##[error]x\n\u001b]0;x","forbid":{"severity":{"exists":true}}}]"###;
    let sandbox = sandbox(rules);
    let hostile = "\"record_id\":\"\\u001b[2J\\n::error::##[add-mask]";
    let log = sample::example().replace("\"record_id\":\"", hostile);
    sandbox.write("log.jsonl", log);
    for format in ["text", "json", "junit", "sarif", "github"] {
        let run = policy(&sandbox, &["--format", format]).status(2);
        let is_hostile = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert!(!run.stdout.contains(is_hostile), "{format}: {run:?}");
        assert!(!run.stdout.contains("##[") || format != "github", "{run:?}");
        let mut commands = run.stdout.lines().filter(|line| line.starts_with("::"));
        let is_ours = |line: &str| {
            let mut levels = ["::error", "::warning"].iter();
            levels.any(|level| line.starts_with(&format!("{level} file=log.jsonl,")))
        };
        assert!(commands.all(is_ours), "{run:?}");
    }
}

/// Returns a page's elements that begin so: what stands in each.
fn elements<'a>(page: &'a str, start: &str) -> Vec<&'a str> {
    let name = start.split(' ').next().unwrap();
    let (start, end) = (format!("<{start}"), format!("</{name}>"));
    let inside = page.split(start.as_str()).skip(1).filter_map(|rest| {
        let (_, rest) = rest.split_once('>')?;
        Some(rest.split_once(end.as_str())?.0)
    });
    inside.collect()
}

#[test]
fn a_page_has_the_verdict_its_reasons_and_every_record_that_breaks_a_rule() {
    let sandbox = sandbox(RULES);
    let run = policy(
        &sandbox,
        &["--html", "verdict.html", "--subject", "Acme <Ltd>"],
    )
    .status(1);
    assert_eq!((&*run.stdout, &*run.stderr), ("wrote verdict.html\n", ""));
    let page = sandbox.read("verdict.html");
    assert_eq!(elements(&page, "h1"), ["NON-COMPLIANT"]);
    assert!(
        page.contains("Policy verdict on Acme &#60;Ltd&#62;"),
        "{page}"
    );
    assert!(page.contains("1 rule broken by 1 record"));
    let marks: Vec<&str> = elements(&page, "span class=\"mark");
    assert_eq!(marks, ["FAIL", "GAP", "NONE", "PASS", "PASS"]);
    let ids = ids();
    assert!(page.contains(&format!("<li>record 2 ({})</li>", ids[1])));
    let sha256 = sealstone::digest::Digest::of(RULES.as_bytes()).to_string();
    assert!(page.contains(&format!("<code>{sha256}</code>")));

    let run = policy(&sandbox, &["--html", "other.html", "--json"]).status(1);
    assert_eq!(text(&object(&run.stdout), "/verdict"), Some("violated"));
    assert!(!sandbox.path("other.html").exists());
    let _ = policy(&sandbox, &["--html", "x.html", "--format", "sarif"]).status(2);
    let run = policy(&sandbox, &["--html", "missing/x.html"]).status(2);
    assert!(run.stderr.contains("cannot write"), "{run:?}");
}

#[test]
fn a_page_says_in_its_heading_what_the_status_says() {
    for (rules, log, status, heading) in [
        (
            r#"[{"id":"r","forbid":{"action.tool":"pay"}}]"#,
            sample::example(),
            0,
            "COMPLIANT",
        ),
        (
            r#"[{"id":"r","when":{"action.tool":"pay"},"expect_evidence":true}]"#,
            sample::example(),
            0,
            "COMPLIANT, WITH GAPS",
        ),
        (
            r#"[{"id":"r","when":{"action.tool":"pay"},"forbid":{"severity":"LOW"}}]"#,
            sample::example(),
            3,
            "NO APPLICABLE EVIDENCE — NO RULES EXERCISED",
        ),
        (
            r#"[{"id":"r","expect_evidence":true}]"#,
            String::new(),
            3,
            "NO EVIDENCE — 0 RECORDS IN SCOPE",
        ),
        (
            r#"[{"id":"r","expect_evidence":true}]"#,
            sample::example().replace("report.md", "salary.md"),
            2,
            "NON-ATTESTABLE — LOG DID NOT VERIFY",
        ),
    ] {
        let sandbox = sandbox(rules);
        sandbox.write("log.jsonl", log);
        let _ = policy(&sandbox, &["--html", "verdict.html"]).status(status);
        let page = sandbox.read("verdict.html");
        assert_eq!(elements(&page, "h1"), [heading]);
    }
}

#[test]
fn a_page_of_hostile_texts_loads_nothing_and_runs_nothing() {
    let hostile =
        "</style><script>alert(1)</script><img src=https://x.example onerror=alert(2)>\"'";
    let mut rule = Object::new();
    for key in ["id", "description", "source"] {
        rule.insert(key, format!("{key} {hostile}\u{202e}\u{200b}"));
    }
    let mut forbidden = Object::new();
    let mut exists = Object::new();
    exists.insert("exists", true);
    forbidden.insert("ts", exists);
    rule.insert("forbid", forbidden);
    let mut rules = String::new();
    sealstone::json::write(&Value::Array(vec![rule.into()]), &mut rules);
    let sandbox = sandbox(&rules);
    let mut record = Object::new();
    record.insert("record_id", format!("{hostile}\u{202e}"));
    record.insert("ts", "2026-11-22T18:00:00Z");
    let sealed = sealstone::chain::seal(record, sealstone::digest::Digest::GENESIS).unwrap();
    sandbox.write("log.jsonl", sealed.line);
    let run = policy(&sandbox, &["--html", "verdict.html", "--subject", hostile]);
    assert!(run.stdout.starts_with("wrote"), "{run:?}");
    let page = sandbox.read("verdict.html");
    assert!(
        !page.contains("<script") && !page.contains("<img"),
        "{page}"
    );
    assert!(!page.contains('\u{202e}') && !page.contains('\u{200b}'));
    assert!(page.contains("‹U+202E›‹U+200B›"));
    for loads in [
        "<link",
        "url(",
        "@import",
        "src=\"",
        "href=",
        "http-equiv=\"refresh",
    ] {
        assert!(!page.contains(loads), "{loads}");
    }
    assert_eq!(page.matches("<style>").count(), 1);
    assert_eq!(page.matches("</style>").count(), 1);
    // The style is the one that the page allows, and nothing else is.
    let style = elements(&page, "style")[0];
    let style = sealstone::digest::Digest::of(style.as_bytes());
    let allowed = page.split("style-src 'sha256-").nth(1).unwrap();
    let allowed = base64::Engine::decode(
        &base64::prelude::BASE64_STANDARD,
        allowed.split('\'').next().unwrap(),
    );
    assert_eq!(allowed.unwrap(), style.as_bytes());
    assert!(page.contains("content=\"default-src 'none'; style-src"));
}
