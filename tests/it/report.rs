//! `sealstone report`: what is written, when it is refused, and that the page's script says the same as its writer.

use std::{fs, path::Path, process::Command};

use sealstone::{
    chain,
    digest::Digest,
    json::{Number, Object, Value},
    report::visible,
    sample,
};

use crate::harness::{Run, Sandbox};

/// Names of logs, each with what to run on it.
const NAMES: &[(&str, &str)] = &[
    (
        "it's a log.jsonl",
        r"sealstone verify &#39;it&#39;\&#39;&#39;s a log.jsonl&#39;",
    ),
    ("-o.jsonl", "sealstone verify -- -o.jsonl"),
];

/// Texts that try to be something else than text.
const HOSTILE: &[&str] = &[
    "",
    "plain",
    "</noscript><script>alert(1)</script>",
    "<!--",
    "]]>",
    "&lt;b&gt; & \"quoted\" 'too'",
    "\u{202e}txt.exe\u{202c}",
    "a\u{200b}b\u{feff}c",
    "line\nbreak\r\n\tand tab",
    "\u{2028}\u{2029}\u{0}\u{1b}[31m\u{7f}\u{85}",
    "Ünïcödé 🙂 👩‍👩‍👧 \u{10ffff}",
    "{\"command\":\"ls -la \\\"x\\\" \\\\ \\n done\",\"path\":\"/tmp\"}",
    "{\"command\": \"\", \"path\": \"/etc/pass",
    "{'file_path': 'it\\'s', 'url': 3}",
    "{\"query\":5,\"prompt\":\"do\\u0065\"}",
    "{\"command\":\"ends in a backslash \\",
    "__proto__",
    "constructor",
];

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len())]
    }

    fn text(&mut self) -> String {
        let text = self.pick(HOSTILE);
        match self.roll(6) {
            0 => text.repeat(40),
            1 => format!("{text}{}", self.roll(5)),
            _ => text.to_owned(),
        }
    }
}

/// Returns a log of records that hold, and say anything that the format allows.
fn log(seed: u64, records: usize) -> String {
    let mut dice = Dice(seed);
    let mut head = Digest::GENESIS;
    let mut lines = String::new();
    for number in 0..records {
        let sealed = chain::seal(record(&mut dice, number), head).unwrap();
        head = sealed.hash;
        lines.push_str(&sealed.line);
    }
    lines
}

fn record(dice: &mut Dice, number: usize) -> Object {
    let second = dice.roll(60);
    let ts = match dice.roll(5) {
        0 => dice.text(),
        1 => format!("2026-11-22t10:{second:02}:00.5-01:30"),
        2 => "2026-02-30T10:00:00Z".to_owned(),
        _ => format!("2026-11-{:02}T10:00:{second:02}Z", 1 + number % 28),
    };
    let mut members = vec![
        ("schema_version", "0.1".into()),
        ("record_id", format!("r{number}").as_str().into()),
        ("session_id", dice.text().as_str().into()),
        ("ts", ts.as_str().into()),
    ];
    let mut action = vec![
        (
            "type",
            dice.pick(&["tool_call", "agent_message", "read", "write", "network"])
                .into(),
        ),
        (
            "category",
            dice.pick(&["security", "safety", "reliability", "privacy"])
                .into(),
        ),
    ];
    if dice.roll(4) > 0 {
        action.push(("tool", dice.text().as_str().into()));
        action.push(("input", part(&[("summary", &dice.text())])));
    }
    if dice.roll(2) > 0 {
        let decision = dice.pick(&["allowed", "denied", "human_approved"]);
        action.push((
            "authorization",
            part(&[("decision", decision), ("scope", &dice.text())]),
        ));
    }
    members.push(("action", Value::Object(made(action))));
    for name in ["subject", "agent"] {
        if dice.roll(4) > 0 {
            let (id, other, model) = (dice.text(), dice.text(), dice.text());
            members.push((
                name,
                part(&[
                    ("id", &id),
                    ("name", &other),
                    ("version", &id),
                    ("model", &model),
                ]),
            ));
        }
    }
    if dice.roll(3) > 0 {
        let capture = dice.pick(&["captured", "ingested"]);
        members.push((
            "source",
            part(&[("capture", capture), ("adapter", &dice.text())]),
        ));
        members.push((
            "severity",
            dice.pick(&["CRITICAL", "HIGH", "MEDIUM", "LOW", "INFO"])
                .into(),
        ));
        members.push((
            "outcome",
            part(&[("status", dice.pick(&["ok", "error", "denied"]))]),
        ));
    }
    if dice.roll(4) == 0 {
        let status = dice.pick(&["allowed", "blocked", "modified", "unverified"]);
        members.push(("verification", part(&[("status", status)])));
        let finding = part(&[("type", "api_key"), ("severity", "HIGH")]);
        let findings = vec![finding; dice.roll(3)];
        members.push(("findings", Value::Array(findings)));
        members.push((
            "threats",
            Value::Array(vec![part(&[("type", "tool_misuse")])]),
        ));
        let kinds = ["ssn", "e\u{200b}mail"].map(Into::into).to_vec();
        members.push((
            "data",
            Value::Object(made([
                (
                    "cross_region",
                    Value::Number(Number::Integer(i64::try_from(dice.roll(3)).unwrap())),
                ),
                ("zdr", Value::Bool(dice.roll(2) == 0)),
                ("pii_types", Value::Array(kinds)),
            ])),
        ));
    }
    if dice.roll(2) == 0 {
        let phase = dice.pick(&["intent", "outcome"]);
        let call = format!("c{}", dice.roll(records_per_call(number)));
        members.push(("sealstone", part(&[("phase", phase), ("call_id", &call)])));
    }
    made(members)
}

