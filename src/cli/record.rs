//! `sealstone record`

use std::{
    ffi::OsString,
    io::{self, BufRead, BufReader, Read},
    path::PathBuf,
};

use anyhow::{Context, anyhow, bail};
use clap::builder::PossibleValuesParser;
use sealstone::{
    chain::MAX_LINE_BYTES,
    json::{Object, is_blank},
    record::{
        build::{Prepared, Summaries},
        draft::Draft,
        fields::{ActionType, Category},
        source,
    },
    store::append::AppendError,
};
use serde::Serialize;

use super::{
    exit::Exit,
    out::Out,
    run_command,
    target::{SyncWhen, Target, durability, tell},
};

/// Record actions in a log
///
/// Reads one draft a line from standard input and appends one record for each: a JSON object in the shape of
/// a record (FORMAT.md, "Draft"), with what went into the action as `input` and what came out as `output`.
/// Both are kept as a hash and a masked summary only. What the options say holds for drafts that do not say
/// it themselves.
///
/// With `-- COMMAND`, runs the command instead and records that it began and how it ended. Its input, output,
/// signals and status are left alone.
///
/// Several writers may append to one log at a time. A draft that could not be verified later is refused with
/// its line and field; the others are recorded.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  echo '{\"action\":{\"tool\":\"refund\"},\"input\":{\"order\":7}}' | sealstone record -o refunds.jsonl
  tail -f app.log.json | sealstone record -o app.jsonl --wrap --tool app --type agent_message
  sealstone record -o build.jsonl -- make test

Statuses: 0 every draft is recorded; 1 some were refused or not written, or the disk did not
confirm them; 2 wrong arguments, or standard input could not be read; with COMMAND, the command's
own status or signal, or 2 if its start could not be recorded, and then it was not run, or if how
it ended is not known")]
pub(super) struct Args {
    /// The log to append to, created if it is not there
    #[arg(
        short,
        long = "output",
        value_name = "LOG",
        required_unless_present = "dir",
        conflicts_with = "dir"
    )]
    output: Option<PathBuf>,

    /// A folder with one log a subject, named as the reference names them
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,

    /// Take each line, whatever JSON it is, as the input of one action
    #[arg(long, conflicts_with = "command")]
    wrap: bool,

    /// The session's id
    #[arg(long, value_name = "ID")]
    session: Option<String>,

    /// The agent's id and name
    #[arg(long, value_name = "ID")]
    agent: Option<String>,

    /// The id of the customer the action was for
    #[arg(long, value_name = "ID")]
    subject: Option<String>,

    /// The person or account the agent acts for, as `human_id=u1`, `creator_id=`, `service_account=` or
    /// `role_scope=`; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = principal)]
    principal: Vec<(String, String)>,

    /// The tool's name
    #[arg(long, value_name = "NAME", conflicts_with = "command")]
    tool: Option<String>,

    /// The action's type
    #[arg(long = "type", value_name = "TYPE", conflicts_with = "command", value_parser = PossibleValuesParser::new(ActionType::WORDS))]
    kind: Option<String>,

    /// The action's category
    #[arg(long, value_name = "CATEGORY", conflicts_with = "command", value_parser = PossibleValuesParser::new(Category::WORDS))]
    category: Option<String>,

    /// The program the drafts come from; `drafts` if left out
    #[arg(long, value_name = "ID")]
    source: Option<String>,

    /// Keep hashes, and no summaries of inputs and outputs
    #[arg(long, visible_alias = "hash-only")]
    no_summaries: bool,

    /// When records are on the disk: `always`, each before the next is read; `batch`, before it waits for
    /// more input and at the end; `never`, when the system gets to it, so that a crash of the machine may
    /// lose the last ones. A crash of sealstone itself loses nothing in any case. The default is batch
    #[arg(long, value_name = "WHEN")]
    sync: Option<SyncWhen>,

    /// Print a line of JSON for each record once `--sync` holds for it: its line, id and hash
    #[arg(long, conflicts_with = "command")]
    ack: bool,

    /// A command to run and record
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

pub(super) fn run(out: &mut Out, args: &Args) -> anyhow::Result<Exit> {
    let durability = durability(out, args.sync);
    let target = match (&args.dir, &args.output) {
        (Some(folder), _) => Target::folder(folder, durability),
        (None, Some(log)) if log.as_os_str() == "-" => bail!("a log must be a file, not `-`"),
        (None, Some(log)) => Target::log(log, durability),
        (None, None) => unreachable!("clap requires one of them"),
    };
    let summaries = if args.no_summaries {
        Summaries::HashOnly
    } else {
        Summaries::Keep
    };
    let defaults = defaults(args);
    if !args.command.is_empty() {
        return run_command::run(out, target, &defaults, summaries, &args.command);
    }
    Stream {
        out,
        target,
        defaults,
        summaries,
        wrap: args.wrap,
        acknowledge: args.ack,
        pending: Vec::new(),
        unsettled_from: None,
        exit: Exit::Done,
    }
    .run()
}

fn principal(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value))
            if ["human_id", "creator_id", "service_account", "role_scope"].contains(&key) =>
        {
            Ok((key.to_owned(), value.to_owned()))
        }
        _ => Err("expected human_id=, creator_id=, service_account= or role_scope=".to_owned()),
    }
}

