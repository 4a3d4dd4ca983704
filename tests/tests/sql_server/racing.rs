//! Two sessions at once: a write is applied once, and of two edits none is lost. On a server that locks rows, as SQL
//! Server does.

use bookstore_db::book::RequestId;
use bookstore_db::error::Error;
use bookstore_db::store::Store;
use bookstore_tests::books::{create, draft, first_page, input};
use bookstore_tests::fixture::{open, shop_server};
use bookstore_tests::sql::settings;
use futures_util::StreamExt;
use futures_util::stream;
use sql_server_stand_in::{ReadCommitted, StandIn};

/// Sets the number of races for creates and edits, each with both ways to read: 2500 are 10,000 races, as in
/// `./test.sh --all`.
const RACES_VARIABLE: &str = "BOOKSTORE_TEST_RACES";
const DEFAULT_RACES: usize = 100;
/// Pairs that race at the same time.
const PAIRS: usize = 4;

fn races() -> usize {
    std::env::var(RACES_VARIABLE).map_or(DEFAULT_RACES, |count| count.parse().unwrap())
}

async fn contended_shop(reads: ReadCommitted) -> (StandIn, Store) {
    let server = shop_server().await;
    server.contend(reads);
    let store = open(&settings(&server.connection_string("webapp")));
    (server, store)
}

/// Creates each book twice at once.
async fn race_creates(reads: ReadCommitted) -> u64 {
    let (server, store) = contended_shop(reads).await;
    let before = store.list(&first_page()).await.unwrap().total;
    let statements = server.counters().statements();
    let pairs = stream::iter(0..races()).for_each_concurrent(PAIRS, |number| {
        let store = &store;
        async move {
            let (draft, request) = (draft(&input(&format!("Book {number}"))), RequestId::random());
            let (first, second) = tokio::join!(store.create(&draft, request), store.create(&draft, request));
            assert_eq!(first.unwrap(), second.unwrap());
        }
    });
    pairs.await;
    let sent = server.counters().statements() - statements;
    let inserted = store.list(&first_page()).await.unwrap().total - before;
    assert_eq!(usize::try_from(inserted).unwrap(), races(), "rows for {sent} statements");
    sent - 2 * races() as u64
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn racing_creates_insert_one_row_with_row_versions() {
    // Both find no row. The second waits at the key of the first, fails with 2601, and finds that row when it is sent
    // again.
    assert_ne!(race_creates(ReadCommitted::Snapshot).await, 0, "no statement was sent again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn racing_creates_insert_one_row_with_read_locks() {
    race_creates(ReadCommitted::Locking).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn racing_edits_lose_none() {
    for reads in [ReadCommitted::Snapshot, ReadCommitted::Locking] {
        let (_server, store) = contended_shop(reads).await;
        let pairs = stream::iter(0..races()).for_each_concurrent(PAIRS, |number| {
            let store = &store;
            async move {
                let book = create(store, &format!("Book {number}")).await;
                let (mine, theirs) = (draft(&input("Mine")), draft(&input("Theirs")));
                let (mine, theirs) =
                    tokio::join!(store.edit(book.id, &mine, book.version), store.edit(book.id, &theirs, book.version));
                let (won, lost) = if mine.is_ok() { (mine, theirs) } else { (theirs, mine) };
                let won = won.unwrap();
                assert!(matches!(&lost, Err(Error::Conflict(current)) if **current == won), "{lost:?}");
                assert_eq!(store.get(book.id).await.unwrap(), won);
            }
        });
        pairs.await;
    }
}
