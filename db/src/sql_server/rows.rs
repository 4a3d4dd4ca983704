//! Conversion between rows of SQL Server and books, counts and identities.

use std::borrow::Cow;

use tiberius::numeric::Numeric;
use tiberius::{ColumnData, FromSql, Row, ToSql};
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};
use uuid::Uuid;

use crate::book::{Book, BookRow, FieldValue};
use crate::identity::{AuthScheme, Encryption, Identity, TlsSession};
use crate::list::CreatorCount;
use crate::price::Price;

type Result<T> = tiberius::Result<T>;

/// A row, and the time zone of the server that sent it, which its timestamps lack.
#[derive(Clone, Copy)]
pub(super) struct ServerRow<'a> {
    pub(super) row: &'a Row,
    pub(super) utc_offset: UtcOffset,
}

impl BookRow for ServerRow<'_> {
    type Error = tiberius::error::Error;

    fn integer(&self, column: &str) -> Result<i32> {
        Ok(self.row.try_get(column)?.unwrap_or_default())
    }

    fn text(&self, column: &str) -> Result<String> {
        Ok(self.row.try_get::<&str, _>(column)?.unwrap_or_default().to_owned())
    }

    fn price(&self, column: &str) -> Result<Price> {
        Ok(self.row.try_get(column)?.map_or_else(Price::default, price))
    }

    fn timestamp(&self, column: &str) -> Result<Option<OffsetDateTime>> {
        let local: Option<PrimitiveDateTime> = self.row.try_get(column)?;
        Ok(local.map(|local| local.assume_offset(self.utc_offset)))
    }

    fn uuid(&self, column: &str) -> Result<Uuid> {
        required(self.row, column)
    }
}

impl ToSql for FieldValue {
    fn to_sql(&self) -> ColumnData<'_> {
        match self {
            Self::Text(text) => ColumnData::String(Some(Cow::Borrowed(text))),
            Self::Count(count) => ColumnData::I32(Some(*count)),
            Self::Price(price) => ColumnData::Numeric(Some(Numeric::new_with_scale(price.cents().into(), 2))),
        }
    }
}

pub(super) fn book(row: ServerRow<'_>) -> Result<Book> {
    Book::from_row(&row)
}

pub(super) fn creator(row: ServerRow<'_>) -> Result<CreatorCount> {
    Ok(CreatorCount {
        created_by: row.text("CreatedBy")?,
        books: required(row.row, "Books")?,
        first_on: row.timestamp("FirstOn")?,
        last_on: row.timestamp("LastOn")?,
    })
}

pub(super) fn identity(
    row: &Row,
    spn: Option<String>,
    (encryption, tls): (Encryption, Option<TlsSession>),
) -> Result<Identity> {
    let optional = |column| row.try_get::<&str, _>(column).map(|text| text.map(str::to_owned));
    Ok(Identity {
        login: required_text(row, "Login")?,
        original_login: required_text(row, "OriginalLogin")?,
        auth_scheme: AuthScheme::from_server(&required_text(row, "AuthScheme")?),
        transport: optional("Transport")?,
        spn,
        encryption,
        tls,
        server: required_text(row, "ServerName")?,
        server_version: required_text(row, "ServerVersion")?,
        database: required_text(row, "DatabaseName")?,
        client_address: optional("ClientAddress")?,
    })
}

/// The server's time zone, from the row with the identity.
pub(super) fn utc_offset(row: &Row) -> Result<UtcOffset> {
    let minutes: i32 = required(row, "UtcOffsetMinutes")?;
    UtcOffset::from_whole_seconds(minutes.saturating_mul(60))
        .map_err(|error| tiberius::error::Error::Conversion(error.to_string().into()))
}

/// Whether a write changed a row.
pub(super) fn is_changed(row: &Row) -> Result<bool> {
    Ok(required::<i32>(row, "Changed")? > 0)
}

/// Reads a column that must not be NULL.
pub(super) fn required<'a, T: FromSql<'a>>(row: &'a Row, column: &str) -> Result<T> {
    let is_null = || tiberius::error::Error::Conversion(format!("the column {column} is NULL").into());
    row.try_get(column)?.ok_or_else(is_null)
}

/// Reads a text column that must not be NULL.
pub(crate) fn required_text(row: &Row, column: &str) -> Result<String> {
    required::<&str>(row, column).map(str::to_owned)
}

/// Converts a price as it is stored, in the range of user input or not. More cents than 64 bits hold become the most
/// that they hold.
fn price(value: Numeric) -> Price {
    let cents = match value.scale() {
        scale @ 0..=2 => value.value().checked_mul(10_i128.pow(2 - u32::from(scale))),
        scale => Some(value.value() / 10_i128.pow(u32::from(scale) - 2)),
    };
    let limit = if value.value() < 0 { i64::MIN } else { i64::MAX };
    Price::stored(cents.and_then(|cents| i64::try_from(cents).ok()).unwrap_or(limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn price_keeps_its_cents_at_any_scale() {
        let price = |value, scale| price(Numeric::new_with_scale(value, scale)).cents();
        assert_eq!(price(1250, 2), 1250);
        assert_eq!(price(12, 0), 1200);
        assert_eq!(price(125_000, 4), 1250);
        assert_eq!(price(-1, 2), -1);
        assert_eq!(price(i128::MAX, 0), i64::MAX);
        assert_eq!(price(i128::MIN, 0), i64::MIN);
    }
}
