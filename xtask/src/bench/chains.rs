//! The chains that are measured on.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{BufWriter, Read as _, Write as _},
    path::Path,
};

use anyhow::{Context, bail};
use sealstone::{
    chain,
    digest::Digest,
    hook::{Agent, Event, Setup},
    record::{
        build::{Prepared, Summaries},
        id,
    },
    sample,
    time::Timestamp,
};

/// 2026-01-05T09:00:00Z, in nanoseconds since 1970.
const START_NANOS: i128 = 1_767_603_600_000_000_000;

/// Makes the chain at `path`, unless it is there as it would be made now.
pub(super) fn make<I: Iterator<Item = anyhow::Result<String>>>(
    path: &Path,
    lines: impl Fn(u64) -> I,
    records: u64,
) -> anyhow::Result<()> {
    if is_there(path, lines(records.min(1000)))? {
        return Ok(());
    }
    let unfinished = path.with_extension("unfinished");
    let file = File::create(&unfinished).context("cannot create a chain")?;
    let mut file = BufWriter::with_capacity(1 << 20, file);
    for line in lines(records) {
        file.write_all(line?.as_bytes())?;
    }
    file.flush()?;
    fs::rename(unfinished, path)?;
    Ok(())
}

/// Whether the chain at `path` begins with these lines.
fn is_there(
    path: &Path,
    lines: impl Iterator<Item = anyhow::Result<String>>,
) -> anyhow::Result<bool> {
    let Ok(file) = File::open(path) else {
        return Ok(false);
    };
    let expected = lines.collect::<anyhow::Result<String>>()?;
    let mut beginning = Vec::new();
    file.take(expected.len() as u64)
        .read_to_end(&mut beginning)?;
    Ok(beginning == expected.as_bytes())
}

/// Records with every optional field now and then, so that thousands of shapes occur; written as the
/// reference writes them, with everything that is not ASCII escaped.
pub(super) fn mixed(records: u64) -> impl Iterator<Item = anyhow::Result<String>> {
    sample::chain(records, 1).map(|line| Ok(escaped(&line)))
}

fn escaped(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    for c in line.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}").expect("a string takes everything");
            }
        }
    }
    out
}

/// Records as the hook makes them of Claude Code's events.
pub(super) fn hook_like(records: u64) -> impl Iterator<Item = anyhow::Result<String>> {
    let mut head = Digest::GENESIS;
    (0..records).map(move |number| {
        let event = event(number);
        let draft = Event::read(event.as_bytes(), Some(Agent::ClaudeCode), None)
            .and_then(|event| event.draft(&Setup::default()));
        let Ok((draft, _)) = draft else {
            bail!("the event is not taken: {event}");
        };
        let mut random = [0; 16];
        random[..8].copy_from_slice(&number.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
        random[8..].copy_from_slice(&number.to_be_bytes());
        let now = Timestamp::from_unix_nanos(START_NANOS + i128::from(number) * 1_300_000_000);
        let now = now.context("the time is beyond the calendar")?.to_string();
        let record = Prepared::new(draft, Summaries::Keep).stamp(id::from_random(random), now);
        let sealed = chain::seal(record, head)?;
        head = sealed.hash;
        Ok(sealed.line)
    })
}

fn event(number: u64) -> String {
    let session = number / 4000;
    let (tool, input, response) = match number % 4 {
        0 => (
            "Bash",
            format!(
                r#"{{"command":"cargo test --package part{number}","description":"Run the tests"}}"#
            ),
            format!(
                r#"{{"stdout":"test result: ok. {number} passed","stderr":"","interrupted":false}}"#
            ),
        ),
        1 => (
            "Read",
            format!(r#"{{"file_path":"/home/dana/src/shop/src/part{number}.rs"}}"#),
            format!(r#"{{"type":"text","file":{{"numLines":{number}}}}}"#),
        ),
        2 => (
            "Edit",
            format!(
                r#"{{"file_path":"/home/dana/src/shop/src/part{number}.rs","old_string":"let a = {number};","new_string":"let b = {number};"}}"#
            ),
            r#"{"success":true}"#.to_owned(),
        ),
        _ => (
            "Grep",
            format!(r#"{{"pattern":"fn part{number}\\(","path":"/home/dana/src/shop"}}"#),
            format!(r#"{{"numFiles":{}}}"#, number % 17),
        ),
    };
    format!(
        r#"{{"session_id":"5b0c1e3a-8f7e-4f5e-9c1b-{session:012x}","cwd":"/home/dana/src/shop","hook_event_name":"PostToolUse","tool_name":"{tool}","tool_input":{input},"tool_response":{response},"tool_use_id":"toolu_{number:024x}"}}"#
    )
}
