//! The order of a result and the choice of its rows: ORDER BY, OFFSET, FETCH and TOP.

use super::predicate::with_collation;
use super::query::Projection;
use super::{Translator, TypedSql, convert_sql, quote_identifier, require_supported};
use crate::error::SqlError;
use crate::types::SqlType;
use crate::wire::columns::ResultColumn;
use sqlparser::ast::{
    Expr, Fetch, Ident, LimitClause, OrderBy, OrderByExpr, OrderByKind, OrderBySort, Top, TopQuantity, Value,
};

impl Translator<'_> {
    /// Translates OFFSET and FETCH to LIMIT and OFFSET.
    pub(super) fn offset_and_fetch(
        &mut self,
        order_by: Option<&OrderBy>,
        limit: Option<&LimitClause>,
        fetch: Option<&Fetch>,
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
                require_supported(!fetch.with_ties && !fetch.percent, "FETCH with TIES or PERCENT")?;
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
            // `grammar::lexer` replaced the variable by a placeholder.
            Expr::Value(value) => match &value.value {
                Value::Placeholder(variable) => self.identifier(&Ident::new(variable))?,
                _ => self.scalar(expr)?,
            },
            _ => self.scalar(expr)?,
        };
        Ok(convert_sql(&rows, SqlType::BigInt))
    }

    pub(super) fn order(&mut self, order_by: &OrderBy, columns: &[ResultColumn]) -> Result<String, SqlError> {
        let OrderByKind::Expressions(keys) = &order_by.kind else { return Err(SqlError::syntax("ALL")) };
        require_supported(order_by.interpolate.is_none(), "INTERPOLATE")?;
        let keys = keys.iter().map(|key| self.order_key(key, columns)).collect::<Result<Vec<_>, _>>()?;
        Ok(format!(" ORDER BY {}", keys.join(", ")))
    }

    /// Checks that SELECT DISTINCT sorts by its items only.
    pub(super) fn require_selected(&mut self, order_by: &OrderBy, projection: &Projection) -> Result<(), SqlError> {
        let OrderByKind::Expressions(keys) = &order_by.kind else { return Ok(()) };
        for key in keys {
            let is_selected = match &key.expr {
                Expr::Value(_) => true,
                Expr::Identifier(ident) if is_name(projection, &ident.value) => true,
                expr => {
                    let sql = self.scalar(expr)?.sql;
                    projection.iter().any(|(_, item)| item.sql == sql)
                }
            };
            if !is_selected {
                let text = "ORDER BY items must appear in the select list if SELECT DISTINCT is specified.";
                return Err(SqlError::new(145, 15, text));
            }
        }
        Ok(())
    }

    /// Translates a sort key: the name of a result column, its position, or an expression, in this order.
    pub(super) fn order_key(&mut self, key: &OrderByExpr, columns: &[ResultColumn]) -> Result<String, SqlError> {
        require_supported(
            key.options.nulls_first.is_none() && key.with_fill.is_none(),
            "NULLS FIRST, which is not T-SQL",
        )?;
        let by_name = |ident: &str| columns.iter().find(|column| column.name.eq_ignore_ascii_case(ident));
        let value = match &key.expr {
            Expr::Identifier(ident) if by_name(&ident.value).is_some() => {
                by_name(&ident.value).map(|column| TypedSql::new(quote_identifier(&column.name), column.sql_type))
            }
            Expr::Value(position) => {
                let position: usize =
                    position.value.to_string().parse().map_err(|_| SqlError::syntax(&position.value))?;
                let column = position.checked_sub(1).and_then(|index| columns.get(index));
                column.map(|column| TypedSql::new(position.to_string(), column.sql_type))
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
        // With a collation, a position would become a constant.
        let is_position = value.sql.bytes().all(|byte| byte.is_ascii_digit());
        let sql = if is_position { value.sql } else { with_collation(value.sql, value.sql_type) };
        let direction = match &key.options.sort {
            None | Some(OrderBySort::Asc) => "ASC",
            Some(OrderBySort::Desc) => "DESC",
            Some(_) => return Err(SqlError::syntax("USING")),
        };
        Ok(format!("{sql} {direction}"))
    }

    pub(super) fn top(&mut self, top: Option<&Top>, window: &str) -> Result<String, SqlError> {
        let Some(top) = top else { return Ok(window.to_owned()) };
        if !window.is_empty() {
            return Err(SqlError::new(10741, 15, "A TOP can not be used in the same query or sub-query as a OFFSET."));
        }
        require_supported(!top.with_ties && !top.percent, "TOP with TIES or PERCENT")?;
        let rows = match &top.quantity {
            Some(TopQuantity::Constant(rows)) => rows.to_string(),
            Some(TopQuantity::Expr(rows)) => self.row_count(rows)?,
            None => return Err(SqlError::syntax("TOP")),
        };
        Ok(format!(" LIMIT tsql_offset({rows})"))
    }
}

/// Whether an item of the select list has this name.
fn is_name(projection: &Projection, name: &str) -> bool {
    projection.iter().any(|(item, _)| item.as_deref().is_some_and(|item| item.eq_ignore_ascii_case(name)))
}
