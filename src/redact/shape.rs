//! Scanning and masking of whole structures.

use std::{
    borrow::Cow,
    cell::Cell,
    collections::{HashMap, HashSet},
};

use super::{
    CREDENTIAL_FIELD, Entropy, Finding, Findings, Leaf, MASK, Rule,
    chars::prefix,
    cut::cut,
    keys::{self, KeyClass, is_credential},
    mask, mask_all,
};
use crate::{
    json::{Number, Object, Text, Value},
    record::fields::Severity,
};

/// Returns what is in `value`: its strings, its keys, and integers long enough to be a card number.
///
/// Each kind and sample is reported once, and of one string no more than 25 of a kind. A value that is a
/// credential by its key is reported as such and looked into as well; so is everything below such a key. Under a
/// key that names a path, what merely looks random is reported as low. There is no depth at which it stops looking.
///
/// ```
/// let event = sealstone::json::read(br#"{"to":"bob@example.com","api_key":"x"}"#)?;
/// let findings = sealstone::redact::scan(&event.value);
/// assert_eq!(findings[0].sample, "b****@example.com");
/// assert_eq!(findings[1].kind, "credential_field");
/// # Ok::<(), sealstone::json::ReadError>(())
/// ```
pub fn scan(value: &Value) -> Vec<Finding> {
    let mut findings = Findings::default();
    scan_into(value, &Place::default(), &mut findings);
    findings.list
}

/// Where a value stands, as far as keys say something about it.
#[derive(Default)]
struct Place<'a> {
    class: KeyClass,
    /// The nearest key that names a credential, if the value stands below one.
    credential: Option<&'a CredentialKey<'a>>,
}

/// A key that names a credential. It is reported when the first credential below it is found.
struct CredentialKey<'a> {
    key: &'a str,
    is_reported: Cell<bool>,
}

impl CredentialKey<'_> {
    fn report(&self, findings: &mut Findings) {
        const SAMPLE_CHARS: usize = 60;
        if self.is_reported.replace(true) {
            return;
        }
        let name = mask(self.key, Rule::Full);
        let sample = format!("{}={MASK}", prefix(&name, SAMPLE_CHARS));
        findings.add(CREDENTIAL_FIELD, Severity::Critical, sample);
    }
}

fn scan_into(value: &Value, place: &Place<'_>, findings: &mut Findings) {
    if let Some(key) = place.credential
        && is_credential(place.class, value)
    {
        key.report(findings);
    }
    match value {
        Value::Array(items) => {
            for item in items {
                let inner = Place {
                    class: item_class(place.class, item),
                    ..*place
                };
                scan_into(item, &inner, findings);
            }
        }
        Value::Bool(_) | Value::Null => {}
        Value::Number(number) => {
            if let Some(digits) = keys::long_integer(number) {
                Leaf::new(findings).scan(&digits, Entropy::Secret);
            }
        }
        Value::Object(object) => object
            .iter()
            .for_each(|(key, value)| scan_member(key, value, place, findings)),
        Value::String(text) => {
            let mut leaf = Leaf::new(findings);
            for part in parts(text, place.class) {
                leaf.scan(part.text, part.entropy);
            }
        }
    }
}

/// Adds what is in a member of the record, its key included.
pub(super) fn scan_field(key: &str, value: &Value, findings: &mut Findings) {
    scan_member(key, value, &Place::default(), findings);
}

fn scan_member(key: &str, value: &Value, outer: &Place<'_>, findings: &mut Findings) {
    Leaf::new(findings).scan(key, Entropy::Secret);
    let named = CredentialKey {
        key,
        is_reported: Cell::new(false),
    };
    let is_named = keys::classify(key).is_credential();
    let place = Place {
        class: member_class(outer.class, key, value),
        credential: if is_named {
            Some(&named)
        } else {
            outer.credential
        },
    };
    // One that stands in the list itself is reported before what is in the list.
    if is_named
        && let Value::Array(items) = value
        && items.iter().any(|item| is_credential(place.class, item))
    {
        named.report(findings);
    }
    scan_into(value, &place, findings);
}

