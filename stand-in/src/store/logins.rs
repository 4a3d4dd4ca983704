//! The server's logins.

use super::databases::{Store, storage};
use super::permissions::not_found_or_denied;
use crate::error::SqlError;
use rusqlite::{OptionalExtension, params};
use std::io;

/// A login of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerLogin {
    pub(crate) name: String,
    pub(crate) sysadmin: bool,
}

impl Store {
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
}

fn login(row: &rusqlite::Row<'_>) -> rusqlite::Result<ServerLogin> {
    Ok(ServerLogin { name: row.get(0)?, sysadmin: row.get(1)? })
}
