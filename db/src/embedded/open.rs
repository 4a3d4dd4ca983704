//! The connections to the file: one that writes, several that read. WAL lets them work side by side.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::functions;
use crate::error::Error;

const SCHEMA: &str = include_str!("../../sql/embedded/schema.sql");
const SEED: &str = include_str!("../../sql/embedded/seed.sql");

/// The schema's version, in the file's `user_version`.
const VERSION: i32 = 1;

/// How long a writer of another process may hold the file before a statement fails.
const LOCK_WAIT: Duration = Duration::from_secs(5);

/// Where the file is and under which name rows are made.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) file: PathBuf,
    pub(super) login: Arc<str>,
}

impl Place {
    /// Opens for writing; makes the file, the schema and the eight books if they are missing.
    pub(super) fn writer(&self) -> Result<Connection, Error> {
        self.open(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE, |connection| {
            // FULL: a book that was acknowledged survives a power cut, not only the end of the process.
            connection
                .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")?;
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            migrate(&transaction)?;
            transaction.execute(SEED, [])?;
            transaction.commit()
        })
    }

    /// Opens for reading.
    pub(super) fn reader(&self) -> Result<Connection, Error> {
        self.open(OpenFlags::SQLITE_OPEN_READ_ONLY, |_| Ok(()))
    }

    fn open(
        &self,
        flags: OpenFlags,
        prepare: impl FnOnce(&mut Connection) -> rusqlite::Result<()>,
    ) -> Result<Connection, Error> {
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(&self.file, flags).and_then(|mut connection| {
            connection.busy_timeout(LOCK_WAIT)?;
            functions::register(&connection, Arc::clone(&self.login))?;
            prepare(&mut connection)?;
            Ok(connection)
        });
        opened.map_err(|error| cannot_open(&self.file, &error))
    }
}

/// Brings the file to [`VERSION`]. A file of version 0 is new, or from before versions were written down, with the same tables.
fn migrate(file: &Connection) -> rusqlite::Result<()> {
    let version: i32 = file.pragma_query_value(None, "user_version", |row| row.get(0))?;
    match version {
        VERSION => Ok(()),
        0 => {
            file.execute_batch(SCHEMA)?;
            file.pragma_update(None, "user_version", VERSION)
        }
        other => Err(rusqlite::Error::UserFunctionError(
            format!(
                "its schema is version {other} and this bookstore knows version {VERSION}; use the bookstore that made it, or name \
                 another file by AttachDbFilename"
            )
            .into(),
        )),
    }
}

fn cannot_open(file: &Path, error: &rusqlite::Error) -> Error {
    if let rusqlite::Error::UserFunctionError(reason) = error {
        return Error::Unavailable(format!("the embedded store {} cannot be used: {reason}", file.display()));
    }
    Error::Unavailable(format!(
        "the embedded store {} cannot be opened: {error}; check that its folder exists and can be written",
        file.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(folder: &tempfile::TempDir) -> Place {
        Place { file: folder.path().join("books.db"), login: "sa".into() }
    }

    fn version(file: &Connection) -> i32 {
        file.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_file_from_before_versions_keeps_its_books_and_gets_one() {
        let folder = tempfile::tempdir().unwrap();
        let old = place(&folder).writer().unwrap();
        assert_eq!(version(&old), VERSION);
        old.execute_batch("DELETE FROM Books WHERE Id > 3; PRAGMA user_version = 0").unwrap();
        drop(old);
        let adopted = place(&folder).writer().unwrap();
        assert_eq!(version(&adopted), VERSION);
        let books: i64 = adopted.query_row("SELECT count(*) FROM Books", [], |row| row.get(0)).unwrap();
        assert_eq!(books, 3);
    }

    #[test]
    fn a_file_of_a_newer_bookstore_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        place(&folder).writer().unwrap().pragma_update(None, "user_version", VERSION + 1).unwrap();
        let said = place(&folder).writer().unwrap_err().to_string();
        assert!(
            said.contains("books.db cannot be used: its schema is version 2 and this bookstore knows version 1"),
            "{said}"
        );
        assert_eq!(version(&Connection::open(place(&folder).file).unwrap()), VERSION + 1);
    }
}
