//! Having a log witnessed.

use anyhow::bail;
use sealstone::{
    json::{self, Value},
    system,
    verify::{Judgement, Verdict},
    witness::{Chain, Checkpoint, Completeness, Expected, Kept, Standing},
};

use super::{Args, Authorities, Place, read};
use crate::cli::{
    exit::Exit,
    out::{Out, Tone},
};

/// Has the log witnessed as it is, and says so.
pub(super) fn once(
    out: &mut Out,
    args: &Args,
    place: &Place,
    authorities: &Authorities<'_>,
) -> Exit {
    match witnessed(out, args, place, authorities) {
        Ok(Some(checkpoint)) => {
            out.line(Tone::Good, said(&checkpoint, place));
            Exit::Done
        }
        Ok(None) => {
            out.warning("the log has no record, so there is nothing to witness");
            Exit::Nothing
        }
        Err(error) => {
            out.error(&error.context("not witnessed"));
            Exit::Refuted
        }
    }
}

fn witnessed(
    out: &mut Out,
    args: &Args,
    place: &Place,
    authorities: &Authorities<'_>,
) -> anyhow::Result<Option<Checkpoint>> {
    let (chain, verdict) = read(&args.log, out.wants_progress(), Chain::default())?;
    if verdict.judgement == Judgement::Empty {
        return Ok(None);
    }
    let Some(checkpoint) = checkpoint(&chain, &verdict, args, args.expected(authorities))? else {
        let name = args.log.display();
        bail!("`{name}` is broken{}", first_finding(&verdict));
    };
    goes_on(&chain, &place.known()?)?;
    let checkpoint = authorities.stamp(out, place, checkpoint);
    place.keep(&checkpoint).map(Some)
}

/// Returns the checkpoint of a log; none if it does not verify. Refuses one that is not as it is expected.
fn checkpoint(
    chain: &Chain,
    verdict: &Verdict,
    args: &Args,
    expected: Expected<'_>,
) -> anyhow::Result<Option<Checkpoint>> {
    if verdict.judgement != Judgement::Intact {
        return Ok(None);
    }
    let nothing = Completeness::of(chain, None, &Kept::default(), expected);
    if matches!(nothing.standing, Standing::Incomplete(_)) {
        bail!(nothing.why().unwrap_or_default());
    }
    let checkpoint = chain.checkpoint(system::now()?);
    Ok(checkpoint.map(|checkpoint| Checkpoint {
        every: args.every.filter(|_| args.watch),
        ..checkpoint
    }))
}

/// Refuses a log that contradicts what was witnessed of it. That one of its subject was begun anew contradicts nothing:
/// then there are two, and whoever checks either hears of the other.
fn goes_on(chain: &Chain, kept: &Kept) -> anyhow::Result<()> {
    let own = Kept {
        checkpoints: chain.of_root(&kept.checkpoints),
        ..Kept::default()
    };
    let completeness = Completeness::of(chain, None, &own, Expected::default());
    if let Standing::Incomplete(_) = completeness.standing {
        let why = completeness.why().unwrap_or_default();
        bail!("the log is not what was witnessed of it: {why}");
    }
    Ok(())
}

fn first_finding(verdict: &Verdict) -> String {
    let first = verdict.findings.first();
    first.map_or_else(String::new, |found| {
        format!(": record {}: {}", found.record, found.message)
    })
}

/// Says what was witnessed, as the reference does.
fn said(checkpoint: &Checkpoint, place: &Place) -> String {
    let whose = if checkpoint.subject.is_empty_like() {
        &checkpoint.chain_root
    } else {
        &checkpoint.subject
    };
    let whose = match whose {
        Value::String(text) => text.to_string(),
        other => {
            let mut text = String::new();
            json::write(other, &mut text);
            text
        }
    };
    let (count, head) = (checkpoint.count, &checkpoint.head);
    match place {
        Place::File(_) => format!("witnessed {whose}: count={count} head={head}"),
        Place::Remote { url, .. } => {
            format!("anchored to {url}: subject={whose} count={count} head={head}")
        }
        Place::Git(git) => format!(
            "witnessed {whose}: count={count} head={head} (in {}; nothing was pushed)",
            git.described()
        ),
    }
}
