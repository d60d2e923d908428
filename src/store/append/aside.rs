//! Records that are set aside because the log is locked, and what a writer does for those of others.
//!
//! - Whoever has the lock puts what waits into the log before its own record, and looks again after giving the lock
//!   back: who set a record aside meanwhile found the lock held, and relies on that.
//! - A writer that is waited for does so within a [`Budget`]: what it leaves is for the next ones, which go on where
//!   it stopped. One that is not waited for leaves nothing.
//! - So nothing waits once the last writer is gone, unless that one was killed or its budget was spent, or nobody
//!   of ours held the lock.

use std::time::Duration;

use super::{AppendError, Appender, Chain, Durability, Opened, Spooled, Stored};
use crate::{
    json::Object,
    record::build::Prepared,
    store::{
        lock::Wait,
        merge::{self, Budget, Merge},
        seal,
        spool::{Entry, PutError},
    },
    system,
};

impl Appender {
    /// Sets a record aside, and puts it into the log after all if nobody holds the lock any more: who gave it
    /// back before the record was there did not see it.
    pub(super) fn set_aside(
        &mut self,
        waited: Duration,
        prepared: Prepared,
    ) -> Result<Stored, AppendError> {
        let subject = prepared.subject().cloned();
        let spooled = self.spool(waited, prepared)?;
        let mut budget = Budget::BATCH;
        let merged = self.merge_unless_locked(subject.as_ref(), &mut budget);
        // The record is safe; what keeps it out of the log, the next writer meets as well.
        let Ok(Some((opened, mut merge))) = merged else {
            return Ok(Stored::Spooled(spooled));
        };
        merge.add(self.merge_what_came(Budget::BATCH));
        let is_own = |link: &seal::Link| link.record_id == spooled.record_id;
        match merge.sealed.iter().position(is_own) {
            Some(at) => {
                let link = merge.sealed.remove(at);
                Ok(Stored::Sealed(self.receipt(link, opened, merge)))
            }
            // Another one was faster, or so many wait that it is not its turn yet.
            None => Ok(Stored::Spooled(spooled)),
        }
    }

    fn spool(&self, waited: Duration, mut prepared: Prepared) -> Result<Spooled, AppendError> {
        let record_id = system::record_id().map_err(AppendError::System)?;
        prepared.identify(record_id.clone());
        let now = system::now().map_err(AppendError::System)?;
        let at = now.to_string();
        // What could not be sealed later is the caller's to know now.
        let mut late = prepared.clone();
        late.mark_late(&at);
        seal::attempt(late)?;
        let entry = Entry {
            prepared,
            at,
            own_chain: self.chain == Chain::OfSubject,
            is_durable: self.durability != Durability::Never,
        };
        let put = self.spool.put(&entry, now);
        let path = put.map_err(|error| match error {
            PutError::File(cause) => AppendError::NotSpooled { waited, cause },
            PutError::NotDurable(error) => AppendError::NotDurable(error),
        })?;
        Ok(Spooled { record_id, path })
    }

    /// Puts what waits in the spool into the log. If the log cannot be written, it is closed.
    pub(super) fn merge(
        &mut self,
        subject: Option<&Object>,
        budget: &mut Budget,
    ) -> Result<Merge, AppendError> {
        if self.spool.found().is_none() {
            return Ok(Merge::default());
        }
        let log = self.log.as_mut().expect("it was opened before");
        let merge = merge::merge(log, &self.spool, subject, budget);
        if merge.is_err() {
            self.close();
        }
        merge
    }

    /// The same, if nobody holds the lock.
    fn merge_unless_locked(
        &mut self,
        subject: Option<&Object>,
        budget: &mut Budget,
    ) -> Result<Option<(Opened, Merge)>, AppendError> {
        let wait = Wait::at_most(Duration::ZERO);
        let Some(lock) = self.lock(wait)? else {
            return Ok(None);
        };
        let result = match self.open(subject, wait) {
            Ok(Some(opened)) => self
                .merge(subject, budget)
                .map(|merge| Some((opened, merge))),
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        };
        self.unlock(lock);
        result
    }

    /// Puts into the log what was set aside while this process held the lock.
    pub(super) fn merge_what_came(&mut self, mut budget: Budget) -> Merge {
        let mut came = Merge::default();
        loop {
            came.waiting = self.spool.count();
            if came.waiting == 0 || budget.is_spent() {
                break;
            }
            // What goes wrong here, the next writer meets as well, and says so.
            match self.merge_unless_locked(None, &mut budget) {
                Ok(Some((_, merge))) if merge.done > 0 => came.add(merge),
                _ => break,
            }
        }
        came
    }
}