fn defaults(args: &Args) -> Object {
    let mut defaults = Object::new();
    if let Some(session) = &args.session {
        defaults.insert("session_id", session.as_str());
    }
    if let Some(agent) = &args.agent {
        let agent: Object = ["id", "name"]
            .into_iter()
            .map(|key| (key, agent.as_str()))
            .collect();
        defaults.insert("agent", agent);
    }
    let mut action = Object::new();
    for (key, value) in [
        ("type", &args.kind),
        ("category", &args.category),
        ("tool", &args.tool),
    ] {
        if let Some(value) = value {
            action.insert(key, value.as_str());
        }
    }
    if !action.is_empty() {
        defaults.insert("action", action);
    }
    if let Some(subject) = &args.subject {
        defaults.insert("subject", Object::from_iter([("id", subject.as_str())]));
    }
    if !args.principal.is_empty() {
        let principal: Object = args.principal.iter().cloned().collect();
        defaults.insert("principal", principal);
    }
    let by_default = if args.command.is_empty() {
        "drafts"
    } else {
        "command"
    };
    let source = source::block(args.source.as_deref().unwrap_or(by_default));
    defaults.insert("source", source);
    defaults
}

/// A stream of drafts on its way into a log.
struct Stream<'a> {
    out: &'a mut Out,
    target: Target,
    defaults: Object,
    summaries: Summaries,
    wrap: bool,
    acknowledge: bool,
    /// Records that are written and not yet known to be on the disk.
    pending: Vec<Acknowledgement>,
    /// The first line whose record is not known to be on the disk.
    unsettled_from: Option<u64>,
    exit: Exit,
}

#[derive(Debug, Serialize)]
struct Acknowledgement {
    line: u64,
    record_id: String,
    hash: String,
}

impl Stream<'_> {
    fn run(mut self) -> anyhow::Result<Exit> {
        let mut input = BufReader::with_capacity(1 << 16, io::stdin());
        let mut line = Vec::new();
        for number in 1.. {
            // Before it has to wait, what was taken is made durable.
            if !input.buffer().contains(&b'\n') {
                self.settle();
            }
            match read_line(&mut input, &mut line).context("cannot read standard input")? {
                Line::End => break,
                Line::TooLong => {
                    let error = anyhow!("longer than {} MiB", MAX_LINE_BYTES >> 20);
                    self.refuse(number, error);
                }
                Line::Whole => {
                    let mark = if number == 1 {
                        "\u{FEFF}".as_bytes()
                    } else {
                        b""
                    };
                    let line = line.strip_prefix(mark).unwrap_or(&line);
                    if !is_blank(line) {
                        self.take(number, line);
                    }
                }
            }
        }
        self.settle();
        Ok(self.exit)
    }

    fn take(&mut self, number: u64, line: &[u8]) {
        let read = if self.wrap { Draft::wrap } else { Draft::read };
        let draft = match read(line, &self.defaults) {
            Ok(draft) => draft,
            Err(error) => return self.refuse(number, anyhow::Error::new(error)),
        };
        match self.target.append(Prepared::new(draft, self.summaries)) {
            Ok(receipt) => {
                tell(self.out, &receipt);
                self.unsettled_from.get_or_insert(number);
                if self.acknowledge {
                    self.pending.push(Acknowledgement {
                        line: number,
                        record_id: receipt.record_id,
                        hash: receipt.hash.to_string(),
                    });
                }
            }
            Err(error @ AppendError::NotDurable(_)) => {
                self.fail(&anyhow::Error::new(error).context(format!("line {number}")));
            }
            Err(error) => self.refuse(number, error.into()),
        }
    }

    fn refuse(&mut self, number: u64, error: anyhow::Error) {
        self.fail(&error.context(format!("line {number} is not recorded")));
    }

    fn fail(&mut self, error: &anyhow::Error) {
        self.out.error(error);
        self.exit = self.exit.worst(Exit::Refuted);
    }

    /// Makes what was written durable and says so.
    fn settle(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        let from = self.unsettled_from.take();
        if let Err(error) = self.target.sync() {
            let lines = format!("lines from {} on", from.unwrap_or_default());
            return self.fail(&anyhow::Error::new(error).context(lines));
        }
        if !pending.is_empty() {
            for record in &pending {
                self.out.json(record);
            }
            self.out.flush();
        }
    }
}

enum Line {
    End,
    TooLong,
    Whole,
}

/// Reads up to and with the next line feed. What is too long is read past, and not held in memory.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Line> {
    line.clear();
    let limit = MAX_LINE_BYTES as u64 + 1;
    if input.by_ref().take(limit).read_until(b'\n', line)? == 0 {
        return Ok(Line::End);
    }
    if line.len() <= MAX_LINE_BYTES {
        return Ok(Line::Whole);
    }
    while line.last() != Some(&b'\n') {
        line.clear();
        if input.by_ref().take(limit).read_until(b'\n', line)? == 0 {
            break;
        }
    }
    line.clear();
    Ok(Line::TooLong)
}
