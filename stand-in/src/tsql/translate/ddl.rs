//! CREATE, ALTER and DROP of tables and indexes: changes SQLite's schema and records the change in the catalog.

use super::columns::{ConstraintDefinitions, KeyDefinition, column_names, column_sql, table_constraint};
use super::write::store_call;
use super::{ObjectPath, Translator, TypedSql, quote_identifier, require_supported};
use crate::error::SqlError;
use crate::store::catalog::{self, CatalogObject, ColumnDefinition, ObjectKind};
use crate::store::permissions::{self, not_found_or_denied};
use crate::store::stored_values::StoredValues;
use crate::types::COLLATION;
use sqlparser::ast::{ColumnDef, CreateIndex, CreateTable, ObjectName, ObjectType, TableConstraint};

impl Translator<'_> {
    pub(crate) fn create_table(&mut self, table: &CreateTable) -> Result<(), SqlError> {
        require_supported(
            table.query.is_none() && !table.temporary && !table.or_replace,
            "CREATE TABLE with AS, OR REPLACE or TEMPORARY",
        )?;
        if table.if_not_exists {
            return Err(SqlError::syntax("IF"));
        }
        let title = self.new_object(&table.name, "CREATE TABLE")?;
        let mut constraints = ConstraintDefinitions::default();
        let columns = table.columns.iter().map(|column| self.declare_column(&title, column, &mut constraints));
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        for constraint in &table.constraints {
            table_constraint(&title, constraint, &mut constraints)?;
        }
        let id = catalog::add(self.connection, &title, ObjectKind::Table, None)?;
        for column in &columns {
            catalog::put_column(self.connection, id, column)?;
        }
        let object = CatalogObject { id, name: title, kind: ObjectKind::Table, base: None, columns };
        let mut parts: Vec<_> = object.columns.iter().map(column_sql).collect();
        for (check, condition) in &constraints.checks {
            parts.push(format!(
                "CONSTRAINT {} CHECK ({})",
                quote_identifier(check),
                self.over_columns(&object, condition)?
            ));
        }
        self.run(&format!("CREATE TABLE {} ({})", quote_identifier(&object.name), parts.join(", ")))?;
        constraints.keys.iter().try_for_each(|key| self.add_key(&object, key))
    }

    /// ALTER TABLE … ADD columns. Existing rows get the column's default, evaluated per row.
    pub(crate) fn add_columns(&mut self, table: &ObjectName, added: &[ColumnDef]) -> Result<(), SqlError> {
        let mut object = self.own_table(table)?;
        let filled: bool = self.connection.query_row(
            &format!("SELECT EXISTS (SELECT 1 FROM {})", quote_identifier(&object.name)),
            [],
            |row| row.get(0),
        )?;
        for definition in added {
            let mut constraints = ConstraintDefinitions::default();
            let column = self.declare_column(&object.name, definition, &mut constraints)?;
            require_supported(
                !column.identity && constraints.checks.is_empty(),
                "IDENTITY and CHECK in ALTER TABLE … ADD",
            )?;
            let (title, table) = (&column.name, &object.name);
            if object.column(title).is_ok() {
                let text = "Column names in each table must be unique. Column name";
                let text = format!("{text} '{title}' in table 'dbo.{table}' is specified more than once.");
                return Err(SqlError::new(2705, 16, text));
            }
            if filled && !column.nullable && column.default_value.is_none() {
                let text = "ALTER TABLE only allows columns to be added that can contain nulls, or have a DEFAULT \
                    definition specified. Column";
                let text = format!("{text} '{title}' cannot be added to non-empty table '{table}'.");
                return Err(SqlError::new(4901, 16, text));
            }
            self.run(&format!("ALTER TABLE {} ADD COLUMN {}", quote_identifier(table), column_sql(&column)))?;
            if let (false, Some(default)) = (column.nullable, &column.default_value) {
                let value = self.default_value(default)?;
                self.fill(table, &column, &value)?;
            }
            catalog::put_column(self.connection, object.id, &column)?;
            object.columns.push(column);
            constraints.keys.iter().try_for_each(|key| self.add_key(&object, key))?;
        }
        Ok(())
    }

    /// ALTER TABLE … ALTER COLUMN: converts the values to the new type and checks NOT NULL.
    pub(crate) fn alter_column(&mut self, table: &ObjectName, definition: &ColumnDef) -> Result<(), SqlError> {
        let object = self.own_table(table)?;
        let old = object.column(&definition.name.value)?.clone();
        let mut constraints = ConstraintDefinitions::default();
        let new = self.declare_column(&object.name, definition, &mut constraints)?;
        require_supported(
            new.default_value.is_none() && !new.identity && constraints.keys.is_empty(),
            "constraints in ALTER COLUMN",
        )?;
        let new = ColumnDefinition { name: old.name.clone(), identity: old.identity, ..new };
        self.require_no_dependents(&object, &old, &new)?;
        self.fill(&object.name, &new, &TypedSql::new(quote_identifier(&old.name), old.sql_type))?;
        catalog::put_column(self.connection, object.id, &new)
    }

    fn fill(&mut self, table: &str, column: &ColumnDefinition, value: &TypedSql) -> Result<(), SqlError> {
        let value = store_call(&self.context.database, value, table, column);
        self.run(&format!("UPDATE {} SET {} = {value}", quote_identifier(table), quote_identifier(&column.name)))
    }

    pub(crate) fn add_constraint(&mut self, table: &ObjectName, constraint: &TableConstraint) -> Result<(), SqlError> {
        let object = self.own_table(table)?;
        let mut constraints = ConstraintDefinitions::default();
        table_constraint(&object.name, constraint, &mut constraints)?;
        require_supported(constraints.checks.is_empty(), "ALTER TABLE … ADD CHECK")?;
        constraints.keys.iter().try_for_each(|key| self.add_key(&object, key))
    }

    pub(crate) fn create_index(&mut self, index: &CreateIndex) -> Result<(), SqlError> {
        let has_foreign_clause =
            index.using.is_some() || index.concurrently || index.if_not_exists || index.nulls_distinct.is_some();
        require_supported(
            !has_foreign_clause && index.with.is_empty() && index.index_options.is_empty(),
            "options of CREATE INDEX",
        )?;
        require_supported(index.predicate.is_none(), "filtered indexes")?;
        let title = index.name.as_ref().ok_or_else(|| SqlError::syntax("ON"))?;
        let object = self.own_table(&index.table_name)?;
        let kind = if index.unique { catalog::UNIQUE_INDEX } else { catalog::INDEX };
        let title = ObjectPath::of(title, &self.context.database)?.object;
        self.add_key(&object, &KeyDefinition { name: title, kind, columns: column_names(&index.columns)? })
    }

    fn add_key(&mut self, object: &CatalogObject, key: &KeyDefinition) -> Result<(), SqlError> {
        let mut places = Vec::new();
        let mut titles = Vec::new();
        for column in &key.columns {
            let column = object.column(column)?;
            if column.nullable && key.kind != catalog::INDEX {
                return Err(match key.kind {
                    catalog::PRIMARY_KEY => {
                        let table = &object.name;
                        let text =
                            format!("Cannot define PRIMARY KEY constraint on nullable column in table '{table}'.");
                        SqlError::new(8111, 16, text)
                    }
                    // For uniqueness, SQLite treats NULLs as different values, SQL Server as equal ones.
                    _ => SqlError::unsupported("a unique key over a column that can be NULL"),
                });
            }
            let collation = if column.sql_type.is_text() { format!(" COLLATE {COLLATION}") } else { String::new() };
            places.push(format!("{}{collation}", quote_identifier(&column.name)));
            titles.push(column.name.clone());
        }
        catalog::add_key(self.connection, object, &key.name, key.kind, &titles)?;
        let unique = if key.kind == catalog::INDEX { "" } else { "UNIQUE " };
        let index = quote_identifier(&format!("{}.{}", object.name, key.name));
        let sql = format!("CREATE {unique}INDEX {index} ON {} ({})", quote_identifier(&object.name), places.join(", "));
        self.run(&sql).map_err(|error| match error.number {
            2601 | 2627 | 8180 if key.kind != catalog::INDEX => {
                let text = "The CREATE UNIQUE INDEX statement terminated because a duplicate key was found for the \
                    object name";
                SqlError::new(1505, 16, format!("{text} 'dbo.{}' and the index name '{}'.", object.name, key.name))
            }
            _ => error,
        })
    }

    pub(crate) fn drop_objects(
        &mut self,
        kind: ObjectType,
        if_exists: bool,
        names: &[ObjectName],
    ) -> Result<(), SqlError> {
        let (wanted, word) = match kind {
            ObjectType::Table => (ObjectKind::Table, "table"),
            ObjectType::View => (ObjectKind::View, "view"),
            other => return Err(SqlError::unsupported(format_args!("DROP {other}"))),
        };
        for written in names {
            let title = ObjectPath::of(written, &self.context.database)?;
            let object = catalog::find(self.connection, &title.object)?;
            let Some(object) = object.filter(|object| object.kind == wanted && title.is_dbo()) else {
                if if_exists {
                    continue;
                }
                let text = format!(
                    "Cannot drop the {word} '{written}', because it does not exist or you do not have permission."
                );
                return Err(SqlError { state: 5, ..SqlError::new(3701, 11, text) });
            };
            if !permissions::is_owner(self.connection, &self.context.user)? {
                return Err(not_found_or_denied("drop", word, &object.name));
            }
            self.run(&format!("DROP {word} {}", quote_identifier(&object.name)))?;
            self.connection.execute("DELETE FROM stand_in_object WHERE id = ?1", [object.id])?;
        }
        Ok(())
    }

    pub(super) fn run(&self, sql: &str) -> Result<(), SqlError> {
        self.connection
            .execute(sql, [])
            .map(drop)
            .map_err(|error| catalog::constraint_error(self.connection, error, &StoredValues::default()))
    }

    /// Checks the right to create an object in schema dbo, and returns its name.
    pub(super) fn new_object(&self, written: &ObjectName, statement: &str) -> Result<String, SqlError> {
        let title = ObjectPath::of(written, &self.context.database)?;
        if !permissions::is_owner(self.connection, &self.context.user)? {
            let text = format!("{statement} permission denied in database '{}'.", self.context.database);
            return Err(SqlError::new(262, 14, text));
        }
        if !title.is_dbo() || title.object.starts_with('#') {
            return Err(SqlError::unsupported(format_args!(
                "'{written}': objects outside schema dbo, and temporary tables"
            )));
        }
        Ok(title.object)
    }

    pub(super) fn own_table(&self, written: &ObjectName) -> Result<CatalogObject, SqlError> {
        let title = ObjectPath::of(written, &self.context.database)?;
        let object = if title.is_dbo() { catalog::find(self.connection, &title.object)? } else { None };
        let owned = permissions::is_owner(self.connection, &self.context.user)?;
        object.filter(|object| owned && object.kind == ObjectKind::Table).ok_or_else(|| {
            let text = format!(
                "Cannot find the object \"{written}\" because it does not exist or you do not have permissions."
            );
            SqlError::new(1088, 16, text)
        })
    }
}
