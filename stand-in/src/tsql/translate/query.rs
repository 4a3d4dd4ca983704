//! SELECT, its clauses in the order of their evaluation.

use super::predicate::{one_expression, with_collation};
use super::{Relation, Scope, ScopeColumn, Translator, TypedSql, convert_sql, quote_identifier, require_supported};
use crate::error::SqlError;
use crate::types::SqlType;
use crate::wire::columns::ResultColumn;
use sqlparser::ast::{
    Cte, Distinct, Expr, GroupByExpr, OrderBy, Query, Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr,
    SetOperator, SetQuantifier, Values,
};

impl Translator<'_> {
    /// Translates a query inside a statement. ORDER BY requires TOP or OFFSET there (1033).
    pub(crate) fn query(&mut self, query: &Query) -> Result<Relation, SqlError> {
        let top = matches!(&*query.body, SetExpr::Select(select) if select.top.is_some());
        if query.order_by.is_some() && !top && query.fetch.is_none() && query.limit_clause.is_none() {
            let text = "The ORDER BY clause is invalid in views, inline functions, derived tables, subqueries, and \
                common table expressions, unless TOP, OFFSET or FOR XML is also specified.";
            return Err(SqlError::new(1033, 15, text));
        }
        self.ordered_query(query)
    }

    /// Translates a whole SELECT statement.
    pub(crate) fn ordered_query(&mut self, query: &Query) -> Result<Relation, SqlError> {
        let Query {
            with,
            body,
            order_by,
            limit_clause,
            fetch,
            locks,
            for_clause,
            settings,
            format_clause,
            pipe_operators,
        } = query;
        require_supported(locks.is_empty() && for_clause.is_none() && settings.is_none(), "FOR and SETTINGS")?;
        require_supported(format_clause.is_none() && pipe_operators.is_empty(), "FORMAT and pipes")?;
        let known = self.ctes.len();
        let mut head = String::new();
        if let Some(with) = with {
            require_supported(!with.recursive, "WITH RECURSIVE, which is not T-SQL")?;
            let ctes = with.cte_tables.iter().map(|cte| self.cte(cte)).collect::<Result<Vec<_>, _>>()?;
            head = format!("WITH {} ", ctes.join(", "));
        }
        let window = self.offset_and_fetch(order_by.as_ref(), limit_clause.as_ref(), fetch.as_ref())?;
        let relation = self.body(body, order_by.as_ref(), &window);
        self.ctes.truncate(known);
        let relation = relation?;
        Ok(Relation { sql: head + &relation.sql, columns: relation.columns })
    }

    fn cte(&mut self, cte: &Cte) -> Result<String, SqlError> {
        let mut relation = self.query(&cte.query)?;
        let names: Vec<_> = cte.alias.columns.iter().map(|column| column.name.value.clone()).collect();
        rename_columns(&mut relation.columns, &names, &cte.alias.name.value)?;
        let columns: Vec<_> = relation.columns.iter().map(|column| quote_identifier(&column.name)).collect();
        let sql = format!("{} ({}) AS ({})", quote_identifier(&cte.alias.name.value), columns.join(", "), relation.sql);
        self.ctes.push((cte.alias.name.value.clone(), relation.columns));
        Ok(sql)
    }

    fn body(&mut self, body: &SetExpr, order_by: Option<&OrderBy>, window: &str) -> Result<Relation, SqlError> {
        match body {
            SetExpr::Select(select) => self.select(select, order_by, window),
            SetExpr::Query(query) if order_by.is_none() && window.is_empty() => self.query(query),
            SetExpr::Values(values) if order_by.is_none() && window.is_empty() => self.values(values),
            SetExpr::SetOperation { left, op, set_quantifier, right } => {
                let relation = self.set_operation(left, *op, *set_quantifier, right)?;
                let order = order_by.map(|order_by| self.order(order_by, &relation.columns)).transpose()?;
                Ok(Relation { sql: relation.sql + &order.unwrap_or_default() + window, columns: relation.columns })
            }
            other => Err(SqlError::unsupported(format_args!("{other} as a query"))),
        }
    }

    fn set_operation(
        &mut self,
        left: &SetExpr,
        op: SetOperator,
        quantifier: SetQuantifier,
        right: &SetExpr,
    ) -> Result<Relation, SqlError> {
        let word = match (op, quantifier) {
            (SetOperator::Union, SetQuantifier::All) => "UNION ALL",
            (SetOperator::Union, SetQuantifier::None) => "UNION",
            (SetOperator::Intersect, SetQuantifier::None) => "INTERSECT",
            (SetOperator::Except, SetQuantifier::None) => "EXCEPT",
            _ => return Err(SqlError::syntax(op)),
        };
        let (left, right) = (self.body(left, None, "")?, self.body(right, None, "")?);
        if left.columns.len() != right.columns.len() {
            let text = "All queries combined using a UNION, INTERSECT or EXCEPT operator must have an equal number of \
                        expressions in their target lists.";
            return Err(SqlError::new(205, 16, text));
        }
        let pairs = left.columns.iter().zip(&right.columns);
        let types: Vec<_> = pairs.map(|(a, b)| a.sql_type.common(b.sql_type)).collect();
        let sql = format!("{} {word} {}", convert_columns(&left, &types), convert_columns(&right, &types));
        let columns =
            left.columns.into_iter().zip(types).map(|(column, sql_type)| ResultColumn { sql_type, ..column }).collect();
        Ok(Relation { sql, columns })
    }

    /// Translates a table value constructor. Each column has the common type of its values.
    pub(super) fn values(&mut self, values: &Values) -> Result<Relation, SqlError> {
        let rows = values.rows.iter().map(|row| row.content.iter().map(|value| self.scalar(value)).collect());
        let rows = rows.collect::<Result<Vec<Vec<TypedSql>>, _>>()?;
        let width = rows.first().map_or(0, Vec::len);
        if rows.iter().any(|row| row.len() != width) {
            let text = "All the rows of a table value constructor must have the same number of columns.";
            return Err(SqlError::new(10709, 16, text));
        }
        let common = |i: usize| rows.iter().fold(SqlType::Null, |common, row| common.common(row[i].sql_type));
        let types: Vec<_> = (0..width).map(common).collect();
        let row = |row: &Vec<TypedSql>| {
            let values: Vec<_> =
                row.iter().zip(&types).map(|(value, sql_type)| convert_sql(value, *sql_type)).collect();
            format!("({})", values.join(", "))
        };
        let sql = format!("VALUES {}", rows.iter().map(row).collect::<Vec<_>>().join(", "));
        let columns = types.into_iter().map(|sql_type| ResultColumn { name: String::new(), sql_type }).collect();
        Ok(Relation { sql, columns })
    }

    pub(super) fn scalar_subquery(&mut self, query: &Query) -> Result<TypedSql, SqlError> {
        let relation = self.query(query)?;
        match relation.columns.as_slice() {
            [column] => Ok(TypedSql::new(format!("({})", relation.sql), column.sql_type)),
            _ => Err(one_expression()),
        }
    }

    fn select(&mut self, select: &Select, order_by: Option<&OrderBy>, window: &str) -> Result<Relation, SqlError> {
        refuse_foreign_clauses(select)?;
        self.scoped(Scope::default(), |this| {
            let from = this.from(&select.from)?;
            let filter = match &select.selection {
                Some(condition) => format!(" WHERE {}", this.predicate(condition)?),
                None => String::new(),
            };
            let (projection, group, having) = this.grouped_projection(select)?;
            let distinct = match &select.distinct {
                None | Some(Distinct::All) => "",
                Some(Distinct::Distinct) => "DISTINCT ",
                Some(Distinct::On(_)) => return Err(SqlError::syntax("ON")),
            };
            let columns: Vec<_> = projection
                .iter()
                .map(|(name, typed)| ResultColumn { name: name.clone().unwrap_or_default(), sql_type: typed.sql_type })
                .collect();
            let order = order_by.map(|order_by| this.order(order_by, &columns)).transpose()?.unwrap_or_default();
            if let (Some(order_by), false) = (order_by, distinct.is_empty()) {
                this.require_selected(order_by, &projection)?;
            }
            let limit = this.top(select.top.as_ref(), window)?;
            let items: Vec<_> =
                projection.iter().map(|(alias, typed)| select_item(alias.as_deref(), typed, distinct)).collect();
            let sql = format!("SELECT {distinct}{}{from}{filter}{group}{having}{order}{limit}", items.join(", "));
            Ok(Relation { sql, columns })
        })
    }

    /// Translates projection, GROUP BY and HAVING. A column outside GROUP BY must be inside an aggregate (8120).
    fn grouped_projection(&mut self, select: &Select) -> Result<(Projection, String, String), SqlError> {
        let GroupByExpr::Expressions(keys, modifiers) = &select.group_by else {
            return Err(SqlError::unsupported("GROUP BY ALL"));
        };
        require_supported(modifiers.is_empty(), "ROLLUP and CUBE")?;
        let keys = keys.iter().map(|key| self.scalar(key)).collect::<Result<Vec<_>, _>>()?;
        let mut projection = self.projection(&select.projection)?;
        let grouped = !keys.is_empty() || self.scope().aggregates || select.having.is_some();
        if grouped {
            self.scope().groups = Some(keys.iter().map(|key| key.sql.clone()).collect());
            projection = self.projection(&select.projection)?;
        }
        let having = match &select.having {
            Some(condition) => format!(" HAVING {}", self.predicate(condition)?),
            None => String::new(),
        };
        let keys: Vec<_> = keys.into_iter().map(|key| with_collation(key.sql, key.sql_type)).collect();
        let group = if keys.is_empty() { String::new() } else { format!(" GROUP BY {}", keys.join(", ")) };
        Ok((projection, group, having))
    }

    pub(super) fn projection(&mut self, items: &[SelectItem]) -> Result<Projection, SqlError> {
        let mut projection = Vec::new();
        for item in items {
            match item {
                SelectItem::UnnamedExpr(expr) => projection.push((implied_name(expr), self.scalar(expr)?)),
                SelectItem::ExprWithAlias { expr, alias } => {
                    projection.push((Some(alias.value.clone()), self.scalar(expr)?));
                }
                SelectItem::Wildcard(_) => projection.extend(self.all_columns(None)?),
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(source), _) => {
                    projection.extend(self.all_columns(source.0.last().map(ToString::to_string).as_deref())?);
                }
                other => return Err(SqlError::syntax(other)),
            }
        }
        Ok(projection)
    }

    fn all_columns(&mut self, source: Option<&str>) -> Result<Projection, SqlError> {
        let wanted =
            |alias: &str| source.is_none_or(|source| source.trim_matches(['[', ']']).eq_ignore_ascii_case(alias));
        let sources = self.scope().sources.iter().filter(|source| wanted(&source.alias));
        let named = |column: &ScopeColumn| (Some(column.name.clone()), column.typed.clone());
        let columns: Projection = sources.flat_map(|source| source.columns.iter().map(named)).collect();
        if columns.is_empty() { Err(SqlError::new(263, 16, "Must specify table to select from.")) } else { Ok(columns) }
    }
}

