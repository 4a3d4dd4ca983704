//! Bringing a SQL Server database to the schema of this version: an operator's command or a Job, not a replica's start-up.
//!
//! Ordered scripts, each applied once in one transaction together with its line in the journal, under an application lock, so
//! that two migrations at once do the work of one. A database that the old ASP.NET demo made is adopted: what is missing is
//! added, nothing is dropped. How to add a script: `sql/README.md`. The embedded store migrates itself when it is opened.

mod bypass;
mod database;
mod error;
mod migration;
mod script;

use crate::connection_string::SqlServerSettings;
use crate::error::Error;
use crate::sql_server::connect;
pub use bypass::Bypass;
use database::{CANNOT_OPEN_DATABASE, connect_to_new, create_database};
pub use error::MigrateError;
use migration::Migration;
use script::Script;

macro_rules! scripts {
    ($($name:literal),+ $(,)?) => {
        [$(Script { name: $name, sql: include_str!(concat!("../sql/", $name, ".sql")) }),+]
    };
}

const SCHEMA: [Script; 7] = scripts![
    "schema/001_books",
    "schema/002_unicode",
    "schema/003_version_and_request",
    "schema/004_indexes",
    "schema/005_entries",
    "schema/006_role",
    "schema/007_version_index",
];
const SEED: [Script; 1] = scripts!["seed/001_books"];

/// What to do beside the schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Put in the eight books, once.
    pub seed: bool,
    /// Let this login use the shop: `DOMAIN\account$` is made from Windows if it is missing, a SQL login must exist.
    pub grant: Option<String>,
}

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The database was not there and was made.
    pub created_database: bool,
    /// The scripts that were applied, in order.
    pub applied: Vec<&'static str>,
    /// How many scripts were there already.
    pub already_applied: usize,
    /// The login that was let in.
    pub granted: Option<String>,
    /// The roles by which that login may do all that `bookstore_app` was to keep from it.
    pub bypasses: Vec<Bypass>,
}

/// Brings the database to the schema of this version and does what the options ask.
///
/// # Errors
/// See [`MigrateError`]. Running it again continues where it stopped.
pub async fn migrate(settings: &SqlServerSettings, options: &Options) -> Result<Report, MigrateError> {
    let database = settings.database.as_deref().ok_or(MigrateError::NoDatabase)?;
    // An index on many rows, a new database or another migration may take longer than a statement of the shop.
    let settings = &SqlServerSettings { command_timeout: None, ..settings.clone() };
    let mut report = Report::default();
    let connection = match connect(settings).await {
        Err(Error::LoginFailed { number: CANNOT_OPEN_DATABASE, .. }) => {
            report.created_database = create_database(settings, database).await?;
            connect_to_new(settings).await?
        }
        connection => connection?,
    };
    let mut migration = Migration { connection, report };
    migration.lock().await?;
    migration.apply(&SCHEMA).await?;
    if options.seed {
        migration.apply(&SEED).await?;
    }
    if let Some(login) = &options.grant {
        migration.grant(login).await?;
    }
    migration.unlock().await?;
    Ok(migration.report)
}
