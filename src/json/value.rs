//! The value types.

use std::{collections::HashMap, fmt, ops::Deref};

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

/// The largest magnitude of an integer that the format allows, 2^53 - 1 (RFC 8785, appendix D).
pub const MAX_INTEGER: i64 = 9_007_199_254_740_991;

/// Any JSON value.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Value {
    /// An ordered list.
    Array(Vec<Self>),
    /// `true` or `false`.
    Bool(bool),
    /// `null`.
    #[default]
    Null,
    /// A number.
    Number(Number),
    /// Members in the order they were written.
    Object(Object),
    /// A string.
    String(Text),
}

impl Value {
    /// Returns the object, if this is one.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// Returns the object for changing, if this is one.
    pub fn as_object_mut(&mut self) -> Option<&mut Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// Returns the elements, if this is an array.
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// Returns the text, if this is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the integer, if this is one that the format allows.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Number(Number::Integer(n)) => Some(*n),
            _ => None,
        }
    }

    /// Returns the value's JSON type, as a schema names it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Array(_) => "array",
            Self::Bool(_) => "boolean",
            Self::Null => "null",
            Self::Number(_) => "number",
            Self::Object(_) => "object",
            Self::String(_) => "string",
        }
    }

    /// Whether scripting languages would call the value empty: `null`, `false`, zero, `""`, `[]` or `{}`.
    pub fn is_empty_like(&self) -> bool {
        match self {
            Self::Array(items) => items.is_empty(),
            Self::Bool(b) => !b,
            Self::Null => true,
            Self::Number(Number::Integer(n)) => *n == 0,
            Self::Number(Number::BigInteger(_)) => false,
            Self::Number(Number::Float(f)) => *f == 0.0,
            Self::Object(object) => object.is_empty(),
            Self::String(text) => text.is_empty(),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Self::Object(object)
    }
}

impl From<Vec<Self>> for Value {
    fn from(items: Vec<Self>) -> Self {
        Self::Array(items)
    }
}

impl From<i64> for Value {
    fn from(n: i64) -> Self {
        Self::Number(n.into())
    }
}

/// A JSON number, kept as precisely as the format's rules need.
#[derive(Debug, Clone, PartialEq)]
pub enum Number {
    /// An integer literal past [`MAX_INTEGER`], sign and digits as written: the format refuses it.
    BigInteger(Box<str>),
    /// A literal with a fraction or an exponent, or `NaN`, `Infinity`, `-Infinity`: the format refuses it.
    Float(f64),
    /// An integer literal of at most [`MAX_INTEGER`] in magnitude. `-0` is 0.
    Integer(i64),
}

impl From<i64> for Number {
    fn from(n: i64) -> Self {
        if n.unsigned_abs() <= MAX_INTEGER.unsigned_abs() {
            Self::Integer(n)
        } else {
            Self::BigInteger(n.to_string().into())
        }
    }
}

/// A JSON string.
///
/// JSON can escape half of a surrogate pair, which no UTF-8 text can hold. Such a string reads (and hashes,
/// as a value) as if each lone half were U+FFFD; [`Text::units`] still tells it apart.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Text {
    text: String,
    units: Option<Box<[u16]>>,
}

impl Text {
    /// Returns a text from UTF-16, which may hold lone surrogates.
    pub fn from_utf16(units: &[u16]) -> Self {
        match String::from_utf16(units) {
            Ok(text) => text.into(),
            Err(_) => Self {
                text: String::from_utf16_lossy(units),
                units: Some(units.into()),
            },
        }
    }

    /// Returns the UTF-16 code units if the text holds a lone surrogate, else `None`.
    pub fn units(&self) -> Option<&[u16]> {
        self.units.as_deref()
    }

    /// Returns the text as UTF-8, with U+FFFD for each lone surrogate.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the owned UTF-8 text, with U+FFFD for each lone surrogate.
    pub fn into_string(self) -> String {
        self.text
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self { text, units: None }
    }
}

/// The members of a JSON object, in the order they were written, each key once.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Object {
    members: Vec<(Text, Value)>,
}

impl Object {
    /// Returns an empty object.
    pub const fn new() -> Self {
        Self {
            members: Vec::new(),
        }
    }

