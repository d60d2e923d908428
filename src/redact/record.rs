//! The last pass over an assembled record.

use std::borrow::Cow;

use super::{
    Entropy, Finding, Findings, Leaf, MASK, Rule,
    chars::prefix,
    entropy,
    ids::{self, is_opaque},
    keys::{self, KeyClass, is_credential},
    mask,
    shape::{Mark, Names, item_class, masked_integer, member_class, scan_field},
};
use crate::{
    digest::Digest,
    json::{Object, Text, Value},
    record::check::RECORD,
};

/// How many characters `outcome.summary` has at most.
const SUMMARY_CHARS: usize = 200;

/// How many characters `data.purpose` has at most.
const PURPOSE_CHARS: usize = 500;

/// How many hexadecimal digits stand for what looks random in an identifier.
const PSEUDONYM_CHARS: usize = 16;

/// The fields that this pass leaves alone: the recorder wrote them, masked them or must keep them.
const SKIPPED: [&[&str]; 12] = [
    &["action", "category"],
    &["action", "input", "hash"],
    &["action", "input", "summary"],
    &["action", "type"],
    &["authority"],
    &["integrity"],
    &["outcome", "hash"],
    &["record_id"],
    &["schema_version"],
    &["severity"],
    &["subject", "id"],
    &["ts"],
];

/// Fields that name something rather than say something. What they hold looks random and is meant to be read.
const IDENTIFIER_PATHS: [&[&str]; 2] = [&["action", "authorization", "scope"], &["action", "tool"]];
const IDENTIFIER_NAMES: [&str; 6] = [
    "id",
    "parent_id",
    "policy_ref",
    "ref",
    "session_id",
    "version",
];
const EXTENSION_IDENTIFIER_NAMES: [&str; 6] = [
    "agent_id",
    "agent_type",
    "call_id",
    "prompt_id",
    "tool",
    "turn_id",
];

/// The ids that records are joined by, which must stay as many as they are.
const JOINING_IDS: [&[&str]; 6] = [
    &["sealstone", "agent_id"],
    &["sealstone", "call_id"],
    &["sealstone", "calls", "call_id"],
    &["sealstone", "prompt_id"],
    &["sealstone", "turn_id"],
    &["session_id"],
];

/// Fields that stay as they are if they hold nothing but a UUID or hexadecimal digits.
const OPAQUE_NAMES: [&str; 7] = [
    "id",
    "parent_id",
    "policy_ref",
    "record_id",
    "ref",
    "session_id",
    "snapshot_id",
];

/// Masks the fields of an assembled record that came from outside, and returns what was in those that may
/// hold anything: `outcome`, `data` and those that the format does not know.
///
/// `action.input.summary` is taken to be a [`summary()`](super::summary()) already. `outcome.summary` may hold one:
/// it is masked and cut, and reported only if there was something to mask. `data.purpose` is cut to 500
/// characters. Names of tools and scopes, and identifiers, lose what the named patterns match and nothing
/// else; fields that say who someone is keep e-mail addresses, phone numbers and internal addresses. An id that
/// records are joined by and that is masked, or longer than 256 characters, ends with the beginning of its hash.
pub fn scrub(fields: &mut Object) -> Vec<Finding> {
    let mut findings = Findings::default();
    if let Some(outcome) = fields.object("outcome") {
        if let Some(text) = outcome.str("summary")
            && let Cow::Owned(_) = mask(text, Rule::Full)
        {
            Leaf::new(&mut findings).scan(text, Entropy::Secret);
        }
        scan_members(outcome, &["hash", "status", "summary"], &mut findings);
    }
    if let Some(data) = fields.object("data") {
        scan_members(data, &[], &mut findings);
    }
    for (key, value) in fields.iter() {
        if !is_known(key) {
            scan_field(key, value, &mut findings);
        }
    }
    for (key, value) in fields.iter_mut() {
        let path = Path {
            parent: None,
            name: key,
        };
        scrub_value(value, &path, member_class(KeyClass::Other, key, value));
    }
    // No name that the format knows is one that a pattern matches.
    rename(fields, Mark::Number);
    bound(fields, "outcome", "summary", SUMMARY_CHARS);
    bound(fields, "data", "purpose", PURPOSE_CHARS);
    findings.list
}

/// Whether the format knows a field of a record by this name, or it is the one that holds our own.
fn is_known(name: &str) -> bool {
    name == "sealstone" || RECORD.fields.iter().any(|field| field.name == name)
}

