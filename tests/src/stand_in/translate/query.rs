//! SELECT: its parts in the order in which SQL gives them meaning.

use super::super::error::SqlError;
use super::super::tokens::Column;
use super::super::types::SqlType;
use super::predicate::{collated, one_expression};
use super::{Reachable, Relation, Scope, Translator, Typed, coerced, name, only_if};
use sqlparser::ast::{
    Cte, Distinct, Expr, GroupByExpr, LimitClause, OrderBy, OrderByExpr, OrderByKind, OrderBySort, Query, Select,
    SelectItem, SelectItemQualifiedWildcardKind, SetExpr, SetOperator, SetQuantifier, Top, TopQuantity, Value, Values,
};

impl Translator<'_> {
    /// Translates a query inside a statement: without ORDER BY, unless TOP or OFFSET gives it a meaning.
    pub(crate) fn query(&mut self, query: &Query) -> Result<Relation, SqlError> {
        let top = matches!(&*query.body, SetExpr::Select(select) if select.top.is_some());
        if query.order_by.is_some() && !top && query.fetch.is_none() && query.limit_clause.is_none() {
            let text = "The ORDER BY clause is invalid in views, inline functions, derived tables, subqueries, and common table \
                        expressions, unless TOP, OFFSET or FOR XML is also specified.";
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
        only_if(locks.is_empty() && for_clause.is_none() && settings.is_none(), "FOR and SETTINGS")?;
        only_if(format_clause.is_none() && pipe_operators.is_empty(), "FORMAT and pipes")?;
        let known = self.ctes.len();
        let mut head = String::new();
        if let Some(with) = with {
            only_if(!with.recursive, "WITH RECURSIVE, which is not T-SQL")?;
            let ctes = with.cte_tables.iter().map(|cte| self.cte(cte)).collect::<Result<Vec<_>, _>>()?;
            head = format!("WITH {} ", ctes.join(", "));
        }
        let window = self.window(order_by.as_ref(), limit_clause.as_ref(), fetch.as_ref())?;
        let relation = self.body(body, order_by.as_ref(), &window);
        self.ctes.truncate(known);
        let relation = relation?;
        Ok(Relation { sql: head + &relation.sql, columns: relation.columns })
    }

    fn cte(&mut self, cte: &Cte) -> Result<String, SqlError> {
        let mut relation = self.query(&cte.query)?;
        let names: Vec<_> = cte.alias.columns.iter().map(|column| column.name.value.clone()).collect();
        rename(&mut relation.columns, &names, &cte.alias.name.value)?;
        let columns: Vec<_> = relation.columns.iter().map(|column| name(&column.name)).collect();
        let sql = format!("{} ({}) AS ({})", name(&cte.alias.name.value), columns.join(", "), relation.sql);
        self.ctes.push((cte.alias.name.value.clone(), relation.columns));
        Ok(sql)
    }

    /// OFFSET and FETCH as LIMIT and OFFSET.
    fn window(
        &mut self,
        order_by: Option<&OrderBy>,
        limit: Option<&LimitClause>,
        fetch: Option<&sqlparser::ast::Fetch>,
    ) -> Result<String, SqlError> {
        let offset = match limit {
            None => None,
            Some(LimitClause::LimitOffset { limit: None, offset, limit_by }) if limit_by.is_empty() => offset.as_ref(),
            Some(_) => return Err(SqlError::syntax("LIMIT")),
        };
        if (offset.is_some() || fetch.is_some()) && order_by.is_none() {
            return Err(SqlError::syntax("OFFSET"));
        }
        let rows = match fetch {
            None => "-1".to_owned(),
            Some(_) if offset.is_none() => {
                return Err(SqlError::new(153, 15, "Invalid usage of the option NEXT in the FETCH statement."));
            }
            Some(fetch) => {
                only_if(!fetch.with_ties && !fetch.percent, "FETCH with TIES or PERCENT")?;
                match &fetch.quantity {
                    Some(rows) => format!("tsql_fetch({})", self.row_count(rows)?),
                    None => "1".to_owned(),
                }
            }
        };
        let Some(offset) = offset else { return Ok(String::new()) };
        Ok(format!(" LIMIT {rows} OFFSET tsql_offset({})", self.row_count(&offset.value)?))
    }

    fn row_count(&mut self, expr: &Expr) -> Result<String, SqlError> {
        let rows = match expr {
            // A token that stands where the parser takes only a literal: see `batch::tokens`.
            Expr::Value(value) => match &value.value {
                Value::Placeholder(variable) => self.identifier(&sqlparser::ast::Ident::new(variable))?,
                _ => self.scalar(expr)?,
            },
            _ => self.scalar(expr)?,
        };
        Ok(coerced(&rows, SqlType::BigInt))
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
        let sql = format!("{} {word} {}", as_types(&left, &types), as_types(&right, &types));
        let columns =
            left.columns.into_iter().zip(types).map(|(column, sql_type)| Column { sql_type, ..column }).collect();
        Ok(Relation { sql, columns })
    }

    /// The rows of a table value constructor, each column in the type that its values have in common.
    pub(super) fn values(&mut self, values: &Values) -> Result<Relation, SqlError> {
        let rows = values.rows.iter().map(|row| row.content.iter().map(|value| self.scalar(value)).collect());
        let rows = rows.collect::<Result<Vec<Vec<Typed>>, _>>()?;
        let width = rows.first().map_or(0, Vec::len);
        if rows.iter().any(|row| row.len() != width) {
            let text = "All the rows of a table value constructor must have the same number of columns.";
            return Err(SqlError::new(10709, 16, text));
        }
        let common = |i: usize| rows.iter().fold(SqlType::Null, |common, row| common.common(row[i].sql_type));
        let types: Vec<_> = (0..width).map(common).collect();
        let row = |row: &Vec<Typed>| {
            let values: Vec<_> = row.iter().zip(&types).map(|(value, sql_type)| coerced(value, *sql_type)).collect();
            format!("({})", values.join(", "))
        };
        let sql = format!("VALUES {}", rows.iter().map(row).collect::<Vec<_>>().join(", "));
        let columns = types.into_iter().map(|sql_type| Column { name: String::new(), sql_type }).collect();
        Ok(Relation { sql, columns })
    }

    pub(super) fn scalar_subquery(&mut self, query: &Query) -> Result<Typed, SqlError> {
        let relation = self.query(query)?;
        match relation.columns.as_slice() {
            [column] => Ok(Typed::new(format!("({})", relation.sql), column.sql_type)),
            _ => Err(one_expression()),
        }
    }

    fn select(&mut self, select: &Select, order_by: Option<&OrderBy>, window: &str) -> Result<Relation, SqlError> {
        plain(select)?;
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
                .map(|(name, typed)| Column { name: name.clone().unwrap_or_default(), sql_type: typed.sql_type })
                .collect();
            let order = order_by.map(|order_by| this.order(order_by, &columns)).transpose()?.unwrap_or_default();
            let limit = this.top(select.top.as_ref(), window)?;
            let items: Vec<_> =
                projection.iter().map(|(alias, typed)| item(alias.as_deref(), typed, distinct)).collect();
            let sql = format!("SELECT {distinct}{}{from}{filter}{group}{having}{order}{limit}", items.join(", "));
            Ok(Relation { sql, columns })
        })
    }

    /// Projection, GROUP BY and HAVING. With aggregates, whatever is not grouped by must stand inside one (8120).
    fn grouped_projection(&mut self, select: &Select) -> Result<(Projection, String, String), SqlError> {
        let GroupByExpr::Expressions(keys, modifiers) = &select.group_by else {
            return Err(SqlError::unsupported("GROUP BY ALL"));
        };
        only_if(modifiers.is_empty(), "ROLLUP and CUBE")?;
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
        let keys: Vec<_> = keys.into_iter().map(|key| collated(key.sql, key.sql_type)).collect();
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
        let named = |column: &Reachable| (Some(column.name.clone()), column.typed.clone());
        let columns: Projection = sources.flat_map(|source| source.columns.iter().map(named)).collect();
        if columns.is_empty() { Err(SqlError::new(263, 16, "Must specify table to select from.")) } else { Ok(columns) }
    }

    fn order(&mut self, order_by: &OrderBy, columns: &[Column]) -> Result<String, SqlError> {
        let OrderByKind::Expressions(keys) = &order_by.kind else { return Err(SqlError::syntax("ALL")) };
        only_if(order_by.interpolate.is_none(), "INTERPOLATE")?;
        let keys = keys.iter().map(|key| self.order_key(key, columns)).collect::<Result<Vec<_>, _>>()?;
        Ok(format!(" ORDER BY {}", keys.join(", ")))
    }

    /// A key is, first of all, the name of a result column; then its number; then any expression.
    pub(super) fn order_key(&mut self, key: &OrderByExpr, columns: &[Column]) -> Result<String, SqlError> {
        only_if(key.options.nulls_first.is_none() && key.with_fill.is_none(), "NULLS FIRST, which is not T-SQL")?;
        let by_name = |ident: &str| columns.iter().find(|column| column.name.eq_ignore_ascii_case(ident));
        let value = match &key.expr {
            Expr::Identifier(ident) if by_name(&ident.value).is_some() => {
                by_name(&ident.value).map(|column| Typed::new(name(&column.name), column.sql_type))
            }
            Expr::Value(position) => {
                let position: usize =
                    position.value.to_string().parse().map_err(|_| SqlError::syntax(&position.value))?;
                let column = position.checked_sub(1).and_then(|index| columns.get(index));
                column.map(|column| Typed::new(position.to_string(), column.sql_type))
            }
            expr => Some(self.scalar(expr)?),
        };
        let value = value.ok_or_else(|| {
            let text = format!(
                "The ORDER BY position number {} is out of range of the number of items in the select list.",
                key.expr
            );
            SqlError::new(108, 16, text)
        })?;
        // A position keeps its meaning only while it stands alone.
        let is_position = value.sql.bytes().all(|byte| byte.is_ascii_digit());
        let sql = if is_position { value.sql } else { collated(value.sql, value.sql_type) };
        let direction = match &key.options.sort {
            None | Some(OrderBySort::Asc) => "ASC",
            Some(OrderBySort::Desc) => "DESC",
            Some(_) => return Err(SqlError::syntax("USING")),
        };
        Ok(format!("{sql} {direction}"))
    }

    fn top(&mut self, top: Option<&Top>, window: &str) -> Result<String, SqlError> {
        let Some(top) = top else { return Ok(window.to_owned()) };
        if !window.is_empty() {
            return Err(SqlError::new(10741, 15, "A TOP can not be used in the same query or sub-query as a OFFSET."));
        }
        only_if(!top.with_ties && !top.percent, "TOP with TIES or PERCENT")?;
        let rows = match &top.quantity {
            Some(TopQuantity::Constant(rows)) => rows.to_string(),
            Some(TopQuantity::Expr(rows)) => self.row_count(rows)?,
            None => return Err(SqlError::syntax("TOP")),
        };
        Ok(format!(" LIMIT tsql_offset({rows})"))
    }
}

