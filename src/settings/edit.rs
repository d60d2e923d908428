//! Edits of JSON with comments that leave every other byte as it is, and that can be taken back.
//!
//! What is added goes behind the last member of its container, in the container's own layout. A container
//! that was there before and was empty gets one blank more than is usual in front of its closing bracket: by
//! that, the removal of its last member tells it from a container that came with the member, and goes too.

use std::{borrow::Cow, ops::Range};

use jsonc_parser::{
    CollectOptions, CommentCollectionStrategy, ParseOptions,
    ast::Value,
    common::Ranged,
    parse_to_ast,
    tokens::{Token, TokenAndRange},
};

use super::{
    SettingsError,
    layout::{Layout, indent, newline},
};

/// A part of the way from the top of a document to a value in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// A document that was read, and how it is laid out.
pub(super) struct Tree<'a> {
    text: &'a str,
    pub(super) root: Option<Value<'a>>,
    /// Without comments.
    tokens: Vec<TokenAndRange<'a>>,
}

/// The members of an object or array, and the places of its brackets.
struct Container {
    is_object: bool,
    open: usize,
    close: usize,
    members: Vec<Range<usize>>,
}

/// Pieces of a text and what takes their place, in order and without overlap.
type Pieces<'a> = Vec<(Range<usize>, Cow<'a, str>)>;

impl<'a> Tree<'a> {
    /// Reads JSON in which comments and trailing commas may stand.
    ///
    /// # Errors
    /// When it is anything else.
    pub(super) fn read(text: &'a str) -> Result<Self, SettingsError> {
        let options = ParseOptions {
            allow_comments: true,
            allow_loose_object_property_names: false,
            allow_trailing_commas: true,
            allow_missing_commas: false,
            allow_single_quoted_strings: false,
            allow_hexadecimal_numbers: false,
            allow_unary_plus_numbers: false,
            allow_bare_decimal_point_numbers: false,
            allow_non_finite_numbers: false,
            allow_extended_string_escapes: false,
        };
        let collect = CollectOptions {
            comments: CommentCollectionStrategy::Off,
            tokens: true,
        };
        let parsed = parse_to_ast(text, &collect, &options).map_err(|error| {
            let what = error.kind().to_string();
            SettingsError::at(text, error.range().start, what.to_lowercase())
        })?;
        Ok(Self {
            text,
            root: parsed.value,
            tokens: parsed.tokens.unwrap_or_default(),
        })
    }

