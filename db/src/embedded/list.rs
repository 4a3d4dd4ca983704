//! The statements of the list and of its export.

use std::cmp::Ordering;

use rusqlite::{Connection, ToSql};

use super::functions::compare;
use super::rows;
use super::slots::{StoreConnection, VersionedAnchors};
use super::store::{EmbeddedStore, statement};
use crate::anchors::{Anchor, Anchors};
use crate::book::{Book, BookId};
use crate::error::Error;
use crate::list::{BookPage, CreatorCount, ListRequest, Sort, SortColumn};
use crate::search::{BookFilter, MAX_WORDS, search_key};

impl EmbeddedStore {
    pub(crate) async fn list(&self, mut request: ListRequest) -> Result<BookPage, Error> {
        self.read("list", move |StoreConnection { connection, anchors }| {
            // One snapshot, so that the total and the rows belong together.
            let snapshot = connection.transaction()?;
            let creators = creators(&snapshot)?;
            let creator = &mut request.filter.creator;
            if let Some(stored) = creators.iter().find(|stored| compare(&stored.created_by, creator) == Ordering::Equal)
            {
                // Otherwise each spelling would have its own anchors.
                creator.clone_from(&stored.created_by);
            }
            let total = total(&snapshot, &request, &creators)?;
            let books = page(&snapshot, anchors, &request, total)?;
            Ok(BookPage { books, total, creators })
        })
        .await
    }