/// The items of a select list: the name, if there is one, and the value.
pub(super) type Projection = Vec<(Option<String>, TypedSql)>;

fn select_item(alias: Option<&str>, typed: &TypedSql, distinct: &str) -> String {
    let sql = if distinct.is_empty() { typed.sql.clone() } else { with_collation(typed.sql.clone(), typed.sql_type) };
    match alias {
        Some(alias) => format!("{sql} AS {}", quote_identifier(alias)),
        None => sql,
    }
}

/// The name of an item without an alias: that of the column, or none for an expression.
fn implied_name(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Identifier(ident) if !ident.value.starts_with('@') => Some(ident.value.clone()),
        Expr::CompoundIdentifier(parts) => parts.last().map(|part| part.value.clone()),
        _ => None,
    }
}

/// Renames columns by an alias list. A column without a name is an error (8155).
pub(super) fn rename_columns(columns: &mut [ResultColumn], names: &[String], source: &str) -> Result<(), SqlError> {
    if !names.is_empty() && names.len() != columns.len() {
        let more = if names.len() < columns.len() { ("more", 8158) } else { ("fewer", 8159) };
        return Err(SqlError::new(
            more.1,
            16,
            format!("'{source}' has {} columns than were specified in the column list.", more.0),
        ));
    }
    for (column, name) in columns.iter_mut().zip(names) {
        column.name.clone_from(name);
    }
    for (at, column) in columns.iter().enumerate() {
        if column.name.is_empty() {
            let text = format!("No column name was specified for column {} of '{source}'.", at + 1);
            return Err(SqlError::new(8155, 16, text));
        }
        if columns[..at].iter().any(|earlier| earlier.name.eq_ignore_ascii_case(&column.name)) {
            let text = format!("The column '{}' was specified multiple times for '{source}'.", column.name);
            return Err(SqlError::new(8156, 16, text));
        }
    }
    Ok(())
}

