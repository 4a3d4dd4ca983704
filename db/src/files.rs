//! Files that settings name.

use std::io;
use std::path::Path;

/// Checks that a path is that of a regular file: a pipe would block its reader, a device may have no end.
///
/// # Errors
/// It is something else, or does not exist.
pub fn require_regular(path: &Path) -> io::Result<()> {
    if std::fs::metadata(path)?.is_file() {
        Ok(())
    } else {
        Err(io::Error::other("it is a folder, a pipe or a device, not a file"))
    }
}
