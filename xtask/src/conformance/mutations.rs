//! Logs with one fault each: the verdict, and the first record at which the chain breaks, by all three.

use std::fs;

use anyhow::{Context, ensure};

use super::{Bench, said};
use crate::{
    json::Json,
    run::{Run, Tally, root},
};

/// Fewer logs than this would mean that the generator is broken.
const LOGS_MIN: usize = 150;

/// A difference that is meant: whether a case is one, by the log's name, our codes and what the reference
/// said, and why ours is as it is.
type Difference = (fn(&str, &str, &Said) -> bool, &'static str);

const DIFFERENCES: &[Difference] = &[
    (
        |_, codes, reference| {
            codes.contains(":not-utf8")
                && reference.status == Some(1)
                && reference.first_break.is_none()
        },
        "a byte that is not UTF-8 loses its line only; the reference gives up the whole log",
    ),
    (
        |name, _, _| name.starts_with("depth-") && depth(name) > REFERENCE_DEPTH_MAX,
        "nesting has a limit of its own; the reference's is its interpreter's, and it may end in a traceback",
    ),
];

/// As far down the reference comes to a verdict whatever the interpreter.
const REFERENCE_DEPTH_MAX: u64 = 328;

/// Returns the number that a log's name ends with.
fn depth(name: &str) -> u64 {
    let digits = name.rsplit('-').next();
    digits
        .and_then(|digits| digits.parse().ok())
        .unwrap_or_default()
}

/// What a verifier says of a log.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    /// `None` if it came to no verdict.
    status: Option<i32>,
    first_break: Option<u64>,
}

pub(super) fn run(bench: &Bench, tally: &mut Tally) -> anyhow::Result<()> {
    let base = bench.path("base.jsonl");
    let folder = bench.path("base-demo");
    Run::of(&mut bench.reference(&["demo", &folder]), b"")?;
    fs::copy(format!("{folder}/acme-corp.jsonl"), &base)
        .context("the reference's demo wrote no log")?;
    let chain = bench.path("chain.jsonl");
    Run::of(&mut bench.ours(&["sample", &chain, "--records", "30"]), b"")?;
    let folder = bench.path("mutations");
    fs::create_dir(&folder)?;
    let text = include_str!("mutations.py");
    let names = bench
        .script("mutations.py", text, &[&folder, &base, &chain])?
        .stdout;
    let names: Vec<&str> = names.lines().collect();
    ensure!(names.len() >= LOGS_MIN, "only {} logs", names.len());
    let logs: Vec<String> = names
        .iter()
        .map(|name| format!("{folder}/{name}.jsonl"))
        .collect();
    let second_opinions = second_opinions(bench, &logs)?;
    let mut used = vec![0; DIFFERENCES.len()];
    for ((name, log), second) in names.iter().zip(&logs).zip(&second_opinions) {
        let (ours, codes) = ours(bench, log)?;
        let reference = reference(bench, log)?;
        let known = DIFFERENCES
            .iter()
            .position(|(applies, _)| applies(name, &codes, &reference));
        let problem = if (&ours, &codes) != (&second.0, &second.1) {
            Some(format!(
                "ours {ours:?} {codes}, verify.py {:?} {}",
                second.0, second.1
            ))
        } else if ours == reference {
            None
        } else if let Some(known) = known {
            used[known] += 1;
            None
        } else {
            Some(format!("ours {ours:?} {codes}, reference {reference:?}"))
        };
        tally.check(format!("mutation, {name}"), problem);
    }
    for ((_, why), used) in DIFFERENCES.iter().zip(used) {
        let problem = (used == 0).then_some("nothing differs: take it off the list");
        tally.check(format!("difference in {used} logs: {why}"), problem);
    }
    Ok(())
}

/// Returns what `verify.py` says of each log.
fn second_opinions(bench: &Bench, logs: &[String]) -> anyhow::Result<Vec<(Said, String)>> {
    let mut command = bench.python(&root().join("conformance/verify.py"));
    let run = Run::of(command.args(logs), b"")?;
    let verdicts = Json::read_lines(&run.stdout)?;
    ensure!(
        verdicts.len() == logs.len(),
        "verify.py: {} verdicts for {} logs: {}",
        verdicts.len(),
        logs.len(),
        said(&run)
    );
    Ok(verdicts.iter().map(verdict).collect())
}

/// Returns what we say, and whether the status fits it.
fn ours(bench: &Bench, log: &str) -> anyhow::Result<(Said, String)> {
    let run = Run::of(&mut bench.ours(&["verify", "--json", log]), b"")?;
    let document = Json::read(&run.stdout).with_context(|| said(&run))?;
    let (said, codes) = verdict(document.items("logs").first().context("no log")?);
    ensure!(
        run.status == said.status,
        "{log}: status {:?} for {said:?}",
        run.status
    );
    Ok((said, codes))
}

/// Reads a verdict as we and `verify.py` print it.
fn verdict(verdict: &Json) -> (Said, String) {
    let status = match verdict.str("verdict") {
        Some("intact") => Some(0),
        Some("broken") => Some(1),
        Some("empty") => Some(3),
        _ => None,
    };
    let first_break = verdict
        .at("first_break")
        .and_then(|n| n.to_string().parse().ok());
    let codes: Vec<String> = verdict
        .items("findings")
        .iter()
        .map(|finding| {
            let record = finding.at("record").map(ToString::to_string);
            let code = finding.str("code").unwrap_or_default();
            format!("{}:{code}", record.unwrap_or_default())
        })
        .collect();
    (
        Said {
            status,
            first_break,
        },
        codes.join(" "),
    )
}

/// Returns what the reference says. A traceback is no verdict.
fn reference(bench: &Bench, log: &str) -> anyhow::Result<Said> {
    let run = Run::of(&mut bench.reference(&["verify", log]), b"")?;
    let is_crash = run.stderr.contains("Traceback");
    Ok(Said {
        status: run.status.filter(|_| !is_crash),
        first_break: run
            .stdout
            .lines()
            .filter(|_| !is_crash)
            .find_map(broken_record),
    })
}

/// Returns the record that a line of the reference's text calls broken.
fn broken_record(line: &str) -> Option<u64> {
    let (number, text) = line
        .trim_start()
        .strip_prefix("record ")?
        .split_once(": ")?;
    let breaks = [
        "chain: ",
        "not a JSON object",
        "integrity is not an object",
        "record_id is not a string",
        "parent_id is not a string",
    ];
    let breaks = breaks.iter().any(|start| text.starts_with(start));
    breaks.then(|| number.parse().ok())?
}