    /// Returns the value that a path leads to.
    pub(super) fn value(&self, path: &[Step]) -> Option<&Value<'a>> {
        path.iter()
            .try_fold(self.root.as_ref()?, |value, step| match step {
                Step::Key(key) => Some(&value.as_object()?.get(key)?.value),
                Step::Index(index) => value.as_array()?.elements.get(*index),
            })
    }

    /// Returns the text with another value in place of one. `make` is told how to lay it out.
    pub(super) fn replaced(&self, path: &[Step], make: impl FnOnce(&Layout) -> String) -> String {
        let Some(value) = self.value(path) else {
            return self.text.to_owned();
        };
        let (range, layout) = (value.range(), self.layout(value.start()));
        self.edited(vec![(range.start..range.end, make(&layout).into())])
    }

    /// Returns the text with a member behind the last one of the container that `path` leads to, and behind
    /// the comments on its line, unless the last one `is_ours`: then the comments are about something else.
    /// `make` is told how to lay it out.
    pub(super) fn appended(
        &self,
        path: &[Step],
        is_ours: bool,
        make: impl FnOnce(&Layout) -> String,
    ) -> String {
        match self.value(path).and_then(container) {
            Some(container) if container.members.is_empty() => self.first(&container, make),
            Some(container) => self.behind_last(&container, is_ours, make),
            None => self.text.to_owned(),
        }
    }

    fn first(&self, container: &Container, make: impl FnOnce(&Layout) -> String) -> String {
        let outer = self.layout(container.open);
        let has_lines = container.is_object && outer.has_lines;
        let inner = if has_lines {
            outer.deeper()
        } else {
            outer.clone()
        };
        let (before, behind) = if has_lines {
            (inner.line(), outer.line())
        } else {
            (String::new(), String::new())
        };
        let new = format!("{before}{}{behind} ", make(&inner));
        let place = container.open + 1;
        self.edited(vec![(place..place, new.into())])
    }

    fn behind_last(
        &self,
        container: &Container,
        is_ours: bool,
        make: impl FnOnce(&Layout) -> String,
    ) -> String {
        let (Some(first), Some(last)) = (container.members.first(), container.members.last())
        else {
            return self.text.to_owned();
        };
        let trailing = self.comma_behind(last.end);
        let end = trailing.map_or(last.end, |comma| comma + 1);
        let (place, is_open) = if is_ours {
            (end, false)
        } else {
            same_line_comments(self.text, end)
        };
        let is_on_lines = self.text[container.open..first.start].contains('\n');
        // The last member may end on another line than it begins on.
        let (layout, separator) = if is_open || is_on_lines {
            let layout = self.layout(last.start);
            let line = layout.line();
            (layout, line)
        } else {
            let layout = self.layout(place);
            let blank = layout.blank().to_owned();
            (layout, blank)
        };
        let new = format!("{separator}{}", make(&layout));
        let mut pieces: Pieces<'_> = Vec::new();
        if trailing.is_some() {
            pieces.push((place..place, format!("{new},").into()));
        } else {
            pieces.push((last.end..last.end, ",".into()));
            pieces.push((place..place, new.into()));
        }
        self.edited(pieces)
    }

    /// Returns the text without the member that `path` leads to, and without the containers that came with it
    /// and are empty now. `None` says that the document itself was one of them.
    pub(super) fn removed(&self, path: &[Step]) -> Option<String> {
        let (last, parent) = path.split_last()?;
        let Some(container) = self.value(parent).and_then(container) else {
            return Some(self.text.to_owned());
        };
        let index = match last {
            Step::Index(index) => *index,
            Step::Key(key) => {
                let object = self.value(parent).and_then(Value::as_object)?;
                let properties = object.properties.iter();
                properties
                    .map(|property| property.name.as_str())
                    .position(|name| name == key)?
            }
        };
        if container.members.len() == 1 {
            return self.without_only(parent, &container);
        }
        Some(self.edited(self.cut(&container, index)))
    }

    /// The pieces that go with one of several members.
    fn cut(&self, container: &Container, index: usize) -> Pieces<'a> {
        let member = &container.members[index];
        let comma = self.comma_behind(member.end);
        let without = |range: Range<usize>| (range, Cow::Borrowed(""));
        if index == 0 || index + 1 < container.members.len() {
            // What stands in front may be a comment up to the end of its line, so that line stays.
            let behind = comma.map_or(member.end, |comma| comma + 1);
            let next = behind + blanks(&self.text[behind..]);
            let comma = comma.unwrap_or(behind);
            return vec![without(member.start..member.end), without(comma..next)];
        }
        let before = &container.members[index - 1];
        let comma_before = self.comma_behind(before.end).unwrap_or(before.end);
        let (floor, _) = same_line_comments(self.text, comma_before + 1);
        let start = floor + self.text[floor..member.start].trim_end().len();
        let mut pieces = vec![without(start..member.end)];
        match comma {
            Some(comma) => pieces.push(without(comma..comma + 1)),
            None => pieces.insert(0, without(comma_before..comma_before + 1)),
        }
        pieces
    }

    /// Without the only member of a container, which goes too if it came with the member.
    fn without_only(&self, path: &[Step], container: &Container) -> Option<String> {
        let member = container.members.first()?;
        let before = &self.text[container.open + 1..member.start];
        let behind = &self.text[member.end..container.close];
        let own = if before.contains('\n') {
            self.layout(container.open).line()
        } else {
            String::new()
        };
        let inside = container.open + 1..container.close;
        let original = behind.strip_prefix(&*own);
        if let Some(original) = original.and_then(|behind| behind.strip_prefix(' ')) {
            return Some(self.edited(vec![(inside, original.into())]));
        }
        let rest = behind.replacen(',', "", 1);
        if !before.trim().is_empty() || !rest.trim().is_empty() {
            // Somebody wrote a comment here.
            let kept = format!("{before}{rest}");
            return Some(self.edited(vec![(inside, kept.into())]));
        }
        if !path.is_empty() {
            return self.removed(path);
        }
        let whole = container.open..container.close + 1;
        let is_new = whole.start == 0 && &self.text[whole.end..] == "\n";
        (!is_new).then(|| self.edited(vec![(whole, "".into())]))
    }

    /// Returns the place of the comma behind a member, if one comes next.
    fn comma_behind(&self, end: usize) -> Option<usize> {
        let next = self.tokens.partition_point(|token| token.range.start < end);
        let token = self.tokens.get(next)?;
        (token.token == Token::Comma).then_some(token.range.start)
    }

    fn edited(&self, pieces: Pieces<'_>) -> String {
        let mut text = String::with_capacity(self.text.len() + 64);
        let mut at = 0;
        for (range, new) in pieces {
            text.push_str(&self.text[at..range.start]);
            text.push_str(&new);
            at = range.end;
        }
        text.push_str(&self.text[at..]);
        text
    }

    /// Returns how something is laid out that stands on the line of `place`.
    fn layout(&self, place: usize) -> Layout {
        let empty = self.root.as_ref().and_then(container);
        let empty = empty.is_none_or(|container| container.members.is_empty());
        let root = self.root.as_ref().map(|root| root.text(self.text));
        let has_lines = empty || root.is_some_and(|root| root.contains('\n'));
        let unit = self.root.as_ref().and_then(|root| self.unit(root));
        Layout {
            newline: newline(self.text),
            unit: unit.unwrap_or_else(|| "  ".to_owned()),
            indent: indent(self.text, place).to_owned(),
            has_lines,
            is_spaced: has_lines || self.text.contains("\": "),
        }
    }

    /// Returns by how much the first member on a line of its own is indented.
    fn unit(&self, value: &Value<'_>) -> Option<String> {
        let container = container(value)?;
        let first = container.members.first()?;
        if self.text[container.open..first.start].contains('\n') {
            let (outer, inner) = (
                indent(self.text, container.open),
                indent(self.text, first.start),
            );
            let unit = inner.strip_prefix(outer).unwrap_or_default();
            return Some(unit.to_owned()).filter(|unit| !unit.is_empty());
        }
        match value {
            Value::Object(object) => object
                .properties
                .iter()
                .find_map(|property| self.unit(&property.value)),
            Value::Array(array) => array.elements.iter().find_map(|value| self.unit(value)),
            _ => None,
        }
    }
}

