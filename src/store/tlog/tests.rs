//! What a witness of transparency logs cosigns, keeps and refuses.

use super::*;
use crate::tlog::{Request, Tree, merkle};

fn signer(name: &str, kind: Kind, seed: u8) -> Signer {
    Signer::new(name, kind, &[seed; 32]).unwrap()
}

fn tree(size: u8, salt: u8) -> Tree {
    let mut tree = Tree::default();
    for leaf in 0..size {
        tree.push(merkle::leaf_hash(&[leaf, if leaf < 3 { 0 } else { salt }]));
    }
    tree
}

fn request(log: &Signer, old: u64, tree: &Tree) -> Vec<u8> {
    let size = tree.size();
    let checkpoint = Checkpoint {
        origin: log.name().to_owned(),
        size,
        root: tree.root(size).unwrap(),
        extensions: Vec::new(),
    };
    let mut note = Note::unsigned(checkpoint.to_string()).unwrap();
    note.add(log.sign(note.text()).unwrap()).unwrap();
    let proof = tree.consistency(old, size).unwrap_or_default();
    let request = Request { old, proof, note };
    request.to_string().into_bytes()
}

fn witness(store: &Path, log: &Signer) -> C2spWitness {
    let own = signer("witness", Kind::Cosignature, 2);
    C2spWitness::open(store, vec![log.verifier()], own).unwrap()
}

#[test]
fn what_was_cosigned_is_kept_and_is_what_the_next_one_must_continue() {
    let store = tempfile::tempdir().unwrap();
    let log = signer("log", Kind::Note, 1);
    let hash = Digest::of(b"log").to_string();
    let first = witness(store.path(), &log);
    assert_eq!(first.checkpoint(&hash).unwrap(), None);
    assert_eq!(first.checkpoint("../x").unwrap(), None);
    let answer = first
        .add_checkpoint(&request(&log, 0, &tree(5, 0)))
        .unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    drop(first);
    // Another process, later.
    let second = witness(store.path(), &log);
    let kept = Note::parse(&second.checkpoint(&hash).unwrap().unwrap()).unwrap();
    let keys = [log.verifier(), second.key().clone()];
    assert_eq!(kept.verify(&keys).unwrap().len(), 2);
    let answer = second
        .add_checkpoint(&request(&log, 0, &tree(7, 0)))
        .unwrap();
    assert_eq!((answer.status, &answer.body[..]), (409, &b"5\n"[..]));
    assert_eq!(answer.content_type, "text/x.tlog.size");
    let answer = second
        .add_checkpoint(&request(&log, 5, &tree(7, 1)))
        .unwrap();
    assert_eq!(answer.status, 422);
    let answer = second
        .add_checkpoint(&request(&log, 5, &tree(7, 0)))
        .unwrap();
    assert_eq!(answer.status, 200);
    let huge = vec![b'a'; MAX_REQUEST_BYTES + 1];
    assert_eq!(second.add_checkpoint(&huge).unwrap().status, 413);
}

#[test]
fn two_faces_are_kept_as_evidence_once() {
    let store = tempfile::tempdir().unwrap();
    let log = signer("log", Kind::Note, 1);
    let witness = witness(store.path(), &log);
    let first = request(&log, 0, &tree(5, 0));
    assert_eq!(witness.add_checkpoint(&first).unwrap().status, 200);
    let path = store
        .path()
        .join(format!("c2sp/{}.conflicts", Digest::of(b"log")));
    assert!(!path.exists());
    assert_eq!(witness.conflicts().unwrap(), 0);
    for old in [5, 0, 5] {
        let answer = witness.add_checkpoint(&request(&log, old, &tree(5, 1)));
        assert_ne!(answer.unwrap().status, 200);
        assert_eq!(witness.conflicts().unwrap(), 1);
    }
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.matches(" refused\n").count(), 1, "{text}");
    // Both can be verified by themselves.
    let blocks: Vec<&str> = text.split("# ").skip(1).collect();
    assert_eq!(blocks.len(), 2);
    let mut roots = Vec::new();
    for block in blocks {
        let (_, note) = block.split_once('\n').unwrap();
        let note = Note::parse(format!("{}\n", note.trim_end()).as_bytes()).unwrap();
        note.verify([&log.verifier()]).unwrap();
        let checkpoint = Checkpoint::parse(note.text()).unwrap();
        assert_eq!(checkpoint.size, 5);
        roots.push(checkpoint.root);
    }
    assert_ne!(roots[0], roots[1]);
}

#[test]
fn a_witness_that_lost_its_memory_cosigns_nothing() {
    let store = tempfile::tempdir().unwrap();
    let log = signer("log", Kind::Note, 1);
    let witness = witness(store.path(), &log);
    let first = request(&log, 0, &tree(5, 0));
    assert_eq!(witness.add_checkpoint(&first).unwrap().status, 200);
    let hash = Digest::of(b"log").to_string();
    let path = store.path().join("c2sp").join(&hash);
    let sound = fs::read_to_string(&path).unwrap();
    let shorter = sound.replace("\n5\n", "\n4\n");
    for damaged in ["", "x", &sound[..sound.len() / 2], &shorter] {
        fs::write(&path, damaged).unwrap();
        let answer = witness.add_checkpoint(&first);
        assert!(
            matches!(answer, Err(WitnessError::Damaged(_))),
            "{answer:?}"
        );
        let shown = witness.checkpoint(&hash);
        assert!(matches!(shown, Err(WitnessError::Damaged(_))), "{shown:?}");
    }
    // What it wrote for another log is not this one's.
    fs::write(&path, &sound).unwrap();
    assert!(witness.checkpoint(&hash).unwrap().is_some());
    let other = Digest::of(b"other").to_string();
    fs::rename(&path, store.path().join("c2sp").join(&other)).unwrap();
    assert!(witness.checkpoint(&other).is_err());
}

#[test]
fn of_many_at_once_one_is_the_next() {
    let store = tempfile::tempdir().unwrap();
    let log = signer("log", Kind::Note, 1);
    let witness = witness(store.path(), &log);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let ask = |salt: u8| {
            let body = request(&log, 0, &tree(4 + salt, 1));
            let witness = &witness;
            scope.spawn(move || witness.add_checkpoint(&body).unwrap().status)
        };
        let asked: Vec<_> = (0..8).map(ask).collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|one| **one == 200).count(), 1);
    assert_eq!(statuses.iter().filter(|one| **one == 409).count(), 7);
}
