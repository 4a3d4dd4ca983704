//! Migration of a SQL Server database to the schema of this version: an operator's command or a Job, not part of a
//! replica's start.
//!
//! The scripts are ordered. Each is applied once, in one transaction with its row in the journal
//! `dbo.BookstoreMigrations`, under an application lock, so that concurrent migrations apply each script once. A
//! database that the replaced ASP.NET demo created is adopted: what is missing is added, nothing is dropped. To add a
//! script: `sql/README.md`.
//!
//! The embedded store migrates itself when it is opened: `embedded/open.rs`.

mod migration;
mod outcome;

use crate::connection_string::SqlServerSettings;
use crate::login_policy::LoginPolicy;
use crate::schema::{SQL_SERVER, SQL_SERVER_SEED};
use migration::Migration;
pub use outcome::{MigrationError, MigrationReport, PrivilegedRole};

/// How to log in, and what to do in addition to the schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MigrationOptions {
    /// Insert the eight books, once.
    pub seed: bool,
    /// Add this login to the role `bookstore_app`. `DOMAIN\account$` is created from Windows if it is missing; a SQL
    /// login must exist.
    pub grant: Option<String>,
    /// Which logins are accepted for the migration itself.
    pub policy: LoginPolicy,
}

/// Brings the database to the schema of this version and does what the options ask for.
///
/// # Errors
/// [`MigrationError`]. Running it again continues where it stopped.
pub async fn migrate(
    settings: &SqlServerSettings,
    options: &MigrationOptions,
) -> Result<MigrationReport, MigrationError> {
    let database = settings.database.as_deref().ok_or(MigrationError::NoDatabase)?;
    // An index on many rows, a new database or a concurrent migration may take longer than a statement of the shop.
    let settings = &SqlServerSettings { command_timeout: None, ..settings.clone() };
    let mut migration = Migration::start(settings, options.policy, database).await?;
    migration.lock().await?;
    migration.apply(SQL_SERVER).await?;
    if options.seed {
        migration.apply(SQL_SERVER_SEED).await?;
    }
    if let Some(login) = &options.grant {
        migration.grant(login).await?;
    }
    migration.check_snapshot_reads().await?;
    migration.unlock().await?;
    Ok(migration.report)
}

/// Removes this login from the role `bookstore_app`: the reverse of [`MigrationOptions::grant`]. The login itself
/// stays.
///
/// # Errors
/// [`MigrationError`].
pub async fn revoke(settings: &SqlServerSettings, policy: LoginPolicy, login: &str) -> Result<(), MigrationError> {
    let database = settings.database.as_deref().ok_or(MigrationError::NoDatabase)?;
    Migration::start(settings, policy, database).await?.revoke(login).await
}
