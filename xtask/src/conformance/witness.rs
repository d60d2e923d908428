//! The same logs held against the same witness files: both programs must say the same of each and end with the same
//! status, and each must be able to ask the reference's witness over the network.

mod corpus;

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader},
    process::{Child, Stdio},
};

use anyhow::{Context, ensure};

use self::corpus::File;
use super::{Bench, driver};
use crate::{
    json::Json,
    run::{Run, Tally},
};

/// Serves the reference's witness on a port that is free, and says which.
pub(super) const SERVER: &str = r#"
import contextlib, http.server, io, os, sys
serve = http.server.HTTPServer.__init__
def told(self, address, *rest, **more):
    serve(self, (address[0], 0), *rest, **more)
    sys.__stdout__.write("%d\n" % self.server_address[1])
    sys.__stdout__.flush()
http.server.HTTPServer.__init__ = told
from halo_record.cli import main
with contextlib.redirect_stdout(io.StringIO()):
    main(["witness-serve", sys.argv[1], "--port", "8730"])
"#;

/// Where the programs differ, and why: the name of a log, or `by` and that of a witness file, or both.
const DIFFERENCES: &[(&str, &str)] = &[
    ("no object", "refused; the reference ends with a traceback"),
    ("a fraction", NO_HASH),
    ("a number past 2^53", NO_HASH),
    (
        "ids that are numbers",
        "an id that is no text breaks the chain there, as it does for both programs' verify",
    ),
    ("nothing", NOTHING),
    ("blank lines", NOTHING),
    ("by a count past 2^53", "a count past 2^53 - 1 is no count"),
    (
        "by a head with a line feed",
        "a hash with a line feed behind it is that hash",
    ),
    (
        "by two stamps",
        "the latest of two times is the later one, not the one that is sorted behind",
    ),
    (
        "by a time without seconds",
        "a stamp's time that RFC 3161 does not allow is none",
    ),
    (
        "by a time without a zone",
        "a stamp's time that RFC 3161 does not allow is none",
    ),
    (
        "by a token that is cut open",
        "a token is base64 throughout",
    ),
    (
        "by roots that are numbers",
        "a first record that is no text is nobody's; the reference ends with a traceback",
    ),
    (
        "by 600 levels",
        "nesting past 512 levels is refused everywhere here",
    ),
    ("by a torn line", DAMAGED),
    ("by words", DAMAGED),
    ("by a list", DAMAGED),
    ("by a mark in the middle", DAMAGED),
    ("by not UTF-8", DAMAGED),
    ("by both logs", APART),
    ("by both logs, ours wrong", APART),
];

const APART: &str = "two logs of one subject are told apart by their first records";
const DAMAGED: &str = "a line that is damaged is named, and what the others say is said";

const NO_HASH: &str =
    "a record without a canonical form breaks the chain; the reference ends with a traceback";
const NOTHING: &str = "a log without records is nobody's, whatever a checkpoint says";

struct Case {
    log: String,
    witness: String,
    args: Vec<String>,
}

/// What a program said.
struct Said {
    status: String,
    word: String,
    result: Option<Json>,
    notes: usize,
}

pub(super) fn run(bench: &Bench, tally: &mut Tally) -> anyhow::Result<()> {
    let (logs, files) = (corpus::logs()?, corpus::files()?);
    for file in logs.iter().chain(&files) {
        if let Some(bytes) = &file.bytes {
            let path = bench.path(&file.path());
            fs::write(&path, bytes).with_context(|| format!("cannot write `{path}`"))?;
        }
    }
    let mut cases = Vec::new();
    for log in &logs {
        for file in &files {
            cases.push(case(bench, log, file, &[]));
        }
        let all = files.iter().filter(|file| file.is_for_subjects);
        for file in all {
            for subject in ["acme", "zeta", "", "5"] {
                cases.push(case(bench, log, file, &["--expect-subject", subject]));
            }
        }
    }
    let reference = of_reference(bench, &cases)?;
    let mut problems = Problems::default();
    for (case, reference) in cases.iter().zip(&reference) {
        let args: Vec<&str> = case.args.iter().map(String::as_str).collect();
        let run = Run::of(&mut bench.ours(&args), b"")?;
        let status = run
            .status
            .map_or("none".to_owned(), |status| status.to_string());
        problems.add(case, &said(status, &run.stdout), reference);
    }
    problems.tell(tally)?;
    over_the_network(bench, tally, &logs)
}

fn case(bench: &Bench, log: &File, file: &File, more: &[&str]) -> Case {
    let (path, witness) = (bench.path(&log.path()), bench.path(&file.path()));
    let args = ["anchor", "--check", &path, &witness];
    Case {
        log: log.name.to_owned(),
        witness: file.name.to_owned(),
        args: args
            .iter()
            .chain(more)
            .map(|arg| (*arg).to_owned())
            .collect(),
    }
}

fn of_reference(bench: &Bench, cases: &[Case]) -> anyhow::Result<Vec<Said>> {
    let answers = driver::run(bench, cases.iter().map(|case| &case.args[..]))?;
    let said = answers
        .into_iter()
        .map(|answer| said(answer.status, &answer.printed));
    Ok(said.collect())
}

