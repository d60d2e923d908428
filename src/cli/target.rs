//! Where the recording subcommands put their records, and how safely.

use std::path::PathBuf;

use clap::ValueEnum;
use sealstone::{
    record::build::Prepared,
    store::{
        append::{AppendError, Appender, Durability, Receipt, Recovered},
        route::Router,
    },
};

use super::{env, out::Out};

/// When records are on the disk.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum SyncWhen {
    Always,
    Batch,
    Never,
}

/// Returns what a flag or else the environment says of durability.
pub(super) fn durability(out: &mut Out, flag: Option<SyncWhen>) -> Durability {
    let from_environment = env::SYNC.text().and_then(|text| {
        let when = SyncWhen::from_str(&text, true).ok();
        if when.is_none() {
            let name = env::SYNC.name;
            out.warning(format!(
                "{name} is none of always, batch and never: batch is used"
            ));
        }
        when
    });
    match flag.or(from_environment).unwrap_or(SyncWhen::Batch) {
        SyncWhen::Always => Durability::Always,
        SyncWhen::Batch => Durability::Batch,
        SyncWhen::Never => Durability::Never,
    }
}

/// Says that a torn line was moved aside.
pub(super) fn disclosed(recovered: &Recovered) -> String {
    let Recovered {
        path,
        bytes,
        sha256,
    } = recovered;
    format!(
        "the log ended in a record that was cut off; its {bytes} bytes (SHA-256 {sha256}) were moved to \
         `{}`, and a record in the log says so",
        path.display()
    )
}

/// Where records go.
pub(super) enum Target {
    Folder(Router),
    Log(Appender),
}

impl Target {
    pub(super) fn folder(path: impl Into<PathBuf>, durability: Durability) -> Self {
        Self::Folder(Router::new(path, durability))
    }

    pub(super) fn log(path: impl Into<PathBuf>, durability: Durability) -> Self {
        Self::Log(Appender::new(path, durability))
    }

    pub(super) fn append(&mut self, prepared: Prepared) -> Result<Receipt, AppendError> {
        match self {
            Self::Folder(router) => router.append(prepared),
            Self::Log(appender) => appender.append(prepared),
        }
    }

    pub(super) fn sync(&mut self) -> Result<(), AppendError> {
        match self {
            Self::Folder(router) => router.sync(),
            Self::Log(appender) => appender.sync(),
        }
    }
}
