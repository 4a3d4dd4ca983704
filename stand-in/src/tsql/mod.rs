//! T-SQL: the grammar, and the translation to SQLite. The engine runs the result.

pub(crate) mod builtin;
pub(crate) mod context;
pub(crate) mod grammar;
pub(crate) mod translate;
