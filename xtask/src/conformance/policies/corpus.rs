//! Policies of every sort, sound and unsound: whether one is refused, the reference says.

/// A policy, by what it shows.
pub(super) struct Sample {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

/// Where ours differ on purpose; the names are listed with their reasons.
const ODD: &[(&str, &str)] = &[
    (
        "a key of its own below data",
        r#"[{"id":"r","forbid":{"data.custom_key":"x"}}]"#,
    ),
    (
        "a key of its own below outcome",
        r#"[{"id":"r","forbid":{"outcome.code":{"gte":500}}}]"#,
    ),
    (
        "a key of its own at the top",
        r#"[{"id":"r","forbid":{"x_team[]":"red"}}]"#,
    ),
    (
        "a key of its own below authority",
        r#"[{"id":"r","forbid":{"authority.permission_mode":"plan"}}]"#,
    ),
    (
        "the extension",
        r#"[{"id":"r","forbid":{"sealstone.phase":"intent"}}]"#,
    ),
    (
        "a member of a text",
        r#"[{"id":"r","forbid":{"action.type.x":"x"}}]"#,
    ),
    (
        "a member of a list's text",
        r#"[{"id":"r","forbid":{"data.pii_types[].x":"x"}}]"#,
    ),
    (
        "an invisible contradiction",
        r#"[{"id":"r","forbid":{"subject.id":{"eq":"x\u200b","ne":"x"}}}]"#,
    ),
];

/// Times for either end of a window.
pub(super) const TIMES: &[&str] = &[
    "2026-11-22",
    "20261122",
    " 2026-11-22",
    "2026-W47-1",
    "2026W471",
    "2026-W47",
    "2026-W53-7",
    "2026-W54-1",
    "2026-W47-8",
    "2026-326",
    "2026",
    "2026-11",
    "2026-13-01",
    "2026-02-29",
    "0000-01-01",
    "0001-01-01",
    "9999-12-31",
    "x",
    "",
    "2026-11-22T",
    "2026-11-22T0",
    "2026-11-22T00Z",
    "2026-11-22T00:0",
    "2026-11-22T12:00",
    "2026-11-22X12:00",
    "2026-11-22 12:00:00Z",
    "2026-11-22T12:00:00 Z",
    "2026-11-22T12:00:00.5",
    "2026-11-22T12:00:00,5Z",
    "2026-11-22T12:00:00.1234567Z",
    "2026-11-22T12:00:00.Z",
    "2026-11-22T12:00.5",
    "2026-11-22T120000",
    "20261122T120000Z",
    "20261122T12:00:00",
    "2026-11-22T24:00:00Z",
    "2026-11-22T12:60:00Z",
    "2026-11-22T12:00:60Z",
    "2026-11-22t12:00:00z",
    "2026-11-22T12:00:00+02:00",
    "2026-11-22T12:00:00-0230",
    "2026-11-22T12:00:00+02",
    "2026-11-22T12:00:00+02:00:30",
    "2026-11-22T12:00:00+23:59",
    "2026-11-22T12:00:00+25:00",
    "2026-11-22T12:00:00Zz",
    "2026-11-22Z",
    "2026-11-22Z12:00",
    "0001-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59-01:00",
    "\u{a0}2026-11-22",
];

/// Both ends of windows.
pub(super) const SPANS: &[[&str; 2]] = &[
    ["2026-11-21", "2026-11-22"],
    ["2000-01-01", "2100-01-01"],
    ["2026-11-22", "2020-01-01"],
    ["2100-01-01", "2100-01-02"],
];

/// Subjects that are expected.
pub(super) const SUBJECTS: &[&str] =
    &["acme-corp", "initech", "ACME-corp", "acme-corp\u{200b}", ""];

/// Conditions of one field, each forbidden and required.
const FIELDS: &str = include_str!("fields.txt");

/// What selects records, a part of the rule, and its condition.
const SCOPES: &str = include_str!("scopes.txt");

/// Whole files, in which RULE stands for a sound rule.
const WHOLE: &str = include_str!("files.txt");

const RULE: &str = r#"{"id":"r","forbid":{"severity":"HIGH"}}"#;

pub(super) fn policies() -> Vec<Sample> {
    let mut samples: Vec<Sample> = ODD.iter().map(|(name, text)| sample(name, text)).collect();
    for fields in lines(FIELDS) {
        let text = format!(
            r#"[{{"id":"f","forbid":{{{fields}}}}},{{"id":"r","require":{{{fields}}}}},{{"id":"w","when":{{{fields}}},"require":{{"ts":"x"}}}}]"#
        );
        samples.push(sample(fields, &text));
    }
    for scope in lines(SCOPES) {
        let parts: Vec<&str> = scope.split('|').collect();
        let [when, part, condition] = parts[..] else {
            continue;
        };
        let text = format!(r#"[{{"id":"r","when":{when},"{part}":{condition}}}]"#);
        samples.push(sample(scope, &text));
    }
    let whole = lines(WHOLE).map(|text| sample(text, &text.replace("RULE", RULE)));
    samples.extend(whole);
    samples.extend(built());
    samples
}

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.starts_with('#'))
}

/// Files that are too long, or no text, to stand above.
fn built() -> Vec<Sample> {
    let with_note = |note: &str| format!(r#"{{"rules":[{RULE}],"note":{note}}}"#);
    let deep = |levels| with_note(&format!("{}{}", "[".repeat(levels), "]".repeat(levels)));
    let digits = |count| with_note(&"1".repeat(count));
    vec![
        sample("a note 400 deep", &deep(400)),
        sample("a note 600 deep", &deep(600)),
        sample("a number of 4000 digits", &digits(4000)),
        sample("a number of 4200 digits", &digits(4200)),
        sample("a number of 4400 digits", &digits(4400)),
        sample("an empty file", ""),
        sample("a byte order mark", &format!("\u{feff}[{RULE}]")),
        sample(
            "a tab in a text",
            "[{\"id\":\"a\tb\",\"expect_evidence\":true}]",
        ),
        sample("line ends and blanks", &format!("\r\n [\n{RULE}]\n\n")),
        Sample {
            name: "no text".to_owned(),
            bytes: vec![0xFF, 0xFE],
        },
        Sample {
            name: "a text of no UTF-8".to_owned(),
            bytes: b"[{\"id\":\"\xFF\",\"expect_evidence\":true}]".to_vec(),
        },
    ]
}

fn sample(name: &str, text: &str) -> Sample {
    Sample {
        name: name.to_owned(),
        bytes: text.as_bytes().to_owned(),
    }
}
