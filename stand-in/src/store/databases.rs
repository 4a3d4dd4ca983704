//! The server's logins and databases. Each database is a SQLite file of its own, so that databases do not block each
//! other.

use super::catalog;
use super::functions;
use super::permissions::{self, User, not_found_or_denied};
use super::row_locks::RowLocks;
use super::write_lock::WriteLock;
use crate::error::SqlError;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
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

/// A login of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerLogin {
    pub(crate) name: String,
    pub(crate) sysadmin: bool,
}

/// A database that one session has opened.
pub(crate) struct Database {
    /// The name as spelled in CREATE DATABASE.
    pub(crate) name: String,
    pub(crate) connection: Connection,
    pub(crate) write_lock: WriteLock,
    pub(crate) row_locks: RowLocks,
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
    locks: Mutex<HashMap<i64, (WriteLock, RowLocks)>>,
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
        let store = Self { directory, server: Mutex::new(server), locks: Mutex::default(), _temporary: temporary };
        store.add_database(MASTER)?;
        Ok(store)
    }

    fn server<T>(&self, run: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> io::Result<T> {
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

    /// Creates a SQL login, or changes its password and membership in sysadmin.
    pub(crate) fn add_login(&self, name: &str, password: &str, sysadmin: bool) -> io::Result<()> {
        let sql = "INSERT INTO stand_in_login (name, password, sysadmin) VALUES (?1, ?2, ?3)
                   ON CONFLICT (name) DO UPDATE SET password = excluded.password, sysadmin = excluded.sysadmin";
        self.server(|server| server.execute(sql, params![name, password, sysadmin])).map(drop)
    }

    /// The SQL login with this name and password. A Windows login has no password, so it never matches.
    pub(crate) fn check_login(&self, name: &str, password: &str) -> io::Result<Option<ServerLogin>> {
        let sql = "SELECT name, sysadmin FROM stand_in_login WHERE name = ?1 AND password = ?2";
        self.server(|server| server.query_row(sql, [name, password], login).optional())
    }

    /// The login of an authenticated Windows account.
    pub(crate) fn windows_login(&self, name: &str) -> io::Result<Option<ServerLogin>> {
        let sql = "SELECT name, sysadmin FROM stand_in_login WHERE name = ?1 AND password IS NULL";
        self.server(|server| server.query_row(sql, [name], login).optional())
    }

    /// Opens a database by name; `None` if it does not exist.
    pub(crate) fn database(&self, name: &str) -> io::Result<Option<Database>> {
        let sql = "SELECT id, name FROM stand_in_database WHERE name = ?1";
        let found: Option<(i64, String)> =
            self.server(|server| server.query_row(sql, [name], |row| Ok((row.get(0)?, row.get(1)?))).optional())?;
        let Some((id, name)) = found else { return Ok(None) };
        let open = || {
            let connection = open_file(&self.file(id))?;
            functions::register(&connection)?;
            // Read-only: otherwise each transaction would lock the server's data for all databases.
            let server = self.directory.join("server.sqlite");
            connection.execute("ATTACH ?1 AS server", [format!("file:{}?mode=ro", uri_path(&server))])?;
            Ok::<_, rusqlite::Error>(connection)
        };
        let connection = open().map_err(io::Error::other)?;
        let (write_lock, row_locks) =
            self.locks.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_default().clone();
        Ok(Some(Database { name, connection, write_lock, row_locks }))
    }

    /// How many sessions wait for a row of another session, in contention mode.
    pub(crate) fn waiting_sessions(&self) -> usize {
        let locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        locks.values().map(|(_, rows)| rows.waiting()).sum()
    }

    fn file(&self, id: i64) -> PathBuf {
        self.directory.join(format!("database-{id}.sqlite"))
    }

    /// CREATE LOGIN. A login without a password is a Windows login.
    ///
    /// # Errors
    /// 15025 if the name is taken.
    pub(crate) fn create_login(&self, name: &str, password: Option<&str>) -> Result<(), SqlError> {
        let sql = "INSERT OR IGNORE INTO stand_in_login (name, password, sysadmin) VALUES (?1, ?2, 0)";
        match self.server(|server| server.execute(sql, params![name, password])).map_err(storage)? {
            0 => Err(SqlError::new(15025, 16, format!("The server principal '{name}' already exists."))),
            _ => Ok(()),
        }
    }

    /// Adds a login to sysadmin.
    ///
    /// # Errors
    /// 15151 if there is no such login.
    pub(crate) fn add_sysadmin(&self, name: &str) -> Result<(), SqlError> {
        let sql = "UPDATE stand_in_login SET sysadmin = 1 WHERE name = ?1";
        match self.server(|server| server.execute(sql, [name])).map_err(storage)? {
            0 => Err(not_found_or_denied("add", "server principal", name)),
            _ => Ok(()),
        }
    }

    /// CREATE DATABASE.
    ///
    /// # Errors
    /// 1801 if the name is taken.
    pub(crate) fn create_database(&self, name: &str) -> Result<(), SqlError> {
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

    /// DROP DATABASE. Sessions that use the database keep its file until they end.
    ///
    /// # Errors
    /// 3701 if there is no such database; 3708 for master.
    pub(crate) fn drop_database(&self, name: &str, if_exists: bool) -> Result<(), SqlError> {
        if name.eq_ignore_ascii_case(MASTER) {
            let text = "Cannot drop the database 'master' because it is a system database.";
            return Err(SqlError::new(3708, 16, text));
        }
        let sql = "DELETE FROM stand_in_database WHERE name = ?1 RETURNING id";
        let id: Option<i64> =
            self.server(|server| server.query_row(sql, [name], |row| row.get(0)).optional()).map_err(storage)?;
        match id {
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

fn login(row: &rusqlite::Row<'_>) -> rusqlite::Result<ServerLogin> {
    Ok(ServerLogin { name: row.get(0)?, sysadmin: row.get(1)? })
}

/// Escapes a path for a SQLite URI.
fn uri_path(path: &Path) -> String {
    path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23")
}

fn storage(error: io::Error) -> SqlError {
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
