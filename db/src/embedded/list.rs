//! The statements of the list and of its export.

use std::cmp::Ordering;

use rusqlite::{Connection, ToSql};

use super::functions::compare;
use super::rows;
use super::store::{EmbeddedStore, statement};
use crate::book::{Book, BookId};
use crate::error::Error;
use crate::list::{BookPage, CreatorCount, ListRequest};
use crate::search::{BookFilter, MAX_WORDS, search_key};

impl EmbeddedStore {
    pub(crate) async fn list(&self, request: ListRequest) -> Result<BookPage, Error> {
        self.read("list", move |connection| {
            // One snapshot, so that the total and the rows belong together.
            let snapshot = connection.transaction()?;
            let creators = creators(&snapshot)?;
            let total = total(&snapshot, &request, &creators)?;
            let books = page(&snapshot, &request, total)?;
            Ok(BookPage { books, total, creators })
        })
        .await
    }

    pub(crate) async fn export(&self, filter: BookFilter, after: BookId, take: u32) -> Result<Vec<Book>, Error> {
        self.read("export", move |connection| {
            let words = search_keys(&filter);
            let mut params = filter_params(&filter, &words);
            params.extend([(":after", &after.0 as &dyn ToSql), (":take", &take)]);
            let mut statement = connection.prepare_cached(statement!("export"))?;
            statement.query_map(&params[..], rows::book)?.collect()
        })
        .await
    }
}

fn creators(connection: &Connection) -> rusqlite::Result<Vec<CreatorCount>> {
    connection.prepare_cached(statement!("creators"))?.query_map([], rows::creator)?.collect()
}

fn total(connection: &Connection, request: &ListRequest, creators: &[CreatorCount]) -> rusqlite::Result<i64> {
    let filter = &request.filter;
    if filter.words().next().is_none() {
        let is_requested = |count: &&CreatorCount| {
            filter.creator.is_empty() || compare(&count.created_by, &filter.creator) == Ordering::Equal
        };
        return Ok(creators.iter().filter(is_requested).map(|count| count.books).sum());
    }
    let words = search_keys(filter);
    let mut statement = connection.prepare_cached(statement!("search_count"))?;
    statement.query_row(&filter_params(filter, &words)[..], |row| row.get(0))
}

/// The keys of the words to find; empty ones find all.
fn search_keys(filter: &BookFilter) -> [String; MAX_WORDS] {
    let mut words = filter.words().map(search_key);
    std::array::from_fn(|_| words.next().unwrap_or_default())
}

/// `:creator` and `:word1` to `:word6`.
fn filter_params<'a>(filter: &'a BookFilter, words: &'a [String; MAX_WORDS]) -> Vec<(&'static str, &'a dyn ToSql)> {
    const NAMES: [&str; MAX_WORDS] = [":word1", ":word2", ":word3", ":word4", ":word5", ":word6"];
    let words = NAMES.into_iter().zip(words.iter().map(|word| word as &dyn ToSql));
    std::iter::once((":creator", &filter.creator as &dyn ToSql)).chain(words).collect()
}

/// Reads the rows of a page. Pages past the middle are read in reverse order, so that the last page costs what the
/// first one does.
fn page(connection: &Connection, request: &ListRequest, total: i64) -> rusqlite::Result<Vec<Book>> {
    let skip = request.offset();
    let take = i64::from(request.page_size).min(total - skip);
    if take <= 0 {
        return Ok(Vec::new());
    }
    let rows_after = total - skip - take;
    let is_reversed = rows_after < skip;
    let mut sort = request.sort;
    sort.descending ^= is_reversed;
    let skip = skip.min(rows_after);
    let filter = &request.filter;
    let words = search_keys(filter);
    let mut params: Vec<(&str, &dyn ToSql)> = vec![(":skip", &skip), (":take", &take)];
    params.extend(filter_params(filter, &words));
    let (sql, used) = match (words[0].is_empty(), filter.creator.is_empty()) {
        (true, true) => (statement!("list"), 2),
        (true, false) => (statement!("list_by_creator"), 3),
        (false, _) => (statement!("search"), params.len()),
    };
    let mut statement = connection.prepare_cached(&sort.apply(sql))?;
    let mut books = statement.query_map(&params[..used], rows::book)?.collect::<rusqlite::Result<Vec<_>>>()?;
    if is_reversed {
        books.reverse();
    }
    Ok(books)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded::open::DatabaseFile;
    use crate::list::{Sort, SortColumn};

    /// The plan of SQLite for a statement of the list, one step per line.
    fn plan(connection: &Connection, sql: &str, sort: Sort) -> String {
        let sql = format!("EXPLAIN QUERY PLAN {}", sort.apply(sql));
        let mut statement = connection.prepare(&sql).unwrap();
        // A plan needs no parameter values.
        let steps = statement.raw_query().mapped(|row| row.get::<_, String>("detail"));
        steps.collect::<rusqlite::Result<Vec<_>>>().unwrap().join("\n")
    }

    #[test]
    fn list_reads_every_order_from_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let database = DatabaseFile { path: folder.path().join("plan.db"), login: "sa".into() };
        let connection = database.open_writer().unwrap();
        for column in SortColumn::ALL {
            for descending in [false, true] {
                let plan = plan(&connection, statement!("list"), Sort { column, descending });
                assert!(!plan.contains("TEMP B-TREE"), "{column}: {plan}");
                assert!(column == SortColumn::Id || plan.contains(&format!("IX_Books_{column}")), "{column}: {plan}");
            }
        }
        let plan = plan(&connection, statement!("list_by_creator"), Sort::default());
        assert!(
            plan.contains("SEARCH b USING INDEX IX_Books_CreatedBy (CreatedBy=?)") && !plan.contains("TEMP"),
            "{plan}"
        );
    }
}