fn container(value: &Value<'_>) -> Option<Container> {
    let (is_object, members) = match value {
        Value::Object(object) => {
            let ranges = object.properties.iter().map(Ranged::range);
            (true, ranges.map(|range| range.start..range.end).collect())
        }
        Value::Array(array) => {
            let ranges = array.elements.iter().map(Ranged::range);
            (false, ranges.map(|range| range.start..range.end).collect())
        }
        _ => return None,
    };
    Some(Container {
        is_object,
        open: value.start(),
        close: value.end() - 1,
        members,
    })
}

/// Returns the place behind the comments that begin on the same line, and whether the last of them goes up to
/// the end of the line, so that nothing may stand behind it. Without comments that is `from`.
fn same_line_comments(text: &str, from: usize) -> (usize, bool) {
    let mut end = from;
    loop {
        let rest = &text[end..];
        let start = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let comment = &rest[start..];
        if comment.starts_with("//") {
            let length = comment.find(['\r', '\n']).unwrap_or(comment.len());
            return (end + start + length, true);
        }
        let Some(inside) = comment.strip_prefix("/*") else {
            return (end, false);
        };
        let length = inside.find("*/").map_or(comment.len(), |at| at + 4);
        end += start + length;
    }
}

/// Returns how many bytes of white space a text begins with.
fn blanks(text: &str) -> usize {
    text.len() - text.trim_start().len()
}
