//! Verifying a log that was verified before: what is new of it, behind what was proven.
//!
//! Before a proven beginning is taken up, the file has to show that it still begins so: there are as many
//! bytes and a line feed ends them, their last record has the hash that was the head, and a sample of the
//! bytes is what it was. The hash of a record covers the hash of the one before it, so a log that was sealed
//! anew from any record on has another head, and is found for sure. A lone change in the middle, which leaves
//! every later record as it was, is found if the sample hits it, and for sure if the log is not larger than
//! [`WHOLE_BYTES`] or is checked again.
//!
//! Where the file does not show it, nothing is concluded from that: the whole log is verified, and its
//! record in the place of the head decides.

use std::{fs::File, io, os::unix::fs::FileExt, path::Path};

use super::{
    FileError,
    read::{self, Io},
    tail,
};
use crate::{
    digest::{Digest, Hasher},
    system,
    verify::{Line, Proven, Row, Verdict, Verifier},
};

/// Beginnings up to this size are looked at whole.
pub const WHOLE_BYTES: u64 = 1024 * 1024;

/// How much is looked at of each end of a larger one.
const END_BYTES: u64 = 64 * 1024;

/// How many places between the ends are looked at.
const PLACES: u64 = 256;

/// How much is looked at of each.
const PLACE_BYTES: u64 = 4096;

/// What is remembered of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// What was proven of it.
    pub proven: Proven,
    /// A look at the bytes that it was proven of.
    pub sample: Sample,
}

/// The digest of some of a beginning's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Decides which bytes. It is random, and another one each time, so that nobody who does not see it
    /// knows which bytes are looked at.
    pub seed: Digest,
    /// The SHA-256 over them.
    pub digest: Digest,
}

/// Whether a log is checked from its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Check {
    /// Only what is new, if the rest shows that it is what was proven.
    #[default]
    New,
    /// All of it.
    Whole,
}

/// How a log is not what was proven of it. It may be sound by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    /// The record in the place of the head is another one.
    Changed,
    /// There are fewer records.
    Cut,
}

/// A log, judged.
#[derive(Debug)]
pub struct Judged {
    /// The verdict over the whole log.
    pub verdict: Verdict,
    /// How it departs from what was known.
    pub departure: Option<Departure>,
    /// How many records at its beginning were not read, because they were known.
    pub passed_over: u64,
    /// What is to be remembered from now on, unless nothing more was proven or the log was changed meanwhile.
    pub known: Option<Known>,
}

/// Verifies the log at `path`, of which `known` is remembered, telling `progress` how many bytes were read
/// or passed over since the last time.
///
/// # Errors
/// When the log cannot be read to its end.
pub fn verify(
    path: &Path,
    io: Io,
    known: Option<Known>,
    check: Check,
    mut progress: impl FnMut(u64),
) -> Result<Judged, FileError> {
    let file = File::open(path).map_err(FileError::of("read", path))?;
    let log = Log { file, path, io };
    // Before anything is concluded from the bytes, and only where there may be more to remember.
    let is_longer = |known: &Known| log.len() > known.proven.bytes;
    let before = known.as_ref().filter(|known| is_longer(known));
    let before = before.and_then(|_| log.look());
    match known {
        Some(known) if check == Check::New && log.begins_with(&known) => {
            progress(known.proven.bytes);
            log.rest(known.proven, before, progress)
        }
        known => log.whole(known.map(|known| known.proven).as_ref(), progress),
    }
}

/// A log that is open.
struct Log<'a> {
    file: File,
    path: &'a Path,
    io: Io,
}

