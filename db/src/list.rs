//! The list of books: what a reader asks for, and the answer.

use std::fmt;
use std::str::FromStr;

use time::OffsetDateTime;

use crate::book::{Book, Field};
use crate::search::BookFilter;

/// A column that the list can be sorted by: every column that it shows.
///
/// `Display` and `FromStr` use the column's name; parsing ignores case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum SortColumn {
    #[default]
    Id,
    Field(Field),
    CreatedBy,
    CreatedOn,
}

impl SortColumn {
    /// All columns, in the order of the table.
    pub const ALL: [Self; Field::ALL.len() + 3] = {
        let mut all = [Self::Id; Field::ALL.len() + 3];
        let mut index = 0;
        while index < Field::ALL.len() {
            all[index + 1] = Self::Field(Field::ALL[index]);
            index += 1;
        }
        all[index + 1] = Self::CreatedBy;
        all[index + 2] = Self::CreatedOn;
        all
    };
}

impl fmt::Display for SortColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(field) => field.fmt(f),
            Self::Id | Self::CreatedBy | Self::CreatedOn => fmt::Debug::fmt(self, f),
        }
    }
}

/// The list has no column with this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no column {0:?} to sort by")]
pub struct UnknownColumn(String);

impl FromStr for SortColumn {
    type Err = UnknownColumn;

    fn from_str(text: &str) -> Result<Self, UnknownColumn> {
        let has_name = |column: &Self| column.to_string().eq_ignore_ascii_case(text);
        Self::ALL.into_iter().find(has_name).ok_or_else(|| UnknownColumn(text.to_owned()))
    }
}

/// An order of the list. Rows that are equal in the column are ordered by key, so that pages never overlap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sort {
    /// The column to sort by.
    pub column: SortColumn,
    /// Whether the greatest value comes first.
    pub descending: bool,
}

impl Sort {
    /// Returns the `ORDER BY` clause, built from fixed texts only, never from user input.
    pub(crate) fn clause(self) -> String {
        let direction = if self.descending { "DESC" } else { "ASC" };
        match self.column {
            SortColumn::Id => format!("b.Id {direction}"),
            column => format!("b.{column} {direction}, b.Id {direction}"),
        }
    }

    /// Replaces the default order in a statement, which the comment `-- sort` marks, by this one.
    pub(crate) fn apply(self, statement: &str) -> String {
        statement.replace("b.Id ASC -- sort", &self.clause())
    }

    /// The operator between a row and the rows after it.
    pub(crate) fn after(self) -> char {
        if self.descending { '<' } else { '>' }
    }
}

/// A page of books to list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ListRequest {
    /// Which books.
    pub filter: BookFilter,
    /// The order.
    pub sort: Sort,
    /// Page number, from 1.
    pub page: u32,
    /// Rows per page, at least 1.
    pub page_size: u32,
}

impl ListRequest {
    /// Returns the number of rows before the page.
    pub fn offset(&self) -> i64 {
        i64::from(self.page.saturating_sub(1)) * i64::from(self.page_size)
    }

    /// Returns the number of books on all pages: as counted, unless the rows of this page, which may be newer, show
    /// that it is another.
    pub(crate) fn total(&self, rows: usize, counted: i64) -> i64 {
        let end = self.offset() + i64::try_from(rows).unwrap_or(i64::MAX);
        let is_last_page = rows < usize::try_from(self.page_size).unwrap_or(usize::MAX);
        match rows {
            0 if self.page > 1 => counted,
            _ if is_last_page => end,
            _ => counted.max(end),
        }
    }
}

/// How many rows a creator inserted, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatorCount {
    /// The creator; empty for rows that have none.
    pub created_by: String,
    /// Number of its rows.
    pub books: i64,
    /// When the oldest of these rows was inserted; `None` if none of them has a time.
    pub first_on: Option<OffsetDateTime>,
    /// When the newest of these rows was inserted; `None` if none of them has a time.
    pub last_on: Option<OffsetDateTime>,
}

/// A page of the list, with the counts that are shown beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookPage {
    /// The books of the page; empty if the page is past the last one.
    pub books: Vec<Book>,
    /// Number of books that match, over all pages.
    pub total: i64,
    /// All creators in the database, most rows first, whatever the search. On SQL Server these counts may miss what
    /// another program did in the last second.
    pub creators: Vec<CreatorCount>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_ends_with_the_key_and_names_each_column_once() {
        let clause = |column, descending| Sort { column, descending }.clause();
        assert_eq!(clause(SortColumn::Id, true), "b.Id DESC");
        assert_eq!(clause(SortColumn::Field(Field::Title), false), "b.Title ASC, b.Id ASC");
    }

    #[test]
    fn rows_correct_a_total_that_was_counted_before() {
        let request = |page| ListRequest { filter: BookFilter::default(), sort: Sort::default(), page, page_size: 20 };
        assert_eq!(request(1).total(0, 3), 0);
        assert_eq!(request(1).total(9, 8), 9);
        assert_eq!(request(2).total(19, 40), 39);
        assert_eq!(request(2).total(20, 39), 40);
        assert_eq!(request(2).total(20, 90), 90);
        assert_eq!(request(9).total(0, 90), 90);
    }

    #[test]
    fn column_is_found_by_its_name_in_any_case() {
        for column in SortColumn::ALL {
            assert_eq!(column.to_string().to_lowercase().parse(), Ok(column));
        }
        assert!("Id; DROP TABLE Books".parse::<SortColumn>().is_err());
    }
}
