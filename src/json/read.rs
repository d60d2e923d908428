//! The reader.

use super::{MAX_INTEGER, Number, Object, Text, Value, value::Members};

/// How deep arrays and objects may nest. The reference verifies 329 levels and fails somewhere above.
pub const MAX_DEPTH: usize = 512;

/// How many characters an integer literal may have, its sign included.
pub const MAX_INTEGER_CHARS: usize = 4000;

/// How many duplicate keys are named; one is enough to refuse the text.
const MAX_DUPLICATES: usize = 16;

/// A text that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The value, in which the last of several equal keys has won.
    pub value: Value,
    /// Keys that stand more than once in one object, in the order the objects close. Two readers may take
    /// such a text differently, so nothing may be sealed or called intact that has one.
    pub duplicates: Vec<Duplicate>,
}

/// A key that stands twice in one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    /// JSON Pointer (RFC 6901) of the object.
    pub pointer: String,
    /// The key.
    pub key: String,
}

/// Why a text is not JSON, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at byte {offset}")]
pub struct ReadError {
    /// Bytes before the place, from 0.
    pub offset: usize,
    /// What is wrong there.
    pub kind: ReadErrorKind,
}

/// What is wrong with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReadErrorKind {
    /// The text ends inside a value: usually a line that was cut off.
    #[error("unexpected end of the text")]
    End,
    /// An integer of more than [`MAX_INTEGER_CHARS`] characters.
    #[error("an integer of more than {MAX_INTEGER_CHARS} characters")]
    IntegerTooLong,
    /// Bytes that are not UTF-8.
    #[error("invalid UTF-8")]
    NotUtf8,
    /// Anything else that the grammar of RFC 8259 does not allow.
    #[error("{0}")]
    Syntax(&'static str),
    /// Nesting past [`MAX_DEPTH`].
    #[error("nesting deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// A complete value with something behind it.
    #[error("unexpected text after the value")]
    Trailing,
}

/// Reads one JSON value that fills `bytes` but for whitespace.
///
/// Beyond RFC 8259 it accepts `NaN`, `Infinity` and `-Infinity`, as the reference does, so that a log that
/// holds one can be judged like there: hashable never, but one record among others.
///
/// # Errors
/// When the bytes are not UTF-8 or not JSON, or pass [`MAX_DEPTH`] or [`MAX_INTEGER_CHARS`].
///
/// ```
/// let document = sealstone::json::read(br#"{"a":1,"a":2}"#)?;
/// assert_eq!(document.duplicates[0].key, "a");
/// assert_eq!(document.value.as_object().unwrap().get("a").unwrap().as_integer(), Some(2));
/// # Ok::<(), sealstone::json::ReadError>(())
/// ```
pub fn read(bytes: &[u8]) -> Result<Document, ReadError> {
    let text = std::str::from_utf8(bytes).map_err(|error| ReadError {
        offset: error.valid_up_to(),
        kind: ReadErrorKind::NotUtf8,
    })?;
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        at: 0,
        path: Vec::new(),
        duplicates: Vec::new(),
    };
    reader.skip_whitespace();
    let value = reader.value()?;
    reader.skip_whitespace();
    if reader.at < reader.bytes.len() {
        return Err(reader.error(ReadErrorKind::Trailing));
    }
    Ok(Document {
        value,
        duplicates: reader.duplicates,
    })
}

/// One step of the way to the value being read.
enum Step {
    Index(usize),
    Key(Text),
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// The containers that are open, so its length is the depth.
    path: Vec<Step>,
    duplicates: Vec<Duplicate>,
}

