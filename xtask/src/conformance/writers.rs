//! Both writers at once on one log, and the names of the logs they choose.

use std::{collections::BTreeSet, fs, fs::File, process::Stdio};

use super::{Bench, records};
use crate::{
    json::quoted,
    run::{Run, Tally, has_extension},
};

/// How many processes of each kind write at once.
const WRITERS: usize = 40;

pub(super) fn run(bench: &Bench, tally: &mut Tally) -> anyhow::Result<()> {
    at_once(bench, tally)?;
    file_names(bench, tally)
}

fn at_once(bench: &Bench, tally: &mut Tally) -> anyhow::Result<()> {
    let log = bench.path("at-once.jsonl");
    let mut children = Vec::new();
    let mut sessions = BTreeSet::new();
    for index in 0..2 * WRITERS {
        let session = format!("writer-{index}");
        let event = format!(
            r#"{{"session_id":"{session}","tool_name":"Bash","tool_input":{{"n":{index}}}}}"#
        );
        let path = bench.path(&session);
        fs::write(&path, event)?;
        let mut command = if index % 2 == 0 {
            bench.ours(&["hook"])
        } else {
            bench.reference(&["hook"])
        };
        let child = command
            .env("HALO_LOG", &log)
            // What is set aside waits for the next writer of ours, and here is none.
            .env("SEALSTONE_LOCK_WAIT_MS", "60000")
            .stdin(File::open(&path)?)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        children.push(child);
        sessions.insert(session);
    }
    let mut failed = 0;
    for mut child in children {
        failed += usize::from(!child.wait()?.success());
    }
    let records = records(&log)?;
    let written: BTreeSet<String> = records
        .iter()
        .filter_map(|record| Some(record.str("session_id")?.to_owned()))
        .collect();
    let is_complete = failed == 0 && records.len() == 2 * WRITERS && written == sessions;
    let problem = (!is_complete).then(|| {
        format!(
            "{} records of {} sessions, {failed} failed",
            records.len(),
            written.len()
        )
    });
    let what = format!("{WRITERS} writers of each kind at once");
    tally.check(format!("{what}: nothing is lost"), problem);
    bench.intact(tally, &what, &log)
}

fn file_names(bench: &Bench, tally: &mut Tally) -> anyhow::Result<()> {
    let long = "a".repeat(244);
    let longer = "b".repeat(245);
    let long_umlauts = "\u{e9}x".repeat(150);
    let long_capitals = "A".repeat(240);
    let subjects: &[&str] = &[
        "acme-corp",
        "ACME",
        "acme/a",
        "acme_a",
        "\u{e9}",
        "..",
        "a.",
        "_local",
        "local",
        "_a_",
        ".a",
        "a b",
        "con",
        "tenant",
        "\u{1f642}",
        "a\u{0}b",
        "\u{df}",
        "\u{130}",
        "1.2-3_4",
        "a~b",
        " ",
        "_",
        "-",
        "x.jsonl",
        &long,
        &longer,
        &long_umlauts,
        &long_capitals,
    ];
    for (index, subject) in subjects.iter().enumerate() {
        let event = format!(
            r#"{{"tool_name":"Bash","subject":{{"id":{}}}}}"#,
            quoted(subject)
        );
        let mut names = Vec::new();
        for who in ["ours", "reference"] {
            let folder = bench.path(&format!("names-{who}-{index}"));
            let mut command = if who == "ours" {
                bench.ours(&["hook"])
            } else {
                bench.reference(&["hook"])
            };
            Run::of(command.env("HALO_DIR", &folder), event.as_bytes())?;
            names.push(logs(&folder));
        }
        let problem = (names[0] != names[1] || names[0].len() != 1)
            .then(|| format!("ours {:?}, reference {:?}", names[0], names[1]));
        let shown: String = subject.chars().take(20).collect();
        tally.check(
            format!("the log of subject {shown:?} has the same name"),
            problem,
        );
    }
    Ok(())
}

/// Returns the names of the logs in a folder.
fn logs(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| has_extension(name, "jsonl"))
        .collect()
}
