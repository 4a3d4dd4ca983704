//! T-SQL's statements as statements of SQLite, with the types of their results.
//!
//! A translation either means the same or is an error: a form that is not known here is refused by name.

mod aggregate;
mod arithmetic;
mod columns;
mod dates;
mod ddl;
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

use super::error::SqlError;
use super::facts::{Facts, Variables};
use super::tokens::Column;
use super::types::SqlType;
use rusqlite::Connection;
use sqlparser::ast::{ObjectName, ObjectNamePart};

/// An expression of SQLite with its T-SQL type.
#[derive(Debug, Clone)]
pub(crate) struct Typed {
    pub(crate) sql: String,
    pub(crate) sql_type: SqlType,
}

impl Typed {
    fn new(sql: impl Into<String>, sql_type: SqlType) -> Self {
        Self { sql: sql.into(), sql_type }
    }
}

/// A query of SQLite with the columns of its result.
#[derive(Debug, Clone)]
pub(crate) struct Relation {
    pub(crate) sql: String,
    pub(crate) columns: Vec<Column>,
}

/// A column that names can reach.
#[derive(Debug, Clone)]
struct Reachable {
    name: String,
    typed: Typed,
}

/// One item of a FROM.
#[derive(Debug, Clone)]
struct Source {
    alias: String,
    columns: Vec<Reachable>,
}

/// What one SELECT brings into reach.
#[derive(Debug, Default)]
struct Scope {
    sources: Vec<Source>,
    /// In a grouped SELECT: the expressions that it groups by, translated.
    groups: Option<Vec<String>>,
    aggregates: bool,
}

/// Translates one statement in the setting of one session.
pub(crate) struct Translator<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) facts: &'a Facts,
    pub(crate) variables: &'a Variables,
    scopes: Vec<Scope>,
    ctes: Vec<(String, Vec<Column>)>,
}

impl<'a> Translator<'a> {
    pub(crate) fn new(connection: &'a Connection, facts: &'a Facts, variables: &'a Variables) -> Self {
        Self { connection, facts, variables, scopes: Vec::new(), ctes: Vec::new() }
    }

    fn scope(&mut self) -> &mut Scope {
        if self.scopes.is_empty() {
            self.scopes.push(Scope::default());
        }
        let last = self.scopes.len() - 1;
        &mut self.scopes[last]
    }

    /// Runs `inner` with one more scope in reach.
    fn scoped<T>(&mut self, scope: Scope, inner: impl FnOnce(&mut Self) -> Result<T, SqlError>) -> Result<T, SqlError> {
        self.scopes.push(scope);
        let result = inner(self);
        self.scopes.pop();
        result
    }
}

/// A text as a literal of SQLite.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A name as an identifier of SQLite.
pub(crate) fn name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The value in another type's stored form; the bare expression where both forms are the same.
fn coerced(value: &Typed, to: SqlType) -> String {
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

/// The parts of an object's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) schema: Option<String>,
    pub(crate) object: String,
}

impl Name {
    /// Splits `[database.][schema.]object`; the database must be the session's own.
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
            _ => Err(SqlError::unsupported(format_args!("the name {name}, which reaches into another database"))),
        }
    }

    /// Whether it lies in schema dbo, written or not.
    pub(crate) fn is_dbo(&self) -> bool {
        self.schema.as_deref().is_none_or(|schema| schema.is_empty() || schema.eq_ignore_ascii_case("dbo"))
    }
}

/// Refuses what a statement has beyond the forms that are translated.
fn only_if(fine: bool, what: &str) -> Result<(), SqlError> {
    if fine { Ok(()) } else { Err(SqlError::unsupported(what)) }
}
