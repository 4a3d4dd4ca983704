//! The server's databases. Each database is a SQLite file of its own, so that databases do not block each
//! other.

use super::catalog;
use super::functions;
use super::permissions::{self, User};
use super::row_locks::RowLocks;
use super::write_lock::WriteLock;
use crate::error::SqlError;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tempfile::TempDir;

/// The database that always exists.
pub(crate) const MASTER: &str = "master";
/// SQLite's lock timeout, for short locks such as a checkpoint. Writers wait for [`WriteLock`] first.
const BUSY: Duration = Duration::from_secs(10);

const SERVER_TABLES: &str = "
CREATE TABLE IF NOT EXISTS stand_in_database (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    snapshot_reads INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS stand_in_login (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE COLLATE NOCASE, password TEXT,
    sysadmin INTEGER NOT NULL);
";

/// A database that one session has opened.
pub(crate) struct Database {
    /// The name as spelled in CREATE DATABASE.
    pub(crate) name: String,
    pub(crate) connection: Connection,
    pub(crate) write_lock: WriteLock,
    pub(crate) row_locks: RowLocks,
    pub(crate) in_use: DatabaseUse,
}

/// Keeps a database from being dropped as long as a session uses it.
#[derive(Debug, Clone, Default)]
pub(crate) struct DatabaseUse(Arc<()>);

/// What the sessions of a database share.
#[derive(Debug, Clone, Default)]
struct SharedState {
    write_lock: WriteLock,
    row_locks: RowLocks,
    in_use: DatabaseUse,
}

impl Database {
    /// The user of a login in this database; `None` without access. In master, every login is at least guest.
    pub(crate) fn user_for_login(&self, login: &str, sysadmin: bool) -> Result<Option<User>, SqlError> {
        if sysadmin {
            return Ok(Some(User::Owner));
        }
        if let Some(user) = permissions::user_for_login(&self.connection, login)? {
            return Ok(Some(user));
        }
        let guest = if self.name == MASTER { permissions::principal(&self.connection, "guest")? } else { None };
        Ok(guest.map(|(id, _)| User::Named { id, name: "guest".to_owned() }))
    }
}

/// The data of a server: a directory of SQLite files.
pub(crate) struct Store {
    directory: PathBuf,
    server: Mutex<Connection>,
    shared: Mutex<HashMap<i64, SharedState>>,
    /// Held while CREATE DATABASE copies the database `model`.
    model: Mutex<()>,
    _temporary: Option<TempDir>,
}

impl Store {
    /// Opens the data in `directory`, or creates a temporary directory that is deleted with the store.
    pub(crate) fn open(directory: Option<&Path>) -> io::Result<Self> {
        let temporary = if directory.is_none() { Some(TempDir::with_prefix("stand-in-")?) } else { None };
        let directory = match (directory, &temporary) {
            (Some(directory), _) => directory.to_owned(),
            (None, Some(temporary)) => temporary.path().to_owned(),
            (None, None) => return Err(io::ErrorKind::NotFound.into()),
        };
        std::fs::create_dir_all(&directory)?;
        let server = open_file(&directory.join("server.sqlite")).map_err(io::Error::other)?;
        server.execute_batch(SERVER_TABLES).map_err(io::Error::other)?;
        let store = Self {
            directory,
            server: Mutex::new(server),
            shared: Mutex::default(),
            model: Mutex::default(),
            _temporary: temporary,
        };
        store.add_database(MASTER)?;
        Ok(store)
    }

    pub(super) fn server<T>(&self, run: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> io::Result<T> {
        run(&self.server.lock().unwrap_or_else(PoisonError::into_inner)).map_err(io::Error::other)
    }

    /// Creates a database if it does not exist, and returns whether it did. The lock keeps other sessions from opening
    /// it before it is complete.
    pub(crate) fn add_database(&self, name: &str) -> io::Result<bool> {
        self.server(|server| {
            let created = server.execute("INSERT OR IGNORE INTO stand_in_database (name) VALUES (?1)", [name])? > 0;
            if created {
                let database = open_file(&self.file(server.last_insert_rowid()))?;
                catalog::prepare(&database)?;
                if name == MASTER {
                    database.execute("INSERT INTO stand_in_principal (name, kind) VALUES ('guest', 'S')", [])?;
                }
            }
            Ok(created)
        })
    }

    /// Opens a database by name; `None` if it does not exist.
    pub(crate) fn database(&self, name: &str) -> io::Result<Option<Database>> {
        let sql = "SELECT id, name FROM stand_in_database WHERE name = ?1";
        // DROP DATABASE holds the server's lock too, so it sees the new use, or this finds no database.
        let found = self.server(|server| {
            let found: Option<(i64, String)> =
                server.query_row(sql, [name], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
            Ok(found.map(|(id, name)| (id, name, self.shared_state(id))))
        })?;
        let Some((id, name, SharedState { write_lock, row_locks, in_use })) = found else { return Ok(None) };
        let open = || {
            let connection = open_file(&self.file(id))?;
            functions::register(&connection)?;
            // Read-only: otherwise each transaction would lock the server's data for all databases.
            let server = self.directory.join("server.sqlite");
            connection.execute("ATTACH ?1 AS server", [format!("file:{}?mode=ro", uri_path(&server))])?;
            Ok::<_, rusqlite::Error>(connection)
        };
        let connection = open().map_err(io::Error::other)?;
        Ok(Some(Database { name, connection, write_lock, row_locks, in_use }))
    }

    fn shared_state(&self, id: i64) -> SharedState {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_default().clone()
    }

    /// How many sessions wait for a row of another session, in contention mode.
    pub(crate) fn waiting_sessions(&self) -> usize {
        let shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.values().map(|state| state.row_locks.waiting()).sum()
    }

    fn file(&self, id: i64) -> PathBuf {
        self.directory.join(format!("database-{id}.sqlite"))
    }

    /// CREATE DATABASE.
    ///
    /// # Errors
    /// 1801 if the name is taken; 1807 while another session creates a database.
    pub(crate) fn create_database(&self, name: &str) -> Result<(), SqlError> {
        let Ok(_model) = self.model.try_lock() else {
            let text = "Could not obtain exclusive lock on database 'model'. Retry the operation later.";
            return Err(SqlError { state: 3, ..SqlError::new(1807, 16, text) });
        };
        if self.add_database(name).map_err(storage)? {
            return Ok(());
        }
        let text = format!("Database '{name}' already exists. Choose a different database name.");
        Err(SqlError { state: 3, ..SqlError::new(1801, 16, text) })
    }

    /// Records READ_COMMITTED_SNAPSHOT, which is off in a new database. Readers see the last committed state in any
    /// case.
    ///
    /// # Errors
    /// 5011 if there is no such database.
    pub(crate) fn set_snapshot_reads(&self, name: &str, on: bool) -> Result<(), SqlError> {
        let sql = "UPDATE stand_in_database SET snapshot_reads = ?2 WHERE name = ?1";
        match self.server(|server| server.execute(sql, params![name, on])).map_err(storage)? {
            0 => {
                let text = "does not exist, or the database is not in a state that allows access checks.";
                Err(SqlError::new(
                    5011,
                    14,
                    format!("User does not have permission to alter database '{name}', the database {text}"),
                ))
            }
            _ => Ok(()),
        }
    }

    /// DROP DATABASE.
    ///
    /// # Errors
    /// 3701 if there is no such database; 3702 while a session uses it; 3708 for master.
    pub(crate) fn drop_database(&self, name: &str, if_exists: bool) -> Result<(), SqlError> {
        if name.eq_ignore_ascii_case(MASTER) {
            let text = "Cannot drop the database 'master' because it is a system database.";
            return Err(SqlError::new(3708, 16, text));
        }
        let mut used = false;
        let drop_unused = |server: &Connection| {
            let sql = "SELECT id FROM stand_in_database WHERE name = ?1";
            let id: Option<i64> = server.query_row(sql, [name], |row| row.get(0)).optional()?;
            // The state that the store keeps and the one just returned are no use.
            used = id.is_some_and(|id| Arc::strong_count(&self.shared_state(id).in_use.0) > 2);
            if !used {
                server.execute("DELETE FROM stand_in_database WHERE name = ?1", [name])?;
            }
            Ok(id)
        };
        match self.server(drop_unused).map_err(storage)? {
            Some(_) if used => {
                let text = format!("Cannot drop database \"{name}\" because it is currently in use.");
                Err(SqlError { state: 3, ..SqlError::new(3702, 16, text) })
            }
            Some(id) => {
                for suffix in ["", "-wal", "-shm"] {
                    let file = self.directory.join(format!("database-{id}.sqlite{suffix}"));
                    if file.exists() {
                        std::fs::remove_file(file).map_err(storage)?;
                    }
                }
                Ok(())
            }
            None if if_exists => Ok(()),
            None => {
                let text = format!(
                    "Cannot drop the database '{name}', because it does not exist or you do not have permission."
                );
                Err(SqlError::new(3701, 11, text))
            }
        }
    }
}

/// Escapes a path for a SQLite URI.
fn uri_path(path: &Path) -> String {
    path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23")
}

pub(super) fn storage(error: io::Error) -> SqlError {
    SqlError::new(823, 24, format!("The stand-in's storage failed: {error}"))
}

fn open_file(file: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(file)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "OFF")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // Otherwise SQLite would read an unknown quoted identifier as text, where SQL Server reports an error.
    connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Error 1807: <https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors-1000-to-1999>
    #[test]
    fn second_create_database_at_once_gets_1807() {
        let store = Store::open(None).unwrap();
        let creating = store.model.lock().unwrap();
        assert_eq!(store.create_database("Other").unwrap_err().number, 1807);
        drop(creating);
        store.create_database("Other").unwrap();
    }
}
