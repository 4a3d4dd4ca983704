//! What a reader asks of the list of books, and the answer.

use std::fmt;
use std::str::FromStr;

use time::PrimitiveDateTime;

use crate::book::Book;

/// The columns that the list can be sorted by: all that are shown. `Display` and `FromStr` use the column's name; parsing
/// takes any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum SortColumn {
    #[default]
    Id,
    Title,
    AuthorFirstName,
    AuthorLastName,
    AvgCustomerReviews,
    Price,
    BookLanguage,
    Publisher,
    CreatedBy,
    CreatedOn,
}

impl SortColumn {
    /// All of them, in the order of the table.
    pub const ALL: [SortColumn; 10] = [
        Self::Id,
        Self::Title,
        Self::AuthorFirstName,
        Self::AuthorLastName,
        Self::AvgCustomerReviews,
        Self::Price,
        Self::BookLanguage,
        Self::Publisher,
        Self::CreatedBy,
        Self::CreatedOn,
    ];
}

impl fmt::Display for SortColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// There is no such column.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no column {0:?} to sort by")]
pub struct UnknownColumn(String);

impl FromStr for SortColumn {
    type Err = UnknownColumn;

    fn from_str(text: &str) -> Result<Self, UnknownColumn> {
        let named = |column: &Self| column.to_string().eq_ignore_ascii_case(text);
        Self::ALL.into_iter().find(named).ok_or_else(|| UnknownColumn(text.to_owned()))
    }
}

/// An order of the list. Rows that are equal in the column follow each other by key, so that pages never overlap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sort {
    /// By which column.
    pub column: SortColumn,
    /// From the greatest to the least.
    pub descending: bool,
}

impl Sort {
    /// The `ORDER BY` clause. Made of fixed texts only, nothing that a person wrote.
    pub(crate) fn clause(self) -> String {
        let direction = if self.descending { "DESC" } else { "ASC" };
        match self.column {
            SortColumn::Id => format!("b.Id {direction}"),
            column => format!("b.{column} {direction}, b.Id {direction}"),
        }
    }

    /// The statement with its marked default order replaced by this one.
    pub(crate) fn apply(self, statement: &str) -> String {
        statement.replace("b.Id ASC -- sort", &self.clause())
    }
}

/// Which books to list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ListRequest {
    /// Part of a title or of an author's name; empty for all.
    pub search: String,
    /// A login; empty for all.
    pub creator: String,
    /// In which order.
    pub sort: Sort,
    /// From 1.
    pub page: u32,
    /// Rows a page, from 1.
    pub page_size: u32,
}

impl ListRequest {
    /// Rows before the page.
    pub fn offset(&self) -> i64 {
        i64::from(self.page.saturating_sub(1)) * i64::from(self.page_size)
    }
}

/// How many rows a login made, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatorCount {
    /// The login.
    pub created_by: String,
    /// Its rows.
    pub books: i64,
    /// Its first row that is still there.
    pub first_on: PrimitiveDateTime,
    /// Its last row that is still there.
    pub last_on: PrimitiveDateTime,
}

/// A page of books, and what a page of the shop shows around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookPage {
    /// The books of the page; none if the page is past the last.
    pub books: Vec<Book>,
    /// How many books match, over all pages.
    pub total: i64,
    /// All creators in the database, most rows first, whatever was searched.
    pub creators: Vec<CreatorCount>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_names_each_column_once_and_ends_with_the_key() {
        let sort = |column, descending| Sort { column, descending }.clause();
        assert_eq!(sort(SortColumn::Id, true), "b.Id DESC");
        assert_eq!(sort(SortColumn::Title, false), "b.Title ASC, b.Id ASC");
    }

    #[test]
    fn a_column_is_found_by_its_name_in_any_case() {
        for column in SortColumn::ALL {
            assert_eq!(column.to_string().to_lowercase().parse(), Ok(column));
        }
        assert!("Id; DROP TABLE Books".parse::<SortColumn>().is_err());
    }
}
