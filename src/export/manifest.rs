//! What an export is of, as a document that goes with it: members and order are the reference's.

use super::{
    columns::{COLUMNS, Column},
    select::{Census, Selection},
};
use crate::{
    digest::Digest,
    json::{Number, Object, Value},
    witness,
};

/// What a manifest is made of.
#[derive(Debug)]
pub struct Facts<'a> {
    /// When it was made; none where the same log must give the same bytes.
    pub generated_at: Option<String>,
    /// The name of the log, without its folder.
    pub source_log: String,
    /// Of the log's bytes.
    pub source_log_sha256: Digest,
    /// Which records are meant.
    pub selection: &'a Selection,
    /// What is said of them.
    pub census: &'a Census,
    /// What the rows were written to.
    pub contents: Contents,
    /// How many records the log has.
    pub total_records: u64,
    /// The hash of its last record.
    pub head: Digest,
    /// Whose records alone were expected.
    pub expected_subject: Option<String>,
    /// What is known of what is missing.
    pub completeness: Completeness,
}

/// What was written of the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contents {
    /// A table as text.
    Csv(Digest),
    /// The records as they stand in the log.
    Lines(Digest),
    /// A table in a Parquet file.
    Parquet(Digest),
}

/// Whether records are missing at the end, or the chain is another one: what a witness says.
///
/// This is the one place that the members `witness` and `completeness` come from.
#[derive(Debug, Clone)]
pub struct Completeness {
    /// Who was asked.
    pub witness: Value,
    /// What came of it.
    pub completeness: Object,
}

impl Completeness {
    /// Nobody was asked.
    pub fn not_checked() -> Self {
        let note = "nobody was asked who keeps the head elsewhere, so records that were cut off at the end, or a \
                    chain that was written anew as a whole, would not show here";
        Self {
            witness: Value::Null,
            completeness: Object::from_iter([("status", "NOT_CHECKED"), ("note", note)]),
        }
    }

    /// A witness was asked, and what it has does not contradict the log.
    pub fn witnessed(by: WitnessName<'_>, completeness: &witness::Completeness) -> Self {
        let note = "completeness is independent of the log's owner only if nobody of the owner's runs this witness";
        let (kind, key, name) = match by {
            WitnessName::File(name) => ("local", "path", name),
            WitnessName::Url(url) => ("url", "url", url),
        };
        let checkpoints = i64::try_from(completeness.witnessed).unwrap_or(i64::MAX);
        let mut witness = Object::new();
        witness.insert("kind", kind);
        witness.insert(key, name);
        witness.insert("checkpoints", Value::Number(Number::Integer(checkpoints)));
        witness.insert("operator_note", note);
        let mut of_log = Object::new();
        of_log.insert("status", completeness.standing.word());
        of_log.insert("detail", completeness.to_value());
        Self {
            witness: Value::Object(witness),
            completeness: of_log,
        }
    }
}

