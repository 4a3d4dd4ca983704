//! The connections to the file: one that writes, several that read. WAL mode lets them work at the same time.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, MAIN_DB, OpenFlags, TransactionBehavior};

use super::{functions, rows};
use crate::error::Error;
use crate::schema::{EMBEDDED, EMBEDDED_SEED};

const COUNT: &str = include_str!("../../sql/embedded/count.sql");

/// The version of the schema, stored as the file's `user_version`.
const VERSION: i32 = EMBEDDED.len() as i32;

/// How long a statement waits while another process writes to the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The file of an embedded store, and the login to record as its rows' creator.
#[derive(Clone, Debug)]
pub(super) struct DatabaseFile {
    pub(super) path: PathBuf,
    pub(super) login: Arc<str>,
}

impl DatabaseFile {
    /// Opens the file for writing. Creates the file, the schema and the eight books if they are missing.
    pub(super) fn open_writer(&self) -> Result<Connection, Error> {
        self.open(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE, |connection| {
            // FULL: a book that was acknowledged survives a power cut, not only the end of the process.
            connection
                .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")?;
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            migrate(&transaction)?;
            transaction.execute(EMBEDDED_SEED, [])?;
            transaction.commit()
        })
    }

    /// Opens the file for reading.
    pub(super) fn open_reader(&self) -> Result<Connection, Error> {
        self.open(OpenFlags::SQLITE_OPEN_READ_ONLY, |_| Ok(()))
    }

    fn open(
        &self,
        flags: OpenFlags,
        prepare: impl FnOnce(&mut Connection) -> rusqlite::Result<()>,
    ) -> Result<Connection, Error> {
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags).and_then(|mut connection| {
            connection.busy_timeout(BUSY_TIMEOUT)?;
            // Otherwise SQLite prepares a statement anew for each value of its LIMIT: two fifths of a read.
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
            functions::register(&connection, Arc::clone(&self.login))?;
            prepare(&mut connection)?;
            Ok(connection)
        });
        connection.map_err(|error| cannot_open(&self.path, &error))
    }
}

/// Counts the books of an existing file. Opens it for reading: creates and changes nothing.
///
/// # Errors
/// [`Error::Unavailable`] if the file does not exist, is not a store or cannot be written to.
pub fn count_books(file: &Path) -> Result<u64, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let counted = Connection::open_with_flags(file, flags)
        .and_then(|connection| connection.query_row(COUNT, [], |row| row.get::<_, i64>(0)));
    let books = counted.map_err(|error| cannot_open(file, &error))?;
    // Not by opening and closing the file: that would end the locks which this process has on it
    // (<https://www.sqlite.org/howtocorrupt.html>, section 2.2).
    if is_read_only(file)? {
        let file = file.display();
        return Err(Error::Unavailable(format!("the embedded store {file} cannot be written by this account")));
    }
    Ok(books.unsigned_abs())
}

/// Whether SQLite can open the file for reading only.
fn is_read_only(file: &Path) -> Result<bool, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let read_only = Connection::open_with_flags(file, flags).and_then(|connection| connection.is_readonly(MAIN_DB));
    read_only.map_err(|error| cannot_open(file, &error))
}

/// Brings the file to [`VERSION`]. A file of version 0 is new, or was created before versions were recorded, with the
/// tables of version 1.
fn migrate(file: &Connection) -> rusqlite::Result<()> {
    let version: i32 = file.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let Some(missing) = usize::try_from(version).ok().and_then(|version| EMBEDDED.get(version..)) else {
        return Err(rusqlite::Error::UserFunctionError(
            format!(
                "its schema has version {version}, and this bookstore knows versions up to {VERSION}; use the \
                 bookstore that created it, or name another file with AttachDbFilename"
            )
            .into(),
        ));
    };
    for script in missing {
        file.execute_batch(script)?;
    }
    if missing.is_empty() { Ok(()) } else { file.pragma_update(None, "user_version", VERSION) }
}

const FOLDER: &str = "check that its folder exists and can be written";

