//! Where the recording subcommands put their records, and how safely.

use std::{path::PathBuf, time::Duration};

use clap::ValueEnum;
use sealstone::{
    record::build::Prepared,
    store::{
        append::{AppendError, Appender, Durability, Receipt, Recovered, Stored},
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

/// How long a hook waits for a log's lock: far less than any agent waits for a hook, and enough for hundreds of
/// writers that take turns.
const LOCK_WAIT: Duration = Duration::from_millis(500);

/// Returns what a flag or else the environment says of how long a lock is waited for, in milliseconds.
pub(super) fn lock_wait(out: &mut Out, flag: Option<u64>) -> Duration {
    let from_environment = env::LOCK_WAIT_MS.text().and_then(|text| {
        let millis = text.trim().parse().ok();
        if millis.is_none() {
            let (name, default) = (env::LOCK_WAIT_MS.name, LOCK_WAIT.as_millis());
            out.warning(format!("{name} is no number: {default} is used"));
        }
        millis
    });
    flag.or(from_environment)
        .map_or(LOCK_WAIT, Duration::from_millis)
}

/// Says what was met beside a record that was appended.
pub(super) fn tell(out: &mut Out, receipt: &Receipt) {
    if let Some(recovered) = &receipt.recovered {
        out.warning(disclosed(recovered));
    }
    let refused = receipt.merged.refused;
    if refused > 0 {
        out.warning(format!(
            "{refused} of the records that waited for the log could not be taken up; records in the log say so"
        ));
    }
    if let Some(reason) = &receipt.merged.unmerged {
        out.warning(format!(
            "records still wait to be put into the log: {reason}"
        ));
    }
}

/// Says that a torn line was moved aside.
fn disclosed(recovered: &Recovered) -> String {
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
    Log(Box<Appender>),
}

impl Target {
    pub(super) fn folder(path: impl Into<PathBuf>, durability: Durability) -> Self {
        Self::Folder(Router::new(path, durability))
    }

    pub(super) fn log(path: impl Into<PathBuf>, durability: Durability) -> Self {
        Self::Log(Appender::new(path, durability).into())
    }

    pub(super) fn append(&mut self, prepared: Prepared) -> Result<Receipt, AppendError> {
        match self {
            Self::Folder(router) => router.append(prepared),
            Self::Log(appender) => appender.append(prepared),
        }
    }

    /// Appends a record, or sets it aside if the log's lock is held for longer than `most`.
    pub(super) fn append_within(
        &mut self,
        most: Duration,
        prepared: Prepared,
    ) -> Result<Stored, AppendError> {
        match self {
            Self::Folder(router) => router.append_within(most, prepared),
            Self::Log(appender) => appender.append_within(most, prepared),
        }
    }

    pub(super) fn sync(&mut self) -> Result<(), AppendError> {
        match self {
            Self::Folder(router) => router.sync(),
            Self::Log(appender) => appender.sync(),
        }
    }
}
