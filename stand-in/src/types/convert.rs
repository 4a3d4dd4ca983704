//! Conversion of values between types: CAST, parameters, stored columns.

use super::temporal;
use super::{STORED_DIGITS, SqlType};
use crate::error::SqlError;
use encoding_rs::WINDOWS_1252;
use rusqlite::types::Value;

/// Converts a stored value of type `from` to type `to`. Like CAST, it truncates text that is too long.
///
/// # Errors
/// 245 or 8114 for text that is not a number, 8169 not a GUID, 241 not a date, 242 a `datetime` out of range, 8115 an
/// overflow, 529 a conversion that does not exist.
pub(crate) fn convert(value: Value, from: SqlType, to: SqlType) -> Result<Value, SqlError> {
    if value == Value::Null || from == to {
        return Ok(value);
    }
    match to {
        SqlType::Null | SqlType::Variant => Ok(value),
        SqlType::Bit => integer(value, from, to).map(|n| Value::Integer(i64::from(n != 0))),
        SqlType::TinyInt => ranged(value, from, to, 0, 255),
        SqlType::SmallInt => ranged(value, from, to, i64::from(i16::MIN), i64::from(i16::MAX)),
        SqlType::Int => ranged(value, from, to, i64::from(i32::MIN), i64::from(i32::MAX)),
        SqlType::BigInt => integer(value, from, to).map(Value::Integer),
        SqlType::Decimal { precision, scale } => decimal(&value, from, precision, scale).map(Value::Integer),
        SqlType::Real => float(&value, from, to).map(|n| Value::Real(f64::from(n as f32))),
        SqlType::Float => float(&value, from, to).map(Value::Real),
        SqlType::Text { national, length } => text(value, from, national, length),
        SqlType::Binary { length } => binary(value, from, length),
        SqlType::Guid => guid(&value, from),
        SqlType::Date | SqlType::Time(_) | SqlType::DateTime | SqlType::DateTime2(_) => instant(&value, from, to),
    }
}

fn disallowed(from: SqlType, to: SqlType) -> SqlError {
    let (from, to) = (from.base_name(), to.base_name());
    SqlError::new(529, 16, format!("Explicit conversion from data type {from} to {to} is not allowed."))
}

fn ranged(value: Value, from: SqlType, to: SqlType, least: i64, most: i64) -> Result<Value, SqlError> {
    let number = integer(value, from, to)?;
    if (least..=most).contains(&number) { Ok(Value::Integer(number)) } else { Err(SqlError::overflow(to.base_name())) }
}

fn integer(value: Value, from: SqlType, to: SqlType) -> Result<i64, SqlError> {
    match value {
        Value::Integer(scaled) => match from {
            SqlType::Decimal { scale, .. } => Ok(scaled / power_of_ten(scale)?),
            from if from.is_integer() || from == SqlType::Null => Ok(scaled),
            from => Err(disallowed(from, to)),
        },
        Value::Real(number) if number.abs() < 9.2e18 => Ok(number.trunc() as i64),
        Value::Real(_) => Err(SqlError::overflow(to.base_name())),
        Value::Text(text) => parse_integer(&text, from, to),
        Value::Null | Value::Blob(_) => Err(disallowed(from, to)),
    }
}

fn parse_integer(text: &str, from: SqlType, to: SqlType) -> Result<i64, SqlError> {
    let trimmed = text.trim_matches(' ');
    if trimmed.is_empty() {
        return Ok(0);
    }
    let (from, to) = (from.base_name(), to.base_name());
    trimmed.parse().map_err(|_| match to {
        "bigint" => SqlError::new(8114, 16, format!("Error converting data type {from} to bigint.")),
        _ => SqlError::new(
            245,
            16,
            format!("Conversion failed when converting the {from} value '{text}' to data type {to}."),
        ),
    })
}

pub(crate) fn power_of_ten(scale: u8) -> Result<i64, SqlError> {
    10_i64.checked_pow(u32::from(scale)).ok_or_else(|| SqlError::overflow("numeric"))
}

