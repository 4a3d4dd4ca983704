//! The counts beside the list and the place of its pages, which are kept for a moment. The rows are always read now.

use bookstore_db::book::Field;
use bookstore_db::list::{BookPage, ListRequest, Sort, SortColumn};
use bookstore_db::store::Store;
use bookstore_tests::books::{create, draft, first_page, input};
use bookstore_tests::fixture::{open, shop_server};
use bookstore_tests::sql::{batch, settings};
use bookstore_tests::wait::{PATIENCE, eventually};
use sql_server_stand_in::{Fault, StandIn};

/// A part of the statement that counts by creator.
const COUNTING: &str = "GROUP BY ISNULL(CreatedBy";

/// The store of a shop, which has just counted, and the store of another program.
async fn two_stores() -> (StandIn, Store, Store) {
    let server = shop_server().await;
    let settings = settings(&server.connection_string("webapp"));
    let (shop, other) = (open(&settings), open(&settings));
    assert_eq!(counts(&list(&shop, first_page()).await), (8, 8));
    (server, shop, other)
}

async fn list(store: &Store, request: ListRequest) -> BookPage {
    store.list(&request).await.unwrap()
}

/// The total of the list and the sum of the counts by creator.
fn counts(page: &BookPage) -> (i64, i64) {
    (page.total, page.creators.iter().map(|creator| creator.books).sum())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn list_is_read_without_counting_again() {
    let (server, shop, _) = two_stores().await;
    // On a slow machine a second can pass between the two lists, so try again.
    eventually("a list does not count", PATIENCE, async || {
        list(&shop, first_page()).await;
        server.faults().always_for(COUNTING, Fault::Error { number: 8134, text: "Divide by zero".into() });
        let page = shop.list(&first_page()).await;
        server.faults().clear();
        page.is_ok_and(|page| counts(&page) == (8, 8))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn own_write_is_counted_at_once() {
    let (_server, shop, _) = two_stores().await;
    let book = create(&shop, "Mine").await;
    assert_eq!(counts(&list(&shop, first_page()).await), (9, 9));
    shop.delete(book.id, book.version).await.unwrap();
    assert_eq!(counts(&list(&shop, first_page()).await), (8, 8));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn book_of_another_program_is_listed_at_once() {
    let (_server, shop, other) = two_stores().await;
    create(&other, "Theirs").await;
    let page = list(&shop, first_page()).await;
    assert!(page.books.iter().any(|book| book.title == "Theirs"));
    assert_eq!(page.total, 9);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn noticed_change_of_another_program_is_counted_at_once() {
    let (_server, shop, other) = two_stores().await;
    shop.change_marker().await.unwrap();
    list(&shop, first_page()).await;
    create(&other, "Theirs").await;
    shop.change_marker().await.unwrap();
    assert_eq!(counts(&list(&shop, first_page()).await), (9, 9));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page_that_another_program_emptied_has_the_new_total() {
    let (_server, shop, other) = two_stores().await;
    let last = ListRequest { page: 8, page_size: 1, ..first_page() };
    let page = list(&shop, last.clone()).await;
    let [book] = &page.books[..] else { panic!("{page:?}") };
    other.delete(book.id, book.version).await.unwrap();
    let page = list(&shop, last).await;
    assert_eq!((page.books.len(), page.total), (0, 7));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page_read_before_starts_at_its_first_row() {
    let (server, shop, other) = two_stores().await;
    for title in (0..300).map(|index| format!("Title {index:03}")) {
        create(&other, &title).await;
    }
    let page = ListRequest { page: 280, page_size: 1, ..first_page() };
    // On a slow machine a second can pass between the two lists, so try again.
    eventually("a page starts at an anchor", PATIENCE, async || {
        list(&shop, page.clone()).await;
        server.faults().always_for("b.Id >= @P3", Fault::Error { number: 8134, text: "Divide by zero".into() });
        let from_anchor = shop.list(&page).await;
        server.faults().clear();
        from_anchor.is_err()
    })
    .await;
}

/// A page is read from its first row, which has been deleted or edited since.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page_whose_first_row_another_program_changed_is_read_from_the_start() {
    let (_server, shop, other) = two_stores().await;
    for title in (0..300).map(|index| format!("Title {index:03}")) {
        create(&other, &title).await;
    }
    let sort = Sort { column: SortColumn::Field(Field::Title), descending: false };
    let page = ListRequest { page: 280, page_size: 1, sort, ..first_page() };
    for _ in 0..2 {
        shop.change_marker().await.unwrap();
        let first = list(&shop, page.clone()).await.books.remove(0);
        assert_eq!(list(&shop, page.clone()).await.books, std::slice::from_ref(&first));
        other.edit(first.id, &draft(&input("Aardvark")), first.version).await.unwrap();
        let expected = list(&other, page.clone()).await.books;
        assert_eq!(list(&shop, page.clone()).await.books, expected);
        other.delete(expected[0].id, expected[0].version).await.unwrap();
        assert_eq!(list(&shop, page.clone()).await.books, list(&other, page.clone()).await.books);
    }
}

/// The counts are those of eight books, for a second.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page_beyond_the_last_total_has_its_row_after_an_edit() {
    let (server, shop, _other) = two_stores().await;
    let administrator = settings(&server.connection_string("sa"));
    let columns = "Title, AuthorFirstName, AuthorLastName, BookLanguage, Publisher";
    let more = format!("INSERT INTO dbo.Books ({columns}) SELECT {columns} FROM dbo.Books");
    let sort = Sort { column: SortColumn::Field(Field::Title), descending: false };
    let page = ListRequest { page: 280, page_size: 1, sort, ..first_page() };
    list(&shop, first_page()).await;
    for _ in 0..6 {
        batch(&administrator, &more).await.unwrap();
    }
    for _ in 0..2 {
        let first = list(&shop, page.clone()).await.books.remove(0);
        let edit = format!("UPDATE dbo.Books SET Version = Version + 1 WHERE Id = {}", first.id);
        batch(&administrator, &edit).await.unwrap();
    }
    assert_eq!(list(&shop, page).await.books.len(), 1);
}

/// A page of prices that are NULL, and a page whose first row was edited.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page_that_cannot_start_at_its_first_row_keeps_the_counts() {
    let (server, shop, other) = two_stores().await;
    for title in (0..300).map(|index| format!("Title {index:03}")) {
        create(&other, &title).await;
    }
    let administrator = settings(&server.connection_string("sa"));
    batch(&administrator, "UPDATE dbo.Books SET Price = NULL").await.unwrap();
    for (field, descending) in [(Field::Price, false), (Field::Price, true), (Field::Title, false)] {
        let sort = Sort { column: SortColumn::Field(field), descending };
        let page = ListRequest { page: 280, page_size: 1, sort, ..first_page() };
        // On a slow machine a second can pass between the two lists, so try again.
        eventually("a list does not count", PATIENCE, async || {
            let first = list(&shop, page.clone()).await.books.remove(0);
            let edit = format!("UPDATE dbo.Books SET Version = Version + 1 WHERE Id = {}", first.id);
            batch(&administrator, &edit).await.unwrap();
            server.faults().always_for(COUNTING, Fault::Error { number: 8134, text: "Divide by zero".into() });
            let again = shop.list(&page).await;
            server.faults().clear();
            again.is_ok_and(|again| again.books.len() == 1 && again.books[0].id == first.id)
        })
        .await;
    }
}
