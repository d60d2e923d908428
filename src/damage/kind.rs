//! Everything that can have happened to a log, by name.

use serde::{Serialize, Serializer};

/// What was done to records. The spellings are stable (FORMAT.md, "Damage").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The content, the link or the declared hash of a record is not what was sealed.
    Altered,
    /// A record that stands here a second time.
    Duplicated,
    /// A record or line that was put in between others, sealed to fit or not.
    Inserted,
    /// Records that hold by themselves and contradict what somebody else holds.
    ReSealed,
    /// At least one record that others are sealed behind is not here.
    Removed,
    /// A record that belongs elsewhere in this log.
    Reordered,
    /// Records of another chain.
    Spliced,
    /// A line that was cut off.
    Torn,
}

impl Kind {
    /// Every kind, in alphabetical order.
    pub const ALL: &[Self] = &[
        Self::Altered,
        Self::Duplicated,
        Self::Inserted,
        Self::ReSealed,
        Self::Removed,
        Self::Reordered,
        Self::Spliced,
        Self::Torn,
    ];

    /// Returns the stable spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Altered => "altered",
            Self::Duplicated => "duplicated",
            Self::Inserted => "inserted",
            Self::ReSealed => "re-sealed",
            Self::Removed => "removed",
            Self::Reordered => "reordered",
            Self::Spliced => "spliced",
            Self::Torn => "torn",
        }
    }

    /// Returns what it means, in a sentence (FORMAT.md, "Damage").
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Altered => {
                "A record does not hold: its content, its link or the hash it declares was changed, or it cannot be read any more."
            }
            Self::Duplicated => "A record stands here again.",
            Self::Inserted => {
                "A record or line stands where nothing can have been: sealed to fit, and shorter than what else goes on from there, or not sealed at all."
            }
            Self::ReSealed => {
                "Records hold by themselves, but contradict what somebody else holds: they were sealed anew."
            }
            Self::Removed => {
                "A record that one was sealed behind is not here; it is put down to the record that names it."
            }
            Self::Reordered => {
                "A record belongs elsewhere in this log; of all, the fewest that must move."
            }
            Self::Spliced => {
                "Records begin a chain of their own, or hang on none that is here and stand where nothing can have been."
            }
            Self::Torn => "A line ends inside a record.",
        }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_listed_once_in_alphabetical_order() {
        let spellings: Vec<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert!(spellings.is_sorted_by(|a, b| a < b), "{spellings:?}");
    }
}
