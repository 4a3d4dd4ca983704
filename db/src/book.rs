//! A book, its fields and its keys. Everything in this crate that differs per column of `dbo.Books` is in this file.

use std::fmt;
use std::str::FromStr;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::price::Price;

/// The key of a book, assigned by the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BookId(pub i32);

impl fmt::Display for BookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The unique id of a create, so that a form or an API request that is sent again creates no second book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(pub Uuid);

impl RequestId {
    /// Generates a random id.
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for RequestId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        Uuid::parse_str(text).map(Self)
    }
}

/// A row of `dbo.Books`. The fields have the names of the replaced demo's columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Book {
    /// Key.
    pub id: BookId,
    /// Title.
    pub title: String,
    /// The author's first name.
    pub author_first_name: String,
    /// The author's last name.
    pub author_last_name: String,
    /// Number of customer reviews. (The demo named the column average; its data are counts.)
    pub avg_customer_reviews: i32,
    /// Price.
    pub price: Price,
    /// Language.
    pub book_language: String,
    /// Publisher.
    pub publisher: String,
    /// The login that inserted the row, as recorded by the database. Empty if a row of the replaced demo has none.
    pub created_by: String,
    /// When the row was inserted, by the database's clock, with the time zone that its server has now. `None` if a row
    /// of the replaced demo has no time.
    pub created_on: Option<OffsetDateTime>,
    /// 1 for a new row, plus 1 per edit; 1 again after the highest number.
    pub version: i32,
    /// The request that inserted the row.
    pub request_id: RequestId,
    /// Whether the row has a value that its column cannot have, because another program wrote it. The book has the
    /// nearest value instead, or no time.
    pub is_out_of_range: bool,
}

/// A field of a book that a user writes. `Display` prints the column's name, which forms use too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Field {
    Title,
    AuthorFirstName,
    AuthorLastName,
    AvgCustomerReviews,
    Price,
    BookLanguage,
    Publisher,
}

/// The kind of value that a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A text that is not empty, of at most this many UTF-16 code units, as `NVARCHAR` counts.
    Text(usize),
    /// A whole number, not negative.
    Count,
    /// A price.
    Price,
}

impl Field {
    /// All fields, in the order of the columns and of the parameters of `create.sql` and `edit.sql`.
    pub const ALL: [Self; 7] = [
        Self::Title,
        Self::AuthorFirstName,
        Self::AuthorLastName,
        Self::AvgCustomerReviews,
        Self::Price,
        Self::BookLanguage,
        Self::Publisher,
    ];

    /// Returns the kind of value that the field holds.
    pub fn kind(self) -> FieldKind {
        match self {
            Self::Title | Self::AuthorFirstName | Self::AuthorLastName => FieldKind::Text(50),
            Self::AvgCustomerReviews => FieldKind::Count,
            Self::Price => FieldKind::Price,
            Self::BookLanguage => FieldKind::Text(10),
            Self::Publisher => FieldKind::Text(255),
        }
    }
}

impl Book {
    /// Returns the value of a field.
    pub fn value(&self, field: Field) -> FieldValue {
        match field {
            Field::Title => FieldValue::Text(self.title.clone()),
            Field::AuthorFirstName => FieldValue::Text(self.author_first_name.clone()),
            Field::AuthorLastName => FieldValue::Text(self.author_last_name.clone()),
            Field::AvgCustomerReviews => FieldValue::Count(self.avg_customer_reviews),
            Field::Price => FieldValue::Price(self.price),
            Field::BookLanguage => FieldValue::Text(self.book_language.clone()),
            Field::Publisher => FieldValue::Text(self.publisher.clone()),
        }
    }

    /// Reads a book from a row of either engine.
    pub(crate) fn from_row<R: BookRow>(row: &R) -> Result<Self, R::Error> {
        Ok(Self {
            id: BookId(row.integer("Id")?),
            title: row.text("Title")?,
            author_first_name: row.text("AuthorFirstName")?,
            author_last_name: row.text("AuthorLastName")?,
            avg_customer_reviews: row.integer("AvgCustomerReviews")?,
            price: row.price("Price")?,
            book_language: row.text("BookLanguage")?,
            publisher: row.text("Publisher")?,
            created_by: row.text("CreatedBy")?,
            created_on: row.timestamp("CreatedOn")?,
            version: row.integer("Version")?,
            request_id: RequestId(row.uuid("RequestId")?),
            // The last one, since it is about the values above.
            is_out_of_range: row.is_out_of_range(),
        })
    }

    /// Returns the author's first and last name.
    pub fn author(&self) -> String {
        format!("{} {}", self.author_first_name, self.author_last_name)
    }
}

/// The value of a field. `Display` prints it as a form takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldValue {
    /// The value of [`FieldKind::Text`].
    Text(String),
    /// The value of [`FieldKind::Count`].
    Count(i32),
    /// The value of [`FieldKind::Price`].
    Price(Price),
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl fmt::Display for FieldValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Count(count) => count.fmt(f),
            Self::Price(price) => price.fmt(f),
        }
    }
}

/// A database row that holds a book, read by column name.
///
/// A table that the demo created may hold NULL; it reads as an empty text, as 0, or as no time.
pub(crate) trait BookRow {
    type Error;

    fn integer(&self, column: &str) -> Result<i32, Self::Error>;
    fn text(&self, column: &str) -> Result<String, Self::Error>;
    fn price(&self, column: &str) -> Result<Price, Self::Error>;
    fn timestamp(&self, column: &str) -> Result<Option<OffsetDateTime>, Self::Error>;
    fn uuid(&self, column: &str) -> Result<Uuid, Self::Error>;

    /// Whether a value that was read before is replaced by another, because no column of SQL Server can have it.
    fn is_out_of_range(&self) -> bool {
        false
    }
}
