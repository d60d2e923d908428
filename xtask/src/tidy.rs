//! `cargo xtask tidy`: what has to hold of the sources and no compiler checks.
//!
//! It reads text, not syntax. Every problem is reported, not only the first.

use std::{fs, path::PathBuf};

use anyhow::{Context, bail};

use crate::run::{has_extension, root};

/// The most packages `Cargo.lock` may name: a verifier must stay small enough to be looked through. Some thirty of
/// them come with Parquet files and some twenty-five with what answers over HTTP, which a build without default
/// features does not have; as many are for other systems or for asking a witness over TLS, which nothing does unless
/// it is told to. Some twenty-five are in no build: implementations of others that `conformance` holds ours to.
const PACKAGES_MAX: usize = 275;

/// Folders with sources of ours, and files beside them.
const FOLDERS: &[&str] = &[
    ".ci",
    "benches",
    "conformance",
    "fuzz",
    "plugins",
    "src",
    "templates",
    "tests",
    "xtask",
];

/// Folders in them that hold built files, or files that are wrong on purpose.
const PASSED_OVER: &[&str] = &[
    "conformance/rfc8785",
    "conformance/vectors",
    "fuzz/artifacts",
    "fuzz/corpus",
    "fuzz/target",
];

/// Marks of unfinished work, in two halves so that they do not stand here.
const UNFINISHED: &[(&str, &str)] = &[
    ("to", "do!"),
    ("db", "g!"),
    ("un", "implemented!"),
    ("TO", "DO"),
    ("FIX", "ME"),
    ("XX", "X"),
];

/// The parts of `src/` that touch the machine; all else is values in, values out.
const OUTSIDE: &[&str] = &[
    "src/cli/",
    "src/main.rs",
    "src/store/",
    "src/surroundings.rs",
    "src/system.rs",
];

/// What the rest of `src/` must not name.
const IMPURE: &[&str] = &[
    "std::env",
    "std::fs",
    "std::io",
    "std::net",
    "std::process",
    "Instant",
    "SystemTime",
    "anyhow",
    "eprint!",
    "eprintln!",
    "getrandom",
    "memmap2",
    "print!",
    "println!",
    "tokio",
    "unsafe",
];

/// The places that may say `unsafe`, each with its argument.
const UNSAFE: &[&str] = &[
    "src/simd/mod.rs",
    "src/simd/sha256/mod.rs",
    "src/store/map.rs",
];

/// The variables of the system's that are read as they are.
const SYSTEM_VARIABLES: &[&str] = &["HOME", "LOGNAME", "PATH", "USER"];

struct Source {
    /// Below the repository's folder, with `/`.
    name: String,
    text: String,
}

pub(crate) fn run() -> anyhow::Result<()> {
    let sources = sources()?;
    let mut problems = Vec::new();
    for source in &sources {
        problems.extend(trailing_blanks(source));
        if source.is_rust() {
            problems.extend(first_line(source));
            problems.extend(unfinished(source));
            problems.extend(impure(source));
        }
    }
    problems.extend(codes()?);
    problems.extend(variables()?);
    problems.extend(sources.iter().flat_map(undeclared));
    problems.extend(packages()?);
    for problem in &problems {
        println!("{problem}");
    }
    if !problems.is_empty() {
        bail!("{} problems", problems.len());
    }
    println!("tidy: {} files, no problems", sources.len());
    Ok(())
}

impl Source {
    fn is_rust(&self) -> bool {
        has_extension(&self.name, "rs")
    }

    /// The lines that are not comments as a whole, with their numbers.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..)
            .zip(self.text.lines())
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// The code that is shipped: unit tests stand at the bottom of a file, and may do what they must.
    fn shipped_code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code().take_while(|(_, line)| *line != "#[cfg(test)]")
    }
}

