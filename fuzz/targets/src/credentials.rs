//! Ticket caches and keytabs, which MIT's library reads from files.

use std::io::Write;
use std::path::Path;

use bookstore_kerberos::credentials::{keytab_account, read_cache};
use tempfile::NamedTempFile;

/// Reads the bytes as a ticket cache. The library must close the file again.
pub fn credential_cache(bytes: &[u8]) {
    with_file(bytes, |name| {
        if let Ok(content) = read_cache(name) {
            let _ = content.ticket_granting_ticket();
        }
    });
}

/// Reads the bytes as a keytab. The library must close the file again.
pub fn keytab(bytes: &[u8]) {
    with_file(bytes, |name| {
        let _ = keytab_account(name);
    });
}

#[expect(clippy::expect_used, reason = "without a file nothing is tested")]
fn with_file(bytes: &[u8], read: impl Fn(&str)) {
    let mut file = NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("the file is written");
    let path = file.into_temp_path();
    read(&path.display().to_string());
    assert!(!is_open(&path), "the file is still open");
}

/// Whether this process has the file open; false where the system does not report it.
fn is_open(path: &Path) -> bool {
    let descriptors = std::fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
    descriptors.filter_map(|entry| entry.path().read_link().ok()).any(|target| target == path)
}
