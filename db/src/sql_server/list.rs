//! The statements of the list and of its export.

use tiberius::ToSql;

use super::creator_counts::Known;
use super::errors::driver_error;
use super::filter::FilterParams;
use super::rows;
use super::statements::{SqlServerStore, Statement, missing_row, rowsets, statement};
use crate::book::{Book, BookId};
use crate::error::Error;
use crate::list::{BookPage, CreatorCount, ListRequest, Sort, SortColumn};
use crate::search::BookFilter;

impl SqlServerStore {
    /// Rows are read now. The counts by creator, a total that follows from them, and the number of rows before an
    /// anchor may be those of a moment ago.
    pub(crate) async fn list(&self, request: &ListRequest) -> Result<BookPage, Error> {
        let mut known = self.counts.recent(request);
        loop {
            if let Some(page) = self.page(request, known.take()).await? {
                return Ok(page);
            }
        }
    }

    /// Reads the rows, and in the same batch what is not known beside them. Returns `None` if the rows show that what
    /// is known is outdated.
    async fn page(&self, request: &ListRequest, known: Option<Known>) -> Result<Option<BookPage>, Error> {
        let (known, anchor) = known.map(|known| (known.creators, known.anchor)).unzip();
        let known_total = known.as_deref().and_then(|creators| total(&request.filter, creators));
        let must_count = known_total.is_none() && request.filter.is_selective();
        let anchor = anchor.flatten().filter(|_| !must_count);
        let rows = match (must_count, request.filter.creator.is_empty(), &anchor) {
            (true, ..) => statement!("search"),
            (false, true, None) => statement!("list"),
            (false, true, Some(_)) => Statement { name: "list", ..statement!("list_from") },
            (false, false, None) => Statement { name: "list", ..statement!("list_by_creator") },
            (false, false, Some(_)) => Statement { name: "list", ..statement!("list_by_creator_from") },
        };
        let mut sql = from_anchor(&request.sort.apply(rows.sql), request.sort);
        if must_count {
            sql.push_str(statement!("search_count").sql);
        }
        if known.is_none() {
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
        if is_short && ends_early && (books.is_empty() || anchor.is_some()) {
            return Ok(None);
        }
        let creators = match known {
            Some(creators) => creators,
            None => {
                let creators = next()?.read_all(rows::creator)?.into();
                self.counts.keep(start, &creators);
                creators
            }
        };
        self.counts.keep_anchor(start, request, skip, &books);
        let total = match counted {
            Some(counted) => {
                let row = counted.first().ok_or_else(|| missing_row("a total"))?;
                rows::required(row.row, "Total").map_err(driver_error)?
            }
            None => total(&request.filter, &creators).unwrap_or_default(),
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

/// Replaces the condition of a statement that the comment `-- from` marks by that of the order.
fn from_anchor(sql: &str, sort: Sort) -> String {
    let after = sort.after();
    let condition = match sort.column {
        SortColumn::Id => format!("b.Id {after}= @P3"),
        column => {
            let value = format!("(SELECT a.{column} FROM dbo.Books AS a WHERE a.Id = @P3 AND a.Version = @P4)");
            format!("b.{column} {after}= {value} AND (b.{column} {after} {value} OR b.Id {after}= @P3)")
        }
    };
    sql.replace("b.Id >= @P3 -- from", &condition)
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
