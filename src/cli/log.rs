//! `sealstone log`

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::ensure;
use sealstone::{
    calls::{Counts, Entry, Joiner, Kind, OutcomesOnly, Unresolved, said},
    store::lines,
};
use serde::Serialize;

use super::{
    exit::Exit,
    out::{Out, Tone},
    progress::Progress,
    sanitize::shown,
    verify::plural,
};

/// List the calls of which a log does not hold both sides
///
/// Agents' hooks record a tool call twice: what was intended, before it, and what became of it, after it. Listed
/// are intents without an outcome, outcomes without an intent, calls that a batch names and nothing else, records
/// that contradict an earlier one of the same id, and events that were lost, with what each can mean. A call that failed or was denied has an outcome, and is not
/// listed. LIMITS.md says what the list cannot tell.
///
/// Records say so in `sealstone.phase` (FORMAT.md, "Extension"); others are passed over. Whether the log is as it
/// was written, `verify` says: a broken one is listed too.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Example:
  sealstone log --unresolved ~/.halo/audit.jsonl

Statuses: 0 every call has both sides; 1 something is unresolved, or a line is no record and may have
been a side of a call; 2 wrong arguments, or a log cannot be read; 3 no log holds a call of which more
than an outcome was recorded")]
pub(super) struct Args {
    /// List what is unresolved
    #[arg(long, required = true)]
    unresolved: bool,

    /// The logs; `-` is standard input
    #[arg(value_name = "LOG", required = true)]
    logs: Vec<PathBuf>,

