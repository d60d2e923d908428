//! SHA-256 (FIPS 180-4) of several messages at once.
//!
//! One message cannot use a processor fully: each round waits for the one before it. Messages do not wait for
//! each other.

mod pair;
mod sixteen;

use super::Message;

/// What the function takes at a time.
type Block = [u8; 64];

type Digest = [u8; 32];

/// The state before the first block.
const INITIAL: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// The constants of the rounds.
#[rustfmt::skip]
const ROUNDS: [u32; 64] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
];

/// Computes the digest of each message, or returns `false` if this processor knows no way that is faster than
/// one after the other.
pub(crate) fn digests(messages: &[Message<'_>], digests: &mut [Digest]) -> bool {
    let has_sha = is_x86_feature_detected!("sha")
        && is_x86_feature_detected!("ssse3")
        && is_x86_feature_detected!("sse4.1");
    if !has_sha {
        return false;
    }
    let mut done = 0;
    if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw") {
        done = messages.len() - messages.len() % sixteen::LANES;
        #[expect(
            unsafe_code,
            reason = "enters a function that not every processor can run"
        )]
        // SAFETY: the processor has the instructions that the function was compiled for, as was just asked.
        // The function itself is safe code.
        unsafe {
            sixteen::digests(&messages[..done], &mut digests[..done]);
        }
    }
    #[expect(
        unsafe_code,
        reason = "enters a function that not every processor can run"
    )]
    // SAFETY: as above, and asked at the top.
    unsafe {
        pair::digests(&messages[done..], &mut digests[done..]);
    }
    true
}

/// The text of a state.
fn digest(words: [u32; 8]) -> Digest {
    let mut digest = [0; 32];
    for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(words) {
        *bytes = word.to_be_bytes();
    }
    digest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sha2::{Digest as _, Sha256};

    use super::*;
    use crate::{parts::Parts, simd::pad};

    /// Whether every way that this processor knows gives what `sha2` does.
    fn agree(messages: &[Vec<u8>]) {
        let expected: Vec<Digest> = messages.iter().map(|m| Sha256::digest(m).into()).collect();
        let padded: Vec<Vec<u8>> = messages
            .iter()
            .map(|message| {
                let mut bytes = Parts::default();
                bytes.append(&[b"before it", message.as_slice()].concat());
                pad(&mut bytes, 9);
                bytes.bytes()[9..].to_vec()
            })
            .collect();
        let blocks: Vec<Message<'_>> = padded.iter().map(|bytes| bytes.as_chunks().0).collect();
        let mut found = vec![[0; 32]; messages.len()];
        if digests(&blocks, &mut found) {
            assert_eq!(found, expected);
            // All of them two by two, which else only the last ones are.
            for (blocks, expected) in blocks.chunks(5).zip(expected.chunks(5)) {
                let mut found = vec![[0; 32]; blocks.len()];
                assert!(digests(blocks, &mut found));
                assert_eq!(found, expected);
            }
        }
    }

    #[test]
    fn every_length_is_padded_right() {
        let text: Vec<u8> = (0..=255).cycle().take(400).collect();
        let messages: Vec<Vec<u8>> = (0..400).map(|length| text[..length].to_vec()).collect();
        agree(&messages);
    }

    #[test]
    fn the_longest_may_be_much_longer() {
        let mut messages = vec![vec![b'a'; 10]; 40];
        messages[3] = vec![b'b'; 100_000];
        messages[17] = vec![b'c'; 70_000];
        agree(&messages);
        agree(&[]);
    }

    proptest! {
        #[test]
        fn each_message_gets_its_own_digest(
            messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..600), 0..70),
        ) {
            agree(&messages);
        }
    }
}
