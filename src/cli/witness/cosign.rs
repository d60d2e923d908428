//! Asks a witness of transparency logs for its cosignature (C2SP `tlog-witness`).

use std::fmt;

use sealstone::tlog::{
    MAX_NOTE_BYTES, Note, Request, Signature, Tree, Unverified, Verified, VerifierKey,
};

use super::{address::Address, ask};

/// How many characters of an answer are shown.
const MOST_SHOWN: usize = 200;

/// How often a witness is asked again because it cosigned something else meanwhile.
const ATTEMPTS: usize = 4;

/// A witness, and where it answers.
#[derive(Debug)]
pub(in crate::cli) struct Witness {
    url: String,
    address: Address,
}

/// Why there is no cosignature.
#[derive(Debug)]
pub(in crate::cli) enum NoCosignature {
    /// The witness says that it cosigned what this log does not go on from. Either it is wrong, or the log shows two
    /// faces.
    Contradicted(String),
    /// It did not say anything of use.
    Failed(String),
}

impl Witness {
    pub(in crate::cli) fn parse(url: &str) -> anyhow::Result<Self> {
        let address = Address::parse(url)?;
        Ok(Self {
            url: url.to_owned(),
            address: address.below("add-checkpoint"),
        })
    }

    /// Asks for a cosignature of a checkpoint over all of a tree, and returns those that hold. `known` are the keys of
    /// witnesses, and `old` is the size that this one probably cosigned last.
    pub(in crate::cli) fn cosignatures(
        &self,
        note: &Note,
        tree: &Tree,
        known: &[VerifierKey],
        mut old: u64,
    ) -> Result<Vec<Signature>, NoCosignature> {
        for _ in 0..ATTEMPTS {
            let proof = tree.consistency(old, tree.size()).ok_or_else(|| {
                let size = tree.size();
                NoCosignature::Contradicted(format!(
                    "it cosigned {old} records of this log, which has {size} now"
                ))
            })?;
            let request = Request {
                old,
                proof,
                note: note.clone(),
            };
            let answer = self.ask(&request);
            match answer.map_err(|error| NoCosignature::Failed(format!("{error:#}")))? {
                (409, body) => old = size(&body, old)?,
                (status, body) => return cosignatures(status, &body, note, known),
            }
        }
        let reason = "others have it cosign this log at the same time";
        Err(NoCosignature::Failed(reason.to_owned()))
    }

    fn ask(&self, request: &Request) -> anyhow::Result<(u16, Vec<u8>)> {
        let post = ask::to(&self.address)?.post(self.address.as_str());
        let response = post
            .header("Content-Type", "text/plain; charset=utf-8")
            .send(request.to_string())?;
        ask::answer(response, MAX_NOTE_BYTES as u64)
    }
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

/// Reads the size that a witness cosigned last.
fn size(body: &[u8], asked: u64) -> Result<u64, NoCosignature> {
    let text = str::from_utf8(body).ok().and_then(|text| {
        let digits = text.strip_suffix('\n').unwrap_or(text);
        let size: u64 = digits.parse().ok()?;
        (size.to_string() == digits && size != asked).then_some(size)
    });
    text.ok_or_else(|| NoCosignature::Failed("its answer of status 409 names no other size".into()))
}

fn cosignatures(
    status: u16,
    body: &[u8],
    note: &Note,
    known: &[VerifierKey],
) -> Result<Vec<Signature>, NoCosignature> {
    if status != 200 {
        return Err(refused(status, body));
    }
    let verified = verified(body, note, known);
    verified.map_err(|why| NoCosignature::Failed(why.to_owned()))
}

fn verified(
    body: &[u8],
    note: &Note,
    known: &[VerifierKey],
) -> Result<Vec<Signature>, &'static str> {
    let no_list = "its answer is no list of signatures";
    let text = str::from_utf8(body).map_err(|_of_no_use| no_list)?;
    let signatures = Signature::parse_lines(text).map_err(|_of_no_use| no_list)?;
    let mut answered = Note::unsigned(note.text().to_owned()).expect("it is the text of a note");
    for signature in signatures {
        answered.add(signature).map_err(|_of_no_use| no_list)?;
    }
    match answered.verify(known) {
        Ok(verified) => Ok(verified
            .iter()
            .map(|one: &Verified<'_>| one.signature.clone())
            .collect()),
        Err(Unverified::Invalid(_)) => Err("its cosignature does not hold"),
        Err(Unverified::Unsigned) => Err("its cosignature is of no key that is known here"),
    }
}

fn refused(status: u16, body: &[u8]) -> NoCosignature {
    let said = String::from_utf8_lossy(body);
    let said: String = said.trim().chars().take(MOST_SHOWN).collect();
    let said = if said.is_empty() {
        format!("(status {status})")
    } else {
        format!("(status {status}: {said})")
    };
    let why = match status {
        400 => "it does not understand what it was asked",
        403 => "it does not take this log's signature: it knows no key of it, or another one",
        404 => {
            "it does not know this log, and its operator must be given the log's key; or nothing answers `add-checkpoint` at \
             this address"
        }
        413 => "what it was asked is too long for it",
        422 => {
            let why = "it holds that this log is no continuation of what it cosigned";
            return NoCosignature::Contradicted(format!("{why} {said}"));
        }
        429 => "it was asked too often",
        500.. => "it cannot answer now",
        _ => "its answer means nothing here",
    };
    NoCosignature::Failed(format!("{why} {said}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_one_that_was_not_asked_with() {
        let read = |body: &[u8]| size(body, 5).ok();
        assert_eq!(read(b"7\n"), Some(7));
        assert_eq!(read(b"7"), Some(7));
        for wrong in [
            &b""[..],
            b"\n",
            b"5\n",
            b"07\n",
            b"+7\n",
            b"7 \n",
            b"7\n\n",
            b"\xff",
        ] {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
    }
}
