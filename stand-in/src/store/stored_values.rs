//! The values that a failed statement tried to store, for the text of its error.

use super::collation;
use super::quoting::quote_identifier;
use crate::types::SqlType;
use crate::types::convert::convert;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use std::cell::RefCell;
use std::collections::BTreeMap;

thread_local! {
    static RECORD: RefCell<Option<StoredValues>> = const { RefCell::new(None) };
}

/// The values per column, in the order of the rows.
#[derive(Debug, Default)]
pub(crate) struct StoredValues(BTreeMap<String, Vec<StoredValue>>);

#[derive(Debug, Clone)]
struct StoredValue {
    value: Value,
    sql_type: SqlType,
}

impl StoredValues {
    /// Runs a statement and returns what it stored up to its end or its error.
    pub(crate) fn of(run: impl FnOnce()) -> Self {
        RECORD.set(Some(Self::default()));
        run();
        RECORD.take().unwrap_or_default()
    }

    /// Notes a value, if a statement is being recorded on this thread.
    pub(super) fn note(column: &str, value: &Value, sql_type: SqlType) {
        RECORD.with_borrow_mut(|record| {
            if let Some(Self(columns)) = record {
                let value = StoredValue { value: value.clone(), sql_type };
                columns.entry(column.to_owned()).or_default().push(value);
            }
        });
    }

    /// The duplicate key as SQL Server writes it, such as `(1, abc)`; `None` if it is not certain which row failed.
    pub(super) fn duplicate_key(&self, connection: &Connection, table: &str, columns: &[&str]) -> Option<String> {
        let values = columns.iter().map(|column| self.0.get(*column)).collect::<Option<Vec<_>>>()?;
        let rows = values.iter().map(|values| values.len()).max()?;
        // A constant is evaluated once.
        let key =
            |row: usize| values.iter().map(|values| values.get(row).or(values.first())).collect::<Option<Vec<_>>>();
        let keys = (0..rows).map(key).collect::<Option<Vec<_>>>()?;
        let taken = |at: &usize| {
            keys[..*at].iter().any(|earlier| earlier.iter().zip(&keys[*at]).all(|(a, b)| a.equals(b)))
                || is_stored(connection, table, columns, &keys[*at])
        };
        let failed = if rows == 1 { Some(0) } else { (0..rows).find(taken) };
        let texts: Vec<_> = keys[failed?].iter().map(|value| value.text()).collect();
        Some(format!("({})", texts.join(", ")))
    }
}

fn is_stored(connection: &Connection, table: &str, columns: &[&str], key: &[&StoredValue]) -> bool {
    let conditions: Vec<_> = columns.iter().map(|column| format!("{} = ?", quote_identifier(column))).collect();
    let sql = format!("SELECT EXISTS (SELECT 1 FROM {} WHERE {})", quote_identifier(table), conditions.join(" AND "));
    let values = params_from_iter(key.iter().map(|stored| &stored.value));
    connection.query_row(&sql, values, |row| row.get(0)).unwrap_or(false)
}

impl StoredValue {
    fn equals(&self, other: &Self) -> bool {
        match (&self.value, &other.value) {
            (Value::Text(a), Value::Text(b)) => collation::compare(a, b).is_eq(),
            (a, b) => a == b,
        }
    }

    fn text(&self) -> String {
        match convert(self.value.clone(), self.sql_type, SqlType::nvarchar(4000)) {
            Ok(Value::Text(text)) if self.sql_type == SqlType::Guid => text.to_lowercase(),
            Ok(Value::Text(text)) => text,
            _ => "<NULL>".to_owned(),
        }
    }
}