/// A query on the relation with its columns converted to `types`.
fn convert_columns(relation: &Relation, types: &[SqlType]) -> String {
    let places: Vec<_> = (0..types.len()).map(|i| format!("c{i}")).collect();
    let cast = |(i, sql_type): (usize, &SqlType)| {
        let value = TypedSql::new(format!("c{i}"), relation.columns[i].sql_type);
        format!(
            "{} AS {}",
            with_collation(convert_sql(&value, *sql_type), *sql_type),
            quote_identifier(&relation.columns[i].name)
        )
    };
    let casts: Vec<_> = types.iter().enumerate().map(cast).collect();
    format!("SELECT {} FROM (WITH s ({}) AS ({}) SELECT * FROM s)", casts.join(", "), places.join(", "), relation.sql)
}

/// Refuses the clauses of other SQL dialects.
fn refuse_foreign_clauses(select: &Select) -> Result<(), SqlError> {
    require_supported(select.into.is_none(), "SELECT INTO")?;
    require_supported(select.named_window.is_empty(), "WINDOW")?;
    let has_foreign_clause = select.exclude.is_some()
        || !select.optimizer_hints.is_empty()
        || select.select_modifiers.is_some()
        || !select.lateral_views.is_empty()
        || select.prewhere.is_some()
        || !select.connect_by.is_empty()
        || !select.cluster_by.is_empty()
        || !select.distribute_by.is_empty()
        || !select.sort_by.is_empty()
        || select.qualify.is_some()
        || select.value_table_mode.is_some()
        || select.flavor != sqlparser::ast::SelectFlavor::Standard;
    if has_foreign_clause { Err(SqlError::syntax(select)) } else { Ok(()) }
}
