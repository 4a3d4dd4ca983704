//! The statements of the embedded engine.

use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Params, named_params};
use time::OffsetDateTime;

use super::functions::fold;
use super::lanes::Lanes;
use super::open::Place;
use super::rows;
use crate::book::{Book, BookId, RequestId};
use crate::draft::BookDraft;
use crate::error::Error;
use crate::identity::{AuthScheme, Encryption, Identity, LoginState};
use crate::list::{BookPage, CreatorCount, ListRequest};
use crate::metrics;
use crate::store::PoolState;
use crate::waiting::Waiting;

macro_rules! statement {
    ($name:literal) => {
        include_str!(concat!("../../sql/embedded/", $name, ".sql"))
    };
}

pub(super) use statement;

/// Connections that read; more do not help a file on two cores.
const READERS: usize = 4;

/// A SQLite file with one connection that writes and a few that read. SQLite blocks, so each statement runs on tokio's blocking
/// threads.
#[derive(Clone, Debug)]
pub(crate) struct EmbeddedStore(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    identity: Arc<Identity>,
    opened: OffsetDateTime,
    writer: Lanes,
    readers: Lanes,
    waiting: Waiting,
}

impl EmbeddedStore {
    /// Opens the file, which is made, given its schema and seeded if it is new.
    ///
    /// # Errors
    /// [`Error::Unavailable`] with the file's name if it cannot be opened or written.
    pub(crate) fn open(file: &Path, login: &str) -> Result<Self, Error> {
        let place = Place { file: file.to_owned(), login: login.into() };
        let writer = place.writer()?;
        let readers = (0..READERS).map(|_| place.reader()).collect::<Result<Vec<_>, _>>()?;
        Ok(Self(Arc::new(Inner {
            identity: Arc::new(identity(file, login)),
            opened: OffsetDateTime::now_utc(),
            writer: Lanes::new(vec![writer]),
            readers: Lanes::new(readers),
            waiting: Waiting::default(),
        })))
    }

    pub(crate) fn identity(&self) -> Arc<Identity> {
        Arc::clone(&self.0.identity)
    }

    /// A file is not away.
    pub(crate) fn login_state(&self) -> LoginState {
        LoginState { identity: Some(self.identity()), since: Some(self.0.opened), away: None }
    }

    pub(crate) fn pool(&self) -> PoolState {
        let idle = self.0.readers.idle();
        PoolState { size: READERS as u32, idle, waiting: self.0.waiting.count(), max: READERS as u32 }
    }

    pub(crate) async fn ping(&self) -> Result<(), Error> {
        self.read("ping", |connection| connection.query_row(statement!("ping"), [], |_| Ok(()))).await
    }

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

    pub(crate) async fn creators(&self) -> Result<Vec<CreatorCount>, Error> {
        self.read("creators", |connection| creators(connection)).await
    }

    pub(crate) async fn get(&self, id: BookId) -> Result<Book, Error> {
        self.read("get", move |connection| get(connection, id)).await?.ok_or(Error::NotFound(id))
    }

    pub(crate) async fn create(&self, draft: BookDraft, request_id: RequestId) -> Result<Book, Error> {
        let text = request_id.to_string();
        let (made, book) = self
            .write("create", move |connection| {
                let made = rows::with_draft(&draft, named_params! {":request_id": text}, |fields| {
                    one(connection, statement!("create"), fields)
                })?;
                match made {
                    Some(book) => Ok((true, Some(book))),
                    None => {
                        let sql = statement!("get_by_request");
                        let book = one(connection, sql, named_params! {":request_id": text})?;
                        let same = book.as_ref().is_some_and(|book| book.matches(&draft));
                        Ok((same, book))
                    }
                }
            })
            .await?;
        match book {
            Some(book) if made => Ok(book),
            Some(other) => Err(Error::DuplicateRequest(Box::new(other))),
            None => Err(Error::Database(format!("the row of request {request_id} vanished"))),
        }
    }

    pub(crate) async fn edit(&self, id: BookId, draft: BookDraft, version: i32) -> Result<Book, Error> {
        self.write("edit", move |connection| {
            let edited = rows::with_draft(&draft, named_params! {":id": id.0, ":version": version}, |fields| {
                one(connection, statement!("edit"), fields)
            })?;
            if let Some(book) = edited {
                return Ok(Ok(book));
            }
            Ok(match get(connection, id)? {
                Some(book) if book.is_result_of(&draft, version) => Ok(book),
                Some(book) => Err(Error::Conflict(Box::new(book))),
                None => Err(Error::NotFound(id)),
            })
        })
        .await?
    }

    pub(crate) async fn delete(&self, id: BookId, version: i32) -> Result<(), Error> {
        self.write("delete", move |connection| {
            let gone = connection
                .prepare_cached(statement!("delete"))?
                .execute(named_params! {":id": id.0, ":version": version})?;
            if gone > 0 {
                return Ok(Ok(()));
            }
            Ok(Err(get(connection, id)?.map_or(Error::NotFound(id), |book| Error::Conflict(Box::new(book)))))
        })
        .await?
    }