impl Log<'_> {
    fn len(&self) -> u64 {
        self.file.metadata().map_or(0, |metadata| metadata.len())
    }

    fn begins_with(&self, known: &Known) -> bool {
        let bytes = known.proven.bytes;
        let ends_in = |byte| {
            let mut last = [0];
            self.file.read_exact_at(&mut last, bytes - 1).is_ok() && last[0] == byte
        };
        let has_head = || {
            let tail = tail::find(&self.file, bytes);
            let head = tail.ok().and_then(|tail| tail.head);
            head.is_some_and(|head| head.hash == known.proven.head)
        };
        let is_sampled = || {
            let digest = sampled(&self.file, bytes, known.sample.seed);
            digest.is_ok_and(|digest| digest == known.sample.digest)
        };
        (1..=self.len()).contains(&bytes) && ends_in(b'\n') && has_head() && is_sampled()
    }

    fn rest(
        &self,
        proven: Proven,
        before: Option<Look>,
        progress: impl FnMut(u64),
    ) -> Result<Judged, FileError> {
        let (bytes, passed_over) = (proven.bytes, proven.records);
        let mut verifier = Verifier::resume(proven);
        let mut row = Behind {
            verifier: &mut verifier,
            is_first: true,
        };
        // From the line feed before on: what comes first in a read is taken for the beginning of a log, where
        // a byte order mark may stand.
        read::opened(
            &self.file,
            self.path,
            self.io,
            bytes - 1,
            &mut row,
            |_| (),
            progress,
        )?;
        let (verdict, proven) = verifier.finish_proven();
        let more = proven.filter(|proven| proven.bytes > bytes);
        Ok(Judged {
            verdict,
            departure: None,
            passed_over,
            known: self.known(more, before)?,
        })
    }

    fn whole(
        &self,
        known: Option<&Proven>,
        progress: impl FnMut(u64),
    ) -> Result<Judged, FileError> {
        let before = self.look();
        let mut verifier = Verifier::new();
        let mut row = Watched {
            verifier: &mut verifier,
            at: known.map(|known| known.records),
            head: None,
        };
        read::opened(
            &self.file,
            self.path,
            self.io,
            0,
            &mut row,
            |_| (),
            progress,
        )?;
        let head = row.head;
        let departure = known.and_then(|known| departure(known, verifier.records(), head));
        let (verdict, proven) = verifier.finish_proven();
        Ok(Judged {
            verdict,
            departure,
            passed_over: 0,
            known: self.known(proven.filter(|_| departure.is_none()), before)?,
        })
    }

    /// Looks at what there is before it is read. What is no file cannot be looked at again.
    fn look(&self) -> Option<Look> {
        let metadata = self.file.metadata().ok()?;
        let bytes = metadata.len();
        let sample = || sample(&self.file, bytes);
        let sample = metadata.is_file().then(sample)?.ok()?;
        Some(Look { bytes, sample })
    }

    /// Adds a sample, unless the log does not look as it did before it was read: whoever changes what has been
    /// read already would have the change remembered as proven.
    fn known(
        &self,
        proven: Option<Proven>,
        before: Option<Look>,
    ) -> Result<Option<Known>, FileError> {
        let (Some(proven), Some(before)) = (proven, before) else {
            return Ok(None);
        };
        let sample = sample(&self.file, proven.bytes).map_err(FileError::of("read", self.path))?;
        // Behind the other, so that no change that is in that one is missed.
        let again = sampled(&self.file, before.bytes, before.sample.seed);
        let is_unchanged = again.is_ok_and(|digest| digest == before.sample.digest);
        Ok(is_unchanged.then_some(Known { proven, sample }))
    }
}

/// What the first bytes of a log were.
struct Look {
    bytes: u64,
    sample: Sample,
}

fn departure(known: &Proven, records: u64, head: Option<Digest>) -> Option<Departure> {
    match head {
        _ if records < known.records => Some(Departure::Cut),
        Some(head) if head == known.head => None,
        _ => Some(Departure::Changed),
    }
}

/// Passes over the empty line that the read begins with.
struct Behind<'a> {
    verifier: &'a mut Verifier,
    is_first: bool,
}

impl Row for Behind<'_> {
    fn place(&mut self, line: &Line, (): ()) {
        let is_first = std::mem::take(&mut self.is_first);
        if !(is_first && line.is_blank()) {
            self.verifier.place(line, ());
        }
    }
}

/// Takes note of the head behind a record.
struct Watched<'a> {
    verifier: &'a mut Verifier,
    at: Option<u64>,
    head: Option<Digest>,
}

impl Row for Watched<'_> {
    fn place(&mut self, line: &Line, (): ()) {
        self.verifier.place(line, ());
        if self.at == Some(self.verifier.records()) {
            self.head = self.verifier.head();
            self.at = None;
        }
    }
}

/// Returns a new sample of the first `len` bytes of a file.
fn sample(file: &File, len: u64) -> io::Result<Sample> {
    let seed = Digest::of(system::record_id()?.as_bytes());
    let digest = sampled(file, len, seed)?;
    Ok(Sample { seed, digest })
}

/// Returns the digest over some of the first `len` bytes of a file: all of a few, else both ends and places
/// between them that `seed` decides.
fn sampled(file: &File, len: u64, seed: Digest) -> io::Result<Digest> {
    let mut hasher = Hasher::default();
    let mut buffer = Vec::new();
    let mut take = |start, bytes: u64| {
        buffer.resize(usize::try_from(bytes).map_err(io::Error::other)?, 0);
        file.read_exact_at(&mut buffer, start)?;
        hasher.update(&buffer);
        io::Result::Ok(())
    };
    if len <= WHOLE_BYTES {
        take(0, len)?;
    } else {
        take(0, END_BYTES)?;
        take(len - END_BYTES, END_BYTES)?;
        for n in 0..PLACES {
            take(place(seed, n) % (len - PLACE_BYTES), PLACE_BYTES)?;
        }
    }
    Ok(hasher.finish())
}

