//! The statements of the embedded store. SQLite blocks, so each runs on a blocking thread of tokio.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OptionalExtension, Params, ToSql, named_params};
use time::OffsetDateTime;
use tokio::time::timeout;

use super::file_identity::FileIdentity;
use super::open::DatabaseFile;
use super::rows;
use super::slots::{ConnectionSlots, StoreConnection};
use super::transaction;
use crate::book::{Book, BookId, RequestId};
use crate::draft::BookDraft;
use crate::error::Error;
use crate::identity::{AuthScheme, Encryption, Identity, LoginState, Outage};
use crate::metrics;
use crate::pool_state::PoolState;
use crate::pool_wait::PoolWaits;
use crate::schema::EMBEDDED_SEED;
use crate::spans::DatabaseSpans;

macro_rules! statement {
    ($name:literal) => {
        include_str!(concat!("../../sql/embedded/", $name, ".sql"))
    };
}

pub(super) use statement;

/// Number of connections that read. More were not faster on two cores.
const READERS: usize = 4;
/// Longest time for which a write waits for the writes before it.
const MAX_WRITE_WAIT: Duration = Duration::from_secs(5);

/// A SQLite file with one connection that writes and several that read. Clones share them.
#[derive(Clone, Debug)]
pub(crate) struct EmbeddedStore(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    identity: Arc<Identity>,
    file: FileIdentity,
    /// Why the file can no longer be used.
    outage: Mutex<Option<Arc<Outage>>>,
    opened_on: OffsetDateTime,
    writer: ConnectionSlots,
    readers: ConnectionSlots,
    waits: PoolWaits,
    spans: DatabaseSpans,
}

impl EmbeddedStore {
    /// Opens the file. A new file is created, with its schema and the eight books.
    ///
    /// # Errors
    /// [`Error::Unavailable`] with the file's name if it cannot be opened or written.
    pub(crate) fn open(file: &Path, login: &str) -> Result<Self, Error> {
        let database = DatabaseFile { path: file.to_owned(), login: login.into() };
        let writer = database.open_writer()?;
        let readers = (0..READERS).map(|_| database.open_reader()).collect::<Result<Vec<_>, _>>()?;
        Ok(Self(Arc::new(Inner {
            identity: Arc::new(identity(file, login)),
            file: FileIdentity::of(file),
            outage: Mutex::new(None),
            opened_on: OffsetDateTime::now_utc(),
            writer: ConnectionSlots::new(vec![writer]),
            readers: ConnectionSlots::new(readers),
            waits: PoolWaits::default(),
            spans: DatabaseSpans::of_embedded_store(),
        })))
    }

    pub(crate) fn identity(&self) -> Arc<Identity> {
        Arc::clone(&self.0.identity)
    }

    /// There is an outage while the path does not name the file that was opened, as found by the last statement.
    pub(crate) fn login_state(&self) -> LoginState {
        let outage = self.0.outage.lock().unwrap_or_else(PoisonError::into_inner).clone();
        LoginState { identity: Some(self.identity()), since: Some(self.0.opened_on), outage }
    }

    pub(crate) fn pool(&self) -> PoolState {
        let idle = self.0.readers.idle();
        PoolState { size: READERS as u32, idle, waiting: self.0.waits.count(), max: READERS as u32 }
    }

    pub(crate) async fn ping(&self) -> Result<(), Error> {
        self.read("ping", |connection| connection.query_row(statement!("ping"), [], |_| Ok(()))).await
    }

    pub(crate) async fn reset_demo(&self) -> Result<(), Error> {
        self.write("reset_demo", |connection| {
            connection.execute_batch(statement!("reset_demo"))?;
            connection.execute_batch(EMBEDDED_SEED)
        })
        .await
    }

    pub(crate) async fn get(&self, id: BookId) -> Result<Book, Error> {
        self.read("get", move |connection| get(connection, id)).await?.ok_or(Error::NotFound(id))
    }

