//! What an authority is asked.

use der::{
    Encode, Sequence,
    asn1::{Null, ObjectIdentifier, OctetStringRef, UintRef},
};

use super::{Roots, Stamp, StampError, algorithm::SHA_256, read};
use crate::digest::Digest;

/// A request for a time stamp (RFC 3161, section 2.4.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    digest: Digest,
    nonce: [u8; 8],
}

/// `TimeStampReq`.
#[derive(Sequence)]
struct TimeStampRequest<'a> {
    version: u8,
    imprint: Imprint<'a>,
    nonce: UintRef<'a>,
    wants_certificate: bool,
}

/// `MessageImprint`.
#[derive(Sequence)]
struct Imprint<'a> {
    algorithm: Algorithm,
    digest: &'a OctetStringRef,
}

/// `AlgorithmIdentifier` of a hash.
#[derive(Sequence)]
struct Algorithm {
    oid: ObjectIdentifier,
    parameters: Null,
}

impl Request {
    /// Asks for a stamp of `digest`. The nonce is random, and never the same again.
    pub const fn new(digest: &Digest, nonce: [u8; 8]) -> Self {
        Self {
            digest: *digest,
            nonce,
        }
    }

    /// Returns the bytes to send, as `application/timestamp-query`. They ask for the authority's certificate, and
    /// hold nothing but the digest and the nonce.
    pub fn to_der(&self) -> Vec<u8> {
        let request = TimeStampRequest {
            version: 1,
            imprint: Imprint {
                algorithm: Algorithm {
                    oid: SHA_256,
                    parameters: Null,
                },
                digest: OctetStringRef::new(self.digest.as_bytes()).expect("it is short"),
            },
            nonce: UintRef::new(&self.nonce).expect("it is short"),
            wants_certificate: true,
        };
        request.to_der().expect("it is short")
    }

    /// Returns what the authority answered, if it is a stamp for this request.
    ///
    /// # Errors
    /// As for [`super::verify`], and when the nonce is missing or another one.
    pub fn accept(&self, answer: &[u8], roots: Option<&Roots>) -> Result<Stamp, StampError> {
        let (stamp, nonce) = read(answer, &self.digest, roots)?;
        let own = UintRef::new(&self.nonce).expect("it is short");
        if nonce != Some(own.as_bytes()) {
            return Err(StampError::Nonce);
        }
        Ok(stamp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_the_digest_a_nonce_and_a_wish_for_the_certificate() {
        let digest = Digest::of(b"a");
        let expected = |nonce: &[u8]| {
            let imprint = [
                &[
                    0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
                    0x02, 0x01, 0x05, 0x00, 0x04, 0x20,
                ],
                &digest.as_bytes()[..],
            ]
            .concat();
            let body = [&[2, 1, 1][..], &imprint, nonce, &[1, 1, 0xFF]].concat();
            [&[0x30, u8::try_from(body.len()).unwrap()], &body[..]].concat()
        };
        let of = |nonce| Request::new(&digest, nonce).to_der();
        let plain = [0x7F, 2, 3, 4, 5, 6, 7, 8];
        assert_eq!(of(plain), expected(&[&[2, 8], &plain[..]].concat()));
        // A number is negative by its first bit.
        let high = [0x80, 2, 3, 4, 5, 6, 7, 8];
        assert_eq!(of(high), expected(&[&[2, 9, 0], &high[..]].concat()));
        let low = [0, 0, 0, 0, 0, 0, 0, 8];
        assert_eq!(of(low), expected(&[2, 1, 8]));
        assert_eq!(of([0; 8]), expected(&[2, 1, 0]));
    }
}
