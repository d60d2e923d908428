//! The keys of a witness: who may add to which chains, and who may read of which.

use std::{
    fmt::Write as _,
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};
use sealstone::{store::open, witness::Scope};

use crate::cli::{env, serve::Secret};

/// The name of the file with the key that is made when none is given.
const KEY_FILE: &str = ".halo_witness_key";

/// The most bytes that file may have.
const MOST_BYTES: u64 = 64 << 10;

/// A key, and the subjects that it is for; all, if it names none.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) secret: Secret,
    pub(super) scope: Option<Scope>,
}

impl Key {
    /// Whether it is for a subject. One that is for some is not for a chain without a subject.
    pub(super) fn is_for(&self, subject: Option<&str>) -> bool {
        let Some(scope) = &self.scope else {
            return true;
        };
        subject.is_some_and(|subject| scope.has(subject))
    }
}

/// The keys of a witness.
#[derive(Debug)]
pub(super) struct Keys {
    /// Those that add, and read.
    pub(super) write: Vec<Key>,
    /// Those that only read. Reading needs none if there are none.
    pub(super) read: Vec<Key>,
    /// Where those that add are.
    pub(super) place: Place,
}

/// Where keys are.
#[derive(Debug)]
pub(super) enum Place {
    Environment,
    File {
        path: PathBuf,
        /// Whether others than its owner can read it.
        is_open: bool,
    },
}

impl Keys {
    /// Returns the keys that the environment names, or else those in the folder, where one is made if there is none.
    ///
    /// Nothing that is said of what is wrong with them quotes them.
    pub(super) fn load(folder: &Path) -> anyhow::Result<Self> {
        let (write, place) = match env::WITNESS_KEYS.text() {
            Some(text) => {
                let keys = keys(text.split(',')).context("HALO_WITNESS_KEYS")?;
                (keys, Place::Environment)
            }
            None => in_file(&folder.join(KEY_FILE))?,
        };
        ensure!(!write.is_empty(), "there is no key that could add anything");
        let is_scoped = |key: &Key| key.scope.is_some();
        ensure!(
            write.len() == 1 || write.iter().all(is_scoped),
            "there are several keys, so each must name the subjects that it is for, as in `KEY=PATTERN|PATTERN`"
        );
        let read = env::WITNESS_READ_KEYS.text().unwrap_or_default();
        let read = keys(read.split(',')).context("HALO_WITNESS_READ_KEYS")?;
        ensure!(
            read.iter().all(is_scoped),
            "each key in HALO_WITNESS_READ_KEYS must name the subjects that it is for, as in `KEY=PATTERN|PATTERN`"
        );
        Ok(Self { write, read, place })
    }
}

/// Reads keys, each with its patterns behind a `=` if it has any.
fn keys<'a>(entries: impl Iterator<Item = &'a str>) -> anyhow::Result<Vec<Key>> {
    let entries = entries.map(str::trim).filter(|entry| !entry.is_empty());
    let key = |(number, entry): (usize, &str)| {
        let (key, patterns) = match entry.split_once('=') {
            Some((key, patterns)) => (key.trim(), Some(patterns)),
            None => (entry, None),
        };
        if key.is_empty() {
            bail!("key {number} is empty");
        }
        // A key that was meant to be for some subjects must not be for all.
        let scope = patterns.map(str::parse).transpose();
        let scope = scope.with_context(|| format!("key {number} has"))?;
        let secret = Secret::of(key.as_bytes());
        Ok(Key { secret, scope })
    };
    (1..).zip(entries).map(key).collect()
}

fn in_file(path: &Path) -> anyhow::Result<(Vec<Key>, Place)> {
    let failed = |action: &str| format!("cannot {action} `{}`", path.display());
    if !path.exists() {
        create(path).with_context(|| failed("create"))?;
    }
    let (bytes, is_cut) = open::beginning(path, MOST_BYTES).with_context(|| failed("read"))?;
    let text = String::from_utf8(bytes).ok().filter(|_| !is_cut);
    let text = text.with_context(|| format!("`{}` is no list of keys", path.display()))?;
    let mode = fs::metadata(path)?.permissions().mode();
    let place = Place::File {
        path: path.to_owned(),
        is_open: mode & 0o077 != 0,
    };
    let keys = keys(text.lines()).with_context(|| path.display().to_string())?;
    Ok((keys, place))
}

/// Makes a key: 24 random bytes in 48 hexadecimal digits, for the owner's eyes only.
fn create(path: &Path) -> io::Result<()> {
    let mut random = [0; 24];
    getrandom::fill(&mut random)?;
    let mut text = String::new();
    for byte in random {
        write!(text, "{byte:02x}").expect("memory takes everything");
    }
    text.push('\n');
    let mut options = OpenOptions::new();
    let options = options.write(true).create_new(true).mode(0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Key>, String> {
        keys(text.split(',')).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn a_key_is_for_all_subjects_or_for_those_that_it_names() {
        let all = read(" one , two = vendor-a-*|shared,,").unwrap();
        assert_eq!(all.len(), 2);
        assert_eq!(all[1].secret, Secret::of(b"two"));
        let (one, two) = (&all[0], &all[1]);
        assert!(one.is_for(None) && one.is_for(Some("anything")));
        assert!(two.is_for(Some("vendor-a-7")) && two.is_for(Some("shared")));
        assert!(!two.is_for(Some("vendor-b-7")) && !two.is_for(None));
    }

    #[test]
    fn what_is_wrong_with_a_key_is_said_without_it() {
        assert_eq!(read("=a").unwrap_err(), "key 1 is empty");
        for unscoped in ["a,secret=", "a,secret= | "] {
            let expected = "key 2 has: no pattern for a subject";
            assert_eq!(read(unscoped).unwrap_err(), expected, "{unscoped}");
        }
    }
}
