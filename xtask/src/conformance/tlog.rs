//! Transparency logs: trees, proofs, notes, checkpoints and quorums against independent implementations, the crates
//! `tlog_tiles`, `signed_note` and `sigsum`, in both directions.

use std::fmt::Write as _;

use anyhow::{Context, ensure};
use sealstone::{
    digest::Digest,
    tlog::{Checkpoint, Kind, Note, Policy, Proof, Signer, Tree, VerifierKey, leaf_of, merkle},
};
use signed_note::{StandardSigner, StandardVerifier, VerifierList};
use tlog_tiles::{Hash, HashReader};

use super::Bench;
use crate::run::{Run, Tally};

/// How many random trees there are, and how many leaves one has at most.
const TREES: u64 = 1000;
const MOST_LEAVES: u64 = 300;

/// How many damaged notes are given to both.
const DAMAGED: u64 = 5000;

/// How many random policies there are, and how many witnesses one has.
const POLICIES: u64 = 300;
const WITNESSES: usize = 7;

pub(super) fn run(bench: &Bench, tally: &mut Tally) -> anyhow::Result<()> {
    let mut random = Random(0);
    let found = trees(&mut random)?;
    tally.check(
        format!("{TREES} random trees: roots and proofs, both ways"),
        found,
    );
    let found = notes(&mut random)?;
    tally.check("notes and keys are read alike, both ways", found);
    let found = damaged(&mut random)?;
    tally.check(format!("{DAMAGED} damaged notes are judged alike"), found);
    let found = policies(&mut random)?;
    tally.check(format!("{POLICIES} random policies: quorums"), found);
    let found = published(bench)?;
    tally.check("what the program publishes is verified by others", found);
    Ok(())
}

/// The same numbers on every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 += 1;
        let digest = Digest::of(&self.0.to_be_bytes());
        let first = digest.as_bytes().first_chunk().copied();
        u64::from_be_bytes(first.unwrap_or_default())
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// The hashes that the other implementation keeps.
#[derive(Default)]
struct Stored(Vec<Hash>);

impl HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        let place = |index: &u64| usize::try_from(*index).unwrap_or(usize::MAX);
        Ok(indexes.iter().map(|index| self.0[place(index)]).collect())
    }
}

fn theirs(hash: Digest) -> Hash {
    Hash(*hash.as_bytes())
}

fn ours(hashes: &[Hash]) -> Vec<Digest> {
    hashes
        .iter()
        .map(|hash| Digest::from_bytes(hash.0))
        .collect()
}

/// Returns what differs.
fn trees(random: &mut Random) -> anyhow::Result<Option<String>> {
    let mut different = String::new();
    for number in 0..TREES {
        let size = 1 + random.below(MOST_LEAVES);
        let (mut tree, mut stored) = (Tree::default(), Stored::default());
        for leaf in 0..size {
            let record = Digest::of(&[number.to_be_bytes(), leaf.to_be_bytes()].concat());
            tree.push(leaf_of(record));
            let next = tlog_tiles::stored_hashes(leaf, record.as_bytes(), &stored)?;
            stored.0.extend(next);
        }
        let (old, index) = (1 + random.below(size), random.below(size));
        let what = tree_differs(&tree, &stored, (size, old, index))?;
        if let Some(what) = what {
            writeln!(different, "size {size}, old {old}, index {index}: {what}")?;
        }
    }
    Ok((!different.is_empty()).then_some(different))
}

fn tree_differs(
    tree: &Tree,
    stored: &Stored,
    (size, old, index): (u64, u64, u64),
) -> anyhow::Result<Option<&'static str>> {
    let root = tree.root(size).context("a root")?;
    let old_root = tree.root(old).context("an old root")?;
    let leaf = tree.leaf(index).context("a leaf")?;
    if theirs(root) != tlog_tiles::tree_hash(size, stored)? {
        return Ok(Some("another root"));
    }
    let inclusion = tree.inclusion(index, size).context("an inclusion proof")?;
    if inclusion != ours(&tlog_tiles::prove_record(size, index, stored)?) {
        return Ok(Some("another inclusion proof"));
    }
    let consistency = tree.consistency(old, size).context("a consistency proof")?;
    if consistency != ours(&tlog_tiles::prove_tree(size, old, stored)?) {
        return Ok(Some("another consistency proof"));
    }
    let given = |proof: &[Digest]| proof.iter().copied().map(theirs).collect();
    let (th, oh, lh) = (theirs(root), theirs(old_root), theirs(leaf));
    for wrong in wrongs(&inclusion) {
        let mine = merkle::check_inclusion(leaf, index, (size, root), &wrong).is_ok();
        let other = tlog_tiles::check_record(&given(&wrong), size, th, index, lh).is_ok();
        if mine != other || mine != (wrong == inclusion) {
            return Ok(Some("an inclusion proof is judged otherwise"));
        }
    }
    for wrong in wrongs(&consistency) {
        let trees = ((old, old_root), (size, root));
        let mine = merkle::check_consistency(trees.0, trees.1, &wrong).is_ok();
        let other = tlog_tiles::check_tree(&given(&wrong), size, th, old, oh).is_ok();
        if mine != other || mine != (wrong == consistency) {
            return Ok(Some("a consistency proof is judged otherwise"));
        }
    }
    Ok(None)
}

