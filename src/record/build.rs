//! From a draft to a record: hash, mask, put in order. Sealing it is [`crate::chain`]'s.

use std::{cmp::Reverse, collections::HashSet};

use super::{
    draft::{Draft, subject_id},
    fields::Severity,
    outcome, source,
};
use crate::{
    input_hash::input_hash,
    json::{Object, Text, Value},
    redact::{self, Finding, Rule},
};

/// How many characters of a summary are kept.
const MAX_SUMMARY_CHARS: usize = 200;
/// How many findings a record lists.
const MAX_FINDINGS: usize = 1000;
/// How many characters of a finding's sample are kept.
const MAX_SAMPLE_CHARS: usize = 120;

/// Kinds of findings that are personal data, as `data.pii_types` lists them.
const PERSONAL: &[&str] = &["credit_card", "email", "iban", "phone", "ssn"];

/// Fields in the order in which the reference stores them; others follow in the draft's order.
const ORDER: &[&str] = &[
    "subject",
    "principal",
    "parent_id",
    "source",
    "authority",
    "threats",
    "verification",
    "data",
    "outcome",
];

/// Whether masked summaries of inputs and outputs are kept beside their hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Summaries {
    /// Only hashes are kept.
    HashOnly,
    /// Masked summaries are kept.
    #[default]
    Keep,
}

/// A record that lacks only what is known under the log's lock: its id, its time and its seal.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    record: Object,
}

impl Prepared {
    /// Hashes and masks a draft. This is the slow part of recording, and needs no lock.
    pub fn new(draft: Draft, summaries: Summaries) -> Self {
        let Draft {
            mut fields,
            input,
            output,
        } = draft;
        let mut findings = Vec::new();
        let input_block = input.map(|input| {
            findings.extend(redact::scan(&input));
            hashed_input(&input, summaries)
        });
        if let Some(output) = &output {
            findings.extend(redact::scan(output));
            add_output(&mut fields, output);
        }
        findings.extend(mask_given_summary(&mut fields));
        if let Some(authority) = fields.get_mut("authority") {
            redact::mask_authority(authority);
        }
        findings.extend(redact::scrub(&mut fields));
        if let Some(block) = input_block
            && let Some(Value::Object(action)) = fields.get_mut("action")
        {
            action.insert("input", block);
        }
        if summaries == Summaries::HashOnly {
            drop_summaries(&mut fields);
            redact::pseudonymize(&mut fields);
        }
        let findings = join(take_findings(&mut fields), findings);
        add_personal_types(&mut fields, &findings);
        Self {
            record: in_order(fields, &findings, summaries),
        }
    }

    /// Prepares a record that the recorder itself makes, whose fields it knows to be sound.
    pub(crate) fn own(fields: Object) -> Self {
        Self {
            record: in_order(fields, &[], Summaries::Keep),
        }
    }

    /// Takes up what [`Prepared::unsealed`] returned.
    pub(crate) const fn from_unsealed(record: Object) -> Self {
        Self { record }
    }

    /// Returns the record as far as it is made, for keeping it until it can be sealed. Nothing in it is raw.
    pub(crate) const fn unsealed(&self) -> &Object {
        &self.record
    }

    /// Returns the id the record was given, if it was.
    pub(crate) fn record_id(&self) -> Option<&str> {
        self.record.str("record_id").filter(|id| !id.is_empty())
    }

    /// Gives the record its id before it is sealed.
    pub(crate) fn identify(&mut self, record_id: String) {
        self.record.insert("record_id", record_id);
    }

    /// Says in the record that it was set aside at `at` and sealed only later. Where the extension is no
    /// object, the record is not one that was prepared, and stays as it is.
    pub(crate) fn mark_late(&mut self, at: &str) {
        if !self.record.contains("sealstone") {
            self.record.insert("sealstone", Object::new());
        }
        if let Some(Value::Object(extension)) = self.record.get_mut("sealstone") {
            extension.insert("late", Object::from_iter([("at", at)]));
        }
    }

    /// Returns the subject the record is about, if it has one.
    pub fn subject(&self) -> Option<&Object> {
        self.record.object("subject")
    }

    /// Returns the id of the subject the record is about, if it has one.
    pub fn subject_id(&self) -> Option<&str> {
        subject_id(&self.record)
    }

    /// Returns the id of the authority snapshot that was in force, if the producer named one.
    pub(crate) fn snapshot_id(&self) -> Option<&str> {
        self.record.object("authority")?.str("snapshot_id")
    }

    /// Returns what was in force when the action was taken, if the producer said so.
    pub(crate) fn authority_mut(&mut self) -> Option<&mut Value> {
        self.record.get_mut("authority")
    }

    /// Returns the record with its id and, unless the producer gave one, its time.
    pub fn stamp(mut self, record_id: String, now: String) -> Object {
        self.record.insert("record_id", record_id);
        if self.record.str("ts") == Some("") {
            self.record.insert("ts", now);
        }
        self.record
    }
}

