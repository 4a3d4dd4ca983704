//! Comparing logins, and the marker that changes with every write.

use std::time::Duration;

use bookstore_db::comparison::ComparisonRequest;

use super::Fixture;
use super::books::{create, draft, input};

const ALL: ComparisonRequest = ComparisonRequest { look_back: None, buckets: 10, creators: 3, newest: 2 };

pub(super) async fn empty_store_has_nothing_to_compare(fixture: &Fixture) {
    let found = fixture.store.compare(&ALL).await.unwrap();
    assert_eq!((found.between, found.creators.len(), &found.others), (None, 0, &None));
}

pub(super) async fn each_login_has_count_times_and_newest_books(fixture: &Fixture) {
    let first = create(&fixture.store, "Emma").await;
    create(&fixture.store, "Persuasion").await;
    let last = create(&fixture.store, "Sanditon").await;
    fixture.fill_as("somebody", 4).await;
    let found = fixture.store.compare(&ALL).await.unwrap();
    let [most, own] = &found.creators[..] else { panic!("{:?}", found.creators) };
    assert_eq!((most.count.created_by.as_str(), most.count.books, most.newest.len()), ("somebody", 4, 2));
    assert_eq!((own.count.created_by.as_str(), own.count.books), (fixture.login.as_str(), 3));
    assert_eq!((own.count.first_on, own.count.last_on), (first.created_on, last.created_on));
    let newest: Vec<_> = own.newest.iter().map(|book| book.title.as_str()).collect();
    assert_eq!(newest, ["Sanditon", "Persuasion"]);
    assert_eq!(own.newest[0], last);
    assert_eq!(found.between.map(|(from, _)| from), first.created_on);
    assert_eq!(found.others, None);
}

pub(super) async fn timeline_parts_add_up_to_the_counts(fixture: &Fixture) {
    create(&fixture.store, "Emma").await;
    fixture.fill_as("somebody", 5).await;
    for look_back in [None, Some(Duration::from_secs(3600))] {
        let found = fixture.store.compare(&ComparisonRequest { look_back, ..ALL }).await.unwrap();
        let (from, until) = found.between.unwrap();
        assert!(from <= until && look_back.is_none_or(|asked| until - from == asked), "{from} {until}");
        for column in &found.creators {
            assert_eq!((column.added.len(), column.before), (10, 0));
            assert_eq!(column.added.iter().sum::<i64>(), column.count.books);
            assert_eq!(column.running_totals().last(), Some(&column.count.books));
        }
    }
}

pub(super) async fn books_before_the_timeline_are_counted(fixture: &Fixture) {
    create(&fixture.store, "Emma").await;
    let soon = ComparisonRequest { look_back: Some(Duration::from_secs(1)), ..ALL };
    for _ in 0..100 {
        let found = fixture.store.compare(&soon).await.unwrap();
        assert_eq!(found.creators[0].count.books, 1);
        if found.creators[0].before == 1 {
            assert_eq!(found.creators[0].running_totals(), [1; 11]);
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the book did not become older than a second");
}

pub(super) async fn logins_beyond_the_columns_are_counted_together(fixture: &Fixture) {
    for number in 1..=30 {
        fixture.fill_as(&format!("login {number:02}"), number).await;
    }
    let found = fixture.store.compare(&ALL).await.unwrap();
    let names: Vec<_> = found.creators.iter().map(|column| column.count.created_by.as_str()).collect();
    assert_eq!(names, ["login 30", "login 29", "login 28"]);
    let others = found.others.as_ref().unwrap();
    assert_eq!((others.creators, others.history.count.books), (27, (1..=27).sum()));
    assert_eq!(others.history.added.iter().sum::<i64>(), others.history.count.books);
    assert!(others.history.newest.is_empty());
}

pub(super) async fn writes_change_the_marker_and_reads_do_not(fixture: &Fixture) {
    let store = &fixture.store;
    let mut seen = vec![store.change_marker().await.unwrap()];
    let book = create(store, "Emma").await;
    seen.push(store.change_marker().await.unwrap());
    store.edit(book.id, &draft(&input("Emma, revised")), book.version).await.unwrap();
    seen.push(store.change_marker().await.unwrap());
    store.delete(book.id, book.version + 1).await.unwrap();
    seen.push(store.change_marker().await.unwrap());
    create(store, "Persuasion").await;
    seen.push(store.change_marker().await.unwrap());
    for pair in seen.windows(2) {
        assert_ne!(pair[0], pair[1]);
    }
    store.compare(&ALL).await.unwrap();
    assert_eq!(store.change_marker().await.unwrap(), seen[4]);
}

pub(super) async fn all_of_100_000_books_are_compared(fixture: &Fixture) {
    fixture.fill(99_999).await;
    let last = create(&fixture.store, "The last").await;
    let found = fixture.store.compare(&ALL).await.unwrap();
    assert_eq!(found.creators[0].count.books, 100_000);
    assert_eq!(found.creators[0].newest[0], last);
}