impl Reader<'_> {
    fn value(&mut self) -> Result<Value, ReadError> {
        match self.peek() {
            None => Err(self.error(ReadErrorKind::End)),
            Some(b'{') => self.object(),
            Some(b'[') => self.array(),
            Some(b'"') => Ok(Value::String(self.string()?)),
            Some(b't') => self.literal("true", Value::Bool(true)),
            Some(b'f') => self.literal("false", Value::Bool(false)),
            Some(b'n') => self.literal("null", Value::Null),
            Some(b'N') => self.literal("NaN", Value::Number(Number::Float(f64::NAN))),
            Some(b'I') => self.literal("Infinity", Value::Number(Number::Float(f64::INFINITY))),
            Some(b'-') if self.bytes.get(self.at + 1) == Some(&b'I') => {
                self.literal("-Infinity", Value::Number(Number::Float(f64::NEG_INFINITY)))
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => Err(self.error(ReadErrorKind::Syntax("expected a value"))),
        }
    }

    fn array(&mut self) -> Result<Value, ReadError> {
        self.descend(Step::Index(0))?;
        let mut items = Vec::new();
        self.skip_whitespace();
        if self.eat(b']') {
            self.path.pop();
            return Ok(Value::Array(items));
        }
        loop {
            self.skip_whitespace();
            items.push(self.value()?);
            self.skip_whitespace();
            if self.eat(b',') {
                self.replace_step(Step::Index(items.len()));
            } else if self.eat(b']') {
                self.path.pop();
                return Ok(Value::Array(items));
            } else {
                return Err(self.unexpected("expected `,` or `]`"));
            }
        }
    }

    fn object(&mut self) -> Result<Value, ReadError> {
        // The key is set before each value; the step only has to exist.
        self.descend(Step::Index(0))?;
        let mut members = Members::default();
        self.skip_whitespace();
        if self.eat(b'}') {
            self.path.pop();
            return Ok(Value::Object(Object::new()));
        }
        loop {
            self.skip_whitespace();
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("expected a key in double quotes"));
            }
            let key = self.string()?;
            self.skip_whitespace();
            if !self.eat(b':') {
                return Err(self.unexpected("expected `:`"));
            }
            self.skip_whitespace();
            self.replace_step(Step::Key(key.clone()));
            let value = self.value()?;
            if let Some(key) = members.put(key, value) {
                self.note_duplicate(key);
            }
            self.skip_whitespace();
            if self.eat(b',') {
                continue;
            }
            if self.eat(b'}') {
                self.path.pop();
                return Ok(Value::Object(members.finish()));
            }
            return Err(self.unexpected("expected `,` or `}`"));
        }
    }

    fn string(&mut self) -> Result<Text, ReadError> {
        let open = self.at;
        self.at += 1;
        let start = self.at;
        self.skip_plain();
        if self.peek() == Some(b'"') {
            let text = &self.text[start..self.at];
            self.at += 1;
            return Ok(text.into());
        }
        let mut text = self.text[start..self.at].to_owned();
        // Once a lone surrogate turns up, the UTF-16 form is what is built.
        let mut units: Option<Vec<u16>> = None;
        loop {
            match self.peek() {
                None => {
                    return Err(ReadError {
                        offset: open,
                        kind: ReadErrorKind::End,
                    });
                }
                Some(b'"') => {
                    self.at += 1;
                    return Ok(match units {
                        Some(units) => Text::from_utf16(&units),
                        None => text.into(),
                    });
                }
                Some(b'\\') => {
                    let code = self.escape()?;
                    match (char::from_u32(code), &mut units) {
                        (Some(c), None) => text.push(c),
                        (Some(c), Some(units)) => {
                            units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
                        }
                        (None, _) => units
                            .get_or_insert_with(|| text.encode_utf16().collect())
                            .push(u16::try_from(code).expect("a surrogate is 16 bits wide")),
                    }
                }
                Some(byte) if byte < 0x20 => {
                    return Err(self.error(ReadErrorKind::Syntax("control character in a string")));
                }
                Some(_) => {
                    let start = self.at;
                    self.skip_plain();
                    let plain = &self.text[start..self.at];
                    match &mut units {
                        Some(units) => units.extend(plain.encode_utf16()),
                        None => text.push_str(plain),
                    }
                }
            }
        }
    }

    /// Moves past everything that stands for itself in a string.
    fn skip_plain(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'"' || byte == b'\\' || byte < 0x20 {
                break;
            }
            self.at += 1;
        }
    }

    /// Reads an escape and returns its code point, or a surrogate that has no partner.
    fn escape(&mut self) -> Result<u32, ReadError> {
        let start = self.at;
        self.at += 1;
        let code = match self.peek() {
            None => return Err(self.error(ReadErrorKind::End)),
            Some(b'"') => 0x22,
            Some(b'\\') => 0x5C,
            Some(b'/') => 0x2F,
            Some(b'b') => 0x08,
            Some(b'f') => 0x0C,
            Some(b'n') => 0x0A,
            Some(b'r') => 0x0D,
            Some(b't') => 0x09,
            Some(b'u') => {
                self.at += 1;
                return self.unicode_escape(start);
            }
            Some(_) => return Err(self.error(ReadErrorKind::Syntax("unknown escape"))),
        };
        self.at += 1;
        Ok(code)
    }

    fn unicode_escape(&mut self, start: usize) -> Result<u32, ReadError> {
        let high = self.hex4(start)?;
        if !(0xD800..0xDC00).contains(&high)
            || self.bytes.get(self.at..self.at + 2) != Some(b"\\u".as_slice())
        {
            return Ok(high);
        }
        let behind_high = self.at;
        self.at += 2;
        let low = self.hex4(start)?;
        if (0xDC00..0xE000).contains(&low) {
            return Ok(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00));
        }
        // Not a pair: the second escape is read again on its own.
        self.at = behind_high;
        Ok(high)
    }

    fn hex4(&mut self, start: usize) -> Result<u32, ReadError> {
        let mut code = 0;
        for _ in 0..4 {
            let Some(byte) = self.peek() else {
                return Err(self.error(ReadErrorKind::End));
            };
            let Some(digit) = char::from(byte).to_digit(16) else {
                return Err(ReadError {
                    offset: start,
                    kind: ReadErrorKind::Syntax("`\\u` needs four hexadecimal digits"),
                });
            };
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }

    fn number(&mut self) -> Result<Value, ReadError> {
        let start = self.at;
        self.eat(b'-');
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.skip_digits(),
            _ => return Err(self.unexpected("expected a digit")),
        }
        let integer_end = self.at;
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        let literal = &self.text[start..self.at];
        if self.at > integer_end {
            let float = literal
                .parse()
                .expect("a JSON number is a Rust float literal");
            return Ok(Value::Number(Number::Float(float)));
        }
        if literal.len() > MAX_INTEGER_CHARS {
            return Err(ReadError {
                offset: start,
                kind: ReadErrorKind::IntegerTooLong,
            });
        }
        Ok(Value::Number(integer(literal)))
    }

    fn digits(&mut self) -> Result<(), ReadError> {
        match self.peek() {
            Some(b'0'..=b'9') => {
                self.skip_digits();
                Ok(())
            }
            _ => Err(self.unexpected("expected a digit")),
        }
    }

    fn skip_digits(&mut self) {
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
    }

    fn literal(&mut self, word: &'static str, value: Value) -> Result<Value, ReadError> {
        let rest = &self.bytes[self.at..];
        if rest.starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(value);
        }
        let kind = if word.as_bytes().starts_with(rest) {
            ReadErrorKind::End
        } else {
            ReadErrorKind::Syntax("expected a value")
        };
        Err(self.error(kind))
    }

    fn descend(&mut self, step: Step) -> Result<(), ReadError> {
        if self.path.len() == MAX_DEPTH {
            return Err(self.error(ReadErrorKind::TooDeep));
        }
        self.path.push(step);
        self.at += 1;
        Ok(())
    }

    fn replace_step(&mut self, step: Step) {
        *self.path.last_mut().expect("a container is open") = step;
    }

    fn note_duplicate(&mut self, key: Text) {
        if self.duplicates.len() == MAX_DUPLICATES {
            return;
        }
        let mut pointer = String::new();
        let parents = &self.path[..self.path.len() - 1];
        for step in parents {
            match step {
                Step::Index(index) => push_pointer(&mut pointer, &index.to_string()),
                Step::Key(key) => push_pointer(&mut pointer, key),
            }
        }
        let key = key.into_string();
        self.duplicates.push(Duplicate { pointer, key });
    }

    fn skip_whitespace(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn unexpected(&self, expected: &'static str) -> ReadError {
        self.error(match self.peek() {
            None => ReadErrorKind::End,
            Some(_) => ReadErrorKind::Syntax(expected),
        })
    }

    fn error(&self, kind: ReadErrorKind) -> ReadError {
        ReadError {
            offset: self.at,
            kind,
        }
    }
}

