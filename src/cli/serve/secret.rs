//! Keys that those who ask present.

use std::fmt;

use axum::http::{HeaderMap, header};
use sealstone::digest::Digest;
use subtle::ConstantTimeEq;

/// A key, as its digest: the key itself is kept nowhere, and digests can be compared without telling how much of a key
/// was right.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::cli) struct Secret(Digest);

impl Secret {
    pub(in crate::cli) fn of(key: &[u8]) -> Self {
        Self(Digest::of(key))
    }

    /// Returns the key that a request presents: what stands behind `Bearer`. An empty one is none.
    pub(in crate::cli) fn presented(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get(header::AUTHORIZATION)?.as_bytes();
        let (scheme, key) = value.split_at_checked(b"Bearer ".len())?;
        let key = key.trim_ascii();
        let is_key = scheme.eq_ignore_ascii_case(b"Bearer ") && !key.is_empty();
        is_key.then(|| Self::of(key))
    }

    /// Returns which of `all` this is. All are compared in full, whichever it is.
    pub(in crate::cli) fn among(self, all: impl IntoIterator<Item = Self>) -> Option<usize> {
        let mut found = None;
        for (at, other) in all.into_iter().enumerate() {
            let is_same = self.0.as_bytes().ct_eq(other.0.as_bytes());
            if bool::from(is_same) {
                found = Some(at);
            }
        }
        found
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn presented(value: &str) -> Option<Secret> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        Secret::presented(&headers)
    }

    #[test]
    fn a_key_stands_behind_its_scheme() {
        let key = Some(Secret::of(b"key"));
        for sound in ["Bearer key", "bearer key", "BEARER   key  "] {
            assert_eq!(presented(sound), key, "{sound}");
        }
        for other in ["", "key", "Basic key", "Bearer", "Bearer ", "Bearerkey"] {
            assert_eq!(presented(other), None, "{other}");
        }
        assert_ne!(presented("Bearer Key"), key);
        assert_eq!(Secret::presented(&HeaderMap::new()), None);
    }

    #[test]
    fn a_key_is_found_whole_and_is_never_shown() {
        let all = [Secret::of(b"one"), Secret::of(b"two")];
        assert_eq!(Secret::of(b"two").among(all), Some(1));
        for other in ["", "tw", "two2", "twO"] {
            assert_eq!(Secret::of(other.as_bytes()).among(all), None);
        }
        assert_eq!(format!("{:?}", all[0]), "Secret(..)");
    }
}
