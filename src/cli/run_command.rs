//! `sealstone record -- COMMAND`: runs a command and records that it began and how it ended.

use std::{
    ffi::{OsStr, OsString},
    fs::File,
    io::{self, Read},
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus},
    thread,
    time::Duration,
};

use anyhow::Context;
use sealstone::{
    digest::{Digest, Hasher},
    json::{Object, Value},
    record::{
        build::{Prepared, Summaries},
        draft::Draft,
    },
    system,
};
use signal_hook::{
    consts::signal::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH},
    iterator::Signals,
};

use super::{
    env,
    exit::Exit,
    out::Out,
    target::{Target, disclosed},
};

/// Signals that somebody may send to this process and mean the command.
const FORWARDED: &[i32] = &[SIGHUP, SIGTERM, SIGUSR1, SIGUSR2, SIGCONT, SIGWINCH];

/// Signals that a terminal sends to the command as well; this process only must not die of them.
const FROM_TERMINAL: &[i32] = &[SIGINT, SIGQUIT];

pub(super) fn run(
    out: &mut Out,
    mut target: Target,
    defaults: &Object,
    summaries: Summaries,
    command: &[OsString],
) -> anyhow::Result<Exit> {
    let program = Program::find(&command[0]);
    // From here on no signal may end this process before the end is recorded.
    let signals =
        Signals::new(FORWARDED.iter().chain(FROM_TERMINAL)).context("cannot listen for signals")?;
    let start = own_draft(defaults, program.start_fields(), Some(argv(command)));
    let receipt = target
        .append(Prepared::new(start, summaries))
        .and_then(|receipt| target.sync().map(|()| receipt))
        .context("the start cannot be recorded, so the command was not run")?;
    if let Some(recovered) = &receipt.recovered {
        out.warning(disclosed(recovered));
    }
    let began = system::start();
    let ended = Command::new(&command[0])
        .args(&command[1..])
        .spawn()
        .and_then(|child| wait(child, signals));
    let duration = began.elapsed();
    let end = program.end_fields(&receipt.record_id, &ended, duration);
    let recorded = target
        .append(Prepared::new(own_draft(defaults, end, None), summaries))
        .and_then(|_| target.sync());
    if let Err(error) = recorded {
        let error = anyhow::Error::new(error);
        out.error(&error.context("FAILED to record the command's end: it is not in the log"));
    }
    match ended {
        Ok(status) => Ok(exit(status)),
        Err(error) => {
            let name = command[0].to_string_lossy();
            // The statuses that a shell gives.
            let status = if error.kind() == io::ErrorKind::NotFound {
                127
            } else {
                126
            };
            out.error(&anyhow::Error::new(error).context(format!("cannot run `{name}`")));
            Ok(Exit::Child(status))
        }
    }
}

/// Waits for the command, passing on the signals that are meant for it.
fn wait(mut child: Child, mut signals: Signals) -> io::Result<ExitStatus> {
    let pid = child.id();
    let handle = signals.handle();
    let forwarder = thread::spawn(move || {
        for signal in signals.forever() {
            if FORWARDED.contains(&signal) {
                forward(pid, signal);
            }
        }
    });
    let status = child.wait();
    handle.close();
    // The thread only forwards; if it panicked there is nothing left to forward.
    drop(forwarder.join());
    status
}

fn forward(pid: u32, signal: i32) {
    let pid = i32::try_from(pid)
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    let signal = rustix::process::Signal::from_named_raw(signal);
    if let (Some(pid), Some(signal)) = (pid, signal) {
        // The command may have ended meanwhile.
        let _: Result<(), rustix::io::Errno> = rustix::process::kill_process(pid, signal);
    }
}

fn exit(status: ExitStatus) -> Exit {
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Child(u8::try_from(code).unwrap_or(u8::MAX)),
        (None, Some(signal)) => Exit::ChildKilled(signal),
        (None, None) => Exit::Unable,
    }
}

