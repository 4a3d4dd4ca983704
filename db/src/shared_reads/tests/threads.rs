//! Real threads: what the generated schedules cannot reach, since they run on one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::runtime::Builder;
use tokio::task::JoinSet;

use crate::shared_reads::{BrokeDown, SharedReads};

const PEOPLE: u64 = 64;
const ROUNDS: u64 = 200;

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

async fn ask(reads: &SharedReads<(), u64>, database: &Arc<Database>) -> Result<u64, BrokeDown> {
    let database = Arc::clone(database);
    reads.read((), || database.read()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_has_written_sees_it_whatever_the_threads_do() {
    let (reads, database) = (SharedReads::default(), Arc::new(Database::default()));
    let mut people = JoinSet::new();
    for _ in 0..PEOPLE {
        let (reads, database) = (reads.clone(), Arc::clone(&database));
        people.spawn(async move {
            for _ in 0..ROUNDS {
                let written = database.version.fetch_add(1, Ordering::SeqCst) + 1;
                let seen = ask(&reads, &database).await;
                assert!(seen.is_ok_and(|seen| seen >= written), "wrote {written}, saw {seen:?}");
            }
        });
    }
    while let Some(done) = people.join_next().await {
        done.unwrap();
    }
    assert_eq!(reads.under_way(), 0);
}

#[tokio::test]
async fn a_thousand_readers_at_once_cost_two_runs() {
    let (reads, database) = (SharedReads::default(), Arc::new(Database::default()));
    let first = tokio::spawn({
        let (reads, database) = (reads.clone(), Arc::clone(&database));
        async move { ask(&reads, &database).await }
    });
    while database.runs.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    let rest = futures_util::future::join_all((1..1_000).map(|_| ask(&reads, &database))).await;
    assert!(first.await.unwrap().is_ok() && rest.iter().all(Result::is_ok));
    assert_eq!(database.runs.load(Ordering::SeqCst), 2);
}

#[test]
fn a_runtime_that_ends_leaves_nobody_waiting() {
    let reads = SharedReads::<(), ()>::default();
    let ended = Builder::new_current_thread().build().unwrap();
    let orphaned = reads.clone();
    ended.spawn(async move { orphaned.read((), std::future::pending).await });
    ended.block_on(tokio::task::yield_now());
    assert_eq!(reads.under_way(), 1);
    drop(ended);
    assert_eq!(reads.under_way(), 0);
    let later = Builder::new_current_thread().build().unwrap();
    assert_eq!(later.block_on(reads.read((), || async {})), Ok(()));
}