fn sources() -> anyhow::Result<Vec<Source>> {
    let mut paths: Vec<PathBuf> = FOLDERS.iter().map(|name| root().join(name)).collect();
    for entry in fs::read_dir(root())? {
        let path = entry?.path();
        if path.is_file() && ["md", "toml"].iter().any(|e| has_extension(&path, e)) {
            paths.push(path);
        }
    }
    let mut sources = Vec::new();
    while let Some(path) = paths.pop() {
        let name = path.strip_prefix(root()).unwrap_or(&path);
        let name = name.to_string_lossy().into_owned();
        if PASSED_OVER.contains(&name.as_str()) || name.ends_with("__pycache__") {
            continue;
        }
        if path.is_dir() {
            for entry in fs::read_dir(&path)? {
                paths.push(entry?.path());
            }
        } else if path.exists() {
            let bytes = fs::read(&path).with_context(|| format!("cannot read `{name}`"))?;
            // What is no text is nobody's source.
            sources.extend(String::from_utf8(bytes).map(|text| Source { name, text }));
        }
    }
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(sources)
}

fn first_line(source: &Source) -> Option<String> {
    let Source { name, text } = source;
    (!text.starts_with("//!")).then(|| format!("{name}:1: does not begin with `//!`"))
}

fn trailing_blanks(source: &Source) -> Vec<String> {
    let Source { name, text } = source;
    (1..)
        .zip(text.split('\n'))
        .filter(|(_, line)| line.ends_with([' ', '\t', '\r']))
        .map(|(number, _)| format!("{name}:{number}: ends with blanks"))
        .collect()
}

fn unfinished(source: &Source) -> Vec<String> {
    let mut problems = Vec::new();
    for (number, line) in (1..).zip(source.text.lines()) {
        for (a, b) in UNFINISHED {
            let word = format!("{a}{b}");
            if names(line, &word) {
                problems.push(format!("{}:{number}: `{word}`", source.name));
            }
        }
    }
    problems
}

fn impure(source: &Source) -> Vec<String> {
    let name = &source.name;
    if !name.starts_with("src/") {
        return Vec::new();
    }
    let is_outside = OUTSIDE.iter().any(|part| name.starts_with(part));
    let may_be_unsafe = UNSAFE.contains(&name.as_str());
    let forbidden: Vec<&str> = IMPURE
        .iter()
        .filter(|token| !is_outside || **token == "unsafe")
        .filter(|token| !may_be_unsafe || **token != "unsafe")
        .copied()
        .collect();
    let mut problems: Vec<String> = source
        .shipped_code()
        .flat_map(|(number, line)| {
            let found = forbidden.iter().filter(move |token| names(line, token));
            found.map(move |token| format!("{name}:{number}: `{token}` must not stand here"))
        })
        .collect();
    let grouped = grouped_std(source).into_iter();
    problems.extend(
        grouped
            .filter(|path| forbidden.contains(&path.as_str()))
            .map(|path| format!("{name}: `{path}` must not stand here")),
    );
    problems
}

/// Returns `std::x` for every `x` in a `use std::{...}`.
fn grouped_std(source: &Source) -> Vec<String> {
    let code: String = source
        .shipped_code()
        .flat_map(|(_, line)| [line, "\n"])
        .collect();
    let mut paths = Vec::new();
    for (at, opening) in code.match_indices("std::{") {
        let mut depth = 0;
        let mut at_start = true;
        let mut word = String::new();
        for c in code[at + opening.len()..].chars() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    paths.push(format!("std::{word}"));
                    word.clear();
                    at_start = true;
                }
                _ if depth > 0 => {}
                c if is_word(c) && at_start => word.push(c),
                c if c.is_whitespace() => {}
                _ => at_start = false,
            }
        }
        paths.push(format!("std::{word}"));
    }
    paths
}

/// Whether `line` holds `token`, and not as a part of a longer word.
fn names(line: &str, token: &str) -> bool {
    line.match_indices(token).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + token.len()..].chars().next();
        !before.is_some_and(is_word) && (token.ends_with('!') || !after.is_some_and(is_word))
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn read(name: &str) -> anyhow::Result<String> {
    fs::read_to_string(root().join(name)).with_context(|| format!("cannot read `{name}`"))
}

