//! What the API sends.

use bookstore_db::book::Book;
use bookstore_db::list::{BookPage, CreatorCount};
use serde::Serialize;
use time::PrimitiveDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use utoipa::ToSchema;
use uuid::Uuid;

/// ISO 8601 without a zone, since the database's clock has none.
const LOCAL_TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:1+]");

/// A book.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct BookJson {
    /// Its key.
    pub(super) id: i32,
    title: String,
    author_first_name: String,
    author_last_name: String,
    /// How many customers reviewed it.
    avg_customer_reviews: i32,
    /// With two decimals; below zero only in a row from before the shop's rules.
    #[schema(example = "12.50", pattern = r"^-?\d+\.\d{2}$")]
    price: String,
    book_language: String,
    publisher: String,
    /// The login that made the row, by the database's own word.
    created_by: String,
    /// When, by the database's clock and in its time zone.
    #[schema(example = "2024-02-29T12:30:00.0")]
    created_on: String,
    /// 1 for a new book, one more with every edit; the ETag is made of it.
    #[schema(minimum = 1)]
    pub(super) version: i32,
    /// The request that made the row.
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
            created_on: local_time(book.created_on),
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
    /// How many books match, over all pages.
    total: i64,
    page: u32,
    page_size: u32,
    /// All creators in the database, whatever was searched, most books first.
    creators: Vec<Creator>,
}

impl BookList {
    pub(super) fn new(answer: &BookPage, page: u32, page_size: u32) -> Self {
        Self {
            books: answer.books.iter().cloned().map(BookJson::from).collect(),
            total: answer.total,
            page,
            page_size,
            creators: answer.creators.iter().cloned().map(Creator::from).collect(),
        }
    }
}

/// How many books a login made, and when.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Creator {
    created_by: String,
    books: i64,
    first_on: String,
    last_on: String,
}

impl From<CreatorCount> for Creator {
    fn from(count: CreatorCount) -> Self {
        Self {
            created_by: count.created_by,
            books: count.books,
            first_on: local_time(count.first_on),
            last_on: local_time(count.last_on),
        }
    }
}

/// A column's name as JSON has it: `createdBy` for `CreatedBy`.
pub(super) fn camel_case(column: impl ToString) -> String {
    let mut name = column.to_string();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    name
}

fn local_time(time: PrimitiveDateTime) -> String {
    // Every part that the format names is in the value.
    time.format(LOCAL_TIME).unwrap_or_default()
}
