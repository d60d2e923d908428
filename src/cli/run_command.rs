//! `sealstone record -- COMMAND`: runs a command and records that it began and how it ended.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File},
    io::{self, Read},
    os::{
        fd::OwnedFd,
        unix::process::{CommandExt, ExitStatusExt},
    },
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus},
    sync::{Arc, atomic::AtomicBool},
    thread,
    time::Duration,
};

use anyhow::{Context, anyhow};
use rustix::{
    fs::{Access, access},
    io::Errno,
    process::{Pid, Signal, getpgrp, kill_process},
    termios::tcgetpgrp,
};
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
    consts::signal::{
        SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH,
    },
    iterator::Signals,
};

use super::{
    env,
    exit::Exit,
    out::Out,
    target::{Target, tell},
};

/// Signals by which somebody wants the command ended. One that comes before it runs keeps it from running.
const ENDING: &[i32] = &[SIGHUP, SIGINT, SIGQUIT, SIGTERM];

/// Other signals that somebody may send to this process and mean the command.
const OTHER: &[i32] = &[SIGUSR1, SIGUSR2, SIGCONT, SIGWINCH];

/// Signals that a key on the terminal sends to every process in the foreground.
const FROM_KEYS: &[i32] = &[SIGINT, SIGQUIT];

pub(super) fn run(
    out: &mut Out,
    mut target: Target,
    defaults: &Object,
    summaries: Summaries,
    command: &[OsString],
) -> anyhow::Result<Exit> {
    let program = Program::find(&command[0]);
    // From here on no signal may end this process before the end is recorded.
    let signals = listen().context("cannot listen for signals")?;
    let start = own_draft(defaults, program.start_fields(), Some(argv(command)));
    let receipt = target
        .append(Prepared::new(start, summaries))
        .and_then(|receipt| target.sync().map(|()| receipt))
        .context("the start cannot be recorded, so the command was not run")?;
    tell(out, &receipt);
    let began = system::start();
    let ended = program.run(&command[1..], signals);
    let duration = began.elapsed();
    let end = program.end_fields(&receipt.record_id, &ended, duration);
    let recorded = target
        .append(Prepared::new(own_draft(defaults, end, None), summaries))
        .and_then(|_| target.sync());
    if let Err(error) = recorded {
        let error = anyhow::Error::new(error);
        out.error(&error.context("FAILED to record the command's end: it is not in the log"));
    }
    Ok(report(out, &program.name.to_string_lossy(), ended))
}

/// How it went with a command.
enum Ended {
    /// It ran, and ended like this.
    Ran(ExitStatus),
    /// This signal came first, and it was not run.
    NotRun(i32),
    /// The system did not run it.
    Refused(io::Error),
    /// It ran, and the system does not say how it ended.
    Lost(io::Error),
}

/// Says what went wrong, and returns how this process is to end.
fn report(out: &mut Out, name: &str, ended: Ended) -> Exit {
    match ended {
        Ended::Ran(status) => exit(status),
        Ended::NotRun(signal) => {
            out.warning(format!(
                "signal {signal} came first, so `{name}` was not run"
            ));
            Exit::ChildKilled(signal)
        }
        Ended::Refused(error) => {
            // The statuses that a shell gives.
            let status = if error.kind() == io::ErrorKind::NotFound {
                127
            } else {
                126
            };
            out.error(&anyhow!(error).context(format!("cannot run `{name}`")));
            Exit::Child(status)
        }
        Ended::Lost(error) => {
            out.error(
                &anyhow!(error).context(format!("`{name}` ran, but how it ended is not known")),
            );
            Exit::Unable
        }
    }
}