fn argv(command: &[OsString]) -> Value {
    let words = command
        .iter()
        .map(|word| Value::from(word.to_string_lossy().as_ref()));
    words.collect::<Vec<_>>().into()
}

/// The file that is run.
struct Program {
    name: String,
    path: Option<PathBuf>,
    sha256: Option<Digest>,
}

impl Program {
    /// Looks the command up as the system will.
    fn find(command: &OsStr) -> Self {
        let path = if command.to_string_lossy().contains('/') {
            Some(PathBuf::from(command))
        } else {
            let folders = env::read("PATH").unwrap_or_default();
            std::env::split_paths(&folders)
                .map(|folder| folder.join(command))
                .find(|path| path.is_file())
        };
        Self {
            name: command.to_string_lossy().into_owned(),
            sha256: path.as_deref().and_then(|path| digest(path).ok()),
            path,
        }
    }

    fn start_fields(&self) -> Object {
        let mut process = Object::new();
        process.insert("program", self.name.as_str());
        if let Some(path) = &self.path {
            process.insert("path", path.to_string_lossy().as_ref());
        }
        if let Some(sha256) = &self.sha256 {
            process.insert("sha256", sha256.to_string());
        }
        process.insert("uid", i64::from(rustix::process::getuid().as_raw()));
        if let Some(user) = env::read("USER").or_else(|| env::read("LOGNAME")) {
            process.insert("user", user.to_string_lossy().as_ref());
        }
        let mut extension = Object::new();
        extension.insert("event", "process.start");
        if let Ok(cwd) = std::env::current_dir() {
            extension.insert("cwd", cwd.to_string_lossy().as_ref());
        }
        extension.insert("process", process);
        let mut fields = action("process.start");
        fields.insert("sealstone", extension);
        fields
    }

    fn end_fields(
        &self,
        parent_id: &str,
        ended: &io::Result<ExitStatus>,
        duration: Duration,
    ) -> Object {
        let mut process = Object::new();
        process.insert("program", self.name.as_str());
        match ended {
            Ok(status) => {
                if let Some(code) = status.code() {
                    process.insert("exit_status", i64::from(code));
                }
                if let Some(signal) = status.signal() {
                    process.insert("signal", i64::from(signal));
                }
            }
            Err(error) => drop(process.insert("error", error.to_string())),
        }
        let succeeded = ended.as_ref().is_ok_and(ExitStatus::success);
        let mut extension = Object::new();
        extension.insert("event", "process.end");
        let duration_ms = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        extension.insert("duration_ms", duration_ms);
        extension.insert("process", process);
        let mut fields = action("process.end");
        fields.insert("parent_id", parent_id);
        let status = if succeeded { "ok" } else { "error" };
        fields.insert("outcome", Object::from_iter([("status", status)]));
        fields.insert("sealstone", extension);
        fields
    }
}

fn action(tool: &str) -> Object {
    let mut action = Object::new();
    action.insert("type", "tool_call");
    action.insert("category", "security");
    action.insert("tool", tool);
    action.insert("authorization", Object::from_iter([("scope", "exec")]));
    let mut fields = Object::new();
    fields.insert("action", action);
    fields
}

fn digest(path: &Path) -> io::Result<Digest> {
    let mut file = File::open(path)?;
    let mut hasher = Hasher::default();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hasher.finish()),
            read => hasher.update(&buffer[..read]),
        }
    }
}

/// Returns a draft with `defaults`, for records that sealstone itself makes.
fn own_draft(defaults: &Object, fields: Object, input: Option<Value>) -> Draft {
    let mut all = defaults.clone();
    for (key, value) in fields {
        match (all.get_mut(&key), value) {
            (Some(Value::Object(known)), Value::Object(own)) if key.as_str() == "action" => {
                for (key, value) in own {
                    known.insert(key, value);
                }
            }
            (_, value) => drop(all.insert(key, value)),
        }
    }
    Draft::new(all, input, None).expect("what sealstone says of itself is sealable")
}
