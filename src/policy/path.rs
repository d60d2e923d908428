//! Field paths: which values of a record a rule is about.
//!
//! `action.authorization.decision` goes from member to member; `findings[].type` fans out over a list. A path of the
//! schema has the type of its field, so that a rule which no record can meet is refused. Below `outcome`, `data` and
//! `authority`, and under top-level keys that the schema does not know, producers keep what they like: such a path
//! has no type, and is refused only if it looks like a misspelling of a field.

use crate::{
    json::{Object, Value},
    record::check::{Field, RECORD, Shape, Table},
    redact,
};

/// A path that was held against the schema.
#[derive(Debug, Clone)]
pub(super) struct Path {
    pub(super) text: String,
    pub(super) kind: Kind,
    steps: Vec<Step>,
}

/// Paths are the same if they are written alike.
impl PartialEq for Path {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

#[derive(Debug, Clone)]
struct Step {
    name: String,
    fans_out: bool,
}

/// What can stand at the end of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Boolean,
    /// A list of these.
    List(Item),
    Number,
    Object,
    /// A text; one of these words, if there are any.
    Text(&'static [&'static str]),
    /// What the schema does not know, so anything.
    Untyped,
}

/// What a list holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item {
    Object,
    Text,
}

/// Why a path leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// A part between two dots is empty.
    #[error("a path is names joined by dots, and one of them is empty")]
    EmptyName,
    /// A name that is almost one of the schema.
    #[error("`{name}` is no field of a record: is `{field}` meant?")]
    Misspelled {
        /// The name.
        name: String,
        /// The field that it resembles.
        field: &'static str,
    },
    /// Something below a value that has no members.
    #[error("`{0}` is a single value and has no members")]
    NoMembers(String),
    /// `[]` behind what is no list.
    #[error("`{0}` is no list, so `[]` cannot stand behind it")]
    NotAList(String),
    /// A member of a list instead of its items.
    #[error("`{0}` is a list: write `{0}[]` for its items")]
    NotFannedOut(String),
    /// A name that the schema does not know where it knows all.
    #[error("`{name}` is no field of `{object}`, which has {}", .known.join(", "))]
    Unknown {
        /// The name.
        name: String,
        /// The object that does not have it.
        object: String,
        /// What it has.
        known: Vec<&'static str>,
    },
}

/// Below these a producer may keep keys of its own.
const OPEN: [&str; 3] = ["authority", "data", "outcome"];

/// The types of threats that the format names (FORMAT.md, "Policy").
const THREATS: &[&str] = &[
    "policy_violation",
    "prompt_injection_direct",
    "prompt_injection_indirect",
    "tool_misuse",
];

impl Path {
    pub(super) fn parse(text: &str) -> Result<Self, PathError> {
        let steps: Vec<Step> = text.split('.').map(Step::parse).collect::<Result<_, _>>()?;
        let kind = match text {
            "findings[].type" => Kind::Text(redact::KINDS),
            "threats[].type" => Kind::Text(THREATS),
            _ => kind(&steps)?,
        };
        Ok(Self {
            text: text.to_owned(),
            kind,
            steps,
        })
    }

    /// Whether it can lead to several values of one record.
    pub(super) fn fans_out(&self) -> bool {
        self.steps.iter().any(|step| step.fans_out)
    }

    /// Returns what it leads to, in order. A null is a value, which equals nothing.
    pub(super) fn values<'a>(&self, record: &'a Object) -> Vec<&'a Value> {
        let mut values = Vec::new();
        if let Some((first, rest)) = self.steps.split_first() {
            first.visit(record, rest, &mut values);
        }
        values
    }
}

impl Step {
    fn parse(text: &str) -> Result<Self, PathError> {
        let (name, fans_out) = match text.strip_suffix("[]") {
            Some(name) => (name, true),
            None => (text, false),
        };
        if name.is_empty() {
            return Err(PathError::EmptyName);
        }
        if name.ends_with("[]") {
            return Err(PathError::NotAList(name.to_owned()));
        }
        let name = name.to_owned();
        Ok(Self { name, fans_out })
    }

