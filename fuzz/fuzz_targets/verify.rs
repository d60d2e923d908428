//! Any bytes have a verdict, and it is the same line by line and at once.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealstone::verify::{Judgement, Verdict, Verifier};

fuzz_target!(|bytes: &[u8]| {
    let whole = verdict(bytes);
    let mut verifier = Verifier::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(line) => verifier.line(line),
            None => verifier.unterminated_line(line),
        }
    }
    assert_eq!(verifier.finish(), whole);
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
});

fn verdict(bytes: &[u8]) -> Verdict {
    let mut verifier = Verifier::new();
    verifier.log(bytes);
    verifier.finish()
}
