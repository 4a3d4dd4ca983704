//! The statements of the list and of its export.

use std::sync::Arc;

use super::errors::driver_error;
use super::filter::FilterParams;
use super::rows;
use super::statements::{SqlServerStore, Statement, missing_row, rowsets, statement};
use crate::book::{Book, BookId};
use crate::error::Error;
use crate::list::{BookPage, CreatorCount, ListRequest};
use crate::search::BookFilter;

impl SqlServerStore {
    /// Rows are read now. The counts by creator, and a total that follows from them, may be those of a moment ago.
    pub(crate) async fn list(&self, request: &ListRequest) -> Result<BookPage, Error> {
        if let Some(creators) = self.counts.recent() {
            let page = self.page(request, Some(creators)).await?;
            // A page past the end is read again: by the kept counts it may not be past the end.
            if !page.books.is_empty() || page.total <= request.offset() {
                return Ok(page);
            }
        }
        self.page(request, None).await
    }

    /// Reads the rows, and in the same batch what is not known beside them.
    async fn page(&self, request: &ListRequest, known: Option<Arc<[CreatorCount]>>) -> Result<BookPage, Error> {
        let known_total = known.as_deref().and_then(|creators| total(&request.filter, creators));
        let must_count = known_total.is_none() && request.filter.is_selective();
        let rows = if request.filter.is_selective() { statement!("search") } else { statement!("list") };
        let mut sql = request.sort.apply(rows.sql);
        if must_count {
            sql.push_str(statement!("search_count").sql);
        }
        if known.is_none() {
            sql.push_str(statement!("creators").sql);
        }

        let (skip, take) = (request.offset(), i64::from(request.page_size));
        let filter = FilterParams::new(&request.filter);
        let first: [&dyn tiberius::ToSql; 2] = [&skip, &take];
        let params = if request.filter.is_selective() { filter.after(&first) } else { first.to_vec() };
        let start = self.counts.start_reading();
        let reply = self.run(&Statement { name: rows.name, sql: &sql }, &params).await?;

        let mut rowsets = reply.into_rowsets();
        let mut next = || rowsets.next().ok_or_else(|| missing_row("a part of the list"));
        let books = next()?.read_all(rows::book)?;
        let counted = if must_count { Some(next()?) } else { None };
        let creators = match known {
            Some(creators) => creators,
            None => {
                let creators = next()?.read_all(rows::creator)?.into();
                self.counts.keep(start, &creators);
                creators
            }
        };
        let total = match counted {
            Some(counted) => {
                let row = counted.first().ok_or_else(|| missing_row("a total"))?;
                rows::required(row.row, "Total").map_err(driver_error)?
            }
            None => total(&request.filter, &creators).unwrap_or_default(),
        };
        Ok(BookPage { total: request.total(books.len(), total), books, creators: creators.to_vec() })
    }

    pub(crate) async fn export(&self, filter: &BookFilter, after: BookId, take: u32) -> Result<Vec<Book>, Error> {
        let (filter, take) = (FilterParams::new(filter), i64::from(take));
        let params = filter.after(&[&after.0, &take]);
        let [books] = rowsets(self.run(&statement!("export"), &params).await?)?;
        books.read_all(rows::book)
    }
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
