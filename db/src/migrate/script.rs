//! What a migration sends: scripts that the journal knows, in batches, and the statements of `sql/admin`.

use sha2::{Digest, Sha256};

/// A script and the name that the journal knows it by.
pub(super) struct Script {
    pub(super) name: &'static str,
    pub(super) sql: &'static str,
}

macro_rules! admin {
    ($name:literal) => {
        include_str!(concat!("../../sql/admin/", $name, ".sql"))
    };
}
pub(super) use admin;

/// A script's batches: the texts between lines that say `GO`.
pub(super) fn batches(script: &str) -> impl Iterator<Item = &str> {
    script.split("\nGO\n").filter(|batch| !batch.trim().is_empty())
}

pub(super) fn checksum(script: &str) -> String {
    Sha256::digest(script).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_cut_at_lines_that_say_go() {
        let cut: Vec<_> = batches("CREATE ROLE a;\nGO\nGRANT SELECT ON GOODS TO a;\nGO\n").collect();
        assert_eq!(cut, ["CREATE ROLE a;", "GRANT SELECT ON GOODS TO a;"]);
    }
}
