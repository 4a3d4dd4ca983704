//! What names mean: columns of the sources in reach, variables, what stands without parentheses.

use super::super::error::SqlError;
use super::{Translator, Typed, name};
use sqlparser::ast::Ident;

impl Translator<'_> {
    pub(super) fn identifier(&mut self, ident: &Ident) -> Result<Typed, SqlError> {
        let text = ident.value.as_str();
        if text.starts_with("@@") {
            return self.global(text);
        }
        if text.starts_with('@') {
            let key = text.to_lowercase();
            let variable = self.variables.get(&key).ok_or_else(|| SqlError::undeclared(text))?;
            return Ok(Typed::new(key, variable.sql_type));
        }
        if ident.quote_style.is_none() && matches!(text.to_uppercase().as_str(), "SYSTEM_USER" | "CURRENT_USER") {
            return self.niladic(text);
        }
        self.column(None, text)
    }

    pub(super) fn compound(&mut self, parts: &[Ident]) -> Result<Typed, SqlError> {
        match parts {
            [table, column] => self.column(Some(&table.value), &column.value),
            [schema, table, column] if schema.value.eq_ignore_ascii_case("dbo") => {
                self.column(Some(&table.value), &column.value)
            }
            _ => Err(unbound(parts)),
        }
    }

    /// A column of the nearest scope that has one of that name.
    fn column(&mut self, qualifier: Option<&str>, column: &str) -> Result<Typed, SqlError> {
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
                    "Column '{}.{column}' is invalid in the select list because it is not contained in either an aggregate \
                     function or the GROUP BY clause.",
                    source.alias
                );
                return Err(SqlError::new(8120, 16, text));
            }
            return Ok(reachable.typed.clone());
        }
        match qualifier {
            None => Err(SqlError::invalid_column(column)),
            Some(table) => Err(unbound(&[Ident::new(table), Ident::new(column)])),
        }
    }
}

fn unbound(parts: &[Ident]) -> SqlError {
    let parts: Vec<&str> = parts.iter().map(|part| part.value.as_str()).collect();
    SqlError::new(4104, 16, format!("The multi-part identifier \"{}\" could not be bound.", parts.join(".")))
}

/// The reference to a column of a source.
pub(super) fn reference(source: &str, column: &str) -> String {
    format!("{}.{}", name(source), name(column))
}
