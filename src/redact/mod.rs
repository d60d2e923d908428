//! Finds secrets and personal data, and masks them, before anything is sealed.
//!
//! A record is written once and kept for years, so what must not be kept has to go before. [`scan()`] says
//! what was there, [`summary()`] and [`outcome_summary()`] give the short texts a record shows of arguments
//! and responses, and [`scrub()`] masks an assembled record. The kinds, severities, masks and limits are those
//! of FORMAT.md, "Redaction", so that other programs' records read the same.
//!
//! Everything here is linear in its input, at any depth, and compiles no pattern at run time. It finds what is
//! written like a secret; it cannot know that `Tuesday` is somebody's password.

mod chars;
mod credentials;
mod cut;
mod detectors;
mod entropy;
mod ids;
mod invisible;
mod keys;
mod personal;
mod readings;
mod record;
mod shape;
mod summary;
mod tokens;

use std::{borrow::Cow, collections::HashSet};

use detectors::{Bytes, DETECTORS, Hit, Subject};
use readings::Readings;

pub(crate) use invisible::is_invisible;
pub use record::{mask_authority, pseudonymize, scrub};
pub use shape::{masked, scan};
pub use summary::{outcome_summary, summary};

use crate::record::fields::Severity;

/// What stands in place of a value that is a credential by its name.
pub const MASK: &str = "****";

/// Every kind of finding, in the order of the format.
pub const KINDS: &[&str] = &[
    "api_key",
    "gcp_api_key",
    "aws_secret_key",
    "webhook_url",
    "stripe_key",
    "github_token",
    "private_key",
    "db_conn",
    "password",
    "jwt",
    "iban",
    "credit_card",
    "ssn",
    "bot_token",
    "bearer_token",
    "email",
    "ip_internal",
    "phone",
    HIGH_ENTROPY_SECRET,
    HIGH_ENTROPY_PATH_VALUE,
    CREDENTIAL_FIELD,
];

const CREDENTIAL_FIELD: &str = "credential_field";
const HIGH_ENTROPY_PATH_VALUE: &str = "high_entropy_path_value";
const HIGH_ENTROPY_SECRET: &str = "high_entropy_secret";

/// Something that should not be in a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// One of [`KINDS`].
    pub kind: &'static str,
    /// How bad it would be to keep it.
    pub severity: Severity,
    /// The masked text, enough to recognise it by and too little to use.
    pub sample: String,
}

/// Which patterns are masked in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// All but e-mail addresses, phone numbers and internal addresses: for fields that say who someone is.
    Credentials,
    /// The named patterns and whatever looks random: for free text.
    Full,
    /// The named patterns but those of personal data: for ids that were drawn at random, some of which look
    /// like an account number.
    Keys,
    /// The named patterns only: for identifiers, which look random and are meant to be read.
    Named,
}

impl Rule {
    /// Whether patterns of this subject are masked.
    fn has(self, subject: Subject) -> bool {
        match self {
            Self::Credentials => subject != Subject::Contact,
            Self::Full | Self::Named => true,
            Self::Keys => subject == Subject::Secret,
        }
    }
}

/// Masks what `rule` says in `text`.
///
/// Of a text of more than 65,536 characters a head is kept that ends outside of anything that could be a
/// secret, and a note says how much is withheld. A text with invisible characters is looked at with and without
/// those that could split a match; they are taken out unless they are what sets something masked apart. If nothing
/// is masked, the text comes back as it was.
///
/// ```
/// use sealstone::redact::{Rule, mask};
///
/// assert_eq!(mask("mail bob@example.com", Rule::Full), "mail b****@example.com");
/// assert_eq!(mask("mail bob@example.com", Rule::Credentials), "mail bob@example.com");
/// ```
pub fn mask(text: &str, rule: Rule) -> Cow<'_, str> {
    let cut = cut::cut(text);
    let masked = mask_all(cut.head, rule);
    match cut.note() {
        None => masked,
        Some(note) => Cow::Owned(masked.into_owned() + &note),
    }
}

/// Masks a text of any length.
fn mask_all(text: &str, rule: Rule) -> Cow<'_, str> {
    let bytes = Bytes::of(text);
    let mut readings = Readings::new(text, bytes.high());
    for detector in DETECTORS {
        if rule.has(detector.subject) && (detector.gate)(&bytes) {
            readings.mask(|text| detector.hits(text), detector.mask);
        }
    }
    if matches!(rule, Rule::Credentials | Rule::Full) {
        readings.mask(|text| entropy::hits(text).collect(), entropy::sample);
    }
    readings.into_masked()
}

/// What the entropy rule calls a hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entropy {
    /// A path, which stays readable.
    Path,
    /// A secret.
    Secret,
}

/// The findings of a structure, each kind and sample once.
#[derive(Debug, Default)]
struct Findings {
    list: Vec<Finding>,
    known: HashSet<(&'static str, String)>,
}

impl Findings {
    fn add(&mut self, kind: &'static str, severity: Severity, sample: String) {
        if self.known.insert((kind, sample.clone())) {
            self.list.push(Finding {
                kind,
                severity,
                sample,
            });
        }
    }
}

/// The findings of one text, of which each kind is reported [`Leaf::MAX_PER_KIND`] times at most.
struct Leaf<'a> {
    findings: &'a mut Findings,
    samples: Vec<(&'static str, HashSet<String>)>,
}

impl<'a> Leaf<'a> {
    const MAX_PER_KIND: usize = 25;