    /// Returns the value under `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.position(key).map(|at| &self.members[at].1)
    }

    /// Returns the value under `key` for changing.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.position(key).map(|at| &mut self.members[at].1)
    }

    /// Returns the string under `key`.
    pub fn str(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str()
    }

    /// Returns the object under `key`.
    pub fn object(&self, key: &str) -> Option<&Self> {
        self.get(key)?.as_object()
    }

    /// Whether `key` is present.
    pub fn contains(&self, key: &str) -> bool {
        self.position(key).is_some()
    }

    /// Sets `key`, in its place if it is there, else at the end; returns the value it had.
    pub fn insert(&mut self, key: impl Into<Text>, value: impl Into<Value>) -> Option<Value> {
        let (key, value) = (key.into(), value.into());
        if let Some((_, old)) = self.members.iter_mut().find(|(known, _)| *known == key) {
            return Some(std::mem::replace(old, value));
        }
        self.members.push((key, value));
        None
    }

    /// Takes `key` out, keeping the order of the rest.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        self.position(key).map(|at| self.members.remove(at).1)
    }

    /// Returns the number of members.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are no members.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Returns the members in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Text, &Value)> {
        self.members.iter().map(|(key, value)| (key, value))
    }

    /// Returns the members in order, values for changing.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (&Text, &mut Value)> {
        self.members.iter_mut().map(|(key, value)| (&*key, value))
    }

    fn position(&self, key: &str) -> Option<usize> {
        self.members
            .iter()
            .position(|(known, _)| known.units.is_none() && known.text == key)
    }
}

impl IntoIterator for Object {
    type Item = (Text, Value);
    type IntoIter = std::vec::IntoIter<(Text, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.members.into_iter()
    }
}

impl<K: Into<Text>, V: Into<Value>> FromIterator<(K, V)> for Object {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(members: I) -> Self {
        let mut distinct = Members::default();
        for (key, value) in members {
            distinct.put(key.into(), value.into());
        }
        distinct.finish()
    }
}

/// Below this many members, looking through them is faster than a map.
const LINEAR_MEMBERS: usize = 16;

/// Members of an object that is being put together. Many keys are looked up by hash, so that an object of a
/// million members costs a million steps.
#[derive(Default)]
pub(super) struct Members {
    members: Vec<(Text, Value)>,
    places: HashMap<Text, usize>,
}

impl Members {
    /// Adds a member; a key that is there gets the new value and is returned.
    pub(super) fn put(&mut self, key: Text, value: Value) -> Option<Text> {
        let place = if self.members.len() < LINEAR_MEMBERS {
            self.members.iter().position(|(known, _)| *known == key)
        } else {
            if self.places.is_empty() {
                let keys = self.members.iter().map(|(known, _)| known.clone());
                self.places = keys.zip(0..).collect();
            }
            self.places.get(&key).copied()
        };
        if let Some(place) = place {
            self.members[place].1 = value;
            return Some(key);
        }
        if !self.places.is_empty() {
            self.places.insert(key.clone(), self.members.len());
        }
        self.members.push((key, value));
        None
    }

    pub(super) fn finish(self) -> Object {
        Object {
            members: self.members,
        }
    }
}

/// Lets `serde_jcs` and `serde_json` write values: the first is the second opinion on canonical bytes.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Array(items) => {
                let mut seq = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    seq.serialize_element(item)?;
                }
                seq.end()
            }
            Self::Bool(b) => serializer.serialize_bool(*b),
            Self::Null => serializer.serialize_unit(),
            Self::Number(Number::BigInteger(_)) => {
                Err(serde::ser::Error::custom("an integer past 2^53 - 1"))
            }
            Self::Number(Number::Float(f)) => serializer.serialize_f64(*f),
            Self::Number(Number::Integer(n)) => serializer.serialize_i64(*n),
            Self::Object(object) => {
                let mut map = serializer.serialize_map(Some(object.len()))?;
                for (key, value) in object.iter() {
                    map.serialize_entry(key.as_str(), value)?;
                }
                map.end()
            }
            Self::String(text) => serializer.serialize_str(text),
        }
    }
}
