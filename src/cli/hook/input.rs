//! What an agent pipes into the hook.

use std::{
    io::{self, Read, StdinLock},
    time::Duration,
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use sealstone::{
    chain::MAX_LINE_BYTES,
    digest::{Digest, Hasher},
};

/// What was read: all of it, or of what is too long its length and hash.
pub(super) struct Input {
    kept: Vec<u8>,
    /// Of the whole, if it is longer than what may be kept.
    longer: Option<(u64, Digest)>,
}

/// How long an agent may pause while it writes an event. One that keeps the stream open has said all it has to say.
const PATIENCE: Duration = Duration::from_secs(5);

/// A stream that ends when nothing comes for a while.
struct Patient<'a>(StdinLock<'a>);

impl Read for Patient<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let timeout = Timespec {
            tv_sec: PATIENCE.as_secs().cast_signed(),
            tv_nsec: 0,
        };
        let mut watched = [PollFd::new(&self.0, PollFlags::IN)];
        match poll(&mut watched, Some(&timeout)) {
            Ok(0) => Ok(0),
            Ok(_) => rustix::io::read(&self.0, buffer).map_err(io::Error::from),
            Err(error) => Err(error.into()),
        }
    }
}

impl Input {
    /// Reads standard input to its end: an agent whose hook stops reading may take that for a failure.
    pub(super) fn read() -> io::Result<Self> {
        let mut stdin = Patient(io::stdin().lock());
        let mut kept = Vec::new();
        let most = MAX_LINE_BYTES as u64;
        stdin.by_ref().take(most + 1).read_to_end(&mut kept)?;
        if kept.len() <= MAX_LINE_BYTES {
            return Ok(Self { kept, longer: None });
        }
        let mut hasher = Hasher::default();
        hasher.update(&kept);
        let mut bytes = kept.len() as u64;
        loop {
            match stdin.read(&mut kept)? {
                0 => break,
                read => {
                    hasher.update(&kept[..read]);
                    bytes += read as u64;
                }
            }
        }
        Ok(Self {
            kept: Vec::new(),
            longer: Some((bytes, hasher.finish())),
        })
    }

    /// Returns the event's bytes.
    ///
    /// # Errors
    /// When there are too many.
    pub(super) fn event(&self) -> Result<&[u8], String> {
        match self.longer {
            None => Ok(&self.kept),
            Some(_) => Err(format!(
                "the event is longer than {} MiB",
                MAX_LINE_BYTES >> 20
            )),
        }
    }

    /// Returns how many bytes were read, and their SHA-256.
    pub(super) fn whole(&self) -> (u64, Digest) {
        let kept = || (self.kept.len() as u64, Digest::of(&self.kept));
        self.longer.unwrap_or_else(kept)
    }
}
