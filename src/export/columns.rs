//! The columns, each with where its cells come from.
//!
//! Names and order are the reference's. What a column says of itself goes into the manifest, in our words.

use std::borrow::Cow;

use crate::json::{Object, Value};

/// A column of the table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// Who says what stands in it.
    pub source: Source,
    /// What an empty cell means; `never` if there is none.
    pub blank: &'static str,
    /// What a reader has to know.
    pub note: Option<&'static str>,
    cell: Of,
}

/// Who says what stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// What was observed, or given to the recorder, in its own words.
    Declared,
    /// The recorder, which made it of what it was given.
    Recorder,
}

impl Source {
    /// Returns the word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Recorder => "recorder",
        }
    }
}

/// What a record has for a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell<'a> {
    /// Nothing.
    Absent,
    /// Yes or no.
    Flag(bool),
    /// Several texts.
    List(Vec<&'a str>),
    /// A short text of arguments or results, which some recorders write as a literal of Python's.
    Summary(&'a str),
    /// A text.
    Text(Cow<'a, str>),
}

/// How a cell comes about.
#[derive(Debug, Clone, Copy)]
enum Of {
    Agent,
    CrossRegion,
    /// The texts under a key of the objects in a list.
    Each(&'static [&'static str], &'static str),
    List(&'static [&'static str]),
    Principal,
    Source,
    Summary(&'static [&'static str]),
    Text(&'static [&'static str]),
}

impl Column {
    /// Returns what a record has for it.
    pub fn cell<'a>(&self, record: &'a Object) -> Cell<'a> {
        match self.cell {
            Of::Agent => agent(record),
            Of::CrossRegion => cross_region(record),
            Of::Each(path, key) => each(record, path, key),
            Of::List(path) => list(record, path),
            Of::Principal => principal(record),
            Of::Source => source(record),
            Of::Summary(path) => text(record, path).map_or(Cell::Absent, Cell::Summary),
            Of::Text(path) => text(record, path).into(),
        }
    }

    /// Whether its cells are lists.
    pub const fn is_list(&self) -> bool {
        matches!(self.cell, Of::Each(..) | Of::List(_))
    }

    /// Whether its cells are yes or no.
    pub const fn is_flag(&self) -> bool {
        matches!(self.cell, Of::CrossRegion)
    }

    const fn noted(self, note: &'static str) -> Self {
        Self {
            note: Some(note),
            ..self
        }
    }
}

impl<'a> From<Option<&'a str>> for Cell<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Self::Absent, |text| Self::Text(text.into()))
    }
}

const fn declared(name: &'static str, cell: Of, blank: &'static str) -> Column {
    Column {
        name,
        source: Source::Declared,
        blank,
        note: None,
        cell,
    }
}

const fn recorder(name: &'static str, cell: Of, blank: &'static str) -> Column {
    Column {
        source: Source::Recorder,
        ..declared(name, cell, blank)
    }
}

const NOT_GIVEN: &str = "not given";
const NEVER: &str = "never";

