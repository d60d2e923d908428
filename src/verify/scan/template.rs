//! What the lines of a log have in common.
//!
//! A producer writes its records in few ways, over and over: the same keys in the same order, and only the
//! values differ. A template is one such way: the text between the values of a line, what may stand for each
//! value, and how the canonical form is put together from parts of the line. A line that fits one is read by
//! comparing the text and finding the ends of the values. Templates are learned from lines that the scanner
//! took by itself, and hold to the same rules as it does: the keys are the same, and the values are checked
//! the same way.
//!
//! Templates that begin alike share their beginning, so that a line is compared once however many there are.

mod learn;

use std::{collections::HashMap, ops::Range};

use self::learn::Learner;
use super::{
    Expected, Seen,
    token::{Escape, escape, literal},
};
use crate::{
    parts::{Appender, Parts},
    record::check::Role,
    simd::Marks,
};

/// How much memory templates may take, in each thread.
const MAX_BYTES: usize = 4 << 20;

/// How many steps may be tried in vain in one line, and how many others there may be in the place of one.
const MAX_TRIES: u32 = 200;
const MAX_OTHERS: usize = 24;

/// How long a line may be to be learned from: its places are kept in two bytes.
const MAX_LINE: usize = u16::MAX as usize;

/// What a line that fits no template costs, in lines that do; and how much may be lost before templates rest.
const MISS: u32 = 2;
const MAX_LOSS: u32 = 4000;

/// For how many lines templates rest when they do not pay.
const REST_LINES: u32 = 20_000;

/// The templates of a log, and what was read of the line at hand.
#[derive(Debug, Default)]
pub(super) struct Templates {
    steps: Vec<Step>,
    /// What steps have, each once: few, so that they stay in the processor's cache.
    tokens: Vec<Token>,
    /// The texts of the tokens.
    words: Vec<u128>,
    /// The tokens by their texts.
    known: HashMap<Box<[u8]>, Vec<u32>>,
    /// How much memory all this takes, roughly.
    bytes: usize,
    /// How the records that end with a step are put together, from pieces of which each is there once, too.
    forms: Vec<Box<[u16]>>,
    pieces: Vec<Piece>,
    known_pieces: HashMap<Piece, u16>,
    line: Line,
    loss: u32,
    rest_lines: u32,
}

/// A token in its place in a line.
#[derive(Debug)]
struct Step {
    token: u32,
    /// The step that was first met behind this one; at the end of a line, its form.
    next: u32,
    /// What else was met where this step was, or [`NONE`].
    other: u32,
}

/// No step.
const NONE: u32 = u32::MAX;

/// A text, and what may stand behind it.
#[derive(Debug)]
struct Token {
    text: Text,
    slot: Slot,
}

/// What may stand behind a text. The quotes of a string belong to the texts around it.
#[derive(Debug, Clone, Copy)]
enum Slot {
    /// A string.
    Text,
    /// A string that the chain needs, in which nothing may be escaped.
    Needed(Role),
    /// One of some words.
    Word(&'static [&'static str]),
    /// A number, `true`, `false` or `null`.
    Literal(Expected),
    /// The end of the line.
    End,
}

/// A text to compare with, sixteen bytes at once.
#[derive(Debug, Clone, Copy)]
struct Text {
    length: usize,
    /// The bytes as numbers: where all of them are but the last up to sixteen, and these with which of their
    /// bits count.
    first_word: usize,
    last: u128,
    mask: u128,
}

/// A piece of the canonical form: up to four bytes, then a part of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Piece {
    before: [u8; BEFORE],
    before_length: u8,
    from: Place,
    to: Place,
}

const BEFORE: usize = 4;

/// A place in a line, whatever the lengths of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Place {
    /// 0 for the beginning of the line, `n` for the end of its `n`th value.
    base: u16,
    offset: u16,
}

/// What was read of the line at hand.
#[derive(Debug, Default)]
struct Line {
    /// Where the line begins, and where each value ends.
    bases: Vec<usize>,
    /// The escapes that the canonical form does not have, in their order.
    rewrites: Vec<Rewrite>,
    seen: Seen,
}

