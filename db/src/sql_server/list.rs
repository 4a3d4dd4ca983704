//! The statements of the list and of its export.

use std::sync::Arc;

use tiberius::ToSql;

use super::creator_counts::RecentCounts;
use super::errors::driver_error;
use super::filter::FilterParams;
use super::rows;
use super::statements::{SqlServerStore, Statement, missing_row, rowsets, statement};
use crate::book::{Book, BookId, Field};
use crate::error::Error;
use crate::list::{BookPage, CreatorCount, ListRequest, Sort, SortColumn};
use crate::search::BookFilter;

impl SqlServerStore {
    /// Rows are read now. The counts by creator, a total that follows from them, and the number of rows before an
    /// anchor may be those of a moment ago.
    pub(crate) async fn list(&self, request: &ListRequest) -> Result<BookPage, Error> {
        let mut recent = self.counts.recent(request);
        loop {
            if let Some(page) = self.page(request, recent.as_ref()).await? {
                return Ok(page);
            }
            // The row of an anchor may have changed while the counts still hold.
            let has_anchor = |recent: &RecentCounts| recent.anchor.is_some();
            recent = recent.filter(has_anchor).map(|recent| RecentCounts { anchor: None, ..recent });
        }
    }

    /// Reads the rows, and in the same batch what is not known beside them. Returns `None` if the rows show that what
    /// is known is outdated.
    async fn page(&self, request: &ListRequest, recent: Option<&RecentCounts>) -> Result<Option<BookPage>, Error> {
        let known_total = recent.and_then(|recent| total(&request.filter, &recent.creators));
        let must_count = known_total.is_none() && request.filter.is_selective();
        let anchor = recent.and_then(|recent| recent.anchor).filter(|_| !must_count);
        let rows = match (must_count, request.filter.creator.is_empty(), &anchor) {
            (true, ..) => statement!("search"),
            (false, true, None) => statement!("list"),
            (false, true, Some(_)) => Statement { name: "list", ..statement!("list_from") },
            (false, false, None) => Statement { name: "list", ..statement!("list_by_creator") },
            (false, false, Some(_)) => Statement { name: "list", ..statement!("list_by_creator_from") },
        };
        let mut sql = request.sort.apply(rows.sql);
        if anchor.is_some() {
            sql = from_anchor(&sql, request.sort);
        }
        if must_count {
            sql.push_str(statement!("search_count").sql);
        }
        if recent.is_none() {
            sql.push_str(statement!("creators").sql);
        }

        let skip = request.offset() - anchor.map_or(0, |anchor| anchor.offset);
        let take = i64::from(request.page_size);
        let filter = FilterParams::new(&request.filter);
        let first: [&dyn ToSql; 2] = [&skip, &take];
        let params = if must_count {
            filter.after(&first)
        } else {
            let anchor = anchor.iter().flat_map(|anchor| [&anchor.id.0 as &dyn ToSql, &anchor.version]);
            let creator = Some(&request.filter.creator).filter(|creator| !creator.is_empty());
            first.into_iter().chain(anchor).chain(creator.map(|creator| creator as &dyn ToSql)).collect()
        };
        let start = self.counts.start_reading();
        let reply = self.run(&Statement { name: rows.name, sql: &sql }, &params).await?;

        let mut rowsets = reply.into_rowsets();
        let mut next = || rowsets.next().ok_or_else(|| missing_row("a part of the list"));
        let books = next()?.read_all(rows::book)?;
        let counted = if must_count { Some(next()?) } else { None };
        let is_short = books.len() < request.page_size as usize;
        let ends_early = known_total.is_some_and(|total| request.offset() + (books.len() as i64) < total);
        // An anchor whose row has changed selects nothing, also beyond the total of a moment ago.
        let is_outdated =
            if anchor.is_some() { ends_early || books.is_empty() } else { ends_early && books.is_empty() };
        if is_short && is_outdated {
            return Ok(None);
        }
        let creators = match recent {
            Some(recent) => Arc::clone(&recent.creators),
            None => {
                let creators = next()?.read_all(rows::creator)?.into();
                self.counts.keep(start, &creators);
                creators
            }
        };
        let new_total = total(&request.filter, &creators);
        if let (true, Some(_), Some(first)) = (is_anchored(request.sort), new_total, books.first()) {
            self.counts.keep_anchor(&creators, request, skip, (first.id, first.version));
        }
        let total = match counted {
            Some(counted) => {
                let row = counted.first().ok_or_else(|| missing_row("a total"))?;
                rows::required(row.row, "Total").map_err(driver_error)?
            }
            None => new_total.unwrap_or_default(),
        };
        Ok(Some(BookPage { total: request.total(books.len(), total), books, creators: creators.to_vec() }))
    }

