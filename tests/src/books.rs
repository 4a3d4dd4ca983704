//! Books for tests.

use bookstore_db::book::{Book, Field, FieldKind, RequestId};
use bookstore_db::draft::{BookDraft, BookInput};
use bookstore_db::list::{ListRequest, Sort};
use bookstore_db::search::BookFilter;
use bookstore_db::store::Store;

/// A valid input with this title.
pub fn input(title: &str) -> BookInput {
    BookInput::new(|field| match field {
        Field::Title => title.to_owned(),
        Field::AuthorFirstName => "Jane".to_owned(),
        Field::AuthorLastName => "Austen".to_owned(),
        Field::BookLanguage => "English".to_owned(),
        _ => match field.kind() {
            FieldKind::Text(_) => "John Murray".to_owned(),
            FieldKind::Count => "12".to_owned(),
            FieldKind::Price => "9.99".to_owned(),
        },
    })
}

/// The draft of a valid input.
///
/// # Panics
/// If the input is invalid.
pub fn draft(input: &BookInput) -> BookDraft {
    BookDraft::parse(input).expect("a valid input")
}

/// Creates a book with this title.
///
/// # Panics
/// If the store refuses it.
pub async fn create(store: &Store, title: &str) -> Book {
    store.create(&draft(&input(title)), RequestId::random()).await.expect("the book is created")
}

/// A request for the first 20 books in the order of their keys.
pub fn first_page() -> ListRequest {
    ListRequest { filter: BookFilter::default(), sort: Sort::default(), page: 1, page_size: 20 }
}

/// A request for the first 20 books that a search finds.
pub fn searching(words: &str) -> ListRequest {
    let filter = BookFilter { search: words.to_owned(), creator: String::new() };
    ListRequest { filter, ..first_page() }
}
