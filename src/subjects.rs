//! Whom a log's records are of.

use std::fmt;

/// How many ids of subjects are kept, to be named.
const MAX_SUBJECTS: usize = 16;

/// The subjects that a log's records name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subjects {
    /// The different ids, sorted; not all, if there are many. None stands for records that name no subject.
    pub ids: Vec<Option<String>>,
}

impl Subjects {
    /// Whether every record names this subject, and there is one that does.
    pub fn are_only(&self, id: &str) -> bool {
        matches!(&self.ids[..], [Some(only)] if only == id)
    }

    /// Takes note of whom a record is of.
    pub fn add(&mut self, id: Option<&str>) {
        let place = self.ids.binary_search_by(|known| known.as_deref().cmp(&id));
        if self.ids.len() < MAX_SUBJECTS
            && let Err(place) = place
        {
            self.ids.insert(place, id.map(str::to_owned));
        }
    }
}

/// The ids in quotes, for a sentence.
impl fmt::Display for Subjects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ids.is_empty() {
            return f.write_str("nobody");
        }
        for (index, id) in self.ids.iter().enumerate() {
            f.write_str(if index > 0 { ", " } else { "" })?;
            match id {
                Some(id) => write!(f, "{id:?}")?,
                None => f.write_str("none")?,
            }
        }
        Ok(())
    }
}
