//! SQL Server: tiberius over TLS, a bb8 pool with our own manager, and the statements of `sql/queries`.
//!
//! Our own manager instead of bb8-tiberius, which needs tiberius 0.12, sends `SELECT 1` at every checkout, and reuses
//! the connection of a cancelled query.

mod address;
mod babelfish;
mod blocking_login;
mod browser;
mod comparison;
mod config;
mod connect;
mod connection;
mod creator_counts;
mod driver_text;
mod encryption_probe;
mod errors;
mod filter;
mod list;
mod login_backoff;
mod login_tracker;
mod negotiated;
mod pool;
pub mod prelogin;
#[cfg(any(test, feature = "internals"))]
pub mod replay;
mod reply_limit;
mod retry;
mod rows;
mod rowsets;
mod statements;
mod ticket;
mod wire;

pub use address::DEFAULT_PORT;
pub use browser::find_instance_port;
pub use config::auth_method;
pub use connect::connect;
pub use connection::Connection;
pub use errors::StatementError;
pub use negotiated::tls_session;
pub use reply_limit::ReplyLimit;
pub(crate) use rows::required_text;
pub(crate) use statements::SqlServerStore;

/// A statement with one row and column, `SnapshotReads`: 1 if readers see the last committed row, otherwise 0.
pub const SNAPSHOT_READS: &str = include_str!("../sql/admin/snapshot_reads.sql");

/// The statement that turns `READ_COMMITTED_SNAPSHOT` on in this database.
#[must_use]
pub fn turn_on_snapshot_reads(database: &str) -> String {
    let name = database.replace(']', "]]");
    format!("ALTER DATABASE [{name}] SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE")
}

/// A statement that fails if the schema is missing or older than this version.
pub const SCHEMA_PROBE: &str = include_str!("../sql/queries/ping.sql");
