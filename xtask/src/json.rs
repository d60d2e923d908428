//! JSON as far as tasks need it: what programs printed and what stands in logs that were verified before.
//!
//! Lenient, without limits and without care for duplicate keys; numbers stay text.

use std::fmt::{self, Display, Write};

use anyhow::{Context, bail, ensure};

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Json {
    Array(Vec<Self>),
    /// `true`, `false`, `null` or a number, as it stands.
    Bare(String),
    Object(Vec<(String, Self)>),
    String(String),
}

impl Json {
    /// Reads a text that is one value.
    pub(crate) fn read(text: &str) -> anyhow::Result<Self> {
        let mut reader = Reader { rest: text };
        let value = reader.value()?;
        reader.blanks();
        ensure!(reader.rest.is_empty(), "text after the value");
        Ok(value)
    }

    /// Reads one value a line.
    pub(crate) fn read_lines(text: &str) -> anyhow::Result<Vec<Self>> {
        text.lines()
            .map(|line| Self::read(line).with_context(|| line.to_owned()))
            .collect()
    }

    /// Returns what keys, joined by dots, lead to.
    pub(crate) fn at(&self, path: &str) -> Option<&Self> {
        path.split('.').try_fold(self, |value, key| match value {
            Self::Object(members) => members
                .iter()
                .rev()
                .find(|(name, _)| name == key)
                .map(|(_, value)| value),
            _ => None,
        })
    }

    /// Returns the text at a path.
    pub(crate) fn str(&self, path: &str) -> Option<&str> {
        match self.at(path) {
            Some(Self::String(text)) => Some(text),
            _ => None,
        }
    }

    /// Returns the array at a path, or nothing in it.
    pub(crate) fn items(&self, path: &str) -> &[Self] {
        match self.at(path) {
            Some(Self::Array(items)) => items,
            _ => &[],
        }
    }
}

/// Compact, with sorted keys: equal values print equally.
impl Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bare(word) => f.write_str(word),
            Self::String(text) => write!(f, "{text:?}"),
            Self::Array(items) => {
                f.write_char('[')?;
                for (index, item) in items.iter().enumerate() {
                    let comma = if index > 0 { "," } else { "" };
                    write!(f, "{comma}{item}")?;
                }
                f.write_char(']')
            }
            Self::Object(members) => {
                let mut members: Vec<_> = members.iter().collect();
                members.sort_by(|(a, _), (b, _)| a.cmp(b));
                f.write_char('{')?;
                for (index, (key, value)) in members.into_iter().enumerate() {
                    let comma = if index > 0 { "," } else { "" };
                    write!(f, "{comma}{key:?}:{value}")?;
                }
                f.write_char('}')
            }
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
    }

    /// Takes `c` if it is next after blanks.
    fn take(&mut self, c: char) -> bool {
        self.blanks();
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self) -> anyhow::Result<Json> {
        if self.take('{') {
            let mut members = Vec::new();
            while !self.take('}') {
                ensure!(members.is_empty() || self.take(','), "no comma");
                ensure!(self.take('"'), "no key");
                let key = self.string()?;
                ensure!(self.take(':'), "no colon");
                members.push((key, self.value()?));
            }
            Ok(Json::Object(members))
        } else if self.take('[') {
            let mut items = Vec::new();
            while !self.take(']') {
                ensure!(items.is_empty() || self.take(','), "no comma");
                items.push(self.value()?);
            }
            Ok(Json::Array(items))
        } else if self.take('"') {
            Ok(Json::String(self.string()?))
        } else {
            let end = self
                .rest
                .find(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c));
            let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
            ensure!(!word.is_empty(), "no value");
            self.rest = rest;
            Ok(Json::Bare(word.to_owned()))
        }
    }

    /// Reads a string behind its opening quote. Unpaired surrogates become U+FFFD.
    fn string(&mut self) -> anyhow::Result<String> {
        let mut units = Vec::new();
        let mut chars = self.rest.chars();
        loop {
            match chars.next().context("a string without end")? {
                '"' => break,
                '\\' => units.push(match chars.next().context("an escape without end")? {
                    'b' => 8,
                    'f' => 12,
                    'n' => 10,
                    'r' => 13,
                    't' => 9,
                    'u' => {
                        let digits: String = chars.by_ref().take(4).collect();
                        u16::from_str_radix(&digits, 16).context("an escape that is none")?
                    }
                    c @ ('"' | '\\' | '/') => c as u16,
                    c => bail!("an escape `\\{c}`"),
                }),
                c => units.extend_from_slice(c.encode_utf16(&mut [0; 2])),
            }
        }
        self.rest = chars.as_str();
        Ok(String::from_utf16_lossy(&units))
    }
}

/// Returns `text` as a JSON string.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        if c.is_ascii() && !c.is_control() && c != '"' && c != '\\' {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}").expect("a string takes everything");
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_printed_with_sorted_keys() {
        let value = Json::read(r#" {"b": [1, -2.5e3, "x\u00e9\ud83d\ude00"], "a": {"c": null}} "#);
        let value = value.unwrap();
        assert_eq!(
            value.to_string(),
            "{\"a\":{\"c\":null},\"b\":[1,-2.5e3,\"x\u{e9}\u{1f600}\"]}"
        );
        assert_eq!(value.at("a.c"), Some(&Json::Bare("null".into())));
        assert_eq!(value.items("b").len(), 3);
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in ["", "{", "[1 2]", "{\"a\"}", "\"", "1 2", "\"\\x\""] {
            assert!(Json::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn quoted_text_reads_as_itself() {
        let text = "a\"\\\n\u{1f600}";
        assert_eq!(
            Json::read(&quoted(text)).unwrap(),
            Json::String(text.into())
        );
    }
}
