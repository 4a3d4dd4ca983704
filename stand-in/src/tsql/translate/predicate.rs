//! Conditions. T-SQL distinguishes them from values: neither can replace the other.

use super::{Translator, TypedSql, convert_sql};
use crate::error::SqlError;
use crate::types::{COLLATION, SqlType};
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
                let ((expr, left), (pattern, right)) = (explicit_collation(expr), explicit_collation(pattern));
                let collation = left.or(right).unwrap_or_default();
                let (mut text, mut pattern) = (self.text(expr)?, self.text(pattern)?);
                let ends_with = |suffix: &str| collation.ends_with(suffix);
                super::require_supported(
                    collation.is_empty() || ends_with("_ci_ai") || ends_with("_bin2"),
                    &format!("the collation {collation}"),
                )?;
                if ends_with("_ci_ai") {
                    (text, pattern) = (format!("tsql_unaccented({text})"), format!("tsql_unaccented({pattern})"));
                }
                let is_binary = ends_with("_bin2");
                let escape = match escape_char {
                    Some(escape) => self.text(escape)?,
                    None => "NULL".to_owned(),
                };
                Ok(format!("{}tsql_like({text}, {pattern}, {escape}, {is_binary})", not(*negated)))
            }
            other => Err(SqlError::new(
                4145,
                15,
                format!(
                    "An expression of non-boolean type specified in a context where a condition is expected, near \
                     '{other}'."
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
        Ok(compare(&left, op, &right))
    }

    fn in_subquery(&mut self, expr: &Expr, query: &Query, negated: bool) -> Result<String, SqlError> {
        let (value, relation) = (self.scalar(expr)?, self.query(query)?);
        let [column] = relation.columns.as_slice() else { return Err(one_expression()) };
        let common = value.sql_type.common(column.sql_type);
        let inner = convert_sql(&TypedSql::new("c", column.sql_type), common);
        let inner = format!("WITH s (c) AS ({}) SELECT {inner} FROM s", relation.sql);
        Ok(format!("({} {}IN ({inner}))", with_collation(convert_sql(&value, common), common), not(negated)))
    }

    /// Translates a scalar and converts it to text.
    pub(super) fn text(&mut self, expr: &Expr) -> Result<String, SqlError> {
        let value = self.scalar(expr)?;
        let unlimited = SqlType::Text { national: true, length: None };
        Ok(if value.sql_type.is_text() { value.sql } else { convert_sql(&value, unlimited) })
    }
}

/// The expression without its COLLATE clause, and the collation's name in lower case.
fn explicit_collation(expr: &Expr) -> (&Expr, Option<String>) {
    match expr {
        Expr::Collate { expr, collation } => (expr, Some(collation.to_string().to_lowercase())),
        other => (other, None),
    }
}

pub(super) fn one_expression() -> SqlError {
    let text =
        "Only one expression can be specified in the select list when the subquery is not introduced with EXISTS.";
    SqlError::new(116, 16, text)
}

/// Compares two values in their common type.
pub(super) fn compare(left: &TypedSql, op: &str, right: &TypedSql) -> String {
    let common = left.sql_type.common(right.sql_type);
    if common.is_text() {
        return format!("({} {op} {})", with_collation(left.sql.clone(), common), right.sql);
    }
    format!("({} {op} {})", convert_sql(left, common), convert_sql(right, common))
}

/// Adds T-SQL's collation to text, so that it compares and sorts by that collation.
pub(super) fn with_collation(sql: String, sql_type: SqlType) -> String {
    if sql_type.is_text() { format!("({sql}) COLLATE {COLLATION}") } else { sql }
}

fn not(negated: bool) -> &'static str {
    if negated { "NOT " } else { "" }
}
