//! What a witness keeps: the checkpoints, what is damaged of them, and what it did not take.

use super::{Checkpoint, Flaw};
use crate::{
    json::{self, Object, ReadError, Value},
    verify::without_mark,
};

/// What a witness keeps, as far as it can be read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Kept {
    /// Those of other logs among them, in the witness's order.
    pub checkpoints: Vec<Checkpoint>,
    /// What is no checkpoint, in the order of the lines. What stood there nobody knows: another checkpoint of any log.
    pub damage: Vec<Damage>,
    /// Statements that the witness refused because they contradict what it had: that one who may write spoke of two
    /// logs as if they were one.
    pub conflicts: Vec<Checkpoint>,
}

/// A line of a witness file that is no checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} is no checkpoint: {why}")]
pub struct Damage {
    /// Which, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub why: String,
}

impl Damage {
    /// Says what is wrong with a line.
    pub fn new(line: u64, flaw: &Flaw) -> Self {
        let why = flaw.to_string();
        Self { line, why }
    }
}

/// Why what a witness answered is no list of checkpoints.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// One of them is none.
    #[error("its checkpoint {number} is none: {flaw}")]
    Checkpoint {
        /// Which, from 1.
        number: u64,
        /// What is wrong with it.
        flaw: Flaw,
    },
    /// Its `count` is not how many checkpoints there are: something of it was lost on the way.
    #[error("it counts {0} checkpoints, and has {1}")]
    Count(i64, usize),
    /// A key stands twice in one object, so that readers may take it differently.
    #[error("the key {0:?} stands twice in one object")]
    Duplicate(String),
    /// It has no list of this name, or one of other things.
    #[error("it has no list `{0}`")]
    NoList(&'static str),
    /// It is no JSON.
    #[error("it is no JSON: {0}")]
    NotJson(ReadError),
}

/// Reads a witness file, one checkpoint a line. Blank lines, a byte order mark at the beginning and carriage returns are
/// passed over.
pub fn of_file(bytes: &[u8]) -> Kept {
    let mut kept = Kept::default();
    for (line, bytes) in (1..).zip(without_mark(bytes).split(|byte| *byte == b'\n')) {
        match of_line(bytes) {
            Ok(checkpoint) => kept.checkpoints.extend(checkpoint),
            Err(flaw) => kept.damage.push(Damage::new(line, &flaw)),
        }
    }
    kept
}

/// Reads a line of a witness file; none if it is blank.
///
/// # Errors
/// When it is no checkpoint.
pub fn of_line(line: &[u8]) -> Result<Option<Checkpoint>, Flaw> {
    if json::is_blank(line) {
        return Ok(None);
    }
    let document = json::read(line).map_err(Flaw::NotJson)?;
    match document.duplicates.into_iter().next() {
        Some(duplicate) => Err(Flaw::Duplicate(duplicate.key)),
        None => Checkpoint::of(&document.value).map(Some),
    }
}

/// Reads what a witness answered with (FORMAT.md, "Witness protocol"): the list `checkpoints` of an object, and, of a
/// witness that says so, `damaged` and `conflicts`.
///
/// # Errors
/// When it has no such list, or something else stands in one.
pub fn of_answer(bytes: &[u8]) -> Result<Kept, AnswerError> {
    let document = json::read(bytes).map_err(AnswerError::NotJson)?;
    if let Some(duplicate) = document.duplicates.into_iter().next() {
        return Err(AnswerError::Duplicate(duplicate.key));
    }
    let answer = document.value.as_object();
    let list = |name: &'static str| Some(answer?.get(name)?.as_array().ok_or(name));
    let checkpoints = list("checkpoints").unwrap_or(Err("checkpoints"));
    let damaged = list("damaged").unwrap_or(Ok(&[]));
    let conflicts = list("conflicts").unwrap_or(Ok(&[]));
    let checkpoints = checkpoints.map_err(AnswerError::NoList)?;
    let count = answer.and_then(|answer| answer.get("count")?.as_integer());
    if let Some(count) = count.filter(|count| usize::try_from(*count) != Ok(checkpoints.len())) {
        return Err(AnswerError::Count(count, checkpoints.len()));
    }
    Ok(Kept {
        checkpoints: all(checkpoints)?,
        damage: damage(damaged.map_err(AnswerError::NoList)?)?,
        conflicts: said(conflicts.map_err(AnswerError::NoList)?)?,
    })
}

fn all(list: &[Value]) -> Result<Vec<Checkpoint>, AnswerError> {
    let checkpoints = (1..).zip(list).map(|(number, value)| {
        Checkpoint::of(value).map_err(|flaw| AnswerError::Checkpoint { number, flaw })
    });
    checkpoints.collect()
}

fn damage(list: &[Value]) -> Result<Vec<Damage>, AnswerError> {
    let of = |value: &Value| {
        let object = value.as_object()?;
        Some(Damage {
            line: object.get("line")?.as_integer()?.try_into().ok()?,
            why: object.str("why")?.to_owned(),
        })
    };
    let damage: Option<Vec<Damage>> = list.iter().map(of).collect();
    damage.ok_or(AnswerError::NoList("damaged"))
}

/// What was said, of each of the conflicts; what it contradicts is among the checkpoints.
fn said(list: &[Value]) -> Result<Vec<Checkpoint>, AnswerError> {
    let of = |value: &Value| {
        let conflict: &Object = value.as_object()?;
        Checkpoint::of(conflict.get("said")?).ok()
    };
    let said: Option<Vec<Checkpoint>> = list.iter().map(of).collect();
    said.ok_or(AnswerError::NoList("conflicts"))
}
