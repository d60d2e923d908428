//! What no verifier can go below: what it costs to hash the same bytes, and to read them.

use std::{fs::File, hint::black_box, ops::Range, path::Path, thread};

use anyhow::{Context, ensure};
use memmap2::Mmap;
use sealstone::{canon, json, system};
use sha2::{Digest, Sha256};

/// The canonical bytes of a chain's records, as they are hashed.
pub(super) struct Canonical {
    bytes: Vec<u8>,
    records: Vec<Range<usize>>,
}

impl Canonical {
    /// Reads the chain at `path`.
    pub(super) fn of(path: &Path) -> anyhow::Result<Self> {
        let log = std::fs::read(path)?;
        let mut canonical = Self {
            bytes: Vec::with_capacity(log.len()),
            records: Vec::new(),
        };
        for line in log
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
        {
            let mut record = json::read(line)?.value;
            let integrity = record
                .as_object_mut()
                .and_then(|record| record.get_mut("integrity"))
                .and_then(json::Value::as_object_mut);
            integrity.context("no integrity")?.remove("hash");
            let start = canonical.bytes.len();
            canon::write(&record, &mut canonical.bytes)?;
            canonical.records.push(start..canonical.bytes.len());
        }
        ensure!(!canonical.records.is_empty(), "no record");
        Ok(canonical)
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Hashes every record with `sha2`, one after the other, on so many threads. Returns the seconds.
    pub(super) fn hash(&self, threads: usize) -> f64 {
        let start = system::start();
        let share = self.records.len().div_ceil(threads);
        thread::scope(|scope| {
            for records in self.records.chunks(share) {
                scope.spawn(move || {
                    for record in records {
                        black_box(Sha256::digest(&self.bytes[record.clone()]));
                    }
                });
            }
        });
        start.elapsed().as_secs_f64()
    }
}

/// Maps the file and finds its lines on so many threads. Returns the seconds.
pub(super) fn find_lines(path: &Path, threads: usize) -> anyhow::Result<f64> {
    let start = system::start();
    let file = File::open(path)?;
    #[expect(
        unsafe_code,
        reason = "a map of a file of our own, that nobody writes to"
    )]
    // SAFETY: the chain was made by this program, which does not write to it any more.
    let map = unsafe { Mmap::map(&file)? };
    let share = map.len().div_ceil(threads);
    let lines: usize = thread::scope(|scope| {
        let count = |part| scope.spawn(move || memchr::memchr_iter(b'\n', part).count());
        let counts: Vec<_> = map.chunks(share).map(count).collect();
        let counts = counts.into_iter();
        counts.map(|count| count.join().unwrap_or_default()).sum()
    });
    ensure!(black_box(lines) > 0, "no line");
    Ok(start.elapsed().as_secs_f64())
}
