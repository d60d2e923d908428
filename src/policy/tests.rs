//! What a policy accepts, refuses and finds.

use super::*;
use crate::{
    json::{self, Object, Value},
    window::Window,
};

/// Returns why a policy with one rule is refused, if it is.
fn refused(rule: &str) -> Option<String> {
    let policy = format!("[{{\"id\":\"r\",{rule}}}]");
    Policy::read(policy.as_bytes())
        .err()
        .map(|error| error.to_string())
}

/// Returns why a condition is refused, behind the name of its rule and part.
fn refused_field(fields: &str) -> Option<String> {
    let text = refused(&format!("\"forbid\":{{{fields}}}"))?;
    Some(text.replacen("rule `r`, forbid, ", "", 1))
}

/// Returns what a policy makes of records, each an object without what does not matter.
fn outcome(policy: &str, records: &[&str]) -> Outcome {
    let policy = Policy::read(policy.as_bytes()).unwrap();
    let mut evaluation = Evaluation::new(&policy);
    for record in records {
        evaluation.take(policy.look(record.as_bytes(), &Window::default()));
    }
    evaluation.finish()
}

/// Whether a record meets a condition on its fields.
fn meets(fields: &str, record: &str) -> bool {
    let policy = format!("[{{\"id\":\"r\",\"forbid\":{{{fields}}}}}]");
    outcome(&policy, &[record]).violating_records == 1
}

#[test]
fn bundled_policies_are_sound() {
    for bundled in bundled::ALL {
        let policy = Policy::read(bundled.text.as_bytes()).unwrap();
        assert!(policy.rules_sha256.is_some());
        let is_said = |rule: &Rule| !rule.description.is_empty() && !rule.source.is_empty();
        assert!(policy.rules.iter().all(is_said), "{}", bundled.name);
        let note = json::read(bundled.text.as_bytes()).unwrap().value;
        let note = note.as_object().and_then(|object| object.str("note"));
        assert!(note.is_some_and(|note| note.contains("cannot assert")));
    }
    assert!(bundled::find("owasp-starter.json").is_some());
    assert!(bundled::find("owasp").is_none());
}

