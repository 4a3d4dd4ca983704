//! Column and constraint definitions of CREATE TABLE and ALTER TABLE.

use super::{Scope, ScopeColumn, TableSource, Translator, TypedSql, quote_identifier, require_supported};
use crate::error::SqlError;
use crate::store::catalog::{self, CatalogObject, ColumnDefinition};
use crate::types::{COLLATION, SqlType};
use sqlparser::ast::{
    ColumnDef, ColumnOption, Expr, Ident, IdentityPropertyFormatKind, IdentityPropertyKind, IndexColumn,
    TableConstraint,
};
use sqlparser::{dialect::MsSqlDialect, parser::Parser};

/// A key or index of a table.
pub(super) struct KeyDefinition {
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) columns: Vec<String>,
}

/// The keys and CHECK constraints found in the definitions of a table.
#[derive(Default)]
pub(super) struct ConstraintDefinitions {
    pub(super) keys: Vec<KeyDefinition>,
    pub(super) checks: Vec<(String, Expr)>,
}

impl Translator<'_> {
    /// Reads a column definition. Adds the column's keys and checks to `constraints`.
    pub(super) fn declare_column(
        &mut self,
        table: &str,
        column: &ColumnDef,
        constraints: &mut ConstraintDefinitions,
    ) -> Result<ColumnDefinition, SqlError> {
        let title = column.name.value.clone();
        let mut declared = ColumnDefinition {
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
            let key = |kind, prefix: &str| KeyDefinition {
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

    /// Translates a column's default, which the catalog keeps as T-SQL.
    pub(super) fn default_value(&mut self, default: &str) -> Result<TypedSql, SqlError> {
        let parsed = Parser::new(&MsSqlDialect {}).try_with_sql(default).and_then(|mut parser| parser.parse_expr());
        let expr = parsed.map_err(|_| SqlError::syntax(default))?;
        self.scoped(Scope::default(), |this| this.scalar(&expr))
    }

    /// Translates a CHECK condition on the columns of one table.
    pub(super) fn over_columns(&mut self, table: &CatalogObject, condition: &Expr) -> Result<String, SqlError> {
        let reachable = |column: &ColumnDefinition| ScopeColumn {
            name: column.name.clone(),
            typed: TypedSql::new(quote_identifier(&column.name), column.sql_type),
        };
        let source = TableSource { alias: table.name.clone(), columns: table.columns.iter().map(reachable).collect() };
        let scope = Scope { sources: vec![source], ..Scope::default() };
        self.scoped(scope, |this| this.predicate(condition))
    }
}

/// The column's definition in SQLite. It has no type, so that SQLite converts nothing; `tsql_store` refuses NULL.
pub(super) fn column_sql(column: &ColumnDefinition) -> String {
    let title = quote_identifier(&column.name);
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
            require_supported(one(&parameters.seed) && one(&parameters.increment), "IDENTITY other than (1, 1)")
        }
        Some(IdentityPropertyFormatKind::StartAndIncrement(_)) => Err(SqlError::syntax("START")),
    }
}

pub(super) fn table_constraint(
    table: &str,
    constraint: &TableConstraint,
    all: &mut ConstraintDefinitions,
) -> Result<(), SqlError> {
    let key = |named: &Option<Ident>, kind, prefix: &str, columns: &[IndexColumn]| {
        let columns = column_names(columns)?;
        let name =
            named.as_ref().map_or_else(|| format!("{prefix}_{table}_{}", columns.join("_")), |it| it.value.clone());
        Ok::<_, SqlError>(KeyDefinition { name, kind, columns })
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

pub(super) fn column_names(columns: &[IndexColumn]) -> Result<Vec<String>, SqlError> {
    let plain = |column: &IndexColumn| match &column.column.expr {
        Expr::Identifier(ident) => Ok(ident.value.clone()),
        other => Err(SqlError::syntax(other)),
    };
    columns.iter().map(plain).collect()
}
