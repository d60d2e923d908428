//! `sealstone verify-proof`

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, ensure};
use sealstone::{
    chain::MAX_LINE_BYTES,
    digest::Digest,
    store::open,
    tlog::{Checkpoint, Looked, MAX_PROOF_BYTES, Opening, Policy, Proof, VerifierKey},
    verify::{Code, Seal, Survey, Verifier},
};
use serde::Serialize;

use super::{
    exit::Exit,
    out::{Out, Tone},
    tlog::{self, Cosigner},
};

/// Check that a record is in a log, by a proof that `prove` made
///
/// It is checked that the record is as it was sealed, that it leads to the root of the log's tree, that the log signed
/// that root, and, with a policy, that enough witnesses cosigned it. Nobody is asked, and the log is not needed.
///
/// A proof says nothing of other records: not what they are, and not whether any were left out or came later. Without
/// cosignatures only who keeps the log vouches that it has no second face (LIMITS.md).
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  sealstone verify-proof three.tlog-proof --record three.jsonl --log-key VKEY
  sealstone verify-proof three.tlog-proof --record three.jsonl --policy policy.txt

Statuses: 0 proven; 1 not proven, or what was given is no proof or no record; 2 it cannot be read, or wrong arguments")]
pub(super) struct Args {
    /// The proof
    #[arg(value_name = "PROOF")]
    proof: PathBuf,

    /// The record: one line, as it stands in the log
    #[arg(long, value_name = "FILE")]
    record: PathBuf,

    /// Take the signature of this log: what `keygen` printed for it
    #[arg(
        long,
        value_name = "VKEY",
        required_unless_present = "policy",
        conflicts_with = "policy"
    )]
    log_key: Option<VerifierKey>,

    /// Whose signatures count (C2SP tlog-policy): logs, witnesses, groups and a quorum
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,

    /// Take it for not proven unless the proof shows that the log is of this subject, and the record names no other
    #[arg(long, value_name = "ID")]
    expect_subject: Option<String>,

    /// Print the verdict as one JSON document
    #[arg(long)]
    json: bool,
}

/// What a proof shows, in the order in which it is printed.
#[derive(Debug, Serialize)]
struct Said {
    schema: &'static str,
    proven: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shown: Option<Shown>,
}

/// Where the record is, and who vouches for it.
#[derive(Debug, Serialize)]
struct Shown {
    origin: String,
    record: u64,
    size: u64,
    record_hash: Digest,
    cosigned: Vec<Cosigner>,
    quorum: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
}

pub(super) fn run(out: &mut Out, args: &Args) -> Exit {
    let read = || {
        let policy = tlog::policy_or_key(args.policy.as_deref(), args.log_key.as_ref())?;
        let proof = bytes(&args.proof, MAX_PROOF_BYTES)?;
        let record = bytes(&args.record, MAX_LINE_BYTES)?;
        anyhow::Ok((policy, proof, record))
    };
    let (policy, proof, record) = match read() {
        Ok(read) => read,
        Err(error) => {
            out.error(&error);
            return Exit::Unable;
        }
    };
    let said = match shown(&policy, &proof, &record, args.expect_subject.as_deref()) {
        Ok((shown, why)) => Said::new(why, Some(shown)),
        Err(error) => Said::new(Some(format!("{error:#}")), None),
    };
    if args.json {
        out.json(&said);
    } else {
        text(out, &said, &policy);
    }
    if said.proven {
        Exit::Done
    } else {
        Exit::Refuted
    }
}

impl Said {
    fn new(why: Option<String>, shown: Option<Shown>) -> Self {
        Self {
            schema: "sealstone.verify-proof/1",
            proven: why.is_none(),
            why,
            shown,
        }
    }
}

/// Reads a file, one byte more than may be of use.
fn bytes(path: &Path, most: usize) -> anyhow::Result<Vec<u8>> {
    let name = path.display();
    let read = open::beginning(path, most as u64 + 1);
    let (bytes, _) = read.with_context(|| format!("cannot read `{name}`"))?;
    Ok(bytes)
}