fn decimal(value: &Value, from: SqlType, precision: u8, scale: u8) -> Result<i64, SqlError> {
    let overflow = || SqlError::overflow("numeric");
    let scaled = match value {
        Value::Integer(number) => {
            let (_, had) = from.as_decimal().ok_or_else(|| disallowed(from, SqlType::Decimal { precision, scale }))?;
            rescale(i128::from(*number), had, scale)
        }
        Value::Real(number) => {
            let scaled = (number * 10_f64.powi(i32::from(scale))).round();
            if scaled.abs() < 1e38 { scaled as i128 } else { return Err(overflow()) }
        }
        Value::Text(text) => {
            let (digits, had) = parse_decimal(text).ok_or_else(|| {
                SqlError::new(8114, 16, format!("Error converting data type {} to numeric.", from.base_name()))
            })?;
            rescale(digits, had, scale)
        }
        Value::Null | Value::Blob(_) => return Err(disallowed(from, SqlType::Decimal { precision, scale })),
    };
    let limit = 10_i128.pow(u32::from(precision.min(STORED_DIGITS)));
    if scaled.abs() < limit { i64::try_from(scaled).map_err(|_| overflow()) } else { Err(overflow()) }
}

/// Moves the decimal point, rounding half away from zero.
pub(crate) fn rescale(number: i128, from: u8, to: u8) -> i128 {
    if to >= from {
        return number.saturating_mul(10_i128.saturating_pow(u32::from(to - from)));
    }
    let unit = 10_i128.saturating_pow(u32::from(from - to));
    (number + number.signum() * unit / 2) / unit
}

/// Parses a plain number such as `-12.50` into digits and scale.
pub(crate) fn parse_decimal(text: &str) -> Option<(i128, u8)> {
    let text = text.trim_matches(' ');
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let valid = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = whole.strip_prefix(['-', '+']).unwrap_or(whole);
    if !valid(unsigned) || !valid(fraction) || unsigned.len() + fraction.len() == 0 {
        return None;
    }
    Some((format!("{whole}{fraction}").parse().ok()?, u8::try_from(fraction.len()).ok()?))
}

fn float(value: &Value, from: SqlType, to: SqlType) -> Result<f64, SqlError> {
    match value {
        Value::Integer(number) => match from.as_decimal() {
            Some((_, scale)) => Ok(*number as f64 / 10_f64.powi(i32::from(scale))),
            None => Err(disallowed(from, to)),
        },
        Value::Real(number) => Ok(*number),
        Value::Text(text) => text.trim().parse().map_err(|_| {
            let (from, to) = (from.base_name(), to.base_name());
            SqlError::new(8114, 16, format!("Error converting data type {from} to {to}."))
        }),
        Value::Null | Value::Blob(_) => Err(disallowed(from, to)),
    }
}

fn text(value: Value, from: SqlType, national: bool, length: Option<u16>) -> Result<Value, SqlError> {
    let text = to_text(value, from).ok_or_else(|| disallowed(from, SqlType::Text { national, length }))?;
    let text = if national { text } else { to_code_page(&text) };
    let fits = length.is_none_or(|most| units(&text, national) <= usize::from(most));
    if !fits && from.is_number() {
        let target = if national { "nvarchar" } else { "varchar" };
        return Err(SqlError::overflow(target));
    }
    Ok(Value::Text(if fits { text } else { cut(&text, national, usize::from(length.unwrap_or(0))) }))
}

fn to_text(value: Value, from: SqlType) -> Option<String> {
    Some(match (value, from) {
        (Value::Text(text), _) => text,
        (Value::Integer(number), SqlType::Decimal { scale, .. }) => decimal_text(number, scale),
        (Value::Integer(at), SqlType::Date) => temporal::format_date(at),
        (Value::Integer(at), SqlType::Time(digits)) => temporal::format_time(at, digits),
        (Value::Integer(at), SqlType::DateTime) => temporal::format_datetime(at),
        (Value::Integer(at), SqlType::DateTime2(digits)) => temporal::format(at, digits),
        (Value::Integer(number), _) => number.to_string(),
        (Value::Real(number), _) => number.to_string(),
        (Value::Null | Value::Blob(_), _) => return None,
    })
}

