//! What depends on a column: its default and its indexes. SQL Server changes no type under them.

use super::{Translator, quote_identifier};
use crate::error::SqlError;
use crate::store::catalog::{self, CatalogObject, ColumnDefinition};
use rusqlite::OptionalExtension;
use sqlparser::ast::{Expr, ObjectName};

impl Translator<'_> {
    /// ALTER TABLE … ADD CONSTRAINT … DEFAULT … FOR …
    pub(crate) fn add_default(
        &mut self,
        table: &ObjectName,
        name: &str,
        value: &Expr,
        column: &str,
    ) -> Result<(), SqlError> {
        let object = self.own_table(table)?;
        if object.column(column)?.default_value.is_some() {
            return Err(SqlError::new(1781, 16, "Column already has a DEFAULT bound to it."));
        }
        self.default_value(&value.to_string())?;
        let sql = "UPDATE stand_in_column SET default_name = ?3, default_value = ?4 WHERE object = ?1 AND name = ?2";
        self.connection.execute(sql, (object.id, column, name, value.to_string()))?;
        Ok(())
    }

    /// ALTER TABLE … DROP CONSTRAINT, of a default.
    pub(crate) fn drop_constraint(&mut self, table: &ObjectName, name: &str) -> Result<(), SqlError> {
        let object = self.own_table(table)?;
        let sql = "UPDATE stand_in_column SET default_name = NULL, default_value = NULL
                   WHERE object = ?1 AND default_name = ?2 COLLATE NOCASE";
        if self.connection.execute(sql, (object.id, name))? > 0 {
            return Ok(());
        }
        let keys = "SELECT EXISTS (SELECT 1 FROM stand_in_key WHERE object = ?1 AND name = ?2)";
        if self.connection.query_row(keys, (object.id, name), |row| row.get(0))? {
            return Err(SqlError::unsupported("DROP CONSTRAINT of a key"));
        }
        Err(SqlError::new(3728, 16, format!("'{name}' is not a constraint.")))
    }

    /// DROP INDEX … ON …
    pub(crate) fn drop_index(&mut self, table: &ObjectName, name: &str) -> Result<(), SqlError> {
        let object = self.own_table(table)?;
        let sql = "DELETE FROM stand_in_key WHERE object = ?1 AND name = ?2 AND kind IN ('INDEX', 'UNIQUE INDEX')
                   RETURNING name";
        let dropped: Option<String> = self.connection.query_row(sql, (object.id, name), |row| row.get(0)).optional()?;
        let Some(dropped) = dropped else {
            let table = &object.name;
            let text = "because it does not exist or you do not have permission.";
            let text = format!("Cannot drop the index '{table}.{name}', {text}");
            return Err(SqlError { state: 7, ..SqlError::new(3701, 11, text) });
        };
        self.run(&format!("DROP INDEX {}", quote_identifier(&format!("{}.{dropped}", object.name))))
    }

    /// Refuses a change of type under a default or an index.
    pub(super) fn require_no_dependents(
        &self,
        table: &CatalogObject,
        old: &ColumnDefinition,
        new: &ColumnDefinition,
    ) -> Result<(), SqlError> {
        if old.sql_type.base_name() == new.sql_type.base_name() {
            return Ok(());
        }
        let index = catalog::keys_on(self.connection, table.id, &old.name)?.into_iter().next();
        let (kind, name) = match (&old.default_name, index) {
            (Some(default), _) => ("object", default.clone()),
            (None, Some(index)) => ("index", index),
            (None, None) => return Ok(()),
        };
        let text = format!("The {kind} '{name}' is dependent on column '{}'.", old.name);
        Err(SqlError::new(5074, 16, text))
    }
}
