//! Bringing a SQL Server database to the schema of this version: an operator's command or a Job, not a replica's start-up.
//!
//! Ordered scripts, each applied once in one transaction together with its line in the journal, under an application lock, so
//! that two migrations at once do the work of one. A database that the old ASP.NET demo made is adopted: what is missing is
//! added, nothing is dropped. How to add a script: `sql/README.md`. The embedded store migrates itself when it is opened.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tiberius::ToSql;

use crate::connection_string::SqlServerSettings;
use crate::error::Error;
use crate::sql_server::{Connection, Failure, connect, required_text};

/// A script and the name that the journal knows it by.
struct Script {
    name: &'static str,
    sql: &'static str,
}

macro_rules! scripts {
    ($($name:literal),+ $(,)?) => {
        [$(Script { name: $name, sql: include_str!(concat!("../sql/", $name, ".sql")) }),+]
    };
}

macro_rules! admin {
    ($name:literal) => {
        include_str!(concat!("../sql/admin/", $name, ".sql"))
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

/// How long to wait for another migration, in milliseconds.
const LOCK_WAIT: i32 = 120_000;
/// How often and how long to wait for a new database to open.
const OPENING_TRIES: u32 = 20;
const OPENING_PAUSE: Duration = Duration::from_millis(500);
/// SQL Server: the database exists already.
const DATABASE_EXISTS: u32 = 1801;
/// SQL Server: the database cannot be opened.
const CANNOT_OPEN_DATABASE: u32 = 4060;
/// SQL Server: Windows NT user or group not found.
const CANNOT_LOOK_UP: u32 = 15401;

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

/// A role that lets a login write what only the database should, CreatedBy included, whatever `bookstore_app` allows. The old demo
/// made its gMSA a sysadmin. `Display` names the role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bypass {
    /// May do everything on the server.
    Sysadmin,
    /// May do everything in the database.
    DatabaseOwner,
    /// May write every table of the database.
    DataWriter,
}

impl Bypass {
    const ALL: [(Self, &str); 3] =
        [(Self::Sysadmin, "Sysadmin"), (Self::DatabaseOwner, "DatabaseOwner"), (Self::DataWriter, "DataWriter")];

    /// The statement that takes the login out of the role.
    pub fn remedy(self, login: &str) -> String {
        let kind = if self == Self::Sysadmin { "SERVER ROLE" } else { "ROLE" };
        format!("ALTER {kind} {self} DROP MEMBER [{}]", login.replace(']', "]]"))
    }
}

impl fmt::Display for Bypass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sysadmin => "sysadmin",
            Self::DatabaseOwner => "db_owner",
            Self::DataWriter => "db_datawriter",
        })
    }
}

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
    migration.run("admin/unlock", admin!("unlock"), &[]).await?;
    Ok(migration.report)
}

/// False if somebody else made it meanwhile.
async fn create_database(settings: &SqlServerSettings, database: &str) -> Result<bool, MigrateError> {
    let in_master = SqlServerSettings { database: Some("master".to_owned()), ..settings.clone() };
    let mut connection = connect(&in_master).await?;
    match connection.query(admin!("create_database"), &[&database]).await {
        Ok(rowsets) => Ok(rowsets.iter().flatten().any(|row| row.get::<i32, _>("Created") == Some(1))),
        Err(Failure::Driver(tiberius::error::Error::Server(error))) if error.code() == DATABASE_EXISTS => Ok(false),
        Err(error) => Err(failed("admin/create_database", error)),
    }
}

/// A database that was made a moment ago, perhaps by somebody else, may not be open yet.
async fn connect_to_new(settings: &SqlServerSettings) -> Result<Connection, Error> {
    for _ in 0..OPENING_TRIES {
        match connect(settings).await {
            Err(Error::LoginFailed { number: CANNOT_OPEN_DATABASE, .. }) => tokio::time::sleep(OPENING_PAUSE).await,
            connection => return connection,
        }
    }
    connect(settings).await
}

struct Migration {
    connection: Connection,
    report: Report,
}

impl Migration {
    async fn lock(&mut self) -> Result<(), MigrateError> {
        let rowsets = self.run("admin/lock", admin!("lock"), &[&LOCK_WAIT]).await?;
        let granted = rowsets.first().and_then(|rows| rows.first()).and_then(|row| row.get::<i32, _>("Result"));
        if granted.is_some_and(|result| result >= 0) { Ok(()) } else { Err(MigrateError::Locked) }
    }

