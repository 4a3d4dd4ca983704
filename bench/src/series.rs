//! The names of the series that are compared.

pub(crate) const CONSTANT: &str = "the same bytes, constant";
pub(crate) const EMBEDDED: &str = "embedded";
pub(crate) const SERVER: &str = "SQL server";
pub(crate) const MANY: &str = ", 100,000 rows: ";
pub(crate) const WRITES: &str = "SQL server, writes";
pub(crate) const BARE_WRITES: &str = "bare tiberius, inserts";
/// Concurrent writers.
pub(crate) const WRITERS: [u32; 2] = [1, 16];

/// The bare statement that reads a page of this many rows.
pub(crate) fn bare_list(rows: u32) -> String {
    format!("bare tiberius, a list of {rows}")
}
