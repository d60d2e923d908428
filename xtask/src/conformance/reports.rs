//! The same logs made into pages: both programs must write one, or refuse, and end with the same status.

use std::{fs, path::Path};

use anyhow::Context;

use super::{Bench, driver, logs};
use crate::{
    json::Json,
    run::{Run, Tally},
};

/// Where the programs differ, and why: the name of a case, or `over` and that of a log.
const DIFFERENCES: &[(&str, &str)] = &[
    (
        "over no object",
        "a line that is no object is refused; the reference ends with a traceback",
    ),
    (
        "a witness that is damaged, over an empty one",
        "a witness file that is damaged is said before the log is read",
    ),
];

/// What does not depend on the log as such is tried with some logs only.
const IN_DETAIL: &[&str] = &[
    "a policy that is none",
    "a policy that is not there",
    "the subject of some",
    "a window that ends first",
    "a time that is none",
];

/// A policy that is none.
const NO_POLICY: &str = r#"[{"id":"r","forbid":{"action.typ":"read"}}]"#;

/// A run of both programs, but for where they write.
struct Case {
    name: String,
    log: String,
    more: Vec<String>,
}

pub(super) fn run(bench: &Bench, tally: &mut Tally) -> anyhow::Result<()> {
    let cases = cases(bench)?;
    let (ours, theirs) = (bench.path("ours.html"), bench.path("theirs.html"));
    let args = |case: &Case, page: &str| {
        let mut args = vec![
            "report".to_owned(),
            case.log.clone(),
            "-o".to_owned(),
            page.to_owned(),
        ];
        args.extend(case.more.iter().cloned());
        args
    };
    // Each run of the reference has a page of its own, to be looked for afterwards.
    let pages: Vec<String> = (0..cases.len())
        .map(|number| format!("{theirs}-{number}"))
        .collect();
    let runs: Vec<Vec<String>> = cases
        .iter()
        .zip(&pages)
        .map(|(case, page)| args(case, page))
        .collect();
    let answers = driver::run(bench, runs.iter().map(Vec::as_slice))?;
    let (mut found, mut met) = (Vec::new(), Vec::new());
    for ((case, page), answer) in cases.iter().zip(&pages).zip(&answers) {
        let _ = fs::remove_file(&ours);
        let args = args(case, &ours);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let run = Run::of(&mut bench.ours(&args), b"")?;
        let status = run
            .status
            .map_or("none".to_owned(), |status| status.to_string());
        let said = (status, Path::new(&ours).exists());
        let expected = (answer.status.clone(), Path::new(page).exists());
        let listed = DIFFERENCES
            .iter()
            .find(|(name, _)| case.name.contains(name));
        match listed {
            _ if said == expected => {}
            Some((name, _)) => met.push(*name),
            None => found.push(format!(
                "{}: status and page: ours {said:?}, reference {expected:?} ({})",
                case.name,
                answer.printed.trim()
            )),
        }
    }
    let problem = (!found.is_empty()).then(|| found.join("\n"));
    tally.check(format!("reports: {} runs end alike", cases.len()), problem);
    for (name, reason) in DIFFERENCES {
        let problem = (!met.contains(name)).then_some("agrees, but is listed");
        tally.check(format!("reports, {name}: {reason}"), problem);
    }
    Ok(())
}

fn cases(bench: &Bench) -> anyhow::Result<Vec<Case>> {
    let no_policy = bench.path("no-policy.json");
    fs::write(&no_policy, NO_POLICY).with_context(|| format!("cannot write `{no_policy}`"))?;
    let variants: &[(&str, &[&str])] = &[
        ("plain", &[]),
        ("a policy", &["--policy", "owasp-starter"]),
        ("a policy that is none", &["--policy", &no_policy]),
        ("a policy that is not there", &["--policy", "missing.json"]),
        ("another subject", &["--expect-subject", "nobody"]),
        ("the subject of some", &["--expect-subject", "acme"]),
        ("from", &["--from", "2026-01-01"]),
        ("to", &["--to", "2026-01-05"]),
        (
            "a window of none",
            &["--from", "2020-01-01", "--to", "2020-01-02"],
        ),
        (
            "a window that ends first",
            &["--from", "2027-01-01", "--to", "2020-01-02"],
        ),
        ("a time that is none", &["--from", "yesterday"]),
    ];
    let mut cases = Vec::new();
    for log in logs::write(bench)? {
        for (name, more) in variants
            .iter()
            .filter(|(name, _)| log.is_for_windows || !IN_DETAIL.contains(name))
        {
            cases.push(Case {
                name: format!("{name}, over {}", log.name),
                log: log.path.clone(),
                more: more.iter().map(|arg| (*arg).to_owned()).collect(),
            });
        }
    }
    cases.extend(witnessed(bench)?);
    Ok(cases)
}

/// Returns runs with witnesses of all kinds, over a log that is intact, one that is not and one without records.
fn witnessed(bench: &Bench) -> anyhow::Result<Vec<Case>> {
    let log: String = sealstone::sample::chain(9, 3).collect();
    let altered = log.replacen("\"ts\":\"20", "\"ts\":\"21", 1);
    let records = Json::read_lines(&log)?;
    let hash = |number: usize| {
        let record = records.get(number - 1);
        let hash = record.and_then(|record| record.str("integrity.hash"));
        hash.unwrap_or_default().to_owned()
    };
    let mut subjects = records.iter().map(|record| record.str("subject.id"));
    let subject = subjects.next().flatten().unwrap_or_default();
    let checkpoint = |root: &str, subject: &str, count: usize, head: &str| {
        format!(
            "{{\"chain_root\":\"{root}\",\"subject\":\"{subject}\",\"count\":{count},\"head\":\"{head}\",\"ts\":\"2026-01-01T00:00:00Z\"}}\n"
        )
    };
    let (root, none) = (hash(1), "f".repeat(64));
    let witnesses = [
        ("complete", checkpoint(&root, subject, 9, &hash(9))),
        ("early", checkpoint(&root, subject, 4, &hash(4))),
        ("other", checkpoint(&none, "nobody", 4, &none)),
        ("longer", checkpoint(&root, subject, 10, &hash(9))),
        ("altered", checkpoint(&root, subject, 4, &none)),
        ("empty", String::new()),
        ("damaged", "no checkpoint\n".to_owned()),
    ];
    for (name, text) in &witnesses {
        fs::write(bench.path(&format!("report-witness-{name}.jsonl")), text)?;
    }
    let names = witnesses.iter().map(|(name, _)| *name);
    let mut cases = Vec::new();
    for (of, text) in [
        ("intact", &log),
        ("altered", &altered),
        ("empty", &String::new()),
    ] {
        let path = bench.path(&format!("report-of-witness-{of}.jsonl"));
        fs::write(&path, text)?;
        for name in names.clone().chain(["missing"]) {
            let witness = bench.path(&format!("report-witness-{name}.jsonl"));
            cases.push(Case {
                name: format!("a witness that is {name}, over an {of} one"),
                log: path.clone(),
                more: vec!["-w".to_owned(), witness],
            });
        }
    }
    Ok(cases)
}
