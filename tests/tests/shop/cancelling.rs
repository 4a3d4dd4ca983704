//! Requests that are given up half-way.

use std::time::Duration;

use bookstore_tests::browser::Browser;
use bookstore_tests::fixture::shop_server;
use bookstore_tests::shop::Shop;
use bookstore_tests::stand_in::{Fault, StandIn};
use tokio::task::JoinSet;

/// Requests that are given up while the server is known to work on their query.
const GIVEN_UP: u64 = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_request_never_leaves_its_rows_to_another() {
    let server = shop_server().await;
    let shop = Shop::start(&format!("{};Max Pool Size=4", server.connection_string("webapp"))).await;
    server.faults().always(Fault::DelayReply(Duration::from_millis(2)));
    cancel_1_000(&shop).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_whose_query_was_given_up_is_replaced() {
    let server = shop_server().await;
    let shop = Shop::start(&format!("{};Max Pool Size=1", server.connection_string("webapp"))).await;
    let browser = Browser::new(&shop.url);
    browser.open("/books").await;
    let before = server.counters().logins();
    for _ in 0..GIVEN_UP {
        let statements = server.counters().statements();
        server.faults().once_for("where b.id = @p1", Fault::NeverAnswer);
        tokio::select! {
            _ = browser.client.get(browser.at("/books/1")).send() => panic!("an answer to a query that was not answered"),
            () = arrival(&server, statements) => {}
        }
        assert_eq!(browser.open("/books/2").await.status, 200);
    }
    assert_eq!(server.counters().logins() - before, GIVEN_UP);
}

/// Waits until the server has had a further statement.
async fn arrival(server: &StandIn, statements: u64) {
    while server.counters().statements() == statements {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_request_takes_no_connection_from_the_embedded_store() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("Server=(embedded);AttachDbFilename={};User ID=sa", folder.path().join("books.db").display());
    cancel_1_000(&Shop::start(&text).await).await;
}

/// 1,000 requests are cancelled at arbitrary points of their queries while others go on: each of the others gets its own book.
async fn cancel_1_000(shop: &Shop) {
    let browser = Browser::new(&shop.url);
    let mut books = Vec::new();
    for number in 0..20 {
        let title = format!("Book number {number:02}");
        books.push((browser.add(&title).await, title));
    }
    let mut requests = JoinSet::new();
    for number in 0..2_000_usize {
        let (browser, (path, title)) = (browser.clone(), books[number % books.len()].clone());
        let api = path.replace("/books/", "/api/v1/books/");
        requests.spawn(async move {
            let request = browser.client.get(browser.at(&api)).send();
            if number % 2 == 0 {
                // Polled a few times, then dropped: the connection closes while the query runs.
                give_up_after(request, number % 7).await;
            } else {
                let text = request.await.unwrap().text().await.unwrap();
                assert!(text.contains(&title), "{api} answered {text}");
            }
        });
        if requests.len() >= 64 {
            requests.join_next().await.unwrap().unwrap();
        }
    }
    while let Some(done) = requests.join_next().await {
        done.unwrap();
    }
}

async fn give_up_after(request: impl Future, polls: usize) {
    tokio::select! {
        biased;
        () = async { for _ in 0..=polls * 20 { tokio::task::yield_now().await } } => {}
        _ = request => {}
    }
}
