//! Logins side by side: how many rows each made, when, and its newest ones. Made for a page that an audience looks at.

use std::time::Duration;

use time::PrimitiveDateTime;

use crate::book::Book;
use crate::list::CreatorCount;

/// What to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ComparisonRequest {
    /// How far the time line goes back from now, to the second; none for the time from the first row to the last.
    pub look_back: Option<Duration>,
    /// Into how many equal parts the time line is cut, from 1.
    pub parts: u16,
    /// How many logins have a column of their own, those with the most rows first.
    pub columns: u16,
    /// How many of the newest rows of each column.
    pub newest: u16,
}

impl ComparisonRequest {
    /// Seconds, 0 for all.
    pub(crate) fn look_back_seconds(&self) -> i32 {
        self.look_back.map_or(0, |time| i32::try_from(time.as_secs()).unwrap_or(i32::MAX).max(1))
    }
}

/// Logins side by side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// The two ends of the time line, by the database's clock; none if there is no row.
    pub between: Option<(PrimitiveDateTime, PrimitiveDateTime)>,
    /// The logins with the most rows, most first, then by name.
    pub columns: Vec<Column>,
    /// All the rest together.
    pub others: Option<Others>,
}

/// One login's rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The login, its rows, the first and the last of them.
    pub count: CreatorCount,
    /// Its rows from before the time line.
    pub before: i64,
    /// Its rows in each part of the time line.
    pub added: Vec<i64>,
    /// Its newest rows, the newest first.
    pub newest: Vec<Book>,
}

/// The logins without a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Others {
    /// How many logins they are.
    pub logins: i64,
    /// Their rows together, without a name and without the newest ones.
    pub column: Column,
}

impl Column {
    /// How many rows there were at each border between two parts: one more number than there are parts.
    pub fn grown(&self) -> Vec<i64> {
        let mut sum = self.before;
        let sums = self.added.iter().map(|added| {
            sum += added;
            sum
        });
        std::iter::once(self.before).chain(sums).collect()
    }
}

/// Whether anything has changed since another moment: a row added, changed or deleted, by whomever. Two that are equal mean no change,
/// unless changes cancelled each other in number, in the last key and in the sum of versions at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changes {
    pub(crate) books: i64,
    pub(crate) last_id: i64,
    pub(crate) versions: i64,
}

/// Rows of one place in one part of the time line, as a statement counts them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    /// From 1 for a login with a column; 0 for all the rest.
    pub(crate) place: i64,
    /// From 0; -1 for what was before.
    pub(crate) part: i64,
    pub(crate) count: CreatorCount,
}

impl Comparison {
    /// Puts the counts and the newest rows into columns. `logins` is how many logins there are.
    pub(crate) fn assemble(
        request: &ComparisonRequest,
        between: Option<(PrimitiveDateTime, PrimitiveDateTime)>,
        logins: i64,
        counted: &[Counted],
        newest: Vec<Book>,
    ) -> Self {
        let places = counted.iter().map(|row| row.place).max().unwrap_or(0);
        let mut columns: Vec<_> = (1..=places).filter_map(|place| Column::of(request, counted, place)).collect();
        for book in newest {
            // One login may be written in several ways under a collation without case.
            let login = book.created_by.to_lowercase();
            let column = columns.iter_mut().find(|column| column.count.created_by.to_lowercase() == login);
            if let Some(column) = column {
                column.newest.push(book);
            }
        }
        let logins = logins - i64::try_from(columns.len()).unwrap_or(0);
        let others = Column::of(request, counted, 0).map(|mut column| {
            column.count.created_by.clear();
            // A login that came between two statements is one of them.
            Others { logins: logins.max(1), column }
        });
        Self { between, columns, others }
    }
}

impl Column {
    fn of(request: &ComparisonRequest, counted: &[Counted], place: i64) -> Option<Self> {
        let mut rows = counted.iter().filter(|row| row.place == place);
        let mut column = Self { count: rows.next()?.count.clone(), before: 0, added: Vec::new(), newest: Vec::new() };
        column.added.resize(usize::from(request.parts.max(1)), 0);
        column.count.books = 0;
        for Counted { part, count, .. } in counted.iter().filter(|row| row.place == place) {
            column.count.books += count.books;
            column.count.first_on = column.count.first_on.min(count.first_on);
            column.count.last_on = column.count.last_on.max(count.last_on);
            let last = column.added.len() - 1;
            match usize::try_from(*part) {
                // What came after the line's end was measured came just now.
                Ok(part) => column.added[part.min(last)] += count.books,
                Err(_) => column.before += count.books,
            }
        }
        Some(column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOON: PrimitiveDateTime = datetime!(2026-03-05 12:00);

    fn counted(place: i64, part: i64, created_by: &str, books: i64) -> Counted {
        let on = NOON + Duration::from_secs(60) * part.unsigned_abs() as u32;
        Counted { place, part, count: CreatorCount { created_by: created_by.into(), books, first_on: on, last_on: on } }
    }

    #[test]
    fn parts_add_up_to_whole_columns() {
        let request = ComparisonRequest { look_back: None, parts: 3, columns: 1, newest: 1 };
        let rows = [counted(1, -1, "sa", 4), counted(1, 0, "sa", 1), counted(1, 7, "sa", 2), counted(0, 1, "x", 5)];
        let Comparison { columns, others, .. } = Comparison::assemble(&request, None, 4, &rows, Vec::new());
        let [sa] = &columns[..] else { panic!("{columns:?}") };
        assert_eq!((sa.count.books, sa.before, &sa.added[..]), (7, 4, &[1, 0, 2][..]));
        assert_eq!(sa.grown(), [4, 5, 5, 7]);
        assert_eq!((sa.count.first_on, sa.count.last_on), (NOON, NOON + Duration::from_secs(7 * 60)));
        let others = others.unwrap();
        assert_eq!((others.logins, others.column.count.books, others.column.count.created_by.as_str()), (3, 5, ""));
    }
}
