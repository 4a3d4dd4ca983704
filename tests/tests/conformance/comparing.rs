//! Logins side by side, and whether anything has changed.

use std::time::Duration;

use bookstore_db::comparison::ComparisonRequest;

use super::Fixture;
use super::books::{create, draft, input};

const ALL: ComparisonRequest = ComparisonRequest { look_back: None, parts: 10, columns: 3, newest: 2 };

pub(super) async fn an_empty_store_has_nothing_to_compare(fixture: &Fixture) {
    let found = fixture.store.compare(&ALL).await.unwrap();
    assert_eq!((found.between, found.columns.len(), &found.others), (None, 0, &None));
}

pub(super) async fn each_login_has_a_column_with_its_count_its_times_and_its_newest_books(fixture: &Fixture) {
    let first = create(&fixture.store, "Emma").await;
    create(&fixture.store, "Persuasion").await;
    let last = create(&fixture.store, "Sanditon").await;
    fixture.fill_as("somebody", 4).await;
    let found = fixture.store.compare(&ALL).await.unwrap();
    let [most, own] = &found.columns[..] else { panic!("{:?}", found.columns) };
    assert_eq!((most.count.created_by.as_str(), most.count.books, most.newest.len()), ("somebody", 4, 2));
    assert_eq!((own.count.created_by.as_str(), own.count.books), (fixture.login.as_str(), 3));
    assert_eq!((own.count.first_on, own.count.last_on), (first.created_on, last.created_on));
    let newest: Vec<_> = own.newest.iter().map(|book| book.title.as_str()).collect();
    assert_eq!(newest, ["Sanditon", "Persuasion"]);
    assert_eq!(own.newest[0], last);
    assert_eq!(found.between.unwrap().0, first.created_on);
    assert_eq!(found.others, None);
}

pub(super) async fn the_parts_of_the_time_line_add_up_to_the_counts(fixture: &Fixture) {
    create(&fixture.store, "Emma").await;
    fixture.fill_as("somebody", 5).await;
    for look_back in [None, Some(Duration::from_secs(3600))] {
        let found = fixture.store.compare(&ComparisonRequest { look_back, ..ALL }).await.unwrap();
        let (from, until) = found.between.unwrap();
        assert!(from <= until && look_back.is_none_or(|asked| until - from == asked), "{from} {until}");
        for column in &found.columns {
            assert_eq!((column.added.len(), column.before), (10, 0));
            assert_eq!(column.added.iter().sum::<i64>(), column.count.books);
            assert_eq!(column.grown().last(), Some(&column.count.books));
        }
    }
}

pub(super) async fn what_was_before_the_time_line_is_counted_there(fixture: &Fixture) {
    create(&fixture.store, "Emma").await;
    let soon = ComparisonRequest { look_back: Some(Duration::from_secs(1)), ..ALL };
    for _ in 0..100 {
        let found = fixture.store.compare(&soon).await.unwrap();
        assert_eq!(found.columns[0].count.books, 1);
        if found.columns[0].before == 1 {
            assert_eq!(found.columns[0].grown(), [1; 11]);
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the row never grew older than a second");
}

pub(super) async fn logins_beyond_the_columns_are_counted_together(fixture: &Fixture) {
    for number in 1..=30 {
        fixture.fill_as(&format!("login {number:02}"), number).await;
    }
    let found = fixture.store.compare(&ALL).await.unwrap();
    let names: Vec<_> = found.columns.iter().map(|column| column.count.created_by.as_str()).collect();
    assert_eq!(names, ["login 30", "login 29", "login 28"]);
    let others = found.others.as_ref().unwrap();
    assert_eq!((others.logins, others.column.count.books), (27, (1..=27).sum()));
    assert_eq!(others.column.added.iter().sum::<i64>(), others.column.count.books);
    assert!(others.column.newest.is_empty());
}

pub(super) async fn an_add_an_edit_and_a_delete_are_changes_and_reading_is_none(fixture: &Fixture) {
    let store = &fixture.store;
    let mut seen = vec![store.changes().await.unwrap()];
    let book = create(store, "Emma").await;
    seen.push(store.changes().await.unwrap());
    store.edit(book.id, &draft(&input("Emma, revised")), book.version).await.unwrap();
    seen.push(store.changes().await.unwrap());
    store.delete(book.id, book.version + 1).await.unwrap();
    seen.push(store.changes().await.unwrap());
    create(store, "Persuasion").await;
    seen.push(store.changes().await.unwrap());
    for pair in seen.windows(2) {
        assert_ne!(pair[0], pair[1]);
    }
    store.compare(&ALL).await.unwrap();
    assert_eq!(store.changes().await.unwrap(), seen[4]);
}

pub(super) async fn a_hundred_thousand_books_are_compared(fixture: &Fixture) {
    fixture.fill(99_999).await;
    let last = create(&fixture.store, "The last").await;
    let found = fixture.store.compare(&ALL).await.unwrap();
    assert_eq!(found.columns[0].count.books, 100_000);
    assert_eq!(found.columns[0].newest[0], last);
}
