//! Record ids.

use crate::{
    digest::{Digest, from_hex},
    json::Text,
};

/// Sixteen bytes that stand for an id: those of the UUID it is, else the first half of its SHA-256. The two
/// kinds differ in the bits in which a UUID says its version, so two ids with one key can be made by nobody,
/// and a million of them fit in 16 MB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
        if let Some(uuid) = random_uuid(id) {
            return Self(uuid);
        }
        let mut half = [0; 16];
        half.copy_from_slice(&Digest::of(id).as_bytes()[..16]);
        half[VERSION_BYTE] |= 0xF0;
        Self(half)
    }

    /// Takes up a key that was written down.
    pub(crate) const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// The byte of a UUID whose upper half is its version (RFC 9562, section 4.2).
const VERSION_BYTE: usize = 6;

/// Returns the bytes of a UUID of version 4 as recorders write it. Other spellings are other ids, as in the
/// reference.
fn random_uuid(id: &[u8]) -> Option<[u8; 16]> {
    let id: &[u8; 36] = id.try_into().ok()?;
    if [8, 13, 18, 23].iter().any(|at| id[*at] != b'-') {
        return None;
    }
    let mut digits = [0; 32];
    digits[..8].copy_from_slice(&id[..8]);
    digits[8..12].copy_from_slice(&id[9..13]);
    digits[12..16].copy_from_slice(&id[14..18]);
    digits[16..20].copy_from_slice(&id[19..23]);
    digits[20..].copy_from_slice(&id[24..]);
    from_hex::<32, 16>(&digits).filter(|bytes| bytes[VERSION_BYTE] >> 4 == 4)
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
            "0190f8e4-55cc-7d1c-9d3b-000000000001",
            "0190f8e4-55cc-fd1c-9d3b-000000000001",
            "0190f8e4-55cc-4d1c-9d3b-00000000000",
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
