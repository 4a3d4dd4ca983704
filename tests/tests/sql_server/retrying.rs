//! Statements that are sent again, and writes that happen once all the same.

use bookstore_db::book::RequestId;
use bookstore_db::error::Error;
use bookstore_db::store::Store;
use bookstore_tests::books::{create, draft, everything, input};
use bookstore_tests::fixture::{open, settings, shop_server};
use bookstore_tests::stand_in::{Fault, StandIn};

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
async fn a_deadlock_victim_is_sent_again() {
    let (server, store) = store().await;
    server.faults().once_for("FROM dbo.Books", error(DEADLOCK));
    assert_eq!(store.list(&everything()).await.unwrap().total, 8);
    server.faults().once_for("BookEntries", error(DEADLOCK));
    create(&store, "Emma").await;
    assert_eq!(store.list(&everything()).await.unwrap().total, 9);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_transient_number_of_azure_is_sent_again() {
    let (server, store) = store().await;
    for number in
        [40_197, 40_501, 40_613, 49_918, 49_919, 49_920, 10_928, 10_929, 4_221, 233, 64, 10_053, 10_054, 10_060]
    {
        server.faults().once_for("FROM dbo.Books", error(number));
        assert!(store.creators().await.is_ok(), "{number}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadlock_that_does_not_end_is_given_up_and_named() {
    let (server, store) = store().await;
    server.faults().always_for("FROM dbo.Books", error(DEADLOCK));
    let before = server.counters().statements();
    let given_up = store.creators().await;
    assert!(matches!(&given_up, Err(Error::Unavailable(text)) if text.contains("1205")), "{given_up:?}");
    let sent = server.counters().statements() - before;
    // Once for the identity of the new connection, once and three times again for the statement.
    assert!((4..=6).contains(&sent), "{sent}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_that_does_not_pass_is_not_sent_again() {
    let (server, store) = store().await;
    store.ping().await.unwrap();
    server.faults().always_for("FROM dbo.Books", Fault::Error { number: 8134, text: "Divide by zero.".into() });
    let before = server.counters().statements();
    assert!(matches!(store.creators().await, Err(Error::Database(text)) if text.contains("8134")));
    assert_eq!(server.counters().statements() - before, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_book_whose_acknowledgement_was_lost_is_made_once() {
    let (server, store) = store().await;
    server.faults().once_for("INSERT INTO dbo.BookEntries", Fault::CloseAfterRunning);
    let book = create(&store, "Emma").await;
    let page = store.list(&everything()).await.unwrap();
    assert_eq!(page.total, 9);
    assert_eq!(page.books.last(), Some(&book));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_whose_acknowledgement_was_lost_finds_its_own_result() {
    let (server, store) = store().await;
    let book = create(&store, "Emma").await;
    server.faults().once_for("UPDATE dbo.BookEntries", Fault::CloseAfterRunning);
    let edited = store.edit(book.id, &draft(&input("Persuasion")), book.version).await.unwrap();
    assert_eq!((edited.title.as_str(), edited.version), ("Persuasion", book.version + 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_that_lost_to_another_is_a_conflict_even_after_a_lost_answer() {
    let (server, store) = store().await;
    let book = create(&store, "Emma").await;
    store.edit(book.id, &draft(&input("Theirs")), book.version).await.unwrap();
    server.faults().once_for("UPDATE dbo.BookEntries", Fault::CloseAfterRunning);
    let mine = store.edit(book.id, &draft(&input("Mine")), book.version).await;
    assert!(matches!(mine, Err(Error::Conflict(now)) if now.title == "Theirs"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delete_whose_acknowledgement_was_lost_has_succeeded() {
    let (server, store) = store().await;
    let book = create(&store, "Emma").await;
    server.faults().once_for("DELETE FROM dbo.BookEntries", Fault::CloseAfterRunning);
    store.delete(book.id, book.version).await.unwrap();
    assert!(matches!(store.delete(book.id, book.version).await, Err(Error::NotFound(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_breaks_off_in_the_middle_is_asked_for_again() {
    let (server, store) = store().await;
    for bytes in [0, 1, 7, 8, 9, 100, 500, 1_000] {
        server.faults().once_for("FROM dbo.Books", Fault::CloseAfterBytes(bytes));
        assert_eq!(store.list(&everything()).await.unwrap().total, 8, "after {bytes} bytes");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_connections_of_a_server_that_was_restarted_are_not_handed_out() {
    let (mut server, store) = store().await;
    let many = (0..8).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { store.list(&everything()).await.unwrap() })
    });
    for task in many.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    server.stop().await;
    server.restart().await.unwrap();
    let request_id = RequestId::random();
    store.create(&draft(&input("Emma")), request_id).await.unwrap();
}