#[test]
fn a_refusal_names_the_rule_and_the_place() {
    let sev = "\"severity\":\"HIGH\"";
    for (rule, expected) in [
        (
            "\"forbid\":{\"severity\":\"high\"}".to_owned(),
            "rule `r`, forbid, `severity`: `high` is none of INFO, LOW, MEDIUM, HIGH, CRITICAL",
        ),
        (
            sev.to_owned(),
            "rule `r`: a rule has `forbid`, `require`, or `expect_evidence` that is true",
        ),
        (
            "\"expect_evidence\":true,\"x\":1".to_owned(),
            "rule `r`: `x` is none of description, expect_evidence, forbid, id, require, severity, source, when",
        ),
        (
            format!("\"when\":{{{sev}}},\"forbid\":{{\"severity\":\"LOW\"}}"),
            "rule `r`: the rule can never be violated: no record that `when` selects can have what `forbid` says of `severity`",
        ),
        (
            format!("\"when\":{{{sev}}},\"require\":{{{sev}}}"),
            "rule `r`: the rule can never be violated: every record that `when` selects has what `require` says of `severity`",
        ),
    ] {
        assert_eq!(refused(&rule).as_deref(), Some(expected), "{rule}");
    }
    let text = |policy: &[u8]| Policy::read(policy).unwrap_err().to_string();
    assert_eq!(
        text(br#"{"rules":[{"id":"a","forbid":{"ts":"x","ts":"y"}}]}"#),
        "the key `ts` stands twice in the object at `/rules/0/forbid`"
    );
    assert_eq!(
        text(br#"[{"id":"a","forbid":{"ts":"x"}},{}]"#),
        "rule 2: a rule has an `id`, which is a text and not empty"
    );
    assert_eq!(
        text(b"{\"x\":1}"),
        "`x` is none of $schema, description, name, note, rules, version"
    );
    assert_eq!(text(b"[1e400]"), "a number in it is not finite");
}

#[test]
fn a_field_that_looks_misspelled_is_refused() {
    for (path, field) in [
        ("severty", "severity"),
        ("Severity", "severity"),
        ("action.Type", "type"),
        ("session_di", "session_id"),
        ("data.purpos", "purpose"),
        ("data.pii-types", "pii_types"),
        ("outcome.statsu", "status"),
        ("session_ids", "session_id"),
        ("agnet", "agent"),
    ] {
        let text = refused_field(&format!("\"{path}\":\"x\""));
        let is_named = text
            .as_ref()
            .is_some_and(|text| text.contains(&format!("`{field}`")) || text.contains(field));
        assert!(is_named, "{path}: {text:?}");
    }
}

#[test]
fn any_key_of_a_record_can_be_addressed() {
    let record = r#"{"outcome":{"status":"error","code":502,"why":[{"tag":"a"},{"tag":null}]},"data":{"ticket":{"id":"T-1"}},
        "authority":{"mode":true},"sealstone":{"phase":"intent"},"x_team":["red","bl\u200bue"]}"#;
    for fields in [
        r#""outcome.code":{"gte":500,"lt":600}"#,
        r#""outcome.why[].tag":"a""#,
        r#""outcome.why":{"exists":true}"#,
        r#""data.ticket.id":"T-1""#,
        r#""data.ticket":{"exists":true}"#,
        r#""authority.mode":true"#,
        r#""sealstone.phase":{"in":["intent","outcome"]}"#,
        r#""x_team":{"contains":"blue"}"#,
        r#""x_team[]":"red""#,
        r#""x_none.deep[].er":{"exists":false}"#,
    ] {
        assert!(meets(fields, record), "{fields}");
    }
    // Whatever has no type is compared as it is.
    assert!(!meets(r#""outcome.code":"502""#, record));
    assert!(!meets(r#""outcome.why[].tag":{"nin":["a"]}"#, record));
    // Where the schema knows every key, others are refused, and so is what a single value would have below it.
    for path in [
        "action.colour",
        "integrity.note",
        "subject.country",
        "action.type.x",
        "findings.type",
        "findings[][]",
        "action[]",
        "",
        "a..b",
    ] {
        assert!(
            refused_field(&format!("\"{path}\":\"x\"")).is_some(),
            "{path}"
        );
    }
}

#[test]
fn values_are_equal_as_the_reference_has_it() {
    for (fields, record, expected) in [
        (
            r#""data.cross_region":1"#,
            r#"{"data":{"cross_region":true}}"#,
            true,
        ),
        (
            r#""data.cross_region":1.0"#,
            r#"{"data":{"cross_region":1}}"#,
            true,
        ),
        (
            r#""data.cross_region":-0.0"#,
            r#"{"data":{"cross_region":0}}"#,
            true,
        ),
        (
            r#""data.cross_region":{"gt":0}"#,
            r#"{"data":{"cross_region":true}}"#,
            false,
        ),
        (r#""data.zdr":true"#, r#"{"data":{"zdr":1}}"#, true),
        (
            r#""data.cross_region":{"gt":9007199254740991}"#,
            r#"{"data":{"cross_region":9007199254740993}}"#,
            true,
        ),
        (
            r#""data.cross_region":{"lt":0}"#,
            r#"{"data":{"cross_region":-99999999999999999999}}"#,
            true,
        ),
        (
            r#""subject.id":"a\u200bb""#,
            r#"{"subject":{"id":"ab"}}"#,
            true,
        ),
        (
            r#""subject.id":"ab""#,
            r#"{"subject":{"id":"a\u2060b"}}"#,
            true,
        ),
        (
            r#""subject.id":"\ud800""#,
            r#"{"subject":{"id":"\ud800\u200b"}}"#,
            true,
        ),
        (
            r#""subject.id":"\ufffd""#,
            r#"{"subject":{"id":"\ud800"}}"#,
            false,
        ),
        (r#""subject.id":{"ne":"a"}"#, r"{}", true),
        (
            r#""subject.id":{"nin":["a"]}"#,
            r#"{"subject":{"id":null}}"#,
            true,
        ),
        (
            r#""subject.id":{"exists":true}"#,
            r#"{"subject":{"id":null}}"#,
            true,
        ),
        (
            r#""subject.id":{"exists":false}"#,
            r#"{"subject":"a"}"#,
            true,
        ),
        (
            r#""findings[].type":{"eq":"ssn","ne":"email"}"#,
            r#"{"findings":[{"type":"ssn"},{"type":"email"}]}"#,
            false,
        ),
        (
            r#""findings[].type":{"eq":"ssn","in":["email"]}"#,
            r#"{"findings":[{"type":"ssn"},{"type":"email"}]}"#,
            true,
        ),
        (
            r#""findings[]":{"exists":true}"#,
            r#"{"findings":[]}"#,
            false,
        ),
        (r#""findings":{"exists":true}"#, r#"{"findings":[]}"#, true),
        (
            r#""data.pii_types":{"contains":"ssn"}"#,
            r#"{"data":{"pii_types":"ssn"}}"#,
            false,
        ),
    ] {
        assert_eq!(meets(fields, record), expected, "{fields} {record}");
    }
}

#[test]
fn every_verdict_names_the_records_that_decided_it() {
    let policy = r#"[{"id":"v","forbid":{"severity":"HIGH"}},{"id":"p","require":{"ts":{"exists":true}}},
        {"id":"e","when":{"action.tool":"check"},"expect_evidence":true},
        {"id":"g","when":{"action.tool":"none"},"expect_evidence":true},
        {"id":"n","when":{"action.tool":"none"},"forbid":{"severity":"LOW"}}]"#;
    let records = [
        r#"{"record_id":"a","ts":"1"}"#,
        "",
        r#"{"record_id":"b","ts":"1","severity":"HIGH","action":{"tool":"check"}}"#,
        r#"{"record_id":5,"ts":"1","severity":"HIGH"}"#,
    ];
    let rules = outcome(policy, &records).rules.unwrap();
    let decided: Vec<(Status, Vec<u64>)> = rules
        .iter()
        .map(|rule| {
            (
                rule.status,
                rule.decisive
                    .iter()
                    .map(|decisive| decisive.record)
                    .collect(),
            )
        })
        .collect();
    let expected = [
        (Status::Violated, vec![2, 3]),
        (Status::Pass, vec![1, 2, 3]),
        (Status::Pass, vec![2]),
        (Status::NoEvidence, vec![]),
        (Status::NoMatch, vec![]),
    ];
    assert_eq!(decided, expected);
    assert_eq!(
        (
            rules[0].decisive[0].line,
            rules[0].decisive[0].record_id.as_deref()
        ),
        (3, Some("b"))
    );
    assert_eq!(rules[0].decisive[1].record_id, None);
}

#[test]
fn records_past_the_limit_are_counted() {
    let many: Vec<&str> = vec!["{}"; MAX_DECISIVE + 7];
    let rules = outcome(r#"[{"id":"r","expect_evidence":true}]"#, &many)
        .rules
        .unwrap();
    assert_eq!(
        (rules[0].decisive.len(), rules[0].decisive_left_out),
        (MAX_DECISIVE, 7)
    );
}

#[test]
fn a_line_that_cannot_be_read_leaves_nothing_to_say() {
    let policy = r#"[{"id":"r","forbid":{"severity":"HIGH"}}]"#;
    for line in ["{\"cut", "[]", r#"{"a":1,"a":2}"#, "\u{feff}{}"] {
        let outcome = outcome(policy, &[r#"{"severity":"HIGH"}"#, line]);
        assert_eq!((outcome.rules, outcome.checked), (None, 0), "{line}");
    }
}

#[test]
fn subjects_are_those_of_every_record() {
    let policy = r#"[{"id":"r","expect_evidence":true}]"#;
    let of = |records: &[&str]| outcome(policy, records).subjects;
    let acme = r#"{"subject":{"id":"acme"}}"#;
    assert!(of(&[acme, acme]).are_only("acme"));
    assert!(!of(&[acme, "{}"]).are_only("acme"));
    assert!(!of(&[]).are_only("acme"));
    assert!(!of(&[r#"{"subject":{"id":"acme\u200b"}}"#]).are_only("acme"));
}

#[test]
fn records_outside_of_a_window_or_without_a_time_are_not_checked() {
    let policy = Policy::read(br#"[{"id":"r","expect_evidence":true}]"#).unwrap();
    let window = Window::new(Some("2026-11-22T10:00:00Z"), Some("2026-11-22T11:00:00Z")).unwrap();
    let mut evaluation = Evaluation::new(&policy);
    for ts in [
        "\"2026-11-22T09:59:59.999999Z\"",
        "\"2026-11-22T10:00:00Z\"",
        "\"2026-11-22T13:00:00.0000009+02:00\"",
        "\"2026-11-22T11:00:00.000001Z\"",
        "\"never\"",
        "5",
    ] {
        let line = format!("{{\"ts\":{ts}}}");
        evaluation.take(policy.look(line.as_bytes(), &window));
    }
    let outcome = evaluation.finish();
    assert_eq!((outcome.checked, outcome.undated), (2, 2));
}

#[test]
fn rules_with_a_fraction_have_no_hash_of_their_own() {
    let hash = |limit: &str| {
        let policy =
            format!("[{{\"id\":\"r\",\"forbid\":{{\"data.cross_region\":{{\"lt\":{limit}}}}}}}]");
        Policy::read(policy.as_bytes()).unwrap().rules_sha256
    };
    assert_eq!(hash("0.5"), None);
    assert_eq!(hash("1e2"), hash("100"));
}

/// What the schema knows can be asked of a record that has it.
#[test]
fn every_field_of_the_schema_can_be_addressed() {
    fn walk(object: &Object, path: &str, seen: &mut Vec<String>) {
        for (key, value) in object.iter() {
            let path = format!("{path}{}", key.as_str());
            match value {
                Value::Object(object) => walk(object, &format!("{path}."), seen),
                _ => seen.push(path),
            }
        }
    }
    let record = crate::sample::example();
    let record = json::read(record.lines().next().unwrap().as_bytes())
        .unwrap()
        .value;
    let mut seen = Vec::new();
    walk(record.as_object().unwrap(), "", &mut seen);
    for path in seen {
        let text = refused_field(&format!("\"{path}\":{{\"exists\":true}}"));
        assert_eq!(text, None, "{path}");
    }
}
