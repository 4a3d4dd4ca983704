//! Encodes the values of a row (MS-TDS 2.2.5.5).

use super::columns::{ResultColumn, decimal_size};
use crate::error::SqlError;
use crate::types::SqlType;
use crate::types::temporal;
use bytes::BufMut;
use encoding_rs::WINDOWS_1252;
use rusqlite::types::ValueRef;

/// Encodes a value, which is not NULL, by its column's type.
///
/// # Errors
/// When the stored value does not have the column's type, or the type is sql_variant.
pub(crate) fn put_value(out: &mut Vec<u8>, column: &ResultColumn, value: ValueRef<'_>) -> Result<(), SqlError> {
    match (column.sql_type, value) {
        (SqlType::Bit | SqlType::TinyInt, ValueRef::Integer(n)) => put_sized(out, &n.to_le_bytes()[..1]),
        (SqlType::SmallInt, ValueRef::Integer(n)) => put_sized(out, &n.to_le_bytes()[..2]),
        (SqlType::Int | SqlType::Null, ValueRef::Integer(n)) => put_sized(out, &n.to_le_bytes()[..4]),
        (SqlType::BigInt, ValueRef::Integer(n)) => put_sized(out, &n.to_le_bytes()),
        (SqlType::Decimal { precision, .. }, ValueRef::Integer(n)) => {
            let size = usize::from(decimal_size(precision));
            out.put_u8(decimal_size(precision) + 1);
            out.put_u8(u8::from(n >= 0));
            out.put_slice(&u128::from(n.unsigned_abs()).to_le_bytes()[..size]);
        }
        (SqlType::Real, ValueRef::Real(n)) => put_sized(out, &(n as f32).to_le_bytes()),
        (SqlType::Float, ValueRef::Real(n)) => put_sized(out, &n.to_le_bytes()),
        (SqlType::Text { national: true, length }, ValueRef::Text(text)) => {
            let bytes: Vec<u8> = String::from_utf8_lossy(text).encode_utf16().flat_map(u16::to_le_bytes).collect();
            put_long(out, &bytes, length.is_none());
        }
        (SqlType::Text { national: false, length }, ValueRef::Text(text)) => {
            put_long(out, &WINDOWS_1252.encode(&String::from_utf8_lossy(text)).0, length.is_none());
        }
        (SqlType::Binary { length }, ValueRef::Blob(bytes)) => put_long(out, bytes, length.is_none()),
        (SqlType::Guid, ValueRef::Text(text)) => {
            let guid = uuid::Uuid::try_parse_ascii(text).map_err(|_| stored_badly(column))?;
            put_sized(out, &guid.to_bytes_le());
        }
        (sql_type, ValueRef::Integer(at)) if sql_type.is_temporal() => put_instant(out, sql_type, at),
        (SqlType::Variant, _) => return Err(SqlError::unsupported("sql_variant in a result; CAST the value")),
        _ => return Err(stored_badly(column)),
    }
    Ok(())
}

/// Encodes NULL outside a row.
pub(crate) fn put_null(out: &mut Vec<u8>, sql_type: SqlType) {
    match sql_type {
        SqlType::Text { length: None, .. } | SqlType::Binary { length: None } => out.put_u64_le(u64::MAX),
        SqlType::Text { .. } | SqlType::Binary { .. } => out.put_u16_le(u16::MAX),
        SqlType::Variant => out.put_u32_le(0),
        _ => out.put_u8(0),
    }
}

fn stored_badly(column: &ResultColumn) -> SqlError {
    let text =
        format!("The stand-in holds no {} in column '{}': its translation is wrong.", column.sql_type, column.name);
    SqlError::new(8_180, 16, text)
}

fn put_sized(out: &mut Vec<u8>, bytes: &[u8]) {
    out.put_u8(u8::try_from(bytes.len()).unwrap_or(u8::MAX));
    out.put_slice(bytes);
}

/// A value after its length in two bytes. For the MAX types: one chunk of a partially length-prefixed stream.
fn put_long(out: &mut Vec<u8>, bytes: &[u8], max: bool) {
    if !max {
        out.put_u16_le(u16::try_from(bytes.len()).unwrap_or(u16::MAX - 1));
        out.put_slice(bytes);
        return;
    }
    out.put_u64_le(bytes.len() as u64);
    if !bytes.is_empty() {
        out.put_u32_le(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        out.put_slice(bytes);
    }
    out.put_u32_le(0);
}

fn put_instant(out: &mut Vec<u8>, sql_type: SqlType, at: i64) {
    let (day, rest) = (at.div_euclid(temporal::DAY), at.rem_euclid(temporal::DAY));
    let days = day.to_le_bytes();
    match sql_type {
        SqlType::DateTime => {
            out.put_u8(8);
            out.put_i32_le(i32::try_from(day - temporal::DAYS_TO_1900).unwrap_or(0));
            out.put_u32_le(u32::try_from(temporal::three_hundredths(rest)).unwrap_or(0));
        }
        SqlType::Date => put_sized(out, &days[..3]),
        SqlType::Time(digits) => put_sized(out, &time_of_day(rest, digits)),
        SqlType::DateTime2(digits) => {
            let mut value = time_of_day(rest, digits);
            value.extend_from_slice(&days[..3]);
            put_sized(out, &value);
        }
        _ => {}
    }
}

fn time_of_day(rest: i64, digits: u8) -> Vec<u8> {
    let count = rest / 10_i64.pow(u32::from(7_u8.saturating_sub(digits)));
    let size = match digits {
        0..=2 => 3,
        3..=4 => 4,
        _ => 5,
    };
    count.to_le_bytes()[..size].to_vec()
}
