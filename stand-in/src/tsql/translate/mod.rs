//! Translates T-SQL statements to SQLite, with the T-SQL types of their results.
//!
//! A translation has the same meaning, or it is an error that names what is unsupported.

mod aggregate;
mod arithmetic;
mod columns;
mod dates;
mod ddl;
mod dependents;
mod expr;
mod from;
mod function;
mod literal;
mod metadata;
mod names;
mod predicate;
mod query;
mod system;
mod views;
mod window;
mod write;

use crate::error::SqlError;
pub(crate) use crate::store::quoting::quote_identifier;
use crate::tsql::context::{SessionContext, Variables};
use crate::types::SqlType;
use crate::wire::columns::ResultColumn;
use rusqlite::Connection;
use sqlparser::ast::{ObjectName, ObjectNamePart};

/// A SQLite expression with its T-SQL type.
#[derive(Debug, Clone)]
pub(crate) struct TypedSql {
    pub(crate) sql: String,
    pub(crate) sql_type: SqlType,
}

impl TypedSql {
    fn new(sql: impl Into<String>, sql_type: SqlType) -> Self {
        Self { sql: sql.into(), sql_type }
    }
}

/// A SQLite statement with the columns of its result.
#[derive(Debug, Clone)]
pub(crate) struct Relation {
    pub(crate) sql: String,
    pub(crate) columns: Vec<ResultColumn>,
}

/// A column that a name can refer to.
#[derive(Debug, Clone)]
struct ScopeColumn {
    name: String,
    typed: TypedSql,
}

/// One table of a FROM clause, under its alias.
#[derive(Debug, Clone)]
struct TableSource {
    alias: String,
    columns: Vec<ScopeColumn>,
}

/// The names that one SELECT can refer to.
#[derive(Debug, Default)]
struct Scope {
    sources: Vec<TableSource>,
    /// In a grouped SELECT: the translated GROUP BY expressions.
    groups: Option<Vec<String>>,
    aggregates: bool,
}

/// Translates one statement of one session.
pub(crate) struct Translator<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) context: &'a SessionContext,
    pub(crate) variables: &'a Variables,
    scopes: Vec<Scope>,
    ctes: Vec<(String, Vec<ResultColumn>)>,
}

impl<'a> Translator<'a> {
    pub(crate) fn new(connection: &'a Connection, context: &'a SessionContext, variables: &'a Variables) -> Self {
        Self { connection, context, variables, scopes: Vec::new(), ctes: Vec::new() }
    }

    fn scope(&mut self) -> &mut Scope {
        if self.scopes.is_empty() {
            self.scopes.push(Scope::default());
        }
        let last = self.scopes.len() - 1;
        &mut self.scopes[last]
    }

    /// Runs `inner` inside one more scope.
    fn scoped<T>(&mut self, scope: Scope, inner: impl FnOnce(&mut Self) -> Result<T, SqlError>) -> Result<T, SqlError> {
        self.scopes.push(scope);
        let result = inner(self);
        self.scopes.pop();
        result
    }
}

/// Quotes a text as a SQLite literal.
fn quote_literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The SQL that converts a value to type `to`; the bare expression if both types are stored alike.
fn convert_sql(value: &TypedSql, to: SqlType) -> String {
    let from = value.sql_type;
    let same_form = match (from, to) {
        (SqlType::Null, _) | (_, SqlType::Null | SqlType::Variant) => true,
        (SqlType::Text { national: false, .. }, SqlType::Text { national: true, length: None }) => true,
        (SqlType::Text { national: a, length }, SqlType::Text { national: b, length: most }) => {
            (b || !a) && most.is_none_or(|most| length.is_some_and(|length| length <= most))
        }
        (SqlType::Decimal { precision: a, scale: s }, SqlType::Decimal { precision: b, scale: t }) => s == t && a <= b,
        (from, to) if from.is_integer() && to.is_integer() => {
            to != SqlType::Bit && from.as_decimal() <= to.as_decimal()
        }
        (from, to) => from == to,
    };
    if same_form { value.sql.clone() } else { format!("tsql_convert({}, '{from}', '{to}')", value.sql) }
}

/// The name of an object, with or without its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ObjectPath {
    pub(crate) schema: Option<String>,
    pub(crate) object: String,
}

impl ObjectPath {
    /// Splits `[database.][schema.]object`. The database must be the session's current one.
    pub(crate) fn of(name: &ObjectName, database: &str) -> Result<Self, SqlError> {
        let part = |part: &ObjectNamePart| match part {
            ObjectNamePart::Identifier(ident) => Ok(ident.value.clone()),
            ObjectNamePart::Function(_) => Err(SqlError::unsupported(format_args!("the name {name}"))),
        };
        let parts = name.0.iter().map(part).collect::<Result<Vec<_>, _>>()?;
        match parts.as_slice() {
            [object] => Ok(Self { schema: None, object: object.clone() }),
            [schema, object] => Ok(Self { schema: Some(schema.clone()), object: object.clone() }),
            [other, schema, object] if other.eq_ignore_ascii_case(database) => {
                Ok(Self { schema: Some(schema.clone()), object: object.clone() })
            }
            _ => Err(SqlError::unsupported(format_args!("{name}: names in another database or on another server"))),
        }
    }

    /// Whether the schema is dbo, named or by default.
    pub(crate) fn is_dbo(&self) -> bool {
        self.schema.as_deref().is_none_or(|schema| schema.is_empty() || schema.eq_ignore_ascii_case("dbo"))
    }
}

/// Returns the error for `what` unless the statement is supported.
fn require_supported(supported: bool, what: &str) -> Result<(), SqlError> {
    if supported { Ok(()) } else { Err(SqlError::unsupported(what)) }
}

/// The last part of a name: the object without schema, the column without table.
pub(crate) fn last_part(name: &ObjectName) -> String {
    name.0.last().and_then(|part| part.as_ident()).map(|ident| ident.value.clone()).unwrap_or_default()
}
