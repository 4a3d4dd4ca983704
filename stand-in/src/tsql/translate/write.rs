//! INSERT, UPDATE and DELETE, on tables and through views of one table.

use super::names::column_reference;
use super::{
    ObjectPath, Relation, Scope, ScopeColumn, TableSource, Translator, TypedSql, last_part, quote_identifier,
    quote_literal, require_supported,
};
use crate::error::SqlError;
use crate::store::catalog::{self, CatalogObject, ColumnDefinition};
use crate::store::permissions::{self, Permission};
use crate::types::SqlType;
use crate::wire::columns::ResultColumn;
use sqlparser::ast::{
    Assignment, AssignmentTarget, Delete, Expr, FromTable, Insert, ObjectName, OutputClause, SetExpr, TableFactor,
    TableObject, TableWithJoins, Update,
};

/// What a statement writes to: the object named, and the table that holds the rows.
struct WriteTarget {
    named: CatalogObject,
    table: CatalogObject,
    alias: String,
}

impl WriteTarget {
    /// The table's column behind a column of the named object.
    fn column(&self, named: &str) -> Result<&ColumnDefinition, SqlError> {
        let column = self.named.column(named)?;
        self.table.column(column.base.as_deref().unwrap_or(&column.name))
    }

    fn source(&self, alias: &str, qualified: bool) -> Result<TableSource, SqlError> {
        let reachable = |column: &ColumnDefinition| {
            let base = &self.column(&column.name)?.name;
            let sql = if qualified { column_reference(&self.table.name, base) } else { quote_identifier(base) };
            Ok(ScopeColumn { name: column.name.clone(), typed: TypedSql::new(sql, column.sql_type) })
        };
        let columns = self.named.columns.iter().map(reachable).collect::<Result<_, SqlError>>()?;
        Ok(TableSource { alias: alias.to_owned(), columns })
    }
}

