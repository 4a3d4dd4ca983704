//! The data: databases in SQLite files, their catalog, permissions and locks.

pub(crate) mod app_locks;
pub(crate) mod catalog;
mod collation;
mod databases;
mod functions;
pub(crate) mod like;
mod logins;
pub(crate) mod permissions;
pub(crate) mod quoting;
pub(crate) mod row_locks;
pub(crate) mod rows;
pub(crate) mod stored_values;
pub(crate) mod write_lock;

pub(crate) use collation::NAME as COLLATION_NAME;
pub(crate) use databases::{Database, DatabaseUse, MASTER, Store};
pub(crate) use logins::ServerLogin;
