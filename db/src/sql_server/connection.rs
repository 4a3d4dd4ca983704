//! A logged-in connection that records whether it may be reused.

use std::sync::Arc;
use std::time::Duration;

use tiberius::{Client, Row, ToSql};
use time::UtcOffset;
use tokio::time::timeout;
use tokio_util::compat::Compat;

use super::errors::StatementError;
use super::reply_limit::{MAX_REPLY, ReplyLimit};
use super::rowsets::read_rowsets;
use super::wire::{Received, WireStream};
use crate::error::Error;
use crate::identity::Identity;
use crate::spans::DatabaseSpan;

pub(super) type TdsClient = Client<Compat<WireStream>>;

/// How long a statement whose caller has gone may take to finish: longer than the first one of a cold session, and with
/// [`STOP_LIMIT`] shorter than a request waits for a connection (`pool.rs`).
const FINISH_LIMIT: Duration = Duration::from_secs(4);

/// How long the server may take to acknowledge that it has stopped a statement.
const STOP_LIMIT: Duration = Duration::from_secs(1);

/// Sent after the rest of an abandoned reply was read. A statement that was stopped may leave its transaction open.
const END_TRANSACTION: &str = "IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;";

/// A logged-in connection.
///
/// If a caller goes away before it has read the reply to its statement, the rest of the reply stays in the stream, and
/// the next caller would read it as its own. Such a connection is used again only after `recover`.
#[derive(Debug)]
pub struct Connection {
    client: TdsClient,
    received: Received,
    reply: Reply,
    /// Limit for a statement until its reply is complete; `None` for no limit. The driver's own limit applies to each
    /// part of the reply, and wakes a thread per wait.
    command_timeout: Option<Duration>,
    identity: Option<Arc<Identity>>,
    /// The server's time zone at login: its timestamps have none.
    utc_offset: UtcOffset,
    /// The pool's epoch in which the connection was opened: see `pool.rs`.
    pub(super) epoch: u64,
}

/// Opens a connection in a span, and records there who logged in, or why nobody did.
pub(super) async fn open_in(
    span: DatabaseSpan,
    open: impl Future<Output = Result<Connection, Error>>,
) -> Result<Connection, Error> {
    let connection = open.await;
    match &connection {
        Ok(connection) => connection.identity().iter().for_each(|identity| span.record_login(identity)),
        Err(error) => span.record_error(error),
    }
    connection
}

/// The state of the reply to the last statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reply {
    /// Read completely, or the driver skips the rest before it sends the next statement.
    Complete,
    /// Not read completely. `received` is the number of bytes received before the statement was sent.
    Pending { received: u64 },
    /// Not complete within Command Timeout.
    Overdue { received: u64 },
    /// The connection is lost.
    Lost,
}

impl Connection {
    pub(super) fn new(client: TdsClient, received: Received, command_timeout: Option<Duration>) -> Self {
        Self {
            client,
            received,
            reply: Reply::Complete,
            command_timeout,
            identity: None,
            utc_offset: UtcOffset::UTC,
            epoch: 0,
        }
    }

    pub(super) fn with_identity(mut self, identity: Identity, utc_offset: UtcOffset) -> Self {
        self.identity = Some(Arc::new(identity));
        self.utc_offset = utc_offset;
        self
    }

    /// The identity on this connection, as reported by the server.
    pub fn identity(&self) -> Option<Arc<Identity>> {
        self.identity.clone()
    }

    /// Whether the connection can be used for the next statement.
    pub(super) fn is_clean(&self) -> bool {
        self.reply == Reply::Complete
    }

    /// Whether [`Connection::recover`] may make it usable.
    pub(super) fn is_recoverable(&self) -> bool {
        matches!(self.reply, Reply::Pending { .. } | Reply::Overdue { .. })
    }

    /// The server's time zone, read at login. A change to or from summer time is noticed by the next login.
    pub(super) fn utc_offset(&self) -> UtcOffset {
        self.utc_offset
    }

