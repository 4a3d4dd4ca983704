//! Requests that are given up half-way, over tiberius.

use bookstore_tests::browser::Browser;
use bookstore_tests::shop::Shop;
use bookstore_tests::stand_in::StandIn;
use tokio::task::JoinSet;

/// 1,000 requests are cancelled at arbitrary points of their queries while others go on: each of the others gets its own book.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_request_never_leaves_its_rows_to_another() {
    let server = StandIn::for_shop().await;
    let shop = Shop::start(&format!("{};Max Pool Size=4", server.connection_string("webapp"))).await;
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
