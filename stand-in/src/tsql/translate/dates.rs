//! DATEADD, DATEDIFF and DATEDIFF_BIG by days or shorter parts.

use super::{Translator, TypedSql, convert_sql};
use crate::error::SqlError;
use crate::types::SqlType;
use crate::types::temporal::DAY;
use sqlparser::ast::Expr;

const SECOND: i64 = 10_000_000;

/// The length of a datepart in units of 100 ns.
fn length(part: &Expr) -> Result<i64, SqlError> {
    let name = part.to_string();
    match name.to_uppercase().as_str() {
        "DAY" | "DD" | "D" => Ok(DAY),
        "HOUR" | "HH" => Ok(3600 * SECOND),
        "MINUTE" | "MI" | "N" => Ok(60 * SECOND),
        "SECOND" | "SS" | "S" => Ok(SECOND),
        "MILLISECOND" | "MS" => Ok(SECOND / 1000),
        "MICROSECOND" | "MCS" => Ok(SECOND / 1_000_000),
        // Months and years differ in length.
        _ => Err(SqlError::unsupported(format_args!("the datepart {name}"))),
    }
}

impl Translator<'_> {
    /// DATEDIFF: the number of datepart boundaries between two dates, as int. More than an int holds is error 535.
    pub(super) fn date_diff(&mut self, part: &Expr, from: &Expr, until: &Expr) -> Result<TypedSql, SqlError> {
        let difference = self.date_diff_big(part, from, until)?;
        Ok(TypedSql::new(format!("tsql_datediff({})", difference.sql), SqlType::Int))
    }

    /// DATEDIFF_BIG: the same as bigint.
    pub(super) fn date_diff_big(&mut self, part: &Expr, from: &Expr, until: &Expr) -> Result<TypedSql, SqlError> {
        let length = length(part)?;
        let [from, until] = [self.datetime2(from)?, self.datetime2(until)?].map(|date| date.sql);
        Ok(TypedSql::new(format!("(({until}) / {length} - ({from}) / {length})"), SqlType::BigInt))
    }

    /// DATEADD: the result has the type of the date argument.
    pub(super) fn date_add(&mut self, part: &Expr, count: &Expr, from: &Expr) -> Result<TypedSql, SqlError> {
        let length = length(part)?;
        let (count, from) = (self.scalar(count)?, self.scalar(from)?);
        let count = convert_sql(&count, SqlType::Int);
        let sql_type = match from.sql_type {
            SqlType::DateTime | SqlType::DateTime2(_) => from.sql_type,
            // Text converts to datetime.
            SqlType::Text { .. } => SqlType::DateTime,
            other => return Err(SqlError::unsupported(format_args!("DATEADD on {other}"))),
        };
        let sum = format!("({} + ({count}) * {length})", convert_sql(&from, sql_type));
        let sum = TypedSql::new(sum, SqlType::DateTime2(7));
        Ok(TypedSql::new(convert_sql(&sum, sql_type), sql_type))
    }

    fn datetime2(&mut self, expr: &Expr) -> Result<TypedSql, SqlError> {
        let value = self.scalar(expr)?;
        Ok(TypedSql::new(convert_sql(&value, SqlType::DateTime2(7)), SqlType::DateTime2(7)))
    }
}
