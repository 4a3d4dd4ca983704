//! T-SQL's types and values: how SQLite stores them, and how one type converts to another.

pub(crate) mod convert;
mod declaration;
mod sql_type;
pub(crate) mod temporal;

pub(crate) use sql_type::{COLLATION, STORED_DIGITS, SqlType};