/// Takes the signals that are not ignored.
///
/// One that was ignored when we began is meant to be, as `nohup` and a shell's `&` arrange it. A handler would
/// undo that, for the command too: it starts with the default in place of a handler, but keeps what is ignored.
fn listen() -> io::Result<Signals> {
    let ignored = ignored_signals();
    let is_heard = |signal: &&i32| ignored >> (**signal - 1) & 1 == 0;
    if !is_heard(&&SIGCHLD) {
        // The system forgets how a command ended if nobody cares for its end.
        signal_hook::flag::register(SIGCHLD, Arc::new(AtomicBool::new(false)))?;
    }
    Signals::new(ENDING.iter().chain(OTHER).filter(is_heard))
}

/// Returns the signals that this process ignores, number 1 as the lowest bit; none if the system does not say.
fn ignored_signals() -> u64 {
    let status = fs::read("/proc/self/status").unwrap_or_default();
    String::from_utf8_lossy(&status)
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}

/// Waits for the command, passing on the signals that are meant for it, and first those that came `early`.
fn wait(mut child: Child, mut signals: Signals, mut early: Vec<i32>) -> io::Result<ExitStatus> {
    let recipient = Recipient::of(&child);
    // What came while it was being started may have missed it. It has hardly begun, so that to get one from the
    // terminal twice does not differ from getting it once.
    early.extend(signals.pending());
    for signal in early {
        recipient.send(signal);
    }
    let handle = signals.handle();
    let forwarder = thread::spawn(move || {
        for signal in signals.forever() {
            if !(FROM_KEYS.contains(&signal) && in_foreground()) {
                recipient.send(signal);
            }
        }
    });
    let status = child.wait();
    handle.close();
    // The thread only forwards; if it panicked there is nothing left to forward.
    drop(forwarder.join());
    status
}

/// Whether the keys of the terminal send their signals to this process's group.
///
/// The command is in the same group, so it has got such a signal from the terminal already, and a second one
/// would be a second keystroke to it: to many programs the first asks to end in order, and the second to drop
/// everything. Elsewhere (no terminal, or a job in the background) somebody sent the signal to this process
/// alone, and meant the command.
fn in_foreground() -> bool {
    // Closed to a process without a terminal.
    File::open("/dev/tty")
        .is_ok_and(|terminal| tcgetpgrp(terminal).is_ok_and(|group| group == getpgrp()))
}

/// The command's process, as the recipient of signals.
struct Recipient {
    pid: Pid,
    /// Stays with the process, while its number goes to another one some time after its end. None where the
    /// system has no such thing.
    pidfd: Option<OwnedFd>,
}

impl Recipient {
    /// Must be called before the child is waited for: until then its number is its own.
    fn of(child: &Child) -> Self {
        let pid = Pid::from_child(child);
        Self {
            pid,
            pidfd: pidfd::open(pid),
        }
    }

    fn send(&self, signal: i32) {
        if let Some(signal) = Signal::from_named_raw(signal) {
            // It may have ended meanwhile, or belong to another user by now.
            let _: Result<(), Errno> = match &self.pidfd {
                Some(pidfd) => pidfd::send(pidfd, signal),
                None => kill_process(self.pid, signal),
            };
        }
    }
}

#[cfg(target_os = "linux")]
mod pidfd {
    use std::os::fd::OwnedFd;

    use rustix::{
        io::Errno,
        process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal},
    };

    pub(super) fn open(pid: Pid) -> Option<OwnedFd> {
        pidfd_open(pid, PidfdFlags::empty()).ok()
    }

    pub(super) fn send(pidfd: &OwnedFd, signal: Signal) -> Result<(), Errno> {
        pidfd_send_signal(pidfd, signal)
    }
}

#[cfg(not(target_os = "linux"))]
mod pidfd {
    use std::os::fd::OwnedFd;

    use rustix::{
        io::Errno,
        process::{Pid, Signal},
    };

    pub(super) fn open(_pid: Pid) -> Option<OwnedFd> {
        None
    }