/// An escape, and the character that stands for itself in the canonical form.
#[derive(Debug)]
struct Rewrite {
    escape: Range<usize>,
    utf8: [u8; 4],
    length: usize,
}

impl Templates {
    /// Reads a line of `text`, and appends its canonical bytes to `out`.
    pub(super) fn scan(
        &mut self,
        text: &[u8],
        range: Range<usize>,
        marks: &Marks,
        out: &mut Parts,
    ) -> Option<&Seen> {
        if self.rest_lines > 0 {
            self.rest_lines -= 1;
            return None;
        }
        let length = range.len();
        let Some(form) = self.read(text, range, marks) else {
            self.miss();
            return None;
        };
        let (form, pieces, line) = (&*self.forms[form], &*self.pieces, &self.line);
        // Nothing is twice in the canonical form, and nothing gets longer there.
        out.in_parts(length, |out| {
            for piece in form {
                pieces[usize::from(*piece)].write(text, line, out);
            }
        });
        self.loss = self.loss.saturating_sub(1);
        Some(&self.line.seen)
    }

    /// Returns the form of the line.
    fn read(&mut self, text: &[u8], range: Range<usize>, marks: &Marks) -> Option<usize> {
        let Self {
            steps,
            tokens,
            words,
            line,
            ..
        } = self;
        let (steps, tokens) = (&**steps, &**tokens);
        let bytes = &text[..range.end];
        line.clear();
        line.bases.push(range.start);
        let (mut at, mut here) = (range.start, 0);
        let mut tries = MAX_TRIES;
        loop {
            let step = steps.get(here as usize)?;
            let token = &tokens[step.token as usize];
            let value = token.text.behind(words, text, at);
            let end = value.and_then(|value| token.slot.end(bytes, value, marks, line));
            let Some(end) = end else {
                tries = tries.checked_sub(1)?;
                here = step.other;
                continue;
            };
            if let Slot::End = token.slot {
                return Some(step.next as usize);
            }
            line.bases.push(end);
            (at, here) = (end, step.next);
        }
    }

    fn miss(&mut self) {
        self.loss += MISS;
        if self.loss > MAX_LOSS {
            *self = Self {
                rest_lines: REST_LINES,
                ..Self::default()
            };
        }
    }

    /// Learns from a line that the scanner took.
    pub(super) fn learn(&mut self, line: &[u8]) {
        if self.rest_lines > 0 || line.len() > MAX_LINE {
            return;
        }
        let (texts, pieces) = Learner::template(line);
        if self.bytes + pieces.len() * PIECE_BYTES > MAX_BYTES {
            return;
        }
        let Some(form) = self.form(&pieces) else {
            return;
        };
        let mut last = None;
        for (text, slot) in texts {
            let token = self.token(text, slot);
            last = self.step(last, token);
            if last.is_none() {
                return;
            }
        }
        if let Some(last) = last {
            self.steps[last].next = u32::try_from(self.forms.len()).unwrap_or(NONE);
            self.bytes += size_of_val(&form) + size_of_val(&*form);
            self.forms.push(form);
        }
    }

    /// Returns the numbers of the pieces.
    fn form(&mut self, pieces: &[Piece]) -> Option<Box<[u16]>> {
        pieces.iter().map(|piece| self.piece(*piece)).collect()
    }

    /// Returns the number of a piece, which is made if it is not there and there are not too many.
    fn piece(&mut self, piece: Piece) -> Option<u16> {
        if let Some(known) = self.known_pieces.get(&piece) {
            return Some(*known);
        }
        let made = u16::try_from(self.pieces.len()).ok()?;
        self.bytes += PIECE_BYTES;
        self.pieces.push(piece);
        self.known_pieces.insert(piece, made);
        Some(made)
    }

    /// Returns the number of a token, which is made if it is not there.
    fn token(&mut self, text: &[u8], slot: Slot) -> u32 {
        let known = self.known.entry(text.into()).or_default();
        let is_it = |token: &&u32| self.tokens[**token as usize].slot.is(slot);
        if let Some(token) = known.iter().find(is_it) {
            return *token;
        }
        let made = u32::try_from(self.tokens.len()).expect("the memory is bounded");
        known.push(made);
        // The text, the same as words, and what the map takes.
        self.bytes += 2 * text.len() + size_of::<Token>() + 64;
        self.tokens.push(Token {
            text: Text::new(text, &mut self.words),
            slot,
        });
        made
    }

