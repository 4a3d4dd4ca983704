//! The schema scripts of both engines. To add one: `sql/README.md`.

use sha2::{Digest, Sha256};

macro_rules! sql {
    ($name:literal) => {
        include_str!(concat!("../sql/", $name, ".sql"))
    };
}

/// A script for SQL Server, and its name in the journal of migrations.
pub(crate) struct Script {
    pub(crate) name: &'static str,
    /// The text as it was released. The journal holds its checksum, which other releases of the program verify.
    released: &'static str,
    /// The text to run in its place, with the same effect, where the released one is not understood by every server.
    portable: Option<&'static str>,
}

macro_rules! script {
    ($name:literal) => {
        Script { name: $name, released: sql!($name), portable: None }
    };
    ($name:literal, run $portable:literal) => {
        Script { name: $name, released: sql!($name), portable: Some(sql!($portable)) }
    };
}

/// The schema on SQL Server, in the order in which the scripts are applied.
pub(crate) const SQL_SERVER: &[Script] = &[
    script!("schema/001_books"),
    script!("schema/002_unicode", run "portable/002_unicode"),
    script!("schema/003_version_and_request", run "portable/003_version_and_request"),
    script!("schema/004_indexes"),
    script!("schema/005_entries"),
    script!("schema/006_role"),
    script!("schema/007_version_index"),
    script!("schema/008_book_rows"),
    script!("schema/009_creator_unicode"),
    script!("schema/010_sort_indexes"),
];

/// The eight books on SQL Server.
pub(crate) const SQL_SERVER_SEED: &[Script] = &[script!("seed/001_books")];

/// The schema of the embedded store: script n brings a file from version n to version n + 1.
pub(crate) const EMBEDDED: &[&str] = &[
    sql!("embedded/schema/001_books"),
    concat!(sql!("embedded/schema/002_set_aside"), sql!("embedded/schema/001_books"), sql!("embedded/schema/002_utc")),
    sql!("embedded/schema/003_search"),
];

/// The eight books of the embedded store.
pub(crate) const EMBEDDED_SEED: &str = sql!("embedded/seed");

impl Script {
    /// Splits the text to run at its lines `GO`.
    pub(crate) fn batches(&self) -> impl Iterator<Item = &'static str> {
        self.portable.unwrap_or(self.released).split("\nGO\n").filter(|batch| !batch.trim().is_empty())
    }

    /// The SHA-256 of the released text, comments included, in hexadecimal digits.
    pub(crate) fn checksum(&self) -> String {
        Sha256::digest(self.released).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn script_is_split_at_go_lines_only() {
        let sql = "CREATE ROLE a;\nGO\nGRANT SELECT ON GOODS TO a;\nGO\n";
        let batches: Vec<_> = Script { name: "test", released: sql, portable: None }.batches().collect();
        assert_eq!(batches, ["CREATE ROLE a;", "GRANT SELECT ON GOODS TO a;"]);
    }

    /// Databases remember these checksums: a script that was released must never change, not even in a comment.
    #[test]
    fn released_scripts_keep_their_checksums() {
        let released = [
            ("schema/001_books", "affd71d28571f421"),
            ("schema/002_unicode", "d6dc5ccca056eff8"),
            ("schema/003_version_and_request", "42baa1e8f1f07162"),
            ("schema/004_indexes", "1c4f1a91c5eab6be"),
            ("schema/005_entries", "06a89ddfcc3dbb0f"),
            ("schema/006_role", "3d4b9f2d3bcd20f7"),
            ("schema/007_version_index", "772d69c8d02abc2e"),
            ("schema/008_book_rows", "183905381783b37d"),
            ("seed/001_books", "33624cbd35862bcb"),
        ];
        for (name, checksum) in released {
            let script = SQL_SERVER.iter().chain(SQL_SERVER_SEED).find(|script| script.name == name);
            let current = script.map(Script::checksum).unwrap_or_default();
            assert!(
                current.starts_with(checksum),
                "{name} was released with another text: restore it, and add a new script"
            );
        }
    }
}
