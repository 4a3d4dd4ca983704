//! What has reached the server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Debug, Default)]
struct Counts {
    logins: AtomicU64,
    statements: AtomicU64,
    open: AtomicU64,
    connections: AtomicU64,
}

/// Counters of one server, since it was first started. Clones read the same numbers.
#[derive(Debug, Clone, Default)]
pub struct Counters(Arc<Counts>);

impl Counters {
    /// Logins that were let in.
    pub fn logins(&self) -> u64 {
        self.0.logins.load(Ordering::SeqCst)
    }

    /// Batches and procedure calls that arrived, whatever became of them.
    pub fn statements(&self) -> u64 {
        self.0.statements.load(Ordering::SeqCst)
    }

    /// Connections that were ever accepted, whether or not a login followed.
    pub fn connections(&self) -> u64 {
        self.0.connections.load(Ordering::SeqCst)
    }

    /// Connections that are open now, logged in or not.
    pub fn open_connections(&self) -> u64 {
        self.0.open.load(Ordering::SeqCst)
    }

    pub(crate) fn count_login(&self) {
        self.0.logins.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn count_statement(&self) {
        self.0.statements.fetch_add(1, Ordering::SeqCst);
    }

    /// Counts a connection for as long as the answer lives.
    pub(crate) fn connection(&self) -> OpenConnection {
        self.0.connections.fetch_add(1, Ordering::SeqCst);
        self.0.open.fetch_add(1, Ordering::SeqCst);
        OpenConnection(self.clone())
    }
}

/// A connection that is counted as open.
#[derive(Debug)]
pub(crate) struct OpenConnection(Counters);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}
