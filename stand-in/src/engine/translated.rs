//! Translated statements and their rows.

use crate::error::SqlError;
use crate::store::catalog;
use crate::store::stored_values::StoredValues;
use crate::tsql::context::Variables;
use crate::tsql::translate::Relation;
use rusqlite::types::Value;
use rusqlite::{Connection, Statement as Prepared};

/// The rows of a result.
pub(super) type Rows = Vec<Vec<Value>>;

/// A translated statement with the values of its variables.
#[derive(Clone, Copy)]
pub(super) struct Translated<'a> {
    pub(super) sql: &'a str,
    /// 0 if it returns no rows.
    pub(super) columns: usize,
    pub(super) variables: &'a Variables,
}

impl<'a> Translated<'a> {
    pub(super) fn of(relation: &'a Relation, variables: &'a Variables) -> Self {
        Self { sql: &relation.sql, columns: relation.columns.len(), variables }
    }

    /// Runs it: its rows, and the number of rows that it returned or changed.
    pub(super) fn run(self, connection: &Connection) -> Result<(Rows, u64), SqlError> {
        self.attempt(connection).map_err(|error| {
            // The error does not have the values. The statement ended without effect, and fails at the same row again.
            let stored = match error.sqlite_error_code() {
                Some(rusqlite::ErrorCode::ConstraintViolation) => StoredValues::of(|| drop(self.attempt(connection))),
                _ => StoredValues::default(),
            };
            catalog::constraint_error(connection, error, &stored)
        })
    }

    fn attempt(self, connection: &Connection) -> rusqlite::Result<(Rows, u64)> {
        let mut prepared = connection.prepare(self.sql)?;
        bind(&mut prepared, self.variables)?;
        if self.columns == 0 {
            return Ok((Rows::new(), prepared.raw_execute()? as u64));
        }
        let mut rows = prepared.raw_query();
        let mut all = Rows::new();
        while let Some(row) = rows.next()? {
            all.push((0..self.columns).map(|at| row.get(at)).collect::<rusqlite::Result<_>>()?);
        }
        let count = all.len() as u64;
        Ok((all, count))
    }
}

/// Binds the variables that a statement names.
pub(super) fn bind(statement: &mut Prepared<'_>, variables: &Variables) -> Result<(), rusqlite::Error> {
    for index in 1..=statement.parameter_count() {
        let Some(variable) = statement.parameter_name(index).and_then(|name| variables.get(name)) else { continue };
        statement.raw_bind_parameter(index, &variable.value)?;
    }
    Ok(())
}
