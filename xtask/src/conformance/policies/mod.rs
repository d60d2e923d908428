//! The same policies over the same logs: both programs must accept the same ones, end with the same status and say
//! the same of each rule.

mod corpus;

use std::{collections::BTreeSet, fs};

use anyhow::{Context, ensure};

use super::{Bench, driver, logs};
use crate::{
    json::Json,
    run::{Run, Tally},
};

/// What both must say of a log as a whole.
const MEMBERS: &[&str] = &[
    "compliant",
    "checked",
    "violations",
    "violating_records",
    "gaps",
    "unexercised",
    "chain_verified",
    "window",
    "expected_subject",
];

/// What both must say of a rule.
const OF_A_RULE: &[&str] = &["id", "severity", "status", "matched", "violators"];

/// Where the programs differ, and why: the name of a policy, or `over` and that of a log.
const DIFFERENCES: &[(&str, &str)] = &[
    ("a key of its own below data", ANY_KEY),
    ("a key of its own below outcome", ANY_KEY),
    ("a key of its own at the top", ANY_KEY),
    ("a key of its own below authority", ANY_KEY),
    ("the extension", ANY_KEY),
    ("a member of a text", NO_MEMBERS),
    ("a member of a list's text", NO_MEMBERS),
    (
        "an invisible contradiction",
        "what is compared without invisible characters contradicts itself",
    ),
    (
        "a note 600 deep",
        "nesting past 512 levels is refused everywhere here",
    ),
    (
        "a number of 4200 digits",
        "integers of more than 4000 characters are refused everywhere here",
    ),
    (
        "over a number for an id",
        "an id that is no text is `?`, as one that is not there",
    ),
    (
        "over no object",
        "a line that is no record leaves nothing to say, as one that is no JSON does",
    ),
    ("from 0001-01-01T00:00:00+01:00", NO_CRASH),
    ("to 0001-01-01T00:00:00+01:00", NO_CRASH),
    ("from 9999-12-31T23:59:59-01:00", NO_CRASH),
    ("to 9999-12-31T23:59:59-01:00", NO_CRASH),
];

const ANY_KEY: &str =
    "rules can be about any key of a record; the reference knows its schema's only";
const NO_MEMBERS: &str = "a single value has no members, so such a rule could never hold";
const NO_CRASH: &str = "refused; the reference ends with a traceback";

/// A run of both programs.
struct Case {
    name: String,
    args: Vec<String>,
    /// Whether the policy's bytes are the same for both.
    is_same_file: bool,
}

/// What a program said.
struct Said {
    status: String,
    result: Option<Json>,
}

pub(super) fn run(bench: &Bench, tally: &mut Tally) -> anyhow::Result<()> {
    let logs = logs::write(bench)?;
    let mut cases = bundled(&logs);
    let policies = corpus::policies();
    for (number, policy) in policies.iter().enumerate() {
        let file = bench.path(&format!("policy-{number}.json"));
        fs::write(&file, &policy.bytes).with_context(|| format!("cannot write `{file}`"))?;
        // A policy that is refused is refused over any log.
        for log in &logs {
            cases.push(case(&policy.name, log, &file, &[]));
        }
    }
    cases.extend(windows_and_subjects(bench, &logs)?);
    let reference = of_reference(bench, &cases)?;
    let mut problems = Problems::default();
    for (case, reference) in cases.iter().zip(&reference) {
        let ours = of_ours(bench, case)?;
        problems.add(case, &differences(case, &ours, reference), &ours);
    }
    problems.tell(tally, policies.len())
}

fn case(policy: &str, log: &logs::Log, file: &str, more: &[&str]) -> Case {
    let args = ["policy", &log.path, file, "--json"];
    let args = args.iter().chain(more);
    Case {
        name: format!("{policy}, {}", log.name),
        args: args.map(|arg| (*arg).to_owned()).collect(),
        is_same_file: true,
    }
}

/// The bundled policies have the same rules in effect, and texts of our own.
fn bundled(logs: &[logs::Log]) -> Vec<Case> {
    let names = ["aiuc-1-starter", "owasp-starter.json"];
    let of = |log| {
        names.map(|name| Case {
            is_same_file: false,
            ..case(name, log, name, &[])
        })
    };
    logs.iter().flat_map(of).collect()
}

