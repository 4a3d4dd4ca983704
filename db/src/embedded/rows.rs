//! SQLite rows to books and back, and SQLite errors to ours.

use rusqlite::types::Type;
use rusqlite::{ErrorCode, Row, named_params};
use time::PrimitiveDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::book::{Book, BookId, RequestId};
use crate::draft::BookDraft;
use crate::error::Error;
use crate::list::CreatorCount;
use crate::price::Price;

const CREATED_ON: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day] [hour]:[minute]:[second].[subsecond digits:3]");

pub(super) fn book(row: &Row<'_>) -> rusqlite::Result<Book> {
    let request_id: String = row.get("RequestId")?;
    Ok(Book {
        id: BookId(row.get("Id")?),
        title: row.get("Title")?,
        author_first_name: row.get("AuthorFirstName")?,
        author_last_name: row.get("AuthorLastName")?,
        avg_customer_reviews: row.get("AvgCustomerReviews")?,
        price: Price::stored(row.get("Price")?),
        book_language: row.get("BookLanguage")?,
        publisher: row.get("Publisher")?,
        created_by: row.get("CreatedBy")?,
        created_on: moment(row, "CreatedOn")?,
        version: row.get("Version")?,
        request_id: request_id.parse::<RequestId>().map_err(unreadable)?,
    })
}

pub(super) fn creator(row: &Row<'_>) -> rusqlite::Result<CreatorCount> {
    Ok(CreatorCount {
        created_by: row.get("CreatedBy")?,
        books: row.get("Books")?,
        first_on: moment(row, "FirstOn")?,
        last_on: moment(row, "LastOn")?,
    })
}

fn moment(row: &Row<'_>, column: &str) -> rusqlite::Result<PrimitiveDateTime> {
    parse_moment(&row.get::<_, String>(column)?)
}

/// A moment as the file has it.
pub(super) fn parse_moment(text: &str) -> rusqlite::Result<PrimitiveDateTime> {
    PrimitiveDateTime::parse(text, CREATED_ON).map_err(unreadable)
}

fn unreadable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, error.into())
}

/// Runs `act` with the draft's fields bound by name, followed by `more`.
pub(super) fn with_draft<T>(
    draft: &BookDraft,
    more: &[(&str, &dyn rusqlite::ToSql)],
    act: impl FnOnce(&[(&str, &dyn rusqlite::ToSql)]) -> T,
) -> T {
    let price = draft.price.cents();
    let fields = named_params! {
        ":title": draft.title,
        ":author_first_name": draft.author_first_name,
        ":author_last_name": draft.author_last_name,
        ":avg_customer_reviews": draft.avg_customer_reviews,
        ":price": price,
        ":book_language": draft.book_language,
        ":publisher": draft.publisher,
    };
    act(&[fields, more].concat())
}

/// A full disk or a locked file passes; the rest does not.
pub(super) fn error(error: rusqlite::Error) -> Error {
    let text = format!("the embedded store: {error}");
    match error.sqlite_error_code() {
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::DiskFull
            | ErrorCode::CannotOpen
            | ErrorCode::ReadOnly
            | ErrorCode::SystemIoFailure,
        ) => Error::Unavailable(text),
        _ => Error::Database(text),
    }
}