    pub(crate) async fn export(&self, filter: &BookFilter, after: BookId, take: u32) -> Result<Vec<Book>, Error> {
        let (filter, take) = (FilterParams::new(filter), i64::from(take));
        let params = filter.after(&[&after.0, &take]);
        let [books] = rowsets(self.run(&statement!("export"), &params).await?)?;
        books.read_all(rows::book)
    }
}

/// Whether pages in this order are read from anchors. Not by a column in which the schema allows NULL: no condition
/// that one seek answers has all rows from a NULL on. In a table of the replaced demo other columns may have NULL too;
/// there the page is short, and is read again without the anchor.
fn is_anchored(sort: Sort) -> bool {
    !matches!(sort.column, SortColumn::Field(Field::AvgCustomerReviews | Field::Price))
}

/// Replaces the condition of a statement that the comment `-- from` marks by that of the order. The value of the anchor
/// is read once, before the rows: without snapshot reads, each reading could find another one.
fn from_anchor(sql: &str, sort: Sort) -> String {
    let after = sort.after();
    let (first, condition) = match sort.column {
        SortColumn::Id => (String::new(), format!("b.Id {after}= @P3")),
        column => {
            // Holds a DATETIME exactly, and what a table of another program may have in its place.
            let sql_type = if column == SortColumn::CreatedOn { "DATETIME2(7)" } else { "NVARCHAR(4000)" };
            let value = format!("SELECT a.{column} FROM dbo.Books AS a WHERE a.Id = @P3 AND a.Version = @P4");
            let condition = format!("b.{column} {after}= @From AND (b.{column} {after} @From OR b.Id {after}= @P3)");
            (format!("DECLARE @From {sql_type} = ({value});\n"), condition)
        }
    };
    first + &sql.replace("b.Id >= @P3 -- from", &condition)
}

/// The number of books that pass the filter, if it follows from the counts.
fn total(filter: &BookFilter, creators: &[CreatorCount]) -> Option<i64> {
    if !filter.is_selective() {
        return Some(creators.iter().map(|creator| creator.books).sum());
    }
    let has_words = filter.words().next().is_some();
    // A creator that is written in another case is left to the collation of the database.
    let named = creators.iter().find(|creator| !has_words && creator.created_by == filter.creator)?;
    Some(named.books)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchor_is_read_once() {
        for column in SortColumn::ALL.into_iter().filter(|column| *column != SortColumn::Id) {
            let sql = from_anchor(statement!("list_from").sql, Sort { column, descending: true });
            assert_eq!(sql.matches("FROM dbo.Books AS a").count(), 1, "{sql}");
            assert_eq!(sql.matches("@From").count(), 3, "{sql}");
        }
    }

    /// With ids that are read first, a row that is deleted meanwhile would be missing from a page.
    #[test]
    fn page_without_an_anchor_reads_each_row_once() {
        for statement in [statement!("list"), statement!("list_by_creator")] {
            assert_eq!(statement.sql.matches("FROM").count(), 1, "{}", statement.sql);
        }
    }
}
