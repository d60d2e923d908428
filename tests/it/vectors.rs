//! Every conformance vector, through the library and through the binary.

use std::{collections::BTreeSet, fs, path::PathBuf};

use sealstone::{
    canon,
    digest::Digest,
    input_hash::input_hash,
    json::{self, Object, Value},
    verify::{Code, Finding, Judgement, Verdict, Verifier},
};

use crate::harness::{Sandbox, object};

fn conformance(below: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "conformance", below]
        .iter()
        .collect()
}

fn vectors() -> Vec<(String, Vec<u8>, Object)> {
    let mut vectors: Vec<_> = fs::read_dir(conformance("vectors"))
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let log = fs::read(entry.path().join("log.jsonl")).unwrap();
            let expect = fs::read_to_string(entry.path().join("expect.json")).unwrap();
            (name, log, object(expect))
        })
        .collect();
    vectors.sort_by(|(a, ..), (b, ..)| a.cmp(b));
    assert!(vectors.len() > 400, "vectors are missing");
    vectors
}

fn verdict_of(log: &[u8]) -> Verdict {
    let mut verifier = Verifier::new();
    verifier.log(log);
    verifier.finish()
}

fn codes(findings: &[Finding]) -> Vec<(String, i64)> {
    findings
        .iter()
        .map(|finding| {
            (
                finding.code.to_string(),
                i64::try_from(finding.record).unwrap(),
            )
        })
        .collect()
}

fn expected_codes(expect: &Object, key: &str) -> Vec<(String, i64)> {
    let list = expect.get(key).and_then(Value::as_array).unwrap();
    list.iter()
        .map(|finding| {
            let finding = finding.as_object().unwrap();
            let record = finding.get("record").and_then(Value::as_integer);
            (finding.str("code").unwrap().to_owned(), record.unwrap())
        })
        .collect()
}

fn integer(object: &Object, key: &str) -> Option<u64> {
    object
        .get(key)
        .and_then(Value::as_integer)
        .map(|n| u64::try_from(n).unwrap())
}

#[test]
fn every_vector_gets_the_verdict_it_states() {
    let mut wrong = Vec::new();
    for (name, log, expect) in vectors() {
        let verdict = verdict_of(&log);
        let judgement = match verdict.judgement {
            Judgement::Broken => "broken",
            Judgement::Empty => "empty",
            Judgement::Intact => "intact",
        };
        let got = (
            Some(judgement),
            Some(verdict.records),
            verdict.head.map(|head| head.to_string()),
            verdict.first_break,
            codes(&verdict.findings),
            codes(&verdict.warnings),
        );
        let stated = (
            expect.str("verdict"),
            integer(&expect, "records"),
            expect.str("head").map(str::to_owned),
            integer(&expect, "first_break"),
            expected_codes(&expect, "findings"),
            expected_codes(&expect, "warnings"),
        );
        if got != stated {
            wrong.push(format!("{name}:\n  stated {stated:?}\n  got    {got:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_code_has_a_vector() {
    let stated: BTreeSet<String> = vectors()
        .iter()
        .flat_map(|(_, _, expect)| {
            let mut codes = expected_codes(expect, "findings");
            codes.extend(expected_codes(expect, "warnings"));
            codes.into_iter().map(|(code, _)| code)
        })
        .collect();
    let known = Code::ALL
        .iter()
        .map(|code| code.as_str().to_owned())
        .collect();
    assert_eq!(stated, known);
}

#[test]
fn the_binary_ends_with_the_status_of_the_verdict_however_it_reads() {
    let sandbox = Sandbox::new();
    for (name, log, expect) in vectors().iter().step_by(7) {
        let status = match expect.str("verdict") {
            Some("intact") => 0,
            Some("empty") => 3,
            _ => 1,
        };
        let path = sandbox.write(&format!("{name}.jsonl"), log);
        for io in ["read", "mmap"] {
            let run = sandbox.run([
                "verify".as_ref(),
                "--io".as_ref(),
                io.as_ref(),
                path.as_os_str(),
            ]);
            let _ = run.status(status);
        }
        let _ = sandbox.run_with(["verify", "-"], log).status(status);
    }
}

fn cases(file: &str) -> Vec<Object> {
    let text = fs::read(conformance("rfc8785").join(file)).unwrap();
    let document = json::read(&text).unwrap().value;
    let list = match &document {
        Value::Array(list) => list.as_slice(),
        Value::Object(object) => object
            .iter()
            .find_map(|(_, value)| value.as_array())
            .unwrap(),
        _ => panic!("{file} is no list"),
    };
    list.iter()
        .map(|case| case.as_object().unwrap().clone())
        .collect()
}

#[test]
fn canonical_forms_and_their_hashes_are_as_stated() {
    for file in [
        "integers.json",
        "strings.json",
        "keys.json",
        "nested.json",
        "departures.json",
        "formless.json",
    ] {
        let cases = cases(file);
        assert!(cases.len() > 3, "{file}");
        for case in cases {
            let input = case.str("input").unwrap();
            let value = json::read(input.as_bytes()).unwrap().value;
            let canonical = canon::to_vec(&value).ok();
            let text = canonical
                .as_deref()
                .map(|bytes| std::str::from_utf8(bytes).unwrap());
            assert_eq!(text, case.str("canonical"), "{file}: {input}");
            let hash = canonical.map(|bytes| Digest::of(&bytes).to_string());
            let stated = case
                .str("sha256")
                .map(|hash| hash.trim_start_matches("sha256:"));
            assert_eq!(hash.as_deref(), stated, "{file}: {input}");
        }
    }
}

#[test]
fn input_hashes_are_as_stated() {
    for case in cases("input-hash.json") {
        let input = case.str("input").unwrap();
        let value = json::read(input.as_bytes()).unwrap().value;
        assert_eq!(
            Some(&*input_hash(&value).prefixed()),
            case.str("hash"),
            "{input}"
        );
    }
}
