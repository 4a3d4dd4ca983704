//! SQL functions and a collation that the schema needs and SQLite does not have.

use std::cmp::Ordering;
use std::sync::Arc;

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

use crate::search::search_key;

/// Registers `suser_sname()`, `fold(text)` and the collation `caseless`.
pub(super) fn register(connection: &Connection, login: Arc<str>) -> rusqlite::Result<()> {
    let pure = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function(c"suser_sname", 0, pure, move |_| Ok(login.to_string()))?;
    connection.create_scalar_function(c"fold", 1, pure, |context| {
        let text = context.get_raw(0).as_str();
        text.map(search_key).map_err(|error| rusqlite::Error::UserFunctionError(Box::new(error)))
    })?;
    connection.create_collation(c"caseless", compare)
}

/// Compares without case, as SQL Server's default collation does.
pub(super) fn compare(left: &str, right: &str) -> Ordering {
    let folded = |text| str::chars(text).flat_map(char::to_lowercase);
    folded(left).cmp(folded(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collation_ignores_case() {
        assert_eq!(compare("emma", "EMMA"), Ordering::Equal);
        assert_eq!(compare("Émile", "émile"), Ordering::Equal);
        assert_eq!(compare("Война", "МИР"), Ordering::Less);
    }
}
