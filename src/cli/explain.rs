//! An explanation of damage, as text.

use sealstone::damage::{Base, Damage, Explanation, Kind, Run};

use super::{out::Tone, verify::plural};

/// Returns what was damaged and what is intact, in lines. None for an intact log.
pub(super) fn lines(explanation: &Explanation) -> Vec<(Tone, String)> {
    if explanation.is_intact() {
        return Vec::new();
    }
    let mut lines = damages(explanation);
    lines.push((Tone::Plain, "runs of intact records:".to_owned()));
    for (number, run) in (1..).zip(&explanation.runs) {
        let tone = match run.base {
            Base::Beginning => Tone::Good,
            Base::OtherBeginning | Base::Record(_) | Base::Unknown => Tone::Plain,
        };
        lines.push((tone, format!("  run {number}: {}", described_run(run))));
    }
    if explanation.runs.is_empty() {
        lines.push((Tone::Plain, "  none".to_owned()));
    }
    lines.extend(left_out("run", explanation.runs_left_out));
    lines
}

/// Returns what was damaged, in lines.
pub(super) fn damages(explanation: &Explanation) -> Vec<(Tone, String)> {
    let mut lines = Vec::new();
    for damage in &explanation.damages {
        lines.push((Tone::Bad, described(damage)));
        if let Some(likely) = &damage.likely {
            lines.push((Tone::Plain, format!("  likely: {likely}")));
        }
    }
    lines.extend(left_out("damage", explanation.damages_left_out));
    lines
}

fn left_out(noun: &str, count: u64) -> Option<(Tone, String)> {
    (count > 0).then(|| (Tone::Bad, plural(count, &format!("more {noun}"))))
}

fn described(damage: &Damage) -> String {
    let place = place(
        [damage.first_record, damage.last_record],
        [damage.first_line, damage.last_line],
        [damage.bytes.start, damage.bytes.end],
    );
    // What is missing has no place: it is named by the record behind it.
    let before = match damage.kind {
        Kind::Removed => "before ",
        _ => "",
    };
    format!("{}: {before}{place}: {}", damage.kind, damage.certain)
}

/// Says which records a run is made of, and what it proves.
pub(super) fn described_run(run: &Run) -> String {
    let place = place(
        [run.first_record, run.last_record],
        [run.first_line, run.last_line],
        [run.bytes.start, run.bytes.end],
    );
    let base = match run.base {
        Base::Beginning => "provable from the beginning of the chain".to_owned(),
        Base::OtherBeginning => "intact by itself, a chain of its own".to_owned(),
        Base::Record(record) => {
            format!("intact relative to record {record}, which it was sealed behind")
        }
        Base::Unknown => format!(
            "intact relative to its own first record, {}",
            run.first_record
        ),
    };
    format!("{place}: {base}, up to head {}", run.head)
}

/// Names records with their lines and bytes, each from the first to the last.
pub(super) fn place(records: [u64; 2], lines: [u64; 2], bytes: [u64; 2]) -> String {
    let range = |noun: &str, [first, last]: [u64; 2]| {
        if first == last {
            format!("{noun} {first}")
        } else {
            format!("{noun}s {first} to {last}")
        }
    };
    format!(
        "{} ({}, bytes {} to {})",
        range("record", records),
        range("line", lines),
        bytes[0],
        bytes[1]
    )
}