    fn new(findings: &'a mut Findings) -> Self {
        Self {
            findings,
            samples: Vec::new(),
        }
    }

    /// Adds what is in a part of the text.
    fn scan(&mut self, text: &str, entropy: Entropy) {
        let bytes = Bytes::of(text);
        let readings = Readings::new(text, bytes.high());
        let mut residual = readings.clone();
        let mut accounts: Vec<Hit> = Vec::new();
        for detector in DETECTORS {
            if !(detector.gate)(&bytes) {
                continue;
            }
            let found = readings.find(|text| detector.hits(text));
            if detector.kind == "iban" {
                accounts.extend(found.iter().map(|found| found.hit));
            }
            for found in &found {
                if detector.kind != "credit_card" || !overlaps(found.hit, &accounts) {
                    let sample = detector.sample(found.text);
                    self.add(detector.kind, detector.severity, sample);
                }
            }
            // Masks bring in nothing that a pattern matches, so one without a hit has none in what is left.
            if !found.is_empty() {
                residual.mask(|text| detector.hits(text), detector.mask);
            }
        }
        let (kind, severity) = match entropy {
            Entropy::Path => (HIGH_ENTROPY_PATH_VALUE, Severity::Low),
            Entropy::Secret => (HIGH_ENTROPY_SECRET, Severity::High),
        };
        for found in residual.find(|text| entropy::hits(text).collect()) {
            self.add(kind, severity, entropy::sample(found.text));
        }
    }