    /// Runs a statement and reads all of its rowsets.
    ///
    /// # Errors
    /// [`StatementError`]: an error of the server or the driver, or Command Timeout.
    pub async fn query(&mut self, sql: &str, params: &[&dyn ToSql]) -> Result<Vec<Vec<Row>>, StatementError> {
        let received = self.received.bytes();
        self.reply = Reply::Pending { received };
        self.received.start_reply(MAX_REPLY);
        let client = &mut self.client;
        let reply = within(self.command_timeout, async { read_rowsets(client.query(sql, params).await?).await }).await;
        let reply = self.name_limit(reply);
        self.reply = match &reply {
            Ok(_) => Reply::Complete,
            // The driver skips the rest of this reply before it sends the next statement.
            Err(StatementError::Driver(tiberius::error::Error::Server(error))) if error.class() < FATAL_SEVERITY => {
                Reply::Complete
            }
            Err(StatementError::TimedOut(_)) => Reply::Overdue { received },
            Err(StatementError::Driver(_) | StatementError::TooLarge(_)) => Reply::Lost,
        };
        self.received.end_reply();
        reply
    }

    /// Runs a batch of statements without parameters, like a schema script, and reads all of its rowsets. Its SET
    /// statements hold for the session; those of [`Connection::query`] end with the query.
    ///
    /// # Errors
    /// As [`Connection::query`].
    pub(crate) async fn batch(&mut self, sql: &str) -> Result<Vec<Vec<Row>>, StatementError> {
        self.reply = Reply::Lost;
        self.received.start_reply(MAX_REPLY);
        let client = &mut self.client;
        let reply = within(self.command_timeout, async { read_rowsets(client.simple_query(sql).await?).await }).await;
        let reply = self.name_limit(reply)?;
        self.reply = Reply::Complete;
        self.received.end_reply();
        Ok(reply)
    }

    /// Replaces the driver's error for a stream that ended at the limit of a reply.
    fn name_limit<T>(&self, reply: Result<T, StatementError>) -> Result<T, StatementError> {
        match reply {
            Err(_) if self.received.is_exceeded() => Err(StatementError::TooLarge(ReplyLimit::Bytes)),
            reply => reply,
        }
    }

    /// Makes the connection usable after its caller has gone: lets the statement run for [`FINISH_LIMIT`], then sends
    /// an attention signal, which stops it. A statement past Command Timeout is stopped at once.
    pub(super) async fn recover(&mut self) -> Recovery {
        let recovery = self.finish_or_stop().await;
        self.received.end_reply();
        recovery
    }

    async fn finish_or_stop(&mut self) -> Recovery {
        if let Reply::Pending { .. } = self.reply
            && timeout(FINISH_LIMIT, self.skip_reply()).await.is_ok_and(|skipped| skipped.is_ok())
        {
            self.reply = Reply::Complete;
            return Recovery::Finished;
        }
        // The driver reads the acknowledgement token by token, so no part of the reply may have been read before.
        if let Reply::Pending { received } | Reply::Overdue { received } = self.reply
            && received == self.received.bytes()
            && timeout(STOP_LIMIT, self.stop()).await.is_ok_and(|stopped| stopped.is_ok())
        {
            self.reply = Reply::Complete;
            return Recovery::Stopped;
        }
        self.reply = Reply::Lost;
        Recovery::Lost
    }

    /// Reads the rest of a reply. The driver does that before it sends the next statement, packet by packet, wherever
    /// the last caller stopped reading.
    async fn skip_reply(&mut self) -> Result<(), StatementError> {
        read_rowsets(self.client.simple_query(END_TRANSACTION).await?).await.map(drop)
    }

    async fn stop(&mut self) -> Result<(), StatementError> {
        self.client.cancel_query().await?;
        self.skip_reply().await
    }
}

/// What became of a statement whose caller has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recovery {
    /// It finished, and the connection is usable.
    Finished,
    /// The server stopped it, and the connection is usable.
    Stopped,
    /// The connection is closed.
    Lost,
}

async fn within<T>(
    limit: Option<Duration>,
    reply: impl Future<Output = Result<T, StatementError>>,
) -> Result<T, StatementError> {
    let Some(limit) = limit else { return reply.await };
    timeout(limit, reply).await.map_err(|_| StatementError::TimedOut(limit))?
}

/// The server closes the connection from this severity on.
/// <https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-error-severities>
const FATAL_SEVERITY: u8 = 20;
