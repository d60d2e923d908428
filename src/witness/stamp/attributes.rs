//! What is signed in a token: that it is a time stamp, the hash of the statement, and which certificate signs.

use der::{Tag, asn1::ObjectIdentifier};

use super::{
    StampError,
    algorithm::Hash,
    der::{Element, context, only},
    token::{STATEMENT, Token},
};

/// RFC 5652, section 11.1.
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
/// RFC 5652, section 11.2.
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
/// RFC 2634, section 5.4: with SHA-1.
const SIGNING_CERTIFICATE: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.12");
/// RFC 5035, section 3.
const SIGNING_CERTIFICATE_2: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");

/// How a signature names the certificate that goes with it (`ESSCertID`, `ESSCertIDv2`).
#[derive(Debug)]
pub(super) struct Binding<'a> {
    pub(super) hash: Hash,
    /// The hash of the whole certificate.
    pub(super) digest: &'a [u8],
    pub(super) issuer_and_serial: Option<IssuerAndSerial<'a>>,
}

/// `IssuerSerial`.
#[derive(Debug)]
pub(super) struct IssuerAndSerial<'a> {
    /// The bytes of the issuer's name, with tag and length.
    pub(super) issuer: &'a [u8],
    /// The bytes of the number.
    pub(super) serial: &'a [u8],
}

/// Makes sure that the attributes are about the statement, and returns how they name the certificate: once by each of
/// the two ways that there are, and at least once.
///
/// The old way names it by SHA-1. Who would profit from that needs another certificate of the same hash and key, which
/// is a second preimage, so it counts.
pub(super) fn check<'a>(token: &Token<'a>, hash: Hash) -> Result<Vec<Binding<'a>>, StampError> {
    let attributes = token.signature.attributes.all(Tag::Sequence);
    let attributes = attributes.ok_or(StampError::Malformed("signed attributes"))?;
    let value = |oid, name| value(&attributes, oid, name);
    let content_type = value(CONTENT_TYPE, "contentType")?;
    if content_type.and_then(Element::oid) != Some(STATEMENT) {
        return Err(StampError::Attribute("contentType"));
    }
    let digest = value(MESSAGE_DIGEST, "messageDigest")?;
    let digest = digest.filter(|digest| digest.tag == Tag::OctetString);
    let expected = hash.digest(token.statement);
    if digest.map(|digest| digest.content) != Some(expected.as_ref()) {
        return Err(StampError::Attribute("messageDigest"));
    }
    let mut bindings = Vec::new();
    for (oid, name, hash) in [
        (SIGNING_CERTIFICATE, "signingCertificate", Some(Hash::Sha1)),
        (SIGNING_CERTIFICATE_2, "signingCertificateV2", None),
    ] {
        if let Some(value) = value(oid, name)? {
            bindings.push(binding(value, hash).ok_or(StampError::Attribute(name))??);
        }
    }
    if bindings.is_empty() {
        return Err(StampError::Attribute("signingCertificateV2"));
    }
    Ok(bindings)
}

/// Returns the value of an attribute, if it is there.
fn value<'a>(
    attributes: &[Element<'a>],
    oid: ObjectIdentifier,
    name: &'static str,
) -> Result<Option<Element<'a>>, StampError> {
    let mut found = None;
    for attribute in attributes {
        let (own, value) = single(*attribute).ok_or(StampError::Malformed("signed attributes"))?;
        if own == oid {
            let value = value.filter(|_| found.is_none());
            found = Some(value.ok_or(StampError::Attribute(name))?);
        }
    }
    Ok(found)
}

/// Returns what an attribute is called, and its value if it has one only.
fn single(attribute: Element<'_>) -> Option<(ObjectIdentifier, Option<Element<'_>>)> {
    let mut elements = attribute.elements()?;
    let oid = elements.take(Tag::ObjectIdentifier)?.oid()?;
    let mut values = elements.take(Tag::Set)?.elements()?;
    elements.end()?;
    let value = values.next().filter(|_| values.is_at_end());
    Some((oid, value))
}

/// Reads the first name in a `SigningCertificate`, or with `None` in a `SigningCertificateV2`: that of the certificate
/// that signs. Others would be of those above it.
fn binding(value: Element<'_>, hash: Option<Hash>) -> Option<Result<Binding<'_>, StampError>> {
    (value.tag == Tag::Sequence).then_some(())?;
    let mut parts = value.elements()?;
    let names = parts.take(Tag::Sequence)?.all(Tag::Sequence)?;
    parts.take_if(Tag::Sequence);
    parts.end()?;
    let mut name = names.first()?.elements()?;
    let hash = match hash {
        Some(hash) => hash,
        None => match name.take_if(Tag::Sequence) {
            Some(algorithm) => match Hash::of(algorithm, "name of the certificate") {
                Ok(hash) => hash,
                Err(error) => return Some(Err(error)),
            },
            None => Hash::Sha256,
        },
    };
    let digest = name.take(Tag::OctetString)?.content;
    let issuer_and_serial = match name.take_if(Tag::Sequence) {
        Some(element) => Some(issuer_and_serial(element)?),
        None => None,
    };
    name.end()?;
    Some(Ok(Binding {
        hash,
        digest,
        issuer_and_serial,
    }))
}

fn issuer_and_serial(element: Element<'_>) -> Option<IssuerAndSerial<'_>> {
    let mut elements = element.elements()?;
    // `GeneralNames` with one name in it, a `directoryName`.
    let names = elements.take(Tag::Sequence)?;
    let name = only(names.content, context(4))?;
    let issuer = only(name.content, Tag::Sequence)?.whole;
    let serial = elements.take(Tag::Integer)?.content;
    elements.end()?;
    Some(IssuerAndSerial { issuer, serial })
}
