//! Everything that can be wrong with a log, by name.

use serde::Serialize;

/// Declares the codes with their spelling and their meaning, and the list of all of them.
macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $word:literal,)+) => {
        /// What a finding or a warning says. The spellings are stable (FORMAT.md, "Codes").
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[doc = $doc])+ $variant,)+ }

        impl Code {
            /// Every code, in alphabetical order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Returns the stable spelling.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Returns what it means in a sentence: the text of its documentation.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii_start()),+ }
            }
        }
    };
}

codes! {
    /// The record names another predecessor than the one before it, and its own hash is wrong too.
    AlteredLink = "altered-link",
    /// An object has a key twice, so that readers may take the record differently; the last one is judged.
    DuplicateKey = "duplicate-key",
    /// An earlier record has the same `record_id`.
    DuplicateRecordId = "duplicate-record-id",
    /// Warning: `ts` is before the last time that could be read.
    EarlierTimestamp = "earlier-timestamp",
    /// The record follows its predecessor, but its content is not what was sealed.
    HashMismatch = "hash-mismatch",
    /// An integer past 2^53 - 1.
    IntegerTooLarge = "integer-too-large",
    /// An integer of more than 4000 characters.
    IntegerTooLong = "integer-too-long",
    /// `integrity` is there, but it is no object.
    IntegrityNotObject = "integrity-not-object",
    /// The record is as it was sealed, but not behind the record that is before it here: one was removed,
    /// moved, inserted or altered.
    LinkMismatch = "link-mismatch",
    /// A member that the format requires is not there.
    MissingField = "missing-field",
    /// A number with a fraction or an exponent, or one that is not finite.
    NotAnInteger = "not-an-integer",
    /// A line that is JSON but no object.
    NotAnObject = "not-an-object",
    /// The record holds what has no canonical form, so nothing can be said of its content.
    NotHashable = "not-hashable",
    /// A line that is not JSON.
    NotJson = "not-json",
    /// A line that is not UTF-8.
    NotUtf8 = "not-utf8",
    /// `parent_id` is there, but it is no string.
    ParentIdNotString = "parent-id-not-string",
    /// `record_id` is there, but it is no string.
    RecordIdNotString = "record-id-not-string",
    /// Nesting past 512 levels.
    TooDeep = "too-deep",
    /// The last line ends in the middle of a record: a write was cut off.
    TornLine = "torn-line",
    /// A word that is not in the format's list.
    UnknownValue = "unknown-value",
    /// Warning: no earlier record has the id that `parent_id` names.
    UnresolvedParent = "unresolved-parent",
    /// A value of another type than the format fixes.
    WrongType = "wrong-type",
    /// Another text than the one that the format fixes.
    WrongValue = "wrong-value",
}

impl Code {
    /// Whether this code says that the chain does not hold at its record.
    ///
    /// From the first such record on, what follows cannot be proven: its links hang in the air. Other
    /// findings make the log fail without breaking the chain.
    pub const fn breaks_chain(self) -> bool {
        matches!(
            self,
            Self::AlteredLink
                | Self::HashMismatch
                | Self::IntegrityNotObject
                | Self::LinkMismatch
                | Self::NotAnObject
                | Self::NotHashable
                | Self::ParentIdNotString
                | Self::RecordIdNotString
        )
    }

    /// Whether this code is a warning, which fails a log only when asked to.
    pub const fn is_warning(self) -> bool {
        matches!(self, Self::EarlierTimestamp | Self::UnresolvedParent)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One thing that is wrong, or worth a warning, and its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is.
    pub code: Code,
    /// The record, counted from 1 over lines that are not blank.
    pub record: u64,
    /// The line of the file, from 1.
    pub line: u64,
    /// JSON Pointer (RFC 6901) of the value, where one value is meant.
    pub pointer: Option<String>,
    /// The same for a reader. It may quote the log, so it is as hostile as the log is.
    pub message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_listed_once_in_alphabetical_order() {
        let spellings: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert!(spellings.is_sorted_by(|a, b| a < b), "{spellings:?}");
    }
}