/// What a witness is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WitnessName<'a> {
    /// A file of this name, without its folder.
    File(&'a str),
    /// The one at this address.
    Url(&'a str),
}

const TS_SOURCE: &str = "declared: each ts is what the clock of the recording machine said, sealed as it was written. \
                         Nobody else vouches for it; only a checkpoint of a witness with an RFC 3161 token proves a \
                         time.";

const INVISIBLE: &str = "these fields hold characters that nobody sees, so cells that look the same may differ. The \
                         table has them as they were recorded; here each is spelled out as \u{27E8}U+XXXX\u{27E9}. A \
                         policy compares them without these characters.";

/// Returns the manifest.
pub fn manifest(facts: &Facts<'_>) -> Object {
    let census = facts.census;
    let mut manifest = Object::new();
    manifest.insert("generated_at", optional(facts.generated_at.as_deref()));
    manifest.insert(
        "producer_version",
        concat!("sealstone ", env!("CARGO_PKG_VERSION")),
    );
    manifest.insert("source_log", facts.source_log.as_str());
    manifest.insert("source_log_sha256", facts.source_log_sha256.to_string());
    let (digest, name) = match facts.contents {
        Contents::Csv(digest) => (digest, "csv_sha256"),
        Contents::Lines(digest) => (digest, "jsonl_sha256"),
        Contents::Parquet(digest) => (digest, "parquet_sha256"),
    };
    if name != "jsonl_sha256" {
        let columns = COLUMNS
            .iter()
            .map(|column| (column.name, described(column)));
        manifest.insert("columns", columns.collect::<Object>());
    }
    manifest.insert("window", window(facts));
    manifest.insert("tool_filter", tool_filter(facts.selection));
    manifest.insert("window_records", number(census.chosen));
    if census.undated > 0 {
        manifest.insert("undated_records", number(census.undated));
    }
    manifest.insert(name, digest.to_string());
    manifest.insert("chain", chain(facts));
    manifest.insert("subject", subject(facts));
    manifest.insert("witness", facts.completeness.witness.clone());
    manifest.insert("completeness", facts.completeness.completeness.clone());
    if census.invisible_fields > 0 {
        manifest.insert("invisible_identifiers", invisible(census));
    }
    manifest
}

fn described(column: &Column) -> Object {
    let mut described =
        Object::from_iter([("source", column.source.as_str()), ("blank", column.blank)]);
    if let Some(note) = column.note {
        described.insert("note", note);
    }
    described
}

fn window(facts: &Facts<'_>) -> Object {
    let (window, census) = (&facts.selection.window, facts.census);
    let mut said = Object::new();
    said.insert("from", optional(window.from().as_deref()));
    said.insert("to", optional(window.to().as_deref()));
    if census.chosen > 0 {
        let ([first_ts, first_id], [last_ts, last_id]) = (&census.first, &census.last);
        said.insert("first_ts", optional(first_ts.as_deref()));
        said.insert("last_ts", optional(last_ts.as_deref()));
        said.insert("first_record_id", optional(first_id.as_deref()));
        said.insert("last_record_id", optional(last_id.as_deref()));
    }
    said
}

fn tool_filter(selection: &Selection) -> Value {
    match &selection.tools {
        None => Value::Null,
        Some(tools) => tools.names().map(Value::from).collect::<Vec<_>>().into(),
    }
}

fn chain(facts: &Facts<'_>) -> Object {
    let mut chain = Object::new();
    chain.insert("total_records", number(facts.total_records));
    chain.insert("head_hash", facts.head.to_string());
    chain.insert("verified", true);
    chain.insert("verified_scope", "integrity_relative_to_head");
    chain.insert("ts_source", TS_SOURCE);
    chain
}

fn subject(facts: &Facts<'_>) -> Object {
    let subjects = &facts.census.subjects;
    let mut subject = Object::new();
    subject.insert("ids", subjects.iter().map(optional).collect::<Vec<_>>());
    if subjects.left_out > 0 {
        subject.insert("records_of_others", number(subjects.left_out));
    }
    subject.insert("expected", optional(facts.expected_subject.as_deref()));
    subject
}

fn invisible(census: &Census) -> Object {
    let fields = census.invisible.iter().map(|(id, invisible)| {
        let mut field = Object::new();
        field.insert("record_id", optional(id.as_deref()));
        field.insert("field", invisible.field.as_str());
        field.insert("shown", invisible.shown.as_str());
        Value::from(field)
    });
    let fields: Vec<Value> = fields.collect();
    let mut said = Object::new();
    said.insert("note", INVISIBLE);
    said.insert("count", number(census.invisible_fields));
    said.insert("fields", fields);
    said
}

fn optional(text: Option<&str>) -> Value {
    text.map_or(Value::Null, Value::from)
}

fn number(count: u64) -> Value {
    i64::try_from(count).unwrap_or(i64::MAX).into()
}
