//! Texts in little room: a log of a million open calls has many millions of them.

use std::{collections::HashSet, num::NonZeroU64, sync::Arc};

use crate::digest::Digest;

/// A text that many calls have.
pub(super) type Shared = Option<Arc<str>>;

/// A text that is only held against others: the beginning of its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Mark(NonZeroU64);

impl Mark {
    pub(super) fn of(text: &str) -> Self {
        let mut first = [0; 8];
        first.copy_from_slice(&Digest::of(text.as_bytes()).as_bytes()[..8]);
        let number = NonZeroU64::new(u64::from_be_bytes(first));
        Self(number.unwrap_or(NonZeroU64::MIN))
    }
}

/// The texts that calls share.
#[derive(Debug, Default)]
pub(super) struct Texts(HashSet<Arc<str>>);

impl Texts {
    /// Returns the text, which is there once however many ask for it.
    pub(super) fn share(&mut self, text: Option<String>) -> Shared {
        let text = text?;
        if let Some(known) = self.0.get(text.as_str()) {
            return Some(Arc::clone(known));
        }
        let text: Arc<str> = text.into();
        self.0.insert(Arc::clone(&text));
        Some(text)
    }
}
