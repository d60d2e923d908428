//! A command line in words, as `sh` splits it.
//!
//! Only what is one simple command is read. Of all that a shell puts something else in the place of, the value
//! of a variable in double quotes may stand in it, and a home folder: they stay one word and run nothing.

use std::{iter::Peekable, str::Chars};

/// What is refused outside of quotes: it ends a command, starts another one, redirects, or becomes several
/// words.
const REFUSED: &str = "|&;<>()`$*?[{}\n";

/// A word of a command line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Word {
    /// Without quotes, and with variables as they are written.
    pub(super) text: String,
    /// Whether only the shell knows what stands in its place. A leading `~/` is known.
    pub(super) is_for_shell: bool,
    /// Where in the text the first quote stood.
    quoted_from: Option<usize>,
}

/// Returns the words of a simple command; `None` if the line is anything more.
pub(super) fn words(line: &str) -> Option<Vec<Word>> {
    if line.contains('\0') {
        return None;
    }
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' => words.extend(word.take()),
            '#' if word.is_none() => return None,
            c if REFUSED.contains(c) => return None,
            '~' => word.get_or_insert_default().tilde(chars.peek()),
            '\'' => word.get_or_insert_default().single_quoted(&mut chars)?,
            '"' => word.get_or_insert_default().double_quoted(&mut chars)?,
            '\\' => word.get_or_insert_default().escaped(chars.next()?)?,
            c => word.get_or_insert_default().text.push(c),
        }
    }
    words.extend(word);
    Some(words)
}

impl Word {
    /// A word that no shell sees.
    pub(super) fn plain(text: String) -> Self {
        Self {
            text,
            ..Self::default()
        }
    }

    /// Returns name and value if the word sets a variable, in front of a program: what is quoted is no name.
    pub(super) fn assignment(&self) -> Option<(&str, &str)> {
        let (name, value) = self.text.split_once('=')?;
        let is_bare = self.quoted_from.is_none_or(|at| at > name.len());
        (is_bare && is_name(name)).then_some((name, value))
    }

    fn quote(&mut self) {
        let at = self.text.len();
        self.quoted_from.get_or_insert(at);
    }

    /// A `~` where a home folder can stand. Whose it is, is known only for `~/`.
    fn tilde(&mut self, next: Option<&char>) {
        let is_own = next.is_none_or(|c| matches!(c, '/' | ' ' | '\t'));
        let is_first = self.text.is_empty() || self.text.ends_with('=');
        self.is_for_shell |= self.text.ends_with(':') || (is_first && !is_own);
        self.text.push('~');
    }

    fn single_quoted(&mut self, chars: &mut Peekable<Chars<'_>>) -> Option<()> {
        self.quote();
        loop {
            match chars.next()? {
                '\'' => return Some(()),
                c => self.text.push(c),
            }
        }
    }

    fn double_quoted(&mut self, chars: &mut Peekable<Chars<'_>>) -> Option<()> {
        self.quote();
        loop {
            match chars.next()? {
                '"' => return Some(()),
                '`' => return None,
                '$' => self.variable(chars)?,
                '\\' => match chars.next()? {
                    c @ ('$' | '`' | '"' | '\\') => self.text.push(c),
                    '\n' => return None,
                    c => self.text.extend(['\\', c]),
                },
                c => self.text.push(c),
            }
        }
    }

    /// A backslash joins lines, too, which nobody does in settings.
    fn escaped(&mut self, c: char) -> Option<()> {
        self.quote();
        self.text.push(c);
        (c != '\n').then_some(())
    }

    /// Reads `NAME` or `{NAME}` behind `$`. All else would be more than a variable's value.
    fn variable(&mut self, chars: &mut Peekable<Chars<'_>>) -> Option<()> {
        self.is_for_shell = true;
        let has_braces = chars.next_if_eq(&'{').is_some();
        let mut name = String::new();
        while let Some(c) = chars.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
            name.push(c);
        }
        if has_braces && chars.next()? != '}' {
            return None;
        }
        let written = if has_braces {
            format!("${{{name}}}")
        } else {
            format!("${name}")
        };
        self.text.push_str(&written);
        is_name(&name).then_some(())
    }
}

/// Whether a variable can be called that.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn texts(line: &str) -> Vec<(String, bool)> {
        let words = words(line).unwrap_or_else(|| panic!("{line}"));
        words
            .into_iter()
            .map(|word| (word.text, word.is_for_shell))
            .collect()
    }

    #[test]
    fn words_are_what_sh_makes_of_them() {
        for (line, word, is_for_shell) in [
            ("a\\ 'b'\"c\"", "a bc", false),
            ("'$(a)`b`'", "$(a)`b`", false),
            ("\"\\$a \\` \\\\ \\n\"", "$a ` \\ \\n", false),
            ("\"$HOME/a\"", "$HOME/a", true),
            ("\"${_A1}-b\"", "${_A1}-b", true),
            ("~/a", "~/a", false),
            ("~", "~", false),
            ("--log=~/a", "--log=~/a", false),
            ("'~u'/a", "~u/a", false),
            ("a~b", "a~b", false),
            ("~u/a", "~u/a", true),
            ("X=a:~/b", "X=a:~/b", true),
        ] {
            assert_eq!(texts(line), [(word.to_owned(), is_for_shell)], "{line}");
        }
    }

    #[test]
    fn what_sets_a_variable_has_a_name_without_quotes() {
        for (line, set) in [
            ("X=1", Some(("X", "1"))),
            ("_x2='a b'", Some(("_x2", "a b"))),
            ("X=", Some(("X", ""))),
            ("'X=1'", None),
            ("\"X\"=1", None),
            ("X\\=1", None),
            ("''X=1", None),
            ("2X=1", None),
            ("X+=1", None),
            ("=1", None),
        ] {
            assert_eq!(words(line).unwrap()[0].assignment(), set, "{line}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_quoted_word_is_read_as_it_was(word in "[^\0]{0,20}") {
            let line = format!("a {} b", super::super::quote(&word));
            let expected = ["a", &word, "b"].map(|text| (text.to_owned(), false));
            proptest::prop_assert_eq!(texts(&line), expected);
        }
    }
}
