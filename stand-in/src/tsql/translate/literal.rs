//! Literals.

use super::{TypedSql, quote_literal};
use crate::error::SqlError;
use crate::types::SqlType;
use crate::types::convert::{parse_decimal, to_code_page, units};
use sqlparser::ast::Value;

/// Translates a literal. Its type is the one SQL Server gives it.
pub(super) fn translate_literal(value: &Value) -> Result<TypedSql, SqlError> {
    let text_type = |national: bool, text: &str| {
        let (length, most) = (units(text, national).max(1), if national { 4000 } else { 8000 });
        SqlType::Text { national, length: u16::try_from(length).ok().filter(|length| *length <= most) }
    };
    match value {
        Value::Null => Ok(TypedSql::new("NULL", SqlType::Null)),
        Value::Number(text, false) => number(text),
        Value::NationalStringLiteral(text) => Ok(TypedSql::new(quote_literal(text), text_type(true, text))),
        Value::SingleQuotedString(text) => {
            let text = to_code_page(text);
            Ok(TypedSql::new(quote_literal(&text), text_type(false, &text)))
        }
        Value::HexStringLiteral(digits) => {
            let length = u16::try_from(digits.len() / 2).unwrap_or(8000);
            Ok(TypedSql::new(format!("x'{digits}'"), SqlType::Binary { length: Some(length.max(1)) }))
        }
        Value::Placeholder(variable) => Err(SqlError::undeclared(variable)),
        other => Err(SqlError::syntax(other)),
    }
}

fn number(text: &str) -> Result<TypedSql, SqlError> {
    if let Ok(number) = text.parse::<i32>() {
        return Ok(TypedSql::new(number.to_string(), SqlType::Int));
    }
    if text.contains(['e', 'E']) {
        return Ok(TypedSql::new(text, SqlType::Float));
    }
    let (digits, scale) = parse_decimal(text).ok_or_else(|| SqlError::syntax(text))?;
    let digits = i64::try_from(digits).map_err(|_| SqlError::overflow("numeric"))?;
    let precision = u8::try_from(digits.to_string().len()).unwrap_or(38).max(scale).max(1);
    Ok(TypedSql::new(digits.to_string(), SqlType::Decimal { precision, scale }))
}
