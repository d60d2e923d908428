//! Example chains: the same bytes for the same arguments, on every machine.

use crate::{
    chain,
    digest::Digest,
    input_hash::input_hash,
    json::{Object, Value},
    record::{id, source},
    time::Timestamp,
};

/// 2026-01-05T09:00:00Z, when every example begins.
const START_NANOS: i128 = 1_767_603_600_000_000_000;

/// Returns a short example: an agent reads a mailbox for a customer, then writes a report that a person
/// approved.
pub fn example() -> String {
    let mut chain = Chain::new(0);
    let mut read = chain.action(&Action {
        tool: "mcp__gmail__search_threads",
        kind: ["tool_call", "privacy"],
        scope: "mcp:gmail",
        input: object(&[("query", "open invoices from j****@example.com".into())]),
        summary: "{\"query\":\"open invoices from j****@example.com\"}",
        outcome: "ok",
    });
    read.insert(
        "findings",
        Value::Array(vec![
            object(&[
                ("type", "email".into()),
                ("severity", "MEDIUM".into()),
                ("sample", "j****@example.com".into()),
            ])
            .into(),
        ]),
    );
    read.insert("severity", "MEDIUM");
    read.insert(
        "principal",
        object(&[
            ("human_id", "u_dana".into()),
            ("role_scope", "support".into()),
        ]),
    );
    let first = read.str("record_id").map(str::to_owned);
    let mut text = chain.seal(read);
    let mut write = chain.action(&Action {
        tool: "Write",
        kind: ["write", "safety"],
        scope: "fs.write",
        input: object(&[("file_path", "report.md".into())]),
        summary: "{\"file_path\":\"report.md\"}",
        outcome: "ok",
    });
    if let Some(Value::Object(authorization)) = write
        .get_mut("action")
        .and_then(Value::as_object_mut)
        .and_then(|action| action.get_mut("authorization"))
    {
        authorization.insert("decision", "human_approved");
        authorization.insert("approver", "dana");
    }
    if let Some(first) = first {
        write.insert("parent_id", first);
    }
    text.push_str(&chain.seal(write));
    text
}

/// Returns the lines of a chain of `records` varied records. A seed always gives the same chain, and a
/// longer chain begins with the shorter one.
pub fn chain(records: u64, seed: u64) -> impl Iterator<Item = String> {
    let mut chain = Chain::new(seed);
    (0..records).map(move |_| {
        let record = chain.varied();
        chain.seal(record)
    })
}

struct Action<'a> {
    tool: &'a str,
    kind: [&'a str; 2],
    scope: &'a str,
    input: Object,
    summary: &'a str,
    outcome: &'a str,
}

/// A chain that grows.
struct Chain {
    random: SplitMix,
    now_nanos: i128,
    head: Digest,
    previous_id: Option<String>,
}

impl Chain {
    const fn new(seed: u64) -> Self {
        Self {
            random: SplitMix(seed),
            now_nanos: START_NANOS,
            head: Digest::GENESIS,
            previous_id: None,
        }
    }

    fn action(&mut self, action: &Action<'_>) -> Object {
        let mut record_id = [0; 16];
        record_id[..8].copy_from_slice(&self.random.next().to_be_bytes());
        record_id[8..].copy_from_slice(&self.random.next().to_be_bytes());
        let record_id = id::from_random(record_id);
        self.now_nanos += i128::from(self.random.next() % 4_000_000 + 1) * 1000;
        let ts = Timestamp::from_unix_nanos(self.now_nanos)
            .map_or_else(String::new, |ts| ts.to_string());
        object(&[
            ("schema_version", "0.1".into()),
            ("record_id", record_id.into()),
            ("session_id", "session-1".into()),
            ("ts", ts.into()),
            (
                "agent",
                object(&[
                    ("id", "claude-code".into()),
                    ("name", "claude-code".into()),
                    ("version", "2.1.0".into()),
                ])
                .into(),
            ),
            (
                "action",
                object(&[
                    ("type", action.kind[0].into()),
                    ("category", action.kind[1].into()),
                    ("tool", action.tool.into()),
                    (
                        "authorization",
                        object(&[("scope", action.scope.into())]).into(),
                    ),
                    (
                        "input",
                        object(&[
                            (
                                "hash",
                                input_hash(&action.input.clone().into()).prefixed().into(),
                            ),
                            ("summary", action.summary.into()),
                        ])
                        .into(),
                    ),
                ])
                .into(),
            ),
            ("severity", "INFO".into()),
            ("findings", Value::Array(Vec::new())),
            ("integrity", Object::new().into()),
            ("source", source::block("hook").into()),
            (
                "outcome",
                object(&[("status", action.outcome.into())]).into(),
            ),
        ])
    }

