//! Which subjects a key of a witness is for (FORMAT.md, "Witness protocol").

/// The subjects that a key is for: patterns as a shell has them, of which one must fit.
///
/// `*` is any characters, `?` is any one, `[a-c]` is one of those and `[!a-c]` any other one. A `[` that is not closed is
/// itself. Upper and lower case differ. This is Python's `fnmatch`.
///
/// ```
/// let scope: sealstone::witness::Scope = "vendor-a-*|shared".parse().expect("patterns");
/// assert!(scope.has("vendor-a-7") && scope.has("shared"));
/// assert!(!scope.has("vendor-b-7"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    patterns: Vec<Vec<Part>>,
}

/// A scope without a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no pattern for a subject")]
pub struct NoPattern;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Anything,
    /// One character: any, if there is no set.
    One(Option<Set>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Set {
    is_negated: bool,
    /// From the first to the last of each, both included.
    ranges: Vec<(char, char)>,
}

impl std::str::FromStr for Scope {
    type Err = NoPattern;

    /// Reads patterns with `|` between them.
    fn from_str(text: &str) -> Result<Self, NoPattern> {
        let patterns = text.split('|').map(str::trim);
        let patterns = patterns.filter(|pattern| !pattern.is_empty());
        let patterns: Vec<_> = patterns.map(parts).collect();
        if patterns.is_empty() {
            return Err(NoPattern);
        }
        Ok(Self { patterns })
    }
}

impl Scope {
    /// Whether a subject is one of those.
    pub fn has(&self, subject: &str) -> bool {
        let subject: Vec<char> = subject.chars().collect();
        self.patterns.iter().any(|parts| fits(parts, &subject))
    }
}

fn parts(pattern: &str) -> Vec<Part> {
    let pattern: Vec<char> = pattern.chars().collect();
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(c) = pattern.get(at) {
        at += 1;
        parts.push(match c {
            '*' => Part::Anything,
            '?' => Part::One(None),
            '[' => match set(&pattern[at..]) {
                Some((set, length)) => {
                    at += length;
                    Part::One(Some(set))
                }
                None => literal('['),
            },
            c => literal(*c),
        });
    }
    parts
}

fn literal(c: char) -> Part {
    Part::One(Some(Set {
        is_negated: false,
        ranges: vec![(c, c)],
    }))
}

/// Reads a set behind its `[`, and says how long it is with its `]`. One that stands first closes nothing.
fn set(text: &[char]) -> Option<(Set, usize)> {
    let is_negated = text.first() == Some(&'!');
    let start = usize::from(is_negated);
    let first = start + 1;
    let end = first + text.get(first..)?.iter().position(|c| *c == ']')?;
    let members = &text[start..end];
    let mut ranges = Vec::new();
    let mut at = 0;
    while let Some(&from) = members.get(at) {
        if let (Some('-'), Some(&to)) = (members.get(at + 1), members.get(at + 2)) {
            ranges.push((from, to));
            at += 3;
        } else {
            ranges.push((from, from));
            at += 1;
        }
    }
    Some((Set { is_negated, ranges }, end + 1))
}

/// Whether a pattern fits a text from end to end. What fails behind a `*` is tried again one character later, and only
/// behind the last one: so it takes no longer than both lengths multiplied.
fn fits(parts: &[Part], text: &[char]) -> bool {
    let (mut part, mut at) = (0, 0);
    let mut behind_anything = None;
    while at < text.len() {
        match parts.get(part) {
            Some(Part::Anything) => {
                part += 1;
                behind_anything = Some((part, at));
                continue;
            }
            Some(Part::One(set)) if set.as_ref().is_none_or(|set| set.has(text[at])) => {
                part += 1;
                at += 1;
                continue;
            }
            _ => {}
        }
        let Some((again, from)) = behind_anything else {
            return false;
        };
        part = again;
        at = from + 1;
        behind_anything = Some((again, at));
    }
    parts[part..].iter().all(|part| *part == Part::Anything)
}

impl Set {
    fn has(&self, c: char) -> bool {
        let is_in = self
            .ranges
            .iter()
            .any(|(from, to)| (*from..=*to).contains(&c));
        is_in != self.is_negated
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_as_pythons_do() {
        for (pattern, text, expected) in [
            ("acme", "acme", true),
            ("acme", "Acme", false),
            ("acme", "acme2", false),
            ("*", "", true),
            ("a*c", "abbbc", true),
            ("a*c", "abbb", false),
            ("*a*b*", "xxaxxbxx", true),
            ("*ab", "aab", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("?", "\u{e4}", true),
            ("[a-c]x", "bx", true),
            ("[a-c]x", "dx", false),
            ("[!a-c]x", "dx", true),
            ("[!a-c]x", "ax", false),
            ("[]]", "]", true),
            ("[!]]", "]", false),
            ("[!]]", "a", true),
            ("[a-]", "-", true),
            ("[a-c-e]", "-", true),
            ("[a-c-e]", "d", false),
            ("[c-a]", "b", false),
            ("[abc", "[abc", true),
            ("[", "[", true),
            ("[]", "[]", true),
            ("[!]", "[!]", true),
            ("a.c", "abc", false),
            ("a\\*", "a\\x", true),
            ("x | acme ", "acme", true),
            ("|acme|", "acme", true),
        ] {
            let scope: Scope = pattern.parse().unwrap();
            assert_eq!(scope.has(text), expected, "{pattern} {text}");
        }
        for empty in ["", "|", " | "] {
            assert_eq!(empty.parse::<Scope>(), Err(NoPattern));
        }
    }

    #[test]
    fn a_pattern_of_many_stars_takes_no_time() {
        let scope: Scope = "*a".repeat(40).parse().unwrap();
        assert!(!scope.has(&"ab".repeat(5000)));
    }
}
