//! `sealstone record -- COMMAND`

use std::{
    io::{BufRead, BufReader, Read, Write},
    os::unix::process::ExitStatusExt,
    process::{Command, Stdio},
};

use sealstone::digest::Digest;

use crate::harness::{Sandbox, at, text};

#[test]
fn input_output_and_status_pass_through_and_both_ends_are_recorded() {
    let sandbox = Sandbox::new();
    let script = "cat; echo err >&2; exit 7";
    let run = sandbox
        .run_with(
            [
                "record", "-o", "a.jsonl", "--agent", "ci", "--", "sh", "-c", script,
            ],
            "in\n",
        )
        .status(7);
    assert_eq!(
        (run.stdout.as_str(), run.stderr.as_str()),
        ("in\n", "err\n")
    );
    let records = sandbox.records("a.jsonl");
    let [start, end] = records.as_slice() else {
        panic!("{records:?}")
    };
    assert_eq!(text(start, "/action/tool"), Some("process.start"));
    assert_eq!(text(start, "/agent/id"), Some("ci"));
    assert_eq!(text(start, "/source/capture"), Some("captured"));
    assert_eq!(
        text(start, "/action/input/summary"),
        Some("[\"sh\",\"-c\",\"cat; echo err >&2; exit 7\"]")
    );
    let cwd = sandbox.path("").canonicalize().unwrap();
    assert_eq!(text(start, "/sealstone/cwd"), Some(cwd.to_str().unwrap()));
    let program = text(start, "/sealstone/process/path").unwrap();
    assert_eq!(
        text(start, "/sealstone/process/sha256"),
        Some(&*Digest::of(&std::fs::read(program).unwrap()).to_string())
    );
    assert!(at(start, "/sealstone/process/uid").is_some());
    assert_eq!(text(end, "/action/tool"), Some("process.end"));
    assert_eq!(end.str("parent_id"), start.str("record_id"));
    assert_eq!(text(end, "/outcome/status"), Some("error"));
    assert_eq!(
        at(end, "/sealstone/process/exit_status")
            .unwrap()
            .as_integer(),
        Some(7)
    );
    assert!(
        at(end, "/sealstone/duration_ms")
            .unwrap()
            .as_integer()
            .unwrap()
            >= 0
    );
}

#[test]
fn secrets_on_the_command_line_are_masked() {
    let sandbox = Sandbox::new();
    let secret = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
    let _ = sandbox
        .run(["record", "-o", "a.jsonl", "--", "true", secret])
        .status(0);
    assert!(!sandbox.read("a.jsonl").contains(secret));
    assert_eq!(
        sandbox.records("a.jsonl")[0].str("severity"),
        Some("CRITICAL")
    );
}

#[test]
fn a_command_that_is_not_there_is_recorded_as_failed() {
    let sandbox = Sandbox::new();
    let run = sandbox
        .run(["record", "-o", "a.jsonl", "--", "no-such-command"])
        .status(127);
    assert!(
        run.stderr.contains("cannot run `no-such-command`"),
        "{run:?}"
    );
    let records = sandbox.records("a.jsonl");
    assert_eq!(text(&records[1], "/outcome/status"), Some("error"));
    sandbox.write("plain", "not executable");
    let _ = sandbox
        .run(["record", "-o", "a.jsonl", "--", "./plain"])
        .status(126);
}

#[test]
fn nothing_is_run_that_cannot_be_recorded() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", "not a chain\n");
    let run = sandbox
        .run(["record", "-o", "a.jsonl", "--", "touch", "ran"])
        .status(2);
    assert!(run.stderr.contains("so the command was not run"), "{run:?}");
    assert!(!sandbox.path("ran").exists());
}

/// Starts a command that says when it is ready, and hands its process over.
fn start(sandbox: &Sandbox, script: &str) -> (std::process::Child, BufReader<impl Read + use<>>) {
    let mut child = sandbox
        .command(["record", "-o", "a.jsonl", "--", "sh", "-c", script])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut ready = String::new();
    stdout.read_line(&mut ready).unwrap();
    assert_eq!(ready, "ready\n");
    (child, stdout)
}

fn signal(pid: u32, name: &str) {
    let status = Command::new("kill")
        .args(["-s", name, &pid.to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn a_signal_reaches_the_command_and_its_end_is_recorded() {
    let sandbox = Sandbox::new();
    let script = "trap 'echo caught; exit 5' TERM; echo ready; while :; do read x; done";
    let (mut child, mut stdout) = start(&sandbox, script);
    let mut stdin = child.stdin.take().unwrap();
    signal(child.id(), "TERM");
    // The shell runs its trap once it returns from `read`.
    stdin.write_all(b"\n").unwrap();
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "caught\n");
    assert_eq!(child.wait().unwrap().code(), Some(5));
    let records = sandbox.records("a.jsonl");
    assert_eq!(
        at(&records[1], "/sealstone/process/exit_status")
            .unwrap()
            .as_integer(),
        Some(5)
    );
}

#[test]
fn death_by_a_signal_is_passed_on_as_one() {
    let sandbox = Sandbox::new();
    for (name, number) in [("TERM", 15), ("KILL", 9)] {
        let script = format!("echo ready; kill -s {name} $$; sleep 60");
        let (mut child, _) = start(&sandbox, &script);
        assert_eq!(child.wait().unwrap().signal(), Some(number), "{name}");
        let records = sandbox.records("a.jsonl");
        let end = &records[records.len() - 1];
        assert_eq!(
            at(end, "/sealstone/process/signal").unwrap().as_integer(),
            Some(number.into())
        );
    }
}

#[test]
fn an_interrupt_from_the_terminal_leaves_the_recorder_to_record() {
    let sandbox = Sandbox::new();
    let script = "trap 'exit 130' INT; echo ready; while :; do read x; done";
    let (mut child, _stdout) = start(&sandbox, script);
    // A terminal sends it to both; the recorder alone must not die of it.
    signal(child.id(), "INT");
    drop(child.stdin.take());
    // End of input makes `read` fail at once, and the loop goes on until it is told to end.
    signal(child.id(), "TERM");
    let status = child.wait().unwrap();
    assert_eq!(status.signal(), Some(15), "{status:?}");
    assert_eq!(sandbox.records("a.jsonl").len(), 2);
}