fn made(members: impl IntoIterator<Item = (&'static str, Value)>) -> Object {
    let mut object = Object::new();
    for (key, value) in members {
        object.insert(key, value);
    }
    object
}

/// Few ids at the beginning and many later on, so that some calls join and some do not.
const fn records_per_call(number: usize) -> usize {
    3 + number
}

fn part(members: &[(&'static str, &str)]) -> Value {
    Value::Object(made(
        members.iter().map(|(key, text)| (*key, (*text).into())),
    ))
}

const POLICY: &str = r#"{"name":"all operators","rules":[
    {"id":"half \ud83d pair","description":"\udc00","forbid":{"action.tool":{"in":["\ud83d","x"]}}},
    {"id":"eq","forbid":{"action.tool":"plain"}},
    {"id":"invisible","description":"a\u200bb","when":{"data.pii_types":{"contains":"email"}},"forbid":{"data.zdr":true}},
    {"id":"range","severity":"LOW","when":{"data.cross_region":{"gte":1,"lt":2}},"require":{"outcome.status":{"in":["ok","error"]}}},
    {"id":"none","when":{"severity":"CRITICAL","action.type":{"nin":["read","write","network","tool_call"]}},"forbid":{"outcome.status":{"ne":"denied"}}},
    {"id":"exists","require":{"subject.id":{"exists":true}}},
    {"id":"fan-out","forbid":{"findings[].type":{"in":["api_key","jwt"]}}},
    {"id":"<b>evidence</b>","expect_evidence":true,"when":{"action.tool":"escalate"}},
    {"id":"any-key","forbid":{"outcome.custom":1}}
]}"#;

fn report(sandbox: &Sandbox, args: &[&str]) -> Run {
    sandbox.run([&["report"], args].concat())
}

/// Returns a log of calls that join by their ids or their order, contradict each other, repeat, or do not join.
fn calls(seed: u64, records: usize) -> String {
    let mut dice = Dice(seed);
    let mut head = Digest::GENESIS;
    let mut lines = String::new();
    for number in 0..records {
        let sealed = chain::seal(call(&mut dice, number), head).unwrap();
        head = sealed.hash;
        lines.push_str(&sealed.line);
    }
    lines
}

fn call(dice: &mut Dice, number: usize) -> Object {
    let id = format!("r{number}");
    let ts = format!("2026-11-22T10:00:{:02}.{:06}Z", number % 60, number);
    let mut action = vec![("type", "tool_call".into()), ("category", "safety".into())];
    let tool = dice.pick(&["Bash", "Bash", "Bash", "Edit", "recorder.lost", ""]);
    action.push(("tool", tool.into()));
    if dice.roll(4) > 0 {
        action.push(("input", part(&[("hash", dice.pick(&["", "a", "b"]))])));
    }
    let named = dice.roll(2) == 0;
    let call_id = format!("c{}", dice.roll(20));
    let mut extension = vec![];
    if dice.roll(6) > 0 {
        let phase = dice.pick(&["intent", "intent", "outcome", "outcome", "batch", "detail"]);
        extension.push(("phase", phase.into()));
    }
    if named {
        extension.push(("call_id", call_id.as_str().into()));
    }
    if dice.roll(8) == 0 {
        extension.push(("agent_id", "sub".into()));
    }
    let calls = (0..3).map(|_| part(&[("call_id", &format!("c{}", dice.roll(40)))]));
    let calls: Vec<Value> = calls
        .chain([Value::Null, part(&[("call_id", "")])])
        .collect();
    extension.push(("calls", Value::Array(calls)));
    made([
        ("schema_version", "0.1".into()),
        ("record_id", id.as_str().into()),
        ("session_id", dice.pick(&["one", "two", "three"]).into()),
        ("ts", ts.as_str().into()),
        ("agent", part(&[("id", "agent")])),
        ("subject", part(&[("id", "subject")])),
        ("action", Value::Object(made(action))),
        ("sealstone", Value::Object(made(extension))),
    ])
}

/// Puts `new` where `old` stands first.
fn replaced(page: &str, old: &str, new: &str) -> String {
    assert!(page.contains(old), "{old}");
    page.replacen(old, new, 1)
}

#[test]
fn calls_join_in_the_page_as_in_the_log() {
    const PAGES: u64 = 60;
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("pages")).unwrap();
    let mut kinds = std::collections::BTreeSet::new();
    for seed in 0..PAGES {
        sandbox.write("log.jsonl", calls(seed, 80));
        let page = format!("pages/{seed}.html");
        let window = ["--from", "2026-11-22T10:00:05.000070Z"];
        let window = if seed % 3 == 0 { &window[..] } else { &[] };
        let args = [&["log.jsonl", "-o", &page], window].concat();
        let _ = report(&sandbox, &args).status(0);
        let page = sandbox.read(&page);
        let found = page.split("\"kind\":\"").skip(1);
        kinds.extend(found.map(|text| text.split('"').next().unwrap().to_owned()));
    }
    assert_eq!(kinds.len(), 5, "{kinds:?}");
    let lines = said_by_scripts(&sandbox.path("pages"));
    for page in &lines[..lines.len() - 1] {
        assert!(
            page.contains(r#""difference":null,"contradiction":null"#),
            "{page}"
        );
    }
}

#[test]
fn a_list_of_calls_that_is_not_the_records_is_found() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("pages")).unwrap();
    sandbox.write("log.jsonl", calls(1, 80));
    let _ = report(&sandbox, &["log.jsonl", "-o", "page.html"]).status(0);
    let page = sandbox.read("page.html");
    let start = page.find("\"unresolved\":{").unwrap();
    let end = start + page[start..].find("]}").unwrap() + 2;
    let list = &page[start..end];
    let total: u64 = list
        .split("\"total\":")
        .nth(1)
        .unwrap()
        .split(',')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let first = list[list.find("[{").unwrap() + 1..=list.find('}').unwrap()].to_owned();
    let made_up = |entry: &str| format!("\"unresolved\":{{\"total\":1,\"entries\":[{entry}]}}");
    let entry = |kind: &str, has_id: bool| {
        format!(r#"{{"record":1,"kind":"{kind}","has_id":{has_id},"meaning":"x"}}"#)
    };
    let with_total =
        |total: u64| list.replacen("\"total\":", &format!("\"total\":{total},\"was\":"), 1);
    let changes = [
        "\"unresolved\":{\"total\":0,\"entries\":[]}".to_owned(),
        made_up(&entry("conflicting", true)),
        made_up(&entry("no-outcome", false)),
        replaced(&with_total(total - 1), &format!("{first},"), ""),
        replaced(
            &with_total(total + 1),
            &first,
            &format!("{},{first}", entry("no-outcome", false)),
        ),
        replaced(list, "\"no-outcome\"", "\"no-intent\""),
        replaced(list, "\"has_id\":false", "\"has_id\":true"),
        replaced(list, "\"has_id\":true", "\"has_id\":false"),
        with_total(total + 1),
    ];
    for (number, change) in changes.iter().enumerate() {
        sandbox.write(
            &format!("pages/{number}.html"),
            replaced(&page, list, change),
        );
    }
    let lines = said_by_scripts(&sandbox.path("pages"));
    assert_eq!(lines.len(), changes.len() + 1);
    for page in &lines[..changes.len()] {
        assert!(!page.contains("\"contradiction\":null"), "{page}");
    }
}