fn said(status: String, printed: &str) -> Said {
    let first = printed.lines().next().unwrap_or_default();
    let (word, json) = first.split_once(" — ").unwrap_or_default();
    Said {
        status,
        word: word.to_owned(),
        result: Json::read(json).ok().filter(|json| json.at("ok").is_some()),
        notes: printed
            .lines()
            .filter(|line| line.starts_with("NOTE"))
            .count(),
    }
}

impl Said {
    /// Returns what must be the same, without the sentences that each says in its own words.
    fn in_common(&self) -> String {
        let Some(Json::Object(members)) = &self.result else {
            return format!("status {}", self.status);
        };
        let same = members.iter().map(|(key, value)| {
            let value = match (key.as_str(), value) {
                ("why", Json::String(why)) => {
                    let own = why.find("; the ").or_else(|| why.find(": not every"));
                    Json::String(why[..own.unwrap_or(why.len())].to_owned())
                }
                ("subjectless_caveat" | "tsa_time_status", Json::String(_)) => {
                    Json::Bare("said".to_owned())
                }
                _ => value.clone(),
            };
            (key.clone(), value)
        });
        let result = Json::Object(same.collect());
        format!(
            "status {}, {} {result}, {} notes",
            self.status, self.word, self.notes
        )
    }
}

/// What differed, and what was listed.
#[derive(Default)]
struct Problems {
    found: Vec<String>,
    met: BTreeSet<&'static str>,
    verdicts: BTreeSet<String>,
    runs: u64,
}

impl Problems {
    fn add(&mut self, case: &Case, ours: &Said, reference: &Said) {
        self.runs += 1;
        let (ours, theirs) = (ours.in_common(), reference.in_common());
        if ours == theirs {
            self.verdicts.insert(ours);
            return;
        }
        let of_witness = format!("by {}", case.witness);
        let listed = |(name, _): &&(&str, &str)| *name == case.log || *name == of_witness;
        match DIFFERENCES.iter().find(listed) {
            Some((name, _)) => drop(self.met.insert(name)),
            None => self.found.push(format!(
                "{} {of_witness}: {:?}\n  ours      {ours}\n  reference {theirs}",
                case.log,
                case.args.get(4..).unwrap_or_default()
            )),
        }
    }

    fn tell(self, tally: &mut Tally) -> anyhow::Result<()> {
        let found = self.found.len();
        let first = self.found.iter().take(20).cloned().collect::<Vec<_>>();
        let problem = (found > 0).then(|| format!("{found} differ\n{}", first.join("\n")));
        let what = format!("witness: {} logs by witness files agree", self.runs);
        tally.check(what, problem);
        for (name, reason) in DIFFERENCES {
            let problem = (!self.met.contains(name)).then_some("agrees, but is listed");
            tally.check(format!("witness, {name}: {reason}"), problem);
        }
        let verdicts = self.verdicts.len();
        ensure!(
            verdicts >= 60,
            "{verdicts} different verdicts: too few of a kind"
        );
        Ok(())
    }
}

/// A witness of the reference's that was started.
struct Server {
    child: Child,
    url: String,
    key: String,
}

impl Server {
    fn start(bench: &Bench) -> anyhow::Result<Self> {
        let script = bench.scratch.join("witness-server.py");
        fs::write(&script, SERVER)?;
        let store = bench.path("witness-store");
        let mut child = bench
            .python(&script)
            .arg(&store)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut port = String::new();
        let stdout = child.stdout.take().context("it is piped")?;
        BufReader::new(stdout).read_line(&mut port)?;
        let key = fs::read_to_string(format!("{store}/.halo_witness_key"));
        Ok(Self {
            child,
            url: format!("http://127.0.0.1:{}", port.trim()),
            key: key
                .context("the reference's witness has no key")?
                .trim()
                .to_owned(),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // If it cannot be ended, it has ended.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// What the reference tells its witness, we can ask it for.
fn over_the_network(bench: &Bench, tally: &mut Tally, logs: &[File]) -> anyhow::Result<()> {
    let server = Server::start(bench)?;
    let path = |name: &str| {
        let log = logs.iter().find(|log| log.name == name);
        log.map(|log| bench.path(&log.path()))
            .context("no such log")
    };
    for name in ["whole", "of nobody"] {
        let args = [
            "anchor",
            &path(name)?,
            "--remote",
            &server.url,
            "--key",
            &server.key,
        ];
        let run = Run::of(&mut bench.reference(&args), b"")?;
        ensure!(run.status == Some(0), "{}", super::said(&run));
    }
    for (name, status) in [
        ("whole", 0),
        ("cut", 1),
        ("resealed", 1),
        ("begun anew", 1),
        ("of nobody", 0),
        ("of nobody, cut", 1),
        ("of nobody, its first record gone", 3),
        ("of another", 3),
    ] {
        let log = path(name)?;
        let run = |command: &mut std::process::Command| {
            let run = Run::of(
                command.args(["anchor", "--check", &log, "--remote", &server.url]),
                b"",
            )?;
            let status = run
                .status
                .map_or("none".to_owned(), |status| status.to_string());
            anyhow::Ok(said(status, &run.stdout).in_common())
        };
        let (ours, reference) = (run(&mut bench.ours(&[]))?, run(&mut bench.reference(&[]))?);
        let is_same = ours == reference && ours.starts_with(&format!("status {status}, "));
        let problem = (!is_same).then(|| format!("ours {ours}\nreference {reference}"));
        tally.check(
            format!("the reference's witness, asked for {name}: status {status}"),
            problem,
        );
    }
    Ok(())
}