    pub(crate) async fn create(&self, draft: BookDraft, request_id: RequestId) -> Result<Book, Error> {
        let text = request_id.to_string();
        let (is_ours, book) = self
            .write("create", move |connection| {
                let mut params = field_params(&draft);
                params.push(&text);
                match one(connection, statement!("create"), &params[..])? {
                    Some(book) => Ok((true, Some(book))),
                    None => {
                        let sql = statement!("get_by_request");
                        let book = one(connection, sql, named_params! {":request_id": text})?;
                        let matches = book.as_ref().is_some_and(|book| book.matches(&draft));
                        Ok((matches, book))
                    }
                }
            })
            .await?;
        match book {
            Some(book) if is_ours => Ok(book),
            Some(other) => Err(Error::DuplicateRequest(Box::new(other))),
            None => Err(Error::Database(format!("request {request_id} inserted no row and found none"))),
        }
    }

    pub(crate) async fn edit(&self, id: BookId, draft: BookDraft, version: i32) -> Result<Book, Error> {
        self.write("edit", move |connection| {
            let mut params = field_params(&draft);
            params.extend([&id.0 as &dyn ToSql, &version]);
            let edited = one(connection, statement!("edit"), &params[..])?;
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
            let deleted = connection
                .prepare_cached(statement!("delete"))?
                .execute(named_params! {":id": id.0, ":version": version})?;
            if deleted > 0 {
                return Ok(Ok(()));
            }
            Ok(Err(get(connection, id)?.map_or(Error::NotFound(id), |book| Error::Conflict(Box::new(book)))))
        })
        .await?
    }

    pub(super) async fn read<T: Send + 'static>(
        &self,
        statement: &'static str,
        work: impl FnOnce(&mut StoreConnection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        self.check_file()?;
        let Inner { readers, waits, spans, .. } = &*self.0;
        let slot = waits.observe(spans, readers.idle() > 0, readers.acquire()).await?;
        self.observed(statement, slot.run(work)).await
    }

    /// Runs the work in one transaction, which is on disk when this returns.
    async fn write<T: Send + 'static>(
        &self,
        statement: &'static str,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        self.check_file()?;
        let Inner { writer, waits, spans, .. } = &*self.0;
        let acquire =
            async { timeout(MAX_WRITE_WAIT, writer.acquire()).await.unwrap_or(Err(Error::Busy(MAX_WRITE_WAIT))) };
        let slot = waits.observe(spans, writer.idle() > 0, acquire).await?;
        let store = Arc::clone(&self.0);
        let work = slot.run(move |connection| transaction::run(connection, &store.file, work));
        self.observed(statement, work).await
    }

    /// Checks that the path still names the file that was opened, and records the result for [`Self::login_state`].
    fn check_file(&self) -> Result<(), Error> {
        let checked = self.0.file.check().map_err(|changed| Error::Unavailable(changed.to_string()));
        let mut outage = self.0.outage.lock().unwrap_or_else(PoisonError::into_inner);
        match &checked {
            Ok(()) => *outage = None,
            Err(error) if outage.is_none() => {
                *outage = Some(Arc::new(Outage { since: OffsetDateTime::now_utc(), error: error.clone() }));
            }
            Err(_) => {}
        }
        checked
    }

    /// Counts, times and traces a statement.
    async fn observed<T>(
        &self,
        statement: &'static str,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        metrics::query(statement);
        let started = Instant::now();
        let span = self.0.spans.statement(statement, Some(&self.0.identity));
        let result = work.await;
        metrics::query_time(statement, started.elapsed());
        if let Err(error) = &result {
            span.record_error(error);
        }
        result
    }
}

/// `?1` to `?7` of the statements that write.
fn field_params(draft: &BookDraft) -> Vec<&dyn ToSql> {
    draft.values().map(|value| value as &dyn ToSql).collect()
}

fn one(connection: &Connection, sql: &str, params: impl Params) -> rusqlite::Result<Option<Book>> {
    connection.prepare_cached(sql)?.query_row(params, rows::book).optional()
}

fn get(connection: &Connection, id: BookId) -> rusqlite::Result<Option<Book>> {
    one(connection, statement!("get"), named_params! {":id": id.0})
}

fn identity(file: &Path, login: &str) -> Identity {
    Identity {
        login: login.to_owned(),
        original_login: login.to_owned(),
        auth_scheme: AuthScheme::Embedded,
        transport: None,
        spn: None,
        encryption: Encryption::NotApplicable,
        tls: None,
        server: "(embedded)".to_owned(),
        server_version: format!("SQLite {}", rusqlite::version()),
        database: file.display().to_string(),
        client_address: None,
    }
}
