//! Outages: the database is unavailable at the start or later. A replica becomes ready by its first read of the
//! database and stays ready; its pages explain the outage, and it recovers.

use bookstore_tests::browser::Browser;
use bookstore_tests::fixture::{prepare, shop_server};
use bookstore_tests::shop::Shop;
use bookstore_tests::wait::{PATIENCE, eventually};
use reqwest::StatusCode;
use sql_server_stand_in::{Fault, StandIn};

/// Opens a path until the response has this status and text.
async fn wait_for(browser: &Browser, path: &str, status: u16, text: &str) {
    eventually(&format!("{path} returns {status} with {text:?}"), PATIENCE, async || {
        let page = browser.open(path).await;
        page.status == status && page.text.contains(text)
    })
    .await;
}

/// A shop without connection retries, with a browser at its pages and one at its admin listener.
async fn shop_on(server: &StandIn) -> (Shop, Browser, Browser) {
    let shop = Shop::start(&format!("{};Connect Retry Count=0", server.connection_string("webapp"))).await;
    let (browser, admin) = (Browser::new(&shop.url), Browser::new(&shop.admin_url));
    (shop, browser, admin)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shop_starts_during_an_outage_and_recovers() {
    let server = shop_server().await;
    server.faults().always(Fault::RefuseConnection);
    let (_shop, browser, admin) = shop_on(&server).await;
    wait_for(&browser, "/books", 503, "The database is unreachable").await;
    wait_for(&admin, "/readyz", 503, "not ready: the database server is unreachable\n").await;
    assert_eq!(admin.open("/healthz").await.status, StatusCode::OK);
    server.faults().clear();
    wait_for(&admin, "/readyz", 200, "ready\n").await;
    wait_for(&browser, "/books", 200, "Pride and Prejudice").await;
    wait_for(&admin, "/metrics", 200, "\ndb_up 1\n").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replica_is_not_ready_before_it_can_read_the_books() {
    let logins = StandIn::builder().login("sa", "Secret-1").login("webapp", "Secret-2");
    let server = logins.database("Bookstore").start().await.unwrap();
    let shop = Shop::start(&server.connection_string("sa")).await;
    let admin = Browser::new(&shop.admin_url);
    // The login works, the migration has not run.
    wait_for(&admin, "/readyz", 503, "not ready: the database has no schema, or an older one\n").await;
    prepare(&server, "webapp").await;
    wait_for(&admin, "/readyz", 200, "ready\n").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replica_stays_ready_during_an_outage_and_reports_it() {
    let mut server = shop_server().await;
    let (_shop, browser, admin) = shop_on(&server).await;
    wait_for(&browser, "/books", 200, "Pride and Prejudice").await;
    wait_for(&admin, "/readyz?verbose", 200, "ready\ndatabase: available\n").await;
    server.stop().await;
    wait_for(&browser, "/books", 503, "The database is unreachable").await;
    let verbose = admin.open("/readyz?verbose").await;
    assert_eq!(verbose.status, StatusCode::OK);
    assert_eq!(verbose.text, "ready\ndatabase: unavailable: the database server is unreachable\n");
    assert_eq!(admin.open("/readyz").await.text, "ready\n");
    wait_for(&admin, "/metrics", 200, "\ndb_up 0\n").await;
    server.restart().await.unwrap();
    wait_for(&browser, "/books", 200, "Pride and Prejudice").await;
    wait_for(&admin, "/readyz?verbose", 200, "database: available").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn end_of_an_outage_is_noticed_without_a_request() {
    let mut server = shop_server().await;
    let (_shop, browser, admin) = shop_on(&server).await;
    wait_for(&admin, "/metrics", 200, "\ndb_up 1\n").await;
    server.stop().await;
    wait_for(&browser, "/books", 503, "The database is unreachable").await;
    server.restart().await.unwrap();
    wait_for(&admin, "/metrics", 200, "\ndb_up 1\n").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn probes_never_log_in_or_send_a_statement() {
    let server = shop_server().await;
    let text = format!("{};Password=wrong", server.connection_string("webapp"));
    let shop = Shop::start(&text).await;
    let admin = Browser::new(&shop.admin_url);
    wait_for(&admin, "/readyz?verbose", 503, "not ready: the database refused the login\n").await;
    let connections = server.counters().connections();
    for _ in 0..50 {
        for (path, status) in [("/readyz", 503), ("/readyz?verbose", 503), ("/healthz", 200), ("/metrics", 200)] {
            assert_eq!(admin.open(path).await.status, status, "{path}");
        }
    }
    assert_eq!(server.counters().connections(), connections);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page_reports_the_outage_without_its_cause() {
    let server = shop_server().await;
    let text = server.connection_string("webapp");
    server.faults().always(Fault::RefuseConnection);
    let shop = Shop::start(&text).await;
    let browser = Browser::new(&shop.url);
    let response = browser.client.get(browser.at("/books")).send().await.unwrap();
    assert!(response.headers().contains_key("retry-after"));
    let page = response.text().await.unwrap();
    assert!(!page.contains("127.0.0.1") && !page.contains(&server.addr().port().to_string()), "{page}");
}
