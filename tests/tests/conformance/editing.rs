//! Editing and deleting books, by version.

use bookstore_db::book::BookId;
use bookstore_db::error::Error;

use super::Fixture;
use super::books::{create, draft, first_page, input};

pub(super) async fn edit_changes_the_row_and_raises_its_version(fixture: &Fixture) {
    let book = create(&fixture.store, "Ema").await;
    let draft = draft(&input("Emma"));
    let edited = fixture.store.edit(book.id, &draft, book.version).await.unwrap();
    assert!(edited.matches(&draft));
    assert_eq!(edited.version, book.version + 1);
    assert_eq!(fixture.store.get(book.id).await.unwrap(), edited);
}

pub(super) async fn edit_keeps_the_creator(fixture: &Fixture) {
    let book = create(&fixture.store, "Ema").await;
    let edited = fixture.store.edit(book.id, &draft(&input("Emma")), book.version).await.unwrap();
    assert_eq!(
        (edited.created_by, edited.created_on, edited.request_id),
        (book.created_by, book.created_on, book.request_id)
    );
}

pub(super) async fn edit_of_an_old_version_is_a_conflict(fixture: &Fixture) {
    let book = create(&fixture.store, "Emma").await;
    let theirs = fixture.store.edit(book.id, &draft(&input("Theirs")), book.version).await.unwrap();
    let mine = fixture.store.edit(book.id, &draft(&input("Mine")), book.version).await;
    assert!(matches!(mine, Err(Error::Conflict(current)) if *current == theirs));
}

pub(super) async fn of_two_concurrent_edits_one_is_a_conflict(fixture: &Fixture) {
    let book = create(&fixture.store, "Emma").await;
    let (mine, theirs) = (draft(&input("Mine")), draft(&input("Theirs")));
    let (mine, theirs) = tokio::join!(
        fixture.store.edit(book.id, &mine, book.version),
        fixture.store.edit(book.id, &theirs, book.version)
    );
    let (won, lost) = if mine.is_ok() { (mine, theirs) } else { (theirs, mine) };
    let won = won.unwrap();
    assert!(matches!(lost, Err(Error::Conflict(current)) if *current == won));
}

pub(super) async fn repeated_edit_finds_its_own_result(fixture: &Fixture) {
    let book = create(&fixture.store, "Ema").await;
    let draft = draft(&input("Emma"));
    let first = fixture.store.edit(book.id, &draft, book.version).await.unwrap();
    let second = fixture.store.edit(book.id, &draft, book.version).await.unwrap();
    assert_eq!(first, second);
}

pub(super) async fn deleted_book_is_not_found(fixture: &Fixture) {
    let book = create(&fixture.store, "Emma").await;
    fixture.store.delete(book.id, book.version).await.unwrap();
    let id = book.id;
    assert!(matches!(fixture.store.get(id).await, Err(Error::NotFound(gone)) if gone == id));
    assert!(matches!(fixture.store.delete(id, book.version).await, Err(Error::NotFound(_))));
    assert_eq!(fixture.store.list(&first_page()).await.unwrap().total, 0);
}

pub(super) async fn delete_of_an_old_version_is_a_conflict(fixture: &Fixture) {
    let book = create(&fixture.store, "Emma").await;
    let edited = fixture.store.edit(book.id, &draft(&input("Emma II")), book.version).await.unwrap();
    let deleted = fixture.store.delete(book.id, book.version).await;
    assert!(matches!(deleted, Err(Error::Conflict(current)) if *current == edited));
    assert!(fixture.store.get(book.id).await.is_ok());
}

pub(super) async fn unknown_book_is_not_found(fixture: &Fixture) {
    let never = BookId(i32::MAX);
    assert!(matches!(fixture.store.get(never).await, Err(Error::NotFound(_))));
    assert!(matches!(fixture.store.edit(never, &draft(&input("Emma")), 1).await, Err(Error::NotFound(_))));
    assert!(matches!(fixture.store.delete(never, 1).await, Err(Error::NotFound(_))));
}
