//! Books for tests.

use bookstore_db::book::{Book, RequestId};
use bookstore_db::draft::{BookDraft, BookInput};
use bookstore_db::list::{ListRequest, Sort};
use bookstore_db::store::Store;

/// A good input with this title.
pub fn input(title: &str) -> BookInput {
    BookInput {
        title: title.to_owned(),
        author_first_name: "Jane".to_owned(),
        author_last_name: "Austen".to_owned(),
        avg_customer_reviews: "12".to_owned(),
        price: "9.99".to_owned(),
        book_language: "English".to_owned(),
        publisher: "John Murray".to_owned(),
    }
}

/// The draft of a good input.
///
/// # Panics
/// If the input is not good.
pub fn draft(input: &BookInput) -> BookDraft {
    BookDraft::parse(input).expect("a good input")
}

/// Makes a book with this title.
///
/// # Panics
/// If the store does not.
pub async fn create(store: &Store, title: &str) -> Book {
    store.create(&draft(&input(title)), RequestId::random()).await.expect("a book is made")
}

/// The first 20 books in the order of their keys.
pub fn everything() -> ListRequest {
    ListRequest { search: String::new(), creator: String::new(), sort: Sort::default(), page: 1, page_size: 20 }
}