fn open_advice(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::NotADatabase => "it is not a SQLite database; name another file with AttachDbFilename",
        code => rows::advice(code).unwrap_or(FOLDER),
    }
}

fn cannot_open(file: &Path, error: &rusqlite::Error) -> Error {
    let file = file.display();
    if let rusqlite::Error::UserFunctionError(reason) = error {
        return Error::Unavailable(format!("the embedded store {file} cannot be used: {reason}"));
    }
    // Its own text has the whole script as well.
    let (reason, advice) = match error {
        rusqlite::Error::SqlInputError { msg, .. } => {
            (msg.clone(), "it has tables that this bookstore did not create; name another file with AttachDbFilename")
        }
        other => (other.to_string(), other.sqlite_error_code().map_or(FOLDER, open_advice)),
    };
    Error::Unavailable(format!("the embedded store {file} cannot be opened: {reason}; {advice}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database_file(folder: &tempfile::TempDir) -> DatabaseFile {
        DatabaseFile { path: folder.path().join("books.db"), login: "sa".into() }
    }

    fn version(file: &Connection) -> i32 {
        file.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
    }

    /// Creates a file as the first releases did, which recorded no version, with three of the eight books.
    fn create_without_a_version(file: &DatabaseFile) {
        let old = Connection::open(&file.path).unwrap();
        functions::register(&old, Arc::clone(&file.login)).unwrap();
        old.execute_batch(EMBEDDED[0]).unwrap();
        old.execute(EMBEDDED_SEED, []).unwrap();
        old.execute("DELETE FROM Books WHERE Id > 3", []).unwrap();
    }

    #[test]
    fn file_without_a_version_keeps_its_books_and_gets_one() {
        let folder = tempfile::tempdir().unwrap();
        create_without_a_version(&database_file(&folder));
        let adopted = database_file(&folder).open_writer().unwrap();
        assert_eq!(version(&adopted), VERSION);
        let books: i64 = adopted.query_row("SELECT count(*) FROM Books", [], |row| row.get(0)).unwrap();
        assert_eq!(books, 3);
    }

    #[test]
    fn books_of_an_older_file_are_found() {
        let folder = tempfile::tempdir().unwrap();
        create_without_a_version(&database_file(&folder));
        let adopted = database_file(&folder).open_writer().unwrap();
        let find = "SELECT rowid FROM BookSearch WHERE SearchKey GLOB '*miserables*'";
        assert_eq!(adopted.query_row(find, [], |row| row.get::<_, i64>(0)).unwrap(), 3);
    }

    #[test]
    fn search_index_follows_edits_and_deletes() {
        let folder = tempfile::tempdir().unwrap();
        let file = database_file(&folder).open_writer().unwrap();
        file.execute("UPDATE Books SET Publisher = 'Édition' WHERE Id = 2", []).unwrap();
        file.execute("DELETE FROM Books WHERE Id = 4", []).unwrap();
        let differences = "SELECT count(*) FROM (
            SELECT rowid, SearchKey FROM BookSearch EXCEPT SELECT Id, SearchKey FROM SearchKeys)";
        assert_eq!(file.query_row(differences, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
        let rows = "SELECT count(*), sum(SearchKey GLOB '*edition*') FROM BookSearch";
        let counts = file.query_row(rows, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))).unwrap();
        assert_eq!(counts, (7, 1));
        file.execute("INSERT INTO BookSearch (BookSearch) VALUES ('integrity-check')", []).unwrap();
    }

    #[test]
    fn file_of_a_newer_bookstore_is_refused_and_not_changed() {
        let folder = tempfile::tempdir().unwrap();
        let newer = VERSION + 1;
        database_file(&folder).open_writer().unwrap().pragma_update(None, "user_version", newer).unwrap();
        let message = database_file(&folder).open_writer().unwrap_err().to_string();
        let expected = format!(
            "books.db cannot be used: its schema has version {newer}, and this bookstore knows versions up to {VERSION}"
        );
        assert!(message.contains(&expected), "{message}");
        assert_eq!(version(&Connection::open(database_file(&folder).path).unwrap()), newer);
    }
}
