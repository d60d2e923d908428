//! What the writer of a page says of it, for the script to hold the records against.

use serde::Serialize;

use super::completeness::Witness;
use crate::digest::Digest;

/// The schema of the statement.
const FORMAT: &str = "sealstone.report/1";

/// The statement, as JSON in the page (FORMAT.md, "Report page").
#[derive(Debug, Serialize)]
pub(super) struct Statement<'a> {
    format: &'static str,
    version: &'static str,
    /// The log's file name.
    pub(super) log: &'a str,
    /// How many records are in the page.
    pub(super) records: u64,
    /// The hash of the first of them, and of the last.
    pub(super) root: Option<Digest>,
    pub(super) head: Digest,
    pub(super) window: Option<WindowStatement>,
    pub(super) expected_subject: Option<&'a str>,
    pub(super) policy: Option<PolicyStatement<'a>>,
    pub(super) unresolved: UnresolvedStatement<'a>,
    /// None if no witness was named.
    pub(super) witness: Option<&'a Witness>,
}

impl<'a> Statement<'a> {
    pub(super) fn new(log: &'a str, head: Digest, unresolved: UnresolvedStatement<'a>) -> Self {
        Self {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION"),
            log,
            records: 0,
            root: None,
            head,
            window: None,
            expected_subject: None,
            policy: None,
            unresolved,
            witness: None,
        }
    }

    /// Returns it as text for a script element, which ends at the first `</script` and knows no escapes but JSON's.
    pub(super) fn embedded(&self) -> String {
        let text = serde_json::to_string(self).expect("it holds nothing that JSON cannot");
        text.replace('<', "\\u003c")
    }
}

/// Which part of a log is in the page.
#[derive(Debug, Clone, Serialize)]
pub(super) struct WindowStatement {
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
    /// The first and the last record in the page, from 1, and how many the log has.
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) total: u64,
    /// The hash of the record before the first.
    pub(super) anchor: Digest,
    /// The head of the whole log, if it is intact.
    pub(super) log_head: Option<Digest>,
    /// How many findings there are outside of the page, and the first record of one.
    pub(super) findings_elsewhere: u64,
    pub(super) first_elsewhere: Option<u64>,
}

/// A policy, and what became of it.
#[derive(Debug, Serialize)]
pub(super) struct PolicyStatement<'a> {
    pub(super) name: &'a str,
    pub(super) sha256: Digest,
    /// The file's text, which the script reads and holds against the records again.
    pub(super) text: &'a str,
}

/// What did not join (FORMAT.md, "Unresolved calls").
#[derive(Debug, Serialize)]
pub(super) struct UnresolvedStatement<'a> {
    pub(super) total: u64,
    pub(super) entries: Vec<UnresolvedEntry<'a>>,
}

/// One call that did not join.
#[derive(Debug, Serialize)]
pub(super) struct UnresolvedEntry<'a> {
    pub(super) record: u64,
    pub(super) kind: &'static str,
    /// Whether it has an id, by which the script finds it too.
    pub(super) has_id: bool,
    pub(super) meaning: &'a str,
}
