//! Examines a log on several threads.
//!
//! A record's hash needs only the record, so chunks of a log are examined on rayon's threads in any order
//! while this thread puts the examined lines in a row, in theirs. A chunk begins and ends anywhere; the line
//! that lies across a boundary is examined here. The row sees the same lines whatever the chunks and the
//! number of threads.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    fmt,
    sync::mpsc::{self, Receiver, Sender},
};

use super::{
    Row,
    stitch::{Cut, LineTooLong, Stitcher},
};

/// How many chunks may be under way for each thread. Enough that none waits, few enough to stay small.
const CHUNKS_PER_THREAD: usize = 12;

/// A piece of a log.
#[derive(Debug)]
pub enum Chunk<'a, E> {
    /// Bytes that lie somewhere for as long as the log is verified.
    Borrowed(&'a [u8]),
    /// Bytes of the chunk's own. The buffer comes back to be filled again.
    Owned(Vec<u8>),
    /// Bytes that the thread which examines them gets itself.
    Fetched(Fetch<'a, E>),
}

/// A way to get bytes. They stay in the cache of the processor that got them.
pub struct Fetch<'a, E> {
    bytes: usize,
    fill: Box<Fill<'a, E>>,
}

type Fill<'a, E> = dyn FnOnce(&mut [u8]) -> Result<usize, E> + Send + 'a;

impl<'a, E> Fetch<'a, E> {
    /// `fill` gets room for so many bytes and returns how many it put there. If they are fewer, the log ends
    /// with them, whatever was found behind.
    pub fn new(bytes: usize, fill: impl FnOnce(&mut [u8]) -> Result<usize, E> + Send + 'a) -> Self {
        Self {
            bytes,
            fill: Box::new(fill),
        }
    }
}

impl<E> fmt::Debug for Fetch<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Fetch");
        shown.field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

/// Examines the log that `next` gives piece by piece, and puts its lines into `row`, each with what `look` sees in it.
///
/// `look` is called on the thread that examines the line. It gets the line without the line feed that ended it, and the
/// first line without a byte order mark.
///
/// `next` gets a buffer that it may fill and returns a chunk, or `None` at the end. It is ahead of the row, so
/// it may be asked for chunks behind one that turns out to be the last.
///
/// # Errors
/// What `next` or a fetch returns, and [`LineTooLong`] for a line that lies across chunks.
pub fn parallel<'a, S: Send, E: From<LineTooLong> + Send>(
    row: &mut impl Row<S>,
    look: impl Fn(&[u8]) -> S + Sync,
    mut next: impl FnMut(Vec<u8>) -> Result<Option<Chunk<'a, E>>, E>,
) -> Result<(), E> {
    let limit = rayon::current_num_threads() * CHUNKS_PER_THREAD;
    let (sender, receiver) = mpsc::channel();
    let look = &look;
    rayon::in_place_scope(|scope| {
        let mut order = Order::new(&receiver, look);
        let mut started = 0;
        while !order.stitcher.is_ended()
            && let Some(chunk) = next(order.buffers.pop().unwrap_or_default())?
        {
            let sender = sender.clone();
            let number = started;
            scope.spawn(move |_| {
                let sender = Answer(&sender);
                examine_chunk(number, chunk, look, &sender);
            });
            started += 1;
            while started - order.placed >= limit {
                order.place_next(row)?;
            }
            order.place_ready(row)?;
        }
        while order.placed < started {
            order.place_next(row)?;
        }
        order.stitcher.finish(row, look);
        Ok(())
    })
}

thread_local! {
    /// The bytes that a thread works on, if they are not a chunk's own.
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// A chunk on its way back.
struct Done<S, E> {
    number: usize,
    cut: Result<Cut<S>, E>,
    /// To be filled again.
    buffer: Vec<u8>,
}

/// Where a chunk goes when it is done. Who waits for it learns of it too if it never will be.
struct Answer<'s, S, E>(&'s Sender<Option<Done<S, E>>>);

impl<S, E> Answer<'_, S, E> {
    fn give(&self, done: Done<S, E>) {
        // The receiver outlives the scope, so this cannot fail while anybody waits.
        drop(self.0.send(Some(done)));
    }
}

impl<S, E> Drop for Answer<'_, S, E> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            drop(self.0.send(None));
        }
    }
}

/// Returns a chunk that came back. One that never will lets whoever waits end as its thread did.
fn done<S, E>(answer: Option<Done<S, E>>) -> Done<S, E> {
    answer.expect("the thread that examines a chunk does not panic")
}

