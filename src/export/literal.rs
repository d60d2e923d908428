//! Summaries that are literals of Python's: the reference's recorders write a call's arguments as Python prints them.
//!
//! `{'path': 'a.txt', 'lines': [1, 2]}` reads as `path=a.txt; lines=1; 2`. What is no such literal stays as it is, and
//! so does one with a set, bytes, a complex number, a character by name or a tuple for a key (FORMAT.md, "Export").

use std::ops::ControlFlow;

use crate::json::{self, Number, Value};

/// The longest text that is looked at, in characters.
const MAX_CHARS: usize = 4096;

/// How deep brackets may stand in each other, which is Python's limit.
const MAX_DEPTH: usize = 200;

/// What Python takes for a blank in a text.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1C}'..='\u{1F}').contains(&c)
}

/// Returns a literal for reading; none if the text is no dictionary and no list.
pub(super) fn readable(text: &str) -> Option<String> {
    let text = text.trim_matches(is_space);
    let is_bracketed = text.starts_with(['{', '[']) && text.ends_with(['}', ']']);
    if !is_bracketed || text.len() > MAX_CHARS && text.chars().count() > MAX_CHARS {
        return None;
    }
    if text.contains('\0') {
        return None;
    }
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let literal = Reader::new(&text).whole()?;
    let mut shown = String::new();
    literal.show(&mut shown);
    Some(shown)
}

/// A literal, as far as it matters for how it is shown.
#[derive(Debug, PartialEq)]
enum Literal {
    Dict(Vec<(Key, Self)>),
    Float(f64),
    /// In decimal digits, with a minus if there is one.
    Integer(String),
    List(Vec<Self>),
    None,
    String(String),
    Tuple(Vec<Self>),
    Word(&'static str),
}

/// A key of a dictionary.
#[derive(Debug, PartialEq)]
struct Key {
    identity: Identity,
    shown: String,
}

/// What makes two keys the same one.
#[derive(Debug, PartialEq)]
enum Identity {
    Number(String),
    String(String),
    Word(&'static str),
}

impl Literal {
    fn show(&self, out: &mut String) {
        match self {
            Self::Dict(members) => {
                for (index, (key, value)) in members.iter().enumerate() {
                    out.push_str(if index > 0 { "; " } else { "" });
                    out.push_str(&key.shown);
                    out.push('=');
                    value.show(out);
                }
            }
            Self::Float(float) => out.push_str(&float_text(*float)),
            Self::Integer(text) | Self::String(text) => out.push_str(text),
            Self::List(items) | Self::Tuple(items) => {
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index > 0 { "; " } else { "" });
                    item.show(out);
                }
            }
            Self::None => {}
            Self::Word(word) => out.push_str(word),
        }
    }

    /// Returns it as a key, if it can be one.
    fn into_key(self) -> Option<Key> {
        let mut shown = String::new();
        self.show(&mut shown);
        let identity = match self {
            Self::Dict(_) | Self::List(_) | Self::Tuple(_) => return None,
            // Whole numbers are the same key whatever they are written as, and so are true and 1.
            Self::Float(float) if float.fract() == 0.0 => {
                Identity::Number(format!("{:.0}", float + 0.0))
            }
            Self::Float(_) => Identity::Number(shown.clone()),
            Self::Integer(text) => Identity::Number(text),
            Self::None => {
                "None".clone_into(&mut shown);
                Identity::Word("None")
            }
            Self::String(text) => Identity::String(text),
            Self::Word("True") => Identity::Number("1".to_owned()),
            Self::Word("False") => Identity::Number("0".to_owned()),
            Self::Word(word) => Identity::Word(word),
        };
        Some(Key { identity, shown })
    }
}

fn float_text(float: f64) -> String {
    let mut text = String::new();
    json::write(&Value::Number(Number::Float(float)), &mut text);
    text.replace("Infinity", "inf")
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
    /// Whether a sign stands before what is read.
    is_signed: bool,
}

impl<'a> Reader<'a> {
    const fn new(text: &'a str) -> Self {
        Self {
            rest: text,
            depth: 0,
            is_signed: false,
        }
    }

    /// Reads the whole text; what stands beside each other with commas is a tuple.
    fn whole(mut self) -> Option<Literal> {
        let literal = self.items(None)?;
        // Behind the end of the line only comments may stand.
        while self.take("\n") {
            self.blanks();
        }
        self.rest.is_empty().then_some(literal)
    }

