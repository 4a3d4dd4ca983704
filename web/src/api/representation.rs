//! The JSON that the API returns.

use axum::http::HeaderValue;
use bookstore_db::book::Book;
use bookstore_db::list::{BookPage, CreatorCount};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::view::formats::rfc3339_millis;

/// A book.
///
/// Another program can write values into the file of an embedded store that no column of SQL Server can have. They are
/// given as the nearest number, a time as null, a request id as 00000000-0000-0000-0000-000000000000; the book's page
/// marks them. A book whose id is out of range cannot be read or edited by the id that lists give.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct BookJson {
    /// Its id.
    pub(super) id: i32,
    title: String,
    author_first_name: String,
    author_last_name: String,
    /// The number of customer reviews.
    avg_customer_reviews: i32,
    /// With two decimals. It is negative only in rows that are older than the shop's rules.
    #[schema(example = "12.50", pattern = r"^-?\d+\.\d{2}$")]
    price: String,
    book_language: String,
    publisher: String,
    /// The login that created the row, as recorded by the database. Empty only in rows that are older than the shop.
    created_by: String,
    /// When, by the database's clock, with its server's time zone. Null only in rows that the shop did not create.
    #[schema(example = "2024-02-29T12:30:00.000+01:00", format = DateTime)]
    created_on: Option<String>,
    /// 1 for a new book, plus 1 per edit. The ETag contains it. Less than 1 only in rows that another program changed.
    pub(super) version: i32,
    /// The id of the request that created the row.
    request_id: Uuid,
}

impl From<Book> for BookJson {
    fn from(book: Book) -> Self {
        Self {
            id: book.id.0,
            title: book.title,
            author_first_name: book.author_first_name,
            author_last_name: book.author_last_name,
            avg_customer_reviews: book.avg_customer_reviews,
            price: book.price.to_string(),
            book_language: book.book_language,
            publisher: book.publisher,
            created_by: book.created_by,
            created_on: book.created_on.map(rfc3339_millis),
            version: book.version,
            request_id: book.request_id.0,
        }
    }
}

/// A page of books.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct BookList {
    books: Vec<BookJson>,
    /// The number of books on all pages.
    total: i64,
    page: u32,
    page_size: u32,
    /// The logins that created books, most books first, whatever the search.
    creators: Vec<Creator>,
}

impl BookList {
    pub(super) fn new(books: &BookPage, page: u32, page_size: u32) -> Self {
        Self {
            books: books.books.iter().cloned().map(BookJson::from).collect(),
            total: books.total,
            page,
            page_size,
            creators: books.creators.iter().cloned().map(Creator::from).collect(),
        }
    }
}

/// The books of one login: how many, the first and the last.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Creator {
    created_by: String,
    books: i64,
    /// Null if none of the rows has a time.
    #[schema(format = DateTime)]
    first_on: Option<String>,
    /// Null if none of the rows has a time.
    #[schema(format = DateTime)]
    last_on: Option<String>,
}

impl From<CreatorCount> for Creator {
    fn from(count: CreatorCount) -> Self {
        Self {
            created_by: count.created_by,
            books: count.books,
            first_on: count.first_on.map(rfc3339_millis),
            last_on: count.last_on.map(rfc3339_millis),
        }
    }
}

/// The JSON name of a column: `createdBy` for `CreatedBy`.
pub(super) fn camel_case(column: impl ToString) -> String {
    let mut name = column.to_string();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    name
}

/// The strong ETag of a version, like `"v3"`.
pub(super) fn etag(version: i32) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("\"v{version}\"")).ok()
}
