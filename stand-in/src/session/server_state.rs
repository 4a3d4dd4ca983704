//! State shared by all connections of a server.

use crate::counters::Counters;
use crate::engine::ReadCommitted;
use crate::faults::Faults;
use crate::store::Store;
use crate::store::app_locks::AppLocks;
use crate::wire::certificates::Certificates;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

/// State shared by all connections of a server.
pub(crate) struct ServerState {
    pub(crate) store: Arc<Store>,
    pub(crate) locks: Arc<AppLocks>,
    pub(crate) certificates: Certificates,
    pub(crate) faults: Faults,
    pub(crate) counters: Counters,
    pub(crate) name: String,
    /// The server's time zone, in minutes east of UTC.
    pub(crate) utc_offset: i32,
    pub(crate) domain: Option<KerberosDomain>,
    pub(crate) last_login: Mutex<Option<LoginDetails>>,
    pub(crate) sessions: AtomicU16,
    /// Contention mode for new sessions.
    pub(crate) contention: Mutex<Option<ReadCommitted>>,
}

impl ServerState {
    /// A number for a new session. SQL Server uses those up to 50 itself.
    pub(crate) fn next_session(&self) -> u16 {
        51 + self.sessions.fetch_add(1, Ordering::SeqCst) % 32_000
    }
}

/// A Kerberos realm and its domain's NetBIOS name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KerberosDomain {
    pub(crate) realm: String,
    pub(crate) netbios: String,
}

#[cfg(all(unix, feature = "kerberos"))]
impl KerberosDomain {
    /// The Windows account of a principal; `None` if the principal is from another realm.
    pub(super) fn account(&self, principal: &str) -> Option<String> {
        let (name, realm) = principal.rsplit_once('@')?;
        (realm == self.realm).then(|| format!("{}\\{name}", self.netbios))
    }
}

/// What a client sent when it logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoginDetails {
    /// The name of the program.
    pub app_name: String,
    /// The name of the client's machine.
    pub host_name: String,
    /// The server name that the client used.
    pub server_name: String,
    /// The requested database; empty for the login's default.
    pub database: String,
    /// Whether the client declared read-only intent.
    pub read_only: bool,
    /// The negotiated packet size in bytes.
    pub packet_size: usize,
    /// Whether the connection stays encrypted after the login.
    pub encrypted: bool,
}
