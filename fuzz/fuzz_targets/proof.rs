//! Any bytes are a proof or a request to a witness, or are refused, and what is one is written as it was read; any
//! hashes are judged without harm; what a tree proves holds, and nothing else does.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sealstone::{
    digest::Digest,
    tlog::{
        Checkpoint, Kind, Note, Proof, Request, Signer, Tree, VerifierKey, merkle,
        witness::{Signed, State},
    },
};

static TREE: LazyLock<Tree> = LazyLock::new(|| {
    let mut tree = Tree::default();
    for leaf in 0..=255_u8 {
        tree.push(merkle::leaf_hash(&[leaf]));
    }
    tree
});

static LOG: LazyLock<Signer> =
    LazyLock::new(|| Signer::new("log", Kind::Note, &[1; 32]).expect("a name"));
static KEY: LazyLock<VerifierKey> = LazyLock::new(|| LOG.verifier());

fuzz_target!(|bytes: &[u8]| {
    if let Ok((proof, checkpoint)) = Proof::parse(bytes) {
        assert_eq!(proof.to_string().as_bytes(), bytes);
        let _ = proof.check(Digest::GENESIS, &checkpoint);
    }
    if let Ok(request) = Request::parse(bytes) {
        assert_eq!(request.to_string().as_bytes(), bytes);
        let _ = Signed::parse(bytes, [&*KEY]);
    }
    let Some(([a, b, c, d], rest)) = bytes.split_first_chunk() else {
        return;
    };
    let size = u64::from(*a);
    let old = u64::from(*b).min(size);
    let (chunks, _) = rest.as_chunks::<32>();
    let mut proof: Vec<Digest> = chunks.iter().map(|one| Digest::from_bytes(*one)).collect();
    if d % 2 == 0 {
        proof = TREE.consistency(old, size).expect("there are as many");
        if let Some(hash) = proof.get_mut(usize::from(*c)) {
            *hash = Digest::of(hash.as_bytes());
        }
    }
    consistency(old, size, &proof);
    inclusion(u64::from(*c), size, &proof);
});

fn state(size: u64) -> State {
    let root = TREE.root(size).expect("there are as many");
    State { size, root }
}

/// A witness cosigns what the tree proves, and nothing else.
fn consistency(old: u64, size: u64, proof: &[Digest]) {
    let State { root, .. } = state(size);
    let checkpoint = Checkpoint {
        origin: "log".to_owned(),
        size,
        root,
        extensions: Vec::new(),
    };
    let mut note = Note::unsigned(checkpoint.to_string()).expect("it is a text");
    let signature = LOG.sign(note.text()).expect("it is a key for notes");
    note.add(signature).expect("it is the first one");
    let request = Request {
        old,
        proof: proof.to_vec(),
        note,
    };
    let Ok(signed) = Signed::parse(request.to_string().as_bytes(), [&*KEY]) else {
        assert!(proof.len() > merkle::MAX_PROOF_HASHES);
        return;
    };
    let holds = signed.decide(state(old)).is_ok();
    let sound = TREE.consistency(old, size).expect("there are as many");
    assert_eq!(holds, proof == sound);
}

fn inclusion(index: u64, size: u64, proof: &[Digest]) {
    let State { root, .. } = state(size);
    let leaf = TREE.leaf(index).expect("there are as many");
    let holds = merkle::check_inclusion(leaf, index, (size, root), proof).is_ok();
    let sound = TREE.inclusion(index, size);
    assert_eq!(holds, sound.as_deref() == Some(proof));
    if let Some(sound) = sound {
        assert!(merkle::check_inclusion(leaf, index, (size, root), &sound).is_ok());
    }
}