    fn add(&mut self, kind: &'static str, severity: Severity, sample: String) {
        let known = self.samples.iter().position(|(known, _)| *known == kind);
        let index = known.unwrap_or_else(|| {
            self.samples.push((kind, HashSet::new()));
            self.samples.len() - 1
        });
        let samples = &mut self.samples[index].1;
        if samples.len() < Self::MAX_PER_KIND && samples.insert(sample.clone()) {
            self.findings.add(kind, severity, sample);
        }
    }
}

/// Whether `hit` shares bytes with one of `others`, which ascend. The digits of an account number are not a
/// card's as well.
fn overlaps(hit: Hit, others: &[Hit]) -> bool {
    let next = others.partition_point(|other| other.end <= hit.start);
    others.get(next).is_some_and(|other| other.start < hit.end)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::json::{Object, Value};

    #[test]
    fn every_detector_has_its_kind() {
        let detectors = DETECTORS.iter().map(|detector| detector.kind);
        assert!(detectors.eq(KINDS[..18].iter().copied()));
        assert_eq!(KINDS.len(), 21);
    }

    #[test]
    fn a_rule_masks_what_it_says() {
        let text = "bob@x.com 555-123-4567 10.1.2.3 AKIAIOSFODNN7EXAMPLE Zx9Kq2Lm8Vt4Rw7Yp1Bn5Hd3";
        assert_eq!(
            mask(text, Rule::Full),
            "b****@x.com ***-***-4567 10.1.*.* AKIA**** Zx9****"
        );
        assert_eq!(
            mask(text, Rule::Named),
            "b****@x.com ***-***-4567 10.1.*.* AKIA**** Zx9Kq2Lm8Vt4Rw7Yp1Bn5Hd3"
        );
        assert_eq!(
            mask(text, Rule::Credentials),
            "bob@x.com 555-123-4567 10.1.2.3 AKIA**** Zx9****"
        );
        assert_eq!(
            mask(text, Rule::Keys),
            "bob@x.com 555-123-4567 10.1.2.3 AKIA**** Zx9Kq2Lm8Vt4Rw7Yp1Bn5Hd3"
        );
    }

    #[test]
    fn a_text_without_a_match_is_borrowed() {
        assert!(matches!(
            mask("ls -la /tmp", Rule::Full),
            Cow::Borrowed("ls -la /tmp")
        ));
    }

    #[test]
    fn patterns_see_the_text_and_randomness_what_they_left() {
        let kinds: Vec<_> = scan(&"password=AKIAIOSFODNN7EXAMPLE".into())
            .into_iter()
            .map(|finding| finding.kind)
            .collect();
        assert_eq!(kinds, ["api_key", "password"]);
    }

    #[test]
    fn masking_twice_changes_nothing() {
        for text in [
            "password=hunter2 bob@x.com https://discord.com/api/webhooks/1/a",
            "postgres://u:p@h GB82WEST12345698765432 eyJaaaaaaaaaa.aaaaaaaaaa.aaaaaaaaaa",
            "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        ] {
            let once = mask(text, Rule::Full);
            assert_eq!(mask(&once, Rule::Full), once);
        }
    }

    // A matcher that went back over what it had read would need minutes here, not the fraction of a second
    // that a debug build takes.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "a bound on time needs a clock")]
    fn a_hostile_megabyte_takes_no_longer_than_a_harmless_one() {
        for part in [
            "a@",
            "a@b.",
            "eyJaaaaaaaaaa.",
            "eyJ....",
            "-----BEGIN",
            "-----BEGIN PRIVATE KEY-----",
            "A: -----BEGIN PRIVATE KEY-----\n",
            "-----BEGIN PRIVATE KEY----------END",
            "4",
            "4111 ",
            "GB82 WEST ",
            "password",
            "password ",
            "password=",
            "aws_secret_access_key ",
            "sk-",
            "12345678:",
            "redis://",
            "https://",
            "Bearer ",
            "Zx9Kq2Lm8Vt4",
            "a\u{200B}",
            "\u{200B}",
            "4111111111111111\u{200B}ok 4111\u{200B}1111 ",
            "1\u{200B}",
            "password=\\\\\\\"",
            "-----BEGIN PRIVATE KEY-----\\n",
            "\u{661}",
            "*** Begin Patch\n*** Add File: /a/b\n",
        ] {
            let text = part.repeat((1 << 20) / part.len());
            let start = Instant::now();
            let value = text.into();
            scan(&value);
            summary(&value);
            assert!(start.elapsed() < Duration::from_secs(20), "{part}");
        }
    }

    // The same of structures: what is done for one leaf or one key must not look at all the others.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "a bound on time needs a clock")]
    fn twenty_thousand_leaves_or_keys_take_no_longer_than_one_long_text() {
        const COUNT: usize = 20_000;
        let long = "k".repeat(1 << 20);
        let object = |key: fn(usize) -> String, leaf: &str| -> Value {
            let members = (0..COUNT).map(|n| (key(n), leaf));
            members.collect::<Object>().into()
        };
        let list = |leaf: fn(usize) -> String| -> Value {
            (0..COUNT)
                .map(|n| leaf(n).into())
                .collect::<Vec<Value>>()
                .into()
        };
        let under = |key: &str, value: Value| -> Value {
            std::iter::once((key, value)).collect::<Object>().into()
        };
        let nested = (0..200).fold(list(|n| format!("p{n}")), |inner, _| {
            under("password", inner)
        });
        for (name, value) in [
            ("addresses", list(|n| format!("u{n}@x{n}.com"))),
            ("equal addresses", list(|_| "u@x.com".to_owned())),
            ("split numbers", list(|n| format!("123-45-{n:04}\u{200B}x"))),
            ("random", list(|n| format!("Zx9Kq2Lm8Vt4Rw7Yp1Bn5Hd{n}"))),
            ("keys", object(|n| format!("key{n}"), "u@x.com")),
            (
                "keys that become the same",
                object(|n| format!("u{n}@x.com"), "v"),
            ),
            (
                "names of credentials",
                object(|n| format!("k{n}_password"), "v"),
            ),
            (
                "a long name of credentials",
                under(&format!("{long}_password"), list(|n| format!("p{n}"))),
            ),
            ("nested names of credentials", nested),
        ] {
            let start = Instant::now();
            scan(&value);
            summary(&value);
            outcome_summary(&value);
            masked(&value);
            mask_authority(&mut value.clone());
            for mut fields in [under("custom", value.clone()), value.clone()] {
                if let Value::Object(fields) = &mut fields {
                    scrub(fields);
                }
            }
            assert!(start.elapsed() < Duration::from_secs(20), "{name}");
        }
    }

    #[test]
    fn a_filler_beside_a_number_is_no_letter() {
        for text in ["\u{3164}4111 1111 1111 1111", "123-45-6789\u{FFA0}"] {
            assert_ne!(mask(text, Rule::Full), text);
            assert_eq!(scan(&text.into()).len(), 1, "{text}");
        }
    }

    proptest::proptest! {
        // Offsets are bytes and texts are not ASCII: what must hold is that no cut falls into a character.
        #[test]
        fn any_mixture_of_what_patterns_look_for_is_masked(
            parts in proptest::collection::vec(
                proptest::sample::select(vec![
                    "sk-", "AKIA", "xoxb-", "eyJ", "ghp_", "https://", ".webhook.office.com/webhookb2/", "redis",
                    "://", "@", ".", "-", " ", "\n", "\"", "=", ":", "(", "+1 ", "é", "\u{200B}", "\u{661}",
                    "\u{17F}", "password", "pwd", "aws_secret_access_key", "-----BEGIN", " PRIVATE KEY",
                    "-----END", "-----", "GB82", "4111", "10.", "555", "12345678", "aB3dE6gH9jK2", "Bearer",
                    "*** Begin Patch\n", "*** Add File: /", "x",
                ]),
                0..60,
            ),
        ) {
            let text = parts.concat();
            for rule in [Rule::Credentials, Rule::Full, Rule::Keys, Rule::Named] {
                proptest::prop_assert_eq!(mask(&text, rule).is_empty(), text.is_empty());
            }
            let value = text.as_str().into();
            for finding in scan(&value) {
                proptest::prop_assert!(KINDS.contains(&finding.kind));
            }
            proptest::prop_assert!(summary(&value).chars().count() <= 200);
            proptest::prop_assert!(outcome_summary(&value).chars().count() <= 200);
        }
    }
}