    /// One record as a coding agent's day makes them, every optional field now and then.
    fn varied(&mut self) -> Object {
        const TOOLS: &[(&str, [&str; 2], &str, &str)] = &[
            ("Bash", ["tool_call", "security"], "exec", "command"),
            ("Read", ["read", "privacy"], "fs.read", "file_path"),
            ("Edit", ["write", "safety"], "fs.write", "file_path"),
            ("Grep", ["read", "privacy"], "fs.read", "pattern"),
            ("WebFetch", ["network", "security"], "network", "url"),
            (
                "mcp__tracker__create_issue",
                ["tool_call", "security"],
                "mcp:tracker",
                "title",
            ),
        ];
        const VALUES: &[&str] = &[
            "cargo test --workspace",
            "src/payments/refund.rs",
            "git log --oneline -20",
            "fn settle\\(",
            "https://docs.example.com/api/v2/refunds",
            "Überweisung schlägt fehl – bitte prüfen 🙂",
            "docs/architecture.md",
            "python3 scripts/reconcile.py --month 2026-01",
        ];
        let (tool, kind, scope, key) = *self.random.pick(TOOLS);
        let value = *self.random.pick(VALUES);
        let serial = self.random.next() % 100_000;
        let mut text = format!("{value} #{serial}");
        if self.random.one_in(3) {
            self.lengthen(&mut text);
        }
        let input = object(&[(key, text.into())]);
        let mut summary = Vec::new();
        // The example inputs are strings, which always have a canonical form.
        crate::canon::write(&input.clone().into(), &mut summary).unwrap_or_default();
        let outcome = if self.random.one_in(12) {
            "error"
        } else {
            "ok"
        };
        let mut record = self.action(&Action {
            tool,
            kind,
            scope,
            input,
            summary: &String::from_utf8_lossy(&summary),
            outcome,
        });
        let session = self.random.next() % 7;
        record.insert("session_id", format!("session-{session}"));
        if let Some(Value::Object(outcome)) = record.get_mut("outcome") {
            let answer = Value::from(format!("answer {serial}"));
            let mut summary = format!("answer {serial}");
            if self.random.one_in(6) {
                self.lengthen(&mut summary);
            }
            outcome.insert("summary", summary);
            outcome.insert("hash", input_hash(&answer).prefixed());
        }
        self.optional_fields(&mut record);
        self.rare_fields(&mut record);
        self.previous_id = record.str("record_id").map(str::to_owned);
        record
    }

    /// Makes a text as long as scripts and answers are.
    fn lengthen(&mut self, text: &mut String) {
        const LINES: &[&str] = &[
            "for file in src/*.rs; do wc -l \"$file\"; done",
            "warning: unused variable: `total`",
            "SELECT id, amount FROM refunds WHERE state = 'open' ORDER BY id",
            "Die Buchung wurde geprüft und freigegeben.",
            "git diff --stat HEAD~3 -- src tests docs",
        ];
        for _ in 0..self.random.next() % 16 {
            text.push('\n');
            let line: &&str = self.random.pick(LINES);
            text.push_str(line);
        }
    }

