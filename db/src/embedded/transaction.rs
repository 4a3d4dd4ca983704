//! A write in one transaction, and the log that it leaves.

use rusqlite::{Connection, ErrorCode};

use super::file_identity::FileIdentity;

/// Runs the work in one transaction, which is on disk when this returns.
pub(super) fn run<T>(
    connection: &mut Connection,
    file: &FileIdentity,
    work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let result = attempt(connection, file, work);
    if result.as_ref().is_err_and(|error| error.sqlite_error_code() == Some(ErrorCode::DiskFull)) {
        empty_log(connection);
    }
    result
}

fn attempt<T>(
    connection: &mut Connection,
    file: &FileIdentity,
    work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let transaction = connection.transaction()?;
    let answer = work(&transaction)?;
    // As late as possible: what is committed to a file without a name is lost.
    file.check().map_err(|error| rusqlite::Error::UserFunctionError(error.to_string().into()))?;
    transaction.commit()?;
    Ok(answer)
}

/// Copies the log's pages into the file and truncates the log. While clients read all the time, SQLite does not start
/// the log anew, so that the log itself may be what fills the disk.
fn empty_log(connection: &Connection) {
    // It fails while the disk has no space for the file either; the next write tries again.
    let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded::open::DatabaseFile;

    #[test]
    fn write_that_finds_the_disk_full_empties_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("books.db");
        let mut connection = DatabaseFile { path: path.clone(), login: "sa".into() }.open_writer().unwrap();
        let (file, log) = (FileIdentity::of(&path), path.with_extension("db-wal"));
        assert!(log.metadata().unwrap().len() > 0);
        // No page more than it has.
        let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        connection.pragma_update(None, "max_page_count", pages).unwrap();
        let large = |books: &Connection| books.execute("UPDATE Books SET Publisher = hex(randomblob(100000))", []);
        let failed = run(&mut connection, &file, large).unwrap_err();
        assert_eq!(failed.sqlite_error_code(), Some(ErrorCode::DiskFull));
        assert_eq!(log.metadata().unwrap().len(), 0);
    }
}