fn windows_and_subjects(bench: &Bench, logs: &[logs::Log]) -> anyhow::Result<Vec<Case>> {
    let file = bench.path("every-record.json");
    fs::write(
        &file,
        r#"[{"id":"r","require":{"severity":"LOW"}},{"id":"e","expect_evidence":true}]"#,
    )?;
    let mut cases = Vec::new();
    for log in logs.iter().filter(|log| log.is_for_windows) {
        for time in corpus::TIMES {
            for option in ["from", "to"] {
                let name = format!("{option} {time}");
                cases.push(case(&name, log, &file, &[&format!("--{option}={time}")]));
            }
        }
        for [from, to] in corpus::SPANS {
            let span = [format!("--from={from}"), format!("--to={to}")];
            let name = format!("from {from} to {to}");
            cases.push(case(&name, log, &file, &[&span[0], &span[1]]));
        }
    }
    for log in logs {
        for subject in corpus::SUBJECTS {
            let option = format!("--expect-subject={subject}");
            cases.push(case(&format!("only {subject}"), log, &file, &[&option]));
        }
    }
    Ok(cases)
}

fn of_reference(bench: &Bench, cases: &[Case]) -> anyhow::Result<Vec<Said>> {
    let answers = driver::run(bench, cases.iter().map(|case| &case.args[..]))?;
    let said = answers.into_iter().map(|answer| Said {
        status: answer.status,
        result: result(&answer.printed),
    });
    Ok(said.collect())
}

fn of_ours(bench: &Bench, case: &Case) -> anyhow::Result<Said> {
    let args: Vec<&str> = case.args.iter().map(String::as_str).collect();
    let run = Run::of(&mut bench.ours(&args), b"")?;
    Ok(Said {
        status: run
            .status
            .map_or("none".to_owned(), |status| status.to_string()),
        result: result(&run.stdout),
    })
}

/// Reads what was printed, unless it is words.
fn result(printed: &str) -> Option<Json> {
    Json::read(printed)
        .ok()
        .filter(|json| json.at("compliant").is_some())
}

/// Returns where the two differ.
fn differences(case: &Case, ours: &Said, reference: &Said) -> Vec<String> {
    let mut found = Vec::new();
    let mut compare = |what: &str, ours: String, reference: String| {
        if ours != reference {
            found.push(format!("{what}: ours {ours}, reference {reference}"));
        }
    };
    compare("status", ours.status.clone(), reference.status.clone());
    let (Some(ours), Some(reference)) = (&ours.result, &reference.result) else {
        let is_there = |said: &Said| said.result.is_some().to_string();
        compare("a result", is_there(ours), is_there(reference));
        return found;
    };
    let hashes = ["policy_sha256", "rules_sha256"];
    let hashes = hashes.iter().filter(|_| case.is_same_file);
    for member in MEMBERS.iter().chain(hashes) {
        compare(member, shown(ours, member), shown(reference, member));
    }
    let (ours, reference) = (ours.items("rules"), reference.items("rules"));
    compare("rules", ours.len().to_string(), reference.len().to_string());
    for (ours, reference) in ours.iter().zip(reference) {
        for member in OF_A_RULE {
            compare(member, shown(ours, member), shown(reference, member));
        }
    }
    found
}

fn shown(of: &Json, member: &str) -> String {
    of.at(member).map_or("none".to_owned(), ToString::to_string)
}

/// What differed, and what was listed.
#[derive(Default)]
struct Problems {
    found: Vec<String>,
    met: BTreeSet<&'static str>,
    accepted: BTreeSet<String>,
    runs: u64,
}

impl Problems {
    fn add(&mut self, case: &Case, differences: &[String], ours: &Said) {
        self.runs += 1;
        let (policy, log) = case.name.rsplit_once(", ").unwrap_or((&case.name, ""));
        if ours.result.is_some() {
            self.accepted.insert(policy.to_owned());
        }
        if differences.is_empty() {
            return;
        }
        let listed =
            |(name, _): &&(&str, &str)| *name == policy || name.strip_prefix("over ") == Some(log);
        match DIFFERENCES.iter().find(listed) {
            Some((name, _)) => drop(self.met.insert(name)),
            None => self
                .found
                .push(format!("{}: {}", case.name, differences.join("; "))),
        }
    }

    fn tell(self, tally: &mut Tally, policies: usize) -> anyhow::Result<()> {
        let found = self.found.len();
        let first = self.found.iter().take(40).cloned().collect::<Vec<_>>();
        let problem = (found > 0).then(|| format!("{found} differ\n{}", first.join("\n")));
        let what = format!("policies: {} runs of {policies} policies agree", self.runs);
        tally.check(what, problem);
        for (name, reason) in DIFFERENCES {
            let problem = (!self.met.contains(name)).then_some("agrees, but is listed");
            tally.check(format!("policies, {name}: {reason}"), problem);
        }
        let accepted = self.accepted.len();
        ensure!(
            accepted >= 60 && policies >= 180,
            "{accepted} of {policies} policies were accepted: too few of a kind"
        );
        Ok(())
    }
}
