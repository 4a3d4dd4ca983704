//! Conversion between rows of SQLite and books, and from SQLite's errors to [`Error`].

use std::cell::Cell;

use rusqlite::types::ToSqlOutput;
use rusqlite::{ErrorCode, Row, ToSql};
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};
use uuid::Uuid;

use crate::book::{Book, BookRow, FieldValue};
use crate::error::Error;
use crate::list::CreatorCount;
use crate::price::Price;

/// The form in which the file stores timestamps, in UTC.
const TIMESTAMP: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day] [hour]:[minute]:[second].[subsecond digits:3]");

/// A row of the file that notes whether a value that was read from it is replaced by another.
struct FileRow<'a> {
    row: &'a Row<'a>,
    is_out_of_range: Cell<bool>,
}

impl FileRow<'_> {
    /// The value, or its replacement.
    fn or_replaced<T>(&self, value: Option<T>, replacement: T) -> T {
        value.unwrap_or_else(|| {
            self.is_out_of_range.set(true);
            replacement
        })
    }
}

impl BookRow for FileRow<'_> {
    type Error = rusqlite::Error;

    /// SQLite stores 64 bits, whatever the column is for. The nearest number replaces one that is out of range.
    fn integer(&self, column: &str) -> rusqlite::Result<i32> {
        let stored: i64 = self.row.get(column)?;
        Ok(self.or_replaced(i32::try_from(stored).ok(), if stored < 0 { i32::MIN } else { i32::MAX }))
    }

    fn text(&self, column: &str) -> rusqlite::Result<String> {
        self.row.get(column)
    }

    fn price(&self, column: &str) -> rusqlite::Result<Price> {
        self.row.get(column).map(Price::stored)
    }

    fn timestamp(&self, column: &str) -> rusqlite::Result<Option<OffsetDateTime>> {
        Ok(self.or_replaced(timestamp(self.row, column)?.map(Some), None))
    }

    fn uuid(&self, column: &str) -> rusqlite::Result<Uuid> {
        let stored = self.row.get_ref(column)?.as_str()?;
        Ok(self.or_replaced(Uuid::parse_str(stored).ok(), Uuid::nil()))
    }

    fn is_out_of_range(&self) -> bool {
        self.is_out_of_range.get()
    }
}

impl ToSql for FieldValue {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Text(text) => text.as_str().into(),
            Self::Count(count) => (*count).into(),
            Self::Price(price) => price.cents().into(),
        })
    }
}

pub(super) fn book(row: &Row<'_>) -> rusqlite::Result<Book> {
    Book::from_row(&FileRow { row, is_out_of_range: Cell::new(false) })
}

pub(super) fn creator(row: &Row<'_>) -> rusqlite::Result<CreatorCount> {
    Ok(CreatorCount {
        created_by: row.get("CreatedBy")?,
        books: row.get("Books")?,
        first_on: timestamp(row, "FirstOn")?,
        last_on: timestamp(row, "LastOn")?,
    })
}

fn timestamp(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<OffsetDateTime>> {
    Ok(parse_timestamp(row.get_ref(column)?.as_str()?))
}

/// Parses a timestamp as the file stores it; `None` if it has another form.
pub(super) fn parse_timestamp(text: &str) -> Option<OffsetDateTime> {
    PrimitiveDateTime::parse(text, TIMESTAMP).ok().map(PrimitiveDateTime::assume_utc)
}

/// Converts an error of SQLite. A full disk or a locked file is transient, other errors are not.
pub(super) fn error(error: rusqlite::Error) -> Error {
    if let rusqlite::Error::UserFunctionError(reason) = &error {
        return Error::Unavailable(reason.to_string());
    }
    let text = format!("the embedded store: {error}");
    let code = error.sqlite_error_code();
    match code.and_then(advice) {
        Some(advice) if code == Some(ErrorCode::DiskFull) => {
            Error::StorageFull { text: format!("{text}; {advice}"), number: None }
        }
        Some(advice) => Error::Unavailable(format!("{text}; {advice}")),
        None => Error::Database(text),
    }
}

/// What to do about an error that does not come from the statement.
pub(super) fn advice(code: ErrorCode) -> Option<&'static str> {
    match code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            Some("another program keeps the file locked; end its transaction or close it")
        }
        ErrorCode::DiskFull => Some("the disk with the file is full, and nothing was written; free some space"),
        ErrorCode::CannotOpen => Some("check that its folder exists and that this account can write to it"),
        ErrorCode::ReadOnly => Some("this account can only read the file; SQLite also writes beside it"),
        ErrorCode::SystemIoFailure => Some("the system cannot read or write the file; its log has the reason"),
        _ => None,
    }
}