    /// Reads literals with commas between them up to a bracket, and that; without one, up to the end of the line. One
    /// without a comma is itself.
    fn items(&mut self, close: Option<char>) -> Option<Literal> {
        let mut items = Vec::new();
        loop {
            self.blanks();
            let is_end = match close {
                Some(close) => self.take_char(close),
                None => self.rest.is_empty() || self.rest.starts_with('\n'),
            };
            if is_end {
                return (close.is_some() || !items.is_empty()).then_some(Literal::Tuple(items));
            }
            items.push(self.value()?);
            self.blanks();
            if self.take(",") {
                continue;
            }
            let is_end = match close {
                Some(close) => self.take_char(close),
                None => true,
            };
            if !is_end {
                return None;
            }
            // A bracket around one value, or nothing around it, makes no tuple of it.
            return if items.len() == 1 {
                items.pop()
            } else {
                Some(Literal::Tuple(items))
            };
        }
    }

    fn value(&mut self) -> Option<Literal> {
        let first = self.rest.chars().next()?;
        match first {
            '[' => self.inside(Self::list),
            '{' => self.inside(Self::dict),
            '(' => self.inside(|reader| reader.items(Some(')'))),
            '+' | '-' => self.signed(first == '-'),
            '.' if self.take("...") => Some(Literal::Word("Ellipsis")),
            '0'..='9' | '.' => self.number(),
            'T' | 'F' | 'N' => self.word(),
            _ => self.strings().map(Literal::String),
        }
    }

    /// Reads what an opening bracket begins.
    fn inside(&mut self, read: impl FnOnce(&mut Self) -> Option<Literal>) -> Option<Literal> {
        self.rest = &self.rest[1..];
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let literal = read(self);
        self.depth -= 1;
        literal
    }

    fn list(&mut self) -> Option<Literal> {
        let mut items = Vec::new();
        loop {
            self.blanks();
            if self.take("]") {
                return Some(Literal::List(items));
            }
            items.push(self.value()?);
            self.blanks();
            if !self.take(",") && !self.rest.starts_with(']') {
                return None;
            }
        }
    }

    fn dict(&mut self) -> Option<Literal> {
        let mut members: Vec<(Key, Literal)> = Vec::new();
        loop {
            self.blanks();
            if self.take("}") {
                return Some(Literal::Dict(members));
            }
            let key = self.value()?.into_key()?;
            self.blanks();
            if !self.take(":") {
                return None;
            }
            self.blanks();
            let value = self.value()?;
            match members
                .iter_mut()
                .find(|(known, _)| known.identity == key.identity)
            {
                Some((_, known)) => *known = value,
                None => members.push((key, value)),
            }
            self.blanks();
            if !self.take(",") && !self.rest.starts_with('}') {
                return None;
            }
        }
    }

    /// Reads a number behind a sign; brackets may stand around it.
    fn signed(&mut self, is_negative: bool) -> Option<Literal> {
        self.rest = &self.rest[1..];
        self.blanks();
        // One sign is all that a literal may have, brackets or not.
        if std::mem::replace(&mut self.is_signed, true) {
            return None;
        }
        let value = self.value();
        self.is_signed = false;
        match value? {
            Literal::Float(float) if is_negative => Some(Literal::Float(-float)),
            Literal::Integer(digits) if is_negative && digits != "0" => {
                Some(Literal::Integer(format!("-{digits}")))
            }
            literal @ (Literal::Float(_) | Literal::Integer(_)) => Some(literal),
            _ => None,
        }
    }

    fn word(&mut self) -> Option<Literal> {
        let length = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_');
        let (word, rest) = self.rest.split_at(length.unwrap_or(self.rest.len()));
        self.rest = rest;
        match word {
            "True" => Some(Literal::Word("True")),
            "False" => Some(Literal::Word("False")),
            "None" => Some(Literal::None),
            _ => None,
        }
    }

    fn number(&mut self) -> Option<Literal> {
        let lower = self.rest.get(..2).map(str::to_ascii_lowercase);
        let radix = match lower.as_deref() {
            Some("0x") => 16,
            Some("0o") => 8,
            Some("0b") => 2,
            _ => return self.decimal(),
        };
        self.rest = &self.rest[2..];
        self.take("_");
        let digits = self.digits(radix)?;
        let number = u128::from_str_radix(&digits, radix).ok()?;
        self.is_apart()
            .then(|| Literal::Integer(number.to_string()))
    }

