//! What the time stamps of checkpoints say.

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::{
    json::Value,
    witness::{
        Checkpoint,
        stamp::{self, Roots, StampError, Time},
    },
};

/// A time that a stamp of a checkpoint names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamped {
    /// The time.
    pub time: Time,
    /// What it counts.
    pub trust: Trust,
}

/// What a time stamp counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// Nothing: it is about the checkpoint, but anybody can make one like it.
    Claimed(StampError),
    /// It is signed by somebody of this name, whoever that is.
    Signed(String),
    /// It is signed by an authority of this name, and a root that is trusted stands behind it.
    Trusted(String),
}

impl Stamped {
    /// Says what the time counts.
    pub fn status(&self) -> String {
        match &self.trust {
            Trust::Claimed(why) => format!(
                "claimed, not verified: the token is about this checkpoint, but {why}; anyone can make one that names \
                 any time"
            ),
            Trust::Signed(name) => format!(
                "signed, authority not verified: the signature of {name} holds, but anyone can have a certificate of \
                 that name; --tsa-ca says whom to trust"
            ),
            Trust::Trusted(name) => format!(
                "verified: the signature of {name} holds, and a root that was given stands behind it"
            ),
        }
    }
}

impl Trust {
    const fn rank(&self) -> u8 {
        match self {
            Self::Claimed(_) => 0,
            Self::Signed(_) => 1,
            Self::Trusted(_) => 2,
        }
    }
}

/// Returns what the stamp says that counts most and, of several, is the latest; and how many are not about their
/// checkpoint.
pub(super) fn latest(
    checkpoints: &[&Checkpoint],
    authorities: Option<&Roots>,
) -> (Option<Stamped>, u64) {
    let (mut latest, mut unbound) = (None, 0);
    for checkpoint in checkpoints {
        let Some(token) = token(checkpoint) else {
            continue;
        };
        match stamped(checkpoint, token, authorities) {
            Some(stamped) => latest = latest.into_iter().chain([stamped]).max_by(by_weight),
            None => unbound += 1,
        }
    }
    (latest, unbound)
}

fn by_weight(one: &Stamped, other: &Stamped) -> std::cmp::Ordering {
    let weight = |stamped: &Stamped| stamped.trust.rank();
    weight(one)
        .cmp(&weight(other))
        .then_with(|| one.time.cmp(&other.time))
}

/// Returns the time stamp token of a checkpoint, if it has one.
fn token(checkpoint: &Checkpoint) -> Option<&Value> {
    let token = checkpoint.tsa.as_ref()?.get("token_b64")?;
    (!token.is_empty_like()).then_some(token)
}

/// Returns what a token says of a checkpoint, if it is about it.
fn stamped(checkpoint: &Checkpoint, token: &Value, authorities: Option<&Roots>) -> Option<Stamped> {
    let mut text = token.as_str()?.to_owned();
    text.retain(|c| !c.is_ascii_whitespace());
    let der = BASE64_STANDARD.decode(text).ok()?;
    let digest = checkpoint.digest().ok()?;
    match stamp::verify(&der, &digest, authorities) {
        Ok(stamp) => Some(Stamped {
            time: stamp.time,
            trust: if stamp.is_trusted {
                Trust::Trusted(stamp.authority)
            } else {
                Trust::Signed(stamp.authority)
            },
        }),
        Err(why) => Some(Stamped {
            time: stamp::claimed(&der, &digest)?,
            trust: Trust::Claimed(why),
        }),
    }
}