    fn optional_fields(&mut self, record: &mut Object) {
        if self.random.one_in(2) {
            let customer = *self.random.pick(&["acme-corp", "initech", "globex"]);
            record.insert("subject", object(&[("id", customer.into())]));
        }
        if self.random.one_in(3) {
            record.insert(
                "principal",
                object(&[
                    ("human_id", "u_dana".into()),
                    ("role_scope", "support".into()),
                ]),
            );
        }
        if self.random.one_in(4)
            && let Some(parent) = &self.previous_id
        {
            record.insert("parent_id", parent.as_str());
        }
        if self.random.one_in(5) {
            record.insert(
                "data",
                object(&[
                    ("region", "eu-west".into()),
                    ("cross_region", Value::from(0)),
                    ("purpose", "customer support".into()),
                    ("zdr", true.into()),
                ]),
            );
        }
        if self.random.one_in(6) {
            let duration_ms = i64::try_from(self.random.next() % 60_000).unwrap_or_default();
            record.insert(
                "sealstone",
                object(&[
                    ("event", "PostToolUse".into()),
                    (
                        "call_id",
                        format!("toolu_{:016x}", self.random.next()).into(),
                    ),
                    ("duration_ms", duration_ms.into()),
                    ("cwd", "/home/dana/src/shop".into()),
                ]),
            );
        }
    }

    /// What few producers write.
    fn rare_fields(&mut self, record: &mut Object) {
        let rare: [(u64, &str, Value); 7] = [
            (
                6,
                "authority",
                object(&[
                    ("snapshot_id", "snap-4".into()),
                    ("same_as_previous", true.into()),
                    ("scope", "repository".into()),
                ])
                .into(),
            ),
            (
                7,
                "framework_tags",
                Value::Array(vec!["soc2".into(), "eu-ai-act".into()]),
            ),
            (
                8,
                "mcp",
                object(&[
                    ("server", "tracker".into()),
                    ("server_version", "1.4.0".into()),
                    ("client", "claude-code".into()),
                ])
                .into(),
            ),
            (9, "jurisdiction", "EU".into()),
            (
                10,
                "retention",
                object(&[("policy", "7y".into()), ("expires", "2033-01-01".into())]).into(),
            ),
            (
                11,
                "verification",
                object(&[
                    ("status", "allowed".into()),
                    ("verifier", "policy-bot".into()),
                ])
                .into(),
            ),
            (
                12,
                "threats",
                Value::Array(vec![object(&[("type", "prompt_injection".into())]).into()]),
            ),
        ];
        for (one_in, key, value) in rare {
            if self.random.one_in(one_in) {
                record.insert(key, value);
            }
        }
    }

    fn seal(&mut self, record: Object) -> String {
        match chain::seal_unchecked(record, self.head) {
            Ok(sealed) => {
                self.head = sealed.hash;
                sealed.line
            }
            Err(error) => unreachable!("examples hold only strings and small integers: {error}"),
        }
    }
}

fn object(members: &[(&str, Value)]) -> Object {
    members.iter().cloned().collect()
}

/// The `SplitMix64` generator: small, fast, and the same everywhere. Nothing secret comes from it.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.next().is_multiple_of(n)
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let count = from.len() as u64;
        let index = usize::try_from(self.next() % count).unwrap_or_default();
        &from[index]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::{Judgement, Verifier};

    #[test]
    fn examples_verify_without_a_warning_and_are_the_same_every_time() {
        let long: String = chain(300, 7).collect();
        let mut verifier = Verifier::new();
        verifier.log(long.as_bytes());
        let verdict = verifier.finish();
        assert_eq!(verdict.findings, []);
        assert_eq!(verdict.warnings, []);
        assert_eq!(
            (verdict.judgement, verdict.records),
            (Judgement::Intact, 300)
        );
        assert!(verdict.delegation.links > 0);
        assert!(long.starts_with(&chain(20, 7).collect::<String>()));
        assert_ne!(long, chain(300, 8).collect::<String>());
        assert_eq!(example(), example());
    }
}