/// Returns `value` with every string and key masked, credentials whole, and card numbers in integers.
pub fn masked(value: &Value) -> Value {
    masked_under(value, KeyClass::Other)
}

fn masked_under(value: &Value, class: KeyClass) -> Value {
    match value {
        Value::Array(items) => items
            .iter()
            .map(|item| masked_under(item, item_class(class, item)))
            .collect::<Vec<_>>()
            .into(),
        Value::Object(object) => {
            let names = masked_names(object);
            object
                .iter()
                .zip(names)
                .map(|((key, value), name)| {
                    (name, masked_under(value, member_class(class, key, value)))
                })
                .collect::<Object>()
                .into()
        }
        value => masked_leaf(value, class).unwrap_or_else(|| value.clone()),
    }
}

/// Returns the class of an array's element. What a key says of a path holds for its list, not for lists in
/// that; what it says of a credential holds for everything below it.
pub(super) fn item_class(class: KeyClass, item: &Value) -> KeyClass {
    match item {
        Value::Array(_) | Value::Object(_) if !class.is_credential() => KeyClass::Other,
        _ => class,
    }
}

/// Returns the class of a member's value in an object of class `outer`.
pub(super) fn member_class(outer: KeyClass, key: &str, value: &Value) -> KeyClass {
    let own = keys::classify(key);
    let class = match (outer, own) {
        (KeyClass::Password, _) | (_, KeyClass::Password) => KeyClass::Password,
        (KeyClass::Credential, _) => KeyClass::Credential,
        _ => own,
    };
    match value {
        Value::Object(_) if !class.is_credential() => KeyClass::Other,
        _ => class,
    }
}

/// Returns what a string or number is replaced by, if it has to be.
pub(super) fn masked_leaf(value: &Value, class: KeyClass) -> Option<Value> {
    if is_credential(class, value) {
        return Some(MASK.into());
    }
    match value {
        Value::Number(number) => masked_integer(number).map(Value::from),
        Value::String(text) => match masked_text(text, class) {
            Cow::Borrowed(_) => None,
            Cow::Owned(masked) => Some(masked.into()),
        },
        _ => None,
    }
}

/// Returns what an integer is replaced by, if it is one that a named pattern matches.
pub(super) fn masked_integer(number: &Number) -> Option<String> {
    let digits = keys::long_integer(number)?;
    match mask(&digits, Rule::Named) {
        Cow::Borrowed(_) => None,
        Cow::Owned(masked) => Some(masked),
    }
}

fn masked_text(text: &str, class: KeyClass) -> Cow<'_, str> {
    let cut = cut(text);
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    for part in parts(cut.head, class) {
        let rule = match part.entropy {
            Entropy::Path => Rule::Named,
            Entropy::Secret => Rule::Full,
        };
        if let Cow::Owned(masked) = mask_all(part.text, rule) {
            out.push_str(&text[copied..at]);
            out.push_str(&masked);
            copied = at + part.text.len();
        }
        at += part.text.len();
    }
    match cut.note() {
        None if copied == 0 => return Cow::Borrowed(text),
        None => out.push_str(&text[copied..]),
        Some(note) => {
            out.push_str(&cut.head[copied..]);
            out.push_str(&note);
        }
    }
    Cow::Owned(out)
}

/// A part of a string that one entropy rule holds for.
struct Part<'a> {
    text: &'a str,
    entropy: Entropy,
}

/// Splits a string into what is a path and what is not. A patch names its files in lines of their own.
fn parts(text: &str, class: KeyClass) -> Vec<Part<'_>> {
    if !text.contains("*** Begin Patch") {
        let is_path = class == KeyClass::Path && keys::is_path(text);
        let entropy = if is_path {
            Entropy::Path
        } else {
            Entropy::Secret
        };
        return vec![Part { text, entropy }];
    }
    let mut parts = Vec::new();
    let mut start = 0;
    let mut line_end = 0;
    for line in text.split_inclusive('\n') {
        line_end += line.len();
        let Some(file) = patched_file(line) else {
            continue;
        };
        let file_start = line_end - file.len();
        let file = file.trim_end_matches('\n');
        if keys::is_path(file) {
            push_part(&mut parts, &text[start..file_start], Entropy::Secret);
            push_part(&mut parts, file, Entropy::Path);
            start = file_start + file.len();
        }
    }
    push_part(&mut parts, &text[start..], Entropy::Secret);
    parts
}

