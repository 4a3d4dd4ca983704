//! The embedded store: one SQLite file, for a laptop and for tests. Nobody logs in.
//!
//! Rows are recorded as created by the `User ID` of the connection string, or by the account of the process.

mod backup;
mod comparison;
mod file_identity;
mod functions;
mod list;
mod open;
mod rows;
mod slots;
mod store;
mod transaction;

pub use backup::{BackupError, back_up};
pub use open::count_books;
pub(crate) use store::EmbeddedStore;
