//! A token: a statement that is signed (CMS, RFC 5652, section 5).

use der::{Tag, asn1::ObjectIdentifier};

use super::{
    StampError,
    der::{Element, context, context_primitive},
};

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
/// `id-ct-TSTInfo` (RFC 3161, section 2.4.2).
pub(super) const STATEMENT: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");

/// `SignedData` with a `TSTInfo` in it and one signature.
#[derive(Debug)]
pub(super) struct Token<'a> {
    /// What is stated: the bytes of the `TSTInfo`.
    pub(super) statement: &'a [u8],
    /// The certificates that came with it, in any order. Nobody signed that they belong to it.
    pub(super) certificates: Vec<&'a [u8]>,
    pub(super) signature: Signature<'a>,
}

/// `SignerInfo`.
#[derive(Debug)]
pub(super) struct Signature<'a> {
    /// Whose it is.
    pub(super) signer: Signer<'a>,
    /// What hashes the statement.
    pub(super) hash: Element<'a>,
    /// What is signed, with the tag under which it stands here, `[0]`.
    pub(super) attributes: Element<'a>,
    pub(super) algorithm: Element<'a>,
    pub(super) value: &'a [u8],
}

/// How a signature says whose it is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Signer<'a> {
    /// Who has the certificate of this issuer and number.
    Certificate {
        /// The issuer's name: what stands in its sequence.
        issuer: &'a [u8],
        /// The bytes of the number.
        serial: &'a [u8],
    },
    /// Who has the certificate with this key identifier.
    Key(&'a [u8]),
}

impl<'a> Token<'a> {
    /// Reads a `ContentInfo`.
    pub(super) fn of(content_info: Element<'a>) -> Result<Self, StampError> {
        const MALFORMED: StampError = StampError::Malformed("token");
        let mut parts = signed_data(content_info)
            .and_then(Element::elements)
            .ok_or(MALFORMED)?;
        let mut read = || {
            parts.take(Tag::Integer)?.number()?;
            parts.take(Tag::Set)?;
            let statement = statement(parts.take(Tag::Sequence)?)?;
            let certificates = parts.take_if(context(0));
            parts.take_if(context(1));
            let signatures = parts.take(Tag::Set)?.all(Tag::Sequence)?;
            parts.end()?;
            Some((statement, certificates, signatures))
        };
        let (statement, certificates, signatures) = read().ok_or(MALFORMED)?;
        let [signature] = signatures[..] else {
            return Err(StampError::Signers(signatures.len()));
        };
        Ok(Self {
            statement,
            certificates: certificates
                .map_or(Some(Vec::new()), of_set)
                .ok_or(StampError::Malformed("list of certificates"))?,
            signature: Signature::of(signature).ok_or(StampError::Malformed("signature"))?,
        })
    }
}

fn signed_data(content_info: Element<'_>) -> Option<Element<'_>> {
    let mut elements = content_info.elements()?;
    let kind = elements.take(Tag::ObjectIdentifier)?.oid()?;
    let content = elements.take(context(0))?;
    elements.end()?;
    (kind == SIGNED_DATA).then_some(())?;
    super::der::only(content.content, Tag::Sequence)
}

/// Returns what an `EncapsulatedContentInfo` holds, if it says that this is a time stamp.
fn statement(info: Element<'_>) -> Option<&[u8]> {
    let mut elements = info.elements()?;
    let kind = elements.take(Tag::ObjectIdentifier)?.oid()?;
    let content = elements.take(context(0))?;
    elements.end()?;
    (kind == STATEMENT).then_some(())?;
    Some(super::der::only(content.content, Tag::OctetString)?.content)
}

/// Returns the certificates of a `CertificateSet`, without what is none.
fn of_set(set: Element<'_>) -> Option<Vec<&[u8]>> {
    let mut elements = set.elements()?;
    let mut certificates = Vec::new();
    while !elements.is_at_end() {
        let element = elements.next()?;
        if element.tag == Tag::Sequence {
            certificates.push(element.whole);
        }
    }
    Some(certificates)
}

impl<'a> Signature<'a> {
    fn of(info: Element<'a>) -> Option<Self> {
        let mut elements = info.elements()?;
        elements.take(Tag::Integer)?.number()?;
        let signer = match elements.take_if(context_primitive(0)) {
            Some(key) => Signer::Key(key.content),
            None => Signer::of(elements.take(Tag::Sequence)?)?,
        };
        let signature = Self {
            signer,
            hash: elements.take(Tag::Sequence)?,
            attributes: elements.take(context(0))?,
            algorithm: elements.take(Tag::Sequence)?,
            value: elements.take(Tag::OctetString)?.content,
        };
        elements.take_if(context(1));
        elements.end()?;
        Some(signature)
    }
}

impl<'a> Signer<'a> {
    fn of(issuer_and_serial: Element<'a>) -> Option<Self> {
        let mut elements = issuer_and_serial.elements()?;
        let signer = Self::Certificate {
            issuer: elements.take(Tag::Sequence)?.content,
            serial: elements.take(Tag::Integer)?.content,
        };
        elements.end()?;
        Some(signer)
    }
}
