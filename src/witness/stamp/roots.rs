//! Whom a user trusts to say who is a time stamping authority.

use std::time::Duration;

use der::Decode;
use rustls::pki_types::{CertificateDer, TrustAnchor, UnixTime, pem::PemObject};
use webpki::{EndEntityCert, Error, ExtendedKeyUsageValidator, KeyPurposeId, KeyPurposeIdIter};
use x509_cert::Certificate;

use super::{StampError, Time};

/// The content of `id-kp-timeStamping` and of `anyExtendedKeyUsage`.
const TIME_STAMPING: KeyPurposeId<'_> =
    KeyPurposeId::new(&[0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x08]);
const ANY: KeyPurposeId<'_> = KeyPurposeId::new(&[0x55, 0x1D, 0x25, 0x00]);

/// Certificates of authorities that are trusted.
#[derive(Debug, Clone)]
pub struct Roots(Vec<Root>);

#[derive(Debug, Clone)]
struct Root {
    anchor: TrustAnchor<'static>,
    /// Seconds since 1970, both of them included.
    valid: (u64, u64),
}

/// Why a file has no roots.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RootsError {
    /// One of them cannot be read.
    #[error("its certificate {0} cannot be read")]
    Certificate(usize),
    /// There is none.
    #[error("it has no certificate in PEM form")]
    None,
}

impl Roots {
    /// Reads the certificates of a PEM file. What else is in the file is passed over.
    ///
    /// Each of them is trusted, whether it signed itself or not.
    ///
    /// # Errors
    /// When there is none, or one cannot be read. Which, counts from 1.
    pub fn of_pem(bytes: &[u8]) -> Result<Self, RootsError> {
        let mut roots = Vec::new();
        for (number, certificate) in (1..).zip(CertificateDer::pem_slice_iter(bytes)) {
            let root = certificate.ok().and_then(|der| Root::of(&der));
            roots.push(root.ok_or(RootsError::Certificate(number))?);
        }
        if roots.is_empty() {
            return Err(RootsError::None);
        }
        Ok(Self(roots))
    }

    /// Makes sure that one of them issued a certificate, directly or by way of others that came with it, and that all
    /// of them were valid at a time.
    pub(super) fn vouch(
        &self,
        certificate: &[u8],
        others: &[&[u8]],
        time: &Time,
    ) -> Result<(), StampError> {
        let at = time.unix_seconds().ok_or(StampError::Malformed("time"))?;
        let valid = self.0.iter().filter(|root| root.was_valid(at));
        let anchors: Vec<_> = valid.map(|root| root.anchor.clone()).collect();
        let others: Vec<CertificateDer<'_>> = others
            .iter()
            .map(|der| CertificateDer::from(*der))
            .collect();
        let certificate = CertificateDer::from(certificate);
        let certificate = EndEntityCert::try_from(&certificate)
            .map_err(|_unreadable| StampError::Malformed("certificate"))?;
        let verified = certificate.verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &anchors,
            &others,
            UnixTime::since_unix_epoch(Duration::from_secs(at)),
            Purpose,
            None,
            None,
        );
        verified.map(drop).map_err(|error| match error {
            Error::UnknownIssuer | Error::InvalidSignatureForPublicKey => StampError::Untrusted,
            Error::CertExpired { .. } => StampError::Chain("one of them had expired".to_owned()),
            Error::CertNotValidYet { .. } => {
                StampError::Chain("one of them was not valid yet".to_owned())
            }
            Error::EmptyEkuExtension => {
                StampError::Chain("one of them is for something else".to_owned())
            }
            Error::EndEntityUsedAsCa => StampError::Chain("one of them may issue none".to_owned()),
            error => StampError::Chain(error.to_string()),
        })
    }
}

impl Root {
    fn of(der: &CertificateDer<'_>) -> Option<Self> {
        let anchor = webpki::anchor_from_trusted_cert(der).ok()?.to_owned();
        let certificate = Certificate::from_der(der).ok()?;
        let validity = certificate.tbs_certificate().validity();
        let seconds = |time: x509_cert::time::Time| time.to_unix_duration().as_secs();
        Some(Self {
            anchor,
            valid: (seconds(validity.not_before), seconds(validity.not_after)),
        })
    }

    fn was_valid(&self, at: u64) -> bool {
        (self.valid.0..=self.valid.1).contains(&at)
    }
}

/// What the certificates of a chain may be for: any that names purposes must name time stamps. That the authority's own
/// is for nothing else is asked elsewhere; those above it often name none.
struct Purpose;

impl ExtendedKeyUsageValidator for Purpose {
    fn validate(&self, purposes: KeyPurposeIdIter<'_, '_>) -> Result<(), Error> {
        let mut is_empty = true;
        for purpose in purposes {
            let purpose = purpose?;
            if purpose == TIME_STAMPING || purpose == ANY {
                return Ok(());
            }
            is_empty = false;
        }
        if is_empty {
            Ok(())
        } else {
            Err(Error::EmptyEkuExtension)
        }
    }
}
