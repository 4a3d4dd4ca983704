//! The embedded engine: one SQLite file, for a laptop and for tests. Nobody logs in; the name in the connection string, or the
//! account that the process runs as, is what its rows record.

mod comparison;
mod functions;
mod lanes;
mod open;
mod rows;
mod store;

pub(crate) use store::EmbeddedStore;
