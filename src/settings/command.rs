//! Command lines in settings: quoted for a shell, and known again as ours.

use std::borrow::Cow;

/// The name under which our program is known on a command line, whatever folder it is in.
const PROGRAM: &str = "sealstone";

/// Words behind `hook` that make it another command than the one that records.
const SUBCOMMANDS: &[&str] = &["install", "uninstall", "status", "doctor", "help"];

/// Returns `word` so that `sh` reads it as one word, as it is.
///
/// ```
/// use sealstone::settings::quote;
/// assert_eq!(quote("/opt/bin/sealstone"), "/opt/bin/sealstone");
/// assert_eq!(quote("/my logs/it's"), r"'/my logs/it'\''s'");
/// ```
pub fn quote(word: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "@%+:,./_-".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.into();
    }
    format!("'{}'", word.replace('\'', r"'\''")).into()
}

/// A command line that records an agent's events, as it stands in settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookCommand {
    words: Vec<String>,
}

impl HookCommand {
    /// Returns the command if `line` runs our hook and nothing else.
    ///
    /// That is one simple command whose program is called `sealstone`, in any folder, or is `binary` to the
    /// letter; whose first argument is `hook`; and whose second is no subcommand of `hook`. Variables may be
    /// set in front of it. A line that does more (pipes, lists, redirections) is somebody else's, because to
    /// replace or remove it would take more away than us.
    pub fn of(line: &str, binary: Option<&str>) -> Option<Self> {
        Self::of_words(words(line)?, binary)
    }

    /// The same for a line that is in words already.
    pub fn of_words(mut words: Vec<String>, binary: Option<&str>) -> Option<Self> {
        let start = words.iter().position(|word| !is_assignment(word))?;
        words.drain(..start);
        let program = words.first()?;
        let name = program.rsplit('/').next().unwrap_or_default();
        let is_ours = name == PROGRAM || binary == Some(program.as_str());
        let records = words.get(1).is_some_and(|word| word == "hook")
            && words
                .get(2)
                .is_none_or(|word| !SUBCOMMANDS.contains(&word.as_str()));
        (is_ours && records).then_some(Self { words })
    }

    /// Returns the program, as it is written, without quotes.
    pub fn program(&self) -> &str {
        &self.words[0]
    }

    /// Returns the log that the line names, if it names one.
    pub fn log(&self) -> Option<&str> {
        self.option(&["--log", "-o"])
    }

    /// Returns the value of the first option that has one of these names.
    fn option(&self, names: &[&str]) -> Option<&str> {
        self.words.iter().enumerate().find_map(|(index, word)| {
            names.iter().find_map(|name| {
                if word == name {
                    return self.words.get(index + 1).map(String::as_str);
                }
                let rest = word.strip_prefix(name)?;
                if name.starts_with("--") {
                    rest.strip_prefix('=')
                } else {
                    Some(rest)
                }
            })
        })
    }
}

/// Whether a word in front of a program sets a variable.
fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// Returns the words of a simple command as `sh` splits them, with variables as they are written; `None` if
/// the line is anything more than a simple command.
fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' => words.extend(word.take()),
            '|' | '&' | ';' | '<' | '>' | '(' | ')' | '`' | '\n' => return None,
            '#' if word.is_none() => return None,
            '\'' => loop {
                let word = word.get_or_insert_default();
                match chars.next()? {
                    '\'' => break,
                    c => word.push(c),
                }
            },
            '"' => in_double_quotes(&mut chars, word.get_or_insert_default())?,
            '\\' => word.get_or_insert_default().push(chars.next()?),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Some(words)
}

/// Reads up to the closing quote.
fn in_double_quotes(chars: &mut std::str::Chars<'_>, word: &mut String) -> Option<()> {
    loop {
        match chars.next()? {
            '"' => return Some(()),
            '`' => return None,
            '\\' => {
                let c = chars.next()?;
                if !matches!(c, '$' | '`' | '"' | '\\') {
                    word.push('\\');
                }
                word.push(c);
            }
            c => word.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_our_hook_and_nothing_else_is_ours() {
        for line in [
            "sealstone hook",
            "  sealstone   hook --agent claude-code",
            "/usr/local/bin/sealstone hook",
            "'/my tools/sealstone' hook --log '/a b/c.jsonl'",
            "\"$HOME/bin/sealstone\" hook",
            "~/bin/sealstone hook -o a.jsonl",
            "SEALSTONE_LOG=/a.jsonl _X= sealstone hook",
            "sealstone \"hook\"",
        ] {
            assert!(HookCommand::of(line, None).is_some(), "{line}");
        }
        let own = HookCommand::of("'/opt/seal stone/ss' hook", Some("/opt/seal stone/ss"));
        assert_eq!(own.unwrap().program(), "/opt/seal stone/ss");
    }

    #[test]
    fn near_misses_are_somebody_elses() {
        for line in [
            "",
            "sealstone",
            "sealstone record -o a.jsonl",
            "sealstone hooks",
            "sealstone hook install --agent codex",
            "sealstone hook status",
            "sealstone --quiet hook",
            "mysealstone hook",
            "sealstone.sh hook",
            "/opt/sealstone/other hook",
            "echo sealstone hook",
            "env sealstone hook",
            "sealstone hook; rm -rf x",
            "sealstone hook | tee log",
            "sealstone hook && true",
            "sealstone hook > /dev/null",
            "sealstone hook `id`",
            "sealstone hook $(id)",
            "(sealstone hook)",
            "# sealstone hook",
            "sealstone 'hook",
            "sealstone hook\nother",
        ] {
            assert!(HookCommand::of(line, None).is_none(), "{line}");
        }
        assert!(HookCommand::of("/opt/ss hook", Some("/opt/s")).is_none());
        assert!(HookCommand::of("/opt/ss record", Some("/opt/ss")).is_none());
    }

    #[test]
    fn the_log_is_what_the_line_names() {
        for (line, log) in [
            ("sealstone hook", None),
            ("sealstone hook --log a", Some("a")),
            ("sealstone hook --log='a b'", Some("a b")),
            ("sealstone hook -o a", Some("a")),
            ("sealstone hook -oa", Some("a")),
            ("sealstone hook --agent codex --log", None),
        ] {
            assert_eq!(HookCommand::of(line, None).unwrap().log(), log, "{line}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_quoted_word_is_read_as_it_was(word in "[^\n\0]{0,20}") {
            let line = format!("a {} b", quote(&word));
            proptest::prop_assert_eq!(words(&line), Some(vec!["a".into(), word, "b".into()]));
        }
    }
}
