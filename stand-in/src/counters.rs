//! Counters of connections, logins and statements.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Debug, Default)]
struct Counts {
    logins: AtomicU64,
    login_attempts: AtomicU64,
    statements: AtomicU64,
    open: AtomicU64,
    connections: AtomicU64,
}

/// Counters of one stand-in since its start; [`StandIn::restart`](crate::StandIn::restart) does not reset them. Clones
/// share the counts.
#[derive(Debug, Clone, Default)]
pub struct Counters(Arc<Counts>);

impl Counters {
    /// Successful logins.
    pub fn logins(&self) -> u64 {
        self.0.logins.load(Ordering::SeqCst)
    }

    /// Logins received, whether or not they succeeded.
    pub fn login_attempts(&self) -> u64 {
        self.0.login_attempts.load(Ordering::SeqCst)
    }

    /// Batches and procedure calls received, whether or not they succeeded.
    pub fn statements(&self) -> u64 {
        self.0.statements.load(Ordering::SeqCst)
    }

    /// Connections accepted so far, with or without a login.
    pub fn connections(&self) -> u64 {
        self.0.connections.load(Ordering::SeqCst)
    }

    /// Connections currently open, with or without a login.
    pub fn open_connections(&self) -> u64 {
        self.0.open.load(Ordering::SeqCst)
    }

    pub(crate) fn count_login_attempt(&self) {
        self.0.login_attempts.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn count_login(&self) {
        self.0.logins.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn count_statement(&self) {
        self.0.statements.fetch_add(1, Ordering::SeqCst);
    }

    /// Counts a connection as open until the guard is dropped.
    pub(crate) fn connection(&self) -> OpenConnection {
        self.0.connections.fetch_add(1, Ordering::SeqCst);
        self.0.open.fetch_add(1, Ordering::SeqCst);
        OpenConnection(self.clone())
    }
}

/// A guard that counts a connection as open.
#[derive(Debug)]
pub(crate) struct OpenConnection(Counters);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}
