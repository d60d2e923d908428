//! `sealstone record -- COMMAND`

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    os::unix::{
        fs::symlink,
        process::{CommandExt, ExitStatusExt},
    },
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    thread,
};

use sealstone::{
    digest::Digest,
    json::{Object, Value},
};

use crate::harness::{Run, SEALSTONE, Sandbox, at, skip, text};

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

/// Records a command that says when it is ready, and hands the recorder's process over.
fn start(sandbox: &Sandbox, script: &str) -> (Child, BufReader<ChildStdout>) {
    let mut child = recorder(sandbox, script).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    assert_eq!(line(&mut stdout), "ready");
    (child, stdout)
}

/// Returns a recorder of a shell's script. It is in the background, so that the terminal has no part in it.
fn recorder(sandbox: &Sandbox, script: &str) -> Command {
    let mut command = sandbox.command(["record", "-o", "a.jsonl", "--", "sh", "-c", script]);
    command.stdin(Stdio::piped()).process_group(0);
    command
}

/// Returns a command that starts `recorder` by way of another one.
fn by_way_of<const N: usize>(sandbox: &Sandbox, way: [&str; N], recorder: &Command) -> Command {
    let mut command = Command::new(way[0]);
    command
        .args(&way[1..])
        .arg(recorder.get_program())
        .args(recorder.get_args())
        .current_dir(sandbox.path(""))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    command
}

fn line(stdout: &mut impl BufRead) -> String {
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

fn rest(mut stdout: impl Read) -> String {
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    rest
}

/// Returns a field of what the system says of a process; nothing once the process is gone.
fn status_field(pid: u32, name: &str) -> Option<String> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let mut lines = status.lines();
    lines.find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned()))
}

/// Whether a field of signals, such as `SigCgt:`, holds this one.
fn is_in(pid: u32, name: &str, signal: i32) -> bool {
    let mask = status_field(pid, name).unwrap_or_default();
    u64::from_str_radix(&mask, 16).is_ok_and(|mask| mask >> (signal - 1) & 1 == 1)
}

/// Whether a signal is ignored here, and so in all that is started here. Then there is nothing to see.
fn is_ignored_here(name: &str, signal: i32) -> bool {
    let ignored = is_in(std::process::id(), "SigIgn:", signal);
    if ignored {
        skip(
            "run_command",
            &format!("SIG{name} is ignored where the tests were started"),
        );
    }
    ignored
}

fn wait_until(mut holds: impl FnMut() -> bool) {
    while !holds() {
        thread::yield_now();
    }
}

/// Holds the lock of the log, as another writer does.
fn lock(sandbox: &Sandbox) -> File {
    let lock = File::create(sandbox.path("a.jsonl.lock")).unwrap();
    lock.lock().unwrap();
    lock
}

fn process<'a>(record: &'a Object, field: &str) -> Option<&'a Value> {
    at(record, &format!("/sealstone/process/{field}"))
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
    let (mut child, stdout) = start(&sandbox, script);
    let mut stdin = child.stdin.take().unwrap();
    signal(child.id(), "TERM");
    // Some shells run a trap only once they return from `read`; others have ended by now.
    drop(stdin.write_all(b"\n"));
    assert_eq!(rest(stdout), "caught\n");
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
fn an_interrupt_sent_to_the_recorder_alone_reaches_the_command() {
    let sandbox = Sandbox::new();
    for (name, number) in [("INT", 2), ("QUIT", 3)] {
        if is_ignored_here(name, number) {
            continue;
        }
        let script =
            format!("trap 'echo caught; exit 5' {name}; echo ready; while :; do read x; done");
        let (mut child, stdout) = start(&sandbox, &script);
        let mut stdin = child.stdin.take().unwrap();
        signal(child.id(), name);
        // Some shells run a trap only once they return from `read`; others have ended by now.
        drop(stdin.write_all(b"\n"));
        assert_eq!(rest(stdout), "caught\n", "{name}");
        assert_eq!(child.wait().unwrap().code(), Some(5), "{name}");
    }
}

