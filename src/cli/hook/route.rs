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

/// Where records go if nothing says where.
const DEFAULT: &str = "~/.halo/audit.jsonl";

/// What a variable stands for.
pub(super) enum Value {
    /// Nothing, if it is not set.
    Known(Option<OsString>),
    /// Only the shell that runs the command line knows.
    ForShell,
}

impl Route {
    /// Returns where records go, in this environment. `named` is the log that the command line names.
    pub(super) fn of(named: Option<&Path>) -> anyhow::Result<Self> {
        let route = Self::chosen(named, |name| Value::Known(env::read(name)))?;
        Ok(route.expect("the environment is known"))
    }

    /// Returns where records go: where the command line says, else what is set under our names, else under the
    /// reference's. `None` if that depends on the shell.
    pub(super) fn chosen(
        named: Option<&Path>,
        value_of: impl Fn(&str) -> Value,
    ) -> anyhow::Result<Option<Self>> {
        if let Some(path) = named {
            return Ok(Some(Self::Log(expand(path.as_os_str())?)));
        }
        let own = (Some(env::DIR.name), Some(env::LOG.name));
        let reference = (env::DIR.reference_name, env::LOG.reference_name);
        for (folder, log) in [own, reference] {
            for (name, route) in [
                (folder, Self::Folder as fn(PathBuf) -> Self),
                (log, Self::Log),
            ] {
                match name.map(&value_of) {
                    None | Some(Value::Known(None)) => {}
                    Some(Value::Known(Some(path))) => return Ok(Some(route(expand(&path)?))),
                    Some(Value::ForShell) => return Ok(None),
                }
            }
        }
        Ok(Some(Self::Log(expand(DEFAULT.as_ref())?)))
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