fn scan_members(object: &Object, skipped: &[&str], findings: &mut Findings) {
    for (key, value) in object.iter() {
        if !skipped.contains(&key.as_str()) {
            scan_field(key, value, findings);
        }
    }
}

fn bound(fields: &mut Object, block: &str, field: &str, max_chars: usize) {
    let value = fields
        .get_mut(block)
        .and_then(Value::as_object_mut)
        .and_then(|block| block.get_mut(field));
    if let Some(value) = value
        && let Some(text) = value.as_str()
        && prefix(text, max_chars).len() < text.len()
    {
        *value = prefix(text, max_chars).into();
    }
}

/// The names on the way to a value. Elements of an array stand where the array stands.
struct Path<'a> {
    parent: Option<&'a Self>,
    name: &'a str,
}

impl Path<'_> {
    fn is(&self, names: &[&str]) -> bool {
        match (names, self.parent) {
            ([name], None) => self.name == *name,
            ([parents @ .., name], Some(parent)) => self.name == *name && parent.is(parents),
            _ => false,
        }
    }

    /// Returns the field of the record that this lies in.
    fn top(&self) -> &str {
        self.parent.map_or(self.name, Path::top)
    }

    fn is_joining_id(&self) -> bool {
        JOINING_IDS.iter().any(|names| self.is(names))
    }

    fn is_extension(&self) -> bool {
        self.top() == "sealstone" && self.parent.is_some()
    }

    fn is_extension_identifier(&self) -> bool {
        self.is_extension() && EXTENSION_IDENTIFIER_NAMES.contains(&self.name)
    }

    /// Whether this names something, other than a tool or a scope.
    fn is_identifier(&self) -> bool {
        IDENTIFIER_NAMES.contains(&self.name)
            || matches!(self.top(), "agent" | "threats")
            || self.is_extension_identifier()
    }
}

fn scrub_value(value: &mut Value, path: &Path<'_>, class: KeyClass) {
    if SKIPPED.iter().any(|skipped| path.is(skipped)) {
        return;
    }
    if is_credential(class, value) {
        *value = MASK.into();
        return;
    }
    match value {
        Value::Array(items) => {
            for item in items {
                let inner = item_class(class, item);
                scrub_value(item, path, inner);
            }
        }
        Value::Bool(_) | Value::Null => {}
        Value::Number(number) => {
            if let Some(masked) = masked_integer(number) {
                let digits = keys::long_integer(number).filter(|_| path.is_joining_id());
                *value = match digits {
                    Some(digits) => ids::marked(&masked, &digits).into(),
                    None => masked.into(),
                };
            }
        }
        Value::String(text) if path.is_joining_id() => {
            if let Cow::Owned(masked) = ids::mask(text) {
                *value = masked.into();
            }
        }
        Value::Object(object) => {
            for (key, value) in object.iter_mut() {
                let inner = Path {
                    parent: Some(path),
                    name: key,
                };
                let class = if inner.is(&["action", "authorization"]) {
                    // This says who allowed it, not by what secret.
                    KeyClass::Other
                } else {
                    member_class(class, key, value)
                };
                scrub_value(value, &inner, class);
            }
            rename(object, Mark::Number);
        }
        Value::String(text) => {
            if let Some(rule) = rule(text, path, class)
                && let Cow::Owned(masked) = mask(text, rule)
            {
                *value = masked.into();
            }
        }
    }
}

/// Returns the rule for a string at `path`, or `None` if it is to stay as it is.
fn rule(text: &str, path: &Path<'_>, class: KeyClass) -> Option<Rule> {
    let is_extension_id = path.is_extension_identifier();
    if (OPAQUE_NAMES.contains(&path.name) || is_extension_id) && is_opaque(text) {
        return None;
    }
    let is_identity = path.is(&["action", "authorization", "approver"])
        || path.is(&["subject", "name"])
        || path.top() == "principal";
    if is_identity {
        return Some(Rule::Credentials);
    }
    let is_identifier = path.is_identifier() || IDENTIFIER_PATHS.iter().any(|names| path.is(names));
    let is_readable_path = path.is_extension() && class == KeyClass::Path && keys::is_path(text);
    if is_identifier || is_readable_path {
        return Some(Rule::Named);
    }
    Some(Rule::Full)
}

/// Replaces what looks random in the identifiers of a record by the beginning of its SHA-256, for records
/// that are to show nothing but still be told apart. Ids that are nothing but a UUID or hexadecimal digits
/// stay, and so do the subject's id, which names the chain, and the names of tools and scopes.
pub fn pseudonymize(fields: &mut Object) {
    for (key, value) in fields.iter_mut() {
        let path = Path {
            parent: None,
            name: key,
        };
        pseudonymize_value(value, &path);
    }
}

