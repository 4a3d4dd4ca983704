//! `kill -9` at any time loses no acknowledged book.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bookstore_tests::browser::{Browser, book};
use bookstore_tests::shop::Shop;
use bookstore_tests::wait::{PATIENCE, eventually};
use tokio::task::JoinSet;

/// Adds books until the shop is gone. Returns the titles that the shop acknowledged.
async fn add_until_killed(browser: Browser, writer: usize, total: Arc<AtomicUsize>) -> Vec<String> {
    let mut acknowledged = Vec::new();
    for number in 0.. {
        let title = format!("Writer {writer}, book {number}");
        let mut fields = book(&title);
        fields.insert("RequestId".into(), uuid::Uuid::new_v4().to_string());
        match browser.post("/books/new", &fields).await {
            Ok(response) if response.status().as_u16() == 303 => {
                acknowledged.push(title);
                total.fetch_add(1, Ordering::Relaxed);
            }
            _ => break,
        }
    }
    acknowledged
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_shop_keeps_every_acknowledged_book() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("Server=(embedded);AttachDbFilename={};User ID=sa", folder.path().join("books.db").display());
    for round in 0..5 {
        let shop = Shop::start(&text).await;
        let browser = Browser::new(&shop.url);
        let (mut writers, total) = (JoinSet::new(), Arc::new(AtomicUsize::new(0)));
        for writer in 0..8 {
            writers.spawn(add_until_killed(browser.clone(), round * 8 + writer, Arc::clone(&total)));
        }
        // Killed while all write, after a number of books that differs per round.
        let enough = async || total.load(Ordering::Relaxed) > round * 10;
        eventually("books are added", PATIENCE, enough).await;
        shop.kill().await;
        let acknowledged: HashSet<_> = writers.join_all().await.concat().into_iter().collect();
        let shop = Shop::start(&text).await;
        let kept = titles(&Browser::new(&shop.url)).await;
        let lost: Vec<_> = acknowledged.difference(&kept).collect();
        assert!(lost.is_empty(), "lost {lost:?}");
    }
}

/// All titles in the API.
pub(super) async fn titles(browser: &Browser) -> HashSet<String> {
    let mut titles = HashSet::new();
    for page in 1.. {
        let page = browser.open(&format!("/api/v1/books?size=100&page={page}")).await;
        let list: serde_json::Value = serde_json::from_str(&page.text).unwrap();
        let books = list["books"].as_array().unwrap();
        if books.is_empty() {
            break;
        }
        titles.extend(books.iter().map(|book| book["title"].as_str().unwrap().to_owned()));
    }
    titles
}
