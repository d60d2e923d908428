//! Takes DER apart (X.690), element by element, so that what is hashed and compared is what was read.
//!
//! Lengths are in their shortest form and definite; anything else is no DER. What a caller does not take must be said
//! to be unread, or [`Elements::end`] refuses it.

use der::{
    AnyRef, Decode, Reader, SliceReader, Tag, TagNumber,
    asn1::{ObjectIdentifier, UintRef},
};

/// One element.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element<'a> {
    pub(super) tag: Tag,
    /// What is in it.
    pub(super) content: &'a [u8],
    /// All of its bytes, with tag and length.
    pub(super) whole: &'a [u8],
}

/// The elements that stand one behind the other.
#[derive(Debug, Clone)]
pub(super) struct Elements<'a>(SliceReader<'a>);

/// Returns the tag `[number]` of what holds other elements.
pub(super) const fn context(number: u32) -> Tag {
    Tag::ContextSpecific {
        constructed: true,
        number: TagNumber(number),
    }
}

/// Returns the tag `[number]` of what holds none.
pub(super) const fn context_primitive(number: u32) -> Tag {
    Tag::ContextSpecific {
        constructed: false,
        number: TagNumber(number),
    }
}

/// Returns the one element that the bytes are, if it has the tag.
pub(super) fn only(bytes: &[u8], tag: Tag) -> Option<Element<'_>> {
    let mut elements = Elements::of(bytes)?;
    let element = elements.take(tag)?;
    elements.end()?;
    Some(element)
}

impl<'a> Element<'a> {
    /// Returns what stands in it.
    pub(super) fn elements(self) -> Option<Elements<'a>> {
        Elements::of(self.content)
    }

    /// Returns what stands in it, all of which has the tag.
    pub(super) fn all(self, tag: Tag) -> Option<Vec<Self>> {
        let mut elements = self.elements()?;
        let mut all = Vec::new();
        while !elements.is_at_end() {
            all.push(elements.take(tag)?);
        }
        Some(all)
    }

    pub(super) fn oid(self) -> Option<ObjectIdentifier> {
        ObjectIdentifier::from_der(self.whole).ok()
    }

    /// Returns the digits of a whole number that is not negative, most significant first and without zeros in front.
    pub(super) fn unsigned(self) -> Option<&'a [u8]> {
        Some(UintRef::from_der(self.whole).ok()?.as_bytes())
    }

    /// Returns a whole number that is not negative.
    pub(super) fn number(self) -> Option<u64> {
        let digits = self.unsigned()?;
        let add = |number: u64, digit: &u8| number << 8 | u64::from(*digit);
        (digits.len() <= 8).then(|| digits.iter().fold(0, add))
    }
}

impl<'a> Elements<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Option<Self> {
        SliceReader::new(bytes).ok().map(Self)
    }

    /// Returns the next one.
    pub(super) fn next(&mut self) -> Option<Element<'a>> {
        let whole = self.0.tlv_bytes().ok()?;
        let any = AnyRef::from_der(whole).ok()?;
        Some(Element {
            tag: any.header().tag(),
            content: any.value(),
            whole,
        })
    }

    /// Returns the next one, which must have the tag.
    pub(super) fn take(&mut self, tag: Tag) -> Option<Element<'a>> {
        self.next().filter(|element| element.tag == tag)
    }

    /// Returns the next one if it has the tag, and otherwise leaves it.
    pub(super) fn take_if(&mut self, tag: Tag) -> Option<Element<'a>> {
        let mut ahead = self.clone();
        let element = ahead.take(tag)?;
        *self = ahead;
        Some(element)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.0.is_finished()
    }

    /// Makes sure that nothing is left.
    pub(super) fn end(&self) -> Option<()> {
        self.is_at_end().then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_taken_in_order_and_none_is_left() {
        let bytes = [0x30, 6, 0x02, 1, 5, 0xA0, 1, 9];
        let sequence = only(&bytes, Tag::Sequence).unwrap();
        let mut elements = sequence.elements().unwrap();
        assert!(elements.take_if(Tag::Null).is_none());
        assert_eq!(elements.take(Tag::Integer).unwrap().number(), Some(5));
        assert!(elements.end().is_none());
        assert_eq!(elements.take(context(0)).unwrap().content, [9]);
        assert!(elements.end().is_some());
        assert!(elements.next().is_none());
        for end in 0..bytes.len() {
            assert!(only(&bytes[..end], Tag::Sequence).is_none(), "{end}");
        }
        assert!(only(&[bytes.as_slice(), &[0]].concat(), Tag::Sequence).is_none());
    }

    #[test]
    fn lengths_have_one_form() {
        for bad in [
            &[0x04, 0x81, 1, 7][..],
            &[0x04, 0x82, 0, 1, 7],
            &[0x24, 0x80, 4, 1, 7, 0, 0],
            &[0x04, 0x84, 0xFF, 0xFF, 0xFF, 0xFF],
            &[0x04, 0xFF],
        ] {
            assert!(Elements::of(bad).unwrap().next().is_none(), "{bad:?}");
        }
    }

    #[test]
    fn numbers_are_in_their_shortest_form_and_not_negative() {
        let number = |content: &[u8]| {
            let bytes = [&[0x02, u8::try_from(content.len()).unwrap()], content].concat();
            only(&bytes, Tag::Integer).and_then(Element::number)
        };
        assert_eq!(number(&[0]), Some(0));
        assert_eq!(number(&[0, 0x80]), Some(128));
        assert_eq!(number(&[1, 0]), Some(256));
        assert_eq!(number(&[0; 2]), None);
        assert_eq!(number(&[0x80]), None);
        assert_eq!(number(&[]), None);
        assert_eq!(number(&[1; 8]), Some(0x0101_0101_0101_0101));
        assert_eq!(number(&[1; 9]), None);
    }
}
