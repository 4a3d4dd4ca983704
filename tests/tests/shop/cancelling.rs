//! Requests that the client cancels while their query runs.

use std::time::Duration;

use bookstore_tests::browser::{Browser, book};
use bookstore_tests::fixture::{settings, shop_server};
use bookstore_tests::shop::Shop;
use bookstore_tests::sql;
use bookstore_tests::wait::{self, eventually};
use sql_server_stand_in::{Fault, Gate};
use tokio::task::JoinSet;

/// The number of requests that are cancelled while the server works on their query.
const CANCELLED: u64 = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cancelled_request_never_leaks_rows_to_another() {
    let server = shop_server().await;
    let shop = Shop::start(&format!("{};Max Pool Size=4", server.connection_string("webapp"))).await;
    server.faults().always(Fault::DelayReply(Duration::from_millis(2)));
    cancel_1_000_of_2_000(&shop).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn query_of_a_cancelled_request_finishes_and_its_connection_is_used_again() {
    let server = shop_server().await;
    let shop = Shop::start(&format!("{};Max Pool Size=1", server.connection_string("webapp"))).await;
    let browser = Browser::new(&shop.url);
    browser.open("/books").await;
    let before = server.counters().logins();
    for _ in 0..CANCELLED {
        let gate = Gate::closed();
        server.faults().once_for("where b.id = @p1", Fault::HoldReply(gate.clone()));
        tokio::select! {
            _ = browser.client.get(browser.at("/books/1")).send() => panic!("a response without the query's result"),
            () = arrival(&gate) => {}
        }
        gate.open();
        assert_eq!(browser.open("/books/2").await.status, 200);
    }
    assert_eq!(server.counters().logins(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connection_of_a_query_that_never_ends_is_replaced() {
    let server = shop_server().await;
    let shop = Shop::start(&format!("{};Max Pool Size=1", server.connection_string("webapp"))).await;
    let browser = Browser::new(&shop.url);
    browser.open("/books").await;
    let (logins, statements) = (server.counters().logins(), server.counters().statements());
    server.faults().once_for("where b.id = @p1", Fault::NeverAnswer);
    tokio::select! {
        _ = browser.client.get(browser.at("/books/1")).send() => panic!("a response without the query's result"),
        () = eventually("the statement arrives", wait::PATIENCE, async || server.counters().statements() > statements) => {}
    }
    assert_eq!(browser.open("/books/2").await.status, 200);
    assert_eq!(server.counters().logins() - logins, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn write_past_command_timeout_is_stopped_and_its_connection_is_used_again() {
    let server = shop_server().await;
    let text = format!("{};Max Pool Size=1;Command Timeout=3", server.connection_string("webapp"));
    let shop = Shop::start(&text).await;
    let browser = Browser::new(&shop.url);
    browser.open("/books").await;
    let logins = server.counters().logins();
    let mut other = sql::connect(&settings(&server.connection_string("sa"))).await.unwrap();
    let lock = "BEGIN TRAN; UPDATE dbo.BookEntries SET Title = N'Locked' WHERE Id = 1";
    other.simple_query(lock).await.unwrap().into_results().await.unwrap();
    let sessions = server.counters().logins();
    let mut fields = browser.open("/books/1/edit").await.form();
    fields.extend(book("Never"));
    assert_eq!(browser.send("/books/1/edit", &fields).await.status, 503);
    // The connection is free again only after the server has stopped the statement.
    assert_eq!(browser.open("/books/2").await.status, 200);
    assert_eq!(server.counters().logins(), sessions, "of the shop {logins} before");
    other.simple_query("ROLLBACK").await.unwrap().into_results().await.unwrap();
    assert!(!browser.open("/books/1").await.text.contains("Never"), "the statement was not stopped");
}

/// How long an impatient client waits, and how long a session needs for each statement that it runs for the first time.
const PATIENCE: Duration = Duration::from_millis(200);
const COLD: Duration = Duration::from_secs(1);
const POOL_SIZE: u64 = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_hang_up_on_cold_sessions_leave_the_others_their_answers() {
    let server = shop_server().await;
    // Not the ROLLBACK that a pool sends after an abandoned statement: both must end within four seconds.
    server.faults().always_for("select", Fault::DelayFirstRun(COLD));
    let before = server.counters().login_attempts();
    let shop = Shop::start(&format!("{};Max Pool Size={POOL_SIZE}", server.connection_string("webapp"))).await;
    let browser = Browser::new(&shop.url);
    let mut clients = JoinSet::new();
    for number in 0..8 {
        let browser = browser.clone();
        clients.spawn(async move {
            for round in 0..40 {
                let address = browser.at(&format!("/books/{}", 1 + (number + round) % 8));
                let _ = browser.client.get(address).timeout(PATIENCE).send().await;
            }
        });
    }
    clients.join_all().await;
    assert_eq!(browser.open("/books/3").await.status, 200);
    let opened = server.counters().login_attempts() - before;
    let metrics = Browser::new(&shop.admin_url).open("/metrics").await.text;
    let cancelled: Vec<_> = metrics.lines().filter(|line| line.starts_with("db_cancelled")).collect();
    assert!(opened <= POOL_SIZE, "{opened} connections for a pool of {POOL_SIZE}: {cancelled:?}");
}

/// Waits until a reply has reached the gate.
async fn arrival(gate: &Gate) {
    eventually("the reply arrives", wait::PATIENCE, async || gate.arrivals() > 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cancelled_request_releases_its_embedded_connection() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("Server=(embedded);AttachDbFilename={};User ID=sa", folder.path().join("books.db").display());
    cancel_1_000_of_2_000(&Shop::start(&text).await).await;
}

/// Cancels 1,000 requests at arbitrary points of their queries, and expects the right book for each of 1,000 others.
async fn cancel_1_000_of_2_000(shop: &Shop) {
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
                cancel_after(request, number % 7).await;
            } else {
                let text = request.await.unwrap().text().await.unwrap();
                assert!(text.contains(&title), "{api} returned {text}");
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

async fn cancel_after(request: impl Future, polls: usize) {
    tokio::select! {
        biased;
        () = async { for _ in 0..=polls * 20 { tokio::task::yield_now().await } } => {}
        _ = request => {}
    }
}
