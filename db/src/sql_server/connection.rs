//! A connection that knows whether it may be used again.

use std::sync::Arc;

use tiberius::{Client, Row, ToSql};
use tokio::net::TcpStream;
use tokio_util::compat::Compat;

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
    identity: Option<Arc<Identity>>,
    /// Which generation of the pool it belongs to: see `pool.rs`.
    pub(super) generation: u64,
}

impl Connection {
    pub(super) fn new(client: TdsClient) -> Self {
        Self { client, dirty: false, identity: None, generation: 0 }
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
    pub(crate) async fn query(&mut self, sql: &str, params: &[&dyn ToSql]) -> tiberius::Result<Vec<Vec<Row>>> {
        self.dirty = true;
        let answer = match self.client.query(sql, params).await {
            Ok(stream) => stream.into_results().await,
            Err(error) => Err(error),
        };
        self.dirty = match &answer {
            Ok(_) => false,
            // The driver skips the rest of such a reply before it sends the next statement.
            Err(tiberius::error::Error::Server(error)) => error.class() >= FATAL,
            Err(_) => true,
        };
        answer
    }

    /// Runs a batch of several statements without parameters, as scripts of the schema are.
    pub(crate) async fn batch(&mut self, sql: &str) -> tiberius::Result<()> {
        self.dirty = true;
        self.client.simple_query(sql).await?.into_results().await?;
        self.dirty = false;
        Ok(())
    }
}

/// From this severity on the server closes the connection.
/// <https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-error-severities>
const FATAL: u8 = 20;
