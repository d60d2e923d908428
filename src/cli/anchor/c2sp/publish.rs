//! Signs a checkpoint, has it cosigned, and publishes it.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, ensure};
use sealstone::{
    digest::Digest,
    tlog::{Checkpoint, Kind, Note, Policy, Signer, Tree, VerifierKey},
    verify::{Judgement, Verdict},
};

use super::{Args, Given, Refused};
use crate::cli::{
    exit::Exit,
    out::{Out, Tone},
    replaced,
    tlog::{self, root_text},
    witness::cosign::{NoCosignature, Witness},
};

pub(super) fn run(out: &mut Out, args: &Args, given: &Given<'_>) -> Result<Exit, Refused> {
    let key_file = given.key_file.context(
        "`--c2sp` signs with a key: make one with `sealstone keygen`, and give `--key-file`",
    )?;
    if given.checkpoint.is_some() {
        return Err(anyhow!("where a checkpoint is published is said with `--out`").into());
    }
    let policy = args.policy()?;
    let witnesses = args.witnesses(policy.as_ref())?;
    let known = args.witness_keys(policy.as_ref())?;
    // It is held until the checkpoint is there, so that two runs do not publish at once.
    let held = tlog::key(out, key_file)?;
    let signer = &held.key.signer;
    ensure_may_sign(signer, policy.as_ref())?;
    let path = args.output.clone();
    let path = path.unwrap_or_else(|| tlog::checkpoint_of(given.log));
    let waiting = pending(&path);
    let (before, waited) = (tlog::published(&path)?, tlog::published(&waiting)?);

    let mut subjects = Vec::new();
    let draws = out.wants_progress();
    let (verdict, tree) = tlog::tree(given.log, draws, |_, looked| {
        let id = looked.subject.filter(|id| !id.is_empty());
        subjects.extend(id.filter(|id| !subjects.contains(id)));
    })
    .map_err(Refused::refuted)?;
    if let Some(exit) = refused(out, given.log, &verdict)? {
        return Ok(exit);
    }
    tlog::warn_of_names(out, &held.key, &subjects);
    let own = signer.verifier();
    for (published, path) in [(&before, &path), (&waited, &waiting)] {
        if let Some((note, checkpoint)) = published {
            continued(note, checkpoint, &tree, &own, path)?;
        }
    }
    let mut note = signed(signer, &tree)?;
    let old = adopt(&mut note, before.as_ref(), &known);
    adopt(&mut note, waited.as_ref(), &known);
    let asked = ask(out, &witnesses, &mut note, &tree, (&known, old));
    let is_met = |note: &Note| {
        let policy = policy.as_ref();
        policy.is_none_or(|policy| policy.is_met(|key| note.verify([key]).is_ok()))
    };
    let keeps_before = !is_met(&note) && before.as_ref().is_some_and(|(note, _)| is_met(note));
    let to = if keeps_before { &waiting } else { &path };
    replaced::write(to, &[given.log, key_file], |to| write!(to, "{note}"))?;
    if !keeps_before && waited.is_some() {
        // What waited is in what was published.
        drop(std::fs::remove_file(&waiting));
    }
    tell(out, &note, &tree, to);
    Ok(end(out, asked, &note, policy.as_ref()))
}

/// Returns where a checkpoint waits for cosignatures while an earlier one that has its quorum stays published.
fn pending(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".pending");
    name.into()
}

fn ensure_may_sign(signer: &Signer, policy: Option<&Policy>) -> anyhow::Result<()> {
    let name = signer.name();
    ensure!(
        signer.kind() == Kind::Note,
        "the key of `{name}` is a witness's: a log's is wanted"
    );
    let own = signer.verifier();
    let is_known = policy.is_none_or(|policy| {
        policy.logs().is_empty() || policy.logs().iter().any(|log| log.key == own)
    });
    ensure!(
        is_known,
        "the policy does not take checkpoints of `{name}`: its line would be `log {own}`"
    );
    Ok(())
}

/// A log that is not intact is not signed, nor one without records.
fn refused(out: &mut Out, log: &Path, verdict: &Verdict) -> Result<Option<Exit>, Refused> {
    tlog::ensure_intact(log, verdict)
        .context("nothing is signed")
        .map_err(Refused::refuted)?;
    if verdict.judgement == Judgement::Empty {
        out.warning("the log has no record: nothing is signed");
        return Ok(Some(Exit::Nothing));
    }
    Ok(None)
}