    fn decimal(&mut self) -> Option<Literal> {
        let mut text = self.digits(10).unwrap_or_default();
        let mut is_float = false;
        if self.take(".") {
            is_float = true;
            text.push('.');
            text.extend(self.digits(10));
        }
        if !text.contains(|c: char| c.is_ascii_digit()) {
            return None;
        }
        if self.take("e") || self.take("E") {
            is_float = true;
            text.push('e');
            if let Some(sign) = ["+", "-"].into_iter().find(|sign| self.take(sign)) {
                text.push_str(sign);
            }
            text.push_str(&self.digits(10)?);
        }
        if !self.is_apart() {
            return None;
        }
        if is_float {
            return text.parse().ok().map(Literal::Float);
        }
        match text.trim_start_matches('0') {
            "" => Some(Literal::Integer("0".to_owned())),
            // `007` is no number, lest it be taken for an octal one.
            digits if digits.len() == text.len() => Some(Literal::Integer(text)),
            _ => None,
        }
    }

    /// Reads digits, between which single underscores may stand, and returns them without these.
    fn digits(&mut self, radix: u32) -> Option<String> {
        let is_digit = |c: char| c.is_digit(radix);
        let mut digits = String::new();
        loop {
            let more = self.rest.find(|c| !is_digit(c));
            let (run, rest) = self.rest.split_at(more.unwrap_or(self.rest.len()));
            digits.push_str(run);
            self.rest = rest;
            let behind = rest.strip_prefix('_');
            match behind.filter(|behind| !run.is_empty() && behind.starts_with(is_digit)) {
                Some(behind) => self.rest = behind,
                None => return (!digits.is_empty()).then_some(digits),
            }
        }
    }

    /// Whether a number ends here.
    fn is_apart(&self) -> bool {
        !self
            .rest
            .starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.')
    }

    /// Reads strings, which are one if nothing stands between them.
    fn strings(&mut self) -> Option<String> {
        let mut text = String::new();
        loop {
            self.string(&mut text)?;
            let behind = self.rest;
            self.blanks();
            if !self.rest.starts_with(['"', '\'', 'r', 'R', 'u', 'U']) {
                self.rest = behind;
                return Some(text);
            }
        }
    }

    fn string(&mut self, text: &mut String) -> Option<()> {
        let is_raw = self.take("r") || self.take("R");
        if !is_raw && !self.take("u") {
            self.take("U");
        }
        let quotes = ["'''", "\"\"\"", "'", "\""];
        let quote = quotes.into_iter().find(|quote| self.take(quote))?;
        while !self.take(quote) {
            let c = self.next()?;
            match c {
                '\n' if quote.len() == 1 => return None,
                '\\' if is_raw => text.extend(['\\', self.next()?]),
                '\\' => {
                    if let ControlFlow::Break(()) = self.escape(text) {
                        return None;
                    }
                }
                c => text.push(c),
            }
        }
        Some(())
    }

    /// Reads what stands behind a backslash; breaks if that is no literal or none that is read here.
    fn escape(&mut self, text: &mut String) -> ControlFlow<()> {
        let Some(c) = self.next() else {
            return ControlFlow::Break(());
        };
        let plain = match c {
            '\n' => return ControlFlow::Continue(()),
            '\\' | '\'' | '"' => c,
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{C}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{B}',
            '0'..='7' => self.octal(c),
            'x' | 'u' | 'U' => match self.coded(c) {
                Some(coded) => coded,
                None => return ControlFlow::Break(()),
            },
            'N' => return ControlFlow::Break(()),
            c => {
                text.push('\\');
                c
            }
        };
        text.push(plain);
        ControlFlow::Continue(())
    }

    /// Reads up to two more octal digits.
    fn octal(&mut self, first: char) -> char {
        let mut code = first.to_digit(8).unwrap_or_default();
        for _ in 0..2 {
            let Some(digit) = self.rest.chars().next().and_then(|c| c.to_digit(8)) else {
                break;
            };
            code = code * 8 + digit;
            self.rest = &self.rest[1..];
        }
        char::from_u32(code).expect("three octal digits are a character")
    }