    /// Print one JSON document (schema sealstone.unresolved/1, FORMAT.md)
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Document {
    schema: &'static str,
    logs: Vec<Log>,
}

/// A log in the document. What is not known of it, because it cannot be read, is null.
#[derive(Debug, Serialize)]
struct Log {
    path: String,
    records: Option<u64>,
    unreadable_lines: Option<u64>,
    counts: Option<Counts>,
    unresolved: Vec<Entry>,
    unresolved_left_out: u64,
    outcomes_only: Vec<OutcomesOnly>,
    outcomes_only_left_out: u64,
    error: Option<String>,
}

pub(super) fn run(out: &mut Out, args: &Args) -> anyhow::Result<Exit> {
    let stdin_count = args.logs.iter().filter(|path| is_stdin(path)).count();
    ensure!(stdin_count <= 1, "standard input can be read only once");
    let is_progress_shown = out.wants_progress() && !args.json;
    let mut exits = Vec::new();
    let mut logs = Vec::new();
    for path in &args.logs {
        let unresolved = joined(path, is_progress_shown);
        exits.push(exit(unresolved.as_ref().ok()));
        let name = path.to_string_lossy();
        if args.json {
            logs.push(Log::of(&name, unresolved));
        } else {
            match unresolved {
                Ok(unresolved) => print(out, &name, &unresolved),
                Err(error) => unreadable(out, &format!("{name}: unreadable: {error}")),
            }
        }
    }
    if args.json {
        let schema = "sealstone.unresolved/1";
        out.json(&Document { schema, logs });
    }
    Ok(worst(&exits))
}

/// Joins a log's calls; the error is for a reader.
fn joined(path: &Path, is_progress_shown: bool) -> Result<Unresolved, String> {
    let metadata = fs::metadata(path).ok().filter(|_| !is_stdin(path));
    let size = metadata.filter(fs::Metadata::is_file);
    let progress = Progress::new(is_progress_shown, size.map(|metadata| metadata.len()));
    let count = |bytes| progress.add(bytes);
    let mut joiner = Joiner::new();
    let take = |said| joiner.take(said);
    if is_stdin(path) {
        lines::stream(io::stdin(), said, take, count)
            .map_err(|error| format!("cannot read standard input: {error}"))?;
    } else {
        lines::file(path, said, take, count).map_err(|error| error.to_string())?;
    }
    Ok(joiner.finish())
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn exit(unresolved: Option<&Unresolved>) -> Exit {
    match unresolved {
        None => Exit::Unable,
        // A line that cannot be read may have been an intent.
        Some(log) if log.counts.unresolved() > 0 || log.unreadable > 0 => Exit::Refuted,
        Some(log) if log.counts.joined == 0 => Exit::Nothing,
        Some(_) => Exit::Done,
    }
}

/// A log without a call is nothing odd beside others that have some.
fn worst(exits: &[Exit]) -> Exit {
    let of_calls = exits.iter().copied().filter(|exit| *exit != Exit::Nothing);
    of_calls.reduce(Exit::worst).unwrap_or(Exit::Nothing)
}

impl Log {
    fn of(name: &str, unresolved: Result<Unresolved, String>) -> Self {
        let (known, error) = match unresolved {
            Ok(unresolved) => (Some(unresolved), None),
            Err(error) => (None, Some(error)),
        };
        let of_known = |count: fn(&Unresolved) -> u64| known.as_ref().map(count);
        let records = of_known(|known| known.records);
        let unreadable_lines = of_known(|known| known.unreadable);
        let counts = known.as_ref().map(|known| known.counts);
        let known = known.unwrap_or_default();
        Self {
            path: name.to_owned(),
            records,
            unreadable_lines,
            counts,
            unresolved: known.entries,
            unresolved_left_out: known.entries_left_out,
            outcomes_only: known.sessions,
            outcomes_only_left_out: known.sessions_left_out,
            error,
        }
    }
}

fn print(out: &mut Out, name: &str, unresolved: &Unresolved) {
    for entry in &unresolved.entries {
        out.line(Tone::Bad, format!("{name}: {}", described(entry)));
    }
    left_out(out, name, unresolved.entries_left_out, "more unresolved");
    for session in &unresolved.sessions {
        out.line(Tone::Odd, format!("{name}: {}", outcomes_only(session)));
    }
    let more = "more of which only outcomes are recorded";
    left_out(out, name, unresolved.sessions_left_out, more);
    if unresolved.unreadable > 0 {
        let lines = plural(unresolved.unreadable, "line");
        let text = format!("{name}: {lines} could not be read as records; run `sealstone verify`");
        out.line(Tone::Bad, text);
    }
    let more = "of the calls of batches cannot be followed: without an id, or left out";
    left_out(out, name, unresolved.counts.unfollowed, more);
    let (tone, text) = summary(unresolved);
    out.line(tone, format!("{name}: {text}"));
}

fn left_out(out: &mut Out, name: &str, count: u64, what: &str) {
    if count > 0 {
        out.line(Tone::Odd, format!("{name}: {count} {what}"));
    }
}

/// Says what could not be read, when quiet too.
fn unreadable(out: &mut Out, text: &str) {
    if out.is_quiet() {
        out.error(&anyhow::Error::msg(text.to_owned()));
    } else {
        out.line(Tone::Bad, text);
    }
}

/// Returns an entry in one line, its place first.
fn described(entry: &Entry) -> String {
    let kind = match entry.kind {
        Kind::Conflicting => "conflicting",
        Kind::LostEvent => "lost event",
        Kind::NeverArrived => "never arrived",
        Kind::NoIntent => "no intent",
        Kind::NoOutcome => "no outcome",
    };
    let tool = entry.tool.as_deref().map(shown);
    let call = match (tool, entry.call_id.as_deref().map(shown)) {
        (Some(tool), Some(id)) => format!("{tool} ({id}) "),
        (Some(tool), None) => format!("{tool} "),
        (None, Some(id)) => format!("({id}) "),
        (None, None) => String::new(),
    };
    let sub_agent = match (&entry.agent_type, &entry.agent_id) {
        (Some(kind), Some(id)) => format!(", sub-agent {} ({})", shown(kind), shown(id)),
        (Some(name), None) | (None, Some(name)) => format!(", sub-agent {}", shown(name)),
        (None, None) => String::new(),
    };
    let session = session(entry.agent.as_deref(), entry.session_id.as_deref());
    format!(
        "record {}: {kind}: {call}in {session}{sub_agent}: {}",
        entry.record, entry.meaning
    )
}

fn outcomes_only(session: &OutcomesOnly) -> String {
    let place = self::session(session.agent.as_deref(), session.session_id.as_deref());
    format!(
        "record {}: outcomes only: {place} has {} and no intent: a call that came to no end would not be seen",
        session.record,
        plural(session.outcomes, "outcome")
    )
}

fn session(agent: Option<&str>, id: Option<&str>) -> String {
    let agent = agent.map_or_else(String::new, |agent| format!("{} ", shown(agent)));
    match id {
        Some(id) => format!("{agent}session {}", shown(id)),
        None => format!("{agent}session without an id"),
    }
}

fn summary(unresolved: &Unresolved) -> (Tone, String) {
    let counts = &unresolved.counts;
    let joined = joined_calls(counts);
    if counts.unresolved() > 0 {
        let kinds = [
            (counts.no_outcome, "without an outcome"),
            (counts.no_intent, "without an intent"),
            (counts.never_arrived, "never arrived"),
            (counts.lost_events, "lost"),
            (counts.conflicting, "conflicting"),
        ];
        let kinds = kinds.iter().filter(|(count, _)| *count > 0);
        let kinds: Vec<String> = kinds
            .map(|(count, kind)| format!("{count} {kind}"))
            .collect();
        let count = counts.unresolved();
        let text = format!("{count} unresolved: {}; {joined}", kinds.join(", "));
        return (Tone::Bad, text);
    }
    if counts.joined == 0 {
        return (Tone::Odd, "no call that could be joined".to_owned());
    }
    if unresolved.unreadable > 0 {
        let text = format!("nothing unresolved in what could be read: {joined}");
        return (Tone::Odd, text);
    }
    (Tone::Good, format!("nothing unresolved: {joined}"))
}

fn joined_calls(counts: &Counts) -> String {
    let joined = plural(counts.joined, "call");
    match counts.repeats {
        0 => format!("{joined} joined"),
        repeats => format!("{joined} joined, {}", plural(repeats, "repeat")),
    }
}
