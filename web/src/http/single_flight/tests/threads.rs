//! Several threads: schedules that the generated ones, which run on one thread, cannot reach.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::runtime::Builder;
use tokio::task::JoinSet;

use crate::http::single_flight::{RunEnded, SingleFlight};

const WRITERS: u64 = 32;
const ROUNDS: u64 = 100;

#[derive(Default)]
struct Database {
    version: AtomicU64,
    running: AtomicU64,
    runs: AtomicU64,
}

impl Database {
    async fn read(self: Arc<Self>) -> u64 {
        assert_eq!(self.running.fetch_add(1, Ordering::SeqCst), 0, "two runs at once");
        self.runs.fetch_add(1, Ordering::SeqCst);
        let version = self.version.load(Ordering::SeqCst);
        tokio::task::yield_now().await;
        self.running.fetch_sub(1, Ordering::SeqCst);
        version
    }
}

async fn ask(reads: &SingleFlight<(), u64>, database: &Arc<Database>) -> Result<u64, RunEnded> {
    let database = Arc::clone(database);
    reads.read((), |_| database.read()).await
}

/// Waits for the runners, which end shortly after their last caller has its result.
async fn all_are_forgotten<V: Clone + Send + Sync + 'static>(reads: &SingleFlight<(), V>) {
    for _ in 0..1_000_000 {
        if reads.running_keys() == 0 {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("a key is not forgotten");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writer_reads_its_own_write_on_any_thread() {
    let (reads, database) = (SingleFlight::default(), Arc::new(Database::default()));
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        let (reads, database) = (reads.clone(), Arc::clone(&database));
        writers.spawn(async move {
            for _ in 0..ROUNDS {
                let written = database.version.fetch_add(1, Ordering::SeqCst) + 1;
                let seen = ask(&reads, &database).await;
                assert!(seen.is_ok_and(|seen| seen >= written), "wrote {written}, saw {seen:?}");
            }
        });
    }
    while let Some(done) = writers.join_next().await {
        done.unwrap();
    }
    all_are_forgotten(&reads).await;
}

#[tokio::test]
async fn thousand_concurrent_callers_cost_two_runs() {
    let (reads, database) = (SingleFlight::default(), Arc::new(Database::default()));
    let first = tokio::spawn({
        let (reads, database) = (reads.clone(), Arc::clone(&database));
        async move { ask(&reads, &database).await }
    });
    for _ in 0..100 {
        if database.runs.load(Ordering::SeqCst) > 0 {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(database.runs.load(Ordering::SeqCst), 1, "the first run is under way");
    let rest = futures_util::future::join_all((1..1_000).map(|_| ask(&reads, &database))).await;
    assert!(first.await.unwrap().is_ok() && rest.iter().all(Result::is_ok));
    assert_eq!(database.runs.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn run_receives_the_result_of_the_run_directly_before_it() {
    let reads = SingleFlight::<(), Vec<u32>>::default();
    let run = |number| {
        reads.read((), move |before: Option<Vec<u32>>| async move {
            tokio::task::yield_now().await;
            [before.unwrap_or_default(), vec![number]].concat()
        })
    };
    let (first, second) = tokio::join!(run(1), async {
        tokio::task::yield_now().await;
        run(2).await
    });
    assert_eq!((first, second), (Ok(vec![1]), Ok(vec![1, 2])));
    all_are_forgotten(&reads).await;
    assert_eq!(run(3).await, Ok(vec![3]));
}

#[test]
fn ended_runtime_leaves_no_caller_waiting() {
    let reads = SingleFlight::<(), ()>::default();
    let ended = Builder::new_current_thread().build().unwrap();
    let orphaned = reads.clone();
    ended.spawn(async move { orphaned.read((), |_| std::future::pending()).await });
    ended.block_on(tokio::task::yield_now());
    assert_eq!(reads.running_keys(), 1);
    drop(ended);
    assert_eq!(reads.running_keys(), 0);
    let later = Builder::new_current_thread().build().unwrap();
    assert_eq!(later.block_on(reads.read((), |_| async {})), Ok(()));
}