    /// Returns the step behind `last` that has this token; it is made if it is not there and there are not too
    /// many others.
    fn step(&mut self, last: Option<usize>, token: u32) -> Option<usize> {
        let made = u32::try_from(self.steps.len()).ok()?;
        let mut here = match last {
            None => 0,
            Some(last) => *if_none(&mut self.steps[last].next, made),
        };
        let mut others = 0;
        while let Some(step) = self.steps.get_mut(here as usize) {
            if step.token == token {
                return Some(here as usize);
            }
            others += 1;
            if others > MAX_OTHERS {
                return None;
            }
            here = *if_none(&mut step.other, made);
        }
        self.bytes += size_of::<Step>();
        self.steps.push(Step {
            token,
            next: NONE,
            other: NONE,
        });
        Some(made as usize)
    }
}

/// Sets a step that is none.
fn if_none(step: &mut u32, other: u32) -> &u32 {
    if *step == NONE {
        *step = other;
    }
    step
}

impl Line {
    fn clear(&mut self) {
        self.bases.clear();
        self.rewrites.clear();
        self.seen = Seen::default();
    }

    /// Returns the end of the string in which `backslash` is the first one.
    fn escaped_string(&mut self, bytes: &[u8], backslash: usize, marks: &Marks) -> Option<usize> {
        let before = self.rewrites.len();
        let end = self.read_escapes(bytes, backslash, marks);
        if end.is_none() {
            // Something else may be tried in the place of this.
            self.rewrites.truncate(before);
        }
        end
    }

    fn read_escapes(&mut self, bytes: &[u8], mut here: usize, marks: &Marks) -> Option<usize> {
        while *bytes.get(here)? != b'"' {
            here = match escape(bytes, here)? {
                Escape::Canonical => here + 2,
                Escape::Character(c, end) => {
                    self.rewrites.push(Rewrite::new(here..end, c));
                    end
                }
            };
            here = marks.next_quote(here);
        }
        Some(here)
    }

    /// Whether a part of the line is so in the canonical form, as nearly every one is.
    #[inline]
    fn is_as_written(&self, part: &Range<usize>) -> bool {
        match &*self.rewrites {
            [] => true,
            [first, ..] if part.end <= first.escape.start => true,
            [.., last] => last.escape.end <= part.start,
        }
    }

    /// Appends a part of the line as it is in the canonical form. No escape lies across its ends.
    fn write(&self, text: &[u8], mut part: Range<usize>, out: &mut Appender<'_>) {
        let is_before = |rewrite: &Rewrite| rewrite.escape.start < part.start;
        let first = self.rewrites.partition_point(is_before);
        for rewrite in &self.rewrites[first..] {
            if rewrite.escape.start >= part.end {
                break;
            }
            out.part(text, part.start..rewrite.escape.start);
            out.begin(&rewrite.utf8, rewrite.length);
            part.start = rewrite.escape.end;
        }
        out.part(text, part);
    }
}

impl Rewrite {
    fn new(escape: Range<usize>, c: char) -> Self {
        let mut utf8 = [0; 4];
        let length = c.encode_utf8(&mut utf8).len();
        Self {
            escape,
            utf8,
            length,
        }
    }
}

impl Slot {
    /// Returns the end of the value at `at`, if it may stand here.
    #[inline]
    fn end(self, bytes: &[u8], at: usize, marks: &Marks, line: &mut Line) -> Option<usize> {
        match self {
            Self::Text => {
                let found = marks.next_quote(at);
                match bytes.get(found)? {
                    b'"' => Some(found),
                    _ => line.escaped_string(bytes, found, marks),
                }
            }
            Self::Needed(role) => {
                let found = marks.next_quote(at);
                if *bytes.get(found)? != b'"' {
                    return None;
                }
                line.seen.set(role, at..found);
                Some(found)
            }
            Self::Word(words) => word_end(bytes, at, words),
            Self::Literal(expected) => literal(bytes, at, expected),
            Self::End => (at == bytes.len()).then_some(at),
        }
    }

