//! A place for each test, and what a run of the binary left behind.

use std::{
    ffi::OsStr,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
};

use sealstone::{
    hook::Agent,
    json::{self, Object, Value},
};

/// The binary under test.
pub(crate) const SEALSTONE: &str = env!("CARGO_BIN_EXE_sealstone");

/// A folder of its own, which is also the home of the runs in it.
pub(crate) struct Sandbox(tempfile::TempDir);

impl Sandbox {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Returns a command that runs the binary here, in a known environment.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(SEALSTONE);
        command
            .args(args)
            .current_dir(self.0.path())
            .env_clear()
            .env("PATH", env!("PATH"))
            .env("HOME", self.0.path())
            .env("TERM", "dumb")
            .env("COLUMNS", "100")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the binary with nothing on standard input.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Run {
        Run::of(self.command(args), b"")
    }

    /// Runs the binary with `input` on standard input.
    pub(crate) fn run_with<S: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = S>,
        input: impl AsRef<[u8]>,
    ) -> Run {
        Run::of(self.command(args), input.as_ref())
    }

    /// Returns the verdict of `verify --json` over one log.
    pub(crate) fn verdict(&self, log: impl AsRef<OsStr>) -> Object {
        let run = self.run(["verify".as_ref(), "--json".as_ref(), log.as_ref()]);
        let document = object(&run.stdout);
        assert_eq!(document.str("schema"), Some("sealstone.verify/1"));
        let logs = document.get("logs").and_then(Value::as_array).unwrap();
        logs[0].as_object().unwrap().clone()
    }

    /// Returns the records of a log, which must be intact.
    pub(crate) fn records(&self, log: &str) -> Vec<Object> {
        let verdict = self.verdict(log);
        assert_eq!(verdict.str("verdict"), Some("intact"), "{verdict:?}");
        self.read(log).lines().map(object).collect()
    }
}

/// What a run left behind.
#[derive(Debug)]
#[must_use = "look at the status or at what was printed"]
pub(crate) struct Run {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn of(mut command: Command, input: &[u8]) -> Self {
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        // The child may stop reading at any point, which is its right.
        let feeder = thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().unwrap();
        feeder.join().unwrap();
        output.into()
    }

    /// Asserts the status and returns the run.
    #[track_caller]
    pub(crate) fn status(self, expected: i32) -> Self {
        assert_eq!(self.status, Some(expected), "{self:#?}");
        self
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Says that something is not tested here, and why. The runner keeps what a passing test prints with macros,
/// so this writes to the stream itself: a skip that nobody sees would pass for a test.
pub(crate) fn skip(what: &str, reason: &str) {
    let mut stderr = std::io::stderr().lock();
    // With nobody reading, there is nobody to tell.
    drop(writeln!(stderr, "SKIP {what}: {reason}"));
}

/// Returns what an agent must be told so that an event changes nothing (FORMAT.md, "Answers"); `None` is for an
/// event that could not be read.
pub(crate) fn answer(agent: Agent, event: Option<&str>) -> &'static str {
    const ASKING: [&str; 7] = [
        "preToolUse",
        "beforeSubmitPrompt",
        "beforeShellExecution",
        "beforeMCPExecution",
        "beforeReadFile",
        "beforeTabFileRead",
        "subagentStart",
    ];
    match agent {
        Agent::Cursor if event.is_none_or(|event| ASKING.contains(&event)) => {
            r#"{"continue":true,"permission":"allow"}"#
        }
        Agent::Cursor => "{}",
        _ => "",
    }
}

/// Reads a JSON object.
#[track_caller]
pub(crate) fn object(text: impl AsRef<str>) -> Object {
    let text = text.as_ref();
    match json::read(text.as_bytes()).map(|document| document.value) {
        Ok(Value::Object(object)) => object,
        other => panic!("{text}: {other:?}"),
    }
}

/// Returns the value that a JSON Pointer leads to.
pub(crate) fn at<'a>(object: &'a Object, pointer: &str) -> Option<&'a Value> {
    let mut tokens = pointer.split('/').skip(1);
    let mut value = object.get(tokens.next()?)?;
    for token in tokens {
        value = match value {
            Value::Object(object) => object.get(token)?,
            Value::Array(items) => items.get(token.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(value)
}

/// Returns the text that a JSON Pointer leads to.
pub(crate) fn text<'a>(object: &'a Object, pointer: &str) -> Option<&'a str> {
    at(object, pointer)?.as_str()
}
