//! Creating books.

use bookstore_db::book::RequestId;
use bookstore_db::draft::BookInput;
use bookstore_db::error::Error;

use super::Fixture;
use super::books::{create, draft, everything, input};

pub(super) async fn a_created_book_is_read_back_as_it_was_written(fixture: &Fixture) {
    let draft = draft(&input("Emma"));
    let request_id = RequestId::random();
    let created = fixture.store.create(&draft, request_id).await.unwrap();
    assert!(created.matches(&draft));
    assert_eq!((created.version, created.request_id), (1, request_id));
    assert_eq!(fixture.store.get(created.id).await.unwrap(), created);
}

pub(super) async fn the_database_says_who_made_a_row_and_when(fixture: &Fixture) {
    let first = create(&fixture.store, "Emma").await;
    let second = create(&fixture.store, "Persuasion").await;
    let identity = fixture.store.identity().unwrap();
    assert_eq!(first.created_by, identity.login);
    assert_eq!(first.created_by, fixture.login);
    assert!(second.created_on >= first.created_on && first.created_on.year() >= 2026);
}

pub(super) async fn a_repeated_request_finds_the_row_it_made(fixture: &Fixture) {
    let (draft, request_id) = (draft(&input("Emma")), RequestId::random());
    let first = fixture.store.create(&draft, request_id).await.unwrap();
    let second = fixture.store.create(&draft, request_id).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(fixture.store.list(&everything()).await.unwrap().total, 1);
}

pub(super) async fn a_repeated_request_that_says_something_else_is_refused_and_shows_the_first(fixture: &Fixture) {
    let request_id = RequestId::random();
    let first = fixture.store.create(&draft(&input("Emma")), request_id).await.unwrap();
    let second = fixture.store.create(&draft(&input("Persuasion")), request_id).await;
    assert!(matches!(second, Err(Error::DuplicateRequest(book)) if *book == first));
}

pub(super) async fn requests_repeated_at_once_make_one_row(fixture: &Fixture) {
    let (draft, request_id) = (draft(&input("Emma")), RequestId::random());
    let attempts = (0..16).map(|_| {
        let (store, draft) = (fixture.store.clone(), draft.clone());
        tokio::spawn(async move { store.create(&draft, request_id).await.map(|book| book.id) })
    });
    let mut ids = Vec::new();
    for attempt in attempts.collect::<Vec<_>>() {
        ids.push(attempt.await.unwrap().unwrap());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(fixture.store.list(&everything()).await.unwrap().total, 1);
}

pub(super) async fn letters_of_all_scripts_survive(fixture: &Fixture) {
    for title in [
        "Les Misérables",
        "Война и мир",
        "吾輩は猫である",
        "ألف ليلة وليلة",
        "\u{1F4DA}\u{1F5A4}",
        "O'Brien \"x\" <b>&amp;",
        "100%_[a]\\",
    ] {
        let book = create(&fixture.store, title).await;
        assert_eq!(fixture.store.get(book.id).await.unwrap().title, title);
    }
}

pub(super) async fn the_extremes_of_every_column_survive(fixture: &Fixture) {
    for (price, reviews) in [("0", "0"), ("9999999.99", "2147483647")] {
        let draft = draft(&BookInput {
            title: "\u{1F4DA}".repeat(25),
            author_first_name: "é".repeat(50),
            author_last_name: "x".repeat(50),
            avg_customer_reviews: reviews.into(),
            price: price.into(),
            book_language: "日".repeat(10),
            publisher: "語".repeat(255),
        });
        let book = fixture.store.create(&draft, RequestId::random()).await.unwrap();
        assert!(fixture.store.get(book.id).await.unwrap().matches(&draft));
    }
}
