//! Retries: statements that are sent again, and writes that are applied once all the same.

use bookstore_db::book::RequestId;
use bookstore_db::error::Error;
use bookstore_db::store::Store;
use bookstore_tests::books::{create, draft, first_page, input};
use bookstore_tests::fixture::{open, shop_server};
use bookstore_tests::sql::settings;
use sql_server_stand_in::{Fault, StandIn};

const DEADLOCK: i32 = 1205;

async fn store() -> (StandIn, Store) {
    let server = shop_server().await;
    let store = open(&settings(&server.connection_string("webapp")));
    (server, store)
}

fn error(number: i32) -> Fault {
    Fault::Error { number, text: "Transaction was deadlocked on lock resources. Rerun the transaction.".into() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deadlock_victim_is_retried() {
    let (server, store) = store().await;
    server.faults().once_for("FROM dbo.Books", error(DEADLOCK));
    assert_eq!(store.list(&first_page()).await.unwrap().total, 8);
    server.faults().once_for("BookEntries", error(DEADLOCK));
    create(&store, "Emma").await;
    assert_eq!(store.list(&first_page()).await.unwrap().total, 9);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_transient_azure_error_is_retried() {
    let (server, store) = store().await;
    for number in
        [40_197, 40_501, 40_613, 49_918, 49_919, 49_920, 10_928, 10_929, 4_221, 233, 64, 10_053, 10_054, 10_060]
    {
        server.faults().once_for("FROM dbo.Books", error(number));
        assert!(store.list(&first_page()).await.is_ok(), "{number}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn endless_deadlock_is_reported() {
    let (server, store) = store().await;
    server.faults().always_for("FROM dbo.Books", error(DEADLOCK));
    let before = server.counters().statements();
    let failed = store.list(&first_page()).await;
    assert!(matches!(&failed, Err(Error::Locked(error)) if error.number == 1205), "{failed:?}");
    let sent = server.counters().statements() - before;
    // One for the identity of the new connection, one for the statement and three for its retries.
    assert!((4..=6).contains(&sent), "{sent}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn permanent_error_is_not_retried() {
    let (server, store) = store().await;
    store.ping().await.unwrap();
    server.faults().always_for("FROM dbo.Books", Fault::Error { number: 8134, text: "Divide by zero.".into() });
    let before = server.counters().statements();
    assert!(matches!(store.list(&first_page()).await, Err(Error::Server(error)) if error.number == 8134));
    assert_eq!(server.counters().statements() - before, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn create_with_a_lost_reply_inserts_one_row() {
    let (server, store) = store().await;
    server.faults().once_for("INSERT INTO dbo.BookEntries", Fault::CloseAfterRunning);
    let book = create(&store, "Emma").await;
    let page = store.list(&first_page()).await.unwrap();
    assert_eq!(page.total, 9);
    assert_eq!(page.books.last(), Some(&book));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn edit_with_a_lost_reply_finds_its_own_result() {
    let (server, store) = store().await;
    let book = create(&store, "Emma").await;
    server.faults().once_for("UPDATE dbo.BookEntries", Fault::CloseAfterRunning);
    let edited = store.edit(book.id, &draft(&input("Persuasion")), book.version).await.unwrap();
    assert_eq!((edited.title.as_str(), edited.version), ("Persuasion", book.version + 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn losing_edit_is_a_conflict_even_after_a_lost_reply() {
    let (server, store) = store().await;
    let book = create(&store, "Emma").await;
    store.edit(book.id, &draft(&input("Theirs")), book.version).await.unwrap();
    server.faults().once_for("UPDATE dbo.BookEntries", Fault::CloseAfterRunning);
    let mine = store.edit(book.id, &draft(&input("Mine")), book.version).await;
    assert!(matches!(mine, Err(Error::Conflict(now)) if now.title == "Theirs"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn delete_with_a_lost_reply_succeeds() {
    let (server, store) = store().await;
    let book = create(&store, "Emma").await;
    server.faults().once_for("DELETE FROM dbo.BookEntries", Fault::CloseAfterRunning);
    store.delete(book.id, book.version).await.unwrap();
    assert!(matches!(store.delete(book.id, book.version).await, Err(Error::NotFound(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn truncated_reply_is_requested_again() {
    let (server, store) = store().await;
    for bytes in [0, 1, 7, 8, 9, 100, 500, 1_000] {
        server.faults().once_for("FROM dbo.Books", Fault::CloseAfterBytes(bytes));
        assert_eq!(store.list(&first_page()).await.unwrap().total, 8, "after {bytes} bytes");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_connections_to_a_restarted_server_are_not_reused() {
    let (mut server, store) = store().await;
    let many = (0..8).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { store.list(&first_page()).await.unwrap() })
    });
    for task in many.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    server.stop().await;
    server.restart().await.unwrap();
    let request_id = RequestId::random();
    store.create(&draft(&input("Emma")), request_id).await.unwrap();
}
