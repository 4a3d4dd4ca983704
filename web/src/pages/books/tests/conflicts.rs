//! Edits and deletes of a book that somebody else has changed or deleted.

use axum::http::StatusCode;
use bookstore_db::book::RequestId;

use super::shop::{Shop, edit_from, emma};

#[tokio::test]
async fn edit_of_an_old_version_shows_both_versions() {
    let shop = Shop::open();
    let theirs = shop.post("/books/1/edit", &emma(&[("Version", "1")])).await;
    assert_eq!(theirs.location(), "/books/1?saved=edited");
    let mine = shop.post("/books/1/edit", &emma(&[("Version", "1"), ("Title", "Mine")])).await;
    assert_eq!(mine.status, StatusCode::CONFLICT);
    assert!(mine.body.contains("Emma") && mine.body.contains("Mine"));
    assert!(mine.body.contains("One field was changed by both of you"));
    let kept = shop.post("/books/1/edit", &emma(&[("Version", &mine.hidden("Version")), ("Title", "Mine")])).await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn edit_without_a_version_overwrites_nothing() {
    let shop = Shop::open();
    for extra in [vec![], vec![("Version", "latest")]] {
        assert_eq!(shop.post("/books/1/edit", &emma(&extra)).await.status, StatusCode::CONFLICT);
    }
    assert!(shop.get("/books/1").await.body.contains("Pride and Prejudice"));
}

#[tokio::test]
async fn entries_for_a_deleted_book_can_become_a_new_one() {
    let shop = Shop::open();
    let deleted = shop.post("/books/1/delete", &[("Version", "1")]).await;
    assert_eq!(deleted.location(), "/books?saved=deleted");
    let late = shop.post("/books/1/edit", &emma(&[("Version", "1")])).await;
    assert_eq!(late.status, StatusCode::NOT_FOUND);
    assert!(late.body.contains("action=\"/books/new\"") && late.body.contains("value=\"Emma\""));
    late.hidden("RequestId").parse::<RequestId>().unwrap();
}

#[tokio::test]
async fn deleting_a_changed_book_asks_again() {
    let shop = Shop::open();
    shop.post("/books/1/edit", &emma(&[("Version", "1")])).await;
    let answer = shop.post("/books/1/delete", &emma(&[("Version", "1"), ("Price", "1.00")])).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.body.contains("Delete it anyway") && answer.body.matches("class=\"mark\"").count() == 1);
    let anyway = shop.post("/books/1/delete", &[("Version", &answer.hidden("Version"))]).await;
    assert_eq!(anyway.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn edits_of_different_fields_are_merged_and_shown_before_they_are_saved() {
    let shop = Shop::open();
    let form = shop.get("/books/1/edit").await;
    let theirs = shop.post("/books/1/edit", &edit_from(&form, &[("Publisher", "Theirs")])).await;
    assert_eq!(theirs.status, StatusCode::SEE_OTHER);
    let conflict = shop.post("/books/1/edit", &edit_from(&form, &[("Price", "1,50")])).await;
    assert_eq!(conflict.status, StatusCode::CONFLICT);
    assert!(conflict.body.contains("both changes fit together") && !conflict.body.contains("Keep mine"));
    let saved = shop.post("/books/1/edit", &conflict.inputs()).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    let book = shop.get("/books/1").await.body;
    assert!(book.contains("Theirs") && book.contains("1.50") && book.contains("Pride and Prejudice"));
}

#[tokio::test]
async fn keep_mine_concerns_true_conflicts_only_and_saves_nothing_yet() {
    let shop = Shop::open();
    let form = shop.get("/books/1/edit").await;
    shop.post("/books/1/edit", &edit_from(&form, &[("Publisher", "Theirs"), ("Price", "2")])).await;
    let mine = edit_from(&form, &[("Price", "3"), ("Title", "My title")]);
    let conflict = shop.post("/books/1/edit", &mine).await;
    assert!(conflict.body.contains("One field was changed by both of you"), "{}", conflict.body);
    for (choice, price) in [("mine", "3.00"), ("theirs", "2.00")] {
        let mut fields = mine.clone();
        fields.push(("Choose".to_owned(), choice.to_owned()));
        let shown = shop.post("/books/1/edit", &fields).await;
        assert_eq!(shown.status, StatusCode::OK);
        assert!(shop.get("/books/1").await.body.contains("Pride and Prejudice"), "nothing is saved yet");
        let inputs = shown.inputs();
        let field = |name: &str| inputs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        assert_eq!(
            [field("Title"), field("Publisher"), field("Price")],
            [Some("My title"), Some("Theirs"), Some(price)]
        );
    }
}