    async fn apply(&mut self, scripts: &'static [Script]) -> Result<(), MigrateError> {
        let journal = self.journal().await?;
        for script in scripts {
            let checksum = checksum(script.sql);
            match journal.get(script.name) {
                Some(applied) if *applied == checksum => self.report.already_applied += 1,
                Some(_) => return Err(MigrateError::Changed { name: script.name }),
                None => {
                    self.apply_one(script, &checksum).await.map_err(|error| failed(script.name, error))?;
                    self.report.applied.push(script.name);
                }
            }
        }
        Ok(())
    }

    async fn journal(&mut self) -> Result<HashMap<String, String>, MigrateError> {
        self.run("admin/journal", admin!("journal"), &[]).await?;
        let rowsets = self.run("admin/journal_read", admin!("journal_read"), &[]).await?;
        let lines =
            rowsets.iter().flatten().map(|row| Ok((required_text(row, "Name")?, required_text(row, "Checksum")?)));
        lines.collect::<tiberius::Result<_>>().map_err(|error| failed("admin/journal_read", error))
    }

    /// A dropped connection rolls back, so an error on the way leaves nothing.
    async fn apply_one(&mut self, script: &Script, checksum: &str) -> Result<(), Failure> {
        self.connection.batch("SET XACT_ABORT ON; BEGIN TRANSACTION;").await?;
        for batch in batches(script.sql) {
            self.connection.batch(batch).await?;
        }
        self.connection.query(admin!("journal_write"), &[&script.name, &checksum]).await?;
        self.connection.batch("COMMIT TRANSACTION;").await
    }

    async fn grant(&mut self, login: &str) -> Result<(), MigrateError> {
        if login.contains('\\') {
            match self.connection.query(admin!("grant_login"), &[&login]).await {
                Err(Failure::Driver(tiberius::error::Error::Server(error))) if error.code() == CANNOT_LOOK_UP => {
                    let (account, message) = (login.to_owned(), error.message().to_owned());
                    return Err(MigrateError::NoSuchAccount { account, message });
                }
                answer => drop(answer.map_err(|error| failed("admin/grant_login", error))?),
            }
        }
        self.run("admin/grant_user", admin!("grant_user"), &[&login]).await?;
        self.report.bypasses = self.bypasses(login).await?;
        self.report.granted = Some(login.to_owned());
        Ok(())
    }

    async fn bypasses(&mut self, login: &str) -> Result<Vec<Bypass>, MigrateError> {
        let rowsets = self.run("admin/grant_bypass", admin!("grant_bypass"), &[&login]).await?;
        let Some(row) = rowsets.first().and_then(|rows| rows.first()) else { return Ok(Vec::new()) };
        let is_member = |column| row.try_get::<i32, _>(column).map(|member| member == Some(1));
        let mut bypasses = Vec::new();
        for (bypass, column) in Bypass::ALL {
            if is_member(column).map_err(|error| failed("admin/grant_bypass", error))? {
                bypasses.push(bypass);
            }
        }
        Ok(bypasses)
    }

    async fn run(
        &mut self,
        step: &'static str,
        sql: &str,
        params: &[&dyn ToSql],
    ) -> Result<Vec<Vec<tiberius::Row>>, MigrateError> {
        self.connection.query(sql, params).await.map_err(|error| failed(step, error))
    }
}

fn failed(step: &'static str, failure: impl Into<Failure>) -> MigrateError {
    MigrateError::Step { step, error: failure.into().meaning() }
}

/// A script's batches: the texts between lines that say `GO`.
fn batches(script: &str) -> impl Iterator<Item = &str> {
    script.split("\nGO\n").filter(|batch| !batch.trim().is_empty())
}

fn checksum(script: &str) -> String {
    Sha256::digest(script).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_cut_at_lines_that_say_go() {
        let cut: Vec<_> = batches("CREATE ROLE a;\nGO\nGRANT SELECT ON GOODS TO a;\nGO\n").collect();
        assert_eq!(cut, ["CREATE ROLE a;", "GRANT SELECT ON GOODS TO a;"]);
    }
}