/// Result columns: a name, where there is one, and the value.
pub(super) type Projection = Vec<(Option<String>, Typed)>;

fn item(alias: Option<&str>, typed: &Typed, distinct: &str) -> String {
    let sql = if distinct.is_empty() { typed.sql.clone() } else { collated(typed.sql.clone(), typed.sql_type) };
    match alias {
        Some(alias) => format!("{sql} AS {}", name(alias)),
        None => sql,
    }
}

/// A bare column keeps its name; any other expression has none.
fn implied_name(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Identifier(ident) if !ident.value.starts_with('@') => Some(ident.value.clone()),
        Expr::CompoundIdentifier(parts) => parts.last().map(|part| part.value.clone()),
        _ => None,
    }
}

/// Gives columns the names of an alias list, and refuses those that stay without one.
pub(super) fn rename(columns: &mut [Column], names: &[String], source: &str) -> Result<(), SqlError> {
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
    match columns.iter().position(|column| column.name.is_empty()) {
        Some(at) => {
            Err(SqlError::new(8155, 16, format!("No column name was specified for column {} of '{source}'.", at + 1)))
        }
        None => Ok(()),
    }
}

/// The relation's rows with its columns in other types.
fn as_types(relation: &Relation, types: &[SqlType]) -> String {
    let places: Vec<_> = (0..types.len()).map(|i| format!("c{i}")).collect();
    let cast = |(i, sql_type): (usize, &SqlType)| {
        let value = Typed::new(format!("c{i}"), relation.columns[i].sql_type);
        format!("{} AS {}", collated(coerced(&value, *sql_type), *sql_type), name(&relation.columns[i].name))
    };
    let casts: Vec<_> = types.iter().enumerate().map(cast).collect();
    format!("SELECT {} FROM (WITH s ({}) AS ({}) SELECT * FROM s)", casts.join(", "), places.join(", "), relation.sql)
}

/// Refuses the parts that other dialects have added to SELECT.
fn plain(select: &Select) -> Result<(), SqlError> {
    only_if(select.into.is_none(), "SELECT INTO")?;
    only_if(select.named_window.is_empty(), "WINDOW")?;
    let foreign = select.exclude.is_some()
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
    if foreign { Err(SqlError::syntax(select)) } else { Ok(()) }
}
