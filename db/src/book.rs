//! A book as the database has it.

use std::fmt;
use std::str::FromStr;

use time::PrimitiveDateTime;
use uuid::Uuid;

use crate::draft::BookDraft;
use crate::price::Price;

/// The key that the database gave a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BookId(pub i32);

impl fmt::Display for BookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Says that one form or one API request is meant to make one book, however often it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(pub Uuid);

impl RequestId {
    /// A new, random one.
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

/// A row of `dbo.Books`. The fields are named as the columns of the demo that the shop replaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Book {
    /// Key.
    pub id: BookId,
    /// Title, at most 50 UTF-16 code units as every text but the publisher and the language.
    pub title: String,
    /// The author's first name.
    pub author_first_name: String,
    /// The author's last name.
    pub author_last_name: String,
    /// How many customers reviewed the book (the demo's name says average; its data are counts).
    pub avg_customer_reviews: i32,
    /// Price.
    pub price: Price,
    /// Language, at most 10 UTF-16 code units.
    pub book_language: String,
    /// Publisher, at most 255 UTF-16 code units.
    pub publisher: String,
    /// Which login made the row, by the database's own word.
    pub created_by: String,
    /// When, by the database's clock and in its time zone.
    pub created_on: PrimitiveDateTime,
    /// 1 for a new row, one more with every edit.
    pub version: i32,
    /// The request that made the row.
    pub request_id: RequestId,
}

impl Book {
    /// First and last name.
    pub fn author(&self) -> String {
        format!("{} {}", self.author_first_name, self.author_last_name)
    }

    /// Whether an edit of `version` by this draft has been made already: sent twice, it finds its own result.
    pub(crate) fn is_result_of(&self, draft: &BookDraft, version: i32) -> bool {
        self.version == version.wrapping_add(1) && self.matches(draft)
    }

    /// Whether the book says just what the draft says.
    pub fn matches(&self, draft: &BookDraft) -> bool {
        self.title == draft.title
            && self.author_first_name == draft.author_first_name
            && self.author_last_name == draft.author_last_name
            && self.avg_customer_reviews == draft.avg_customer_reviews
            && self.price == draft.price
            && self.book_language == draft.book_language
            && self.publisher == draft.publisher
    }
}
