//! What a witness says of a checkpoint (C2SP `tlog-cosignature`): that at this time it was the largest tree that it
//! knows of that log, and continued all smaller ones.
//!
//! ```text
//! cosignature/v1
//! time 1679315147
//! example.com/behind-the-sofa
//! 20852163
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//! ```

use super::{Kind, Signature, Signer};

/// How many bytes say when a cosignature was made. The signature itself follows.
const TIME_BYTES: usize = 8;

/// The latest time that a cosignature may name.
pub(super) const LATEST: u64 = i64::MAX.cast_unsigned();

/// Returns what is signed: two lines and the text of the checkpoint. The time is in seconds since 1970.
pub(super) fn message(time: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

/// Returns the time that a cosignature names, and the signature.
pub(super) fn parts(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (time, signature) = bytes.split_first_chunk::<TIME_BYTES>()?;
    let time = u64::from_be_bytes(*time);
    (time <= LATEST).then_some((time, signature))
}

/// Cosigns the text of a checkpoint at a time, in seconds since 1970. None if the key is not one for cosignatures, or
/// the time is past 2^63 - 1.
///
/// Whether the checkpoint continues what was cosigned before is for [`super::witness`] to say.
pub fn cosign(signer: &Signer, text: &str, time: u64) -> Option<Signature> {
    let may = signer.kind() == Kind::Cosignature && time <= LATEST;
    may.then(|| signer.signature(message(time, text).as_bytes(), &time.to_be_bytes()))
}
