//! The server's own data and its databases: one SQLite file each, in one directory, so that readers and a writer do not
//! wait for each other.

use super::catalog;
use super::error::SqlError;
use super::functions;
use super::security::cannot;
use super::write_lock::WriteLock;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tempfile::TempDir;

/// The database that is always there.
pub(crate) const MASTER: &str = "master";
/// How long SQLite waits for what is short: a checkpoint, or the server's own data. Writers wait for their turn before.
const BUSY: Duration = Duration::from_secs(10);

const SERVER_TABLES: &str = "
CREATE TABLE IF NOT EXISTS stand_in_database (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE COLLATE NOCASE);
CREATE TABLE IF NOT EXISTS stand_in_login (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE COLLATE NOCASE, password TEXT, sysadmin INTEGER NOT NULL);
";

/// A login that was let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Login {
    pub(crate) name: String,
    pub(crate) sysadmin: bool,
}

/// A database as one session has it open.
pub(crate) struct Database {
    /// As it was written when it was made.
    pub(crate) name: String,
    pub(crate) connection: Connection,
    pub(crate) write_lock: WriteLock,
}

/// The directory with all of it.
pub(crate) struct Store {
    directory: PathBuf,
    server: Mutex<Connection>,
    write_locks: Mutex<HashMap<i64, WriteLock>>,
    _temporary: Option<TempDir>,
}

impl Store {
    /// Opens the data in `directory`, or begins anew in a directory that goes away with the store.
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
        let store =
            Self { directory, server: Mutex::new(server), write_locks: Mutex::default(), _temporary: temporary };
        store.add_database(MASTER)?;
        Ok(store)
    }

    fn server<T>(&self, run: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> io::Result<T> {
        run(&self.server.lock().unwrap_or_else(PoisonError::into_inner)).map_err(io::Error::other)
    }

    /// Makes a database, unless it is there; says whether it did. Nobody finds it before it is whole: looking one up takes the
    /// lock that is held meanwhile.
    pub(crate) fn add_database(&self, name: &str) -> io::Result<bool> {
        self.server(|server| {
            let made = server.execute("INSERT OR IGNORE INTO stand_in_database (name) VALUES (?1)", [name])? > 0;
            if made {
                let database = open_file(&self.file(server.last_insert_rowid()))?;
                catalog::prepare(&database)?;
                if name == MASTER {
                    database.execute("INSERT INTO stand_in_principal (name, kind) VALUES ('guest', 'S')", [])?;
                }
            }
            Ok(made)
        })
    }

    /// Makes a SQL login, or gives one another password. It is a member of sysadmin if told so.
    pub(crate) fn add_login(&self, name: &str, password: &str, sysadmin: bool) -> io::Result<()> {
        let sql = "INSERT INTO stand_in_login (name, password, sysadmin) VALUES (?1, ?2, ?3)
                   ON CONFLICT (name) DO UPDATE SET password = excluded.password, sysadmin = excluded.sysadmin";
        self.server(|server| server.execute(sql, params![name, password, sysadmin])).map(drop)
    }

    /// The login with this name and password. A login from Windows has no password and so never fits.
    pub(crate) fn check_login(&self, name: &str, password: &str) -> io::Result<Option<Login>> {
        let sql = "SELECT name, sysadmin FROM stand_in_login WHERE name = ?1 AND password = ?2";
        self.server(|server| server.query_row(sql, [name, password], login).optional())
    }

    /// The login from Windows with this name, which the directory vouches for.
    pub(crate) fn windows_login(&self, name: &str) -> io::Result<Option<Login>> {
        let sql = "SELECT name, sysadmin FROM stand_in_login WHERE name = ?1 AND password IS NULL";
        self.server(|server| server.query_row(sql, [name], login).optional())
    }

    /// Opens a database by its name; `None` without one.
    pub(crate) fn database(&self, name: &str) -> io::Result<Option<Database>> {
        let sql = "SELECT id, name FROM stand_in_database WHERE name = ?1";
        let found: Option<(i64, String)> =
            self.server(|server| server.query_row(sql, [name], |row| Ok((row.get(0)?, row.get(1)?))).optional())?;
        let Some((id, name)) = found else { return Ok(None) };
        let open = || {
            let connection = open_file(&self.file(id))?;
            functions::register(&connection)?;
            // Read-only, or each transaction would lock the server's data for all databases.
            let server = self.directory.join("server.sqlite");
            connection.execute("ATTACH ?1 AS server", [format!("file:{}?mode=ro", uri_path(&server))])?;
            Ok::<_, rusqlite::Error>(connection)
        };
        let connection = open().map_err(io::Error::other)?;
        let write_lock = self.write_locks.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_default().clone();
        Ok(Some(Database { name, connection, write_lock }))
    }

    fn file(&self, id: i64) -> PathBuf {
        self.directory.join(format!("database-{id}.sqlite"))
    }

    /// CREATE LOGIN; one without a password is from Windows.
    ///
    /// # Errors
    /// 15025 when there is one of that name.
    pub(crate) fn create_login(&self, name: &str, password: Option<&str>) -> Result<(), SqlError> {
        let sql = "INSERT OR IGNORE INTO stand_in_login (name, password, sysadmin) VALUES (?1, ?2, 0)";
        match self.server(|server| server.execute(sql, params![name, password])).map_err(storage)? {
            0 => Err(SqlError::new(15025, 16, format!("The server principal '{name}' already exists."))),
            _ => Ok(()),
        }
    }

    /// Puts a login into sysadmin.
    ///
    /// # Errors
    /// 15151 when there is none of that name.
    pub(crate) fn add_sysadmin(&self, name: &str) -> Result<(), SqlError> {
        let sql = "UPDATE stand_in_login SET sysadmin = 1 WHERE name = ?1";
        match self.server(|server| server.execute(sql, [name])).map_err(storage)? {
            0 => Err(cannot("add", "server principal", name)),
            _ => Ok(()),
        }
    }

    /// CREATE DATABASE.
    ///
    /// # Errors
    /// 1801 when there is one of that name.
    pub(crate) fn create_database(&self, name: &str) -> Result<(), SqlError> {
        if self.add_database(name).map_err(storage)? {
            return Ok(());
        }
        let text = format!("Database '{name}' already exists. Choose a different database name.");
        Err(SqlError { state: 3, ..SqlError::new(1801, 16, text) })
    }

    /// DROP DATABASE. Connections that have it open keep the file until they close.
    ///
    /// # Errors
    /// 3701 when there is none of that name; 3708 for master.
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

fn login(row: &rusqlite::Row<'_>) -> rusqlite::Result<Login> {
    Ok(Login { name: row.get(0)?, sysadmin: row.get(1)? })
}

/// A path in a URI of SQLite's.
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
    // Double quotes are identifiers alone: a text by mistake would be silence where SQL Server has an error.
    connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    Ok(connection)
}