/// Refuses a log that is not a continuation of what was published of it.
fn continued(
    note: &Note,
    before: &Checkpoint,
    tree: &Tree,
    own: &VerifierKey,
    path: &Path,
) -> Result<(), Refused> {
    let name = path.display();
    let is_own = before.origin == own.name() && note.verify([own]).is_ok();
    if !is_own {
        let error =
            anyhow!("`{name}` was not signed with this key: another log is published there");
        return Err(error.into());
    }
    let (size, had) = (tree.size(), before.size);
    let why = match tree.root(had) {
        None => format!("it has {size} records, and had {had} when `{name}` was published"),
        Some(root) if root != before.root => {
            format!("its first {had} records are others than those of `{name}`")
        }
        Some(_) => return Ok(()),
    };
    let error = anyhow!("the log was truncated or rewritten: {why}").context("nothing is signed");
    Err(Refused::refuted(error))
}

fn signed(signer: &Signer, tree: &Tree) -> anyhow::Result<Note> {
    let checkpoint = Checkpoint {
        origin: signer.name().to_owned(),
        size: tree.size(),
        root: tree.root(tree.size()).unwrap_or(Digest::GENESIS),
        extensions: Vec::new(),
    };
    let note = Note::unsigned(checkpoint.to_string());
    let mut note = note.context("the name of the key cannot be the origin of a checkpoint")?;
    let signature = signer.sign(note.text()).context("the key is no log's")?;
    note.add(signature)?;
    Ok(note)
}

/// Takes over what was cosigned of the same checkpoint before. Returns the size that was published before, from which
/// witnesses are likely to know the log.
fn adopt(note: &mut Note, before: Option<&(Note, Checkpoint)>, known: &[VerifierKey]) -> u64 {
    let Some((before, checkpoint)) = before else {
        return 0;
    };
    if before.text() == note.text() {
        for verified in before.verify(known).unwrap_or_default() {
            // One that does not fit any more was had once, and can be had again.
            let _ = note.add(verified.signature.clone());
        }
    }
    checkpoint.size
}

/// What became of asking.
#[derive(Debug, Clone, Copy, Default)]
struct Asked {
    witnesses: usize,
    silent: usize,
    contradictions: usize,
}

fn ask(
    out: &mut Out,
    witnesses: &[Witness],
    note: &mut Note,
    tree: &Tree,
    (known, old): (&[VerifierKey], u64),
) -> Asked {
    let mut asked = Asked {
        witnesses: witnesses.len(),
        ..Asked::default()
    };
    for witness in witnesses {
        match witness.cosignatures(note, tree, known, old) {
            Ok(signatures) => {
                // The later one of two by one witness says all that the earlier one does.
                for signature in signatures {
                    known
                        .iter()
                        .filter(|key| key.is_of(&signature))
                        .for_each(|key| note.remove(key));
                    if let Err(error) = note.add(signature) {
                        out.warning(format!("{witness}: {error}"));
                    }
                }
            }
            Err(NoCosignature::Contradicted(why)) => {
                asked.contradictions += 1;
                out.line(Tone::Bad, format!("contradicted by {witness}: {why}"));
            }
            Err(NoCosignature::Failed(why)) => {
                asked.silent += 1;
                out.line(Tone::Odd, format!("not cosigned by {witness}: {why}"));
            }
        }
    }
    let cosigned = note.verify(known).unwrap_or_default();
    for verified in cosigned {
        let at = verified.time.map(tlog::time).unwrap_or_default();
        let line = format!("cosigned by {} at {at}", verified.key.name());
        out.line(Tone::Good, line);
    }
    asked
}

fn tell(out: &mut Out, note: &Note, tree: &Tree, path: &Path) {
    let size = tree.size();
    let origin = note.text().lines().next().unwrap_or_default();
    let root = tree.root(size).map(root_text).unwrap_or_default();
    let name = path.display();
    let records = if size == 1 { "record" } else { "records" };
    out.line(
        Tone::Plain,
        format!("published {name}: {size} {records} of {origin}, root {root}"),
    );
}

fn end(out: &mut Out, asked: Asked, note: &Note, policy: Option<&Policy>) -> Exit {
    let is_met = match policy {
        Some(policy) => {
            let is_met = policy.is_met(|key| note.verify([key]).is_ok());
            let (tone, word) = if is_met {
                (Tone::Good, "met")
            } else {
                (Tone::Odd, "not met")
            };
            out.line(tone, format!("quorum {word}"));
            is_met
        }
        None => asked.silent == 0,
    };
    if asked.witnesses == 0 && !policy.is_some_and(Policy::needs_witnesses) {
        out.line(
            Tone::Plain,
            "NOTE: nobody but who keeps the log vouches for this checkpoint",
        );
    }
    match (asked.contradictions, is_met) {
        (1.., _) => Exit::Refuted,
        (0, true) => Exit::Done,
        (0, false) => Exit::Nothing,
    }
}
