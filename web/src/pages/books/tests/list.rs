//! The list: order, addresses, and the way back to it.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::shop::{ID, Shop, edit_from, emma};

#[tokio::test]
async fn newest_book_is_the_first_row_and_empty_parameters_leave_the_address() {
    let shop = Shop::open();
    shop.post("/books/new", &emma(&[("RequestId", ID)])).await;
    let list = shop.get("/books").await.body;
    let at = |id: &str| list.find(id).unwrap();
    assert!(at("id=\"book-9\"") < at("id=\"book-8\"") && at("id=\"book-8\"") < at("id=\"book-1\""));
    let sent = shop.get("/books?creator=sa&q=&sort=Id&dir=desc&size=20").await;
    assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, "/books?creator=sa"));
    let title = shop.get("/books?creator=sa&q=moby").await.body;
    assert!(title.contains("<title>Books created by sa with “moby” – Bookstore</title>"));
}

#[tokio::test]
async fn page_after_the_last_redirects_to_the_last() {
    let answer = Shop::open().get("/books?size=3&page=99&sort=Title").await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/books?sort=Title&page=3&size=3"));
}

#[tokio::test]
async fn filter_and_page_survive_edit_and_delete() {
    let shop = Shop::open();
    let list = shop.get("/books?q=e&sort=Title&page=2&size=2").await.body;
    let is_book = |part: &&str| part.starts_with("/books/") && part.contains("?list=") && !part.contains("/new?");
    let link = list.split('"').find(is_book).unwrap().replace("&#38;", "&");
    let book = shop.get(&link).await.body;
    assert!(book.contains("/books?q=e&#38;sort=Title&#38;page=2&#38;size=2"), "{book}");
    let edit = link.replace("?list=", "/edit?list=");
    let form = shop.get(&edit).await;
    assert!(form.body.contains(&format!("action=\"{edit}\"")), "{}", form.body);
    let saved = shop.post(&edit, &edit_from(&form, &[("Price", "3")])).await;
    assert_eq!(saved.location(), format!("{link}&saved=edited"));
    let delete = link.replace("?list=", "/delete?list=");
    let form = shop.get(&delete).await;
    let deleted = shop.post(&delete, &form.inputs()).await;
    assert!(
        deleted.location().starts_with("/books?q=e&sort=Title&page=2&size=2&saved=deleted&Title="),
        "{}",
        deleted.location()
    );
}

#[tokio::test]
async fn head_request_is_answered_like_get_without_a_body() {
    let request = Request::head("/books").header("host", "localhost").body(Body::empty()).unwrap();
    let answer = Shop::open().send(request).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, ""));
}
