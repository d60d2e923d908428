//! What the lines of a log have in common.
//!
//! A producer writes its records in few ways, over and over: the same keys in the same order, and only the
//! values differ. A template is one such way: the text between the values, what may stand for each value, and how
//! the canonical form is put together from parts of the line. A line that fits is read by comparing the text and
//! finding the ends of the values. Templates are learned from lines that the scanner took by itself, and hold to
//! the same rules as it does: the keys are the same, and the values are checked the same way.
//!
//! What is learned is learned of each member of a record by itself, and of what stands between it and the next,
//! so that members which were never seen together are known all the same. What the rules ask of a record as a
//! whole, that no member is there twice and none is missing, is asked of each line.

mod learn;
mod line;
mod members;
mod text;

use std::{collections::HashMap, ops::Range};

use self::{
    learn::{Learned, Learner},
    line::{Line, Piece},
    members::{Boundary, Ended, Keys, Whole},
    text::Text,
};
use super::{Expected, Seen, token::literal};
use crate::{parts::Parts, record::check::Role, simd::Marks};

/// How much memory templates may take, in each thread.
const MAX_BYTES: usize = 4 << 20;

/// How many steps may be tried in vain in one line, and how many others there may be in the place of one.
const MAX_TRIES: u32 = 200;
const MAX_OTHERS: usize = 40;

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
    /// By the token with which a member begins: the step that first led into it.
    openings: HashMap<u32, usize>,
    /// What steps do that lead from one member to another.
    boundaries: Vec<Boundary>,
    /// How members are put together, each way once.
    pieces: Vec<Piece>,
    known_pieces: HashMap<Vec<Piece>, Range<u32>>,
    keys: Keys,
    line: Line,
    loss: u32,
    rest_lines: u32,
}

/// A token in its place in a line.
#[derive(Debug)]
struct Step {
    token: u32,
    /// The step that was first met behind this one.
    next: u32,
    /// What else was met where this step was, or [`NONE`].
    other: u32,
    /// What it does if a member ends or begins in its text, or [`NONE`].
    boundary: u32,
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
        if self.read(text, range, marks).is_none() {
            self.miss();
            return None;
        }
        let (pieces, line) = (&*self.pieces, &self.line);
        // Nothing is twice in the canonical form, and nothing gets longer there.
        out.in_parts(length, |out| {
            let mut before = b"{";
            for member in line.members.in_order() {
                out.begin(before, 1);
                let bases = &line.bases[member.base..];
                for piece in &pieces[of(&member.pieces)] {
                    piece.write(text, line, bases, out);
                }
                before = b",";
            }
            out.begin(b"}", 1);
        });
        self.loss = self.loss.saturating_sub(1);
        Some(&self.line.seen)
    }

    /// Reads the line, if it fits.
    fn read(&mut self, text: &[u8], range: Range<usize>, marks: &Marks) -> Option<()> {
        let Self {
            steps,
            tokens,
            words,
            boundaries,
            keys,
            line,
            ..
        } = self;
        let (steps, tokens) = (&**steps, &**tokens);
        let bytes = &text[..range.end];
        line.clear();
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
            if let Some(boundary) = boundaries.get(step.boundary as usize) {
                line.members.cross(boundary, keys, at, &mut line.bases);
            }
            if let Slot::End = token.slot {
                return line.members.are_complete(keys).then_some(());
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
        if self.rest_lines > 0 || line.len() > MAX_LINE || self.bytes > MAX_BYTES {
            return;
        }
        // If not all of it can be kept, what was kept so far is right and leads to nothing wrong.
        let _is_whole = self.learn_steps(line);
    }

    fn learn_steps(&mut self, line: &[u8]) -> Option<()> {
        let Learned { texts, members } = Learner::template(line);
        let mut ended = Vec::new();
        for member in &members {
            let key = self.keys.number(&line[member.key.clone()])?;
            let pieces = self.form(&member.pieces);
            ended.push(Ended { key, pieces });
        }
        let (mut last, mut open, mut behind) = (None, None, 0);
        for (text, slot) in texts {
            let begun = behind..members.partition_point(|member| member.start < text.end);
            behind = begun.end;
            let token = self.token(&line[text.clone()], slot);
            let is_end = matches!(slot, Slot::End);
            if begun.is_empty() && !is_end {
                last = Some(self.step(last, token, None)?);
                continue;
            }
            let offset = |member: usize| members[member].start - text.start;
            let opened = begun.clone().next_back().filter(|_| !is_end);
            let whole = begun.filter(|member| Some(*member) != opened);
            let boundary = Boundary {
                ended: open.map(|open: usize| ended[open].clone()),
                whole: whole
                    .map(|member| Whole {
                        offset: offset(member),
                        ended: ended[member].clone(),
                    })
                    .collect(),
                begins: opened.map(offset),
            };
            let opening =
                opened.map(|opened| self.token(&line[members[opened].start..text.end], slot));
            last = Some(self.step(last, token, Some((boundary, opening)))?);
            open = opened;
        }
        Some(())
    }

    /// Returns where these pieces are, which are put there if they are nowhere yet.
    fn form(&mut self, pieces: &[Piece]) -> Range<u32> {
        if let Some(known) = self.known_pieces.get(pieces) {
            return known.clone();
        }
        let start = number(self.pieces.len());
        self.pieces.extend_from_slice(pieces);
        let made = start..number(self.pieces.len());
        self.known_pieces.insert(pieces.to_vec(), made.clone());
        self.bytes += 2 * size_of_val(pieces) + 64;
        made
    }

    /// Returns the number of a token, which is made if it is not there.
    fn token(&mut self, text: &[u8], slot: Slot) -> u32 {
        let known = self.known.entry(text.into()).or_default();
        let is_it = |token: &&u32| self.tokens[**token as usize].slot.is(slot);
        if let Some(token) = known.iter().find(is_it) {
            return *token;
        }
        let made = number(self.tokens.len());
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
    /// many others. With a boundary comes the token with which the member begins that begins there.
    fn step(
        &mut self,
        last: Option<usize>,
        token: u32,
        boundary: Option<(Boundary, Option<u32>)>,
    ) -> Option<usize> {
        let made = number(self.steps.len());
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
        let mut step = Step {
            token,
            next: NONE,
            other: NONE,
            boundary: NONE,
        };
        if let Some((boundary, opening)) = boundary {
            step.boundary = number(self.boundaries.len());
            self.bytes += size_of::<Boundary>() + size_of_val(&*boundary.whole);
            self.boundaries.push(boundary);
            if let Some(opening) = opening {
                // What follows within the member is the same, whatever stood before it.
                let first = *self.openings.entry(opening).or_insert(made as usize);
                step.next = self.steps.get(first).map_or(NONE, |first| first.next);
            }
        }
        self.bytes += size_of::<Step>();
        self.steps.push(step);
        Some(made as usize)
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).expect("the memory is bounded")
}

/// Sets a step that is none.
fn if_none(step: &mut u32, other: u32) -> &u32 {
    if *step == NONE {
        *step = other;
    }
    step
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

fn of(places: &Range<u32>) -> Range<usize> {
    places.start as usize..places.end as usize
}
