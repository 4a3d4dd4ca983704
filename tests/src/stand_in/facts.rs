//! What a session's functions and global variables answer.

use super::error::SqlError;
use super::security::User;
use super::types::SqlType;
use rusqlite::types::Value;
use std::collections::BTreeMap;

/// The product version that the stand-in claims: SQL Server 2022.
pub(crate) const PRODUCT_VERSION: &str = "16.0.1000.6";
/// The same in the form of PRELOGIN and LOGINACK.
pub(crate) const VERSION_BYTES: [u8; 4] = [16, 0, 0x03, 0xE8];
/// `@@VERSION`. It does not hide what it is.
pub(crate) const VERSION_TEXT: &str = "Microsoft SQL Server 2022 (RTM) - 16.0.1000.6 - stand-in for tests, on SQLite";

/// A session, as its statements see it.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) login: String,
    pub(crate) sysadmin: bool,
    pub(crate) user: User,
    pub(crate) database: String,
    pub(crate) host_name: String,
    pub(crate) app_name: String,
    pub(crate) client_address: String,
    /// SQL, KERBEROS or NTLM.
    pub(crate) auth_scheme: &'static str,
    pub(crate) server_name: String,
    pub(crate) session_id: u16,
    pub(crate) row_count: i64,
    pub(crate) transactions: u32,
    pub(crate) identity: Option<i64>,
    /// `@@ERROR`: the number of the last statement's error.
    pub(crate) last_error: i32,
    /// Inside a CATCH: what was caught.
    pub(crate) caught: Option<SqlError>,
    /// When the statement began: GETDATE is one moment in all of it.
    pub(crate) now: i64,
}

/// A variable or parameter.
#[derive(Debug, Clone)]
pub(crate) struct Variable {
    pub(crate) sql_type: SqlType,
    pub(crate) value: Value,
}

/// The variables of a batch by name, in lower case and with the `@`.
pub(crate) type Variables = BTreeMap<String, Variable>;
