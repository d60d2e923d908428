//! Reports as XML in the manner of `JUnit`, which GitLab, Jenkins and others show as tests.
//!
//! One suite, and one test a log: their lists are of tests, and a log is what passes or fails. They show
//! one failure a test, so a log's findings are the lines of one. [`suite`] writes tests of any kind.

use super::{
    report::{Report, Standing},
    text::{described, summary},
};
use crate::cli::{exit::Exit, out::Out, sanitize::visible};

/// The name of the suite, and the class of each test.
const SUITE: &str = "sealstone verify";

pub(super) fn print(out: &mut Out, reports: &[Report], strict: bool) {
    let cases: Vec<Case> = reports.iter().map(|report| case(report, strict)).collect();
    out.document(&suite(SUITE, &cases));
}

/// A test. Its texts may be hostile.
pub(in crate::cli) struct Case {
    pub(in crate::cli) name: String,
    /// The log that it is about.
    pub(in crate::cli) file: String,
    pub(in crate::cli) seconds: f64,
    pub(in crate::cli) end: End,
    pub(in crate::cli) lines: Vec<String>,
}

/// How a test ended. What did not pass has a kind, which is one of our codes, and a message.
pub(in crate::cli) enum End {
    Error(&'static str, String),
    Failed(&'static str, String),
    Passed,
    Skipped(String),
}

/// Returns a document with one suite.
pub(in crate::cli) fn suite(suite: &str, cases: &[Case]) -> String {
    let count = |is: fn(&End) -> bool| cases.iter().filter(|case| is(&case.end)).count();
    let seconds: f64 = cases.iter().map(|case| case.seconds).sum();
    let counts = format!(
        "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{seconds:.3}\"",
        cases.len(),
        count(|end| matches!(end, End::Failed(..))),
        count(|end| matches!(end, End::Error(..))),
        count(|end| matches!(end, End::Skipped(_))),
    );
    let tests: String = cases.iter().map(|case| test(suite, case)).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites name=\"{suite}\" {counts}>\n  <testsuite name=\"{suite}\" {counts}>\n\
         {tests}  </testsuite>\n</testsuites>\n"
    )
}

fn test(suite: &str, case: &Case) -> String {
    let lines: Vec<String> = case.lines.iter().map(|line| escaped(line)).collect();
    let lines = lines.join("\n");
    let bad = |element: &str, kind: &str, message: &str| {
        let message = escaped(message);
        format!("<{element} type=\"{kind}\" message=\"{message}\">{lines}</{element}>")
    };
    let end = match &case.end {
        End::Error(kind, message) => bad("error", kind, message),
        End::Failed(kind, message) => bad("failure", kind, message),
        End::Passed => format!("<system-out>{lines}</system-out>"),
        End::Skipped(message) => format!("<skipped message=\"{}\"/>", escaped(message)),
    };
    format!(
        "    <testcase name=\"{}\" classname=\"{suite}\" file=\"{}\" time=\"{:.3}\">\n      \
         {end}\n    </testcase>\n",
        escaped(&case.name),
        escaped(&case.file),
        case.seconds
    )
}

pub(in crate::cli) fn case(report: &Report, strict: bool) -> Case {
    let (_, verdict) = summary(report);
    let lines = lines(report, &verdict);
    let end = if report.exit(strict) == Exit::Done {
        End::Passed
    } else {
        let kind = report.results();
        let kind = kind.first().map_or("broken", |note| note.rule.code);
        // Of a log that is intact, what keeps it from passing says more than its verdict.
        let nothing = report.nothing.as_ref();
        let nothing = nothing.filter(|_| report.standing == Standing::Intact);
        let message = nothing.map_or(verdict, described);
        if report.standing == Standing::Unreadable {
            End::Error(kind, message)
        } else {
            End::Failed(kind, message)
        }
    };
    Case {
        name: report.name(),
        file: report.name(),
        seconds: report.seconds,
        end,
        lines,
    }
}

fn lines(report: &Report, verdict: &str) -> Vec<String> {
    let notes = report.notes.iter().chain(&report.explained.notes);
    let notes = notes.map(described);
    let left_out = report.results_left_out().into_iter();
    let lines = notes.chain(left_out).chain([verdict.to_owned()]);
    let nothing = report.nothing.iter().map(described);
    lines.chain(nothing).collect()
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
