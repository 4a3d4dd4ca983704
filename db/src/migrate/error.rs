//! Why a migration stops.

use super::migration::{CANNOT_LOOK_UP, LOCK_WAIT};
use crate::error::Error;
use crate::sql_server::Failure;

/// Why a migration stopped. What was applied before stays applied; the script that failed left nothing.
#[derive(Clone, Debug, thiserror::Error)]
pub enum MigrateError {
    /// The connection string names no database, and `master` is no place for books.
    #[error("the connection string names no database; write Database=Bookstore")]
    NoDatabase,
    /// No connection, or none that may make the database.
    #[error(transparent)]
    Connection(#[from] Error),
    /// Another migration holds the lock.
    #[error("another migration has held the lock for {} s; look for it in sys.dm_tran_locks", LOCK_WAIT / 1000)]
    Locked,
    /// A script was changed after it had been applied.
    #[error("{name} was applied with another text; put the old text back and add a new script instead")]
    Changed {
        /// Which script.
        name: &'static str,
    },
    /// SQL Server cannot look the account up in the domain: 15401, row 21 of `docs/gmsa-facts.md`.
    #[error(
        "SQL Server cannot look up {account} in its domain: {message} (error {CANNOT_LOOK_UP}); either its machine has no way into \
         the domain – in a container: give the pod of SQL Server a gMSA of its own, by gmsaCredentialSpecName – or there is no such \
         account: a gMSA's name ends in $"
    )]
    NoSuchAccount {
        /// Whom to let in.
        account: String,
        /// The server's text.
        message: String,
    },
    /// The server did not accept a step.
    #[error("{step} failed: {error}")]
    Step {
        /// A script or a statement of `sql/admin`.
        step: &'static str,
        /// Why.
        error: Error,
    },
}

pub(super) fn failed(step: &'static str, failure: impl Into<Failure>) -> MigrateError {
    MigrateError::Step { step, error: failure.into().meaning() }
}