#[test]
fn a_window_says_the_same_in_both_places() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("pages")).unwrap();
    sandbox.write("log.jsonl", calls(2, 50));
    let window = [
        "--from",
        "2026-11-22T10:00:10Z",
        "--to",
        "2026-11-22T10:00:20.5Z",
    ];
    let _ = report(
        &sandbox,
        &[&["log.jsonl", "-o", "page.html"], &window[..]].concat(),
    )
    .status(0);
    let page = sandbox.read("page.html");
    assert!(page.contains("; the other side of a call may be outside of this window</h2>"));
    assert!(page.contains("<dt>Hash of this window&#39;s last record</dt>"));
    let statement = &page[page.find("\"window\":{").unwrap()..];
    let member = |name: &str| {
        statement
            .split(&format!("\"{name}\":\""))
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap()
    };
    let changes = [
        (
            format!("\"from\":\"{}\"", member("from")),
            "\"from\":\"2026-11-22T10:00:11Z\"".to_owned(),
        ),
        (
            format!("\"to\":\"{}\"", member("to")),
            "\"to\":null".to_owned(),
        ),
        (
            "\"findings_elsewhere\":0".to_owned(),
            "\"findings_elsewhere\":1".to_owned(),
        ),
        (
            format!("\"log_head\":\"{}", member("log_head")),
            format!("\"log_head\":\"{}", "0".repeat(64)),
        ),
        (
            format!("that its head is {}", member("log_head")),
            "that its head is 0".to_owned(),
        ),
        (
            "that the rest of the log is intact".to_owned(),
            "that nothing else is there".to_owned(),
        ),
    ];
    for (number, (from, to)) in changes.iter().enumerate() {
        sandbox.write(&format!("pages/{number}.html"), replaced(&page, from, to));
    }
    // Both places are changed, and the records are not within the bounds.
    let bound = member("from");
    let later = page.replace(&format!("from {bound}"), "from 2026-11-22T10:00:10.000011Z");
    let later = replaced(
        &later,
        &changes[0].0,
        "\"from\":\"2026-11-22T10:00:10.000011Z\"",
    );
    sandbox.write("pages/both.html", later);
    let empty = ["log.jsonl", "-o", "pages/none.html", "--from", "2030-01-01"];
    let _ = report(&sandbox, &empty).status(0);
    assert!(
        sandbox
            .read("pages/none.html")
            .contains("No record is in this window, from 2030-01-01")
    );
    let lines = said_by_scripts(&sandbox.path("pages"));
    let of = |name: &str| {
        lines
            .iter()
            .find(|line| line.contains(&format!("\"{name}.html\"")))
            .unwrap()
    };
    for number in 0..changes.len() {
        assert!(
            of(&number.to_string()).contains("\"difference\":\"the window\""),
            "{number}"
        );
    }
    assert!(of("both").contains("\"difference\":null") && of("both").contains("\"window\":false"));
    assert!(of("none").contains("\"difference\":null") && of("none").contains("\"window\":true"));
}

