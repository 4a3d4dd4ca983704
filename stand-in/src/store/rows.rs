//! Rows as values: reading and writing them by their row id, and the resources that they lock.

use super::catalog;
use super::collation::Weights;
use super::quoting::quote_identifier;
use super::row_locks::{Changes, Resource};
use super::stored_values::StoredValues;
use crate::error::SqlError;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params_from_iter};
use std::iter;

/// What must be known of a table to copy its rows.
pub(crate) struct TableShape {
    table: String,
    columns: Vec<String>,
    /// Whether a column is the row id, as an identity column is.
    pub(crate) names_row_id: bool,
    /// Unique indexes, with the positions of their columns.
    unique: Vec<(String, Vec<usize>)>,
}

impl TableShape {
    pub(crate) fn of(connection: &Connection, table: &str) -> Result<Self, SqlError> {
        let mut info =
            connection.prepare_cached("SELECT name, pk = 1 AND type = 'INTEGER' FROM pragma_table_info(?1)")?;
        let info = info.query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let info = info.collect::<rusqlite::Result<Vec<(String, bool)>>>()?;
        let names_row_id = info.iter().any(|(_, is_row_id)| *is_row_id);
        let columns: Vec<_> = info.into_iter().map(|(name, _)| name).collect();
        let mut keys = connection.prepare_cached(
            r#"SELECT l.name, i.name FROM pragma_index_list(?1) AS l, pragma_index_info(l.name) AS i WHERE l."unique""#,
        )?;
        let keys = keys.query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut unique: Vec<(String, Vec<usize>)> = Vec::new();
        for key in keys {
            let (index, column): (String, Option<String>) = key?;
            let Some(position) = columns.iter().position(|name| Some(name) == column.as_ref()) else { continue };
            match unique.last_mut() {
                Some((last, positions)) if *last == index => positions.push(position),
                _ => unique.push((index, vec![position])),
            }
        }
        Ok(Self { table: table.to_owned(), columns, names_row_id, unique })
    }

    /// The values of a row; none if there is no such row.
    pub(crate) fn row(&self, connection: &Connection, row_id: i64) -> Result<Option<Vec<Value>>, SqlError> {
        let columns: Vec<_> = self.columns.iter().map(|name| quote_identifier(name)).collect();
        let sql = format!("SELECT {} FROM {} WHERE rowid = ?1", columns.join(", "), quote_identifier(&self.table));
        let values = |row: &rusqlite::Row<'_>| (0..columns.len()).map(|at| row.get(at)).collect();
        Ok(connection.prepare_cached(&sql)?.query_row([row_id], values).optional()?)
    }

    /// The keys of a row in the unique indexes. A key with a NULL is in no index that the stand-in creates.
    pub(crate) fn keys(&self, row: &[Value]) -> impl Iterator<Item = Resource> {
        self.unique.iter().filter_map(move |(index, positions)| {
            let values: Option<Vec<_>> = positions.iter().map(|at| row.get(*at).and_then(key_text)).collect();
            Some(Resource::Key { index: index.clone(), key: values?.join("\u{1}") })
        })
    }

    fn write(&self, connection: &Connection, row_id: i64, row: &[Value]) -> rusqlite::Result<()> {
        let table = quote_identifier(&self.table);
        let columns: Vec<_> = self.columns.iter().map(|name| quote_identifier(name)).collect();
        let set: Vec<_> = columns.iter().map(|name| format!("{name} = ?")).collect();
        let id = Value::Integer(row_id);
        let update = format!("UPDATE {table} SET {} WHERE rowid = ?", set.join(", "));
        if connection.prepare_cached(&update)?.execute(params_from_iter(row.iter().chain(iter::once(&id))))? > 0 {
            return Ok(());
        }
        let marks = vec!["?"; columns.len()].join(", ");
        let (insert, id) = if self.names_row_id {
            (format!("INSERT INTO {table} ({}) VALUES ({marks})", columns.join(", ")), None)
        } else {
            (format!("INSERT INTO {table} ({}, rowid) VALUES ({marks}, ?)", columns.join(", ")), Some(&id))
        };
        connection.prepare_cached(&insert)?.execute(params_from_iter(row.iter().chain(id))).map(drop)
    }
}

/// A value of a key; keys of text ignore case, so that no two equal keys differ.
fn key_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Text(text) => Some(format!("{:?}", Weights::of(text))),
        other => Some(format!("{other:?}")),
    }
}

/// The values of a row with the types of its columns.
fn stored(connection: &Connection, table: &str, row: &[Value]) -> StoredValues {
    let columns = catalog::find(connection, table).ok().flatten().map(|object| object.columns).unwrap_or_default();
    StoredValues::of(|| {
        for (column, value) in columns.iter().zip(row) {
            StoredValues::note(&column.name, value, column.sql_type);
        }
    })
}

/// Writes changed rows.
///
/// # Errors
/// 2601 or 2627 if a key is in use.
pub(crate) fn apply(connection: &Connection, changes: &Changes) -> Result<(), SqlError> {
    for ((table, row_id), _) in changes.iter().filter(|(_, row)| row.is_none()) {
        let delete = format!("DELETE FROM {} WHERE rowid = ?1", quote_identifier(table));
        connection.prepare_cached(&delete)?.execute([row_id])?;
    }
    for ((table, row_id), row) in changes {
        let Some(row) = row else { continue };
        let written = TableShape::of(connection, table)?.write(connection, *row_id, row);
        written.map_err(|error| catalog::constraint_error(connection, error, &stored(connection, table, row)))?;
    }
    Ok(())
}