/// Whether the reference takes a line for blank: nothing but what Python's `str.strip` removes.
pub fn is_blank(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| {
        text.chars().all(|c| {
            matches!(c,
                '\t'..='\r' | '\u{1C}'..='\u{20}' | '\u{85}' | '\u{A0}' | '\u{1680}'
                | '\u{2000}'..='\u{200A}' | '\u{2028}' | '\u{2029}' | '\u{202F}' | '\u{205F}'
                | '\u{3000}')
        })
    })
}

/// Appends one reference token to a JSON Pointer (RFC 6901, section 3).
pub(crate) fn push_pointer(pointer: &mut String, token: &str) {
    pointer.push('/');
    for c in token.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            c => pointer.push(c),
        }
    }
}

fn integer(literal: &str) -> Number {
    match literal.parse::<i64>() {
        Ok(n) if n.unsigned_abs() <= MAX_INTEGER.unsigned_abs() => Number::Integer(n),
        _ => Number::BigInteger(literal.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        read(text.as_bytes()).unwrap().value
    }

    fn kind(text: &[u8]) -> ReadErrorKind {
        read(text).unwrap_err().kind
    }

    #[test]
    fn numbers_are_told_apart_as_the_format_needs() {
        assert_eq!(value("-0").as_integer(), Some(0));
        assert_eq!(value("9007199254740991").as_integer(), Some(MAX_INTEGER));
        assert_eq!(
            value("9007199254740992"),
            Value::Number(Number::BigInteger("9007199254740992".into()))
        );
        assert_eq!(value("1.0"), Value::Number(Number::Float(1.0)));
        assert_eq!(value("1e400"), Value::Number(Number::Float(f64::INFINITY)));
        assert!(matches!(value("NaN"), Value::Number(Number::Float(f)) if f.is_nan()));
        for bad in ["01", "+1", ".5", "1.", "-", "1e", "1e+", "0x1", "-NaN"] {
            assert!(read(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn integers_have_a_length_limit() {
        assert!(read("9".repeat(4000).as_bytes()).is_ok());
        assert_eq!(
            kind("9".repeat(4001).as_bytes()),
            ReadErrorKind::IntegerTooLong
        );
        assert_eq!(
            kind(format!("-{}", "9".repeat(4000)).as_bytes()),
            ReadErrorKind::IntegerTooLong
        );
    }

    #[test]
    fn nesting_up_to_the_limit_is_read_and_deeper_is_refused() {
        let nested = |n: usize| "[".repeat(n) + &"]".repeat(n);
        assert!(read(nested(329).as_bytes()).is_ok());
        assert!(read(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert_eq!(
            kind(nested(MAX_DEPTH + 1).as_bytes()),
            ReadErrorKind::TooDeep
        );
        assert_eq!(kind(nested(200_000).as_bytes()), ReadErrorKind::TooDeep);
        assert_eq!(
            kind("{\"a\":".repeat(200_000).as_bytes()),
            ReadErrorKind::TooDeep
        );
    }

    #[test]
    fn duplicate_keys_are_named_with_their_object_and_the_last_wins() {
        let document = read(br#"{"a":[{"x/y":{"k":1,"\u006b":2}}],"a":3}"#).unwrap();
        assert_eq!(
            document.duplicates,
            [
                Duplicate {
                    pointer: "/a/0/x~1y".into(),
                    key: "k".into()
                },
                Duplicate {
                    pointer: String::new(),
                    key: "a".into()
                },
            ]
        );
        assert_eq!(
            document
                .value
                .as_object()
                .unwrap()
                .get("a")
                .unwrap()
                .as_integer(),
            Some(3)
        );
    }

    #[test]
    fn a_duplicate_among_many_keys_is_found() {
        let members: Vec<String> = (0..1000).map(|n| format!("\"k{n}\":{n}")).collect();
        let text = format!("{{{},\"k777\":0}}", members.join(","));
        assert_eq!(read(text.as_bytes()).unwrap().duplicates[0].key, "k777");
    }

    #[test]
    fn lone_surrogates_read_as_replacement_characters_but_stay_distinct() {
        let Value::String(lone) = value(r#""a\ud800b""#) else {
            panic!()
        };
        assert_eq!(lone.as_str(), "a\u{FFFD}b");
        assert_eq!(lone.units(), Some([0x61, 0xD800, 0x62].as_slice()));
        assert_eq!(value(r#""\ud83d\ude00""#).as_str(), Some("\u{1F600}"));
        assert_eq!(
            value(r#""\ud800\ud83d\ude00\u0041""#).as_str(),
            Some("\u{FFFD}\u{1F600}A")
        );
        assert!(
            read(br#"{"\ud800":1,"\ufffd":2}"#)
                .unwrap()
                .duplicates
                .is_empty()
        );
    }

    #[test]
    fn what_is_not_json_is_refused_with_its_place() {
        assert_eq!(kind(b"{\"a\": \"\xFF\"}"), ReadErrorKind::NotUtf8);
        assert_eq!(kind(b"{\"a\":"), ReadErrorKind::End);
        assert_eq!(kind(b"{\"a\":tr"), ReadErrorKind::End);
        assert_eq!(kind(b"\"abc"), ReadErrorKind::End);
        assert_eq!(kind(b"{} {}"), ReadErrorKind::Trailing);
        assert!(matches!(kind(b"\"a\tb\""), ReadErrorKind::Syntax(_)));
        assert!(matches!(kind(b"{'a':1}"), ReadErrorKind::Syntax(_)));
        assert_eq!(read(b"  x").unwrap_err().offset, 2);
    }
}
