//! The logs that policies and pages are made of.

use std::fs;

use anyhow::{Context, ensure};

use super::Bench;
use crate::run::{Run, has_extension};

/// A log, and what it is called in reports.
pub(super) struct Log {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) is_for_windows: bool,
}

/// Members of records with values that no producer writes: nothing of it verifies, and both programs look at it.
const ODD: &[&str] = &[
    r#""severity":null,"findings":[{"type":"ssn","severity":"HIGH"},{"type":"email","severity":"LOW"}]"#,
    r#""findings":[],"data":{"pii_types":["a\u200bb","x",1,true,null],"cross_region":true,"zdr":1}"#,
    r#""findings":{"type":"ssn"},"data":{"pii_types":"ssn","cross_region":9007199254740991}"#,
    r#""findings":["x",["y"],{"type":["ssn"]},[{"type":"ssn"}],null],"data":{"cross_region":1.0}"#,
    r#""action":"x","data":{"cross_region":0,"pii_types":[null],"zdr":false}"#,
    r#""action":[{"type":"read"}],"data":{"cross_region":0.5,"pii_types":[],"zdr":true}"#,
    r#""subject":{"id":"\ud800"},"data":{"cross_region":12345678901234567890}"#,
    r#""subject":{"id":"\ufffd"},"data":{"cross_region":-12345678901234567890}"#,
    r#""subject":{"id":"acme\u200b"},"data":{"cross_region":"1","zdr":"true"}"#,
    r#""subject":"acme","authority":{"refs":[{"loaded":true},{"loaded":0}],"stale_if":["x"]}"#,
    r#""subject":{"id":"x"},"framework_tags":["x"],"severity":"HIGH""#,
    r#""subject":{"id":"y"},"threats":[{"type":"tool_misuse"}],"severity":"LOW","ts":"2026-11-22""#,
];

/// A record whose id is no text.
const NO_ID: &str = r#"{"record_id":5,"ts":"2026-11-22T12:00:00Z","severity":"HIGH"}"#;

pub(super) fn write(bench: &Bench) -> anyhow::Result<Vec<Log>> {
    let mut logs = chains(bench)?;
    let sound = fs::read_to_string(&logs[0].path)?;
    let odd: Vec<String> = (1..)
        .zip(ODD)
        .map(|(number, members)| format!("{{\"record_id\":\"odd-{number}\",{members}}}"))
        .collect();
    let more = [
        ("odd", odd.join("\n")),
        ("a number for an id", NO_ID.to_owned()),
    ];
    for (name, text) in damaged(&sound).into_iter().chain(more) {
        let path = bench.path(&format!("policy-{name}.jsonl"));
        fs::write(&path, text).with_context(|| format!("cannot write `{path}`"))?;
        logs.push(Log {
            name: name.to_owned(),
            path,
            is_for_windows: name == "odd",
        });
    }
    logs.push(Log {
        name: "missing".to_owned(),
        path: bench.path("policy-missing.jsonl"),
        is_for_windows: false,
    });
    Ok(logs)
}

/// Chains that verify.
fn chains(bench: &Bench) -> anyhow::Result<Vec<Log>> {
    let mut logs = Vec::new();
    let demo = bench.path("policy-demo");
    done(&Run::of(&mut bench.reference(&["demo", &demo]), b"")?)?;
    let mut paths: Vec<_> = fs::read_dir(&demo)?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<_>>()?;
    paths.retain(|path| has_extension(path, "jsonl") && !path.to_string_lossy().contains("/."));
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        logs.push(Log {
            name: format!("demo {name}"),
            path: path.to_string_lossy().into_owned(),
            is_for_windows: logs.is_empty(),
        });
    }
    ensure!(!logs.is_empty(), "the demo wrote no log");
    let sample = bench.path("policy-sample.jsonl");
    done(&Run::of(&mut bench.reference(&["sample", &sample]), b"")?)?;
    let mut add = |name: String, path| {
        logs.push(Log {
            name,
            path,
            is_for_windows: false,
        });
    };
    add("reference's sample".to_owned(), sample);
    for (records, seed) in [("40", "1"), ("300", "2"), ("150", "77")] {
        let path = bench.path(&format!("policy-sample-{seed}.jsonl"));
        let args = ["sample", &path, "--records", records, "--seed", seed];
        done(&Run::of(&mut bench.ours(&args), b"")?)?;
        add(format!("our sample {seed}"), path);
    }
    Ok(logs)
}

/// A sound log, damaged in different ways.
fn damaged(sound: &str) -> Vec<(&'static str, String)> {
    let lines: Vec<&str> = sound.lines().collect();
    let but_one = [&lines[..1], &lines[2..]].concat().join("\n");
    let twice = lines[0].replacen('{', "{\"severity\":\"INFO\",", 1);
    vec![
        ("altered", sound.replacen("INFO", "LOW", 1)),
        ("cut", but_one),
        ("torn", format!("{sound}{{\"cut")),
        ("garbage", format!("{}\ngarbage\n{}", lines[0], lines[1])),
        ("no object", format!("{}\n[1]\n", lines[0])),
        ("a key twice", format!("{twice}\n")),
        ("empty", String::new()),
        ("blank", "\n \n".to_owned()),
        ("with a mark", format!("\u{feff}{sound}")),
        ("repeated", format!("{sound}{}\n", lines[0])),
    ]
}

fn done(run: &Run) -> anyhow::Result<()> {
    ensure!(run.status == Some(0), "{}", super::said(run));
    Ok(())
}