#[test]
fn what_to_run_can_be_pasted() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("pages")).unwrap();
    let log: String = sample::chain(3, 1).collect();
    for (number, (name, command)) in NAMES.iter().enumerate() {
        sandbox.write(name, &log);
        let page = format!("pages/{number}.html");
        let _ = report(&sandbox, &["-o", &page, "--", name]).status(0);
        let page = sandbox.read(&page);
        assert!(page.contains(&format!("<code>{command}</code>")), "{name}");
    }
    let lines = said_by_scripts(&sandbox.path("pages"));
    for page in &lines[..NAMES.len()] {
        assert!(page.contains("\"difference\":null"), "{page}");
    }
}

#[test]
fn the_script_says_the_same_as_the_writer() {
    let sandbox = Sandbox::new();
    sandbox.write("policy.json", POLICY.as_bytes());
    fs::create_dir(sandbox.path("pages")).unwrap();
    for seed in 0..40 {
        sandbox.write("log.jsonl", log(seed, 60).as_bytes());
        let page = format!("pages/{seed}.html");
        let run = report(
            &sandbox,
            &["log.jsonl", "-o", &page, "--policy", "policy.json"],
        );
        assert_eq!(run.status(0).stderr, "");
        let page = format!("pages/{seed}-window.html");
        let window = ["--from", "2026-11-09", "--to", "2026-11-20T10:00:30Z"];
        let args = [
            &["log.jsonl", "-o", &page, "--policy", "owasp-starter"],
            &window[..],
        ]
        .concat();
        let _ = report(&sandbox, &args).status(0);
    }
    let many: String = sample::chain(6000, 3).collect();
    sandbox.write("log.jsonl", many.as_bytes());
    let _ = report(&sandbox, &["log.jsonl", "-o", "pages/many.html"]).status(0);
    sandbox.write("log.jsonl", b"");
    let _ = report(&sandbox, &["log.jsonl", "-o", "pages/none.html"]).status(3);

    witnessed(&sandbox);

    let lines = said_by_scripts(&sandbox.path("pages"));
    let (last, pages) = lines.split_last().unwrap();
    assert_eq!(pages.len(), 96);
    for page in pages {
        let expected = r#""difference":null,"contradiction":null,"records":true,"head":true,"window":true,"policy":true}"#;
        assert!(page.ends_with(expected), "{page}");
    }
    let hidden = (0..0x11_0000).filter_map(char::from_u32).filter(|c| {
        let text = c.to_string();
        visible(&text) != text
    });
    let hidden: Vec<char> = hidden.collect();
    let listed = |of: &[char]| {
        let codes: Vec<String> = of.iter().map(|c| u32::from(*c).to_string()).collect();
        codes.join(",")
    };
    let ends_line = |c: &char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let invisible: Vec<char> = hidden.iter().copied().filter(|c| !ends_line(c)).collect();
    let expected = format!(
        "{{\"hidden\":[{}],\"invisible\":[{}]}}",
        listed(&hidden),
        listed(&invisible)
    );
    assert_eq!(*last, expected);
}