    /// Reads a character by its number; half a surrogate pair is none.
    fn coded(&mut self, kind: char) -> Option<char> {
        let length = match kind {
            'x' => 2,
            'u' => 4,
            _ => 8,
        };
        let digits = self.rest.get(..length)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        self.rest = &self.rest[length..];
        char::from_u32(u32::from_str_radix(digits, 16).ok()?)
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn take(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn take_char(&mut self, c: char) -> bool {
        let rest = self.rest.strip_prefix(c);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Passes over blanks and comments; over the ends of lines too, within brackets.
    fn blanks(&mut self) {
        loop {
            self.rest = self.rest.trim_start_matches([' ', '\t', '\u{C}']);
            if let Some(comment) = self.rest.strip_prefix('#') {
                self.rest = &comment[comment.find('\n').unwrap_or(comment.len())..];
            }
            let goes_on = self.take("\\\n") || self.depth > 0 && self.take("\n");
            if !goes_on {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Each as the reference shows it.
    const SHOWN: &[(&str, &str)] = &[
        ("{'a': 'x', 'b': [1,2]}", "a=x; b=1; 2"),
        (" {'a': True, 'b': None} ", "a=True; b="),
        ("[1, 'a', [2], (3,), ()]", "1; a; 2; 3; "),
        ("[]", ""),
        ("{'a': u'x' 'y', 'b': r'\\n'}", "a=xy; b=\\n"),
        (
            "{'a': - 1, 'b': +(1.0), 'c': -(0.0)}",
            "a=-1; b=1.0; c=-0.0",
        ),
        (
            "[0x_fF, 0B101, 00, 0_0, 1_000, 1e3, 1e400, 1e-5, .5, 1., -0]",
            "255; 5; 0; 0; 1000; 1000.0; inf; 1e-05; 0.5; 1.0; 0",
        ),
        (
            "{1: 2, None: 3, True: 4, 1.0: 5, False: 6, '': 7}",
            "1=5; None=3; False=6; =7",
        ),
        ("['\\x41\\u00e9\\101\\q\\777\\0']", "AéA\\qǿ\0"),
        ("['''a\rb''''c', \"it's\", '''d\\\ne''']", "a\nbc; it's; de"),
        ("[1], {'b':2}", "1; b=2"),
        ("[1] # ]", "1"),
        ("[1]\n \n#]", "1"),
        ("[\r1\r\n,\\\n...]", "1; Ellipsis"),
        ("{'a':\n#c\n1}", "a=1"),
    ];

    const LEFT: &[&str] = &[
        "",
        "x",
        "(1, 2)",
        "{'a': 1",
        "[1 2]",
        "{'a'}",
        "[true]",
        "[0777]",
        "[1__0]",
        "[1_]",
        "[1e]",
        "[--1]",
        "[-(-1)]",
        "[+(+1)]",
        "[-True]",
        "['a\nb']",
        "['\\ud800']",
        "['\\x4']",
        "[1],]",
        "[1],\n[2]",
        "[,]",
        "{[1]:2}",
        "['a\0']",
        "[f'']",
        "[\u{A0}1]",
        "[1]\u{0}]",
        "[1\u{B}]",
        "{'a':1,,}",
        "{1 2}",
        "[1,\\ \n2]",
        "[09]",
        "[0x]",
        "[1.5.2]",
        "[1}",
        "{\"a\":true}",
    ];

    #[test]
    fn literals_are_shown_as_the_reference_shows_them() {
        for (text, expected) in SHOWN {
            assert_eq!(readable(text).as_deref(), Some(*expected), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_literal_stays() {
        for text in LEFT {
            assert_eq!(readable(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(inside in "[-+(){}\\[\\],:'\"\\\\#.0-9xeTrue\\n \u{e9}\u{0}]{0,60}") {
            for text in [format!("[{inside}]"), format!("{{{inside}}}"), format!("['\\{inside}")] {
                readable(&text);
            }
            readable(&format!("[{}1]", "-".repeat(4000)));
        }
    }

    #[test]
    fn depth_and_length_are_bounded() {
        let nested = |depth| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(readable(&nested(MAX_DEPTH)).as_deref(), Some("1"));
        assert_eq!(readable(&nested(MAX_DEPTH + 1)), None);
        let long = |chars: usize| format!("['{}']", "é".repeat(chars - 4));
        assert!(readable(&long(MAX_CHARS)).is_some());
        assert_eq!(readable(&long(MAX_CHARS + 1)), None);
    }
}
