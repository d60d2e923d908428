//! What a token states: that a digest was there at a time (`TSTInfo`, RFC 3161, section 2.4.2).

use der::{Tag, asn1::ObjectIdentifier};

use super::{
    StampError, Time,
    algorithm::Hash,
    der::{Element, Elements, context, context_primitive, only},
};
use crate::digest::Digest;

#[derive(Debug)]
pub(super) struct Statement<'a> {
    pub(super) policy: ObjectIdentifier,
    /// The number that the authority gave it: what stands in the integer.
    pub(super) serial: &'a [u8],
    pub(super) time: Time,
    pub(super) accuracy_micros: Option<u64>,
    /// Without zeros in front.
    pub(super) nonce: Option<&'a [u8]>,
    /// A `MessageImprint`.
    imprint: Element<'a>,
}

impl<'a> Statement<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Result<Self, StampError> {
        const MALFORMED: StampError = StampError::Malformed("statement");
        let info = only(bytes, Tag::Sequence).and_then(Element::elements);
        let mut info = info.ok_or(MALFORMED)?;
        let version = info.take(Tag::Integer).and_then(Element::number);
        if version.ok_or(MALFORMED)? != 1 {
            return Err(StampError::Version);
        }
        let (statement, extensions) = Self::behind_version(info).ok_or(MALFORMED)?;
        match extensions.map_or(Some(false), has_critical) {
            Some(false) => Ok(statement),
            Some(true) => Err(StampError::Extension),
            None => Err(MALFORMED),
        }
    }

    fn behind_version(mut info: Elements<'a>) -> Option<(Self, Option<Element<'a>>)> {
        let policy = info.take(Tag::ObjectIdentifier)?.oid()?;
        let imprint = info.take(Tag::Sequence)?;
        let serial = info.take(Tag::Integer)?;
        let time = info.take(Tag::GeneralizedTime)?;
        let accuracy = info.take_if(Tag::Sequence);
        // Whether stamps of this authority are in the order of their times, and the name it gives itself: nothing here
        // asks for the one, and the other is in the certificate.
        info.take_if(Tag::Boolean);
        let nonce = info.take_if(Tag::Integer);
        info.take_if(context(0));
        let extensions = info.take_if(context(1));
        info.end()?;
        let statement = Self {
            policy,
            serial: serial.content,
            time: Time::parse(std::str::from_utf8(time.content).ok()?)?,
            accuracy_micros: accuracy.map_or(Some(None), |accuracy| micros(accuracy).map(Some))?,
            nonce: nonce.map_or(Some(None), |nonce| nonce.unsigned().map(Some))?,
            imprint,
        };
        Some((statement, extensions))
    }

    /// Makes sure that it is about a digest.
    pub(super) fn is_about(&self, digest: &Digest) -> Result<(), StampError> {
        const MALFORMED: StampError = StampError::Malformed("imprint");
        let mut elements = self.imprint.elements().ok_or(MALFORMED)?;
        let algorithm = elements.take(Tag::Sequence).ok_or(MALFORMED)?;
        let imprint = elements.take(Tag::OctetString).ok_or(MALFORMED)?;
        elements.end().ok_or(MALFORMED)?;
        let hash = Hash::of(algorithm, "imprint")?;
        if hash != Hash::Sha256 || imprint.content != digest.as_bytes() {
            return Err(StampError::Imprint);
        }
        Ok(())
    }
}

/// Returns an `Accuracy` in microseconds.
fn micros(accuracy: Element<'_>) -> Option<u64> {
    let mut elements = accuracy.elements()?;
    let seconds = match elements.take_if(Tag::Integer) {
        Some(seconds) => seconds.number()?,
        None => 0,
    };
    let mut below_thousand = |number| match elements.take_if(context_primitive(number)) {
        Some(part) => match *part.content {
            [low @ 0..=0x7F] => Some(u64::from(low)),
            [high, low] => Some(u64::from(u16::from_be_bytes([high, low]))).filter(|n| *n < 1000),
            _ => None,
        },
        None => Some(0),
    };
    let (millis, micros) = (below_thousand(0)?, below_thousand(1)?);
    elements.end()?;
    let seconds = seconds.checked_mul(1_000_000)?;
    seconds.checked_add(millis * 1000 + micros)
}

/// Whether one of some `Extensions` is critical.
fn has_critical(extensions: Element<'_>) -> Option<bool> {
    let mut is_any = false;
    for extension in extensions.all(Tag::Sequence)? {
        let mut elements = extension.elements()?;
        elements.take(Tag::ObjectIdentifier)?;
        if let Some(critical) = elements.take_if(Tag::Boolean) {
            is_any |= critical.content != [0];
        }
        elements.take(Tag::OctetString)?;
        elements.end()?;
    }
    Some(is_any)
}
