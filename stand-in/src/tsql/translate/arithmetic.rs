//! Arithmetic operators and concatenation, with the types of their results.

use super::{Translator, TypedSql, convert_sql};
use crate::error::SqlError;
use crate::types::SqlType;
use sqlparser::ast::{BinaryOperator, Expr, UnaryOperator};

impl Translator<'_> {
    pub(super) fn arithmetic(&mut self, left: &Expr, op: &BinaryOperator, right: &Expr) -> Result<TypedSql, SqlError> {
        if !matches!(
            op,
            BinaryOperator::Plus
                | BinaryOperator::Minus
                | BinaryOperator::Multiply
                | BinaryOperator::Divide
                | BinaryOperator::Modulo
        ) {
            return Err(SqlError::syntax(op));
        }
        let (left, right) = (self.scalar(left)?, self.scalar(right)?);
        let common = left.sql_type.common(right.sql_type);
        match common {
            SqlType::Text { .. } if *op == BinaryOperator::Plus => Ok(concatenate(&left, &right)),
            SqlType::Real | SqlType::Float => Ok(float_operation(&left, op, &right)),
            SqlType::Decimal { .. } => decimal_operation(&left, op, &right),
            SqlType::Bit | SqlType::TinyInt | SqlType::SmallInt | SqlType::Int | SqlType::BigInt => {
                Ok(integer_operation(&left, op, &right, common))
            }
            other => Err(SqlError::new(
                8117,
                16,
                format!("Operand data type {} is invalid for {op} operator.", other.base_name()),
            )),
        }
    }

    pub(super) fn unary(&mut self, op: UnaryOperator, expr: &Expr) -> Result<TypedSql, SqlError> {
        let inner = self.scalar(expr)?;
        let sign = match op {
            UnaryOperator::Minus => "-",
            UnaryOperator::Plus => "+",
            other => return Err(SqlError::syntax(other)),
        };
        if !inner.sql_type.is_number() {
            let sql_type = inner.sql_type.base_name();
            return Err(SqlError::new(
                8117,
                16,
                format!("Operand data type {sql_type} is invalid for {sign} operator."),
            ));
        }
        Ok(TypedSql::new(format!("({sign}{})", inner.sql), inner.sql_type))
    }
}

fn concatenate(left: &TypedSql, right: &TypedSql) -> TypedSql {
    let length = |typed: &TypedSql| match typed.sql_type {
        SqlType::Text { length, .. } => length,
        _ => Some(0),
    };
    let sql_type = match left.sql_type.common(right.sql_type) {
        SqlType::Text { national, .. } => {
            let most = if national { 4000 } else { 8000 };
            let length = length(left).zip(length(right)).map(|(a, b)| a.saturating_add(b).min(most));
            SqlType::Text { national, length }
        }
        other => other,
    };
    TypedSql::new(format!("({} || {})", left.sql, right.sql), sql_type)
}

fn float_operation(left: &TypedSql, op: &BinaryOperator, right: &TypedSql) -> TypedSql {
    let (a, b) = (convert_sql(left, SqlType::Float), convert_sql(right, SqlType::Float));
    let sql = match op {
        BinaryOperator::Divide => format!("tsql_divide({a}, {b}, 0)"),
        BinaryOperator::Modulo => format!("tsql_remainder({a}, {b})"),
        op => format!("({a} {op} {b})"),
    };
    TypedSql::new(sql, SqlType::Float)
}

fn integer_operation(left: &TypedSql, op: &BinaryOperator, right: &TypedSql, common: SqlType) -> TypedSql {
    let number = |operand: &TypedSql| {
        if operand.sql_type.is_text() { convert_sql(operand, common) } else { operand.sql.clone() }
    };
    let (a, b) = (number(left), number(right));
    match op {
        BinaryOperator::Divide => TypedSql::new(format!("tsql_divide({a}, {b}, 0)"), common),
        BinaryOperator::Modulo => TypedSql::new(format!("tsql_remainder({a}, {b})"), common),
        op => TypedSql::new(convert_sql(&TypedSql::new(format!("({a} {op} {b})"), SqlType::BigInt), common), common),
    }
}

/// Decimal arithmetic. Result types follow "Precision, scale, and length" in SQL Server's documentation.
fn decimal_operation(left: &TypedSql, op: &BinaryOperator, right: &TypedSql) -> Result<TypedSql, SqlError> {
    let decimal = |typed: &TypedSql| match literal_digits(typed).or(typed.sql_type.as_decimal()) {
        Some((precision, scale)) => Ok((convert_sql(typed, SqlType::Decimal { precision, scale }), precision, scale)),
        None => Err(SqlError::unsupported(format_args!("arithmetic of a decimal and a {}", typed.sql_type))),
    };
    let ((a, p1, s1), (b, p2, s2)) = (decimal(left)?, decimal(right)?);
    let scale = s1.max(s2);
    let aligned = |sql: &str, had: u8| format!("({sql} * {})", 10_u64.saturating_pow(u32::from(scale - had)));
    let sum = (p1 - s1).max(p2 - s2) + scale + 1;
    let result = |sql: String, precision: u8, scale: u8| {
        Ok(TypedSql::new(sql, SqlType::Decimal { precision: precision.min(38), scale }))
    };
    match op {
        BinaryOperator::Multiply => result(format!("({a} * {b})"), p1 + p2 + 1, s1 + s2),
        BinaryOperator::Divide => {
            // SQL Server keeps up to 38 digits. The stand-in stores 18, so a quotient keeps at most 12 decimals.
            let scale = 6.max(s1 + p2 + 1).min(12);
            result(format!("tsql_divide({a}, {b}, {})", scale + s2 - s1.min(scale + s2)), p1 - s1 + s2 + scale, scale)
        }
        BinaryOperator::Modulo => {
            result(format!("tsql_remainder({}, {})", aligned(&a, s1), aligned(&b, s2)), sum, scale)
        }
        op => result(format!("({} {op} {})", aligned(&a, s1), aligned(&b, s2)), sum, scale),
    }
}

/// The precision of an integer literal in decimal arithmetic: the number of its digits.
fn literal_digits(typed: &TypedSql) -> Option<(u8, u8)> {
    let whole = typed.sql_type == SqlType::Int && typed.sql.bytes().all(|byte| byte.is_ascii_digit());
    u8::try_from(typed.sql.len()).ok().filter(|_| whole).map(|digits| (digits, 0))
}
