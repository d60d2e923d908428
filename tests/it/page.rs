//! The scripts by which the report's page judges its records, held against the verifier.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use sealstone::{
    chain,
    digest::Digest,
    json::{self, Value},
    sample,
    verify::{Code, Finding, Judgement, Verdict, Verifier},
};

use crate::harness::{Sandbox, object, skip};

/// What the page does not judge: which members a record has, and of which types.
const SCHEMA: &[Code] = &[
    Code::MissingField,
    Code::UnknownValue,
    Code::WrongType,
    Code::WrongValue,
];

fn verdict_of(log: &[u8]) -> Verdict {
    let mut verifier = Verifier::new();
    verifier.log(log);
    verifier.finish()
}

/// Returns what the page finds first, by the verifier's findings.
fn first_of(verdict: &Verdict) -> Option<&Finding> {
    let judged = |finding: &&Finding| !SCHEMA.contains(&finding.code);
    let findings = verdict.findings.iter().filter(judged);
    findings.min_by_key(|finding| finding.record)
}

/// What is wrong with a line before there is anything to hash. The page's reader is the browser's, which knows JSON and
/// nothing else, so it has fewer names for that.
const UNREADABLE: &[Code] = &[
    Code::IntegerTooLarge,
    Code::IntegerTooLong,
    Code::IntegrityNotObject,
    Code::NotAnInteger,
    Code::NotAnObject,
    Code::NotHashable,
    Code::NotJson,
    Code::ParentIdNotString,
    Code::RecordIdNotString,
    Code::TooDeep,
    Code::TornLine,
];

/// Whether the page has named what is wrong with a record as one of the verifier's findings does.
fn is_named_alike(page: &str, verdict: &Verdict, record: u64) -> bool {
    let is_unreadable = UNREADABLE.iter().any(|code| code.as_str() == page);
    let mut of_record = verdict.findings.iter().filter(|f| f.record == record);
    of_record.any(|finding| {
        finding.code.as_str() == page || is_unreadable && UNREADABLE.contains(&finding.code)
    })
}

/// Has the page's scripts judge logs, and says of which they say something else than the verifier.
fn differences(logs: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("logs")).unwrap();
    for (name, log) in logs {
        sandbox.write(&format!("logs/{name}"), log);
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new("node")
        .arg(root.join("tests/browser/chain.mjs"))
        .arg(root.join("templates/report"))
        .arg(sandbox.path("logs"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let lines = String::from_utf8(output.stdout).unwrap();
    assert_eq!(lines.lines().count(), logs.len(), "each log has a line");
    let judged = lines.lines().map(object);
    judged
        .filter_map(|page| {
            let name = page.str("name").unwrap();
            difference(&page, &logs[name]).map(|what| format!("{name}: {what}"))
        })
        .collect()
}

fn difference(page: &json::Object, log: &[u8]) -> Option<String> {
    let verdict = verdict_of(log);
    let integer = |object: &json::Object, key: &str| {
        let number = object.get(key).and_then(Value::as_integer).unwrap();
        u64::try_from(number).unwrap()
    };
    let Some(broken) = page.object("broken") else {
        if let Some(finding) = first_of(&verdict) {
            return Some(format!("held to be intact, and not {finding:?}"));
        }
        if integer(page, "records") != verdict.records {
            return Some("another number of records".into());
        }
        let head = verdict.head.map(|head| head.to_string());
        let is_intact = verdict.judgement == Judgement::Intact;
        return (is_intact && page.str("head") != head.as_deref())
            .then(|| format!("another head than {head:?}"));
    };
    let (record, code) = (integer(broken, "record"), broken.str("code").unwrap());
    match first_of(&verdict) {
        None => Some(format!("{code} at record {record}, and it is intact")),
        Some(finding) if finding.record != record => {
            Some(format!("{code} at record {record}, and not {finding:?}"))
        }
        Some(finding) if !is_named_alike(code, &verdict, record) => {
            Some(format!("{code} at record {record}, and it is {finding:?}"))
        }
        Some(_) => None,
    }
}

fn is_without_node() -> bool {
    let node = Command::new("node").arg("--version").output();
    if node.is_err() {
        skip("the page's scripts", "there is no node");
    }
    node.is_err()
}

#[test]
fn the_page_judges_every_vector_as_the_verifier_does() {
    if is_without_node() {
        return;
    }
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/vectors");
    let logs: BTreeMap<_, _> = fs::read_dir(vectors)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let log = fs::read(entry.path().join("log.jsonl")).unwrap();
            (entry.file_name().into_string().unwrap(), log)
        })
        .collect();
    assert!(logs.len() > 400, "vectors are missing");
    assert_eq!(differences(&logs), [""; 0]);
}

