//! DATEADD and DATEDIFF, by whole days or shorter.

use super::super::error::SqlError;
use super::super::temporal::DAY;
use super::super::types::SqlType;
use super::{Translator, Typed, coerced};
use sqlparser::ast::Expr;

const SECOND: i64 = 10_000_000;

/// The length of a part of a date, in the 100 ns in which dates are kept.
fn length(part: &Expr) -> Result<i64, SqlError> {
    let name = part.to_string();
    match name.to_uppercase().as_str() {
        "DAY" | "DD" | "D" => Ok(DAY),
        "HOUR" | "HH" => Ok(3600 * SECOND),
        "MINUTE" | "MI" | "N" => Ok(60 * SECOND),
        "SECOND" | "SS" | "S" => Ok(SECOND),
        "MILLISECOND" | "MS" => Ok(SECOND / 1000),
        // Months and years have no one length.
        _ => Err(SqlError::unsupported(format_args!("{name} as a part of a date"))),
    }
}

impl Translator<'_> {
    /// How many borders between two such parts lie between the moments: int.
    pub(super) fn date_diff(&mut self, part: &Expr, from: &Expr, until: &Expr) -> Result<Typed, SqlError> {
        let length = length(part)?;
        let [from, until] = [self.moment(from)?, self.moment(until)?].map(|moment| moment.sql);
        let parts = Typed::new(format!("(({until}) / {length} - ({from}) / {length})"), SqlType::BigInt);
        Ok(Typed::new(coerced(&parts, SqlType::Int), SqlType::Int))
    }

    /// The moment so many parts later, in the type of the moment.
    pub(super) fn date_add(&mut self, part: &Expr, count: &Expr, from: &Expr) -> Result<Typed, SqlError> {
        let length = length(part)?;
        let (count, from) = (self.scalar(count)?, self.scalar(from)?);
        let count = coerced(&count, SqlType::Int);
        let sql_type = match from.sql_type {
            SqlType::DateTime | SqlType::DateTime2(_) => from.sql_type,
            // A text is taken for a datetime.
            SqlType::Text { .. } => SqlType::DateTime,
            other => return Err(SqlError::unsupported(format_args!("DATEADD on {other}"))),
        };
        let exact = SqlType::DateTime2(7);
        let later = Typed::new(format!("({} + ({count}) * {length})", coerced(&from, sql_type)), exact);
        Ok(Typed::new(coerced(&later, sql_type), sql_type))
    }

    fn moment(&mut self, expr: &Expr) -> Result<Typed, SqlError> {
        let value = self.scalar(expr)?;
        Ok(Typed::new(coerced(&value, SqlType::DateTime2(7)), SqlType::DateTime2(7)))
    }
}
