//! CREATE, ALTER and DROP of tables and indexes: the change in SQLite and the note in the catalogue.

use super::super::catalog::{self, Column, Object, ObjectKind};
use super::super::error::SqlError;
use super::super::security::{self, cannot};
use super::super::types::COLLATION;
use super::columns::{Constraints, Key, column_names, storage, table_constraint};
use super::write::stored;
use super::{Name, Translator, Typed, name, only_if};
use sqlparser::ast::{ColumnDef, CreateIndex, CreateTable, ObjectName, ObjectType, TableConstraint};

impl Translator<'_> {
    pub(crate) fn create_table(&mut self, table: &CreateTable) -> Result<(), SqlError> {
        only_if(table.query.is_none() && !table.temporary && !table.or_replace, "this form of CREATE TABLE")?;
        if table.if_not_exists {
            return Err(SqlError::syntax("IF"));
        }
        let title = self.new_object(&table.name, "CREATE TABLE")?;
        let mut constraints = Constraints::default();
        let columns = table.columns.iter().map(|column| self.declared(&title, column, &mut constraints));
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        for constraint in &table.constraints {
            table_constraint(&title, constraint, &mut constraints)?;
        }
        let id = catalog::add(self.connection, &title, ObjectKind::Table, None)?;
        for column in &columns {
            catalog::put_column(self.connection, id, column)?;
        }
        let object = Object { id, name: title, kind: ObjectKind::Table, base: None, columns };
        let mut parts: Vec<_> = object.columns.iter().map(storage).collect();
        for (check, condition) in &constraints.checks {
            parts.push(format!("CONSTRAINT {} CHECK ({})", name(check), self.over_columns(&object, condition)?));
        }
        self.run(&format!("CREATE TABLE {} ({})", name(&object.name), parts.join(", ")))?;
        constraints.keys.iter().try_for_each(|key| self.add_key(&object, key))
    }

    /// ALTER TABLE … ADD columns. The rows that are there get each column's default, evaluated for each row.
    pub(crate) fn add_columns(&mut self, table: &ObjectName, added: &[ColumnDef]) -> Result<(), SqlError> {
        let mut object = self.own_table(table)?;
        let filled: bool =
            self.connection
                .query_row(&format!("SELECT EXISTS (SELECT 1 FROM {})", name(&object.name)), [], |row| row.get(0))?;
        for definition in added {
            let mut constraints = Constraints::default();
            let column = self.declared(&object.name, definition, &mut constraints)?;
            only_if(!column.identity && constraints.checks.is_empty(), "IDENTITY or CHECK in ALTER TABLE … ADD")?;
            let (title, table) = (&column.name, &object.name);
            if object.column(title).is_ok() {
                let text = "Column names in each table must be unique. Column name";
                let text = format!("{text} '{title}' in table 'dbo.{table}' is specified more than once.");
                return Err(SqlError::new(2705, 16, text));
            }
            if filled && !column.nullable && column.default_value.is_none() {
                let text = "ALTER TABLE only allows columns to be added that can contain nulls, or have a DEFAULT definition \
                            specified. Column";
                let text = format!("{text} '{title}' cannot be added to non-empty table '{table}'.");
                return Err(SqlError::new(4901, 16, text));
            }
            self.run(&format!("ALTER TABLE {} ADD COLUMN {}", name(table), storage(&column)))?;
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

    /// ALTER TABLE … ALTER COLUMN: another type, with the values converted; NULL or NOT NULL as written.
    pub(crate) fn alter_column(&mut self, table: &ObjectName, definition: &ColumnDef) -> Result<(), SqlError> {
        let object = self.own_table(table)?;
        let old = object.column(&definition.name.value)?.clone();
        let mut constraints = Constraints::default();
        let new = self.declared(&object.name, definition, &mut constraints)?;
        only_if(
            new.default_value.is_none() && !new.identity && constraints.keys.is_empty(),
            "constraints in ALTER COLUMN",
        )?;
        let new = Column { name: old.name.clone(), identity: old.identity, ..new };
        self.fill(&object.name, &new, &Typed::new(name(&old.name), old.sql_type))?;
        catalog::put_column(self.connection, object.id, &new)
    }

    fn fill(&mut self, table: &str, column: &Column, value: &Typed) -> Result<(), SqlError> {
        let value = stored(&self.facts.database, value, table, column);
        self.run(&format!("UPDATE {} SET {} = {value}", name(table), name(&column.name)))
    }

    pub(crate) fn add_constraint(&mut self, table: &ObjectName, constraint: &TableConstraint) -> Result<(), SqlError> {
        let object = self.own_table(table)?;
        let mut constraints = Constraints::default();
        table_constraint(&object.name, constraint, &mut constraints)?;
        only_if(constraints.checks.is_empty(), "ALTER TABLE … ADD CHECK")?;
        constraints.keys.iter().try_for_each(|key| self.add_key(&object, key))
    }

    pub(crate) fn create_index(&mut self, index: &CreateIndex) -> Result<(), SqlError> {
        let foreign =
            index.using.is_some() || index.concurrently || index.if_not_exists || index.nulls_distinct.is_some();
        only_if(!foreign && index.with.is_empty() && index.index_options.is_empty(), "this form of CREATE INDEX")?;
        only_if(index.predicate.is_none(), "filtered indexes")?;
        let title = index.name.as_ref().ok_or_else(|| SqlError::syntax("ON"))?;
        let object = self.own_table(&index.table_name)?;
        let kind = if index.unique { catalog::UNIQUE_INDEX } else { catalog::INDEX };
        let title = Name::of(title, &self.facts.database)?.object;
        self.add_key(&object, &Key { name: title, kind, columns: column_names(&index.columns)? })
    }

    fn add_key(&mut self, object: &Object, key: &Key) -> Result<(), SqlError> {
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
                    // SQLite takes NULLs for different, SQL Server for equal.
                    _ => SqlError::unsupported("a unique key over a column that can be NULL"),
                });
            }
            let collation = if column.sql_type.is_text() { format!(" COLLATE {COLLATION}") } else { String::new() };
            places.push(format!("{}{collation}", name(&column.name)));
            titles.push(column.name.clone());
        }
        catalog::add_key(self.connection, object, &key.name, key.kind, &titles)?;
        let unique = if key.kind == catalog::INDEX { "" } else { "UNIQUE " };
        let index = name(&format!("{}.{}", object.name, key.name));
        let sql = format!("CREATE {unique}INDEX {index} ON {} ({})", name(&object.name), places.join(", "));
        self.run(&sql).map_err(|error| match error.number {
            2601 | 2627 | 8180 if key.kind != catalog::INDEX => {
                let text = "The CREATE UNIQUE INDEX statement terminated because a duplicate key was found for the object name";
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
            let title = Name::of(written, &self.facts.database)?;
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
            if !security::owns(self.connection, &self.facts.user)? {
                return Err(cannot("drop", word, &object.name));
            }
            self.run(&format!("DROP {word} {}", name(&object.name)))?;
            self.connection.execute("DELETE FROM stand_in_object WHERE id = ?1", [object.id])?;
        }
        Ok(())
    }

    pub(super) fn run(&self, sql: &str) -> Result<(), SqlError> {
        self.connection.execute(sql, []).map(drop).map_err(|error| catalog::explain(self.connection, error))
    }

    /// The name of an object that is about to be made in schema dbo.
    pub(super) fn new_object(&self, written: &ObjectName, statement: &str) -> Result<String, SqlError> {
        let title = Name::of(written, &self.facts.database)?;
        if !security::owns(self.connection, &self.facts.user)? {
            let text = format!("{statement} permission denied in database '{}'.", self.facts.database);
            return Err(SqlError::new(262, 14, text));
        }
        if !title.is_dbo() || title.object.starts_with('#') {
            return Err(SqlError::unsupported(format_args!(
                "'{written}': objects outside schema dbo, and temporary tables"
            )));
        }
        Ok(title.object)
    }

    fn own_table(&self, written: &ObjectName) -> Result<Object, SqlError> {
        let title = Name::of(written, &self.facts.database)?;
        let object = if title.is_dbo() { catalog::find(self.connection, &title.object)? } else { None };
        let owned = security::owns(self.connection, &self.facts.user)?;
        object.filter(|object| owned && object.kind == ObjectKind::Table).ok_or_else(|| {
            let text = format!(
                "Cannot find the object \"{written}\" because it does not exist or you do not have permissions."
            );
            SqlError::new(1088, 16, text)
        })
    }
}
