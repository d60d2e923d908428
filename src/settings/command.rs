//! Command lines in settings: quoted for a shell, and known again as ours.

use std::borrow::Cow;

use super::words::{Word, words};

/// The name under which our program is known on a command line, whatever folder it is in.
const PROGRAM: &str = "sealstone";

/// Words behind `hook` that make it another command than the one that records.
pub const HOOK_SUBCOMMANDS: &[&str] = &["install", "uninstall", "status", "doctor"];

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

/// What a command line says of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written<'a> {
    /// This. A leading `~/` is the home folder, which the hook knows as well as a shell.
    Plain(&'a str),
    /// What the shell makes of this: variables are in it, or somebody else's home folder.
    ForShell(&'a str),
}

impl<'a> Written<'a> {
    const fn new(text: &'a str, word: &Word) -> Self {
        if word.is_for_shell {
            Self::ForShell(text)
        } else {
            Self::Plain(text)
        }
    }
}

/// A command line that records an agent's events, as it stands in settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookCommand {
    /// Each sets a variable.
    assignments: Vec<Word>,
    /// The program, `hook` and what is behind it.
    words: Vec<Word>,
}

impl HookCommand {
    /// Returns the command if `line` runs our hook and nothing else.
    ///
    /// That is one simple command whose program is called `sealstone`, in any folder, or is `binary` to the
    /// letter; whose first argument is `hook`; and whose second is no subcommand of `hook`. Variables may be
    /// set in front of it, and be asked for in double quotes. A line that does more (pipes, lists,
    /// redirections, commands or patterns in words) is somebody else's: to replace or remove it would take
    /// more away than us, and to run it would run more.
    pub fn of(line: &str, binary: Option<&str>) -> Option<Self> {
        let mut assignments = words(line)?;
        let is_program = |word: &Word| word.assignment().is_none();
        let words = assignments.split_off(assignments.iter().position(is_program)?);
        Self::new(assignments, words, binary)
    }

    /// The same for a line that is in words already, and that no shell sees.
    pub fn of_words(words: Vec<String>, binary: Option<&str>) -> Option<Self> {
        let words = words.into_iter().map(Word::plain).collect();
        Self::new(Vec::new(), words, binary)
    }

    fn new(assignments: Vec<Word>, words: Vec<Word>, binary: Option<&str>) -> Option<Self> {
        let [program, subcommand, rest @ ..] = words.as_slice() else {
            return None;
        };
        let name = program.text.rsplit('/').next().unwrap_or_default();
        let is_binary = !program.is_for_shell && binary == Some(&*program.text);
        let texts: Vec<&str> = rest.iter().map(|word| &*word.text).collect();
        let records = rest.get(global_options(&texts)).is_none_or(|word| {
            // Who knows what stands in a variable's place, but it makes no option a subcommand.
            let is_known = !word.is_for_shell || word.text.starts_with('-');
            is_known && !HOOK_SUBCOMMANDS.contains(&&*word.text)
        });
        let is_ours = (name == PROGRAM || is_binary) && subcommand.text == "hook" && records;
        is_ours.then_some(Self { assignments, words })
    }

    /// Returns the program, as it is written, without quotes.
    pub fn program(&self) -> &str {
        &self.words[0].text
    }

    /// Whether the program is what is written, and not what a shell makes of it.
    pub fn is_program_known(&self) -> bool {
        !self.words[0].is_for_shell && !self.program().starts_with('~')
    }

    /// Returns the names of the variables that are set in front of the program.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        let assignments = self.assignments.iter().filter_map(Word::assignment);
        assignments.map(|(name, _)| name)
    }

    /// Returns what a variable is set to in front of the program, if it is.
    pub fn variable(&self, name: &str) -> Option<Written<'_>> {
        self.assignments.iter().rev().find_map(|word| {
            let (set, value) = word.assignment()?;
            (set == name).then(|| Written::new(value, word))
        })
    }

    /// Returns the log that an option names, if one does. [`Self::variable`] may name another.
    pub fn log(&self) -> Option<Written<'_>> {
        self.words
            .iter()
            .enumerate()
            .find_map(|(index, word)| match log_in(&word.text)? {
                "" => {
                    let next = self.words.get(index + 1)?;
                    Some(Written::new(&next.text, next))
                }
                inside => Some(Written::new(inside, word)),
            })
    }

    /// Returns what `next` does not say of what this line does: variables, and options with their values, but
    /// for those that say whose event it is.
    pub fn dropped_by(&self, next: &Self) -> Vec<String> {
        let kept = next.own();
        let own = self.own().into_iter();
        own.filter(|text| !kept.contains(text)).collect()
    }

    fn own(&self) -> Vec<String> {
        let assignments = self.assignments.iter().filter_map(Word::assignment);
        let set = assignments.map(|(name, value)| format!("{name}={}", quote(value)));
        set.chain(self.options()).collect()
    }

    /// Returns the options, each with its value and spelled in one way.
    fn options(&self) -> Vec<String> {
        let mut options: Vec<String> = Vec::new();
        for word in self.words.iter().skip(2).map(|word| &*word.text) {
            let (name, value) = match (log_in(word), word.split_once('=')) {
                (Some(log), _) => ("--log", Some(log).filter(|log| !log.is_empty())),
                (None, Some((name, value))) if name.starts_with("--") => (name, Some(value)),
                _ => (word, None),
            };
            match options.last_mut() {
                Some(option) if !word.starts_with('-') => {
                    option.push(' ');
                    option.push_str(&quote(word));
                }
                _ => options.push(name.to_owned()),
            }
            if let (Some(option), Some(value)) = (options.last_mut(), value) {
                option.push(' ');
                option.push_str(&quote(value));
            }
        }
        let is_ours = |option: &String| {
            let name = option.split(' ').next();
            matches!(name, Some("--agent" | "--event"))
        };
        options.retain(|option| !is_ours(option));
        options
    }
}