    pub(super) fn send(_pidfd: &OwnedFd, _signal: Signal) -> Result<(), Errno> {
        Err(Errno::NOSYS)
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

/// A command's name, and the file that is run for it.
struct Program {
    name: OsString,
    /// None if there is no such file; the system then says why.
    path: Option<PathBuf>,
    sha256: Option<Digest>,
}

/// Returns the files that a bare name may mean, in the order of the search path.
fn candidates(name: &OsStr) -> impl Iterator<Item = PathBuf> {
    let folders: Vec<PathBuf> = std::env::split_paths(&search_path()).collect();
    let name = name.to_owned();
    folders
        .into_iter()
        .map(move |folder| {
            // An empty one is the working folder; a bare name would be looked up again.
            let is_empty = folder.as_os_str().is_empty();
            if is_empty { PathBuf::from(".") } else { folder }.join(&name)
        })
        .filter(|path| path.is_file())
}

impl Program {
    /// Looks the command up, by the rules of the system.
    fn find(name: &OsStr) -> Self {
        let path = if name.as_encoded_bytes().contains(&b'/') {
            Some(PathBuf::from(name))
        } else {
            candidates(name).find(|path| access(path, Access::EXEC_OK).is_ok())
        };
        Self {
            name: name.to_owned(),
            sha256: path.as_deref().and_then(|path| digest(path).ok()),
            path,
        }
    }

    /// Runs the file that was found, unless a signal came that would have ended it.
    fn run(&self, args: &[OsString], mut signals: Signals) -> Ended {
        let early: Vec<i32> = signals.pending().collect();
        if let Some(signal) = early.iter().find(|signal| ENDING.contains(signal)) {
            return Ended::NotRun(*signal);
        }
        match self.spawn(args) {
            Ok(child) => wait(child, signals, early).map_or_else(Ended::Lost, Ended::Ran),
            Err(error) => Ended::Refused(error),
        }
    }

    fn spawn(&self, args: &[OsString]) -> io::Result<Child> {
        let Some(path) = &self.path else {
            // A file that may not be run is told from none, as shells do.
            let is_there = candidates(&self.name).next().is_some();
            return Err(if is_there {
                Errno::ACCESS
            } else {
                Errno::NOENT
            }
            .into());
        };
        // Its very path, so that no other file is run than the recorded one.
        match Command::new(path).arg0(&self.name).args(args).spawn() {
            // A script that does not name its interpreter is the shell's, as `execvp` of POSIX has it.
            Err(error) if error.raw_os_error() == Some(Errno::NOEXEC.raw_os_error()) => {
                Command::new("/bin/sh").arg(path).args(args).spawn()
            }
            result => result,
        }
    }

    fn start_fields(&self) -> Object {
        let mut process = Object::new();
        process.insert("program", self.name.to_string_lossy().as_ref());
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

    fn end_fields(&self, parent_id: &str, ended: &Ended, duration: Duration) -> Object {
        let mut process = Object::new();
        process.insert("program", self.name.to_string_lossy().as_ref());
        match ended {
            Ended::Ran(status) => {
                if let Some(code) = status.code() {
                    process.insert("exit_status", i64::from(code));
                }
                if let Some(signal) = status.signal() {
                    process.insert("signal", i64::from(signal));
                }
            }
            Ended::NotRun(signal) => {
                process.insert("signal", i64::from(*signal));
                process.insert("error", "not run: the signal came first");
            }
            Ended::Refused(error) => drop(process.insert("error", error.to_string())),
            Ended::Lost(error) => {
                process.insert("error", format!("how it ended is not known: {error}"));
            }
        }
        let succeeded = matches!(ended, Ended::Ran(status) if status.success());
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

/// Returns the folders that commands are looked up in.
fn search_path() -> OsString {
    env::read("PATH").unwrap_or_else(|| "/bin:/usr/bin".into())
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
    if !path.is_file() {
        // To open a pipe may wait for ever, and to read a device too.
        return Err(io::ErrorKind::InvalidInput.into());
    }
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
