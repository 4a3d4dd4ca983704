//! The connections to the file: one that writes, several that read. WAL lets them work side by side.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::functions;
use crate::error::Error;

const SCHEMA: &str = include_str!("../../sql/embedded/schema.sql");
const SEED: &str = include_str!("../../sql/embedded/seed.sql");

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
            transaction.execute_batch(SCHEMA)?;
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

fn cannot_open(file: &Path, error: &rusqlite::Error) -> Error {
    Error::Unavailable(format!(
        "the embedded store {} cannot be opened: {error}; check that its folder exists and can be written",
        file.display()
    ))
}
