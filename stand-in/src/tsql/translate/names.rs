//! Names: columns in scope, variables, niladic functions.

use super::{Translator, TypedSql, quote_identifier};
use crate::error::SqlError;
use sqlparser::ast::Ident;

impl Translator<'_> {
    pub(super) fn identifier(&mut self, ident: &Ident) -> Result<TypedSql, SqlError> {
        let text = ident.value.as_str();
        if text.starts_with("@@") {
            return self.global(text);
        }
        if text.starts_with('@') {
            let key = text.to_lowercase();
            let variable = self.variables.get(&key).ok_or_else(|| SqlError::undeclared(text))?;
            return Ok(TypedSql::new(key, variable.sql_type));
        }
        if ident.quote_style.is_none() && matches!(text.to_uppercase().as_str(), "SYSTEM_USER" | "CURRENT_USER") {
            return self.niladic(text);
        }
        self.column(None, text)
    }

    pub(super) fn compound(&mut self, parts: &[Ident]) -> Result<TypedSql, SqlError> {
        match parts {
            [table, column] => self.column(Some(&table.value), &column.value),
            [schema, table, column] if schema.value.eq_ignore_ascii_case("dbo") => {
                self.column(Some(&table.value), &column.value)
            }
            _ => Err(unbound_name(parts)),
        }
    }

    /// Finds a column by name, from the innermost scope outwards.
    fn column(&mut self, qualifier: Option<&str>, column: &str) -> Result<TypedSql, SqlError> {
        for scope in self.scopes.iter().rev() {
            let named = |alias: &str| qualifier.is_none_or(|qualifier| qualifier.eq_ignore_ascii_case(alias));
            let sources: Vec<_> = scope.sources.iter().filter(|source| named(&source.alias)).collect();
            let mut found = sources.iter().flat_map(|source| {
                source
                    .columns
                    .iter()
                    .filter(|reachable| reachable.name.eq_ignore_ascii_case(column))
                    .map(move |it| (source, it))
            });
            let Some((source, reachable)) = found.next() else {
                if qualifier.is_some() && !sources.is_empty() {
                    return Err(SqlError::invalid_column(column));
                }
                continue;
            };
            if found.next().is_some() {
                return Err(SqlError::new(209, 16, format!("Ambiguous column name '{column}'.")));
            }
            if scope.groups.as_ref().is_some_and(|groups| !groups.contains(&reachable.typed.sql)) {
                let text = format!(
                    "Column '{}.{column}' is invalid in the select list because it is not contained in either an \
                     aggregate function or the GROUP BY clause.",
                    source.alias
                );
                return Err(SqlError::new(8120, 16, text));
            }
            return Ok(reachable.typed.clone());
        }
        match qualifier {
            None => Err(SqlError::invalid_column(column)),
            Some(table) => Err(unbound_name(&[Ident::new(table), Ident::new(column)])),
        }
    }
}

fn unbound_name(parts: &[Ident]) -> SqlError {
    let parts: Vec<&str> = parts.iter().map(|part| part.value.as_str()).collect();
    SqlError::new(4104, 16, format!("The multi-part identifier \"{}\" could not be bound.", parts.join(".")))
}

/// The SQL that refers to a column of a source.
pub(super) fn column_reference(source: &str, column: &str) -> String {
    format!("{}.{}", quote_identifier(source), quote_identifier(column))
}