    pub(crate) async fn export(&self, filter: BookFilter, after: BookId, take: u32) -> Result<Vec<Book>, Error> {
        self.read("export", move |connection| {
            let words = word_patterns(&filter);
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
    let words = word_patterns(filter);
    let mut statement = connection.prepare_cached(statement!("search_count"))?;
    statement.query_row(&filter_params(filter, &words)[..], |row| row.get(0))
}

/// Patterns of the words to find. Where there is no word, the pattern matches all.
fn word_patterns(filter: &BookFilter) -> [String; MAX_WORDS] {
    let mut words = filter.words().map(|word| glob_pattern(&search_key(word)));
    std::array::from_fn(|_| words.next().unwrap_or_else(|| "*".to_owned()))
}

/// Returns a `GLOB` pattern that finds the key anywhere. Its wildcards are in brackets, as there is no escape character.
fn glob_pattern(key: &str) -> String {
    let mut pattern = String::from("*");
    for letter in key.chars() {
        match letter {
            // It would end the pattern, and no book contains it.
            '\0' => {}
            '*' | '?' | '[' => pattern.extend(['[', letter, ']']),
            _ => pattern.push(letter),
        }
    }
    pattern + "*"
}

/// `:creator` and `:word1` to `:word6`.
fn filter_params<'a>(filter: &'a BookFilter, words: &'a [String; MAX_WORDS]) -> Vec<(&'static str, &'a dyn ToSql)> {
    const NAMES: [&str; MAX_WORDS] = [":word1", ":word2", ":word3", ":word4", ":word5", ":word6"];
    let words = NAMES.into_iter().zip(words.iter().map(|word| word as &dyn ToSql));
    std::iter::once((":creator", &filter.creator as &dyn ToSql)).chain(words).collect()
}

/// Reads the rows of a page: from the anchor before it, or from the nearer end of the list.
fn page(
    connection: &Connection,
    anchors: &mut VersionedAnchors,
    request: &ListRequest,
    total: i64,
) -> rusqlite::Result<Vec<Book>> {
    let take = i64::from(request.page_size).min(total - request.offset());
    if take <= 0 {
        return Ok(Vec::new());
    }
    if !Anchors::may_help(request) {
        return rows(connection, request, &ReadPlan::from_an_end(request, take, total));
    }
    // Asked in the snapshot, so that an anchor has in it the place that it had when it was kept.
    let data_version = connection.prepare_cached(statement!("data_version"))?.query_row([], |row| row.get(0))?;
    let anchors = anchors.at(data_version);
    let from_an_end = ReadPlan::from_an_end(request, take, total);
    let plan = match anchors.before(request) {
        Some(anchor) if request.offset() - anchor.offset < from_an_end.skip => {
            let skip = request.offset() - anchor.offset;
            ReadPlan { sort: request.sort, anchor: Some(anchor), skip, take, is_reversed: false }
        }
        _ => from_an_end,
    };
    let books = rows(connection, request, &plan)?;
    // The id of a book that is out of range may be another than that of its row.
    if let Some(first) = books.first().filter(|first| !first.is_out_of_range) {
        anchors.keep(request, plan.skip, (first.id, first.version));
    }
    Ok(books)
}

/// How the rows of a page are read.
struct ReadPlan {
    sort: Sort,
    /// Where to start instead of the first row of the order.
    anchor: Option<Anchor>,
    skip: i64,
    take: i64,
    /// Whether the order is the reverse of the page's.
    is_reversed: bool,
}

impl ReadPlan {
    /// Pages past the middle are read in reverse order, so that the last page costs what the first one does.
    fn from_an_end(request: &ListRequest, take: i64, total: i64) -> Self {
        let rows_after = total - request.offset() - take;
        let is_reversed = rows_after < request.offset();
        let mut sort = request.sort;
        sort.descending ^= is_reversed;
        Self { sort, anchor: None, skip: rows_after.min(request.offset()), take, is_reversed }
    }
}

fn rows(connection: &Connection, request: &ListRequest, plan: &ReadPlan) -> rusqlite::Result<Vec<Book>> {
    let ReadPlan { sort, anchor, skip, take, is_reversed } = plan;
    let filter = &request.filter;
    let words = word_patterns(filter);
    let mut params: Vec<(&str, &dyn ToSql)> = vec![(":skip", skip), (":take", take)];
    if let Some(anchor) = anchor {
        params.push((":anchor", &anchor.id.0));
    }
    let (sql, filter_count) = match (filter.words().next().is_none(), filter.creator.is_empty(), anchor) {
        (true, true, None) => (statement!("list"), 0),
        (true, true, Some(_)) => (statement!("list_from"), 0),
        (true, false, None) => (statement!("list_by_creator"), 1),
        (true, false, Some(_)) => (statement!("list_by_creator_from"), 1),
        (false, ..) => (statement!("search"), 1 + MAX_WORDS),
    };
    params.extend(filter_params(filter, &words).into_iter().take(filter_count));
    let mut statement = connection.prepare_cached(&sort.apply(&from_anchor(sql, *sort)))?;
    let mut books = statement.query_map(&params[..], rows::book)?.collect::<rusqlite::Result<Vec<_>>>()?;
    if *is_reversed {
        books.reverse();
    }
    Ok(books)
}

/// Replaces the condition of a statement that the comment `-- from` marks by that of the order.
fn from_anchor(sql: &str, sort: Sort) -> String {
    let after = sort.after();
    let condition = match sort.column {
        SortColumn::Id => format!("b.Id {after}= :anchor"),
        column => format!("(b.{column}, b.Id) {after}= (SELECT a.{column}, a.Id FROM Books AS a WHERE a.Id = :anchor)"),
    };
    sql.replace("b.Id >= :anchor -- from", &condition)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::{Config, TestRunner};
    use rusqlite::StatementStatus;

    use super::*;
    use crate::book::Field;
    use crate::embedded::open::DatabaseFile;

    /// The plan of SQLite for a statement of the list, one step per line.
    fn plan(connection: &Connection, sql: &str, sort: Sort) -> String {
        let sql = format!("EXPLAIN QUERY PLAN {}", sort.apply(&from_anchor(sql, sort)));
        let mut statement = connection.prepare(&sql).unwrap();
        // A plan needs no parameter values.
        let steps = statement.raw_query().mapped(|row| row.get::<_, String>("detail"));
        steps.collect::<rusqlite::Result<Vec<_>>>().unwrap().join("\n")
    }

    #[test]
    fn pattern_finds_wildcards_as_they_are() {
        assert_eq!(glob_pattern("a*b?[c]^\0"), "*a[*]b[?][[]c]^*");
    }

    #[test]
    fn index_finds_what_a_scan_finds() {
        let folder = tempfile::tempdir().unwrap();
        let file = DatabaseFile { path: folder.path().join("search.db"), login: "sa".into() };
        let connection = file.open_writer().unwrap();
        // Letters that fold, wildcards, quotes, and characters of several bytes.
        let letters = prop::sample::select("aAábé*?[]^\"'%Дд猫📚".chars().collect::<Vec<_>>());
        let text = |length| prop::collection::vec(letters.clone(), length).prop_map(String::from_iter);
        let titles_and_word = (prop::collection::vec(text(1..9), 8), text(1..5));
        let mut runner = TestRunner::new(Config { cases: 200, ..Config::default() });
        let compared = runner.run(&titles_and_word, |(titles, word)| {
            let books = connection.unchecked_transaction().unwrap();
            for (id, title) in (1..).zip(&titles) {
                books.execute("UPDATE Books SET Title = ?1 WHERE Id = ?2", (title, id)).unwrap();
            }
            let scan = "SELECT count(*) FROM SearchKeys WHERE instr(SearchKey, fold(?1))";
            let scanned: i64 = books.query_row(scan, [&word], |row| row.get(0)).unwrap();
            let filter = BookFilter { search: word, creator: String::new() };
            let request = ListRequest { filter, sort: Sort::default(), page: 1, page_size: 8 };
            let total = total(&books, &request, &[]).unwrap();
            let found = page(&books, &mut VersionedAnchors::default(), &request, total).unwrap().len() as i64;
            prop_assert_eq!((total, found), (scanned, scanned));
            Ok(())
        });
        compared.unwrap();
    }

    #[test]
    fn page_that_starts_out_of_range_has_its_rows_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = DatabaseFile { path: folder.path().join("ids.db"), login: "sa".into() };
        let connection = file.open_writer().unwrap();
        let fill = "WITH RECURSIVE n(i) AS (SELECT 9 UNION ALL SELECT i + 1 FROM n WHERE i < 700)
            INSERT INTO Books (Id, Title, AuthorFirstName, AuthorLastName, AvgCustomerReviews, Price, BookLanguage,
                Publisher, RequestId)
            SELECT iif(i > 300, 3000000000, 0) + i, 'zz', 'A', 'B', 1, 1, 'C', 'D', lower(hex(randomblob(16))) FROM n";
        connection.execute(fill, []).unwrap();
        for column in [SortColumn::Id, SortColumn::Field(Field::Title)] {
            let sort = Sort { column, descending: false };
            let request = ListRequest { filter: BookFilter::default(), sort, page: 17, page_size: 20 };
            let mut anchors = VersionedAnchors::default();
            let mut read = || page(&connection, &mut anchors, &request, 700).unwrap();
            let books = read();
            assert!(books.len() == 20 && books[0].is_out_of_range);
            assert!(read() == books, "{column}");
        }
    }

    #[test]
    fn statement_is_prepared_once_for_all_pages() {
        let folder = tempfile::tempdir().unwrap();
        let database = DatabaseFile { path: folder.path().join("once.db"), login: "sa".into() };
        let connection = database.open_writer().unwrap();
        let mut list = connection.prepare(statement!("list")).unwrap();
        for skip in 0..3 {
            let rows = list.query_map(&[(":skip", &skip), (":take", &(skip + 1))], |_| Ok(())).unwrap();
            assert_eq!(rows.count() as i64, skip + 1);
        }
        assert_eq!(list.get_status(StatementStatus::RePrepare), 0);
    }

    #[test]
    fn search_reads_the_index_of_strings_first() {
        let folder = tempfile::tempdir().unwrap();
        let connection =
            DatabaseFile { path: folder.path().join("plan.db"), login: "sa".into() }.open_writer().unwrap();
        for statement in [statement!("search"), statement!("search_count"), statement!("export")] {
            let plan = plan(&connection, statement, Sort::default());
            let expected = "SEARCH b USING INTEGER PRIMARY KEY (rowid=?)";
            assert!(plan.starts_with("SCAN s VIRTUAL TABLE INDEX") && plan.contains(expected), "{plan}");
            assert!(plan.contains("G0G0G0G0G0G0"), "every word uses the index: {plan}");
        }
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
        for column in SortColumn::ALL {
            for descending in [false, true] {
                let plan = plan(&connection, statement!("list_from"), Sort { column, descending });
                let after = if descending { '<' } else { '>' };
                let seek = match column {
                    SortColumn::Id => format!("SEARCH b USING INTEGER PRIMARY KEY (rowid{after}?)"),
                    _ => format!("SEARCH b USING INDEX IX_Books_{column} ({column}{after}?)"),
                };
                assert!(plan.contains(&seek) && !plan.contains("TEMP B-TREE"), "{column}: {plan}");
            }
        }
        let plan = plan(&connection, statement!("list_by_creator"), Sort::default());
        assert!(
            plan.contains("SEARCH b USING INDEX IX_Books_CreatedBy (CreatedBy=?)") && !plan.contains("TEMP"),
            "{plan}"
        );
    }
}
