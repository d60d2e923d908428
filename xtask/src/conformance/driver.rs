//! Runs the reference many times in one process, because starting it takes longer than what it does.

use std::fs;

use anyhow::ensure;

use super::Bench;
use crate::json::{Json, quoted};

/// Calls the reference's own entry point for each line of arguments.
const DRIVER: &str = r#"
import contextlib, io, json, sys
from halo_record.cli import main
for line in open(sys.argv[1], encoding="utf-8"):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
        try:
            status = main(json.loads(line))
        except SystemExit as end:
            status = end.code
        except Exception:
            status = "crash"
    print(json.dumps({"status": status, "printed": printed.getvalue()}))
"#;

/// What a run came to.
pub(super) struct Answer {
    pub(super) status: String,
    /// Its standard output.
    pub(super) printed: String,
}

/// Returns what the reference answers to each line of arguments.
pub(super) fn run<'a>(
    bench: &Bench,
    runs: impl ExactSizeIterator<Item = &'a [String]>,
) -> anyhow::Result<Vec<Answer>> {
    let (mut lines, count) = (String::new(), runs.len());
    for args in runs {
        let args: Vec<String> = args.iter().map(|arg| quoted(arg)).collect();
        lines.extend(["[", &args.join(","), "]\n"]);
    }
    let arguments = bench.path("driver-arguments.jsonl");
    fs::write(&arguments, lines)?;
    let run = bench.script("driver.py", DRIVER, &[&arguments])?;
    let answer = |line: &Json| Answer {
        status: line
            .at("status")
            .map(ToString::to_string)
            .unwrap_or_default(),
        printed: line.str("printed").unwrap_or_default().to_owned(),
    };
    let answers: Vec<Answer> = Json::read_lines(&run.stdout)?.iter().map(answer).collect();
    ensure!(answers.len() == count, "the reference said too little");
    Ok(answers)
}
