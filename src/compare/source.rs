//! The records of both logs, read again where a survey does not say enough.
//!
//! Whatever is read again is examined again: a log that changed since it was surveyed is not compared, because
//! what is said of it would be true of no moment.

use std::ops::Range;

use super::{Error, Side};
use crate::{
    canon,
    digest::{Digest, Hasher},
    json::{self, Object, Value},
    record::id::IdKey,
    verify::{Entry, Seal, SecondLook, Survey},
};

/// What tells records apart: of two records with one key nothing that the format knows differs.
pub(super) type Key = (Form, Digest);

/// What a key was made of, so that no digest of one thing passes for that of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Form {
    /// A hash that holds: it commits to the record and to every one before it.
    Sealed,
    /// What a record that fails declares, and what it hashes to.
    Failing,
    /// The canonical form of a record without its seal.
    Content,
    /// A line that cannot be hashed, as it is.
    Line,
}

/// What a record is apart from its seal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    pub(super) content: Key,
    pub(super) id: Option<[u8; 16]>,
}

/// What returns the bytes of a range of a log.
pub(super) type Fetch<'f, E> = dyn FnMut(Side, Range<u64>) -> Result<Vec<u8>, E> + 'f;

/// Two surveyed logs, and a way to read them again.
pub(super) struct Source<'s, E> {
    a: &'s Survey,
    b: &'s Survey,
    fetch: &'s mut Fetch<'s, E>,
    second_look: SecondLook,
}

impl<'s, E> Source<'s, E> {
    pub(super) fn new(a: &'s Survey, b: &'s Survey, fetch: &'s mut Fetch<'s, E>) -> Self {
        Self {
            a,
            b,
            fetch,
            second_look: SecondLook::new(),
        }
    }

    pub(super) const fn survey(&self, side: Side) -> &'s Survey {
        match side {
            Side::A => self.a,
            Side::B => self.b,
        }
    }

    pub(super) fn entry(&self, side: Side, index: usize) -> &'s Entry {
        &self.survey(side).entries[index]
    }

    /// Reads bytes as they are there, which may not be what was surveyed.
    pub(super) fn bytes(&mut self, side: Side, range: Range<u64>) -> Result<Vec<u8>, Error<E>> {
        (self.fetch)(side, range).map_err(Error::Fetch)
    }

    /// Reads the text of a record again, and makes sure that it is the one that was surveyed.
    pub(super) fn text(&mut self, side: Side, index: usize) -> Result<Vec<u8>, Error<E>> {
        let entry = self.entry(side, index);
        let bytes = self.bytes(side, entry.bytes.clone())?;
        let text = entry.text(&bytes);
        let is_whole = bytes.len() as u64 == entry.bytes.end - entry.bytes.start;
        if is_whole && self.second_look.confirms(&entry.seal, text) {
            Ok(text.to_vec())
        } else {
            Err(Error::Changed {
                side,
                record: index as u64 + 1,
                line: entry.line,
            })
        }
    }

    /// Returns the keys of all records of a log.
    pub(super) fn keys(&mut self, side: Side) -> Result<Vec<Key>, Error<E>> {
        (0..self.survey(side).entries.len())
            .map(|index| self.key(side, index))
            .collect()
    }

    fn key(&mut self, side: Side, index: usize) -> Result<Key, Error<E>> {
        Ok(match &self.entry(side, index).seal {
            Seal::Holds { hash, .. } => (Form::Sealed, *hash),
            Seal::Fails {
                prev_hash: Some(prev_hash),
                declared: Some(declared),
                actual,
            } => {
                let mut hasher = Hasher::default();
                for digest in [prev_hash, declared, actual] {
                    hasher.update(digest.as_bytes());
                }
                (Form::Failing, hasher.finish())
            }
            Seal::Fails { .. } | Seal::Refused(_) => {
                (Form::Line, Digest::of(&self.text(side, index)?))
            }
        })
    }

    /// Returns what a record is apart from its seal.
    pub(super) fn facts(&mut self, side: Side, index: usize) -> Result<Facts, Error<E>> {
        let text = self.text(side, index)?;
        let value = json::read(&text).ok().map(|document| document.value);
        let record = value.as_ref().and_then(Value::as_object);
        let content = record.and_then(content);
        let id = record.and_then(|record| match record.get("record_id") {
            Some(Value::String(id)) if !id.is_empty() => Some(*IdKey::of(id).as_bytes()),
            _ => None,
        });
        Ok(Facts {
            content: content.unwrap_or_else(|| (Form::Line, Digest::of(&text))),
            id,
        })
    }
}

/// Returns the key of a record's content, if it has a canonical form.
fn content(record: &Object) -> Option<Key> {
    let is_seal = |key: &json::Text| key.units().is_none() && key.as_str() == "integrity";
    let members = record.iter().filter(|(key, _)| !is_seal(key)).collect();
    let mut bytes = Vec::new();
    canon::write_members(members, &mut bytes).ok()?;
    Some((Form::Content, Digest::of(&bytes)))
}
