//! Sealing records one behind the other, before they are written together.

use super::append::AppendError;
use crate::{
    chain::{self, Head, Sealed},
    digest::Digest,
    json::{Object, Value},
    record::{authority::Snapshot, build::Prepared, check},
    system,
};

/// What a sealed record is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) record_id: String,
    pub(super) hash: Digest,
}

/// Records that are sealed one behind the other and not yet written.
#[derive(Debug)]
pub(super) struct Lines {
    text: String,
    head: Option<Head>,
    last_line_from: usize,
}

impl Lines {
    /// Returns no lines yet, behind the last record of a log, whose line feed may be missing.
    pub(super) fn behind(head: Option<&Head>, open_line: bool) -> Self {
        let text = if open_line { "\n" } else { "" };
        Self {
            text: text.to_owned(),
            head: head.cloned(),
            last_line_from: text.len(),
        }
    }

    /// Seals a record behind the others. A reference to an authority snapshot is followed by `body_of`, which is
    /// asked only where the body is going to be compared.
    ///
    /// # Errors
    /// When what comes out is no record that verifies, and when the clock or the source of randomness fails;
    /// then the lines are as they were.
    pub(super) fn seal(
        &mut self,
        mut prepared: Prepared,
        body_of: impl FnOnce(&str) -> Option<Snapshot>,
    ) -> Result<Link, AppendError> {
        let known = self.snapshot_before(&prepared, body_of);
        let authority = prepared
            .authority_mut()
            .and_then(|authority| Snapshot::compact(known.as_ref(), authority));
        let record_id = match prepared.record_id() {
            Some(given) => given.to_owned(),
            None => system::record_id().map_err(AppendError::System)?,
        };
        let now = system::now().map_err(AppendError::System)?;
        let record = prepared.stamp(record_id.clone(), now.to_string());
        let head = self.head.as_ref();
        let sealed = sealed(record, head.map_or(Digest::GENESIS, |head| head.hash))?;
        self.last_line_from = self.text.len();
        self.text.push_str(&sealed.line);
        self.head = Some(Head {
            // The whole body, where the record has a reference to it.
            authority,
            ..Head::of(&sealed.record, sealed.hash)
        });
        let hash = sealed.hash;
        Ok(Link { record_id, hash })
    }

    fn snapshot_before(
        &self,
        prepared: &Prepared,
        body_of: impl FnOnce(&str) -> Option<Snapshot>,
    ) -> Option<Snapshot> {
        let known = self.head.as_ref()?.authority.clone()?;
        if known.is_whole() || prepared.snapshot_id() != Some(known.id()) {
            return Some(known);
        }
        body_of(known.id())
    }

    /// Returns the last record, sealed here or before.
    pub(super) const fn head(&self) -> Option<&Head> {
        self.head.as_ref()
    }

    /// Whether the chain is another subject's than that of `id`.
    pub(super) fn is_of_another(&self, id: Option<&str>) -> bool {
        let head = self.head.as_ref();
        head.is_some_and(|head| head.subject_id() != id)
    }

    /// Whether there is nothing to write.
    pub(super) fn is_empty(&self) -> bool {
        self.last_line().is_empty()
    }

    /// Returns what is to be written.
    pub(super) fn text(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// Returns the last line that was sealed here.
    pub(super) fn last_line(&self) -> &[u8] {
        &self.text.as_bytes()[self.last_line_from..]
    }

    /// Returns the last record, once the lines are written.
    pub(super) fn into_head(self) -> Option<Head> {
        self.head
    }
}

/// Says whether a record that has its id would verify, by sealing it behind nothing.
///
/// # Errors
/// When it would not.
pub(super) fn attempt(prepared: Prepared) -> Result<(), AppendError> {
    let record_id = prepared.record_id().unwrap_or_default().to_owned();
    let now = system::now().map_err(AppendError::System)?;
    let record = prepared.stamp(record_id, now.to_string());
    sealed(record, Digest::GENESIS).map(|_| ())
}

fn sealed(record: Object, previous: Digest) -> Result<Sealed, AppendError> {
    let sealed = chain::seal(record, previous)?;
    let mut problems = check::structure(&sealed.record);
    problems.extend(check::numbers(&Value::Object(sealed.record.clone())));
    if problems.is_empty() {
        Ok(sealed)
    } else {
        Err(AppendError::Unsound(problems))
    }
}
