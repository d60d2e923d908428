//! The same logs exported by both: tables byte for byte, manifests line by line but for what is said in words,
//! and statuses.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::{Context, ensure};

use super::{Bench, said};
use crate::{
    json::Json,
    run::{Run, Tally, has_extension},
};

/// Where the programs differ, and why: the name of a log, or of an export.
const DIFFERENCES: &[(&str, &str)] = &[
    ("altered, into a folder", EARLY),
    ("missing, into a folder", EARLY),
    ("plain, witness damaged", WITNESS),
    ("hostile 1, witness damaged", WITNESS),
    ("one subject, witness damaged", WITNESS),
    ("a literal with a set", LEFT),
    ("a literal with bytes", LEFT),
    ("a literal with a complex number", LEFT),
    ("a literal with a character by name", LEFT),
    ("a literal with a tuple for a key", LEFT),
    ("a literal with a large number in hexadecimal", LEFT),
    (
        "half a pair",
        "half a surrogate pair is written as U+FFFD; the reference ends with a traceback",
    ),
];

const WITNESS: &str =
    "what is not damaged of a witness is used, and the manifest and the status say what is";
const EARLY: &str = "what is wrong with the output is said before the log is read";
const LEFT: &str = "a summary that is such a literal of Python's stays as it is";

/// Members of a manifest whose values are words, or of the one program or moment.
const WORDS: &[&str] = &[
    "blank",
    "generated_at",
    "note",
    "operator_note",
    "producer_version",
    "subjectless_caveat",
    "ts_source",
];

/// What a line that only our manifests have begins with.
const UNDATED: &str = "  \"undated_records\": ";

/// Words that readers look for in what was printed.
const TOKENS: &[&str] = &[
    "REFUSED: ",
    "fails verification",
    "holds 0 records",
    "carries subject id(s) [",
    "cannot write ",
    "does not exist",
    "no export written",
    "exported ",
    " records -> ",
    "(manifest: ",
    "; chain head ",
    "NOTE: 0 of ",
    "completeness NOT CHECKED",
    "COMPLETE — ",
    "UNWITNESSED — ",
    "INCOMPLETE — ",
    " conflicts with the witness ({",
];

pub(super) fn run(bench: &Bench, tally: &mut Tally) -> anyhow::Result<()> {
    let logs = logs(bench)?;
    let folder = bench.path("exports");
    fs::create_dir_all(&folder)?;
    let mut args = vec![folder.as_str()];
    args.extend(logs.iter().map(String::as_str));
    let reference = bench.script("exports.py", include_str!("exports.py"), &args)?;
    let cases = Json::read_lines(&reference.stdout)?;
    let mut problems = Vec::new();
    let mut met = BTreeSet::new();
    let mut written = 0;
    for case in &cases {
        let name = case.str("name").context("a case without a name")?;
        let (found, is_written) = differences(bench, &folder, case)?;
        written += usize::from(is_written);
        let log = name.split(',').next().unwrap_or_default();
        let listed = DIFFERENCES.iter().find(|(of, _)| [log, name].contains(of));
        match (found.is_empty(), listed) {
            (true, _) => {}
            (false, Some((listed, _))) => drop(met.insert(*listed)),
            (false, None) => problems.push(format!("{name}: {}", found.join("; "))),
        }
    }
    ensure!(
        cases.len() > 150 && written > 100,
        "{written} of {} exports were written: too few",
        cases.len()
    );
    let first: Vec<_> = problems.iter().take(20).cloned().collect();
    let problem =
        (!problems.is_empty()).then(|| format!("{} differ\n{}", problems.len(), first.join("\n")));
    let what = format!(
        "exports: {} are the same, {written} of them tables",
        cases.len()
    );
    tally.check(what, problem);
    for (name, reason) in DIFFERENCES {
        let problem = (!met.contains(name)).then_some("agrees, but is listed");
        tally.check(format!("exports, {name}: {reason}"), problem);
    }
    Ok(())
}

/// Writes logs with both programs and returns where they are.
fn logs(bench: &Bench) -> anyhow::Result<Vec<String>> {
    let demo = bench.path("export-demo");
    let run = Run::of(&mut bench.reference(&["demo", &demo]), b"")?;
    ensure!(run.status == Some(0), "demo: {}", said(&run));
    let mut logs = Vec::new();
    for entry in fs::read_dir(&demo)? {
        let path = entry?.path();
        if has_extension(&path, "jsonl") && !path.to_string_lossy().contains("/.") {
            logs.push(path.to_string_lossy().into_owned());
        }
    }
    logs.sort();
    ensure!(logs.len() >= 2, "the demo has too few logs");
    for seed in ["1", "2", "3"] {
        let log = bench.path(&format!("export-sample-{seed}.jsonl"));
        let args = ["sample", "--records", "700", "--seed", seed, &log];
        let run = Run::of(&mut bench.ours(&args), b"")?;
        ensure!(run.status == Some(0), "sample: {}", said(&run));
        logs.push(log);
    }
    Ok(logs)
}

