//! Another program, run with an end to the patience.

use std::{
    io::{Read, Write},
    os::unix::process::{CommandExt, ExitStatusExt},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process_group};
use sealstone::system;

/// How long a program may take. Agents wait that long for our hook.
const PATIENCE: Duration = Duration::from_secs(10);

/// How much is kept of what a program prints.
const MAX_BYTES: u64 = 64 * 1024;

/// What a program left behind.
pub(super) struct Finished {
    /// `None` if it was killed: by a signal, or because it took too long.
    pub(super) status: Option<i32>,
    pub(super) took_too_long: bool,
    pub(super) stdout: String,
    pub(super) stderr: String,
    pub(super) elapsed: Duration,
}

/// Runs a shell's command line in the working folder, with `input` on standard input.
pub(super) fn sh(line: &str, input: &str) -> anyhow::Result<Finished> {
    let start = system::start();
    let mut child = Command::new("sh")
        .args(["-c", line])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // So that what it starts can be ended with it.
        .process_group(0)
        .spawn()
        .context("cannot run sh")?;
    let stdin = child.stdin.take();
    let input = input.to_owned();
    thread::spawn(move || {
        // Who does not read it says so otherwise.
        drop(stdin.map(|mut stdin| stdin.write_all(input.as_bytes())));
    });
    let (stdout, stderr) = (text(child.stdout.take()), text(child.stderr.take()));
    let took_too_long = !wait(&mut child)?;
    let status = child.wait().context("sh is lost")?;
    // A program that it started may hold the pipes open.
    let left = Duration::from_millis(500);
    Ok(Finished {
        status: status.code().filter(|_| status.signal().is_none()),
        took_too_long,
        elapsed: start.elapsed(),
        stdout: stdout.recv_timeout(left).unwrap_or_default(),
        stderr: stderr.recv_timeout(left).unwrap_or_default(),
    })
}

/// Waits for the end, and brings it about. Returns whether it came by itself.
fn wait(child: &mut Child) -> anyhow::Result<bool> {
    let start = system::start();
    loop {
        if child.try_wait().context("sh is lost")?.is_some() {
            return Ok(true);
        }
        if start.elapsed() > PATIENCE {
            let group = Pid::from_child(child);
            kill_process_group(group, Signal::KILL).context("sh does not end")?;
            return Ok(false);
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// Reads a stream to its end, on a thread of its own.
fn text(stream: Option<impl Read + Send + 'static>) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was printed up to a failure counts.
        drop(stream.map(|stream| stream.take(MAX_BYTES).read_to_end(&mut bytes)));
        drop(sender.send(String::from_utf8_lossy(&bytes).into_owned()));
    });
    receiver
}
