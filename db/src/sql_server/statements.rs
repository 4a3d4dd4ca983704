//! The statements of the shop on SQL Server. Each takes one round trip.

use std::sync::Arc;
use std::time::Instant;

use tiberius::{Row, ToSql};
use time::UtcOffset;

use super::config::auth_method;
use super::connect::NO_LIMIT;
use super::creator_counts::CreatorCounts;
use super::errors::driver_error;
use super::pool::Pool;
use super::retry::{Attempts, RetryPolicy};
use super::rows::{self, ServerRow};
use crate::book::{Book, BookId, RequestId};
use crate::connection_string::SqlServerSettings;
use crate::draft::BookDraft;
use crate::error::Error;
use crate::identity::{Identity, LoginState};
use crate::login_policy::LoginPolicy;
use crate::metrics;
use crate::pool_state::PoolState;

/// A deadlock victim is retried even if Connect Retry Count is 0.
const MIN_RETRIES: u32 = 3;

/// A statement of `sql/queries`, or several of them in one batch, and its name in the metrics.
pub(super) struct Statement<'a> {
    pub(super) name: &'static str,
    pub(super) sql: &'a str,
}

macro_rules! statement {
    ($name:literal) => {
        Statement { name: $name, sql: include_str!(concat!("../../sql/queries/", $name, ".sql")) }
    };
}

pub(super) use statement;

/// The books on SQL Server. Clones share the pool.
#[derive(Clone, Debug)]
pub(crate) struct SqlServerStore {
    pool: Pool,
    policy: RetryPolicy,
    pub(super) counts: Arc<CreatorCounts>,
}

/// The reply to a statement.
pub(super) struct Reply {
    rowsets: Vec<Vec<Row>>,
    utc_offset: UtcOffset,
    /// Whether an earlier attempt failed, so that the server may have executed the statement before.
    is_repeated: bool,
}

impl Reply {
    pub(super) fn into_rowsets(self) -> impl Iterator<Item = Rowset> {
        let utc_offset = self.utc_offset;
        self.rowsets.into_iter().map(move |rows| Rowset { rows, utc_offset })
    }
}

impl SqlServerStore {
    /// Creates the store. It connects when the first statement runs. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`Error::IntegratedLoginUnsupported`] if this build does not support the login.
    pub(crate) fn open(settings: SqlServerSettings, logins: LoginPolicy) -> Result<Self, Error> {
        auth_method(&settings.login)?;
        let policy = RetryPolicy {
            retries: settings.connect_retry_count.max(MIN_RETRIES),
            longest_pause: settings.connect_retry_interval,
            connect_limit: settings.connect_timeout.unwrap_or(NO_LIMIT),
        };
        Ok(Self { pool: Pool::new(settings, logins), policy, counts: Arc::default() })
    }

    pub(crate) fn identity(&self) -> Option<Arc<Identity>> {
        self.pool.logins().identity()
    }

    pub(crate) fn login_state(&self) -> LoginState {
        self.pool.logins().state()
    }

    pub(crate) fn pool(&self) -> PoolState {
        self.pool.state()
    }

    pub(crate) async fn ping(&self) -> Result<(), Error> {
        self.run_once(&statement!("ping"), &[]).await.map(drop)
    }

    pub(crate) async fn warm(&self, connections: u32) {
        self.pool.warm(connections).await;
    }

