//! Reports as lines for people: a log's findings and its verdict, or a folder's logs in a table.

use super::{
    note::Note,
    report::{Line, Report, Standing},
};
use crate::cli::out::{Out, Tone};

/// Prints a log's findings, what else is known of them, and its verdict. `several` puts its name before each finding.
pub(super) fn log(out: &mut Out, report: &Report, several: bool) {
    let name = report.name();
    if let Some(error) = &report.error {
        return unreadable(out, &name, error);
    }
    notes(out, report, if several { &name } else { "" });
    let (tone, text) = summary(report);
    out.line(tone, format!("{name}: {text}"));
    if let Some(note) = &report.nothing {
        out.line(Tone::Odd, format!("{name}: {}", described(note)));
    }
    for Line { tone, text } in &report.remarks {
        out.line(*tone, format!("{name}: {text}"));
    }
}

/// Prints the logs below a folder: what is wrong with them, then a line each, then a line over all.
pub(super) fn folder(out: &mut Out, reports: &[Report]) {
    if let [report] = reports
        && report.standing == Standing::Empty
        && report.path.is_dir()
    {
        let name = report.name();
        return out.line(
            Tone::Odd,
            format!("{name}: empty: no log below this folder, so there is nothing to attest"),
        );
    }
    for report in reports {
        notes(out, report, &report.name());
    }
    let rows: Vec<[String; COLUMNS]> = reports.iter().map(row).collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].len());
        cells.chain([HEADINGS[column].len()]).max().unwrap_or(0)
    };
    let widths: [usize; COLUMNS] = std::array::from_fn(width);
    out.line(Tone::Plain, laid_out(&HEADINGS.map(str::to_owned), &widths));
    for (report, row) in reports.iter().zip(&rows) {
        if let (Some(error), true) = (&report.error, out.is_quiet()) {
            unreadable(out, &report.name(), error);
        }
        out.line(tone(report), laid_out(row, &widths));
    }
    out.line(Tone::Plain, total(reports));
}

fn unreadable(out: &mut Out, name: &str, error: &str) {
    let text = format!("{name}: unreadable: {error}");
    if out.is_quiet() {
        out.error(&anyhow::anyhow!(text));
    } else {
        out.line(Tone::Bad, text);
    }
}

/// Prints findings, and what goes with them.
fn notes(out: &mut Out, report: &Report, name: &str) {
    let prefix = if name.is_empty() {
        String::new()
    } else {
        format!("{name}: ")
    };
    for note in &report.notes {
        let tone = if note.is_error() {
            Tone::Bad
        } else {
            Tone::Odd
        };
        let text = format!("{prefix}{}", described(note));
        if note.rule.is_failure() && out.is_quiet() {
            out.error(&anyhow::Error::msg(text.clone()));
        }
        out.line(tone, text);
    }
    for text in report.left_out() {
        out.line(Tone::Odd, format!("{prefix}{text}"));
    }
    for Line { tone, text } in &report.details {
        out.line(*tone, format!("{prefix}{text}"));
    }
}

/// Returns a note in one line, its place first.
pub(in crate::cli) fn described(note: &Note) -> String {
    let record = note.record.map(|record| format!("record {record}: "));
    let kind = if note.is_error() { "" } else { "warning: " };
    let place = note
        .pointer
        .as_deref()
        .filter(|pointer| !pointer.is_empty());
    let place = place.map(|pointer| format!(" at {pointer}"));
    format!(
        "{}{kind}{}{}: {}",
        record.unwrap_or_default(),
        note.rule.code,
        place.unwrap_or_default(),
        note.message
    )
}

/// Returns the verdict in one line.
pub(in crate::cli) fn summary(report: &Report) -> (Tone, String) {
    let records = plural(report.records.unwrap_or_default(), "record");
    let text = match report.standing {
        Standing::Empty => "empty: no record, so there is nothing to attest".to_owned(),
        Standing::Unreadable => {
            let error = report.error.as_deref().unwrap_or_default();
            format!("unreadable: {error}")
        }
        Standing::Intact => {
            let head = report.head.map(|head| head.to_string());
            let head = head.unwrap_or_default();
            format!(
                "intact: {records}, unaltered and in order up to head {head}; \
                 this proves integrity, not that everything was recorded or that no end was cut off"
            )
        }
        Standing::Broken => {
            let findings = plural(report.finding_count(), "finding");
            format!("broken: {findings} in {records}; {}", what_holds(report))
        }
    };
    (tone(report), text)
}

fn what_holds(report: &Report) -> String {
    match report.first_break {
        Some(_) if report.holds_to == 0 => {
            "the chain does not hold from the first record on".to_owned()
        }
        Some(_) => format!(
            "the chain holds up to record {}, and nothing after it can be proven",
            report.holds_to
        ),
        None if report.findings().all(|finding| finding.rule.is_outside()) => {
            "the log holds by itself".to_owned()
        }
        None => "the links hold, but not every line is a sound record".to_owned(),
    }
}

fn tone(report: &Report) -> Tone {
    match report.standing {
        Standing::Broken | Standing::Unreadable => Tone::Bad,
        Standing::Empty => Tone::Odd,
        Standing::Intact => Tone::Good,
    }
}

pub(in crate::cli) fn plural(count: u64, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{s}")
}

/// The columns of a folder's table, the path last because it may hold anything.
const HEADINGS: [&str; COLUMNS] = [
    "verdict",
    "records",
    "findings",
    "warnings",
    "first break",
    "head",
    "path",
];

const COLUMNS: usize = 7;

/// How much of a head the table shows.
const HEAD_DIGITS: usize = 16;

fn row(report: &Report) -> [String; COLUMNS] {
    let number =
        |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
    let counted = |count: u64| number(report.records.map(|_| count));
    let head = report.head.map(|head| head.to_string());
    let name = report.name();
    [
        report.standing.as_str().to_owned(),
        number(report.records),
        counted(report.finding_count()),
        counted(report.warning_count()),
        number(report.first_break),
        head.map_or_else(|| "-".to_owned(), |head| head[..HEAD_DIGITS].to_owned()),
        match &report.error {
            Some(error) => format!("{name}: {error}"),
            None => name,
        },
    ]
}

fn laid_out(cells: &[String; COLUMNS], widths: &[usize; COLUMNS]) -> String {
    let [verdict, numbers @ .., head, path] = cells;
    let aligned = numbers.iter().zip(&widths[1..]);
    let numbers: Vec<String> = aligned
        .map(|(number, width)| format!("{number:>width$}"))
        .collect();
    let numbers = numbers.join("  ");
    let [verdict_width, .., head_width, _] = widths;
    format!("{verdict:<verdict_width$}  {numbers}  {head:<head_width$}  {path}")
}

fn total(reports: &[Report]) -> String {
    let count = |standing| {
        let alike = reports.iter().filter(|report| report.standing == standing);
        format!("{} {}", alike.count(), Standing::as_str(standing))
    };
    let records = reports.iter().filter_map(|report| report.records).sum();
    let bytes: u64 = reports.iter().map(|report| report.bytes).sum();
    format!(
        "{}: {}, {}, {}, {}; {}, {}",
        plural(reports.len() as u64, "log"),
        count(Standing::Intact),
        count(Standing::Broken),
        count(Standing::Empty),
        count(Standing::Unreadable),
        plural(records, "record"),
        indicatif::BinaryBytes(bytes),
    )
}