impl Translator<'_> {
    /// Translates an INSERT, and names the table that gets the rows if it has an identity column.
    pub(crate) fn insert(&mut self, insert: &Insert) -> Result<(Relation, Option<String>), SqlError> {
        let has_foreign_clause = insert.or.is_some()
            || insert.ignore
            || insert.overwrite
            || insert.by_name
            || insert.on.is_some()
            || insert.replace_into
            || insert.priority.is_some()
            || insert.returning.is_some()
            || !insert.assignments.is_empty()
            || insert.partitioned.is_some()
            || insert.settings.is_some()
            || insert.overriding.is_some()
            || insert.table_alias.is_some()
            || insert.has_table_keyword;
        if has_foreign_clause {
            return Err(SqlError::syntax(insert));
        }
        let TableObject::TableName(table) = &insert.table else { return Err(SqlError::syntax(&insert.table)) };
        let target = self.target(table, None, Permission::Insert)?;
        let source = insert.source.as_deref().ok_or_else(|| SqlError::unsupported("INSERT … DEFAULT VALUES"))?;
        let rows = self.ordered_query(source)?;
        let columns = named_columns(&target, &insert.columns)?;
        check_width(columns.len(), rows.columns.len(), matches!(&*source.body, SetExpr::Values(_)))?;
        let mut items = Vec::new();
        for (i, column) in columns.iter().enumerate() {
            if column.identity {
                let table = &target.table.name;
                let text = format!(
                    "Cannot insert explicit value for identity column in table '{table}' when IDENTITY_INSERT is set \
                     to OFF."
                );
                return Err(SqlError::new(544, 16, text));
            }
            let value = TypedSql::new(format!("c{i}"), rows.columns[i].sql_type);
            items.push((&column.name, self.store_call(&value, &target, column)));
        }
        for column in &target.table.columns {
            if !column.identity && !columns.iter().any(|named| named.name == column.name) {
                let value = self.default_of(column)?;
                items.push((&column.name, self.store_call(&value, &target, column)));
            }
        }
        let (output, columns) = self.output(insert.output.as_ref(), &target, "inserted")?;
        let places: Vec<_> = (0..rows.columns.len()).map(|i| format!("c{i}")).collect();
        let (into, values): (Vec<_>, Vec<_>) =
            items.into_iter().map(|(column, value)| (quote_identifier(column), value)).unzip();
        let sql = format!(
            "WITH s ({}) AS ({}) INSERT INTO {} ({}) SELECT {} FROM s WHERE true{output}",
            places.join(", "),
            rows.sql,
            quote_identifier(&target.table.name),
            into.join(", "),
            values.join(", "),
        );
        let has_identity = target.table.columns.iter().any(|column| column.identity);
        Ok((Relation { sql, columns }, has_identity.then_some(target.table.name)))
    }

    pub(crate) fn update(&mut self, update: &Update) -> Result<Relation, SqlError> {
        let has_foreign_clause = update.or.is_some()
            || update.returning.is_some()
            || update.limit.is_some()
            || !update.order_by.is_empty()
            || update.settings.is_some();
        if has_foreign_clause {
            return Err(SqlError::syntax(update));
        }
        require_supported(update.from.is_none(), "UPDATE … FROM")?;
        let target = self.target_of(&update.table, Permission::Update, update.selection.is_some())?;
        let source = target.source(&target.alias, true)?;
        let scope = Scope { sources: vec![source], ..Scope::default() };
        let (changes, filter) = self.scoped(scope, |this| {
            let changes = update.assignments.iter().map(|assignment| this.assignment(&target, assignment));
            Ok((changes.collect::<Result<Vec<_>, _>>()?, this.filter(update.selection.as_ref())?))
        })?;
        let (output, columns) = self.output(update.output.as_ref(), &target, "inserted")?;
        let sql = format!("UPDATE {} SET {}{filter}{output}", quote_identifier(&target.table.name), changes.join(", "));
        Ok(Relation { sql, columns })
    }

    pub(crate) fn delete(&mut self, delete: &Delete) -> Result<Relation, SqlError> {
        let has_foreign_clause = !delete.tables.is_empty()
            || delete.using.is_some()
            || delete.returning.is_some()
            || !delete.order_by.is_empty()
            || delete.limit.is_some()
            || delete.settings.is_some();
        if has_foreign_clause {
            return Err(SqlError::syntax(delete));
        }
        let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
        let [table] = from.as_slice() else { return Err(SqlError::unsupported("DELETE from several tables")) };
        let target = self.target_of(table, Permission::Delete, delete.selection.is_some())?;
        let scope = Scope { sources: vec![target.source(&target.alias, true)?], ..Scope::default() };
        let filter = self.scoped(scope, |this| this.filter(delete.selection.as_ref()))?;
        let (output, columns) = self.output(delete.output.as_ref(), &target, "deleted")?;
        Ok(Relation { sql: format!("DELETE FROM {}{filter}{output}", quote_identifier(&target.table.name)), columns })
    }

    fn filter(&mut self, condition: Option<&Expr>) -> Result<String, SqlError> {
        Ok(match condition {
            Some(condition) => format!(" WHERE {}", self.predicate(condition)?),
            None => String::new(),
        })
    }

    fn assignment(&mut self, target: &WriteTarget, assignment: &Assignment) -> Result<String, SqlError> {
        let AssignmentTarget::ColumnName(column) = &assignment.target else {
            return Err(SqlError::syntax(&assignment.target));
        };
        let column = target.column(&last_part(column))?;
        if column.identity {
            return Err(SqlError::new(8102, 16, format!("Cannot update identity column '{}'.", column.name)));
        }
        let value = self.scalar(&assignment.value)?;
        Ok(format!("{} = {}", quote_identifier(&column.name), self.store_call(&value, target, column)))
    }

    fn target_of(
        &mut self,
        table: &TableWithJoins,
        permission: Permission,
        reads: bool,
    ) -> Result<WriteTarget, SqlError> {
        require_supported(table.joins.is_empty(), "writing to a join")?;
        let TableFactor::Table { name, alias, args: None, .. } = &table.relation else {
            return Err(SqlError::syntax(&table.relation));
        };
        let target = self.target(name, alias.as_ref().map(|alias| alias.name.value.as_str()), permission)?;
        if reads {
            permissions::require(
                self.connection,
                &self.context.user,
                &self.context.database,
                &target.named,
                Permission::Select,
            )?;
        }
        Ok(target)
    }

    fn target(
        &mut self,
        written: &ObjectName,
        alias: Option<&str>,
        permission: Permission,
    ) -> Result<WriteTarget, SqlError> {
        let object = ObjectPath::of(written, &self.context.database)?;
        let named = if object.is_dbo() { catalog::find(self.connection, &object.object)? } else { None };
        let named = named.ok_or_else(|| SqlError::invalid_object(written))?;
        permissions::require(self.connection, &self.context.user, &self.context.database, &named, permission)?;
        let table = match (named.kind, named.base) {
            (catalog::ObjectKind::Table, _) => named.clone(),
            (catalog::ObjectKind::View, Some(base)) => {
                catalog::by_id(self.connection, base)?.ok_or_else(|| SqlError::invalid_object(&named.name))?
            }
            (catalog::ObjectKind::View, None) => {
                return Err(SqlError::unsupported(format_args!("writing through the view '{}'", named.name)));
            }
        };
        let alias = alias.map_or_else(|| named.name.clone(), str::to_owned);
        Ok(WriteTarget { named, table, alias })
    }

    /// The SQL that converts a value for a column and checks its length and NOT NULL.
    fn store_call(&self, value: &TypedSql, target: &WriteTarget, column: &ColumnDefinition) -> String {
        store_call(&self.context.database, value, &target.table.name, column)
    }

    fn default_of(&mut self, column: &ColumnDefinition) -> Result<TypedSql, SqlError> {
        match &column.default_value {
            Some(default) => self.default_value(default),
            None => Ok(TypedSql::new("NULL", SqlType::Null)),
        }
    }

    /// Translates OUTPUT to RETURNING. After an UPDATE, SQLite returns the new values only.
    fn output(
        &mut self,
        output: Option<&OutputClause>,
        target: &WriteTarget,
        shown: &str,
    ) -> Result<(String, Vec<ResultColumn>), SqlError> {
        let items = match output {
            None => return Ok((String::new(), Vec::new())),
            Some(OutputClause::Output { select_items, into_table: None, .. }) => select_items,
            Some(_) => return Err(SqlError::unsupported("OUTPUT … INTO")),
        };
        let scope = Scope { sources: vec![target.source(shown, false)?], ..Scope::default() };
        let projection = self.scoped(scope, |this| this.projection(items))?;
        let sql: Vec<_> = projection.iter().map(|(_, typed)| typed.sql.clone()).collect();
        let column = |(name, typed): (Option<String>, TypedSql)| ResultColumn {
            name: name.unwrap_or_default(),
            sql_type: typed.sql_type,
        };
        Ok((format!(" RETURNING {}", sql.join(", ")), projection.into_iter().map(column).collect()))
    }
}

