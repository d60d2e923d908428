//! The ways to read a text with invisible characters in it.
//!
//! As its reader sees it, such a character is not there: a key that it splits is whole. As it is written, it
//! ends a word: a number between two of them stands alone, which it would not beside the letters that it is
//! kept from. It may do both in one text, so it is also read as the end of a word only where a letter meets a
//! digit. What a pattern finds in any of these readings is masked.

use std::{borrow::Cow, cmp::Reverse, ops::Range};

use super::{
    chars::{char_at, char_before, is_digit, is_word},
    detectors::Hit,
    invisible::unspliced,
};

/// A text with and without its splices, and what has been masked in it so far.
#[derive(Clone)]
pub(super) struct Readings<'a> {
    original: &'a str,
    visible: Cow<'a, str>,
    splices: Vec<Splice>,
    /// The text with some splices put back, if there are any: as written first.
    spliced: Vec<Spliced>,
    is_masked: bool,
    /// Whether something was masked that the visible text does not show.
    is_set_apart: bool,
}

/// A run of invisible characters that was taken out.
#[derive(Debug, Clone)]
struct Splice {
    /// Where it was, in the visible text.
    at: usize,
    /// Where it stands in the original.
    original: Range<usize>,
}

/// The visible text with some splices put back.
#[derive(Debug, Clone, Default)]
struct Spliced {
    text: String,
    /// Where each splice starts here, and where it was in the visible text. Both ascend.
    places: Vec<(Range<usize>, usize)>,
}

/// Something that a pattern found in one of the readings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found<'t> {
    /// Its place in the visible text.
    pub(super) hit: Hit,
    /// The text that matched.
    pub(super) text: &'t str,
    is_seen: bool,
}

impl<'a> Readings<'a> {
    /// Reads `text`, which may hold invisible characters only if `may_splice`.
    pub(super) fn new(text: &'a str, may_splice: bool) -> Self {
        let mut readings = Self {
            original: text,
            visible: Cow::Borrowed(text),
            splices: Vec::new(),
            spliced: Vec::new(),
            is_masked: false,
            is_set_apart: false,
        };
        if may_splice {
            let unspliced = unspliced(text);
            let mut removed = 0;
            for (at, removed_to_here) in unspliced.removed {
                readings.splices.push(Splice {
                    at,
                    original: at + removed..at + removed_to_here,
                });
                removed = removed_to_here;
            }
            readings.visible = unspliced.text;
            readings.splice();
        }
        readings
    }

    /// Returns what `hits` finds in any reading, in the order of the text. What lies within something else that
    /// was found is part of it.
    pub(super) fn find(&self, hits: impl Fn(&str) -> Vec<Hit>) -> Vec<Found<'_>> {
        let mut found: Vec<Found<'_>> = hits(&self.visible)
            .into_iter()
            .map(|hit| Found {
                hit,
                text: &self.visible[hit.start..hit.end],
                is_seen: true,
            })
            .collect();
        if self.spliced.is_empty() {
            return found;
        }
        for spliced in &self.spliced {
            found.extend(hits(&spliced.text).into_iter().map(|hit| Found {
                hit: Hit::new(spliced.visible(hit.start), spliced.visible(hit.end)),
                text: &spliced.text[hit.start..hit.end],
                is_seen: false,
            }));
        }
        found.sort_by_key(|found| (found.hit.start, Reverse(found.hit.end)));
        let mut covered = 0;
        found.retain(|found| {
            let is_new = found.hit.end > covered;
            covered = covered.max(found.hit.end);
            is_new
        });
        found
    }

    /// Masks what `hits` finds in any reading.
    pub(super) fn mask(&mut self, hits: impl Fn(&str) -> Vec<Hit>, mask: impl Fn(&str) -> String) {
        let found = self.find(hits);
        if found.is_empty() {
            return;
        }
        let mut out = String::new();
        let mut copied = 0;
        let mut splices = Vec::new();
        let mut rest = self.splices.iter().peekable();
        for Found { hit, text, .. } in &found {
            if hit.start >= copied {
                while let Some(splice) = rest.next_if(|splice| splice.at <= hit.start) {
                    splices.push(splice.moved(out.len() + splice.at - copied));
                }
                out.push_str(&self.visible[copied..hit.start]);
            }
            out.push_str(&mask(text));
            copied = hit.end;
            // What stood inside of it is gone with it.
            while rest.next_if(|splice| splice.at < copied).is_some() {}
        }
        splices.extend(rest.map(|splice| splice.moved(out.len() + splice.at - copied)));
        out.push_str(&self.visible[copied..]);
        let is_set_apart = found.iter().any(|found| !found.is_seen);
        self.is_masked |= out != *self.visible;
        self.is_set_apart |= is_set_apart;
        self.visible = Cow::Owned(out);
        self.splices = splices;
        self.splice();
    }

    /// Puts the splices that are left back into the visible text.
    fn splice(&mut self) {
        if self.splices.is_empty() {
            self.spliced.clear();
            return;
        }
        let written = Spliced::new(self, |_| true);
        let bordered = Spliced::new(self, |splice| {
            let before = char_before(&self.visible, splice.at);
            let after = char_at(&self.visible, splice.at);
            let is_word_only = |c: char| is_word(c) && !is_digit(c);
            before.is_some_and(is_digit) && after.is_some_and(is_word_only)
                || before.is_some_and(is_word_only) && after.is_some_and(is_digit)
        });
        let is_third = !(bordered.places.is_empty() || bordered.places.len() == self.splices.len());
        self.spliced = std::iter::once(written)
            .chain(is_third.then_some(bordered))
            .collect();
    }

    /// Returns the masked text, or the original if nothing was masked. The invisible characters are kept if
    /// they are what set apart something that was masked.
    pub(super) fn into_masked(mut self) -> Cow<'a, str> {
        if !self.is_masked {
            return Cow::Borrowed(self.original);
        }
        match self.spliced.first_mut() {
            Some(written) if self.is_set_apart => Cow::Owned(std::mem::take(&mut written.text)),
            _ => Cow::Owned(self.visible.into_owned()),
        }
    }
}

impl Splice {
    fn moved(&self, at: usize) -> Self {
        Self {
            at,
            original: self.original.clone(),
        }
    }
}

impl Spliced {
    fn new(readings: &Readings<'_>, is_kept: impl Fn(&Splice) -> bool) -> Self {
        let mut spliced = Self::default();
        let mut copied = 0;
        for splice in readings.splices.iter().filter(|splice| is_kept(splice)) {
            spliced.text.push_str(&readings.visible[copied..splice.at]);
            copied = splice.at;
            let start = spliced.text.len();
            spliced
                .text
                .push_str(&readings.original[splice.original.clone()]);
            spliced.places.push((start..spliced.text.len(), copied));
        }
        spliced.text.push_str(&readings.visible[copied..]);
        spliced
    }

    /// Returns where in the visible text the byte at `at` is.
    fn visible(&self, at: usize) -> usize {
        let behind = self.places.partition_point(|(place, _)| place.start < at);
        match self.places[..behind].last() {
            None => at,
            Some((place, visible)) => visible + at.saturating_sub(place.end),
        }
    }
}