/// Writes pages of a log with witnesses of all kinds.
fn witnessed(sandbox: &Sandbox) {
    let log: String = sample::chain(20, 9).collect();
    sandbox.write("log.jsonl", &log);
    let hash = |number: usize| {
        let line = log.lines().nth(number - 1).unwrap();
        let record = crate::harness::object(line);
        record
            .object("integrity")
            .unwrap()
            .str("hash")
            .unwrap()
            .to_owned()
    };
    let subject = log.lines().find_map(|line| {
        let record = crate::harness::object(line);
        Some(record.object("subject")?.str("id")?.to_owned())
    });
    let subject = subject.unwrap();
    let checkpoint = |subject: &str, count: usize, head: &str| {
        format!(
            "{{\"chain_root\":\"{}\",\"subject\":\"{subject}\",\"count\":{count},\"head\":\"{head}\",\"ts\":\"x\"}}\n",
            hash(1)
        )
    };
    let window = ["--from", "2026-01-05T09:00:10Z"];
    for (name, witness, status, of_window) in [
        (
            "complete",
            checkpoint(&subject, 7, &hash(7)) + &checkpoint(&subject, 20, &hash(20)),
            0,
            0,
        ),
        ("early", checkpoint(&subject, 1, &hash(1)), 0, 0),
        ("other", checkpoint("other", 7, &hash(7)), 3, 3),
        ("empty", String::new(), 3, 3),
        ("altered", checkpoint(&subject, 7, "<b>\u{202e}"), 1, 1),
        (
            "longer",
            checkpoint(&subject, 9_007_199_254_740_991, &hash(7)),
            1,
            1,
        ),
        (
            "damaged",
            checkpoint(&subject, 7, &hash(7)) + "x\n\u{0}\n" + &checkpoint(&subject, 12, &hash(12)),
            2,
            2,
        ),
        (
            "two",
            checkpoint(&subject, 7, &hash(7))
                + &checkpoint(&subject, 30, &hash(7)).replace(&hash(1), &hash(2)),
            0,
            0,
        ),
    ] {
        sandbox.write("witness.jsonl", witness);
        let page = format!("pages/{name}.html");
        let args = ["log.jsonl", "-w", "witness.jsonl", "-o", &page];
        let run = report(sandbox, &args).status(status);
        let word = ["", "INCOMPLETE — {", "UNDECIDED — {", "UNWITNESSED — {"]
            [usize::try_from(status).unwrap()];
        assert!(run.stderr.starts_with(word), "{}", run.stderr);
        let page = format!("pages/{name}-window.html");
        let args = [
            &["log.jsonl", "-w", "witness.jsonl", "-o", &page],
            &window[..],
        ]
        .concat();
        let _ = report(sandbox, &args).status(of_window);
        assert_eq!(
            sandbox.path(&page).exists(),
            of_window != 1,
            "a conflict leaves no page of a window"
        );
    }
    for (name, text) in [("damaged", "no checkpoint"), ("missing", "")] {
        let file = format!("{name}.jsonl");
        if !text.is_empty() {
            sandbox.write(&file, text);
        }
        let args = ["log.jsonl", "-w", &file, "-o", "never.html"];
        let _ = report(sandbox, &args).status(2);
        assert!(!sandbox.path("never.html").exists());
    }
}

