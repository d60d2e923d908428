//! A witness that is killed, two hundred times.

use std::{
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Command, Stdio},
};

use sealstone::{
    digest::Digest,
    store::tlog::C2spWitness,
    tlog::{Checkpoint, Kind, Note, Request, Signer, Tree, merkle},
};

use crate::harness::Sandbox;

const KILLS: u64 = 200;

fn log() -> Signer {
    Signer::new("log", Kind::Note, &[1; 32]).unwrap()
}

fn witness(store: &Path) -> C2spWitness {
    let own = Signer::new("witness", Kind::Cosignature, &[2; 32]).unwrap();
    C2spWitness::open(store, vec![log().verifier()], own).unwrap()
}

/// Returns the size of what the witness cosigned last, every signature of which must hold.
fn kept(witness: &C2spWitness) -> u64 {
    let hash = Digest::of(b"log").to_string();
    let Some(bytes) = witness.checkpoint(&hash).unwrap() else {
        return 0;
    };
    let note = Note::parse(&bytes).unwrap();
    let keys = [log().verifier(), witness.key().clone()];
    assert_eq!(note.verify(&keys).unwrap().len(), 2);
    Checkpoint::parse(note.text()).unwrap().size
}

/// Has a log cosigned that grows by one leaf at a time, from where the witness has it, and says each size that was
/// acknowledged. It is a process of its own, and ends when it is killed.
#[test]
#[ignore = "another test starts and kills it"]
fn a_log_that_grows() {
    let mut store = String::new();
    std::io::stdin().read_to_string(&mut store).unwrap();
    if store.is_empty() {
        // Somebody runs every test there is.
        return;
    }
    let (log, witness) = (log(), witness(Path::new(&store)));
    let mut old = kept(&witness);
    let mut tree = Tree::default();
    for leaf in 0..old {
        tree.push(merkle::leaf_hash(&leaf.to_be_bytes()));
    }
    let mut stdout = std::io::stdout().lock();
    loop {
        tree.push(merkle::leaf_hash(&old.to_be_bytes()));
        let size = tree.size();
        let checkpoint = Checkpoint {
            origin: log.name().to_owned(),
            size,
            root: tree.root(size).unwrap(),
            extensions: Vec::new(),
        };
        let mut note = Note::unsigned(checkpoint.to_string()).unwrap();
        note.add(log.sign(note.text()).unwrap()).unwrap();
        let proof = tree.consistency(old, size).unwrap();
        let request = Request { old, proof, note }.to_string();
        let answer = witness.add_checkpoint(request.as_bytes()).unwrap();
        assert_eq!(answer.status, 200);
        writeln!(stdout, "\ncosigned {size}").unwrap();
        stdout.flush().unwrap();
        old = size;
    }
}

#[test]
fn a_killed_witness_remembers_all_that_it_acknowledged() {
    let sandbox = Sandbox::new();
    let store = sandbox.path("store");
    let mut last = 0;
    for kill in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "tlog::killed::a_log_that_grows", "--ignored"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(store.to_str().unwrap().as_bytes()).unwrap();
        drop(stdin);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut acknowledged = || {
            let mut lines = lines.by_ref().map_while(Result::ok);
            lines.find_map(|line| line.strip_prefix("cosigned ")?.parse::<u64>().ok())
        };
        for _ in 0..=kill % 4 {
            last = acknowledged().unwrap();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // What was acknowledged before the kill arrived counts as well.
        while let Some(size) = acknowledged() {
            last = size;
        }
        let size = kept(&witness(&store));
        // The one that was on its way may be there or not.
        assert!((last..=last + 1).contains(&size), "{size} {last}");
        last = size;
    }
    assert!(last >= KILLS);
}
