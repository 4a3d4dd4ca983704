//! Whether the file of the store is still the file that was opened.
//!
//! An open file that is deleted or replaced stays open without a name: SQLite continues to write to it, and all of
//! that is lost when the process ends (<https://www.sqlite.org/howtocorrupt.html>, section 2.3).

use std::fmt;
use std::path::{Path, PathBuf};

/// The file as it was opened.
#[derive(Debug)]
pub(super) struct FileIdentity {
    path: PathBuf,
    opened: Option<Id>,
}

/// The file was replaced, deleted or moved.
#[derive(Debug)]
pub(super) struct FileChanged {
    path: PathBuf,
    is_gone: bool,
}

impl FileIdentity {
    pub(super) fn of(path: &Path) -> Self {
        Self { path: path.to_owned(), opened: id(path) }
    }

    /// # Errors
    /// The path no longer names the file that was opened.
    pub(super) fn check(&self) -> Result<(), FileChanged> {
        let current = id(&self.path);
        if current == self.opened {
            return Ok(());
        }
        Err(FileChanged { path: self.path.clone(), is_gone: current.is_none() })
    }
}

impl fmt::Display for FileChanged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.is_gone { "was deleted or moved" } else { "was replaced by another file" };
        write!(
            f,
            "the embedded store {} {what} while the shop was running, so nothing is written any more; restore the file \
             under its name, or restart the shop to use the file that is there now",
            self.path.display()
        )
    }
}

/// Device and inode. The file is not opened for it: closing it again would end SQLite's locks on it.
#[cfg(unix)]
type Id = (u64, u64);

#[cfg(unix)]
fn id(path: &Path) -> Option<Id> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

/// Windows neither deletes nor replaces a file that SQLite has open, since SQLite does not share that right.
#[cfg(not(unix))]
type Id = ();

#[cfg(not(unix))]
fn id(_: &Path) -> Option<Id> {
    Some(())
}
