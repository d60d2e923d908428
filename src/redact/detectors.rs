//! The named patterns, one row each.
//!
//! The order is the order of masking (FORMAT.md, "Redaction"): a later pattern sees what the earlier ones
//! left. Every matcher is written by hand, so that a process which looks at one small event compiles nothing,
//! and each is linear: a candidate either fails within a constant or takes what it read.

use super::{credentials, personal, tokens};
use crate::record::fields::Severity;

/// A match in a text, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Where the search goes on. Past `end` when the pattern read more than it took.
    pub(super) next: usize,
}

impl Hit {
    pub(super) fn new(start: usize, end: usize) -> Self {
        Self {
            start,
            end,
            next: end,
        }
    }
}

/// What a pattern is about, which decides whether a rule applies it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// How to reach someone or something: what an identity field is there to say.
    Contact,
    /// A number that somebody was given. Some ids that were drawn at random look like one.
    Number,
    /// Everything else.
    Secret,
}

/// A named pattern.
pub(super) struct Detector {
    pub(super) kind: &'static str,
    pub(super) severity: Severity,
    pub(super) subject: Subject,
    /// Whether a text with these bytes can match at all.
    pub(super) gate: fn(&Bytes) -> bool,
    /// Finds the first match that starts at or after an offset.
    pub(super) find: fn(&str, usize) -> Option<Hit>,
    /// Returns what a match is replaced by.
    pub(super) mask: fn(&str) -> String,
}

const fn row(
    kind: &'static str,
    severity: Severity,
    gate: fn(&Bytes) -> bool,
    find: fn(&str, usize) -> Option<Hit>,
    mask: fn(&str) -> String,
) -> Detector {
    Detector {
        kind,
        severity,
        subject: Subject::Secret,
        gate,
        find,
        mask,
    }
}

impl Detector {
    const fn about(self, subject: Subject) -> Self {
        Self { subject, ..self }
    }
}

/// Every named pattern, in the order of masking.
pub(super) const DETECTORS: &[Detector] = {
    use Severity::{Critical, High, Medium};
    &[
        row(
            "api_key",
            Critical,
            |b| b.all(b"AKI") || b.all(b"-k") || b.all(b"-xo"),
            tokens::api_key,
            tokens::first_four,
        ),
        row(
            "gcp_api_key",
            Critical,
            |b| b.all(b"AIza"),
            tokens::gcp_api_key,
            tokens::first_four,
        ),
        row(
            "aws_secret_key",
            Critical,
            |b| b.any(b"aA") && b.any(b"wW") && b.all(b"_"),
            credentials::aws_secret_key,
            credentials::mask_aws_secret_key,
        ),
        row(
            "webhook_url",
            Critical,
            |b| b.all(b"htps:/cko"),
            tokens::webhook_url,
            tokens::mask_webhook_url,
        ),
        row(
            "stripe_key",
            Critical,
            |b| b.all(b"k_e"),
            tokens::stripe_key,
            tokens::first_four,
        ),
        row(
            "github_token",
            Critical,
            |b| b.all(b"gh_"),
            tokens::github_token,
            tokens::first_four,
        ),
        row(
            "private_key",
            Critical,
            |b| b.all(b"-BEGIN PRVATKY"),
            credentials::private_key,
            |_| "[PRIVATE KEY REDACTED]".to_owned(),
        ),
        row(
            "db_conn",
            Critical,
            |b| b.all(b":/s") || b.all(b":/m"),
            credentials::db_conn,
            credentials::mask_db_conn,
        ),
        row(
            "password",
            Critical,
            |b| b.any(b"=:") && b.any(b"pP") && b.any(b"wWhH") && b.any(b"dDeE"),
            credentials::password,
            credentials::mask_password,
        ),
        row(
            "jwt",
            High,
            |b| b.all(b"eyJ."),
            tokens::jwt,
            |_| "eyJ****".to_owned(),
        ),
        row("iban", High, Bytes::digit, personal::iban, |found| {
            format!("{}****", found[..2].to_ascii_uppercase())
        })
        .about(Subject::Number),
        row(
            "credit_card",
            High,
            Bytes::digit,
            personal::credit_card,
            personal::mask_credit_card,
        )
        .about(Subject::Number),
        row(
            "ssn",
            High,
            |b| b.any(b"- "),
            personal::ssn,
            |found| format!("***-**-{}", super::chars::suffix(found, 4)),
        )
        .about(Subject::Number),
        row(
            "bot_token",
            High,
            |b| b.all(b":"),
            tokens::bot_token,
            |_| "****".to_owned(),
        ),
        row(
            "bearer_token",
            High,
            |b| b.all(b"Bear"),
            tokens::bearer_token,
            |_| "Bearer ****".to_owned(),
        ),
        row(
            "email",
            Medium,
            |b| b.all(b"@."),
            personal::email,
            personal::mask_email,
        )
        .about(Subject::Contact),
        row(
            "ip_internal",
            Medium,
            |b| b.all(b"1."),
            personal::ip_internal,
            personal::mask_ip_internal,
        )
        .about(Subject::Contact),
        row(
            "phone",
            Medium,
            |b| b.high() || b.digit(),
            personal::phone,
            |found| format!("***-***-{}", super::chars::suffix(found, 4)),
        )
        .about(Subject::Contact),
    ]
};

/// Which bytes a text has.
pub(super) struct Bytes([bool; 256]);

impl Bytes {
    pub(super) fn of(text: &str) -> Self {
        let mut seen = [false; 256];
        for byte in text.bytes() {
            seen[usize::from(byte)] = true;
        }
        Self(seen)
    }

    /// Whether each of `bytes` occurs.
    pub(super) fn all(&self, bytes: &[u8]) -> bool {
        bytes.iter().all(|byte| self.0[usize::from(*byte)])
    }

    /// Whether one of `bytes` occurs.
    fn any(&self, bytes: &[u8]) -> bool {
        bytes.iter().any(|byte| self.0[usize::from(*byte)])
    }

    /// Whether an ASCII digit occurs.
    fn digit(&self) -> bool {
        self.any(b"0123456789")
    }

    /// Whether anything past ASCII occurs.
    pub(super) fn high(&self) -> bool {
        self.0[0x80..].contains(&true)
    }
}

impl Detector {
    /// Returns the matches, from the first to the last.
    pub(super) fn hits(&self, text: &str) -> Vec<Hit> {
        let mut hits = Vec::new();
        let mut at = 0;
        while let Some(hit) = (self.find)(text, at) {
            at = hit.next;
            hits.push(hit);
        }
        hits
    }

    /// Returns what a finding shows of a match.
    pub(super) fn sample(&self, found: &str) -> String {
        const SAMPLE_CHARS: usize = 120;
        if self.kind == "db_conn" {
            // What hides the password is behind it, so the mask must see the whole. The host and the path
            // are shown, and may hold something else.
            let masked = (self.mask)(found);
            let sample = super::chars::prefix(&masked, SAMPLE_CHARS);
            return super::mask_all(sample, super::Rule::Full).into_owned();
        }
        (self.mask)(super::chars::prefix(found, SAMPLE_CHARS))
    }
}