fn examine_chunk<S, E>(
    number: usize,
    chunk: Chunk<'_, E>,
    look: impl Fn(&[u8]) -> S,
    sender: &Answer<'_, S, E>,
) {
    let mut buffer = Vec::new();
    let cut = match chunk {
        Chunk::Borrowed(bytes) => Ok(cut_copied(bytes, look)),
        Chunk::Owned(bytes) => {
            buffer = bytes;
            Ok(Cut::new(&buffer, look))
        }
        Chunk::Fetched(fetch) => cut_fetched(fetch, look),
    };
    let done = Done {
        number,
        cut,
        buffer,
    };
    sender.give(done);
}

/// Somebody else may write where the bytes lie. Every one is read once, so that none is judged with two values.
fn cut_copied<S>(bytes: &[u8], look: impl Fn(&[u8]) -> S) -> Cut<S> {
    BUFFER.with_borrow_mut(|copy| {
        copy.clear();
        copy.extend_from_slice(bytes);
        Cut::new(copy, look)
    })
}

fn cut_fetched<S, E>(fetch: Fetch<'_, E>, look: impl Fn(&[u8]) -> S) -> Result<Cut<S>, E> {
    BUFFER.with_borrow_mut(|buffer| {
        buffer.resize(fetch.bytes, 0);
        let filled = (fetch.fill)(buffer)?;
        Ok(Cut::new(&buffer[..filled], look).last_if(filled < fetch.bytes))
    })
}

/// Puts chunks in their order.
struct Order<'r, S, E, L> {
    receiver: &'r Receiver<Option<Done<S, E>>>,
    look: &'r L,
    waiting: BTreeMap<usize, Done<S, E>>,
    placed: usize,
    buffers: Vec<Vec<u8>>,
    stitcher: Stitcher,
}

impl<'r, S, E: From<LineTooLong>, L: Fn(&[u8]) -> S> Order<'r, S, E, L> {
    const fn new(receiver: &'r Receiver<Option<Done<S, E>>>, look: &'r L) -> Self {
        Self {
            receiver,
            look,
            waiting: BTreeMap::new(),
            placed: 0,
            buffers: Vec::new(),
            stitcher: Stitcher::new(),
        }
    }

    /// Waits for the next chunk in order.
    fn place_next(&mut self, row: &mut impl Row<S>) -> Result<(), E> {
        while !self.waiting.contains_key(&self.placed) {
            let done = self.receive();
            self.waiting.insert(done.number, done);
        }
        self.place_ready(row)
    }

    /// Waits for any chunk. One of rayon's own threads must work meanwhile, or it may wait for itself.
    fn receive(&self) -> Done<S, E> {
        loop {
            if let Ok(answer) = self.receiver.try_recv() {
                return done(answer);
            }
            match rayon::yield_now() {
                None => return done(self.receiver.recv().expect("a sender is held above")),
                Some(rayon::Yield::Executed) => {}
                Some(rayon::Yield::Idle) => std::thread::yield_now(),
            }
        }
    }

    /// Places whatever is there without waiting.
    fn place_ready(&mut self, row: &mut impl Row<S>) -> Result<(), E> {
        for answer in self.receiver.try_iter() {
            let done = done(answer);
            self.waiting.insert(done.number, done);
        }
        while let Some(mut done) = self.waiting.remove(&self.placed) {
            self.placed += 1;
            // What is behind the end is not looked at, not even at an error.
            if !self.stitcher.is_ended() {
                self.stitcher.place(done.cut?, row, self.look)?;
            }
            done.buffer.clear();
            self.buffers.push(done.buffer);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        chain::MAX_LINE_BYTES,
        sample,
        verify::{Verdict, Verifier},
    };

    #[derive(Debug, PartialEq, Eq)]
    enum Failure {
        Gone,
        TooLong,
    }

    impl From<LineTooLong> for Failure {
        fn from(_: LineTooLong) -> Self {
            Self::TooLong
        }
    }

    #[derive(Debug, Clone, Copy)]
    enum Kind {
        Borrowed,
        Owned,
        Fetched,
    }

    impl Kind {
        fn any() -> impl Strategy<Value = Self> {
            prop::sample::select(vec![Self::Borrowed, Self::Owned, Self::Fetched])
        }

        fn chunk(self, bytes: &[u8]) -> Chunk<'_, Failure> {
            match self {
                Self::Borrowed => Chunk::Borrowed(bytes),
                Self::Owned => Chunk::Owned(bytes.to_vec()),
                Self::Fetched => fetched(bytes.len(), bytes),
            }
        }
    }

