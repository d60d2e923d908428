//! What the subcommands share that publish a log's tree, or hold something against a published one.

use std::{
    io,
    path::{Path, PathBuf},
};

use anyhow::{Context, anyhow, ensure};
use sealstone::{
    digest::Digest,
    store::{open, tlog as store},
    time::Timestamp,
    tlog::{
        Checkpoint, Judged, KeyFile, Kind, Looked, MAX_NOTE_BYTES, Note, Policy, Tree, VerifierKey,
        policy::MAX_POLICY_BYTES,
    },
    verify::{Judgement, Line, Verdict},
};
use serde::Serialize;

use super::{out::Out, reading};

/// What a published checkpoint is called: the log's name with this behind it.
pub(super) const SUFFIX: &str = ".checkpoint";

/// Returns where the checkpoint of a log is published if nothing else is said.
pub(super) fn checkpoint_of(log: &Path) -> PathBuf {
    let mut name = log.as_os_str().to_owned();
    name.push(SUFFIX);
    name.into()
}

/// Reads a log once, for its verdict and its tree, and gives each record's number and what it says to `see`.
pub(super) fn tree(
    log: &Path,
    draws: bool,
    mut see: impl FnMut(u64, Looked),
) -> anyhow::Result<(Verdict, Tree)> {
    let mut tree = Tree::default();
    let take = |line: &Line, looked: Looked| {
        if !line.is_blank() {
            tree.push(looked.leaf());
            see(tree.size(), looked);
        }
    };
    let verdict = reading::read(log, draws, Looked::at, take).map_err(anyhow::Error::msg)?;
    Ok((verdict, tree))
}

/// Refuses a log that is not intact.
pub(super) fn ensure_intact(log: &Path, verdict: &Verdict) -> anyhow::Result<()> {
    let name = log.display();
    let first = verdict.findings.first().map(|finding| finding.record);
    ensure!(
        verdict.judgement != Judgement::Broken,
        "`{name}` is broken at record {}: `sealstone verify` says more",
        first.unwrap_or(verdict.holds_to)
    );
    Ok(())
}

/// Reads a policy.
pub(super) fn policy(path: &Path) -> anyhow::Result<Policy> {
    let name = path.display();
    let (bytes, _) = open::beginning(path, MAX_POLICY_BYTES as u64 + 1)
        .with_context(|| format!("cannot read the policy `{name}`"))?;
    Policy::parse(&bytes).with_context(|| format!("`{name}` is no policy"))
}

/// Returns the policy that a file has, or else the one that takes the checkpoints of one log.
pub(super) fn policy_or_key(
    path: Option<&Path>,
    key: Option<&VerifierKey>,
) -> anyhow::Result<Policy> {
    match (path, key) {
        (Some(path), _) => policy(path),
        (None, Some(key)) => {
            let name = key.name();
            ensure!(
                key.kind() == Kind::Note,
                "the key of `{name}` is a witness's: a log's is wanted"
            );
            Ok(Policy::of_log(key.clone()))
        }
        (None, None) => Err(anyhow!(
            "nobody says whose signature counts: give `--policy`, or the log's key with `--log-key`"
        )),
    }
}

/// Reads a checkpoint. None if there is none; nothing in it is verified.
pub(super) fn published(path: &Path) -> anyhow::Result<Option<(Note, Checkpoint)>> {
    let name = path.display();
    let bytes = match open::beginning(path, MAX_NOTE_BYTES as u64 + 1) {
        Ok((bytes, _)) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read `{name}`")),
    };
    let read = || {
        let note = Note::parse(&bytes)?;
        let checkpoint = Checkpoint::parse(note.text())?;
        anyhow::Ok(Some((note, checkpoint)))
    };
    read().with_context(|| format!("`{name}` is no checkpoint"))
}

/// Reads a secret key, and holds it.
pub(super) fn key(out: &mut Out, path: &Path) -> anyhow::Result<store::HeldKey> {
    Ok(warned_of(out, path, store::hold_key(path)?))
}

/// The same for who keeps it: another one who has it is not waited for.
#[cfg(feature = "serve")]
pub(super) fn take_key(out: &mut Out, path: &Path) -> anyhow::Result<store::HeldKey> {
    Ok(warned_of(out, path, store::take_key(path)?))
}

/// Says if others can read a key.
fn warned_of(out: &mut Out, path: &Path, held: store::HeldKey) -> store::HeldKey {
    if held.is_exposed {
        let name = path.display();
        out.warning(format!(
            "others can read or write the secret key `{name}`: `chmod 600` keeps it to you"
        ));
    }
    held
}

/// Says what is wrong between a key and whom the records are of: an origin is read by everybody.
pub(super) fn warn_of_names(out: &mut Out, key: &KeyFile, subjects: &[String]) {
    let origin = key.signer.name();
    let named = subjects.iter().find(|id| origin.contains(id.as_str()));
    if named.is_some() {
        out.warning(
            "the origin has the id of a subject in it, and everybody who sees a checkpoint reads it: \
             `sealstone keygen --subject` makes one that names nobody",
        );
    }
    if let Some(opening) = &key.opening
        && let Some(other) = subjects.iter().find(|id| **id != opening.subject)
    {
        out.warning(format!(
            "the key is bound to the subject {:?}, and there are records of {other:?}",
            opening.subject
        ));
    }
}

/// Returns a time in seconds since 1970 as it is printed.
pub(super) fn time(seconds: u64) -> String {
    let time = Timestamp::from_unix_nanos(i128::from(seconds) * 1_000_000_000);
    let text = time.map(|time| time.to_string().replace(".000000+00:00", "Z"));
    text.unwrap_or_else(|| format!("{seconds} s after 1970"))
}

/// Who cosigned, and when.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Cosigner {
    pub(super) name: String,
    pub(super) time: String,
    #[serde(skip)]
    seconds: u64,
}

/// Returns who cosigned, the latest last.
pub(super) fn cosigners(judged: &Judged<'_>) -> Vec<Cosigner> {
    let cosigners = judged.cosignatures.iter().map(|one| {
        let seconds = one.time.unwrap_or_default();
        Cosigner {
            name: one.key.name().to_owned(),
            time: time(seconds),
            seconds,
        }
    });
    let mut cosigners: Vec<_> = cosigners.collect();
    cosigners.sort_by_key(|cosigner| cosigner.seconds);
    cosigners
}

/// Returns a root as checkpoints have it.
pub(super) fn root_text(root: Digest) -> String {
    use base64::{Engine, prelude::BASE64_STANDARD};
    BASE64_STANDARD.encode(root.as_bytes())
}
