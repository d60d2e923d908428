//! The one thread that has the files: it takes statements and finds what is asked for.
//!
//! While it waits for the disk, more statements come; they are written together the next time. So those who wait do not
//! wait for one sync each.

use std::{io, sync::Arc, thread};

use sealstone::{
    store::witness::{Found, Keeper, NotTaken, Query},
    system,
    witness::{Checkpoint, Refusal},
};
use tokio::sync::{mpsc, oneshot};

use crate::cli::serve::Metrics;

/// How many statements and questions wait at most, and are taken at once.
const WAITING: usize = 1024;

/// What a statement came to, or nothing if the files could not be written.
type Judged = Option<Result<Checkpoint, Refusal>>;

#[derive(Debug)]
enum Job {
    Keep(Checkpoint, oneshot::Sender<Judged>),
    Find(Query, oneshot::Sender<Option<Found>>),
}

/// Where statements are handed in, and questions.
#[derive(Debug, Clone)]
pub(super) struct Desk(mpsc::Sender<Job>);

impl Desk {
    /// Starts the thread. It ends when no desk is left. What its operator should know goes to `notices`.
    pub(super) fn open(
        mut keeper: Keeper,
        metrics: Arc<Metrics>,
        notices: mpsc::UnboundedSender<String>,
    ) -> io::Result<(Self, thread::JoinHandle<()>)> {
        let (hand_in, mut jobs) = mpsc::channel(WAITING);
        let clerk = move || {
            let mut last_failure = None;
            count(&metrics, &keeper);
            while let Some(first) = jobs.blocking_recv() {
                let mut batch = vec![first];
                while batch.len() < WAITING
                    && let Ok(next) = jobs.try_recv()
                {
                    batch.push(next);
                }
                let failure = work(&mut keeper, &metrics, batch).err();
                // The same failure again is no news.
                let is_news = failure != last_failure;
                let news = failure.clone().filter(|_| is_news);
                last_failure = failure;
                let told = keeper
                    .take_notices()
                    .into_iter()
                    .map(|notice| notice.to_string());
                for notice in told.chain(news) {
                    // Nobody listens any more once the server stops.
                    drop(notices.send(notice));
                }
                count(&metrics, &keeper);
            }
        };
        let thread = thread::Builder::new().name("witness".to_owned());
        let thread = thread.spawn(clerk)?;
        Ok((Self(hand_in), thread))
    }

    /// Hands in a statement. When this returns what was kept, it is on the disk.
    pub(super) async fn keep(&self, said: Checkpoint) -> Judged {
        let (answer, answered) = oneshot::channel();
        self.0.send(Job::Keep(said, answer)).await.ok()?;
        answered.await.ok()?
    }

    /// Asks for what there is about a log.
    pub(super) async fn find(&self, query: Query) -> Option<Found> {
        let (answer, answered) = oneshot::channel();
        self.0.send(Job::Find(query, answer)).await.ok()?;
        answered.await.ok()?
    }
}

/// Takes all statements of a batch at once, and then answers its questions. Returns what failed last, if anything did.
fn work(keeper: &mut Keeper, metrics: &Metrics, batch: Vec<Job>) -> Result<(), String> {
    let (mut said, mut waiting, mut questions) = (Vec::new(), Vec::new(), Vec::new());
    for job in batch {
        match job {
            Job::Keep(statement, answer) => {
                said.push(statement);
                waiting.push(answer);
            }
            Job::Find(query, answer) => questions.push((query, answer)),
        }
    }
    let mut result = Ok(());
    if !said.is_empty() {
        let start = system::start();
        let judged = keeper.commit(said);
        metrics.appended(start.elapsed());
        count(metrics, keeper);
        match judged {
            Ok(judged) => {
                for (answer, judged) in waiting.into_iter().zip(judged) {
                    let judged = match judged {
                        Ok(kept) => Some(Ok(kept)),
                        Err(NotTaken::Refused(refusal)) => Some(Err(refusal)),
                        Err(NotTaken::EvidenceNotKept(error)) => {
                            result = Err(error.to_string());
                            None
                        }
                    };
                    // Who asked may be gone.
                    drop(answer.send(judged));
                }
            }
            Err(error) => result = Err(error.to_string()),
        }
    }
    for (query, answer) in questions {
        match keeper.find(&query) {
            Ok(found) => drop(answer.send(Some(found))),
            Err(error) => result = Err(error.to_string()),
        }
    }
    result
}

fn count(metrics: &Metrics, keeper: &Keeper) {
    let counts = keeper.counts();
    metrics.set(
        "checkpoints",
        "Checkpoints that are kept.",
        counts.checkpoints,
    );
    metrics.set(
        "conflicts",
        "Refused statements that are kept in conflicts.jsonl.",
        counts.conflicts,
    );
    metrics.set(
        "damaged_lines",
        "Lines of witness.jsonl and conflicts.jsonl that are damaged.",
        counts.damaged,
    );
}