#[test]
fn an_interrupt_from_the_terminal_reaches_the_command_once() {
    if is_ignored_here("INT", 2) {
        return;
    }
    let sandbox = Sandbox::new();
    // The recorder passes signals on once USR2 comes back. It is then held up until the command has taken the
    // interrupt, and has USR1 to pass on. Were it to pass the interrupt on as well, that would come first.
    sandbox.write(
        "count.sh",
        "trap passes=1 USR2; kill -s USR2 $PPID; until [ \"$passes\" ]; do :; done\n\
         trap 'n=$((n + 1)); kill -s USR1 $PPID; kill -s CONT $PPID' INT\n\
         trap 'echo \"interrupts: $n\"; exit 6' USR1\n\
         kill -s STOP $PPID; echo ready; while :; do read x; done\n",
    );
    // The shell between keeps `script` from seeing the recorder stop.
    let record = format!("trap : INT; {SEALSTONE} record -o a.jsonl -- sh count.sh; exit $?");
    let mut script = Command::new("script");
    script
        .args(["--quiet", "--return", "--command", &record, "/dev/null"])
        .env("SHELL", "/bin/sh")
        .current_dir(sandbox.path(""))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let Ok(mut script) = script.spawn() else {
        skip(
            "an_interrupt_from_the_terminal_reaches_the_command_once",
            "no script",
        );
        return;
    };
    let mut stdin = script.stdin.take().unwrap();
    let mut stdout = BufReader::new(script.stdout.take().unwrap());
    assert_eq!(line(&mut stdout), "ready");
    stdin.write_all(b"\x03\n").unwrap();
    let seen = (&mut stdout)
        .lines()
        .map(Result::unwrap)
        .find(|line| {
            // Some shells run a trap only once they return from `read`; others have ended by now.
            drop(stdin.write_all(b"\n"));
            line.contains("interrupts")
        })
        .unwrap();
    assert!(seen.trim_end().ends_with("interrupts: 1"), "{seen:?}");
    // `script` would die of a closed pipe.
    let _ = rest(stdout);
    assert_eq!(script.wait().unwrap().code(), Some(6));
    assert_eq!(sandbox.records("a.jsonl").len(), 2);
}

#[test]
fn what_was_ignored_from_the_start_stays_ignored() {
    let sandbox = Sandbox::new();
    let recorder = recorder(
        &sandbox,
        "kill -s HUP $PPID $$; kill -s INT $PPID $$; kill -s TERM $PPID $$; echo alive; exit 4",
    );
    let way = ["sh", "-c", "trap '' HUP INT TERM; exec \"$0\" \"$@\""];
    let run = Run::of(by_way_of(&sandbox, way, &recorder), b"").status(4);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("alive\n", ""));
    assert_eq!(sandbox.records("a.jsonl").len(), 2);
}

#[test]
fn a_signal_before_the_command_runs_keeps_it_from_running() {
    for (name, number) in [("HUP", 1), ("INT", 2), ("QUIT", 3), ("TERM", 15)] {
        if is_ignored_here(name, number) {
            continue;
        }
        let sandbox = Sandbox::new();
        let lock = lock(&sandbox);
        let child = recorder(&sandbox, "touch ran").spawn().unwrap();
        // Once it takes signals, the lock is all that it waits for.
        wait_until(|| is_in(child.id(), "SigCgt:", 15));
        signal(child.id(), name);
        drop(lock);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.signal(), Some(number), "{output:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains("`sh` was not run"), "{stderr}");
        assert!(!sandbox.path("ran").exists(), "{name}");
        let records = sandbox.records("a.jsonl");
        assert_eq!(text(&records[1], "/outcome/status"), Some("error"));
        let recorded = process(&records[1], "signal").unwrap().as_integer();
        assert_eq!(recorded, Some(number.into()));
        assert_eq!(
            process(&records[1], "error").unwrap().as_str(),
            Some("not run: the signal came first")
        );
    }
}

#[test]
fn a_signal_after_the_command_changes_nothing() {
    let sandbox = Sandbox::new();
    let (mut child, mut stdout) = start(&sandbox, "echo ready; echo $$; read x; exit 7");
    let command: u32 = line(&mut stdout).parse().unwrap();
    let lock = lock(&sandbox);
    drop(child.stdin.take());
    wait_until(|| status_field(command, "State:").is_none_or(|state| state.starts_with('Z')));
    signal(child.id(), "TERM");
    drop(lock);
    assert_eq!(child.wait().unwrap().code(), Some(7));
    let records = sandbox.records("a.jsonl");
    let recorded = process(&records[1], "exit_status").unwrap().as_integer();
    assert_eq!(recorded, Some(7));
}