/// A proof as it is, one hash longer, one shorter, and with one changed.
fn wrongs(proof: &[Digest]) -> Vec<Vec<Digest>> {
    let mut wrongs = vec![proof.to_vec(), [proof, &[Digest::GENESIS]].concat()];
    if let Some((last, rest)) = proof.split_last() {
        let other = Digest::of(last.as_bytes());
        wrongs.extend([rest.to_vec(), [rest, &[other]].concat()]);
    }
    wrongs
}

fn verifiers(key: &VerifierKey) -> anyhow::Result<VerifierList> {
    let verifier = StandardVerifier::new(&key.to_string());
    let verifier = verifier.context("they do not read our key")?;
    Ok(VerifierList::new(vec![Box::new(verifier)]))
}

fn signer(random: &mut Random) -> anyhow::Result<Signer> {
    let name = format!("log.example/{}", random.below(1000));
    let seed = Digest::of(&random.next().to_be_bytes());
    Ok(Signer::new(&name, Kind::Note, seed.as_bytes())?)
}

fn notes(random: &mut Random) -> anyhow::Result<Option<String>> {
    for number in 0..100 {
        let signer = signer(random)?;
        let key = signer.verifier();
        let text = format!("{}\n{number}\n\nü\u{2014}\n", signer.name());
        // Theirs, with our key.
        let their_signer = StandardSigner::new(&signer.secret_text());
        let their_signer = their_signer.context("they do not read our secret key")?;
        let mut their_note = signed_note::Note::new(text.as_bytes(), &[])?;
        their_note.add_sigs(&[&their_signer])?;
        // Ours.
        let mut note = Note::unsigned(text).context("a text")?;
        note.add(signer.sign(note.text()).context("a key for notes")?)?;
        if note.to_string().into_bytes() != their_note.to_bytes() {
            return Ok(Some("a note is signed or written otherwise".to_owned()));
        }
        let read = Note::parse(&their_note.to_bytes())?;
        ensure!(read.verify([&key]).is_ok(), "their signature does not hold");
        let read = signed_note::Note::from_bytes(note.to_string().as_bytes())?;
        let (verified, _) = read.verify(&verifiers(&key)?)?;
        ensure!(verified.len() == 1, "our signature does not hold for them");
    }
    Ok(None)
}

/// Notes of checkpoints with one byte changed, left out or put in.
fn damaged(random: &mut Random) -> anyhow::Result<Option<String>> {
    let signer = signer(random)?;
    let key = signer.verifier();
    let list = verifiers(&key)?;
    let checkpoint = Checkpoint {
        origin: signer.name().to_owned(),
        size: 1234,
        root: Digest::of(b"root"),
        extensions: Vec::new(),
    };
    let mut note = Note::unsigned(checkpoint.to_string()).context("a text")?;
    note.add(signer.sign(note.text()).context("a key for notes")?)?;
    let sound = note.to_string().into_bytes();
    let mut different = String::new();
    for _ in 0..DAMAGED {
        let mut bytes = sound.clone();
        let at = usize::try_from(random.below(bytes.len() as u64))?;
        let [byte, ..] = random.next().to_be_bytes();
        match random.below(3) {
            0 => bytes[at] = byte,
            1 => drop(bytes.remove(at)),
            _ => bytes.insert(at, byte),
        }
        let mine = Note::parse(&bytes).ok();
        let mine = mine.filter(|note| note.verify([&key]).is_ok());
        let other = signed_note::Note::from_bytes(&bytes).ok();
        let other = other.filter(|note| note.verify(&list).is_ok());
        let texts = (mine.is_some(), other.is_some());
        if texts.0 != texts.1 {
            writeln!(different, "note {}: {texts:?}", bytes.escape_ascii())?;
        }
        let text = bytes
            .split(|byte| *byte == b'\xE2')
            .next()
            .unwrap_or_default();
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        let mine = str::from_utf8(text)
            .ok()
            .and_then(|text| Checkpoint::parse(text).ok());
        let other = tlog_tiles::Checkpoint::from_bytes(text).ok();
        if mine.is_some() != other.is_some() {
            let kinds = (mine.is_some(), other.is_some());
            writeln!(different, "checkpoint {}: {kinds:?}", text.escape_ascii())?;
        }
    }
    Ok((!different.is_empty()).then_some(different))
}

