//! Operators between values, with the types of their results.

use super::super::error::SqlError;
use super::super::types::SqlType;
use super::{Translator, Typed, coerced};
use sqlparser::ast::{BinaryOperator, Expr, UnaryOperator};

impl Translator<'_> {
    pub(super) fn arithmetic(&mut self, left: &Expr, op: &BinaryOperator, right: &Expr) -> Result<Typed, SqlError> {
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
            SqlType::Text { .. } if *op == BinaryOperator::Plus => Ok(concatenated(&left, &right)),
            SqlType::Real | SqlType::Float => Ok(floating(&left, op, &right)),
            SqlType::Decimal { .. } => exact(&left, op, &right),
            SqlType::Bit | SqlType::TinyInt | SqlType::SmallInt | SqlType::Int | SqlType::BigInt => {
                Ok(whole(&left, op, &right, common))
            }
            other => Err(SqlError::new(
                8117,
                16,
                format!("Operand data type {} is invalid for {op} operator.", other.base_name()),
            )),
        }
    }

    pub(super) fn signed(&mut self, op: UnaryOperator, expr: &Expr) -> Result<Typed, SqlError> {
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
        Ok(Typed::new(format!("({sign}{})", inner.sql), inner.sql_type))
    }
}

fn concatenated(left: &Typed, right: &Typed) -> Typed {
    let length = |typed: &Typed| match typed.sql_type {
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
    Typed::new(format!("({} || {})", left.sql, right.sql), sql_type)
}

fn floating(left: &Typed, op: &BinaryOperator, right: &Typed) -> Typed {
    let (a, b) = (coerced(left, SqlType::Float), coerced(right, SqlType::Float));
    let sql = match op {
        BinaryOperator::Divide => format!("tsql_divide({a}, {b}, 0)"),
        BinaryOperator::Modulo => format!("tsql_remainder({a}, {b})"),
        op => format!("({a} {op} {b})"),
    };
    Typed::new(sql, SqlType::Float)
}

fn whole(left: &Typed, op: &BinaryOperator, right: &Typed, common: SqlType) -> Typed {
    let (a, b) = (&left.sql, &right.sql);
    match op {
        BinaryOperator::Divide => Typed::new(format!("tsql_divide({a}, {b}, 0)"), common),
        BinaryOperator::Modulo => Typed::new(format!("tsql_remainder({a}, {b})"), common),
        op => Typed::new(coerced(&Typed::new(format!("({a} {op} {b})"), SqlType::BigInt), common), common),
    }
}

/// Decimal arithmetic with the result types of SQL Server's documentation ("Precision, scale, and length").
fn exact(left: &Typed, op: &BinaryOperator, right: &Typed) -> Result<Typed, SqlError> {
    let decimal = |typed: &Typed| match literal_digits(typed).or(typed.sql_type.as_decimal()) {
        Some((precision, scale)) => Ok((coerced(typed, SqlType::Decimal { precision, scale }), precision, scale)),
        None => Err(SqlError::unsupported(format_args!("arithmetic of a decimal and a {}", typed.sql_type))),
    };
    let ((a, p1, s1), (b, p2, s2)) = (decimal(left)?, decimal(right)?);
    let scale = s1.max(s2);
    let aligned = |sql: &str, had: u8| format!("({sql} * {})", 10_u64.saturating_pow(u32::from(scale - had)));
    let sum = (p1 - s1).max(p2 - s2) + scale + 1;
    let result = |sql: String, precision: u8, scale: u8| {
        Ok(Typed::new(sql, SqlType::Decimal { precision: precision.min(38), scale }))
    };
    match op {
        BinaryOperator::Multiply => result(format!("({a} * {b})"), p1 + p2 + 1, s1 + s2),
        BinaryOperator::Divide => {
            // SQL Server goes on to 38 digits; 18 are stored here, so a quotient keeps 12 decimals at most.
            let scale = 6.max(s1 + p2 + 1).min(12);
            result(format!("tsql_divide({a}, {b}, {})", scale + s2 - s1.min(scale + s2)), p1 - s1 + s2 + scale, scale)
        }
        BinaryOperator::Modulo => {
            result(format!("tsql_remainder({}, {})", aligned(&a, s1), aligned(&b, s2)), sum, scale)
        }
        op => result(format!("({} {op} {})", aligned(&a, s1), aligned(&b, s2)), sum, scale),
    }
}

/// In exact arithmetic a whole literal is as precise as it has digits.
fn literal_digits(typed: &Typed) -> Option<(u8, u8)> {
    let whole = typed.sql_type == SqlType::Int && typed.sql.bytes().all(|byte| byte.is_ascii_digit());
    u8::try_from(typed.sql.len()).ok().filter(|_| whole).map(|digits| (digits, 0))
}