/// Every code that a verdict can name is documented.
fn codes() -> anyhow::Result<Vec<String>> {
    let source = read("src/verify/finding.rs")?;
    let codes: Vec<&str> = source
        .lines()
        .filter_map(|line| line.strip_suffix("\",")?.split_once(" = \""))
        .map(|(_, code)| code)
        .collect();
    if codes.is_empty() {
        return Ok(vec!["src/verify/finding.rs: no codes found".to_owned()]);
    }
    let mut problems = Vec::new();
    for document in ["FORMAT.md", "conformance/README.md"] {
        if !root().join(document).exists() {
            continue;
        }
        let text = read(document)?;
        for code in &codes {
            if !text.contains(&format!("`{code}`")) {
                problems.push(format!("{document}: the code `{code}` is not in it"));
            }
        }
    }
    Ok(problems)
}

/// Every environment variable is declared, and in a man page.
fn variables() -> anyhow::Result<Vec<String>> {
    let mut pages = String::new();
    for entry in fs::read_dir(root().join("man")).context("cannot read `man/`")? {
        pages.push_str(&fs::read_to_string(entry?.path())?);
    }
    let source = read("src/cli/env.rs")?;
    let is_variable = |text: &&str| {
        text.contains('_') && text.chars().all(|c| c.is_ascii_uppercase() || c == '_')
    };
    let names: Vec<&str> = source.split('"').filter(is_variable).collect();
    if names.is_empty() {
        return Ok(vec!["src/cli/env.rs: no variables found".to_owned()]);
    }
    let missing = names.iter().filter(|name| !pages.contains(*name));
    Ok(missing
        .map(|name| format!("man/: the variable `{name}` is in no page"))
        .collect())
}

/// Variables that are read without a declaration are the system's.
fn undeclared(source: &Source) -> Vec<String> {
    let mut problems = Vec::new();
    for (number, line) in source.shipped_code() {
        for (at, call) in line.match_indices("env::read(\"") {
            let name = line[at + call.len()..]
                .split('"')
                .next()
                .unwrap_or_default();
            if source.name.starts_with("src/") && !SYSTEM_VARIABLES.contains(&name) {
                let place = format!("{}:{number}", source.name);
                problems.push(format!("{place}: `{name}` is not declared in cli/env.rs"));
            }
        }
    }
    problems
}

fn packages() -> anyhow::Result<Option<String>> {
    let count = read("Cargo.lock")?.matches("[[package]]").count();
    Ok((count > PACKAGES_MAX).then(|| {
        format!("Cargo.lock: {count} packages, more than the {PACKAGES_MAX} that tidy.rs allows")
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str, text: &str) -> Source {
        Source {
            name: name.to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn a_token_is_found_as_a_word_only() {
        assert!(names("let x = std::io::stdin();", "std::io"));
        assert!(!names("let x = std::iox;", "std::io"));
        assert!(!names("#![deny(unsafe_code)]", "unsafe"));
        assert!(names("println!(\"x\")", "println!"));
        assert!(!names("eprintln!(\"x\")", "println!"));
    }

    #[test]
    fn grouped_imports_are_seen_through() {
        let text = "use std::{\n    cmp::Ordering,\n    io::{self, Read},\n    fs,\n};\n";
        let problems = impure(&source("src/canon.rs", text));
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(impure(&source("src/store/read.rs", text)).is_empty());
        assert!(impure(&source("src/canon.rs", "/// As `std::io` does.\n")).is_empty());
    }

    #[test]
    fn variables_of_other_programs_are_declared() {
        let text = "let a = env::read(\"HOME\").or_else(|| env::read(\"CODEX_HOME\"));\n";
        let problems = undeclared(&source("src/cli/path.rs", text));
        assert_eq!(
            problems,
            ["src/cli/path.rs:1: `CODEX_HOME` is not declared in cli/env.rs"]
        );
    }

    #[test]
    fn unsafe_has_its_places() {
        let text = "unsafe { read() }\n";
        assert_eq!(impure(&source("src/store/read.rs", text)).len(), 1);
        assert!(impure(&source("src/store/map.rs", text)).is_empty());
        assert!(impure(&source("src/simd/mod.rs", text)).is_empty());
        assert_eq!(impure(&source("src/simd/marks.rs", text)).len(), 1);
        assert_eq!(
            impure(&source("src/simd/mod.rs", "use std::fs;\n")).len(),
            1
        );
    }
}
