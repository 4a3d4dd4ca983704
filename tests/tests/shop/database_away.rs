//! The database is away, comes back, hesitates, forgets to answer.

use bookstore_tests::browser::Browser;
use bookstore_tests::shop::Shop;
use bookstore_tests::stand_in::StandIn;
use reqwest::StatusCode;

/// Asks again and again until the answer is this; the test's own limit is the number of tries.
async fn until(browser: &Browser, path: &str, status: StatusCode) {
    for _ in 0..200 {
        if browser.open(path).await.status == status {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{path} never answered {status}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_starts_while_its_database_is_away_and_recovers_by_itself() {
    let server = StandIn::for_shop().await;
    let text = server.connection_string("webapp");
    server.faults().refuse_connections(true);
    let shop = Shop::start(&text).await;
    let (browser, admin) = (Browser::new(&shop.url), Browser::new(&shop.admin_url));
    let page = browser.open("/books").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(admin.open("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(admin.open("/healthz").await.status, StatusCode::OK);
    server.faults().refuse_connections(false);
    until(&browser, "/books", StatusCode::OK).await;
    until(&admin, "/readyz", StatusCode::OK).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_says_that_the_database_is_away_and_not_why() {
    let server = StandIn::for_shop().await;
    let text = server.connection_string("webapp");
    server.faults().refuse_connections(true);
    let shop = Shop::start(&text).await;
    let answer = Browser::new(&shop.url);
    let answer = answer.client.get(answer.at("/books")).send().await.unwrap();
    assert!(answer.headers().contains_key("retry-after"));
    let page = answer.text().await.unwrap();
    assert!(!page.contains("127.0.0.1") && !page.contains(&server.addr().port().to_string()), "{page}");
}