    /// Whether the same may stand here.
    fn is(self, other: Self) -> bool {
        match (self, other) {
            (Self::Text, Self::Text) | (Self::End, Self::End) => true,
            (Self::Needed(ours), Self::Needed(theirs)) => ours == theirs,
            (Self::Word(ours), Self::Word(theirs)) => ours == theirs,
            (Self::Literal(ours), Self::Literal(theirs)) => match (ours, theirs) {
                (Expected::Anything, Expected::Anything) => true,
                (Expected::Shape(ours), Expected::Shape(theirs)) => std::ptr::eq(ours, theirs),
                _ => false,
            },
            _ => false,
        }
    }
}

/// Returns the end of the word at `at`, if it is one of `words`.
fn word_end(bytes: &[u8], at: usize, words: &[&str]) -> Option<usize> {
    let rest = bytes.get(at..)?;
    let is_here =
        |word: &&&str| rest.get(word.len()) == Some(&b'"') && rest.starts_with(word.as_bytes());
    Some(at + words.iter().find(is_here)?.len())
}

impl Text {
    fn new(bytes: &[u8], words: &mut Vec<u128>) -> Self {
        let whole = bytes.len().saturating_sub(1) / WORD * WORD;
        let (before, rest) = bytes.split_at(whole);
        let first_word = words.len();
        words.extend(before.chunks(WORD).map(padded));
        let mut mask = [0; WORD];
        mask[..rest.len()].fill(0xFF);
        Self {
            length: bytes.len(),
            first_word,
            last: padded(rest),
            mask: u128::from_le_bytes(mask),
        }
    }

    /// Returns the place behind this text, if it stands at `at`. What stands there may lie behind the line: no
    /// text has a control character, and one ends the line.
    #[inline]
    fn behind(&self, words: &[u128], bytes: &[u8], at: usize) -> Option<usize> {
        let count = self.length.saturating_sub(1) / WORD;
        let words = &words[self.first_word..self.first_word + count];
        let Some(found) = bytes.get(at..at + (count + 1) * WORD) else {
            return self.behind_near_end(words, bytes.get(at..)?, at);
        };
        let (found, last) = found.split_at(count * WORD);
        for (found, word) in found.as_chunks().0.iter().zip(words) {
            if u128::from_le_bytes(*found) != *word {
                return None;
            }
        }
        let last = u128::from_le_bytes(*last.first_chunk()?);
        self.ends_with(last).then_some(at + self.length)
    }

    /// The same where everything ends before the last sixteen bytes do.
    #[cold]
    fn behind_near_end(&self, words: &[u128], rest: &[u8], at: usize) -> Option<usize> {
        let whole = words.len() * WORD;
        let are_equal = rest.len() >= whole
            && rest
                .chunks(WORD)
                .zip(words)
                .all(|(found, word)| padded(found) == *word);
        // No text has a zero, which stands for the bytes that are not there.
        (are_equal && self.ends_with(padded(&rest[whole..]))).then_some(at + self.length)
    }

    const fn ends_with(&self, last: u128) -> bool {
        (last ^ self.last) & self.mask == 0
    }
}

/// How many bytes are compared at once.
const WORD: usize = 16;

/// Returns up to sixteen bytes as a number.
fn padded(bytes: &[u8]) -> u128 {
    let mut word = [0; WORD];
    word[..bytes.len()].copy_from_slice(bytes);
    u128::from_le_bytes(word)
}

/// What a piece takes, with what finds it again.
const PIECE_BYTES: usize = 3 * size_of::<Piece>();

impl Piece {
    /// Appends it to the canonical form.
    #[inline]
    fn write(&self, text: &[u8], line: &Line, out: &mut Appender<'_>) {
        out.begin(&self.before, usize::from(self.before_length));
        let part = self.from.of(&line.bases)..self.to.of(&line.bases);
        if line.is_as_written(&part) {
            out.part(text, part);
        } else {
            line.write(text, part, out);
        }
    }
}

impl Place {
    #[inline]
    fn of(self, bases: &[usize]) -> usize {
        bases[usize::from(self.base)] + usize::from(self.offset)
    }
}