#[test]
fn the_recorded_file_is_the_one_that_runs() {
    let sandbox = Sandbox::new();
    let shell = ["/bin/sh", "/usr/bin/sh"];
    let shell = shell.iter().find(|path| Path::new(path).exists()).unwrap();
    for folder in ["folder/tool", "plain", "runs", "later"] {
        std::fs::create_dir_all(sandbox.path(folder)).unwrap();
    }
    sandbox.write("plain/tool", "not executable");
    symlink(shell, sandbox.path("runs/tool")).unwrap();
    symlink("/bin/false", sandbox.path("later/tool")).unwrap();
    symlink(shell, sandbox.path("tool")).unwrap();
    for (folders, expected) in [
        ("nowhere:folder:plain:runs:later", "runs/tool"),
        (":later", "./tool"),
        ("plain::later", "./tool"),
        ("plain:", "./tool"),
    ] {
        let mut command = sandbox.command(["record", "-o", "a.jsonl", "--"]);
        command.args(["tool", "-c", "echo $0"]).env("PATH", folders);
        let run = Run::of(command, b"").status(0);
        assert_eq!(run.stdout, "tool\n", "{folders}");
        let records = sandbox.records("a.jsonl");
        let start = &records[records.len() - 2];
        assert_eq!(process(start, "program").unwrap().as_str(), Some("tool"));
        assert_eq!(process(start, "path").unwrap().as_str(), Some(expected));
        let sha256 = Digest::of(&std::fs::read(shell).unwrap()).to_string();
        assert_eq!(process(start, "sha256").unwrap().as_str(), Some(&*sha256));
    }
}

#[test]
fn without_a_search_path_the_systems_folders_are_searched() {
    let sandbox = Sandbox::new();
    let mut unset = sandbox.command(["record", "-o", "a.jsonl", "--", "sh", "-c", "exit 3"]);
    unset.env_remove("PATH");
    let _ = Run::of(unset, b"").status(3);
    let path = process(&sandbox.records("a.jsonl")[0], "path").cloned();
    let path = path.as_ref().and_then(Value::as_str).unwrap();
    assert!(["/bin/sh", "/usr/bin/sh"].contains(&path), "{path}");
}

#[test]
fn what_is_found_but_may_not_be_executed_gives_126() {
    let sandbox = Sandbox::new();
    sandbox.write("plain", "not executable");
    let mut command = sandbox.command(["record", "-o", "a.jsonl", "--", "plain"]);
    command.env("PATH", sandbox.path(""));
    let run = Run::of(command, b"").status(126);
    assert!(run.stderr.contains("cannot run `plain`"), "{run:?}");
    assert_eq!(process(&sandbox.records("a.jsonl")[0], "path"), None);
}

#[test]
fn the_end_is_known_even_where_ends_are_ignored() {
    let sandbox = Sandbox::new();
    let output = Command::new("env")
        .args([
            "--ignore-signal=CHLD",
            SEALSTONE,
            "record",
            "-o",
            "a.jsonl",
            "--",
            "true",
        ])
        .current_dir(sandbox.path(""))
        .output()
        .unwrap();
    let run = Run::from(output);
    if run.stderr.contains("unrecognized option") {
        skip(
            "the_end_is_known_even_where_ends_are_ignored",
            "no env --ignore-signal",
        );
        return;
    }
    let _ = run.status(0);
    let records = sandbox.records("a.jsonl");
    assert_eq!(text(&records[1], "/outcome/status"), Some("ok"));
}

#[test]
fn a_script_that_names_no_interpreter_is_the_shells() {
    let sandbox = Sandbox::new();
    let script = sandbox.write("script", "echo \"$1\"\nexit 4\n");
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let run = sandbox
        .run(["record", "-o", "a.jsonl", "--", "./script", "hello"])
        .status(4);
    assert_eq!(run.stdout, "hello\n");
}