/// Returns the log that an argument names; nothing if it is the argument behind it.
fn log_in(word: &str) -> Option<&str> {
    if let Some(rest) = word.strip_prefix("--log") {
        return if rest.is_empty() {
            Some(rest)
        } else {
            rest.strip_prefix('=')
        };
    }
    let short = word.strip_prefix('-')?.trim_start_matches('q');
    let rest = short.strip_prefix('o')?;
    Some(rest.strip_prefix('=').unwrap_or(rest))
}

/// Returns how many of these arguments, from the first on, are options that every subcommand has.
pub fn global_options(arguments: &[&str]) -> usize {
    let mut count = 0;
    while let Some(argument) = arguments.get(count) {
        count += match *argument {
            "--color" => 2,
            "-q" | "--quiet" => 1,
            other if other.starts_with("--color=") => 1,
            _ => break,
        };
    }
    count.min(arguments.len())
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
            "sealstone hook --log \"${CLAUDE_PROJECT_DIR}/a.jsonl\"",
            "sealstone hook --log '$(touch a)'",
            "sealstone hook --log \"\\$(touch a)\"",
            "sealstone hook --color always --agent codex",
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
            "sealstone hook --log \"$(id)\"",
            "sealstone hook --log \"a$(id)b\"",
            "sealstone hook --log \"`id`\"",
            "sealstone hook --log \"${A:=$(id)}\"",
            "sealstone hook --log \"${A:-b}\"",
            "sealstone hook --log \"${A\"",
            "sealstone hook --log \"$((1+1))\"",
            "sealstone hook --log \"$@\"",
            "sealstone hook --log \"$1\"",
            "sealstone hook --log \"$\"",
            "sealstone hook --log $A",
            "sealstone hook --log $'a'",
            "sealstone hook --log *",
            "sealstone hook --log a?",
            "sealstone hook --log [ab]",
            "sealstone hook --log {a,b}",
            "sealstone hook \\\nother",
            "sealstone hook --log \"\\\n\"",
            "sealstone hook --log '\0'",
            "sealstone hook \"$A\"",
            "sealstone hook -q \"$A\"",
            "sealstone hook --color=always install --agent codex",
            "sealstone hook -q status",
            "A=$(id) sealstone hook",
            "A=\"$(id)\" sealstone hook",
            "A=$B sealstone hook",
            "'A=1' sealstone hook",
            "A\\=1 sealstone hook",
            "\"$A\" hook",
            "$A/sealstone hook",
            "*/sealstone hook",
            "A=1",
            "(sealstone hook)",
            "# sealstone hook",
            "sealstone 'hook",
            "sealstone hook\nother",
        ] {
            assert!(HookCommand::of(line, None).is_none(), "{line}");
        }
        assert!(HookCommand::of("/opt/ss hook", Some("/opt/s")).is_none());
        assert!(HookCommand::of("\"$A\" hook", Some("$A")).is_none());
        let words = ["A=1", "sealstone", "hook"].map(str::to_owned);
        assert!(HookCommand::of_words(words.into(), None).is_none());
        assert!(HookCommand::of("/opt/ss record", Some("/opt/ss")).is_none());
    }

    #[test]
    fn the_log_is_what_the_line_names() {
        use Written::{ForShell, Plain};
        for (line, log) in [
            ("sealstone hook", None),
            ("sealstone hook --log a", Some(Plain("a"))),
            ("sealstone hook --log='a b'", Some(Plain("a b"))),
            ("sealstone hook --log ~/a", Some(Plain("~/a"))),
            ("sealstone hook --log ~b/a", Some(ForShell("~b/a"))),
            ("sealstone hook --log '$A'", Some(Plain("$A"))),
            ("sealstone hook --log \"$A\"", Some(ForShell("$A"))),
            ("sealstone hook \"--log=$A\"", Some(ForShell("$A"))),
            ("sealstone hook -o a", Some(Plain("a"))),
            ("sealstone hook -oa", Some(Plain("a"))),
            ("sealstone hook -qo=a", Some(Plain("a"))),
            ("sealstone hook --agent codex --log", None),
            ("SEALSTONE_LOG=b sealstone hook", None),
        ] {
            assert_eq!(HookCommand::of(line, None).unwrap().log(), log, "{line}");
        }
        let line = "SEALSTONE_LOG=a B=\"$C\" SEALSTONE_LOG=b sealstone hook";
        let command = HookCommand::of(line, None).unwrap();
        assert_eq!(command.variable("SEALSTONE_LOG"), Some(Plain("b")));
        assert_eq!(command.variable("B"), Some(ForShell("$C")));
        assert_eq!(command.variable("C"), None);
    }

    #[test]
    fn what_another_line_does_not_say_is_dropped_by_it() {
        let dropped = |old: &str, new: &str| {
            let [old, new] = [old, new].map(|line| HookCommand::of(line, None).unwrap());
            old.dropped_by(&new)
        };
        let new = "sealstone hook --agent codex --log /a";
        assert_eq!(dropped("/opt/sealstone hook -o /a", new), [""; 0]);
        assert_eq!(dropped("sealstone hook --log=/a", new), [""; 0]);
        let old = "A='b c' sealstone hook --messages=summary --agent x -q --log '/d e' --event f";
        let expected = ["A='b c'", "--messages summary", "-q", "--log '/d e'"];
        assert_eq!(dropped(old, new), expected);
    }
}
