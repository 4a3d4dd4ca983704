//! A database of version numbers whose runs end when the test ends them, and callers that check their results.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::http::single_flight::{RunEnded, SingleFlight};

pub(super) type Key = u8;
pub(super) const KEYS: Key = 2;

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Answers,
    Fails,
    Panics,
}

/// The number of a run, and the version that it read or its failure.
type Answer = (u64, Result<u64, ()>);
/// What a caller received.
pub(super) type Seen = Result<Answer, RunEnded>;

#[derive(Default)]
struct Database {
    version: u64,
    /// Runs that ever started.
    started: u64,
    /// Runs under way, each with its way to end it, until that is used.
    running: BTreeMap<Key, Option<oneshot::Sender<Outcome>>>,
}

/// Callers, the reads that they share, and the database.
pub(super) struct World {
    runtime: Runtime,
    reads: SingleFlight<Key, Answer>,
    database: Arc<Mutex<Database>>,
    callers: BTreeMap<usize, Caller>,
}

struct Caller {
    task: JoinHandle<Seen>,
    /// The version and the count of runs when it arrived.
    version: u64,
    started: u64,
}

impl World {
    pub(super) fn new() -> Self {
        // Time is paused: it advances when no task can run, which is how `settle` knows that all tasks wait.
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        Self { runtime, reads: SingleFlight::default(), database: Arc::default(), callers: BTreeMap::new() }
    }

    pub(super) fn write(&mut self) {
        self.database.lock().unwrap().version += 1;
    }

    pub(super) fn arrive(&mut self, caller: usize, key: Key) {
        let (reads, database) = (self.reads.clone(), Arc::clone(&self.database));
        let (version, started) = {
            let database = database.lock().unwrap();
            (database.version, database.started)
        };
        let task = self.runtime.spawn(async move { reads.read(key, move |_| run(database, key)).await });
        self.callers.insert(caller, Caller { task, version, started });
    }

    pub(super) fn leave(&mut self, caller: usize) {
        if let Some(caller) = self.callers.remove(&caller) {
            caller.task.abort();
        }
    }

    /// Ends the run of a key, if one is under way.
    pub(super) fn finish(&mut self, key: Key, outcome: Outcome) {
        let run = self.database.lock().unwrap().running.get_mut(&key).and_then(Option::take);
        if let Some(run) = run {
            // Its callers may have left, and the run with them.
            let _ = run.send(outcome);
        }
    }

    /// Polls every task once.
    pub(super) fn step(&mut self) {
        self.runtime.block_on(async { tokio::task::yield_now().await });
    }

    /// Runs every task until all wait.
    pub(super) fn settle(&mut self) {
        self.runtime.block_on(async { tokio::time::sleep(Duration::from_millis(1)).await });
    }

    pub(super) fn running_keys(&self) -> usize {
        self.reads.running_keys()
    }

    pub(super) fn waiting(&self) -> usize {
        self.callers.len()
    }

    /// The callers who have their answers, and checks that the results are newer than they; they leave.
    pub(super) fn answered(&mut self) -> BTreeMap<usize, Seen> {
        let done = self.callers.iter().filter(|(_, caller)| caller.task.is_finished()).map(|(number, _)| *number);
        let done: Vec<usize> = done.collect();
        done.into_iter().map(|number| (number, self.answer_of(number))).collect()
    }

    fn answer_of(&mut self, number: usize) -> Seen {
        let Caller { task, version, started } = self.callers.remove(&number).unwrap();
        let seen = self.runtime.block_on(task).unwrap();
        if let Ok((run, read)) = seen {
            assert!(run > started, "caller {number} got run {run}, which started before it arrived");
            assert!(
                read.is_err() || read >= Ok(version),
                "caller {number} arrived at version {version} and saw {read:?}"
            );
        }
        seen
    }
}

/// A statement that sees the database as it was at its start, the oldest state that any isolation level allows.
async fn run(database: Arc<Mutex<Database>>, key: Key) -> Answer {
    let (number, version, end) = start(&database, key);
    let _running = Running { database, key };
    match end.await {
        Ok(Outcome::Answers) => (number, Ok(version)),
        Ok(Outcome::Fails) => (number, Err(())),
        _ => panic!("a panic on purpose"),
    }
}

fn start(database: &Mutex<Database>, key: Key) -> (u64, u64, oneshot::Receiver<Outcome>) {
    let mut database = database.lock().unwrap();
    let (end_run, end) = oneshot::channel();
    database.started += 1;
    let other = database.running.insert(key, Some(end_run));
    assert!(other.is_none(), "two runs of key {key} at once");
    (database.started, database.version, end)
}

/// A run, until it ends or is cancelled.
struct Running {
    database: Arc<Mutex<Database>>,
    key: Key,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.database.lock().unwrap().running.remove(&self.key);
    }
}
