//! Names in SQLite's statements.

/// Quotes a name as a SQLite identifier.
pub(crate) fn quote_identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