#[test]
fn a_change_of_what_is_shown_is_found_and_named() {
    let sandbox = Sandbox::new();
    sandbox.write("policy.json", POLICY);
    sandbox.write("log.jsonl", log(7, 60));
    fs::create_dir(sandbox.path("pages")).unwrap();
    let args = ["log.jsonl", "-o", "page.html", "--policy", "policy.json"];
    let _ = report(&sandbox, &args).status(0);
    let page = sandbox.read("page.html");
    let changes = [
        ("<tr><td>31</td><td>", "<tr><td>31</td><td>x", "record 31"),
        ("<tr><td>60</td>", "<tr hidden><td>60</td>", "record 60"),
        (
            "<dt>Records</dt><dd>60",
            "<dt>Records</dt><dd>61",
            "the summary's line \"Records\"",
        ),
        (
            "<dt>Head</dt><dd>",
            "<dt>Head</dt><dd>0",
            "the summary's line \"Head\"",
        ),
        (
            "<tr><td>violated</td><td>exists",
            "<tr><td>pass</td><td>exists",
            "the policy's rule exists",
        ),
        ("NON-COMPLIANT", "COMPLIANT", "the policy"),
        (
            "<h2>Verdicts",
            "<p>Checked.</p><h2>Verdicts",
            "the verdicts",
        ),
        ("</main>", "</main><p>", "the end"),
    ];
    for (number, (from, to, _)) in changes.iter().enumerate() {
        assert!(page.contains(from), "{from}");
        sandbox.write(&format!("pages/{number}.html"), page.replacen(from, to, 1));
    }
    let lines = said_by_scripts(&sandbox.path("pages"));
    for (number, (_, _, what)) in changes.iter().enumerate() {
        let found = lines
            .iter()
            .find(|line| line.contains(&format!("\"{number}.html\"")));
        let found = sealstone::json::read(found.unwrap().as_bytes())
            .unwrap()
            .value;
        assert_eq!(found.as_object().unwrap().str("difference"), Some(*what));
    }
}

/// Returns what the scripts make of the pages of a folder, a line each.
pub(crate) fn said_by_scripts(pages: &Path) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new("node")
        .arg(root.join("tests/it/page/static.mjs"))
        .arg(root.join("templates/report"))
        .arg(pages)
        .output()
        .expect("node is installed");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}
