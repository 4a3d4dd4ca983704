//! FROM: tables, views, derived tables and joins, and the columns that they add to the scope.

use super::names::column_reference;
use super::query::rename_columns;
use super::{ObjectPath, ScopeColumn, TableSource, Translator, TypedSql, quote_identifier, require_supported, system};
use crate::error::SqlError;
use crate::store::catalog;
use crate::store::permissions::{self, Permission};
use crate::wire::columns::ResultColumn;
use sqlparser::ast::{JoinConstraint, JoinOperator, ObjectName, Query, TableAlias, TableFactor, TableWithJoins};

impl Translator<'_> {
    /// Translates the FROM clause, with its keyword. Empty without tables.
    pub(super) fn from(&mut self, tables: &[TableWithJoins]) -> Result<String, SqlError> {
        let mut items = Vec::new();
        for TableWithJoins { relation, joins } in tables {
            let mut sql = self.table_factor(relation)?;
            for join in joins {
                require_supported(!join.global, "GLOBAL joins")?;
                let right = self.table_factor(&join.relation)?;
                let (word, constraint) = join_keyword(&join.join_operator)?;
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

    fn table_factor(&mut self, factor: &TableFactor) -> Result<String, SqlError> {
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
        let object = ObjectPath::of(written, &self.context.database)?;
        let columns_named = |alias: &TableAlias| alias.columns.is_empty();
        require_supported(alias.is_none_or(columns_named), "column aliases of a table")?;
        let alias = alias.map_or_else(|| object.object.clone(), |alias| alias.name.value.clone());
        if let Some((sql, columns)) = self.cte_or_system_view(&object) {
            self.add_source(&alias, &columns);
            return Ok(format!("{sql} AS {}", quote_identifier(&alias)));
        }
        let found = if object.is_dbo() { catalog::find(self.connection, &object.object)? } else { None };
        let found = found.ok_or_else(|| SqlError::invalid_object(written))?;
        permissions::require(self.connection, &self.context.user, &self.context.database, &found, Permission::Select)?;
        let columns: Vec<_> = found
            .columns
            .iter()
            .map(|column| ResultColumn { name: column.name.clone(), sql_type: column.sql_type })
            .collect();
        self.add_source(&alias, &columns);
        Ok(format!("{} AS {}", quote_identifier(&found.name), quote_identifier(&alias)))
    }

    /// The common table expression or system view of this name.
    fn cte_or_system_view(&self, object: &ObjectPath) -> Option<(String, Vec<ResultColumn>)> {
        match &object.schema {
            None => {
                let cte = self.ctes.iter().rev().find(|(cte, _)| cte.eq_ignore_ascii_case(&object.object));
                cte.map(|(cte, columns)| (quote_identifier(cte), columns.clone()))
            }
            Some(schema) => system::view(schema, &object.object, &self.context.database),
        }
    }

    fn derived(&mut self, query: &Query, alias: &TableAlias) -> Result<String, SqlError> {
        // A derived table cannot refer to the other tables of the FROM clause.
        let beside = std::mem::take(&mut self.scope().sources);
        let relation = self.query(query);
        self.scope().sources = beside;
        let mut relation = relation?;
        let names: Vec<_> = alias.columns.iter().map(|column| column.name.value.clone()).collect();
        let alias = &alias.name.value;
        rename_columns(&mut relation.columns, &names, alias)?;
        self.add_source(alias, &relation.columns);
        let columns: Vec<_> = relation.columns.iter().map(|column| quote_identifier(&column.name)).collect();
        let (alias, columns) = (quote_identifier(alias), columns.join(", "));
        Ok(format!("(WITH {alias} ({columns}) AS ({}) SELECT * FROM {alias}) AS {alias}", relation.sql))
    }

    fn add_source(&mut self, alias: &str, columns: &[ResultColumn]) {
        let reachable = |column: &ResultColumn| ScopeColumn {
            name: column.name.clone(),
            typed: TypedSql::new(column_reference(alias, &column.name), column.sql_type),
        };
        let source = TableSource { alias: alias.to_owned(), columns: columns.iter().map(reachable).collect() };
        self.scope().sources.push(source);
    }
}

fn join_keyword(operator: &JoinOperator) -> Result<(&'static str, &JoinConstraint), SqlError> {
    Ok(match operator {
        JoinOperator::Join(constraint) | JoinOperator::Inner(constraint) => ("JOIN", constraint),
        JoinOperator::Left(constraint) | JoinOperator::LeftOuter(constraint) => ("LEFT JOIN", constraint),
        JoinOperator::Right(constraint) | JoinOperator::RightOuter(constraint) => ("RIGHT JOIN", constraint),
        JoinOperator::FullOuter(constraint) => ("FULL JOIN", constraint),
        JoinOperator::CrossJoin(constraint) => ("CROSS JOIN", constraint),
        _ => {
            return Err(SqlError::unsupported(
                "joins other than INNER, LEFT, RIGHT, FULL and CROSS JOIN, such as APPLY",
            ));
        }
    })
}
