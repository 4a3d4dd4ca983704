//! Rows of the statements to books, counts and identities.

use tiberius::numeric::Numeric;
use tiberius::{FromSql, Row};
use time::PrimitiveDateTime;
use time::macros::datetime;
use uuid::Uuid;

use crate::book::{Book, BookId, RequestId};
use crate::identity::{AuthScheme, Encryption, Identity};
use crate::list::CreatorCount;
use crate::price::Price;

type Result<T> = tiberius::Result<T>;

pub(super) fn book(row: &Row) -> Result<Book> {
    Ok(Book {
        id: BookId(required(row, "Id")?),
        title: text(row, "Title")?,
        author_first_name: text(row, "AuthorFirstName")?,
        author_last_name: text(row, "AuthorLastName")?,
        avg_customer_reviews: required(row, "AvgCustomerReviews")?,
        price: price(required(row, "Price")?),
        book_language: text(row, "BookLanguage")?,
        publisher: text(row, "Publisher")?,
        created_by: text(row, "CreatedBy")?,
        created_on: moment(row, "CreatedOn")?,
        version: required(row, "Version")?,
        request_id: RequestId(required::<Uuid>(row, "RequestId")?),
    })
}

pub(super) fn creator(row: &Row) -> Result<CreatorCount> {
    Ok(CreatorCount {
        created_by: text(row, "CreatedBy")?,
        books: required(row, "Books")?,
        first_on: moment(row, "FirstOn")?,
        last_on: moment(row, "LastOn")?,
    })
}

pub(super) fn identity(row: &Row, spn: Option<String>, encryption: Encryption) -> Result<Identity> {
    let optional = |column| row.try_get::<&str, _>(column).map(|text| text.map(str::to_owned));
    Ok(Identity {
        login: required_text(row, "Login")?,
        original_login: required_text(row, "OriginalLogin")?,
        auth_scheme: AuthScheme::from_server(&required_text(row, "AuthScheme")?),
        transport: optional("Transport")?,
        spn,
        encryption,
        server: required_text(row, "ServerName")?,
        server_version: required_text(row, "ServerVersion")?,
        database: required_text(row, "DatabaseName")?,
        client_address: optional("ClientAddress")?,
    })
}

/// How many rows a write changed: 0 or 1.
pub(super) fn changed(row: &Row) -> Result<bool> {
    Ok(required::<i32>(row, "Changed")? > 0)
}

pub(super) fn required<'a, T: FromSql<'a>>(row: &'a Row, column: &str) -> Result<T> {
    row.try_get(column)?.ok_or_else(|| unexpected(format!("the column {column} is NULL")))
}

pub(crate) fn required_text(row: &Row, column: &str) -> Result<String> {
    required::<&str>(row, column).map(str::to_owned)
}

/// NULL in a database whose table is not quite the shop's own is shown as nothing.
fn text(row: &Row, column: &str) -> Result<String> {
    Ok(row.try_get::<&str, _>(column)?.unwrap_or_default().to_owned())
}

/// NULL is the day with which SQL Server begins to count.
fn moment(row: &Row, column: &str) -> Result<PrimitiveDateTime> {
    Ok(row.try_get(column)?.unwrap_or(datetime!(1900-01-01 0:00)))
}

/// As it is: the rules are for what is written. More than 64 bits of cents are as many as these hold.
fn price(value: Numeric) -> Price {
    let cents = match value.scale() {
        scale @ 0..=2 => value.value().checked_mul(10_i128.pow(2 - u32::from(scale))),
        scale => Some(value.value() / 10_i128.pow(u32::from(scale) - 2)),
    };
    let most = if value.value() < 0 { i64::MIN } else { i64::MAX };
    Price::stored(cents.and_then(|cents| i64::try_from(cents).ok()).unwrap_or(most))
}

fn unexpected(message: String) -> tiberius::error::Error {
    tiberius::error::Error::Conversion(message.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_keeps_its_cents_whatever_scale_the_server_sends() {
        let price = |value, scale| price(Numeric::new_with_scale(value, scale)).cents();
        assert_eq!(price(1250, 2), 1250);
        assert_eq!(price(12, 0), 1200);
        assert_eq!(price(125_000, 4), 1250);
        assert_eq!(price(-1, 2), -1);
        assert_eq!(price(i128::MAX, 0), i64::MAX);
        assert_eq!(price(i128::MIN, 0), i64::MIN);
    }
}
