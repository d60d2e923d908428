//! Any bytes have a verdict, it is the same line by line and at once, a broken chain is explained, and no byte
//! of a sound log can be changed in meaning without being found.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sealstone::{
    damage, json, sample,
    verify::{Judgement, Survey, Verdict, Verifier},
};

static SOUND: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let lines: String = sample::chain(4, 1).collect();
    (sample::example() + "\n" + &lines).into_bytes()
});

fuzz_target!(|bytes: &[u8]| {
    any_log(bytes);
    if let Some([a, b, byte]) = bytes.first_chunk().copied() {
        altered(usize::from(u16::from_le_bytes([a, b])), byte);
    }
});

fn any_log(bytes: &[u8]) {
    let whole = verdict(bytes);
    let mut verifier = Verifier::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(line) => verifier.line(line),
            None => verifier.unterminated_line(line),
        }
    }
    assert_eq!(verifier.finish(), whole);
    let explanation = damage::explain(&Survey::of(bytes));
    assert!(whole.first_break.is_none() || !explanation.is_intact());
    let provable = explanation.provable().map_or(0, |run| run.last_record);
    assert!(provable <= whole.holds_to);
    match whole.judgement {
        Judgement::Broken => assert!(whole.finding_count() > 0 && whole.head.is_none()),
        Judgement::Empty => assert!(whole.records == 0 && whole.head.is_none()),
        Judgement::Intact => {
            assert!(whole.head.is_some() && whole.first_break.is_none());
            // A record without its final newline is whole; a doubled log never is.
            assert_eq!(verdict(bytes.trim_ascii_end()).judgement, Judgement::Intact);
            let doubled = [bytes, b"\n", bytes].concat();
            assert_eq!(verdict(&doubled).judgement, Judgement::Broken);
        }
    }
}

/// Puts another byte into one of two sound logs.
fn altered(at: usize, byte: u8) {
    let end = sample::example().len();
    let log = if at < end {
        &SOUND[..end]
    } else {
        &SOUND[end + 1..]
    };
    let mut log = log.to_vec();
    let before = texts(&log);
    let at = at % log.len();
    log[at] = byte;
    let expected = if texts(&log) == before {
        Judgement::Intact
    } else {
        Judgement::Broken
    };
    assert_eq!(verdict(&log).judgement, expected, "byte {at} is {byte:#x}");
}

/// Returns what each line says, however it is written; `None` where it is not JSON, or ambiguous.
fn texts(log: &[u8]) -> Vec<Option<String>> {
    log.split(|byte| *byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty())
        .map(|line| {
            let document = json::read(line).ok()?;
            let mut text = String::new();
            json::write(&document.value, &mut text);
            document.duplicates.is_empty().then_some(text)
        })
        .collect()
}

fn verdict(bytes: &[u8]) -> Verdict {
    let mut verifier = Verifier::new();
    verifier.log(bytes);
    verifier.finish()
}
