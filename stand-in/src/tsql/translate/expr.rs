//! Scalar expressions: the dispatch by kind, CAST and CASE.

use super::literal::translate_literal;
use super::{Translator, TypedSql, convert_sql};
use crate::error::SqlError;
use crate::types::SqlType;
use sqlparser::ast::{BinaryOperator, CaseWhen, CastKind, Expr};

impl Translator<'_> {
    /// Translates a scalar expression. In a grouped SELECT, each column must be part of a GROUP BY expression.
    pub(crate) fn scalar(&mut self, expr: &Expr) -> Result<TypedSql, SqlError> {
        let Some(groups) = self.scope().groups.take() else { return self.bare_scalar(expr) };
        let whole = self.bare_scalar(expr);
        let found = whole.as_ref().is_ok_and(|whole| groups.contains(&whole.sql));
        self.scope().groups = Some(groups);
        if found { whole } else { self.bare_scalar(expr) }
    }

    fn bare_scalar(&mut self, expr: &Expr) -> Result<TypedSql, SqlError> {
        match expr {
            Expr::Nested(inner) => {
                let inner = self.scalar(inner)?;
                Ok(TypedSql::new(format!("({})", inner.sql), inner.sql_type))
            }
            Expr::Value(value) => translate_literal(&value.value),
            Expr::Identifier(ident) => self.identifier(ident),
            Expr::CompoundIdentifier(parts) => self.compound(parts),
            Expr::BinaryOp { left, op, right } => self.arithmetic(left, op, right),
            Expr::UnaryOp { op, expr } => self.unary(*op, expr),
            Expr::Cast { kind: CastKind::Cast, expr, data_type, format: None } => {
                self.cast(expr, SqlType::cast_target(data_type)?)
            }
            Expr::Convert { is_try: false, expr, data_type: Some(data_type), charset: None, styles, .. } => {
                super::require_supported(styles.is_empty(), "CONVERT with a style")?;
                self.cast(expr, SqlType::cast_target(data_type)?)
            }
            Expr::Case { operand, conditions, else_result, .. } => {
                self.case(operand.as_deref(), conditions, else_result.as_deref())
            }
            Expr::Subquery(query) => self.scalar_subquery(query),
            Expr::Function(call) => self.function(call),
            Expr::Substring { expr, substring_from, substring_for, .. } => {
                self.substring(expr, substring_from.as_deref(), substring_for.as_deref())
            }
            Expr::Trim { trim_where: None, trim_what: None, expr, trim_characters: None } => self.trim("trim", expr),
            other => Err(SqlError::unsupported(format_args!("{other} where a value is expected"))),
        }
    }

    fn cast(&mut self, expr: &Expr, to: SqlType) -> Result<TypedSql, SqlError> {
        let value = self.scalar(expr)?;
        let from = if value.sql_type == SqlType::Variant { SqlType::nvarchar(4000) } else { value.sql_type };
        Ok(TypedSql::new(convert_sql(&TypedSql::new(value.sql, from), to), to))
    }

    fn case(
        &mut self,
        operand: Option<&Expr>,
        conditions: &[CaseWhen],
        otherwise: Option<&Expr>,
    ) -> Result<TypedSql, SqlError> {
        let mut tests = Vec::new();
        let mut results = Vec::new();
        for CaseWhen { condition, result } in conditions {
            tests.push(match operand {
                Some(operand) => self.comparison(operand, &BinaryOperator::Eq, condition)?,
                None => self.predicate(condition)?,
            });
            results.push(self.scalar(result)?);
        }
        let otherwise = otherwise.map(|expr| self.scalar(expr)).transpose()?;
        let all = results.iter().chain(&otherwise);
        let sql_type = all.fold(SqlType::Null, |common, result| common.common(result.sql_type));
        let mut sql = String::from("CASE");
        for (test, result) in tests.iter().zip(&results) {
            sql += &format!(" WHEN {test} THEN {}", convert_sql(result, sql_type));
        }
        let last = otherwise.map_or_else(|| "NULL".to_owned(), |result| convert_sql(&result, sql_type));
        Ok(TypedSql::new(format!("{sql} ELSE {last} END"), sql_type))
    }
}
