//! Any bytes are a note, a checkpoint, a key, the file of one or a policy, or are refused; what is one is written as it
//! was read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealstone::tlog::{Checkpoint, KeyFile, Note, Opening, Policy, Signer, VerifierKey};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(note) = Note::parse(bytes) {
        assert_eq!(note.to_string().as_bytes(), bytes);
        assert!(note.verify([]).is_err());
    }
    if let Some(opening) = Opening::parse(bytes) {
        assert_eq!(opening.to_bytes(), bytes);
    }
    if let Ok(policy) = Policy::parse(bytes) {
        // Whoever meets a quorum meets it with more.
        assert!(policy.is_met(|_| true));
        if policy.needs_witnesses() {
            assert!(!policy.is_met(|_| false));
        }
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert_eq!(checkpoint.to_string(), text);
    }
    if let Ok(key) = text.parse::<VerifierKey>() {
        assert_eq!(key.to_string(), text);
    }
    if let Ok(signer) = Signer::parse(text) {
        assert_eq!(signer.secret_text(), text);
    }
    if let Ok(file) = KeyFile::parse(text) {
        let again = KeyFile::parse(&file.to_string()).expect("what is written can be read");
        assert_eq!(again.signer.verifier(), file.signer.verifier());
        assert_eq!(again.opening, file.opening);
    }
});