fn push_part<'a>(parts: &mut Vec<Part<'a>>, text: &'a str, entropy: Entropy) {
    if !text.is_empty() {
        parts.push(Part { text, entropy });
    }
}

/// Returns what follows the mark of a line that names a patched file.
fn patched_file(line: &str) -> Option<&str> {
    ["Update", "Add", "Delete", "Move to"]
        .iter()
        .find_map(|verb| {
            line.strip_prefix("*** ")?
                .strip_prefix(*verb)?
                .strip_prefix(" File: ")
        })
}

/// Returns the masked keys of `object`, in its order, no two the same.
pub(super) fn masked_names(object: &Object) -> Vec<Text> {
    let mut names = Names::new(Mark::Number);
    object
        .iter()
        .map(|(key, _)| names.take(key, mask(key, Rule::Full)))
        .collect()
}

/// How a name that was used before is told apart.
#[derive(Debug, Clone, Copy)]
pub(super) enum Mark {
    /// `#2`, `#3` and so on.
    Number,
    /// `~`, then `~2` and so on.
    Tilde,
}

/// Hands out names that differ.
pub(super) struct Names {
    mark: Mark,
    used: HashSet<String>,
    counts: HashMap<String, u64>,
}

impl Names {
    pub(super) fn new(mark: Mark) -> Self {
        Self {
            mark,
            used: HashSet::new(),
            counts: HashMap::new(),
        }
    }

