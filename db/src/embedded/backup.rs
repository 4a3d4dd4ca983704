//! Copies a store's file while it is in use.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::rows;
use crate::error::Error;

/// How long to wait while another program has locked the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// All pages in one step. Others may write meanwhile, since the file is in WAL mode.
const ALL_PAGES: i32 = -1;

/// The error of a failed backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file of the backup cannot be created, or exists.
    #[error("cannot create {file}: {error}; name a file that does not exist yet")]
    Create {
        /// The file.
        file: String,
        /// The error of the system.
        error: std::io::Error,
    },
    /// Another program has locked the store.
    #[error("another program kept {file} locked for {limit:?}; end its transaction or close it, then run this again")]
    Busy {
        /// The store.
        file: String,
        /// How long the backup waited.
        limit: Duration,
    },
    /// The store cannot be read, or the backup cannot be written.
    #[error(transparent)]
    Copy(#[from] Error),
}

/// Copies the store in `file` to the new file `to`, all of one moment, while others read and write it
/// (<https://www.sqlite.org/backup.html>). A failed backup leaves no file.
///
/// # Errors
/// See [`BackupError`].
pub fn back_up(file: &Path, to: &Path) -> Result<(), BackupError> {
    back_up_within(BUSY_TIMEOUT, file, to)
}

fn back_up_within(limit: Duration, file: &Path, to: &Path) -> Result<(), BackupError> {
    let create = OpenOptions::new().write(true).create_new(true).open(to);
    create.map_err(|error| BackupError::Create { file: to.display().to_string(), error })?;
    let error = match copy(limit, file, to) {
        Ok(StepResult::Done) => return Ok(()),
        // One step of all pages ends with one of the two.
        Ok(_) => BackupError::Busy { file: file.display().to_string(), limit },
        Err(error) => BackupError::Copy(rows::error(error)),
    };
    // What was copied so far is not a store.
    let _ = std::fs::remove_file(to);
    Err(error)
}

fn copy(limit: Duration, file: &Path, to: &Path) -> rusqlite::Result<StepResult> {
    let source = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    source.busy_timeout(limit)?;
    let mut target = Connection::open(to)?;
    Backup::new(&source, &mut target)?.step(ALL_PAGES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locked_store_ends_the_backup_with_its_own_error() {
        let folder = tempfile::tempdir().unwrap();
        let (file, to) = (folder.path().join("books.db"), folder.path().join("copy.db"));
        let store = Connection::open(&file).unwrap();
        store.execute_batch("CREATE TABLE Books (Id INTEGER); BEGIN EXCLUSIVE").unwrap();
        let error = back_up_within(Duration::ZERO, &file, &to).unwrap_err();
        assert!(matches!(error, BackupError::Busy { .. }), "{error}");
        assert!(!to.exists());
        store.execute_batch("COMMIT").unwrap();
        back_up_within(Duration::ZERO, &file, &to).unwrap();
        let copied = Connection::open(&to).unwrap();
        copied.query_row("SELECT count(*) FROM Books", [], |_| Ok(())).unwrap();
    }
}
