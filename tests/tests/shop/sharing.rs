//! Single flight: concurrent readers share a query, and none receives a result older than its request.

use std::collections::HashMap;

use bookstore_tests::browser::Browser;
use bookstore_tests::fixture::shop_server;
use bookstore_tests::shop::Shop;
use bookstore_tests::wait::{PATIENCE, eventually};
use sql_server_stand_in::{Fault, Gate, StandIn};
use tokio::task::{JoinHandle, JoinSet};

/// A shop with one running read of the list, whose reply the server holds back.
struct HeldRead {
    server: StandIn,
    shop: Shop,
    browser: Browser,
    gate: Gate,
    first: JoinHandle<String>,
}

async fn hold_first_read() -> HeldRead {
    let server = shop_server().await;
    let shop = Shop::start(&server.connection_string("webapp")).await;
    let browser = Browser::new(&shop.url);
    browser.open("/books").await;
    // Until then the shop sends statements of its own.
    let admin = Browser::new(&shop.admin_url);
    eventually("the shop is ready", PATIENCE, async || admin.open("/readyz").await.status == 200).await;
    let gate = Gate::closed();
    server.faults().once_for("FETCH NEXT", Fault::HoldReply(gate.clone()));
    let first = tokio::spawn(open(browser.clone(), "/books"));
    eventually("the server holds the read back", PATIENCE, async || gate.arrivals() > 0).await;
    HeldRead { server, shop, browser, gate, first }
}

async fn open(browser: Browser, path: &'static str) -> String {
    let page = browser.open(path).await;
    assert_eq!(page.status, 200, "{}", page.text);
    page.text
}

/// Waits until `count` requests wait for the read after the running one. A request that only runs may not have joined it.
async fn wait_for_waiting(shop: &Shop, count: usize) {
    let metrics = Browser::new(&shop.admin_url);
    let wanted = format!("http_requests_waiting_for_read {count}\n");
    eventually(&wanted, PATIENCE, async || metrics.open("/metrics").await.text.contains(&wanted)).await;
}

/// The number of list statements that the shop has sent.
async fn list_queries(shop: &Shop) -> u64 {
    sum_of(shop, "db_queries_total{query=\"list\"} ").await
}

/// The number of statements whose clients have all gone, whatever became of them.
async fn cancelled_statements(shop: &Shop) -> u64 {
    sum_of(shop, "db_cancelled_statements_total").await
}

/// The sum of the metrics whose lines start so.
async fn sum_of(shop: &Shop, start: &str) -> u64 {
    let metrics = Browser::new(&shop.admin_url).open("/metrics").await.text;
    let counts = metrics.lines().filter(|line| line.starts_with(start)).filter_map(|line| line.rsplit_once(' '));
    counts.map(|(_, count)| count.parse::<u64>().expect("a count")).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_readers_of_a_page_cost_two_queries() {
    // The server lives as long as this binding.
    let HeldRead { server: _server, shop, browser, gate, first } = hold_first_read().await;
    let before = list_queries(&shop).await;
    let mut readers = JoinSet::new();
    // Three ways to write the address of the same list.
    let addresses = ["/books", "/books?utm=x", "/books?saved=nothing"];
    for number in 0..200 {
        readers.spawn(open(browser.clone(), addresses[number % 3]));
    }
    wait_for_waiting(&shop, 200).await;
    gate.open();
    let pages = readers.join_all().await;
    assert!(pages.iter().all(|page| *page == pages[0]) && pages[0] == first.await.unwrap());
    // Not the server's count of statements, which has the first one of a new connection too.
    assert_eq!(list_queries(&shop).await - before, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writer_sees_its_book_while_an_older_read_runs() {
    let HeldRead { server: _server, shop, browser, gate, first } = hold_first_read().await;
    browser.add("Just saved").await;
    let mine = tokio::spawn(open(browser.clone(), "/books"));
    wait_for_waiting(&shop, 1).await;
    gate.open();
    assert!(mine.await.unwrap().contains("Just saved"));
    assert!(!first.await.unwrap().contains("Just saved"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn error_reaches_all_waiting_readers_and_no_later_one() {
    let HeldRead { server, shop, browser, gate, first } = hold_first_read().await;
    server.faults().once_for("FETCH NEXT", Fault::Error { number: 8134, text: "Divide by zero".into() });
    let mut readers = JoinSet::new();
    for _ in 0..20 {
        let browser = browser.clone();
        readers.spawn(async move { browser.open("/books").await.status });
    }
    wait_for_waiting(&shop, 20).await;
    gate.open();
    first.await.unwrap();
    assert!(readers.join_all().await.iter().all(|status| *status == 500));
    assert_eq!(browser.open("/books").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leaving_readers_do_not_disturb_the_others() {
    let HeldRead { server: _server, shop, browser, gate, first } = hold_first_read().await;
    let stays = tokio::spawn(open(browser.clone(), "/books"));
    let mut leaves = JoinSet::new();
    for _ in 0..50 {
        leaves.spawn(open(browser.clone(), "/books"));
    }
    wait_for_waiting(&shop, 51).await;
    leaves.shutdown().await;
    first.abort();
    wait_for_waiting(&shop, 1).await;
    gate.open();
    assert!(stays.await.unwrap().contains("8 books"));
    // The held statement was neither finished in the background nor stopped. Logins are no evidence: the pool may have
    // begun one before.
    assert_eq!(cancelled_statements(&shop).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sharing_readers_may_exceed_the_request_limit() {
    let server = shop_server().await;
    let shop = Shop::start_with(&server.connection_string("webapp"), &[("BOOKSTORE_MAX_REQUESTS", "16")]).await;
    let mut readers = JoinSet::new();
    for _ in 0..30 {
        // A client per reader. It opens at most two connections, so that all stay below the shop's four per request:
        // beyond that the shop closes idle ones, and a client that is about to use one of them gets no response.
        let browser = Browser::new(&shop.url);
        readers.spawn(async move {
            for _ in 0..10 {
                open(browser.clone(), "/books").await;
            }
        });
    }
    readers.join_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_concurrent_writers_each_see_their_own_book() {
    let server = shop_server().await;
    let shop = Shop::start(&server.connection_string("webapp")).await;
    let mut people = JoinSet::new();
    for person in 0..10 {
        let browser = Browser::new(&shop.url);
        people.spawn(async move {
            for step in 0..10 {
                let title = format!("Person {person}, book {step}");
                let book = browser.add(&title).await;
                let list = browser.open("/books?size=100").await;
                assert!(list.texts("tbody th bdi").contains(&title), "{title} is not in the list");
                assert!(browser.open(&book).await.text.contains(&title));
                let fields: HashMap<_, _> = browser.open(&format!("{book}/delete")).await.form();
                assert_eq!(browser.send(&format!("{book}/delete"), &fields).await.status, 303);
                assert_eq!(browser.open(&book).await.status, 404);
            }
        });
    }
    people.join_all().await;
}
