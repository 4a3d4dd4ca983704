//! Requests that are given up half-way.

use bookstore_tests::browser::Browser;
use bookstore_tests::fixture::shop_server;
use bookstore_tests::shop::Shop;
use tokio::task::JoinSet;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_request_never_leaves_its_rows_to_another() {
    let server = shop_server().await;
    let before = server.counters().logins();
    cancel_1_000(&Shop::start(&format!("{};Max Pool Size=4", server.connection_string("webapp"))).await).await;
    // Each connection whose query was given up was replaced by another.
    let logins = server.counters().logins() - before;
    assert!(logins > 20, "{logins} logins: hardly a query was given up half-way");
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