    /// Returns `masked`, or `original` if that is the same, with a mark if it was used before.
    pub(super) fn take(&mut self, original: &Text, masked: Cow<'_, str>) -> Text {
        if self.used.insert(masked.to_string()) {
            return match masked {
                Cow::Borrowed(_) => original.clone(),
                Cow::Owned(masked) => masked.into(),
            };
        }
        let count = self.counts.entry(masked.to_string()).or_insert(0);
        loop {
            *count += 1;
            let name = match (self.mark, *count) {
                (Mark::Number, count) => format!("{masked}#{}", count + 1),
                (Mark::Tilde, 1) => format!("{masked}~"),
                (Mark::Tilde, count) => format!("{masked}~{count}"),
            };
            if self.used.insert(name.clone()) {
                return name.into();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{json::read, redact::outcome_summary};

    const RANDOM: &str = "Zx9Kq2Lm8Vt4Rw7Yp1Bn5Hd3Gf6";

    fn value(text: &str) -> Value {
        read(text.replace("RANDOM", RANDOM).as_bytes())
            .unwrap()
            .value
    }

    fn found(text: &str) -> Vec<(&'static str, String)> {
        let findings = scan(&value(text));
        findings.into_iter().map(|f| (f.kind, f.sample)).collect()
    }

    fn assert_masked(text: &str, expected: &str) {
        assert_eq!(masked(&value(text)), value(expected));
    }

    #[test]
    fn keys_and_values_are_looked_into_in_order() {
        assert_eq!(
            found(r#"{"bob@x.com":"AKIAIOSFODNN7EXAMPLE","token":"amy@x.com"}"#),
            [
                ("email", "b****@x.com".to_owned()),
                ("api_key", "AKIA****".to_owned()),
                ("credential_field", "token=****".to_owned()),
                ("email", "a****@x.com".to_owned()),
            ]
        );
    }

    #[test]
    fn equal_samples_are_reported_once() {
        assert_eq!(found(r#"["x@y.com","xz@y.com"]"#).len(), 1);
    }

    #[test]
    fn a_text_reports_25_of_a_kind() {
        let addresses: Vec<_> = (0..30).map(|n| format!("u@x{n}.com")).collect();
        assert_eq!(scan(&addresses.join(" ").into()).len(), 25);
    }

    #[test]
    fn what_a_key_says_of_a_path_holds_for_its_list_only() {
        assert_masked(
            r#"{"paths":["/a/RANDOM",["/a/RANDOM"],{"q":"/a/RANDOM"}]}"#,
            r#"{"paths":["/a/RANDOM",["/a/****"],{"q":"/a/****"}]}"#,
        );
    }

    #[test]
    fn everything_below_a_credential_key_is_a_credential() {
        for (text, masked, samples) in [
            (
                r#"{"api_key":["a","",null,5,{"q":1},["z"]]}"#,
                r#"{"api_key":["****","",null,5,{"q":1},["****"]]}"#,
                &["api_key=****"][..],
            ),
            (
                r#"{"password":{"deep":"hunter22x"}}"#,
                r#"{"password":{"deep":"****"}}"#,
                &["password=****"],
            ),
            (
                r#"{"password":["x",["hunter22x",[{"a":{"path":"/b/c"}},7]]]}"#,
                r#"{"password":["****",["****",[{"a":{"path":"****"}},"****"]]]}"#,
                &["password=****"],
            ),
            (
                r#"{"auth":{"n":5,"token":"x","pass":{"n":5}},"user":"y"}"#,
                r#"{"auth":{"n":5,"token":"****","pass":{"n":"****"}},"user":"y"}"#,
                &["token=****", "pass=****"],
            ),
            (
                r#"[{"secret":{"a":"","b":"****","c":null}},{"secret":{}}]"#,
                r#"[{"secret":{"a":"","b":"****","c":null}},{"secret":{}}]"#,
                &[],
            ),
        ] {
            assert_masked(text, masked);
            let expected: Vec<_> = samples
                .iter()
                .map(|sample| (CREDENTIAL_FIELD, (*sample).to_owned()))
                .collect();
            assert_eq!(found(text), expected);
            let shown = crate::redact::summary(&value(text)) + &outcome_summary(&value(text));
            assert!(!shown.contains("hunter22x"), "{shown}");
        }
    }

    #[test]
    fn numbers_are_credentials_under_password_keys_only() {
        assert_masked(
            r#"{"pwd":1.5,"my_pass":0,"passwd":true,"token":5}"#,
            r#"{"pwd":"****","my_pass":"****","passwd":true,"token":5}"#,
        );
    }

    #[test]
    fn a_masked_credential_is_not_reported() {
        assert_eq!(found(r#"{"secret":"****","password":""}"#), []);
    }

    #[test]
    fn a_path_stays_readable_and_is_reported_low() {
        let text = r#"{"path":"/a/RANDOM"}"#;
        assert_masked(text, text);
        assert_eq!(
            found(text),
            [("high_entropy_path_value", "/a/****".to_owned())]
        );
        assert_eq!(scan(&value(text))[0].severity, Severity::Low);
    }

    #[test]
    fn a_query_under_a_path_key_is_not_a_path() {
        assert_masked(
            r#"{"url":"https://x.y/?k=RANDOM"}"#,
            r#"{"url":"https://x.y/?k=Z****"}"#,
        );
    }

    #[test]
    fn the_files_of_a_patch_are_paths() {
        let text = r#""*** Begin Patch\n*** Update File: /a/RANDOM\nfoo /b/RANDOM\n""#;
        assert_masked(
            text,
            r#""*** Begin Patch\n*** Update File: /a/RANDOM\nfoo /b/****\n""#,
        );
        assert_eq!(found(text)[0].0, "high_entropy_path_value");
        assert_eq!(found(text)[1].0, "high_entropy_secret");
    }

    #[test]
    fn a_card_number_may_be_an_integer() {
        assert_masked(
            "[4111111111111111,-4111111111111111]",
            r#"["****1111","-****1111"]"#,
        );
        assert_eq!(
            found("4111111111111111"),
            [("credit_card", "****1111".to_owned())]
        );
    }

    #[test]
    fn depth_hides_nothing() {
        let text = format!(
            "{}\"AKIAIOSFODNN7EXAMPLE\"{}",
            "[".repeat(500),
            "]".repeat(500)
        );
        assert_eq!(found(&text).len(), 1);
    }

    #[test]
    fn masked_keys_stay_apart() {
        assert_masked(
            r#"{"bob@a.co":1,"bill@a.co":2,"b****@a.co":3}"#,
            r#"{"b****@a.co":1,"b****@a.co#2":2,"b****@a.co#3":3}"#,
        );
    }
}