fn hashed_input(input: &Value, summaries: Summaries) -> Object {
    let mut block = Object::new();
    block.insert("hash", input_hash(input).prefixed());
    if summaries == Summaries::Keep {
        block.insert("summary", redact::summary(input));
    }
    block
}

/// Fills what the producer left open of the outcome from the output.
fn add_output(fields: &mut Object, output: &Value) {
    if !fields.contains("outcome") {
        fields.insert("outcome", Object::new());
    }
    let Some(Value::Object(outcome)) = fields.get_mut("outcome") else {
        return;
    };
    if !outcome.contains("status") {
        outcome.insert("status", outcome::status(output).as_str());
    }
    if !outcome.contains("hash") {
        outcome.insert("hash", input_hash(output).prefixed());
    }
    if !outcome.contains("summary") {
        outcome.insert("summary", redact::outcome_summary(output));
    }
}

/// Masks a summary of the input that the producer made, and returns what was in it.
fn mask_given_summary(fields: &mut Object) -> Vec<Finding> {
    let input = fields
        .get_mut("action")
        .and_then(|action| action.as_object_mut()?.get_mut("input"))
        .and_then(Value::as_object_mut);
    let Some(summary) = input.and_then(|input| input.get_mut("summary")) else {
        return Vec::new();
    };
    let findings = redact::scan(summary);
    if let Value::String(raw) = &*summary {
        *summary = cut(&redact::mask(raw, Rule::Full), MAX_SUMMARY_CHARS).into();
    }
    findings
}

fn cut(text: &str, chars_max: usize) -> String {
    text.chars().take(chars_max).collect()
}

fn drop_summaries(fields: &mut Object) {
    if let Some(Value::Object(outcome)) = fields.get_mut("outcome") {
        outcome::keep_hash_only(outcome);
    }
    if let Some(Value::Object(action)) = fields.get_mut("action")
        && let Some(Value::Object(input)) = action.get_mut("input")
    {
        input.remove("summary");
    }
}

/// A finding, given or made.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Found {
    kind: String,
    severity: Severity,
    sample: Option<String>,
}

/// Takes out the findings that the producer gave, masked. The draft's check made sure of their shape.
fn take_findings(fields: &mut Object) -> Vec<Found> {
    let Some(Value::Array(given)) = fields.remove("findings") else {
        return Vec::new();
    };
    let finding = |value: &Value| {
        let given = value.as_object()?;
        let sample = given.str("sample");
        Some(Found {
            kind: redact::mask(given.str("type")?, Rule::Full).into_owned(),
            severity: Severity::parse(given.str("severity")?)?,
            sample: sample.map(|text| cut(&redact::mask(text, Rule::Full), MAX_SAMPLE_CHARS)),
        })
    };
    given.iter().filter_map(finding).collect()
}

/// Joins the findings that were given and those that were made, each once, the gravest of too many.
fn join(given: Vec<Found>, made: Vec<Finding>) -> Vec<Found> {
    let made = made.into_iter().map(|finding| Found {
        kind: finding.kind.to_owned(),
        severity: finding.severity,
        sample: Some(finding.sample),
    });
    let mut seen = HashSet::new();
    let mut joined: Vec<Found> = given
        .into_iter()
        .chain(made)
        .filter(|found| seen.insert(found.clone()))
        .collect();
    if joined.len() > MAX_FINDINGS {
        joined.sort_by_key(|found| Reverse(found.severity));
        joined.truncate(MAX_FINDINGS);
    }
    joined
}

fn add_personal_types(fields: &mut Object, findings: &[Found]) {
    let found = |kind: &&&str| findings.iter().any(|found| found.kind == **kind);
    let mut kinds: Vec<String> = PERSONAL
        .iter()
        .filter(found)
        .map(|kind| (*kind).into())
        .collect();
    if kinds.is_empty() {
        return;
    }
    if !fields.contains("data") {
        fields.insert("data", Object::new());
    }
    if let Some(Value::Object(data)) = fields.get_mut("data") {
        if let Some(Value::Array(given)) = data.get("pii_types") {
            kinds.extend(
                given
                    .iter()
                    .filter_map(|kind| Some(kind.as_str()?.to_owned())),
            );
        }
        kinds.sort();
        kinds.dedup();
        let kinds: Vec<Value> = kinds.into_iter().map(Value::from).collect();
        data.insert("pii_types", kinds);
    }
}