    fn visit<'a>(&self, object: &'a Object, rest: &[Self], values: &mut Vec<&'a Value>) {
        match object.get(&self.name) {
            Some(Value::Array(items)) if self.fans_out => {
                for item in items {
                    reach(item, rest, values);
                }
            }
            Some(value) if !self.fans_out => reach(value, rest, values),
            _ => {}
        }
    }
}

fn reach<'a>(value: &'a Value, rest: &[Step], values: &mut Vec<&'a Value>) {
    match (rest.split_first(), value) {
        (None, value) => values.push(value),
        (Some((step, rest)), Value::Object(object)) => step.visit(object, rest, values),
        (Some(_), _) => {}
    }
}

static WHOLE_RECORD: Shape = Shape::Object(&RECORD);

/// Returns what the schema says of the end of a path.
fn kind(steps: &[Step]) -> Result<Kind, PathError> {
    let mut shape = &WHOLE_RECORD;
    for (depth, step) in steps.iter().enumerate() {
        let before = || match depth.checked_sub(1) {
            Some(before) => steps[before].name.clone(),
            None => "a record".to_owned(),
        };
        let table = match shape {
            Shape::Object(table) => *table,
            Shape::List(_) => return Err(PathError::NotFannedOut(before())),
            _ => return Err(PathError::NoMembers(before())),
        };
        let Some((_, field)) = table.field(step.name.as_bytes()) else {
            let is_open = depth == 0 || OPEN.contains(&steps[0].name.as_str());
            return unknown(&step.name, table, is_open, before()).map(|()| Kind::Untyped);
        };
        shape = match (&field.shape, step.fans_out) {
            (Shape::List(item), true) => item,
            (_, true) => return Err(PathError::NotAList(step.name.clone())),
            (shape, false) => shape,
        };
    }
    Ok(end(shape))
}

fn end(shape: &'static Shape) -> Kind {
    match shape {
        Shape::Boolean => Kind::Boolean,
        Shape::Constant(_) | Shape::Text => Kind::Text(&[]),
        Shape::List(Shape::Object(_)) => Kind::List(Item::Object),
        Shape::List(_) => Kind::List(Item::Text),
        Shape::Number => Kind::Number,
        Shape::Object(_) => Kind::Object,
        Shape::Word(words) => Kind::Text(words),
    }
}

/// Whether a name that a table does not have may stand below it. One that is almost a field's may not: such a rule
/// would pass for ever.
fn unknown(name: &str, table: &Table, is_open: bool, object: String) -> Result<(), PathError> {
    let name = name.to_owned();
    let known = || table.fields.iter().map(|field: &Field| field.name);
    match known().find(|field| is_near(&name, field)) {
        Some(field) => Err(PathError::Misspelled { name, field }),
        None if is_open => Ok(()),
        None => Err(PathError::Unknown {
            name,
            object,
            known: known().collect(),
        }),
    }
}

/// Whether two names differ in case, in characters that are neither letters nor digits, or, unless they are short,
/// by one letter that is missing, added, another one, or in the place of its neighbour.
fn is_near(name: &str, field: &str) -> bool {
    /// Below so many letters, one of them makes another word.
    const LONG: usize = 5;
    let letters = |text: &str| -> Vec<char> {
        let letters = text.chars().filter(|letter| letter.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    };
    let (name, field) = (letters(name), letters(field));
    let same = name.iter().zip(&field).take_while(|(a, b)| a == b).count();
    let (of_name, of_field) = (&name[same..], &field[same..]);
    let is_rest = |from_name: usize, from_field: usize| {
        let rest = of_name.get(from_name..);
        rest.is_some() && rest == of_field.get(from_field..)
    };
    let is_swapped = is_rest(2, 2) && of_name[0] == of_field[1] && of_name[1] == of_field[0];
    let is_typed = is_rest(1, 1) || is_rest(1, 0) || is_rest(0, 1) || is_swapped;
    is_rest(0, 0) || is_typed && field.len() >= LONG
}
