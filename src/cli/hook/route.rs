//! Where the records of a hook go.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

use sealstone::{
    record::build::Prepared,
    store::{
        self,
        append::{Durability, Stored},
        memory::Memory,
    },
};

use super::super::{env, path::expand, target::Target};

/// Where records go.
pub(super) enum Route {
    /// Into the log of their subject, in this folder.
    Folder(PathBuf),
    /// Into this log.
    Log(PathBuf),
}

impl Route {
    /// Returns where records go: by the command line, else by what is set under our names, else under the
    /// reference's.
    pub(super) fn of(named: Option<&Path>) -> anyhow::Result<Self> {
        let folder = |path: OsString| Ok(Self::Folder(expand(&path)?));
        let log = |path: OsString| Ok(Self::Log(expand(&path)?));
        if let Some(path) = named {
            return log(path.into());
        }
        if let Some(path) = env::DIR.own() {
            return folder(path);
        }
        if let Some(path) = env::LOG.own() {
            return log(path);
        }
        match (env::DIR.reference(), env::LOG.reference()) {
            (Some(path), _) => folder(path),
            (None, Some(path)) => log(path),
            (None, None) => log("~/.halo/audit.jsonl".into()),
        }
    }

    /// Returns what the hooks before remember.
    pub(super) fn memory(&self) -> Memory {
        match self {
            Self::Folder(path) => Memory::in_folder(path),
            Self::Log(path) => Memory::beside_log(path),
        }
    }

    /// Appends a record, or sets it aside if the log stays locked for longer than `wait`.
    pub(super) fn append(
        self,
        prepared: Prepared,
        durability: Durability,
        wait: Duration,
    ) -> anyhow::Result<Stored> {
        let mut target = match self {
            Self::Folder(path) => Target::folder(path, durability),
            Self::Log(path) => {
                let folder = path.parent();
                if let Some(folder) = folder.filter(|folder| !folder.as_os_str().is_empty()) {
                    store::create_folder(folder)?;
                }
                Target::log(path, durability)
            }
        };
        let stored = target.append_within(wait, prepared)?;
        target.sync()?;
        Ok(stored)
    }
}
