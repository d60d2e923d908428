//! The certificate of the authority: whether it is the one that signed, and may stamp (RFC 3161, section 2.3).

use der::{Decode, Tag, asn1::ObjectIdentifier};
use rustls::pki_types::CertificateDer;
use webpki::{EndEntityCert, Error};
use x509_cert::{
    Certificate,
    ext::pkix::{ExtendedKeyUsage, KeyUsage, SubjectKeyIdentifier},
};

use super::{
    StampError, Time, algorithm,
    algorithm::Hash,
    answer::printable,
    attributes::Binding,
    der::{context, only},
    token::{Signer, Token},
};

/// `id-kp-timeStamping`.
const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");
const CERTIFICATE: StampError = StampError::Malformed("certificate");

/// Returns the certificate that a signature says it is of, among those in the token.
pub(super) fn find<'a>(token: &Token<'a>) -> Result<&'a [u8], StampError> {
    let is_meant = |der: &&&[u8]| match token.signature.signer {
        Signer::Certificate { issuer, serial } => names(der) == Some((issuer, serial)),
        Signer::Key(key) => Certificate::from_der(der).is_ok_and(|found| {
            let found = found.tbs_certificate().get_extension();
            let found: Result<Option<(bool, SubjectKeyIdentifier)>, _> = found;
            matches!(found, Ok(Some((_, found))) if found.0.as_bytes() == key)
        }),
    };
    let found = token.certificates.iter().find(is_meant);
    found.copied().ok_or(StampError::NoCertificate)
}

/// Returns the name of the issuer of a certificate and the number that it gave it: what stands in the two.
fn names(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut certificate = only(der, Tag::Sequence)?.elements()?;
    let mut parts = certificate.take(Tag::Sequence)?.elements()?;
    parts.take_if(context(0));
    let serial = parts.take(Tag::Integer)?.content;
    parts.take(Tag::Sequence)?;
    let issuer = parts.take(Tag::Sequence)?.content;
    Some((issuer, serial))
}

/// Makes sure that the signature is bound to this certificate and holds with its key. Returns the name in it.
pub(super) fn check(
    token: &Token<'_>,
    der: &[u8],
    hash: Hash,
    bindings: &[Binding<'_>],
    time: &Time,
) -> Result<String, StampError> {
    let parsed = CertificateDer::from(der);
    let parsed = EndEntityCert::try_from(&parsed).map_err(|error| match error {
        Error::UnsupportedCriticalExtension => StampError::Extension,
        _ => CERTIFICATE,
    })?;
    if !bindings
        .iter()
        .all(|binding| is_bound(binding, der, &parsed))
    {
        return Err(StampError::Binding);
    }
    let signature = &token.signature;
    let message = as_signed(signature.attributes.whole);
    let algorithm = signature.algorithm;
    algorithm::verify(&parsed, algorithm, hash, &message, signature.value)?;
    let certificate = Certificate::from_der(der).map_err(|_unreadable| CERTIFICATE)?;
    may_stamp(&certificate)?;
    was_valid(&certificate, time)?;
    Ok(printable(
        &certificate.tbs_certificate().subject().to_string(),
    ))
}

fn is_bound(binding: &Binding<'_>, der: &[u8], parsed: &EndEntityCert<'_>) -> bool {
    let is_named = binding.issuer_and_serial.as_ref().is_none_or(|named| {
        let issuer = only(named.issuer, Tag::Sequence).map(|issuer| issuer.content);
        issuer == Some(parsed.issuer()) && named.serial == parsed.serial()
    });
    is_named && binding.hash.digest(der).as_ref() == binding.digest
}

/// Returns the attributes as they are signed: under the tag of a set, not the one that they have in the token
/// (RFC 5652, section 5.4).
fn as_signed(attributes: &[u8]) -> Vec<u8> {
    let mut set = attributes.to_vec();
    if let Some(tag) = set.first_mut() {
        *tag = 0x31;
    }
    set
}

/// A certificate for time stamps is for nothing else, and says so in a way that nobody may overlook.
fn may_stamp(certificate: &Certificate) -> Result<(), StampError> {
    let certificate = certificate.tbs_certificate();
    let purposes: Option<(bool, ExtendedKeyUsage)> =
        certificate.get_extension().map_err(|_twice| CERTIFICATE)?;
    match purposes {
        None => return Err(StampError::Purpose("it names no purpose")),
        Some((_, purposes)) if !purposes.0.contains(&TIME_STAMPING) => {
            return Err(StampError::Purpose("it is for something else"));
        }
        Some((_, purposes)) if purposes.0.len() > 1 => {
            return Err(StampError::Purpose("it is for something else, too"));
        }
        Some((false, _)) => {
            return Err(StampError::Purpose("its purpose is not marked as critical"));
        }
        Some((true, _)) => {}
    }
    let usage: Option<(bool, KeyUsage)> =
        certificate.get_extension().map_err(|_twice| CERTIFICATE)?;
    match usage {
        Some((_, usage)) if !usage.digital_signature() && !usage.non_repudiation() => {
            Err(StampError::KeyUsage)
        }
        _ => Ok(()),
    }
}

fn was_valid(certificate: &Certificate, time: &Time) -> Result<(), StampError> {
    let validity = certificate.tbs_certificate().validity();
    let at = time.unix_seconds().ok_or(StampError::Malformed("time"))?;
    let [from, to] = [validity.not_before, validity.not_after];
    if at < from.to_unix_duration().as_secs() {
        Err(StampError::NotYetValid(from.to_string()))
    } else if at > to.to_unix_duration().as_secs() {
        Err(StampError::Expired(to.to_string()))
    } else {
        Ok(())
    }
}
