//! The fast path gives the verdict that the plain way gives, on sound logs, odd ones and damaged ones: with
//! templates learned from sound records right before, line by line, and many lines at once.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sealstone::{
    chain, digest, json, sample,
    verify::{Chunk, LineTooLong, Proven, Seal, Survey, Verdict, Verifier, parallel},
};

#[path = "../../src/verify/edit.rs"]
mod edit;
#[path = "../../src/verify/every_field.rs"]
mod every_field;

/// What stands before every log, and teaches the fast path.
struct Sound {
    log: Vec<u8>,
    proven: Proven,
    bases: Vec<edit::Node>,
}

static SOUND: LazyLock<Sound> = LazyLock::new(|| {
    let lines = every_field::chain().into_iter().map(|(line, _)| line);
    let more: String = sample::chain(6, 2).collect();
    let samples = sample::example() + &more;
    let lines = lines.chain(samples.lines().map(str::to_owned));
    let bases: Vec<_> = lines.map(|line| edit::Node::of(line.as_bytes())).collect();
    let mut previous = digest::Digest::GENESIS;
    let mut log = Vec::new();
    for (number, base) in bases.iter().enumerate() {
        let mut record = base.clone();
        record.set_id(&format!("s{number}"));
        previous = record.seal(previous).expect("it is a record");
        log.extend_from_slice(&record.text());
        log.push(b'\n');
    }
    let mut verifier = Verifier::new().plain();
    verifier.log(&log);
    let (verdict, proven) = verifier.finish_proven();
    let proven = proven.unwrap_or_else(|| panic!("{verdict:?}"));
    Sound { log, proven, bases }
});

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, rest)) = bytes.split_first() else {
        return;
    };
    let sound = &*SOUND;
    if kind % 4 == 0 {
        compare(sound, rest);
    } else {
        let mut script = edit::Script::new(rest);
        compare(
            sound,
            &edit::log(&sound.bases, sound.proven.head(), &mut script),
        );
    }
});

fn compare(sound: &Sound, behind: &[u8]) {
    let plain = verdict(Verifier::resume(sound.proven.clone()).plain(), behind);
    let log = [&sound.log, behind].concat();
    assert_eq!(verdict(Verifier::new(), &log), plain);
    let mut row = (Verifier::new(), Survey::new());
    let mut rest = Some(log.as_slice());
    let next = |_| Ok::<_, LineTooLong>(rest.take().map(Chunk::Borrowed));
    parallel(&mut row, |_| (), next).expect("no line lies across chunks");
    let (verifier, survey) = row;
    assert_eq!(verifier.finish(), plain);
    for entry in &survey.entries {
        let place = |at: u64| usize::try_from(at).expect("it is in memory");
        let line = &log[place(entry.bytes.start)..place(entry.bytes.end)];
        if let Seal::Holds { hash, .. } = entry.seal {
            assert!(holds(line, hash), "{}", String::from_utf8_lossy(line));
        }
    }
}

/// Whether a line is a record with this hash, whatever stands before it.
fn holds(line: &[u8], hash: digest::Digest) -> bool {
    let document = json::read(line).expect("it is a record");
    let record = document.value.as_object().expect("it is a record");
    chain::record_hash(record) == Ok(hash)
}

fn verdict(mut verifier: Verifier, log: &[u8]) -> Verdict {
    verifier.log(log);
    verifier.finish()
}
