//! A settings file: read whole, replaced whole or not at all.

use std::{
    fs::{self, File, Metadata, Permissions},
    io::{self, Write},
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};
use rustix::fs::{Gid, Uid};
use sealstone::store;

use super::place::Place;

/// More than anybody's settings.
const MAX_BYTES: u64 = 16 << 20;

/// A settings file as it was read.
pub(super) struct SettingsFile {
    /// What a link leads to, so that the link stays.
    target: PathBuf,
    /// `None` if there is no file.
    pub(super) text: Option<String>,
    metadata: Option<Metadata>,
    /// Whether a link led to it.
    pub(super) is_link: bool,
}

impl SettingsFile {
    /// Reads the file at `path`, if there is one.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let link = fs::symlink_metadata(path);
        if matches!(&link, Err(error) if error.kind() == io::ErrorKind::NotFound) {
            return Ok(Self {
                target: path.to_owned(),
                text: None,
                metadata: None,
                is_link: false,
            });
        }
        let context = || format!("cannot read `{}`", path.display());
        let target = fs::canonicalize(path).with_context(context)?;
        let metadata = fs::metadata(&target).with_context(context)?;
        ensure!(metadata.is_file(), "`{}` is no file", path.display());
        ensure!(
            metadata.len() <= MAX_BYTES,
            "`{}` is longer than {} MiB",
            path.display(),
            MAX_BYTES >> 20
        );
        let bytes = fs::read(&target).with_context(context)?;
        let text = String::from_utf8(bytes).with_context(context)?;
        Ok(Self {
            target,
            text: Some(text),
            metadata: Some(metadata),
            is_link: link.is_ok_and(|link| link.is_symlink()),
        })
    }

    /// Replaces the file, or makes it with the folders above it. A file keeps its mode, and its owner as far
    /// as that is allowed.
    pub(super) fn replace(&self, place: &Place, text: &str) -> anyhow::Result<()> {
        let context = || format!("cannot write `{}`", self.target.display());
        self.check_writable()?;
        let folder = self.target.parent().context("it has no folder")?;
        store::create_folder(folder)?;
        let mut next = tempfile::Builder::new()
            .prefix(".sealstone-")
            .tempfile_in(folder)
            .with_context(context)?;
        next.write_all(text.as_bytes()).with_context(context)?;
        self.dress(next.as_file(), place).with_context(context)?;
        next.as_file().sync_all().with_context(context)?;
        self.check_unchanged()?;
        let persisted = if self.text.is_some() {
            next.persist(&self.target)
        } else {
            next.persist_noclobber(&self.target)
        };
        persisted
            .map_err(|error| error.error)
            .with_context(context)?;
        sync(folder).with_context(context)
    }

    /// Removes the file. A folder that is empty then stays: who made it is not known. Of a link, what it leads
    /// to stays.
    pub(super) fn remove(&self, place: &Place) -> anyhow::Result<()> {
        self.check_writable()?;
        self.check_unchanged()?;
        fs::remove_file(&place.path)
            .with_context(|| format!("cannot remove `{}`", place.path.display()))
    }

    fn check_writable(&self) -> anyhow::Result<()> {
        let mode = self.metadata.as_ref().map(|it| it.mode() & 0o7777);
        match mode {
            Some(mode) if mode & 0o200 == 0 => bail!(
                "`{}` is read-only (mode {mode:04o}), and stays as it is: make it writable first",
                self.target.display()
            ),
            _ => Ok(()),
        }
    }

    /// An agent, or a person, may have written meanwhile. Between this and what follows is still a moment.
    fn check_unchanged(&self) -> anyhow::Result<()> {
        let now = match fs::read(&self.target) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                let path = self.target.display();
                return Err(error).with_context(|| format!("cannot read `{path}`"));
            }
        };
        ensure!(
            now.as_deref() == self.text.as_ref().map(String::as_bytes),
            "`{}` was changed by somebody else meanwhile, and stays as it is: try again",
            self.target.display()
        );
        Ok(())
    }

    fn dress(&self, file: &File, place: &Place) -> io::Result<()> {
        let mode = match &self.metadata {
            Some(old) => {
                let new = file.metadata()?;
                if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
                    let (owner, group) = (Uid::from_raw(old.uid()), Gid::from_raw(old.gid()));
                    // Only root may give files away.
                    let _ = rustix::fs::fchown(file, Some(owner), Some(group));
                }
                old.mode() & 0o7777
            }
            None => place.level.mode(),
        };
        file.set_permissions(Permissions::from_mode(mode))
    }
}

/// Makes a name in a folder durable.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