/// Numbers that only look random (Knuth's generator), so that a failure comes back.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

/// Texts that stand in for a part of a line: what the rules turn on.
const PARTS: &[&str] = &[
    "null",
    "1.0",
    "1e2",
    "-0",
    "9007199254740991",
    "9007199254740992",
    "NaN",
    "[]",
    "{}",
    "{\"a\":1,\"a\":2}",
    "\"\"",
    "\"\\ud800\"",
    "\"\\ud83d\\ude00\"",
    "\"\u{e9}\"",
    "\"\\u00e9\"",
    "\"\u{2028}\"",
    "\"a:b.c\"",
    "\"\\\\\"",
    "{\"\\ud800\":1}",
    "{\"__proto__\":1}",
    "{\"\u{1f600}\":1,\"\u{e000}\":2}",
    "{\"a.b:c\":[{\"1\":2,\"0\":1}]}",
];

/// Puts one of `PARTS` where a value stands in a line.
fn with_part(line: &str, dice: &mut Dice) -> String {
    let colons: Vec<usize> = line.match_indices("\":").map(|(at, _)| at + 2).collect();
    let start = colons[dice.below(colons.len())];
    let rest = &line[start..];
    let length = rest.find([',', '}']).unwrap();
    let part = PARTS[dice.below(PARTS.len())];
    format!("{}{part}{}", &line[..start], &rest[length..])
}

/// Seals the lines anew, from the one that was changed on, as far as they can be.
fn sealed_again(lines: &[String]) -> Vec<String> {
    let mut head = Digest::GENESIS;
    let seal = |line: &String| {
        let Ok(document) = json::read(line.trim_end().as_bytes()) else {
            return line.clone();
        };
        let Value::Object(record) = document.value else {
            return line.clone();
        };
        match chain::seal(record, head) {
            Ok(sealed) if document.duplicates.is_empty() => {
                head = sealed.hash;
                sealed.line
            }
            _ => line.clone(),
        }
    };
    lines.iter().map(seal).collect()
}

/// Changes a log in one of the ways in which logs are changed.
fn changed(lines: &[String], dice: &mut Dice) -> Vec<u8> {
    let mut lines = lines.to_vec();
    let (at, other) = (dice.below(lines.len()), dice.below(lines.len()));
    match dice.below(8) {
        0 => drop(lines.remove(at)),
        1 => lines.insert(other, lines[at].clone()),
        2 => lines.swap(at, other),
        3 => lines[at] = with_part(&lines[at], dice),
        4 | 5 => {
            lines[at] = with_part(&lines[at], dice);
            lines = sealed_again(&lines);
        }
        6 => lines.insert(at, " \t\u{2003}\r\n".into()),
        _ => {
            let mut log = lines.concat().into_bytes();
            let at = dice.below(log.len());
            log[at] = u8::try_from(dice.below(256)).unwrap();
            return log;
        }
    }
    lines.concat().into_bytes()
}

#[test]
fn the_page_judges_changed_logs_as_the_verifier_does() {
    if is_without_node() {
        return;
    }
    let lines: Vec<String> = sample::chain(12, 7).collect();
    let mut dice = Dice(5);
    let mut logs = BTreeMap::from([("intact".to_owned(), lines.concat().into_bytes())]);
    for number in 0..1500 {
        logs.insert(format!("{number:04}"), changed(&lines, &mut dice));
    }
    let intact = logs
        .values()
        .filter(|log| first_of(&verdict_of(log)).is_none());
    assert!(
        (100..1000).contains(&intact.count()),
        "both verdicts come up"
    );
    assert_eq!(differences(&logs), [""; 0]);
}
