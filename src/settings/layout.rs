//! How what is added to settings has to look, so that it fits what is there.

/// How something that is added has to look.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    /// What ends a line.
    pub(super) newline: &'static str,
    /// By how much a level is indented.
    pub(super) unit: String,
    /// What the line begins with on which the addition stands.
    pub(super) indent: String,
    /// Whether a level may stand on lines of its own.
    pub(super) has_lines: bool,
    /// Whether blanks stand behind colons and commas.
    pub(super) is_spaced: bool,
}

impl Layout {
    /// The layout of a document that is not there yet.
    pub(super) fn of_new(text: &str) -> Self {
        Self {
            newline: newline(text),
            unit: "  ".to_owned(),
            indent: String::new(),
            has_lines: true,
            is_spaced: true,
        }
    }

    /// The layout of the line in the level below.
    pub(super) fn deeper(&self) -> Self {
        Self {
            indent: format!("{}{}", self.indent, self.unit),
            ..self.clone()
        }
    }

    /// What begins a line.
    pub(super) fn line(&self) -> String {
        format!("{}{}", self.newline, self.indent)
    }

    pub(super) const fn blank(&self) -> &'static str {
        if self.is_spaced { " " } else { "" }
    }

    /// Returns an object whose members stand on lines of their own, if lines are to be had.
    pub(super) fn block(&self, members: impl Fn(&Self) -> Vec<String>) -> String {
        if !self.has_lines {
            return self.object(&members(self));
        }
        let inner = self.deeper();
        let lines = members(&inner).join(&format!(",{}", inner.line()));
        format!("{{{}{lines}{}}}", inner.line(), self.line())
    }

    /// Returns an object on one line.
    pub(super) fn object(&self, members: &[String]) -> String {
        format!("{{{}}}", members.join(&format!(",{}", self.blank())))
    }

    /// Returns a member of an object; `value` is JSON.
    pub(super) fn member(&self, key: &str, value: &str) -> String {
        format!("{}:{}{value}", string(key), self.blank())
    }
}

/// Returns a text as JSON.
pub(super) fn string(text: &str) -> String {
    let mut json = String::new();
    crate::json::write(&text.into(), &mut json);
    json
}

/// Returns the white space that the line of `place` begins with.
pub(super) fn indent(text: &str, place: usize) -> &str {
    let start = text[..place].rfind('\n').map_or(0, |at| at + 1);
    let line = &text[start..place];
    &line[..line.len() - line.trim_start().len()]
}

/// Returns what ends the first line.
pub(super) fn newline(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}
