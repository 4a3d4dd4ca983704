//! Listing many books.

use bookstore_db::book::Book;
use bookstore_db::list::{ListRequest, Sort, SortColumn};
use bookstore_db::search::BookFilter;
use bookstore_db::store::Store;
use fastrand::Rng;

use super::Fixture;
use super::books::{create, draft, first_page, input, searching};

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

const BOOKS: u32 = 700;
const PAGE: u32 = 30;

/// Pages are read from where others ended. In any order of pages, and after any write, each has the rows of its place.
pub(super) async fn every_page_has_the_rows_of_its_place(fixture: &Fixture) {
    fixture.fill(BOOKS).await;
    let mut rng = Rng::with_seed(16);
    let mut books = whole_list(&fixture.store, &first_page()).await;
    rng.shuffle(&mut books);
    for book in &books[..30] {
        // Several books have the same title.
        let title = format!("Title {}", rng.u8(..8));
        fixture.store.edit(book.id, &draft(&input(&title)), book.version).await.unwrap();
    }
    for column in SortColumn::ALL {
        for (descending, creator) in [(false, ""), (true, ""), (true, &fixture.login)] {
            let filter = BookFilter { creator: creator.to_owned(), ..BookFilter::default() };
            let request = ListRequest { filter, sort: Sort { column, descending }, ..first_page() };
            compare_pages(&fixture.store, &request, &mut rng).await;
            // The first book of some orders, and the last of others.
            let new = create(&fixture.store, "A").await;
            compare_pages(&fixture.store, &request, &mut rng).await;
            fixture.store.delete(new.id, new.version).await.unwrap();
        }
    }
}

async fn whole_list(store: &Store, request: &ListRequest) -> Vec<Book> {
    let whole = ListRequest { page_size: 10 * BOOKS, ..request.clone() };
    store.list(&whole).await.unwrap().books
}

/// Compares pages in a random order with their rows of the whole list.
pub(crate) async fn compare_pages(store: &Store, request: &ListRequest, rng: &mut Rng) {
    let whole = whole_list(store, request).await;
    for page in std::iter::repeat_with(|| rng.u32(1..=BOOKS / PAGE + 2)).take(8) {
        let request = ListRequest { page, page_size: PAGE, ..request.clone() };
        let books = store.list(&request).await.unwrap().books;
        let expected = whole.chunks(PAGE as usize).nth(page as usize - 1).unwrap_or_default();
        assert!(books == expected, "page {page} of {request:?}");
    }
}
