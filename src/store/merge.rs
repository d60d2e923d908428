//! Putting what waits in a spool into its log.
//!
//! What holds whatever happens between any two instructions, while the log's locks are held:
//! - Files are removed only once their records are in the log, and on the disk as firmly as they were. A process
//!   that is killed in between leaves both, and the next one finds the records at the log's end and only removes
//!   the files.
//! - Records come into the log in the order in which they were set aside, however many writers share the work.
//! - What cannot become a record is disclosed in the log before it is moved aside.

use std::{collections::HashSet, ffi::OsString, vec};

use super::{
    FileError,
    append::AppendError,
    open_log::OpenLog,
    seal::{Lines, Link},
    spool::{self, Entry, Found, Spool},
};
use crate::{
    json::{self, Object},
    record::{
        build::{Prepared, Summaries},
        own::{self, Loss},
    },
};

/// How much is sealed and written at a time.
const BATCH_BYTES: u64 = 1 << 20;
const BATCH_RECORDS: usize = 256;

/// What a batch costs at least, in records, for a disk has to confirm one of few records too.
const BATCH_COST: usize = 32;

/// How much of a log's end is searched for records that are in it already, beside twice what is about to be
/// written. In between, only a writer that knows no spool can have appended.
const SEARCHED_BYTES: u64 = 4 << 20;

/// With what the line of every record begins that sealstone wrote, and then its id.
const BEGINNING: &[u8] = br#"{"schema_version":"0.1","record_id":""#;

/// How much a writer still puts into the log for others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    records: usize,
    bytes: u64,
}

impl Budget {
    /// For a writer that nobody waits for.
    pub(super) const ALL: Self = Self {
        records: usize::MAX,
        bytes: u64::MAX,
    };
    /// For one that an agent waits for: one batch, or a few small ones.
    pub(super) const BATCH: Self = Self {
        records: BATCH_RECORDS,
        bytes: BATCH_BYTES,
    };

    pub(super) const fn is_spent(self) -> bool {
        self.records == 0 || self.bytes == 0
    }

    fn spend(&mut self, batch: &Batch) {
        let records = batch.files.len().max(BATCH_COST);
        self.records = self.records.saturating_sub(records);
        self.bytes = self.bytes.saturating_sub(batch.bytes);
    }
}

/// What became of what waited.
#[derive(Debug, Default)]
pub(super) struct Merge {
    /// The records that are in the log now.
    pub(super) sealed: Vec<Link>,
    /// How many files were refused, and disclosed as lost.
    pub(super) refused: u64,
    /// How many files are gone from the spool.
    pub(super) done: u64,
    /// How many were still there when the spool was looked at again.
    pub(super) waiting: usize,
    /// What keeps some of them there.
    pub(super) unmerged: Option<String>,
}

/// Seals what waits in a spool behind the head of its log, which the caller holds locked, as far as `budget` goes.
///
/// What is said of a loss is about the subject whose chain this is, or else about `subject`.
///
/// # Errors
/// When the log cannot be written; then it has to be opened anew. That something is wrong with the spool is no
/// error: it must not keep anybody from recording.
pub(super) fn merge(
    log: &mut OpenLog,
    spool: &Spool,
    subject: Option<&Object>,
    budget: &mut Budget,
) -> Result<Merge, AppendError> {
    let mut merge = Merge::default();
    let mut names = match spool.waiting(log.owner()) {
        Ok(names) => names.into_iter(),
        Err(error) => {
            merge.left(&error);
            return Ok(merge);
        }
    };
    while !budget.is_spent() {
        let batch = Batch::read(log, spool, &mut names, *budget, &mut merge);
        if batch.files.is_empty() {
            break;
        }
        budget.spend(&batch);
        if let Err(error) = batch.put(log, spool, subject, &mut merge)? {
            merge.left(&error);
            break;
        }
    }
    if merge.done > 0
        && let Err(error) = spool.sync()
    {
        merge.left(&error);
    }
    if names.len() == 0 {
        spool.tidy();
    }
    Ok(merge)
}

impl Merge {
    fn left(&mut self, error: &FileError) {
        self.unmerged.get_or_insert(error.to_string());
    }

    /// Adds what became of more.
    pub(super) fn add(&mut self, more: Self) {
        self.sealed.extend(more.sealed);
        self.refused += more.refused;
        self.done += more.done;
        self.waiting = more.waiting;
    }
}

/// Files that are taken up together.
#[derive(Default)]
struct Batch {
    files: Vec<(OsString, Found)>,
    bytes: u64,
}

impl Batch {
    fn read(
        log: &OpenLog,
        spool: &Spool,
        names: &mut vec::IntoIter<OsString>,
        budget: Budget,
        merge: &mut Merge,
    ) -> Self {
        let mut batch = Self::default();
        let bytes = budget.bytes.min(BATCH_BYTES);
        let records = budget.records.min(BATCH_RECORDS);
        while batch.bytes < bytes && batch.files.len() < records {
            let Some(name) = names.next() else { break };
            match spool.read(&name, log.owner()) {
                Ok(Some(found)) => {
                    batch.bytes += found.bytes;
                    batch.files.push((name, found));
                }
                Ok(None) => {}
                Err(error) => merge.left(&error),
            }
        }
        batch
    }