fn pseudonymize_value(value: &mut Value, path: &Path<'_>) {
    if SKIPPED.iter().any(|skipped| path.is(skipped)) {
        return;
    }
    match value {
        Value::Array(items) => {
            for item in items {
                pseudonymize_value(item, path);
            }
        }
        Value::Object(object) => {
            for (key, value) in object.iter_mut() {
                let inner = Path {
                    parent: Some(path),
                    name: key,
                };
                pseudonymize_value(value, &inner);
            }
        }
        Value::String(text) if path.is_identifier() && !is_opaque(text) => {
            let pseudonym = |token: &str| {
                let digest = Digest::of(token.as_bytes()).to_string();
                format!("sha256:{}", &digest[..PSEUDONYM_CHARS])
            };
            if let Cow::Owned(replaced) = entropy::replace_by(text, pseudonym) {
                *value = replaced.into();
            }
        }
        Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_) => {}
    }
}

/// Masks what the named patterns match in the keys, strings and long integers of an authority snapshot, and
/// credentials by their key.
///
/// Keys that become the same get a `~`, and a number from the second on. Nothing is masked for looking random:
/// a snapshot is about digests, paths and names.
pub fn mask_authority(value: &mut Value) {
    mask_named(value, KeyClass::Other);
}

fn mask_named(value: &mut Value, class: KeyClass) {
    if is_credential(class, value) {
        *value = MASK.into();
        return;
    }
    match value {
        Value::Array(items) => {
            for item in items {
                let inner = item_class(class, item);
                mask_named(item, inner);
            }
        }
        Value::Bool(_) | Value::Null => {}
        Value::Number(number) => {
            if let Some(masked) = masked_integer(number) {
                *value = masked.into();
            }
        }
        Value::Object(object) => {
            for (key, value) in object.iter_mut() {
                let inner = member_class(class, key, value);
                mask_named(value, inner);
            }
            rename(object, Mark::Tilde);
        }
        Value::String(text) => {
            if let Cow::Owned(masked) = mask(text, Rule::Named) {
                *value = masked.into();
            }
        }
    }
}

