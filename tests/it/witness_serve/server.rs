//! A witness that runs, and what it is asked.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Child, Command, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use sealstone::json::Object;

use crate::harness::{Run, SEALSTONE, Sandbox, object};

/// How long a test waits for what must come.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// A witness that runs, and is killed when the test is over.
pub(super) struct Server {
    child: Child,
    pub(super) address: SocketAddr,
    /// What it printed first.
    pub(super) said: String,
}

impl Server {
    /// Starts one in the folder `store` of a sandbox.
    pub(super) fn start(sandbox: &Sandbox, variables: &[(&str, &str)]) -> Self {
        let mut command = sandbox.command(["witness-serve", "store", "--port", "0"]);
        command.envs(variables.iter().copied());
        Self::of(command)
    }

    /// Starts one with the key `key` and limits that a shell sets first.
    pub(super) fn within(sandbox: &Sandbox, limits: &str) -> Self {
        let script = format!("{limits}; exec \"$0\" \"$@\"");
        Self::behind(sandbox, &["sh", "-c", &script])
    }

    /// Starts one with the key `key` by a program that becomes it.
    pub(super) fn behind(sandbox: &Sandbox, program: &[&str]) -> Self {
        let mut command = Command::new(program[0]);
        command
            .args(&program[1..])
            .args([SEALSTONE, "witness-serve", "store", "--port", "0"])
            .current_dir(sandbox.path(""))
            .env_clear()
            .env("PATH", env!("PATH"))
            .env("HALO_WITNESS_KEYS", "key")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self::of(command)
    }

    pub(super) fn of(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut said = String::new();
        let stdout = child.stdout.as_mut().unwrap();
        // No more than the line that says where it listens, or nothing if it does not.
        let mut byte = [0];
        while !said.ends_with('\n') && stdout.read(&mut byte).unwrap() > 0 {
            said.push(byte[0].into());
        }
        let Some((_, address)) = said.split_once("http://") else {
            let run = Run::from(child.wait_with_output().unwrap());
            panic!("it does not serve: {run:?}");
        };
        let address = address.split(' ').next().unwrap().parse().unwrap();
        Self {
            child,
            address,
            said,
        }
    }

    pub(super) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Returns how much memory it has in use at most, in KiB.
    pub(super) fn memory_kib(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        line.unwrap()
            .trim()
            .trim_end_matches(" kB")
            .parse()
            .unwrap()
    }

    /// Waits until it has ended.
    pub(super) fn ended(mut self) -> Run {
        let mut run = Run {
            status: self.child.wait().unwrap().code(),
            stdout: self.said.clone(),
            stderr: String::new(),
        };
        let (stdout, stderr) = (self.child.stdout.take(), self.child.stderr.take());
        stdout.unwrap().read_to_string(&mut run.stdout).unwrap();
        stderr.unwrap().read_to_string(&mut run.stderr).unwrap();
        run
    }

    /// Kills it where it stands.
    pub(super) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(super) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends bytes and returns what comes until the connection is closed.
    pub(super) fn raw(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect();
        // It may answer and close before it has read all.
        drop(stream.write_all(bytes.as_ref()));
        let mut text = Vec::new();
        let read = stream.read_to_end(&mut text);
        assert!(
            read.as_ref()
                .err()
                .is_none_or(|error| error.kind() == io::ErrorKind::ConnectionReset),
            "{read:?}"
        );
        String::from_utf8(text).unwrap()
    }

    pub(super) fn ask(&self, method: &str, target: &str, headers: &str, body: &str) -> Answer {
        let length = body.len();
        let head = format!(
            "{method} {target} HTTP/1.1\r\nHost: witness\r\nConnection: close\r\n{headers}"
        );
        let length = if body.is_empty() {
            String::new()
        } else {
            format!("Content-Length: {length}\r\n")
        };
        Answer::of(&self.raw(format!("{head}{length}\r\n{body}")))
    }

    pub(super) fn get(&self, target: &str) -> Answer {
        self.ask("GET", target, "", "")
    }

    /// Makes a statement with a key.
    pub(super) fn post(&self, key: &str, body: &str) -> Answer {
        self.ask(
            "POST",
            "/anchor",
            &format!("Authorization: Bearer {key}\r\n"),
            body,
        )
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// What a server answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Answer {
    #[track_caller]
    pub(super) fn of(text: &str) -> Self {
        let (head, body) = text
            .split_once("\r\n\r\n")
            .unwrap_or_else(|| panic!("no answer: {text:?}"));
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        let header = |line: &str| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.to_lowercase(), value.to_owned())
        };
        Self {
            status: status.parse().unwrap(),
            headers: lines.map(header).collect(),
            body: body.to_owned(),
        }
    }

    /// Reads one answer from a connection that stays open.
    pub(super) fn read(stream: &TcpStream) -> Self {
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(reader.read_line(&mut head).unwrap() > 0, "{head:?}");
        }
        let mut answer = Self::of(&head);
        let length = answer.header("content-length").unwrap().parse().unwrap();
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        answer.body = String::from_utf8(body).unwrap();
        answer
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Asserts the status and returns the answer.
    #[track_caller]
    pub(super) fn status(self, expected: u16) -> Self {
        assert_eq!(self.status, expected, "{self:#?}");
        self
    }

    #[track_caller]
    pub(super) fn json(&self) -> Object {
        object(&self.body)
    }

    /// Returns why something was refused.
    #[track_caller]
    pub(super) fn error(&self) -> String {
        self.json().str("error").unwrap().to_owned()
    }
}

/// Returns a hash that is told from others by `mark`.
pub(super) fn hash(mark: u64) -> String {
    format!("{mark:064x}")
}

/// Returns a statement about a chain of `subject`.
pub(super) fn said(subject: &str, root: u64, count: u64, head: u64) -> String {
    let (root, head) = (hash(root), hash(head));
    format!(r#"{{"subject":"{subject}","count":{count},"head":"{head}","chain_root":"{root}"}}"#)
}
