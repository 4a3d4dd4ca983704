//! Creating books: creator, time, repeated requests, extreme values.

use bookstore_db::book::{Book, Field, FieldKind, RequestId};
use bookstore_db::draft::BookInput;
use bookstore_db::error::Error;
use time::{Duration, OffsetDateTime};

use super::Fixture;
use super::books::{create, draft, first_page, input};

pub(super) async fn created_book_is_read_back_unchanged(fixture: &Fixture) {
    let draft = draft(&input("Emma"));
    let request_id = RequestId::random();
    let created = fixture.store.create(&draft, request_id).await.unwrap();
    assert!(created.matches(&draft));
    assert_eq!((created.version, created.request_id), (1, request_id));
    assert_eq!(fixture.store.get(created.id).await.unwrap(), created);
}

pub(super) async fn database_records_creator_and_time(fixture: &Fixture) {
    let first = create(&fixture.store, "Emma").await;
    let second = create(&fixture.store, "Persuasion").await;
    let identity = fixture.store.identity().unwrap();
    assert_eq!(first.created_by, identity.login);
    assert_eq!(first.created_by, fixture.login);
    let now = OffsetDateTime::now_utc();
    let is_recent = |book: &Book| book.created_on.is_some_and(|on| (now - on).abs() < Duration::hours(1));
    assert!(second.created_on >= first.created_on && is_recent(&first), "{:?} {now}", first.created_on);
}

pub(super) async fn repeated_request_finds_its_row(fixture: &Fixture) {
    let (draft, request_id) = (draft(&input("Emma")), RequestId::random());
    let first = fixture.store.create(&draft, request_id).await.unwrap();
    let second = fixture.store.create(&draft, request_id).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(fixture.store.list(&first_page()).await.unwrap().total, 1);
}

pub(super) async fn repeated_request_with_other_values_is_refused(fixture: &Fixture) {
    let request_id = RequestId::random();
    let first = fixture.store.create(&draft(&input("Emma")), request_id).await.unwrap();
    let second = fixture.store.create(&draft(&input("Persuasion")), request_id).await;
    assert!(matches!(second, Err(Error::DuplicateRequest(book)) if *book == first));
}

/// The request id is stored with its book: `docs/operations.md`.
pub(super) async fn repeated_request_after_a_delete_creates_again(fixture: &Fixture) {
    let (draft, request_id) = (draft(&input("Emma")), RequestId::random());
    let first = fixture.store.create(&draft, request_id).await.unwrap();
    fixture.store.delete(first.id, first.version).await.unwrap();
    let second = fixture.store.create(&draft, request_id).await.unwrap();
    assert!(second.id > first.id && second.matches(&draft), "{first:?} {second:?}");
}

pub(super) async fn concurrent_repeats_insert_one_row(fixture: &Fixture) {
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
    assert_eq!(fixture.store.list(&first_page()).await.unwrap().total, 1);
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

pub(super) async fn extremes_of_every_column_survive(fixture: &Fixture) {
    for (price, count, letter) in [("0", "0", "x"), ("9999999.99", "2147483647", "語")] {
        let longest = |field: Field| match field.kind() {
            FieldKind::Text(max_length) => letter.repeat(max_length),
            FieldKind::Count => count.to_owned(),
            FieldKind::Price => price.to_owned(),
        };
        let draft = draft(&BookInput::new(longest).with(Field::Title, "\u{1F4DA}".repeat(25)));
        let book = fixture.store.create(&draft, RequestId::random()).await.unwrap();
        assert!(fixture.store.get(book.id).await.unwrap().matches(&draft));
    }
}
