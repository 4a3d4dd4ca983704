//! The data: databases in SQLite files, their catalog, permissions and locks.

pub(crate) mod app_locks;
pub(crate) mod catalog;
mod databases;
mod functions;
pub(crate) mod like;
pub(crate) mod permissions;
pub(crate) mod row_locks;
pub(crate) mod rows;
pub(crate) mod write_lock;

pub(crate) use databases::{Database, MASTER, ServerLogin, Store};