/// Returns where the programs differ, and whether a table was written.
fn differences(bench: &Bench, folder: &str, case: &Json) -> anyhow::Result<(Vec<String>, bool)> {
    let text = |member| case.str(member).context("a member is missing");
    let number = case.at("number").context("a case has a number")?;
    let expected = format!("{folder}/export-{number}.csv");
    let ours = format!("{folder}/ours-{number}.csv");
    let mut args = vec!["export", text("log")?, "-o", &ours];
    let options = case.items("options").iter();
    let options: Vec<&str> = options
        .filter_map(|option| match option {
            Json::String(option) => Some(option.as_str()),
            _ => None,
        })
        .collect();
    // The last one counts for the reference, and a second one is refused here.
    if options.contains(&"-o") {
        args.truncate(2);
    }
    args.extend(&options);
    let run = Run::of(&mut bench.ours(&args), b"")?;
    let mut found = Vec::new();
    let status = run
        .status
        .map_or("none".to_owned(), |status| status.to_string());
    if status != text("status")? {
        found.push(format!(
            "status: {}, reference {}",
            said(&run),
            text("status")?
        ));
    }
    let printed = text("printed")?;
    for token in TOKENS {
        if printed.contains(token) != run.stdout.contains(token) {
            found.push(format!("says `{}`, reference `{printed}`", run.stdout));
        }
    }
    let is_written = Path::new(&expected).exists();
    found.extend(different_tables(&expected, &ours));
    let beside = |table: &str| format!("{table}.manifest.json");
    found.extend(different_manifests(&beside(&expected), &beside(&ours)));
    for file in [&expected, &ours] {
        for file in [file.clone(), beside(file)] {
            drop(fs::remove_file(file));
        }
    }
    Ok((found, is_written))
}

fn different_tables(expected: &str, ours: &str) -> Option<String> {
    let (expected, ours) = (fs::read(expected).ok(), fs::read(ours).ok());
    if expected == ours {
        return None;
    }
    let (Some(expected), Some(ours)) = (&expected, &ours) else {
        return Some(format!(
            "a table: {}, reference {}",
            ours.is_some(),
            expected.is_some()
        ));
    };
    let rows = |table: &[u8]| -> Vec<String> {
        let table = String::from_utf8_lossy(table).into_owned();
        table.split("\r\n").map(str::to_owned).collect()
    };
    let (expected, ours) = (rows(expected), rows(ours));
    let mut pairs = ours.iter().zip(&expected);
    let first = pairs.find(|(ours, expected)| ours != expected);
    let first = first.map_or(String::new(), |(ours, expected)| {
        format!("{ours:?}\n  {expected:?}")
    });
    Some(format!(
        "rows: {}, reference {}: {first}",
        ours.len(),
        expected.len()
    ))
}

fn different_manifests(expected: &str, ours: &str) -> Option<String> {
    let lines = |file: &str| -> Option<Vec<String>> {
        let text = fs::read_to_string(file).ok()?;
        // How many records have no time, which the reference does not say.
        let lines = text.split('\n').filter(|line| !line.starts_with(UNDATED));
        Some(lines.map(without_words).collect())
    };
    let (expected, ours) = (lines(expected), lines(ours));
    if expected == ours {
        return None;
    }
    let (Some(expected), Some(ours)) = (&expected, &ours) else {
        return Some(format!(
            "a manifest: {}, reference {}",
            ours.is_some(),
            expected.is_some()
        ));
    };
    let mut pairs = ours.iter().zip(expected);
    let first = pairs.find(|(ours, expected)| ours != expected);
    Some(format!("manifest: {first:?}"))
}

/// Returns a line of a manifest without a value that is words.
fn without_words(line: &str) -> String {
    let Some((key, value)) = line.split_once(": ") else {
        return line.to_owned();
    };
    let is_words = WORDS.iter().any(|word| key.trim() == format!("\"{word}\""));
    if is_words && value.trim_end_matches(',') != "\"never\"" {
        let comma = if value.ends_with(',') { "," } else { "" };
        return format!("{key}: …{comma}");
    }
    line.to_owned()
}
