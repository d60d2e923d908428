//! The algorithms that count: SHA-2, RSA with keys of 2048 to 8192 bits, ECDSA on P-256 and P-384, and Ed25519.

use der::{Tag, asn1::ObjectIdentifier};
use ring::digest;
use webpki::{EndEntityCert, Error, ring as algorithms};

use super::{StampError, der::Element};

pub(super) const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");
/// `rsaEncryption`, by which a signature goes with the hash that is named beside it (RFC 3370, section 3.2).
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// A hash that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    /// To name a certificate, and for nothing else.
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// Reads an `AlgorithmIdentifier`. Of what is hashed with it, `part` says what it is.
    pub(super) fn of(algorithm: Element<'_>, part: &'static str) -> Result<Self, StampError> {
        match oid(algorithm).ok_or(StampError::Malformed("algorithm"))? {
            SHA_256 => Ok(Self::Sha256),
            SHA_384 => Ok(Self::Sha384),
            SHA_512 => Ok(Self::Sha512),
            oid => Err(StampError::Algorithm {
                part,
                oid: oid.to_string(),
            }),
        }
    }

    pub(super) fn digest(self, bytes: &[u8]) -> digest::Digest {
        let algorithm = match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        };
        digest::digest(algorithm, bytes)
    }
}

/// Returns the algorithm that an `AlgorithmIdentifier` names, whatever its parameters.
fn oid(algorithm: Element<'_>) -> Option<ObjectIdentifier> {
    let mut elements = algorithm.elements()?;
    let oid = elements.take(Tag::ObjectIdentifier)?.oid()?;
    if !elements.is_at_end() {
        elements.next()?;
    }
    elements.end()?;
    Some(oid)
}

/// Says whether a signature holds. `hash` is the one that is named beside the algorithm.
pub(super) fn verify(
    certificate: &EndEntityCert<'_>,
    algorithm: Element<'_>,
    hash: Hash,
    message: &[u8],
    signature: &[u8],
) -> Result<(), StampError> {
    let oid = oid(algorithm).ok_or(StampError::Malformed("algorithm"))?;
    let with_rsa = (oid == RSA).then_some(match hash {
        Hash::Sha1 | Hash::Sha256 => algorithms::RSA_PKCS1_2048_8192_SHA256,
        Hash::Sha384 => algorithms::RSA_PKCS1_2048_8192_SHA384,
        Hash::Sha512 => algorithms::RSA_PKCS1_2048_8192_SHA512,
    });
    let named = webpki::ALL_VERIFICATION_ALGS
        .iter()
        .filter(|known| known.signature_alg_id().as_ref() == algorithm.content);
    for candidate in with_rsa.iter().chain(named) {
        match certificate.verify_signature(*candidate, message, signature) {
            Ok(()) => return Ok(()),
            // The same signature can be with a key of another kind: ECDSA of another curve.
            Err(Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_)) => {}
            Err(_) => return Err(StampError::Signature),
        }
    }
    Err(StampError::Algorithm {
        part: "signature",
        oid: oid.to_string(),
    })
}