fn place(seed: Digest, n: u64) -> u64 {
    let mut hasher = Hasher::default();
    hasher.update(seed.as_bytes());
    hasher.update(&n.to_le_bytes());
    let digest = hasher.finish();
    let (first, _) = digest.as_bytes().split_at(8);
    u64::from_le_bytes(first.try_into().expect("these are eight"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        chain,
        json::{self, Value},
        sample,
        verify::Judgement,
    };

    /// A chain with times that go back, parents that are not there, records without an id and blank lines.
    fn records(count: u64, seed: u64, odd: &[u8]) -> Vec<String> {
        let mut previous = Digest::GENESIS;
        let mut lines = Vec::new();
        for (line, odd) in sample::chain(count, seed).zip(odd) {
            let Value::Object(mut record) = json::read(line.as_bytes()).unwrap().value else {
                panic!("{line}")
            };
            record.remove("integrity");
            match odd {
                0 => drop(record.insert("ts", "2001-01-01T00:00:00Z")),
                1 => drop(record.insert("parent_id", "nobody")),
                2 => drop(record.insert("record_id", "")),
                _ => {}
            }
            let sealed = chain::seal(record, previous).unwrap();
            previous = sealed.hash;
            let blank = if *odd == 3 { " \r\n\n" } else { "" };
            lines.push(sealed.line + blank);
        }
        lines
    }

    fn whole(log: &[u8]) -> Verdict {
        let mut verifier = Verifier::new();
        verifier.log(log);
        verifier.finish()
    }

    fn judged(log: &[u8], known: Option<Known>, check: Check) -> Judged {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), log).unwrap();
        verify(file.path(), Io::Read, known, check, |_| ()).unwrap()
    }

    fn damage(log: &mut Vec<u8>, from: usize, kind: u8, at: prop::sample::Index, byte: u8) {
        let at = from + at.index(log.len() - from + 1);
        match kind {
            0 if at < log.len() => log[at] = byte,
            1 => log.insert(at, byte),
            2 if at < log.len() => drop(log.remove(at)),
            3 => log.truncate(at),
            // A byte order mark where none may stand.
            4 => drop(log.splice(from..from, *b"\xEF\xBB\xBF")),
            // A copy of a part, so that ids are there twice.
            5 => log.extend_from_within(at..),
            _ => {}
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn the_verdict_behind_what_is_known_is_the_verdict_over_all(
            count in 1..14_u64,
            seed in 0..1000_u64,
            odd in prop::collection::vec(0..12_u8, 14),
            split in any::<prop::sample::Index>(),
            with_line_feed: bool,
            mark: bool,
            damages in prop::collection::vec((0..9_u8, any::<prop::sample::Index>(), any::<u8>()), 0..3),
            check in prop_oneof![4 => Just(Check::New), 1 => Just(Check::Whole)],
        ) {
            let lines = records(count, seed, &odd);
            let split = split.index(lines.len()) + 1;
            let mark = if mark { "\u{feff}" } else { "" };
            let old = format!("{mark}{}", lines[..split].concat());
            let old = if with_line_feed { old.as_str() } else { old.trim_end() };
            let first = judged(old.as_bytes(), None, Check::New);
            prop_assert_eq!(&first.verdict, &whole(old.as_bytes()));
            let known = first.known;
            prop_assert_eq!(known.is_some(), with_line_feed || split > 1);
            let kept = known.as_ref().map_or(0, |known| known.proven.records);
            prop_assert_eq!(kept, (split - usize::from(!with_line_feed)) as u64);

            let proven_bytes = known.as_ref().map_or(0, |known| known.proven.bytes);
            let mut log = format!("{mark}{}", lines.concat()).into_bytes();
            for (kind, at, byte) in damages {
                let from = usize::try_from(proven_bytes).unwrap().min(log.len());
                damage(&mut log, from, kind, at, byte);
            }
            let second = judged(&log, known, check);
            prop_assert_eq!(&second.verdict, &whole(&log));
            prop_assert_eq!(second.departure, None);
            prop_assert_eq!(second.passed_over, if check == Check::New { kept } else { 0 });
            if let Some(known) = second.known {
                let third = judged(&log, Some(known.clone()), Check::New);
                prop_assert_eq!(&third.verdict, &second.verdict);
                prop_assert_eq!(third.passed_over, known.proven.records);
                prop_assert_eq!(third.known, None);
            }
        }

        #[test]
        fn damage_to_what_is_known_gets_the_verdict_over_all_and_no_departure_is_missed(
            count in 1..14_u64,
            seed in 0..1000_u64,
            odd in prop::collection::vec(0..12_u8, 14),
            split in any::<prop::sample::Index>(),
            damages in prop::collection::vec((0..9_u8, any::<prop::sample::Index>(), any::<u8>()), 1..3),
            check in prop_oneof![Just(Check::New), Just(Check::Whole)],
        ) {
            let lines = records(count, seed, &odd);
            let split = split.index(lines.len()) + 1;
            let known = judged(lines[..split].concat().as_bytes(), None, Check::New).known;
            let head = known.as_ref().unwrap().proven.head;
            let mut log = lines.concat().into_bytes();
            for (kind, at, byte) in damages {
                damage(&mut log, 0, kind, at, byte);
            }
            let again = judged(&log, known, check);
            prop_assert_eq!(&again.verdict, &whole(&log));
            let mut beginning = Verifier::new();
            let mut heads = vec![Some(Digest::GENESIS)];
            for line in log.split(|byte| *byte == b'\n') {
                beginning.line(line);
                heads.resize(usize::try_from(beginning.records()).unwrap() + 1, beginning.head());
            }
            let stands = heads.get(split) == Some(&Some(head));
            prop_assert_eq!(again.departure.is_none(), stands);
        }
    }

    #[test]
    fn a_log_that_was_cut_or_sealed_anew_is_no_longer_the_one_that_was_proven() {
        let lines = records(9, 1, &[9; 9]);
        let known = judged(lines.concat().as_bytes(), None, Check::New).known;
        let other = records(12, 2, &[9; 12]).concat();
        for check in [Check::New, Check::Whole] {
            let cut = judged(lines[..8].concat().as_bytes(), known.clone(), check);
            assert_eq!(cut.verdict.judgement, Judgement::Intact);
            assert_eq!((cut.departure, cut.known), (Some(Departure::Cut), None));
            let anew = judged(other.as_bytes(), known.clone(), check);
            assert_eq!(anew.verdict.judgement, Judgement::Intact);
            assert_eq!(
                (anew.departure, anew.known),
                (Some(Departure::Changed), None)
            );
            let emptied = judged(b"", known.clone(), check);
            assert_eq!(emptied.departure, Some(Departure::Cut));
        }
    }

    #[test]
    fn what_is_changed_while_it_is_read_is_judged_and_not_remembered() {
        let lines = records(9, 1, &[9; 9]);
        let sound = lines.concat();
        let at = sound.find("\"session_id\":\"").unwrap() as u64;
        let old = judged(lines[..5].concat().as_bytes(), None, Check::New).known;
        let file = tempfile::NamedTempFile::new().unwrap();
        for known in [None, old] {
            std::fs::write(file.path(), &sound).unwrap();
            let change = |_| {
                file.as_file().write_all_at(b"\"Session_id", at).unwrap();
            };
            let judged = verify(file.path(), Io::Read, known, Check::New, change).unwrap();
            assert_eq!(judged.verdict.judgement, Judgement::Intact);
            assert_eq!(judged.known, None);
        }
    }

    #[test]
    fn other_white_space_is_the_same_log_and_read_again() {
        let lines = records(9, 1, &[9; 9]);
        let known = judged(lines.concat().as_bytes(), None, Check::New).known;
        let spaced = lines.concat().replacen("{\"", "{ \"", 1);
        let again = judged(spaced.as_bytes(), known, Check::New);
        assert_eq!((again.departure, again.passed_over), (None, 0));
        assert_eq!(again.known.unwrap().proven.bytes, spaced.len() as u64);
    }

    #[test]
    fn a_lone_change_in_a_large_log_is_found_at_its_ends_and_for_sure_by_a_whole_check() {
        let mut log = sample::chain(4000, 1).collect::<String>().into_bytes();
        assert!(log.len() as u64 > 2 * WHOLE_BYTES);
        let known = judged(&log, None, Check::New).known;
        let (len, middle) = (log.len(), log.len() / 2);
        for at in [
            100,
            END_BYTES.try_into().unwrap(),
            len - 60_000,
            len - 2000,
            middle,
        ] {
            let from = memchr::memmem::rfind(&log[..at], b"\"session_id\":\"").unwrap() + 14;
            log[from] ^= 1;
            let quick = judged(&log, known.clone(), Check::New);
            let slow = judged(&log, known.clone(), Check::Whole);
            assert_eq!(slow.verdict.judgement, Judgement::Broken, "{at}");
            if at != middle {
                assert_eq!(quick.verdict, slow.verdict, "{at}");
            }
            log[from] ^= 1;
        }
    }
}
