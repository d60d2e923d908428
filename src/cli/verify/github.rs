//! Reports as workflow commands, which GitHub Actions shows beside the lines of a log.
//!
//! A command is a line of the step's output: `::error file=a.jsonl,line=3,title=hash-mismatch::what is wrong`.
//! The runner takes any line for a command that begins with `::`, or, in the older way, has `##[` in it. So no
//! line that is printed here begins with anything but our own words, and none has `##[`.

use super::{
    address,
    note::{Level, Note},
    report::Report,
    text::summary,
};
use crate::cli::{
    out::{Out, Tone},
    sanitize::visible,
};

pub(in crate::cli) fn print(out: &mut Out, reports: &[Report], strict: bool) {
    for report in reports {
        for note in report.results() {
            out.line(Tone::Plain, command(report, &note, strict));
        }
        for text in report.results_left_out() {
            out.line(Tone::Plain, said(report, &text));
        }
        out.line(Tone::Plain, said(report, &summary(report).1));
    }
}

/// Returns a line about a log that is no command.
pub(in crate::cli) fn said(report: &Report, text: &str) -> String {
    harmless(&format!("sealstone: {}: {text}", report.name()))
}

fn command(report: &Report, note: &Note, strict: bool) -> String {
    let name = match note.rule.level {
        Level::Warning if !strict => "warning",
        Level::Error | Level::Warning => "error",
    };
    let mut properties = Vec::new();
    if report.path.as_os_str() != "-" {
        let path = address::in_repository(&report.path);
        properties.push(format!("file={}", property(&path.to_string_lossy())));
    }
    properties.extend(note.line.map(|line| format!("line={line}")));
    properties.push(format!("title={}", property(note.rule.code)));
    harmless(&format!(
        "::{name} {}::{}",
        properties.join(","),
        data(&note.placed())
    ))
}

/// Escapes a message as the runner reads it.
fn data(text: &str) -> String {
    visible(text)
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escapes the value of a property as the runner reads it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Takes the older kind of command out of a line.
fn harmless(line: &str) -> String {
    line.replace("##[", "##\\u{5b}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_as_the_runner_reads_them() {
        assert_eq!(data("100 %: a,b\r\n"), "100 %25: a,b\\u{d}\\u{a}");
        assert_eq!(property("a:b,c%"), "a%3Ab%2Cc%25");
        assert_eq!(harmless("x ##[add-mask]y"), "x ##\\u{5b}add-mask]y");
    }
}