/// Formats a stored decimal.
pub(crate) fn decimal_text(number: i64, scale: u8) -> String {
    let digits = format!("{:0width$}", number.unsigned_abs(), width = usize::from(scale) + 1);
    let (whole, fraction) = digits.split_at(digits.len() - usize::from(scale));
    let sign = if number < 0 { "-" } else { "" };
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// The length of a text in UTF-16 units (nvarchar) or bytes of code page 1252 (varchar).
pub(crate) fn units(text: &str, national: bool) -> usize {
    if national { text.encode_utf16().count() } else { text.chars().count() }
}

fn cut(text: &str, national: bool, most: usize) -> String {
    let mut left = most;
    let fits = |c: &char| {
        let size = if national { c.len_utf16() } else { 1 };
        let fits = size <= left;
        left = left.saturating_sub(size);
        fits
    };
    text.chars().take_while(fits).collect()
}

/// Replaces each character outside code page 1252 by a question mark, as varchar does.
pub(crate) fn to_code_page(text: &str) -> String {
    let mut buffer = [0; 4];
    text.chars().map(|c| if WINDOWS_1252.encode(c.encode_utf8(&mut buffer)).2 { '?' } else { c }).collect()
}

fn binary(value: Value, from: SqlType, length: Option<u16>) -> Result<Value, SqlError> {
    let mut bytes = match (value, from) {
        (Value::Blob(bytes), _) => bytes,
        (Value::Text(text), SqlType::Text { national: true, .. }) => {
            text.encode_utf16().flat_map(u16::to_le_bytes).collect()
        }
        (Value::Text(text), SqlType::Text { .. }) => WINDOWS_1252.encode(&text).0.into_owned(),
        _ => return Err(disallowed(from, SqlType::Binary { length })),
    };
    bytes.truncate(length.map_or(usize::MAX, usize::from));
    Ok(Value::Blob(bytes))
}

fn guid(value: &Value, from: SqlType) -> Result<Value, SqlError> {
    let Value::Text(text) = value else { return Err(disallowed(from, SqlType::Guid)) };
    let failed =
        || SqlError::new(8169, 16, "Conversion failed when converting from a character string to uniqueidentifier.");
    let text = text.trim().trim_start_matches('{').trim_end_matches('}');
    let parsed = uuid::Uuid::try_parse(text).map_err(|_| failed())?;
    Ok(Value::Text(parsed.hyphenated().to_string().to_uppercase()))
}

fn instant(value: &Value, from: SqlType, to: SqlType) -> Result<Value, SqlError> {
    let at = match value {
        Value::Integer(at) if from.is_temporal() => match from {
            SqlType::Time(_) => at + temporal::DAYS_TO_1900 * temporal::DAY,
            _ => *at,
        },
        Value::Text(text) => temporal::parse(text).ok_or_else(|| {
            SqlError::new(241, 16, "Conversion failed when converting date and/or time from character string.")
        })?,
        _ => return Err(disallowed(from, to)),
    };
    Ok(Value::Integer(match to {
        SqlType::Date => at - at.rem_euclid(temporal::DAY),
        SqlType::Time(digits) => temporal::round(at.rem_euclid(temporal::DAY), digits) % temporal::DAY,
        SqlType::DateTime if at < 639_905 * temporal::DAY => {
            let text =
                "The conversion of a varchar data type to a datetime data type resulted in an out-of-range value.";
            return Err(SqlError::new(242, 16, text));
        }
        SqlType::DateTime => temporal::to_datetime_grain(at),
        SqlType::DateTime2(digits) => temporal::round(at, digits),
        _ => at,
    }))
}
