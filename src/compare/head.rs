//! A log held against a head that somebody wrote down: a checkpoint.

use std::str::FromStr;

use serde::Serialize;

use super::Standing;
use crate::{
    digest::Digest,
    verify::{Seal, Survey},
};

/// What the head of a log was after some records.
///
/// Its text is `COUNT:HASH`: `4:613742d9c8…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Checkpoint {
    /// How many records there were; at least 1.
    pub records: u64,
    /// The hash of the last of them.
    pub head: Digest,
}

/// A text that is no checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected COUNT:HASH, a count from 1 on and 64 lowercase hexadecimal digits")]
pub struct NotACheckpoint;

impl FromStr for Checkpoint {
    type Err = NotACheckpoint;

    fn from_str(text: &str) -> Result<Self, NotACheckpoint> {
        let read = || {
            let (records, head) = text.split_once(':')?;
            let is_plain = records.bytes().all(|byte| byte.is_ascii_digit());
            let records = records.parse().ok().filter(|records| *records > 0)?;
            is_plain.then_some(Self {
                records,
                head: head.parse().ok()?,
            })
        };
        read().ok_or(NotACheckpoint)
    }
}

/// What a log says to a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadCheck {
    /// The record is there with that hash, but the chain before it does not hold: see how far it does.
    Broken {
        /// The last record up to which the chain holds.
        holds_to: u64,
    },
    /// The record at that place has another hash: it, or one before it, is not what it was.
    Contradicted {
        /// The hash that it has, if its seal holds.
        found: Option<Digest>,
        /// The first record that has the hash, if there is one.
        elsewhere: Option<u64>,
    },
    /// The log is what it was, and goes on from there.
    Holds {
        /// How many records follow.
        further: u64,
    },
    /// There are fewer records than there were: some were removed, at the end if nowhere else.
    Shorter {
        /// How many are missing at least.
        missing: u64,
        /// The first record that has the hash, if there is one: then they were removed before it.
        elsewhere: Option<u64>,
    },
}

/// Holds a log against a checkpoint of it.
///
/// ```
/// use sealstone::{compare::{against_head, Checkpoint, HeadCheck}, sample, verify::Survey};
///
/// let log = Survey::of(sample::example().as_bytes());
/// let checkpoint: Checkpoint =
///     "2:cd74d4930c00d1cbe5dad4fbcf66169090ac0845e0c6642194a9752012f9f5c0".parse()?;
/// assert_eq!(against_head(&log, &checkpoint), HeadCheck::Holds { further: 0 });
/// # Ok::<(), sealstone::compare::NotACheckpoint>(())
/// ```
pub fn against_head(survey: &Survey, checkpoint: &Checkpoint) -> HeadCheck {
    let records = survey.entries.len() as u64;
    let hash = |seal: &Seal| match seal {
        Seal::Holds { hash, .. } => Some(*hash),
        _ => None,
    };
    let elsewhere = || {
        let mut hashes = survey.entries.iter().map(|entry| hash(&entry.seal));
        let index = hashes.position(|hash| hash == Some(checkpoint.head))?;
        Some(index as u64 + 1)
    };
    let index = usize::try_from(checkpoint.records - 1).unwrap_or(usize::MAX);
    let Some(entry) = survey.entries.get(index) else {
        return HeadCheck::Shorter {
            missing: checkpoint.records - records,
            elsewhere: elsewhere(),
        };
    };
    let found = hash(&entry.seal);
    if found != Some(checkpoint.head) {
        return HeadCheck::Contradicted {
            found,
            elsewhere: elsewhere(),
        };
    }
    match Standing::of(survey).holds_to {
        holds_to if holds_to < checkpoint.records => HeadCheck::Broken { holds_to },
        _ => HeadCheck::Holds {
            further: records - checkpoint.records,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn lines() -> Vec<String> {
        sample::chain(6, 4).collect()
    }

    fn head(lines: &[String]) -> Digest {
        let survey = Survey::of(lines.concat().as_bytes());
        Standing::of(&survey).head.unwrap()
    }

    fn check(lines: &[String], records: u64, head: Digest) -> HeadCheck {
        let survey = Survey::of(lines.concat().as_bytes());
        against_head(&survey, &Checkpoint { records, head })
    }

    #[test]
    fn a_log_that_goes_on_from_its_head_holds() {
        let lines = lines();
        let early = head(&lines[..4]);
        assert_eq!(check(&lines, 4, early), HeadCheck::Holds { further: 2 });
        assert_eq!(
            check(&lines[..4], 4, early),
            HeadCheck::Holds { further: 0 }
        );
    }

    #[test]
    fn a_log_that_was_cut_is_shorter() {
        let lines = lines();
        let late = head(&lines);
        assert_eq!(
            check(&lines[..4], 6, late),
            HeadCheck::Shorter {
                missing: 2,
                elsewhere: None
            }
        );
        assert_eq!(
            check(&[&lines[..2], &lines[3..]].concat(), 6, late),
            HeadCheck::Shorter {
                missing: 1,
                elsewhere: Some(5)
            }
        );
        assert_eq!(
            check(&[], 6, late),
            HeadCheck::Shorter {
                missing: 6,
                elsewhere: None
            }
        );
    }

    #[test]
    fn another_hash_contradicts() {
        let lines = lines();
        let (fourth, fifth) = (head(&lines[..4]), head(&lines[..5]));
        assert_eq!(
            check(&lines, 4, fifth),
            HeadCheck::Contradicted {
                found: Some(fourth),
                elsewhere: Some(5)
            }
        );
        let other: Vec<String> = sample::chain(6, 5).collect();
        assert_eq!(
            check(&other, 4, fourth),
            HeadCheck::Contradicted {
                found: Some(head(&other[..4])),
                elsewhere: None
            }
        );
    }

    #[test]
    fn a_broken_chain_before_the_head_is_said() {
        let mut lines = lines();
        let fourth = head(&lines[..4]);
        lines[1] = lines[1].replacen("\"ts\":\"2", "\"ts\":\"1", 1);
        assert_eq!(check(&lines, 4, fourth), HeadCheck::Broken { holds_to: 1 });
    }

    #[test]
    fn checkpoints_are_read_strictly() {
        let hash = "0".repeat(64);
        assert!(format!("1:{hash}").parse::<Checkpoint>().is_ok());
        for text in [
            format!("0:{hash}"),
            format!("+1:{hash}"),
            format!("-1:{hash}"),
            format!(":{hash}"),
            format!("1:{hash}0"),
            format!("1 {hash}"),
            format!("18446744073709551616:{hash}"),
            "1".to_owned(),
        ] {
            assert_eq!(text.parse::<Checkpoint>(), Err(NotACheckpoint), "{text}");
        }
    }
}