/// Checks a proof. What is shown may still not be enough: then the reason is there too.
fn shown(
    policy: &Policy,
    proof: &[u8],
    record: &[u8],
    subject: Option<&str>,
) -> anyhow::Result<(Shown, Option<String>)> {
    let hash = record_hash(record).context("the record")?;
    let (proof, checkpoint) = Proof::parse(proof).context("the proof")?;
    let holds = proof.check(hash, &checkpoint);
    holds.context("the record is not where the proof says it is")?;
    let judged = policy.judge(&proof.note, &checkpoint);
    let judged = judged.context("the checkpoint in the proof")?;
    let opened = opened(&proof, &checkpoint)?;
    let named = Looked::at(record).subject;
    let mut why = subject.and_then(|expected| other_subject(expected, opened.as_deref(), named));
    if !judged.is_met {
        why = Some("too few witnesses cosigned for a quorum".to_owned());
    }
    let quorum = match (policy.needs_witnesses(), judged.is_met) {
        (false, _) => "none",
        (true, true) => "met",
        (true, false) => "not met",
    };
    let shown = Shown {
        origin: checkpoint.origin.clone(),
        record: proof.index + 1,
        size: checkpoint.size,
        record_hash: hash,
        cosigned: tlog::cosigners(&judged),
        quorum,
        subject: opened,
    };
    Ok((shown, why))
}

/// Returns the hash of a record that is, by itself, as it was sealed: what it follows is not there to be looked at.
fn record_hash(record: &[u8]) -> anyhow::Result<Digest> {
    ensure!(record.len() <= MAX_LINE_BYTES, "is too long");
    let survey = Survey::of(record);
    let [entry] = &survey.entries[..] else {
        anyhow::bail!("must be one line, and nothing else");
    };
    let Seal::Holds { hash, .. } = entry.seal else {
        anyhow::bail!("is not as it was sealed");
    };
    let mut verifier = Verifier::new();
    verifier.log(record);
    let verdict = verifier.finish();
    let mut findings = verdict.findings.iter();
    match findings.find(|finding| finding.code != Code::LinkMismatch) {
        Some(finding) => Err(anyhow!("is no sound record: {}", finding.code.as_str())),
        None => Ok(hash),
    }
}

/// Returns whom the log is of, if the proof shows it.
fn opened(proof: &Proof, checkpoint: &Checkpoint) -> anyhow::Result<Option<String>> {
    // Others may put there what they like, and nobody signed it.
    let opening = proof.extra.as_deref().and_then(Opening::parse);
    let Some(opening) = opening else {
        return Ok(None);
    };
    let is_its = opening.origin() == checkpoint.origin;
    ensure!(
        is_its,
        "what the proof says of the subject does not open the log's origin"
    );
    Ok(Some(opening.subject))
}

/// Says in what the subject is not the expected one.
fn other_subject(expected: &str, opened: Option<&str>, named: Option<String>) -> Option<String> {
    match (opened, named) {
        (None, _) => Some("the proof does not show whom the log is of".to_owned()),
        (Some(opened), _) if opened != expected => Some(format!("the log is of {opened:?}")),
        (_, Some(named)) if named != expected => Some(format!("the record is of {named:?}")),
        _ => None,
    }
}

fn text(out: &mut Out, said: &Said, policy: &Policy) {
    let why = said.why.as_deref().unwrap_or_default();
    let Some(shown) = &said.shown else {
        out.line(Tone::Bad, format!("NOT PROVEN — {why}"));
        return;
    };
    let Shown {
        record,
        size,
        origin,
        ..
    } = shown;
    if said.proven {
        out.line(
            Tone::Good,
            format!("PROVEN — record {record} of {size} in the log {origin}"),
        );
    } else {
        out.line(Tone::Bad, format!("NOT PROVEN — {why}"));
    }
    out.line(Tone::Plain, "signed by the log");
    for Cosigner { name, time, .. } in &shown.cosigned {
        out.line(Tone::Plain, format!("cosigned by {name} at {time}"));
    }
    if let Some(subject) = &shown.subject {
        out.line(Tone::Plain, format!("the log is of {subject:?}"));
    }
    if said.proven && !policy.needs_witnesses() {
        out.line(
            Tone::Plain,
            "NOTE: no witness was asked for, so only who keeps the log vouches that it has no second face",
        );
    }
    out.line(
        Tone::Plain,
        "NOTE: of other records this shows nothing: not whether some were left out, or came later",
    );
}
