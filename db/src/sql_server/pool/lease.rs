//! A connection that is taken from the pool and returns to it, also if its user goes away in the middle of a statement.

use std::sync::Arc;

use bb8::PooledConnection;
use tiberius::{Row, ToSql};
use time::UtcOffset;
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;

use super::Manager;
use crate::identity::Identity;
use crate::metrics;
use crate::sql_server::connection::Recovery;
use crate::sql_server::errors::StatementError;

/// A connection for exclusive use.
///
/// It counts as in use until it is back in the pool, so that the statements of cancelled requests never take more
/// connections than the pool may have.
#[derive(Debug)]
pub(in crate::sql_server) struct Lease {
    /// `None` after the drop has begun.
    connection: Option<PooledConnection<'static, Manager>>,
    /// Released after the connection is back.
    slot: Option<OwnedSemaphorePermit>,
    /// The pool's epoch in which the connection was opened.
    pub(super) epoch: u64,
    /// The server's time zone, as of the connection's login.
    pub(in crate::sql_server) utc_offset: UtcOffset,
}

impl Lease {
    pub(super) fn new(connection: PooledConnection<'static, Manager>, slot: OwnedSemaphorePermit) -> Self {
        let (epoch, utc_offset) = (connection.epoch, connection.utc_offset());
        Self { connection: Some(connection), slot: Some(slot), epoch, utc_offset }
    }

    /// The identity on the connection.
    pub(in crate::sql_server) fn identity(&self) -> Option<Arc<Identity>> {
        self.connection.as_ref()?.identity()
    }

    /// Runs a statement and reads all of its rowsets. If the future is dropped, the statement finishes in the
    /// background.
    ///
    /// # Errors
    /// As [`Connection::query`](super::Connection::query).
    pub(in crate::sql_server) async fn query(
        &mut self,
        sql: &str,
        params: &[&dyn ToSql],
    ) -> Result<Vec<Vec<Row>>, StatementError> {
        match &mut self.connection {
            Some(connection) => connection.query(sql, params).await,
            None => Err(StatementError::Driver(std::io::Error::from(std::io::ErrorKind::NotConnected).into())),
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        if !connection.is_recoverable() {
            return;
        }
        // Without a runtime the program ends, and its connections with it.
        let Ok(runtime) = Handle::try_current() else { return };
        let slot = self.slot.take();
        runtime.spawn(async move {
            metrics::cancelled(match connection.recover().await {
                Recovery::Finished => "finished",
                Recovery::Stopped => "stopped",
                Recovery::Lost => "lost",
            });
            drop(connection);
            drop(slot);
        });
    }
}