/// Policies with groups of groups. Theirs has keys in hexadecimal digits, and is the same else.
fn policies(random: &mut Random) -> anyhow::Result<Option<String>> {
    let mut different = String::new();
    for _ in 0..POLICIES {
        let mut keys = Vec::new();
        let (mut text, mut their_text) = (String::new(), String::new());
        for number in 0..WITNESSES {
            let seed = Digest::of(&random.next().to_be_bytes());
            let name = format!("w{number}.example");
            let key = Signer::new(&name, Kind::Cosignature, seed.as_bytes())?.verifier();
            let bytes = *key.as_bytes();
            writeln!(text, "witness w{number} {key}")?;
            writeln!(
                their_text,
                "witness w{number} {}",
                Digest::from_bytes(bytes)
            )?;
            let hash = Digest::of(&bytes);
            keys.push((key, sigsum::Hash::from(*hash.as_bytes())));
        }
        let groups = groups(random)?;
        let policy = Policy::parse((text + &groups).as_bytes())?;
        let their_policy = sigsum::Policy::parse(&(their_text + &groups))?;
        for set in 0..1_usize << WITNESSES {
            let has = |key: &VerifierKey| {
                let at = keys.iter().position(|(known, _)| known == key);
                at.is_some_and(|at| set >> at & 1 == 1)
            };
            let cosigned = keys.iter().filter(|(key, _)| has(key));
            let hashes: Vec<_> = cosigned.map(|(_, hash)| hash.clone()).collect();
            if policy.is_met(has) != their_policy.check_quorum(&hashes) {
                writeln!(different, "{set:b}: {groups}")?;
            }
        }
    }
    Ok((!different.is_empty()).then_some(different))
}

/// Returns random groups over all witnesses, and a quorum.
fn groups(random: &mut Random) -> anyhow::Result<String> {
    let mut text = String::new();
    let mut free: Vec<String> = (0..WITNESSES).map(|number| format!("w{number}")).collect();
    while free.len() > 1 {
        let count = 1 + usize::try_from(random.below(free.len().min(4) as u64))?;
        let mut members = Vec::new();
        for _ in 0..count {
            let at = usize::try_from(random.below(free.len() as u64))?;
            members.push(free.swap_remove(at));
        }
        let least = match random.below(3) {
            0 => "any".to_owned(),
            1 => "all".to_owned(),
            _ => (1 + random.below(count as u64)).to_string(),
        };
        let name = format!("g{}", random.next());
        writeln!(text, "group {name} {least} {}", members.join(" "))?;
        free.push(name);
    }
    let quorum = free.pop().context("one is left")?;
    writeln!(text, "quorum {quorum}")?;
    Ok(text)
}

fn published(bench: &Bench) -> anyhow::Result<Option<String>> {
    const RECORD: u64 = 345;
    let (log, key) = (bench.path("tlog.jsonl"), bench.path("tlog.key"));
    let (checkpoint, proof) = (format!("{log}.checkpoint"), bench.path("record.tlog-proof"));
    let record = RECORD.to_string();
    let ours = |args: &[&str]| {
        let run = Run::of(&mut bench.ours(args), b"")?;
        ensure!(run.status == Some(0), "{args:?}: {}", super::said(&run));
        Ok(run.stdout)
    };
    ours(&["sample", "--records", "1000", &log])?;
    let vkey = ours(&["keygen", "-o", &key])?;
    ours(&["anchor", "--c2sp", &log, "--key-file", &key])?;
    ours(&["prove", &log, &record, "-o", &proof])?;
    let vkey: VerifierKey = vkey.trim().parse()?;
    let note = signed_note::Note::from_bytes(&std::fs::read(&checkpoint)?)?;
    note.verify(&verifiers(&vkey)?)?;
    let tree = tlog_tiles::Checkpoint::from_bytes(note.text());
    let tree = tree.ok().context("our checkpoint is none for them")?;
    let (proof, _) = Proof::parse(&std::fs::read(&proof)?)?;
    let lines = super::records(&log)?;
    let declared = lines
        .get(usize::try_from(proof.index)?)
        .and_then(|record| record.str("integrity.hash"));
    let hash: Digest = declared.context("the record has a hash")?.parse()?;
    let leaf = tlog_tiles::record_hash(hash.as_bytes());
    let hashes = proof.hashes.iter().copied().map(theirs).collect();
    let checked = tlog_tiles::check_record(&hashes, tree.size(), *tree.hash(), proof.index, leaf);
    let holds = proof.index == RECORD - 1 && tree.origin() == vkey.name() && checked.is_ok();
    Ok((!holds).then(|| "the proof does not hold for them".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_agree_on_trees_proofs_and_notes() {
        let mut random = Random(0);
        assert_eq!(trees(&mut random).unwrap(), None);
        assert_eq!(notes(&mut random).unwrap(), None);
        assert_eq!(damaged(&mut random).unwrap(), None);
        assert_eq!(policies(&mut random).unwrap(), None);
    }
}