/// The call of `tsql_store` that converts and checks a value for a column of `table`.
pub(super) fn store_call(database: &str, value: &TypedSql, table: &str, column: &ColumnDefinition) -> String {
    let (from, to, nullable) = (value.sql_type, column.sql_type, i32::from(column.nullable));
    let from = if from == SqlType::Null { "null".to_owned() } else { from.to_string() };
    let (table, column) = (quote_literal(&format!("{database}.dbo.{table}")), quote_literal(&column.name));
    format!("tsql_store({}, '{from}', '{to}', {nullable}, {table}, {column})", value.sql)
}

/// The columns that an INSERT fills: the listed ones, or all except the identity.
fn named_columns<'a>(target: &'a WriteTarget, written: &[ObjectName]) -> Result<Vec<&'a ColumnDefinition>, SqlError> {
    if !written.is_empty() {
        return written.iter().map(|column| target.column(&last_part(column))).collect();
    }
    let all = target.named.columns.iter().filter(|column| !column.identity);
    all.map(|column| target.column(&column.name)).collect()
}

fn check_width(columns: usize, values: usize, constructor: bool) -> Result<(), SqlError> {
    let (number, fewer, more) = match (columns.cmp(&values), constructor) {
        (std::cmp::Ordering::Equal, _) => return Ok(()),
        (std::cmp::Ordering::Less, true) => {
            (110, "columns in the INSERT statement", "values specified in the VALUES clause")
        }
        (std::cmp::Ordering::Greater, true) => {
            (109, "values specified in the VALUES clause", "columns in the INSERT statement")
        }
        (std::cmp::Ordering::Less, false) => (121, "items in the insert list", "items in the select list"),
        (std::cmp::Ordering::Greater, false) => (120, "items in the select list", "items in the insert list"),
    };
    Err(SqlError::new(number, 15, format!("There are fewer {fewer} than {more}.")))
}
