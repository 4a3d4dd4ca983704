//! CREATE, ALTER and DROP of tables, indexes and views: the change in SQLite and the note in the catalogue.

use super::super::catalog::{self, Column, Object, ObjectKind};
use super::super::error::SqlError;
use super::super::security::{self, cannot};
use super::super::types::{COLLATION, SqlType};
use super::write::stored;
use super::{Name, Relation, Translator, Typed, name, only_if};
use sqlparser::ast::{
    ColumnDef, ColumnOption, CreateIndex, CreateTable, CreateView, Expr, IdentityPropertyFormatKind,
    IdentityPropertyKind, IndexColumn, ObjectName, ObjectType, SelectItem, SetExpr, TableConstraint,
};
use sqlparser::{dialect::MsSqlDialect, parser::Parser};

/// A key that a table is declared with.
struct Key {
    name: String,
    kind: &'static str,
    columns: Vec<String>,
}

/// What the definitions of columns say beside the columns.
#[derive(Default)]
struct Constraints {
    keys: Vec<Key>,
    checks: Vec<(String, Expr)>,
}

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

    pub(crate) fn create_view(&mut self, view: &CreateView) -> Result<(), SqlError> {
        only_if(!view.or_alter && !view.materialized && view.to.is_none(), "this form of CREATE VIEW")?;
        if view.or_replace || view.if_not_exists || view.temporary {
            return Err(SqlError::syntax("OR"));
        }
        let title = self.new_object(&view.name, "CREATE VIEW")?;
        let Relation { sql, mut columns } = self.query(&view.query)?;
        let names: Vec<_> = view.columns.iter().map(|column| column.name.value.clone()).collect();
        super::query::rename(&mut columns, &names, &title)?;
        let under = self.updatable(&view.query.body, columns.len())?;
        let id = catalog::add(self.connection, &title, ObjectKind::View, under.as_ref().map(|table| table.0.id))?;
        for (i, column) in columns.iter().enumerate() {
            let base = under.as_ref().map(|(table, bases)| table.column(&bases[i])).transpose()?;
            let shown = Column {
                name: column.name.clone(),
                sql_type: column.sql_type,
                nullable: base.is_none_or(|base| base.nullable),
                identity: base.is_some_and(|base| base.identity),
                default_name: None,
                default_value: None,
                base: base.map(|base| base.name.clone()),
            };
            catalog::put_column(self.connection, id, &shown)?;
        }
        let places: Vec<_> = columns.iter().map(|column| name(&column.name)).collect();
        self.run(&format!("CREATE VIEW {} ({}) AS {sql}", name(&title), places.join(", ")))
    }

    /// The table and its columns, if the view shows plain columns of one table and all of its rows.
    fn updatable(&mut self, body: &SetExpr, width: usize) -> Result<Option<(Object, Vec<String>)>, SqlError> {
        let SetExpr::Select(select) = body else { return Ok(None) };
        let [from] = select.from.as_slice() else { return Ok(None) };
        let sqlparser::ast::TableFactor::Table { name: table, .. } = &from.relation else { return Ok(None) };
        let whole =
            from.joins.is_empty() && select.selection.is_none() && select.distinct.is_none() && select.top.is_none();
        let table = Name::of(table, &self.facts.database)?;
        let Some(object) = catalog::find(self.connection, &table.object)? else { return Ok(None) };
        let columns: Option<Vec<_>> = select.projection.iter().map(plain_column).collect();
        let fits = |columns: &Vec<String>| columns.len() == width && columns.iter().all(|it| object.column(it).is_ok());
        let columns = columns.filter(|columns| whole && object.kind == ObjectKind::Table && fits(columns));
        Ok(columns.map(|columns| (object, columns)))
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

    fn run(&self, sql: &str) -> Result<(), SqlError> {
        self.connection.execute(sql, []).map(drop).map_err(|error| catalog::explain(self.connection, error))
    }

    /// The name of an object that is about to be made in schema dbo.
    fn new_object(&self, written: &ObjectName, statement: &str) -> Result<String, SqlError> {
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

    /// A column as declared; its keys and checks are added to `constraints`.
    fn declared(&mut self, table: &str, column: &ColumnDef, constraints: &mut Constraints) -> Result<Column, SqlError> {
        let title = column.name.value.clone();
        let mut declared = Column {
            name: title.clone(),
            sql_type: SqlType::declared(&column.data_type)?,
            nullable: true,
            identity: false,
            default_name: None,
            default_value: None,
            base: None,
        };
        for option in &column.options {
            let named = option.name.as_ref().map(|name| name.value.clone());
            let key = |kind, prefix: &str| Key {
                name: named.clone().unwrap_or_else(|| format!("{prefix}_{table}_{title}")),
                kind,
                columns: vec![title.clone()],
            };
            match &option.option {
                ColumnOption::Null => declared.nullable = true,
                ColumnOption::NotNull => declared.nullable = false,
                ColumnOption::Identity(kind) => {
                    one_by_one(kind)?;
                    (declared.identity, declared.nullable) = (true, false);
                }
                ColumnOption::Default(value) => {
                    declared.default_value = Some(value.to_string());
                    self.default_value(&value.to_string())?;
                    declared.default_name = Some(named.unwrap_or_else(|| format!("DF_{table}_{title}")));
                }
                ColumnOption::PrimaryKey(_) => {
                    declared.nullable = false;
                    constraints.keys.push(key(catalog::PRIMARY_KEY, "PK"));
                }
                ColumnOption::Unique(_) => constraints.keys.push(key(catalog::UNIQUE_KEY, "UQ")),
                ColumnOption::Check(check) => {
                    let named = named.unwrap_or_else(|| format!("CK_{table}_{title}"));
                    constraints.checks.push((named, (*check.expr).clone()));
                }
                other => return Err(SqlError::unsupported(format_args!("{other} of a column"))),
            }
        }
        Ok(declared)
    }

    /// The value of a default, which is T-SQL in the catalogue.
    pub(super) fn default_value(&mut self, default: &str) -> Result<Typed, SqlError> {
        let parsed = Parser::new(&MsSqlDialect {}).try_with_sql(default).and_then(|mut parser| parser.parse_expr());
        let expr = parsed.map_err(|_| SqlError::syntax(default))?;
        self.scoped(super::Scope::default(), |this| this.scalar(&expr))
    }

    /// A condition on the columns of one table, as CHECK has it.
    fn over_columns(&mut self, table: &Object, condition: &Expr) -> Result<String, SqlError> {
        let reachable = |column: &Column| super::Reachable {
            name: column.name.clone(),
            typed: Typed::new(name(&column.name), column.sql_type),
        };
        let source =
            super::Source { alias: table.name.clone(), columns: table.columns.iter().map(reachable).collect() };
        let scope = super::Scope { sources: vec![source], ..super::Scope::default() };
        self.scoped(scope, |this| this.predicate(condition))
    }
}

/// A column in SQLite. It has no type there, so nothing is converted unseen; NULL is refused by `tsql_store`.
fn storage(column: &Column) -> String {
    let title = name(&column.name);
    match column.sql_type {
        _ if column.identity => format!("{title} INTEGER PRIMARY KEY AUTOINCREMENT"),
        SqlType::Text { .. } => format!("{title} COLLATE {COLLATION}"),
        _ => title,
    }
}

fn one_by_one(identity: &IdentityPropertyKind) -> Result<(), SqlError> {
    let IdentityPropertyKind::Identity(property) = identity else { return Err(SqlError::syntax(identity)) };
    match &property.parameters {
        None => Ok(()),
        Some(IdentityPropertyFormatKind::FunctionCall(parameters)) => {
            let one = |expr: &Expr| expr.to_string() == "1";
            only_if(one(&parameters.seed) && one(&parameters.increment), "IDENTITY other than (1, 1)")
        }
        Some(IdentityPropertyFormatKind::StartAndIncrement(_)) => Err(SqlError::syntax("START")),
    }
}

fn table_constraint(table: &str, constraint: &TableConstraint, all: &mut Constraints) -> Result<(), SqlError> {
    let key = |named: &Option<sqlparser::ast::Ident>, kind, prefix: &str, columns: &[IndexColumn]| {
        let columns = column_names(columns)?;
        let name =
            named.as_ref().map_or_else(|| format!("{prefix}_{table}_{}", columns.join("_")), |it| it.value.clone());
        Ok::<_, SqlError>(Key { name, kind, columns })
    };
    match constraint {
        TableConstraint::PrimaryKey(it) => all.keys.push(key(&it.name, catalog::PRIMARY_KEY, "PK", &it.columns)?),
        TableConstraint::Unique(it) => all.keys.push(key(&it.name, catalog::UNIQUE_KEY, "UQ", &it.columns)?),
        TableConstraint::Check(it) => {
            let name = it.name.as_ref().map_or_else(|| format!("CK_{table}"), |name| name.value.clone());
            all.checks.push((name, (*it.expr).clone()));
        }
        other => return Err(SqlError::unsupported(format_args!("{other}"))),
    }
    Ok(())
}

fn column_names(columns: &[IndexColumn]) -> Result<Vec<String>, SqlError> {
    let plain = |column: &IndexColumn| match &column.column.expr {
        Expr::Identifier(ident) => Ok(ident.value.clone()),
        other => Err(SqlError::syntax(other)),
    };
    columns.iter().map(plain).collect()
}

fn plain_column(item: &SelectItem) -> Option<String> {
    let (SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) = item else { return None };
    match expr {
        Expr::Identifier(ident) => Some(ident.value.clone()),
        Expr::CompoundIdentifier(parts) => parts.last().map(|part| part.value.clone()),
        _ => None,
    }
}
