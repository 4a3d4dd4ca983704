//! Conditions. T-SQL keeps them apart from values: neither stands in the other's place.

use super::super::error::SqlError;
use super::super::types::{COLLATION, SqlType};
use super::{Translator, Typed, coerced};
use sqlparser::ast::{BinaryOperator, Expr, InTarget, Query, UnaryOperator};

impl Translator<'_> {
    /// Translates a condition.
    pub(crate) fn predicate(&mut self, expr: &Expr) -> Result<String, SqlError> {
        match expr {
            Expr::Nested(inner) => Ok(format!("({})", self.predicate(inner)?)),
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => Ok(format!("NOT ({})", self.predicate(expr)?)),
            Expr::BinaryOp { left, op: op @ (BinaryOperator::And | BinaryOperator::Or), right } => {
                Ok(format!("({} {op} {})", self.predicate(left)?, self.predicate(right)?))
            }
            Expr::BinaryOp { left, op, right } => self.comparison(left, op, right),
            Expr::IsNull(inner) => Ok(format!("({} IS NULL)", self.scalar(inner)?.sql)),
            Expr::IsNotNull(inner) => Ok(format!("({} IS NOT NULL)", self.scalar(inner)?.sql)),
            Expr::Between { expr, negated, low, high } => {
                let (least, most) = (
                    self.comparison(expr, &BinaryOperator::GtEq, low)?,
                    self.comparison(expr, &BinaryOperator::LtEq, high)?,
                );
                Ok(format!("{}({least} AND {most})", not(*negated)))
            }
            Expr::In { expr, target: InTarget::List(list), negated, global: false } => {
                let tests = list.iter().map(|item| self.comparison(expr, &BinaryOperator::Eq, item));
                let tests = tests.collect::<Result<Vec<_>, _>>()?;
                Ok(format!("{}({})", not(*negated), tests.join(" OR ")))
            }
            Expr::In { expr, target: InTarget::Subquery(query), negated, global: false } => {
                self.in_subquery(expr, query, *negated)
            }
            Expr::Exists { subquery, negated } => {
                Ok(format!("{}EXISTS ({})", not(*negated), self.query(subquery)?.sql))
            }
            Expr::Like { negated, any: false, expr, pattern, escape_char } => {
                let (text, pattern) = (self.text(expr)?, self.text(pattern)?);
                let escape = match escape_char {
                    Some(escape) => self.text(escape)?,
                    None => "NULL".to_owned(),
                };
                Ok(format!("{}tsql_like({text}, {pattern}, {escape})", not(*negated)))
            }
            other => Err(SqlError::new(
                4145,
                15,
                format!(
                    "An expression of non-boolean type specified in a context where a condition is expected, near '{other}'."
                ),
            )),
        }
    }

    pub(super) fn comparison(&mut self, left: &Expr, op: &BinaryOperator, right: &Expr) -> Result<String, SqlError> {
        let op = match op {
            BinaryOperator::Eq => "=",
            BinaryOperator::NotEq => "<>",
            BinaryOperator::Lt => "<",
            BinaryOperator::LtEq => "<=",
            BinaryOperator::Gt => ">",
            BinaryOperator::GtEq => ">=",
            other => {
                let text =
                    "An expression of non-boolean type specified in a context where a condition is expected, near";
                return Err(SqlError::new(4145, 15, format!("{text} '{other}'.")));
            }
        };
        let (left, right) = (self.scalar(left)?, self.scalar(right)?);
        Ok(compared(&left, op, &right))
    }

    fn in_subquery(&mut self, expr: &Expr, query: &Query, negated: bool) -> Result<String, SqlError> {
        let (value, relation) = (self.scalar(expr)?, self.query(query)?);
        let [column] = relation.columns.as_slice() else { return Err(one_expression()) };
        let common = value.sql_type.common(column.sql_type);
        let inner = coerced(&Typed::new("c", column.sql_type), common);
        let inner = format!("WITH s (c) AS ({}) SELECT {inner} FROM s", relation.sql);
        Ok(format!("({} {}IN ({inner}))", collated(coerced(&value, common), common), not(negated)))
    }

    /// A scalar as text.
    pub(super) fn text(&mut self, expr: &Expr) -> Result<String, SqlError> {
        let value = self.scalar(expr)?;
        let unlimited = SqlType::Text { national: true, length: None };
        Ok(if value.sql_type.is_text() { value.sql } else { coerced(&value, unlimited) })
    }
}

pub(super) fn one_expression() -> SqlError {
    let text =
        "Only one expression can be specified in the select list when the subquery is not introduced with EXISTS.";
    SqlError::new(116, 16, text)
}

/// Two values compared in the type that they have in common.
pub(super) fn compared(left: &Typed, op: &str, right: &Typed) -> String {
    let common = left.sql_type.common(right.sql_type);
    if common.is_text() {
        return format!("({} {op} {})", collated(left.sql.clone(), common), right.sql);
    }
    format!("({} {op} {})", coerced(left, common), coerced(right, common))
}

/// Text with T-SQL's collation, so that it compares and sorts by it.
pub(super) fn collated(sql: String, sql_type: SqlType) -> String {
    if sql_type.is_text() { format!("({sql}) COLLATE {COLLATION}") } else { sql }
}

fn not(negated: bool) -> &'static str {
    if negated { "NOT " } else { "" }
}