    /// Not repeated after an error: by then other clients may have added books again.
    pub(crate) async fn reset_demo(&self) -> Result<(), Error> {
        const RESET: Statement<'static> = Statement {
            name: "reset_demo",
            sql: concat!(
                include_str!("../../sql/queries/reset_demo.sql"),
                include_str!("../../sql/seed/001_books.sql"),
                "COMMIT TRANSACTION;"
            ),
        };
        let _changing = self.counts.change();
        self.run_once(&RESET, &[]).await.map(drop)
    }

    pub(crate) async fn get(&self, id: BookId) -> Result<Book, Error> {
        let [books] = rowsets(self.run(&statement!("get"), &[&id.0]).await?)?;
        books.read_all(rows::book)?.pop().ok_or(Error::NotFound(id))
    }

    pub(crate) async fn create(&self, draft: &BookDraft, request_id: RequestId) -> Result<Book, Error> {
        let mut params = field_params(draft);
        params.push(&request_id.0);
        let _changing = self.counts.change();
        let reply = self.run(&statement!("create"), &params).await?;
        let (changed, book) = written(reply)?.ok_or_else(|| missing_row("the new book"))?;
        if changed || book.matches(draft) { Ok(book) } else { Err(Error::DuplicateRequest(Box::new(book))) }
    }

    pub(crate) async fn edit(&self, id: BookId, draft: &BookDraft, version: i32) -> Result<Book, Error> {
        let mut params = field_params(draft);
        params.extend([&id.0 as &dyn ToSql, &version]);
        let _changing = self.counts.change();
        let reply = self.run(&statement!("edit"), &params).await?;
        let (changed, book) = written(reply)?.ok_or(Error::NotFound(id))?;
        if changed || book.is_result_of(draft, version) { Ok(book) } else { Err(Error::Conflict(Box::new(book))) }
    }

    pub(crate) async fn delete(&self, id: BookId, version: i32) -> Result<(), Error> {
        let _changing = self.counts.change();
        let reply = self.run(&statement!("delete"), &[&id.0, &version]).await?;
        let is_repeated = reply.is_repeated;
        let [rowset] = rowsets(reply)?;
        let row = rowset.first().ok_or_else(|| missing_row("the number of deleted books"))?;
        if rows::is_changed(row.row).map_err(driver_error)? {
            return Ok(());
        }
        match row.row.try_get::<i32, _>("Id").map_err(driver_error)? {
            None if is_repeated => Ok(()),
            None => Err(Error::NotFound(id)),
            Some(_) => Err(Error::Conflict(Box::new(rows::book(row).map_err(driver_error)?))),
        }
    }

    /// Runs a statement without retries.
    pub(super) async fn run_once(&self, statement: &Statement<'_>, params: &[&dyn ToSql]) -> Result<Reply, Error> {
        self.run_by(RetryPolicy { retries: 0, ..self.policy }, statement, params).await
    }

    /// Runs a statement, and repeats it after transient errors.
    pub(super) async fn run(&self, statement: &Statement<'_>, params: &[&dyn ToSql]) -> Result<Reply, Error> {
        self.run_by(self.policy, statement, params).await
    }

    async fn run_by(
        &self,
        policy: RetryPolicy,
        statement: &Statement<'_>,
        params: &[&dyn ToSql],
    ) -> Result<Reply, Error> {
        // Boxed: the future is large, and each caller would move it.
        let reply = Box::pin(self.attempt(policy, statement, params)).await;
        match &reply {
            Ok(_) => self.pool.logins().record_answer(),
            Err(error) => self.pool.logins().record_error(error),
        }
        reply
    }

    async fn attempt(
        &self,
        policy: RetryPolicy,
        statement: &Statement<'_>,
        params: &[&dyn ToSql],
    ) -> Result<Reply, Error> {
        let mut attempts = Attempts::new(policy, statement.name);
        loop {
            let mut connection = match self.pool.get().await {
                Err(Error::Unavailable(_) | Error::Starting(_)) if attempts.retry_connecting().await => continue,
                connection => connection?,
            };
            metrics::query(statement.name);
            let sent = Instant::now();
            let span = self.pool.spans().statement(statement.name, connection.identity().as_deref());
            let reply = connection.query(statement.sql, params).await;
            metrics::query_time(statement.name, sent.elapsed());
            match reply {
                Ok(rowsets) => {
                    let utc_offset = connection.utc_offset;
                    return Ok(Reply { rowsets, utc_offset, is_repeated: attempts.is_repeated });
                }
                Err(error) => {
                    if error.is_connection_lost() {
                        self.pool.discard_older(&connection);
                    }
                    drop(connection);
                    span.record_error(&error.clone().into_error());
                    // It ends before the pause of a retry.
                    drop(span);
                    if !attempts.retry_after(&error).await {
                        return Err(error.into_error());
                    }
                }
            }
        }
    }
}

/// The rows of one rowset, and the time zone of the server that sent them.
pub(super) struct Rowset {
    rows: Vec<Row>,
    utc_offset: UtcOffset,
}

impl Rowset {
    /// Converts all rows.
    pub(super) fn read_all<T>(&self, read: fn(ServerRow<'_>) -> tiberius::Result<T>) -> Result<Vec<T>, Error> {
        self.rows.iter().map(|row| read(self.with_zone(row))).collect::<tiberius::Result<_>>().map_err(driver_error)
    }

    pub(super) fn first(&self) -> Option<ServerRow<'_>> {
        self.rows.first().map(|row| self.with_zone(row))
    }

    fn with_zone<'a>(&self, row: &'a Row) -> ServerRow<'a> {
        ServerRow { row, utc_offset: self.utc_offset }
    }
}

/// Returns the rowsets of a statement that has exactly `N`.
pub(super) fn rowsets<const N: usize>(reply: Reply) -> Result<[Rowset; N], Error> {
    let rowsets: Vec<_> = reply.into_rowsets().collect();
    let count = rowsets.len();
    rowsets.try_into().map_err(|_| Error::Database(format!("the server returned {count} rowsets instead of {N}")))
}

/// Returns whether the write changed a row, and the book if it exists.
fn written(reply: Reply) -> Result<Option<(bool, Book)>, Error> {
    let [rowset] = rowsets(reply)?;
    let Some(row) = rowset.first() else { return Ok(None) };
    let written = rows::is_changed(row.row).and_then(|changed| Ok((changed, rows::book(row)?)));
    written.map(Some).map_err(driver_error)
}

pub(super) fn missing_row(what: &str) -> Error {
    Error::Database(format!("the server returned no row with {what}"))
}

/// `@P1` to `@P7` of the statements that write.
fn field_params(draft: &BookDraft) -> Vec<&dyn ToSql> {
    draft.values().map(|value| value as &dyn ToSql).collect()
}