/// The columns in their order.
pub const COLUMNS: &[Column] = &[
    recorder("ts", Of::Text(&["ts"]), NEVER).noted(
        "by the clock of the machine that recorded; nobody else vouches for it (chain.ts_source)",
    ),
    recorder("action_type", Of::Text(&["action", "type"]), NEVER),
    recorder("category", Of::Text(&["action", "category"]), NEVER),
    recorder("tool", Of::Text(&["action", "tool"]), "the record names no tool"),
    recorder(
        "action_summary",
        Of::Summary(&["action", "input", "summary"]),
        "the record has no arguments",
    )
    .noted("shortened and masked when it was recorded; the arguments themselves are not in the log"),
    declared("outcome", Of::Text(&["outcome", "status"]), "the record has no outcome"),
    declared(
        "outcome_summary",
        Of::Summary(&["outcome", "summary"]),
        "the outcome has no summary",
    ),
    declared("subject", Of::Text(&["subject", "id"]), "the record is of no subject"),
    declared("subject_name", Of::Text(&["subject", "name"]), NOT_GIVEN),
    declared("principal", Of::Principal, NOT_GIVEN),
    declared("agent", Of::Agent, NOT_GIVEN),
    declared("agent_version", Of::Text(&["agent", "version"]), NOT_GIVEN),
    declared("model", Of::Text(&["agent", "model"]), NOT_GIVEN),
    declared("model_version", Of::Text(&["agent", "model_version"]), NOT_GIVEN),
    declared(
        "decision",
        Of::Text(&["action", "authorization", "decision"]),
        "no gate said anything",
    )
    .noted("only what a producer said; nothing is assumed where it said nothing"),
    declared(
        "approver",
        Of::Text(&["action", "authorization", "approver"]),
        "no approver named",
    )
    .noted("a name as it was given, which nobody compared with an identity"),
    declared("scope", Of::Text(&["action", "authorization", "scope"]), NOT_GIVEN),
    declared(
        "authority_snapshot",
        Of::Text(&["authority", "snapshot_id"]),
        "no snapshot of the authority was recorded",
    ),
    declared(
        "verification_status",
        Of::Text(&["verification", "status"]),
        "no gate claims to have checked",
    )
    .noted("allowed, blocked, modified or unverified, in the words of the gate; the recorder repeats it"),
    declared("verification_verifier", Of::Text(&["verification", "verifier"]), NOT_GIVEN),
    declared(
        "verification_policy_ref",
        Of::Text(&["verification", "policy_ref"]),
        NOT_GIVEN,
    ),
    declared(
        "verification_checked_at",
        Of::Text(&["verification", "checked_at"]),
        NOT_GIVEN,
    ),
    recorder("severity", Of::Text(&["severity"]), "nothing was found")
        .noted("the highest of what the scan for secrets found, and no measure of risk"),
    recorder("findings", Of::Each(&["findings"], "type"), "nothing was found"),
    declared("threats", Of::Each(&["threats"], "type"), "none reported"),
    recorder("pii_types", Of::List(&["data", "pii_types"]), "none found"),
    declared("region", Of::Text(&["data", "region"]), NOT_GIVEN),
    declared("cross_region", Of::CrossRegion, "not given, which is not `false`"),
    declared("purpose", Of::Text(&["data", "purpose"]), NOT_GIVEN),
    declared("source", Of::Source, "the record does not say what recorded it").noted(
        "capture:adapter: captured where it happened, or ingested from what another program reported; \
         the producer's own claim",
    ),
    declared("session_id", Of::Text(&["session_id"]), NEVER),
    recorder("record_id", Of::Text(&["record_id"]), NEVER),
    declared("parent_id", Of::Text(&["parent_id"]), "no record caused it"),
    recorder(
        "input_hash",
        Of::Text(&["action", "input", "hash"]),
        "the record has no arguments",
    )
    .noted("SHA-256 of the arguments' canonical form, or of a simpler form if they have none"),
    recorder("prev_hash", Of::Text(&["integrity", "prev_hash"]), NEVER),
    recorder("hash", Of::Text(&["integrity", "hash"]), NEVER),
];

/// What is said of for whom an agent acts, in the order in which it is written.
pub(super) const PRINCIPAL: &[&str] = &["human_id", "creator_id", "service_account", "role_scope"];

fn at<'a>(record: &'a Object, path: &[&str]) -> Option<&'a Value> {
    let (last, objects) = path.split_last()?;
    let object = objects
        .iter()
        .try_fold(record, |object, key| object.object(key))?;
    object.get(last)
}

pub(super) fn text<'a>(record: &'a Object, path: &[&str]) -> Option<&'a str> {
    at(record, path)?.as_str()
}

fn items<'a>(record: &'a Object, path: &[&str]) -> impl Iterator<Item = &'a Value> {
    let items = at(record, path).and_then(Value::as_array);
    items.into_iter().flatten()
}

fn list<'a>(record: &'a Object, path: &[&str]) -> Cell<'a> {
    listed(items(record, path).filter_map(Value::as_str))
}

fn each<'a>(record: &'a Object, path: &[&str], key: &str) -> Cell<'a> {
    listed(items(record, path).filter_map(|item| item.as_object()?.str(key)))
}

fn listed<'a>(texts: impl Iterator<Item = &'a str>) -> Cell<'a> {
    let texts: Vec<&str> = texts.collect();
    if texts.is_empty() {
        Cell::Absent
    } else {
        Cell::List(texts)
    }
}

fn agent(record: &Object) -> Cell<'_> {
    let name = text(record, &["agent", "name"]).filter(|name| !name.is_empty());
    name.or_else(|| text(record, &["agent", "id"])).into()
}

fn principal(record: &Object) -> Cell<'_> {
    let Some(principal) = record.object("principal") else {
        return Cell::Absent;
    };
    let said = PRINCIPAL.iter().filter_map(|key| {
        let value = principal.str(key).filter(|value| !value.is_empty())?;
        Some(format!("{key}={value}"))
    });
    let said: Vec<String> = said.collect();
    Cell::Text(said.join("; ").into())
}

fn cross_region(record: &Object) -> Cell<'_> {
    match at(record, &["data", "cross_region"]) {
        None | Some(Value::Null) => Cell::Absent,
        Some(value) => Cell::Flag(!value.is_empty_like()),
    }
}

fn source(record: &Object) -> Cell<'_> {
    let Some(source) = record.object("source") else {
        return Cell::Absent;
    };
    let [capture, adapter] = ["capture", "adapter"].map(|key| source.str(key).unwrap_or_default());
    Cell::Text(format!("{capture}:{adapter}").into())
}
