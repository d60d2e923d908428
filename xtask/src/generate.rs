//! `cargo xtask gen`: man pages, completions and the Claude Code plugin, as the binary itself writes them.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use anyhow::{Context, bail, ensure};

use crate::run::{Profile, Scratch, root, sealstone};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Compare with what is there, and change nothing
    #[arg(long)]
    check: bool,
}

/// What `sealstone generate` is asked for, and the folder it is kept in.
const FOLDERS: &[(&str, &str)] = &[
    ("completions", "completions"),
    ("man", "man"),
    ("plugin", "plugins/claude-code/hooks"),
];

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let sealstone = sealstone(Profile::Dev)?;
    let scratch = Scratch::new("gen")?;
    let mut stale = Vec::new();
    for (what, folder) in FOLDERS {
        let made = scratch.join(what);
        let status = Command::new(&sealstone)
            .args(["generate", what])
            .arg(&made)
            .status()
            .context("cannot run sealstone")?;
        ensure!(status.success(), "`sealstone generate {what}` failed");
        let (made, kept) = (files(&made)?, files(&root().join(folder))?);
        ensure!(
            !made.is_empty(),
            "`sealstone generate {what}` wrote nothing"
        );
        if args.check {
            stale.extend(differences(folder, &made, &kept));
        } else {
            replace(&root().join(folder), &made, &kept)?;
            println!("{folder}/: {} files", made.len());
        }
    }
    if !stale.is_empty() {
        println!("{}", stale.join("\n"));
        bail!("what is generated is out of date: run `cargo xtask gen` and commit the result");
    }
    if args.check {
        println!("man pages, completions and the plugin are up to date");
    }
    Ok(())
}

type Files = BTreeMap<String, String>;

fn files(folder: &Path) -> anyhow::Result<Files> {
    let mut files = Files::new();
    if folder.exists() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let text = fs::read_to_string(&path)
                .with_context(|| format!("cannot read `{}`", path.display()))?;
            files.insert(name.into_owned(), text);
        }
    }
    Ok(files)
}

fn differences(folder: &str, made: &Files, kept: &Files) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, text) in made {
        match kept.get(name) {
            None => lines.push(format!("{folder}/{name}: missing")),
            Some(kept) if kept == text => {}
            Some(kept) => {
                let same = text.lines().zip(kept.lines()).take_while(|(a, b)| a == b);
                let same = same.count();
                lines.push(format!("{folder}/{name}: differs from line {}", same + 1));
                for (sign, text) in [('-', kept), ('+', text)] {
                    let line = text.lines().nth(same);
                    lines.extend(line.map(|line| format!("  {sign} {line}")));
                }
            }
        }
    }
    let extra = kept.keys().filter(|name| !made.contains_key(*name));
    lines.extend(extra.map(|name| format!("{folder}/{name}: nothing generates it")));
    lines
}

fn replace(folder: &Path, made: &Files, kept: &Files) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    for name in kept.keys().filter(|name| !made.contains_key(*name)) {
        fs::remove_file(folder.join(name))?;
    }
    for (name, text) in made
        .iter()
        .filter(|(name, text)| kept.get(*name) != Some(text))
    {
        fs::write(folder.join(name), text)
            .with_context(|| format!("cannot write `{}`", folder.join(name).display()))?;
    }
    Ok(())
}
