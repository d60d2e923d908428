//! Two logs side by side: reading both, and saying how they differ.

use std::path::Path;

use sealstone::{
    compare::{
        self, Change, Changes, Comparison, Counts, Difference, Kind, Place, Relation, SealState,
        Side,
    },
    digest::Digest,
    store::{again::OpenLog, read::Io},
    verify::{Judgement, Survey, Verdict, Verifier},
};
use serde::Serialize;

use super::{out::Tone, progress::Progress, verify::plural};

/// A log that was judged and surveyed, and can be read again.
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    pub(super) survey: Survey,
    log: OpenLog,
}

impl Judged {
    /// Reads the log at `path`; the error is for a reader.
    pub(super) fn read(path: &Path, io: Io, progress: &Progress) -> Result<Self, String> {
        let mut row = (Verifier::new(), Survey::new());
        let log = OpenLog::open(path)
            .and_then(|log| {
                log.read(io, &mut row, |bytes| progress.add(bytes))?;
                Ok(log)
            })
            .map_err(|error| error.to_string())?;
        Ok(Self {
            verdict: row.0.finish(),
            survey: row.1,
            log,
        })
    }

    pub(super) const fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// Compares this log with `other`; the error is for a reader.
    pub(super) fn compare(&self, other: &Self, names: &Names<'_>) -> Result<Comparison, String> {
        let comparison = compare::compare(&self.survey, &other.survey, |side, range| {
            let judged = if side == Side::A { self } else { other };
            judged.log.bytes(range)
        });
        match comparison {
            Ok(comparison) => {
                Ok(comparison.judged(self.verdict.judgement, other.verdict.judgement))
            }
            Err(compare::Error::Changed { side, record, line }) => Err(format!(
                "record {record} (line {line}) of {} changed while it was compared",
                names.of(side)
            )),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// What is known of one of two logs, as `--json` prints it.
#[derive(Debug, Serialize)]
pub(super) struct Log {
    path: String,
    verdict: &'static str,
    records: Option<u64>,
    holds_to: Option<u64>,
    head: Option<Digest>,
    error: Option<String>,
}

impl Log {
    pub(super) fn of(path: &str, verdict: Result<&Verdict, &String>) -> Self {
        let error = verdict.err().cloned();
        let verdict = verdict.ok();
        Self {
            path: path.to_owned(),
            verdict: verdict.map_or("unreadable", |verdict| verdict.judgement.as_str()),
            records: verdict.map(|verdict| verdict.records),
            holds_to: verdict.map(|verdict| verdict.holds_to),
            head: verdict.and_then(|verdict| verdict.head),
            error,
        }
    }
}

/// What the two logs are called.
pub(super) struct Names<'n> {
    pub(super) a: &'n str,
    pub(super) b: &'n str,
}

impl Names<'_> {
    pub(super) const fn of(&self, side: Side) -> &str {
        match side {
            Side::A => self.a,
            Side::B => self.b,
        }
    }
}

/// How two logs differ, as `--json` prints it.
#[derive(Debug, Serialize)]
pub(super) struct Members {
    relation: Relation,
    longer: Option<Side>,
    common: u64,
    common_head: Option<Digest>,
    same_bytes: bool,
    counts: Counts,
    differences: Vec<Difference>,
    differences_left_out: u64,
}

impl From<Comparison> for Members {
    fn from(comparison: Comparison) -> Self {
        Self {
            relation: comparison.relation,
            longer: comparison.relation.longer(),
            common: comparison.common,
            common_head: comparison.common_head,
            same_bytes: comparison.same_bytes,
            counts: comparison.counts,
            differences: comparison.differences,
            differences_left_out: comparison.differences_left_out,
        }
    }
}

/// Returns how two logs are related, in a sentence.
pub(super) fn relation(comparison: &Comparison, names: &Names<'_>) -> String {
    let (a, b) = (names.a, names.b);
    let common = comparison.common;
    let said = match comparison.relation {
        Relation::Same => format!("{a} and {b} hold the same {}", records(common)),
        Relation::Continuation(side) | Relation::Longer(side) => {
            continuation(comparison, side, names)
        }
        Relation::Forked => format!(
            "{}each goes on by itself: {a} with {}, {b} with {}",
            same_up_to(common),
            records(comparison.a.records - common),
            records(comparison.b.records - common)
        ),
        Relation::ReSealed => {
            let first = comparison.first_in_content().map_or_else(
                || "no content differs".to_owned(),
                |first| format!("the first content that differs is {}", place(first, names)),
            );
            format!(
                "{}one of them was sealed anew: both chains hold, and from record {} on \
                 they contradict each other; {first}",
                same_up_to(common),
                common + 1
            )
        }
        Relation::Different => format!(
            "{}the first difference is {}",
            same_up_to(common),
            comparison
                .differences
                .first()
                .map_or_else(String::new, |first| place(first, names))
        ),
        Relation::Unrelated => format!("{a} and {b} have no record in common"),
    };
    format!("{said}{}", spelling(comparison))
}

/// The same where one log has more records behind those of the other.
fn continuation(comparison: &Comparison, side: Side, names: &Names<'_>) -> String {
    let common = comparison.common;
    let (longer, shorter, more) = match side {
        Side::A => (names.a, names.b, comparison.a.records - common),
        Side::B => (names.b, names.a, comparison.b.records - common),
    };
    let held = if common == 0 {
        format!("{shorter} is empty, {longer} has {}", records(more))
    } else {
        format!(
            "{longer} holds all of {shorter} ({}) and {more} more",
            records(common)
        )
    };
    if comparison.relation == Relation::Continuation(side) {
        held
    } else {
        format!("{held}, but {longer} is broken, so this is no continuation")
    }
}

/// How the sentence begins about logs that part somewhere.
fn same_up_to(common: u64) -> String {
    match common {
        0 => String::new(),
        _ => format!("the same up to record {common}, then "),
    }
}

/// What is to be said of bytes that differ where records do not.
fn spelling(comparison: &Comparison) -> String {
    let respelled = comparison.counts.respelled;
    if respelled > 0 {
        let are = if respelled == 1 { "is" } else { "are" };
        format!(
            "; {respelled} of them {are} written with other bytes, which changes nothing that was sealed"
        )
    } else if comparison.relation == Relation::Same && !comparison.same_bytes {
        "; the bytes between the records differ".to_owned()
    } else {
        String::new()
    }
}

/// Returns what differs, record by record, in lines.
pub(super) fn lines(comparison: &Comparison, names: &Names<'_>) -> Vec<(Tone, String)> {
    let mut lines = Vec::new();
    for difference in &comparison.differences {
        lines.push((
            tone(comparison, difference),
            format!("{}: {}", place(difference, names), said(difference, names)),
        ));
        if difference.kind == Kind::Altered {
            push_changes(&mut lines, difference);
        }
    }
    let left_out = comparison.differences_left_out;
    if left_out > 0 {
        lines.push((Tone::Bad, plural(left_out, "more difference")));
    }
    lines
}

fn tone(comparison: &Comparison, difference: &Difference) -> Tone {
    let is_expected = matches!(comparison.relation, Relation::Continuation(_));
    match difference.kind {
        _ if is_expected => Tone::Plain,
        Kind::ReSealed => Tone::Odd,
        Kind::Altered | Kind::Reordered | Kind::OnlyA | Kind::OnlyB => Tone::Bad,
    }
}

/// Where a difference is.
fn place(difference: &Difference, names: &Names<'_>) -> String {
    match (difference.a, difference.b) {
        (Some(a), Some(b)) if a.first != b.first => format!(
            "{} of {}, {} of {}",
            numbers(&a),
            names.a,
            numbers(&b),
            names.b
        ),
        (Some(place), _) | (None, Some(place)) => numbers(&place),
        (None, None) => String::new(),
    }
}

fn numbers(place: &Place) -> String {
    if place.first == place.last {
        format!("record {}", place.first)
    } else {
        format!("records {} to {}", place.first, place.last)
    }
}

/// What a difference is.
fn said(difference: &Difference, names: &Names<'_>) -> String {
    let anew = if difference.sealed_anew {
        ", sealed anew"
    } else {
        ""
    };
    match difference.kind {
        Kind::Altered => format!("altered{anew}{}", seals(difference, names)),
        Kind::Reordered => format!("reordered{anew}{}", seals(difference, names)),
        Kind::OnlyA => only(difference, names.a, difference.a),
        Kind::OnlyB => only(difference, names.b, difference.b),
        Kind::ReSealed => "re-sealed, with the same content".to_owned(),
    }
}

/// In which log the seal of a record holds, where it does not in both.
fn seals(difference: &Difference, names: &Names<'_>) -> String {
    let (Some(a), Some(b)) = (difference.a, difference.b) else {
        return String::new();
    };
    let said = |name: &str, place: Place| match place.seal {
        SealState::Holds => format!("holds in {name}"),
        SealState::Fails => format!("fails in {name}"),
        SealState::Refused(code) => format!("none in {name} ({code})"),
    };
    match (a.seal, b.seal) {
        (SealState::Holds, SealState::Holds) => String::new(),
        _ => format!("; seal: {}, {}", said(names.a, a), said(names.b, b)),
    }
}

fn only(difference: &Difference, name: &str, place: Option<Place>) -> String {
    let seal = match place.map(|place| place.seal) {
        Some(SealState::Fails) => "; seal: fails".to_owned(),
        Some(SealState::Refused(code)) => format!("; seal: none ({code})"),
        Some(SealState::Holds) | None => String::new(),
    };
    let same = match difference.duplicate_of {
        Some(record) => format!(", where it is a duplicate of record {record}"),
        None => String::new(),
    };
    format!("only in {name}{same}{seal}")
}

fn push_changes(lines: &mut Vec<(Tone, String)>, difference: &Difference) {
    let mut say = |text: &str| lines.push((Tone::Plain, format!("  {text}")));
    let Some(Changes { content, seal }) = &difference.changes else {
        return say("too many fields differ before this record to list its own");
    };
    if content.count() + seal.count() == 0 {
        return say("the same values, written with other bytes");
    }
    // A seal that was made anew differs everywhere, which says nothing.
    let seal = (!difference.sealed_anew).then_some(seal);
    for list in [Some(content), seal].into_iter().flatten() {
        for change in &list.kept {
            push_change(lines, change);
        }
        if list.left_out > 0 {
            let count = plural(list.left_out, "more field");
            lines.push((Tone::Plain, format!("  {count}")));
        }
    }
}

fn push_change(lines: &mut Vec<(Tone, String)>, change: &Change) {
    let pointer = if change.pointer.is_empty() {
        "the line"
    } else {
        &change.pointer
    };
    for (tone, sign, value) in [(Tone::Bad, '-', &change.a), (Tone::Good, '+', &change.b)] {
        if let Some(value) = value {
            lines.push((tone, format!("  {sign} {pointer}: {value}")));
        }
    }
}

/// Returns how many records there are of each kind, in a line.
pub(super) fn counts(counts: &Counts, names: &Names<'_>) -> String {
    let mut parts = vec![format!("{} the same", counts.same)];
    let kinds = [
        (counts.altered, "altered".to_owned()),
        (counts.reordered, "reordered".to_owned()),
        (counts.re_sealed, "re-sealed".to_owned()),
        (counts.only_a, format!("only in {}", names.a)),
        (counts.only_b, format!("only in {}", names.b)),
    ];
    for (count, kind) in kinds {
        if count > 0 {
            parts.push(format!("{count} {kind}"));
        }
    }
    format!("records: {}", parts.join(", "))
}

/// Returns what is true of one log by itself, in a line.
pub(super) fn standing(name: &str, verdict: &Verdict) -> String {
    let count = records(verdict.records);
    match verdict.judgement {
        Judgement::Broken => match verdict.holds_to {
            0 => {
                format!("{name}: broken, {count}, the chain does not hold from the first record on")
            }
            holds_to => {
                format!("{name}: broken, {count}, the chain holds up to record {holds_to}")
            }
        },
        Judgement::Empty => format!("{name}: empty"),
        Judgement::Intact => format!("{name}: intact, {count}"),
    }
}

fn records(count: u64) -> String {
    plural(count, "record")
}
