//! Record ids.

use crate::{
    digest::{Digest, nibble},
    json::Text,
};

/// Sixteen bytes that stand for an id: a UUID's own, else the first half of the text's SHA-256. Two ids with
/// one key can be made by nobody, and a million of them fit in 16 MB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IdKey([u8; 16]);

impl IdKey {
    pub(crate) fn of(id: &Text) -> Self {
        if let Some(units) = id.units() {
            // No UTF-8 text begins with this byte, so no other id has the same bytes.
            let mut bytes = vec![0xFF];
            bytes.extend(units.iter().flat_map(|unit| unit.to_be_bytes()));
            return Self::digest(&bytes);
        }
        Self::of_utf8(id.as_bytes())
    }

    /// The same for the bytes of an id that has no lone surrogate.
    pub(crate) fn of_utf8(id: &[u8]) -> Self {
        match uuid_bytes(id) {
            Some(bytes) => Self(bytes),
            None => Self::digest(id),
        }
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    fn digest(bytes: &[u8]) -> Self {
        let mut half = [0; 16];
        half.copy_from_slice(&Digest::of(bytes).as_bytes()[..16]);
        Self(half)
    }
}

/// Returns the bytes of a UUID in the spelling that recorders write. `ABC…` and `abc…` are two ids, as in the
/// reference, so other spellings are none here.
fn uuid_bytes(id: &[u8]) -> Option<[u8; 16]> {
    const HYPHENS: [usize; 4] = [8, 13, 18, 23];
    if id.len() != 36 || HYPHENS.iter().any(|at| id[*at] != b'-') {
        return None;
    }
    let mut bytes = [0; 16];
    let groups = [&id[..8], &id[9..13], &id[14..18], &id[19..23], &id[24..]];
    let pairs = groups.iter().flat_map(|group| group.chunks_exact(2));
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        *byte = nibble(pair[0]).ok()? << 4 | nibble(pair[1]).ok()?;
    }
    Some(bytes)
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
        assert_ne!(IdKey::of(&Text::from_utf16(&[0xD800])), key("\u{FFFD}"));
    }

    #[test]
    fn random_ids_are_uuids_of_version_4() {
        let id = from_random([0xFF; 16]);
        assert_eq!(id, "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
