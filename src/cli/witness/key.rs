//! The key by which a witness knows who tells it something, or who may ask.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};

use crate::cli::env;

/// How long a key may be, in bytes.
const MOST_BYTES: usize = 4096;

/// Where a key comes from.
#[derive(Debug, Clone, Default, clap::Args)]
#[group(id = "witness_key")]
pub(in crate::cli) struct Args {
    /// The key for `--remote`, where others on this machine can read it meanwhile: prefer a file, or
    /// `SEALSTONE_WITNESS_KEY`
    #[arg(long, value_name = "KEY")]
    key: Option<String>,

    /// The file with the key for `--remote`; with `--c2sp`, of the secret key that signs, which `keygen` made
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    key_file: Option<PathBuf>,
}

/// A key. It is never shown.
#[derive(Clone)]
pub(in crate::cli) struct Key(String);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Args {
    /// Returns the file that was named.
    pub(in crate::cli) fn file(&self) -> Option<&Path> {
        self.key_file.as_deref()
    }

    /// Whether an option names one.
    pub(in crate::cli) const fn is_named(&self) -> bool {
        self.key.is_some() || self.key_file.is_some()
    }

    /// Returns the key that was named, or the one in the environment.
    pub(in crate::cli) fn read(&self) -> anyhow::Result<Option<Key>> {
        let text = match (&self.key, &self.key_file) {
            (Some(key), _) => Some(key.clone()),
            (None, Some(path)) => {
                let name = path.display();
                let text = fs::read_to_string(path)
                    .with_context(|| format!("cannot read the key in `{name}`"))?;
                Some(text.trim().to_owned())
            }
            (None, None) => env::WITNESS_KEY
                .get()
                .map(|text| text.to_string_lossy().into_owned()),
        };
        text.map(Key::of).transpose()
    }
}

impl Key {
    fn of(text: String) -> anyhow::Result<Self> {
        let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        ensure!(
            is_visible && !text.is_empty() && text.len() <= MOST_BYTES,
            "a key is of visible ASCII characters without blanks, {MOST_BYTES} at most"
        );
        Ok(Self(text))
    }

    /// Returns what the header `Authorization` says.
    pub(super) fn bearer(&self) -> String {
        format!("Bearer {}", self.0)
    }
}
