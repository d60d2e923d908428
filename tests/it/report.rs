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
    assert_eq!(pages.len(), 92);
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
    ] {
        sandbox.write("witness.jsonl", witness);
        let page = format!("pages/{name}.html");
        let args = ["log.jsonl", "-w", "witness.jsonl", "-o", &page];
        let run = report(sandbox, &args).status(status);
        let word = ["", "INCOMPLETE — {", "", "UNWITNESSED — {"][usize::try_from(status).unwrap()];
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
fn said_by_scripts(pages: &Path) -> Vec<String> {
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