    /// A chunk that is to have so many bytes and has these.
    fn fetched(bytes: usize, found: &[u8]) -> Chunk<'_, Failure> {
        Chunk::Fetched(Fetch::new(bytes, |room| {
            room[..found.len()].copy_from_slice(found);
            Ok(found.len())
        }))
    }

    fn verified<'a>(
        chunks: impl IntoIterator<Item = Chunk<'a, Failure>>,
    ) -> Result<Verdict, Failure> {
        let mut verifier = Verifier::new();
        let mut chunks = chunks.into_iter();
        parallel(&mut verifier, |_| (), |_| Ok(chunks.next()))?;
        Ok(verifier.finish())
    }

    /// Cuts `log` into pieces of these lengths, over and over.
    fn pieces<'a>(log: &'a [u8], lengths: &'a [usize]) -> impl Iterator<Item = &'a [u8]> {
        let mut rest = log;
        lengths.iter().cycle().map_while(move |length| {
            let (piece, behind) = rest.split_at((*length).min(rest.len()));
            rest = behind;
            (!piece.is_empty()).then_some(piece)
        })
    }

    fn serial(log: &[u8]) -> Verdict {
        let mut verifier = Verifier::new();
        verifier.log(log);
        verifier.finish()
    }

    fn on_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(work)
    }

    proptest! {
        #[test]
        fn the_verdict_does_not_depend_on_chunks_or_threads(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
            mark: bool,
            lengths in prop_oneof![
                prop::collection::vec(1..4000_usize, 1..12),
                prop::collection::vec(1..64_usize, 1..12),
            ],
            kinds in prop::collection::vec(Kind::any(), 1..5),
            threads in 1..5_usize,
        ) {
            let mark = if mark { "\u{feff}" } else { "" };
            let lines = sample::chain(12, 5).collect::<String>();
            let mut log = format!("{mark}{lines}").into_bytes();
            for (at, byte) in changes {
                let at = at.index(log.len());
                log[at] = byte;
            }
            let pieces = pieces(&log, &lengths).zip(kinds.iter().cycle());
            let chunks: Vec<_> = pieces.map(|(piece, kind)| kind.chunk(piece)).collect();
            let verdict = on_threads(threads, || verified(chunks));
            prop_assert_eq!(verdict, Ok(serial(&log)));
        }

        #[test]
        fn behind_a_chunk_that_came_short_nothing_is_judged(
            length in 2..3000_usize,
            short in any::<prop::sample::Index>(),
            threads in 1..5_usize,
        ) {
            let log = sample::chain(12, 5).collect::<String>().into_bytes();
            let pieces: Vec<_> = log.chunks(length).collect();
            let short = short.index(pieces.len());
            let end = length * short + (pieces[short].len() - 1) / 2;
            let chunks = pieces.iter().enumerate().map(|(number, piece)| match number {
                _ if number == short => fetched(piece.len(), &log[length * short..end]),
                _ if number == short + 1 => gone(),
                _ => Kind::Fetched.chunk(piece),
            });
            let chunks: Vec<_> = chunks.collect();
            let verdict = on_threads(threads, || verified(chunks));
            prop_assert_eq!(verdict, Ok(serial(&log[..end])));
        }
    }

    fn gone<'a>() -> Chunk<'a, Failure> {
        Chunk::Fetched(Fetch::new(1, |_| Err(Failure::Gone)))
    }

    #[test]
    #[should_panic(expected = "looked at")]
    fn a_panic_ends_it_too() {
        let log = sample::example();
        let mut chunks = std::iter::repeat_n(log.as_bytes(), 50);
        let look = |_: &[u8]| panic!("looked at");
        let next = |_| Ok::<_, Failure>(chunks.next().map(Chunk::Borrowed));
        drop(parallel(&mut Looked, look, next));
    }

    struct Looked;

    impl Row for Looked {
        fn place(&mut self, _: &crate::verify::Line, (): ()) {}
    }

    #[test]
    fn an_error_of_the_reader_ends_it() {
        let log = sample::example();
        let mut chunks = 0;
        let next = |_| {
            chunks += 1;
            if chunks < 5 {
                Ok(Some(Chunk::Borrowed(log.as_bytes())))
            } else {
                Err(Failure::Gone)
            }
        };
        let result = parallel(&mut Verifier::new(), |_| (), next);
        assert_eq!(result, Err(Failure::Gone));
        let chunks = [Chunk::Borrowed(log.as_bytes()), gone()];
        assert_eq!(verified(chunks), Err(Failure::Gone));
    }

    #[test]
    fn a_line_across_chunks_is_at_most_so_long() {
        let blanks = vec![b' '; 1 << 20];
        let line = || std::iter::repeat_n(blanks.as_slice(), MAX_LINE_BYTES >> 20);
        let log = |end: &'static [u8]| line().chain([end]).map(Chunk::Borrowed);
        let empty = Ok(serial(b""));
        assert_eq!(verified(log(b"")), empty);
        assert_eq!(verified(log(b"\n")), empty);
        for end in [b" \n".as_slice(), b" "] {
            assert_eq!(verified(log(end)), Err(Failure::TooLong));
        }
    }
}
