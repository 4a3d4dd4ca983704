//! FROM: tables, views, derived tables and joins, and the columns that they bring into reach.

use super::super::catalog;
use super::super::error::SqlError;
use super::super::security::{self, Permission};
use super::super::tokens::Column;
use super::names::reference;
use super::query::rename;
use super::{Name, Reachable, Source, Translator, Typed, name, only_if, system};
use sqlparser::ast::{JoinConstraint, JoinOperator, ObjectName, Query, TableAlias, TableFactor, TableWithJoins};

impl Translator<'_> {
    /// The FROM clause with its keyword, or nothing.
    pub(super) fn from(&mut self, tables: &[TableWithJoins]) -> Result<String, SqlError> {
        let mut items = Vec::new();
        for TableWithJoins { relation, joins } in tables {
            let mut sql = self.factor(relation)?;
            for join in joins {
                only_if(!join.global, "GLOBAL joins")?;
                let right = self.factor(&join.relation)?;
                let (word, constraint) = joined(&join.join_operator)?;
                sql += &format!(" {word} {right}");
                match constraint {
                    JoinConstraint::On(condition) => sql += &format!(" ON {}", self.predicate(condition)?),
                    JoinConstraint::None if word == "CROSS JOIN" => {}
                    _ => return Err(SqlError::syntax("JOIN")),
                }
            }
            items.push(sql);
        }
        Ok(if items.is_empty() { String::new() } else { format!(" FROM {}", items.join(", ")) })
    }

    fn factor(&mut self, factor: &TableFactor) -> Result<String, SqlError> {
        match factor {
            TableFactor::Table { name, alias, args: None, version: None, sample: None, json_path: None, .. } => {
                self.table(name, alias.as_ref())
            }
            TableFactor::Derived { lateral: false, subquery, alias: Some(alias), sample: None } => {
                self.derived(subquery, alias)
            }
            TableFactor::NestedJoin { table_with_joins, alias: None } => {
                let inner = self.from(std::slice::from_ref(table_with_joins))?;
                Ok(format!("({})", inner.trim_start_matches(" FROM ")))
            }
            other => Err(SqlError::unsupported(format_args!("{other} in FROM"))),
        }
    }

    fn table(&mut self, written: &ObjectName, alias: Option<&TableAlias>) -> Result<String, SqlError> {
        let object = Name::of(written, &self.facts.database)?;
        let columns_named = |alias: &TableAlias| alias.columns.is_empty();
        only_if(alias.is_none_or(columns_named), "column aliases of a table")?;
        let alias = alias.map_or_else(|| object.object.clone(), |alias| alias.name.value.clone());
        if let Some((sql, columns)) = self.known(&object) {
            self.bring(&alias, &columns);
            return Ok(format!("{sql} AS {}", name(&alias)));
        }
        let found = if object.is_dbo() { catalog::find(self.connection, &object.object)? } else { None };
        let found = found.ok_or_else(|| SqlError::invalid_object(written))?;
        security::require(self.connection, &self.facts.user, &self.facts.database, &found, Permission::Select)?;
        let columns: Vec<_> = found
            .columns
            .iter()
            .map(|column| Column { name: column.name.clone(), sql_type: column.sql_type })
            .collect();
        self.bring(&alias, &columns);
        Ok(format!("{} AS {}", name(&found.name), name(&alias)))
    }

    /// A common table expression or a system view.
    fn known(&self, object: &Name) -> Option<(String, Vec<Column>)> {
        match &object.schema {
            None => {
                let cte = self.ctes.iter().rev().find(|(cte, _)| cte.eq_ignore_ascii_case(&object.object));
                cte.map(|(cte, columns)| (name(cte), columns.clone()))
            }
            Some(schema) => system::view(schema, &object.object, &self.facts.database),
        }
    }

    fn derived(&mut self, query: &Query, alias: &TableAlias) -> Result<String, SqlError> {
        // A derived table sees none of the tables beside it.
        let beside = std::mem::take(&mut self.scope().sources);
        let relation = self.query(query);
        self.scope().sources = beside;
        let mut relation = relation?;
        let names: Vec<_> = alias.columns.iter().map(|column| column.name.value.clone()).collect();
        let alias = &alias.name.value;
        rename(&mut relation.columns, &names, alias)?;
        self.bring(alias, &relation.columns);
        let columns: Vec<_> = relation.columns.iter().map(|column| name(&column.name)).collect();
        let (alias, columns) = (name(alias), columns.join(", "));
        Ok(format!("(WITH {alias} ({columns}) AS ({}) SELECT * FROM {alias}) AS {alias}", relation.sql))
    }

    fn bring(&mut self, alias: &str, columns: &[Column]) {
        let reachable = |column: &Column| Reachable {
            name: column.name.clone(),
            typed: Typed::new(reference(alias, &column.name), column.sql_type),
        };
        let source = Source { alias: alias.to_owned(), columns: columns.iter().map(reachable).collect() };
        self.scope().sources.push(source);
    }
}

fn joined(operator: &JoinOperator) -> Result<(&'static str, &JoinConstraint), SqlError> {
    Ok(match operator {
        JoinOperator::Join(constraint) | JoinOperator::Inner(constraint) => ("JOIN", constraint),
        JoinOperator::Left(constraint) | JoinOperator::LeftOuter(constraint) => ("LEFT JOIN", constraint),
        JoinOperator::Right(constraint) | JoinOperator::RightOuter(constraint) => ("RIGHT JOIN", constraint),
        JoinOperator::FullOuter(constraint) => ("FULL JOIN", constraint),
        JoinOperator::CrossJoin(constraint) => ("CROSS JOIN", constraint),
        _ => return Err(SqlError::unsupported("this kind of join")),
    })
}
