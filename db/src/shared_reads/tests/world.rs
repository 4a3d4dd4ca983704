//! A database of version numbers whose every run waits to be told how it ends, and readers who note what they must not see.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::shared_reads::{BrokeDown, SharedReads};

pub(super) type Key = u8;
pub(super) const KEYS: Key = 2;

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Answers,
    Fails,
    Panics,
}

/// The number of a run, and the version that it read, or that it failed.
type Answer = (u64, Result<u64, ()>);
/// What a reader got.
pub(super) type Seen = Result<Answer, BrokeDown>;

#[derive(Default)]
struct Database {
    version: u64,
    /// Runs that ever began.
    begun: u64,
    /// Runs under way, each with the way to end it until that was used.
    running: BTreeMap<Key, Option<oneshot::Sender<Outcome>>>,
}

/// Readers, the reads that they share, and the database.
pub(super) struct World {
    runtime: Runtime,
    reads: SharedReads<Key, Answer>,
    database: Arc<Mutex<Database>>,
    readers: BTreeMap<usize, Reader>,
}

struct Reader {
    task: JoinHandle<Seen>,
    /// The version and the count of runs when it came.
    version: u64,
    begun: u64,
}

impl World {
    pub(super) fn new() -> Self {
        // Time is paused: it moves on when nothing else can, which is how `settle` knows that all is done.
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        Self { runtime, reads: SharedReads::default(), database: Arc::default(), readers: BTreeMap::new() }
    }

    pub(super) fn write(&mut self) {
        self.database.lock().unwrap().version += 1;
    }

    pub(super) fn arrive(&mut self, reader: usize, key: Key) {
        let (reads, database) = (self.reads.clone(), Arc::clone(&self.database));
        let (version, begun) = {
            let database = database.lock().unwrap();
            (database.version, database.begun)
        };
        let task = self.runtime.spawn(async move { reads.read(key, move || run(database, key)).await });
        self.readers.insert(reader, Reader { task, version, begun });
    }

    pub(super) fn vanish(&mut self, reader: usize) {
        if let Some(reader) = self.readers.remove(&reader) {
            reader.task.abort();
        }
    }

    /// Ends the run of a key, if one is under way.
    pub(super) fn finish(&mut self, key: Key, outcome: Outcome) {
        let run = self.database.lock().unwrap().running.get_mut(&key).and_then(Option::take);
        if let Some(run) = run {
            // Whoever waited for it may be gone, and the run with them.
            let _ = run.send(outcome);
        }
    }

    /// Lets every task go on once.
    pub(super) fn step(&mut self) {
        self.runtime.block_on(async { tokio::task::yield_now().await });
    }

    /// Lets every task go on as far as it can.
    pub(super) fn settle(&mut self) {
        self.runtime.block_on(async { tokio::time::sleep(Duration::from_millis(1)).await });
    }

    pub(super) fn under_way(&self) -> usize {
        self.reads.under_way()
    }

    pub(super) fn waiting(&self) -> usize {
        self.readers.len()
    }

    /// The readers who have their answers, which are checked to be younger than they; they leave.
    pub(super) fn answered(&mut self) -> BTreeMap<usize, Seen> {
        let done = self.readers.iter().filter(|(_, reader)| reader.task.is_finished()).map(|(number, _)| *number);
        let done: Vec<usize> = done.collect();
        done.into_iter().map(|number| (number, self.answer_of(number))).collect()
    }

    fn answer_of(&mut self, number: usize) -> Seen {
        let Reader { task, version, begun } = self.readers.remove(&number).unwrap();
        let seen = self.runtime.block_on(task).unwrap();
        if let Ok((run, read)) = seen {
            assert!(run > begun, "reader {number} got run {run}, which had begun before it came");
            assert!(read.is_err() || read >= Ok(version), "reader {number} came at version {version} and saw {read:?}");
        }
        seen
    }
}

/// A statement that sees the database as it was when it began, the oldest that any isolation level allows.
async fn run(database: Arc<Mutex<Database>>, key: Key) -> Answer {
    let (number, version, end) = begin(&database, key);
    let _running = Running { database, key };
    match end.await {
        Ok(Outcome::Answers) => (number, Ok(version)),
        Ok(Outcome::Fails) => (number, Err(())),
        _ => panic!("as it was told"),
    }
}

fn begin(database: &Mutex<Database>, key: Key) -> (u64, u64, oneshot::Receiver<Outcome>) {
    let mut database = database.lock().unwrap();
    let (tell, end) = oneshot::channel();
    database.begun += 1;
    let other = database.running.insert(key, Some(tell));
    assert!(other.is_none(), "two runs of key {key} at once");
    (database.begun, database.version, end)
}

/// A run, until it ended or was given up.
struct Running {
    database: Arc<Mutex<Database>>,
    key: Key,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.database.lock().unwrap().running.remove(&self.key);
    }
}
