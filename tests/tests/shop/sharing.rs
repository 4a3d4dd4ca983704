//! Many readers share a read, and none is shown what was there before they asked.

use std::collections::HashMap;

use bookstore_tests::browser::Browser;
use bookstore_tests::fixture::shop_server;
use bookstore_tests::shop::Shop;
use bookstore_tests::stand_in::{Fault, Gate, StandIn};
use tokio::task::{JoinHandle, JoinSet};

/// The first query of the list is run, and its reply held back.
struct Held {
    server: StandIn,
    shop: Shop,
    browser: Browser,
    gate: Gate,
    first: JoinHandle<String>,
}

async fn held() -> Held {
    let server = shop_server().await;
    let shop = Shop::start(&server.connection_string("webapp")).await;
    let browser = Browser::new(&shop.url);
    browser.open("/books").await;
    let gate = Gate::closed();
    server.faults().once_for("OFFSET", Fault::HoldReply(gate.clone()));
    let first = tokio::spawn(open(browser.clone(), "/books"));
    while gate.arrivals() == 0 {
        tokio::task::yield_now().await;
    }
    Held { server, shop, browser, gate, first }
}

async fn open(browser: Browser, path: &'static str) -> String {
    let page = browser.open(path).await;
    assert_eq!(page.status, 200, "{}", page.text);
    page.text
}

/// Waits until so many requests run in the shop.
async fn running(shop: &Shop, count: usize) {
    let metrics = Browser::new(&shop.admin_url);
    let wanted = format!("http_requests_in_flight {count}\n");
    while !metrics.open("/metrics").await.text.contains(&wanted) {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_readers_of_a_page_cost_two_queries() {
    let Held { server, shop, browser, gate, first } = held().await;
    let statements = server.counters().statements();
    let mut readers = JoinSet::new();
    for number in 0..200 {
        // The same list, however its address is written.
        readers.spawn(open(browser.clone(), ["/books", "/books?page=1&q=", "/books?sort=id&utm=x"][number % 3]));
    }
    running(&shop, 201).await;
    gate.open();
    let pages = readers.join_all().await;
    assert!(pages.iter().all(|page| *page == pages[0]) && pages[0] == first.await.unwrap());
    assert_eq!(server.counters().statements() - statements, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_saved_a_book_sees_it_while_an_older_read_is_still_under_way() {
    let Held { server: _server, shop, browser, gate, first } = held().await;
    browser.add("Just saved").await;
    let mine = tokio::spawn(open(browser.clone(), "/books"));
    running(&shop, 2).await;
    gate.open();
    assert!(mine.await.unwrap().contains("Just saved"));
    assert!(!first.await.unwrap().contains("Just saved"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_is_told_to_all_who_waited_and_to_nobody_after() {
    let Held { server, shop, browser, gate, first } = held().await;
    server.faults().once_for("OFFSET", Fault::Error { number: 8134, text: "Divide by zero".into() });
    let mut readers = JoinSet::new();
    for _ in 0..20 {
        let browser = browser.clone();
        readers.spawn(async move { browser.open("/books").await.status });
    }
    running(&shop, 21).await;
    gate.open();
    first.await.unwrap();
    assert!(readers.join_all().await.iter().all(|status| *status == 500));
    assert_eq!(browser.open("/books").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_who_go_away_take_nothing_from_those_who_stay() {
    let Held { server, shop, browser, gate, first } = held().await;
    let stays = tokio::spawn(open(browser.clone(), "/books"));
    let mut leaves = JoinSet::new();
    for _ in 0..50 {
        leaves.spawn(open(browser.clone(), "/books"));
    }
    running(&shop, 52).await;
    let logins = server.counters().logins();
    leaves.shutdown().await;
    first.abort();
    running(&shop, 1).await;
    gate.open();
    assert!(stays.await.unwrap().contains("8 books"));
    // The held query was let end: its connection is as good as before.
    assert_eq!(server.counters().logins(), logins);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_readers_than_requests_may_run_are_served_if_they_share() {
    let server = shop_server().await;
    let shop = Shop::start_with(&server.connection_string("webapp"), &[("BOOKSTORE_MAX_REQUESTS", "8")]).await;
    let browser = Browser::new(&shop.url);
    let mut readers = JoinSet::new();
    for _ in 0..30 {
        let browser = browser.clone();
        readers.spawn(async move {
            for _ in 0..10 {
                open(browser.clone(), "/books").await;
            }
        });
    }
    readers.join_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_people_who_write_at_once_each_see_their_own_book_at_every_step() {
    let server = shop_server().await;
    let shop = Shop::start(&server.connection_string("webapp")).await;
    let mut people = JoinSet::new();
    for person in 0..10 {
        let browser = Browser::new(&shop.url);
        people.spawn(async move {
            for step in 0..10 {
                let title = format!("Person {person}, book {step}");
                let book = browser.add(&title).await;
                let list = browser.open("/books?sort=Id&dir=desc&size=100").await;
                assert!(list.texts("tbody th span").contains(&title), "{title} is not in the list");
                assert!(browser.open(&book).await.text.contains(&title));
                let fields: HashMap<_, _> = browser.open(&format!("{book}/delete")).await.form();
                assert_eq!(browser.send(&format!("{book}/delete"), &fields).await.status, 303);
                assert_eq!(browser.open(&book).await.status, 404);
            }
        });
    }
    people.join_all().await;
}
