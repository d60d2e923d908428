//! Examines a log on several threads.
//!
//! A record's hash needs only the record, so chunks of lines are examined on rayon's threads in any order
//! while this thread reads the next ones and puts the examined lines in a row, in theirs. The row sees the
//! same lines whatever the chunks and the number of threads.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    sync::mpsc::{self, Receiver, Sender},
};

use super::{Line, Row, examine::Examiner, without_mark};

/// How many chunks may be under way for each thread. Enough that none waits, few enough to stay small.
const CHUNKS_PER_THREAD: usize = 12;

/// A piece of a log that begins and ends at lines.
#[derive(Debug)]
pub enum Chunk<'a> {
    /// Bytes that lie somewhere for as long as the log is verified.
    Borrowed(&'a [u8]),
    /// Bytes of the chunk's own. The buffer comes back to be filled again.
    Owned(Vec<u8>),
}

/// A chunk on its way back.
struct Done<'a> {
    number: usize,
    lines: Vec<Line>,
    chunk: Chunk<'a>,
}

/// Examines the log that `next` gives piece by piece, and puts its lines into `row`.
///
/// `next` gets a buffer that it may fill and returns a chunk of whole lines, or `None` at the end. Only what
/// is behind the last line feed of the last chunk is taken for an unterminated line, so every other chunk must
/// end in a line feed.
///
/// # Errors
/// What `next` returns.
pub fn parallel<'a, E>(
    row: &mut impl Row,
    mut next: impl FnMut(Vec<u8>) -> Result<Option<Chunk<'a>>, E>,
) -> Result<(), E> {
    let limit = rayon::current_num_threads() * CHUNKS_PER_THREAD;
    let (sender, receiver) = mpsc::channel();
    rayon::in_place_scope(|scope| {
        let mut order = Order::new(&receiver);
        let mut started = 0;
        while let Some(chunk) = next(order.buffers.pop().unwrap_or_default())? {
            let sender = sender.clone();
            let number = started;
            scope.spawn(move |_| examine_chunk(number, chunk, &sender));
            started += 1;
            while started - order.placed >= limit {
                order.place_next(row);
            }
            order.place_ready(row);
        }
        while order.placed < started {
            order.place_next(row);
        }
        Ok(())
    })
}

thread_local! {
    /// What a thread has learned of the log's shape, and its buffers.
    static EXAMINER: RefCell<Examiner> = RefCell::new(Examiner::new());
    /// A copy of the chunk a thread works on.
    static COPY: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

fn examine_chunk<'a>(number: usize, chunk: Chunk<'a>, sender: &Sender<Done<'a>>) {
    let lines = match &chunk {
        Chunk::Owned(bytes) => examine_lines(number, bytes),
        // Somebody else may write where these lie. Every byte is read once, so that none is judged with two
        // values.
        Chunk::Borrowed(bytes) => COPY.with_borrow_mut(|copy| {
            copy.clear();
            copy.extend_from_slice(bytes);
            examine_lines(number, copy)
        }),
    };
    // The receiver outlives the scope, so this cannot fail while anybody waits.
    drop(sender.send(Done {
        number,
        lines,
        chunk,
    }));
}

fn examine_lines(number: usize, bytes: &[u8]) -> Vec<Line> {
    let skipped = match number {
        0 => bytes.len() - without_mark(bytes).len(),
        _ => 0,
    };
    EXAMINER.with_borrow_mut(|examiner| examiner.lines(bytes, skipped))
}

/// Puts chunks in their order.
struct Order<'r, 'a> {
    receiver: &'r Receiver<Done<'a>>,
    waiting: BTreeMap<usize, Done<'a>>,
    placed: usize,
    buffers: Vec<Vec<u8>>,
}

impl<'r, 'a> Order<'r, 'a> {
    const fn new(receiver: &'r Receiver<Done<'a>>) -> Self {
        Self {
            receiver,
            waiting: BTreeMap::new(),
            placed: 0,
            buffers: Vec::new(),
        }
    }

    /// Waits for the next chunk in order.
    fn place_next(&mut self, row: &mut impl Row) {
        while !self.waiting.contains_key(&self.placed) {
            let done = self.receive();
            self.waiting.insert(done.number, done);
        }
        self.place_ready(row);
    }

    /// Waits for any chunk. One of rayon's own threads must work meanwhile, or it may wait for itself.
    fn receive(&self) -> Done<'a> {
        loop {
            if let Ok(done) = self.receiver.try_recv() {
                return done;
            }
            match rayon::yield_now() {
                None => return self.receiver.recv().expect("a sender is held above"),
                Some(rayon::Yield::Executed) => {}
                Some(rayon::Yield::Idle) => std::thread::yield_now(),
            }
        }
    }

    /// Places whatever is there without waiting.
    fn place_ready(&mut self, row: &mut impl Row) {
        for done in self.receiver.try_iter() {
            self.waiting.insert(done.number, done);
        }
        while let Some(done) = self.waiting.remove(&self.placed) {
            row.expect(&done.lines);
            for line in &done.lines {
                row.place(line);
            }
            if let Chunk::Owned(mut buffer) = done.chunk {
                buffer.clear();
                self.buffers.push(buffer);
            }
            self.placed += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;
    use crate::{
        sample,
        verify::{Verdict, Verifier},
    };

    /// Verifies `log` in chunks that end at or behind each of `cuts`.
    fn in_chunks(log: &[u8], cuts: &[usize], owned: bool) -> Verdict {
        let mut rest = log;
        let mut cuts = cuts.iter();
        let mut verifier = Verifier::new();
        let result = parallel(&mut verifier, |mut buffer| {
            if rest.is_empty() {
                return Ok::<_, Infallible>(None);
            }
            let at = *cuts.next().unwrap_or(&rest.len()) % rest.len();
            let end = memchr::memchr(b'\n', &rest[at..]).map_or(rest.len(), |end| at + end + 1);
            let (chunk, behind) = rest.split_at(end);
            rest = behind;
            buffer.extend_from_slice(chunk);
            Ok(Some(if owned {
                Chunk::Owned(buffer)
            } else {
                Chunk::Borrowed(chunk)
            }))
        });
        match result {
            Ok(()) => verifier.finish(),
        }
    }

    proptest! {
        #[test]
        fn the_verdict_does_not_depend_on_chunks_or_threads(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
            cuts in prop::collection::vec(0..4000_usize, 0..12),
            owned: bool,
            threads in 1..5_usize,
        ) {
            let mut log = sample::chain(12, 5).collect::<String>().into_bytes();
            for (at, byte) in changes {
                let at = at.index(log.len());
                log[at] = byte;
            }
            let mut serial = Verifier::new();
            serial.log(&log);
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let verdict = pool.install(|| in_chunks(&log, &cuts, owned));
            prop_assert_eq!(verdict, serial.finish());
        }
    }

    #[test]
    fn an_error_of_the_reader_ends_it() {
        let log = sample::example();
        let mut chunks = 0;
        let result = parallel(&mut Verifier::new(), |_| {
            chunks += 1;
            if chunks < 5 {
                Ok(Some(Chunk::Borrowed(log.as_bytes())))
            } else {
                Err("gone")
            }
        });
        assert_eq!(result, Err("gone"));
    }
}
