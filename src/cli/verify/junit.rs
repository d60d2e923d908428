//! Reports as XML in the manner of `JUnit`, which GitLab, Jenkins and others show as tests.
//!
//! One suite, and one test a log: their lists are of tests, and a log is what passes or fails. They show
//! one failure a test, so a log's findings are the lines of one.

use super::{
    report::{Report, Standing},
    text::{described, summary},
};
use crate::cli::{exit::Exit, out::Out, sanitize::visible};

/// The name of the suite, and the class of each test.
const SUITE: &str = "sealstone verify";

pub(super) fn print(out: &mut Out, reports: &[Report], strict: bool) {
    out.document(&document(reports, strict));
}

fn document(reports: &[Report], strict: bool) -> String {
    let errors = reports.iter().filter(|report| is_error(report)).count();
    let failed = |report: &&Report| report.exit(strict) != Exit::Done;
    let failures = reports.iter().filter(failed).count() - errors;
    let seconds: f64 = reports.iter().map(|report| report.seconds).sum();
    let counts = format!(
        "tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"0\" time=\"{seconds:.3}\"",
        reports.len()
    );
    let tests: String = reports.iter().map(|report| test(report, strict)).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites name=\"{SUITE}\" {counts}>\n  <testsuite name=\"{SUITE}\" {counts}>\n\
         {tests}  </testsuite>\n</testsuites>\n"
    )
}

fn is_error(report: &Report) -> bool {
    report.standing == Standing::Unreadable
}

fn test(report: &Report, strict: bool) -> String {
    let name = escaped(&report.name());
    let (_, verdict) = summary(report);
    let lines = lines(report, &verdict);
    let outcome = if report.exit(strict) == Exit::Done {
        format!("<system-out>{lines}</system-out>")
    } else {
        let element = if is_error(report) { "error" } else { "failure" };
        let kind = report.results();
        let kind = kind.first().map_or("broken", |note| note.rule.code);
        // Of a log that is intact, what keeps it from passing says more than its verdict.
        let nothing = report.nothing.as_ref();
        let nothing = nothing.filter(|_| report.standing == Standing::Intact);
        let message = escaped(&nothing.map_or(verdict, described));
        format!("<{element} type=\"{kind}\" message=\"{message}\">{lines}</{element}>")
    };
    format!(
        "    <testcase name=\"{name}\" classname=\"{SUITE}\" file=\"{name}\" time=\"{:.3}\">\n      \
         {outcome}\n    </testcase>\n",
        report.seconds
    )
}

fn lines(report: &Report, verdict: &str) -> String {
    let notes = report.notes.iter().chain(&report.explained.notes);
    let notes = notes.map(described);
    let left_out = report.results_left_out().into_iter();
    let lines = notes.chain(left_out).chain([verdict.to_owned()]);
    let nothing = report.nothing.iter().map(described);
    let lines: Vec<String> = lines.chain(nothing).collect();
    let lines: Vec<String> = lines.iter().map(|line| escaped(line)).collect();
    lines.join("\n")
}

/// Returns text for an attribute or an element, with what XML 1.0 cannot hold (section 2.2) spelled out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&apos;",
            // Every other character that is not allowed is a control, which is visible by now.
            '\u{FFFE}' | '\u{FFFF}' => escaped.extend(c.escape_unicode()),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_becomes_one_that_xml_allows() {
        for c in '\0'..=char::MAX {
            let text = escaped(&c.to_string());
            let allowed = |c: char| {
                matches!(c, ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..) && c != '<'
            };
            assert!(text.chars().all(allowed), "{c:?}");
        }
        assert_eq!(
            escaped("]]>\u{0}<&\"'"),
            "]]&gt;\\u{0}&lt;&amp;&quot;&apos;"
        );
    }
}