    /// Whether the disk must confirm the log before the files go. Whoever set a record aside durably was told that it
    /// outlives the machine, which is the log's to keep from here on, whatever this writer promises: also for
    /// a record that is there already, since who wrote it may have been killed before the disk confirmed it. One
    /// that was set aside with `--sync never` had no such promise. Of what cannot be read, nobody knows.
    fn is_durable(&self) -> bool {
        let is_durable = |found: &Found| match &found.what {
            Ok(entry) => entry.is_durable,
            Err(_) => true,
        };
        self.files.iter().any(|(_, found)| is_durable(found))
    }

    /// Returns the subject of the first record, which begins the chain if there is none.
    fn subject(&self) -> Option<&Object> {
        let mut entries = self
            .files
            .iter()
            .filter_map(|(_, found)| found.what.as_ref().ok());
        entries.next()?.prepared.subject()
    }

    /// Writes the records of the files, and takes the files away. The inner error is one of the spool.
    fn put(
        self,
        log: &mut OpenLog,
        spool: &Spool,
        subject: Option<&Object>,
        merge: &mut Merge,
    ) -> Result<Result<(), FileError>, AppendError> {
        let end = match log.end(SEARCHED_BYTES + 2 * self.bytes) {
            Ok(end) => end,
            Err(error) => return Ok(Err(error)),
        };
        let mut sealing = Sealing {
            fallback: self.subject().or(subject).cloned(),
            there: ids(&end),
            end: &end,
            lines: log.lines(),
            log,
            sealed: Vec::new(),
        };
        let is_durable = self.is_durable();
        let mut fates = Vec::new();
        for (name, found) in self.files {
            let is_refused = sealing.take(&name, found)?;
            fates.push((name, is_refused));
        }
        let Sealing { lines, sealed, .. } = sealing;
        if !lines.is_empty() {
            log.write(lines)?;
        }
        if is_durable && let Err(error) = log.sync() {
            return Ok(Err(error));
        }
        merge.sealed.extend(sealed);
        Ok(clear(spool, &fates, merge))
    }
}

/// Takes the files away whose fate the log tells.
fn clear(spool: &Spool, fates: &[(OsString, bool)], merge: &mut Merge) -> Result<(), FileError> {
    for (name, is_refused) in fates {
        if *is_refused {
            spool.refuse(name)?;
            merge.refused += 1;
        } else {
            spool.remove(name)?;
        }
        merge.done += 1;
    }
    Ok(())
}

/// A batch on its way into the log.
struct Sealing<'a> {
    log: &'a OpenLog,
    lines: Lines,
    /// Whom a loss is about if there is no chain yet.
    fallback: Option<Object>,
    /// The ids of records that are in the log.
    there: HashSet<Vec<u8>>,
    /// The end of the log, as it was.
    end: &'a [u8],
    sealed: Vec<Link>,
}

impl Sealing<'_> {
    /// Seals what a file holds, or that it was lost. Returns whether the file is refused.
    fn take(&mut self, name: &OsString, found: Found) -> Result<bool, AppendError> {
        let Found {
            bytes,
            sha256,
            what,
        } = found;
        let reason = match what {
            Err(reason) => Some(reason),
            Ok(entry) => self.seal(*entry)?,
        };
        let Some(reason) = reason else {
            return Ok(false);
        };
        let what = spool::described(&name.to_string_lossy());
        self.disclose(Loss {
            reason: format!("{what}: {reason}"),
            bytes,
            sha256,
            ..Loss::default()
        })?;
        Ok(true)
    }

    /// Seals a record that was set aside, if it is not in the log yet, or returns why it cannot be.
    fn seal(&mut self, entry: Entry) -> Result<Option<String>, AppendError> {
        let mut prepared = entry.prepared;
        let id = prepared.record_id().unwrap_or_default().as_bytes().to_vec();
        if self.there.contains(&id) {
            return Ok(None);
        }
        if entry.own_chain && self.lines.is_of_another(prepared.subject_id()) {
            return Ok(Some("about another subject than the chain".to_owned()));
        }
        prepared.mark_late(&entry.at);
        match self.log.seal(&mut self.lines, prepared) {
            Ok(link) => {
                self.there.insert(id);
                self.sealed.push(link);
                Ok(None)
            }
            Err(error @ (AppendError::Seal(_) | AppendError::Unsound(_))) => {
                Ok(Some(error.to_string()))
            }
            Err(error) => Err(error),
        }
    }

    /// Seals a record that says what was lost, unless one does already: the process that wrote it may have been
    /// killed before it moved the file aside.
    fn disclose(&mut self, mut loss: Loss) -> Result<(), AppendError> {
        loss.subject = match self.lines.head() {
            Some(head) => head.subject.clone(),
            None => self.fallback.clone(),
        };
        let record = own::lost(loss, Summaries::Keep);
        if memchr::memmem::find(self.end, said(&record).as_bytes()).is_none() {
            self.log.seal(&mut self.lines, record)?;
        }
        Ok(())
    }
}

/// Returns the text of what a record of ours says in the extension.
fn said(record: &Prepared) -> String {
    let extension = record.unsealed().get("sealstone");
    let mut text = String::new();
    if let Some(extension) = extension {
        json::write(extension, &mut text);
    }
    text
}

/// Returns the ids of the records in the end of a log, but for those that sealstone did not write: only sealstone
/// merges a spool.
fn ids(end: &[u8]) -> HashSet<Vec<u8>> {
    let lines = end.split(|byte| *byte == b'\n');
    lines
        .filter_map(|line| {
            let id = line.strip_prefix(BEGINNING)?;
            let length = id.iter().position(|byte| *byte == b'"')?;
            Some(id[..length].to_vec())
        })
        .collect()
}
