//! What a witness says of the records of a page. `templates/report/completeness.js` says the same of them in a browser.

use serde::Serialize;

use super::{
    span::Held,
    text::{clipped, plural, visible},
};
use crate::witness::{Chain, Completeness, Kept};

/// How much of a head that a witness names is shown, in characters: it may be anything.
const HEAD_CHARS: usize = 64;

/// Checkpoints of a log, as a page has them.
#[derive(Debug, Serialize)]
pub(super) struct Witness {
    /// Those of this log, in the witness's order.
    checkpoints: Vec<Witnessed>,
    /// How many lines of the witness are damaged.
    damaged: u64,
    /// How many other logs of the same subject it has checkpoints of.
    others: u64,
    /// The latest time that a stamp on one of them claims.
    pub(super) stamp: Option<String>,
}

#[derive(Debug, Serialize)]
struct Witnessed {
    count: u64,
    head: String,
}

impl Witness {
    /// Returns those of the checkpoints that are of this log.
    pub(super) fn of(chain: &Chain, kept: &Kept, completeness: &Completeness) -> Self {
        let (own, others) = chain.own(&kept.checkpoints);
        let witnessed = own.into_iter().map(|checkpoint| Witnessed {
            count: checkpoint.count,
            head: checkpoint.head.clone(),
        });
        Self {
            checkpoints: witnessed.collect(),
            damaged: kept.damage.len() as u64,
            others: others.len() as u64,
            stamp: completeness
                .stamp
                .as_ref()
                .map(|stamp| stamp.time.to_string()),
        }
    }

    /// Returns what it says of the records in a page, and what it does not say.
    fn text(&self, chain: &Chain, held: &Held) -> String {
        let damaged = format!(
            " The witness is damaged: {} of it cannot be read, and could say more.",
            plural(self.damaged, "line")
        );
        let others = format!(
            " It has checkpoints of {} of the same subject too.",
            plural(self.others, "other log")
        );
        let mut text = self.of_records(chain, held);
        for (count, said) in [(self.damaged, damaged), (self.others, others)] {
            if count > 0 {
                text.push_str(&said);
            }
        }
        text
    }

    fn of_records(&self, chain: &Chain, held: &Held) -> String {
        if self.checkpoints.is_empty() {
            return "The witness has no checkpoint of this log: records that were cut off at the end would not be missed."
                .to_owned();
        }
        let last = (held.first + held.records).saturating_sub(1);
        let is_within =
            |one: &&Witnessed| held.window.is_none() || (held.first..=last).contains(&one.count);
        let within: Vec<&Witnessed> = self.checkpoints.iter().filter(is_within).collect();
        let fits = |one: &&Witnessed| {
            let hash = chain.hash(one.count).filter(|_| one.count <= last);
            hash.is_some_and(|hash| hash.to_string() == one.head)
        };
        if let Some(Witnessed { count, head }) = within.iter().find(|one| !fits(one)) {
            return format!(
                "Incomplete: a witness names {} up to head {}, and this log does not have them.",
                plural(*count, "record"),
                visible(&clipped(head, HEAD_CHARS))
            );
        }
        match within.iter().map(|one| one.count).max() {
            None => "No checkpoint of the witness falls inside this window.".to_owned(),
            Some(latest) => format!(
                "Complete up to record {latest}: {} of a witness fit. {} behind it, which no checkpoint covers.",
                plural(within.len() as u64, "checkpoint"),
                plural(last - latest, "record")
            ),
        }
    }
}

/// Returns what is known of what is not in the records.
pub(super) fn completeness(witness: Option<&Witness>, chain: &Chain, held: &Held) -> String {
    match witness {
        Some(witness) => witness.text(chain, held),
        None => "No witness checkpoint was given: records that were cut off at the end would not be missed.".to_owned(),
    }
}

/// Returns what is known of the times.
pub(super) fn time(witness: Option<&Witness>) -> String {
    match witness.and_then(|witness| witness.stamp.as_deref()) {
        Some(stamp) => format!(
            "Times are what the recorder's clock said. A stamp on a checkpoint claims {}; nobody has checked its \
             signature here.",
            visible(&clipped(stamp, HEAD_CHARS))
        ),
        None => "Times are what the recorder's clock said. Nothing outside of it vouches for them."
            .to_owned(),
    }
}
