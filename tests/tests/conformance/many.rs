//! Listing 100,000 books.

use bookstore_db::list::ListRequest;

use super::Fixture;
use super::books::{create, first_page, searching};

pub(super) async fn last_of_100_000_books_is_on_the_last_page(fixture: &Fixture) {
    fixture.fill(99_999).await;
    let last = create(&fixture.store, "The last").await;
    let request = ListRequest { page: 5_000, ..first_page() };
    let page = fixture.store.list(&request).await.unwrap();
    assert_eq!((page.total, page.books.len()), (100_000, 20));
    assert_eq!(page.books.last(), Some(&last));
    let middle = ListRequest { page: 2_500, ..first_page() };
    let ids: Vec<_> = fixture.store.list(&middle).await.unwrap().books.iter().map(|book| book.id.0).collect();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    let found = fixture.store.list(&searching("the last")).await.unwrap();
    assert_eq!(found.books, [last]);
}