    pub(super) async fn read<T: Send + 'static>(
        &self,
        statement: &'static str,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        self.run(&self.0.readers, statement, work).await
    }

    /// Runs in one transaction, which is on disk when this answers.
    async fn write<T: Send + 'static>(
        &self,
        statement: &'static str,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let whole = |connection: &mut Connection| {
            let transaction = connection.transaction()?;
            let answer = work(&transaction)?;
            transaction.commit()?;
            Ok(answer)
        };
        self.run(&self.0.writer, statement, whole).await
    }

    async fn run<T: Send + 'static>(
        &self,
        lanes: &Lanes,
        statement: &'static str,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let waiter = self.0.waiting.one_more();
        let lane = lanes.take().await?;
        drop(waiter);
        metrics::query(statement);
        lane.run(work).await
    }
}

fn one(connection: &Connection, sql: &str, params: impl Params) -> rusqlite::Result<Option<Book>> {
    connection.prepare_cached(sql)?.query_row(params, rows::book).optional()
}

fn get(connection: &Connection, id: BookId) -> rusqlite::Result<Option<Book>> {
    one(connection, statement!("get"), named_params! {":id": id.0})
}

fn creators(connection: &Connection) -> rusqlite::Result<Vec<CreatorCount>> {
    connection.prepare_cached(statement!("creators"))?.query_map([], rows::creator)?.collect()
}

fn total(connection: &Connection, request: &ListRequest, creators: &[CreatorCount]) -> rusqlite::Result<i64> {
    if request.search.is_empty() {
        let wanted =
            |count: &&CreatorCount| request.creator.is_empty() || fold(&count.created_by) == fold(&request.creator);
        return Ok(creators.iter().filter(wanted).map(|count| count.books).sum());
    }
    connection
        .prepare_cached(statement!("search_count"))?
        .query_row(named_params! {":needle": fold(&request.search), ":creator": request.creator}, |row| row.get(0))
}

/// The rows of a page. Past the middle they are read from the other end, so that the last page costs what the first does.
fn page(connection: &Connection, request: &ListRequest, total: i64) -> rusqlite::Result<Vec<Book>> {
    let skip = request.offset();
    let take = i64::from(request.page_size).min(total - skip);
    if take <= 0 {
        return Ok(Vec::new());
    }
    let behind = total - skip - take;
    let from_the_end = behind < skip;
    let mut sort = request.sort;
    sort.descending ^= from_the_end;
    let skip = skip.min(behind);
    let (needle, creator) = (fold(&request.search), &request.creator);
    let bound = named_params! {":skip": skip, ":take": take, ":needle": needle, ":creator": creator};
    let (sql, bound) = match (needle.is_empty(), creator.is_empty()) {
        (true, true) => (statement!("list"), &bound[..2]),
        (true, false) => (statement!("list_by_creator"), &[&bound[..2], &bound[3..]].concat()[..]),
        (false, _) => (statement!("search"), bound),
    };
    let mut statement = connection.prepare_cached(&sort.apply(sql))?;
    let mut books = statement.query_map(bound, rows::book)?.collect::<rusqlite::Result<Vec<_>>>()?;
    if from_the_end {
        books.reverse();
    }
    Ok(books)
}

fn identity(file: &Path, login: &str) -> Identity {
    Identity {
        login: login.to_owned(),
        original_login: login.to_owned(),
        auth_scheme: AuthScheme::Embedded,
        transport: None,
        spn: None,
        encryption: Encryption::NotApplicable,
        server: "(embedded)".to_owned(),
        server_version: format!("SQLite {}", rusqlite::version()),
        database: file.display().to_string(),
        client_address: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list::{Sort, SortColumn};

    /// How SQLite would run a statement of the list, a step a line.
    fn plan(connection: &Connection, sql: &str, sort: Sort) -> String {
        let sql = format!("EXPLAIN QUERY PLAN {}", sort.apply(sql));
        let mut statement = connection.prepare(&sql).unwrap();
        // A plan needs no values.
        let steps = statement.raw_query().mapped(|row| row.get::<_, String>("detail"));
        steps.collect::<rusqlite::Result<Vec<_>>>().unwrap().join("\n")
    }

    #[test]
    fn every_order_of_the_list_is_read_from_an_index_and_never_sorted() {
        let folder = tempfile::tempdir().unwrap();
        let store = Place { file: folder.path().join("plan.db"), login: "sa".into() }.writer().unwrap();
        for column in SortColumn::ALL {
            for descending in [false, true] {
                let plan = plan(&store, statement!("list"), Sort { column, descending });
                assert!(!plan.contains("TEMP B-TREE"), "{column}: {plan}");
                assert!(column == SortColumn::Id || plan.contains(&format!("IX_Books_{column}")), "{column}: {plan}");
            }
        }
        let plan = plan(&store, statement!("list_by_creator"), Sort::default());
        assert!(
            plan.contains("SEARCH b USING INDEX IX_Books_CreatedBy (CreatedBy=?)") && !plan.contains("TEMP"),
            "{plan}"
        );
    }
}
