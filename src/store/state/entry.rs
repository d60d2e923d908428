//! The line of JSON in a state, and what it says once it was found to be possible.

use serde::{Deserialize, Serialize};

use crate::{
    record::id::IdKey,
    store::gate::{Known, Sample},
    time::Timestamp,
    verify::{Code, Delegation, Finding, KnownIds, MAX_FINDINGS, Proven},
};

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Index {
    pub(super) schema: String,
    pub(super) logs: Vec<Entry>,
}

/// What is known of one log, but for the ids.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub(super) log: String,
    pub(super) bytes: u64,
    pub(super) lines: u64,
    pub(super) records: u64,
    pub(super) head: String,
    /// In nanoseconds since 1970.
    pub(super) latest_ts: Option<String>,
    pub(super) links: u64,
    pub(super) orphans: u64,
    pub(super) warnings: Vec<Warning>,
    pub(super) warnings_left_out: u64,
    pub(super) seed: String,
    pub(super) sample: String,
    pub(super) ids: Block,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Warning {
    pub(super) code: String,
    pub(super) record: u64,
    pub(super) line: u64,
    pub(super) pointer: Option<String>,
    pub(super) message: String,
}

/// Where the ids of a log are.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Block {
    pub(super) count: u64,
    pub(super) numbered: bool,
    pub(super) offset: u64,
    pub(super) sha256: String,
}

/// Returns ids as they are written.
pub(super) fn bytes_of(ids: &KnownIds) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(ids.keys.len() * 24);
    for key in &ids.keys {
        bytes.extend_from_slice(key.as_bytes());
    }
    for record in ids.records.iter().flatten() {
        bytes.extend_from_slice(&record.to_le_bytes());
    }
    bytes
}

impl Entry {
    pub(super) fn of(name: &str, known: &Known, ids: Block) -> Self {
        let proven = &known.proven;
        let warning = |warning: &Finding| Warning {
            code: warning.code.as_str().to_owned(),
            record: warning.record,
            line: warning.line,
            pointer: warning.pointer.clone(),
            message: warning.message.clone(),
        };
        Self {
            log: name.to_owned(),
            bytes: proven.bytes,
            lines: proven.lines,
            records: proven.records,
            head: proven.head.to_string(),
            latest_ts: proven.latest_ts.map(|ts| ts.unix_nanos().to_string()),
            links: proven.delegation.links,
            orphans: proven.delegation.orphans,
            warnings: proven.warnings.iter().map(warning).collect(),
            warnings_left_out: proven.warnings_left_out,
            seed: known.sample.seed.to_string(),
            sample: known.sample.digest.to_string(),
            ids,
        }
    }

    /// Returns what this says, or `None` if it cannot be so.
    pub(super) fn known(&self, ids: &[u8]) -> Option<Known> {
        let is_counted = (1..=self.lines).contains(&self.records)
            && self.lines <= self.bytes
            && i64::try_from(self.bytes).is_ok()
            && self.orphans <= self.links
            && self.links <= self.records
            && self.warnings.len() <= MAX_FINDINGS
            && self.warnings_left_out <= self.records.saturating_mul(2);
        if !is_counted {
            return None;
        }
        let latest_ts = match &self.latest_ts {
            Some(nanos) => Some(Timestamp::from_unix_nanos(nanos.parse().ok()?)?),
            None => None,
        };
        let warnings = self.warnings.iter().map(|warning| self.warning(warning));
        Some(Known {
            proven: Proven {
                bytes: self.bytes,
                lines: self.lines,
                records: self.records,
                head: self.head.parse().ok()?,
                latest_ts,
                delegation: Delegation {
                    links: self.links,
                    orphans: self.orphans,
                },
                warnings: warnings.collect::<Option<_>>()?,
                warnings_left_out: self.warnings_left_out,
                ids: self.ids_of(ids)?,
            },
            sample: Sample {
                seed: self.seed.parse().ok()?,
                digest: self.sample.parse().ok()?,
            },
        })
    }

    fn warning(&self, warning: &Warning) -> Option<Finding> {
        let is_placed = (1..=self.records).contains(&warning.record)
            && (warning.record..=self.lines).contains(&warning.line);
        let mut codes = Code::ALL.iter().filter(|code| code.is_warning());
        let code = codes.find(|code| code.as_str() == warning.code)?;
        is_placed.then(|| Finding {
            code: *code,
            record: warning.record,
            line: warning.line,
            pointer: warning.pointer.clone(),
            message: warning.message.clone(),
        })
    }

    fn ids_of(&self, bytes: &[u8]) -> Option<KnownIds> {
        let count = usize::try_from(self.ids.count).ok()?;
        let (keys, numbers) = bytes.split_at_checked(count.checked_mul(16)?)?;
        let (keys, _) = keys.as_chunks();
        let keys = keys.iter().map(|key| IdKey::from_bytes(*key)).collect();
        let (numbers, _) = numbers.as_chunks();
        let numbers = numbers.iter().map(|number| u64::from_le_bytes(*number));
        let records: Option<Vec<u64>> = self.ids.numbered.then(|| numbers.collect());
        let is_sound = match &records {
            None => self.ids.count <= self.records,
            Some(records) => {
                records.is_sorted_by(|a, b| a < b)
                    && records.first().is_none_or(|first| *first > 0)
                    && records.last().is_none_or(|last| *last <= self.records)
            }
        };
        is_sound.then_some(KnownIds { keys, records })
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::known, *};

    #[test]
    fn counts_that_cannot_be_are_refused() {
        let known = known(3, 1);
        let ids = bytes_of(&known.proven.ids);
        let block = Block {
            count: 3,
            numbered: false,
            offset: 0,
            sha256: String::new(),
        };
        let sound = Entry::of("a", &known, block);
        assert_eq!(sound.known(&ids), Some(known));
        let wrong: [fn(&mut Entry); 10] = [
            |entry| entry.records = 0,
            |entry| entry.records = u64::MAX,
            |entry| entry.records = 2,
            |entry| entry.lines = 2,
            |entry| entry.bytes = 2,
            |entry| entry.links = 4,
            |entry| entry.warnings[0].code = "not-json".to_owned(),
            |entry| entry.warnings[0].record = 0,
            |entry| entry.latest_ts = Some("x".to_owned()),
            |entry| entry.ids.count = u64::MAX,
        ];
        for (n, change) in wrong.iter().enumerate() {
            let mut entry = sound.clone();
            change(&mut entry);
            assert_eq!(entry.known(&ids), None, "{n}");
        }
    }
}
