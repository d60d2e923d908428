//! Record ids.

use crate::{digest::Digest, json::Text};

/// Sixteen bytes that stand for an id: the first half of its SHA-256. Two ids with one key can be made by
/// nobody, and a million of them fit in 16 MB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IdKey([u8; 16]);

impl IdKey {
    pub(crate) fn of(id: &Text) -> Self {
        match id.units() {
            None => Self::of_utf8(id.as_bytes()),
            Some(units) => {
                // No UTF-8 text begins with this byte, so no other id has the same bytes.
                let mut bytes = vec![0xFF];
                bytes.extend(units.iter().flat_map(|unit| unit.to_be_bytes()));
                Self::of_utf8(&bytes)
            }
        }
    }

    /// The same for the bytes of an id that has no lone surrogate.
    pub(crate) fn of_utf8(id: &[u8]) -> Self {
        let mut half = [0; 16];
        half.copy_from_slice(&Digest::of(id).as_bytes()[..16]);
        Self(half)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// Returns the text of a random id (UUID version 4, RFC 9562) from 16 random bytes.
pub fn from_random(random: [u8; 16]) -> String {
    uuid::Builder::from_random_bytes(random)
        .into_uuid()
        .hyphenated()
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_differ_have_keys_that_differ() {
        let id = "0190f8e4-55cc-4d1c-9d3b-000000000001";
        let key = |id: &str| IdKey::of(&id.into());
        assert_eq!(key(id), key(id));
        for other in [
            "0190F8E4-55CC-4D1C-9D3B-000000000001",
            "0190f8e455cc4d1c9d3b000000000001",
            "{0190f8e4-55cc-4d1c-9d3b-000000000001}",
            "0190f8e4-55cc-4d1c-9d3b-000000000002",
            "",
            "r1",
        ] {
            assert_ne!(key(id), key(other), "{other}");
        }
        // An id that spells another one's key out is still another id.
        let spelled = Digest::of(b"r1").to_string()[..32].to_owned();
        assert_ne!(key("r1"), key(&spelled));
        assert_ne!(IdKey::of(&Text::from_utf16(&[0xD800])), key("\u{FFFD}"));
    }

    #[test]
    fn random_ids_are_uuids_of_version_4() {
        let id = from_random([0xFF; 16]);
        assert_eq!(id, "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
