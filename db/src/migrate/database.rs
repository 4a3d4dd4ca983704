//! A database that is not there yet: it is made, and waited for until it opens.

use std::time::Duration;

use super::error::{MigrateError, failed};
use super::script::admin;
use crate::connection_string::SqlServerSettings;
use crate::error::Error;
use crate::sql_server::{Connection, Failure, connect};

/// How often and how long to wait for a new database to open.
const OPENING_TRIES: u32 = 20;
const OPENING_PAUSE: Duration = Duration::from_millis(500);
/// SQL Server: the database exists already.
const DATABASE_EXISTS: u32 = 1801;
/// SQL Server: the database cannot be opened.
pub(super) const CANNOT_OPEN_DATABASE: u32 = 4060;

/// False if somebody else made it meanwhile.
pub(super) async fn create_database(settings: &SqlServerSettings, database: &str) -> Result<bool, MigrateError> {
    let in_master = SqlServerSettings { database: Some("master".to_owned()), ..settings.clone() };
    let mut connection = connect(&in_master).await?;
    match connection.query(admin!("create_database"), &[&database]).await {
        Ok(rowsets) => Ok(rowsets.iter().flatten().any(|row| row.get::<i32, _>("Created") == Some(1))),
        Err(Failure::Driver(tiberius::error::Error::Server(error))) if error.code() == DATABASE_EXISTS => Ok(false),
        Err(error) => Err(failed("admin/create_database", error)),
    }
}

/// A database that was made a moment ago, perhaps by somebody else, may not be open yet.
pub(super) async fn connect_to_new(settings: &SqlServerSettings) -> Result<Connection, Error> {
    for _ in 0..OPENING_TRIES {
        match connect(settings).await {
            Err(Error::LoginFailed { number: CANNOT_OPEN_DATABASE, .. }) => tokio::time::sleep(OPENING_PAUSE).await,
            connection => return connection,
        }
    }
    connect(settings).await
}
