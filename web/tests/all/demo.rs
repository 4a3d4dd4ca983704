//! `bookstore demo reset`.

use crate::client::get;
use crate::program::{bookstore_on, text};
use crate::shop::{Shop, emma, post};

async fn titles(shop: &Shop) -> Vec<String> {
    let list = get("/api/v1/books?sort=id").send(shop.addr).await.json();
    let books = list["books"].as_array().unwrap();
    books.iter().map(|book| book["title"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn demo_reset_brings_the_sample_books_back() {
    let shop = Shop::start().await;
    let samples = titles(&shop).await;
    assert_eq!(post(&emma()).send(shop.addr).await.status, 201);
    let reset = bookstore_on(shop.file.to_str().unwrap(), &["demo", "reset", "--yes"]);
    assert_eq!(reset.status.code(), Some(0), "{}", text(&reset));
    assert!(text(&reset).contains("the eight sample books are back"), "{}", text(&reset));
    assert_eq!((titles(&shop).await, samples.len()), (samples, 8));
}

#[tokio::test(flavor = "multi_thread")]
async fn demo_reset_without_yes_is_refused_and_deletes_nothing() {
    let shop = Shop::start().await;
    assert_eq!(post(&emma()).send(shop.addr).await.status, 201);
    let refused = bookstore_on(shop.file.to_str().unwrap(), &["demo", "reset"]);
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused));
    assert!(text(&refused).contains("add --yes"), "{}", text(&refused));
    assert_eq!(titles(&shop).await.len(), 9);
}