/// Masks the keys of `object`, which is left alone if none has to be.
fn rename(object: &mut Object, mark: Mark) {
    let is_masked = |key: &Text| matches!(mask(key, Rule::Named), Cow::Owned(_));
    if !object.iter().any(|(key, _)| is_masked(key)) {
        return;
    }
    let mut names = Names::new(mark);
    *object = std::mem::take(object)
        .into_iter()
        .map(|(key, value)| (names.take(&key, mask(&key, Rule::Named)), value))
        .collect();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read;

    const RANDOM: &str = "Zx9Kq2Lm8Vt4Rw7Yp1Bn5Hd3Gf6";

    fn value(text: &str) -> Value {
        read(text.replace("RANDOM", RANDOM).as_bytes())
            .unwrap()
            .value
    }

    fn scrubbed(text: &str) -> (Value, Vec<&'static str>) {
        let mut record = value(text);
        let findings = scrub(record.as_object_mut().unwrap());
        (
            record,
            findings.into_iter().map(|finding| finding.kind).collect(),
        )
    }

    fn assert_scrubbed(text: &str, expected: &str) {
        assert_eq!(scrubbed(text).0, value(expected));
    }

    #[test]
    fn names_of_tools_and_scopes_survive() {
        let text = r#"{"action":{"tool":"mcp__claude_ai_Gmail__search_threads",
            "authorization":{"scope":"mcp:plugin_context7_context7"}}}"#;
        assert_scrubbed(text, text);
        assert_scrubbed(
            r#"{"action":{"tool":"x AKIAIOSFODNN7EXAMPLE"}}"#,
            r#"{"action":{"tool":"x AKIA****"}}"#,
        );
    }

    #[test]
    fn what_the_recorder_wrote_is_left_alone() {
        let text = r#"{"record_id":"4111111111111111","ts":"4111111111111111","subject":{"id":"bob@x.com"},
            "action":{"input":{"hash":"4111111111111111","summary":"bob@x.com"}},"authority":{"token":"x"},"outcome":{"hash":"4111111111111111"}}"#;
        assert_scrubbed(text, text);
    }

    #[test]
    fn identifiers_lose_named_secrets_only() {
        assert_scrubbed(
            r#"{"session_id":"RANDOM bob@x.com","agent":{"name":"RANDOM","token":"x"},"threats":[{"ref":"RANDOM"}]}"#,
            r#"{"session_id":"RANDOM b****@x.com~17919a3ced6f92ad","agent":{"name":"RANDOM","token":"****"},"threats":[{"ref":"RANDOM"}]}"#,
        );
    }

    #[test]
    fn opaque_identifiers_stay() {
        assert_scrubbed(
            r#"{"session_id":"4111111111111111","outcome":{"uid":"4111111111111111"}}"#,
            r#"{"session_id":"4111111111111111","outcome":{"uid":"****1111"}}"#,
        );
    }

    #[test]
    fn people_keep_their_addresses_and_lose_their_secrets() {
        assert_scrubbed(
            r#"{"principal":{"human_id":"bob@x.com","service_account":"RANDOM"},"subject":{"name":"10.0.0.1"},
                "action":{"authorization":{"approver":"bob@x.com AKIAIOSFODNN7EXAMPLE"}}}"#,
            r#"{"principal":{"human_id":"bob@x.com","service_account":"Zx9****"},"subject":{"name":"10.0.0.1"},
                "action":{"authorization":{"approver":"bob@x.com AKIA****"}}}"#,
        );
    }

    #[test]
    fn keys_are_masked_and_stay_apart() {
        assert_scrubbed(
            r#"{"bob@a.co":1,"bill@a.co":2,"outcome":{"al@b.co":5,"abe@b.co":6}}"#,
            r#"{"b****@a.co":1,"b****@a.co#2":2,"outcome":{"a****@b.co":5,"a****@b.co#2":6}}"#,
        );
    }

    #[test]
    fn keys_that_the_format_knows_keep_their_names() {
        for field in RECORD.fields {
            assert!(is_known(field.name));
            assert!(matches!(mask(field.name, Rule::Named), Cow::Borrowed(_)));
        }
        let text = r#"{"bob@a.co":1,"sealstone":{},"action":{},"outcome":{}}"#;
        assert_scrubbed(text, &text.replace("bob", "b****"));
    }

    #[test]
    fn types_of_personal_data_are_text_like_any() {
        let (record, kinds) =
            scrubbed(r#"{"data":{"pii_types":["email","AKIAIOSFODNN7EXAMPLE"]}}"#);
        assert_eq!(
            record,
            value(r#"{"data":{"pii_types":["email","AKIA****"]}}"#)
        );
        assert_eq!(kinds, ["api_key"]);
    }

    #[test]
    fn fields_that_the_format_does_not_know_are_masked_and_reported() {
        let (record, kinds) = scrubbed(
            r#"{"note":"bob@x.com","secret":{"a":["hunter22x"]},"n":4111111111111111,
                "123-45-6789":"","mcp":{"host":"RANDOM"},"sealstone":{"note":"RANDOM"}}"#,
        );
        assert_eq!(
            record,
            value(
                r#"{"note":"b****@x.com","secret":{"a":["****"]},"n":"****1111",
                    "***-**-6789":"","mcp":{"host":"Zx9****"},"sealstone":{"note":"Zx9****"}}"#
            )
        );
        assert_eq!(kinds, ["email", "credential_field", "credit_card", "ssn"]);
    }

    #[test]
    fn what_else_stands_beside_a_summary_is_masked() {
        assert_scrubbed(
            r#"{"action":{"input":{"hash":"h","note":"bob@x.com"}}}"#,
            r#"{"action":{"input":{"hash":"h","note":"b****@x.com"}}}"#,
        );
    }

    #[test]
    fn an_authorization_is_no_credential_and_may_hold_one() {
        assert_scrubbed(
            r#"{"action":{"authorization":{"decision":"allowed","scope":"exec","token":{"a":"x"}}},
                "outcome":{"authorization":{"a":"x"}}}"#,
            r#"{"action":{"authorization":{"decision":"allowed","scope":"exec","token":{"a":"****"}}},
                "outcome":{"authorization":{"a":"****"}}}"#,
        );
    }

    #[test]
    fn custom_fields_are_masked_and_reported() {
        let (record, kinds) = scrubbed(
            r#"{"outcome":{"status":"ok","n":-4111111111111111,"file":"/a/RANDOM","password":["x",1]},
                "data":{"purpose":"call 555-123-4567"}}"#,
        );
        assert_eq!(
            record,
            value(
                r#"{"outcome":{"status":"ok","n":"-****1111","file":"/a/****","password":["****","****"]},
                    "data":{"purpose":"call ***-***-4567"}}"#
            )
        );
        assert_eq!(
            kinds,
            [
                "credit_card",
                "high_entropy_path_value",
                "credential_field",
                "phone"
            ]
        );
    }

    #[test]
    fn a_summary_is_reported_unless_it_is_masked_already() {
        assert_eq!(
            scrubbed(r#"{"outcome":{"summary":"postgres://u:****@h"}}"#).1,
            [""; 0]
        );
        assert_eq!(
            scrubbed(r#"{"outcome":{"summary":"postgres://u:p@h"}}"#).1,
            ["db_conn"]
        );
    }

    #[test]
    fn summary_and_purpose_are_bounded() {
        let long = "a ".repeat(400);
        let record = scrubbed(&format!(
            r#"{{"outcome":{{"summary":"{long}"}},"data":{{"purpose":"{long}"}}}}"#
        ));
        let fields = record.0.as_object().unwrap();
        assert_eq!(
            fields
                .object("outcome")
                .unwrap()
                .str("summary")
                .unwrap()
                .len(),
            200
        );
        assert_eq!(
            fields.object("data").unwrap().str("purpose").unwrap().len(),
            500
        );
    }

    #[test]
    fn ids_that_records_are_joined_by_stay_apart() {
        let ids = |id: &str| {
            let text = r#"{"session_id":"ID","sealstone":{"call_id":"ID","agent_id":"ID","turn_id":"ID",
                "prompt_id":"ID","calls":[{"call_id":"ID"}],"note":"ID","n":4111111111111111}}"#;
            scrubbed(&text.replace("ID", id)).0
        };
        let (one, other) = (ids("AKIAIOSFODNN7EXAMPLE"), ids("AKIAIOSFODNN7EXAMPLF"));
        let marks = |record: &Value| {
            let text = format!("{record:?}");
            assert!(!text.contains("IOSFODNN7"), "{text}");
            text.matches("AKIA****~").count()
        };
        assert_eq!((marks(&one), marks(&other)), (6, 6));
        assert_ne!(
            one.as_object().unwrap().str("session_id"),
            other.as_object().unwrap().str("session_id")
        );
        let number = r#"{"sealstone":{"call_id":-4111111111111111,"n":-4111111111111111}}"#;
        let masked = r#"{"sealstone":{"call_id":"-****1111~MARK","n":"-****1111"}}"#;
        let mark = &Digest::of(b"-4111111111111111").to_string()[..16];
        assert_scrubbed(number, &masked.replace("MARK", mark));
    }

    #[test]
    fn only_ids_are_spared_for_being_random() {
        // A UUID that reads like an IBAN behind the prefix.
        let id = (0..10_000)
            .map(uuid)
            .find(|id| mask(id, Rule::Named) != id.as_str());
        let id = &id.expect("one in a hundred does");
        let text = r#"{"session_id":"ID","note":"ID","sealstone":{"call_id":"ID","note":"ID"}}"#;
        let masked =
            r#"{"session_id":"ID","note":"MASKED","sealstone":{"call_id":"ID","note":"MASKED"}}"#;
        let masked = masked.replace("MASKED", &mask(id, Rule::Full));
        assert_scrubbed(&text.replace("ID", id), &masked.replace("ID", id));
    }

    fn uuid(number: u32) -> String {
        let hex = Digest::of(&number.to_be_bytes()).to_string();
        let uuid = [
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..32],
        ]
        .join("-");
        format!("run-{uuid}")
    }

    #[test]
    fn the_extension_keeps_paths_and_identifiers() {
        assert_scrubbed(
            r#"{"sealstone":{"cwd":"/home/User1/My-App-2024/src","call_id":"RANDOM","note":"RANDOM"}}"#,
            r#"{"sealstone":{"cwd":"/home/User1/My-App-2024/src","call_id":"RANDOM","note":"Zx9****"}}"#,
        );
    }

    #[test]
    fn an_authority_loses_named_secrets_and_credentials() {
        let mut authority = value(
            r#"{"note":"RANDOM","token":"RANDOM","al@b.co":["AKIAIOSFODNN7EXAMPLE"],
                "abe@b.co":-4111111111111111,"ann@b.co":0,"refs":[{"password":{"x":["y",1]}}]}"#,
        );
        mask_authority(&mut authority);
        assert_eq!(
            authority,
            value(
                r#"{"note":"RANDOM","token":"****","a****@b.co":["AKIA****"],
                    "a****@b.co~":"-****1111","a****@b.co~2":0,"refs":[{"password":{"x":["****","****"]}}]}"#
            )
        );
    }
}
