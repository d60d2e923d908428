//! Answers of an authority that `openssl` was, kept in `testdata/stamp`.

use super::*;

const ANSWERS: [&[u8]; 2] = [
    include_bytes!("../../../testdata/stamp/answer.tsr"),
    include_bytes!("../../../testdata/stamp/rsa.tsr"),
];
const ROOT: &[u8] = include_bytes!("../../../testdata/stamp/root.pem");

fn digest() -> Digest {
    Digest::of(b"stamped")
}

#[test]
fn what_was_granted_counts_for_as_long_as_the_root_is_trusted() {
    let roots = Roots::of_pem(ROOT).unwrap();
    let request = Request::new(&digest(), *b"\x80 nonce!");
    for (answer, name) in ANSWERS.iter().zip(["CN=tsa,O=Tests", "CN=rsa,O=Tests"]) {
        let stamp = request.accept(answer, Some(&roots)).unwrap();
        assert_eq!(stamp.authority, name);
        assert!(stamp.is_trusted);
        assert_eq!(verify(answer, &digest(), Some(&roots)), Ok(stamp));
        assert!(!verify(answer, &digest(), None).unwrap().is_trusted);
        let other = Digest::of(b"other");
        assert_eq!(verify(answer, &other, None), Err(StampError::Imprint));
        let later = Request::new(&digest(), [1; 8]);
        assert_eq!(later.accept(answer, None), Err(StampError::Nonce));
    }
}

#[test]
fn what_is_cut_off_is_no_stamp() {
    for answer in ANSWERS {
        for end in 0..answer.len() {
            let why = verify(&answer[..end], &digest(), None);
            assert_eq!(why, Err(StampError::Malformed("answer")), "{end}");
        }
    }
}

#[test]
fn a_name_in_a_certificate_has_no_control_characters() {
    assert_eq!(
        answer::printable("a\u{1B}[2J\"\\\u{85}"),
        "a\\u{1b}[2J\\\"\\\\\\u{85}"
    );
    assert_eq!(answer::printable(&"x".repeat(1000)).len(), 200);
}
