//! The session as its statements see it: the values behind functions and global variables.

use crate::error::SqlError;
use crate::store::permissions::User;
use crate::types::SqlType;
use rusqlite::types::Value;
use std::collections::BTreeMap;

/// The product version that the stand-in reports: SQL Server 2022.
pub(crate) const PRODUCT_VERSION: &str = "16.0.1000.6";
/// The same version as PRELOGIN and LOGINACK encode it.
pub(crate) const VERSION_BYTES: [u8; 4] = [16, 0, 0x03, 0xE8];
/// `@@VERSION`. It names the stand-in.
pub(crate) const VERSION_TEXT: &str = "Microsoft SQL Server 2022 (RTM) - 16.0.1000.6 - stand-in for tests, on SQLite";

/// What the statements of a session can ask about it.
#[derive(Debug, Clone)]
pub(crate) struct SessionContext {
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
    /// The server's time zone, in minutes east of UTC.
    pub(crate) utc_offset: i32,
    pub(crate) session_id: u16,
    pub(crate) row_count: i64,
    pub(crate) transactions: u32,
    pub(crate) identity: Option<i64>,
    /// `@@ERROR`: the error number of the last statement, 0 if it succeeded.
    pub(crate) last_error: i32,
    /// Inside CATCH: the caught error.
    pub(crate) caught: Option<SqlError>,
    /// When the statement started, in UTC. GETDATE returns the same value throughout a statement.
    pub(crate) now: i64,
}

impl SessionContext {
    /// When the statement started, in the server's time zone.
    pub(crate) fn local_now(&self) -> i64 {
        const MINUTE: i64 = 600_000_000;
        self.now + i64::from(self.utc_offset) * MINUTE
    }
}

/// A variable or parameter with its type.
#[derive(Debug, Clone)]
pub(crate) struct Variable {
    pub(crate) sql_type: SqlType,
    pub(crate) value: Value,
}

/// The variables of a batch by name: lower case, with the `@`.
pub(crate) type Variables = BTreeMap<String, Variable>;