/// Lays the record out as the reference does. The values that are still open are empty.
fn in_order(mut fields: Object, findings: &[Found], summaries: Summaries) -> Object {
    let severity = findings.iter().map(|found| found.severity).max();
    let mut take = |key: &str| fields.remove(key);
    let mut record = Object::new();
    record.insert("schema_version", "0.1");
    record.insert("record_id", "");
    let session = take("session_id").filter(|value| value.as_str() != Some(""));
    record.insert("session_id", session.unwrap_or_else(|| "local".into()));
    record.insert("ts", take("ts").unwrap_or_else(|| "".into()));
    record.insert("agent", take("agent").unwrap_or_else(unknown_agent));
    if let Some(Value::Object(action)) = take("action") {
        record.insert("action", action_in_order(action));
    }
    record.insert("severity", severity.unwrap_or(Severity::Info).as_str());
    let findings = findings.iter().map(|found| {
        let mut finding = Object::new();
        finding.insert("type", found.kind.as_str());
        finding.insert("severity", found.severity.as_str());
        if let Some(sample) = found
            .sample
            .as_deref()
            .filter(|_| summaries == Summaries::Keep)
        {
            finding.insert("sample", sample);
        }
        Value::Object(finding)
    });
    record.insert("findings", findings.collect::<Vec<_>>());
    record.insert("integrity", Object::new());
    for key in ORDER {
        match take(key) {
            Some(value) => record.insert(*key, value),
            None if *key == "source" => record.insert(*key, source::block("recorder")),
            None => None,
        };
    }
    record.into_iter().chain(fields).collect()
}

fn action_in_order(mut action: Object) -> Object {
    let mut ordered = Object::new();
    for key in ["type", "category", "tool", "authorization", "input"] {
        if let Some(value) = action.remove(key) {
            ordered.insert(key, value);
        }
    }
    ordered.into_iter().chain(action).collect()
}

fn unknown_agent() -> Value {
    let agent: Object = ["id", "name"]
        .into_iter()
        .map(|key| (Text::from(key), "unknown"))
        .collect();
    agent.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::write;

    fn record(line: &str, summaries: Summaries) -> String {
        let draft = Draft::read(line.as_bytes(), &Object::new()).unwrap();
        let record = Prepared::new(draft, summaries).stamp("id".into(), "now".into());
        let mut text = String::new();
        write(&record.into(), &mut text);
        text
    }

    #[test]
    fn a_record_is_laid_out_as_the_reference_lays_it_out() {
        assert_eq!(
            record(
                r#"{"note":"n","data":{"region":"eu"},"outcome":{"ms":3},"subject":{"id":"acme"},
                    "action":{"tool":"Read","category":"privacy","type":"read"},"input":{"b":2,"a":1}}"#,
                Summaries::Keep
            ),
            r#"{"schema_version":"0.1","record_id":"id","session_id":"local","ts":"now","agent":{"id":"unknown","name":"unknown"},"action":{"type":"read","category":"privacy","tool":"Read","input":{"hash":"sha256:43258cff783fe7036d8a43033f830adfc60ec037382473548ac742b888292777","summary":"{\"a\":1,\"b\":2}"}},"severity":"INFO","findings":[],"integrity":{},"subject":{"id":"acme"},"source":{"adapter":"recorder","via":"Halo recorder (native)","capture":"captured"},"data":{"region":"eu"},"outcome":{"ms":3},"note":"n"}"#
        );
    }

    #[test]
    fn secrets_are_found_and_masked_wherever_they_stand() {
        let secret = "AKIAIOSFODNN7EXAMPLE";
        let text = record(
            &format!(
                r#"{{"input":{{"deep":[[[[[[[[[["{secret}"]]]]]]]]]]}},"output":"{secret}","note":"{secret}"}}"#
            ),
            Summaries::Keep,
        );
        assert!(!text.contains(secret), "{text}");
        assert!(text.contains(r#""severity":"CRITICAL""#), "{text}");
        assert!(text.contains(r#""type":"api_key""#), "{text}");
    }

    #[test]
    fn personal_data_is_listed_by_type() {
        let text = record(r#"{"input":{"to":"dana@example.com"}}"#, Summaries::Keep);
        assert!(text.contains(r#""pii_types":["email"]"#), "{text}");
    }

    #[test]
    fn hash_only_keeps_no_summary_and_no_random_identifier() {
        let text = record(
            r#"{"session_id":"conv-Zx9Kq2Lm8Rt5Wv1Yb7Nc4","agent":{"id":"a"},
                "action":{"tool":"mcp__claude_ai_Gmail__search_threads"}}"#,
            Summaries::HashOnly,
        );
        assert!(text.contains(r#""session_id":"sha256:"#), "{text}");
        assert!(
            text.contains("mcp__claude_ai_Gmail__search_threads"),
            "{text}"
        );
        let text = record(
            r#"{"input":{"to":"dana@example.com"},"output":{"text":"sent"},"outcome":{"ms":3}}"#,
            Summaries::HashOnly,
        );
        assert!(!text.contains("summary"), "{text}");
        assert!(!text.contains("sample"), "{text}");
        assert!(!text.contains("ms"), "{text}");
        assert!(text.contains(r#""type":"email""#), "{text}");
        assert!(
            text.contains(r#""outcome":{"status":"ok","hash":"sha256:"#),
            "{text}"
        );
    }
}
