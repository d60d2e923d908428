//! Holds a log against a published checkpoint.

use anyhow::Context;
use sealstone::{
    tlog::{Checkpoint, Judged, Tree},
    verify::{Judgement, Verdict},
};
use serde::Serialize;

use super::{Args, Given, Refused};
use crate::cli::{
    exit::Exit,
    out::{self, Out, Tone},
    tlog::{self, Cosigner, root_text},
};

/// What is said of the two, in the order in which it is printed.
#[derive(Debug, Serialize)]
struct Said {
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    origin: String,
    size: u64,
    root: String,
    records: u64,
    cosigned: Vec<Cosigner>,
}

pub(super) fn run(out: &mut Out, args: &Args, given: &Given<'_>) -> Result<Exit, Refused> {
    let own = match (given.key_file, &args.log_key, &args.policy) {
        (Some(path), None, None) => Some(tlog::key(out, path)?.key.signer.verifier()),
        _ => args.log_key.clone(),
    };
    let policy = tlog::policy_or_key(args.policy.as_deref(), own.as_ref())?;
    let path = given.checkpoint.or(args.output.as_deref());
    let path = path.map_or_else(|| tlog::checkpoint_of(given.log), ToOwned::to_owned);
    let name = path.display();
    let published = tlog::published(&path)?;
    let (note, checkpoint) =
        published.with_context(|| format!("the checkpoint `{name}` does not exist"))?;
    let judged = policy
        .judge(&note, &checkpoint)
        .with_context(|| format!("`{name}` says nothing of any log"))?;
    let draws = out.wants_progress();
    let read = tlog::tree(given.log, draws, |_, _| {}).map_err(Refused::refuted)?;
    let why = contradiction(&read, &checkpoint);
    let exit = match &why {
        Some(_) => Exit::Refuted,
        None if judged.is_met => Exit::Done,
        None => Exit::Nothing,
    };
    let (_, tree) = read;
    tell(out, exit, &said(&checkpoint, &judged, &tree, why));
    if exit == Exit::Done && !policy.needs_witnesses() {
        out.line(
            Tone::Plain,
            "NOTE: this says as much as the checkpoint was out of reach of those who keep the log",
        );
    }
    Ok(exit)
}

/// Says in what a log is not what was published of it.
fn contradiction((verdict, tree): &(Verdict, Tree), checkpoint: &Checkpoint) -> Option<String> {
    if verdict.judgement == Judgement::Broken {
        let first = verdict.findings.first().map(|finding| finding.record);
        let record = first.unwrap_or(verdict.holds_to);
        return Some(format!("the log is broken at record {record}"));
    }
    match tree.root(checkpoint.size) {
        None => Some("the log is shorter than it was published".to_owned()),
        Some(root) if root != checkpoint.root => {
            Some("the log's records are others than were published".to_owned())
        }
        Some(_) => None,
    }
}

fn said(checkpoint: &Checkpoint, judged: &Judged<'_>, tree: &Tree, why: Option<String>) -> Said {
    let unmet = (!judged.is_met).then(|| "too few witnesses cosigned for a quorum".to_owned());
    let why = why.or(unmet);
    Said {
        ok: why.is_none(),
        why,
        origin: checkpoint.origin.clone(),
        size: checkpoint.size,
        root: root_text(checkpoint.root),
        records: tree.size(),
        cosigned: tlog::cosigners(judged),
    }
}

fn tell(out: &mut Out, exit: Exit, said: &Said) {
    let (tone, word) = match exit {
        Exit::Done => (Tone::Good, "COMPLETE"),
        Exit::Nothing => (Tone::Odd, "UNWITNESSED"),
        _ => (Tone::Bad, "INCOMPLETE"),
    };
    out.line(tone, format!("{word} — {}", out::spaced_json(said)));
    let behind = said.records.saturating_sub(said.size);
    if exit == Exit::Done && behind > 0 {
        let records = if behind == 1 { "record" } else { "records" };
        out.line(
            Tone::Plain,
            format!("NOTE: {behind} {records} behind the checkpoint are not covered by it"),
        );
    }
}
