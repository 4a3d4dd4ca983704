//! A connection that knows whether it may be used again.

use std::sync::Arc;
use std::time::Duration;

use tiberius::{Client, Row, ToSql};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::compat::Compat;

use super::errors::Failure;
use crate::identity::Identity;

pub(super) type TdsClient = Client<Compat<TcpStream>>;

/// A logged-in connection.
///
/// It is dirty from the moment a statement is sent until the reply was read to its end. A request that is cancelled in between
/// leaves half a reply in the stream, which the next user would read as its own: a dirty connection is never handed out again.
#[derive(Debug)]
pub(crate) struct Connection {
    client: TdsClient,
    dirty: bool,
    /// How long a statement may take until the whole reply is read; none for as long as it takes. The driver's own limit is for
    /// each part of the reply, and costs every wait a thread that has to be woken.
    command_timeout: Option<Duration>,
    identity: Option<Arc<Identity>>,
    /// Which generation of the pool it belongs to: see `pool.rs`.
    pub(super) generation: u64,
}

impl Connection {
    pub(super) fn new(client: TdsClient, command_timeout: Option<Duration>) -> Self {
        Self { client, dirty: false, command_timeout, identity: None, generation: 0 }
    }

    pub(super) fn known_as(mut self, identity: Identity) -> Self {
        self.identity = Some(Arc::new(identity));
        self
    }

    pub(crate) fn identity(&self) -> Option<Arc<Identity>> {
        self.identity.clone()
    }

    pub(super) fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// Runs a statement with its parameters bound and reads all of its rowsets.
    ///
    /// # Errors
    /// What the server or the driver says; [`Failure::TimedOut`].
    pub(crate) async fn query(&mut self, sql: &str, params: &[&dyn ToSql]) -> Result<Vec<Vec<Row>>, Failure> {
        self.dirty = true;
        let client = &mut self.client;
        let answer =
            within(self.command_timeout, async { client.query(sql, params).await?.into_results().await }).await;
        self.dirty = match &answer {
            Ok(_) => false,
            // The driver skips the rest of such a reply before it sends the next statement.
            Err(Failure::Driver(tiberius::error::Error::Server(error))) => error.class() >= FATAL,
            Err(_) => true,
        };
        answer
    }

    /// Runs a batch of several statements without parameters, as scripts of the schema are.
    ///
    /// # Errors
    /// As [`Connection::query`].
    pub(crate) async fn batch(&mut self, sql: &str) -> Result<(), Failure> {
        self.dirty = true;
        let client = &mut self.client;
        within(self.command_timeout, async { client.simple_query(sql).await?.into_results().await }).await?;
        self.dirty = false;
        Ok(())
    }
}

async fn within<T>(limit: Option<Duration>, reply: impl Future<Output = tiberius::Result<T>>) -> Result<T, Failure> {
    let Some(limit) = limit else { return Ok(reply.await?) };
    Ok(timeout(limit, reply).await.map_err(|_| Failure::TimedOut(limit))??)
}

/// From this severity on the server closes the connection.
/// <https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-error-severities>
const FATAL: u8 = 20;
