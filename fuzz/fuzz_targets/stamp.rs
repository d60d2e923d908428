//! Any bytes are a time stamp or are refused, and none that a root stands behind says anything but what the authority
//! said: whatever bytes of its answer are replaced, taken out or put in.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sealstone::{
    digest::Digest,
    witness::stamp::{self, Request, Roots, Stamp},
};

/// What an authority answered when it was asked for a stamp of "stamped".
const ANSWERS: [&[u8]; 2] = [
    include_bytes!("../../testdata/stamp/answer.tsr"),
    include_bytes!("../../testdata/stamp/rsa.tsr"),
];

static ROOTS: LazyLock<Roots> = LazyLock::new(|| {
    Roots::of_pem(include_bytes!("../../testdata/stamp/root.pem")).expect("it has a root")
});
static DIGEST: LazyLock<Digest> = LazyLock::new(|| Digest::of(b"stamped"));
static STAMPS: LazyLock<[Stamp; 2]> = LazyLock::new(|| {
    ANSWERS.map(|answer| stamp::verify(answer, &DIGEST, Some(&ROOTS)).expect("it was granted"))
});

fuzz_target!(|bytes: &[u8]| {
    let _ = Roots::of_pem(bytes);
    said(bytes);
    for answer in ANSWERS {
        said(&changed(answer, bytes));
    }
});

/// What is trusted is what the authority said.
fn said(answer: &[u8]) {
    let _ = stamp::verify(answer, &DIGEST, None);
    if let Ok(stamp) = stamp::verify(answer, &DIGEST, Some(&ROOTS)) {
        assert!(STAMPS.contains(&stamp), "{stamp:?}");
    }
    let other = Request::new(&Digest::of(b"other"), [0; 8]);
    assert!(other.accept(answer, Some(&ROOTS)).is_err());
}

/// Returns the answer with changes that the bytes say, four each: what is done, where, and with what.
fn changed(answer: &[u8], changes: &[u8]) -> Vec<u8> {
    let mut answer = answer.to_vec();
    for change in changes.chunks_exact(4).take(64) {
        let at = usize::from(change[1]) << 8 | usize::from(change[2]);
        let at = at % answer.len().max(1);
        match change[0] % 4 {
            0 if at < answer.len() => answer[at] ^= change[3],
            1 => answer.insert(at, change[3]),
            2 => answer.truncate(answer.len() - usize::from(change[3]).min(answer.len())),
            _ => drop(answer.drain(at..answer.len().min(at + usize::from(change[3])))),
        }
    }
    answer
}
